/* Opened packets that several listeners share, in a ring: the oldest slot is overwritten, and a
 * number tells a slot's packet from its successor. So nothing is counted, freed or copied twice,
 * and the same slots serve retransmission for as long as they last. knows: payload bytes and what
 * rewriting needs of the header. knows not: who gets them. owns: nothing; the slots are the
 * caller's. */
#ifndef SFU_PACKET_H
#define SFU_PACKET_H

#include "base/instant.h"
#include "base/limit.h"
#include "base/span.h"
#include "proto/vp8.h"
#include "sfu/layer_cut.h"

struct packet {
    uint32_t number;  /* of this packet in its ring */
    uint32_t ts;      /* the publisher's */
    int64_t seq;      /* the publisher's, unwrapped */
    uint16_t len;     /* of the payload, without padding */
    uint8_t encoding; /* of its track */
    uint8_t level;    /* audio level, 127 when the publisher gave none */
    bool marker, voice;
    bool has_vp8;
    struct vp8 vp8;
    struct layer_tag tag;
    uint8_t described; /* bytes of its dependency descriptor, 0: none */
    uint8_t dependency[DEPDESC_MAX];
    uint8_t payload[LIMIT_RTP_PACKET];
};

struct packet_ring {
    struct packet *slots; /* *borrowed* */
    uint32_t mask;        /* count - 1, the count a power of two */
    uint32_t next;        /* number of the next packet; numbers wrap, 0 is never used */
};

static inline void packet_ring_init(struct packet_ring *r, struct packet *slots, uint32_t count)
{
    *r = (struct packet_ring){slots, count - 1, 1};
}

/* The slot of the next packet, its number set; the other fields are the caller's to fill. */
static inline struct packet *packet_take(struct packet_ring *r)
{
    if (r->next == 0)
        r->next = 1;
    struct packet *p = &r->slots[r->next & r->mask];
    p->number = r->next++;
    return p;
}

/* The last packet was not worth keeping: its slot is the next one's, and its number says nothing.
 */
static inline void packet_untake(struct packet_ring *r, struct packet *p)
{
    p->number = 0;
    r->next--;
}

/* The packet of that number, or NULL when it was overwritten or never was. */
static inline const struct packet *packet_get(const struct packet_ring *r, uint32_t number)
{
    const struct packet *p = &r->slots[number & r->mask];
    return number != 0 && p->number == number ? p : NULL;
}

#endif
