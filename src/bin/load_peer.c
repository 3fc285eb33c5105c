/* A participant's media: its sockets and transports, what it publishes by the trace, what reaches
 * it; and the calls that an adapter makes.
 *
 * payload: (video: the server's descriptor) VP8 frame header 10 | "CLOAD1" 6 | sent us 8 | noise */
#include <errno.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/writer.h"
#include "bin/load_core.h"
#include "client/agent.h" /* agent_draw */
#include "crypt/crypt.h"
#include "io/udp.h"

enum {
    SOCKET_BUFFER = 1 << 20,
    HISTORY_ONE = 512, /* packets that a lone publisher keeps for retransmission */
    HISTORY_MANY = 16,
    TALKERS = 3,
    QUIET_EACH = 20, /* of a silent microphone's packets one is sent: each 400 ms */
    QUIET_LEVEL = 127,
    RECEIVES_AT_ONCE = 4,
};

#define JOIN_LIMIT_US (30 * US_PER_S)
#define TURN_US (5 * US_PER_S)

/* ---- what leaves ---- */

static struct client_out *out_of(struct load *l)
{
    l->out = (struct client_out){.datagrams = l->out_datagrams,
                                 .bytes = l->out_bytes,
                                 .cap = LOAD_OUT,
                                 .size = sizeof l->out_bytes};
    return &l->out;
}

static void take_events(struct load *l, struct load_lane *a)
{
    struct client_event e;
    while (client_poll(a->client, &e)) {
        switch (e.type) {
        case CLIENT_CONNECTED:
            a->connected = true;
            l->poked = true;
            if (a->dir == LOAD_RECV)
                load_step(&a->member->peer, STEP_KEYS);
            l->adapter->connected(l->signal, &a->member->peer, a->dir);
            break;
        case CLIENT_FAILED:
            load_failed(&a->member->peer, err_name(e.reason));
            return;
        case CLIENT_KEYFRAME_WANTED:
            for (int i = 0; i < LOAD_TRACKS; i++)
                if (a->dir == LOAD_SEND && a->member->source[i].track == e.track)
                    a->member->source[i].keyframe_wanted[e.encoding] = true;
            break;
        case CLIENT_RATE: /* the trace is what it is */
            break;
        }
    }
}

/* Sends what the client wrote; then its news, then its next time. */
static void flush(struct load *l, struct load_lane *a)
{
    if (a->fd >= 0 && l->out.count > 0)
        (void)udp_send_run(a->fd, l->out.datagrams, l->out.count);
    l->out.count = 0;
    l->out.used = 0;
    take_events(l, a);
    instant_us due = a->client ? client_deadline(a->client) : INSTANT_NEVER;
    if (due != INSTANT_NEVER && (a->timer.place == 0 || due < a->timer.at))
        load_timer_set(l, &a->timer, due);
}

/* ---- what arrives ---- */

struct load_receive {
    bool gro;
    struct mmsghdr headers[LOAD_BATCH];
    struct iovec vectors[LOAD_BATCH];
    char controls[LOAD_BATCH][128];
    struct client_datagram in[LOAD_BATCH * 64];
    struct client_packet packets[LOAD_BATCH * 64];
    uint8_t bytes[];
};

static uint32_t slots_of(const struct load_receive *r)
{
    return r->gro ? 8 : LOAD_BATCH;
}

static size_t slot_bytes(const struct load_receive *r)
{
    return r->gro ? LOAD_BYTES : LIMIT_DATAGRAM + 4;
}

struct load_receive *load_receive_open(bool gro)
{
    struct load_receive shape = {.gro = gro};
    struct load_receive *r = calloc(1, sizeof *r + slots_of(&shape) * slot_bytes(&shape));
    if (!r)
        return NULL;
    r->gro = gro;
    for (uint32_t i = 0; i < slots_of(r); i++) {
        r->vectors[i] = (struct iovec){r->bytes + i * slot_bytes(r), slot_bytes(r)};
        r->headers[i].msg_hdr = (struct msghdr){.msg_iov = &r->vectors[i], .msg_iovlen = 1};
    }
    return r;
}

void load_receive_close(struct load_receive *r)
{
    free(r);
}

