/* bench-forward-core [--viewers N] [--packets K] [--bytes B] [--rounds R] [--no-padding] [--cold
 * KB] The forwarding core alone, in memory, with real sealing: one publisher, N viewers, rounds of
 * K packets that form one video frame. CPU time a forwarded packet, of taking in (open, admit,
 * keep, append) and of sealing, and how many send calls it would make. --cold walks that much other
 * memory between rounds, as the programs beside us do while we sleep. Without sockets, so that a
 * profiler that counts instructions shows nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "crypt/crypt.h"
#include "io/udp.h"
#include "proto/demux.h"
#include "proto/rtp.h"
#include "proto/stun.h"
#include "sfu/state.h"

enum {
    PT = 96,
    EXT_MID = 1,
    EXT_ABS = 4,
    EXT_TWCC = 5,
    FRAME_MAX = 16,
    DATAGRAM = 1600,
    PEERS = 256
};

static struct bench {
    struct sfu *sfu;
    instant_us now;
    uint32_t viewers, packets, bytes, rounds, cold_kb;
    bool padding;
    struct seal seal; /* the publisher's */
    struct seal_stream out;
    struct handle path;
    uint64_t sent, calls, octets;
    double take_ns, seal_ns;
    uint8_t datagram[FRAME_MAX][DATAGRAM];
} b = {.viewers = 100, .packets = 3, .bytes = 2500, .rounds = 2000, .padding = true};

static const struct ipc_addr server = {4, {10, 0, 0, 1}, 8443};

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* --- set-up ----------------------------------------------------------------------------------- */

/* As io/udp cuts a run into calls. */
static uint32_t calls_of(const struct sfu_run *r)
{
    uint32_t calls = 0;
    for (uint32_t at = 0; at < r->count; calls++)
        at += (uint32_t)udp_run_len(r->datagrams + at, r->count - at);
    return calls;
}

static void drain(void)
{
    struct sfu_effect e;
    struct sfu_sends sends;
    while (sfu_poll(b.sfu, &e)) {
        if (e.type == SFU_PATH_OPEN)
            b.path = e.as.path_open.path;
    }
    while (sfu_send(b.sfu, &sends)) {
        for (uint32_t i = 0; i < sends.count; i++) {
            b.sent += sends.runs[i].count;
            b.calls += calls_of(&sends.runs[i]);
            for (uint32_t k = 0; k < sends.runs[i].count; k++)
                b.octets += sends.runs[i].datagrams[k].len;
        }
    }
}

static void command(const struct ipc_message *m)
{
    if (sfu_input(b.sfu, &(struct sfu_event){.type = SFU_COMMAND, .as.command = m}, b.now) !=
        ERR_OK)
        fail("a command was refused");
    drain();
}

static void check(uint32_t id, const char *ufrag, const struct hmac_sha1 *key)
{
    uint8_t bytes[STUN_WRITE_MAX];
    char name[24];
    int n = snprintf(name, sizeof name, "%s:them", ufrag);
    struct stun_request r = {
        .username = span_of(name, (size_t)n), .tiebreaker = 1, .use_candidate = true};
    memcpy(r.id, &id, sizeof id);
    struct writer w = writer_of(bytes, sizeof bytes);
    if (!stun_write_request(&w, &r, key))
        fail("stun");
    struct sfu_datagram d = {
        .remote = {4, {10, 1, (uint8_t)(id >> 8), (uint8_t)id}, (uint16_t)(1024 + id)},
        .local = server,
        .bytes = bytes,
        .len = (uint32_t)writer_len(&w)};
    b.now += US_PER_MS; /* inside every budget */
    (void)sfu_receive(b.sfu, &d, 1, b.now);
    drain();
}

static struct srtp_keys keys_of(uint32_t id)
{
    struct srtp_keys k = {.suite = SRTP_SUITE_AEAD_GCM};
    memset(k.local_key, (int)(id & 0xff), sizeof k.local_key);
    memset(k.remote_key, (int)(id >> 8 | 0x80), sizeof k.remote_key);
    return k;
}

static void join(uint32_t id)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEF";
    struct ipc_message m = {.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, id}};
    if (id == 1)
        command(&(struct ipc_message){.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = 1});
    if (id <= PEERS)
        command(&m);
    m = (struct ipc_message){.type = IPC_TRANSPORT_OPEN,
                             .as.TRANSPORT_OPEN = {.peer = 1 + (id - 1) % PEERS, .transport = id}};
    char ufrag[8] = "00";
    for (int i = 0; i < 4; i++)
        ufrag[2 + i] = digits[id >> 5 * i & 31];
    memcpy(m.as.TRANSPORT_OPEN.ufrag, ufrag, sizeof ufrag);
    memset(m.as.TRANSPORT_OPEN.pwd, 'p', 24);
    struct hmac_sha1 key;
    hmac_sha1_init(&key, span_of(m.as.TRANSPORT_OPEN.pwd, 24));
    command(&m);
    check(id, ufrag, &key);
    uint64_t packed = 0;
    struct srtp_keys k = keys_of(id);
    if (!map_get(&b.sfu->transport_by_id, id, &packed))
        fail("no transport");
    struct sfu_event e = {.type = SFU_KEYS,
                          .as.keys = {.transport = handle_unpack(packed), .keys = &k}};
    if (sfu_input(b.sfu, &e, b.now) != ERR_OK)
        fail("no keys");
    drain();
}

