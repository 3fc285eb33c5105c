/* What leaves, leaves here: its transport-wide number and time are written into its header, and
 * video beyond the pace waits. Probes are sent from here too.
 * knows: transports, pending packets. knows not: layers, estimates' origin.
 * owns: the places of the queues inside struct sfu. */
#include "sfu/pace.h"

#include "proto/rtpext.h"
#include "sfu/state.h"

enum { SHARES = 16 }; /* one receiver never has more than this part of all places */

/* --- the moment of leaving -------------------------------------------------------------------- */

static uint16_t size_of(const struct pending *n)
{
    return (uint16_t)(n->header_len + n->front_len + n->packet->len - n->skip + SEAL_RTP_OVERHEAD);
}

static enum sent_kind kind_of(const struct sfu *s, const struct pending *n)
{
    return n->packet == &s->padding ? SENT_PADDING : n->rtx ? SENT_RTX : SENT_MEDIA;
}

void pace_stamp(struct sfu *s, struct pending *n)
{
    struct transport *t = n->subscription->transport;
    const struct header_template *h =
        n->rtx ? &n->subscription->rtx_header : &n->subscription->header;
    uint16_t size = size_of(n);
    if (h->twcc != TEMPLATE_NONE)
        rtpext_write_twcc(n->header + h->twcc, sent_put(&t->sent, kind_of(s, n), size, s->now));
    if (!n->rtx || !probe_sending(&t->bwe.probe)) /* a probe goes beyond the pace on purpose */
        pacer_left(&t->pacer, size, s->now);
    probe_sent(&t->bwe.probe, size);
}

/* In a round for many receivers the last one's turn comes milliseconds after the first one's: with
 * the time of the round's start, our own sending would look like a queue on their way. */
void pace_leaves(struct sfu *s, struct pending *n)
{
    struct subscription *u = n->subscription;
    const struct header_template *h = n->rtx ? &u->rtx_header : &u->header;
    if (h->abs_send_time != TEMPLATE_NONE)
        rtpext_write_abs_send_time(n->header + h->abs_send_time, s->now);
    if (h->twcc == TEMPLATE_NONE)
        return;
    const uint8_t *number = n->header + h->twcc;
    sent_left(&u->transport->sent, (uint16_t)(number[0] << 8 | number[1]), s->now);
}

/* --- what waits ------------------------------------------------------------------------------- */

void pace_init(struct sfu *s)
{
    for (uint32_t i = 0; i < s->config.pending; i++)
        s->paced[i].next = i + 2; /* place + 1 of the next free one */
    s->paced[s->config.pending - 1].next = 0;
    s->paced_free = 1;
    list_init(&s->pacing);
    s->pace_at = INSTANT_NEVER;
    s->padding.len = PADDING_BYTES;
    s->padding.payload[PADDING_BYTES - 1] = PADDING_BYTES; /* RFC 3550 section 5.1 */
}

/* In its first second a receiver waits for a picture, and nothing is known yet: its key frame is
 * let through faster than the first guess. */
void pace_set(const struct sfu *s, struct transport *t)
{
    enum { YOUNG_TIMES = 3 };
    const struct bwe *b = &t->bwe;
    /* All that is wanted fits, and nothing spoke of a queue for a while: the estimate is only what
     * was asked of the way, and a key frame need not wait for it. */
    bool calm = b->decreased_at == 0 || s->now - b->decreased_at > PACER_CALM_US;
    if (b->mode == BWE_TWCC && t->enough && calm && t->pacer.count == 0) {
        t->pacer.ns_per_byte = 0;
        return;
    }
    bool young = b->first_sent_at == 0 || s->now - b->first_sent_at < US_PER_S;
    pacer_set(&t->pacer, young ? YOUNG_TIMES * b->rate : b->rate);
}

static void want_pace(struct sfu *s, struct transport *t, instant_us at)
{
    if (list_empty(&t->pacing))
        list_append(&s->pacing, &t->pacing);
    s->pace_at = instant_min(s->pace_at, at);
}

/* At the end. */
static void queue(struct sfu *s, struct pacer *p, uint32_t place)
{
    struct paced *q = &s->paced[place - 1];
    q->next = 0;
    if (p->last)
        s->paced[p->last - 1].next = place;
    else
        p->first = place;
    p->last = place;
    p->count++;
    p->bytes += q->bytes;
}

static void give_place(struct sfu *s, uint32_t place)
{
    s->paced[place - 1].next = s->paced_free;
    s->paced_free = place;
    s->paced_count--;
}

bool pace_burst(struct sfu *s, const struct transport *t, uint32_t packets)
{
    uint32_t all = s->config.pending;
    instant_us from = s->now - US_PER_S / 4;
    if (s->burst_at > from)
        from = s->burst_at;
    instant_us at = from + (instant_us)packets * US_PER_S / all;
    if (at > s->now || s->pending_count + packets > all / 2 || s->paced_count + packets > all / 2 ||
        t->pacer.count + packets > all / SHARES / 4 * 3)
        return false;
    s->burst_at = at;
    return true;
}

