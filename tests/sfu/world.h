/* A whole core in virtual time with fake clients made of proto/ code: they answer for themselves,
 * seal and open real SRTP, and note what reaches them. No socket, no clock.
 * In a build with -DCONCLAVE_MUTANTS the environment's CONCLAVE_MUTANT=A09 switches a defence off,
 * so that one can see the facts about it fail. owns: the core's storage and the clients' sessions,
 * from world_open to world_close. */
#ifndef TESTS_SFU_WORLD_H
#define TESTS_SFU_WORLD_H

#include "base/fact.h"

#include <stdlib.h>
#include <string.h>

#include "base/mutant.h"
#include "proto/demux.h"
#include "proto/rtcp.h"
#include "proto/rtp.h"
#include "proto/rtpext.h"
#include "proto/seal.h"
#include "proto/stun.h"
#include "sfu/state.h"

enum {
    WORLD_CLIENTS = 10,
    WORLD_STREAMS = 24,
    WORLD_GOT = 4096,
    WORLD_REPLIES = 512,
    /* header extension ids that every fake client uses */
    X_MID = 1,
    X_RID = 2,
    X_RRID = 3,
    X_ABS = 4,
    X_TWCC = 5,
    X_LEVEL = 10,
    X_TURN = 11,
    X_DEPENDENCY = 12,
    VP8_PT = 96,
    VP8_RTX = 97,
    OPUS_PT = 111,
    OPUS_RTX = 112,
};

struct got {
    uint32_t ssrc, ts;
    uint16_t seq, twcc, osn;
    uint8_t pt, len, level;
    bool marker, has_twcc;
    struct vp8 vp8;
    uint8_t first[16]; /* of the payload */
    uint8_t described; /* bytes of the dependency descriptor, */
    uint8_t dependency[DEPDESC_MAX];
    instant_us at;
};

struct stream {
    uint32_t ssrc;
    struct seal_stream seal;
};

struct client {
    uint32_t id; /* peer id; the transport has the same */
    struct ipc_addr addr;
    struct handle path;
    struct seal seal;
    struct hmac_sha1 key;
    char ufrag[8];
    uint32_t stun_id;
    struct stream out[WORLD_STREAMS], in[WORLD_STREAMS];
    struct got *got; /* RTP that came */
    uint32_t got_count;
    uint32_t stun, dtls_seen, rtcp, pli, nacks, twcc, sr, rr;
    uint32_t pli_ssrc;
    uint16_t nack_seq;
    struct rtcp_sender last_sr;
    uint32_t last_sr_ssrc;
    struct rtcp_report last_rr;
};

struct world {
    struct sfu *sfu;
    void *storage;
    instant_us now;
    struct client client[WORLD_CLIENTS];
    uint32_t clients;
    struct ipc_message replies[WORLD_REPLIES];
    uint32_t reply_count;
    uint32_t stray_sends; /* datagrams to an address that is no client's */
    size_t stray_bytes;
};

static const struct ipc_addr world_server = {4, {10, 0, 0, 1}, 8443};

static inline struct stream *world_stream(struct stream *table, uint32_t ssrc)
{
    for (int i = 0; i < WORLD_STREAMS; i++) {
        if (table[i].ssrc == ssrc)
            return &table[i];
        if (table[i].ssrc == 0) {
            table[i].ssrc = ssrc;
            return &table[i];
        }
    }
    fail_msg("too many streams in this test");
    return NULL;
}

/* Media process `index` of `count`. */
static inline void world_open_as(struct world *w, uint32_t index, uint32_t count)
{
#ifdef CONCLAVE_MUTANTS
    const char *off = getenv("CONCLAVE_MUTANT");
    mutant_off = off && off[0] == 'A' ? (int)strtol(off + 1, NULL, 10) : 0;
#endif
    struct sfu_config c = {.index = index,
                           .media_count = count,
                           .rooms = 8,
                           .peers = 64,
                           .transports = 32,
                           .paths = 64,
                           .tracks = 64,
                           .subscriptions = 256,
                           .packets = 2048,
                           .pending = 4096,
                           .seed = 42};
    memset(w, 0, sizeof *w);
    w->storage = calloc(1, sfu_size(&c));
    assert_non_null(w->storage);
    w->now = 1000 * US_PER_S;
    w->sfu = sfu_init(w->storage, &c, w->now);
}

