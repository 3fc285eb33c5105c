/* netimp: an impaired Ethernet link between two network namespaces.
 *
 *     ip netns add left; ip netns add right
 *     netimp --a left/tap0 --b right/tap0 --ab rate=1mbit,delay=50ms --ba delay=50ms --seed 7
 *
 * It makes a TAP device in each namespace, carries every frame from one to the other as shape.h
 * says, prints "ready", and goes on until its standard input closes or a signal ends it. Lines on
 * standard input change a rule at once ("ab rate=600kbit"); a script holds lines with the second
 * they are for ("12.5 ab rate=600kbit"). --trace FILE gets a line a tenth of a second and
 * direction. knows: TAP, namespaces, time. knows not: IP. owns: both descriptors, the frames under
 * way. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "netimp/shape.h"

enum { DIRECTIONS = 2, FRAME_MAX = 2048, HELD_MAX = 16384, LINE_SIZE = 256, STEPS_MAX = 256 };
#define TRACE_US (100 * US_PER_MS)

struct held {
    instant_us at;
    uint64_t order; /* of equal times */
    uint32_t len;
    uint8_t direction;
    uint8_t bytes[FRAME_MAX];
};

struct step {
    instant_us at;
    char line[LINE_SIZE];
};

struct bridge {
    int tap[DIRECTIONS]; /* frames of direction d are read from tap[d] and written to the other */
    struct shape shape[DIRECTIONS];
    struct shape_rule rule[DIRECTIONS];
    struct shape_counts traced[DIRECTIONS];
    instant_us started, trace_at;
    FILE *trace;
    struct held *held;
    uint32_t heap[HELD_MAX], spare[HELD_MAX];
    uint32_t heap_count, spare_count;
    uint64_t order;
    struct step step[STEPS_MAX];
    uint32_t steps, step_next;
    char line[LINE_SIZE];
    size_t line_len;
};

static volatile sig_atomic_t stopped;

static instant_us now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (instant_us)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

/* ---- frames under way: a heap by time ---- */

static bool before(const struct bridge *b, uint32_t x, uint32_t y)
{
    const struct held *p = &b->held[x], *q = &b->held[y];
    return p->at < q->at || (p->at == q->at && p->order < q->order);
}

static void swap(uint32_t *x, uint32_t *y)
{
    uint32_t t = *x;
    *x = *y;
    *y = t;
}

static void hold(struct bridge *b, const struct held *frame)
{
    if (b->spare_count == 0)
        return; /* as a full queue would */
    uint32_t place = b->spare[--b->spare_count];
    struct held *h = &b->held[place];
    h->at = frame->at;
    h->direction = frame->direction;
    h->len = frame->len;
    h->order = b->order++;
    memcpy(h->bytes, frame->bytes, frame->len);
    uint32_t i = b->heap_count++;
    b->heap[i] = place;
    for (; i > 0 && before(b, b->heap[i], b->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&b->heap[i], &b->heap[(i - 1) / 2]);
}

static void release_first(struct bridge *b)
{
    b->spare[b->spare_count++] = b->heap[0];
    b->heap[0] = b->heap[--b->heap_count];
    for (uint32_t i = 0;;) {
        uint32_t least = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2 && child < b->heap_count; child++)
            least = before(b, b->heap[child], b->heap[least]) ? child : least;
        if (least == i)
            return;
        swap(&b->heap[i], &b->heap[least]);
        i = least;
    }
}

static void deliver(struct bridge *b, instant_us now)
{
    while (b->heap_count > 0 && b->held[b->heap[0]].at <= now) {
        const struct held *h = &b->held[b->heap[0]];
        /* A device that is down or full loses the frame, as a cable would. */
        if (write(b->tap[1 - h->direction], h->bytes, h->len) < 0 && errno == EBADF)
            stopped = 1;
        release_first(b);
    }
}

static void take(struct bridge *b, uint8_t direction, instant_us now)
{
    static struct held frame;
    for (int i = 0; i < 64; i++) {
        ssize_t n = read(b->tap[direction], frame.bytes, sizeof frame.bytes);
        if (n <= 0)
            return;
        frame.len = (uint32_t)n;
        frame.direction = direction;
        struct shape_fate fate = shape_packet(&b->shape[direction], frame.len, now);
        for (uint8_t k = 0; k < fate.count; k++) {
            frame.at = fate.at[k];
            hold(b, &frame);
        }
    }
}

/* ---- rules ---- */

/* "ab WORDS" or "ba WORDS". */
static bool apply(struct bridge *b, const char *line, char why[SHAPE_WHY])
{
    bool ab = strncmp(line, "ab ", 3) == 0;
    if (!ab && strncmp(line, "ba ", 3) != 0) {
        snprintf(why, SHAPE_WHY, "a line starts with 'ab ' or 'ba '");
        return false;
    }
    unsigned d = ab ? 0 : 1;
    if (shape_parse(&b->rule[d], line + 3, why) != ERR_OK)
        return false;
    shape_set(&b->shape[d], &b->rule[d]);
    return true;
}

