/* How many of a track's encodings anybody wants, so that a publisher can stop the others: told at
 * once when it grows, and after two seconds when it shrinks.
 *
 *     subscriptions by the highest encoding that each wants:  count[0] count[1] count[2]
 *     level = 1 + the highest with a count, 0 when all are empty
 *
 * knows: counts, time. knows not: who wants, how it is told. owns: nothing outside its struct. */
#ifndef SFU_WANT_H
#define SFU_WANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/limit.h"

#define WANT_DOWN_US (2 * US_PER_S)

enum {
    WANT_NOTHING = -1,
    WANT_CROWD = 50, /* participants; of more most are not on anybody's screen */
};

struct want {
    uint32_t count[LIMIT_TRACK_ENCODINGS];
    uint8_t told;         /* what the publisher was told last */
    instant_us low_since; /* when less than that began to be wanted; INSTANT_NEVER: it is not */
};

/* A fresh track counts as wanted up to `encodings` until the first WANT_DOWN_US are over: all of
 * them, or in a crowd none, which its publisher must then be told. */
void want_init(struct want *w, uint8_t encodings, instant_us now);
/* One subscription wants `to` instead of `from`, encodings or WANT_NOTHING. */
void want_move(struct want *w, int from, int to, instant_us now);
/* True when w->told has just changed and must be told. */
bool want_due(struct want *w, instant_us now);

#endif
