/* Which node is the home of one meeting: a lease in the cluster's store, taken by compare-and-swap,
 * renewed, handed over on purpose or lost. The holder stops acting before the store takes its lease
 * to have ended: it counts from when it asked, by its own clock, less LEASE_MARGIN_MS for clocks
 * that run unlike each other. The store keeps the meeting's last term for good, so each holder has
 * a term greater than any before it; a term that was lost is given back and never acted on again.
 *
 * Of the store it expects that each ask is done whole or not at all; asks and answers may be lost,
 * late, doubled or out of order. What a watch tells is a hint to read, or a reason to stop. knows:
 * holders by number, terms, times of its own clock. knows not: what a home does, which store it is,
 * networks. owns: nothing. */
#ifndef CELL_LEASE_H
#define CELL_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum {
    LEASE_TTL_MS = 3000,
    LEASE_MARGIN_MS = 300, /* two clocks may differ by a tenth in rate */
    LEASE_RENEW_MS = 1000,
    LEASE_ASK_MS = 500,   /* an ask without an answer is given up, and its answer not taken */
    LEASE_READ_MS = 1000, /* between looks at somebody else's lease */
};

/* What the store has: who holds it (0: nobody) and the last term that anybody held (0: none). */
struct lease_seen {
    uint64_t holder;
    uint32_t term;
};

enum lease_verb {
    LEASE_READ,
    LEASE_CLAIM, /* if nobody holds it and the last term is term - 1: both are set, for the TTL */
    LEASE_RENEW, /* if holder and term are these: the TTL anew */
    LEASE_GIVE,  /* if holder and term are these: nobody holds it; the term stays */
};

struct lease_ask {
    enum lease_verb verb;
    uint32_t number; /* comes back with the answer */
    uint64_t holder;
    uint32_t term;
};

/* `done`: the condition held. `seen`: what the store has afterwards. */
struct lease_answer {
    uint32_t number;
    bool done;
    struct lease_seen seen;
};

enum lease_state { LEASE_NONE, LEASE_HELD, LEASE_OTHER, LEASE_LOST };

struct lease {
    uint64_t self;
    enum lease_state state;
    bool drained, asking;
    bool fresh;             /* seen is of the last answer: a claim may build upon it */
    uint32_t term;          /* held, or lost and to be given back */
    uint32_t numbers;       /* of asks so far */
    instant_us until;       /* held: it acts before that */
    struct lease_seen seen; /* of the last answer */
    struct lease_ask ask;   /* under way, if asking */
    instant_us asked_at, next_at;
    instant_us clock; /* the last time that it saw */
};

/* `self` is random, not 0, and new at each start: what a node held before is not its own. */
void lease_init(struct lease *l, uint64_t self, instant_us now);
/* The next ask for the store; false: none now. */
bool lease_poll(struct lease *l, instant_us now, struct lease_ask *out);
/* When lease_poll or lease_acts may say something else; INSTANT_NEVER: drained and done. */
instant_us lease_deadline(const struct lease *l);
void lease_answer(struct lease *l, const struct lease_answer *a, instant_us now);
/* A watch told this. */
void lease_watch(struct lease *l, const struct lease_seen *seen, instant_us now);
/* Hands over: from now on it acts no more and claims nothing. */
void lease_drain(struct lease *l, instant_us now);
/* Whether it is the home now, with l->term. A clock that went back ends that. */
bool lease_acts(struct lease *l, instant_us now);
/* While it acts: nobody was home before it. */
static inline bool lease_first(const struct lease *l)
{
    return l->term == 1;
}

#endif
