/* The media role: wires the forwarding core to its sockets, its DTLS associations, front and the
 * supervisor. knows: who gets which event. knows not: protocols. owns: the process. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bin/media.h"
#include "bin/recorder.h"
#include "bin/roles.h"
#include "crypt/crypt.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/logger.h"
#include "io/pin.h"
#include "io/sandbox.h"

static enum err open_channel(struct media *m);
static enum err open_core(struct media *m, const struct ipc_role_start *start);
static void run(struct media *m);
static void close_all(struct media *m);

static void log_event(const char *event, const char *key, int64_t value)
{
    struct logline l;
    logline_start(&l, "media", event);
    logline_int(&l, key, value);
    log_line(&l);
}

int role_media(void)
{
    static struct media media;
    logger_init("media");
    enum err e = open_channel(&media);
    if (e == ERR_OK)
        run(&media);
    else
        log_event("start_failed", err_name(e), e);
    close_all(&media);
    return e == ERR_OK && !media.failed ? 0 : 1;
}

/* --- front ------------------------------------------------------------------------------------ */

static void front_lost(struct media *m)
{
    if (m->front.fd < 0)
        return;
    loop_remove(&m->loop, &m->front);
    close(m->front.fd);
    m->front.fd = -1;
    m->queue_count = 0;
}

static void front_flush(struct media *m)
{
    while (m->queue_count > 0) {
        enum err e = channel_send(m->front.fd, &m->queue[m->queue_first], -1);
        if (e == ERR_AGAIN)
            return;
        if (e != ERR_OK) {
            front_lost(m);
            return;
        }
        m->queue_first = (m->queue_first + 1) % MEDIA_QUEUE;
        m->queue_count--;
    }
    (void)loop_change(&m->loop, &m->front, LOOP_READ);
}

void media_tell(struct media *m, const struct ipc_message *message)
{
    if (m->front.fd < 0)
        return; /* a new front starts with RESET */
    if (m->queue_count == 0) {
        enum err e = channel_send(m->front.fd, message, -1);
        if (e == ERR_OK)
            return;
        if (e != ERR_AGAIN) {
            front_lost(m);
            return;
        }
        (void)loop_change(&m->loop, &m->front, LOOP_READ | LOOP_WRITE);
    }
    /* News that the next one replaces may be lost; a front that reads nothing at all is given up.
     */
    if (message->type == IPC_LEVELS || message->type == IPC_STRAY)
        return;
    if (m->queue_count == MEDIA_QUEUE) {
        front_lost(m);
        return;
    }
    memcpy(&m->queue[(m->queue_first + m->queue_count++) % MEDIA_QUEUE], message,
           ipc_size(message->type));
}

static void tell_hello(struct media *m)
{
    struct ipc_message hello = {.type = IPC_MEDIA_HELLO,
                                .as.MEDIA_HELLO = {.index = m->index, .pid = (uint32_t)getpid()}};
    cert_fingerprint(m->dtls.cert, hello.as.MEDIA_HELLO.fingerprint);
    media_tell(m, &hello);
}

static void tell_stats(struct media *m, uint32_t nonce)
{
    struct ipc_message stats = {
        .type = IPC_STATS,
        .as.STATS = {.index = m->index, .nonce = nonce, .count = COUNTER_COUNT_}};
    memcpy(stats.as.STATS.value, sfu_counters(m->sfu)->value, sizeof m->counters->value);
    media_tell(m, &stats);
}

/* A TCP connection that front accepted; `fd` is ours now. */
static void adopt(struct media *m, const struct ipc_tcp_socket *t, int fd)
{
    struct sfu_event e = {.type = SFU_TCP_OPEN,
                          .as.tcp_open = {.remote = t->remote, .local = t->local, .token = fd}};
    if (sfu_input(m->sfu, &e, m->now) != ERR_OK)
        close(fd);
}

