/* Measuring how much more the way to a receiver takes: for some tens of milliseconds more is sent
 * than the media needs, and the rate at which it arrives is the answer. This file holds the
 * question (when, how fast, how much more is due now) and the answer (from the feedback); what is
 * sent is the caller's choice. knows: rates, bytes, time. knows not: packets. owns: nothing. */
#ifndef SFU_PROBE_H
#define SFU_PROBE_H

#include <stdbool.h>

#include "sfu/meter.h"

enum { PROBE_PACKET = 1200 /* bytes that one padding packet may have */ };

#define PROBE_LAST_US (50 * US_PER_MS)     /* of one cluster */
#define PROBE_GAP_US (2500 * US_PER_MS)    /* between two, while more is wanted */
#define PROBE_GAP_MAX_US (4 * US_PER_S)    /* after many that found nothing */
#define PROBE_ANSWER_US (1500 * US_PER_MS) /* feedback that is later does not count */

/* One cluster, as sent and as it arrived. */
struct probe_cluster {
    bool open; /* an answer is waited for */
    rate_bps rate;
    instant_us begun, ended;   /* ended 0: padding is still due */
    uint32_t bytes;            /* sent since it began */
    int64_t first, end;        /* transport-wide numbers, unwrapped; end: one past the last */
    instant_us sent[2], at[2]; /* of the first and the last that arrived */
    uint32_t arrived, first_size, last_size, packets;
};

struct probe {
    struct probe_cluster cluster;
    uint8_t started; /* clusters of the fast start that were sent */
    instant_us next_at;
    duration_us gap;
};

void probe_init(struct probe *p, instant_us now);
/* More than `rate` is wanted: begins a cluster when the time has come. `next` is the number of the
 * next packet. True when one began. */
bool probe_begin(struct probe *p, rate_bps rate, rate_bps wanted, int64_t next, instant_us now);
/* Sooner than the rhythm: capacity came back, or what is wanted changed. */
void probe_hurry(struct probe *p, instant_us at);
/* Bytes of padding that are due now; 0 when none are. Ends the sending of the cluster when its
 * time is over; `next` as above. */
uint32_t probe_due(struct probe *p, int64_t next, instant_us now);
/* When probe_due wants to be asked again; INSTANT_NEVER: not now. */
instant_us probe_deadline(const struct probe *p);
static inline bool probe_sending(const struct probe *p)
{
    return p->cluster.open && p->cluster.ended == 0;
}
/* Everything that leaves while a cluster is sent belongs to it. */
static inline void probe_sent(struct probe *p, uint32_t size)
{
    p->cluster.bytes += size;
}
/* True when this packet belongs to the open cluster: its delay is of our own making. */
static inline bool probe_has(const struct probe *p, int64_t seq)
{
    return p->cluster.open && seq >= p->cluster.first &&
           (p->cluster.ended == 0 || seq < p->cluster.end);
}
void probe_arrived(struct probe *p, uint32_t size, instant_us sent, instant_us arrival);
struct probe_facts {
    bool done;     /* all of its packets have been reported, or a later one */
    double chance; /* share of packets that chance takes (loss.h): they went through as well */
    instant_us now;
};
/* The answer in bits a second once there is one (0: it says nothing), true once. */
bool probe_answer(struct probe *p, const struct probe_facts *f, rate_bps *out);

#endif
