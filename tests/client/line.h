/* Real clients of src/client against a real forwarding core, joined by lines with a delay and with
 * losses that a test chooses; DTLS included. Virtual time, no socket.
 * owns: the core, the clients, the associations of the server's side. */
#ifndef TESTS_CLIENT_LINE_H
#define TESTS_CLIENT_LINE_H

#include "base/fact.h"

#include <stdlib.h>
#include <string.h>

#include "client/client.h"
#include "crypt/crypt.h"
#include "proto/demux.h"
#include "sfu/state.h"

enum {
    LINE_ENDS = 4,
    LINE_FLYING = 8192,
    LINE_DATAGRAMS = 256,
    LINE_GOT = 4096,
    LINE_FIRST = 24,
    LINE_MID = 1,
    LINE_RID = 2,
    LINE_RRID = 3,
    LINE_ABS = 4,
    LINE_TWCC = 5,
    LINE_LEVEL = 6,
    LINE_OPUS = 111,
    LINE_VP8 = 96,
    LINE_RTX = 97,
    LINE_OPUS_RTX = 112,
};

struct line;

struct line_flying {
    instant_us at;
    int end; /* whose */
    bool up; /* to the server */
    uint32_t len;
    uint8_t bytes[SFU_DATAGRAM_MAX];
};

struct line_end {
    uint32_t id; /* peer and transport */
    struct ipc_addr addr;
    struct handle path, transport;
    struct client *client; /* *owned*, with its storage */
    struct dtls *server;   /* *owned*: the server's side */
    bool settled;
    uint8_t expected[CERT_FINGERPRINT_LEN];
    bool has_expected;
    uint32_t connected, failed, keyframes_wanted, rates;
    enum err reason;
    uint32_t rate_bps;
    struct client_packet got[LINE_GOT];
    uint8_t first[LINE_GOT][LINE_FIRST]; /* of each payload */
    uint32_t got_count;
};

struct line {
    struct sfu *sfu;
    void *storage;
    instant_us now;
    duration_us delay; /* one way */
    struct cert *server_cert, *client_cert;
    struct dtls_ctx *server_ctx, *client_ctx;
    struct line_end end[LINE_ENDS];
    int ends;
    struct line_flying *flying; /* a ring: one delay keeps them in order */
    uint32_t fly_first, fly_count;
    /* True: the datagram is lost. Asked for each, in order. */
    bool (*lose)(struct line *l, const struct line_flying *f);
    uint32_t seen, lost;
    struct ipc_message refused;
};

static const struct ipc_addr line_server = {4, {10, 0, 0, 1}, 8443};

static inline void line_open(struct line *l, const char *profiles)
{
    const struct sfu_config c = {.media_count = 1,
                                 .rooms = 2,
                                 .peers = 8,
                                 .transports = 16,
                                 .paths = 32,
                                 .tracks = 16,
                                 .subscriptions = 64,
                                 .packets = 2048,
                                 .pending = 4096,
                                 .seed = 7};
    memset(l, 0, sizeof *l);
    l->now = 1000 * US_PER_S;
    l->delay = 10 * US_PER_MS;
    l->storage = calloc(1, sfu_size(&c));
    l->flying = calloc(LINE_FLYING, sizeof *l->flying);
    assert_non_null(l->storage);
    assert_non_null(l->flying);
    l->sfu = sfu_init(l->storage, &c, l->now);
    assert_int_equal(cert_open(&l->server_cert, 1700000000), ERR_OK);
    assert_int_equal(cert_open(&l->client_cert, 1700000000), ERR_OK);
    assert_int_equal(dtls_ctx_open(&l->server_ctx, l->server_cert, NULL), ERR_OK);
    assert_int_equal(dtls_ctx_open(&l->client_ctx, l->client_cert, profiles), ERR_OK);
}

static inline void line_close(struct line *l)
{
    for (int i = 0; i < l->ends; i++) {
        client_fini(l->end[i].client);
        free(l->end[i].client);
        dtls_close(l->end[i].server);
    }
    sfu_fini(l->sfu);
    free(l->storage);
    free(l->flying);
    dtls_ctx_close(l->server_ctx);
    dtls_ctx_close(l->client_ctx);
    cert_close(l->server_cert);
    cert_close(l->client_cert);
}

