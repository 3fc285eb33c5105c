/* NAL units: single, aggregated (STAP-A) or fragmented (FU-A).
 *
 *   |F|NRI| type |                                       1 .. 23: one unit
 *   |F|NRI|  24  | size 16 | unit | size 16 | unit ...    STAP-A
 *   |F|NRI|  28  | |S|E|R| type | part                    FU-A, S: its first part
 */
#include "proto/h264.h"

#include "base/reader.h"

enum { TYPE_IDR = 5, TYPE_SPS = 7, TYPE_STAP_A = 24, TYPE_FU_A = 28, TYPE_MASK = 31, BIT_S = 0x80 };

static void note(struct h264 *h, uint8_t type)
{
    h->parameters = h->parameters || type == TYPE_SPS;
    h->key = h->key || type == TYPE_IDR;
}

struct h264 h264_look(struct span payload)
{
    struct h264 h = {false, false};
    struct reader r = reader_of(payload);
    uint8_t type = reader_u8(&r) & TYPE_MASK;
    if (type == TYPE_FU_A) {
        uint8_t part = reader_u8(&r);
        if (reader_ok(&r) && (part & BIT_S))
            note(&h, part & TYPE_MASK);
        return h;
    }
    if (type != TYPE_STAP_A) {
        note(&h, reader_ok(&r) ? type : 0);
        return h;
    }
    while (reader_left(&r) > 0) {
        struct span unit = reader_take(&r, reader_u16(&r));
        if (!reader_ok(&r) || unit.len == 0)
            return (struct h264){false, false};
        note(&h, unit.ptr[0] & TYPE_MASK);
    }
    return h;
}