static void publish(void)
{
    struct srtp_keys ours = keys_of(1), theirs = ours;
    memcpy(theirs.local_key, ours.remote_key, sizeof ours.local_key);
    memcpy(theirs.remote_key, ours.local_key, sizeof ours.local_key);
    if (seal_open(&b.seal, &theirs) != ERR_OK)
        fail("seal");
    struct ipc_message m = {.type = IPC_TRACK_OPEN};
    struct ipc_track_open *t = &m.as.TRACK_OPEN;
    t->peer = t->transport = t->track = 1;
    t->kind = IPC_VIDEO;
    t->source = IPC_CAMERA;
    t->codec = IPC_VP8;
    t->pt = PT;
    t->encodings = 1;
    t->encoding[0].ssrc = 7;
    t->mid[0] = '0';
    command(&m);
}

static void view(uint32_t id)
{
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_OPEN};
    struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
    o->transport = o->subscription = id;
    o->track = 1;
    o->ssrc = 100000 + id;
    o->pt = PT;
    o->ext[IPC_EXT_MID] = EXT_MID;
    o->ext[IPC_EXT_ABS_SEND_TIME] = EXT_ABS;
    o->ext[IPC_EXT_TWCC] = EXT_TWCC;
    o->mid[0] = '0';
    command(&m);
    m = (struct ipc_message){.type = IPC_SUBSCRIPTION_SET, .as.SUBSCRIPTION_SET = {id, 0, 3}};
    command(&m);
}

static void set_up(void)
{
    struct sfu_config c;
    sfu_config_default(&c);
    c.seed = 42;
    c.pad_to_batch = b.padding;
    void *storage = calloc(1, sfu_size(&c));
    b.now = 1000 * US_PER_S;
    b.sfu = sfu_init(storage, &c, b.now);
    join(1);
    struct handle path = b.path;
    publish();
    for (uint32_t i = 2; i < b.viewers + 2; i++) {
        join(i);
        view(i);
    }
    b.path = path;
}

/* --- the rounds ------------------------------------------------------------------------------- */

/* One frame in about equal parts, the larger ones last, as browsers split it. */
static void write_frame(struct sfu_datagram *d, uint32_t frame)
{
    static uint16_t seq;
    uint32_t small = b.packets - b.bytes % b.packets;
    for (uint32_t i = 0; i < b.packets; i++) {
        uint8_t payload[DATAGRAM] = {0}, head[RTP_HEADER_LEN];
        payload[0] = i == 0 ? 0x90 : 0x80;
        payload[1] = 0xe0;
        payload[2] = (uint8_t)(0x80 | (frame >> 8 & 0x7f));
        payload[3] = payload[4] = (uint8_t)frame;
        payload[6] = frame == 0 ? 0x10 : 0x11;
        struct writer w = writer_of(head, sizeof head);
        (void)rtp_write_header(&w, &(struct rtp_header){.pt = PT,
                                                        .marker = i + 1 == b.packets,
                                                        .seq = seq++,
                                                        .ts = frame * 3000,
                                                        .ssrc = 7});
        struct seal_packet k = {.header = writer_span(&w),
                                .payload =
                                    span_of(payload, b.bytes / b.packets + (i >= small ? 1 : 0))};
        struct seal_out out = {b.datagram[i], DATAGRAM, 0};
        if (seal_rtp(&b.seal, &b.out, &k, &out) != ERR_OK)
            fail("sealing");
        d[i] = (struct sfu_datagram){.path = b.path,
                                     .remote = {4, {10, 1, 0, 1}, 1025},
                                     .local = server,
                                     .bytes = b.datagram[i],
                                     .len = (uint32_t)out.len};
    }
}

static void cool(void)
{
    static volatile uint8_t *other;
    enum { LINE = 64 };
    if (b.cold_kb == 0)
        return;
    if (!other)
        other = malloc((size_t)b.cold_kb << 10);
    if (!other)
        fail("memory");
    for (size_t at = 0; at < (size_t)b.cold_kb << 10; at += LINE)
        other[at]++;
}

static void run(void)
{
    struct sfu_datagram d[FRAME_MAX];
    b.sent = b.calls = b.octets = 0;
    for (uint32_t i = 0; i < b.rounds; i++) {
        write_frame(d, i);
        cool();
        b.now += 100; /* no consent ends */
        double start = cpu_ns();
        for (uint32_t done = 0; done < b.packets;) {
            done += sfu_receive(b.sfu, d + done, b.packets - done, b.now);
            double mid = cpu_ns();
            b.take_ns += mid - start;
            drain();
            start = cpu_ns();
            b.seal_ns += start - mid;
        }
    }
}

static void options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--no-padding") == 0) {
            b.padding = false;
            continue;
        }
        uint64_t number = 0;
        if (++i < argc && text_u64(&number, span_str(argv[i]), UINT32_MAX) != ERR_OK)
            fail("a number was expected");
        uint32_t value = (uint32_t)number;
        if (strcmp(name, "--viewers") == 0)
            b.viewers = value;
        else if (strcmp(name, "--packets") == 0 && value > 0 && value <= FRAME_MAX)
            b.packets = value;
        else if (strcmp(name, "--bytes") == 0)
            b.bytes = value;
        else if (strcmp(name, "--rounds") == 0)
            b.rounds = value;
        else if (strcmp(name, "--cold") == 0)
            b.cold_kb = value;
    }
}

int main(int argc, char **argv)
{
    options(argc, argv);
    if (crypt_init() != ERR_OK)
        fail("crypt");
    set_up();
    run();
    double n = b.sent ? (double)b.sent : 1;
    printf("core viewers=%u packets=%u bytes=%u sent=%.0f take_ns=%.0f seal_ns=%.0f "
           "calls_per_packet=%.3f bytes_per_packet=%.1f\n",
           b.viewers, b.packets, b.bytes, (double)b.sent, b.take_ns / n, b.seal_ns / n,
           (double)b.calls / n, (double)b.octets / n);
    return 0;
}
