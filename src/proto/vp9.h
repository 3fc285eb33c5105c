/* VP9 payload descriptor (RFC 9628 section 4.2): what a forwarding server needs to cut layers off.
 * knows: the descriptor. knows not: the picture behind it, which is sealed. owns: nothing. */
#ifndef PROTO_VP9_H
#define PROTO_VP9_H

#include "base/err.h"
#include "base/span.h"

enum { VP9_SPATIAL_MAX = 8, VP9_PICTURE_DIFFS_MAX = 3 };

struct vp9 {
    uint16_t descriptor_len; /* at most some 600 bytes: one with a full group of pictures */
    bool begin, end;         /* B, E: first and last packet of a layer's frame */
    bool inter;              /* P: predicted from earlier pictures */
    bool discardable;        /* Z: no higher spatial layer of this picture refers to it */
    bool has_picture_id, long_picture_id, has_layers, flexible;
    bool switch_up;   /* U: higher temporal layers after this refer to none of theirs before */
    bool inter_layer; /* D: refers to the spatial layer below */
    bool keyframe;    /* first packet of a key picture: B, not P, the lowest spatial layer */
    uint8_t tid, sid; /* 0 .. 7, 0 when absent */
    uint8_t tl0;      /* TL0PICIDX */
    uint16_t picture_id;
    uint8_t spatial_layers; /* that a scalability structure here names, 0: none is here */
    struct {
        uint16_t width, height; /* 0: not told */
    } size[VP9_SPATIAL_MAX];
};

/* ERR_SHORT when the descriptor leaves no payload byte, ERR_MALFORMED when it breaks the format;
 * out untouched. */
enum err vp9_parse(struct vp9 *out, struct span payload);

#endif
