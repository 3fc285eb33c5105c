/* The front role: HTTPS, WebSockets, the meetings' state machine, the one TCP port.
 * knows: how its parts are wired. knows not: what they decide. owns: the event loop and everything
 * opened before the sandbox. Runs until its supervisor channel closes. */
#include "bin/roles.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bin/front.h"
#include "bin/front_account.h"
#include "bin/front_list.h"
#include "bin/front_pass.h"
#include "crypt/crypt.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/disk.h"
#include "io/logger.h"
#include "io/sandbox.h"

enum { SUPERVISOR_WAIT_MS = 10000, DESCRIPTORS = 16384 };

static_assert((int)IPC_EMBED_MAX <= (int)WEB_EMBED_BYTES, "the list fits the policy");

void front_log(const char *event, const char *key, const char *value)
{
    struct logline l;
    logline_start(&l, "front", event);
    logline_str(&l, key, value);
    log_line(&l);
}

int64_t front_unix_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- before the sandbox ---- */

static enum err wait_for_start(struct front *f)
{
    struct pollfd p = {.fd = ROLE_FD_SUPERVISOR, .events = POLLIN};
    struct ipc_message m;
    int fd = -1;
    if (poll(&p, 1, SUPERVISOR_WAIT_MS) != 1)
        return ERR_IO;
    TRY(channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_FRONT));
    if (fd >= 0)
        close(fd);
    if (m.type != IPC_ROLE_START)
        return ERR_STATE;
    f->start = m.as.ROLE_START;
    return ERR_OK;
}

static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return;
    r.rlim_cur = r.rlim_max < DESCRIPTORS ? r.rlim_max : DESCRIPTORS;
    (void)setrlimit(RLIMIT_NOFILE, &r);
}

static enum err open_meet(struct front *f)
{
    const struct meet_size size = {
        .meetings = LIMIT_CONNECTIONS,
        .members = 2 * LIMIT_CONNECTIONS, /* those away have no connection */
        .transports = 4 * LIMIT_CONNECTIONS,
        .tracks = FRONT_TRACKS,
        .subscriptions = 4 * LIMIT_SUBSCRIPTIONS,
        .room_members = LIMIT_ROOM_PEERS,
        .media = f->start.media_count,
        .spread_after = f->start.spread_after,
        .pages = FRONT_PAGES,
    };
    uint64_t seed[2];
    void *memory = malloc(meet_bytes(&size));
    f->opened = calloc(FRONT_TRACKS, sizeof *f->opened);
    if (!memory || !f->opened)
        return ERR_NOMEM;
    TRY(crypt_random(seed, sizeof seed));
    TRY(crypt_random(f->pii_key, sizeof f->pii_key));
    TRY(crypt_random(f->frank_key, sizeof f->frank_key));
    f->meet = meet_init(memory, &size, seed[0]);
    map_init(&f->sessions, f->session_cells, sizeof f->session_cells / sizeof *f->session_cells,
             seed[1]);
    f->create_tokens = FRONT_CREATES * 1000;
    f->create_at = clock_now();
    return ERR_OK;
}

static enum err open_web(struct front *f)
{
    char cert[IPC_PATH_MAX + 16], key[IPC_PATH_MAX + 16];
    TRY(disk_join(cert, sizeof cert, f->start.data, "tls.crt"));
    TRY(disk_join(key, sizeof key, f->start.data, "tls.key"));
    if (web_static_open(&f->files, f->start.web) != ERR_OK)
        front_log("no_client", "folder", f->start.web);
    f->handlers = (struct web_handlers){f,         session_opened, session_message, session_closed,
                                        api_post,  files_check,    files_put,       files_get,
                                        desk_call, person_cookie,  list_text};
    const struct web_config c = {&f->loop, cert, key, &f->files, &f->handlers, f->start.embed};
    enum err e = web_open(&f->web, &c);
    if (e != ERR_OK)
        front_log("no_web", "error", e == ERR_CONFIG ? "certificate or key" : err_name(e));
    return e;
}

