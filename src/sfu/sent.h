/* What was sent to one transport, by transport-wide sequence number: when, how much, what for.
 * Feedback about a number that is not here is a lie or too late; each number counts once.
 * knows: numbers, sizes, time. knows not: packets, feedback's format. owns: nothing outside its
 * struct. Source: draft-holmer-rmcat-transport-wide-cc-extensions-01. */
#ifndef SFU_SENT_H
#define SFU_SENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

enum { SENT_MAX = 2048 /* a second at 20 Mb/s; a power of two */ };

enum sent_kind { SENT_NONE, SENT_MEDIA, SENT_RTX, SENT_PADDING };

enum sent_fate { SENT_FLYING, SENT_LOST, SENT_ARRIVED };

struct sent_packet {
    uint32_t at_us; /* the low 32 bits: an hour is told from the next */
    uint16_t size;  /* bytes as they left, without UDP and IP */
    uint8_t kind, fate;
};

struct sent {
    int64_t first, next; /* unwrapped; next: of the next packet */
    struct sent_packet packet[SENT_MAX];
};

/* `random` chooses the first number. */
static inline void sent_init(struct sent *h, uint16_t random)
{
    h->first = h->next = 65536 + (int64_t)random;
}

/* Notes a packet that leaves now, and gives its number for the wire. */
static inline uint16_t sent_put(struct sent *h, enum sent_kind kind, uint16_t size, instant_us now)
{
    h->packet[h->next % SENT_MAX] =
        (struct sent_packet){(uint32_t)now, size, (uint8_t)kind, SENT_FLYING};
    return (uint16_t)h->next++;
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
    if (seq < h->first || seq >= h->next || h->next - seq > SENT_MAX)
        return NULL;
    return &h->packet[seq % SENT_MAX];
}

/* When it was sent, on the whole clock. */
static inline instant_us sent_at(const struct sent_packet *p, instant_us now)
{
    return now - (instant_us)(uint32_t)((uint32_t)now - p->at_us);
}

#endif