static void front_message(struct media *m, const struct ipc_message *message, int fd)
{
    media_flush(m); /* a round refers to what a command may close */
    if (message->type == IPC_STATS_ASK) {
        tell_stats(m, message->as.STATS_ASK.nonce);
    } else if (message->type == IPC_TCP_SOCKET && fd >= 0) {
        adopt(m, &message->as.TCP_SOCKET, fd);
        fd = -1;
    } else if (message->type != IPC_TCP_SOCKET) {
        (void)sfu_input(m->sfu, &(struct sfu_event){.type = SFU_COMMAND, .as.command = message},
                        m->now);
    }
    if (fd >= 0)
        close(fd);
    media_effects(m);
}

static void front_ready(void *context, unsigned events)
{
    struct media *m = context;
    if (events & LOOP_WRITE)
        front_flush(m);
    for (int i = 0; i < 64 && m->front.fd >= 0; i++) {
        struct ipc_message message;
        int fd;
        enum err e = channel_recv(m->front.fd, &message, &fd, IPC_FRONT, IPC_MEDIA);
        if (e == ERR_AGAIN)
            return;
        if (e == ERR_OK)
            front_message(m, &message, fd);
        else if (e == ERR_CLOSED || e == ERR_IO)
            front_lost(m); /* media goes on without it */
        else
            log_event("bad_message", err_name(e), message.type);
    }
}

static void front_new(struct media *m, int fd)
{
    front_lost(m);
    m->front = (struct loop_watch){.fd = fd, .ready = front_ready, .context = m};
    if (loop_add(&m->loop, &m->front, LOOP_READ) != ERR_OK) {
        close(fd);
        m->front.fd = -1;
        return;
    }
    tell_hello(m);
}

/* --- supervisor ------------------------------------------------------------------------------- */

static enum err serve(struct media *m, const struct ipc_role_start *start)
{
    if (m->sfu)
        return ERR_STATE;
    TRY(open_core(m, start));
    recorder_open(m->index, start->data);
    TRY(sandbox_enter(SANDBOX_MEDIA, NULL));
    struct ipc_message ready = {.type = IPC_ROLE_READY,
                                .as.ROLE_READY = {.pid = (uint32_t)getpid()}};
    TRY(channel_send(ROLE_FD_SUPERVISOR, &ready, -1));
    log_event("ready", "index", m->index);
    return ERR_OK;
}

static void supervisor_message(struct media *m, const struct ipc_message *message, int fd)
{
    if (message->type == IPC_ROLE_START) {
        enum err e = serve(m, &message->as.ROLE_START);
        if (e != ERR_OK) {
            log_event("start_failed", err_name(e), errno);
            m->stop = m->failed = true;
        }
    } else if (message->type == IPC_CHANNEL && fd >= 0 && m->sfu &&
               message->as.CHANNEL.party == IPC_FRONT) {
        front_new(m, fd);
        return;
    } else if (message->type == IPC_CHANNEL && fd >= 0 && m->sfu &&
               message->as.CHANNEL.party == IPC_MEDIA) {
        media_relay_attach(&m->relay, &message->as.CHANNEL, fd);
        return;
    }
    if (fd >= 0)
        close(fd);
}

static void supervisor_ready(void *context, unsigned events)
{
    struct media *m = context;
    (void)events;
    while (!m->stop) {
        struct ipc_message message;
        int fd;
        enum err e = channel_recv(m->supervisor.fd, &message, &fd, IPC_SUPERVISOR, IPC_MEDIA);
        if (e == ERR_AGAIN)
            return;
        if (e == ERR_OK)
            supervisor_message(m, &message, fd);
        else if (e == ERR_CLOSED || e == ERR_IO)
            m->stop = true;
    }
}

/* --- the core --------------------------------------------------------------------------------- */

