/* bench-forward-wire [--null] [--load video600|video2500|audio] [--viewers N] [--rooms R]
 *                    [--seconds S] [--server-cpu C] [--own-cpu C]
 * What one forwarded packet costs a real media process over loopback, or the null forwarder with
 * the same load: CPU time of the process (user and system), delay, loss, the batch histogram.
 * The generator never sleeps, so receivers are awake; it opens one packet of sixteen to read its
 * time. One line of figures on standard output. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "crowd.h"
#include "io/clock.h"
#include "null.h"
#include "proto/vp8.h"

enum {
    BATCH = 32,
    PAYLOAD_MAX = 1180,
    STAMP_AT = 8,
    SAMPLE_ONE_IN = 16,
    SAMPLES_MAX = 1 << 20,
    CHECK_EVERY_US = 4 * 1000 * 1000
};

struct load {
    const char *name;
    bool video;
    duration_us interval;
    uint32_t least, most; /* bytes of a frame */
};

static const struct load loads[] = {
    {"video600", true, 33333, 500, 3900},
    {"video2500", true, 33333, 6000, 14000},
    {"audio", false, 20000, 100, 100},
};

static struct bench {
    struct crowd crowd;
    struct null null;
    bool is_null;
    const struct load *load;
    uint32_t rooms, viewers, seconds;
    int server_cpu, own_cpu;
    int epoll;
    uint32_t random;
    instant_us *next; /* of each room's frame */
    uint16_t *seq;
    uint32_t *frame;
    uint64_t sent; /* packets times their viewers */
    bool measuring;
    uint64_t got;
    uint32_t samples;
    uint32_t delay_us[SAMPLES_MAX];
    instant_us next_check;
} b;

static uint32_t draw(uint32_t least, uint32_t most)
{
    b.random = b.random * 1664525 + 1013904223;
    return least + (b.random >> 8) % (most - least + 1);
}

/* --- sending ---------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t viewers_of(uint32_t room)
{
    return b.viewers / b.rooms + (room < b.viewers % b.rooms ? 1 : 0);
}

/* One packet: a VP8 descriptor where it is video, then the time. */
static void send_packet(uint32_t room, struct crowd_packet *k, bool first, uint32_t len)
{
    uint8_t payload[PAYLOAD_MAX + 16] = {0}, out[1600];
    struct person *p = &b.crowd.person[room];
    uint32_t picture = b.frame[room] & 0x7fff;
    if (b.load->video) {
        payload[0] = first ? 0x90 : 0x80;
        payload[1] = 0xe0;
        payload[2] = (uint8_t)(0x80 | picture >> 8);
        payload[3] = (uint8_t)picture;
        payload[4] = (uint8_t)picture;
        payload[6] = b.frame[room] % 30 == 0 ? 0x10 : 0x11;
    }
    uint64_t now = now_ns();
    memcpy(payload + STAMP_AT, &now, sizeof now);
    k->payload = span_of(payload, len);
    k->seq = b.seq[room]++;
    if (b.is_null) {
        memcpy(out + RTP_HEADER_LEN, payload, len);
        out[0] = 0x80;
        (void)send(p->fd, out, RTP_HEADER_LEN + len + SEAL_RTP_OVERHEAD, 0);
    } else {
        size_t n = crowd_seal(&b.crowd, p, k, out, sizeof out);
        (void)send(p->fd, out, n, 0);
    }
    if (b.measuring)
        b.sent += viewers_of(room);
}

/* About equal parts, the larger ones last, as browsers split a frame. */
static void send_frame(uint32_t room)
{
    uint32_t bytes = draw(b.load->least, b.load->most);
    uint32_t parts = (bytes + PAYLOAD_MAX - 1) / PAYLOAD_MAX;
    uint32_t small = parts - bytes % parts;
    uint32_t rate = b.load->video ? 90000 : 48000;
    for (uint32_t i = 0; i < parts; i++) {
        struct crowd_packet k = {.ts = (uint32_t)((uint64_t)b.frame[room] *
                                                  (uint64_t)b.load->interval * rate / US_PER_S),
                                 .marker = i + 1 == parts};
        send_packet(room, &k, i == 0, bytes / parts + (i >= small ? 1 : 0));
    }
    b.frame[room]++;
}

/* --- receiving -------------------------------------------------------------------------------- */

