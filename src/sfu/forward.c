/* THE hot path: a datagram comes in, its packet goes out to every listener.
 * Budget on one core of the reference machine: 1 us for a packet that arrives (open, admit, keep),
 * 60 ns for each listener's append, 400 ns for each seal; the send is the shell's.
 * knows: packets, tracks, subscriptions. knows not: sockets, front, layer policy (pick.h), how a
 * stream is renumbered (rewrite.h). owns: nothing. No allocation, no log, no lock: an outcome is a
 * drop reason from drop.def, counted once by forward_datagram; a drop is a result, not an error. */
#include <string.h>

#include "proto/demux.h"
#include "proto/rtcp.h"
#include "proto/rtp.h"
#include "proto/rtpext.h"
#include "sfu/layer_read.h"
#include "sfu/outgoing.h"
#include "sfu/select.h"
#include "sfu/state.h"
#include "sfu/tap.h"

/* Bytes that a receiver may have sent again at once; more comes with what is sent (attack A12). */
enum { RTX_CREDIT_MAX = 256 << 10 };
enum { SOUND_CREDIT_MAX = 12 << 10 }; /* the same of sound, whose repairs pass every queue */

/* What the stages learn about one packet on its way down. */
struct arrival {
    struct sfu_datagram *datagram;
    struct path *path;
    struct transport *transport;
    struct binding *binding;
    struct seal_stream unbound; /* state of an SSRC that is not admitted yet */
    struct rtp_packet rtp;
    struct rtpext_set ext;
    struct packet *packet;
};

/* The stages, in order. */
static enum sfu_drop find_peer(struct sfu *s, struct arrival *a);
static enum sfu_drop open_packet(struct arrival *a); /* unseals, and refuses replays */
static enum sfu_drop read_header(struct sfu *s, struct arrival *a);
static enum sfu_drop admit(struct sfu *s, struct arrival *a);
static enum sfu_drop unwrap_rtx(struct sfu *s, struct arrival *a);
static enum sfu_drop keep(struct sfu *s, struct arrival *a);
static void fan_out_voice(struct sfu *s, struct track *k, const struct packet *p,
                          const struct list *slots);
static uint8_t write_dependency(struct pending *n, uint8_t at, uint16_t shift);
static enum sfu_drop append(struct sfu *s, struct subscription *u, const struct packet *p);
static void seal_pending(struct sfu *s, struct transport *t, struct slab *out);
/* Beside the path of media: */
static enum sfu_drop receive_rtcp(struct sfu *s, struct arrival *a);

enum sfu_drop forward_datagram(struct sfu *s, struct sfu_datagram *d)
{
    struct arrival a = {.datagram = d};
    enum sfu_drop drop;
    enum demux kind = demux_classify(span_of(d->bytes, d->len));
    if (kind == DEMUX_OTHER)
        return d->len < 2 ? SFU_DROP_EMPTY : SFU_DROP_UNKNOWN;
    if (kind == DEMUX_STUN)
        return gate_stun(s, d, pool_get(&s->paths, d->path));
    if ((drop = find_peer(s, &a)))
        return drop;
    if (kind == DEMUX_DTLS)
        return gate_dtls(s, d, a.path);
    if (a.transport->state == TRANSPORT_NEW || a.transport->state == TRANSPORT_CLOSED)
        return SFU_DROP_NO_KEYS;
    if (kind == DEMUX_RTCP)
        return receive_rtcp(s, &a);
    if ((drop = open_packet(&a)))
        return drop;
    if ((drop = read_header(s, &a)))
        return drop;
    if ((drop = admit(s, &a)))
        return drop;
    if ((drop = unwrap_rtx(s, &a)))
        return drop;
    if ((drop = keep(s, &a)))
        return drop;
    return forward_fan_out(s, a.binding->track, a.packet);
}

/* --- one packet that arrives ------------------------------------------------------------------ */

static enum sfu_drop find_peer(struct sfu *s, struct arrival *a)
{
    enum sfu_drop why = SFU_DROP_NONE;
    a->path = gate_path(s, a->datagram, &why);
    if (!a->path)
        return why;
    a->transport = a->path->transport;
    return SFU_DROP_NONE;
}

static enum sfu_drop open_result(enum err e)
{
    if (e == ERR_OK)
        return SFU_DROP_NONE;
    return e == ERR_REPLAY ? SFU_DROP_REPLAY : e == ERR_SHORT ? SFU_DROP_RTP_FORM : SFU_DROP_AUTH;
}

