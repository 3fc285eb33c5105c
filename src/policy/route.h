/* The order of choice: which data centres a client tries, nearest first, and why it may not have
 * the others (law G9). The same facts give the same plan. knows: delays, loads, the fence. knows
 * not: names, networks, clocks. owns: nothing. */
#ifndef POLICY_ROUTE_H
#define POLICY_ROUTE_H

#include "policy/fence.h"

enum { ROUTE_CENTRES = 64, ROUTE_PRIMARIES = 5, ROUTE_SECONDARIES = 2 };

#define ROUTE_UNKNOWN UINT32_MAX /* a delay that nobody measured: behind all others */

struct route_facts {
    struct fence_meeting meeting;
    struct fence_client client;
    uint64_t seed; /* of who asks: spreads the secondaries */
    uint32_t count;
    struct fence_centre centre[ROUTE_CENTRES];
    uint32_t rtt_us[ROUTE_CENTRES];
    uint64_t id[ROUTE_CENTRES]; /* a number for each name, the same in every plan */
};

struct route_plan {
    fence_set allowed; /* A(m) */
    uint8_t primaries, secondaries;
    uint8_t primary[ROUTE_PRIMARIES], secondary[ROUTE_SECONDARIES]; /* places in facts */
    uint8_t law[ROUTE_CENTRES];                                     /* enum fence_law of each */
};

/* Up to five that may carry the leg, by delay and then by place in the facts; and of the others
 * that may, the two with the lowest of a hash of seed and id, so that not everybody has the same
 * two. No primary: the join is refused. More than ROUTE_CENTRES are not looked at. */
void route_plan(const struct route_facts *f, struct route_plan *out);

#endif
