/* Tells stories to the meeting core in virtual time and writes down what it answers, one line an
 * effect: "11 welcome m2 host", "12,13 track_opened k6 of m2", "media0 track_open k6 on t5".
 * Sessions are named by small numbers; rooms, members, transports, tracks and subscriptions by
 * r, m, t, k, s and their id. */
#ifndef TESTS_MEET_STORY_H
#define TESTS_MEET_STORY_H

#include "base/fact.h"

#include <stdio.h>
#include <stdlib.h>

#include "meet/meet.h"

struct story {
    struct meet *meet;
    void *memory;
    instant_us now;
    char heard[65536];
    size_t len;
    struct meet_effect last;
    uint8_t decodes;  /* what those who join do */
    unsigned saved;   /* how often the meeting's record went to the store, */
    struct safe safe; /* and the last one */
};

static const struct meet_size story_size = {.meetings = 8,
                                            .members = 16,
                                            .transports = 32,
                                            .tracks = 64,
                                            .subscriptions = 128,
                                            .room_members = 4,
                                            .media = 2,
                                            .pages = 160};

__attribute__((format(printf, 2, 3))) static void story_say(struct story *s, const char *format,
                                                            ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(s->heard + s->len, sizeof s->heard - s->len, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof s->heard - s->len);
    s->len += (size_t)n;
}

static void story_audience(struct story *s, const struct meet_effect *e)
{
    uint32_t cursor = 0, n = 0;
    uint64_t session;
    while (meet_audience_next(s->meet, e, &cursor, &session))
        story_say(s, n++ ? ",%u" : "%u", (unsigned)session);
    if (n == 0)
        story_say(s, "nobody");
}

static const char *story_text(struct span bytes)
{
    static char text[64];
    snprintf(text, sizeof text, "%.*s", (int)bytes.len, (const char *)bytes.ptr);
    return text;
}

static void story_links(struct story *s, const struct meet_effect *e)
{
    struct meet_link_view v;
    uint32_t cursor = 0;
    story_say(s, "links");
    while (meet_link_next(s->meet, e->session, &cursor, &v))
        story_say(s, " %u%s m%u", v.link, v.used ? " used" : "", v.member);
}

static const char *const story_roles[] = {"participant", "host", "cohost", "presenter",
                                          "viewer",      "bot",  "owner"};
static const char *const story_sources[] = {"mic", "camera", "screen", "screen_audio"};

static void story_reply(struct story *s, const struct meet_effect *e)
{
    static const char *const reasons[] = {
        "ok",   "bad",   "not_found",   "full",   "forbidden",  "conflict", "limit",
        "busy", "state", "unsupported", "locked", "disallowed", "blocked",  "fixed"};
    switch (e->type) {
    case MEET_REPLY_OK:
        story_say(s, "ok");
        break;
    case MEET_REPLY_REFUSED:
        story_say(s, "refused %s%s%s", reasons[e->reason], e->field ? " " : "",
                  e->field ? e->field : "");
        break;
    case MEET_REPLY_WELCOME:
        story_say(s, "welcome m%u %s%s%s", e->member, story_roles[e->role],
                  e->flag ? " resumed" : "", e->waiting ? " waiting" : "");
        break;
    case MEET_REPLY_TRANSPORT:
        story_say(s, "transport t%u", e->transport);
        break;
    case MEET_REPLY_TRANSPORT_ICE:
        story_say(s, "ice t%u", e->transport);
        break;
    case MEET_REPLY_LINK_ADDED:
        story_say(s, "link_added %u", e->count);
        break;
    case MEET_REPLY_LINKS:
        story_links(s, e);
        break;
    case MEET_REPLY_REPORT:
        story_say(s, "report");
        break;
    case MEET_REPLY_FILE_TOKEN:
        story_say(s, "file_token r%u", e->room);
        break;
    case MEET_REPLY_PUBLISHED:
        story_say(s, "published k%u", e->track);
        break;
    case MEET_REPLY_VOICES:
        story_say(s, "voices s%u..s%u", e->subscription, e->subscription + e->count - 1);
        break;
    default:
        story_say(s, "subscribed s%u to k%u of m%u", e->subscription, e->track, e->owner);
        break;
    }
}

