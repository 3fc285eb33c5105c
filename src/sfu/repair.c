/* Kept packets once more: what a receiver asked for, and what a probe sends beyond the media.
 * knows: the packets that are kept, budgets. knows not: feedback's format, when a probe is due.
 * owns: nothing. */
#include "proto/rtp.h"
#include "sfu/outgoing.h"
#include "sfu/select.h"
#include "sfu/state.h"

/* Of a receiver's credit, what probes leave to repairs. */
enum { PAD_RESERVE = 32 << 10 };

enum { RTP_PADDING_BIT = 0x20 /* RFC 3550 section 5.1, first byte of the header */ };

/* The kept packet with this outgoing number, and the segment that mapped it. */
static const struct packet *sent_before(struct sfu *s, const struct subscription *u, uint16_t seq,
                                        const struct rewrite_segment **g)
{
    int64_t in;
    *g = rewrite_unmap(&u->rewrite, seq, &in);
    const struct track *k = subscription_source(s, u);
    if (!*g || !k || (u->slot > 0 && (*g)->encoding != u->turn)) /* another voice's */
        return NULL;
    uint8_t encoding = u->slot > 0 ? 0 : (*g)->encoding;
    const struct packet *p = outgoing_kept(outgoing_ring(s, k), &k->encoding[encoding], in);
    return p && p->encoding == encoding ? p : NULL;
}

/* RFC 4588: the kept packet once more, on the RTX stream, its old number in front. */
static struct pending *repeat(struct sfu *s, struct subscription *u, const struct packet *p,
                              uint16_t seq, const struct rewrite_segment *g)
{
    struct pending *n = forward_place(s, u->transport);
    if (!n)
        return NULL;
    n->packet = p;
    n->subscription = u;
    n->rtx = true;
    n->skip = 0;
    outgoing_put16(n->front, seq);
    n->front_len = 2;
    struct outgoing_numbers v = {u->rtx_seq++, rewrite_ts(g, p->ts), select_ends_picture(u, p),
                                 g->frame_shift};
    outgoing_header(n, &u->rtx_header, &v);
    if (p->has_vp8)
        (void)outgoing_picture(n, g);
    pace_stamp(s, n);
    return n;
}

/* Of video; sound goes first, within its credit. */
static enum sfu_drop repair_waits(struct sfu *s, struct subscription *u, const struct packet *p,
                                  const struct rewrite_segment *g)
{
    if ((int)g->encoding > u->pick.ceiling && (int)g->encoding > u->pick.target)
        return SFU_DROP_RTX_LAYER; /* it would fill the queue that its successor must pass */
    if (!pacer_repairs(&u->transport->pacer, s->now))
        return SFU_DROP_RTX_PACE;
    pacer_repaired(&u->transport->pacer, p->len + OUTGOING_COST, s->now);
    return SFU_DROP_NONE;
}

enum sfu_drop repair_again(struct sfu *s, struct subscription *u, uint16_t seq)
{
    const struct rewrite_segment *g;
    const struct packet *p = sent_before(s, u, seq, &g);
    if (!p || u->paused || !u->rtx_ssrc || !u->transport->selected)
        return SFU_DROP_RTX_GONE;
    if (!DEFENCE(12, u->rtx_bytes >= p->len + OUTGOING_COST))
        return SFU_DROP_RTX_BUDGET;
    enum sfu_drop drop = subscription_is_sound(u) ? SFU_DROP_NONE : repair_waits(s, u, p, g);
    if (drop)
        return drop;
    if (!repeat(s, u, p, seq, g))
        return SFU_DROP_FULL;
    u->rtx_bytes -= p->len + OUTGOING_COST;
    count_add(&s->counters, COUNTER_RTX_OUT, 1);
    return SFU_DROP_NONE;
}

/* The last packets again, one after the other, where they are large enough to be worth it and the
 * budget of repairs is not short: they may even repair something. Otherwise padding only, which the
 * receiver drops; the primary stream's numbers stay as they are. */
uint32_t repair_pad(struct sfu *s, struct subscription *u)
{
    enum { BACK = 32 };
    const struct rewrite_segment *g;
    uint16_t seq = (uint16_t)(u->rewrite.out_highest - u->pad_back);
    const struct packet *p = sent_before(s, u, seq, &g);
    u->pad_back = (uint8_t)((u->pad_back + 1) % BACK);
    struct pending *n = NULL;
    if (p && p->len > PADDING_BYTES && u->rtx_bytes > PAD_RESERVE) {
        n = repeat(s, u, p, seq, g);
        u->rtx_bytes -= n ? p->len + OUTGOING_COST : 0;
    } else if ((n = forward_place(s, u->transport))) {
        n->packet = &s->padding;
        n->subscription = u;
        n->rtx = true;
        n->skip = n->front_len = 0;
        outgoing_header(n, &u->rtx_header,
                        &(struct outgoing_numbers){u->rtx_seq++, u->rewrite.ts, false, 0});
        n->header[0] |= RTP_PADDING_BIT;
        pace_stamp(s, n);
    }
    if (!n)
        return 0;
    count_add(&s->counters, COUNTER_PROBE_OUT, 1);
    return (uint32_t)n->header_len + n->packet->len + SEAL_RTP_OVERHEAD;
}