static void run_steps(struct bridge *b, instant_us now)
{
    char why[SHAPE_WHY];
    while (b->step_next < b->steps && b->started + b->step[b->step_next].at <= now)
        (void)apply(b, b->step[b->step_next++].line, why); /* checked when it was read */
}

/* False when standard input is closed. */
static bool hear(struct bridge *b)
{
    char why[SHAPE_WHY];
    ssize_t n = read(STDIN_FILENO, b->line + b->line_len, sizeof b->line - 1 - b->line_len);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    b->line_len += (size_t)n;
    b->line[b->line_len] = '\0';
    for (char *end; (end = strchr(b->line, '\n')) != NULL;) {
        *end = '\0';
        if (apply(b, b->line, why))
            puts("ok");
        else
            printf("refused: %s\n", why);
        fflush(stdout);
        b->line_len -= (size_t)(end + 1 - b->line);
        memmove(b->line, end + 1, b->line_len + 1);
    }
    if (b->line_len == sizeof b->line - 1)
        b->line_len = 0; /* no rule is that long */
    return true;
}

static void trace(struct bridge *b, instant_us now)
{
    for (unsigned d = 0; d < DIRECTIONS; d++) {
        const struct shape_counts *c = &b->shape[d].counts;
        struct shape_counts *was = &b->traced[d];
        fprintf(b->trace, "%.1f,%s,%.0f,%.0f,%llu,%llu,%.1f\n",
                (double)(b->trace_at - b->started) / 1e6, d == 0 ? "ab" : "ba",
                (double)(c->in_bytes - was->in_bytes) * 8e6 / (double)TRACE_US,
                (double)(c->out_bytes - was->out_bytes) * 8e6 / (double)TRACE_US,
                (unsigned long long)(c->lost - was->lost),
                (unsigned long long)(c->overflowed - was->overflowed),
                (double)b->shape[d].waited / 1e3);
        *was = *c;
    }
    while (b->trace_at <= now)
        b->trace_at += TRACE_US;
}

/* ---- the loop ---- */

static instant_us next_deadline(const struct bridge *b)
{
    instant_us at = INSTANT_NEVER;
    if (b->heap_count > 0)
        at = b->held[b->heap[0]].at;
    if (b->step_next < b->steps)
        at = instant_min(at, b->started + b->step[b->step_next].at);
    return b->trace ? instant_min(at, b->trace_at) : at;
}

static void run(struct bridge *b)
{
    struct pollfd fds[] = {{.fd = b->tap[0], .events = POLLIN},
                           {.fd = b->tap[1], .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};
    while (!stopped) {
        instant_us at = next_deadline(b), wait = at - now_us();
        if (wait < 0)
            wait = 0;
        struct timespec t = {.tv_sec = wait / US_PER_S, .tv_nsec = wait % US_PER_S * 1000};
        if (ppoll(fds, 3, at == INSTANT_NEVER ? NULL : &t, NULL) < 0 && errno != EINTR)
            return;
        instant_us now = now_us();
        run_steps(b, now);
        for (uint8_t d = 0; d < DIRECTIONS; d++) {
            if (fds[d].revents & POLLIN)
                take(b, d, now);
        }
        if ((fds[2].revents & (POLLIN | POLLHUP)) && !hear(b))
            return;
        deliver(b, now_us());
        if (b->trace && now >= b->trace_at)
            trace(b, now);
    }
}

/* ---- opening ---- */

static int fail(const char *what, const char *name)
{
    fprintf(stderr, "netimp: %s %s: %s\n", what, name, strerror(errno));
    return -1;
}

/* Makes a TAP device in the namespace that this process is in now. */
static int tap_open(const char *name)
{
    struct ifreq r = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &r) != 0)
        return fail("cannot make the device", name);
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    r.ifr_flags = IFF_UP;
    if (s < 0 || ioctl(s, SIOCSIFFLAGS, &r) != 0)
        return fail("cannot bring up", name);
    close(s);
    return fd;
}

/* NAMESPACE/DEVICE; "/DEVICE" is the namespace that netimp was started in. */
static int end_open(const char *where, int home)
{
    char path[LINE_SIZE];
    const char *slash = strchr(where, '/');
    if (!slash || strlen(slash + 1) == 0 || strlen(slash + 1) >= IFNAMSIZ)
        return errno = EINVAL, fail("not NAMESPACE/DEVICE:", where);
    if (slash > where) {
        snprintf(path, sizeof path, "/run/netns/%.*s", (int)(slash - where), where);
        int space = open(path, O_RDONLY | O_CLOEXEC);
        if (space < 0 || setns(space, CLONE_NEWNET) != 0)
            return fail("cannot enter", path);
        close(space);
    }
    int fd = tap_open(slash + 1);
    if (setns(home, CLONE_NEWNET) != 0)
        return fail("cannot leave", path);
    return fd;
}