/* "add m3 m4? remove n12": a question mark behind those who wait. */
static void story_wanted(struct story *s, const struct meet_effect *e)
{
    uint32_t cursor = 0, n = 0;
    struct meet_candidate c;
    struct span gone;
    while (meet_wanted_join_next(s->meet, e->session, &cursor, &c))
        story_say(s, "%s m%u%s", n++ ? "" : " add", c.member, c.waiting ? "?" : "");
    cursor = n = 0;
    while (meet_wanted_gone_next(s->meet, e->session, &cursor, &gone))
        story_say(s, "%s %s", n++ ? "" : " remove", story_text(gone));
}

static void story_group(struct story *s, const struct meet_effect *e)
{
    static const char *const names[] = {"state",   "wanted",  "commit",
                                        "welcome", "message", "reopened"};
    story_say(s, "group_%s", names[e->type - MEET_EVENT_GROUP_STATE]);
    if (e->group.len == 0) {
        story_say(s, " none");
        return;
    }
    story_say(s, " %s/%u", story_text(e->group), e->epoch);
    if (e->type == MEET_EVENT_GROUP_WANTED)
        story_wanted(s, e);
    if (e->type == MEET_EVENT_GROUP_COMMIT || e->type == MEET_EVENT_GROUP_MESSAGE)
        story_say(s, " of m%u", e->member);
    if (e->bytes.len > 0)
        story_say(s, " %s", story_text(e->bytes));
}

/* Only settings that are not those of the default profile: "settings set by m2 share=2". */
static void story_settings(struct story *s, const struct meet_effect *e)
{
    static const char *const causes[] = {"set", "suspend", "passcode"};
    struct settings usual;
    settings_begin(&usual, PROFILE_DEFAULT);
    story_say(s, "settings %s by m%u", causes[e->left], e->owner);
    for (int i = 0; i < SETTING_COUNT_; i++)
        if (e->safe->settings.value[i] != usual.value[i])
            story_say(s, " %s=%u", setting_name((enum setting)i), e->safe->settings.value[i]);
}

static void story_protection(struct story *s, const struct meet_effect *e)
{
    static const char *const risks[] = {"burst", "passcode", "link"};
    switch (e->type) {
    case MEET_EVENT_SETTINGS:
        story_settings(s, e);
        break;
    case MEET_EVENT_ROLE:
        story_say(s, "role m%u %s by m%u", e->member, story_roles[e->role], e->owner);
        break;
    case MEET_EVENT_MUTED:
        story_say(s, "muted %s k%u by m%u%s", story_sources[e->source], e->track, e->owner,
                  e->flag ? " held" : "");
        break;
    case MEET_EVENT_RELEASED:
        story_say(s, "released %s", story_sources[e->source]);
        break;
    case MEET_EVENT_TRACKS_CHANGED:
        story_say(s, "tracks_changed");
        for (uint32_t i = 0; i < e->count; i++)
            story_say(s, " k%u", e->ids[i]);
        story_say(s, " %s", e->flag ? "paused" : "live");
        break;
    case MEET_EVENT_RECORDING:
        story_say(s, "recording m%u %s", e->member, e->flag ? "yes" : "no");
        break;
    case MEET_EVENT_AT_RISK:
        story_say(s, "at_risk %s %u link %u m%u", risks[e->left], e->count, e->place, e->member);
        break;
    default:
        story_say(s, "%s %s%s %s", e->flag ? "blocked" : "unblocked",
                  safe_feature_name((enum safe_feature)e->kind), e->waiting ? " all" : "",
                  story_text(e->bytes));
        break;
    }
}

