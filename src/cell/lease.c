#include "cell/lease.h"

#include <string.h>

#define TTL_US (LEASE_TTL_MS * US_PER_MS)
#define MARGIN_US (LEASE_MARGIN_MS * US_PER_MS)
#define ASK_US (LEASE_ASK_MS * US_PER_MS)

void lease_init(struct lease *l, uint64_t self, instant_us now)
{
    memset(l, 0, sizeof *l);
    l->self = self;
    l->next_at = now;
    l->clock = now;
}

static void lose(struct lease *l, instant_us now)
{
    if (l->state != LEASE_HELD)
        return;
    l->state = LEASE_LOST;
    l->asking = false; /* a renewal under way is of no use any more */
    l->next_at = now;
}

/* An ask is given up: whether it was done is not known. */
static void give_up(struct lease *l, instant_us now)
{
    l->asking = false;
    l->fresh = false;
    l->next_at = now;
}

/* Every call goes through here first. */
static void look_at_clock(struct lease *l, instant_us now)
{
    if (now < l->clock) {
        lose(l, now);
        give_up(l, now);
    }
    l->clock = now;
    if (l->state == LEASE_HELD && now >= l->until)
        lose(l, now);
    if (l->asking && now - l->asked_at >= ASK_US)
        give_up(l, now);
}

static enum lease_verb next_verb(const struct lease *l)
{
    if (l->state == LEASE_HELD)
        return LEASE_RENEW;
    if (l->state == LEASE_LOST)
        return LEASE_GIVE;
    if (l->fresh && l->seen.holder == 0 && l->seen.term < UINT32_MAX)
        return LEASE_CLAIM;
    return LEASE_READ;
}

static bool idle(const struct lease *l)
{
    return l->drained && !l->asking && l->state != LEASE_LOST;
}

bool lease_poll(struct lease *l, instant_us now, struct lease_ask *out)
{
    look_at_clock(l, now);
    if (l->asking || now < l->next_at || idle(l))
        return false;
    enum lease_verb verb = next_verb(l);
    uint32_t term = verb == LEASE_CLAIM ? l->seen.term + 1 : l->term;
    l->ask = (struct lease_ask){verb, ++l->numbers, l->self, term};
    l->asking = true;
    l->asked_at = now;
    *out = l->ask;
    return true;
}

instant_us lease_deadline(const struct lease *l)
{
    if (idle(l))
        return INSTANT_NEVER;
    instant_us at = l->asking ? l->asked_at + ASK_US : l->next_at;
    return l->state == LEASE_HELD ? instant_min(at, l->until) : at;
}

/* What the store has, which is nothing that this node may act on. */
static void saw(struct lease *l, const struct lease_seen *seen, instant_us now)
{
    l->seen = *seen;
    l->fresh = true;
    l->next_at = now;
    if (seen->holder == l->self) { /* a claim whose answer was lost, or a renewal come late */
        l->state = LEASE_LOST;
        l->term = seen->term;
    } else if (seen->holder == 0 && seen->term < UINT32_MAX) {
        l->state = LEASE_NONE;
    } else { /* after the last term there is no other */
        l->state = LEASE_OTHER;
        l->next_at = now + LEASE_READ_MS * US_PER_MS;
    }
}

static void hold(struct lease *l)
{
    l->state = LEASE_HELD;
    l->term = l->ask.term;
    l->until = l->asked_at + TTL_US - MARGIN_US;
    l->next_at = l->asked_at + LEASE_RENEW_MS * US_PER_MS;
}

void lease_answer(struct lease *l, const struct lease_answer *a, instant_us now)
{
    look_at_clock(l, now);
    if (!l->asking || a->number != l->ask.number)
        return;
    l->asking = false;
    bool takes = l->ask.verb == LEASE_CLAIM || l->ask.verb == LEASE_RENEW;
    if (takes && a->done && !l->drained)
        hold(l);
    else
        saw(l, &a->seen, now);
}

void lease_watch(struct lease *l, const struct lease_seen *seen, instant_us now)
{
    look_at_clock(l, now);
    if (l->state != LEASE_HELD) {
        l->next_at = now; /* it may be old: read */
        l->fresh = false;
    } else if (seen->term > l->term || (seen->term == l->term && seen->holder != l->self)) {
        lose(l, now);
    }
}

void lease_drain(struct lease *l, instant_us now)
{
    look_at_clock(l, now);
    l->drained = true;
    lose(l, now);
}

bool lease_acts(struct lease *l, instant_us now)
{
    look_at_clock(l, now);
    return l->state == LEASE_HELD;
}
