/* The home of one meeting: what it lets the other nodes carry, and when a leave may be committed.
 * Law G5: when nobody of a fenced zone is left, the leave commits only when every node that may
 * hold a lease of that zone has acknowledged the withdrawal, or its lease has run out by the
 * slowest clock. The order is that of tests/model/withdraw.pml.
 *
 * A home acts only while it holds the meeting's lease in the store (home_act); one that takes over
 * from another counts the longest lease that one may have given to anybody. It is to be asked (any
 * call with `now`) every HOME_GAP_MS or more often: after a longer gap, or when its clock went
 * back, it trusts no lease that it counted and waits the longest one anew; a clock that went back
 * also ends its own acting. knows: nodes by number, masks of zones. knows not: why a zone is
 * allowed (policy/fence.h), people, networks. owns: nothing. */
#ifndef CELL_HOME_H
#define CELL_HOME_H

#include "cell/grant.h"

enum { HOME_NODES = 64, HOME_REPEAT_MS = 100, HOME_GAP_MS = 100, HOME_ACT_MARGIN_MS = 300 };

struct home_node {
    uint32_t id;          /* 0: free */
    instant_us may_hold;  /* until when it may hold a lease, as this home counts */
    grant_zones may_have; /* of which zones */
};

struct home {
    struct grant_word word; /* in force */
    struct home_node node[HOME_NODES];
    grant_zones leaving;   /* zones whose withdrawal is not committed yet */
    uint32_t withdrawn_in; /* the epoch that took the last of them away */
    instant_us quiet;      /* until when another home's leases may last */
    instant_us act_until;  /* by the lease in the store */
    instant_us repeat_at;  /* of the withdrawal */
    uint32_t cursor;       /* home_poll's place in node */
    instant_us clock;      /* the last time that it saw */
};

/* `term` is greater than that of any home before it; `first`: there was none, so nobody holds a
 * lease. The zones are all withdrawn at the start. */
void home_init(struct home *h, uint32_t term, bool first, instant_us now);
/* It holds the lease in the store, and acts until then: counted from when it was asked for, by a
 * clock that has not gone back since, HOME_ACT_MARGIN_MS before the store's end of it. */
void home_act(struct home *h, instant_us until);
bool home_acts(struct home *h, instant_us now);

/* What the meeting may use now, by policy: `steady` zones without a fence, `leased` ones with.
 * False: it does not act, nothing changed. What is taken away of `leased` is leaving until
 * home_committed; a zone that comes back before that is not told there. What is taken away of
 * `steady` reaches the nodes with their next ask. */
bool home_allow(struct home *h, grant_zones steady, grant_zones leased, instant_us now);
/* A node's ask; false: no answer (it does not act, or has no place for the node). */
bool home_asked(struct home *h, uint32_t node, instant_us now, struct grant_word *out);
void home_acked(struct home *h, uint32_t node, uint32_t term, uint32_t epoch);
/* The next node that the withdrawal is to be sent to, again every HOME_REPEAT_MS; false: none now.
 */
bool home_poll(struct home *h, instant_us now, uint32_t *node, struct grant_word *out);
/* Zones whose leave may be committed now: each is told once. */
grant_zones home_committed(struct home *h, instant_us now);

#endif
