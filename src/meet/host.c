/* What hosts decide for a meeting, and operators for its people: settings, muting, roles, links,
 * the passcode, blocks. Each changes the record that outlives the meeting, tells everybody, and is
 * in force when the reply goes out.
 * knows: who outranks whom, what is to be told. knows not: what a change forbids (allow.c), proofs.
 * owns: nothing; the record is the meeting's. */
#include "base/bug.h"
#include "base/mutant.h"
#include "meet/state.h"

bool meet_is_host(const struct member *p)
{
    return meet_permit_role(p) >= PERMIT_COHOST;
}

void host_save(struct meet *m, const struct meeting *g)
{
    struct meet_effect *e = meet_effect_add(m, MEET_STORE_SAFE);
    e->bytes = span_str(g->id);
    e->safe = &g->safe;
}

/* Somebody else of the meeting, inside it; what the ids of others stand for is not told. */
static struct member *find_other(const struct meet *m, const struct member *p, uint32_t id)
{
    struct member *other = meet_id_find(m, KEY_MEMBER, id);
    return other && DEFENCE(22, other->meeting == p->meeting) && !other->waiting ? other : NULL;
}

/* ---- settings ---- */

static void tell_settings(struct meet *m, const struct meeting *g, const struct member *by,
                          enum meet_cause cause)
{
    struct meet_effect *e = meet_event_room(m, g, 0, MEET_EVENT_SETTINGS);
    e->left = (uint8_t)cause;
    e->owner = by ? by->id : 0;
    e->safe = &g->safe;
    host_save(m, g);
}

/* Nobody waits where there is no waiting room; but a personal link that was used twice is still a
 * host's to decide. */
static void let_in(struct meet *m, struct meeting *g)
{
    if (g->waiting == 0)
        return;
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        if (p->waiting && !p->reused)
            meet_member_admit(m, p);
    }
    committer_update(m, g);
    committer_show(m, g);
}

/* The passcode comes with its digest, in a request of its own. */
static bool may_name(const struct setting_change *c)
{
    return c->named != 0 && !(c->named >> SETTING_passcode & 1);
}

void host_settings(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    if (!may_name(&in->as.settings)) {
        meet_reply(m, in, MEET_BAD);
        return;
    }
    struct setting_verdict v = settings_change(&g->safe.settings, &in->as.settings);
    if (!v.allowed) {
        meet_refuse(m, in, MEET_FIXED, setting_name(v.at));
        return;
    }
    meet_reply(m, in, MEET_OK);
    tell_settings(m, g, p, MEET_CAUSE_SET);
    allow_enforce(m, g, p);
    if (!setting_on(&g->safe.settings, SETTING_waiting_room) &&
        DEFENCE(30, !setting_on(&g->safe.settings, SETTING_locked)))
        let_in(m, g);
}

void host_suspend(struct meet *m, struct member *p, const struct meet_command *in)
{
    settings_suspend(&p->meeting->safe.settings);
    meet_reply(m, in, MEET_OK);
    tell_settings(m, p->meeting, p, MEET_CAUSE_SUSPEND);
    allow_enforce(m, p->meeting, p);
}

enum meet_reason meet_may_set_passcode(const struct meet *m, uint64_t session, bool on,
                                       const char **field)
{
    const struct member *p = meet_member_of(m, session);
    *field = NULL;
    if (!permit_check(meet_permit_role(p), PERMIT_passcode).allowed)
        return MEET_FORBIDDEN;
    enum profile profile = (enum profile)p->meeting->safe.settings.profile;
    if (on || setting_least(profile, SETTING_passcode) == 0)
        return MEET_OK;
    *field = setting_name(SETTING_passcode);
    return MEET_FIXED;
}

static void passcode_change(struct safe *s, const struct meet_command *in)
{
    s->settings.value[SETTING_passcode] = in->as.passcode.on;
    memcpy(s->salt, in->as.passcode.salt, sizeof s->salt);
    memcpy(s->passcode, in->as.passcode.hash, sizeof s->passcode);
}