static void sample(struct person *p, uint8_t *bytes, size_t len)
{
    struct rtp_packet rtp;
    size_t at = RTP_HEADER_LEN;
    if (!b.is_null) {
        if (rtp_parse(&rtp, span_of(bytes, len), RTP_SEALED) != ERR_OK ||
            seal_unseal_rtp(&p->seal, &p->in, bytes, &len, rtp.header_len) != ERR_OK)
            crowd_fail("a packet that does not open");
        at = rtp.header_len;
    }
    uint64_t then, now = now_ns();
    memcpy(&then, bytes + at + STAMP_AT, sizeof then);
    if (b.measuring && b.samples < SAMPLES_MAX)
        b.delay_us[b.samples++] = (uint32_t)((now - then) / 1000);
}

static void read_person(struct person *p)
{
    static uint8_t bytes[BATCH][1600];
    struct mmsghdr h[BATCH];
    struct iovec v[BATCH];
    for (int i = 0; i < BATCH; i++) {
        v[i] = (struct iovec){bytes[i], sizeof bytes[i]};
        h[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &v[i], .msg_iovlen = 1}};
    }
    int n = recvmmsg(p->fd, h, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
        bool media = bytes[i][0] >= 128 && (bytes[i][1] < 192 || bytes[i][1] > 223);
        if (b.is_null || media) {
            p->rtp_got++;
            if (b.measuring)
                b.got++;
            if (p->rtp_got % SAMPLE_ONE_IN == p->id % SAMPLE_ONE_IN)
                sample(p, bytes[i], h[i].msg_len);
        } else {
            crowd_take(&b.crowd, p, bytes[i], h[i].msg_len);
        }
    }
}

static void run_until(instant_us end)
{
    struct epoll_event events[64];
    for (instant_us now = clock_now(); now < end; now = clock_now()) {
        for (uint32_t i = 0; i < b.rooms; i++) {
            if (now < b.next[i])
                continue;
            send_frame(i);
            b.next[i] += b.load->interval;
        }
        int n = epoll_wait(b.epoll, events, 64, 0);
        for (int i = 0; i < n; i++)
            read_person(events[i].data.ptr);
        if (now >= b.next_check && !b.is_null) {
            static uint32_t whose;
            uint32_t people = b.rooms + b.viewers;
            crowd_check(&b.crowd, &b.crowd.person[whose++ % people]);
            b.next_check = now + CHECK_EVERY_US / (instant_us)people;
        }
    }
}

/* --- set-up ----------------------------------------------------------------------------------- */

static int bound_socket(struct sockaddr_in *a)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20;
    socklen_t len = sizeof *a;
    *a = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (fd < 0 || bind(fd, (struct sockaddr *)a, sizeof *a) != 0 ||
        getsockname(fd, (struct sockaddr *)a, &len) != 0)
        crowd_fail("socket");
    return fd;
}

static void open_null(void)
{
    uint32_t people = b.rooms + b.viewers, at = 0;
    struct null_room *rooms = calloc(b.rooms, sizeof *rooms);
    struct sockaddr_in *a = calloc(people, sizeof *a), server;
    struct sockaddr_in *sorted = calloc(people, sizeof *sorted);
    b.crowd = (struct crowd){.rooms = b.rooms, .viewers = b.viewers};
    b.crowd.person = calloc(people, sizeof *b.crowd.person);
    int fd = bound_socket(&server);
    for (uint32_t i = 0; i < people; i++) {
        struct person *p = &b.crowd.person[i];
        p->id = i + 1;
        p->fd = bound_socket(&a[i]);
        if (connect(p->fd, (struct sockaddr *)&server, sizeof server) != 0)
            crowd_fail("connect");
    }
    for (uint32_t r = 0; r < b.rooms; r++) {
        rooms[r] = (struct null_room){a[r], &sorted[at], viewers_of(r)};
        for (uint32_t i = r; i < b.viewers; i += b.rooms)
            sorted[at++] = a[b.rooms + i];
    }
    null_start(&b.null, fd, rooms, b.rooms, b.server_cpu);
}

static void watch_everyone(void)
{
    b.epoll = epoll_create1(0);
    for (uint32_t i = 0; i < b.rooms + b.viewers; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &b.crowd.person[i]};
        if (epoll_ctl(b.epoll, EPOLL_CTL_ADD, b.crowd.person[i].fd, &e) != 0)
            crowd_fail("epoll");
    }
    b.next = calloc(b.rooms, sizeof *b.next);
    b.seq = calloc(b.rooms, sizeof *b.seq);
    b.frame = calloc(b.rooms, sizeof *b.frame);
    for (uint32_t i = 0; i < b.rooms; i++)
        b.next[i] = clock_now() + b.load->interval * i / b.rooms;
    b.next_check = clock_now();
}

