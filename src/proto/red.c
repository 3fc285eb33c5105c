/* The layout of RFC 2198, both ways; see red.h. owns: nothing. */
#include "proto/red.h"

enum { HEAD = 4, LAST_HEAD = 1, MORE = 0x80, LENGTH_BITS = 10, LENGTH_MASK = 0x3ff };

bool red_parse(struct red *out, struct span payload)
{
    struct red r = {.count = 0};
    size_t at = 0, used = 0;
    while (at < payload.len && payload.ptr[at] & MORE) {
        const uint8_t *h = payload.ptr + at;
        if (r.count == RED_EARLIER || payload.len - at < HEAD + LAST_HEAD ||
            h[0] != (MORE | RED_OPUS))
            return false;
        uint32_t word = (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
        struct red_block *b = &r.block[r.count++];
        b->back = (uint16_t)(word >> LENGTH_BITS);
        b->bytes.len = word & LENGTH_MASK;
        used += b->bytes.len;
        if (b->back == 0 || b->back > RED_BACK_MAX || b->bytes.len == 0)
            return false;
        at += HEAD;
    }
    if (at >= payload.len || payload.ptr[at] != RED_OPUS || used > RED_EARLIER_MAX ||
        payload.len - at - LAST_HEAD <= used)
        return false;
    at += LAST_HEAD;
    for (uint8_t i = 0; i < r.count; i++) {
        r.block[i].bytes.ptr = payload.ptr + at;
        at += r.block[i].bytes.len;
    }
    r.block[r.count++] = (struct red_block){0, span_of(payload.ptr + at, payload.len - at)};
    *out = r;
    return true;
}

/* How many of the last frames go along: the newest first, as long as they fit. */
static unsigned carried(const struct red_memory *m, uint32_t ts)
{
    unsigned count = 0;
    size_t bytes = 0;
    for (; count < RED_EARLIER; count++) {
        uint32_t back = ts - m->frame[count].ts;
        bytes += m->frame[count].len;
        if (m->frame[count].len == 0 || back == 0 || back > RED_BACK_MAX || bytes > RED_EARLIER_MAX)
            break;
    }
    return count;
}

static void remember(struct red_memory *m, uint32_t ts, struct span frame)
{
    bool worth = frame.len > RED_NOTHING && frame.len <= RED_EARLIER_MAX;
    for (unsigned i = RED_EARLIER - 1; i > 0; i--)
        m->frame[i] = m->frame[i - 1];
    m->frame[0].ts = ts;
    m->frame[0].len = worth ? (uint16_t)frame.len : 0;
    if (worth)
        memcpy(m->frame[0].bytes, frame.ptr, frame.len);
}

void red_write(struct writer *w, struct red_memory *m, uint32_t ts, struct span frame,
               unsigned earlier)
{
    unsigned count = carried(m, ts);
    count = count < earlier ? count : earlier;
    for (unsigned i = count; i-- > 0;) {
        uint32_t back = ts - m->frame[i].ts;
        writer_u8(w, MORE | RED_OPUS);
        writer_uint(w, back << LENGTH_BITS | m->frame[i].len, 3);
    }
    writer_u8(w, RED_OPUS);
    for (unsigned i = count; i-- > 0;)
        writer_bytes(w, span_of(m->frame[i].bytes, m->frame[i].len));
    writer_bytes(w, frame);
    remember(m, ts, frame);
}

void red_forget(struct red_memory *m)
{
    for (unsigned i = 0; i < RED_EARLIER; i++)
        m->frame[i].len = 0;
}
