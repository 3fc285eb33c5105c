/* The whole core between a publisher of one or two cameras, with a microphone each, and receivers
 * behind links, in virtual time. The publisher's way is good; each receiver answers as a browser
 * does: transport-wide feedback ten times a second, NACK, PLI when it is stuck. What is measured:
 * what arrives each 100 ms, which layer, when a picture could be shown, and how long packets wait
 * in front of the links. owns: the events' bytes, from sim_open to sim_close. */
#ifndef TESTS_SFU_CONGEST_H
#define TESTS_SFU_CONGEST_H

#include "sfu/link.h"
#include "sfu/world.h"

enum {
    SIM_LAYERS = 3,
    SIM_FLOWS = 6,
    SIM_HOPS = 3,
    SIM_LINKS = 4,
    SIM_EVENTS = 1 << 16,
    SIM_SLOTS = 1600, /* of 100 ms */
    SIM_TCP = 4,
    SIM_CAMERAS = 2,
    SIM_VIDEO = 3, /* tracks of the first camera; the second's are two further */
    SIM_AUDIO = 4,
    SIM_AUDIO_SSRC = 0xb0,
    SIM_PAYLOAD = 1100,
};
#define SIM_SLOT_US (100 * US_PER_MS)
#define SIM_STEP_US (5 * US_PER_MS)

enum sim_kind { SIM_RTP, SIM_RTCP, SIM_TCP_DATA, SIM_TCP_ACK, SIM_LOAD };

struct sim_event {
    instant_us at;
    uint64_t order;
    enum sim_kind kind;
    uint32_t who, hop, number, len;
    uint8_t *bytes;
};

/* A picture's packets as they came, for telling when it can be shown. */
struct sim_packet {
    bool here, marker, key_start;
    uint16_t seq;
};

/* One camera and microphone as a receiver sees and hears them. */
struct sim_view {
    uint32_t video, audio; /* subscriptions */
    struct nack nack;
    struct sim_packet window[4096];
    bool started;
    uint16_t next; /* the sequence number that would be shown next */
    instant_us shown_at, pli_at;
    uint32_t frames, freezes; /* freezes: over 200 ms without a new picture */
    duration_us longest;
    uint32_t audio_got, audio_first, audio_last;
    int8_t slot_layer[SIM_SLOTS];
    uint16_t slot_frames[SIM_SLOTS], slot_sounds[SIM_SLOTS];
};

struct sim_flow {
    struct client *client;
    struct link *down[SIM_HOPS], *up;
    uint32_t hops;
    struct twcc twcc;
    bool muted; /* sends no transport-wide feedback */
    struct sim_view view[SIM_CAMERAS];
    uint64_t slot_bytes[SIM_SLOTS], slot_sent[SIM_SLOTS]; /* arrived; left the core */
    rate_bps slot_rate[SIM_SLOTS];
};

/* One camera as its publisher sends it. */
struct sim_camera {
    uint32_t layer_bps[SIM_LAYERS]; /* 0: not sent */
    uint16_t seq[SIM_LAYERS], picture[SIM_LAYERS], audio_seq;
    bool key[SIM_LAYERS];
    instant_us key_at[SIM_LAYERS];
};

struct sim_tcp {
    struct reno reno;
    uint32_t unacked[4096];
    uint32_t first, end; /* numbers not yet acknowledged or given up */
    bool gone[4096];
    struct link *link;
    duration_us back;
    uint64_t slot_bytes[SIM_SLOTS];
};

struct sim {
    struct world w;
    struct client *publisher;
    struct sim_camera camera[SIM_CAMERAS];
    uint32_t cameras;
    struct sim_flow flow[SIM_FLOWS];
    uint32_t flows;
    struct link link[SIM_LINKS];
    struct sim_tcp tcp[SIM_TCP];
    struct sim_event *heap;
    uint32_t heap_count;
    uint64_t order, seed;
    instant_us start, frame_at, audio_at, step_at, check_at;
    struct link *load_link; /* constant bit rate beside the feedback */
    uint64_t load_bps;
    double load_due;
    double publisher_loss; /* of what the publisher sends */
};

