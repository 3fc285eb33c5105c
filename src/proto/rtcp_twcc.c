/* Reading transport-wide feedback. Chunks come first and deltas after the last chunk that is
 * needed, so one pass over the chunks finds where the deltas start; it is bounded by the count,
 * which rtcp.c has bounded before.
 *
 *  run:     |0| S 2 |    length 13    |
 *  vector:  |1|0|   14 one-bit statuses   |     |1|1|   7 two-bit statuses    |
 */
#include "proto/rtcp_inner.h"

static uint16_t chunk_len(uint16_t chunk)
{
    if (!(chunk & RTCP_TWCC_VECTOR))
        return chunk & 0x1fff;
    return chunk & RTCP_TWCC_TWO_BITS ? 7 : 14;
}

/* The status at a position of a chunk. */
static uint8_t chunk_symbol(uint16_t chunk, uint16_t at)
{
    if (!(chunk & RTCP_TWCC_VECTOR))
        return chunk >> 13 & 3;
    if (chunk & RTCP_TWCC_TWO_BITS)
        return (uint8_t)(chunk >> (12 - 2 * at) & 3);
    return (uint8_t)(chunk >> (13 - at) & 1);
}

static size_t deltas_of(uint16_t chunk, uint16_t used, bool *reserved)
{
    size_t bytes = 0;
    for (uint16_t i = 0; i < used; i++) {
        uint8_t symbol = chunk_symbol(chunk, i);
        *reserved |= symbol == RTCP_TWCC_RESERVED;
        bytes += symbol == RTCP_TWCC_SMALL ? 1 : symbol == RTCP_TWCC_LARGE ? 2 : 0;
    }
    return bytes;
}

enum err rtcp_twcc_check(const struct rtcp_twcc *t)
{
    struct reader r = reader_of(t->chunks);
    size_t deltas = 0;
    bool reserved = false;
    for (uint16_t left = t->count; left > 0;) {
        uint16_t chunk = reader_u16(&r);
        uint16_t len = chunk_len(chunk);
        if (!reader_ok(&r))
            return ERR_SHORT;
        if (len == 0)
            return ERR_MALFORMED; /* a run of nothing would let a packet hold the loop */
        uint16_t used = len < left ? len : left;
        deltas += deltas_of(chunk, used, &reserved);
        left = (uint16_t)(left - used);
    }
    if (reserved)
        return ERR_MALFORMED;
    return deltas <= reader_left(&r) ? ERR_OK : ERR_SHORT;
}

void rtcp_twcc_walk_init(struct rtcp_twcc_walk *w, const struct rtcp_twcc *t)
{
    *w = (struct rtcp_twcc_walk){
        .chunks = reader_of(t->chunks),
        .deltas = reader_of(t->chunks),
        .seq = t->base_seq,
        .left = t->count,
    };
    for (uint16_t left = t->count; left > 0;) {
        uint16_t len = chunk_len(reader_u16(&w->deltas));
        left = (uint16_t)(len < left && len > 0 ? left - len : 0);
    }
}

bool rtcp_twcc_next(struct rtcp_twcc_walk *w, struct rtcp_twcc_status *out)
{
    if (w->left == 0 || !reader_ok(&w->chunks) || !reader_ok(&w->deltas))
        return false;
    if (w->run == 0) {
        w->chunk = reader_u16(&w->chunks);
        w->run = chunk_len(w->chunk);
    }
    uint8_t symbol = chunk_symbol(w->chunk, (uint16_t)(chunk_len(w->chunk) - w->run));
    *out = (struct rtcp_twcc_status){.seq = w->seq};
    out->received = symbol != RTCP_TWCC_LOST;
    if (symbol == RTCP_TWCC_SMALL)
        out->delta = reader_u8(&w->deltas);
    else if (symbol == RTCP_TWCC_LARGE)
        out->delta = (int16_t)reader_u16(&w->deltas);
    w->seq++;
    w->left--;
    w->run--;
    return true;
}