static inline void world_open(struct world *w)
{
    world_open_as(w, 0, 2);
}

static inline void world_close(struct world *w)
{
    for (uint32_t i = 0; i < w->clients; i++) {
        seal_close(&w->client[i].seal);
        free(w->client[i].got);
    }
    sfu_fini(w->sfu);
    free(w->storage);
}

static inline struct client *client_at(struct world *w, const struct ipc_addr *a)
{
    for (uint32_t i = 0; i < w->clients; i++) {
        if (memcmp(&w->client[i].addr, a, sizeof *a) == 0)
            return &w->client[i];
    }
    return NULL;
}

static inline void client_take_rtcp(struct client *c, uint8_t *bytes, size_t len)
{
    struct rtcp_walk walk;
    struct rtcp_item item;
    assert_int_equal(seal_unseal_rtcp(&c->seal, bytes, &len), ERR_OK);
    rtcp_walk_init(&walk, span_of(bytes, len));
    while (rtcp_next(&walk, &item)) {
        c->rtcp++;
        if (item.kind == RTCP_PLI) {
            c->pli++;
            c->pli_ssrc = item.media_ssrc;
        } else if (item.kind == RTCP_NACK) {
            c->nacks++;
            c->nack_seq = rtcp_nack_at(&item, 0).seq;
        } else if (item.kind == RTCP_TWCC) {
            c->twcc++;
        } else if (item.kind == RTCP_SR) {
            c->sr++;
            c->last_sr = item.sender;
            c->last_sr_ssrc = item.sender_ssrc;
        } else if (item.kind == RTCP_RR) {
            c->rr++;
            if (item.reports)
                c->last_rr = rtcp_report_at(&item, 0);
        }
    }
    assert_int_equal(walk.result, ERR_OK);
}

static inline void client_take_rtp(struct world *w, struct client *c, uint8_t *bytes, size_t len)
{
    struct rtp_packet p;
    struct rtpext_set ext;
    assert_int_equal(rtp_parse(&p, span_of(bytes, len), RTP_SEALED), ERR_OK);
    struct stream *s = world_stream(c->in, p.ssrc);
    assert_int_equal(seal_unseal_rtp(&c->seal, &s->seal, bytes, &len, p.header_len), ERR_OK);
    assert_int_equal(rtp_parse(&p, span_of(bytes, len), RTP_OPENED), ERR_OK);
    assert_int_equal(rtpext_parse(&ext, &p), ERR_OK);
    assert_true(c->got_count < WORLD_GOT);
    struct got *g = &c->got[c->got_count++];
    *g = (struct got){.ssrc = p.ssrc,
                      .ts = p.ts,
                      .seq = p.seq,
                      .pt = p.pt,
                      .marker = p.marker,
                      .len = (uint8_t)p.payload.len,
                      .at = w->now};
    g->has_twcc = rtpext_twcc(rtpext_get(&ext, X_TWCC), &g->twcc);
    bool voice;
    (void)rtpext_audio_level(rtpext_get(&ext, X_LEVEL), &g->level, &voice);
    struct span dependency = rtpext_get(&ext, X_DEPENDENCY);
    g->described = (uint8_t)dependency.len;
    memcpy(g->dependency, dependency.ptr ? dependency.ptr : bytes, dependency.len);
    struct span payload = p.payload;
    if ((p.pt == VP8_RTX || p.pt == OPUS_RTX) && payload.len >= 2) {
        g->osn = (uint16_t)(payload.ptr[0] << 8 | payload.ptr[1]);
        payload = span_of(payload.ptr + 2, payload.len - 2);
    }
    memcpy(g->first, payload.ptr, payload.len < 16 ? payload.len : 16);
    if (p.pt == VP8_PT || p.pt == VP8_RTX)
        (void)vp8_parse(&g->vp8, payload);
}