static bool script_read(struct bridge *b, const char *file)
{
    char text[LINE_SIZE], why[SHAPE_WHY];
    FILE *f = fopen(file, "re");
    if (!f)
        return fail("cannot read", file), false;
    bool good = true;
    while (good && fgets(text, sizeof text, f)) {
        char *rest;
        double at = strtod(text, &rest);
        struct shape_rule tried = {0};
        text[strcspn(text, "\n")] = '\0';
        if (text[0] == '\0' || text[0] == '#')
            continue;
        good = b->steps < STEPS_MAX && rest != text && *rest == ' ' && at >= 0 && at < 1e6 &&
               (strncmp(rest, " ab ", 4) == 0 || strncmp(rest, " ba ", 4) == 0) &&
               shape_parse(&tried, rest + 4, why) == ERR_OK;
        if (!good)
            fprintf(stderr, "netimp: %s: '%s' is no step\n", file, text);
        else
            snprintf(b->step[b->steps].line, LINE_SIZE, "%s", rest + 1),
                b->step[b->steps++].at = (instant_us)(at * 1e6);
    }
    fclose(f);
    return good;
}

struct options {
    const char *end[DIRECTIONS], *words[DIRECTIONS], *script, *trace;
    uint64_t seed;
};

static bool options_read(struct options *o, int count, char **word)
{
    for (int i = 1; i + 1 < count; i += 2) {
        const char *name = word[i], *value = word[i + 1];
        char *end = NULL;
        if (strcmp(name, "--a") == 0)
            o->end[0] = value;
        else if (strcmp(name, "--b") == 0)
            o->end[1] = value;
        else if (strcmp(name, "--ab") == 0)
            o->words[0] = value;
        else if (strcmp(name, "--ba") == 0)
            o->words[1] = value;
        else if (strcmp(name, "--script") == 0)
            o->script = value;
        else if (strcmp(name, "--trace") == 0)
            o->trace = value;
        else if (strcmp(name, "--seed") == 0 && (o->seed = strtoull(value, &end, 10), *end == '\0'))
            continue;
        else
            return false;
    }
    return count % 2 == 1 && o->end[0] && o->end[1];
}

static bool bridge_open(struct bridge *b, const struct options *o)
{
    char why[SHAPE_WHY];
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    b->held = calloc(HELD_MAX, sizeof *b->held);
    if (!b->held || home < 0)
        return fail("cannot start", ""), false;
    for (uint32_t i = 0; i < HELD_MAX; i++)
        b->spare[b->spare_count++] = i;
    for (unsigned d = 0; d < DIRECTIONS; d++) {
        shape_init(&b->shape[d], o->seed * DIRECTIONS + d);
        if (o->words[d] && shape_parse(&b->rule[d], o->words[d], why) != ERR_OK)
            return fprintf(stderr, "netimp: %s\n", why), false;
        shape_set(&b->shape[d], &b->rule[d]);
        b->tap[d] = end_open(o->end[d], home);
        if (b->tap[d] < 0)
            return false;
    }
    close(home);
    if (o->script && !script_read(b, o->script))
        return false;
    b->trace = o->trace ? fopen(o->trace, "we") : NULL;
    if (o->trace && !b->trace)
        return fail("cannot write", o->trace), false;
    if (b->trace)
        fputs("seconds,direction,in_bps,out_bps,lost,overflowed,queue_ms\n", b->trace);
    b->started = now_us();
    b->trace_at = b->started + TRACE_US;
    return true;
}

int main(int count, char **word)
{
    static struct bridge bridge;
    struct options o = {.seed = 1};
    struct sigaction end = {.sa_handler = on_signal};
    if (!options_read(&o, count, word)) {
        fputs("usage: netimp --a NAMESPACE/DEVICE --b NAMESPACE/DEVICE [--ab WORDS] [--ba WORDS]\n"
              "              [--seed N] [--script FILE] [--trace FILE]\n"
              "WORDS: rate=1mbit,queue=300ms,delay=50ms,jitter=5ms,loss=10%,\n"
              "       gilbert=BAD%:GOOD%[:LOSS%:LOSS%],reorder=1%,duplicate=1%\n",
              stderr);
        return 2;
    }
    if (!bridge_open(&bridge, &o))
        return 1;
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    puts("ready");
    fflush(stdout);
    run(&bridge);
    if (bridge.trace)
        fclose(bridge.trace);
    for (unsigned d = 0; d < DIRECTIONS; d++) {
        const struct shape_counts *c = &bridge.shape[d].counts;
        printf("%s in %llu out %llu lost %llu overflowed %llu reordered %llu duplicated %llu\n",
               d == 0 ? "ab" : "ba", (unsigned long long)c->in, (unsigned long long)c->out,
               (unsigned long long)c->lost, (unsigned long long)c->overflowed,
               (unsigned long long)c->reordered, (unsigned long long)c->duplicated);
    }
    free(bridge.held);
    return 0;
}