void host_passcode(struct meet *m, struct member *p, const struct meet_command *in)
{
    const char *field;
    struct safe *s = &p->meeting->safe;
    enum meet_reason why = meet_may_set_passcode(m, in->session, in->as.passcode.on, &field);
    if (why != MEET_OK) {
        meet_refuse(m, in, why, field);
        return;
    }
    passcode_change(s, in);
    meet_reply(m, in, MEET_OK);
    tell_settings(m, p->meeting, p, MEET_CAUSE_PASSCODE);
}

/* ---- muting ---- */

/* Whom the request is about, one of no higher role; NULL: refused. The reply is given. */
static struct member *muted_by(struct meet *m, const struct member *p,
                               const struct meet_command *in)
{
    struct member *other = find_other(m, p, in->as.mute.member);
    enum meet_reason why = !other                                          ? MEET_NOT_FOUND
                           : other == p                                    ? MEET_CONFLICT
                           : meet_permit_role(other) > meet_permit_role(p) ? MEET_FORBIDDEN
                                                                           : MEET_OK;
    meet_reply(m, in, why);
    return why == MEET_OK ? other : NULL;
}

void host_mute(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct member *other = muted_by(m, p, in);
    if (!other)
        return;
    if (in->as.mute.hold)
        other->held |= (uint8_t)(1u << in->as.mute.source);
    struct stop s = {p->meeting, other, in->as.mute.source, p, in->as.mute.hold};
    allow_stop(m, &s);
}

/* Lifts a hold, and no more: the source stays off until its owner switches it on (attack A31). */
void host_release(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct member *other = muted_by(m, p, in);
    if (!other)
        return;
    other->held &= (uint8_t) ~(1u << in->as.mute.source);
    struct meet_effect *e = meet_event_member(m, other, MEET_EVENT_RELEASED);
    if (e)
        e->source = (uint8_t)in->as.mute.source;
}

void host_mute_all(struct meet *m, struct member *p, const struct meet_command *in)
{
    meet_reply(m, in, MEET_OK);
    struct stop s = {p->meeting, NULL, in->as.mute.source, p, false};
    allow_stop(m, &s);
}

/* ---- roles ---- */

static bool is_full_host(const struct member *p)
{
    return p->role == MEET_HOST || p->role == MEET_OWNER;
}

static bool is_last_host(const struct member *p)
{
    LIST_EACH(&p->meeting->members, it)
    {
        const struct member *other = LIST_ENTRY(it, const struct member, node);
        if (other != p && !other->waiting && is_full_host(other))
            return false;
    }
    return is_full_host(p);
}

enum permit_role host_rank(enum meet_role role)
{
    const struct member asked = {.role = role};
    return meet_permit_role(&asked);
}

static struct allow role_check(const struct member *p, const struct member *other,
                               enum meet_role role)
{
    enum permit_role mine = meet_permit_role(p), new = host_rank(role);
    if (role == MEET_OWNER || role == MEET_BOT || other->role == MEET_BOT)
        return (struct allow){MEET_BAD, "role"};
    if (other == p && DEFENCE(22, new >= mine))
        return (struct allow){MEET_FORBIDDEN, NULL};
    if (other == p)
        return (struct allow){is_last_host(p) ? MEET_CONFLICT : MEET_OK, NULL};
    /* Others: as a host, those below oneself, and up to where one stands. */
    if (!is_full_host(p) || meet_permit_role(other) >= mine || new > mine)
        return (struct allow){MEET_FORBIDDEN, NULL};
    if (new >= PERMIT_COHOST && allow_is_blocked(other, SAFE_HOST))
        return (struct allow){MEET_BLOCKED, safe_feature_name(SAFE_HOST)};
    return (struct allow){MEET_OK, NULL};
}

static void role_give(struct meet *m, struct member *p, enum meet_role role,
                      const struct member *by)
{
    p->role = role;
    p->given = true;
    struct meet_effect *e = meet_event_room(m, p->meeting, 0, MEET_EVENT_ROLE);
    e->member = p->id;
    e->role = (uint8_t)role;
    e->owner = by ? by->id : 0;
    allow_enforce(m, p->meeting, by);
    committer_show(m, p->meeting);
    committer_update(m, p->meeting);
}

