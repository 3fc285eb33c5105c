/* RTP headers.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *  |                           timestamp                           |
 *  |                             SSRC                              |
 *  |                    CSRC, CC times                             |
 *  |          profile              |   length in words    (if X)   |
 *  |                    extension elements                         |
 */
#include "proto/rtp.h"

#include "base/mutant.h"
#include "base/reader.h"
#include "proto/rtpext.h"

enum { VERSION = 2, BIT_PADDED = 0x20, BIT_EXTENDED = 0x10, BIT_MARKER = 0x80 };

/* The last byte of the packet counts the padding, itself included (RFC 3550 section 5.1). */
static enum err cut_padding(struct rtp_packet *p)
{
    if (p->payload.len == 0)
        return ERR_MALFORMED;
    uint8_t n = p->payload.ptr[p->payload.len - 1];
    if (!DEFENCE(11, n != 0 && n <= p->payload.len))
        return ERR_MALFORMED;
    p->padding_len = n;
    p->payload.len -= n;
    return ERR_OK;
}

enum err rtp_parse(struct rtp_packet *out, struct span in, enum rtp_form form)
{
    struct rtp_packet p = {.whole = in};
    struct reader r = reader_of(in);
    uint8_t first = reader_u8(&r);
    uint8_t second = reader_u8(&r);
    p.seq = reader_u16(&r);
    p.ts = reader_u32(&r);
    p.ssrc = reader_u32(&r);
    p.padded = first & BIT_PADDED;
    p.csrc_count = first & 15;
    p.marker = second & BIT_MARKER;
    p.pt = second & 0x7f;
    reader_skip(&r, 4u * p.csrc_count);
    if (first & BIT_EXTENDED) {
        p.profile = reader_u16(&r);
        uint16_t words = reader_u16(&r);
        p.ext = reader_take(&r, 4u * words);
    }
    if (!reader_ok(&r))
        return ERR_SHORT;
    if (first >> 6 != VERSION)
        return ERR_MALFORMED;
    p.header_len = (uint16_t)(in.len - reader_left(&r));
    p.payload = reader_take(&r, reader_left(&r));
    if (p.padded && form == RTP_OPENED)
        TRY(cut_padding(&p));
    *out = p;
    return ERR_OK;
}

static void put(uint8_t *at, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

void rtp_set_seq(uint8_t *packet, uint16_t seq)
{
    put(packet + 2, seq, 2);
}

void rtp_set_ts(uint8_t *packet, uint32_t ts)
{
    put(packet + 4, ts, 4);
}

void rtp_set_ssrc(uint8_t *packet, uint32_t ssrc)
{
    put(packet + 8, ssrc, 4);
}

void rtp_set_pt(uint8_t *packet, uint8_t pt)
{
    packet[1] = (uint8_t)((packet[1] & BIT_MARKER) | (pt & 0x7f));
}

void rtp_set_marker(uint8_t *packet, bool marker)
{
    packet[1] = (uint8_t)((packet[1] & 0x7f) | (marker ? BIT_MARKER : 0));
}

void rtp_set_padded(uint8_t *packet, bool padded)
{
    packet[0] = (uint8_t)((packet[0] & ~BIT_PADDED) | (padded ? BIT_PADDED : 0));
}

bool rtp_write_header(struct writer *w, const struct rtp_header *h)
{
    bool extended = h->ext && h->ext->count > 0;
    writer_u8(
        w, (uint8_t)(VERSION << 6 | (h->padded ? BIT_PADDED : 0) | (extended ? BIT_EXTENDED : 0)));
    writer_u8(w, (uint8_t)((h->marker ? BIT_MARKER : 0) | (h->pt & 0x7f)));
    writer_u16(w, h->seq);
    writer_u32(w, h->ts);
    writer_u32(w, h->ssrc);
    if (extended)
        return rtpext_write(w, h->ext);
    return writer_ok(w);
}
