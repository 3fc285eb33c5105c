/* What protects a meeting, as messages: hosts' requests become commands, effects become replies,
 * events and rows of the store. An operator's blocks come in here too.
 * knows: both vocabularies. knows not: who may do what. owns: nothing. */
#include <stdlib.h>

#include "base/bug.h"
#include "bin/front.h"
#include "crypt/crypt.h"
#include "io/logger.h"

static_assert((int)SIGNAL_setting_COUNT_ == (int)SETTING_COUNT_ &&
                  (int)SIGNAL_setting_passcode == (int)SETTING_passcode &&
                  (int)SIGNAL_setting_personal_only == (int)SETTING_personal_only &&
                  (int)SIGNAL_who_COUNT_ == (int)WHO_COUNT_ &&
                  (int)SIGNAL_profile_COUNT_ == (int)PROFILE_COUNT_,
              "same settings");
static_assert((int)SIGNAL_feature_COUNT_ == (int)SAFE_FEATURE_COUNT_ &&
                  (int)SIGNAL_feature_join == (int)SAFE_JOIN,
              "same features");
static_assert((int)SIGNAL_cause_passcode == (int)MEET_CAUSE_PASSCODE &&
                  (int)SIGNAL_risk_link == (int)MEET_RISK_LINK &&
                  (int)SIGNAL_end_reason_link == (int)MEET_END_LINK &&
                  (int)SIGNAL_note_kind_state == (int)MEET_STATE_NOTE,
              "same words");

/* ---- requests ---- */

static void settings_command(struct meet_command *c, const struct signal_settings_set *q)
{
    struct setting_change *s = &c->as.settings;
    c->type = MEET_SETTINGS_SET;
#define TAKE(name)                                                                                 \
    if (q->has_##name) {                                                                           \
        s->named |= 1u << SETTING_##name;                                                          \
        s->value[SETTING_##name] = q->name;                                                        \
    }
    TAKE(unmute)
    TAKE(video)
    TAKE(share)
    TAKE(chat)
    TAKE(private_chat)
    TAKE(reactions)
    TAKE(files)
    TAKE(rename)
    TAKE(record)
    TAKE(waiting_room)
    TAKE(locked)
    TAKE(keep_out)
    TAKE(personal_only)
#undef TAKE
}

static void mute_command(struct meet_command *c, enum meet_command_type type, uint32_t member,
                         uint8_t source)
{
    c->type = type;
    c->as.mute.member = member;
    c->as.mute.source = (enum meet_source)source;
}

/* The tokens and proofs themselves are hashed here and go no further. */
static void link_command(struct meet_command *c, const struct signal_message *m)
{
    if (m->type == SIGNAL_LINK_ADD) {
        c->type = MEET_LINK_ADD;
        memcpy(c->as.link.hash, m->as.link_add.hash.ptr, sizeof c->as.link.hash);
    } else {
        c->type = MEET_LINK_ROTATE;
        crypt_sha256(c->as.link.hash, m->as.link_rotate.access);
    }
}

bool rules_command(struct meet_command *c, const struct signal_message *m)
{
    switch (m->type) {
    case SIGNAL_SETTINGS_SET:
        return settings_command(c, &m->as.settings_set), true;
    case SIGNAL_SUSPEND:
        return c->type = MEET_SUSPEND, true;
    case SIGNAL_MUTE:
        mute_command(c, MEET_MUTE, m->as.mute.member, m->as.mute.source);
        return c->as.mute.hold = m->as.mute.has_hold && m->as.mute.hold, true;
    case SIGNAL_RELEASE:
        return mute_command(c, MEET_RELEASE, m->as.release.member, m->as.release.source), true;
    case SIGNAL_MUTE_ALL:
        return mute_command(c, MEET_MUTE_ALL, 0, m->as.mute_all.source), true;
    case SIGNAL_ROLE_SET:
        c->type = MEET_ROLE_SET;
        c->as.role.member = m->as.role_set.member;
        return c->as.role.role = (enum meet_role)m->as.role_set.role, true;
    case SIGNAL_LINK_ADD:
    case SIGNAL_LINK_ROTATE:
        return link_command(c, m), true;
    case SIGNAL_LINK_DROP:
        c->type = MEET_LINK_DROP;
        return c->as.thing.id = m->as.link_drop.link, true;
    case SIGNAL_LINKS_ASK:
        return c->type = MEET_LINKS, true;
    case SIGNAL_RECORD:
        c->type = MEET_RECORD;
        return c->as.record.on = m->as.record.on, true;
    case SIGNAL_REPORT:
        return c->type = MEET_REPORT, true;
    default:
        return false;
    }
}

/* ---- settings ---- */

void rules_settings(const struct settings *s, struct signal_settings *out)
{
    enum profile profile = (enum profile)s->profile;
    memset(out, 0, sizeof *out);
    out->profile = s->profile;
    out->unmute = s->value[SETTING_unmute];
    out->video = s->value[SETTING_video];
    out->share = s->value[SETTING_share];
    out->chat = s->value[SETTING_chat];
    out->private_chat = s->value[SETTING_private_chat];
    out->reactions = s->value[SETTING_reactions];
    out->files = s->value[SETTING_files];
    out->rename = s->value[SETTING_rename];
    out->record = s->value[SETTING_record];
    out->waiting_room = setting_on(s, SETTING_waiting_room);
    out->locked = setting_on(s, SETTING_locked);
    out->passcode = setting_on(s, SETTING_passcode);
    out->keep_out = setting_on(s, SETTING_keep_out);
    out->personal_only = setting_on(s, SETTING_personal_only);
    for (uint8_t i = 0; i < SETTING_COUNT_; i++)
        if (setting_is_fixed(profile, (enum setting)i))
            out->fixed[out->n_fixed++].setting = i;
}

/* ---- the store ---- */

enum err rules_of_row(const struct ipc_meeting *row, struct safe *out)
{
    if (row->safe_len > 0)
        return safe_parse(span_of(row->safe, row->safe_len), out);
    safe_begin(out, PROFILE_DEFAULT);
    out->settings.value[SETTING_waiting_room] = row->waiting != 0;
    return ERR_OK;
}

static bool store_send(struct front *f, struct ipc_message *m, const char *meeting)
{
    m->type = IPC_MEETING_SAFE;
    memcpy(m->as.MEETING_SAFE.id, meeting, strnlen(meeting, LIMIT_MEETING_ID));
    bool sent = link_send(&f->store, m, -1);
    if (!sent)
        front_log("safe_not_stored", "why", "no store");
    return sent;
}

void rules_store(struct front *f, const char *meeting, const struct safe *safe)
{
    (void)rules_store_as(f, ask_open(f, ASK_SAFE, 0), meeting, safe);
}

bool rules_store_as(struct front *f, uint32_t request, const char *meeting, const struct safe *safe)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    struct writer w = writer_of(m.as.MEETING_SAFE.safe, sizeof m.as.MEETING_SAFE.safe);
    safe_write(safe, &w);
    BUG_IF(!writer_ok(&w));
    m.as.MEETING_SAFE.request = request;
    m.as.MEETING_SAFE.safe_len = (uint16_t)writer_len(&w);
    f->stored++;
    return store_send(f, &m, meeting);
}