static inline void line_fly(struct line *l, int end, bool up, struct span bytes)
{
    assert_true(l->fly_count < LINE_FLYING);
    struct line_flying *f = &l->flying[(l->fly_first + l->fly_count) % LINE_FLYING];
    f->at = l->now + l->delay;
    f->end = end;
    f->up = up;
    f->len = (uint32_t)bytes.len;
    assert_true(bytes.len <= sizeof f->bytes);
    memcpy(f->bytes, bytes.ptr, bytes.len);
    l->seen++;
    if (l->lose && l->lose(l, f))
        l->lost++;
    else
        l->fly_count++;
}

/* ---- the client's side ---- */

struct line_out {
    struct client_out out;
    struct span datagrams[LINE_DATAGRAMS];
    uint8_t bytes[LINE_DATAGRAMS * CLIENT_DATAGRAM_MAX];
};

static inline struct client_out *line_out(struct line_out *o)
{
    o->out = (struct client_out){.datagrams = o->datagrams,
                                 .bytes = o->bytes,
                                 .cap = LINE_DATAGRAMS,
                                 .size = sizeof o->bytes};
    return &o->out;
}

/* Sends what a client wrote, and takes its news. */
static inline void line_flush(struct line *l, int at, struct line_out *o)
{
    struct line_end *e = &l->end[at];
    struct client_event event;
    assert_int_equal(o->out.dropped, 0);
    for (uint32_t i = 0; i < o->out.count; i++) {
        assert_true(o->datagrams[i].len <= 1200);
        line_fly(l, at, true, o->datagrams[i]);
    }
    while (client_poll(e->client, &event)) {
        switch (event.type) {
        case CLIENT_CONNECTED:
            e->connected++;
            break;
        case CLIENT_FAILED:
            e->failed++;
            e->reason = event.reason;
            break;
        case CLIENT_KEYFRAME_WANTED:
            e->keyframes_wanted++;
            break;
        case CLIENT_RATE:
            e->rates++;
            e->rate_bps = event.rate_bps;
            break;
        }
    }
}

static inline void line_to_client(struct line *l, struct line_flying *f)
{
    struct line_end *e = &l->end[f->end];
    struct client_datagram d = {.bytes = f->bytes, .len = f->len, .at = l->now};
    struct client_packet p;
    struct line_out *o = calloc(1, sizeof *o);
    assert_non_null(o);
    const struct client_batch b = {.in = &d, .count = 1, .packets = &p};
    if (client_receive(e->client, &b, l->now, line_out(o)) == 1) {
        assert_true(e->got_count < LINE_GOT);
        memcpy(e->first[e->got_count], p.payload.ptr,
               p.payload.len < LINE_FIRST ? p.payload.len : LINE_FIRST);
        e->got[e->got_count++] = p;
    }
    line_flush(l, f->end, o);
    free(o);
}

/* ---- the server's side ---- */

static inline struct line_end *line_of_transport(struct line *l, struct handle h)
{
    for (int i = 0; i < l->ends; i++) {
        uint64_t packed = 0;
        if (map_get(&l->sfu->transport_by_id, l->end[i].id, &packed) &&
            handle_equal(handle_unpack(packed), h)) {
            l->end[i].transport = h;
            return &l->end[i];
        }
    }
    return NULL;
}

