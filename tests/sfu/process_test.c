/* Facts about a real media process in its sandbox: the test is its supervisor and its front, and
 * plays clients over loopback with UDP on IPv4 and IPv6 and with TCP, DTLS and SRTP included. */
#include "base/fact.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bin/roles.h"
#include "crypt/crypt.h"
#include "crypt/dtls.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/tcp.h"
#include "io/udp.h"
#include "proto/demux.h"
#include "proto/rtp.h"
#include "proto/seal.h"
#include "proto/stun.h"
#include "sfu/counter.h"

enum { CLIENTS = 3, WAIT_MS = 5000, PT = 111, PASSWORD = 24 };
enum kind { OVER_IPV4, OVER_IPV6, OVER_TCP };

struct client {
    enum kind kind;
    uint32_t id;
    int fd;
    struct tcp_carrier *carrier;
    struct dtls *dtls;
    struct seal seal;
    struct hmac_sha1 key;
    char ufrag[8];
    uint32_t stun_sent, stun_got, rtp_got;
    struct seal_stream out, in;
};

static struct {
    int pid, supervisor, front, listener;
    struct ipc_addr address;
    uint8_t fingerprint[32];
    bool hello;
    uint32_t connected, refused;
    struct ipc_stats stats;
    struct client client[CLIENTS];
    struct cert *cert;
    struct dtls_ctx *ctx;
} rig;

/* --- the process ------------------------------------------------------------------------------ */

static void become_media(int supervisor, int udp)
{
    int a = fcntl(supervisor, F_DUPFD, 50), b = fcntl(udp, F_DUPFD, 51);
    for (int fd = 3; fd < 50; fd++)
        close(fd);
    dup2(a, ROLE_FD_SUPERVISOR);
    dup2(b, MEDIA_FD_UDP);
    close(a);
    close(b);
    _exit(role_media());
}

