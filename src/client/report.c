/* RTCP both ways: reports each second, requests when they are due, and what the server asks of us.
 */
#include "base/bug.h"
#include "client/state.h"

enum { REPORT_BLOCK = 24, REPORT_HEAD = 32, NACK_ITEMS = 16, NACK_BYTES = 12 + 4 * NACK_ITEMS };

/* ---- in ---- */

static void take_sender(struct client *c, const struct rtcp_item *item, instant_us now)
{
    struct stream_in *s = receive_find(c, item->sender_ssrc);
    if (!s)
        return;
    s->lsr = rtcp_ntp_middle(item->sender.ntp);
    s->sr_ntp = item->sender.ntp;
    s->sr_rtp_ts = item->sender.rtp_ts;
    s->sr_at = now;
}

static void take_blocks(struct client *c, const struct rtcp_item *item)
{
    for (uint8_t i = 0; i < item->reports; i++) {
        struct rtcp_report r = rtcp_report_at(item, i);
        bool rtx = false;
        struct encoding_out *e = send_find(c, r.ssrc, &rtx);
        if (e && rtx)
            e->rtx_known = true;
        else if (e)
            e->known = true;
    }
}

static void want(struct client *c, uint32_t ssrc)
{
    bool rtx = false;
    struct encoding_out *e = send_find(c, ssrc, &rtx);
    if (!e || rtx)
        return;
    e->known = true;
    e->wants_keyframe = true;
    c->stats.keyframes_wanted++;
}

static void take_item(struct client *c, const struct rtcp_item *item, instant_us now,
                      struct client_out *out)
{
    uint8_t command;
    switch (item->kind) {
    case RTCP_SR:
        take_sender(c, item, now);
        take_blocks(c, item);
        break;
    case RTCP_RR:
        take_blocks(c, item);
        break;
    case RTCP_NACK:
        c->stats.nacked += item->nacks;
        for (uint16_t i = 0; i < item->nacks; i++)
            send_resend(c, item->media_ssrc, rtcp_nack_at(item, i), now, out);
        break;
    case RTCP_PLI:
        want(c, item->media_ssrc);
        break;
    case RTCP_FIR:
        for (uint8_t i = 0; i < item->firs; i++)
            want(c, rtcp_fir_at(item, i, &command));
        break;
    case RTCP_TWCC:
        c->stats.feedback_in++;
        if (c->rate && rate_feedback(c->rate, &item->twcc, now))
            c->tell_rate = true;
        break;
    case RTCP_SDES:
    case RTCP_BYE:
    case RTCP_REMB:
    case RTCP_OTHER:
        break;
    }
}

void report_take(struct client *c, const struct client_datagram *d, instant_us now,
                 struct client_out *out)
{
    struct rtcp_walk walk;
    struct rtcp_item item;
    size_t len = d->len;
    if (c->state != CLIENT_OPEN || seal_unseal_rtcp(&c->seal, d->bytes, &len) != ERR_OK) {
        c->stats.refused++;
        return;
    }
    rtcp_walk_init(&walk, span_of(d->bytes, len));
    while (rtcp_next(&walk, &item))
        take_item(c, &item, now, out);
    c->stats.refused += walk.result == ERR_OK ? 0 : 1;
}

/* ---- out ---- */

/* A compound that is being written. */
struct compound {
    uint8_t bytes[CLIENT_COMPOUND_MAX];
    struct writer w;
};

static void begin(struct compound *k)
{
    k->w = writer_of(k->bytes, sizeof k->bytes);
}

static void finish(struct client *c, struct compound *k, struct client_out *out)
{
    struct span clear = writer_span(&k->w);
    BUG_IF(!writer_ok(&k->w));
    begin(k);
    if (clear.len == 0)
        return;
    struct seal_out sealed = {.buf = client_out_room(out, CLIENT_DATAGRAM_MAX),
                              .cap = CLIENT_DATAGRAM_MAX};
    if (sealed.buf && seal_rtcp(&c->seal, clear, &sealed) == ERR_OK)
        client_out_add(out, sealed.len);
}