static const uint32_t sim_ssrc[SIM_CAMERAS][SIM_LAYERS] = {{0xa0, 0xa1, 0xa2}, {0xa4, 0xa5, 0xa6}};

/* --- events ----------------------------------------------------------------------------------- */

static inline bool sim_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static inline void sim_push(struct sim *s, struct sim_event e)
{
    assert_true(s->heap_count < SIM_EVENTS);
    e.order = s->order++;
    uint32_t i = s->heap_count++;
    while (i > 0 && sim_before(&e, &s->heap[(i - 1) / 2])) {
        s->heap[i] = s->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    s->heap[i] = e;
}

static inline struct sim_event sim_pop(struct sim *s)
{
    struct sim_event top = s->heap[0], last = s->heap[--s->heap_count];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= s->heap_count)
            break;
        if (child + 1 < s->heap_count && sim_before(&s->heap[child + 1], &s->heap[child]))
            child++;
        if (!sim_before(&s->heap[child], &last))
            break;
        s->heap[i] = s->heap[child];
        i = child;
    }
    s->heap[i] = last;
    return top;
}

static inline uint32_t sim_slot(const struct sim *s)
{
    uint64_t slot = (uint64_t)((s->w.now - s->start) / SIM_SLOT_US);
    return slot < SIM_SLOTS ? (uint32_t)slot : SIM_SLOTS - 1;
}

/* Into the next link of its way, or to its end. */
static inline void sim_hop(struct sim *s, struct link *l, struct sim_event e)
{
    e.at = link_send(l, e.len, s->w.now);
    if (e.at == LINK_LOST)
        free(e.bytes);
    else
        sim_push(s, e);
}

static inline uint8_t *sim_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *p = malloc(len);
    assert_non_null(p);
    memcpy(p, bytes, len);
    return p;
}

/* --- from the core ---------------------------------------------------------------------------- */

static inline void sim_publisher_rtcp(struct sim *s, uint8_t *bytes, size_t len)
{
    struct rtcp_walk walk;
    struct rtcp_item item;
    assert_int_equal(seal_unseal_rtcp(&s->publisher->seal, bytes, &len), ERR_OK);
    rtcp_walk_init(&walk, span_of(bytes, len));
    while (rtcp_next(&walk, &item)) {
        for (int i = 0; i < SIM_CAMERAS * SIM_LAYERS; i++) {
            struct sim_camera *c = &s->camera[i / SIM_LAYERS];
            int layer = i % SIM_LAYERS;
            if (item.kind != RTCP_PLI || item.media_ssrc != sim_ssrc[i / SIM_LAYERS][layer] ||
                c->key[layer])
                continue;
            c->key[layer] = true;
            c->key_at[layer] = s->w.now + 40 * US_PER_MS; /* its round trip */
        }
    }
}

/* Into the first link of the flow that has this address. */
static inline void sim_to_flow(struct sim *s, const struct ipc_addr *to, struct span d)
{
    for (uint32_t f = 0; f < s->flows; f++) {
        struct sim_flow *flow = &s->flow[f];
        if (memcmp(to, &flow->client->addr, sizeof *to) != 0)
            continue;
        flow->slot_sent[sim_slot(s)] += d.len;
        sim_hop(s, flow->down[0],
                (struct sim_event){.kind = SIM_RTP,
                                   .who = f,
                                   .len = (uint32_t)d.len,
                                   .bytes = sim_copy(d.ptr, d.len)});
    }
}

static inline void sim_from_core(struct sim *s, const struct sfu_run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        struct span d = run->datagrams[i];
        enum demux kind = demux_classify(d);
        if (memcmp(&run->remote, &s->publisher->addr, sizeof run->remote) == 0) {
            uint8_t copy[SFU_DATAGRAM_MAX];
            memcpy(copy, d.ptr, d.len);
            if (kind == DEMUX_RTCP)
                sim_publisher_rtcp(s, copy, d.len);
            continue;
        }
        if (kind == DEMUX_RTP)
            sim_to_flow(s, &run->remote, d);
    }
}

