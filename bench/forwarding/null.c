/* The null forwarder: what the kernel alone costs to forward, one packet in, a sendto a receiver,
 * no cipher, no state, no batch. And its own load, with the trace that `conclave-bot load` plays.
 *
 *     null forward ADDRESS:PORT
 *     null drive ADDRESS:PORT --profile P --viewers N --seconds S --warmup W --seed N --pid PID
 *         --json FILE
 *
 * knows: datagrams that begin with REGISTER or MEDIA. knows not: ICE, DTLS, RTP.
 * owns: its sockets. IPv4; nothing here is secured, it listens in the bench's own namespace. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bin/load_measure.h"
#include "bin/load_trace.h"

enum {
    VIEWERS_MAX = 8192,
    PACKET_MAX = 1500,
    REGISTER = 'R',
    MEDIA = 'M',
    HEAD = 17, /* kind, number, time of sending */
    BATCH = 64,
    WRAPPING = 44, /* bytes of RTP header, extensions, descriptor and tag that others send */
};

static int fail(const char *what)
{
    fprintf(stderr, "null: %s: %s\n", what, strerror(errno));
    return 1;
}

static int64_t time_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t now_us(void)
{
    return time_of(CLOCK_MONOTONIC);
}

static bool parse_address(struct sockaddr_in *out, const char *text)
{
    char ip[INET_ADDRSTRLEN];
    const char *colon = strchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof ip)
        return false;
    memcpy(ip, text, (size_t)(colon - text));
    ip[colon - text] = '\0';
    *out = (struct sockaddr_in){.sin_family = AF_INET};
    out->sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    return inet_pton(AF_INET, ip, &out->sin_addr) == 1;
}

/* ---- the forwarder ---- */

static int forward(const struct sockaddr_in *at)
{
    static struct sockaddr_in viewers[VIEWERS_MAX];
    static char bytes[PACKET_MAX];
    size_t count = 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 4 << 20;
    if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof *at) < 0)
        return fail("bind");
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
        if (n < 1)
            continue;
        if (bytes[0] == REGISTER && count < VIEWERS_MAX) {
            viewers[count++] = from;
            (void)sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
        }
        for (size_t i = 0; bytes[0] == MEDIA && i < count; i++)
            (void)sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&viewers[i], sizeof from);
    }
}

/* ---- its load ---- */

struct drive {
    struct sockaddr_in to;
    const char *profile, *json;
    uint32_t viewers, seconds, warmup_s;
    uint64_t seed;
    pid_t pid;
    struct load_trace trace;
    uint64_t played; /* packets of the trace, over all its laps */
    int publisher, epoll, fd[VIEWERS_MAX];
    uint32_t sent, first; /* number of the next packet; of the first that counts */
    struct measure_times delay;
    int64_t cpu_us, span_us;
};

/* Time that the process has had so far, to the nanosecond where /proc has ticks. */
static int64_t cpu_of(pid_t pid)
{
    clockid_t clock;
    struct timespec t;
    if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int open_socket(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), room = 1 << 20, on = 1;
    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return fd;
}

/* A viewer, known to the forwarder before it returns. */
static int open_viewer(struct drive *d, uint32_t i)
{
    char word = REGISTER;
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = i};
    int fd = open_socket(&d->to);
    struct epoll_event ready;
    if (fd < 0 || epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &e) < 0 || send(fd, &word, 1, 0) != 1 ||
        epoll_wait(d->epoll, &ready, 1, 1000) != 1 || recv(fd, &word, 1, 0) != 1)
        return -1;
    return fd;
}

static void send_packet(struct drive *d, size_t len)
{
    static uint8_t bytes[PACKET_MAX] = {MEDIA};
    int64_t now = time_of(CLOCK_REALTIME);
    memcpy(bytes + 1, &d->sent, sizeof d->sent);
    memcpy(bytes + HEAD - sizeof now, &now, sizeof now);
    (void)send(d->publisher, bytes, len < HEAD ? HEAD : len, 0);
    d->sent++;
}

/* From the moment of sending to that of the kernel's receipt, as the other load has it. */
static void take_packet(struct drive *d, const uint8_t *bytes, struct msghdr *h)
{
    uint32_t number;
    int64_t then, at = 0;
    memcpy(&number, bytes + 1, sizeof number);
    memcpy(&then, bytes + HEAD - sizeof then, sizeof then);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        struct timespec t;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&t, CMSG_DATA(c), sizeof t);
        at = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    }
    if (number >= d->first)
        measure_time(&d->delay, at - then);
}

static void read_viewer(struct drive *d, int fd)
{
    static uint8_t bytes[BATCH][PACKET_MAX];
    static char controls[BATCH][128];
    struct iovec vectors[BATCH];
    struct mmsghdr headers[BATCH];
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){bytes[i], PACKET_MAX};
        headers[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &vectors[i],
                                                  .msg_iovlen = 1,
                                                  .msg_control = controls[i],
                                                  .msg_controllen = sizeof controls[i]}};
    }
    int n = recvmmsg(fd, headers, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++)
        if (headers[i].msg_len >= HEAD && bytes[i][0] == MEDIA)
            take_packet(d, bytes[i], &headers[i].msg_hdr);
}

