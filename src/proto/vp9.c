/* VP9 payload descriptor.
 *
 *   0 1 2 3 4 5 6 7
 *  |I|P|L|F|B|E|V|Z|   required
 *  |M| picture id  |   if I; 15 bits in two bytes if M
 *  | TID |U| SID |D|   if L
 *  |  TL0PICIDX    |   if L and not F
 *  |   P_DIFF    |N|   if P and F, at most three, the last one with N = 0
 *  | N_S |Y|G|  -  |   if V: the scalability structure; Y: N_S + 1 sizes of 4 bytes;
 *  |     N_G       |   G: so many pictures, each | TID |U| R | - | and R bytes of P_DIFF
 */
#include "proto/vp9.h"

#include "base/reader.h"

enum {
    BIT_I = 0x80,
    BIT_P = 0x40,
    BIT_L = 0x20,
    BIT_F = 0x10,
    BIT_B = 0x08,
    BIT_E = 0x04,
    BIT_V = 0x02,
    BIT_Z = 0x01,
    BIT_M = 0x80,
    BIT_Y = 0x10,
    BIT_G = 0x08,
};

static void read_picture_id(struct vp9 *v, struct reader *r)
{
    uint8_t high = reader_u8(r);
    v->long_picture_id = high & BIT_M;
    v->picture_id = high & 0x7f;
    if (v->long_picture_id)
        v->picture_id = (uint16_t)(v->picture_id << 8 | reader_u8(r));
}

static void read_layers(struct vp9 *v, struct reader *r)
{
    uint8_t layers = reader_u8(r);
    v->tid = layers >> 5;
    v->switch_up = layers & 0x10;
    v->sid = layers >> 1 & 7;
    v->inter_layer = layers & 1;
    if (!v->flexible)
        v->tl0 = reader_u8(r);
}

/* False when there are more references than a picture can have. */
static bool read_references(struct reader *r)
{
    for (int i = 0; i < VP9_PICTURE_DIFFS_MAX; i++) {
        if (!(reader_u8(r) & 1))
            return true;
    }
    return false;
}

static void read_structure(struct vp9 *v, struct reader *r)
{
    uint8_t head = reader_u8(r);
    v->spatial_layers = (uint8_t)((head >> 5) + 1);
    for (uint8_t i = 0; (head & BIT_Y) && i < v->spatial_layers; i++) {
        v->size[i].width = reader_u16(r);
        v->size[i].height = reader_u16(r);
    }
    uint8_t pictures = head & BIT_G ? reader_u8(r) : 0;
    for (uint8_t i = 0; i < pictures && reader_ok(r); i++)
        (void)reader_take(r, reader_u8(r) >> 2 & 3);
}

enum err vp9_parse(struct vp9 *out, struct span payload)
{
    struct vp9 v = {0};
    struct reader r = reader_of(payload);
    uint8_t first = reader_u8(&r);
    v.has_picture_id = first & BIT_I;
    v.inter = first & BIT_P;
    v.has_layers = first & BIT_L;
    v.flexible = first & BIT_F;
    v.begin = first & BIT_B;
    v.end = first & BIT_E;
    v.discardable = first & BIT_Z;
    if (v.has_picture_id)
        read_picture_id(&v, &r);
    if (v.has_layers)
        read_layers(&v, &r);
    if (v.flexible && v.inter && !read_references(&r))
        return ERR_MALFORMED;
    if (first & BIT_V)
        read_structure(&v, &r);
    v.descriptor_len = (uint16_t)(payload.len - reader_left(&r));
    (void)reader_u8(&r);
    if (!reader_ok(&r))
        return ERR_SHORT;
    /* RFC 9628 section 4.2: flexible mode counts references by picture ids. */
    if (v.flexible && !v.has_picture_id)
        return ERR_MALFORMED;
    v.keyframe = v.begin && !v.inter && v.sid == 0;
    *out = v;
    return ERR_OK;
}