static inline void sim_drain(struct sim *s)
{
    struct sfu_effect e;
    struct sfu_sends sends;
    while (sfu_poll(s->w.sfu, &e)) {
        if (e.type == SFU_REPLY)
            s->w.replies[s->w.reply_count++ % WORLD_REPLIES] = *e.as.reply;
    }
    while (sfu_send(s->w.sfu, &sends)) {
        for (uint32_t i = 0; i < sends.count; i++)
            sim_from_core(s, &sends.runs[i]);
    }
}

static inline void sim_to_core(struct sim *s, const struct client *c, uint8_t *bytes, size_t len)
{
    struct sfu_datagram d = {.path = c->path,
                             .remote = c->addr,
                             .local = world_server,
                             .bytes = bytes,
                             .len = (uint32_t)len};
    assert_int_equal(sfu_receive(s->w.sfu, &d, 1, s->w.now), 1);
    sim_drain(s);
}

/* --- the publisher ---------------------------------------------------------------------------- */

static inline void sim_shoot(struct sim *s, const struct shot *shot)
{
    uint8_t bytes[SFU_DATAGRAM_MAX];
    size_t len = client_seal(s->publisher, shot, bytes, sizeof bytes);
    if (s->publisher_loss > 0 && link_random(&s->seed) < s->publisher_loss)
        return;
    sim_to_core(s, s->publisher, bytes, len);
}

static inline void sim_frame(struct sim *s, uint32_t camera, int layer)
{
    static const char *const rids[SIM_LAYERS] = {"q", "h", "f"};
    static const char *const mids[SIM_CAMERAS] = {"3", "5"};
    struct sim_camera *c = &s->camera[camera];
    uint8_t payload[SIM_PAYLOAD] = {0};
    bool key = c->key[layer] && s->w.now >= c->key_at[layer];
    double size = c->layer_bps[layer] / 8.0 / 30 * (0.8 + 0.4 * link_random(&s->seed));
    uint32_t left = (uint32_t)(key ? 4 * size : size), at = 0;
    c->key[layer] = c->key[layer] && !key;
    left = left < 30 ? 30 : left;
    (void)vp8_payload(payload, key, c->picture[layer]++ & 0x7fff, (uint8_t)layer);
    while (left > 0) {
        uint32_t len = left < SIM_PAYLOAD        ? left
                       : left < SIM_PAYLOAD + 30 ? left - 30
                                                 : SIM_PAYLOAD;
        left -= len;
        payload[0] = at == 0 ? 0x90 : 0x80; /* only the first starts a partition */
        at += len;
        sim_shoot(s, &(struct shot){.ssrc = sim_ssrc[camera][layer],
                                    .ts = (uint32_t)((s->w.now - s->start) * 90 / 1000) + 9000,
                                    .seq = c->seq[layer]++,
                                    .pt = VP8_PT,
                                    .marker = left == 0,
                                    .mid = mids[camera],
                                    .rid = rids[layer],
                                    .payload = span_of(payload, len)});
    }
}

static inline void sim_sound(struct sim *s, uint32_t camera)
{
    static const char *const mids[SIM_CAMERAS] = {"4", "6"};
    static uint8_t sound[80];
    sim_shoot(s, &(struct shot){.ssrc = SIM_AUDIO_SSRC + camera,
                                .ts = (uint32_t)((s->w.now - s->start) * 48 / 1000),
                                .seq = s->camera[camera].audio_seq++,
                                .pt = OPUS_PT,
                                .mid = mids[camera],
                                .level = 30,
                                .payload = span_of(sound, sizeof sound)});
}

static inline void sim_publish(struct sim *s)
{
    for (; s->frame_at <= s->w.now; s->frame_at += 33333) {
        for (uint32_t i = 0; i < s->cameras * SIM_LAYERS; i++) {
            if (s->camera[i / SIM_LAYERS].layer_bps[i % SIM_LAYERS])
                sim_frame(s, i / SIM_LAYERS, (int)(i % SIM_LAYERS));
        }
    }
    for (; s->audio_at <= s->w.now; s->audio_at += 20 * US_PER_MS) {
        for (uint32_t i = 0; i < s->cameras; i++)
            sim_sound(s, i);
    }
}

