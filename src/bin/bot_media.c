/* The two transports: ICE, DTLS and SRTP over a UDP socket or a TCP stream each, and the rounds. */
#include "bin/bot_media.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/cmd_args.h"
#include "crypt/cert.h"
#include "io/clock.h"
#include "io/udp.h"

enum {
    DATAGRAMS = 512,
    DATAGRAM_BYTES = 768 << 10,
    HISTORY = 512,
    RETRY_US = 1000000,
    STREAM_AGAIN_US = 5000, /* when a stream took not all: it is tried again */
    SOCKET_BYTES = 2 << 20,
    CANDIDATES_MAX = 32,
};

/* ---- a socket to the server ---- */

struct place {
    union udp_address address;
    socklen_t len;
    bool preferred; /* where the signalling goes, too */
};

/* "::ffff:10.0.0.1" is 10.0.0.1. */
static const char *plain(const char *address)
{
    static const char mapped[] = "::ffff:";
    return strncmp(address, mapped, sizeof mapped - 1) == 0 ? address + sizeof mapped - 1 : address;
}

static bool place_of(const json_t *candidate, const char *peer, const char *wanted,
                     struct place *out)
{
    const char *ip = json_string_value(json_object_get(candidate, "ip"));
    const char *protocol = json_string_value(json_object_get(candidate, "protocol"));
    uint32_t port = bot_number(candidate, "port");
    if (!ip || !protocol || strcmp(protocol, wanted) != 0 || port == 0 || port > UINT16_MAX)
        return false;
    *out = (struct place){.preferred = strcmp(plain(ip), plain(peer)) == 0};
    if (inet_pton(AF_INET, ip, &out->address.v4.sin_addr) == 1) {
        out->address.v4.sin_family = AF_INET;
        out->address.v4.sin_port = htons((uint16_t)port);
        out->len = sizeof out->address.v4;
    } else if (inet_pton(AF_INET6, ip, &out->address.v6.sin6_addr) == 1) {
        out->address.v6.sin6_family = AF_INET6;
        out->address.v6.sin6_port = htons((uint16_t)port);
        out->len = sizeof out->address.v6;
    }
    return out->len > 0;
}

/* The address that the signalling uses first, then the others, one a round. */
static bool choose(const struct bot_media *m, const json_t *candidates, struct place *out)
{
    struct place places[CANDIDATES_MAX];
    const char *wanted = m->flags.tcp ? "tcp" : "udp";
    char peer[64];
    size_t i, count = 0;
    json_t *one;
    bot_wire_peer(m->bot->wire, peer, sizeof peer);
    json_array_foreach(candidates, i, one)
    {
        if (count == CANDIDATES_MAX || !place_of(one, peer, wanted, &places[count]))
            continue;
        if (places[count].preferred) {
            struct place first = places[count];
            places[count] = places[0];
            places[0] = first;
        }
        count++;
    }
    if (count > 0)
        *out = places[m->tries % count];
    return count > 0;
}

