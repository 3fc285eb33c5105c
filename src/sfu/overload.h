/* What a process gives up when it has more to do than time, and when it takes it up again: a budget
 * for video that follows what the process managed at its limit. All video that receivers want is
 * weighed in five classes; the budget fills them from the first on, and of the class that does not
 * fit whole each receiver's video gets its part by lot. Audio, RTCP and handshakes are outside of
 * it, and nobody is sent away. Decision 0019 has the reasons.
 * knows: how busy the loop was, what the classes cost. knows not: who sends what. owns: nothing.
 * Units: costs in packets a second, estimated from the measured bits; parts in 1 / 65536. */
#ifndef SFU_OVERLOAD_H
#define SFU_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

/* Given up from the last to the first. */
enum overload_class {
    OVERLOAD_FIRST,  /* of each receiver the video that matters most to it, lowest layer */
    OVERLOAD_OTHERS, /* the lowest layers of screens and large tiles beside it */
    OVERLOAD_SMALL,  /* of small tiles */
    OVERLOAD_MIDDLE, /* layers between the lowest and the highest */
    OVERLOAD_TOP,    /* the highest that is wanted, where there are several */
    OVERLOAD_CLASSES
};

enum { OVERLOAD_WHOLE = 1 << 16, OVERLOAD_WINDOWS = 3 };

/* What one receiver wants, or all of them. */
struct overload_costs {
    uint32_t cost[OVERLOAD_CLASSES];
};

struct overload {
    struct overload_costs wanted;      /* by all receivers, as of their last turn */
    uint32_t part[OVERLOAD_CLASSES];   /* of it what is not given: 0 to OVERLOAD_WHOLE */
    bool short_of_time;                /* there is a budget, and it may be less than is wanted */
    uint64_t budget;                   /* then: for all classes */
    instant_us window_at;              /* the running window began; 0: none yet */
    uint32_t window_turn;              /* number of the tick's turn then */
    duration_us busy_us, lag_us;       /* sum and longest in it */
    instant_us saturated_at;           /* end of the last window without any time left */
    instant_us raised_at;              /* more was given back */
    uint32_t full;                     /* windows without time left, in a row */
    uint32_t calm, need;               /* windows with time left, and how many giving back takes */
    uint8_t percent[OVERLOAD_WINDOWS]; /* how busy the last ones were, a ring */
    uint8_t newest;
    uint64_t window_packets, window_calls; /* when the window began */
    duration_us rest_us;
};

struct overload_work {
    duration_us busy_us; /* from waking up to sleeping again, since the last call; time in which
                            another program had the core is time that was not there */
    duration_us lag_us;  /* how much later than wanted this call comes */
    uint32_t turn;       /* of the ticks: every receiver had one within OVERLOAD_TURNS of them */
    uint64_t packets;    /* sent since the start, and with how many calls */
    uint64_t calls;
};
enum { OVERLOAD_TURNS = 20 };

/* True when more must be given up than before. */
bool overload_tick(struct overload *o, const struct overload_work *w, instant_us now);
/* A receiver's wants change from one to the other. */
void overload_want(struct overload *o, struct overload_costs *old,
                   const struct overload_costs *now);
/* Whether a video of this lot (0 to OVERLOAD_WHOLE - 1) has its part of that class. */
static inline bool overload_gives(const struct overload *o, enum overload_class c, uint32_t lot)
{
    return lot >= o->part[c];
}
/* 0: all is given; else how many classes are touched, 5: even some receivers' only video. */
uint32_t overload_depth(const struct overload *o);
/* Until shortly after a window without any time left: what the process learns late is no news about
 * the ways of its receivers. */
bool overload_saturated(const struct overload *o, instant_us now);
/* How long it pays to look away between two rounds, so that what arrives meanwhile leaves in fewer
 * and larger batches: 0 while there is time, up to 8 ms where most of it is used up by small ones.
 */
static inline duration_us overload_rest(const struct overload *o)
{
    return o->rest_us;
}
/* About as many packets as a video of these bits a second has. */
uint32_t overload_cost(uint32_t bps);

#endif