void rules_store_attempts(struct front *f, const char *meeting, const struct risk_attempts *a)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.as.MEETING_SAFE.request = ask_open(f, ASK_SAFE, 0);
    m.as.MEETING_SAFE.has_attempts = 1;
    m.as.MEETING_SAFE.attempts = a->used;
    m.as.MEETING_SAFE.attempts_since_s = a->since_s;
    (void)store_send(f, &m, meeting);
}

/* ---- effects ---- */

static void reply_links(struct front *f, const struct meet_effect *e)
{
    struct signal_personal_link links[LIMIT_PERSONAL_LINKS];
    struct signal_message m = {.type = SIGNAL_LINKS, .number = e->number};
    struct meet_link_view v;
    uint32_t cursor = 0, n = 0;
    while (n < LIMIT_PERSONAL_LINKS && meet_link_next(f->meet, e->session, &cursor, &v))
        links[n++] = (struct signal_personal_link){
            .link = v.link, .used = v.used, .has_member = v.member != 0, .member = v.member};
    m.as.links.n_links = n;
    m.as.links.links = links;
    front_send(f, e->session, &m);
}

static void send_tracks(struct front *f, const struct meet_effect *e)
{
    static struct signal_track_ref tracks[LIMIT_ROOM_PEERS * LIMIT_PEER_TRACKS];
    struct signal_message m = {.type = SIGNAL_TRACKS_CHANGED};
    for (uint32_t i = 0; i < e->count; i++)
        tracks[i].track = e->ids[i];
    m.as.tracks_changed.n_tracks = e->count;
    m.as.tracks_changed.tracks = tracks;
    m.as.tracks_changed.paused = e->flag;
    front_send_audience(f, e, &m);
}

static void send_at_risk(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_AT_RISK};
    m.as.at_risk = (struct signal_at_risk){.cause = e->left,
                                           .count = e->count,
                                           .has_link = e->place != 0,
                                           .link = e->place,
                                           .has_member = e->member != 0,
                                           .member = e->member};
    front_send_audience(f, e, &m);
}

static void send_blocked(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_BLOCKED};
    m.as.blocked = (struct signal_blocked){.feature = e->kind, .on = e->flag, .all = e->waiting};
    if (e->bytes.len > 0)
        memcpy(m.as.blocked.why, e->bytes.ptr, e->bytes.len);
    front_send_audience(f, e, &m);
}