/* --- a receiver ------------------------------------------------------------------------------- */

static inline void sim_send_rtcp(struct sim *s, struct sim_flow *f, struct span compound)
{
    uint8_t bytes[SFU_DATAGRAM_MAX];
    struct seal_out out = {bytes, sizeof bytes, 0};
    assert_int_equal(seal_rtcp(&f->client->seal, compound, &out), ERR_OK);
    sim_hop(s, f->up,
            (struct sim_event){.kind = SIM_RTCP,
                               .who = (uint32_t)(f - s->flow),
                               .len = (uint32_t)out.len,
                               .bytes = sim_copy(bytes, out.len)});
}

static inline void sim_show(struct sim *s, struct sim_view *v)
{
    for (;;) {
        struct sim_packet *p = &v->window[v->next % 4096];
        if (!p->here || p->seq != v->next)
            return;
        v->next++;
        if (!p->marker)
            continue;
        duration_us gap = v->shown_at ? s->w.now - v->shown_at : 0;
        v->freezes += gap > 200 * US_PER_MS;
        v->longest = gap > v->longest ? gap : v->longest;
        v->shown_at = s->w.now;
        v->frames++;
        v->slot_frames[sim_slot(s)]++;
    }
}

static inline void sim_take_video(struct sim *s, struct sim_view *f, const struct rtp_packet *p,
                                  uint16_t seq, struct span payload)
{
    struct vp8 v;
    bool key = vp8_parse(&v, payload) == ERR_OK && v.keyframe;
    (void)nack_input(&f->nack, seq, s->w.now, 10 * US_PER_MS);
    f->window[seq % 4096] = (struct sim_packet){true, p->marker, key, seq};
    /* A key frame makes what is missing before it unneeded. */
    if (key && (!f->started || seq_newer(seq, f->next))) {
        f->next = seq;
        f->started = true;
    }
    sim_show(s, f);
    uint32_t slot = sim_slot(s);
    f->slot_layer[slot] = (int8_t)(payload.len > 15 ? payload.ptr[15] : 0);
}

/* The camera or microphone that a stream carries, its repairs too. */
static inline struct sim_view *sim_view_of(struct sim *s, struct sim_flow *f, uint32_t ssrc)
{
    for (uint32_t i = 0; i < s->cameras; i++) {
        if (ssrc / 10 == f->view[i].video || ssrc / 10 == f->view[i].audio)
            return &f->view[i];
    }
    fail_msg("a stream of nobody: %u", ssrc);
    return NULL;
}

static inline void sim_take_rtp(struct sim *s, struct sim_flow *f, uint8_t *bytes, size_t len)
{
    struct rtp_packet p;
    struct rtpext_set ext;
    uint16_t number;
    f->slot_bytes[sim_slot(s)] += len;
    assert_int_equal(rtp_parse(&p, span_of(bytes, len), RTP_SEALED), ERR_OK);
    struct stream *in = world_stream(f->client->in, p.ssrc);
    assert_int_equal(seal_unseal_rtp(&f->client->seal, &in->seal, bytes, &len, p.header_len),
                     ERR_OK);
    assert_int_equal(rtp_parse(&p, span_of(bytes, len), RTP_OPENED), ERR_OK);
    assert_int_equal(rtpext_parse(&ext, &p), ERR_OK);
    assert_true(rtpext_twcc(rtpext_get(&ext, X_TWCC), &number));
    twcc_record(&f->twcc, number, s->w.now);
    struct sim_view *v = sim_view_of(s, f, p.ssrc);
    if (p.pt == VP8_PT)
        sim_take_video(s, v, &p, p.seq, p.payload);
    else if (p.pt == VP8_RTX && p.payload.len > 2)
        sim_take_video(s, v, &p, (uint16_t)(p.payload.ptr[0] << 8 | p.payload.ptr[1]),
                       span_of(p.payload.ptr + 2, p.payload.len - 2));
    else if (p.pt == OPUS_PT) {
        v->audio_first = v->audio_got++ ? v->audio_first : p.seq;
        v->audio_last = p.seq;
        v->slot_sounds[sim_slot(s)]++;
    }
}

