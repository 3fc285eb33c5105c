/* Keys of an organisation's programs, what such a key may do, and invitations. A key is an
 * administrator of its one organisation: it reaches members, and neither administrators nor owners.
 * Nobody becomes a member by a key alone: it makes an invitation, and the person takes it.
 * Owners and administrators do the same with their session; an owner reaches administrators too.
 * knows: whose a token is, budgets. knows not: HTTP, what a meeting is. owns: nothing. */
#include "account/flow.h"
#include "account/organisation.h"
#include "crypt/crypt.h"

/* ---- steps that several commands take ---- */

static void with_name(struct account *a, struct flow *f, flow_step next)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_NAMED};
    memcpy(ask.as.row.name, f->name, sizeof ask.as.row.name);
    flow_ask(a, f, &ask, next);
}

static void with_org_named(struct account *a, struct flow *f, flow_step next)
{
    struct account_ask ask = {.type = ASK_ORG_NAMED};
    memcpy(ask.as.org.org.name, f->org, sizeof ask.as.org.org.name);
    flow_ask(a, f, &ask, next);
}

static void ask_grant(struct account *a, struct flow *f, enum account_ask_type type, flow_step next)
{
    struct account_ask ask = {.type = type};
    ask.as.grant = f->grant;
    flow_ask(a, f, &ask, next);
}

static void made(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_answer answer = {
        .reason = flow_reason(reply->result, ACCOUNT_NOT_FOUND, ACCOUNT_NOT_FOUND)};
    if (answer.reason == ACCOUNT_OK)
        memcpy(answer.given, f->random + RANDOM_TOKEN, sizeof answer.given);
    flow_answer_with(a, f, &answer);
    crypt_wipe(&answer, sizeof answer);
}

/* A fresh token of f->found. */
static void make(struct account *a, struct flow *f, enum account_grant_kind kind)
{
    struct account_grant *g = &f->grant;
    memset(g, 0, sizeof *g);
    crypt_sha256(g->hash, span_of(f->random + RANDOM_TOKEN, ACCOUNT_TOKEN));
    memcpy(g->org, f->found.id, sizeof g->org);
    memcpy(g->label, f->label, sizeof g->label);
    g->kind = (uint8_t)kind;
    g->created_s = a->now.unix_s;
    g->expires_s = kind == GRANT_INVITE ? a->now.unix_s + ACCOUNT_INVITE_S : 0;
    ask_grant(a, f, ASK_GRANT_PUT, made);
}

/* Those of f->found behind f->id, or without the one that f->id names. */
static void list_or_drop(struct account *a, struct flow *f, enum account_grant_kind kind, bool drop)
{
    struct account_grant *g = &f->grant;
    memset(g, 0, sizeof *g);
    memcpy(g->hash, f->id, sizeof g->hash);
    memcpy(g->org, f->found.id, sizeof g->org);
    g->kind = (uint8_t)kind;
    ask_grant(a, f, drop ? ASK_GRANT_DROP : ASK_GRANT_LIST, drop ? flow_done : flow_list);
}

/* ---- of the operator ---- */

static void org_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->found = reply->as.org[0];
    if (f->command == ACCOUNT_KEY_MAKE)
        make(a, f, GRANT_KEY);
    else
        list_or_drop(a, f, GRANT_KEY, f->command == ACCOUNT_KEY_DROP);
}

/* ---- of a program with a key ---- */

static void self(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result == ERR_OK)
        f->found = reply->as.org[0];
    flow_done(a, f, reply);
}

static void ask_self(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_ORG_GET};
    memcpy(ask.as.org.org.id, f->found.id, sizeof ask.as.org.org.id);
    flow_ask(a, f, &ask, self);
}

static void ask_members(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_MEMBER_LIST};
    memcpy(ask.as.member.org, f->found.id, sizeof ask.as.member.org);
    memcpy(ask.as.member.name, f->name, sizeof ask.as.member.name);
    flow_ask(a, f, &ask, flow_list);
}

/* Nothing to lift is as good as lifted; what an operator set is not the key's. */
static void is_blocked(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result == ERR_NOT_FOUND)
        flow_answer(a, f, ACCOUNT_OK);
    else if (reply->result == ERR_FORBIDDEN)
        flow_answer(a, f, ACCOUNT_FORBIDDEN);
    else
        flow_done(a, f, reply);
}

static void ask_blocks(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_BLOCK_LIST};
    flow_step next = flow_list;
    memcpy(f->block.account, f->row.id, sizeof f->block.account);
    if (f->command == ACCOUNT_API_BLOCK) {
        ask.type = f->on ? ASK_BLOCK_PUT : ASK_BLOCK_DROP;
        memcpy(f->block.by, f->found.id, sizeof f->block.by);
        f->block.created_s = a->now.unix_s;
        next = is_blocked;
    }
    ask.as.block = f->block;
    flow_ask(a, f, &ask, next);
}