static int64_t cpu_us(int pid)
{
    clockid_t id;
    struct timespec t;
    if (clock_getcpuclockid(pid, &id) != 0 || clock_gettime(id, &t) != 0)
        crowd_fail("cpu clock");
    return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

static int by_value(const void *x, const void *y)
{
    uint32_t p = *(const uint32_t *)x, q = *(const uint32_t *)y;
    return (p > q) - (p < q);
}

static void print(int64_t cpu, const struct ipc_stats *before, const struct ipc_stats *after)
{
    qsort(b.delay_us, b.samples, sizeof b.delay_us[0], by_value);
    uint32_t n = b.samples ? b.samples : 1;
    printf("%s %s viewers=%u rooms=%u got=%llu lost=%.3f%% rate=%.0f/s cpu=%.1f%% "
           "us_per_packet=%.3f p50_us=%u p99_us=%u",
           b.is_null ? "null" : "media", b.load->name, b.viewers, b.rooms,
           (unsigned long long)b.got, b.sent ? 100.0 - 100.0 * (double)b.got / (double)b.sent : 0.0,
           (double)b.got / b.seconds, (double)cpu / 1e4 / b.seconds,
           (double)cpu / (double)(b.got ? b.got : 1), b.delay_us[n / 2],
           b.delay_us[(uint64_t)n * 99 / 100]);
    for (size_t i = 0; before && i < before->count; i++) {
        uint64_t d = after->value[i] - before->value[i];
        if (d > 0 && counter_kind(i) == COUNTER_KIND_TOTAL)
            printf(" %s=%llu", counter_name(i), (unsigned long long)d);
    }
    printf("\n");
}

static void measure(void)
{
    struct ipc_stats before = {0}, after = {0};
    run_until(clock_now() + US_PER_S);
    if (!b.is_null)
        before = *crowd_stats(&b.crowd);
    int pid = b.is_null ? b.null.pid : b.crowd.pid;
    int64_t cpu = cpu_us(pid);
    fprintf(stderr, "measuring pid %d\n", pid); /* for a profiler */
    for (uint32_t i = 0; i < b.rooms; i++)
        b.next[i] = clock_now() + b.load->interval * i / b.rooms;
    b.measuring = true;
    run_until(clock_now() + (instant_us)b.seconds * US_PER_S);
    cpu = cpu_us(pid) - cpu;
    if (!b.is_null)
        after = *crowd_stats(&b.crowd);
    print(cpu, b.is_null ? NULL : &before, &after);
}

static void options(int argc, char **argv)
{
    b.load = &loads[0];
    b.rooms = 1;
    b.viewers = 100;
    b.seconds = 5;
    b.own_cpu = 1;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        uint64_t number = 0;
        if (strcmp(name, "--null") == 0) {
            b.is_null = true;
            continue;
        }
        i++;
        for (size_t k = 0; k < sizeof loads / sizeof loads[0]; k++) {
            if (strcmp(name, "--load") == 0 && strcmp(value, loads[k].name) == 0)
                b.load = &loads[k];
        }
        if (strcmp(name, "--load") == 0)
            continue;
        if (text_u64(&number, span_str(value), UINT32_MAX) != ERR_OK)
            crowd_fail("a number was expected");
        if (strcmp(name, "--viewers") == 0)
            b.viewers = (uint32_t)number;
        else if (strcmp(name, "--rooms") == 0)
            b.rooms = (uint32_t)number;
        else if (strcmp(name, "--seconds") == 0)
            b.seconds = (uint32_t)number;
        else if (strcmp(name, "--server-cpu") == 0)
            b.server_cpu = (int)number;
        else if (strcmp(name, "--own-cpu") == 0)
            b.own_cpu = (int)number;
    }
}

int main(int argc, char **argv)
{
    options(argc, argv);
    crowd_pin(0, b.own_cpu);
    struct crowd_options o = {b.rooms, b.viewers, b.load->video, b.server_cpu};
    if (b.is_null)
        open_null();
    else
        crowd_open(&b.crowd, &o);
    watch_everyone();
    measure();
    if (b.is_null)
        null_stop(&b.null);
    else
        crowd_close(&b.crowd);
    return 0;
}