/* Reads what comes until then. */
static void receive_until(struct drive *d, int64_t then)
{
    struct epoll_event ready[256];
    for (int64_t now = now_us(); now < then; now = now_us()) {
        struct timespec left = {(then - now) / 1000000, (then - now) % 1000000 * 1000};
        int n = epoll_pwait2(d->epoll, ready, 256, &left, NULL);
        for (int i = 0; i < n; i++)
            read_viewer(d, d->fd[ready[i].data.u32]);
    }
}

/* When the next packet of the trace is due, from the start. */
static int64_t due_us(const struct drive *d)
{
    return (int64_t)(d->played / d->trace.count) * LOAD_TRACE_US +
           d->trace.packets[d->played % d->trace.count].at_us;
}

static void play(struct drive *d)
{
    int64_t start = now_us() + 10000, from = (int64_t)d->warmup_s * 1000000;
    int64_t end = from + (int64_t)d->seconds * 1000000, cpu = 0;
    d->first = UINT32_MAX;
    for (int64_t due = due_us(d); due < end; due = due_us(d)) {
        receive_until(d, start + due);
        if (d->first == UINT32_MAX && due >= from) {
            d->first = d->sent;
            cpu = cpu_of(d->pid);
            d->span_us = now_us();
        }
        send_packet(d, d->trace.packets[d->played++ % d->trace.count].bytes + WRAPPING);
    }
    receive_until(d, start + end);
    d->cpu_us = cpu_of(d->pid) - cpu;
    d->span_us = now_us() - d->span_us;
    receive_until(d, start + end + 200000); /* what is under way */
}

static bool make_trace(struct drive *d)
{
    struct load_video video = {.fps = 30};
    video.bps = strcmp(d->profile, "video600") == 0    ? 600000
                : strcmp(d->profile, "video2500") == 0 ? 2500000
                                                       : 0;
    return video.bps ? load_trace_video(&d->trace, &video, 1, d->seed)
                     : load_trace_audio(&d->trace, d->seed);
}

static void print(const struct drive *d)
{
    double expected = (double)(d->sent - d->first) * d->viewers, got = (double)d->delay.count;
    FILE *out = d->json ? fopen(d->json, "w") : stdout;
    if (!out)
        return;
    fprintf(out,
            "{\"packets\":%.0f,\"expected\":%.0f,\"seconds\":%.6f,\"cpu_us\":%lld,"
            "\"p50_us\":%llu,\"p99_us\":%llu}\n",
            got, expected, (double)d->span_us / 1e6, (long long)d->cpu_us,
            (unsigned long long)measure_share(&d->delay, 500),
            (unsigned long long)measure_share(&d->delay, 990));
    if (out != stdout)
        fclose(out);
}

static int drive(struct drive *d)
{
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    d->publisher = open_socket(&d->to);
    if (d->epoll < 0 || d->publisher < 0 || !make_trace(d))
        return fail("open");
    for (uint32_t i = 0; i < d->viewers; i++) {
        d->fd[i] = open_viewer(d, i);
        if (d->fd[i] < 0)
            return fail("a viewer");
    }
    play(d);
    print(d);
    return 0;
}

static bool take_option(struct drive *d, const char *name, const char *value)
{
    unsigned long n = strtoul(value, NULL, 10);
    if (strcmp(name, "--profile") == 0)
        d->profile = value;
    else if (strcmp(name, "--json") == 0)
        d->json = value;
    else if (strcmp(name, "--viewers") == 0 && n <= VIEWERS_MAX)
        d->viewers = (uint32_t)n;
    else if (strcmp(name, "--seconds") == 0)
        d->seconds = (uint32_t)n;
    else if (strcmp(name, "--warmup") == 0)
        d->warmup_s = (uint32_t)n;
    else if (strcmp(name, "--seed") == 0)
        d->seed = n;
    else if (strcmp(name, "--pid") == 0)
        d->pid = (pid_t)n;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct drive d = {.profile = "video600", .viewers = 100, .seconds = 3};
    bool ok = argc >= 3 && parse_address(&d.to, argv[2]);
    if (ok && argc == 3 && strcmp(argv[1], "forward") == 0)
        return forward(&d.to);
    ok = ok && strcmp(argv[1], "drive") == 0 && argc % 2 == 1;
    for (int i = 3; ok && i + 1 < argc; i += 2)
        ok = take_option(&d, argv[i], argv[i + 1]);
    if (ok)
        return drive(&d);
    fprintf(stderr, "null forward ADDRESS:PORT, or null drive ADDRESS:PORT [options]\n");
    return 2;
}