static enum sfu_drop open_packet(struct arrival *a)
{
    struct sfu_datagram *d = a->datagram;
    struct transport *t = a->transport;
    if (rtp_parse(&a->rtp, span_of(d->bytes, d->len), RTP_SEALED) != ERR_OK)
        return SFU_DROP_RTP_FORM;
    int bound = transport_find_ssrc(t, a->rtp.ssrc);
    a->binding = bound >= 0 ? &t->binding[bound] : NULL;
    struct seal_stream *stream = a->binding ? &a->binding->stream : &a->unbound;
    size_t len = d->len;
    enum err e = seal_unseal_rtp(&t->seal, stream, d->bytes, &len, a->rtp.header_len);
    d->len = (uint32_t)len;
    return open_result(e);
}

static void note_feedback(struct sfu *s, struct transport *t, uint16_t number)
{
    if (!t->twcc)
        return;
    twcc_record(t->twcc, number, s->now);
    s->feedback_at = instant_min(s->feedback_at, twcc_deadline(t->twcc));
}

static enum sfu_drop read_header(struct sfu *s, struct arrival *a)
{
    struct sfu_datagram *d = a->datagram;
    if (rtp_parse(&a->rtp, span_of(d->bytes, d->len), RTP_OPENED) != ERR_OK ||
        rtpext_parse(&a->ext, &a->rtp) != ERR_OK)
        return SFU_DROP_RTP_FORM;
    uint16_t twcc;
    if (rtpext_twcc(rtpext_get(&a->ext, a->transport->ext[IPC_EXT_TWCC]), &twcc))
        note_feedback(s, a->transport, twcc);
    return SFU_DROP_NONE;
}

static bool text_equal(const char *text, struct span value)
{
    return value.ptr && span_equal(span_str(text), value);
}

/* The encoding that an unknown SSRC says it is, through MID and RID (or repaired RID), among the
 * tracks of the transport that it arrived on: never among another's (attack A09). */
static bool announced(const struct arrival *a, struct binding_request *out)
{
    const struct transport *t = a->transport;
    struct span mid = rtpext_get(&a->ext, t->ext[IPC_EXT_MID]);
    struct span rid = rtpext_get(&a->ext, t->ext[IPC_EXT_RID]);
    struct span rrid = rtpext_get(&a->ext, t->ext[IPC_EXT_RRID]);
    LIST_EACH(&t->tracks, node)
    {
        struct track *k = LIST_ENTRY(node, struct track, transport_node);
        if (!text_equal(k->mid, mid))
            continue;
        bool rtx = rrid.ptr || (k->rtx_pt && a->rtp.pt == k->rtx_pt);
        struct span name = rrid.ptr ? rrid : rid;
        for (uint8_t i = 0; i < k->encodings; i++) {
            const struct encoding *e = &k->encoding[i];
            if ((rtx ? e->rtx_ssrc : e->ssrc) != 0)
                continue;
            if (name.ptr ? text_equal(e->rid, name) : k->encodings == 1) {
                *out = (struct binding_request){k, a->rtp.ssrc, i, rtx};
                return true;
            }
        }
    }
    return false;
}

static enum sfu_drop learn(struct sfu *s, struct arrival *a)
{
    struct binding_request r;
    int index;
    if (!announced(a, &r))
        return SFU_DROP_SSRC;
    enum err e = transport_bind(s, a->transport, &r, &index);
    if (e != ERR_OK)
        return e == ERR_LIMIT ? SFU_DROP_SSRC_LIMIT : SFU_DROP_SSRC_TAKEN;
    a->binding = &a->transport->binding[index];
    a->binding->stream = a->unbound;
    return SFU_DROP_NONE;
}

static enum sfu_drop police(const struct sfu *s, const struct arrival *a)
{
    struct track *k = a->binding->track;
    bool audio = k->kind == IPC_AUDIO;
    struct police *p = audio ? &k->police : &a->transport->peer->video;
    const struct police_rule *r = audio ? &police_audio : &police_video;
    return DEFENCE(16, police_pass(p, r, a->datagram->len, s->now)) ? SFU_DROP_NONE
                                                                    : SFU_DROP_POLICED;
}

