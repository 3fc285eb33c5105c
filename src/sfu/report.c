/* RTCP that we send: to publishers what is missing, what is needed and how well it arrives; to
 * receivers how our rewritten streams relate to the publisher's clock, so that lips match voices.
 * knows: when which report is due. knows not: sockets. owns: nothing. */
#include <string.h>

#include "proto/rtcp.h"
#include "sfu/state.h"

enum { COMPOUND_MAX = 1200, SR_ROOM = 72, NACK_ITEMS = 48 };

/* The round trip to a publisher is not measured here; this is what a repair may take at most
 * between two requests on most of the Internet. */
#define REPAIR_RTT_US (100 * US_PER_MS)

/* One compound that is filled, sent when it is full, and filled again. */
struct compound {
    struct sfu *s;
    struct transport *t;
    struct writer w;
    uint8_t bytes[COMPOUND_MAX];
};

static void compound_start(struct compound *c, struct sfu *s, struct transport *t)
{
    c->s = s;
    c->t = t;
    c->w = writer_of(c->bytes, sizeof c->bytes);
}

static void compound_send(struct compound *c)
{
    if (writer_len(&c->w) > 0)
        (void)outbox_put_rtcp(c->s, c->t, writer_span(&c->w));
    c->w = writer_of(c->bytes, sizeof c->bytes);
}

static void compound_room(struct compound *c, size_t need)
{
    if (sizeof c->bytes - writer_len(&c->w) < need)
        compound_send(c);
}

/* --- to publishers ---------------------------------------------------------------------------- */

static uint32_t packets_of(const struct rtcp_nack *item)
{
    uint32_t n = 1;
    for (unsigned mask = item->mask; mask != 0; mask &= mask - 1)
        n++;
    return n;
}

/* How many packets were asked for. */
static uint32_t ask_again(struct compound *c, struct encoding *e, duration_us apart)
{
    struct rtcp_nack items[NACK_ITEMS];
    uint32_t asked = 0;
    uint16_t n = nack_poll(&e->nack, c->s->now, apart, items, NACK_ITEMS);
    if (n > 0) {
        compound_room(c, 12 + 4 * (size_t)n);
        rtcp_write_nack(&c->w, c->t->local_ssrc, e->ssrc, items, n);
        count_add(&c->s->counters, COUNTER_NACK_OUT, n);
    }
    for (uint16_t i = 0; i < n; i++)
        asked += packets_of(&items[i]);
    return asked;
}

static void ask_picture(struct compound *c, struct encoding *e)
{
    if (!keyframe_due(&e->keyframe, c->s->now))
        return;
    compound_room(c, 12);
    rtcp_write_pli(&c->w, c->t->local_ssrc, e->ssrc);
    count_add(&c->s->counters, COUNTER_PLI_OUT, 1);
}

/* True while something is still asked for. */
static bool ask_sound(struct compound *c, const struct track *k, struct encoding *e)
{
    if (k->unheard || k->paused)
        nack_forget(&e->nack);
    c->t->redundancy.asked += ask_again(c, e, NACK_SOUND_APART_US);
    (void)nack_take_loss(&e->nack);
    return e->nack.count > 0;
}

static bool ask_video(struct compound *c, struct encoding *e)
{
    ask_picture(c, e);
    (void)ask_again(c, e, REPAIR_RTT_US);
    if (nack_take_loss(&e->nack))
        keyframe_want(&e->keyframe);
    return e->keyframe.wanted || e->nack.count > 0;
}

void report_soon(struct sfu *s, struct transport *t)
{
    if (list_empty(&t->urgent))
        list_append(&s->urgent, &t->urgent);
}

void report_urgent(struct sfu *s, struct transport *t)
{
    struct compound c;
    bool more = false;
    if (t->state != TRANSPORT_CONNECTED || !t->selected)
        return; /* nothing would leave: the requests keep for when it is back */
    compound_start(&c, s, t);
    LIST_EACH(&t->tracks, node)
    {
        struct track *k = LIST_ENTRY(node, struct track, transport_node);
        for (uint8_t i = 0; i < k->encodings; i++) {
            struct encoding *e = &k->encoding[i];
            if (!e->ssrc)
                continue;
            bool asks = k->kind == IPC_AUDIO ? ask_sound(&c, k, e) : ask_video(&c, e);
            more = more || asks;
        }
    }
    compound_send(&c);
    if (!more)
        list_remove(&t->urgent);
}