static void effect_run(struct media *m, const struct sfu_effect *e)
{
    switch (e->type) {
    case SFU_REPLY:
        media_tell(m, e->as.reply);
        break;
    case SFU_PATH_OPEN:
        media_path_open(&m->paths, e);
        break;
    case SFU_PATH_CLOSE:
        media_path_close(&m->paths, e->as.path_close);
        break;
    case SFU_DTLS_EXPECT:
        media_dtls_expect(&m->dtls, e->as.dtls_expect.transport, e->as.dtls_expect.fingerprint,
                          m->now);
        break;
    case SFU_DTLS_IN:
        media_dtls_input(&m->dtls, e->as.dtls_in.transport, e->as.dtls_in.bytes, m->now);
        break;
    case SFU_DTLS_CLOSE:
        media_dtls_end(&m->dtls, e->as.dtls_close);
        break;
    }
}

void media_effects(struct media *m)
{
    struct sfu_effect e;
    while (sfu_poll(m->sfu, &e))
        effect_run(m, &e);
}

static bool next_sends(struct media *m, struct sfu_sends *sends)
{
    m->now = clock_now();
    sfu_departs(m->sfu, m->now);
    return sfu_send(m->sfu, sends);
}

void media_flush(struct media *m)
{
    struct sfu_sends sends;
    media_relay_flush(&m->relay);
    while (next_sends(m, &sends)) {
        for (uint32_t i = 0; i < sends.count; i++) {
            if (i + 1 < sends.count)
                media_path_prefetch(&m->paths, &sends.runs[i + 1]);
            media_path_send(&m->paths, &sends.runs[i]);
        }
    }
}

/* Front places people by it. */
static void tell_busy(struct media *m, duration_us took)
{
    enum { NEWS = 5 /* percent */ };
    m->worked_us += took;
    duration_us passed = m->now - m->busy_at;
    if (passed < US_PER_S)
        return;
    int percent = (int)instant_min(m->worked_us * 100 / passed, 100);
    m->busy_at = m->now;
    m->worked_us = 0;
    if (percent > m->busy_told - NEWS && percent < m->busy_told + NEWS)
        return;
    m->busy_told = (uint8_t)percent;
    media_tell(
        m, &(struct ipc_message){.type = IPC_MEDIA_BUSY, .as.MEDIA_BUSY.percent = m->busy_told});
}

static void count_round(struct media *m, duration_us took)
{
    static const duration_us bound[] = {50, 100, 200, 500, 1000, 5000};
    size_t i = 0;
    while (i < sizeof bound / sizeof bound[0] && took >= bound[i])
        i++;
    m->counters->value[(size_t)COUNTER_ROUND_50 + i]++;
    m->busy_us += took;
    tell_busy(m, took);
}

static void timers(struct media *m)
{
    if (m->now >= media_dtls_deadline(&m->dtls))
        media_dtls_tick(&m->dtls, m->now);
    if (m->now >= sfu_deadline(m->sfu)) {
        (void)sfu_input(
            m->sfu, &(struct sfu_event){.type = SFU_TICK, .as.tick.busy_us = m->busy_us}, m->now);
        m->busy_us = 0;
    }
    media_effects(m);
}

/* A frame that has begun is waited for a little: its packets then leave in the same calls. What
 * else arrives meanwhile joins in. */
static enum err hold(struct media *m)
{
    enum { HOLD_ROUNDS = 32 };
    for (int i = 0; i < HOLD_ROUNDS && !m->stop; i++) {
        instant_us until = sfu_hold(m->sfu);
        if (until <= m->now)
            return ERR_OK;
        if (i == 0)
            count_add(m->counters, COUNTER_HOLDS, 1);
        instant_us asleep = clock_now();
        TRY(loop_round(&m->loop, &m->now, until));
        m->slept_us += m->loop.woke - asleep;
    }
    return ERR_OK;
}

/* Between two rounds, where there is much to do: see overload_rest. m->now: after the last was
 * sent. */
static void rest(const struct media *m, instant_us deadline)
{
    duration_us rest_us = m->sfu ? sfu_rest(m->sfu) : 0;
    if (rest_us > 0 && !loop_is_behind(&m->loop))
        loop_rest(&m->loop, instant_min(m->now + rest_us, deadline));
}

