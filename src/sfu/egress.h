/* The fence as a packet leaves this node for another: the first of two checks (ingress.h is the
 * other, and neither uses the other's code). A total function of a few comparisons.
 * knows: zones, grants. knows not: links, keys. owns: nothing. */
#ifndef SFU_EGRESS_H
#define SFU_EGRESS_H

#include "proto/relay.h"
#include "sfu/pass.h"

struct egress_way {
    uint8_t own, to; /* zones of this node and of the one that would get it */
    bool fenced;     /* this node's zone has a fence */
    bool relayed;    /* the packet came from another node, not from a participant here */
};

/* `g` may be NULL: nothing is granted. */
enum passage egress_judge(const struct pass *g, const struct egress_way *way,
                          const struct relay_batch *b, instant_us now);

#endif
