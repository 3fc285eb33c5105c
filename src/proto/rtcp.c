/* Walking a compound RTCP packet: each packet's own length bounds what is read of it (attack A12).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  |V=2|P|  count  |  packet type  |    length in words minus 1    |
 *  |                         sender's SSRC                         |
 *  |              feedback packets: SSRC of the media              |
 *  |                       the variable part                       |
 */
#include "proto/rtcp.h"

#include "base/bug.h"
#include "base/mutant.h"
#include "proto/rtcp_inner.h"

enum { REPORT_LEN = 24, NACK_LEN = 4, FIR_LEN = 8, PADDED = 0x20 };

void rtcp_walk_init(struct rtcp_walk *w, struct span compound)
{
    *w = (struct rtcp_walk){.in = reader_of(compound)};
}

static enum err read_reports(struct rtcp_item *item, struct reader *r, uint8_t count)
{
    /* Anything after the blocks is a profile's own and is left alone. */
    item->reports = count;
    item->body = reader_take(r, (size_t)count * REPORT_LEN);
    return reader_ok(r) ? ERR_OK : ERR_SHORT;
}

static enum err read_sr(struct rtcp_item *item, struct reader *r, uint8_t count)
{
    item->kind = RTCP_SR;
    item->sender_ssrc = reader_u32(r);
    item->sender.ntp = reader_u64(r);
    item->sender.rtp_ts = reader_u32(r);
    item->sender.packets = reader_u32(r);
    item->sender.octets = reader_u32(r);
    return read_reports(item, r, count);
}

static enum err read_rr(struct rtcp_item *item, struct reader *r, uint8_t count)
{
    item->kind = RTCP_RR;
    item->sender_ssrc = reader_u32(r);
    return read_reports(item, r, count);
}

static enum err read_bye(struct rtcp_item *item, struct reader *r, uint8_t count)
{
    item->kind = RTCP_BYE;
    item->body = reader_take(r, 4u * count);
    if (reader_left(r) > 0) {
        uint8_t reason = reader_u8(r);
        reader_skip(r, reason); /* its length is checked, its text is nobody's business */
    }
    if (!DEFENCE(12, reader_ok(r)))
        return ERR_SHORT;
    if (count > 0) {
        struct reader first = reader_of(item->body);
        item->sender_ssrc = reader_u32(&first);
    }
    return ERR_OK;
}

static enum err read_nack(struct rtcp_item *item, struct reader *r)
{
    size_t left = reader_left(r), count = left / NACK_LEN;
    if (count == 0)
        return ERR_MALFORMED;
    item->kind = RTCP_NACK;
    item->nacks = (uint16_t)(DEFENCE(12, count <= LIMIT_NACK_ITEMS) ? count : LIMIT_NACK_ITEMS);
    item->body = reader_take(r, left);
    return ERR_OK;
}

static enum err read_twcc(struct rtcp_item *item, struct reader *r)
{
    struct rtcp_twcc *t = &item->twcc;
    item->kind = RTCP_TWCC;
    t->base_seq = reader_u16(r);
    t->count = reader_u16(r);
    uint32_t reference = reader_u24(r);
    t->reference = (int32_t)(reference ^ 0x800000u) - 0x800000; /* 24-bit sign */
    t->feedback_count = reader_u8(r);
    t->chunks = reader_take(r, reader_left(r));
    if (!reader_ok(r))
        return ERR_SHORT;
    if (!DEFENCE(12, t->count <= RTCP_TWCC_STATUS_MAX))
        return ERR_LIMIT;
    item->body = t->chunks;
    return rtcp_twcc_check(t);
}

static enum err read_transport_feedback(struct rtcp_item *item, struct reader *r, uint8_t format)
{
    item->sender_ssrc = reader_u32(r);
    item->media_ssrc = reader_u32(r);
    if (!reader_ok(r))
        return ERR_SHORT;
    if (format == RTCP_FORMAT_NACK)
        return read_nack(item, r);
    if (format == RTCP_FORMAT_TWCC)
        return read_twcc(item, r);
    return ERR_OK;
}

static enum err read_fir(struct rtcp_item *item, struct reader *r)
{
    size_t left = reader_left(r), count = left / FIR_LEN;
    if (count == 0)
        return ERR_MALFORMED;
    item->kind = RTCP_FIR;
    item->firs = (uint8_t)(count < RTCP_FIR_MAX ? count : RTCP_FIR_MAX);
    item->body = reader_take(r, left);
    return ERR_OK;
}