static enum sfu_drop admit(struct sfu *s, struct arrival *a)
{
    if (!a->binding) {
        enum sfu_drop drop = learn(s, a);
        if (drop)
            return drop;
    }
    const struct track *k = a->binding->track;
    struct span mid = rtpext_get(&a->ext, k->ext[IPC_EXT_MID]);
    if (mid.ptr && !DEFENCE(9, text_equal(k->mid, mid)))
        return SFU_DROP_MID;
    if (a->rtp.pt != (a->binding->rtx ? k->rtx_pt : k->pt))
        return SFU_DROP_PAYLOAD_TYPE;
    return k->paused ? SFU_DROP_PAUSED : police(s, a);
}

/* RFC 4588 section 4: the first two bytes are the original sequence number. */
static enum sfu_drop unwrap_rtx(struct sfu *s, struct arrival *a)
{
    if (!a->binding->rtx)
        return SFU_DROP_NONE;
    if (a->rtp.payload.len <= 2)
        return SFU_DROP_PADDING; /* a probe for bandwidth */
    const uint8_t *p = a->rtp.payload.ptr;
    a->rtp.seq = (uint16_t)(p[0] << 8 | p[1]);
    a->rtp.payload = span_of(p + 2, a->rtp.payload.len - 2);
    count_add(&s->counters, COUNTER_RTX_IN, 1);
    return SFU_DROP_NONE;
}

/* Notes the gap or the repair, and refuses what was here before. */
static enum sfu_drop note_number(struct sfu *s, struct arrival *a, struct encoding *e, int64_t *seq)
{
    const struct track *k = a->binding->track;
    enum nack_result r = nack_input(&e->nack, a->rtp.seq, s->now, 10 * US_PER_MS);
    int64_t highest = e->nack.unwrap.highest;
    *seq = highest + (int16_t)(uint16_t)(a->rtp.seq - (uint16_t)highest);
    const struct packet *old =
        packet_get(outgoing_ring(s, k), e->history[*seq % LIMIT_RTX_HISTORY]);
    if (r == NACK_OLD && (a->binding->rtx || (old && old->seq == *seq)))
        return SFU_DROP_DUPLICATE;
    if (e->nack.count > 0)
        report_soon(s, a->transport);
    if (nack_take_loss(&e->nack))
        track_want_keyframe(s, a->binding->track, a->binding->encoding);
    return SFU_DROP_NONE;
}

static void read_level(const struct arrival *a, struct track *k, struct packet *p)
{
    struct span value = rtpext_get(&a->ext, k->ext[IPC_EXT_AUDIO_LEVEL]);
    if (!rtpext_audio_level(value, &p->level, &p->voice))
        p->level = 127, p->voice = false;
    if (p->level < k->loudest)
        k->loudest = p->level;
}

static enum sfu_drop read_video(const struct arrival *a, struct track *k, struct packet *p)
{
    struct span turn = rtpext_get(&a->ext, k->ext[IPC_EXT_ORIENTATION]);
    if (turn.len == 1)
        k->orientation = turn.ptr[0];
    struct span dependency = rtpext_get(&a->ext, k->ext[IPC_EXT_DEPENDENCY]);
    return layer_read(p, k, a->rtp.payload, dependency) ? SFU_DROP_NONE : SFU_DROP_CODEC;
}

void forward_note_frame(struct sfu *s, struct encoding *e, bool ends)
{
    bool begun = e->unfinished_in == s->round;
    if (begun == !ends)
        return;
    e->unfinished_in = ends ? 0 : s->round;
    s->unfinished += ends ? UINT32_MAX : 1;
}

/* Copies the opened payload to where all listeners share it: the one copy of its life. */
static enum sfu_drop keep(struct sfu *s, struct arrival *a)
{
    struct track *k = a->binding->track;
    struct encoding *e = &k->encoding[a->binding->encoding];
    bool video = k->kind == IPC_VIDEO;
    int64_t seq = 0;
    if (a->rtp.payload.len > LIMIT_RTP_PACKET - RTP_HEADER_LEN)
        return SFU_DROP_RTP_FORM;
    enum sfu_drop drop = note_number(s, a, e, &seq);
    if (drop)
        return drop;
    meter_add(&e->meter, a->datagram->len, METER_SECOND, s->now);
    if (!a->binding->rtx)
        reception_packet(&e->reception, seq, a->rtp.ts, k->rate, s->now);
    struct packet *p = packet_take(video ? &s->kept : &s->fleeting);
    p->seq = seq;
    p->ts = a->rtp.ts;
    p->marker = a->rtp.marker;
    p->len = (uint16_t)a->rtp.payload.len;
    p->encoding = a->binding->encoding;
    p->has_vp8 = false;
    p->described = 0;
    if (!video)
        read_level(a, k, p);
    else if ((drop = read_video(a, k, p)))
        return drop;
    if (video)
        track_note_temporal(e, p->tag.temporal, p->len);
    if (video && !a->binding->rtx)
        forward_note_frame(s, e, p->marker);
    memcpy(p->payload, a->rtp.payload.ptr, p->len);
    sfu_tap(p->payload, p->len);
    e->history[seq % LIMIT_RTX_HISTORY] = p->number;
    track_heard(s, k, p->encoding, s->now);
    if (video && p->tag.key) /* also what was asked for just now, as it is heard again */
        keyframe_came(&e->keyframe);
    if (video) /* after those who start now got what was before it: see forward_burst */
        gop_input(&e->gop, seq, p->tag.key, p->len, s->now);
    count_add(&s->counters, COUNTER_RTP_IN, 1);
    a->packet = p;
    return SFU_DROP_NONE;
}

