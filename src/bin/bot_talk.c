/* What the server tells the bot, as facts for the core. The server is not believed: a message out
 * of shape is dropped, and what it means is the core's to judge. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "bin/bot.h"
#include "bin/bot_media.h"

/* ---- fields; a missing or wrong one is empty ---- */

uint32_t bot_number(const json_t *m, const char *name)
{
    json_int_t v = json_integer_value(json_object_get(m, name));
    return v > 0 && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static uint64_t epoch_of(const json_t *m)
{
    json_int_t v = json_integer_value(json_object_get(m, "epoch"));
    return v > 0 ? (uint64_t)v : 0;
}

/* Decoded into the bot's scratch, which is empty again with the next message. */
static struct span bytes_of(struct bot *b, const json_t *m, const char *name)
{
    const char *text = json_string_value(json_object_get(m, name));
    uint8_t *at = b->scratch + b->scratch_used;
    size_t len = 0;
    if (!text ||
        text_unbase64url(at, sizeof b->scratch - b->scratch_used, &len, span_str(text)) != ERR_OK)
        return span_of(NULL, 0);
    b->scratch_used += len;
    return span_of(at, len);
}

/* ---- who has which id ---- */

static struct bot_member *member_find(struct bot *b, uint32_t member)
{
    for (size_t i = 0; i < BOT_KNOWN; i++)
        if (b->known[i].member == member)
            return &b->known[i];
    return NULL;
}

static void member_came(struct bot *b, const json_t *m)
{
    uint32_t member = bot_number(m, "member");
    struct span participant = bytes_of(b, m, "participant");
    struct bot_member *place = member ? member_find(b, member) : NULL;
    if (!place)
        place = member_find(b, 0);
    if (!member || !place || participant.len != E2EE_PARTICIPANT)
        return;
    place->member = member;
    memcpy(place->participant, participant.ptr, E2EE_PARTICIPANT);
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_MEMBER, .member = member, .a = participant});
}

static void members_came(struct bot *b, const json_t *m)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(m, "members"), i, one) member_came(b, one);
    bot_media_begin(b);
    json_array_foreach(json_object_get(m, "members"), i, one) bot_media_member(b, one);
}

static void member_left(struct bot *b, const json_t *m)
{
    uint32_t member = bot_number(m, "member");
    struct bot_member *place = member ? member_find(b, member) : NULL;
    if (!place)
        return;
    struct bot_member gone = *place;
    place->member = 0;
    bot_media_gone(b, member);
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_GONE,
                                      .member = member,
                                      .a = span_of(gone.participant, E2EE_PARTICIPANT)});
}

/* ---- replies ---- */

static void welcomed(struct bot *b, const json_t *m)
{
    struct span resume = bytes_of(b, m, "resume");
    b->resumable = resume.len == sizeof b->resume;
    if (b->resumable)
        memcpy(b->resume, resume.ptr, sizeof b->resume);
    b->joined = true;
    b->member = bot_number(m, "member");
    bot_consent_welcomed(b);
    b->waiting = json_is_true(json_object_get(m, "waiting"));
    if (!json_is_true(json_object_get(m, "resumed")))
        memset(b->known, 0, sizeof b->known);
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_WELCOMED,
                                      .member = bot_number(m, "member"),
                                      .a = bytes_of(b, m, "descriptor"),
                                      .b = bytes_of(b, m, "group"),
                                      .epoch = epoch_of(m),
                                      .flag = json_is_true(json_object_get(m, "resumed"))});
    members_came(b, m);
}

static enum e2ee_reply outcome_of(const json_t *m)
{
    const char *type = json_string_value(json_object_get(m, "t"));
    const char *reason = json_string_value(json_object_get(m, "reason"));
    if (type && strcmp(type, "refused") != 0)
        return E2EE_REPLY_OK;
    if (reason && strcmp(reason, "conflict") == 0)
        return E2EE_REPLY_CONFLICT;
    if (reason && strcmp(reason, "not_found") == 0)
        return E2EE_REPLY_NOT_FOUND;
    return E2EE_REPLY_FAILED;
}

static void hello_answered(struct bot *b, const json_t *m)
{
    if (outcome_of(m) == E2EE_REPLY_OK) {
        welcomed(b, m);
        return;
    }
    const char *reason = json_string_value(json_object_get(m, "reason"));
    b->over = true;
    b->status = 1;
    bot_tell_end(reason ? reason : "refused");
}