/* As the receiver would measure it without a queue. */
static inline duration_us sim_rtt(const struct sim_flow *f)
{
    duration_us rtt = f->up->delay + 10 * US_PER_MS;
    for (uint32_t i = 0; i < f->hops; i++)
        rtt += f->down[i]->delay;
    return rtt;
}

/* NACK, and PLI when it is stuck, for one camera. */
static inline void sim_ask(struct sim *s, struct sim_flow *f, struct sim_view *v)
{
    uint8_t buf[1200];
    struct rtcp_nack items[32];
    uint16_t n = nack_poll(&v->nack, s->w.now, sim_rtt(f), items, 32);
    struct writer w = writer_of(buf, sizeof buf);
    if (n > 0 && v->started && rtcp_write_nack(&w, 7, v->video * 10, items, n))
        sim_send_rtcp(s, f, writer_span(&w));
    bool lost = nack_take_loss(&v->nack);
    bool stuck = v->started && s->w.now - v->shown_at > 400 * US_PER_MS;
    if ((lost || stuck) && s->w.now - v->pli_at > 300 * US_PER_MS) {
        v->pli_at = s->w.now;
        w = writer_of(buf, sizeof buf);
        assert_true(rtcp_write_pli(&w, 7, v->video * 10));
        sim_send_rtcp(s, f, writer_span(&w));
    }
}

static inline void sim_answer(struct sim *s, struct sim_flow *f)
{
    uint8_t buf[1200];
    struct writer w = writer_of(buf, sizeof buf);
    while (!f->muted && twcc_write(&f->twcc, &w, s->w.now)) {
        sim_send_rtcp(s, f, writer_span(&w));
        w = writer_of(buf, sizeof buf);
    }
    for (uint32_t i = 0; i < s->cameras; i++)
        sim_ask(s, f, &f->view[i]);
}

/* --- TCP beside it ---------------------------------------------------------------------------- */

static inline void sim_tcp_send(struct sim *s, uint32_t i)
{
    struct sim_tcp *t = &s->tcp[i];
    while (t->link && reno_may_send(&t->reno)) {
        uint32_t number = reno_send(&t->reno);
        t->end = number + 1;
        t->gone[number % 4096] = false;
        sim_hop(s, t->link,
                (struct sim_event){
                    .kind = SIM_TCP_DATA, .who = i, .number = number, .len = RENO_PACKET});
    }
}

static inline void sim_tcp_ack(struct sim *s, uint32_t i, uint32_t number)
{
    struct sim_tcp *t = &s->tcp[i];
    if (!t->gone[number % 4096])
        reno_acked(&t->reno, s->w.now);
    t->gone[number % 4096] = true;
    while (t->first + 3 <= number) {
        if (!t->gone[t->first % 4096]) {
            t->gone[t->first % 4096] = true;
            reno_lost(&t->reno, t->first);
        }
        t->first++;
    }
    sim_tcp_send(s, i);
}

static inline void sim_tcp_start(struct sim *s, uint32_t i, struct link *l, uint32_t packets)
{
    struct sim_tcp *t = &s->tcp[i];
    reno_start(&t->reno, packets, s->w.now);
    t->first = t->end = 0;
    t->link = l;
    t->back = l->delay;
    sim_tcp_send(s, i);
}

/* --- the run of time -------------------------------------------------------------------------- */