static void listen_tcp(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(rig.address.port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    rig.listener = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(rig.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(rig.listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(rig.listener, 4), 0);
}

static void tell(struct ipc_message m, int fd)
{
    assert_int_equal(channel_send(rig.front, &m, fd), ERR_OK);
}

static void hear_front(void)
{
    struct ipc_message m;
    int fd;
    while (channel_recv(rig.front, &m, &fd, IPC_MEDIA, IPC_FRONT) == ERR_OK) {
        if (m.type == IPC_MEDIA_HELLO) {
            memcpy(rig.fingerprint, m.as.MEDIA_HELLO.fingerprint, 32);
            rig.hello = true;
        } else if (m.type == IPC_TRANSPORT_STATE) {
            rig.connected += m.as.TRANSPORT_STATE.state == IPC_STATE_CONNECTED;
        } else if (m.type == IPC_STATS) {
            rig.stats = m.as.STATS;
        } else if (m.type == IPC_REFUSED) {
            rig.refused++;
        }
    }
}

static int start_process(void **state)
{
    (void)state;
    int supervisor[2], front[2], udp = -1;
    memset(&rig, 0, sizeof rig);
    assert_int_equal(crypt_init(), ERR_OK);
    assert_int_equal(channel_pair(supervisor), ERR_OK);
    assert_int_equal(channel_pair(front), ERR_OK);
    rig.address = (struct ipc_addr){6, {0}, (uint16_t)(30000 + getpid() % 10000)};
    assert_int_equal(udp_bind(&rig.address, &udp), ERR_OK);
    listen_tcp();
    fflush(NULL);
    rig.pid = fork();
    if (rig.pid == 0)
        become_media(supervisor[1], udp);
    close(supervisor[1]);
    close(udp);
    rig.supervisor = supervisor[0];
    rig.front = front[0];
    struct ipc_message m = {
        .type = IPC_ROLE_START,
        .as.ROLE_START = {
            .media_count = 1, .listen = rig.address, .data = "/nowhere", .web = "/nowhere"}};
    assert_int_equal(channel_send(rig.supervisor, &m, -1), ERR_OK);
    m = (struct ipc_message){.type = IPC_CHANNEL, .as.CHANNEL = {IPC_FRONT, 0}};
    assert_int_equal(channel_send(rig.supervisor, &m, front[1]), ERR_OK);
    close(front[1]);
    for (int i = 0; i < WAIT_MS && !rig.hello; i++) {
        hear_front();
        usleep(1000);
    }
    assert_true(rig.hello);
    assert_int_equal(cert_open(&rig.cert, clock_unix_s()), ERR_OK);
    assert_int_equal(dtls_ctx_open(&rig.ctx, rig.cert, NULL), ERR_OK);
    tell((struct ipc_message){.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = 1}, -1);
    return 0;
}

static int stop_process(void **state)
{
    (void)state;
    int status = -1;
    for (int i = 0; i < CLIENTS; i++) {
        struct client *c = &rig.client[i];
        if (c->carrier) {
            tcp_close(c->carrier);
            free(c->carrier);
        } else if (c->fd > 0) {
            close(c->fd);
        }
        if (c->dtls)
            dtls_close(c->dtls);
        seal_close(&c->seal);
    }
    dtls_ctx_close(rig.ctx);
    cert_close(rig.cert);
    close(rig.listener);
    close(rig.front);
    close(rig.supervisor);
    assert_int_equal(waitpid(rig.pid, &status, 0), rig.pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return 0;
}

/* --- clients ---------------------------------------------------------------------------------- */

static void client_send(struct client *c, struct span d)
{
    if (c->carrier)
        assert_int_equal(tcp_send(c->carrier, d), ERR_OK);
    else
        assert_int_equal(send(c->fd, d.ptr, d.len, 0), d.len);
}

static void connect_tcp(struct client *c, const struct sockaddr_in *server)
{
    struct ipc_message m = {.type = IPC_TCP_SOCKET};
    struct sockaddr_in a;
    socklen_t len = sizeof a;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(c->fd, (const struct sockaddr *)server, sizeof *server), 0);
    int accepted = accept(rig.listener, (struct sockaddr *)&a, &len);
    m.as.TCP_SOCKET.remote = (struct ipc_addr){4, {127, 0, 0, 1}, ntohs(a.sin_port)};
    m.as.TCP_SOCKET.local = (struct ipc_addr){4, {127, 0, 0, 1}, rig.address.port};
    tell(m, accepted);
    close(accepted);
    c->carrier = calloc(1, sizeof *c->carrier);
    assert_int_equal(tcp_open(c->carrier, c->fd), ERR_OK);
}

static void client_connect(struct client *c)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons(rig.address.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons(rig.address.port),
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (c->kind == OVER_TCP) {
        connect_tcp(c, &v4);
        return;
    }
    c->fd = socket(c->kind == OVER_IPV4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    int failed = c->kind == OVER_IPV4 ? connect(c->fd, (struct sockaddr *)&v4, sizeof v4)
                                      : connect(c->fd, (struct sockaddr *)&v6, sizeof v6);
    assert_int_equal(failed, 0);
}

static void client_check(struct client *c)
{
    uint8_t bytes[STUN_WRITE_MAX];
    char name[24];
    int n = snprintf(name, sizeof name, "%s:them", c->ufrag);
    struct stun_request r = {
        .username = span_of(name, (size_t)n), .tiebreaker = 1, .use_candidate = true};
    c->stun_sent++;
    memcpy(r.id, &c->stun_sent, 4);
    memcpy(r.id + 4, &c->id, 4);
    struct writer w = writer_of(bytes, sizeof bytes);
    assert_true(stun_write_request(&w, &r, &c->key));
    client_send(c, writer_span(&w));
}

static void client_pump(struct client *c)
{
    uint8_t out[DTLS_MTU];
    size_t len;
    while ((len = dtls_poll(c->dtls, out, sizeof out)) > 0)
        client_send(c, span_of(out, len));
}

static void client_take(struct client *c, const uint8_t *in, size_t len)
{
    uint8_t bytes[LIMIT_DATAGRAM];
    struct rtp_packet p;
    memcpy(bytes, in, len);
    switch (demux_classify(span_of(bytes, len))) {
    case DEMUX_STUN:
        c->stun_got++;
        break;
    case DEMUX_DTLS:
        dtls_input(c->dtls, span_of(bytes, len), clock_now());
        client_pump(c);
        break;
    case DEMUX_RTP:
        assert_int_equal(rtp_parse(&p, span_of(bytes, len), RTP_SEALED), ERR_OK);
        assert_int_equal(seal_unseal_rtp(&c->seal, &c->in, bytes, &len, p.header_len), ERR_OK);
        c->rtp_got++;
        break;
    case DEMUX_RTCP:
    case DEMUX_OTHER:
        break;
    }
}

static void client_hear(struct client *c)
{
    uint8_t bytes[LIMIT_DATAGRAM];
    struct span d;
    ssize_t n;
    if (c->carrier) {
        while (tcp_receive(c->carrier, &d) == ERR_OK)
            client_take(c, d.ptr, d.len);
        return;
    }
    while ((n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        client_take(c, bytes, (size_t)n);
}

/* Everyone listens until the condition holds. */
#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        int left_ = WAIT_MS;                                                                       \
        for (; !(condition) && left_ > 0; left_--) {                                               \
            hear_front();                                                                          \
            for (int i_ = 0; i_ < CLIENTS; i_++) {                                                 \
                if (rig.client[i_].dtls)                                                           \
                    client_hear(&rig.client[i_]);                                                  \
            }                                                                                      \
            usleep(1000);                                                                          \
        }                                                                                          \
        assert_true(left_ > 0);                                                                    \
    } while (0)

static struct client *join(enum kind kind)
{
    struct client *c = &rig.client[kind];
    uint8_t own[32];
    c->kind = kind;
    c->id = (uint32_t)kind + 1;
    (void)snprintf(c->ufrag, sizeof c->ufrag, "00abc%u", c->id);
    tell((struct ipc_message){.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, c->id}}, -1);
    struct ipc_message m = {.type = IPC_TRANSPORT_OPEN,
                            .as.TRANSPORT_OPEN = {.peer = c->id, .transport = c->id}};
    memcpy(m.as.TRANSPORT_OPEN.ufrag, c->ufrag, sizeof c->ufrag);
    memset(m.as.TRANSPORT_OPEN.pwd, 'p', PASSWORD);
    hmac_sha1_init(&c->key, span_of(m.as.TRANSPORT_OPEN.pwd, PASSWORD));
    tell(m, -1);
    c->dtls = dtls_open(rig.ctx, DTLS_ROLE_CLIENT, clock_now());
    client_connect(c);
    client_check(c);
    UNTIL(c->stun_got == 1);
    dtls_expect(c->dtls, rig.fingerprint, clock_now());
    client_pump(c); /* before front tells the fingerprint: the handshake must wait for it */
    m = (struct ipc_message){.type = IPC_TRANSPORT_CONNECT,
                             .as.TRANSPORT_CONNECT.transport = c->id};
    cert_fingerprint(rig.cert, own);
    memcpy(m.as.TRANSPORT_CONNECT.fingerprint, own, 32);
    uint32_t before = rig.connected;
    tell(m, -1);
    UNTIL(dtls_state(c->dtls) == DTLS_CONNECTED && rig.connected == before + 1);
    struct srtp_keys keys;
    assert_int_equal(dtls_keys(c->dtls, &keys), ERR_OK);
    assert_int_equal(keys.suite, SRTP_SUITE_AEAD_GCM);
    assert_int_equal(seal_open(&c->seal, &keys), ERR_OK);
    return c;
}

static void publish(const struct client *c)
{
    struct ipc_message m = {.type = IPC_TRACK_OPEN};
    struct ipc_track_open *t = &m.as.TRACK_OPEN;
    t->peer = t->transport = t->track = c->id;
    t->kind = IPC_AUDIO;
    t->pt = PT;
    t->encodings = 1;
    t->encoding[0].ssrc = 100 + c->id;
    t->mid[0] = '0';
    tell(m, -1);
}

static void subscribe(const struct client *c, const struct client *to)
{
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_OPEN};
    struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
    o->transport = c->id;
    o->track = to->id;
    o->subscription = c->id;
    o->ssrc = 1000 + c->id;
    o->pt = PT;
    tell(m, -1);
    m = (struct ipc_message){
        .type = IPC_SUBSCRIPTION_SET,
        .as.SUBSCRIPTION_SET = {.subscription = c->id, .paused = 0, .layer = 0}};
    tell(m, -1);
}

static void speak(struct client *c, uint16_t seq)
{
    uint8_t head[RTP_HEADER_LEN], out[256];
    struct writer w = writer_of(head, sizeof head);
    assert_true(rtp_write_header(
        &w, &(struct rtp_header){.pt = PT, .seq = seq, .ts = 960u * seq, .ssrc = 100 + c->id}));
    struct seal_packet p = {.header = writer_span(&w), .payload = span_str("a voice")};
    struct seal_out sealed = {out, sizeof out, 0};
    assert_int_equal(seal_rtp(&c->seal, &c->out, &p, &sealed), ERR_OK);
    client_send(c, span_of(out, sealed.len));
}

static uint64_t ask(enum sfu_counter which)
{
    static uint32_t nonce;
    nonce++;
    tell((struct ipc_message){.type = IPC_STATS_ASK, .as.STATS_ASK.nonce = nonce}, -1);
    UNTIL(rig.stats.nonce == nonce);
    assert_int_equal(rig.stats.count, COUNTER_COUNT_);
    return rig.stats.value[which];
}

static int descriptors(void)
{
    char path[64];
    int n = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", rig.pid);
    DIR *d = opendir(path);
    if (!d)
        return -1; /* a process without dumps hides them from all but root */
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* --- facts ------------------------------------------------------------------------------------ */

static void people_on_ipv4_ipv6_and_tcp_hear_each_other(void **state)
{
    (void)state;
    struct client *a = join(OVER_IPV4), *b = join(OVER_IPV6), *c = join(OVER_TCP);
    publish(a);
    publish(c);
    subscribe(b, a);
    subscribe(c, a);
    subscribe(a, c);
    (void)ask(COUNTER_TRACKS); /* the commands before it are carried out */
    for (uint16_t i = 0; i < 50; i++) {
        speak(a, i);
        speak(c, i);
    }
    UNTIL(b->rtp_got == 50 && c->rtp_got == 50 && a->rtp_got == 50);
    assert_int_equal(ask(COUNTER_RTP_OUT), 150);
    assert_int_equal(ask(COUNTER_DROP_SOCKET), 0);
    assert_int_equal(rig.refused, 0);
}

static void a_third_address_hears_nothing_and_is_not_heard(void **state)
{
    (void)state;
    struct client *a = join(OVER_IPV4), *b = join(OVER_IPV6);
    publish(a);
    subscribe(b, a);
    (void)ask(COUNTER_TRACKS);
    struct client mallory = {.kind = OVER_IPV4, .id = a->id};
    client_connect(&mallory);
    uint8_t hello[100] = {22, 0xfe, 0xfd}, rtp[100] = {0x80, PT, 0, 1, 0, 0, 0, 0, 0, 0, 0, 101};
    for (uint16_t i = 0; i < 100; i++) {
        client_send(&mallory, span_of(hello, sizeof hello));
        client_send(&mallory, span_of(rtp, sizeof rtp));
        speak(a, i);
    }
    UNTIL(b->rtp_got == 100);
    assert_true(ask(COUNTER_DROP_NO_PATH) >= 200);
    assert_true(recv(mallory.fd, rtp, sizeof rtp, MSG_DONTWAIT) < 0);
    close(mallory.fd);
}

static void a_reset_closes_every_socket(void **state)
{
    (void)state;
    int before = descriptors();
    (void)join(OVER_IPV4);
    (void)join(OVER_IPV6);
    (void)join(OVER_TCP);
    assert_true(before < 0 || descriptors() == before + 3);
    tell((struct ipc_message){.type = IPC_RESET}, -1);
    assert_int_equal(ask(COUNTER_PATHS), 0);
    assert_int_equal(ask(COUNTER_ROOMS), 0);
    assert_int_equal(descriptors(), before);
}

static void media_goes_on_while_front_is_away(void **state)
{
    (void)state;
    struct client *a = join(OVER_IPV4), *b = join(OVER_IPV6);
    int fresh[2];
    publish(a);
    subscribe(b, a);
    (void)ask(COUNTER_TRACKS);
    close(rig.front);
    rig.front = -1;
    for (uint16_t i = 0; i < 20; i++) {
        speak(a, i);
        usleep(2000);
        client_hear(b);
    }
    assert_true(b->rtp_got > 0);
    rig.hello = false;
    assert_int_equal(channel_pair(fresh), ERR_OK);
    rig.front = fresh[0];
    struct ipc_message m = {.type = IPC_CHANNEL, .as.CHANNEL = {IPC_FRONT, 0}};
    assert_int_equal(channel_send(rig.supervisor, &m, fresh[1]), ERR_OK);
    close(fresh[1]);
    UNTIL(rig.hello);
    assert_int_equal(ask(COUNTER_RTP_OUT), 20);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, start_process, stop_process)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(people_on_ipv4_ipv6_and_tcp_hear_each_other),
        STORY(a_third_address_hears_nothing_and_is_not_heard),
        STORY(a_reset_closes_every_socket),
        STORY(media_goes_on_while_front_is_away),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
