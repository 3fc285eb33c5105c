/* VP8 payload descriptor.
 *
 *   0 1 2 3 4 5 6 7
 *  |X|R|N|S|R| PID |   required
 *  |I|L|T|K|  RSV  |   if X
 *  |M| picture id  |   if I; 15 bits in two bytes if M
 *  |  TL0PICIDX    |   if L
 *  |TID|Y| KEYIDX  |   if T or K
 */
#include "proto/vp8.h"

#include "base/reader.h"
#include "base/writer.h"

enum {
    BIT_X = 0x80,
    BIT_N = 0x20,
    BIT_S = 0x10,
    BIT_I = 0x80,
    BIT_L = 0x40,
    BIT_T = 0x20,
    BIT_K = 0x10,
    BIT_M = 0x80,
};

static void read_extension(struct vp8 *v, struct reader *r)
{
    uint8_t flags = reader_u8(r);
    v->has_picture_id = flags & BIT_I;
    v->has_tl0 = flags & BIT_L;
    v->has_tid = flags & BIT_T;
    v->has_keyidx = flags & BIT_K;
    if (v->has_picture_id) {
        uint8_t high = reader_u8(r);
        v->long_picture_id = high & BIT_M;
        v->picture_id = high & 0x7f;
        if (v->long_picture_id)
            v->picture_id = (uint16_t)(v->picture_id << 8 | reader_u8(r));
    }
    if (v->has_tl0)
        v->tl0 = reader_u8(r);
    if (v->has_tid || v->has_keyidx) {
        uint8_t last = reader_u8(r);
        v->tid = v->has_tid ? last >> 6 : 0;
        v->sync = v->has_tid && (last & 0x20);
        v->keyidx = v->has_keyidx ? last & 0x1f : 0;
    }
}

enum err vp8_parse(struct vp8 *out, struct span payload)
{
    struct vp8 v = {0};
    struct reader r = reader_of(payload);
    uint8_t first = reader_u8(&r);
    v.discardable = first & BIT_N;
    v.start = first & BIT_S;
    v.partition = first & 7;
    if (first & BIT_X)
        read_extension(&v, &r);
    v.descriptor_len = (uint8_t)(payload.len - reader_left(&r));
    uint8_t header = reader_u8(&r);
    if (!reader_ok(&r))
        return ERR_SHORT;
    /* RFC 7741 section 4.2: TL0PICIDX and TID come together when there is any order to keep. */
    if (v.has_tl0 && !v.has_tid)
        return ERR_MALFORMED;
    /* Section 4.3: P, the lowest bit of a frame's first byte, is 0 for a key frame. */
    v.keyframe = v.start && v.partition == 0 && (header & 1) == 0;
    *out = v;
    return ERR_OK;
}

size_t vp8_write(const struct vp8 *v, uint8_t out[VP8_DESCRIPTOR_MAX])
{
    struct writer w = writer_of(out, VP8_DESCRIPTOR_MAX);
    bool extended = v->has_picture_id || v->has_tl0 || v->has_tid || v->has_keyidx;
    writer_u8(&w, (uint8_t)((extended ? BIT_X : 0) | (v->discardable ? BIT_N : 0) |
                            (v->start ? BIT_S : 0) | (v->partition & 7)));
    if (!extended)
        return writer_len(&w);
    writer_u8(&w, (uint8_t)((v->has_picture_id ? BIT_I : 0) | (v->has_tl0 ? BIT_L : 0) |
                            (v->has_tid ? BIT_T : 0) | (v->has_keyidx ? BIT_K : 0)));
    if (v->has_picture_id && v->long_picture_id)
        writer_u16(&w, (uint16_t)(BIT_M << 8 | (v->picture_id & 0x7fff)));
    else if (v->has_picture_id)
        writer_u8(&w, v->picture_id & 0x7f);
    if (v->has_tl0)
        writer_u8(&w, v->tl0);
    if (v->has_tid || v->has_keyidx)
        writer_u8(&w, (uint8_t)((v->tid & 3) << 6 | (v->sync ? 0x20 : 0) | (v->keyidx & 0x1f)));
    return writer_len(&w);
}

void vp8_rewrite(const struct vp8 *v, uint8_t *payload, uint16_t picture_id, uint8_t tl0)
{
    uint8_t *at = payload + 2;
    if (v->has_picture_id && v->long_picture_id) {
        at[0] = (uint8_t)(BIT_M | (picture_id >> 8 & 0x7f));
        at[1] = (uint8_t)picture_id;
        at += 2;
    } else if (v->has_picture_id) {
        at[0] = picture_id & 0x7f;
        at += 1;
    }
    if (v->has_tl0)
        at[0] = tl0;
}
