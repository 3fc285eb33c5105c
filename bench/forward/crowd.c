/* See crowd.h. One DTLS handshake after the other: the set-up is not what is measured. */
#include "crowd.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bin/roles.h"
#include "crypt/crypt.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/udp.h"
#include "proto/demux.h"
#include "proto/stun.h"

enum {
    WAIT_US = 10 * 1000 * 1000,
    ROOM_PEERS = 256,
    EXT_MID = 1,
    EXT_ABS = 4,
    EXT_TWCC = 5,
    EXT_LEVEL = 10
};

_Noreturn void crowd_fail(const char *what)
{
    perror(what);
    exit(1);
}

void crowd_pin(int pid, int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (cpu >= 0 && sched_setaffinity(pid, sizeof set, &set) != 0)
        crowd_fail("sched_setaffinity");
}

/* --- the process ------------------------------------------------------------------------------ */

static _Noreturn void become_media(int supervisor, int udp, int cpu)
{
    int a = fcntl(supervisor, F_DUPFD, 50), b = fcntl(udp, F_DUPFD, 51);
    crowd_pin(0, cpu);
    for (int fd = 3; fd < 50; fd++)
        close(fd);
    dup2(a, ROLE_FD_SUPERVISOR);
    dup2(b, MEDIA_FD_UDP);
    close(a);
    close(b);
    _exit(role_media());
}

static void tell(struct crowd *c, const struct ipc_message *m)
{
    for (int i = 0; i < 10000; i++) {
        if (channel_send(c->front, m, -1) == ERR_OK)
            return;
        usleep(100);
    }
    crowd_fail("the media process takes no commands");
}

static void hear(struct crowd *c)
{
    struct ipc_message m;
    int fd;
    while (channel_recv(c->front, &m, &fd, IPC_MEDIA, IPC_FRONT) == ERR_OK) {
        if (m.type == IPC_MEDIA_HELLO) {
            memcpy(c->fingerprint, m.as.MEDIA_HELLO.fingerprint, 32);
            c->hello = true;
        } else if (m.type == IPC_TRANSPORT_STATE) {
            c->connected += m.as.TRANSPORT_STATE.state == IPC_STATE_CONNECTED;
        } else if (m.type == IPC_STATS) {
            c->stats = m.as.STATS;
        } else if (m.type == IPC_REFUSED) {
            fprintf(stderr, "refused: type %u id %u reason %u\n", m.as.REFUSED.type,
                    m.as.REFUSED.id, m.as.REFUSED.reason);
            exit(1);
        }
    }
}

static void start_process(struct crowd *c, int cpu)
{
    int supervisor[2], front[2], udp = -1;
    if (crypt_init() != ERR_OK || channel_pair(supervisor) != ERR_OK ||
        channel_pair(front) != ERR_OK)
        crowd_fail("channels");
    c->address = (struct ipc_addr){4, {127, 0, 0, 1}, (uint16_t)(30000 + getpid() % 20000)};
    if (udp_bind(&c->address, &udp) != ERR_OK)
        crowd_fail("bind");
    fflush(NULL);
    c->pid = fork();
    if (c->pid == 0)
        become_media(supervisor[1], udp, cpu);
    close(supervisor[1]);
    close(udp);
    c->supervisor = supervisor[0];
    c->front = front[0];
    struct ipc_message m = {
        .type = IPC_ROLE_START,
        .as.ROLE_START = {
            .media_count = 1, .listen = c->address, .data = "/nowhere", .web = "/nowhere"}};
    (void)channel_send(c->supervisor, &m, -1);
    m = (struct ipc_message){.type = IPC_CHANNEL, .as.CHANNEL = {IPC_FRONT, 0}};
    (void)channel_send(c->supervisor, &m, front[1]);
    close(front[1]);
    for (int i = 0; i < 5000 && !c->hello; i++) {
        hear(c);
        usleep(1000);
    }
    if (!c->hello)
        crowd_fail("no media process");
}

/* --- people ----------------------------------------------------------------------------------- */

