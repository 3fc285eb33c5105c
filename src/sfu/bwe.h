/* How many bits a second the way to one receiver takes: from its transport-wide feedback (delay,
 * loss, probes), else from its REMB, else from the loss in its receiver reports. Only what we send
 * to it counts, so a publisher's losses lower nothing. Feedback is the receiver's word: it is
 * bounded by what was sent to it, and a lie hurts the liar alone (attack A12).
 * knows: feedback, what was sent, time. knows not: layers, packets' contents.
 * owns: nothing outside its struct. Source: draft-ietf-rmcat-gcc-02; docs/decisions/0012. */
#ifndef SFU_BWE_H
#define SFU_BWE_H

#include "proto/rtcp.h"
#include "sfu/loss.h"
#include "sfu/meter.h"
#include "sfu/probe.h"
#include "sfu/sent.h"
#include "sfu/trend.h"

enum {
    BWE_MIN_BPS = 30000,
    BWE_LOW_BPS = 150000, /* not below while all that is sent arrives */
    BWE_SHARE_BPS =
        450000, /* nor below this beside others who fill the way: two faces, two voices */
    BWE_START_BPS = 600000,
    BWE_MAX_BPS = 100000000,
};

enum bwe_mode {
    BWE_START, /* nothing was said yet */
    BWE_TWCC,
    BWE_REMB,
    BWE_BLIND /* neither: as much as it wants, less while its reports show loss */
};

/* What feedback did, for the counters. */
struct bwe_result {
    uint32_t arrived, missing; /* packets that this feedback was the first to tell of */
    uint32_t unknown;          /* statuses of packets that were never sent, or long ago */
    uint32_t repeated;         /* of packets that were reported before */
    bool clamped;              /* its clock ran where no clock runs */
    bool probed;               /* a probe was answered */
};

/* Packets in a row that did not arrive, and when the first and the last of them departed. */
struct bwe_gap {
    uint32_t lost;
    instant_us first, last;
};

struct bwe {
    enum bwe_mode mode;
    rate_bps rate;
    instant_us first_sent_at, feedback_at, decreased_at, changed_at;
    instant_us raised_at; /* more was given to a video */
    bool limited;         /* something spoke against more: a queue, loss, silence */
    struct bwe_gap gap;   /* lost one after another, nothing between */
    bool spared;          /* the last decrease took only unused room */
    instant_us shrunk_at; /* last time that silence lowered the rate */
    struct trend trend;
    struct meter acked, left; /* what arrived, by arrival; the same, by departure */
    struct loss loss;
    struct probe probe;
    /* the receiver's clock */
    bool clock_known;
    int32_t reference;   /* of the last feedback */
    instant_us clock;    /* the same, unwrapped */
    instant_us clock_at; /* when it came */
    instant_us last_arrival, last_departure;
    int64_t expected; /* one past the highest number reported */
    /* delay */
    duration_us way_min[2]; /* smallest departure to arrival, now and in the window before */
    instant_us way_since;
    duration_us queue_us;        /* above the smallest */
    duration_us queue_before_us; /* the same, one feedback earlier */
    duration_us noise_us;        /* by how much it jumps about without a queue */
    duration_us spared_queue_us; /* what it was when `spared` was set */
    instant_us stands_since;     /* a long queue is there; 0: none */
    uint8_t stands_tries;        /* decreases that it outlasted */
    instant_us others_at;        /* when a queue was found that others keep full; 0: never */
    instant_us quiet_until;      /* a probe's own queue is still leaving */
    duration_us rtt_us;
    /* what the way took when it was last full: mean and relative variance */
    double full_bps, full_var;
    instant_us bad_since; /* BWE_BLIND: loss since; 0: none */
};

void bwe_init(struct bwe *b, instant_us now);
/* One TWCC packet, checked by proto/rtcp. */
struct bwe_result bwe_twcc(struct bwe *b, struct sent *h, const struct rtcp_twcc *fb,
                           instant_us now);
/* Ignored where there is TWCC. */
void bwe_remb(struct bwe *b, uint64_t bps, instant_us now);
/* A receiver report's worst loss of the video sent at `used`; ignored where there is TWCC or REMB.
 */
void bwe_report(struct bwe *b, uint8_t fraction_lost, rate_bps used, instant_us now);
/* Now and then: silence lowers the rate, or shows that none will say anything. `sending`:
 * something was ever sent; `waiting`: and not all of it was reported. */
void bwe_tick(struct bwe *b, bool sending, bool waiting, instant_us now);
/* The estimate is the first guess, or what a probe proved: nothing spoke against more yet. */
bool bwe_guesses(const struct bwe *b);
/* So long a queue stands on the way that a probe has its answer already, and that a layer which is
 * to go can go at once: its pictures of the next tenth of a second are still on their way. */
bool bwe_queue_is_long(const struct bwe *b);
/* A step up was just given: what happens next is its doing. */
void bwe_raised(struct bwe *b, instant_us now);
/* What arrives now. */
rate_bps bwe_acked(struct bwe *b);

#endif