static inline void sim_event(struct sim *s, struct sim_event e)
{
    struct sim_flow *f = &s->flow[e.who];
    switch (e.kind) {
    case SIM_RTP:
        if (++e.hop < f->hops) {
            sim_hop(s, f->down[e.hop], e);
            return;
        }
        sim_take_rtp(s, f, e.bytes, e.len);
        break;
    case SIM_RTCP:
        sim_to_core(s, f->client, e.bytes, e.len);
        break;
    case SIM_TCP_DATA:
        s->tcp[e.who].slot_bytes[sim_slot(s)] += e.len;
        e.kind = SIM_TCP_ACK;
        e.at = s->w.now + s->tcp[e.who].back;
        sim_push(s, e);
        return;
    case SIM_TCP_ACK:
        sim_tcp_ack(s, e.who, e.number);
        break;
    case SIM_LOAD:
        break;
    }
    free(e.bytes);
}

static inline void sim_step(struct sim *s)
{
    uint32_t slot = sim_slot(s);
    for (uint32_t i = 0; i < s->flows; i++) {
        struct sim_flow *f = &s->flow[i];
        sim_answer(s, f);
        uint64_t packed = 0;
        assert_true(map_get(&s->w.sfu->transport_by_id, f->client->id, &packed));
        const struct transport *t = pool_get(&s->w.sfu->transports, handle_unpack(packed));
        f->slot_rate[slot] = t->bwe.rate;
    }
    for (uint32_t i = 0; i < SIM_TCP; i++) {
        reno_tick(&s->tcp[i].reno, s->w.now);
        sim_tcp_send(s, i);
    }
    for (s->load_due += (double)s->load_bps * (double)SIM_STEP_US / 8e6; s->load_due >= 1000;
         s->load_due -= 1000)
        sim_hop(s, s->load_link, (struct sim_event){.kind = SIM_LOAD, .len = 1000});
    s->step_at += SIM_STEP_US;
    if (s->w.now < s->check_at)
        return;
    s->check_at += 5 * US_PER_S; /* consent */
    for (uint32_t i = 0; i < s->w.clients; i++) {
        uint8_t bytes[STUN_WRITE_MAX];
        size_t len = client_stun(&s->w.client[i], bytes, sizeof bytes, true);
        sim_to_core(s, &s->w.client[i], bytes, len);
    }
}

static inline void sim_run(struct sim *s, duration_us time)
{
    instant_us end = s->w.now + time;
    while (s->w.now < end) {
        instant_us next = instant_min(instant_min(s->frame_at, s->audio_at), s->step_at);
        next = instant_min(next, sfu_deadline(s->w.sfu));
        if (s->heap_count)
            next = instant_min(next, s->heap[0].at);
        s->w.now = next > s->w.now ? next : s->w.now;
        while (s->heap_count && s->heap[0].at <= s->w.now)
            sim_event(s, sim_pop(s));
        sim_publish(s);
        if (sfu_deadline(s->w.sfu) <= s->w.now) {
            (void)sfu_input(s->w.sfu, &(struct sfu_event){.type = SFU_TICK}, s->w.now);
            sim_drain(s);
        }
        if (s->step_at <= s->w.now)
            sim_step(s);
    }
}

/* --- setting up ------------------------------------------------------------------------------- */

static inline struct link sim_link(uint64_t bps, duration_us delay, uint64_t seed)
{
    return (struct link){
        .rate_bps = bps, .queue_us = 300 * US_PER_MS, .delay = delay, .seed = seed * 7919 + 1};
}

static inline void sim_open_camera(struct sim *s, uint32_t camera)
{
    struct ipc_message m = track_message(s->publisher, SIM_VIDEO + 2 * camera, IPC_VIDEO);
    m.as.TRACK_OPEN.encodings = SIM_LAYERS;
    for (int i = 0; i < SIM_LAYERS; i++)
        m.as.TRACK_OPEN.encoding[i].rid[0] = "qhf"[i];
    assert_int_equal(world_command(&s->w, &m), ERR_OK);
    m = track_message(s->publisher, SIM_AUDIO + 2 * camera, IPC_AUDIO);
    assert_int_equal(world_command(&s->w, &m), ERR_OK);
}