static void story_event(struct story *s, const struct meet_effect *e)
{
    static const char *const left[] = {"left", "lost", "removed"};
    static const char *const end[] = {"host", "removed", "server", "blocked", "link"};
    static const char *const state[] = {"connected", "failed", "closed"};
    switch (e->type) {
    case MEET_EVENT_MEMBER_JOINED:
        story_say(s, "member_joined m%u %s", e->member, story_text(e->bytes));
        break;
    case MEET_EVENT_MEMBER_LEFT:
        story_say(s, "member_left m%u %s", e->member, left[e->left]);
        break;
    case MEET_EVENT_ADMITTED:
        story_say(s, "admitted");
        break;
    case MEET_EVENT_GROUP_STATE:
    case MEET_EVENT_GROUP_WANTED:
    case MEET_EVENT_GROUP_COMMIT:
    case MEET_EVENT_GROUP_WELCOME:
    case MEET_EVENT_GROUP_MESSAGE:
    case MEET_EVENT_GROUP_REOPENED:
        story_group(s, e);
        break;
    case MEET_EVENT_MEMBER_AWAY:
        story_say(s, "member_away m%u %s", e->member, e->flag ? "yes" : "no");
        break;
    case MEET_EVENT_TRACK_OPENED:
        story_say(s, "track_opened k%u of m%u%s", e->track, e->member, e->flag ? " paused" : "");
        break;
    case MEET_EVENT_TRACK_CLOSED:
        story_say(s, "track_closed k%u", e->track);
        break;
    case MEET_EVENT_TRACK_CHANGED:
        story_say(s, "track_changed k%u %s", e->track, e->flag ? "paused" : "live");
        break;
    case MEET_EVENT_CODECS:
        story_say(s, "codecs %x", e->codec);
        break;
    case MEET_EVENT_SPEAKERS:
        story_say(s, "speakers");
        for (uint32_t i = 0; i < e->count; i++)
            story_say(s, " m%u:%u", e->levels[i].id, e->levels[i].level);
        break;
    case MEET_EVENT_VOICE:
        story_say(s, "voice %u m%u", e->slot, e->member);
        break;
    case MEET_EVENT_TRACK_WANTED:
        story_say(s, "track_wanted k%u %u", e->track, e->layer);
        break;
    case MEET_EVENT_TRANSPORT_STATE:
        story_say(s, "transport_state t%u %s", e->transport, state[e->state]);
        break;
    case MEET_EVENT_MEDIA_RESTARTED:
        story_say(s, "media_restarted");
        break;
    case MEET_EVENT_SUBSCRIPTION_CLOSED:
        story_say(s, "subscription_closed s%u", e->subscription);
        break;
    case MEET_EVENT_SUBSCRIPTION_LAYER:
        story_say(s, "subscription_layer s%u %u", e->subscription, e->layer);
        break;
    case MEET_EVENT_ENDED:
        story_say(s, "ended %s", end[e->end]);
        break;
    default:
        story_say(s, "hang_up%s", e->flag ? " resumed" : "");
        break;
    }
}

