/* Figures of an organisation, as its owners, its administrators and its programs ask for them.
 * knows: who may, and which days. knows not: how they are counted (usage.h). owns: nothing. */
#include "account/flow.h"
#include "account/usage.h"

#define DAY_S (USAGE_DAY_MS / 1000)

/* The last USAGE_SHOWN days before f->until_s, or before today: today's would show one person's
 * coming by being asked for twice. */
void figures_of(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_USAGE_LIST};
    int64_t today = a->now.unix_s / DAY_S * DAY_S;
    int64_t until = f->from == 0 || f->from > today ? today : (int64_t)f->from / DAY_S * DAY_S;
    memcpy(ask.as.usage.org, f->found.id, sizeof ask.as.usage.org);
    ask.as.usage.until_s = until;
    ask.as.usage.from_s = until < USAGE_SHOWN * DAY_S ? 0 : until - USAGE_SHOWN * DAY_S;
    flow_ask(a, f, &ask, flow_list);
}

/* Who is no member gets the answer of an organisation that is not there. */
static void member_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK)
        flow_done(a, f, reply);
    else if (reply->as.member[0].role < ACCOUNT_ADMIN)
        flow_answer(a, f, ACCOUNT_FORBIDDEN);
    else
        figures_of(a, f);
}

static void org_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_MEMBER_GET};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    f->found = reply->as.org[0];
    memcpy(ask.as.member.org, f->found.id, sizeof ask.as.member.org);
    memcpy(ask.as.member.account, f->row.id, sizeof ask.as.member.account);
    flow_ask(a, f, &ask, member_came);
}

static void person_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ORG_NAMED};
    (void)reply;
    memcpy(ask.as.org.org.name, f->org, sizeof ask.as.org.org.name);
    flow_ask(a, f, &ask, org_came);
}

void figures_command(struct account *a, struct flow *f, const struct account_event *in)
{
    f->from = in->from;
    if (name_read(f->org, in->org))
        session_with(a, f, in, person_came);
    else
        flow_answer(a, f, ACCOUNT_BAD);
}