/* Events that are one message with a few numbers in it. */
static bool plain_event(const struct meet_effect *e, struct signal_message *m)
{
    switch (e->type) {
    case MEET_EVENT_SETTINGS:
        m->type = SIGNAL_SETTINGS_EVENT;
        rules_settings(&e->safe->settings, &m->as.settings_event.settings);
        m->as.settings_event.cause = e->left;
        m->as.settings_event.has_by = e->owner != 0;
        m->as.settings_event.by = e->owner;
        return true;
    case MEET_EVENT_ROLE:
        m->type = SIGNAL_ROLE_CHANGED;
        m->as.role_changed = (struct signal_role_changed){
            .member = e->member, .role = e->role, .has_by = e->owner != 0, .by = e->owner};
        return true;
    case MEET_EVENT_MUTED:
        m->type = SIGNAL_MUTED;
        m->as.muted = (struct signal_muted){.source = e->source,
                                            .hold = e->flag,
                                            .has_track = e->track != 0,
                                            .track = e->track,
                                            .has_by = e->owner != 0,
                                            .by = e->owner};
        return true;
    case MEET_EVENT_RELEASED:
        m->type = SIGNAL_RELEASED;
        m->as.released.source = e->source;
        return true;
    case MEET_EVENT_RECORDING:
        m->type = SIGNAL_RECORDING;
        m->as.recording = (struct signal_recording){.member = e->member, .on = e->flag};
        return true;
    default:
        return false;
    }
}

bool rules_effect(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_LINK_ADDED, .number = e->number};
    switch (e->type) {
    case MEET_REPLY_LINK_ADDED:
        m.as.link_added.link = e->count;
        front_send(f, e->session, &m);
        return true;
    case MEET_REPLY_LINKS:
        return reply_links(f, e), true;
    case MEET_REPLY_REPORT:
        return report_take(f, e), true;
    case MEET_EVENT_TRACKS_CHANGED:
        return send_tracks(f, e), true;
    case MEET_EVENT_AT_RISK:
        return send_at_risk(f, e), true;
    case MEET_EVENT_BLOCKED:
        return send_blocked(f, e), true;
    case MEET_STORE_SAFE:
        return rules_store(f, (const char *)e->bytes.ptr, e->safe), true;
    default:
        m.number = 0;
        if (!plain_event(e, &m))
            return false;
        front_send_audience(f, e, &m);
        return true;
    }
}

/* ---- blocks ---- */

static void log_block(const struct front *f, const struct block_wish *w)
{
    struct logline l;
    char tag[PII_TAG_TEXT + 1] = "all";
    if (w->one)
        pii_tag(span_of(f->pii_key, sizeof f->pii_key),
                span_of(w->participant, sizeof w->participant), tag);
    logline_start(&l, "front", w->on ? "blocked" : "unblocked");
    logline_str(&l, "feature", safe_feature_name(w->feature));
    logline_str(&l, "who", tag);
    log_line(&l);
}

static void block_live(struct front *f, const struct block_wish *w, const char *meeting)
{
    struct meet_command c = {.type = MEET_BLOCK};
    memcpy(c.as.block.meeting, meeting, strnlen(meeting, LIMIT_MEETING_ID));
    c.as.block.one = w->one;
    memcpy(c.as.block.participant, w->participant, sizeof w->participant);
    c.as.block.feature = w->feature;
    c.as.block.on = w->on;
    c.as.block.why = span_str(w->why);
    front_input(f, &c);
}

/* A meeting that runs is changed at once; another one's record when the store has given it. */
void rules_block(struct front *f, uint64_t number, const struct block_wish *w, const char *meeting)
{
    f->counts.blocks++;
    log_block(f, w);
    if (meet_safe_of(f->meet, meeting)) {
        block_live(f, w, meeting);
        api_answer_control(f, number, NULL);
        return;
    }
    uint32_t request = ask_open(f, ASK_BLOCK, number);
    struct block_wish *kept = request ? malloc(sizeof *kept) : NULL;
    if (!kept) {
        if (request)
            f->asks[request % FRONT_ASKS].kind = ASK_NONE;
        api_answer_control(f, number, "busy");
        return;
    }
    struct ask *a = &f->asks[request % FRONT_ASKS];
    *kept = *w;
    a->block = kept;
    memcpy(a->meeting, meeting, strnlen(meeting, LIMIT_MEETING_ID));
    if (!ask_meeting_get(f, request, meeting)) {
        struct ask was = *a;
        a->kind = ASK_NONE;
        rules_block_row(f, &was, NULL);
    }
}

void rules_block_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row)
{
    struct safe safe;
    const struct block_wish *w = a->block;
    const char *refusal =
        !row || err_class((enum err)row->result) == ERR_CLASS_LOCAL ? "busy" : "not_found";
    if (row && row->result == ERR_OK && meet_safe_of(f->meet, a->meeting)) {
        block_live(f, w, a->meeting); /* it began meanwhile */
        refusal = NULL;
    } else if (row && row->result == ERR_OK && rules_of_row(&row->meeting, &safe) == ERR_OK) {
        refusal =
            safe_block(&safe, w->one ? w->participant : NULL, w->feature, w->on, span_str(w->why))
                ? NULL
                : "limit";
        if (!refusal)
            rules_store(f, a->meeting, &safe);
    }
    api_answer_control(f, a->number, refusal);
    free(a->block);
}
