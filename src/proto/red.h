/* Redundant audio (RFC 2198 section 3): earlier frames in front of the one that a packet is for.
 * Here it is the plaintext of a sealed frame: participants write and read it, a forwarding server
 * never sees it.
 *
 *      0                   1                   2                   3
 *     |1|  block PT   |  back, 14 bits            | length, 10 bits   |   each earlier one
 *     |0|  block PT   |                                                   the frame itself
 *     earlier frames, oldest first, then the frame
 *
 * knows: the layout, which earlier frames are worth their bytes. knows not: Opus, keys, packets.
 * owns: nothing outside its structs. */
#ifndef PROTO_RED_H
#define PROTO_RED_H

#include "base/span.h"
#include "base/writer.h"

enum {
    RED_OPUS = 111,  /* the only payload type inside */
    RED_EARLIER = 2, /* frames that one carries beside itself */
    RED_EARLIER_MAX = 256 /* bytes of them together */,
    RED_BACK_MAX = 5760, /* RTP ticks, 120 ms: what is older comes too late to be played */
    RED_NOTHING = 2,     /* bytes up to which a frame only says that nothing is sent (DTX) */
    RED_MORE = 4 * RED_EARLIER + 1 + RED_EARLIER_MAX /* bytes that writing adds at most */
};

struct red_block {
    uint16_t back; /* RTP ticks before the packet's timestamp; the frame itself: 0 */
    struct span bytes;
};

/* What a payload holds; the last is the frame itself. */
struct red {
    uint8_t count;
    struct red_block block[RED_EARLIER + 1];
};

/* False when it has another form, more or other blocks than red_write makes, or an empty frame;
 * *out is then untouched. The spans point into the payload. */
bool red_parse(struct red *out, struct span payload);

/* A sender's last frames. Zero-initialised: none. */
struct red_memory {
    struct {
        uint32_t ts;
        uint16_t len; /* 0: none, or not worth repeating */
        uint8_t bytes[RED_EARLIER_MAX];
    } frame[RED_EARLIER]; /* newest first */
};

/* Writes the frame with up to `earlier` of those before it, and remembers it. The writer needs
 * frame.len + RED_MORE bytes. */
void red_write(struct writer *w, struct red_memory *m, uint32_t ts, struct span frame,
               unsigned earlier);
/* What was sent until now must not come again: other keys, or a pause. */
void red_forget(struct red_memory *m);

#endif