/* draft-alvestrand-rmcat-remb-03 section 2.2; any other application feedback is passed over. */
static enum err read_remb(struct rtcp_item *item, struct reader *r)
{
    uint32_t name = reader_u32(r);
    uint8_t ssrcs = reader_u8(r);
    uint32_t rate = reader_u24(r);
    if (!reader_ok(r) || name != RTCP_NAME_REMB)
        return ERR_OK;
    item->body = reader_take(r, 4u * ssrcs);
    if (!reader_ok(r))
        return ERR_SHORT;
    uint64_t mantissa = rate & 0x3ffff;
    unsigned exponent = rate >> 18;
    bool over = exponent > 0 && mantissa >> (64 - exponent) != 0;
    item->kind = RTCP_REMB;
    item->remb_bps = over ? UINT64_MAX : mantissa << exponent;
    return ERR_OK;
}

static enum err read_payload_feedback(struct rtcp_item *item, struct reader *r, uint8_t format)
{
    item->sender_ssrc = reader_u32(r);
    item->media_ssrc = reader_u32(r);
    if (!reader_ok(r))
        return ERR_SHORT;
    if (format == RTCP_FORMAT_PLI)
        item->kind = RTCP_PLI;
    else if (format == RTCP_FORMAT_FIR)
        return read_fir(item, r);
    else if (format == RTCP_FORMAT_APPLICATION)
        return read_remb(item, r);
    return ERR_OK;
}

static enum err read_body(struct rtcp_item *item, struct span body, uint8_t type, uint8_t count)
{
    struct reader r = reader_of(body);
    switch (type) {
    case RTCP_TYPE_SR:
        return read_sr(item, &r, count);
    case RTCP_TYPE_RR:
        return read_rr(item, &r, count);
    case RTCP_TYPE_SDES:
        item->kind = RTCP_SDES;
        item->body = body;
        return ERR_OK;
    case RTCP_TYPE_BYE:
        return read_bye(item, &r, count);
    case RTCP_TYPE_TRANSPORT_FEEDBACK:
        return read_transport_feedback(item, &r, count);
    case RTCP_TYPE_PAYLOAD_FEEDBACK:
        return read_payload_feedback(item, &r, count);
    default:
        return ERR_OK;
    }
}

static enum err next(struct rtcp_walk *w, struct rtcp_item *item)
{
    uint8_t first = reader_u8(&w->in);
    uint8_t type = reader_u8(&w->in);
    uint16_t words = reader_u16(&w->in);
    struct span body = reader_take(&w->in, 4u * words);
    if (!reader_ok(&w->in))
        return ERR_SHORT;
    if (first >> 6 != 2 || type < 192 || type > 223)
        return ERR_MALFORMED;
    if (w->count++ == LIMIT_RTCP_COMPOUND)
        return ERR_LIMIT;
    if (first & PADDED) {
        uint8_t padding = body.len > 0 ? body.ptr[body.len - 1] : 0;
        if (padding == 0 || padding > body.len)
            return ERR_MALFORMED;
        body.len -= padding;
    }
    return read_body(item, body, type, first & 31);
}

bool rtcp_next(struct rtcp_walk *w, struct rtcp_item *out)
{
    if (w->result != ERR_OK || reader_left(&w->in) == 0)
        return false;
    struct rtcp_item item = {.kind = RTCP_OTHER};
    w->result = next(w, &item);
    if (w->result != ERR_OK)
        return false;
    *out = item;
    return true;
}

static struct reader reader_at(const struct rtcp_item *item, size_t at)
{
    struct reader r = reader_of(item->body);
    reader_skip(&r, at);
    return r;
}

struct rtcp_report rtcp_report_at(const struct rtcp_item *item, uint8_t i)
{
    BUG_IF(i >= item->reports);
    struct reader r = reader_at(item, (size_t)i * REPORT_LEN);
    struct rtcp_report b = {0};
    b.ssrc = reader_u32(&r);
    b.fraction_lost = reader_u8(&r);
    b.lost = (int32_t)(reader_u24(&r) ^ 0x800000u) - 0x800000;
    b.highest_seq = reader_u32(&r);
    b.jitter = reader_u32(&r);
    b.lsr = reader_u32(&r);
    b.dlsr = reader_u32(&r);
    return b;
}

struct rtcp_nack rtcp_nack_at(const struct rtcp_item *item, uint16_t i)
{
    BUG_IF(i >= item->nacks);
    struct reader r = reader_at(item, (size_t)i * NACK_LEN);
    struct rtcp_nack n = {0};
    n.seq = reader_u16(&r);
    n.mask = reader_u16(&r);
    return n;
}

uint32_t rtcp_fir_at(const struct rtcp_item *item, uint8_t i, uint8_t *command)
{
    BUG_IF(i >= item->firs);
    struct reader r = reader_at(item, (size_t)i * FIR_LEN);
    uint32_t ssrc = reader_u32(&r);
    *command = reader_u8(&r);
    return ssrc;
}