/* reply: the membership, whose role says whether a key reaches it. */
static void member_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_MEMBER_DROP};
    bool drop = f->command == ACCOUNT_API_MEMBER_DROP, look = f->command == ACCOUNT_API_BLOCKS;
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    struct organisation_wish w = {.act = look   ? ORGANISATION_LOOK
                                         : drop ? ORGANISATION_REMOVE
                                                : ORGANISATION_BLOCK,
                                  .actor = f->actor,
                                  .from = (enum account_role)reply->as.member[0].role,
                                  .to = ACCOUNT_MEMBER};
    if (organisation_may(&w) != ERR_OK) {
        flow_answer(a, f, ACCOUNT_FORBIDDEN);
    } else if (drop) {
        ask.as.member = reply->as.member[0];
        flow_ask(a, f, &ask, flow_done);
    } else {
        ask_blocks(a, f);
    }
}

/* Who is nobody and who is no member are one answer. */
static void person_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_MEMBER_GET};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->row = reply->as.row[0];
    memcpy(ask.as.member.org, f->found.id, sizeof ask.as.member.org);
    memcpy(ask.as.member.account, f->row.id, sizeof ask.as.member.account);
    flow_ask(a, f, &ask, member_came);
}

static void go_on(struct account *a, struct flow *f)
{
    if (f->command == ACCOUNT_API_SELF)
        ask_self(a, f);
    else if (f->command == ACCOUNT_API_MEMBERS)
        ask_members(a, f);
    else if (f->command == ACCOUNT_API_INVITE)
        make(a, f, GRANT_INVITE);
    else if (f->command == ACCOUNT_API_INVITES || f->command == ACCOUNT_API_INVITE_DROP)
        list_or_drop(a, f, GRANT_INVITE, f->command == ACCOUNT_API_INVITE_DROP);
    else if (f->command == ACCOUNT_API_USAGE)
        figures_of(a, f);
    else if (f->command >= ACCOUNT_API_HOOK_MAKE)
        hook_command(a, f);
    else if (f->command >= ACCOUNT_API_MEETING_MAKE)
        meeting_command(a, f);
    else
        with_name(a, f, person_came);
}

static void key_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    const struct account_grant *g = &reply->as.grant[0];
    struct account_answer slow = {.reason = ACCOUNT_SLOW};
    uint64_t budget = 0;
    if (reply->result != ERR_OK || !crypt_equal(g->hash, f->grant.hash, sizeof g->hash)) {
        bool away = reply->result != ERR_OK && reply->result != ERR_NOT_FOUND;
        flow_answer(a, f, away ? ACCOUNT_BUSY : ACCOUNT_WRONG);
        return;
    }
    f->grant = *g;
    memcpy(f->found.id, g->org, sizeof f->found.id);
    memcpy(&budget, g->hash, sizeof budget);
    a->counts.keys++;
    f->actor = ACCOUNT_ADMIN;
    if (attempts_take(&a->keys, budget | 1, a->now.at, &slow.retry_s))
        go_on(a, f);
    else
        flow_answer_with(a, f, &slow);
}

static void with_key(struct account *a, struct flow *f, const struct account_event *in)
{
    if (in->token.len != ACCOUNT_TOKEN) {
        flow_answer(a, f, ACCOUNT_WRONG);
        return;
    }
    f->grant.kind = GRANT_KEY;
    crypt_sha256(f->grant.hash, in->token);
    ask_grant(a, f, ASK_GRANT_GET, key_came);
}

/* ---- of who leads an organisation ---- */

/* Who is no member gets the answer of an organisation that is not there. */
static void leader_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->actor = (enum account_role)reply->as.member[0].role;
    if (f->actor < ACCOUNT_ADMIN)
        flow_answer(a, f, ACCOUNT_FORBIDDEN);
    else
        go_on(a, f);
}

static void led_org_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_MEMBER_GET};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->found = reply->as.org[0];
    memcpy(ask.as.member.org, f->found.id, sizeof ask.as.member.org);
    memcpy(ask.as.member.account, f->row.id, sizeof ask.as.member.account);
    flow_ask(a, f, &ask, leader_came);
}

static void lead(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    with_org_named(a, f, led_org_came);
}

/* ---- of a person ---- */

static void joined(struct account *a, struct flow *f, const struct account_reply *reply)
{
    flow_answer(a, f, flow_reason(reply->result, ACCOUNT_EXPIRED, ACCOUNT_BUSY));
}

