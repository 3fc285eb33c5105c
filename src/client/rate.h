/* How much a path takes, by what the receiver says of each packet (draft-holmer transport-wide-cc):
 * down when packets are lost or queue up, up slowly otherwise. Enough for one or two streams of a
 * headless participant; it is no pacer.
 * knows: numbers, sizes, times. knows not: streams. owns: nothing outside its struct. */
#ifndef CLIENT_RATE_H
#define CLIENT_RATE_H

#include "base/instant.h"
#include "proto/rtcp.h"

enum {
    RATE_SENT = 1024, /* packets remembered until they are reported */
    RATE_START_BPS = 1000000,
    RATE_MIN_BPS = 50000,
    RATE_MAX_BPS = 20000000,
};

struct rate_sent {
    instant_us at; /* INSTANT_NEVER: empty or reported */
    uint32_t bytes;
    uint16_t seq;
};

struct rate {
    struct rate_sent sent[RATE_SENT]; /* by number modulo */
    int64_t floor[2];                 /* least arrival minus departure, this period and the last */
    instant_us floor_until;
    int64_t queue_us;     /* smoothed, above the floor */
    uint64_t acked_bytes; /* since window_at */
    uint32_t acked, lost;
    instant_us window_at;
    uint32_t bps, told_bps;
};

void rate_init(struct rate *r);
void rate_sent(struct rate *r, uint16_t seq, size_t bytes, instant_us now);
/* One feedback packet. True when the estimate changed enough to tell. */
bool rate_feedback(struct rate *r, const struct rtcp_twcc *t, instant_us now);

#endif
