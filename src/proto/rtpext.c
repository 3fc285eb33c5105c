/* Header extension elements.
 *
 *  one-byte form:  | id 4 | len-1 4 | value ...      byte 0 is padding, id 15 ends the block
 *  two-byte form:  | id 8 | len 8   | value ...      byte 0 is padding
 */
#include "proto/rtpext.h"

#include "base/bug.h"
#include "base/mutant.h"
#include "base/reader.h"

enum { ONE_BYTE_ID_MAX = 14, ONE_BYTE_STOP = 15, ONE_BYTE_LEN_MAX = 16, VALUE_MAX = 255 };

static enum err add(struct rtpext_set *set, uint8_t id, struct span value)
{
    if (set->count == LIMIT_RTP_EXTENSIONS)
        return ERR_LIMIT;
    set->item[set->count++] = (struct rtpext){id, value};
    return ERR_OK;
}

static enum err read_elements(struct rtpext_set *set, struct span block, bool one_byte)
{
    struct reader r = reader_of(block);
    while (reader_left(&r) > 0) {
        uint8_t first = reader_u8(&r);
        if (first == 0)
            continue;
        uint8_t id = one_byte ? first >> 4 : first;
        /* Id 15, and id 0 with a length, end the block (RFC 8285 section 4.2). */
        if (one_byte && (id == ONE_BYTE_STOP || id == 0))
            return ERR_OK;
        size_t len = one_byte ? (size_t)(first & 15) + 1 : reader_u8(&r);
        struct span value = reader_take(&r, len);
        if (!DEFENCE(11, reader_ok(&r)))
            return ERR_MALFORMED;
        TRY(add(set, id, value));
    }
    return ERR_OK;
}

enum err rtpext_parse(struct rtpext_set *set, const struct rtp_packet *p)
{
    set->count = 0;
    bool one_byte = p->profile == RTPEXT_ONE_BYTE;
    /* The low four bits of the two-byte profile are the application's (RFC 8285 section 4.3). */
    bool two_byte = (p->profile & 0xfff0) == RTPEXT_TWO_BYTE;
    if (p->ext.len == 0 || (!one_byte && !two_byte))
        return ERR_OK;
    enum err e = read_elements(set, p->ext, one_byte);
    if (e != ERR_OK)
        set->count = 0;
    return e;
}

struct span rtpext_get(const struct rtpext_set *set, uint8_t id)
{
    for (int i = 0; id != 0 && i < set->count; i++)
        if (set->item[i].id == id)
            return set->item[i].value;
    return (struct span){NULL, 0};
}

bool rtpext_put(struct rtpext_set *set, uint8_t id, struct span value)
{
    if (id == 0 || value.len > VALUE_MAX)
        return false;
    for (int i = 0; i < set->count; i++) {
        if (set->item[i].id == id) {
            set->item[i].value = value;
            return true;
        }
    }
    return add(set, id, value) == ERR_OK;
}

static bool fits_one_byte(const struct rtpext_set *set)
{
    for (int i = 0; i < set->count; i++) {
        size_t len = set->item[i].value.len;
        if (set->item[i].id > ONE_BYTE_ID_MAX || len == 0 || len > ONE_BYTE_LEN_MAX)
            return false;
    }
    return true;
}

bool rtpext_write(struct writer *w, const struct rtpext_set *set)
{
    static const uint8_t zeros[3];
    if (set->count == 0)
        return writer_ok(w);
    bool one_byte = fits_one_byte(set);
    size_t len = 0;
    for (int i = 0; i < set->count; i++)
        len += set->item[i].value.len + (one_byte ? 1 : 2);
    writer_u16(w, one_byte ? RTPEXT_ONE_BYTE : RTPEXT_TWO_BYTE);
    writer_u16(w, (uint16_t)((len + 3) / 4));
    for (int i = 0; i < set->count; i++) {
        const struct rtpext *e = &set->item[i];
        if (one_byte) {
            writer_u8(w, (uint8_t)((unsigned)e->id << 4 | (unsigned)(e->value.len - 1)));
        } else {
            writer_u8(w, e->id);
            writer_u8(w, (uint8_t)e->value.len);
        }
        writer_bytes(w, e->value);
    }
    writer_bytes(w, span_of(zeros, (4 - len % 4) % 4));
    return writer_ok(w);
}

bool rtpext_overwrite(uint8_t *packet, const struct rtp_packet *p, struct span old,
                      struct span value)
{
    if (!old.ptr || old.len != value.len || value.len == 0)
        return false;
    BUG_IF(old.ptr < p->ext.ptr || old.ptr + old.len > p->ext.ptr + p->ext.len);
    memcpy(packet + (old.ptr - p->whole.ptr), value.ptr, value.len);
    return true;
}

bool rtpext_audio_level(struct span value, uint8_t *level, bool *voice)
{
    /* RFC 6464 section 3: one byte; the two-byte form may add zero bytes for alignment. */
    if (value.len == 0)
        return false;
    *voice = value.ptr[0] & 0x80;
    *level = value.ptr[0] & 0x7f;
    return true;
}

bool rtpext_twcc(struct span value, uint16_t *seq)
{
    if (value.len != 2)
        return false;
    *seq = (uint16_t)(value.ptr[0] << 8 | value.ptr[1]);
    return true;
}

void rtpext_write_twcc(uint8_t out[2], uint16_t seq)
{
    out[0] = (uint8_t)(seq >> 8);
    out[1] = (uint8_t)seq;
}

void rtpext_write_abs_send_time(uint8_t out[3], instant_us now)
{
    uint64_t us = (uint64_t)now;
    uint64_t fixed = (us / 1000000u) << 18 | ((us % 1000000u) << 18) / 1000000u;
    out[0] = (uint8_t)(fixed >> 16);
    out[1] = (uint8_t)(fixed >> 8);
    out[2] = (uint8_t)fixed;
}