void crowd_check(struct crowd *c, struct person *p)
{
    uint8_t bytes[STUN_WRITE_MAX];
    char name[24];
    (void)c;
    int n = snprintf(name, sizeof name, "%s:them", p->ufrag);
    struct stun_request r = {
        .username = span_of(name, (size_t)n), .tiebreaker = 1, .use_candidate = true};
    p->stun_sent++;
    memcpy(r.id, &p->stun_sent, 4);
    memcpy(r.id + 4, &p->id, 4);
    struct writer w = writer_of(bytes, sizeof bytes);
    if (!stun_write_request(&w, &r, &p->key))
        crowd_fail("stun");
    struct span d = writer_span(&w);
    (void)send(p->fd, d.ptr, d.len, MSG_DONTWAIT);
}

static void pump(struct person *p)
{
    uint8_t out[DTLS_MTU];
    size_t len;
    while ((len = dtls_poll(p->dtls, out, sizeof out)) > 0)
        (void)send(p->fd, out, len, 0);
}

void crowd_take(struct crowd *c, struct person *p, uint8_t *bytes, size_t len)
{
    (void)c;
    switch (demux_classify(span_of(bytes, len))) {
    case DEMUX_STUN:
        p->stun_got++;
        break;
    case DEMUX_DTLS:
        dtls_input(p->dtls, span_of(bytes, len), clock_now());
        pump(p);
        break;
    case DEMUX_RTP:
        p->rtp_got++;
        break;
    case DEMUX_RTCP:
    case DEMUX_OTHER:
        break;
    }
}

static void listen_once(struct crowd *c, struct person *p)
{
    uint8_t bytes[LIMIT_DATAGRAM];
    ssize_t n;
    hear(c);
    while ((n = recv(p->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        crowd_take(c, p, bytes, (size_t)n);
    usleep(50);
}

static void open_socket(struct crowd *c, struct person *p)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(c->address.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int buffer = 4 << 20;
    p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    (void)setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&to, sizeof to) != 0)
        crowd_fail("socket");
}

/* A room takes some hundred peers: more viewers are further transports of the same peers. */
static uint32_t peer_of(const struct crowd *c, uint32_t id)
{
    return id <= c->rooms ? id : c->rooms + 1 + (id - c->rooms - 1) % (ROOM_PEERS * c->rooms);
}

static void join(struct crowd *c, struct person *p)
{
    instant_us until = clock_now() + WAIT_US;
    static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEF";
    memcpy(p->ufrag, "00xxxx", 6);
    for (int i = 0; i < 4; i++)
        p->ufrag[2 + i] = digits[p->id >> 5 * i & 31];
    uint32_t peer = peer_of(c, p->id);
    struct ipc_message m = {.type = IPC_PEER_OPEN, .as.PEER_OPEN = {p->room, peer}};
    if (peer == p->id)
        tell(c, &m);
    m = (struct ipc_message){.type = IPC_TRANSPORT_OPEN,
                             .as.TRANSPORT_OPEN = {.peer = peer, .transport = p->id}};
    memcpy(m.as.TRANSPORT_OPEN.ufrag, p->ufrag, sizeof p->ufrag);
    memset(m.as.TRANSPORT_OPEN.pwd, 'p', CROWD_PASSWORD);
    hmac_sha1_init(&p->key, span_of(m.as.TRANSPORT_OPEN.pwd, CROWD_PASSWORD));
    tell(c, &m);
    m = (struct ipc_message){.type = IPC_TRANSPORT_CONNECT,
                             .as.TRANSPORT_CONNECT.transport = p->id};
    cert_fingerprint(c->cert, m.as.TRANSPORT_CONNECT.fingerprint);
    tell(c, &m);
    p->dtls = dtls_open(c->ctx, DTLS_ROLE_CLIENT, clock_now());
    open_socket(c, p);
    uint32_t before = c->connected;
    crowd_check(c, p);
    while (p->stun_got == 0 && clock_now() < until)
        listen_once(c, p);
    dtls_expect(p->dtls, c->fingerprint, clock_now());
    pump(p);
    while ((dtls_state(p->dtls) != DTLS_CONNECTED || c->connected == before) && clock_now() < until)
        listen_once(c, p);
    struct srtp_keys keys;
    if (dtls_keys(p->dtls, &keys) != ERR_OK || seal_open(&p->seal, &keys) != ERR_OK)
        crowd_fail("no keys");
}

static void publish(struct crowd *c, const struct person *p)
{
    struct ipc_message m = {.type = IPC_TRACK_OPEN};
    struct ipc_track_open *t = &m.as.TRACK_OPEN;
    t->peer = t->transport = t->track = p->id;
    t->kind = c->video ? IPC_VIDEO : IPC_AUDIO;
    t->source = c->video ? IPC_CAMERA : IPC_MIC;
    t->codec = c->video ? IPC_VP8 : IPC_OPUS;
    t->pt = c->video ? CROWD_PT : CROWD_AUDIO_PT;
    t->encodings = 1;
    t->encoding[0].ssrc = 100 + p->id;
    t->mid[0] = '0';
    tell(c, &m);
}

static void view(struct crowd *c, const struct person *p)
{
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_OPEN};
    struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
    o->transport = p->id;
    o->track = p->room;
    o->subscription = p->id;
    o->ssrc = 100000 + p->id;
    o->pt = c->video ? CROWD_PT : CROWD_AUDIO_PT;
    o->ext[IPC_EXT_MID] = EXT_MID;
    o->ext[IPC_EXT_ABS_SEND_TIME] = EXT_ABS;
    o->ext[IPC_EXT_TWCC] = EXT_TWCC;
    o->ext[IPC_EXT_AUDIO_LEVEL] = c->video ? 0 : EXT_LEVEL;
    o->mid[0] = '0';
    tell(c, &m);
    m = (struct ipc_message){.type = IPC_SUBSCRIPTION_SET, .as.SUBSCRIPTION_SET = {p->id, 0, 3}};
    tell(c, &m);
}