/* Each missing number is asked for twice at most, and what is found lost was missing first. */
static void note_sound(struct compound *c, uint64_t packets)
{
    struct redundancy *r = &c->t->redundancy;
    redundancy_count(r, (uint32_t)packets, (r->asked + 1) / 2, c->s->now);
    r->asked = 0;
}

static void receiver_report(struct compound *c)
{
    struct rtcp_report blocks[RTCP_REPORTS_MAX];
    uint8_t n = 0;
    LIST_EACH(&c->t->tracks, node)
    {
        struct track *k = LIST_ENTRY(node, struct track, transport_node);
        for (uint8_t i = 0; i < k->encodings && n < RTCP_REPORTS_MAX; i++) {
            struct encoding *e = &k->encoding[i];
            if (!e->ssrc || !e->reception.started)
                continue;
            uint64_t before = e->reception.expected_before;
            reception_report(&e->reception, e->ssrc, c->s->now, &blocks[n++]);
            if (k->source == IPC_MIC)
                note_sound(c, e->reception.expected_before - before);
        }
    }
    if (n == 0)
        return;
    compound_room(c, 8 + 24 * (size_t)n);
    rtcp_write_rr(&c->w, c->t->local_ssrc, blocks, n);
}

/* --- to receivers ----------------------------------------------------------------------------- */

/* "m7": the camera and microphone of peer 7; "s7": its screen; "v0": the first slot of voices.
 * Streams that share it are played in step. */
static size_t cname_write(char out[12], const struct subscription *u, const struct track *k)
{
    bool screen = k->source == IPC_SCREEN || k->source == IPC_SCREEN_AUDIO;
    uint32_t id = u->slot > 0 ? u->slot - 1u : k->peer->id;
    char digits[10];
    size_t n = 0, len = 0;
    do
        digits[n++] = (char)('0' + id % 10);
    while ((id /= 10) > 0);
    out[len++] = u->slot > 0 ? 'v' : screen ? 's' : 'm';
    while (n > 0)
        out[len++] = digits[--n];
    return len;
}

/* The publisher's report, carried on to now and into the rewritten stream's numbers. */
static void sender_report(struct compound *c, const struct subscription *u)
{
    const struct track *k = subscription_source(c->s, u);
    if (!k || u->paused || k->paused || u->pick.current == PICK_NONE || u->packets == 0)
        return;
    uint8_t encoding = track_encoding(k, u->pick.current);
    const struct encoding *e = &k->encoding[encoding];
    const struct rewrite_segment *g = &u->rewrite.segment[u->rewrite.newest];
    uint8_t newest = u->slot > 0 ? u->turn : encoding;
    if (!e->clock.known || g->encoding != newest)
        return;
    uint64_t passed = (uint64_t)(c->s->now - e->clock_at);
    struct rtcp_sender sender = {
        .ntp = e->clock.ntp + (passed / 1000000 << 32) + ((passed % 1000000 << 32) / 1000000),
        .rtp_ts = e->clock.ts + (uint32_t)(passed * k->rate / 1000000) - g->ts_shift,
        .packets = u->packets,
        .octets = u->octets,
    };
    char cname[12];
    size_t len = cname_write(cname, u, k);
    compound_room(c, SR_ROOM);
    rtcp_write_sr(&c->w, u->ssrc, &sender, NULL, 0);
    rtcp_write_sdes(&c->w, u->ssrc, span_of(cname, len));
}

void report_regular(struct sfu *s, struct transport *t)
{
    struct compound c;
    compound_start(&c, s, t);
    if (t->state != TRANSPORT_CONNECTED)
        return;
    if (s->now >= t->report_at) {
        t->report_at = s->now + US_PER_S;
        receiver_report(&c);
        LIST_EACH(&t->subscriptions, node)
        sender_report(&c, LIST_ENTRY(node, struct subscription, transport_node));
    }
    compound_room(&c, TWCC_PACKET_MAX);
    while (t->twcc && twcc_write(t->twcc, &c.w, s->now))
        compound_room(&c, TWCC_PACKET_MAX);
    compound_send(&c);
}
