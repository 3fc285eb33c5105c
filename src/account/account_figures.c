/* Figures of an organisation, for whoever may ask (account_key.c). knows: which days. knows not:
 * how they are counted (usage.h). owns: nothing. */
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