static inline void line_pump_dtls(struct line *l, struct line_end *e)
{
    uint8_t out[DTLS_MTU];
    size_t len;
    while ((len = dtls_poll(e->server, out, sizeof out)) > 0) {
        struct sfu_event v = {
            .type = SFU_DTLS_OUT,
            .as.dtls_out = {.transport = e->transport, .bytes = span_of(out, len)}};
        (void)sfu_input(l->sfu, &v, l->now);
    }
    if (dtls_state(e->server) == DTLS_CONNECTED && !e->settled) {
        struct srtp_keys keys;
        e->settled = true;
        assert_int_equal(dtls_keys(e->server, &keys), ERR_OK);
        struct sfu_event v = {.type = SFU_KEYS,
                              .as.keys = {.transport = e->transport, .keys = &keys}};
        assert_int_equal(sfu_input(l->sfu, &v, l->now), ERR_OK);
    } else if (dtls_state(e->server) == DTLS_FAILED && e->has_expected) {
        struct sfu_event v = {
            .type = SFU_DTLS_ENDED,
            .as.dtls_ended = {.transport = e->transport, .reason = dtls_reason(e->server)}};
        e->has_expected = false;
        (void)sfu_input(l->sfu, &v, l->now);
    }
}

static inline void line_effect(struct line *l, const struct sfu_effect *f)
{
    struct line_end *e;
    switch (f->type) {
    case SFU_REPLY:
        if (f->as.reply->type == IPC_REFUSED)
            l->refused = *f->as.reply;
        break;
    case SFU_PATH_OPEN:
        for (int i = 0; i < l->ends; i++)
            if (memcmp(&l->end[i].addr, &f->as.path_open.remote, sizeof l->end[i].addr) == 0)
                l->end[i].path = f->as.path_open.path;
        break;
    case SFU_DTLS_EXPECT:
        e = line_of_transport(l, f->as.dtls_expect.transport);
        assert_non_null(e);
        memcpy(e->expected, f->as.dtls_expect.fingerprint, sizeof e->expected);
        e->has_expected = true;
        break;
    case SFU_DTLS_IN:
        e = line_of_transport(l, f->as.dtls_in.transport);
        assert_non_null(e);
        if (!e->server) {
            e->server = dtls_open(l->server_ctx, DTLS_ROLE_SERVER, l->now);
            dtls_expect(e->server, e->expected, l->now);
        }
        dtls_input(e->server, f->as.dtls_in.bytes, l->now);
        line_pump_dtls(l, e);
        break;
    case SFU_PATH_CLOSE:
    case SFU_DTLS_CLOSE:
        break;
    }
}

static inline void line_drain(struct line *l)
{
    struct sfu_effect f;
    struct sfu_sends sends;
    while (sfu_poll(l->sfu, &f))
        line_effect(l, &f);
    while (sfu_send(l->sfu, &sends)) {
        for (uint32_t i = 0; i < sends.count; i++) {
            int to = -1;
            for (int k = 0; k < l->ends; k++)
                if (memcmp(&l->end[k].addr, &sends.runs[i].remote, sizeof l->end[k].addr) == 0)
                    to = k;
            assert_true(to >= 0);
            for (uint32_t n = 0; n < sends.runs[i].count; n++)
                line_fly(l, to, false, sends.runs[i].datagrams[n]);
        }
    }
}

static inline void line_to_server(struct line *l, struct line_flying *f)
{
    const struct line_end *e = &l->end[f->end];
    struct sfu_datagram d = {
        .path = e->path, .remote = e->addr, .local = line_server, .bytes = f->bytes, .len = f->len};
    assert_int_equal(sfu_receive(l->sfu, &d, 1, l->now), 1);
    line_drain(l);
}

static inline enum err line_command(struct line *l, const struct ipc_message *m)
{
    enum err e =
        sfu_input(l->sfu, &(struct sfu_event){.type = SFU_COMMAND, .as.command = m}, l->now);
    line_drain(l);
    return e;
}

/* ---- time ---- */

static inline instant_us line_next(const struct line *l)
{
    instant_us at = sfu_deadline(l->sfu);
    if (l->fly_count > 0)
        at = instant_min(at, l->flying[l->fly_first].at);
    for (int i = 0; i < l->ends; i++) {
        /* The library's handshake timer runs on its own clock: not looked at before it matters. */
        at = instant_min(at, client_deadline(l->end[i].client));
    }
    return at;
}

