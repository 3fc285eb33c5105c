/* The fence where a packet comes in from another node: the second of two checks. It is written from
 * the laws alone and trusts nothing that the sender's check (egress.h) did.
 * knows: zones, grants. knows not: links, keys. owns: nothing. */
#ifndef SFU_INGRESS_H
#define SFU_INGRESS_H

#include "proto/relay.h"
#include "sfu/pass.h"

struct ingress_gate {
    uint8_t here; /* our zone */
    uint8_t from; /* the zone in the certificate of the node whose key opened the datagram */
};

/* Whether a batch may be read. `g` is what this node knows of its meeting, or NULL. */
enum passage ingress_judge(const struct ingress_gate *gate, const struct pass *g,
                           const struct relay_batch *batch, instant_us now);

#endif