static void story_media(struct story *s, const struct meet_effect *e)
{
    static const char *const names[] = {
        "room_open",       "room_close",        "room_spread",       "peer_open",
        "peer_close",      "transport_open",    "transport_connect", "transport_restart",
        "transport_close", "track_open",        "mirror_open",       "track_set",
        "track_close",     "subscription_open", "subscription_set",  "subscription_close"};
    story_say(s, "media%u", e->media);
    for (uint32_t i = 0; e->also >> i; i++) /* further ones: "media0+1" */
        if (e->also >> i & 1)
            story_say(s, "%c%u", e->type == MEET_MEDIA_MIRROR_OPEN ? '>' : '+', i);
    story_say(s, " %s", names[e->type - MEET_MEDIA_ROOM_OPEN]);
    if (e->type == MEET_MEDIA_ROOM_SPREAD)
        story_say(s, " r%u at %u over %x epoch %u", e->room, e->home, (unsigned)e->spread,
                  e->epoch);
    else if (e->type == MEET_MEDIA_MIRROR_OPEN)
        story_say(s, " k%u place %u", e->track, e->place);
    else if (e->type <= MEET_MEDIA_ROOM_CLOSE)
        story_say(s, " r%u", e->room);
    else if (e->type <= MEET_MEDIA_PEER_CLOSE)
        story_say(s, " m%u", e->member);
    else if (e->type <= MEET_MEDIA_TRANSPORT_CLOSE)
        story_say(s, " t%u", e->transport);
    else if (e->type == MEET_MEDIA_TRACK_OPEN)
        story_say(s, " k%u on t%u", e->track, e->transport);
    else if (e->type == MEET_MEDIA_TRACK_SET)
        story_say(s, " k%u %s", e->track, e->flag ? "paused" : "live");
    else if (e->type == MEET_MEDIA_TRACK_CLOSE)
        story_say(s, " k%u", e->track);
    else if (e->type == MEET_MEDIA_SUBSCRIPTION_OPEN && e->slot > 0)
        story_say(s, " s%u to voice %u on t%u", e->subscription, e->slot, e->transport);
    else if (e->type == MEET_MEDIA_SUBSCRIPTION_OPEN)
        story_say(s, " s%u to k%u on t%u", e->subscription, e->track, e->transport);
    else if (e->type == MEET_MEDIA_SUBSCRIPTION_SET) {
        story_say(s, " s%u %s layer %u", e->subscription, e->flag ? "paused" : "live", e->layer);
        if (e->width > 0)
            story_say(s, " in %ux%u priority %u", e->width, e->height, e->priority);
    } else
        story_say(s, " s%u", e->subscription);
}

static void story_tell(struct story *s, const struct meet_command *c)
{
    struct meet_effect e;
    meet_input(s->meet, c, s->now);
    while (meet_poll(s->meet, &e)) {
        s->last = e;
        if (e.type == MEET_STORE_SAFE) {
            s->saved++;
            s->safe = *e.safe;
            continue;
        }
        if (e.type == MEET_STORE_END) {
            story_say(s, "store end %s", story_text(e.bytes));
        } else if (e.type >= MEET_MEDIA_ROOM_OPEN) {
            story_media(s, &e);
        } else {
            story_audience(s, &e);
            story_say(s, " ");
            if (e.type <= MEET_REPLY_SUBSCRIBED)
                story_reply(s, &e);
            else if (e.type >= MEET_EVENT_SETTINGS && e.type <= MEET_EVENT_BLOCKED)
                story_protection(s, &e);
            else
                story_event(s, &e);
        }
        story_say(s, "\n");
    }
}

/* Everything since the last call. */
static void story_heard(struct story *s, const char *lines)
{
    assert_string_equal(s->heard, lines);
    s->len = 0;
    s->heard[0] = '\0';
}

static inline void story_forget(struct story *s)
{
    s->len = 0;
    s->heard[0] = '\0';
}

/* ---- what people do ---- */

static void story_media_up(struct story *s, uint32_t index)
{
    struct meet_command c = {.type = MEET_MEDIA_UP};
    c.as.media.index = index;
    story_tell(s, &c);
}

static inline void story_media_down(struct story *s, uint32_t index)
{
    struct meet_command c = {.type = MEET_MEDIA_DOWN};
    c.as.media.index = index;
    story_tell(s, &c);
}

static void story_begin_with(struct story *s, const struct meet_size *size)
{
    s->memory = malloc(meet_bytes(size));
    assert_non_null(s->memory);
    s->meet = meet_init(s->memory, size, 42);
    s->now = 1000000;
    s->decodes = 0;
    s->saved = 0;
    s->len = 0;
    s->heard[0] = '\0';
    for (uint32_t i = 0; i < size->media; i++)
        story_media_up(s, i);
    story_heard(s, "");
}

static inline void story_begin(struct story *s)
{
    story_begin_with(s, &story_size);
}