static inline void line_step(struct line *l)
{
    if (l->fly_count > 0 && l->flying[l->fly_first].at <= l->now) {
        struct line_flying f = l->flying[l->fly_first];
        l->fly_first = (l->fly_first + 1) % LINE_FLYING;
        l->fly_count--;
        if (f.up)
            line_to_server(l, &f);
        else
            line_to_client(l, &f);
        return;
    }
    for (int i = 0; i < l->ends; i++) {
        if (client_deadline(l->end[i].client) > l->now)
            continue;
        struct line_out *o = calloc(1, sizeof *o);
        assert_non_null(o);
        client_tick(l->end[i].client, l->now, line_out(o));
        line_flush(l, i, o);
        free(o);
    }
    if (sfu_deadline(l->sfu) <= l->now) {
        (void)sfu_input(l->sfu, &(struct sfu_event){.type = SFU_TICK}, l->now);
        line_drain(l);
    }
}

static inline void line_advance(struct line *l, duration_us by)
{
    instant_us end = l->now + by;
    while (line_next(l) <= end) {
        l->now = line_next(l) > l->now ? line_next(l) : l->now;
        line_step(l);
    }
    l->now = end;
}

/* ---- a participant ---- */

static inline void line_credentials(const struct line_end *e, char ufrag[9], char pwd[25])
{
    memcpy(ufrag, "00frag_a", 9);
    ufrag[7] = (char)('a' + e->id);
    memset(pwd, 'p', 24);
    pwd[24] = '\0';
}