static int open_socket(const struct place *p, bool tcp)
{
    int bytes = SOCKET_BYTES, kind = tcp ? SOCK_STREAM : SOCK_DGRAM;
    int fd = socket(p->address.any.sa_family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (!tcp)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (connect(fd, &p->address.any, p->len) == 0 || errno == EINPROGRESS)
        return fd;
    (void)close(fd);
    return -1;
}

/* False: the lane has no socket then. */
static bool open_lane(const struct bot_media *m, struct bot_transport *t, const struct place *p)
{
    t->fd = open_socket(p, m->flags.tcp);
    if (t->fd < 0 || !m->flags.tcp)
        return t->fd >= 0;
    t->carrier = malloc(sizeof *t->carrier);
    if (t->carrier && tcp_open(t->carrier, t->fd) == ERR_OK)
        return true;
    if (!t->carrier) /* else it closed the descriptor */
        (void)close(t->fd);
    free(t->carrier);
    t->carrier = NULL;
    t->fd = -1;
    return false;
}

/* ---- a round ---- */

static void close_lane(struct bot_media *m, enum bot_lane lane)
{
    struct bot_transport *t = &m->lane[lane];
    struct bot *b = m->bot;
    if (t->client) {
        client_goodbye(t->client, clock_now(), &m->out);
        bot_media_flush(m, lane);
        bot_wire_unwatch(b->wire, lane);
        client_fini(t->client);
        free(t->storage);
    }
    if (t->fd >= 0)
        (void)close(t->fd);
    free(t->carrier);
    if (t->id && b->joined)
        (void)bot_ask(
            b, json_pack("{s:s, s:I}", "t", "transport_close", "transport", (json_int_t)t->id), 0);
    *t = (struct bot_transport){.fd = -1};
}

static void end_round(struct bot_media *m)
{
    bot_tracks_end_round(m);
    for (enum bot_lane lane = 0; lane < BOT_LANES; lane++)
        close_lane(m, lane);
    m->round++;
    m->retry_at = INSTANT_NEVER;
}

static void ask_transport(struct bot_media *m, enum bot_lane lane)
{
    struct bot_request what = {
        .step = BOT_STEP_TRANSPORT, .arg = (uint32_t)lane, .round = m->round};
    bot_ask_media(
        m->bot,
        json_pack("{s:s, s:s}", "t", "transport_open", "dir", lane == BOT_OUT ? "send" : "recv"),
        what);
}

static void arm(struct bot_media *m)
{
    instant_us now = clock_now(), at = instant_min(m->retry_at, bot_camera_deadline(m));
    if (m->trace)
        at = instant_min(at, m->trace_at);
    for (enum bot_lane lane = 0; lane < BOT_LANES; lane++) {
        const struct bot_transport *t = &m->lane[lane];
        if (t->client)
            at = instant_min(at, client_deadline(t->client));
        if (t->client && t->carrier && tcp_waiting(t->carrier))
            at = instant_min(at, now + STREAM_AGAIN_US);
    }
    if (at != INSTANT_NEVER)
        bot_wire_media(m->bot->wire, at > now ? (uint64_t)(at - now) : 0);
}

void bot_media_begin(struct bot *b)
{
    struct bot_media *m = b->media;
    if (m)
        m->retry_at = INSTANT_NEVER; /* without a session: the next one begins anew */
    if (!m || b->waiting || !b->joined || b->leaving)
        return;
    end_round(m);
    m->began = m->began ? m->began : clock_now();
    if (m->own[BOT_MIC].wanted || m->own[BOT_CAMERA].wanted || m->own[BOT_SCREEN].wanted)
        ask_transport(m, BOT_OUT);
    if (m->watches)
        ask_transport(m, BOT_IN);
    arm(m);
}

void bot_media_again(struct bot_media *m, duration_us after)
{
    if (m->retry_at == INSTANT_NEVER)
        m->retry_at = clock_now() + after;
    arm(m);
}

/* ---- a transport that the server opened ---- */

static bool remote_of(const json_t *answer, struct client_remote *out)
{
    const json_t *ice = json_object_get(answer, "ice");
    const json_t *dtls = json_object_get(answer, "dtls");
    const json_t *hash = json_array_get(json_object_get(dtls, "fingerprints"), 0);
    const char *text = json_string_value(json_object_get(hash, "value"));
    out->ufrag = json_string_value(json_object_get(ice, "usernameFragment"));
    out->pwd = json_string_value(json_object_get(ice, "password"));
    return out->ufrag && out->pwd && text &&
           cert_fingerprint_parse(span_str(text), out->fingerprint) == ERR_OK;
}

static bool open_client(struct bot_media *m, enum bot_lane lane, instant_us now)
{
    struct bot_transport *t = &m->lane[lane];
    struct client_config c = {
        .dtls = m->dtls,
        .role = DTLS_ROLE_CLIENT,
        .unix_us = (int64_t)bot_now_ms() * 1000 - now,
        .tracks = lane == BOT_OUT ? BOT_SOURCES : 0,
        .streams = lane == BOT_IN ? BOT_STREAMS : 0,
        .history = lane == BOT_OUT ? HISTORY : 0,
        .frame_bytes = lane == BOT_IN ? BOT_FRAME_MAX : 0,
        .repair = true,
    };
    randombytes_buf(&c.seed, sizeof c.seed);
    t->storage = calloc(1, client_size(&c));
    t->client = t->storage ? client_init(t->storage, &c, now) : NULL;
    if (t->client)
        return true;
    free(t->storage);
    t->storage = NULL;
    return false;
}

static void tell_certificate(struct bot_media *m, const struct bot_transport *t)
{
    uint8_t hash[CERT_FINGERPRINT_LEN];
    char text[CERT_FINGERPRINT_TEXT + 1];
    cert_fingerprint(m->cert, hash);
    cert_fingerprint_text(hash, text);
    (void)bot_ask(m->bot,
                  json_pack("{s:s, s:I, s:s, s:[{s:s, s:s}]}", "t", "transport_connect",
                            "transport", (json_int_t)t->id, "role", "client", "fingerprints",
                            "algorithm", "sha-256", "value", text),
                  0);
}

static void transport_opened(struct bot_media *m, enum bot_lane lane, const json_t *answer)
{
    struct bot_transport *t = &m->lane[lane];
    struct client_remote remote = {0};
    struct place place;
    instant_us now = clock_now();
    t->id = bot_number(answer, "transport");
    bool ok = t->id && remote_of(answer, &remote) &&
              choose(m, json_object_get(answer, "candidates"), &place);
    if (ok && open_lane(m, t, &place) && open_client(m, lane, now) &&
        bot_wire_watch(m->bot->wire, lane, t->fd)) {
        tell_certificate(m, t);
        (void)client_connect(t->client, &remote, now, &m->out);
        bot_media_flush(m, lane);
        bot_tracks_transport(m, lane);
    } else {
        m->tries++;
        bot_media_again(m, RETRY_US);
    }
}

void bot_media_answer(struct bot *b, const struct bot_request *asked, const json_t *answer)
{
    struct bot_media *m = b->media;
    uint32_t id = bot_number(answer, "transport");
    if (!m)
        return;
    if (asked->round != m->round) {
        if (asked->step == BOT_STEP_TRANSPORT && id)
            (void)bot_ask(
                b, json_pack("{s:s, s:I}", "t", "transport_close", "transport", (json_int_t)id), 0);
        return;
    }
    if (asked->step == BOT_STEP_TRANSPORT && id)
        transport_opened(m, (enum bot_lane)asked->arg, answer);
    else if (asked->step == BOT_STEP_TRANSPORT)
        bot_media_again(m, RETRY_US); /* no media process now, or no room */
    else
        bot_tracks_answer(m, asked, answer);
    arm(m);
}

static void tell_lost(enum bot_lane lane, const char *why)
{
    bot_tell(json_pack("{s:s, s:s, s:s}", "event", "transport_lost", "dir",
                       lane == BOT_OUT ? "send" : "recv", "why", why));
}

void bot_media_transport_state(struct bot *b, const json_t *m)
{
    const char *state = json_string_value(json_object_get(m, "state"));
    uint32_t id = bot_number(m, "transport");
    if (!b->media || !state || strcmp(state, "connected") == 0)
        return;
    for (enum bot_lane lane = 0; lane < BOT_LANES; lane++)
        if (id && b->media->lane[lane].id == id) {
            tell_lost(lane, state);
            bot_media_again(b->media, RETRY_US);
        }
}

void bot_media_restarted(struct bot *b, const json_t *m)
{
    (void)m;
    if (!b->media)
        return;
    for (enum bot_lane lane = 0; lane < BOT_LANES; lane++)
        b->media->lane[lane].id = 0; /* the server closed them */
    bot_media_again(b->media, 0);
}

/* ---- packets and time ---- */

void bot_media_flush(struct bot_media *m, enum bot_lane lane)
{
    struct bot_transport *t = &m->lane[lane];
    if (t->client && t->carrier)
        for (uint32_t i = 0; i < m->out.count; i++)
            (void)tcp_send(t->carrier, m->out.datagrams[i]); /* what does not fit is lost */
    else if (t->client && m->out.count > 0)
        (void)udp_send_run(t->fd, m->out.datagrams, m->out.count);
    m->out.count = 0;
    m->out.used = 0;
}

static void take_events(struct bot_media *m, enum bot_lane lane)
{
    struct client_event e;
    while (m->lane[lane].client && client_poll(m->lane[lane].client, &e))
        switch (e.type) {
        case CLIENT_CONNECTED:
            m->lane[lane].connected = true;
            break;
        case CLIENT_FAILED:
            m->tries++;
            tell_lost(lane, err_words(e.reason));
            bot_media_again(m, RETRY_US);
            break;
        case CLIENT_KEYFRAME_WANTED:
            bot_camera_key(m, &e);
            break;
        case CLIENT_RATE:
            bot_camera_rate(m, e.rate_bps);
            break;
        }
}

static void take_frames(struct bot_media *m, enum bot_lane lane)
{
    struct client_frame f;
    while (lane == BOT_IN && client_next_frame(m->lane[lane].client, &f))
        bot_watch_frame(m, &f);
}

/* Datagrams of a stream, copied beside each other: they are opened in place. */
static enum err take_stream(struct bot_media *m, struct tcp_carrier *carrier)
{
    struct udp_batch *b = m->batch;
    struct span one;
    enum err e = ERR_OK;
    b->count = 0;
    while (b->count < UDP_BATCH && (e = tcp_receive(carrier, &one)) == ERR_OK) {
        struct udp_received *to = &b->item[b->count];
        *to = (struct udp_received){.bytes = b->bytes[b->count], .len = (uint32_t)one.len};
        memcpy(to->bytes, one.ptr, one.len);
        b->count++;
    }
    return b->count > 0 ? ERR_OK : e;
}

static enum err take_datagrams(struct bot_media *m, const struct bot_transport *t)
{
    static const struct ipc_addr nowhere;
    return t->carrier ? take_stream(m, t->carrier) : udp_receive(t->fd, &nowhere, m->batch);
}

/* The stream ended: nothing more comes or goes on it. */
static void stream_lost(struct bot_media *m, enum bot_lane lane, enum err e)
{
    bot_wire_unwatch(m->bot->wire, lane); /* it would be readable for ever */
    m->tries++;
    tell_lost(lane, err_words(e));
    bot_media_again(m, RETRY_US);
}

void bot_media_readable(struct bot *b, enum bot_lane lane)
{
    struct bot_media *m = b->media;
    struct bot_transport *t = m ? &m->lane[lane] : NULL;
    if (!t || !t->client)
        return;
    for (enum err e = ERR_OK; e == ERR_OK;) {
        e = take_datagrams(m, t);
        if (t->carrier && e != ERR_OK && e != ERR_AGAIN)
            stream_lost(m, lane, e);
        if (e != ERR_OK || m->batch->count == 0)
            break;
        instant_us now = clock_now();
        for (uint32_t i = 0; i < m->batch->count; i++)
            m->in[i] =
                (struct client_datagram){m->batch->item[i].bytes, m->batch->item[i].len, now};
        struct client_batch in = {m->in, m->batch->count, m->packets};
        uint32_t packets = client_receive(t->client, &in, now, &m->out);
        for (uint32_t i = 0; i < packets; i++)
            bot_watch_packet(m, &m->packets[i]);
        take_frames(m, lane);
        bot_media_flush(m, lane);
    }
    take_events(m, lane);
    arm(m);
}

void bot_media_due(struct bot *b)
{
    struct bot_media *m = b->media;
    if (!m)
        return;
    instant_us now = clock_now();
    if (now >= m->retry_at)
        bot_media_begin(b);
    for (enum bot_lane lane = 0; lane < BOT_LANES; lane++) {
        struct client *c = m->lane[lane].client;
        if (c && m->lane[lane].carrier)
            (void)tcp_flush(m->lane[lane].carrier); /* an end is seen by reading */
        if (!c || now < client_deadline(c))
            continue;
        client_tick(c, now, &m->out);
        take_frames(m, lane);
        bot_media_flush(m, lane);
        take_events(m, lane);
    }
    bot_camera_due(m, now);
    bot_facts_trace_due(m, now);
    arm(m);
}

/* ---- life ---- */

static bool take_memory(struct bot_media *m)
{
    m->batch = malloc(sizeof *m->batch);
    m->in = calloc(UDP_BATCH, sizeof *m->in);
    m->packets = calloc(UDP_BATCH, sizeof *m->packets);
    m->sealed = malloc(BOT_FRAME_MAX + BOT_SEALED_MORE);
    m->opened = malloc(BOT_FRAME_MAX + BOT_SEALED_MORE);
    m->samples = calloc(AUDIO_DECODED_MAX, sizeof *m->samples);
    m->out = (struct client_out){.datagrams = calloc(DATAGRAMS, sizeof(struct span)),
                                 .bytes = malloc(DATAGRAM_BYTES),
                                 .cap = DATAGRAMS,
                                 .size = DATAGRAM_BYTES};
    if (!m->batch || !m->in || !m->packets || !m->sealed || !m->opened || !m->samples ||
        !m->out.datagrams || !m->out.bytes)
        return false;
    udp_batch_init(m->batch);
    return true;
}

static enum err open_recording(struct bot_media *m, struct complaint *why)
{
    enum err e = m->flags.out ? recording_open(m->flags.out, &m->recording) : ERR_OK;
    if (e == ERR_CONFLICT)
        return complain(why, "%.200s or %.200s.part is there already; give another --out.",
                        m->flags.out, m->flags.out);
    return e == ERR_OK ? ERR_OK : complain(why, "%.200s.part cannot be written.", m->flags.out);
}

enum err bot_media_open(struct bot *b, const struct bot_flags *f, struct complaint *why)
{
    bool sends = strcmp(f->video, "none") != 0 || strcmp(f->audio, "none") != 0 ||
                 strcmp(f->screen, "none") != 0;
    if (!sends && !f->check && !f->record)
        return ERR_OK;
    if (!sframe_aead_available())
        return complain(why, "This processor has no AES instructions, which sealed media need.");
    struct bot_media *m = calloc(1, sizeof *m);
    b->media = m;
    if (!m || !take_memory(m) || cert_open(&m->cert, clock_unix_s()) != ERR_OK ||
        dtls_ctx_open(&m->dtls, m->cert, NULL) != ERR_OK)
        return complain(why, "There is not enough memory for media.");
    m->bot = b;
    m->flags = *f;
    m->watches = f->check || f->record;
    m->retry_at = INSTANT_NEVER;
    for (enum bot_lane lane = 0; lane < BOT_LANES; lane++)
        m->lane[lane].fd = -1;
    for (size_t i = 0; i < BOT_SOURCES; i++)
        m->own[i].local = -1;
    media_sender_init(&m->own[BOT_MIC].sender, SFRAME_AUDIO);
    media_sender_init(&m->own[BOT_CAMERA].sender, SFRAME_CAMERA);
    media_sender_init(&m->own[BOT_SCREEN].sender, SFRAME_SCREEN);
    enum err e = bot_camera_open(m, why);
    e = e == ERR_OK ? bot_facts_trace_open(m, why) : e;
    return e == ERR_OK ? open_recording(m, why) : e;
}

void bot_media_goodbye(struct bot *b)
{
    struct bot_media *m = b->media;
    if (!m)
        return;
    m->ended = m->ended ? m->ended : clock_now();
    end_round(m);
}

static void end_recording(struct bot_media *m)
{
    struct recording_result result;
    enum err e = recording_close(m->recording, &result);
    bool ok = e == ERR_OK && !m->recording_failed;
    bot_tell(json_pack("{s:s, s:s, s:b, s:i, s:I, s:s}", "event", "recorded", "file", m->flags.out,
                       "ok", ok, "tracks", (int)result.tracks, "frames", (json_int_t)result.frames,
                       "why",
                       ok                   ? ""
                       : e == ERR_NOT_FOUND ? "nothing came"
                                            : "the disk"));
    if (!ok && m->bot->status == EXIT_DONE)
        m->bot->status = EXIT_FAILED;
}

void bot_media_close(struct bot *b)
{
    struct bot_media *m = b->media;
    if (!m)
        return;
    if (m->watches && m->began && !bot_facts_end(m) && b->status == EXIT_DONE)
        b->status = EXIT_FAILED;
    if (m->recording)
        end_recording(m);
    bot_facts_trace_close(m);
    bot_watch_close(m);
    bot_camera_close(m);
    for (size_t i = 0; i < BOT_SOURCES; i++)
        media_sender_fini(&m->own[i].sender);
    if (m->dtls)
        dtls_ctx_close(m->dtls);
    if (m->cert)
        cert_close(m->cert);
    free(m->batch);
    free(m->in);
    free(m->packets);
    free(m->out.datagrams);
    free(m->out.bytes);
    free(m->sealed);
    free(m->opened);
    free(m->samples);
    free(m);
    b->media = NULL;
}
