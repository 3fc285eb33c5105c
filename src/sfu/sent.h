/* What was sent to one transport, by transport-wide sequence number: when, how much, what for.
 * Feedback about a number that is not here is a lie or too late; each number counts once.
 * knows: numbers, sizes, time. knows not: packets, feedback's format. owns: nothing; the ring is
 * the caller's. Source: draft-holmer-rmcat-transport-wide-cc-extensions-01. */
#ifndef SFU_SENT_H
#define SFU_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

enum {
    SENT_MAX = 2048, /* a second at 20 Mb/s; a power of two, as is */
    SENT_FEW = 256,  /* enough where only voices are sent: 1.3 seconds of LIMIT_VOICE_SLOTS */
};

enum sent_kind { SENT_NONE, SENT_MEDIA, SENT_RTX, SENT_PADDING };

enum sent_fate { SENT_FLYING, SENT_LOST, SENT_ARRIVED };

struct sent_packet {
    uint32_t at_us; /* the low 32 bits: an hour is told from the next */
    uint16_t size;  /* bytes as they left, without UDP and IP */
    uint8_t kind, fate;
};

struct sent {
    int64_t first, next;      /* unwrapped; next: of the next packet */
    struct sent_packet *ring; /* *borrowed*; NULL: nothing can be sent yet */
    uint32_t mask;            /* its places - 1 */
};

/* `random` chooses the first number. */
static inline void sent_init(struct sent *h, uint16_t random)
{
    h->first = h->next = 65536 + (int64_t)random;
}

/* A larger ring, of a power of two places, takes over what the old one holds. */
static inline void sent_ring(struct sent *h, struct sent_packet *ring, uint32_t count)
{
    int64_t held = h->ring ? h->mask + 1 : 0;
    if (h->first < h->next - held)
        h->first = h->next - held;
    for (int64_t seq = h->first; seq < h->next; seq++)
        ring[seq & (count - 1)] = h->ring[seq & h->mask];
    h->ring = ring;
    h->mask = count - 1;
}

/* Notes a packet that leaves now, and gives its number for the wire. */
static inline uint16_t sent_put(struct sent *h, enum sent_kind kind, uint16_t size, instant_us now)
{
    h->ring[h->next & h->mask] =
        (struct sent_packet){(uint32_t)now, size, (uint8_t)kind, SENT_FLYING};
    return (uint16_t)h->next++;
}

/* The packet with this number on the wire, one of the last that are remembered, leaves only now. */
static inline void sent_left(struct sent *h, uint16_t number, instant_us now)
{
    h->ring[number & h->mask].at_us = (uint32_t)now;
}

/* The unwrapped number that feedback means. */
static inline int64_t sent_unwrap(const struct sent *h, uint16_t seq)
{
    int64_t last = h->next - 1;
    return last + (int16_t)(uint16_t)(seq - (uint16_t)last);
}

/* NULL when it was never sent, or is forgotten. */
static inline struct sent_packet *sent_find(struct sent *h, int64_t seq)
{
    if (seq < h->first || seq >= h->next || h->next - seq > h->mask + 1)
        return NULL;
    return &h->ring[seq & h->mask];
}

/* When it was sent, on the whole clock. */
static inline instant_us sent_at(const struct sent_packet *p, instant_us now)
{
    return now - (instant_us)(uint32_t)((uint32_t)now - p->at_us);
}

#endif
