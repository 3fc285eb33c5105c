/* A participant's RTCP: sender and receiver reports, transport-wide feedback, and what it counts of
 * the server's. See rig.h. knows: RFC 3550 section 6, RFC 4585, the transport-cc draft. */
#include "rig/rig.h"

#include "base/reader.h"
#include "base/writer.h"

static struct rig_encoding *encoding_of(struct rig_peer *p, uint32_t ssrc)
{
    for (int i = 0; i < RIG_TRACKS; i++)
        for (unsigned k = 0; p->track[i].id && k < p->track[i].encodings; k++)
            if (p->track[i].encoding[k].ssrc == ssrc)
                return &p->track[i].encoding[k];
    return NULL;
}

static void take_one(struct rig_peer *p, struct rig_transport *t, uint8_t type, struct span body)
{
    struct reader r = reader_of(body);
    uint8_t format = reader_u8(&r) & 31;
    reader_skip(&r, 7);
    uint32_t ssrc = reader_u32(&r);
    if (type == 205 && format == 15) {
        t->twcc_in++;
        return;
    }
    if (type == 206 && format == 4)
        ssrc = reader_u32(&r);
    struct rig_encoding *e = reader_ok(&r) ? encoding_of(p, ssrc) : NULL;
    if (!e)
        return;
    if (type == 205 && format == 1)
        e->nacks++;
    if (type != 206 || (format != 1 && format != 4))
        return;
    e->plis += format == 1;
    e->firs += format == 4;
    e->want_key = true;
}

void rig_rtcp_take(struct rig_peer *p, struct rig_transport *t, struct span clear)
{
    while (clear.len >= 4) {
        size_t n = 4 * ((size_t)clear.ptr[2] << 8 | clear.ptr[3]) + 4;
        if (n > clear.len)
            return;
        take_one(p, t, clear.ptr[1], span_of(clear.ptr, n));
        clear = span_of(clear.ptr + n, clear.len - n);
    }
}

static void sender_report(struct rig_transport *t, const struct rig_encoding *e, instant_us now)
{
    uint8_t buf[64];
    struct writer w = writer_of(buf, sizeof(buf));
    writer_u32(&w, 0x80c80006);
    writer_u32(&w, e->ssrc);
    writer_u32(&w, (uint32_t)(now / US_PER_S) + 2208988800u);
    writer_u32(&w, (uint32_t)(((uint64_t)(now % US_PER_S) << 32) / 1000000));
    writer_u32(&w, e->timestamp);
    writer_u32(&w, e->packets);
    writer_u32(&w, e->bytes);
    writer_u32(&w, 0x81ca0003); /* SDES: CNAME "rig" */
    writer_u32(&w, e->ssrc);
    writer_u32(&w, 0x01037269);
    writer_u32(&w, 0x67000000);
    rig_rtcp_send(t, writer_span(&w));
}

static void receiver_report(struct rig_peer *p, struct rig_transport *t)
{
    uint8_t buf[8 + 31 * 24];
    struct writer w = writer_of(buf, sizeof(buf));
    unsigned n = 0;
    writer_u32(&w, 0x80c90001);
    writer_u32(&w, 1);
    for (int i = 0; i < RIG_SUBS && n < 31; i++) {
        const struct rig_sub *s = &p->sub[i];
        if (!s->id || !s->packets)
            continue;
        n++;
        writer_u32(&w, s->ssrc);
        writer_u32(&w, 0);
        writer_u32(&w, s->cycles << 16 | s->seq);
        writer_u32(&w, 0);
        writer_u32(&w, 0);
        writer_u32(&w, 0);
    }
    buf[0] = (uint8_t)(0x80 | n);
    buf[3] = (uint8_t)(1 + 6 * n);
    rig_rtcp_send(t, writer_span(&w));
}

void rig_report(struct rig_peer *p, struct rig_transport *t, instant_us now)
{
    if (!t->send) {
        receiver_report(p, t);
        return;
    }
    for (int i = 0; i < RIG_TRACKS; i++)
        for (unsigned k = 0; p->track[i].id && k < p->track[i].encodings; k++)
            if (p->track[i].encoding[k].packets)
                sender_report(t, &p->track[i].encoding[k], now);
}

/* Arrival time of one sequence number in this round, 0 when it did not come. */
static instant_us arrival(const struct rig_transport *t, uint16_t seq)
{
    for (unsigned i = 0; i < t->twcc_count; i++)
        if (t->twcc_seq[i] == seq)
            return t->twcc_at[i];
    return 0;
}

static void feedback_span(const struct rig_transport *t, uint16_t *base, uint16_t *last)
{
    *base = *last = t->twcc_seq[0];
    for (unsigned i = 1; i < t->twcc_count; i++) {
        uint16_t s = t->twcc_seq[i];
        if ((int16_t)(s - *last) > 0)
            *last = s;
        if ((int16_t)(s - *base) < 0)
            *base = s;
    }
}

/* draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1: status vectors of two-bit symbols
 * (7 a chunk), then deltas of 250 us; every received packet here takes a two-byte delta. */
void rig_feedback(struct rig_peer *p, struct rig_transport *t)
{
    (void)p;
    uint8_t buf[1400];
    uint16_t base, last;
    if (!t->twcc_count)
        return;
    feedback_span(t, &base, &last);
    unsigned count = (unsigned)(uint16_t)(last - base) + 1;
    struct writer w = writer_of(buf, sizeof(buf));
    int64_t reference = arrival(t, base) / 64000;
    static uint8_t round;
    writer_u32(&w, 0x8fcd0000);
    writer_u32(&w, 1);
    writer_u32(&w, 0);
    writer_u16(&w, base);
    writer_u16(&w, (uint16_t)count);
    writer_u24(&w, (uint32_t)reference & 0xffffff);
    writer_u8(&w, round++);
    for (unsigned i = 0; i < count; i += 7) {
        uint16_t chunk = 0xc000;
        for (unsigned k = 0; k < 7 && i + k < count; k++)
            if (arrival(t, (uint16_t)(base + i + k)))
                chunk |= (uint16_t)(2u << (12 - 2 * k));
        writer_u16(&w, chunk);
    }
    int64_t clock = reference * 64000;
    for (unsigned i = 0; i < count; i++) {
        instant_us at = arrival(t, (uint16_t)(base + i));
        if (!at)
            continue;
        int64_t delta = (at - clock) / 250;
        clock += delta * 250;
        writer_u16(&w, (uint16_t)(int16_t)delta);
    }
    while (writer_len(&w) % 4)
        writer_u8(&w, 0);
    buf[3] = (uint8_t)(writer_len(&w) / 4 - 1);
    buf[2] = (uint8_t)((writer_len(&w) / 4 - 1) >> 8);
    t->twcc_count = 0;
    rig_rtcp_send(t, writer_span(&w));
}