/* When the kernel got it, on the monotonic clock; and the size of what it joined. */
static instant_us read_control(const struct load *l, struct msghdr *h, uint32_t *segment)
{
    instant_us at = l->now;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            at = (instant_us)t.tv_sec * US_PER_S + t.tv_nsec / 1000 - l->unix_us;
        } else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) {
            int size;
            memcpy(&size, CMSG_DATA(c), sizeof size);
            *segment = size > 0 ? (uint32_t)size : *segment;
        }
    }
    return at;
}

/* Datagrams of one receive, cut where the kernel joined them. */
static uint32_t receive(struct load *l, struct load_lane *a)
{
    struct load_receive *r = l->receive;
    uint32_t slots = slots_of(r), count = 0;
    for (uint32_t i = 0; i < slots; i++) {
        r->headers[i].msg_hdr.msg_control = r->controls[i];
        r->headers[i].msg_hdr.msg_controllen = sizeof r->controls[i];
    }
    int n = recvmmsg(a->fd, r->headers, slots, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
        uint32_t len = r->headers[i].msg_len, segment = len;
        instant_us at = read_control(l, &r->headers[i].msg_hdr, &segment);
        uint8_t *bytes = r->vectors[i].iov_base;
        for (uint32_t from = 0; from < len && count < LOAD_BATCH * 64; from += segment)
            r->in[count++] = (struct client_datagram){
                bytes + from, len - from < segment ? len - from : segment, at};
    }
    return count;
}

static void take_packet(struct load *l, struct load_lane *a, const struct client_packet *p)
{
    struct load_member *m = a->member;
    struct load_stream *s = &a->streams[p->stream];
    if (m->media_at == 0) {
        m->media_at = p->at;
        measure_time(&l->measure.join, p->at - m->joined_at);
    }
    load_count_packet(l, m, p, s);
    s->last_at = p->at;
}

void load_lane_readable(struct load *l, struct load_lane *a)
{
    for (int i = 0; i < RECEIVES_AT_ONCE && a->fd >= 0; i++) {
        struct client_batch b = {.in = l->receive->in, .packets = l->receive->packets};
        b.count = receive(l, a);
        if (b.count == 0)
            return;
        l->measure.batches += l->measuring && l->now < l->measure.to ? 1 : 0;
        uint32_t count = client_receive(a->client, &b, l->now, out_of(l));
        for (uint32_t k = 0; k < count; k++)
            take_packet(l, a, &b.packets[k]);
        flush(l, a);
        if (b.count < slots_of(l->receive))
            return;
    }
}

void load_lane_due(struct load *l, struct load_lane *a)
{
    struct load_member *m = a->member;
    if (!a->client)
        return;
    if (m->state == LOAD_JOINING && l->now - m->joined_at > JOIN_LIMIT_US) {
        load_failed(&m->peer, "joining took longer than 30 s");
        return;
    }
    client_tick(a->client, l->now, out_of(l));
    flush(l, a);
}

/* ---- what is published ---- */

static bool is_key_wanted(struct load_source *s, uint8_t encoding)
{
    bool wanted = s->keyframe_wanted[encoding];
    s->keyframe_wanted[encoding] = false;
    return wanted;
}

/* The trace's packet as a payload; noise is what was there. */
static void fill(const struct load *l, uint8_t *payload, bool keyframe)
{
    static const uint8_t header[10] = {0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00};
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    instant_us sent = (instant_us)t.tv_sec * US_PER_S + t.tv_nsec / 1000 - l->unix_us;
    struct writer w = writer_of(payload + LOAD_STAMP_AT, 8);
    memcpy(payload, header, sizeof header);
    payload[0] = keyframe ? 0x10 : 0x11;
    memcpy(payload + LOAD_MAGIC_AT, load_magic, sizeof load_magic);
    writer_u64(&w, (uint64_t)sent);
}