static void run(struct media *m)
{
    m->now = clock_now();
    while (!m->stop) {
        instant_us deadline = INSTANT_NEVER;
        if (m->sfu)
            deadline = instant_min(sfu_deadline(m->sfu), media_dtls_deadline(&m->dtls));
        rest(m, deadline);
        enum err e = loop_round(&m->loop, &m->now, deadline);
        if (!m->sfu && e == ERR_OK)
            continue;
        instant_us began = m->loop.woke; /* not m->now: what was sent meanwhile moved that */
        m->slept_us = 0;
        if (e != ERR_OK || hold(m) != ERR_OK) {
            m->failed = true;
            return;
        }
        timers(m);
        media_flush(m);
        m->now = clock_now();
        count_round(m, m->now - began - m->slept_us);
    }
}

/* --- opening and closing ---------------------------------------------------------------------- */

/* With queues in all sockets a round would read for a quarter of a second: so long no timer would
 * run and no command be heard. Shorter ones would send smaller batches. */
#define ROUND_US (10 * US_PER_MS)

static enum err open_channel(struct media *m)
{
    m->front.fd = m->shared.fd = -1;
    m->supervisor =
        (struct loop_watch){.fd = ROLE_FD_SUPERVISOR, .ready = supervisor_ready, .context = m};
    TRY(loop_open(&m->loop));
    m->loop.longest = ROUND_US;
    return loop_add(&m->loop, &m->supervisor, LOOP_READ);
}

/* A socket a validated address: as many as the hard limit allows. */
static uint32_t raise_descriptors(uint32_t wanted)
{
    enum { OTHERS = 64 };
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return wanted;
    r.rlim_cur = r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_cur == RLIM_INFINITY || r.rlim_cur >= wanted + OTHERS)
        return wanted;
    return r.rlim_cur > 2 * OTHERS ? (uint32_t)r.rlim_cur - OTHERS : OTHERS;
}

/* Zeroed pages that cost nothing until they are used. */
static void *pages(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Wakes on time: the kernel may otherwise be 50 us late. Neither is needed to serve. */
static void open_schedule(const struct ipc_role_start *start)
{
    enum { SLACK_NS = 1000 };
    (void)prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
    if (start->pin && pin_to_core(start->index) != ERR_OK)
        log_event("not_pinned", "index", start->index);
}

static enum err open_core(struct media *m, const struct ipc_role_start *start)
{
    struct sfu_config config;
    sfu_config_default(&config);
    config.index = m->index = start->index;
    config.media_count = start->media_count;
    config.paths = raise_descriptors(config.paths);
    open_schedule(start);
    m->generation = start->generation;
    m->listen = start->listen;
    m->now = clock_now();
    TRY(crypt_init());
    TRY(crypt_random(&config.seed, sizeof config.seed));
    void *storage = pages(sfu_size(&config));
    m->queue = pages(MEDIA_QUEUE * sizeof *m->queue);
    if (!storage || !m->queue)
        return ERR_NOMEM;
    m->sfu = sfu_init(storage, &config, m->now);
    m->counters = sfu_counters(m->sfu);
    TRY(media_dtls_open(&m->dtls, m->sfu, config.transports));
    TRY(media_relay_open(&m->relay, m, start->media_count));
    TRY(media_paths_open(&m->paths, m, config.paths));
    m->shared = (struct loop_watch){.fd = MEDIA_FD_UDP, .ready = media_shared_ready, .context = m};
    return loop_add(&m->loop, &m->shared, LOOP_READ);
}

static void close_all(struct media *m)
{
    if (m->sfu)
        sfu_fini(m->sfu);
    media_dtls_close(&m->dtls);
    media_paths_close(&m->paths);
    media_relay_close(&m->relay);
    front_lost(m);
    loop_close(&m->loop);
    crypt_fini();
}
