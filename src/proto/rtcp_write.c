/* Writing RTCP. Every packet starts with a head whose length is known before its body is written.
 */
#include "base/bug.h"
#include "proto/rtcp_inner.h"

enum { HEAD = 4, REPORT_LEN = 24, SENDER_LEN = 20, SDES_CNAME = 1, CNAME_MAX = 255 };

/* `len` is the whole packet's, a multiple of four. */
static void head(struct writer *w, uint8_t count, enum rtcp_type type, size_t len)
{
    writer_u8(w, (uint8_t)(2 << 6 | count));
    writer_u8(w, (uint8_t)type);
    writer_u16(w, (uint16_t)(len / 4 - 1));
}

static void put_reports(struct writer *w, const struct rtcp_report *reports, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++) {
        const struct rtcp_report *b = &reports[i];
        int32_t lost = b->lost;
        lost = lost > 0x7fffff ? 0x7fffff : lost < -0x800000 ? -0x800000 : lost;
        writer_u32(w, b->ssrc);
        writer_u8(w, b->fraction_lost);
        writer_u24(w, (uint32_t)lost & 0xffffff);
        writer_u32(w, b->highest_seq);
        writer_u32(w, b->jitter);
        writer_u32(w, b->lsr);
        writer_u32(w, b->dlsr);
    }
}

bool rtcp_write_sr(struct writer *w, uint32_t ssrc, const struct rtcp_sender *s,
                   const struct rtcp_report *reports, uint8_t count)
{
    BUG_IF(count > RTCP_REPORTS_MAX);
    head(w, count, RTCP_TYPE_SR, HEAD + 4 + SENDER_LEN + (size_t)count * REPORT_LEN);
    writer_u32(w, ssrc);
    writer_u64(w, s->ntp);
    writer_u32(w, s->rtp_ts);
    writer_u32(w, s->packets);
    writer_u32(w, s->octets);
    put_reports(w, reports, count);
    return writer_ok(w);
}

bool rtcp_write_rr(struct writer *w, uint32_t ssrc, const struct rtcp_report *reports,
                   uint8_t count)
{
    BUG_IF(count > RTCP_REPORTS_MAX);
    head(w, count, RTCP_TYPE_RR, HEAD + 4 + (size_t)count * REPORT_LEN);
    writer_u32(w, ssrc);
    put_reports(w, reports, count);
    return writer_ok(w);
}

bool rtcp_write_sdes(struct writer *w, uint32_t ssrc, struct span cname)
{
    static const uint8_t zeros[4];
    BUG_IF(cname.len > CNAME_MAX);
    /* The chunk's items end with at least one zero byte, up to a word (RFC 3550 section 6.5). */
    size_t items = 2 + cname.len, zero = 4 - items % 4;
    head(w, 1, RTCP_TYPE_SDES, HEAD + 4 + items + zero);
    writer_u32(w, ssrc);
    writer_u8(w, SDES_CNAME);
    writer_u8(w, (uint8_t)cname.len);
    writer_bytes(w, cname);
    writer_bytes(w, span_of(zeros, zero));
    return writer_ok(w);
}

bool rtcp_write_bye(struct writer *w, uint32_t ssrc)
{
    head(w, 1, RTCP_TYPE_BYE, HEAD + 4);
    writer_u32(w, ssrc);
    return writer_ok(w);
}

bool rtcp_write_nack(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc,
                     const struct rtcp_nack *items, uint16_t count)
{
    head(w, RTCP_FORMAT_NACK, RTCP_TYPE_TRANSPORT_FEEDBACK, HEAD + 8 + 4u * count);
    writer_u32(w, sender_ssrc);
    writer_u32(w, media_ssrc);
    for (uint16_t i = 0; i < count; i++) {
        writer_u16(w, items[i].seq);
        writer_u16(w, items[i].mask);
    }
    return writer_ok(w);
}

bool rtcp_write_pli(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    head(w, RTCP_FORMAT_PLI, RTCP_TYPE_PAYLOAD_FEEDBACK, HEAD + 8);
    writer_u32(w, sender_ssrc);
    writer_u32(w, media_ssrc);
    return writer_ok(w);
}

bool rtcp_write_fir(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command)
{
    head(w, RTCP_FORMAT_FIR, RTCP_TYPE_PAYLOAD_FEEDBACK, HEAD + 8 + 8);
    writer_u32(w, sender_ssrc);
    writer_u32(w, 0); /* RFC 5104 section 4.3.1.2: unused, the entry names the media */
    writer_u32(w, media_ssrc);
    writer_u8(w, command);
    writer_u24(w, 0);
    return writer_ok(w);
}

bool rtcp_write_remb(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint64_t bps)
{
    uint32_t exponent = 0;
    while (bps > 0x3ffff) {
        bps >>= 1;
        exponent++;
    }
    head(w, RTCP_FORMAT_APPLICATION, RTCP_TYPE_PAYLOAD_FEEDBACK, HEAD + 8 + 12);
    writer_u32(w, sender_ssrc);
    writer_u32(w, 0);
    writer_u32(w, RTCP_NAME_REMB);
    writer_u8(w, 1);
    writer_u24(w, exponent << 18 | (uint32_t)bps);
    writer_u32(w, media_ssrc);
    return writer_ok(w);
}