static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r);
    }
}

void crowd_open(struct crowd *c, const struct crowd_options *o)
{
    *c = (struct crowd){.rooms = o->rooms, .viewers = o->viewers, .video = o->video};
    raise_descriptors();
    start_process(c, o->cpu);
    uint32_t people = o->rooms + o->viewers;
    c->person = calloc(people, sizeof *c->person);
    if (!c->person || cert_open(&c->cert, clock_unix_s()) != ERR_OK ||
        dtls_ctx_open(&c->ctx, c->cert, NULL) != ERR_OK)
        crowd_fail("certificate");
    instant_us checked = clock_now();
    for (uint32_t i = 0; i < people; i++) {
        struct person *p = &c->person[i];
        p->id = i + 1;
        p->room = (i < o->rooms ? i : (i - o->rooms) % o->rooms) + 1;
        if (i < o->rooms)
            tell(c, &(struct ipc_message){.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = p->room});
        join(c, p);
        if (i < o->rooms)
            publish(c, p);
        else
            view(c, p);
        if (clock_now() < checked + 4 * US_PER_S)
            continue;
        for (uint32_t k = 0; k < i; k++)
            crowd_check(c, &c->person[k]);
        checked = clock_now();
    }
    (void)crowd_stats(c);
}

const struct ipc_stats *crowd_stats(struct crowd *c)
{
    instant_us until = clock_now() + WAIT_US;
    c->nonce++;
    tell(c, &(struct ipc_message){.type = IPC_STATS_ASK, .as.STATS_ASK.nonce = c->nonce});
    while (c->stats.nonce != c->nonce) {
        hear(c);
        usleep(100);
        if (clock_now() > until)
            crowd_fail("no counters");
    }
    return &c->stats;
}

size_t crowd_seal(struct crowd *c, struct person *p, const struct crowd_packet *k, uint8_t *out,
                  size_t cap)
{
    uint8_t head[RTP_HEADER_LEN];
    struct writer w = writer_of(head, sizeof head);
    struct seal_out sealed = {out, cap, 0};
    struct rtp_header h = {.marker = k->marker,
                           .pt = c->video ? CROWD_PT : CROWD_AUDIO_PT,
                           .seq = k->seq,
                           .ts = k->ts,
                           .ssrc = 100 + p->id};
    if (!rtp_write_header(&w, &h))
        crowd_fail("header");
    struct seal_packet packet = {.header = writer_span(&w), .payload = k->payload};
    if (seal_rtp(&p->seal, &p->out, &packet, &sealed) != ERR_OK)
        crowd_fail("seal");
    return sealed.len;
}

void crowd_close(struct crowd *c)
{
    int status;
    for (uint32_t i = 0; i < c->rooms + c->viewers; i++) {
        close(c->person[i].fd);
        dtls_close(c->person[i].dtls);
        seal_close(&c->person[i].seal);
    }
    free(c->person);
    dtls_ctx_close(c->ctx);
    cert_close(c->cert);
    close(c->front);
    close(c->supervisor);
    if (waitpid(c->pid, &status, 0) != c->pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fprintf(stderr, "the media process ended with %d\n", status);
}
