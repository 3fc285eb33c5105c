/* Starts store, media and front, watches them, restarts a dead one, and gives each pair that talks
 * a channel.
 * knows: processes and descriptors. knows not: anything from the network. owns: the processes. */
#include "bin/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/instant.h"
#include "base/logline.h"
#include "bin/config_addr.h"
#include "bin/roles.h"
#include "io/channel.h"
#include "io/logger.h"
#include "io/proc.h"
#include "io/sandbox.h"

enum {
    ROLES_MAX = 5 + LIMIT_MEDIA_PROCESSES,
    DEATHS = 5, /* one more in the window slows the restarts down */
    ENV_MAX = 8,
};

#define DEATH_WINDOW (10 * US_PER_S)
#define BACKOFF_FIRST (1 * US_PER_S)
#define BACKOFF_LAST (30 * US_PER_S)
#define STOP_PATIENCE (3 * US_PER_S)

struct role {
    const char *name;
    enum ipc_party party;
    uint32_t index; /* among the media processes */
    bool running, ready;
    struct proc proc;
    int channel; /* our end of its descriptor 3, -1 when not running */
    uint32_t generation;
    instant_us deaths[DEATHS]; /* the latest, as a ring */
    uint32_t death_count;
    duration_us backoff;
    instant_us restart_at;
};

struct supervisor {
    const struct setup *setup;
    const struct supervisor_options *options;
    struct role roles[ROLES_MAX];
    size_t count;
    int signals;
    bool announced, stopping;
    int status;
    struct proc helper; /* makes the first meeting */
    const char *env[ENV_MAX];
};

static instant_us now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (instant_us)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

static void log_role(const char *event, const struct role *r, const char *key, int64_t value)
{
    struct logline l;
    logline_start(&l, "supervisor", event);
    logline_str(&l, "role", r->name);
    logline_int(&l, "index", r->index);
    logline_int(&l, key, value);
    log_line(&l);
}

/* ---- channels ---- */

static bool talk(const struct role *a, const struct role *b)
{
    bool media = a->party == IPC_MEDIA && b->party == IPC_MEDIA;
    bool hooks = (a->party == IPC_HOOKS && b->party == IPC_STORE) ||
                 (a->party == IPC_STORE && b->party == IPC_HOOKS);
    return a != b && (media || hooks || a->party == IPC_FRONT || b->party == IPC_FRONT);
}

/* Tells `to` that this descriptor now leads to `other`. */
static void give_channel(struct role *to, const struct role *other, enum ipc_lane lane, int fd)
{
    struct ipc_message m = {.type = IPC_CHANNEL};
    m.as.CHANNEL.party = (uint8_t)other->party;
    m.as.CHANNEL.lane = (uint8_t)lane;
    m.as.CHANNEL.index = other->index;
    enum err e = channel_send(to->channel, &m, fd);
    if (e == ERR_OK)
        return;
    log_role("channel_failed", to, "error", (int64_t)e);
    proc_signal(&to->proc, SIGKILL); /* it comes back with fresh channels */
}

static void connect_pair(struct role *a, struct role *b, enum ipc_lane lane)
{
    int pair[2];
    if (channel_pair(pair) != ERR_OK) {
        log_role("channel_failed", a, "error", ERR_IO);
        return;
    }
    give_channel(a, b, lane, pair[0]);
    give_channel(b, a, lane, pair[1]);
    close(pair[0]);
    close(pair[1]);
}

static void connect_role(struct supervisor *s, struct role *r)
{
    for (size_t i = 0; i < s->count; i++) {
        struct role *other = &s->roles[i];
        if (!other->running || !talk(r, other))
            continue;
        connect_pair(r, other, IPC_LANE_URGENT);
        if (r->party == IPC_MEDIA && other->party == IPC_MEDIA)
            connect_pair(r, other, IPC_LANE_VIDEO);
    }
}

/* ---- starting ---- */