static void story_end(struct story *s)
{
    free(s->memory);
}

/* Session n holds token n; `resume` is the token that it shows, 0 for none. Its participant id is
 * "n" and the session's number, or that of the session which it resumes. A meeting whose name
 * begins with w has a waiting room. */
static void story_join_as(struct story *s, unsigned session, const char *meeting, bool host,
                          unsigned resume)
{
    struct meet_command c = {.type = MEET_JOIN, .session = session, .number = 1};
    snprintf(c.as.join.meeting, sizeof c.as.join.meeting, "%s", meeting);
    snprintf((char *)c.as.join.participant, sizeof c.as.join.participant, "n%u",
             resume ? resume : session);
    c.as.join.waiting_room = meeting[0] == 'w';
    c.as.join.role = host ? MEET_HOST : MEET_PARTICIPANT;
    c.as.join.has_resume = resume != 0;
    c.as.join.decodes = s->decodes;
    memset(c.as.join.resume, (int)resume, MEET_TOKEN);
    memset(c.as.join.fresh, (int)session, MEET_TOKEN);
    story_tell(s, &c);
}

static inline void story_join(struct story *s, unsigned session)
{
    story_join_as(s, session, "a", false, 0);
}

static inline void story_host(struct story *s, unsigned session)
{
    story_join_as(s, session, "a", true, 0);
}

static inline void story_do(struct story *s, unsigned session, enum meet_command_type type)
{
    struct meet_command c = {.type = type, .session = session, .number = 1};
    story_tell(s, &c);
}

static inline void story_do_to(struct story *s, unsigned session, enum meet_command_type type,
                               uint32_t id)
{
    struct meet_command c = {.type = type, .session = session, .number = 1};
    c.as.thing.id = id;
    story_tell(s, &c);
}

/* What a session says of group `id` at this epoch; the caller fills in the rest and tells it. */
static inline struct meet_command story_group_command(unsigned session, enum meet_command_type type,
                                                      const char *id, uint32_t epoch)
{
    struct meet_command c = {.type = type, .session = session, .number = 1};
    c.as.group.id = span_str(id);
    c.as.group.epoch = epoch;
    return c;
}

static inline void story_group_do(struct story *s, unsigned session, enum meet_command_type type,
                                  const char *id, uint32_t epoch)
{
    struct meet_command c = story_group_command(session, type, id, epoch);
    story_tell(s, &c);
}

static inline void story_group_join(struct story *s, unsigned session, const char *id)
{
    static const uint8_t proof[32];
    struct meet_command c = story_group_command(session, MEET_GROUP_JOIN, id, 0);
    c.as.group.bytes = span_str("kp");
    c.as.group.proof = span_of(proof, sizeof proof);
    story_tell(s, &c);
}

/* The commit's text is its hash too. */
struct story_commit {
    const char *id, *text;
    uint32_t epoch, join[4];
    const char *gone[4];
};

static inline void story_commit_do(struct story *s, unsigned session, struct story_commit q)
{
    struct meet_command c = story_group_command(session, MEET_GROUP_COMMIT, q.id, q.epoch);
    struct span gone[4];
    uint8_t who[4][LIMIT_PARTICIPANT] = {0};
    snprintf((char *)c.as.group.hash, sizeof c.as.group.hash, "%s", q.text);
    c.as.group.bytes = span_str(q.text);
    c.as.group.joins = q.join;
    while (c.as.group.n_joins < 4 && q.join[c.as.group.n_joins])
        c.as.group.n_joins++;
    c.as.group.welcome = c.as.group.n_joins ? span_str("hi") : span_of(NULL, 0);
    for (uint32_t i = 0; i < 4 && q.gone[i]; i++) {
        snprintf((char *)who[i], LIMIT_PARTICIPANT, "%s", q.gone[i]);
        gone[c.as.group.n_gone++] = span_of(who[i], LIMIT_PARTICIPANT);
    }
    c.as.group.gone = gone;
    story_tell(s, &c);
}