/* --- for each listener ------------------------------------------------------------------------ */

enum sfu_drop forward_fan_out(struct sfu *s, struct track *k, struct packet *p)
{
    struct list *slots;
    if (!voice_admit(s, k, p, &slots)) {
        k->encoding->history[p->seq % LIMIT_RTX_HISTORY] = 0;
        packet_untake(&s->fleeting, p);
        return SFU_DROP_UNHEARD;
    }
    if (k->room->spread && mirror_packet(s, k, p))
        return SFU_DROP_NONE; /* it comes back from where voices are chosen */
    forward_to_listeners(s, k, p, slots);
    return SFU_DROP_NONE;
}

void forward_to_listeners(struct sfu *s, struct track *k, const struct packet *p,
                          const struct list *slots)
{
    LIST_EACH(&k->subscriptions, node)
    {
        struct subscription *u = LIST_ENTRY(node, struct subscription, track_node);
        enum sfu_drop drop = select_layer(s, u, p);
        if (!drop)
            drop = append(s, u, p);
        if (drop)
            count_drop(&s->counters, drop);
    }
    if (slots)
        fan_out_voice(s, k, p, slots);
}

/* To every receiver with slots but the talker. */
static void fan_out_voice(struct sfu *s, struct track *k, const struct packet *p,
                          const struct list *slots)
{
    LIST_EACH(slots, node)
    {
        struct subscription *u = LIST_ENTRY(node, struct subscription, track_node);
        if (u->transport->peer == k->peer)
            continue;
        enum sfu_drop drop = select_voice(s, u, k, p);
        if (!drop)
            drop = append(s, u, p);
        if (drop)
            count_drop(&s->counters, drop);
    }
}

struct pending *forward_place(struct sfu *s, struct transport *t)
{
    if (s->pending_count >= s->config.pending)
        return NULL;
    if (s->pending_count == 0)
        s->pending_since = s->now;
    struct pending *n = &s->pending[s->pending_count++];
    n->next = 0;
    n->padding = 0;
    if (t->pending_last)
        s->pending[t->pending_last - 1].next = s->pending_count;
    else {
        t->pending_first = s->pending_count;
        list_append(&s->dirty, &t->dirty);
    }
    t->pending_last = s->pending_count;
    t->pending_count++;
    return n;
}

/* Copies the receiver's header and patches what differs from packet to packet; pace_stamp adds what
 * is only known when it leaves. */
void outgoing_header(struct pending *n, const struct header_template *h,
                     const struct outgoing_numbers *v)
{
    memcpy(n->header, h->bytes, h->len);
    n->header_len = h->len;
    rtp_set_seq(n->header, v->seq);
    rtp_set_ts(n->header, v->ts);
    rtp_set_marker(n->header, v->marker);
    if (h->level != TEMPLATE_NONE)
        n->header[h->level] = (uint8_t)(n->packet->level | (n->packet->voice ? 0x80 : 0));
    if (h->orientation != TEMPLATE_NONE)
        n->header[h->orientation] = n->subscription->track->orientation;
    if (h->dependency != TEMPLATE_NONE)
        n->header_len = write_dependency(n, h->dependency, v->frame_shift);
}

/* The dependency descriptor with this stream's frame number, or nothing, in place of the template's
 * last element, whose value begins at `at` (two-byte form, RFC 8285 section 4.3). A receiver drops
 * a key frame whose number is not above the last one's. Gives the header's new length. */
