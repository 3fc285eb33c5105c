/* What a node may carry of one meeting, as the meeting's home allows it: zones without a fence
 * until the home says otherwise, fenced ones under a lease that the node asks for again and again
 * (laws G1 and G5). The lease counts from when the node asked, by its own clock, so that it ends
 * before the home takes it to have ended, however long the answer was under way. A node that starts
 * anew has nothing, and nothing that was meant for the one before it is taken.
 *
 *     node -> home   ask      {nonce}
 *     home -> node   grant    {nonce, term, epoch, steady, leased}
 *     home -> node   withdraw {term, epoch, steady, leased}
 *     node -> home   ack      {term, epoch}
 *
 * `term` counts the homes of the meeting, one after the other; `epoch` the changes by one home.
 * knows: masks of zones, times of its own clock. knows not: who is in the meeting, networks. owns:
 * nothing. All zeros allow nothing. */
#ifndef CELL_GRANT_H
#define CELL_GRANT_H

#include <stdbool.h>

#include "base/instant.h"

enum {
    GRANT_LEASE_MS = 1750,
    GRANT_RENEW_MS = 400, /* a node asks so often while it carries the meeting */
    GRANT_MARGIN_MS =
        150, /* that the home waits beyond a lease: clocks that run unlike each other */
};
/* A node is without a lease at most so long after its home gave it the last one (routing.md). */
#define GRANT_MOST_US ((GRANT_LEASE_MS + GRANT_MARGIN_MS) * US_PER_MS)

/* A set of zones, a bit each, as in policy/fence.h. */
typedef uint32_t grant_zones;

struct grant_word {
    uint32_t term, epoch;
    grant_zones steady, leased; /* leased: only with the lease; disjoint from steady */
};

struct grant {
    uint32_t term, epoch; /* of the newest word, 0: none yet */
    grant_zones steady, leased;
    instant_us until;    /* of the lease */
    uint64_t nonce;      /* of the ask under way, 0: none */
    instant_us asked_at; /* when it was made */
    instant_us clock;    /* the last time that this node saw */
};

/* The next ask when it is due; false: not yet. `nonce` is random, not 0. */
bool grant_ask(struct grant *g, uint64_t nonce, instant_us now);
/* The answer to an ask. False: it answers none, or is of an earlier home or epoch. */
bool grant_take(struct grant *g, uint64_t nonce, const struct grant_word *w, instant_us now);
/* Takes away, and gives nothing. True: to be acknowledged with its term and epoch. False: of an
 * earlier home or epoch. */
bool grant_withdraw(struct grant *g, const struct grant_word *w, instant_us now);
/* Zones that packets may come from and go to now. A clock that went back ends the lease. */
grant_zones grant_allows(struct grant *g, instant_us now);
static inline bool grant_may_pass(struct grant *g, uint8_t from, uint8_t to, instant_us now)
{
    grant_zones z = grant_allows(g, now);
    return from < 32 && to < 32 && (z >> from & z >> to & 1) != 0;
}

#endif
