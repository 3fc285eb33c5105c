/* When a received frame belongs on one clock for all: RTP time, made comparable by sender reports.
 * knows: RTP clocks that wrap, NTP times of RFC 3550 section 6.4.1. knows not: packets, clocks.
 * owns: nothing. Times are microseconds on the receiver's wall clock.
 *
 * Streams of one sender (one CNAME) share a timeline_sender: its clock is set once against ours, by
 * its first report, so that its streams keep step with each other whatever the network does.
 * Until a stream's first report its first frame's arrival stands for it. */
#ifndef AV_TIMELINE_H
#define AV_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

struct timeline_sender {
    bool known;
    int64_t offset_us; /* ours minus theirs */
};

struct timeline {
    struct timeline_sender *sender; /* *shared* */
    uint32_t rate;                  /* RTP ticks a second */
    bool started;
    uint32_t last; /* RTP time seen last: the nearest turn of 32 bits is meant */
    int64_t ticks; /* the same without wrapping */
    int64_t anchor_ticks, anchor_us;
};

void timeline_init(struct timeline *t, struct timeline_sender *sender, uint32_t rate);
/* A sender report that arrived at now_us. */
void timeline_report(struct timeline *t, uint64_t ntp, uint32_t rtp_ts, int64_t now_us);
/* When the frame of `rtp_ts`, that arrived at now_us, was made. */
int64_t timeline_at(struct timeline *t, uint32_t rtp_ts, int64_t now_us);

#endif
