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
/* The packet leaves in this round: writes its transport-wide number, and remembers it. */
void pace_stamp(struct sfu *s, struct pending *n);
/* It leaves now: writes its time, and remembers that as well. */
void pace_leaves(struct sfu *s, struct pending *n);
/* True when a packet of this receiver's video can wait. Where all places are taken its first leaves
 * at once, beyond the pace, and gives its place: a store that all share is no reason to lose what
 * is due to one. False: none of it waits, so this packet can leave now. */
bool pace_room(struct sfu *s, struct transport *t);
/* True when a burst of so many packets may leave or wait now; it then counts. Newcomers one by one
 * start at once; of a crowd that comes at once most wait for a key frame, which serves them all.
 * Bursts take as many packets a second as there are places, a quarter of that at once, and leave
 * half of all places, and a quarter of the receiver's share, to what is live. */
bool pace_burst(struct sfu *s, const struct transport *t, uint32_t packets);
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
