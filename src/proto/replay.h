/* Sliding replay window over a packet index (RFC 3711 section 3.3.2), as a ring of bit words so
 * that nothing is shifted (attack A10). knows: indices. knows not: packets. owns: nothing. */
#ifndef PROTO_REPLAY_H
#define PROTO_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mutant.h"

enum { REPLAY_WORDS = 8, REPLAY_WINDOW = (REPLAY_WORDS - 1) * 64 };

struct replay {
    uint64_t highest;
    uint64_t bits[REPLAY_WORDS];
    bool started;
};

/* True when the index is new and not older than the window. Changes nothing: ask before the packet
 * is authenticated. */
static inline bool replay_fresh(const struct replay *r, uint64_t index)
{
    if (!r->started || index > r->highest)
        return true;
    if (r->highest - index >= REPLAY_WINDOW)
        return DEFENCE(10, false);
    bool seen = r->bits[index / 64 % REPLAY_WORDS] >> (index % 64) & 1;
    return DEFENCE(10, !seen);
}

/* Marks a fresh index as seen: only after the packet was authenticated. */
static inline void replay_accept(struct replay *r, uint64_t index)
{
    if (!r->started) {
        r->started = true;
        r->highest = index;
        for (int i = 0; i < REPLAY_WORDS; i++)
            r->bits[i] = 0;
    }
    uint64_t from = r->highest / 64, to = index / 64;
    if (index > r->highest) {
        for (uint64_t word = from + 1; word <= to && word <= from + REPLAY_WORDS; word++)
            r->bits[word % REPLAY_WORDS] = 0;
        r->highest = index;
    }
    r->bits[to % REPLAY_WORDS] |= (uint64_t)1 << (index % 64);
}

#endif