static inline void world_deliver(struct world *w, const struct sfu_run *run)
{
    struct client *c = client_at(w, &run->remote);
    for (uint32_t i = 0; i < run->count; i++) {
        uint8_t bytes[SFU_DATAGRAM_MAX];
        size_t len = run->datagrams[i].len;
        if (!c) {
            w->stray_sends++;
            w->stray_bytes += len;
            continue;
        }
        memcpy(bytes, run->datagrams[i].ptr, len);
        switch (demux_classify(span_of(bytes, len))) {
        case DEMUX_STUN:
            c->stun++;
            break;
        case DEMUX_RTP:
            client_take_rtp(w, c, bytes, len);
            break;
        case DEMUX_RTCP:
            client_take_rtcp(c, bytes, len);
            break;
        case DEMUX_DTLS:
        case DEMUX_OTHER:
            fail_msg("the core invented a datagram");
        }
    }
}

/* Carries out effects and delivers what was sent. */
static inline void world_drain(struct world *w)
{
    struct sfu_effect e;
    struct sfu_sends sends;
    while (sfu_poll(w->sfu, &e)) {
        if (e.type == SFU_REPLY) {
            w->replies[w->reply_count++ % WORLD_REPLIES] = *e.as.reply;
        } else if (e.type == SFU_PATH_OPEN) {
            struct client *c = client_at(w, &e.as.path_open.remote);
            if (c)
                c->path = e.as.path_open.path;
        } else if (e.type == SFU_DTLS_IN) {
            for (uint32_t i = 0; i < w->clients; i++)
                w->client[i].dtls_seen++;
        }
    }
    while (sfu_send(w->sfu, &sends)) {
        for (uint32_t i = 0; i < sends.count; i++)
            world_deliver(w, &sends.runs[i]);
    }
}

static inline enum err world_command(struct world *w, const struct ipc_message *m)
{
    enum err e =
        sfu_input(w->sfu, &(struct sfu_event){.type = SFU_COMMAND, .as.command = m}, w->now);
    world_drain(w);
    return e;
}

static inline void world_advance(struct world *w, duration_us by)
{
    instant_us end = w->now + by;
    while (sfu_deadline(w->sfu) <= end) {
        w->now = w->now > sfu_deadline(w->sfu) ? w->now : sfu_deadline(w->sfu);
        (void)sfu_input(w->sfu, &(struct sfu_event){.type = SFU_TICK}, w->now);
        world_drain(w);
    }
    w->now = end;
}

/* A datagram from any address. */
static inline void world_receive(struct world *w, const struct ipc_addr *from, struct handle path,
                                 uint8_t *bytes, size_t len)
{
    struct sfu_datagram d = {
        .path = path, .remote = *from, .local = world_server, .bytes = bytes, .len = (uint32_t)len};
    assert_int_equal(sfu_receive(w->sfu, &d, 1, w->now), 1);
    world_drain(w);
}

static inline uint64_t world_count(struct world *w, enum sfu_counter c)
{
    return sfu_counters(w->sfu)->value[c];
}

static inline uint64_t world_dropped(struct world *w, enum sfu_drop d)
{
    return sfu_counters(w->sfu)->value[(size_t)COUNTER_DROP_NONE + d];
}

static inline const struct ipc_message *world_last(struct world *w, uint32_t type)
{
    for (uint32_t i = w->reply_count; i-- > 0;) {
        if (w->replies[i].type == type)
            return &w->replies[i];
    }
    return NULL;
}

/* --- a client --------------------------------------------------------------------------------- */

static inline size_t client_stun(struct client *c, uint8_t *out, size_t cap, bool nominate)
{
    char name[24];
    size_t n = strlen(c->ufrag);
    memcpy(name, c->ufrag, n);
    memcpy(name + n, ":them", 5);
    struct stun_request r = {.username = span_of(name, n + 5),
                             .priority = 1,
                             .tiebreaker = c->id,
                             .use_candidate = nominate};
    c->stun_id++;
    memcpy(r.id, &c->stun_id, sizeof c->stun_id);
    memcpy(r.id + 8, &c->id, sizeof c->id);
    struct writer w = writer_of(out, cap);
    assert_true(stun_write_request(&w, &r, &c->key));
    return writer_len(&w);
}

