/* Where packets leave: numbered, stamped, held back when a transport's video is faster than its
 * pace, and padded while a probe runs. knows: one round's packets. knows not: how the pace came
 * about (bwe.h). owns: the waiting places inside struct sfu. */
#ifndef SFU_PACE_H
#define SFU_PACE_H

#include "sfu/pacer.h"

enum {
    PADDING_BYTES = 255, /* RFC 3550 section 5.1: the last byte counts them */
    PADDING_BURST = 32,  /* packets at one wake-up */
};

struct sfu;
struct transport;
struct subscription;
struct packet;
struct pending;

void pace_init(struct sfu *s);
/* Takes the transport's estimate over into its pace. */
void pace_set(const struct sfu *s, struct transport *t);
/* The packet leaves in this round: writes its time and transport-wide number, and remembers both.
 */
void pace_stamp(struct sfu *s, struct pending *n);
/* A waiting place for a packet of video, to be filled like one of the round; not stamped: that is
 * done when it leaves. NULL when there is none. */
struct pending *pace_hold(struct sfu *s, struct subscription *u, const struct packet *p);
/* What waits for this receiver's stream is not sent: its layer was cut. */
void pace_forget(struct sfu *s, const struct subscription *u);
/* How long the first of the queue has waited. */
duration_us pace_delay(const struct sfu *s, const struct transport *t);
/* Begins a probe when one is due: `wanted` is more than the estimate, and there is a stream that
 * can carry padding. */
void pace_probe(struct sfu *s, struct transport *t, rate_bps wanted);
/* Lets out what is due; sets s->pace_at to when it wants to be called again. */
void pace_run(struct sfu *s);
void pace_close(struct sfu *s, struct transport *t);

#endif
