/* RTCP that came from a peer: as a publisher it reports about what it sends, as a receiver about
 * what it gets. Only streams of this very transport are touched (attacks A09, A12). knows: what
 * each packet asks for. knows not: wire formats. owns: nothing. */
#include "proto/rtcp.h"
#include "sfu/state.h"

static void sender_report(struct sfu *s, struct transport *t, const struct rtcp_item *item)
{
    int bound = transport_find_ssrc(t, item->sender_ssrc);
    if (bound < 0 || t->binding[bound].rtx)
        return;
    struct encoding *e = &t->binding[bound].track->encoding[t->binding[bound].encoding];
    e->clock = (struct rewrite_clock){true, item->sender.ntp, item->sender.rtp_ts};
    e->clock_at = s->now;
    reception_sender_report(&e->reception, item->sender.ntp, s->now);
}

static void receiver_reports(struct sfu *s, struct transport *t, const struct rtcp_item *item)
{
    uint8_t worst = 0;
    bool found = false;
    for (uint8_t i = 0; i < item->reports; i++) {
        struct rtcp_report r = rtcp_report_at(item, i);
        struct subscription *u = subscription_by_ssrc(s, t, r.ssrc);
        if (!u || u->ssrc != r.ssrc || !u->track || u->track->kind != IPC_VIDEO)
            continue;
        worst = r.fraction_lost > worst ? r.fraction_lost : worst;
        found = true;
    }
    if (found)
        bwe_report(&t->bwe, worst, t->used_bps, s->now);
}

/* A receiver's word on what reached it. What it says of packets that were never sent, or a second
 * time, changes nothing and is counted (attack A12). */
static void transport_feedback(struct sfu *s, struct transport *t, const struct rtcp_twcc *fb)
{
    /* A walk over statuses takes time; a compound may hold 32 of them. A way of 100 Mb/s has 10,000
     * packets a second to report. */
    enum { STATUS_US = 25, PACKET_STATUSES = 64 };
    duration_us cost = (duration_us)(fb->count + PACKET_STATUSES) * STATUS_US;
    if (!police_pay(&t->told_until, cost, US_PER_S, s->now)) {
        count_add(&s->counters, COUNTER_TWCC_CLAMPED, 1);
        return;
    }
    bool back = share_silent(s, t);
    struct bwe_result r = bwe_twcc(&t->bwe, &t->sent, fb, s->now);
    redundancy_count(&t->redundancy, r.arrived + r.missing, r.missing, s->now);
    count_add(&s->counters, COUNTER_TWCC_IN, 1);
    count_add(&s->counters, COUNTER_TWCC_UNKNOWN, r.unknown);
    count_add(&s->counters, COUNTER_TWCC_REPEATED, r.repeated);
    count_add(&s->counters, COUNTER_TWCC_CLAMPED, r.clamped);
    if (back) {
        t->fresh_until = s->now + SHARE_FRESH_US;
        probe_hurry(&t->bwe.probe, s->now);
    }
    share_lowered(s, t);
}

/* Where chance takes many packets it would take the repair as well: it is sent twice, or three
 * times; where it takes a third of them three would be more than there is room for. */
static void again(struct sfu *s, struct subscription *u, uint16_t seq)
{
    double chance = u->transport->bwe.loss.usual;
    int copies = chance < 0.04 ? 1 : chance < 0.08 || chance > 0.2 ? 2 : 3;
    for (int i = 0; i < copies; i++) {
        enum sfu_drop drop = repair_again(s, u, seq);
        if (drop) {
            count_drop(&s->counters, drop);
            return;
        }
    }
}

/* Looking for a kept packet takes time, found or not: 40,000 a second, a second's worth at once. A
 * way of 100 Mb/s that loses a third has 3,300. */
static void nacked(struct sfu *s, struct transport *t, const struct rtcp_item *item)
{
    enum { LOOKUP_US = 25 };
    struct subscription *u = subscription_by_ssrc(s, t, item->media_ssrc);
    if (!u || u->ssrc != item->media_ssrc)
        return;
    for (uint16_t i = 0; i < item->nacks; i++) {
        struct rtcp_nack n = rtcp_nack_at(item, i);
        for (unsigned bit = 0; bit < 17; bit++) {
            if (bit > 0 && !(n.mask >> (bit - 1) & 1))
                continue;
            count_add(&s->counters, COUNTER_NACK_IN, 1);
            if (police_pay(&t->asked_until, LOOKUP_US, US_PER_S, s->now))
                again(s, u, (uint16_t)(n.seq + bit));
            else
                count_drop(&s->counters, SFU_DROP_RTX_RATE);
        }
    }
}

static void picture_lost(struct sfu *s, struct transport *t, uint32_t media_ssrc)
{
    struct subscription *u = subscription_by_ssrc(s, t, media_ssrc);
    if (!u || u->ssrc != media_ssrc)
        return;
    count_add(&s->counters, COUNTER_PLI_IN, 1);
    subscription_want_keyframe(s, u);
}

/* Reading a compound is paid for like looking up a packet: 4,000 a second. Who asks for repairs of
 * 25 videos every 20 ms, each in a compound of its own, needs less than a third of it. */
enum sfu_drop feedback_input(struct sfu *s, struct transport *t, struct span compound)
{
    enum { COMPOUND_US = 250 };
    struct rtcp_walk walk;
    struct rtcp_item item;
    if (!police_pay(&t->asked_until, COMPOUND_US, US_PER_S, s->now))
        return SFU_DROP_RTCP_RATE;
    rtcp_walk_init(&walk, compound);
    while (rtcp_next(&walk, &item)) {
        switch (item.kind) {
        case RTCP_SR:
            sender_report(s, t, &item);
            receiver_reports(s, t, &item);
            break;
        case RTCP_RR:
            receiver_reports(s, t, &item);
            break;
        case RTCP_NACK:
            nacked(s, t, &item);
            break;
        case RTCP_PLI:
            picture_lost(s, t, item.media_ssrc);
            break;
        case RTCP_FIR: {
            uint8_t command;
            for (uint8_t i = 0; i < item.firs; i++)
                picture_lost(s, t, rtcp_fir_at(&item, i, &command));
            break;
        }
        case RTCP_TWCC:
            transport_feedback(s, t, &item.twcc);
            break;
        case RTCP_REMB:
            bwe_remb(&t->bwe, item.remb_bps, s->now);
            break;
        case RTCP_SDES:
        case RTCP_BYE: /* the end of a track comes by signalling, which knows who says it */
        case RTCP_OTHER:
            break;
        }
    }
    return walk.result == ERR_OK ? SFU_DROP_NONE : SFU_DROP_RTCP_FORM;
}
