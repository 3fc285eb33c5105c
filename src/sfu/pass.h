/* What a node may do with a meeting until when: the fence as the meeting's home last granted it.
 * Both checks of a relayed packet (egress.h, ingress.h) read it, and each judges for itself.
 * knows: meetings, epochs, zones. knows not: who grants, and how. owns: nothing. */
#ifndef SFU_PASS_H
#define SFU_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/limit.h"
#include "base/map.h"

enum { PASS_ZONES = 64, PASS_CELLS = 2 * LIMIT_ROOMS };

struct pass {
    uint32_t meeting;
    uint32_t epoch;   /* grows with each change of the allowed zones */
    uint64_t zones;   /* allowed, a bit each */
    instant_us until; /* the lease's end: afterwards nothing passes */
};

/* Why a batch may not pass between two zones. */
enum passage {
    PASSAGE_OPEN,
    PASSAGE_NO_GRANT, /* nothing is known of the meeting */
    PASSAGE_LEASE,    /* what was known has run out */
    PASSAGE_EPOCH,    /* older than what is known */
    PASSAGE_ZONE,     /* one end is not an allowed zone */
    PASSAGE_TRANSIT,  /* a fenced zone's node would hand on what it was handed */
    PASSAGE_COUNT_
};

struct passes {
    struct map map;
    struct map_cell cells[PASS_CELLS];
    struct pass at[LIMIT_ROOMS];
    uint32_t count;
};

/* seed: random, from boot. */
void passes_init(struct passes *g, uint64_t seed);
/* Takes what the meeting's home says. False, and nothing changes: an older epoch than is known, or
 * no place. Within one epoch zones only get fewer and the lease only longer. */
bool passes_set(struct passes *g, const struct pass *grant);
/* The meeting has ended here. */
void passes_drop(struct passes *g, uint32_t meeting);
/* NULL: none. *borrowed* until the next change. */
const struct pass *passes_find(const struct passes *g, uint32_t meeting);

const char *passage_name(enum passage p);

#endif