/* Peer and transport `id` in room 1, signalled both ways but silent. */
static inline int line_enter(struct line *l, uint32_t id, const struct client_config *as)
{
    int at = l->ends++;
    struct line_end *e = &l->end[at];
    struct client_config config = *as;
    assert_true(at < LINE_ENDS);
    e->id = id;
    e->addr = (struct ipc_addr){4, {10, 0, (uint8_t)id, 2}, (uint16_t)(5000 + id)};
    config.dtls = l->client_ctx;
    config.role = DTLS_ROLE_CLIENT;
    config.seed = 99 + id;
    e->client = client_init(calloc(1, client_size(&config)), &config, l->now);
    assert_non_null(e->client);
    struct ipc_message m = {.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = 1};
    (void)line_command(l, &m); /* the first one opens it */
    m = (struct ipc_message){.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, id}};
    assert_int_equal(line_command(l, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_TRANSPORT_OPEN,
                             .as.TRANSPORT_OPEN = {.peer = id, .transport = id}};
    line_credentials(e, m.as.TRANSPORT_OPEN.ufrag, m.as.TRANSPORT_OPEN.pwd);
    assert_int_equal(line_command(l, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_TRANSPORT_CONNECT, .as.TRANSPORT_CONNECT.transport = id};
    cert_fingerprint(l->client_cert, m.as.TRANSPORT_CONNECT.fingerprint);
    assert_int_equal(line_command(l, &m), ERR_OK);
    return at;
}

/* The client hears of the server; `wrong`: with another certificate than it will show. */
static inline void line_connect(struct line *l, int at, bool wrong)
{
    char ufrag[9], pwd[25];
    struct client_remote r = {.ufrag = ufrag, .pwd = pwd};
    struct line_out *o = calloc(1, sizeof *o);
    assert_non_null(o);
    line_credentials(&l->end[at], ufrag, pwd);
    cert_fingerprint(l->server_cert, r.fingerprint);
    r.fingerprint[0] ^= wrong ? 1 : 0;
    assert_int_equal(client_connect(l->end[at].client, &r, l->now, line_out(o)), ERR_OK);
    line_flush(l, at, o);
    free(o);
}

static inline int line_join(struct line *l, uint32_t id, const struct client_config *as)
{
    int at = line_enter(l, id, as);
    line_connect(l, at, false);
    line_advance(l, 200 * US_PER_MS);
    assert_int_equal(l->end[at].connected, 1);
    return at;
}

/* Publishes over the client and tells the core. `track` is the core's id. */
static inline int line_publish(struct line *l, int at, uint32_t track, enum ipc_kind kind,
                               uint8_t encodings)
{
    struct client_track t = {.kind = kind, .encodings = encodings, .mid = "7", .cname = "c"};
    bool video = kind == IPC_VIDEO;
    t.mid[0] = (char)('0' + track % 10);
    t.pt = video ? LINE_VP8 : LINE_OPUS;
    t.rtx_pt = video ? LINE_RTX : LINE_OPUS_RTX;
    t.ext[IPC_EXT_MID] = LINE_MID;
    t.ext[IPC_EXT_RID] = LINE_RID;
    t.ext[IPC_EXT_RRID] = LINE_RRID;
    t.ext[IPC_EXT_TWCC] = LINE_TWCC;
    t.ext[IPC_EXT_ABS_SEND_TIME] = LINE_ABS;
    t.ext[IPC_EXT_AUDIO_LEVEL] = video ? 0 : LINE_LEVEL;
    for (uint8_t i = 0; encodings > 1 && i < encodings; i++)
        t.encoding[i].rid[0] = (char)('a' + i);
    int number = client_publish(l->end[at].client, &t);
    assert_true(number >= 0);
    struct ipc_message m = {.type = IPC_TRACK_OPEN};
    struct ipc_track_open *o = &m.as.TRACK_OPEN;
    o->peer = o->transport = l->end[at].id;
    o->track = track;
    o->kind = (uint8_t)kind;
    o->source = video ? IPC_CAMERA : IPC_MIC;
    o->codec = video ? IPC_VP8 : IPC_OPUS;
    o->pt = t.pt;
    o->rtx_pt = t.rtx_pt;
    o->encodings = encodings;
    memcpy(o->ext, t.ext, sizeof o->ext);
    memcpy(o->mid, t.mid, sizeof o->mid);
    for (uint8_t i = 0; i < encodings; i++)
        memcpy(o->encoding[i].rid, t.encoding[i].rid, sizeof t.encoding[i].rid);
    assert_int_equal(line_command(l, &m), ERR_OK);
    return number;
}

/* Subscription `id` of end `at` to the core's track; its SSRC is id * 10. Gives the stream. */
/* The server knows that the way to this one is wide: what is not about congestion is shown alone.
 */
static inline void line_wide(struct line *l, int at)
{
    uint64_t packed = 0;
    assert_true(map_get(&l->sfu->transport_by_id, l->end[at].id, &packed));
    struct transport *t = pool_get(&l->sfu->transports, handle_unpack(packed));
    t->bwe.rate = BWE_MAX_BPS;
    pace_set(l->sfu, t);
}

static inline int line_subscribe(struct line *l, int at, uint32_t track, uint32_t id,
                                 enum ipc_kind kind)
{
    bool video = kind == IPC_VIDEO;
    struct client_stream s = {.kind = kind,
                              .ssrc = id * 10,
                              .rtx_ssrc = id * 10 + 1,
                              .pt = video ? LINE_VP8 : LINE_OPUS,
                              .rtx_pt = video ? LINE_RTX : LINE_OPUS_RTX};
    s.ext[IPC_EXT_TWCC] = LINE_TWCC;
    s.ext[IPC_EXT_AUDIO_LEVEL] = LINE_LEVEL;
    int stream = client_listen(l->end[at].client, &s);
    assert_true(stream >= 0);
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_OPEN};
    struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
    o->transport = l->end[at].id;
    o->track = track;
    o->subscription = id;
    o->ssrc = s.ssrc;
    o->rtx_ssrc = s.rtx_ssrc;
    o->pt = s.pt;
    o->rtx_pt = s.rtx_pt;
    memcpy(o->ext, s.ext, sizeof o->ext);
    o->mid[0] = 's';
    assert_int_equal(line_command(l, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_SUBSCRIPTION_SET,
                             .as.SUBSCRIPTION_SET = {.subscription = id, .layer = 3}};
    assert_int_equal(line_command(l, &m), ERR_OK);
    return stream;
}

static inline void line_send(struct line *l, int at, const struct client_send *frame)
{
    struct line_out *o = calloc(1, sizeof *o);
    assert_non_null(o);
    assert_int_equal(client_send_frame(l->end[at].client, frame, l->now, line_out(o)), ERR_OK);
    line_flush(l, at, o);
    free(o);
}

#endif