static inline void story_invalid(struct story *s, unsigned session, struct story_commit q)
{
    struct meet_command c = story_group_command(session, MEET_GROUP_INVALID, q.id, q.epoch);
    snprintf((char *)c.as.group.hash, sizeof c.as.group.hash, "%s", q.text);
    story_tell(s, &c);
}

static inline void story_message(struct story *s, unsigned session, const char *text, uint32_t to)
{
    struct meet_command c = story_group_command(session, MEET_GROUP_MESSAGE, "g", 0);
    c.as.group.bytes = span_str(text);
    c.as.group.to = to;
    story_tell(s, &c);
}

/* The new transport's id, 0 when refused. */
static inline uint32_t story_transport(struct story *s, unsigned session, enum meet_dir dir)
{
    struct meet_command c = {.type = MEET_TRANSPORT_OPEN, .session = session, .number = 1};
    c.as.open.dir = dir;
    story_tell(s, &c);
    return s->last.type == MEET_REPLY_TRANSPORT ? s->last.transport : 0;
}

static inline uint32_t story_publish(struct story *s, unsigned session, uint32_t transport,
                                     enum meet_kind kind, enum meet_source source)
{
    struct meet_command c = {.type = MEET_PUBLISH, .session = session, .number = 1};
    c.as.publish.transport = transport;
    c.as.publish.kind = kind;
    c.as.publish.source = source;
    story_tell(s, &c);
    return s->last.track;
}

static inline void story_pause(struct story *s, unsigned session, uint32_t track, bool paused)
{
    struct meet_command c = {.type = MEET_TRACK_PAUSE, .session = session, .number = 1};
    c.as.pause.track = track;
    c.as.pause.paused = paused;
    story_tell(s, &c);
}

static inline uint32_t story_subscribe(struct story *s, unsigned session, uint32_t transport,
                                       uint32_t track)
{
    struct meet_command c = {.type = MEET_SUBSCRIBE, .session = session, .number = 1};
    c.as.subscribe.transport = transport;
    c.as.subscribe.track = track;
    story_tell(s, &c);
    return s->last.subscription;
}

static inline void story_set(struct story *s, unsigned session, uint32_t subscription, bool paused,
                             uint8_t layer)
{
    struct meet_command c = {.type = MEET_SUBSCRIPTION_SET, .session = session, .number = 1};
    c.as.set.subscription = subscription;
    c.as.set.paused = paused;
    c.as.set.layer = layer;
    story_tell(s, &c);
}

static inline void story_lose(struct story *s, unsigned session)
{
    story_do(s, session, MEET_CONNECTION_LOST);
}

/* Time passes; the core is woken at each of its deadlines. */
static inline void story_wait(struct story *s, duration_us us)
{
    instant_us until = s->now + us;
    struct meet_command tick = {.type = MEET_TICK};
    while (meet_deadline(s->meet) <= until) {
        s->now = meet_deadline(s->meet) > s->now ? meet_deadline(s->meet) : s->now;
        story_tell(s, &tick);
    }
    s->now = until;
}

#define STORY_ROUND (MEET_ROUND_US + MEET_JITTER_US)

/* Host 11 (m2) with its group, at epoch 0. */
static inline void story_group_begin(struct story *s)
{
    story_begin(s);
    story_host(s, 11);
    story_group_do(s, 11, MEET_GROUP_CREATE, "g", 0);
    story_forget(s);
}

/* Sessions 12 and up in the group too, n members in all: an epoch for each. */
static inline void story_group_begin_with(struct story *s, unsigned n)
{
    story_group_begin(s);
    for (unsigned i = 1; i < n; i++) {
        story_join(s, 11 + i);
        story_group_join(s, 11 + i, "g");
        story_wait(s, MEET_BATCH_US);
        story_commit_do(s, 11, (struct story_commit){"g", "add", i - 1, {2 + i}, {0}});
    }
    story_forget(s);
}

#endif
