/* What an operator does to accounts and organisations, over the control socket.
 * knows: the order of steps. knows not: who the operator is: the socket's file permissions say so.
 * owns: nothing. */
#include "account/flow.h"
#include "account/organisation.h"

/* Goes on with the account of f->name in f->row. */
static void with_account(struct account *a, struct flow *f, flow_step next)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_NAMED};
    memcpy(ask.as.row.name, f->name, sizeof ask.as.row.name);
    flow_ask(a, f, &ask, next);
}

static bool take_row(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result == ERR_OK)
        f->row = reply->as.row[0];
    else
        flow_done(a, f, reply);
    return reply->result == ERR_OK;
}

/* ---- users ---- */

static void clear(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_SESSION_CLEAR};
    memcpy(ask.as.session.account, f->row.id, sizeof ask.as.session.account);
    flow_ask(a, f, &ask, flow_done);
}

static void user_is_set(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK || !f->disabled)
        flow_done(a, f, reply);
    else
        clear(a, f);
}

static void set_user(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_SET};
    if (!take_row(a, f, reply))
        return;
    f->row.disabled = f->disabled;
    ask.as.row = f->row;
    flow_ask(a, f, &ask, user_is_set);
}

static void end_user(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (take_row(a, f, reply))
        clear(a, f);
}

/* Nothing to lift is as good as lifted. */
static void is_blocked(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result == ERR_NOT_FOUND)
        flow_answer(a, f, ACCOUNT_OK);
    else
        flow_done(a, f, reply);
}

static void block_user(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = f->on ? ASK_BLOCK_PUT : ASK_BLOCK_DROP};
    if (!take_row(a, f, reply))
        return;
    memcpy(f->block.account, f->row.id, sizeof f->block.account);
    f->block.created_s = a->now.unix_s;
    ask.as.block = f->block;
    flow_ask(a, f, &ask, is_blocked);
}

/* A reason is printable ASCII: it is shown in terminals too. */
bool block_read(struct flow *f, const struct account_event *in)
{
    f->on = in->on;
    f->block.feature = in->feature;
    if (in->feature >= ACCOUNT_FEATURES || in->why.len > ACCOUNT_WHY)
        return false;
    for (size_t i = 0; i < in->why.len; i++) {
        if (in->why.ptr[i] < 0x20 || in->why.ptr[i] > 0x7e)
            return false;
        f->block.why[i] = (char)in->why.ptr[i];
    }
    return true;
}

static void list_users(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_LIST};
    memcpy(ask.as.row.name, f->name, sizeof ask.as.row.name);
    flow_ask(a, f, &ask, flow_list);
}

/* ---- organisations ---- */

static void with_org(struct account *a, struct flow *f, flow_step next)
{
    struct account_ask ask = {.type = ASK_ORG_NAMED};
    memcpy(ask.as.org.org.name, f->org, sizeof ask.as.org.org.name);
    flow_ask(a, f, &ask, next);
}

static void create_org(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ORG_PUT};
    if (!take_row(a, f, reply))
        return;
    struct account_org *o = &ask.as.org.org;
    struct account_membership *m = &ask.as.org.owner;
    memcpy(o->id, f->random + RANDOM_ID, sizeof o->id);
    memcpy(o->name, f->org, sizeof o->name);
    o->created_s = a->now.unix_s;
    memcpy(m->org, o->id, sizeof m->org);
    memcpy(m->account, f->row.id, sizeof m->account);
    m->role = ACCOUNT_OWNER;
    flow_ask(a, f, &ask, flow_done);
}

static void list_orgs(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_ORG_LIST};
    memcpy(ask.as.org.org.name, f->org, sizeof ask.as.org.org.name);
    flow_ask(a, f, &ask, flow_list);
}