struct pending *pace_hold(struct sfu *s, struct subscription *u, const struct packet *p)
{
    struct transport *t = u->transport;
    if (!s->paced_free || t->pacer.count >= s->config.pending / SHARES)
        return NULL;
    uint32_t place = s->paced_free;
    struct paced *q = &s->paced[place - 1];
    s->paced_free = q->next;
    s->paced_count++;
    q->number = p->number;
    q->bytes = p->len;
    q->at = s->now;
    q->subscription = u->self;
    queue(s, &t->pacer, place);
    count_add(&s->counters, COUNTER_PACED, 1);
    pace_set(s, t);
    want_pace(s, t, pacer_deadline(&t->pacer));
    return &q->held;
}

static void drop_first(struct sfu *s, struct transport *t)
{
    uint32_t place = t->pacer.first;
    struct paced *q = &s->paced[place - 1];
    t->pacer.first = q->next;
    if (!t->pacer.first)
        t->pacer.last = 0;
    t->pacer.count--;
    t->pacer.bytes -= q->bytes;
    give_place(s, place);
}

static bool release(struct sfu *s, struct transport *t)
{
    const struct paced *q = &s->paced[t->pacer.first - 1];
    const struct packet *p = packet_get(&s->kept, q->number);
    const struct subscription *u = pool_get(&s->subscriptions, q->subscription);
    if (!p || !u || u->paused || p != q->held.packet) {
        count_drop(&s->counters, SFU_DROP_PACED);
        drop_first(s, t);
        return true;
    }
    struct pending *n = forward_place(s, t);
    if (!n)
        return false;
    *n = q->held;
    n->next = 0;
    pace_stamp(s, n);
    drop_first(s, t);
    return true;
}

bool pace_room(struct sfu *s, struct transport *t)
{
    return s->paced_free || (t->pacer.first && release(s, t));
}

duration_us pace_delay(const struct sfu *s, const struct transport *t)
{
    return t->pacer.first ? s->now - s->paced[t->pacer.first - 1].at : 0;
}

void pace_forget(struct sfu *s, const struct subscription *u)
{
    struct transport *t = u->transport;
    struct pacer *p = &t->pacer;
    uint32_t at = p->first;
    p->first = p->last = p->count = p->bytes = 0;
    while (at) {
        struct paced *q = &s->paced[at - 1];
        uint32_t next = q->next;
        if (pool_get(&s->subscriptions, q->subscription) == u) {
            count_drop(&s->counters, SFU_DROP_CUT);
            give_place(s, at);
        } else {
            queue(s, p, at);
        }
        at = next;
    }
}

void pace_close(struct sfu *s, struct transport *t)
{
    while (t->pacer.first)
        drop_first(s, t);
    list_remove(&t->pacing);
}

/* --- probes ----------------------------------------------------------------------------------- */

static struct subscription *padded(const struct transport *t)
{
    LIST_EACH(&t->subscriptions, node)
    {
        struct subscription *u = LIST_ENTRY(node, struct subscription, transport_node);
        if (u->track && u->track->kind == IPC_VIDEO && !u->paused && u->rtx_ssrc && u->packets > 0)
            return u;
    }
    return NULL;
}

void pace_probe(struct sfu *s, struct transport *t, rate_bps wanted)
{
    if (t->pacer.count > 0 || !t->selected || bwe_queue_is_long(&t->bwe) || !padded(t))
        return;
    if (probe_begin(&t->bwe.probe, t->bwe.rate, wanted, t->sent.next, s->now)) {
        count_add(&s->counters, COUNTER_PROBES, 1);
        want_pace(s, t, s->now);
    }
}

static void pad(struct sfu *s, struct transport *t)
{
    struct subscription *u = padded(t);
    uint32_t due = probe_due(&t->bwe.probe, t->sent.next, s->now);
    for (int i = 0; u && due > 0 && i < PADDING_BURST; i++) {
        uint32_t bytes = repair_pad(s, u);
        due = bytes && bytes < due ? due - bytes : 0;
    }
}

void pace_run(struct sfu *s)
{
    s->pace_at = INSTANT_NEVER;
    LIST_EACH_SAFE(&s->pacing, node, next)
    {
        struct transport *t = LIST_ENTRY(node, struct transport, pacing);
        if (t->state != TRANSPORT_CONNECTED || !t->selected) {
            t->bwe.probe.cluster.open = false; /* else it would last for ever */
            pace_close(s, t);
            continue;
        }
        while (t->pacer.first && pacer_lets(&t->pacer, s->now) && release(s, t))
            continue;
        if (probe_sending(&t->bwe.probe))
            pad(s, t);
        instant_us at = instant_min(pacer_deadline(&t->pacer), probe_deadline(&t->bwe.probe));
        if (at == INSTANT_NEVER)
            list_remove(&t->pacing);
        else
            s->pace_at = instant_min(s->pace_at, at > s->now ? at : s->now + 500);
    }
}
