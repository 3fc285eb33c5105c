/* What the bot asks of the server: hello, and the core's requests as JSON. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "bin/bot.h"
#include "bin/bot_media.h"

enum { PART = 32768 };

json_t *bot_base64(struct span bytes)
{
    char *text = malloc(TEXT_BASE64URL_LEN(bytes.len) + 1);
    if (!text)
        return NULL;
    text_base64url(text, bytes);
    json_t *value = json_string(text);
    free(text);
    return value;
}

uint32_t bot_ask(struct bot *b, json_t *message, uint32_t number)
{
    uint32_t n = ++b->next_n;
    (void)json_object_set_new(message, "n", json_integer((json_int_t)n));
    if (number) {
        struct bot_request *r = &b->under_way[n % BOT_REQUESTS];
        *r = (struct bot_request){.n = n, .number = number}; /* an older one is long answered */
    }
    bot_wire_send(b->wire, message);
    return n;
}

void bot_ask_media(struct bot *b, json_t *message, struct bot_request what)
{
    what.n = bot_ask(b, message, 0);
    b->under_way[what.n % BOT_REQUESTS] = what;
}

void bot_ask_step(struct bot *b, json_t *message, enum bot_step step)
{
    bot_ask_media(b, message, (struct bot_request){.step = step});
}

void bot_hello(struct bot *b)
{
    uint8_t proof[E2EE_PROOF];
    const uint8_t *participant = e2ee_participant(b->core);
    e2ee_access_proof(&b->link.keys, proof);
    json_t *m = json_pack("{s:s, s:i, s:s, s:o, s:o}", "t", "hello", "v", 2, "meeting",
                          b->link.meeting, "access", bot_base64(span_of(proof, sizeof proof)),
                          "participant", bot_base64(span_of(participant, E2EE_PARTICIPANT)));
    if (b->link.keys.host) {
        e2ee_host_proof(&b->link.keys, proof);
        (void)json_object_set_new(m, "host", bot_base64(span_of(proof, sizeof proof)));
    }
    if (b->link.personal)
        (void)json_object_set_new(m, "personal",
                                  bot_base64(span_of(b->link.token, sizeof b->link.token)));
    if (b->resumable)
        (void)json_object_set_new(m, "resume", bot_base64(span_of(b->resume, sizeof b->resume)));
    sodium_memzero(proof, sizeof proof);
    b->hello_n = bot_ask(b, m, 0);
}

static json_t *list_of(const struct e2ee_effect *e)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < e->n_joins; i++)
        (void)json_array_append_new(list, json_pack("{s:I}", "member", (json_int_t)e->joins[i]));
    return list;
}

static json_t *gone_of(const struct e2ee_effect *e)
{
    json_t *list = json_array();
    for (size_t at = 0; at + E2EE_PARTICIPANT <= e->gone.len; at += E2EE_PARTICIPANT) {
        struct span who = span_of(e->gone.ptr + at, E2EE_PARTICIPANT);
        (void)json_array_append_new(list, json_pack("{s:o}", "participant", bot_base64(who)));
    }
    return list;
}

/* The upload in pieces, then the commit; the server takes them in this order. */
static void carry_commit(struct bot *b, const struct e2ee_effect *e)
{
    struct span whole[] = {e->b, e->c};
    for (size_t k = 0; k < 2; k++)
        for (size_t at = 0; at < whole[k].len; at += PART) {
            size_t left = whole[k].len - at;
            struct span part = span_of(whole[k].ptr + at, left < PART ? left : PART);
            (void)bot_ask(b, json_pack("{s:s, s:o}", "t", "group_part", "bytes", bot_base64(part)),
                          0);
        }
    json_t *m = json_pack("{s:s, s:o, s:I, s:I, s:o, s:o}", "t", "group_commit", "group",
                          bot_base64(e->a), "epoch", (json_int_t)e->epoch, "commit",
                          (json_int_t)e->b.len, "joins", list_of(e), "gone", gone_of(e));
    (void)bot_ask(b, m, e->number);
}

static json_t *message_of(const struct bot *b, const struct e2ee_effect *e)
{
    json_t *m = json_pack("{s:s, s:o, s:I, s:o}", "t", "group_message", "group", bot_base64(e->a),
                          "epoch", (json_int_t)e->epoch, "bytes", bot_base64(e->b));
    if (e->member)
        (void)json_object_set_new(m, "to", json_integer((json_int_t)e->member));
    bot_note_mark(b, e, m);
    return m;
}

static json_t *request_of(const struct bot *b, const struct e2ee_effect *e)
{
    json_int_t epoch = (json_int_t)e->epoch;
    switch (e->type) {
    case E2EE_OUT_CREATE:
        return json_pack("{s:s, s:o}", "t", "group_create", "group", bot_base64(e->a));
    case E2EE_OUT_JOIN:
        return json_pack("{s:s, s:o, s:o, s:o}", "t", "group_join", "group", bot_base64(e->a),
                         "key_package", bot_base64(e->b), "proof", bot_base64(e->c));
    case E2EE_OUT_RESUME:
        return json_pack("{s:s, s:o, s:I}", "t", "group_resume", "group", bot_base64(e->a), "epoch",
                         epoch);
    case E2EE_OUT_LOG:
        return json_pack("{s:s, s:o, s:I}", "t", "group_log", "group", bot_base64(e->a), "epoch",
                         epoch);
    case E2EE_OUT_INVALID:
        return json_pack("{s:s, s:o, s:I, s:o}", "t", "group_invalid", "group", bot_base64(e->a),
                         "epoch", epoch, "hash", bot_base64(e->b));
    case E2EE_OUT_MESSAGE:
        return message_of(b, e);
    case E2EE_OUT_COMMIT: /* bot_carry */
    case E2EE_OUT_SIGN:
    case E2EE_OUT_EPOCH:
    case E2EE_OUT_FORGET:
    case E2EE_OUT_PEOPLE:
    case E2EE_OUT_NOTE:
    case E2EE_OUT_STATUS:
    case E2EE_OUT_WAITING:
    case E2EE_OUT_REFUSED:
        break;
    }
    return NULL;
}

static void hear_note(struct bot *b, const struct e2ee_effect *e)
{
    json_t *note = bot_note_read(b, e->b);
    if (!note)
        return;
    bot_consent_note(b, note, e);
    bot_tell_note(b, e, note);
}

/* Spans of the effect are borrowed until the next input: a signature is made now, given later. */
static void carry_here(struct bot *b, const struct e2ee_effect *e)
{
    if (e->type == E2EE_OUT_SIGN) {
        (void)crypto_sign_detached(b->signature, NULL, e->b.ptr, e->b.len, b->device.secret);
        b->to_sign = true;
    } else if (e->type == E2EE_OUT_NOTE) {
        hear_note(b, e);
    } else if (e->type == E2EE_OUT_REFUSED) {
        bot_tell_refused(e);
    } else if (e->type == E2EE_OUT_PEOPLE) {
        bot_tell_roster(b);
        bot_media_people(b);
    } else if (e->type == E2EE_OUT_FORGET) {
        bot_media_forget(b, e->epoch);
    } else if (e->type == E2EE_OUT_STATUS || e->type == E2EE_OUT_EPOCH) {
        bot_tell_status(b);
        bot_media_people(b);
    }
}

void bot_carry(struct bot *b, const struct e2ee_effect *effect)
{
    if (effect->type == E2EE_OUT_COMMIT) {
        carry_commit(b, effect);
        return;
    }
    json_t *m = request_of(b, effect);
    if (m)
        (void)bot_ask(b, m, effect->number);
    else
        carry_here(b, effect);
}