static void on_tls(void *front, int fd)
{
    web_adopt(((struct front *)front)->web, fd);
}

static void open_metrics(struct front *f)
{
    const struct line_config c = {&f->loop, FRONT_FD_METRICS, "\r\n\r\n", api_metrics, f};
    if (line_open(&f->metrics, &c) != ERR_OK)
        front_log("no_metrics", "listener", "off");
}

static enum err open_listeners(struct front *f)
{
    const struct sniff_handlers h = {f, on_tls, front_stun};
    const struct line_config control = {&f->loop, FRONT_FD_CONTROL, "\n", api_control, f};
    open_metrics(f);
    TRY(line_open(&f->control, &control));
    return sniff_open(&f->sniff, &f->loop, FRONT_FD_LISTEN, &h);
}

void front_listen(struct front *f, const char *why)
{
    if (f->listens)
        return;
    f->listens = sniff_listen(f->sniff) == ERR_OK;
    front_log(f->listens ? "listening" : "cannot_listen", "why", why);
}

static void on_tick(uv_timer_t *t)
{
    struct front *f = t->data;
    instant_us now = clock_now();
    session_tick(f, now);
    usage_tick(f);
    desk_tick(f->desk);
    ask_tick(f, now);
    if (f->ticks == FRONT_ALONE_TICKS)
        front_listen(f, "media_missing");
    if (f->ticks++ % (1000 / FRONT_TICK_MS) == 0)
        web_tick(f->web);
}

static void open_timers(struct front *f)
{
    uv_timer_init(&f->loop, &f->tick);
    uv_timer_init(&f->loop, &f->wake);
    uv_timer_init(&f->loop, &f->metrics_timer);
    uv_timer_init(&f->loop, &f->stranger_timer);
    f->tick.data = f->wake.data = f->metrics_timer.data = f->stranger_timer.data = f;
    uv_timer_start(&f->tick, on_tick, FRONT_TICK_MS, FRONT_TICK_MS);
}

static void open_links(struct front *f)
{
    f->supervisor.fd = f->store.fd = f->fetch.fd = f->hooks.fd = f->nodes.fd = -1;
    for (size_t i = 0; i < LIMIT_MEDIA_PROCESSES; i++)
        f->media[i] = (struct link){.front = f, .fd = -1};
    link_attach(f, IPC_SUPERVISOR, 0, ROLE_FD_SUPERVISOR);
}

static enum err begin(struct front *f)
{
    struct ipc_message ready;
    TRY(wait_for_start(f));
    raise_descriptors();
    TRY(crypt_init());
    if (uv_loop_init(&f->loop) != 0)
        return ERR_IO;
    address_collect(f);
    TRY(list_open(f));
    TRY(open_meet(f));
    TRY(open_web(f));
    open_timers(f);
    TRY(worker_open(&f->worker, &f->loop));
    TRY(open_listeners(f));
    open_links(f);
    f->desk = desk_open(f);
    if (!f->desk || !usage_open(f) || !hooks_open(f) || !pass_open(f))
        return ERR_NOMEM;
    TRY(sandbox_enter(SANDBOX_FRONT, f->start.data));
    memset(&ready, 0, sizeof ready);
    ready.type = IPC_ROLE_READY;
    ready.as.ROLE_READY.pid = (uint32_t)getpid();
    return link_send(&f->supervisor, &ready, -1) ? ERR_OK : ERR_IO;
}

int role_front(void)
{
    struct front *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    logger_init("front");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)setvbuf(stdout, NULL, _IONBF, 0);
    enum err e = begin(f);
    if (e != ERR_OK) {
        front_log("cannot_start", "error", err_name(e));
        return 1;
    }
    front_log("ready", "client", f->files.count > 0 ? "yes" : "no");
    uv_run(&f->loop, UV_RUN_DEFAULT);
    return 0; /* the kernel takes the rest back */
}
