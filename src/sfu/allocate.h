/* Who gets how much: one transport's budget over its videos. First the lowest point of each by
 * priority, then, one step at a time, the step that gives the most for its bits. What a receiver
 * already gets is kept as long as it nearly fits; more is given only with room to spare.
 * knows: rates, priorities. knows not: packets, layers' meaning. owns: nothing. */
#ifndef SFU_ALLOCATE_H
#define SFU_ALLOCATE_H

#include <stdbool.h>
#include <stddef.h>

#include "sfu/meter.h"

enum {
    ALLOCATE_POINTS = 16, /* of one video: encodings times temporal layers */
    ALLOCATE_NONE = -1,
    ALLOCATE_KEEP = 92,   /* percent of its rate that a point must fit with to be kept */
    ALLOCATE_RAISE = 115, /* and to be given anew */
};

enum allocate_priority {
    ALLOCATE_SMALL,
    ALLOCATE_LARGE,
    ALLOCATE_SCREEN,
    ALLOCATE_PRIORITY_COUNT_
};

/* One way to send a video, cheaper ones first. */
struct allocate_point {
    rate_bps bps; /* as measured */
    uint8_t encoding, temporal;
};

struct allocate_demand {
    enum allocate_priority priority;
    uint8_t count;  /* of points, none above what is wanted; 0: it gets nothing */
    int8_t current; /* index of what is sent now, ALLOCATE_NONE: nothing */
    uint8_t whole; /* index of the lowest layer with all its pictures; below it some are left out */
    uint8_t hold;  /* the first point that is not given anew: it failed lately; `count`: none */
    int8_t chosen; /* the answer */
    struct allocate_point point[ALLOCATE_POINTS];
};

struct allocate_sum {
    uint64_t used; /* by what was chosen, as measured */
    uint64_t next; /* with the cheapest further step as well; equal to used: all have all */
    uint64_t all;  /* if all had what they want */
};

/* `floor`: the lowest points are given even where they do not fit. */
struct allocate_sum allocate(struct allocate_demand *d, size_t n, uint64_t budget, bool floor);

#endif