static void ask_members(struct account *a, struct flow *f, flow_step next)
{
    bool all = f->command == ACCOUNT_ORG_MEMBERS;
    struct account_ask ask = {.type = all ? ASK_MEMBER_LIST : ASK_MEMBER_OWNERS};
    memcpy(ask.as.member.org, f->found.id, sizeof ask.as.member.org);
    if (all)
        memcpy(ask.as.member.name, f->name, sizeof ask.as.member.name);
    flow_ask(a, f, &ask, next);
}

static void list_members(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->found = reply->as.org[0];
    ask_members(a, f, flow_list);
}

/* An operator may all, but leaves no organisation without an owner. reply: the owners, a page of
 * them; who is not on it is not the last. */
static void change_member(struct account *a, struct flow *f, const struct account_reply *reply)
{
    bool leaves = f->command == ACCOUNT_ORG_DROP;
    struct organisation_wish w = {.act = leaves ? ORGANISATION_REMOVE : ORGANISATION_CHANGE,
                                  .actor = ACCOUNT_OWNER,
                                  .from = ACCOUNT_MEMBER,
                                  .to = f->role};
    struct account_ask ask = {.type = leaves ? ASK_MEMBER_DROP : ASK_MEMBER_PUT};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    for (uint32_t i = 0; i < reply->count; i++) {
        const struct account_membership *m = &reply->as.member[i];
        w.owners++;
        if (memcmp(m->account, f->row.id, sizeof m->account) == 0)
            w.from = ACCOUNT_OWNER;
    }
    if (organisation_may(&w) != ERR_OK) {
        flow_answer(a, f, ACCOUNT_LAST);
        return;
    }
    memcpy(ask.as.member.org, f->found.id, sizeof ask.as.member.org);
    memcpy(ask.as.member.account, f->row.id, sizeof ask.as.member.account);
    ask.as.member.role = (uint8_t)f->role;
    flow_ask(a, f, &ask, flow_done);
}

static void org_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->found = reply->as.org[0];
    ask_members(a, f, change_member);
}

static void account_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (take_row(a, f, reply))
        with_org(a, f, org_came);
}

/* ---- the commands ---- */

/* "" is where a list begins. */
static bool start_read(char out[ACCOUNT_NAME + 1], struct span in)
{
    out[0] = '\0';
    return in.len == 0 || name_read(out, in);
}

static bool names_read(struct flow *f, const struct account_event *in)
{
    switch (in->command) {
    case ACCOUNT_USER_LIST:
        return start_read(f->name, in->name);
    case ACCOUNT_ORG_LIST:
        return start_read(f->org, in->org);
    case ACCOUNT_ORG_MEMBERS:
        return name_read(f->org, in->org) && start_read(f->name, in->name);
    case ACCOUNT_USER_SET:
    case ACCOUNT_USER_END:
        return name_read(f->name, in->name);
    case ACCOUNT_USER_BLOCK:
        return name_read(f->name, in->name) && block_read(f, in);
    default: /* the rest is about a person in an organisation */
        return name_read(f->org, in->org) && name_read(f->name, in->name);
    }
}

void operator_command(struct account *a, struct flow *f, const struct account_event *in)
{
    f->disabled = in->disabled;
    f->role = in->role;
    if (!names_read(f, in) || in->role >= ACCOUNT_ROLE_COUNT_)
        flow_answer(a, f, ACCOUNT_BAD);
    else if (in->command == ACCOUNT_USER_LIST)
        list_users(a, f);
    else if (in->command == ACCOUNT_USER_SET)
        with_account(a, f, set_user);
    else if (in->command == ACCOUNT_USER_END)
        with_account(a, f, end_user);
    else if (in->command == ACCOUNT_USER_BLOCK)
        with_account(a, f, block_user);
    else if (in->command == ACCOUNT_ORG_CREATE)
        with_account(a, f, create_org);
    else if (in->command == ACCOUNT_ORG_LIST)
        list_orgs(a, f);
    else if (in->command == ACCOUNT_ORG_MEMBERS)
        with_org(a, f, list_members);
    else
        with_account(a, f, account_came);
}