static inline void client_check(struct world *w, struct client *c)
{
    uint8_t bytes[STUN_WRITE_MAX];
    size_t len = client_stun(c, bytes, sizeof bytes, true);
    world_receive(w, &c->addr, c->path, bytes, len);
}

/* Peer and transport `id` in room 1, with ICE credentials, nothing sent yet. */
static inline struct client *client_enter(struct world *w, uint32_t id)
{
    struct client *c = &w->client[w->clients++];
    assert_true(w->clients <= WORLD_CLIENTS);
    c->id = id;
    c->addr = (struct ipc_addr){4, {10, 0, (uint8_t)id, 2}, (uint16_t)(5000 + id)};
    c->got = calloc(WORLD_GOT, sizeof *c->got);
    struct ipc_message m = {.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = 1};
    (void)world_command(w, &m); /* the first one opens it */
    m = (struct ipc_message){.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, id}};
    assert_int_equal(world_command(w, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_TRANSPORT_OPEN,
                             .as.TRANSPORT_OPEN = {.peer = id, .transport = id}};
    c->ufrag[0] = '0';
    c->ufrag[1] = (char)('0' + w->sfu->config.index);
    c->ufrag[2] = 'u';
    c->ufrag[3] = (char)('a' + id);
    memcpy(m.as.TRANSPORT_OPEN.ufrag, c->ufrag, sizeof c->ufrag);
    memset(m.as.TRANSPORT_OPEN.pwd, 'p', 24);
    hmac_sha1_init(&c->key, span_of(m.as.TRANSPORT_OPEN.pwd, 24));
    assert_int_equal(world_command(w, &m), ERR_OK);
    return c;
}

static inline void client_keys(struct world *w, struct client *c)
{
    struct srtp_keys ours = {.suite = SRTP_SUITE_AEAD_GCM}, theirs;
    memset(ours.local_key, (int)(1 + c->id), sizeof ours.local_key);
    memset(ours.remote_key, (int)(101 + c->id), sizeof ours.remote_key);
    memset(ours.local_salt, (int)(51 + c->id), 12);
    memset(ours.remote_salt, (int)(151 + c->id % 100), 12);
    theirs = ours;
    memcpy(theirs.local_key, ours.remote_key, sizeof ours.local_key);
    memcpy(theirs.remote_key, ours.local_key, sizeof ours.local_key);
    memcpy(theirs.local_salt, ours.remote_salt, sizeof ours.local_salt);
    memcpy(theirs.remote_salt, ours.local_salt, sizeof ours.local_salt);
    assert_int_equal(seal_open(&c->seal, &theirs), ERR_OK);
    uint64_t packed = 0;
    assert_true(map_get(&w->sfu->transport_by_id, c->id, &packed));
    struct sfu_event e = {.type = SFU_KEYS,
                          .as.keys = {.transport = handle_unpack(packed), .keys = &ours}};
    assert_int_equal(sfu_input(w->sfu, &e, w->now), ERR_OK);
    world_drain(w);
}

static inline struct client *client_join(struct world *w, uint32_t id)
{
    struct client *c = client_enter(w, id);
    client_check(w, c);
    assert_int_equal(c->stun, 1);
    client_keys(w, c);
    return c;
}

/* As if a receiver's feedback had proved a wide way: nothing waits for its pace or for an estimate.
 */
static inline void client_wide(struct world *w, const struct client *c)
{
    uint64_t packed = 0;
    assert_true(map_get(&w->sfu->transport_by_id, c->id, &packed));
    struct transport *t = pool_get(&w->sfu->transports, handle_unpack(packed));
    t->bwe.rate = BWE_MAX_BPS;
    pace_set(w->sfu, t);
}

