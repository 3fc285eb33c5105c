#include "cell/grant.h"

/* Whatever the lease was worth, it is worth nothing to who does not know how late it is. */
static void look_at(struct grant *g, instant_us now)
{
    if (now < g->clock) {
        g->until = 0;
        g->nonce = 0;
    }
    g->clock = now;
}

static bool is_older(const struct grant *g, const struct grant_word *w)
{
    return w->term < g->term || (w->term == g->term && w->epoch < g->epoch);
}

bool grant_ask(struct grant *g, uint64_t nonce, instant_us now)
{
    look_at(g, now);
    if (g->nonce != 0 && now - g->asked_at < GRANT_RENEW_MS * US_PER_MS)
        return false;
    g->nonce = nonce;
    g->asked_at = now;
    return true;
}

bool grant_take(struct grant *g, uint64_t nonce, const struct grant_word *w, instant_us now)
{
    look_at(g, now);
    if (nonce == 0 || nonce != g->nonce || is_older(g, w))
        return false;
    g->term = w->term;
    g->epoch = w->epoch;
    g->steady = w->steady;
    g->leased = w->leased;
    g->until = g->asked_at + GRANT_LEASE_MS * US_PER_MS;
    return true;
}

bool grant_withdraw(struct grant *g, const struct grant_word *w, instant_us now)
{
    look_at(g, now);
    if (is_older(g, w))
        return false;
    g->term = w->term;
    g->epoch = w->epoch;
    g->steady &= w->steady; /* what it gains, it asks for: the home counts no lease for this */
    g->leased &= w->leased;
    return true;
}

grant_zones grant_allows(struct grant *g, instant_us now)
{
    look_at(g, now);
    return g->steady | (now < g->until ? g->leased : 0);
}