static uint8_t write_dependency(struct pending *n, uint8_t at, uint16_t shift)
{
    uint8_t *header = n->header;
    const struct packet *p = n->packet;
    size_t end = p->described > 0 ? (size_t)at + p->described : at - 2u;
    if (p->described > 0) {
        header[at - 1] = p->described;
        memcpy(header + at, p->dependency, p->described);
        depdesc_set_number(header + at, (uint16_t)(depdesc_number(p->dependency) - shift));
    }
    for (; end % 4 != 0; end++)
        header[end] = 0;
    outgoing_put16(header + RTP_HEADER_LEN + 2, (uint16_t)((end - RTP_HEADER_LEN - 4) / 4));
    return (uint8_t)end;
}

/* The VP8 descriptor with this stream's picture numbers, in front of the shared rest. */
struct vp8 outgoing_picture(struct pending *n, const struct rewrite_segment *g)
{
    struct vp8 v = n->packet->vp8;
    v.picture_id =
        (uint16_t)(v.picture_id - g->picture_shift) & (v.long_picture_id ? 0x7fff : 0x7f);
    v.tl0 = (uint8_t)(v.tl0 - g->tl0_shift);
    n->front_len = (uint8_t)(n->front_len + vp8_write(&v, n->front + n->front_len));
    n->skip = v.descriptor_len;
    return v;
}

/* What is sent may be asked for again, up to a cap. */
static void give_credit(struct subscription *u, int64_t bytes)
{
    int64_t most = subscription_is_sound(u) ? SOUND_CREDIT_MAX : RTX_CREDIT_MAX;
    u->rtx_bytes = u->rtx_bytes + bytes < most ? u->rtx_bytes + bytes : most;
}

static enum sfu_drop append(struct sfu *s, struct subscription *u, const struct packet *p)
{
    int64_t out;
    uint8_t from = u->slot > 0 ? u->turn : p->encoding;
    const struct rewrite_segment *g = rewrite_map(&u->rewrite, from, p->seq, &out);
    if (!g)
        return SFU_DROP_LATE;
    struct transport *t = u->transport;
    bool held = !subscription_is_sound(u) && pacer_holds(&t->pacer, s->now) && pace_room(s, t);
    struct pending *n = held ? pace_hold(s, u, p) : forward_place(s, t);
    if (!n)
        return SFU_DROP_FULL;
    n->packet = p;
    n->subscription = u;
    n->rtx = false;
    n->front_len = n->skip = n->padding = 0;
    struct outgoing_numbers v = {(uint16_t)out, rewrite_ts(g, p->ts), select_ends_picture(u, p),
                                 g->frame_shift};
    outgoing_header(n, &u->header, &v);
    if (p->has_vp8) {
        struct vp8 picture = outgoing_picture(n, g);
        rewrite_sent_picture(&u->rewrite, picture.picture_id, picture.tl0);
    }
    if (p->described > 0)
        rewrite_sent_frame(&u->rewrite, (uint16_t)(depdesc_number(p->dependency) - g->frame_shift));
    if (!held)
        pace_stamp(s, n);
    rewrite_sent(&u->rewrite, out, v.ts, s->now);
    u->packets++;
    u->octets += p->len;
    give_credit(u, p->len + OUTGOING_COST);
    count_add(&s->counters, COUNTER_RTP_OUT, 1);
    return SFU_DROP_NONE;
}

/* --- a receiver that comes late --------------------------------------------------------------- */

bool forward_burst(struct sfu *s, struct subscription *u, uint8_t encoding)
{
    const struct encoding *e = &u->track->encoding[encoding];
    const struct gop *g = &e->gop;
    /* Who watches already would see the kept part again: they go on as they are until a key frame.
     */
    bool watches = u->pick.current != PICK_NONE;
    bool often = u->burst_at != 0 && s->now - u->burst_at < GOP_APART_US;
    /* Each who comes in is an epoch of the group, and has no key of the one before. */
    bool sealed_before = g->since < u->transport->peer->since;
    if (watches || often || sealed_before || !gop_ready(g, s->now) || u->track->paused ||
        !u->transport->selected)
        return false;
    for (int64_t seq = g->first; seq < g->next; seq++) {
        if (!outgoing_kept(&s->kept, e, seq))
            return false;
    }
    if (!pace_burst(s, u->transport, (uint32_t)(g->next - g->first)))
        return false;
    select_takeover(s, u, outgoing_kept(&s->kept, e, g->first),
                    outgoing_kept(&s->kept, e, g->next - 1));
    for (int64_t seq = g->first; seq < g->next; seq++) {
        const struct packet *p = outgoing_kept(&s->kept, e, seq);
        bool padding = p->len == 0 && rewrite_skip(&u->rewrite, encoding, seq);
        enum sfu_drop drop = padding ? SFU_DROP_PADDING : select_inside(s, u, p);
        if (!drop)
            drop = append(s, u, p);
        if (drop)
            count_drop(&s->counters, drop);
    }
    u->burst_at = s->now;
    count_add(&s->counters, COUNTER_BURSTS, 1);
    return true;
}

