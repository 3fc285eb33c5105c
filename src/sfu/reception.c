/* Receiver statistics as RFC 3550 A.3 and A.8 define them; see reception.h. owns: nothing. */
#include "sfu/reception.h"

/* Ticks of a media clock; the product would overflow only after years. */
static uint32_t ticks(instant_us now, uint32_t rate)
{
    return (uint32_t)((uint64_t)now * rate / (uint64_t)US_PER_S);
}

void reception_packet(struct reception *r, int64_t seq, uint32_t ts, uint32_t rate, instant_us now)
{
    uint32_t transit = ticks(now, rate) - ts;
    if (!r->started) {
        *r = (struct reception){.started = true,
                                .first = seq,
                                .highest = seq,
                                .transit = transit,
                                .lsr = r->lsr,
                                .lsr_at = r->lsr_at};
    } else {
        int32_t d = (int32_t)(transit - r->transit);
        uint32_t apart = d < 0 ? 0u - (uint32_t)d : (uint32_t)d;
        r->transit = transit;
        /* RFC 3550 A.8: J += (|D| - J) / 16, in sixteenths. */
        r->jitter16 += apart - ((r->jitter16 + 8) >> 4);
    }
    r->received++;
    if (seq > r->highest)
        r->highest = seq;
}

void reception_sender_report(struct reception *r, uint64_t ntp, instant_us now)
{
    r->lsr = rtcp_ntp_middle(ntp);
    r->lsr_at = now;
}

void reception_report(struct reception *r, uint32_t ssrc, instant_us now, struct rtcp_report *out)
{
    uint64_t expected = (uint64_t)(r->highest - r->first + 1);
    int64_t lost = (int64_t)(expected - r->received);
    int64_t span = (int64_t)(expected - r->expected_before);
    int64_t gone = span - (int64_t)(r->received - r->received_before);
    uint8_t fraction =
        0; /* RFC 3550 section 6.4.1: of the packets since the last report, in 1/256 */
    if (span > 0 && gone > 0)
        fraction = (uint8_t)(gone * 255 / span);
    if (lost > 0x7fffff)
        lost = 0x7fffff;
    if (lost < -0x800000)
        lost = -0x800000;
    *out = (struct rtcp_report){
        .ssrc = ssrc,
        .fraction_lost = fraction,
        .lost = (int32_t)lost,
        /* The unwrapped numbers start one cycle up (proto/seq.h). */
        .highest_seq = (uint32_t)(r->highest - 65536),
        .jitter = r->jitter16 >> 4,
        .lsr = r->lsr,
        .dlsr = r->lsr ? (uint32_t)((uint64_t)(now - r->lsr_at) * 65536 / (uint64_t)US_PER_S) : 0,
    };
    r->expected_before = expected;
    r->received_before = r->received;
}