static void answered(struct bot *b, const json_t *m, uint32_t n)
{
    struct bot_request *r = &b->under_way[n % BOT_REQUESTS];
    if (n == b->hello_n) {
        hello_answered(b, m);
    } else if (r->n == n) {
        struct bot_request asked = *r;
        *r = (struct bot_request){.n = 0};
        if (asked.step == BOT_STEP_RECORD)
            bot_consent_answer(b, m);
        else if (asked.step != BOT_STEP_NONE)
            bot_media_answer(b, &asked, m);
        else
            bot_input(b, &(struct e2ee_input){.type = E2EE_IN_REPLY,
                                              .number = asked.number,
                                              .reason = outcome_of(m)});
    }
}

/* ---- events ---- */

static void group_state(struct bot *b, const json_t *m)
{
    bot_input(b, &(struct e2ee_input){.type = E2EE_IN_GROUP_STATE,
                                      .a = bytes_of(b, m, "group"),
                                      .epoch = epoch_of(m)});
}

static void group_wanted(struct bot *b, const json_t *m)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(m, "joins"), i, one)
        bot_input(b, &(struct e2ee_input){.type = E2EE_IN_WANTED_JOIN,
                                          .member = bot_number(one, "member"),
                                          .a = bytes_of(b, one, "participant"),
                                          .b = bytes_of(b, one, "key_package"),
                                          .c = bytes_of(b, one, "proof"),
                                          .flag = json_is_true(json_object_get(one, "waiting"))});
    json_array_foreach(json_object_get(m, "gone"), i, one) bot_input(
        b, &(struct e2ee_input){.type = E2EE_IN_WANTED_GONE, .a = bytes_of(b, one, "participant")});
    bot_input(b, &(struct e2ee_input){
                     .type = E2EE_IN_WANTED, .a = bytes_of(b, m, "group"), .epoch = epoch_of(m)});
}

/* Events of one group, one epoch and perhaps bytes. */
static void group_event(struct bot *b, const json_t *m, enum e2ee_input_type type,
                        const char *field)
{
    bot_input(b, &(struct e2ee_input){.type = type,
                                      .member = bot_number(m, "from"),
                                      .epoch = epoch_of(m),
                                      .a = bytes_of(b, m, "group"),
                                      .b = bytes_of(b, m, field)});
}

static void group_committed(struct bot *b, const json_t *m)
{
    group_event(b, m, E2EE_IN_COMMIT, "commit");
}

static void group_welcomed(struct bot *b, const json_t *m)
{
    group_event(b, m, E2EE_IN_GROUP_WELCOME, "welcome");
}

static void group_message(struct bot *b, const json_t *m)
{
    const char *kind = json_string_value(json_object_get(m, "kind"));
    (void)snprintf(b->heard_kind, sizeof b->heard_kind, "%s", kind ? kind : "chat");
    group_event(b, m, E2EE_IN_MESSAGE, "bytes");
}

static void group_reopened(struct bot *b, const json_t *m)
{
    group_event(b, m, E2EE_IN_REOPENED, "");
}

static void admitted(struct bot *b, const json_t *m)
{
    b->waiting = false;
    members_came(b, m);
}

static void ended(struct bot *b, const json_t *m)
{
    const char *reason = json_string_value(json_object_get(m, "reason"));
    b->over = true;
    bot_tell_end(reason ? reason : "ended");
}

static void recording(struct bot *b, const json_t *m)
{
    bool on = json_is_true(json_object_get(m, "on"));
    if (!on && b->member != 0 && bot_number(m, "member") == b->member)
        bot_consent_stopped(b);
}

void bot_hear(struct bot *b, struct span text)
{
    static const struct {
        const char *t;
        void (*take)(struct bot *b, const json_t *m);
    } events[] = {
        {"member_joined", member_came},
        {"member_left", member_left},
        {"admitted", admitted},
        {"group_state", group_state},
        {"group_wanted", group_wanted},
        {"group_commit", group_committed},
        {"group_welcome", group_welcomed},
        {"group_message", group_message},
        {"group_reopened", group_reopened},
        {"track_opened", bot_media_track},
        {"track_closed", bot_media_track_closed},
        {"track_changed", bot_media_track_changed},
        {"track_wanted", bot_media_track_wanted},
        {"subscription_closed", bot_media_unsubscribed},
        {"transport_state", bot_media_transport_state},
        {"media_restarted", bot_media_restarted},
        {"recording", recording},
        {"ended", ended},
    };
    json_t *m = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    const char *t = json_string_value(json_object_get(m, "t"));
    uint32_t re = bot_number(m, "re");
    b->scratch_used = 0;
    if (t && re)
        answered(b, m, re);
    for (size_t i = 0; t && !re && i < sizeof events / sizeof *events; i++)
        if (strcmp(t, events[i].t) == 0)
            events[i].take(b, m);
    json_decref(m);
}
