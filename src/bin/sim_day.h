/* A day of meetings over the world of sim_world.h: every join asks route_plan, the very code that a
 * node and `conclave plan` ask, with the facts of its minute. Seeded: the same seed and scenario
 * give the same day.
 *
 * A minute: who leaves has left, what fails has failed and its people ask again, then who comes
 * asks. Somebody in a fenced zone asks as a stranger first and again once let in. One meeting that
 * is played stands for `scale` of them.
 *
 * knows: routes, loads, minutes. knows not: files, plots, packets. */
#ifndef BIN_SIM_DAY_H
#define BIN_SIM_DAY_H

#include "bin/sim_world.h"

enum {
    SIM_MINUTES = 24 * 60,
    SIM_DELAYS = 600,    /* ms; the last is all beyond */
    SIM_DECISIONS = 400, /* of 50 ns; the last is all beyond */
    SIM_DECISION_NS = 50,
    SIM_EVENTS = 16
};

/* What happens to a data centre. */
struct sim_event {
    uint16_t minute;
    uint8_t centre;
    uint8_t state; /* enum fence_state from then on */
};

struct sim_scenario {
    uint64_t seed;
    uint64_t participants; /* of the day, without the surge */
    uint64_t capacity; /* at once, in all commercial data centres; a tenth more for governments */
    uint32_t scale;
    uint32_t surge_minute; /* SIM_MINUTES: none */
    uint64_t surge;        /* joins in that minute, more than usual */
    uint32_t events;
    struct sim_event event[SIM_EVENTS];
};

/* All counts are of participants, so of `scale` a played one. */
struct sim_figures {
    uint64_t meetings, asked, joined, refused, moved, lost; /* lost: no place when theirs failed */
    uint64_t fenced_joined;          /* legs that a fenced data centre carried */
    uint64_t violations;             /* legs that the second reading of the laws forbids */
    uint64_t decisions;              /* calls of route_plan, not scaled */
    uint64_t refused_by[LAW_COUNT_]; /* by the law of the nearest data centre of the realm */
    uint64_t delay[SIM_DELAYS];      /* legs by round trip to their data centre, ms */
    uint64_t decision[SIM_DECISIONS];
    uint64_t joins[SIM_CENTRES], peak[SIM_CENTRES], capacity[SIM_CENTRES];
    uint32_t load[SIM_MINUTES][SIM_CENTRES]; /* thousandths, at the minute's end */
    uint64_t came[SIM_MINUTES], sent_away[SIM_MINUTES];
};

/* False: memory is at its end. */
bool sim_day(const struct sim_scenario *s, struct sim_figures *out);

/* The laws read a second time, for one leg that was given out (sim_oracle.c). */
bool sim_forbids(const struct route_facts *f, uint32_t centre);

#endif
