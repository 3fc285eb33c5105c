/* Does the queue on the way to a receiver grow? Packets that left together are a group; the
 * difference of two groups' distances at arrival and at departure is the change of delay; the slope
 * of its running sum over the last groups, by least squares, is compared with a threshold that
 * adapts, so that a flow with a deeper queue of its own does not starve this one.
 * knows: departure and arrival times. knows not: rates, feedback's format. owns: nothing.
 * Source: draft-ietf-rmcat-gcc-02 sections 5.2 to 5.4; the slope takes the place of its Kalman
 * filter. Milliseconds as double, as the draft's constants are; no time is read. */
#ifndef SFU_TREND_H
#define SFU_TREND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum { TREND_GROUPS = 20 };

enum trend_use { TREND_NORMAL, TREND_OVER, TREND_UNDER };

struct trend_group {
    bool begun;
    instant_us first_sent, last_sent, last_arrival;
};

struct trend_point {
    double at_ms, delay_ms;
};

struct trend {
    struct trend_group now, before;
    uint32_t deltas; /* since the start, up to a limit */
    instant_us origin;
    double sum_ms, smooth_ms; /* delay since the origin, and smoothed */
    struct trend_point point[TREND_GROUPS];
    uint32_t points, newest;
    double slope, threshold;
    double over_ms; /* how long it has been too high */
    uint32_t over_count;
    instant_us threshold_at;
    enum trend_use use;
};

void trend_init(struct trend *t);
/* One packet that arrived, in the order of departure. The clocks need not agree. True when a group
 * was completed and `use` is fresh. */
bool trend_packet(struct trend *t, instant_us sent, instant_us arrival);
/* The next packet starts anew; the threshold is kept. */
void trend_cut(struct trend *t);

#endif
