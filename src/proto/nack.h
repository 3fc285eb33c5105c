/* Gap detector of one received stream: notes which sequence numbers are missing and when to ask for
 * each again (RFC 4585 section 6.2.1).
 * knows: sequence numbers, round-trip time. knows not: RTX, RTCP framing, key frames.
 * owns: nothing outside its struct. */
#ifndef PROTO_NACK_H
#define PROTO_NACK_H

#include "base/instant.h"
#include "proto/rtcp.h"
#include "proto/seq.h"

enum {
    NACK_MISSING_MAX = 128, /* missing numbers remembered; the oldest are given up beyond it */
    NACK_TRIES_MAX = 10,
    NACK_JUMP_MAX = 1000, /* a gap wider than this is a restart, not a loss */
    NACK_SOUND_TRIES = 2, /* of sound: the second at about 70 ms, the answer within 150 */
};
#define NACK_RTT_MIN_US (20 * US_PER_MS)
#define NACK_SOUND_APART_US (60 * US_PER_MS) /* between the two, whatever the round trip is */
#define NACK_RTT_MAX_US (500 * US_PER_MS)

struct nack_missing {
    int64_t seq; /* unwrapped */
    instant_us ask_at;
    uint8_t tries;
};

struct nack {
    struct seq_unwrap unwrap;
    struct nack_missing missing[NACK_MISSING_MAX]; /* ascending */
    uint16_t count;
    uint8_t tries_max; /* 0: NACK_TRIES_MAX */
    bool gave_up;      /* something was given up since nack_take_loss */
};

enum nack_result {
    NACK_NEXT,      /* newest so far; gaps before it were noted */
    NACK_RECOVERED, /* was missing, is here now */
    NACK_OLD,       /* late but not missing: a duplicate, or given up */
    NACK_JUMPED,    /* the stream jumped: everything missing was forgotten */
};

void nack_init(struct nack *n);
/* What is asked for so often is given up: sound that comes late is not played. */
static inline void nack_limit(struct nack *n, uint8_t tries)
{
    n->tries_max = tries;
}
/* Nothing is missed any more; numbers go on. */
static inline void nack_forget(struct nack *n)
{
    n->count = 0;
}
/* A packet arrived (primary, or RTX with its original number). A gap is asked for after wait_us, so
 * that mere reordering costs nothing: 0 for at once. */
enum nack_result nack_input(struct nack *n, uint16_t seq, instant_us now, duration_us wait_us);
/* Items that are due, packed as RTCP wants them, at most max; each is then asked for again after
 * the round-trip time (clamped, growing with its tries), and given up after NACK_TRIES_MAX. */
uint16_t nack_poll(struct nack *n, instant_us now, duration_us rtt_us, struct rtcp_nack *out,
                   uint16_t max);
instant_us nack_deadline(const struct nack *n);
/* True once after packets were lost for good: the moment to ask for a key frame. */
bool nack_take_loss(struct nack *n);

#endif