static inline struct ipc_message track_message(const struct client *c, uint32_t track,
                                               enum ipc_kind kind)
{
    struct ipc_message m = {.type = IPC_TRACK_OPEN};
    struct ipc_track_open *t = &m.as.TRACK_OPEN;
    t->peer = t->transport = c->id;
    t->track = track;
    t->kind = (uint8_t)kind;
    t->source = kind == IPC_AUDIO ? IPC_MIC : IPC_CAMERA;
    t->codec = kind == IPC_AUDIO ? IPC_OPUS : IPC_VP8;
    t->pt = kind == IPC_AUDIO ? OPUS_PT : VP8_PT;
    t->rtx_pt = kind == IPC_AUDIO ? 0 : VP8_RTX;
    t->encodings = 1;
    t->mid[0] = (char)('0' + track % 10);
    t->ext[IPC_EXT_MID] = X_MID;
    t->ext[IPC_EXT_RID] = X_RID;
    t->ext[IPC_EXT_RRID] = X_RRID;
    t->ext[IPC_EXT_TWCC] = X_TWCC;
    t->ext[IPC_EXT_AUDIO_LEVEL] = kind == IPC_AUDIO ? X_LEVEL : 0;
    t->ext[IPC_EXT_ORIENTATION] = kind == IPC_VIDEO ? X_TURN : 0;
    t->ext[IPC_EXT_DEPENDENCY] = kind == IPC_VIDEO ? X_DEPENDENCY : 0;
    return m;
}

/* Subscription `id` of `c` to a track, its SSRC id * 10, RTX id * 10 + 1; unpaused. */
static inline void client_subscribe(struct world *w, const struct client *c, uint32_t track,
                                    uint32_t id, enum ipc_kind kind)
{
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_OPEN};
    struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
    o->transport = c->id;
    o->track = track;
    o->subscription = id;
    o->ssrc = id * 10;
    o->rtx_ssrc = kind == IPC_VIDEO ? id * 10 + 1 : 0;
    o->pt = kind == IPC_VIDEO ? VP8_PT : OPUS_PT;
    o->rtx_pt = kind == IPC_VIDEO ? VP8_RTX : 0;
    o->ext[IPC_EXT_MID] = X_MID;
    o->ext[IPC_EXT_ABS_SEND_TIME] = X_ABS;
    o->ext[IPC_EXT_TWCC] = X_TWCC;
    o->ext[IPC_EXT_AUDIO_LEVEL] = X_LEVEL;
    o->ext[IPC_EXT_ORIENTATION] = X_TURN;
    o->ext[IPC_EXT_DEPENDENCY] = kind == IPC_VIDEO ? X_DEPENDENCY : 0;
    o->mid[0] = 's';
    assert_int_equal(world_command(w, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_SUBSCRIPTION_SET,
                             .as.SUBSCRIPTION_SET = {.subscription = id, .paused = 0, .layer = 3}};
    assert_int_equal(world_command(w, &m), ERR_OK);
}

/* Slots 1 .. n of the room's voices, their ids and SSRCs from `id` on as above. */
static inline void client_voices(struct world *w, const struct client *c, uint32_t id, uint8_t n)
{
    for (uint8_t i = 0; i < n; i++) {
        struct ipc_message m = {.type = IPC_SUBSCRIPTION_OPEN};
        struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
        o->transport = c->id;
        o->slot = (uint8_t)(i + 1);
        o->subscription = id + i;
        o->ssrc = (id + i) * 10;
        o->pt = OPUS_PT;
        o->ext[IPC_EXT_MID] = X_MID;
        o->ext[IPC_EXT_AUDIO_LEVEL] = X_LEVEL;
        o->mid[0] = 'v';
        assert_int_equal(world_command(w, &m), ERR_OK);
    }
}

/* What a fake client sends. Zero fields are left out. */
struct shot {
    uint32_t ssrc, ts;
    uint16_t seq, twcc;
    uint8_t pt;
    bool marker;
    const char *mid, *rid, *rrid;
    uint8_t level; /* 0: none */
    struct span payload, dependency;
    bool keep_index; /* replay: do not advance the stream */
};