static void send_item(struct load *l, struct load_source *s, const struct load_packet *p,
                      bool keyframe)
{
    static uint8_t noise[CLIENT_PAYLOAD_MAX];
    instant_us at = l->now - s->started_at;
    fill(l, noise, keyframe);
    struct client_piece piece = {.of = {.track = s->track,
                                        .encoding = p->encoding,
                                        .keyframe = keyframe,
                                        .level = s->talks ? 35 : QUIET_LEVEL,
                                        .voice = s->talks,
                                        .bytes = span_of(noise, p->bytes)},
                                 .first = p->first,
                                 .last = p->last};
    piece.of.ts = s->ts_base + (uint32_t)(at * s->trace->ticks / US_PER_S);
    if (client_send_packet(s->member->lane[LOAD_SEND].client, &piece, l->now, &l->out) == ERR_OK &&
        l->measuring && l->now < l->measure.to) {
        l->measure.sent++;
        l->measure.sent_bytes += p->bytes;
    }
}

static instant_us source_next(const struct load_source *s)
{
    uint32_t round = s->cursor / s->trace->count, at = s->cursor % s->trace->count;
    return s->started_at + (instant_us)round * LOAD_TRACE_US + s->trace->packets[at].at_us;
}

/* With tiles three of a room talk, others each TURN_US; who is silent sends as a codec's
 * discontinuous transmission does. Elsewhere all talk. */
static bool talks(const struct load *l, const struct load_member *m)
{
    if (l->o.profile != LOAD_TILES)
        return true;
    uint32_t place = m->peer.number / l->o.rooms, all = l->o.viewers;
    uint32_t first = (uint32_t)(l->now / TURN_US * TALKERS % all);
    return (place + all - first) % all < TALKERS;
}

/* All packets of this moment: frames leave whole. */
void load_source_due(struct load *l, struct load_source *s)
{
    struct load_lane *a = &s->member->lane[LOAD_SEND];
    bool keyframe = false;
    if (s->track < 0 || !a->client)
        return;
    (void)out_of(l);
    instant_us due = source_next(s);
    if (l->measuring)
        measure_time(&l->measure.lateness, l->now - due);
    s->talks = talks(l, s->member);
    while (source_next(s) == due) {
        const struct load_packet *p = &s->trace->packets[s->cursor % s->trace->count];
        if (p->first)
            keyframe = p->encoding < s->wanted && (is_key_wanted(s, p->encoding) || p->keyframe);
        if (p->encoding < s->wanted)
            send_item(l, s, p, keyframe);
        s->cursor += s->audio && !s->talks ? QUIET_EACH : 1;
    }
    if (l->out.count > 0)
        flush(l, a);
    if (s->track >= 0 && s->wanted > 0)
        load_timer_set(l, &s->timer, source_next(s));
}

/* ---- what an adapter calls ---- */

static struct load_member *member_of(struct load_peer *p)
{
    return (struct load_member *)(void *)p;
}

static uint64_t draw(struct load *l)
{
    return agent_draw(&l->random);
}

static bool lane_open(struct load *l, struct load_member *m, enum load_dir dir)
{
    struct load_lane *a = &m->lane[dir];
    uint32_t streams = dir == LOAD_RECV ? m->peer.want_video + m->peer.want_audio : 0;
    struct client_config c = {.dtls = l->dtls,
                              .role = DTLS_ROLE_CLIENT,
                              .seed = draw(l),
                              .unix_us = l->unix_us,
                              .tracks = dir == LOAD_SEND ? LOAD_TRACKS : 0,
                              .streams = (uint16_t)streams,
                              .lean = true};
    uint32_t publishers = l->o.profile == LOAD_TILES ? l->o.viewers : l->o.publishers;
    if (dir == LOAD_SEND)
        c.history = publishers * l->o.rooms <= 8 ? HISTORY_ONE : HISTORY_MANY;
    void *storage = calloc(1, client_size(&c));
    a->streams = calloc(streams + 1, sizeof *a->streams);
    a->client = storage && a->streams ? client_init(storage, &c, l->now) : NULL;
    if (!a->client) {
        free(storage);
        return false;
    }
    a->stream_count = streams;
    a->local = (struct load_local){.ufrag = client_ufrag(a->client), .pwd = client_pwd(a->client)};
    cert_fingerprint(l->cert, a->local.fingerprint);
    return true;
}

const struct load_local *load_local(struct load_peer *p, enum load_dir dir)
{
    struct load_member *m = member_of(p);
    struct load_lane *a = &m->lane[dir];
    return a->client || lane_open(p->load, m, dir) ? &a->local : NULL;
}

