/* A transport's life: checks, handshake, keys, media, the end. */
#include "client/client.h"

#include "base/bug.h"
#include "client/state.h"
#include "crypt/crypt.h"
#include "proto/demux.h"

enum { ALIGN = 16 };

/* ---- storage ---- */

static size_t part(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* Hands out the storage in order; with base NULL it only counts. */
struct cut {
    uint8_t *base;
    size_t used;
};

static void *take(struct cut *k, size_t count, size_t size)
{
    void *p = k->base ? k->base + k->used : NULL;
    k->used += part(count * size);
    return count > 0 ? p : NULL;
}

static void cut_history(struct cut *k, const struct client_config *f, struct track_out *tracks)
{
    for (int i = 0; i < f->tracks; i++) {
        for (int n = 0; n < LIMIT_TRACK_ENCODINGS; n++) {
            void *p = take(k, f->history, sizeof(struct history_entry));
            if (k->base)
                tracks[i].encoding[n].history = p;
        }
    }
}

static void cut_streams(struct cut *k, const struct client_config *f, struct stream_in *streams)
{
    for (int i = 0; i < f->streams; i++) {
        void *nack = take(k, f->repair ? 1 : 0, sizeof(struct nack));
        void *frames = take(k, f->frame_bytes ? 1 : 0, sizeof(struct assembler));
        void *slots = take(k, f->frame_bytes ? 1 : 0, assemble_size(f->frame_bytes));
        if (!k->base)
            continue;
        streams[i].nack = nack;
        streams[i].frames = frames;
        if (frames)
            assemble_init(frames, slots, f->frame_bytes);
    }
}

static size_t lay_out(struct client *c, const struct client_config *f)
{
    struct cut k = {.base = (uint8_t *)c};
    (void)take(&k, 1, sizeof *c);
    struct track_out *tracks = take(&k, f->tracks, sizeof *tracks);
    struct stream_in *streams = take(&k, f->streams, sizeof *streams);
    struct client_binding *bindings = take(&k, 2u * f->streams, sizeof *bindings);
    struct twcc *twcc = take(&k, f->streams > 0 ? 1 : 0, sizeof *twcc);
    struct rate *rate = take(&k, f->tracks > 0 ? 1 : 0, sizeof *rate);
    if (c) {
        c->tracks = tracks;
        c->streams = streams;
        c->bindings = bindings;
        c->twcc = twcc;
        c->rate = rate;
    }
    cut_history(&k, f, tracks);
    cut_streams(&k, f, streams);
    return k.used;
}

size_t client_size(const struct client_config *config)
{
    return lay_out(NULL, config);
}

struct client *client_init(void *storage, const struct client_config *config, instant_us now)
{
    struct client *c = storage;
    BUG_IF((config->history & (config->history - 1u)) != 0);
    c->config = *config;
    (void)lay_out(c, config);
    c->random = config->seed;
    agent_init(&c->agent, agent_draw(&c->random));
    c->local_ssrc = (uint32_t)agent_draw(&c->random) | 1u;
    c->report_at = c->repair_at = INSTANT_NEVER;
    c->now = now;
    if (c->twcc)
        twcc_init(c->twcc, c->local_ssrc, 0);
    if (c->rate)
        rate_init(c->rate);
    return c;
}

void client_fini(struct client *c)
{
    dtls_close(c->dtls);
    c->dtls = NULL;
    if (c->seal.suite != SRTP_SUITE_NONE)
        seal_close(&c->seal);
    agent_fini(&c->agent);
    c->state = CLIENT_DEAD;
}

const char *client_ufrag(const struct client *c)
{
    return c->agent.ufrag;
}

const char *client_pwd(const struct client *c)
{
    return c->agent.pwd;
}

/* ---- what leaves ---- */

uint8_t *client_out_room(struct client_out *out, size_t max)
{
    if (out->count < out->cap && out->size - out->used >= max)
        return out->bytes + out->used;
    out->dropped++;
    return NULL;
}

void client_out_add(struct client_out *out, size_t len)
{
    out->datagrams[out->count++] = span_of(out->bytes + out->used, len);
    out->used += len;
}

static void write_checks(struct client *c, instant_us now, struct client_out *out)
{
    uint8_t *room = now >= agent_deadline(&c->agent) ? client_out_room(out, STUN_WRITE_MAX) : NULL;
    struct writer w = writer_of(room, room ? STUN_WRITE_MAX : 0);
    if (room && agent_poll(&c->agent, now, &w))
        client_out_add(out, writer_len(&w));
}

static void write_handshake(struct client *c, struct client_out *out)
{
    while (c->dtls) {
        uint8_t *room = client_out_room(out, DTLS_MTU);
        size_t len = room ? dtls_poll(c->dtls, room, DTLS_MTU) : 0;
        if (len == 0)
            return;
        client_out_add(out, len);
    }
}

/* ---- life ---- */

void client_fail(struct client *c, enum err reason)
{
    if (c->state == CLIENT_DEAD)
        return;
    c->state = CLIENT_DEAD;
    c->reason = reason;
    c->tell_failed = true;
}

static void open_media(struct client *c, instant_us now)
{
    struct srtp_keys keys;
    enum err e = dtls_keys(c->dtls, &keys);
    if (e == ERR_OK)
        e = seal_open(&c->seal, &keys);
    crypt_wipe(&keys, sizeof keys);
    if (e != ERR_OK) {
        client_fail(c, e);
        return;
    }
    c->state = CLIENT_OPEN;
    c->stats.connected_at = now;
    c->report_at =
        now + CLIENT_REPORT_US / 4; /* the first one soon: it says that SSRCs are known */
    c->tell_connected = true;
}

/* Looks what the handshake came to. */
static void watch_handshake(struct client *c, instant_us now, struct client_out *out)
{
    if (!c->dtls)
        return;
    write_handshake(c, out);
    enum dtls_state s = dtls_state(c->dtls);
    if (s == DTLS_FAILED)
        client_fail(c, dtls_reason(c->dtls));
    else if (s == DTLS_CONNECTED && c->state == CLIENT_SECURING)
        open_media(c, now);
    /* A passive peer may yet need our last flight again, an active one has ours answered. */
    if (c->config.lean && c->state == CLIENT_OPEN && c->config.role == DTLS_ROLE_CLIENT) {
        dtls_close(c->dtls);
        c->dtls = NULL;
    }
}

static void start_handshake(struct client *c, instant_us now, struct client_out *out)
{
    c->dtls = dtls_open(c->config.dtls, c->config.role, now);
    if (!c->dtls) {
        client_fail(c, ERR_NOMEM);
        return;
    }
    c->state = CLIENT_SECURING;
    c->stats.checked_at = now;
    dtls_expect(c->dtls, c->remote.fingerprint, now);
    watch_handshake(c, now, out);
}

enum err client_connect(struct client *c, const struct client_remote *remote, instant_us now,
                        struct client_out *out)
{
    if (c->state != CLIENT_NEW)
        return ERR_STATE;
    if (!agent_start(&c->agent, remote->ufrag, remote->pwd, now))
        return ERR_LIMIT;
    c->remote = *remote;
    c->remote.ufrag = c->remote.pwd = NULL; /* the agent has its own copy */
    c->agent.address = remote->address;
    c->state = CLIENT_CHECKING;
    c->now = now;
    write_checks(c, now, out);
    return ERR_OK;
}

enum err client_restart(struct client *c, const struct client_remote *remote, instant_us now,
                        struct client_out *out)
{
    if (c->state == CLIENT_NEW || c->state == CLIENT_DEAD)
        return ERR_STATE;
    if (!agent_start(&c->agent, remote->ufrag, remote->pwd, now))
        return ERR_LIMIT;
    c->now = now;
    write_checks(c, now, out);
    return ERR_OK;
}

void client_goodbye(struct client *c, instant_us now, struct client_out *out)
{
    if (c->state == CLIENT_OPEN)
        report_goodbye(c, now, out);
    if (c->dtls) {
        dtls_goodbye(c->dtls);
        write_handshake(c, out);
    }
    c->state = CLIENT_DEAD;
}

/* ---- in ---- */

static void take_check(struct client *c, struct span datagram, instant_us now,
                       struct client_out *out)
{
    uint8_t answer[STUN_WRITE_MAX];
    struct writer w = writer_of(answer, sizeof answer);
    switch (agent_input(&c->agent, datagram, now, &w)) {
    case AGENT_DROPPED:
        c->stats.refused++;
        break;
    case AGENT_CONSENTS:
        c->stats.round_trip_us = c->agent.round_trip_us;
        if (c->state == CLIENT_CHECKING)
            start_handshake(c, now, out);
        break;
    case AGENT_ASKED: {
        uint8_t *room = client_out_room(out, writer_len(&w));
        if (!room)
            break;
        memcpy(room, answer, writer_len(&w));
        client_out_add(out, writer_len(&w));
        break;
    }
    }
}

uint32_t client_receive(struct client *c, const struct client_batch *batch, instant_us now,
                        struct client_out *out)
{
    uint32_t count = 0;
    c->now = now;
    for (uint32_t i = 0; i < batch->count && c->state != CLIENT_DEAD; i++) {
        const struct client_datagram *d = &batch->in[i];
        struct span bytes = span_of(d->bytes, d->len);
        switch (d->len <= LIMIT_DATAGRAM ? demux_classify(bytes) : DEMUX_OTHER) {
        case DEMUX_RTP:
            count += receive_rtp(c, d, &batch->packets[count]) ? 1 : 0;
            break;
        case DEMUX_RTCP:
            report_take(c, d, now, out);
            break;
        case DEMUX_STUN:
            take_check(c, bytes, now, out);
            break;
        case DEMUX_DTLS:
            if (c->dtls)
                dtls_input(c->dtls, bytes, now);
            watch_handshake(c, now, out);
            break;
        case DEMUX_OTHER:
            c->stats.refused++;
            break;
        }
    }
    report_write(c, now, out);
    return count;
}

void client_tick(struct client *c, instant_us now, struct client_out *out)
{
    c->now = now;
    if (c->state == CLIENT_NEW || c->state == CLIENT_DEAD)
        return;
    if (agent_lost(&c->agent, now)) {
        client_fail(c, ERR_AGAIN);
        return;
    }
    write_checks(c, now, out);
    if (c->dtls && now >= dtls_deadline(c->dtls)) {
        dtls_tick(c->dtls, now);
        watch_handshake(c, now, out);
    }
    report_write(c, now, out);
}

instant_us client_deadline(const struct client *c)
{
    if (c->state == CLIENT_NEW || c->state == CLIENT_DEAD)
        return INSTANT_NEVER;
    instant_us at = agent_deadline(&c->agent);
    if (c->dtls)
        at = instant_min(at, dtls_deadline(c->dtls));
    return c->state == CLIENT_OPEN ? instant_min(at, report_deadline(c)) : at;
}

/* ---- what happened ---- */

static bool poll_keyframe(struct client *c, struct client_event *event)
{
    for (int i = 0; i < c->config.tracks; i++) {
        struct track_out *t = &c->tracks[i];
        for (int k = 0; t->used && k < t->as.encodings; k++) {
            if (!t->encoding[k].wants_keyframe)
                continue;
            t->encoding[k].wants_keyframe = false;
            *event = (struct client_event){
                .type = CLIENT_KEYFRAME_WANTED, .track = i, .encoding = (uint8_t)k};
            return true;
        }
    }
    return false;
}

bool client_poll(struct client *c, struct client_event *event)
{
    if (c->tell_connected) {
        c->tell_connected = false;
        *event =
            (struct client_event){.type = CLIENT_CONNECTED, .srtp_suite = (uint8_t)c->seal.suite};
        return true;
    }
    if (c->tell_failed) {
        c->tell_failed = false;
        *event = (struct client_event){.type = CLIENT_FAILED, .reason = c->reason};
        return true;
    }
    if (c->tell_rate) {
        c->tell_rate = false;
        *event = (struct client_event){.type = CLIENT_RATE, .rate_bps = c->rate->bps};
        return true;
    }
    return poll_keyframe(c, event);
}

struct client_stats client_stats(const struct client *c)
{
    struct client_stats s = c->stats;
    s.rate_bps = c->rate ? c->rate->told_bps : 0;
    for (int i = 0; i < c->config.streams; i++)
        if (c->streams[i].used && c->streams[i].frames)
            s.frames_lost += c->streams[i].frames->lost;
    return s;
}