static void role_fds(const struct supervisor *s, const struct role *r, int theirs,
                     struct proc_spawn *spawn)
{
    spawn->fds[spawn->fd_count++] = theirs;
    if (r->party == IPC_MEDIA)
        spawn->fds[spawn->fd_count++] = s->setup->udp_fd[r->index];
    if (r->party == IPC_NODES)
        spawn->fds[spawn->fd_count++] = s->setup->nodes_fd;
    if (r->party != IPC_FRONT)
        return;
    spawn->fds[spawn->fd_count++] = s->setup->listen_fd;
    spawn->fds[spawn->fd_count++] = s->setup->metrics_fd;
    spawn->fds[spawn->fd_count++] = s->setup->control_fd;
}

static void role_start(struct supervisor *s, struct role *r)
{
    int pair[2];
    r->restart_at = now_us() + BACKOFF_FIRST; /* tried again then, should a step fail */
    if (channel_pair(pair) != ERR_OK)
        return;
    const char *const argv[] = {"conclave", "role", r->name, NULL};
    struct proc_spawn spawn = {.argv = argv, .env = s->env};
    role_fds(s, r, pair[1], &spawn);
    enum err e = proc_open(&r->proc, &spawn);
    close(pair[1]);
    if (e != ERR_OK) {
        close(pair[0]);
        log_role("start_failed", r, "generation", r->generation);
        return;
    }
    r->channel = pair[0];
    r->running = true;
    r->ready = false;
    log_role("role_started", r, "pid", r->proc.pid);
    struct ipc_message m = {.type = IPC_ROLE_START};
    m.as.ROLE_START = s->setup->start;
    m.as.ROLE_START.index = r->index;
    m.as.ROLE_START.generation = r->generation++;
    if (r->party != IPC_STORE)
        memset(m.as.ROLE_START.database, 0, sizeof m.as.ROLE_START.database);
    if (channel_send(r->channel, &m, -1) != ERR_OK)
        proc_signal(&r->proc, SIGKILL);
    connect_role(s, r);
}

/* ---- announcing ---- */

static void make_meeting(struct supervisor *s)
{
    const char *argv[] = {"conclave",
                          "meeting",
                          "create",
                          "--data",
                          s->setup->start.data,
                          s->options->json ? "--json" : NULL,
                          NULL};
    struct proc_spawn spawn = {.argv = argv, .env = s->env};
    if (proc_open(&s->helper, &spawn) != ERR_OK)
        fprintf(stderr, "No meeting could be made; try `conclave meeting create`.\n");
}

static void announce(struct supervisor *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->roles[i].ready)
            return;
    if (s->announced)
        return;
    s->announced = true;
    const struct ipc_role_start *start = &s->setup->start;
    char host[CONFIG_ADDR_TEXT] = "localhost";
    if (start->public_count > 0)
        config_ip_print(&start->public_addr[0], true, host);
    else if (!config_ip_unspecified(&start->listen))
        config_ip_print(&start->listen, true, host);
    if (s->options->json)
        printf("{\"ready\":true,\"url\":\"https://%s:%u\",\"pid\":%d}\n", host,
               (unsigned)start->listen.port, (int)getpid());
    else
        printf("Conclave is ready: https://%s:%u\n", host, (unsigned)start->listen.port);
    if (!s->setup->web_found)
        fprintf(stderr,
                "The web client is not built, so browsers see nothing: run `make build`.\n");
    fflush(stdout);
    if (s->options->meeting)
        make_meeting(s);
}

static void role_speaks(struct supervisor *s, struct role *r)
{
    struct ipc_message m;
    int fd = -1;
    enum err e = channel_recv(r->channel, &m, &fd, r->party, IPC_SUPERVISOR);
    if (fd >= 0)
        close(fd);
    if (e == ERR_AGAIN)
        return;
    if (e == ERR_CLOSED) { /* its process ends or has lost its mind; the pidfd tells */
        proc_signal(&r->proc, SIGKILL);
        close(r->channel);
        r->channel = -1;
        return;
    }
    if (e != ERR_OK || m.type != IPC_ROLE_READY) {
        log_role("bad_message", r, "error", (int64_t)e);
        return;
    }
    r->ready = true;
    log_role("role_ready", r, "generation", r->generation - 1);
    announce(s);
}

