/* What forward.c and repair.c share: the header of one outgoing packet, and the packets that are
 * kept. Inside src/sfu only. knows: headers, packet rings. knows not: who gets what.
 * owns: nothing. */
#ifndef SFU_OUTGOING_H
#define SFU_OUTGOING_H

#include "sfu/state.h"

enum {
    OUTGOING_COST = 64 /* of header and tag, also of an empty packet, in a receiver's credit */
};

/* The numbers of one outgoing packet. */
struct outgoing_numbers {
    uint16_t seq;
    uint32_t ts;
    bool marker;
    uint16_t frame_shift; /* of a dependency descriptor's number */
};

/* Copies the receiver's header and patches what differs from packet to packet; pace_stamp adds what
 * is only known when it leaves. */
void outgoing_header(struct pending *n, const struct header_template *h,
                     const struct outgoing_numbers *v);
/* The VP8 descriptor with this stream's picture numbers, in front of the shared rest. */
struct vp8 outgoing_picture(struct pending *n, const struct rewrite_segment *g);

static inline void outgoing_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* Where this track's packets are kept. */
static inline const struct packet_ring *outgoing_ring(const struct sfu *s, const struct track *k)
{
    return k->kind == IPC_VIDEO ? &s->kept : &s->fleeting;
}

/* The kept packet of this number, unless it may be overwritten before the round is over. */
static inline const struct packet *outgoing_kept(const struct packet_ring *r,
                                                 const struct encoding *e, int64_t seq)
{
    const struct packet *p = packet_get(r, e->history[seq % LIMIT_RTX_HISTORY]);
    bool lasts = p && r->next - p->number <= r->mask - r->mask / 4;
    return lasts && p->seq == seq ? p : NULL;
}

#endif
