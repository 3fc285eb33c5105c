/* VP8 payload descriptor (RFC 7741 section 4.2): what a forwarding server needs to switch layers.
 * knows: the descriptor, and the P bit of the first payload byte. knows not: pictures, sizes, any
 * other byte of the payload. owns: nothing. */
#ifndef PROTO_VP8_H
#define PROTO_VP8_H

#include "base/err.h"
#include "base/span.h"

enum { VP8_DESCRIPTOR_MAX = 6 };

struct vp8 {
    uint8_t descriptor_len;
    uint8_t partition; /* PID */
    bool start;        /* S: first packet of a partition */
    bool keyframe;     /* first packet of a key frame: S = 1, PID = 0, P = 0 */
    bool discardable;  /* N: no other picture refers to this one */
    bool has_picture_id, long_picture_id, has_tl0, has_tid, has_keyidx;
    bool sync;           /* Y */
    uint16_t picture_id; /* 7 or 15 bits */
    uint8_t tl0;         /* TL0PICIDX */
    uint8_t tid;         /* temporal layer, 0 when absent */
    uint8_t keyidx;
};

/* ERR_SHORT when the descriptor leaves no payload byte, ERR_MALFORMED; out untouched. */
enum err vp8_parse(struct vp8 *out, struct span payload);

/* Writes v's descriptor, at most VP8_DESCRIPTOR_MAX bytes, and gives its length: as the `front` of
 * a seal_packet it replaces the first descriptor_len bytes of a payload that stays shared. */
size_t vp8_write(const struct vp8 *v, uint8_t out[VP8_DESCRIPTOR_MAX]);

/* In place: new picture id (in the width that is there) and TL0PICIDX, where present. The payload
 * must be the one that v was parsed from. */
void vp8_rewrite(const struct vp8 *v, uint8_t *payload, uint16_t picture_id, uint8_t tl0);

#endif