/* ---- deaths ---- */

static duration_us restart_delay(struct role *r, instant_us now)
{
    instant_us oldest = r->deaths[r->death_count % DEATHS];
    r->deaths[r->death_count++ % DEATHS] = now;
    bool often = r->death_count >= DEATHS && oldest != 0 && now - oldest < DEATH_WINDOW;
    bool slow = often || (r->backoff > 0 && now - r->restart_at < DEATH_WINDOW);
    if (!slow)
        r->backoff = 0;
    else
        r->backoff = r->backoff == 0 ? BACKOFF_FIRST : r->backoff * 2;
    if (r->backoff > BACKOFF_LAST)
        r->backoff = BACKOFF_LAST;
    return r->backoff;
}

static void log_end(const char *event, const struct role *r, int status)
{
    if (WIFSIGNALED(status))
        log_role(event, r, "signal", WTERMSIG(status));
    else
        log_role(event, r, "exit", WEXITSTATUS(status));
}

/* Before all were ever up, a role that cannot live means that the server cannot. */
static void give_up(struct supervisor *s, const struct role *r)
{
    fprintf(stderr,
            "The %s process ends again and again before it is ready; its reason stands in the log "
            "above, and `conclave doctor` may know more.\n",
            r->name);
    s->stopping = true;
    s->status = 1;
}

static void role_died(struct supervisor *s, struct role *r, int status)
{
    log_end("role_died", r, status);
    proc_close(&r->proc);
    if (r->channel >= 0)
        close(r->channel);
    r->channel = -1;
    r->running = r->ready = false;
    if (s->stopping)
        return;
    instant_us now = now_us();
    duration_us delay = restart_delay(r, now);
    if (delay > 0 && !s->announced) {
        give_up(s, r);
        return;
    }
    r->restart_at = now + delay;
    if (delay > 0)
        log_role("restart_delayed", r, "ms", delay / US_PER_MS);
    else
        role_start(s, r);
}

/* ---- the loop ---- */

static int poll_timeout(const struct supervisor *s, instant_us now)
{
    instant_us next = INSTANT_NEVER;
    for (size_t i = 0; i < s->count; i++)
        if (!s->roles[i].running)
            next = instant_min(next, s->roles[i].restart_at);
    if (next == INSTANT_NEVER)
        return -1;
    return next <= now ? 0 : (int)((next - now + US_PER_MS - 1) / US_PER_MS);
}

static void reap_helper(struct supervisor *s)
{
    int status;
    if (s->helper.pidfd >= 0 && proc_ended(&s->helper, &status))
        proc_close(&s->helper);
}

static void wait_once(struct supervisor *s)
{
    struct pollfd fds[2 * ROLES_MAX + 2];
    nfds_t n = 0;
    for (size_t i = 0; i < s->count; i++) { /* poll ignores -1 */
        fds[n++] = (struct pollfd){.fd = s->roles[i].channel, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = s->roles[i].running ? s->roles[i].proc.pidfd : -1,
                                   .events = POLLIN};
    }
    fds[n++] = (struct pollfd){.fd = s->signals, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = s->helper.pidfd, .events = POLLIN};
    if (poll(fds, n, poll_timeout(s, now_us())) < 0)
        return;
    for (size_t i = 0; i < s->count && !s->stopping; i++) {
        struct role *r = &s->roles[i];
        int status;
        if (fds[2 * i].revents && r->channel == fds[2 * i].fd)
            role_speaks(s, r);
        if (fds[2 * i + 1].revents && proc_ended(&r->proc, &status))
            role_died(s, r, status);
        else if (!r->running && now_us() >= r->restart_at)
            role_start(s, r);
    }
    if (fds[n - 2].revents)
        s->stopping = true;
    reap_helper(s);
}