static inline struct sim *sim_open_cameras(uint64_t seed, uint32_t cameras,
                                           const uint32_t bps[SIM_LAYERS])
{
    struct sim *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->heap = calloc(SIM_EVENTS, sizeof *s->heap);
    assert_non_null(s->heap);
    world_open(&s->w);
    s->seed = seed;
    s->cameras = cameras;
    s->publisher = client_join(&s->w, 1);
    for (uint32_t i = 0; i < cameras; i++) {
        memcpy(s->camera[i].layer_bps, bps, sizeof s->camera[i].layer_bps);
        sim_open_camera(s, i);
    }
    s->start = s->frame_at = s->audio_at = s->step_at = s->check_at = s->w.now;
    return s;
}

static inline struct sim *sim_open(uint64_t seed)
{
    static const uint32_t bps[SIM_LAYERS] = {150000, 500000, 1500000};
    return sim_open_cameras(seed, 1, bps);
}

/* A receiver behind one link and a way back of the same delay that is never full. */
static inline struct sim_flow *sim_join(struct sim *s, struct link *down, struct link *up)
{
    struct sim_flow *f = &s->flow[s->flows];
    assert_true(s->flows < SIM_FLOWS);
    f->client = client_join(&s->w, s->flows + 2);
    f->down[0] = down;
    f->hops = 1;
    f->up = up;
    s->flows++;
    twcc_init(&f->twcc, 7, s->flows * 100);
    for (uint32_t i = 0; i < s->cameras; i++) {
        struct sim_view *v = &f->view[i];
        v->video = 10 * s->flows + 2 * i;
        v->audio = v->video + 1;
        memset(v->slot_layer, -1, sizeof v->slot_layer);
        nack_init(&v->nack);
        client_subscribe(&s->w, f->client, SIM_VIDEO + 2 * i, v->video, IPC_VIDEO);
        client_subscribe(&s->w, f->client, SIM_AUDIO + 2 * i, v->audio, IPC_AUDIO);
    }
    return f;
}

static inline void sim_pause(struct sim *s, const struct sim_flow *f, bool paused)
{
    for (uint32_t i = 0; i < s->cameras; i++) {
        struct ipc_message m = {.type = IPC_SUBSCRIPTION_SET,
                                .as.SUBSCRIPTION_SET = {.subscription = f->view[i].video,
                                                        .paused = paused,
                                                        .layer = 3}};
        struct sfu_event e = {.type = SFU_COMMAND, .as.command = &m};
        assert_int_equal(sfu_input(s->w.sfu, &e, s->w.now), ERR_OK);
    }
    sim_drain(s);
}

static inline void sim_close(struct sim *s)
{
    for (uint32_t i = 0; i < s->heap_count; i++)
        free(s->heap[i].bytes);
    free(s->heap);
    world_close(&s->w);
    free(s);
}

/* Mean of what arrived from a second to a second, bits a second. */
static inline uint32_t sim_mean(const uint64_t *slots, int from_s, int to_s)
{
    uint64_t sum = 0;
    for (int i = from_s * 10; i < to_s * 10; i++)
        sum += slots[i];
    return (uint32_t)(sum * 8 / (uint64_t)(to_s - from_s));
}

/* Seconds after `from_s` until the layer is `layer` or higher (lower: or lower) for a second. */
static inline double sim_until_layer(const struct sim_flow *f, int from_s, int to_s, int layer,
                                     bool lower)
{
    for (int i = from_s * 10; i + 10 <= to_s * 10; i++) {
        int good = 0;
        for (int k = i; k < i + 10; k++) {
            int8_t l = f->view[0].slot_layer[k];
            good += lower ? l <= layer : l >= layer;
        }
        if (good == 10)
            return (i - from_s * 10) / 10.0;
    }
    return 1e9;
}

/* Seconds after `from_s` until half a second begins in which at most `bps` was sent. */
static inline double sim_until_below(const uint64_t *slots, int from_s, int to_s, uint32_t bps)
{
    for (int i = from_s * 10; i + 5 <= to_s * 10; i++) {
        uint64_t sum = 0;
        for (int k = i; k < i + 5; k++)
            sum += slots[k];
        if (sum * 16 <= bps)
            return (i - from_s * 10) / 10.0;
    }
    return 1e9;
}

#endif