/* Makes room for a packet of that size. */
static void need(struct client *c, struct compound *k, size_t len, struct client_out *out)
{
    if (writer_len(&k->w) + len > sizeof k->bytes)
        finish(c, k, out);
}

static uint32_t rtp_now(const struct track_out *t, const struct encoding_out *e, instant_us now)
{
    int64_t rate = t->as.kind == IPC_AUDIO ? CLIENT_AUDIO_RATE : CLIENT_VIDEO_RATE;
    return e->last_ts + (uint32_t)((now - e->last_at) * rate / US_PER_S);
}

static void write_senders(struct client *c, struct compound *k, instant_us now,
                          struct client_out *out)
{
    for (int i = 0; i < c->config.tracks; i++) {
        const struct track_out *t = &c->tracks[i];
        for (int n = 0; t->used && n < t->as.encodings; n++) {
            const struct encoding_out *e = &t->encoding[n];
            struct rtcp_sender s = {.ntp = rtcp_ntp(now + c->config.unix_us),
                                    .rtp_ts = rtp_now(t, e, now),
                                    .packets = e->packets,
                                    .octets = e->octets};
            if (e->packets == 0)
                continue;
            need(c, k, 64, out);
            (void)rtcp_write_sr(&k->w, t->as.encoding[n].ssrc, &s, NULL, 0);
            (void)rtcp_write_sdes(&k->w, t->as.encoding[n].ssrc, span_str(t->as.cname));
        }
    }
}

static struct rtcp_report block_of(struct stream_in *s, instant_us now)
{
    uint64_t expected = s->stats.expected - s->reported_expected;
    uint64_t came = s->stats.packets - s->reported_packets;
    uint64_t lost = expected > came ? expected - came : 0;
    struct rtcp_report r = {.ssrc = s->as.ssrc,
                            .lost = (int32_t)(s->stats.expected - s->stats.packets),
                            .highest_seq = (uint32_t)(s->unwrap.highest - 65536),
                            .jitter = s->jitter16 >> 4,
                            .lsr = s->lsr};
    if (expected > 0)
        r.fraction_lost = (uint8_t)(lost * 255 / expected);
    if (s->sr_at != 0)
        r.dlsr = (uint32_t)((now - s->sr_at) * 65536 / US_PER_S);
    s->reported_expected = s->stats.expected;
    s->reported_packets = s->stats.packets;
    return r;
}

static void write_receivers(struct client *c, struct compound *k, instant_us now,
                            struct client_out *out)
{
    struct rtcp_report blocks[RTCP_REPORTS_MAX];
    uint8_t count = 0;
    for (int i = 0; i < c->config.streams; i++) {
        struct stream_in *s = &c->streams[i];
        if (!s->used || s->stats.packets == 0)
            continue;
        blocks[count++] = block_of(s, now);
        if (count < RTCP_REPORTS_MAX)
            continue;
        need(c, k, REPORT_HEAD + (size_t)count * REPORT_BLOCK, out);
        (void)rtcp_write_rr(&k->w, c->local_ssrc, blocks, count);
        count = 0;
    }
    if (count == 0)
        return;
    need(c, k, REPORT_HEAD + (size_t)count * REPORT_BLOCK, out);
    (void)rtcp_write_rr(&k->w, c->local_ssrc, blocks, count);
}

static void ask_keyframe(struct client *c, struct stream_in *s, struct compound *k,
                         struct client_out *out)
{
    need(c, k, 16, out);
    (void)rtcp_write_pli(&k->w, c->local_ssrc, s->as.ssrc);
    s->keyframe_asked_at = c->now;
    c->stats.keyframe_requests++;
}

