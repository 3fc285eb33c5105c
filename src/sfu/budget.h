/* How much unauthenticated input one network may send before it is ignored for a while (attack
 * A05): a token bucket for each IPv4 /24 and IPv6 /48, in a fixed table. Only input that failed is
 * charged, so people behind one address are not counted against each other. knows: address
 * prefixes, time. knows not: protocols. owns: nothing outside its struct. */
#ifndef SFU_BUDGET_H
#define SFU_BUDGET_H

#include <stdbool.h>

#include "base/instant.h"
#include "proto/ipc.h"

enum {
    BUDGET_PLACES = 4096,   /* networks told apart; two that share a place share its budget */
    BUDGET_BURST = 2000,    /* failed datagrams at once */
    BUDGET_PER_SECOND = 500 /* and then */
};

struct budget_place {
    int32_t spent;  /* tokens in use, 0: all are there */
    uint32_t at_ms; /* when `spent` was right */
};

struct budget {
    uint64_t seed;
    struct budget_place place[BUDGET_PLACES];
};

void budget_init(struct budget *b, uint64_t seed);
/* True while the network of this address has tokens left. */
bool budget_left(struct budget *b, const struct ipc_addr *from, instant_us now);
/* Takes one: the datagram had no valid credentials. */
void budget_charge(struct budget *b, const struct ipc_addr *from, instant_us now);

#endif
