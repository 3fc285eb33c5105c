/* Puts video frames together from the packets of one stream, in order, each once; what cannot
 * become whole is given up when the caller says so or after a while. knows: VP8 payload
 * descriptors, numbers, time. knows not: RTCP, codecs. owns: nothing outside the storage that it
 * was given. */
#ifndef CLIENT_ASSEMBLE_H
#define CLIENT_ASSEMBLE_H

#include "base/instant.h"
#include "base/span.h"

/* How long a frame waits for a packet while later ones are there, without and with repair. */
#define ASSEMBLE_WAIT_US (60 * US_PER_MS)
#define ASSEMBLE_REPAIR_US (1 * US_PER_S)

struct assemble_slot;

struct assembler {
    struct assemble_slot *slots; /* *borrowed*, `count` places, a power of two */
    uint8_t *frame;              /* *borrowed*, `frame_max` bytes */
    uint32_t count, frame_max;
    int64_t next, highest; /* first number not yet given out; newest that came */
    bool started, missing, gave_up;
    instant_us blocked_at; /* since when something later waits, INSTANT_NEVER: nothing does */
    uint64_t frames, lost;
};

struct assemble_packet {
    int64_t seq; /* unwrapped */
    uint32_t ts;
    bool marker;
    uint8_t orientation;
    instant_us at;
    struct span payload; /* with its descriptor, copied; empty: padding only */
};

struct assemble_frame {
    uint32_t ts;
    bool keyframe, missing;
    uint8_t orientation;
    instant_us at;     /* of its last packet */
    struct span bytes; /* *borrowed* until the next call */
};

/* Places for frames of that many bytes, and the storage of one assembler without its struct. */
size_t assemble_size(uint32_t frame_max);
void assemble_init(struct assembler *a, void *storage, uint32_t frame_max);
void assemble_put(struct assembler *a, const struct assemble_packet *p);
/* The next whole frame. wait_us: how long a gap may be waited for. */
bool assemble_next(struct assembler *a, instant_us now, duration_us wait_us,
                   struct assemble_frame *out);
/* What is missing now will not come any more. */
void assemble_give_up(struct assembler *a);
/* True once after something was given up: the moment to ask for a key frame. */
bool assemble_take_loss(struct assembler *a);

#endif