/* What is missing is asked for; what is given up costs the picture: a key frame mends it. */
static void repair(struct client *c, struct stream_in *s, struct compound *k,
                   struct client_out *out)
{
    struct rtcp_nack items[NACK_ITEMS];
    bool sound = s->as.kind == IPC_AUDIO;
    duration_us rtt = sound ? NACK_SOUND_APART_US : c->agent.round_trip_us;
    uint16_t count = 0;
    if (s->as.rtx_ssrc != 0)
        count = nack_poll(s->nack, c->now, rtt, items, NACK_ITEMS);
    if (count > 0) {
        need(c, k, NACK_BYTES, out);
        (void)rtcp_write_nack(&k->w, c->local_ssrc, s->as.ssrc, items, count);
        c->stats.nacks++;
    }
    if (nack_take_loss(s->nack) && s->frames)
        assemble_give_up(s->frames);
    if (s->frames && assemble_take_loss(s->frames))
        s->wants_keyframe = s->as.kind == IPC_VIDEO;
    if (s->wants_keyframe && c->now - s->keyframe_asked_at >= CLIENT_KEYFRAME_AGAIN_US)
        ask_keyframe(c, s, k, out);
}

static instant_us repair_deadline(const struct client *c)
{
    instant_us at = INSTANT_NEVER;
    for (int i = 0; i < c->config.streams; i++) {
        const struct stream_in *s = &c->streams[i];
        if (!s->used || !s->nack)
            continue;
        at = instant_min(at, s->as.rtx_ssrc != 0 ? nack_deadline(s->nack) : INSTANT_NEVER);
        if (s->wants_keyframe)
            at = instant_min(at, s->keyframe_asked_at + CLIENT_KEYFRAME_AGAIN_US);
    }
    return at;
}

static void write_repairs(struct client *c, struct compound *k, struct client_out *out)
{
    for (int i = 0; i < c->config.streams; i++)
        if (c->streams[i].used && c->streams[i].nack)
            repair(c, &c->streams[i], k, out);
    c->repair_at = repair_deadline(c);
}

static void write_feedback(struct client *c, struct compound *k, struct client_out *out)
{
    while (c->now >= twcc_deadline(c->twcc)) {
        need(c, k, TWCC_PACKET_MAX, out);
        if (!twcc_write(c->twcc, &k->w, c->now))
            return;
        c->stats.feedback_out++;
    }
}

void report_write(struct client *c, instant_us now, struct client_out *out)
{
    struct compound k;
    if (c->state != CLIENT_OPEN || now < report_deadline(c))
        return;
    begin(&k);
    if (now >= c->report_at) {
        write_senders(c, &k, now, out);
        write_receivers(c, &k, now, out);
        c->report_at = now + CLIENT_REPORT_US;
    }
    if (c->twcc)
        write_feedback(c, &k, out);
    if (c->config.repair && now >= c->repair_at)
        write_repairs(c, &k, out);
    finish(c, &k, out);
}

void report_goodbye(struct client *c, instant_us now, struct client_out *out)
{
    struct compound k;
    (void)now;
    begin(&k);
    for (int i = 0; i < c->config.tracks; i++) {
        const struct track_out *t = &c->tracks[i];
        for (int n = 0; t->used && n < t->as.encodings; n++) {
            need(c, &k, 8, out);
            (void)rtcp_write_bye(&k.w, t->as.encoding[n].ssrc);
        }
    }
    finish(c, &k, out);
}

instant_us report_deadline(const struct client *c)
{
    instant_us at = instant_min(c->report_at, c->repair_at);
    return c->twcc ? instant_min(at, twcc_deadline(c->twcc)) : at;
}

void client_want_keyframe(struct client *c, int stream, instant_us now, struct client_out *out)
{
    struct compound k;
    if (c->state != CLIENT_OPEN || stream < 0 || stream >= c->config.streams)
        return;
    struct stream_in *s = &c->streams[stream];
    if (!s->used || s->as.kind != IPC_VIDEO)
        return;
    c->now = now;
    s->wants_keyframe = s->nack != NULL; /* asked again until one comes */
    if (s->keyframe_asked_at != 0 && now - s->keyframe_asked_at < CLIENT_KEYFRAME_AGAIN_US)
        return;
    begin(&k);
    ask_keyframe(c, s, &k, out);
    finish(c, &k, out);
    c->repair_at = repair_deadline(c);
}