static void inviter_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_GRANT_TAKE};
    if (reply->result != ERR_OK) {
        joined(a, f, reply);
        return;
    }
    f->found = reply->as.org[0];
    ask.as.take.grant = f->grant;
    memcpy(ask.as.take.member.account, f->row.id, sizeof ask.as.take.member.account);
    ask.as.take.now_s = a->now.unix_s;
    flow_ask(a, f, &ask, joined);
}

static void invite_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ORG_GET};
    if (reply->result != ERR_OK) {
        joined(a, f, reply);
        return;
    }
    memcpy(ask.as.org.org.id, reply->as.grant[0].org, sizeof ask.as.org.org.id);
    flow_ask(a, f, &ask, inviter_came);
}

static void join(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    ask_grant(a, f, ASK_GRANT_GET, invite_came);
}

static void mine(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ORG_MINE};
    (void)reply;
    memcpy(ask.as.member.account, f->row.id, sizeof ask.as.member.account);
    flow_ask(a, f, &ask, flow_list);
}

/* The store keeps the last owner: ERR_STATE. */
static void leave_org(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_MEMBER_DROP};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    memcpy(ask.as.member.org, reply->as.org[0].id, sizeof ask.as.member.org);
    memcpy(ask.as.member.account, f->row.id, sizeof ask.as.member.account);
    flow_ask(a, f, &ask, flow_done);
}

static void leave(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    with_org_named(a, f, leave_org);
}

/* ---- the commands ---- */

static bool id_read(struct flow *f, struct span id, bool optional)
{
    if (id.len == 0)
        return optional;
    memset(f->id, 0xff, sizeof f->id); /* behind the one that it names */
    if (id.len == ACCOUNT_GRANT_ID)
        memcpy(f->id, id.ptr, id.len);
    return id.len == ACCOUNT_GRANT_ID;
}

static bool ticket_read(struct flow *f, struct span ticket)
{
    f->grant.kind = GRANT_INVITE;
    if (ticket.len == ACCOUNT_TOKEN)
        crypt_sha256(f->grant.hash, ticket);
    return ticket.len == ACCOUNT_TOKEN;
}

static bool fields_read(struct flow *f, const struct account_event *in)
{
    switch (in->command) {
    case ACCOUNT_KEY_MAKE:
        return name_read(f->org, in->org) && f->label[0] != '\0';
    case ACCOUNT_KEY_LIST:
    case ACCOUNT_ORG_LEAVE:
        return name_read(f->org, in->org);
    case ACCOUNT_KEY_DROP:
        return name_read(f->org, in->org) && id_read(f, in->id, false);
    case ACCOUNT_API_MEMBERS:
        return in->name.len == 0 || name_read(f->name, in->name);
    case ACCOUNT_API_MEMBER_DROP:
    case ACCOUNT_API_BLOCKS:
        return name_read(f->name, in->name);
    case ACCOUNT_API_BLOCK:
        return name_read(f->name, in->name) && block_read(f, in);
    case ACCOUNT_API_INVITES:
        return id_read(f, in->id, true);
    case ACCOUNT_API_INVITE_DROP:
        return id_read(f, in->id, false);
    case ACCOUNT_API_MEETINGS:
        return meeting_read(f, in->meeting, true);
    case ACCOUNT_API_MEETING:
    case ACCOUNT_API_MEETING_END:
        return meeting_read(f, in->meeting, false);
    case ACCOUNT_API_HOOK_MAKE:
    case ACCOUNT_API_HOOK_DROP:
        return hook_read(f, in);
    case ACCOUNT_API_USAGE:
        f->from = in->from;
        return true;
    case ACCOUNT_ORG_JOIN:
        return ticket_read(f, in->ticket);
    default: /* nothing to read */
        return true;
    }
}

void key_command(struct account *a, struct flow *f, const struct account_event *in)
{
    bool api = in->command >= ACCOUNT_API_SELF && in->command <= ACCOUNT_API_USAGE;
    bool leads = api && in->org.len > 0;
    bool ok = fields_read(f, in) && (!leads || name_read(f->org, in->org));
    if (leads && ok)
        session_with(a, f, in, lead);
    else if (api && ok)
        with_key(a, f, in);
    else if (!ok)
        flow_answer(a, f, ACCOUNT_BAD);
    else if (in->command == ACCOUNT_ORG_MINE)
        session_with(a, f, in, mine);
    else if (in->command == ACCOUNT_ORG_JOIN)
        session_with(a, f, in, join);
    else if (in->command == ACCOUNT_ORG_LEAVE)
        session_with(a, f, in, leave);
    else
        with_org_named(a, f, org_came);
}