void host_role(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct member *other = find_other(m, p, in->as.role.member);
    if (!other) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    struct allow may = role_check(p, other, in->as.role.role);
    if (may.reason != MEET_OK) {
        meet_refuse(m, in, may.reason, may.field);
        return;
    }
    meet_reply(m, in, MEET_OK);
    if (other->role != in->as.role.role)
        role_give(m, other, in->as.role.role, p);
}

/* ---- links ---- */

static void link_add(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct safe *s = &p->meeting->safe;
    bool known = safe_link_find(s, in->as.link.hash) != NULL;
    uint32_t id = safe_link_add(s, in->as.link.hash);
    if (id == 0) {
        meet_reply(m, in, known ? MEET_CONFLICT : MEET_LIMIT);
        return;
    }
    struct meet_effect *e = meet_effect_add(m, MEET_REPLY_LINK_ADDED);
    e->session = in->session;
    e->number = in->number;
    e->count = id;
    host_save(m, p->meeting);
}

/* Who came by it goes, waiting or not. */
static void link_drop(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct meeting *g = p->meeting;
    if (!safe_link_drop(&g->safe, in->as.thing.id)) {
        meet_reply(m, in, MEET_NOT_FOUND);
        return;
    }
    meet_reply(m, in, MEET_OK);
    host_save(m, g);
    LIST_EACH_SAFE(&g->members, it, next)
    {
        struct member *other = LIST_ENTRY(it, struct member, node);
        if (other != p && other->link == in->as.thing.id && !meet_is_host(other))
            meet_member_throw_out(m, other, MEET_END_LINK);
    }
}

static void rotate_change(struct safe *s, const struct meet_command *in)
{
    s->rotated = true;
    memcpy(s->access, in->as.link.hash, sizeof s->access);
}

static void link_rotate(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct safe *s = &p->meeting->safe;
    rotate_change(s, in);
    meet_reply(m, in, MEET_OK);
    host_save(m, p->meeting);
}

void host_link(struct meet *m, struct member *p, const struct meet_command *in)
{
    if (in->type == MEET_LINK_ADD) {
        link_add(m, p, in);
    } else if (in->type == MEET_LINK_DROP) {
        link_drop(m, p, in);
    } else if (in->type == MEET_LINK_ROTATE) {
        link_rotate(m, p, in);
    } else {
        struct meet_effect *e = meet_effect_add(m, MEET_REPLY_LINKS);
        e->session = in->session;
        e->number = in->number;
    }
}

/* ---- the record before it is in force ---- */

bool meet_changes_record(enum meet_command_type type)
{
    return type == MEET_SETTINGS_SET || type == MEET_SUSPEND || type == MEET_PASSCODE_SET ||
           type == MEET_LINK_ADD || type == MEET_LINK_DROP || type == MEET_LINK_ROTATE;
}

static bool would_change(const struct meet *m, const struct meet_command *in, struct safe *s)
{
    const char *field;
    switch (in->type) {
    case MEET_SETTINGS_SET:
        return may_name(&in->as.settings) &&
               settings_change(&s->settings, &in->as.settings).allowed;
    case MEET_SUSPEND:
        return settings_suspend(&s->settings), true;
    case MEET_PASSCODE_SET:
        passcode_change(s, in);
        return meet_may_set_passcode(m, in->session, in->as.passcode.on, &field) == MEET_OK;
    case MEET_LINK_ADD:
        return safe_link_add(s, in->as.link.hash) != 0;
    case MEET_LINK_DROP:
        return safe_link_drop(s, in->as.thing.id);
    case MEET_LINK_ROTATE:
        return rotate_change(s, in), true;
    default:
        return false;
    }
}

bool meet_would_change(const struct meet *m, const struct meet_command *in, struct safe *out)
{
    const struct member *p = meet_member_of(m, in->session);
    if (!p || !meet_changes_record(in->type) ||
        !permit_check(meet_permit_role(p), meet_action_of(in->type)).allowed)
        return false;
    *out = p->meeting->safe;
    return would_change(m, in, out);
}

/* ---- recording, reports ---- */