/* --- the end of a round ----------------------------------------------------------------------- */

static void seal_one(struct sfu *s, struct transport *t, struct pending *n, struct slab *out)
{
    struct subscription *u = n->subscription;
    if (n->padding) {
        rtp_set_padded(n->header, true);
        count_add(&s->counters, COUNTER_PADDED_OUT, 1);
        count_add(&s->counters, COUNTER_PADDING_OUT, n->padding);
    }
    struct seal_packet packet = {
        .header = span_of(n->header, n->header_len),
        .front = span_of(n->front, n->front_len),
        .payload = span_of(n->packet->payload + n->skip, (size_t)n->packet->len - n->skip),
        .padding = n->padding,
    };
    pace_leaves(s, n);
    struct seal_out sealed = {out->bytes + out->used, SFU_DATAGRAM_MAX, 0};
    if (seal_rtp(&t->seal, n->rtx ? &u->rtx_stream : &u->stream, &packet, &sealed) != ERR_OK) {
        count_drop(&s->counters, SFU_DROP_SEAL);
        return;
    }
    out->datagram[out->datagrams++] = span_of(sealed.buf, sealed.len);
    out->used += (uint32_t)sealed.len;
    out->run[out->runs].count++;
}

static void seal_pending(struct sfu *s, struct transport *t, struct slab *out)
{
    struct sfu_run *run = &out->run[out->runs];
    *run = (struct sfu_run){.datagrams = &out->datagram[out->datagrams]};
    if (t->selected) {
        run->path = t->selected->self;
        run->remote = t->selected->remote.addr;
        run->local = t->selected->local;
    }
    if (t->pending_count > 1 && s->config.pad_to_batch)
        equalise(s, t);
    while (t->pending_first && out->datagrams < SFU_SENDS_MAX) {
        struct pending *n = &s->pending[t->pending_first - 1];
        seal_one(s, t, n, out);
        t->pending_first = n->next;
        t->pending_count--;
    }
    if (run->count > 0)
        out->runs++;
}

/* What sealing for the next receiver will touch first, and for the one after it what that needs. */
static void fetch_ahead(const struct sfu *s, const struct list *dirty)
{
    if (dirty == &s->dirty)
        return;
    const struct transport *t = LIST_ENTRY(dirty, struct transport, dirty);
    seal_prefetch(&t->seal);
    __builtin_prefetch(t->selected);
    if (dirty->next == &s->dirty)
        return;
    t = LIST_ENTRY(dirty->next, struct transport, dirty);
    __builtin_prefetch(t);
    __builtin_prefetch(&t->seal);
}

void forward_collect(struct sfu *s, struct slab *out)
{
    LIST_EACH_SAFE(&s->dirty, node, next)
    {
        struct transport *t = LIST_ENTRY(node, struct transport, dirty);
        /* One receiver's packets stay together, so that they leave in one call. */
        if (out->datagrams > 0 && out->datagrams + t->pending_count > SFU_SENDS_MAX)
            return;
        fetch_ahead(s, next);
        seal_pending(s, t, out);
        if (t->pending_first)
            return;
        t->pending_last = 0;
        list_remove(&t->dirty);
    }
    s->pending_count = 0;
    s->unfinished = 0;
    s->round += s->round == UINT32_MAX ? 2 : 1;
}

/* --- beside the path of media ----------------------------------------------------------------- */

static enum sfu_drop receive_rtcp(struct sfu *s, struct arrival *a)
{
    size_t len = a->datagram->len;
    enum err e = seal_unseal_rtcp(&a->transport->seal, a->datagram->bytes, &len);
    if (e != ERR_OK)
        return e == ERR_SHORT ? SFU_DROP_RTCP_FORM : open_result(e);
    count_add(&s->counters, COUNTER_RTCP_IN, 1);
    return feedback_input(s, a->transport, span_of(a->datagram->bytes, len));
}
