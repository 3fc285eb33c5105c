/* One outgoing stream that looks unbroken although its source changes: sequence numbers,
 * timestamps, VP8 picture ids and a dependency descriptor's frame numbers over layer switches,
 * pauses and dropped padding, and the way back for retransmission. A segment is a stretch in which
 * one encoding is mapped by fixed offsets:
 *
 *     incoming   ... 100 101 102 | 7001 7002 (7003 padding) 7004 ...
 *     outgoing   ... 500 501 502 |  503  504                 505 ...
 *                    segment k   |  segment k+1           | segment k+2
 *
 * knows: numbers. knows not: packets, layers, why it switches. owns: nothing outside its struct. */
#ifndef SFU_REWRITE_H
#define SFU_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum { REWRITE_SEGMENTS = 16, REWRITE_SQUEEZE = 32 };

struct rewrite_segment {
    int64_t in_first, out_first; /* unwrapped sequence numbers */
    uint32_t ts_shift;           /* outgoing = incoming - shift, modulo the field's width */
    uint16_t picture_shift, frame_shift;
    uint8_t tl0_shift;
    uint8_t encoding;
    bool squeezed;    /* it began with kept packets, */
    uint32_t live_ts; /* from this incoming timestamp on, time goes on at its own pace */
};

struct rewrite {
    struct rewrite_segment segment[REWRITE_SEGMENTS]; /* ring, `newest` last written */
    uint8_t newest, count;
    bool described; /* frames with numbers were sent */
    uint8_t tl0;    /* highest sent so far */
    uint16_t picture, frame;
    int64_t in_highest; /* of the newest segment's encoding */
    int64_t
        out_highest;    /* unwrapped; the first number is below 2^15, so the roll-over count is 0 */
    uint32_t ts;        /* highest sent so far */
    instant_us sent_at; /* when that was */
};

/* What the first packet of a new segment carries. */
struct rewrite_start {
    uint8_t encoding;
    int64_t seq;
    uint32_t ts, ts_out; /* incoming; and what it must become at least */
    bool squeeze;        /* packets follow at once that were kept until now, the last of them */
    uint32_t live_ts;    /* with this timestamp */
    uint16_t picture;
    uint8_t tl0;
    bool described; /* it has a dependency descriptor, */
    uint16_t frame; /* with this number */
};

/* `random` chooses the first sequence number. */
void rewrite_init(struct rewrite *r, uint32_t random);
/* True once something was sent. */
bool rewrite_started(const struct rewrite *r);
/* A packet of this encoding (a key frame's first, or audio's first) starts a new segment. */
void rewrite_switch(struct rewrite *r, const struct rewrite_start *start);
/* An incoming packet that will not be forwarded closes the gap it would leave. False when it came
 * out of order: then the gap cannot be closed and the packet is better sent. */
bool rewrite_skip(struct rewrite *r, uint8_t encoding, int64_t seq);
/* What was just skipped began a picture: the next one follows the last that was sent. */
void rewrite_skip_picture(struct rewrite *r);
/* The segment that maps this incoming packet, and its outgoing number; NULL when none does. */
const struct rewrite_segment *rewrite_map(const struct rewrite *r, uint8_t encoding, int64_t seq,
                                          int64_t *out);
/* A timestamp of this segment. What was kept is played in a REWRITE_SQUEEZEth of its time, so that
 * a receiver who starts from it is not late for ever. */
uint32_t rewrite_ts(const struct rewrite_segment *s, uint32_t ts);
/* Back from an outgoing 16-bit number; NULL when it was never sent or is forgotten. */
const struct rewrite_segment *rewrite_unmap(const struct rewrite *r, uint16_t out, int64_t *seq);
/* Notes what was sent, so that the next segment goes on from there. */
void rewrite_sent(struct rewrite *r, int64_t out, uint32_t ts_out, instant_us now);
void rewrite_sent_picture(struct rewrite *r, uint16_t picture_out, uint8_t tl0_out);
void rewrite_sent_frame(struct rewrite *r, uint16_t frame_out);

/* A source's clock as its sender reports gave it. */
struct rewrite_clock {
    bool known;
    uint64_t ntp; /* 32.32 seconds */
    uint32_t ts;
};

/* What `ts` of the new source is on the old source's clock. Both clocks must be known. */
uint32_t rewrite_clock_convert(const struct rewrite_clock *from, const struct rewrite_clock *to,
                               uint32_t ts, uint32_t rate);

#endif