void host_record(struct meet *m, struct member *p, const struct meet_command *in)
{
    struct allow may = in->as.record.on ? allow_record(p) : (struct allow){MEET_OK, NULL};
    if (may.reason != MEET_OK) {
        meet_refuse(m, in, may.reason, may.field);
        return;
    }
    meet_reply(m, in, MEET_OK);
    if (p->recording == in->as.record.on)
        return;
    p->recording = in->as.record.on;
    struct meet_effect *e = meet_event_room(m, p->meeting, 0, MEET_EVENT_RECORDING);
    e->member = p->id;
    e->flag = p->recording;
}

void host_report(struct meet *m, struct member *p, const struct meet_command *in)
{
    (void)p;
    struct meet_effect *e = meet_effect_add(m, MEET_REPLY_REPORT);
    e->session = in->session;
    e->number = in->number;
}

/* ---- signs ---- */

void host_tell_risk(struct meet *m, struct meeting *g, enum meet_risk what, uint32_t count)
{
    struct meet_effect *e = meet_event_room(m, g, 0, MEET_EVENT_AT_RISK);
    e->left = (uint8_t)what;
    e->count = count;
}

void host_passcode_tried(struct meet *m, const char *meeting)
{
    struct meeting *g = meet_find(m, meeting);
    if (!g || (g->tried_at != 0 && m->now - g->tried_at < RISK_QUIET_US))
        return;
    g->tried_at = m->now;
    host_tell_risk(m, g, MEET_RISK_PASSCODE, RISK_ATTEMPTS);
}

/* ---- blocks ---- */

static bool is_meant(const struct member *p, const struct meet_command *in)
{
    return !in->as.block.one ||
           memcmp(p->group.participant, in->as.block.participant, LIMIT_PARTICIPANT) == 0;
}

static void tell_block(struct meet_effect *e, const struct meet_command *in)
{
    if (!e)
        return;
    e->kind = (uint8_t)in->as.block.feature;
    e->flag = in->as.block.on;
    e->waiting = !in->as.block.one;
    e->bytes = in->as.block.why;
}

/* Somebody who may not be here goes; somebody who may not be a host is none. A whole meeting whose
 * `join` is blocked takes nobody in, and goes on. */
static void apply_block(struct meet *m, struct member *p, const struct meet_command *in)
{
    if (in->as.block.feature == SAFE_HOST && meet_is_host(p)) {
        p->keyed = false;
        role_give(m, p, MEET_PARTICIPANT, NULL);
    }
    if (in->as.block.feature == SAFE_JOIN && in->as.block.one)
        meet_member_throw_out(m, p, MEET_END_BLOCKED);
}

void host_block_session(struct meet *m, const struct meet_command *in)
{
    struct member *p = meet_member_of(m, in->session);
    if (!p)
        return;
    char meeting[LIMIT_MEETING_ID + 1]; /* which may go with its last member */
    memcpy(meeting, p->meeting->id, sizeof meeting);
    uint8_t bit = (uint8_t)(1u << in->as.block.feature);
    p->blocked = (uint8_t)(in->as.block.on ? p->blocked | bit : p->blocked & ~bit);
    tell_block(meet_event_member(m, p, MEET_EVENT_BLOCKED), in);
    if (in->as.block.on)
        apply_block(m, p, in);
    struct meeting *g = meet_find(m, meeting);
    if (g)
        allow_enforce(m, g, NULL);
}

void host_block(struct meet *m, const struct meet_command *in)
{
    struct meeting *g = meet_find(m, in->as.block.meeting);
    BUG_IF(!g); /* the shell changes the stored record of one that does not run */
    if (!safe_block(&g->safe, in->as.block.one ? in->as.block.participant : NULL,
                    in->as.block.feature, in->as.block.on, in->as.block.why))
        return;
    host_save(m, g);
    if (!in->as.block.one)
        tell_block(meet_event_room(m, g, 0, MEET_EVENT_BLOCKED), in);
    LIST_EACH_SAFE(&g->members, it, next)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        bool last = next == &g->members; /* the meeting may go with its last member */
        if (!is_meant(p, in))
            continue;
        if (in->as.block.one)
            tell_block(meet_event_member(m, p, MEET_EVENT_BLOCKED), in);
        if (in->as.block.on)
            apply_block(m, p, in);
        if (last)
            break;
    }
    g = meet_find(m, in->as.block.meeting);
    if (g)
        allow_enforce(m, g, NULL);
}