/* A role ends when its channel does; one that does not is killed. */
static void role_stop(struct role *r)
{
    if (!r->running)
        return;
    if (r->channel >= 0)
        close(r->channel);
    r->channel = -1;
    struct pollfd end = {.fd = r->proc.pidfd, .events = POLLIN};
    if (poll(&end, 1, (int)(STOP_PATIENCE / US_PER_MS)) != 1) {
        log_role("role_killed", r, "pid", r->proc.pid);
        proc_signal(&r->proc, SIGKILL);
        (void)poll(&end, 1, -1);
    }
    int status = 0;
    (void)proc_ended(&r->proc, &status);
    log_end("role_stopped", r, status);
    proc_close(&r->proc);
    r->running = false;
}

static void stop_all(struct supervisor *s)
{
    struct logline l;
    logline_start(&l, "supervisor", "stopping");
    log_line(&l);
    static const enum ipc_party order[] = {IPC_FRONT, IPC_NODES, IPC_FETCH,
                                           IPC_HOOKS, IPC_MEDIA, IPC_STORE};
    for (size_t o = 0; o < ARRAY_LEN(order); o++)
        for (size_t i = 0; i < s->count; i++)
            if (s->roles[i].party == order[o])
                role_stop(&s->roles[i]);
}

/* ---- beginning ---- */

/* Roles get an empty environment but for what a test or sanitizer build reads. */
static void fill_env(struct supervisor *s)
{
    size_t n = 0;
#ifdef CONCLAVE_MUTANTS
    static char mutant[40];
    const char *value = getenv("CONCLAVE_MUTANT");
    if (value) {
        (void)snprintf(mutant, sizeof mutant, "CONCLAVE_MUTANT=%.20s", value);
        s->env[n++] = mutant;
    }
#endif
#if defined CONCLAVE_RECORDER || defined CONCLAVE_HOSTILE
    static const char *const tests[] = {"CONCLAVE_RECORD", "CONCLAVE_HOSTILE"};
    static char test[ARRAY_LEN(tests)][300];
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        const char *set = getenv(tests[i]);
        if (!set)
            continue;
        (void)snprintf(test[i], sizeof test[i], "%s=%.250s", tests[i], set);
        s->env[n++] = test[i];
    }
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static const char *const names[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                        "TSAN_OPTIONS"};
    static char options[ARRAY_LEN(names)][300];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *set = getenv(names[i]);
        if (!set)
            continue;
        (void)snprintf(options[i], sizeof options[i], "%s=%.250s", names[i], set);
        s->env[n++] = options[i];
    }
#endif
    s->env[n] = NULL;
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void add_role(struct supervisor *s, const char *name, enum ipc_party party, uint32_t index)
{
    s->roles[s->count++] =
        (struct role){.name = name, .party = party, .index = index, .proc = {0, -1}, .channel = -1};
}

int supervisor_run(const struct setup *setup, const struct supervisor_options *options)
{
    static struct supervisor s;
    s = (struct supervisor){.setup = setup, .options = options, .helper = {0, -1}};
    logger_init("supervisor");
    s.signals = open_signals();
    fill_env(&s);
    if (s.signals < 0 || sandbox_enter(SANDBOX_SUPERVISOR, setup->start.data) != ERR_OK) {
        fprintf(stderr, "The kernel refused the supervisor's sandbox; `conclave doctor` says what "
                        "this machine lacks.\n");
        return 1;
    }
    add_role(&s, "store", IPC_STORE, 0);
    for (uint32_t i = 0; i < setup->start.media_count; i++)
        add_role(&s, "media", IPC_MEDIA, i);
    if (setup->start.accounts.oidc_issuer[0])
        add_role(&s, "fetch", IPC_FETCH, 0);
    if (setup->start.hooks.on)
        add_role(&s, "hooks", IPC_HOOKS, 0);
    if (setup->start.cell.on)
        add_role(&s, "nodes", IPC_NODES, 0);
    add_role(&s, "front", IPC_FRONT, 0);
    for (size_t i = 0; i < s.count; i++)
        role_start(&s, &s.roles[i]);
    while (!s.stopping)
        wait_once(&s);
    stop_all(&s);
    return s.status;
}