static bool on(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static bool socket_open(struct load *l, struct load_lane *a, const struct sockaddr_storage *to)
{
    socklen_t len =
        to->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = a};
    a->fd = socket(to->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (a->fd < 0)
        return false;
    (void)on(a->fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
    (void)on(a->fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
    (void)on(a->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    if (l->o.gro)
        (void)on(a->fd, SOL_UDP, UDP_GRO, 1);
    return connect(a->fd, (const struct sockaddr *)to, len) == 0 &&
           epoll_ctl(l->epoll, EPOLL_CTL_ADD, a->fd, &e) == 0;
}

void load_transport(struct load_peer *p, enum load_dir dir, const struct client_remote *remote,
                    const struct sockaddr_storage *address)
{
    struct load *l = p->load;
    struct load_lane *a = &member_of(p)->lane[dir];
    if (!load_local(p, dir) || a->fd >= 0 || !socket_open(l, a, address) ||
        client_connect(a->client, remote, l->now, out_of(l)) != ERR_OK) {
        load_failed(p, "no socket for its media");
        return;
    }
    flush(l, a);
}

uint32_t load_publishes(const struct load_peer *p, enum ipc_kind kinds[LOAD_TRACKS])
{
    enum load_profile profile = p->load->o.profile;
    uint32_t n = 0;
    if (!p->publishes)
        return 0;
    if (profile == LOAD_AUDIO || profile == LOAD_TILES)
        kinds[n++] = IPC_AUDIO;
    if (profile != LOAD_AUDIO)
        kinds[n++] = IPC_VIDEO;
    return n;
}

uint8_t load_encodings(const struct load_peer *p, enum ipc_kind kind)
{
    return p->load->trace[kind == IPC_VIDEO].encodings;
}

int load_publish(struct load_peer *p, struct client_track *track)
{
    struct load_member *m = member_of(p);
    struct load_source *s = &m->source[track->kind == IPC_VIDEO];
    if (!load_local(p, LOAD_SEND) || s->track >= 0)
        return -1;
    s->track = client_publish(m->lane[LOAD_SEND].client, track);
    return s->track;
}

/* Goes on where the trace is now, with key frames. */
static void source_resume(struct load *l, struct load_source *s)
{
    instant_us passed = l->now - s->started_at;
    uint32_t round = (uint32_t)(passed / LOAD_TRACE_US), low = 0, high = s->trace->count;
    uint32_t within = (uint32_t)(passed % LOAD_TRACE_US);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (s->trace->packets[middle].at_us <= within)
            low = middle + 1;
        else
            high = middle;
    }
    s->cursor = round * s->trace->count + low;
    load_timer_set(l, &s->timer, source_next(s));
}

void load_publish_start(struct load_peer *p, int track)
{
    struct load *l = p->load;
    struct load_member *m = member_of(p);
    for (int i = 0; i < LOAD_TRACKS; i++) {
        struct load_source *s = &m->source[i];
        if (s->track != track || s->track < 0)
            continue;
        s->trace = &l->trace[i];
        s->audio = i == 0;
        s->wanted = s->trace->encodings;
        s->ts_base = (uint32_t)draw(l);
        s->cursor = 0;
        /* A lone one begins within a frame's time. Of several each begins somewhere in the trace,
         * with a key frame: those of different people do not beat together. */
        s->started_at = l->now + (instant_us)(draw(l) % 33333);
        if (l->o.profile != LOAD_TILES && l->o.publishers * l->o.rooms == 1) {
            load_timer_set(l, &s->timer, source_next(s));
            continue;
        }
        s->started_at = l->now - (instant_us)(draw(l) % LOAD_TRACE_US);
        for (uint8_t e = 0; e < s->wanted; e++)
            s->keyframe_wanted[e] = true;
        source_resume(l, s);
    }
}

void load_wanted(struct load_peer *p, int track, uint8_t encodings)
{
    struct load_member *m = member_of(p);
    for (int i = 0; i < LOAD_TRACKS; i++) {
        struct load_source *s = &m->source[i];
        if (s->track != track || s->track < 0 || !s->trace)
            continue;
        bool was = s->wanted > 0;
        for (uint8_t e = s->wanted; e < encodings && e < LIMIT_TRACK_ENCODINGS; e++)
            s->keyframe_wanted[e] = true;
        s->wanted = encodings;
        if (!was && encodings > 0)
            source_resume(p->load, s);
    }
}

bool load_listen(struct load_peer *p, const struct client_stream *stream)
{
    struct load_lane *a = &member_of(p)->lane[LOAD_RECV];
    int at = load_local(p, LOAD_RECV) ? client_listen(a->client, stream) : -1;
    if (at < 0)
        return false;
    a->streams[at] = (struct load_stream){.used = true, .kind = stream->kind};
    return true;
}

void load_step(struct load_peer *p, enum measure_step step)
{
    measure_time(&p->load->measure.step[step], load_now() - member_of(p)->joined_at);
}

void load_settled(struct load_peer *p)
{
    struct load_member *m = member_of(p);
    if (m->state != LOAD_JOINING)
        return;
    m->state = LOAD_SETTLED;
    measure_time(&p->load->arrival.settled, p->load->now - m->joined_at);
    p->load->joining--;
    p->load->inside++;
}

static void close_lanes(struct load *l, struct load_member *m)
{
    for (int i = 0; i < LOAD_TRACKS; i++) {
        load_timer_clear(l, &m->source[i].timer);
        m->source[i].track = -1;
    }
    for (int i = 0; i < 2; i++) {
        load_timer_clear(l, &m->lane[i].timer);
        if (m->lane[i].fd >= 0)
            close(m->lane[i].fd);
        m->lane[i].fd = -1;
    }
}

void load_failed(struct load_peer *p, const char *why)
{
    struct load *l = p->load;
    struct load_member *m = member_of(p);
    if (m->state != LOAD_JOINING && m->state != LOAD_SETTLED)
        return;
    (void)snprintf(l->last_trouble, sizeof l->last_trouble, "participant %u: %.120s", p->number,
                   why);
    l->joining -= m->state == LOAD_JOINING ? 1 : 0;
    l->inside -= m->state == LOAD_SETTLED ? 1 : 0;
    l->broken++;
    m->state = LOAD_BROKEN;
    close_lanes(l, m);
}

/* ---- coming and going ---- */

void load_member_join(struct load *l, struct load_member *m)
{
    struct load_peer peer = m->peer;
    *m = (struct load_member){.peer = peer, .state = LOAD_JOINING, .joined_at = l->now};
    m->peer.signal = NULL;
    for (int i = 0; i < 2; i++) {
        m->lane[i].member = m;
        m->lane[i].dir = (enum load_dir)i;
        m->lane[i].fd = -1;
        m->lane[i].timer.kind = LOAD_TIMER_LANE;
    }
    for (int i = 0; i < LOAD_TRACKS; i++) {
        m->source[i].member = m;
        m->source[i].track = -1;
        m->source[i].timer.kind = LOAD_TIMER_SOURCE;
    }
    l->joining++;
    l->poked = true;
    l->adapter->join(l->signal, &m->peer);
}

void load_member_fini(struct load_member *m)
{
    for (int i = 0; i < 2; i++) {
        if (m->lane[i].client)
            client_fini(m->lane[i].client);
        free(m->lane[i].client);
        free(m->lane[i].streams);
        m->lane[i].client = NULL;
        m->lane[i].streams = NULL;
    }
}

void load_member_leave(struct load *l, struct load_member *m)
{
    if (m->state == LOAD_OUTSIDE || m->state == LOAD_GONE)
        return;
    for (int i = 0; i < 2; i++) {
        struct load_lane *a = &m->lane[i];
        if (!a->client || a->fd < 0)
            continue;
        client_goodbye(a->client, l->now, out_of(l));
        (void)udp_send_run(a->fd, l->out.datagrams, l->out.count);
    }
    l->joining -= m->state == LOAD_JOINING ? 1 : 0;
    l->inside -= m->state == LOAD_SETTLED ? 1 : 0;
    l->broken -= m->state == LOAD_BROKEN ? 1 : 0;
    m->state = LOAD_GONE;
    close_lanes(l, m);
    l->poked = true;
    l->adapter->leave(l->signal, &m->peer);
    load_member_fini(m);
}