static inline size_t client_seal(struct client *c, const struct shot *s, uint8_t *out, size_t cap)
{
    struct rtpext_set set = {0};
    uint8_t twcc[2];
    if (s->mid)
        rtpext_put(&set, X_MID, span_str(s->mid));
    if (s->rid)
        rtpext_put(&set, X_RID, span_str(s->rid));
    if (s->rrid)
        rtpext_put(&set, X_RRID, span_str(s->rrid));
    if (s->level)
        rtpext_put(&set, X_LEVEL, span_of(&s->level, 1));
    rtpext_write_twcc(twcc, s->twcc);
    if (s->twcc)
        rtpext_put(&set, X_TWCC, span_of(twcc, 2));
    if (s->dependency.ptr)
        rtpext_put(&set, X_DEPENDENCY, s->dependency);
    uint8_t head[256];
    struct writer w = writer_of(head, sizeof head);
    assert_true(rtp_write_header(&w, &(struct rtp_header){.marker = s->marker,
                                                          .pt = s->pt,
                                                          .seq = s->seq,
                                                          .ts = s->ts,
                                                          .ssrc = s->ssrc,
                                                          .ext = &set}));
    struct seal_packet packet = {.header = writer_span(&w), .payload = s->payload};
    struct seal_out sealed = {out, cap, 0};
    assert_int_equal(seal_rtp(&c->seal, &world_stream(c->out, s->ssrc)->seal, &packet, &sealed),
                     ERR_OK);
    return sealed.len;
}

static inline void client_shoot(struct world *w, struct client *c, const struct shot *s)
{
    uint8_t bytes[SFU_DATAGRAM_MAX];
    size_t len = client_seal(c, s, bytes, sizeof bytes);
    world_receive(w, &c->addr, c->path, bytes, len);
}

/* A VP8 payload of one packet: descriptor with a 15-bit picture id and TL0PICIDX, then `mark`. */
static inline struct span vp8_payload(uint8_t out[16], bool key, uint16_t picture, uint8_t mark)
{
    memset(out, mark, 16);
    out[0] = 0x90;                           /* X, S, PID 0 */
    out[1] = 0xe0;                           /* I, L, T */
    out[2] = (uint8_t)(0x80 | picture >> 8); /* M, picture id */
    out[3] = (uint8_t)picture;
    out[4] = (uint8_t)picture;  /* TL0PICIDX */
    out[5] = 0x00;              /* TID 0 */
    out[6] = key ? 0x10 : 0x11; /* P is the lowest bit: 0 for a key frame */
    return span_of(out, 16);
}

static inline void client_rtcp(struct world *w, struct client *c, struct span compound)
{
    uint8_t bytes[SFU_DATAGRAM_MAX];
    struct seal_out out = {bytes, sizeof bytes, 0};
    assert_int_equal(seal_rtcp(&c->seal, compound, &out), ERR_OK);
    world_receive(w, &c->addr, c->path, bytes, out.len);
}

static inline void client_pli(struct world *w, struct client *c, uint32_t media_ssrc)
{
    uint8_t bytes[64];
    struct writer out = writer_of(bytes, sizeof bytes);
    assert_true(rtcp_write_pli(&out, 7, media_ssrc));
    client_rtcp(w, c, writer_span(&out));
}

static inline void client_nack(struct world *w, struct client *c, uint32_t media_ssrc, uint16_t seq,
                               uint16_t mask)
{
    uint8_t bytes[64];
    struct writer out = writer_of(bytes, sizeof bytes);
    struct rtcp_nack item = {seq, mask};
    assert_true(rtcp_write_nack(&out, 7, media_ssrc, &item, 1));
    client_rtcp(w, c, writer_span(&out));
}

static inline void client_sr(struct world *w, struct client *c, uint32_t ssrc, uint64_t ntp,
                             uint32_t ts)
{
    uint8_t bytes[64];
    struct writer out = writer_of(bytes, sizeof bytes);
    struct rtcp_sender sender = {.ntp = ntp, .rtp_ts = ts, .packets = 1, .octets = 1};
    assert_true(rtcp_write_sr(&out, ssrc, &sender, NULL, 0));
    client_rtcp(w, c, writer_span(&out));
}

#endif
