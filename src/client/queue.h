/* Sound in order: pieces that come late, again, or inside a later packet (proto/red.h) take their
 * place, and only what is still missing after a while is passed over. knows: 16-bit numbers, RTP
 * time. knows not: Opus, what is done with a piece. owns: nothing outside its struct, which is
 * large. */
#ifndef CLIENT_QUEUE_H
#define CLIENT_QUEUE_H

#include "base/instant.h"
#include "base/span.h"

enum {
    QUEUE_PLACES = 16 /* a power of two */,
    QUEUE_PIECE_MAX = 1275 /* bytes of an Opus frame */
};

/* How long a missing piece is waited for: two requests and the second answer. */
#define QUEUE_WAIT_US (160 * US_PER_MS)

struct queue_place {
    bool full;
    uint32_t ts;
    instant_us at;
    size_t len;
    uint8_t bytes[QUEUE_PIECE_MAX];
};

/* Zero-initialised: nothing came yet. */
struct queue {
    bool started;
    uint16_t next; /* number of the piece that is due */
    uint8_t waiting;
    struct queue_place place[QUEUE_PLACES]; /* by number, modulo */
};

struct queue_piece {
    uint16_t seq;
    uint16_t lost; /* given out: pieces before it that never came */
    uint32_t ts;
    instant_us at;     /* arrival */
    struct span bytes; /* given out: *borrowed* until the next call */
};

/* A piece that is too old, too long or here already is left out. False: it lies so far ahead that
 * queue_next has to make room first. */
bool queue_put(struct queue *q, const struct queue_piece *p);
/* The next piece, in the order of numbers; `forced`: whatever may still come. */
bool queue_next(struct queue *q, instant_us now, bool forced, struct queue_piece *out);

#endif
