#include "e2ee/session.h"

#include <stdalign.h>

static size_t aligned(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static size_t commit_cap(uint32_t members)
{
    return 65536 + (size_t)members * 160;
}

static size_t welcome_cap(uint32_t members)
{
    size_t n = 65536 + (size_t)members * 1024;
    return n < E2EE_UPLOAD_MAX ? n : E2EE_UPLOAD_MAX;
}

static struct group_config group_config_of(struct e2ee *e, uint32_t members)
{
    return (struct group_config){
        .suite = &suite_chacha,
        .leaves = members,
        .arena = (size_t)members * 1024,
        .random = e ? e->random : (struct random_source){NULL, NULL},
        .hooks = {.ctx = e,
                  .psk = session_psk,
                  .check = session_check,
                  .check_join = session_check_join},
    };
}

size_t e2ee_bytes(uint32_t members)
{
    struct group_config c = group_config_of(NULL, members);
    return aligned(sizeof(struct e2ee)) + aligned(roster_bytes(members)) +
           aligned((size_t)members * SUITE_SIGN_PUBLIC) + aligned(commit_cap(members)) +
           aligned(welcome_cap(members)) + aligned(group_bytes(&c));
}

/* ---- opening and closing ---- */

static bool config_valid(const struct e2ee_config *c)
{
    uint32_t m = c->members;
    return m >= 2 && m <= POLICY_MEMBERS_MAX && (m & (m - 1)) == 0 && c->random.fill &&
           link_meeting_valid(c->link.meeting) && profile_name_valid(c->name);
}

static void take_config(struct e2ee *e, const struct e2ee_config *c)
{
    struct profile *p = &e->self;
    e->random = c->random;
    memcpy(e->meeting, c->link.meeting.ptr, LINK_MEETING);
    e->link.meeting = span_of(e->meeting, LINK_MEETING);
    e->link.host = c->link.host;
    memcpy(e->link.host_key_hash, c->link.host_key_hash, E2EE_SECRET);
    link_derive(LINK_PSK, e->link.meeting, c->link.secret, e->psk);
    link_derive(LINK_JOIN, e->link.meeting, c->link.secret, e->join_key);
    link_derive(LINK_PROFILE, e->link.meeting, c->link.secret, e->profile_key);
    if (c->link.host)
        link_host_keys(e->link.meeting, c->link.host_secret, e->host_secret_key, e->host_public);
    memcpy(p->device, c->device_public, sizeof p->device);
    memcpy(p->name, c->name.ptr, c->name.len);
    p->name_len = (uint8_t)c->name.len;
    p->bot = c->bot;
    p->host = c->link.host;
    p->has_build = c->has_build;
    if (c->has_build)
        memcpy(p->build, c->build, sizeof p->build);
    e->random.fill(e->random.ctx, e->participant, sizeof e->participant);
}

static void open_group(struct e2ee *e)
{
    struct group_config g = group_config_of(e, e->members);
    e->g = group_open(e->group_memory, &g);
}

enum err e2ee_open(void *memory, const struct e2ee_config *c, struct e2ee **out)
{
    if (!config_valid(c))
        return ERR_MALFORMED;
    TRY(suite_start());
    struct e2ee *e = memory;
    memset(e, 0, sizeof *e);
    e->bytes = e2ee_bytes(c->members);
    e->members = c->members;
    take_config(e, c);
    for (size_t i = 0; i < TIMER_COUNT_; i++)
        e->timer[i] = UINT64_MAX;
    uint8_t *at = (uint8_t *)memory + aligned(sizeof *e);
    roster_init(&e->roster, at, c->members);
    at += aligned(roster_bytes(c->members));
    e->known = at;
    at += aligned((size_t)c->members * SUITE_SIGN_PUBLIC);
    e->commit_cap = commit_cap(c->members);
    e->commit_room = at;
    at += aligned(e->commit_cap);
    e->welcome_cap = welcome_cap(c->members);
    e->welcome_room = at;
    at += aligned(e->welcome_cap);
    e->group_memory = at;
    open_group(e);
    effects_reset(&e->effects);
    *out = e;
    return ERR_OK;
}

void e2ee_close(struct e2ee *e)
{
    group_close(e->g);
    suite_wipe(e, e->bytes);
}

const uint8_t *e2ee_participant(const struct e2ee *e)
{
    return e->participant;
}

/* ---- for all files of the session ---- */

uint32_t session_number(struct e2ee *e)
{
    e->number.last = e->number.last == INT32_MAX ? 1 : e->number.last + 1;
    return e->number.last;
}

uint64_t session_random(struct e2ee *e, uint64_t below)
{
    uint8_t bytes[8];
    e->random.fill(e->random.ctx, bytes, sizeof bytes);
    struct reader r = reader_of(span_of(bytes, sizeof bytes));
    return reader_u64(&r) % below;
}

struct profile_place session_place(const struct e2ee *e, struct span group, struct span signer)
{
    return (struct profile_place){e->profile_key, e->host_public, group, signer};
}

bool session_is_own_group(const struct e2ee *e, struct span group)
{
    return group_active(e->g) && span_equal(group, group_id(e->g));
}

void session_end(struct e2ee *e, enum e2ee_why why)
{
    e->over = why;
    e->step = STEP_IDLE;
    group_close(e->g);
    open_group(e); /* an empty one: what looks at it needs no case of its own */
    suite_wipe(&e->base, sizeof e->base);
    suite_wipe(&e->base_before, sizeof e->base_before);
    suite_wipe(e->sign_secret, sizeof e->sign_secret);
    suite_wipe(e->host_secret_key, sizeof e->host_secret_key);
    suite_wipe(e->psk, sizeof e->psk);
    suite_wipe(e->join_key, sizeof e->join_key);
    suite_wipe(e->profile_key, sizeof e->profile_key);
    suite_wipe(e->joins, sizeof e->joins);
    suite_wipe(&e->history, sizeof e->history);
    suite_wipe(e->package, sizeof e->package);
    roster_clear_all(&e->roster);
    e->n_known = 0;
    memset(&e->flight, 0, sizeof e->flight);
    memset(&e->want, 0, sizeof e->want);
    for (size_t i = 0; i < TIMER_COUNT_; i++)
        e->timer[i] = UINT64_MAX;
    e->code[0] = 0;
    e->effects.people = e->effects.waiting = true;
}

/* ---- one fact in ---- */

static enum mls_rule reply_in(struct e2ee *e, const struct e2ee_input *in)
{
    if (in->number == 0)
        return RULE_NONE;
    if (in->number == e->number.commit)
        session_commit_reply(e, in);
    else if (in->number == e->number.log) {
        e->number.log = 0;
        if (in->reason == E2EE_REPLY_NOT_FOUND && group_active(e->g))
            session_rejoin(e);
    } else {
        session_enter_reply(e, in);
    }
    return RULE_NONE;
}

static enum mls_rule shown_in(struct e2ee *e, const struct e2ee_input *in)
{
    if (in->a.len != E2EE_PARTICIPANT || in->member == 0)
        return RULE_FORM;
    if (in->type == E2EE_IN_MEMBER) {
        roster_show(&e->roster, in->member, in->a.ptr);
    } else if (memcmp(in->a.ptr, e->participant, E2EE_PARTICIPANT) != 0) {
        roster_hide(&e->roster, in->a.ptr, e->mono);
        session_forget_joins(e, in->a.ptr);
    }
    e->effects.people = true;
    return RULE_NONE;
}

static enum mls_rule person_in(struct e2ee *e, const struct e2ee_input *in)
{
    switch (in->type) {
    case E2EE_IN_DEVICE_SIGNED:
        return session_device_signed(e, in->a);
    case E2EE_IN_NOTE:
        return session_note_out(e, in);
    case E2EE_IN_REMOVE:
        return session_remove(e, in->a);
    case E2EE_IN_ADMIT:
        return session_admit(e, in);
    case E2EE_IN_RENAME:
        return session_rename(e, in->b);
    case E2EE_IN_POLICY:
        return session_policy(e, in->flags);
    case E2EE_IN_ADMIN:
        return session_admin(e, in);
    case E2EE_IN_LEAVE:
        session_end(e, E2EE_WHY_LEFT);
        return RULE_NONE;
    default:
        return RULE_FORM;
    }
}

static enum mls_rule fact_in(struct e2ee *e, const struct e2ee_input *in)
{
    switch (in->type) {
    case E2EE_IN_WELCOMED:
        return session_welcomed(e, in);
    case E2EE_IN_MEMBER:
    case E2EE_IN_GONE:
        return shown_in(e, in);
    case E2EE_IN_GROUP_STATE:
        return session_group_state(e, in);
    case E2EE_IN_WANTED_JOIN:
        return session_wanted_join(e, in);
    case E2EE_IN_WANTED_GONE:
        session_wanted_gone(e, in->a);
        return RULE_NONE;
    case E2EE_IN_WANTED:
        session_wanted(e, in);
        return RULE_NONE;
    case E2EE_IN_COMMIT:
        return session_commit_in(e, in);
    case E2EE_IN_GROUP_WELCOME:
        return session_group_welcome(e, in);
    case E2EE_IN_MESSAGE:
        return session_message_in(e, in);
    case E2EE_IN_REOPENED:
        session_reopened(e, in);
        return RULE_NONE;
    case E2EE_IN_REPLY:
        return reply_in(e, in);
    case E2EE_IN_DISCONNECTED:
        session_disconnected(e);
        return RULE_NONE;
    case E2EE_IN_TICK:
        return RULE_NONE;
    default:
        return person_in(e, in);
    }
}

static enum err err_of(enum mls_rule rule)
{
    if (rule == RULE_NONE)
        return ERR_OK;
    if (rule == RULE_NOT_SECURE)
        return ERR_STATE;
    if (rule == RULE_FORM || rule == RULE_NOTE)
        return ERR_MALFORMED;
    if (rule == RULE_SPACE)
        return ERR_LIMIT;
    return rule >= RULE_DESCRIPTOR ? ERR_FORBIDDEN : ERR_AUTH;
}

enum err e2ee_input(struct e2ee *e, const struct e2ee_input *in, uint64_t now_ms)
{
    if (!effects_drained(&e->effects))
        return ERR_BUSY;
    effects_reset(&e->effects);
    session_clock(e, now_ms);
    if (e->over != E2EE_WHY_NONE)
        return ERR_STATE;
    enum mls_rule rule = fact_in(e, in);
    if (rule != RULE_NONE) {
        struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_REFUSED);
        out->rule = rule;
        out->member = in->member;
        e->refused++;
    }
    if (e->over == E2EE_WHY_NONE)
        session_due(e);
    session_settle(e);
    return err_of(rule);
}

bool e2ee_poll(struct e2ee *e, struct e2ee_effect *out)
{
    return effects_take(&e->effects, out);
}
