/* Consent to a recording (decision 0025, docs/wire/e2ee.md): the recorder tells the server that it
 * records, asks everybody by a note, and keeps whoever said yes and has not said otherwise since. A
 * silence is a no. A participant with --agree says yes to whoever asks.
 * What follows from a note is done at the next look: a note comes in the middle of a fact.
 * knows: who agreed. knows not: frames, files. owns: nothing. */
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "bin/bot.h"
#include "bin/cmd_args.h"

static int agreed_at(const struct bot_consent *c, const uint8_t *participant)
{
    for (uint32_t i = 0; i < c->agreed; i++)
        if (memcmp(c->agree[i], participant, E2EE_PARTICIPANT) == 0)
            return (int)i;
    return -1;
}

bool bot_consent_has(const struct bot *b, const uint8_t *participant)
{
    return b->consent.phase == BOT_RECORD_ON && agreed_at(&b->consent, participant) >= 0;
}

void bot_consent_open(struct bot *b, bool records, bool agrees)
{
    uint8_t id[BOT_RECORD_ID];
    b->consent.records = records;
    b->consent.agrees = agrees;
    randombytes_buf(id, sizeof id);
    text_base64url(b->consent.id, span_of(id, sizeof id));
}

/* ---- who records ---- */

/* After a server's restart, too: it knows nothing of a recording then. */
void bot_consent_welcomed(struct bot *b)
{
    b->consent.phase = BOT_RECORD_OFF;
}

void bot_consent_answer(struct bot *b, const json_t *answer)
{
    struct bot_consent *c = &b->consent;
    const char *type = json_string_value(json_object_get(answer, "t"));
    if (c->phase != BOT_RECORD_ASKED)
        return;
    if (type && strcmp(type, "ok") == 0) {
        c->phase = BOT_RECORD_ON;
        c->owed = true;
        return;
    }
    b->over = true;
    b->status = EXIT_FAILED;
    bot_tell_end("recording is not allowed here; a host's link may record");
    bot_wire_stop(b->wire);
}

void bot_consent_stopped(struct bot *b)
{
    if (b->consent.phase == BOT_RECORD_OFF || b->over)
        return;
    b->consent.phase = BOT_RECORD_OFF;
    b->over = true;
    bot_tell_end("a host ended the recording");
    bot_wire_stop(b->wire);
}

static void take_answer(struct bot *b, const json_t *note, const struct e2ee_effect *from)
{
    struct bot_consent *c = &b->consent;
    const char *id = json_string_value(json_object_get(note, "id"));
    const json_t *yes = json_object_get(note, "yes");
    if (!c->records || !id || strcmp(id, c->id) != 0 || !json_is_boolean(yes))
        return;
    int at = agreed_at(c, from->a.ptr);
    if (json_is_true(yes) && at < 0 && c->agreed < BOT_AGREED_MAX) {
        memcpy(c->agree[c->agreed++], from->a.ptr, E2EE_PARTICIPANT);
    } else if (!json_is_true(yes) && at >= 0) {
        c->agreed--;
        memmove(c->agree[at], c->agree[c->agreed], E2EE_PARTICIPANT);
    }
    c->owed = true;
    bot_tell_consent(b, from->a, bot_consent_has(b, from->a.ptr));
}

/* Consent goes with the person. */
static void forget_gone(struct bot *b)
{
    struct bot_consent *c = &b->consent;
    for (uint32_t i = c->agreed; i-- > 0;) {
        struct e2ee_person p;
        bool here = false;
        for (uint32_t at = 0; e2ee_person_next(b->core, &at, &p);)
            here = here || memcmp(p.participant, c->agree[i], E2EE_PARTICIPANT) == 0;
        if (here)
            continue;
        c->agreed--;
        memmove(c->agree[i], c->agree[c->agreed], E2EE_PARTICIPANT);
    }
}

static void announce(struct bot *b)
{
    struct bot_consent *c = &b->consent;
    json_t *yes = json_array();
    for (uint32_t i = 0; i < c->agreed; i++)
        (void)json_array_append_new(yes, bot_base64(span_of(c->agree[i], E2EE_PARTICIPANT)));
    json_t *note = json_pack("{s:s, s:s, s:b, s:o}", "k", "rec", "id", c->id, "on", 1, "yes", yes);
    bot_note_send(b, note, (struct span){0});
    c->owed = false;
}

static void record_due(struct bot *b, const struct e2ee_status *now)
{
    struct bot_consent *c = &b->consent;
    if (c->phase == BOT_RECORD_OFF) {
        c->phase = BOT_RECORD_ASKED;
        bot_ask_step(b, json_pack("{s:s, s:b}", "t", "record", "on", 1), BOT_STEP_RECORD);
    }
    if (c->phase != BOT_RECORD_ON)
        return;
    if (c->epoch != now->epoch) {
        c->epoch = now->epoch; /* somebody came or went */
        forget_gone(b);
        c->owed = true;
    }
    if (c->owed)
        announce(b);
}

/* ---- who is recorded ---- */

static bool names_me(const struct bot *b, const json_t *note)
{
    char me[TEXT_BASE64URL_LEN(E2EE_PARTICIPANT) + 1];
    const json_t *one;
    size_t i;
    text_base64url(me, span_of(e2ee_participant(b->core), E2EE_PARTICIPANT));
    json_array_foreach(json_object_get(note, "yes"), i, one)
    {
        const char *who = json_string_value(one);
        if (who && strcmp(who, me) == 0)
            return true;
    }
    return false;
}

static void take_question(struct bot *b, const json_t *note, const struct e2ee_effect *from)
{
    struct bot_consent *c = &b->consent;
    const char *id = json_string_value(json_object_get(note, "id"));
    if (!c->agrees || !id || strlen(id) != sizeof c->asked - 1 ||
        !json_is_true(json_object_get(note, "on")) || names_me(b, note))
        return;
    memcpy(c->asked, id, sizeof c->asked);
    memcpy(c->asker, from->a.ptr, E2EE_PARTICIPANT);
    c->question = true;
}

static void agree(struct bot *b)
{
    struct bot_consent *c = &b->consent;
    c->question = false;
    bot_note_send(b, json_pack("{s:s, s:s, s:b}", "k", "agree", "id", c->asked, "yes", 1),
                  span_of(c->asker, E2EE_PARTICIPANT));
}

/* ---- both ---- */

void bot_consent_note(struct bot *b, const json_t *note, const struct e2ee_effect *from)
{
    const char *k = json_string_value(json_object_get(note, "k"));
    if (!k || from->a.len != E2EE_PARTICIPANT)
        return;
    if (strcmp(k, "agree") == 0)
        take_answer(b, note, from);
    if (strcmp(k, "rec") == 0)
        take_question(b, note, from);
}

void bot_consent_due(struct bot *b)
{
    struct e2ee_status now;
    e2ee_status(b->core, &now);
    if (!b->joined || b->leaving || b->over || now.phase != E2EE_SECURE)
        return;
    if (b->consent.records)
        record_due(b, &now);
    if (b->consent.question)
        agree(b);
}
