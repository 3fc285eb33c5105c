/* The hooks role: tells organisations' webhooks what the store says is due. It runs only when the
 * operator switched webhooks on.
 * knows: messages, account/hook_queue.h, io/fetch.h. knows not: meetings, people, who may have a
 * webhook; no file of ours. owns: what waits, in memory alone: it is gone with the process. Runs
 * until its supervisor channel closes. One request at a time. */
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account/hook_queue.h"
#include "base/logline.h"
#include "bin/hook_body.h"
#include "bin/roles.h"
#include "crypt/crypt.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/disk.h"
#include "io/fetch.h"
#include "io/logger.h"
#include "io/sandbox.h"

enum { CA_MAX = 1 << 20, HOOK_SECONDS = 5, DRAIN = 256 };

struct delivery {
    struct ipc_hook_due due;
    uint8_t id[HOOK_DELIVERY];
};

struct hooks_role {
    struct ipc_role_start start;
    struct span ca;
    struct ipc_addr own[9];
    size_t own_count;
    struct hook_queue queue;
    struct delivery delivery[HOOK_QUEUE]; /* by place */
    struct fetch_answer answer;
    struct ipc_hook_counts counts, told;
    int front, store; /* -1 until the supervisor gives them */
    bool ended;
};

static void say(const char *event, const char *key, const char *value)
{
    struct logline l;
    logline_start(&l, "hooks", event);
    logline_str(&l, key, value);
    log_line(&l);
}

static int64_t unix_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec;
}

/* ---- telling ---- */

/* 2xx is taken; any other status is not, a redirect too. */
static bool deliver(struct hooks_role *r, const struct delivery *d)
{
    char body[HOOK_BODY], timestamp[HOOK_HEADER], signature[HOOK_HEADER];
    if (hook_body(body, &d->due, d->id) != ERR_OK)
        return false;
    hook_sign(timestamp, signature, d->due.key, body, unix_s());
    const struct fetch_tell tell = {.json = span_str(body),
                                    .header = {timestamp, signature},
                                    .seconds = HOOK_SECONDS,
                                    .own = r->own,
                                    .own_count = r->own_count};
    const struct fetch_ask ask = {
        .url = d->due.url, .internal = r->start.hooks.internal, .ca = r->ca, .tell = &tell};
    enum err e = fetch_do(&ask, &r->answer);
    r->counts.refused += e == ERR_FORBIDDEN;
    bool taken = e == ERR_OK && r->answer.status >= 200 && r->answer.status < 300;
    if (!taken)
        say("not_taken", "error", e == ERR_OK ? "status" : err_name(e));
    return taken;
}

static void tell_store(struct hooks_role *r, const struct ipc_hook_due *due, bool taken)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_HOOK_DONE;
    memcpy(m.as.HOOK_DONE.hook, due->hook, sizeof m.as.HOOK_DONE.hook);
    m.as.HOOK_DONE.taken = taken;
    if (r->store < 0 || channel_send(r->store, &m, -1) != ERR_OK)
        say("not_counted", "error", "channel");
}

static void try_one(struct hooks_role *r, uint32_t place)
{
    struct delivery *d = &r->delivery[place];
    instant_us began = clock_now();
    bool taken = deliver(r, d);
    uint8_t failed = hook_queue_tried(&r->queue, place, taken, began, clock_now());
    bool over = taken || failed == HOOK_ATTEMPTS;
    r->counts.taken += taken;
    r->counts.failed += !taken;
    r->counts.given_up += !taken && over;
    if (over)
        tell_store(r, &d->due, taken);
    if (over)
        crypt_wipe(d, sizeof *d);
}

static void tell_front(struct hooks_role *r)
{
    struct ipc_message m;
    r->counts.dropped = r->queue.dropped;
    r->counts.waiting = r->queue.count;
    if (r->front < 0 || memcmp(&r->counts, &r->told, sizeof r->counts) == 0)
        return;
    memset(&m, 0, sizeof m);
    m.type = IPC_HOOK_COUNTS;
    m.as.HOOK_COUNTS = r->counts;
    if (channel_send(r->front, &m, -1) == ERR_OK)
        r->told = r->counts;
}

/* ---- channels ---- */

static void take_due(struct hooks_role *r, const struct ipc_hook_due *due)
{
    struct delivery d = {.due = *due};
    if (crypt_random(d.id, sizeof d.id) != ERR_OK)
        return;
    r->delivery[hook_queue_put(&r->queue, due->hook, due->organisation, clock_now())] = d;
}

static void store_speaks(struct hooks_role *r)
{
    struct ipc_message m;
    for (int i = 0; i < DRAIN && r->store >= 0; i++) {
        int fd = -1;
        enum err e = channel_recv(r->store, &m, &fd, IPC_STORE, IPC_HOOKS);
        if (fd >= 0)
            close(fd);
        if (e == ERR_AGAIN)
            return;
        if (e == ERR_OK && m.type == IPC_HOOK_DUE) {
            take_due(r, &m.as.HOOK_DUE);
        } else if (e == ERR_OK) {
            hook_queue_forget(&r->queue, m.as.HOOK_GONE.hook);
        } else if (e == ERR_CLOSED) {
            close(r->store);
            r->store = -1;
        } else {
            say("bad_message", "error", err_name(e));
        }
    }
}

/* Front says nothing here; its end is noticed. */
static void front_speaks(struct hooks_role *r)
{
    struct ipc_message m;
    int fd = -1;
    enum err e = channel_recv(r->front, &m, &fd, IPC_FRONT, IPC_HOOKS);
    if (fd >= 0)
        close(fd);
    if (e != ERR_CLOSED)
        return;
    close(r->front);
    r->front = -1;
}

static void give(int *to, int fd)
{
    if (*to >= 0)
        close(*to);
    *to = fd;
}

static void supervisor_speaks(struct hooks_role *r)
{
    struct ipc_message m;
    int fd = -1;
    enum err e = channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_HOOKS);
    bool channel = e == ERR_OK && m.type == IPC_CHANNEL && fd >= 0;
    r->ended = e == ERR_CLOSED;
    if (channel && m.as.CHANNEL.party == IPC_STORE) {
        give(&r->store, fd);
    } else if (channel && m.as.CHANNEL.party == IPC_FRONT) {
        give(&r->front, fd);
        memset(&r->told, 0xff, sizeof r->told); /* a new one knows nothing */
    } else if (fd >= 0) {
        close(fd);
    }
}

/* ---- beginning ---- */

static enum err wait_for_start(struct hooks_role *r)
{
    struct pollfd p = {.fd = ROLE_FD_SUPERVISOR, .events = POLLIN};
    struct ipc_message m;
    int fd = -1;
    if (poll(&p, 1, -1) != 1)
        return ERR_IO;
    TRY(channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_HOOKS));
    if (fd >= 0)
        close(fd);
    if (m.type != IPC_ROLE_START)
        return ERR_STATE;
    r->start = m.as.ROLE_START;
    return ERR_OK;
}

/* The authorities that the operator named instead of the system's. */
static enum err read_ca(struct hooks_role *r)
{
    size_t len = 0;
    if (!r->start.hooks.ca[0])
        return ERR_OK;
    uint8_t *bytes = malloc(CA_MAX);
    if (!bytes)
        return ERR_NOMEM;
    TRY(disk_read(r->start.hooks.ca, bytes, CA_MAX, &len)); /* the process ends on failure */
    r->ca = span_of(bytes, len);
    return ERR_OK;
}

/* Where people reach us may be a router's address, which this machine does not know as its own. */
static void collect_own(struct hooks_role *r)
{
    for (uint32_t i = 0; i < r->start.public_count; i++)
        r->own[r->own_count++] = r->start.public_addr[i];
    r->own[r->own_count++] = r->start.listen;
}

/* A look-up before the sandbox loads whatever modules the machine resolves names with. A name
 * server that does not answer may not hold up the others for long: one question, two seconds. */
static void warm_up(void)
{
    struct addrinfo *list = NULL;
    (void)setenv("RES_OPTIONS", "timeout:2 attempts:1", 1);
    if (getaddrinfo("localhost", NULL, NULL, &list) == 0)
        freeaddrinfo(list);
}

static enum err begin(struct hooks_role *r)
{
    struct ipc_message m;
    TRY(wait_for_start(r));
    TRY(read_ca(r));
    TRY(crypt_init());
    TRY(fetch_init());
    hook_queue_init(&r->queue);
    collect_own(r);
    warm_up();
    TRY(sandbox_enter(SANDBOX_FETCH, NULL));
    memset(&m, 0, sizeof m);
    m.type = IPC_ROLE_READY;
    m.as.ROLE_READY.pid = (uint32_t)getpid();
    return channel_send(ROLE_FD_SUPERVISOR, &m, -1);
}

static int wait_ms(const struct hooks_role *r)
{
    instant_us due = hook_queue_deadline(&r->queue), now = clock_now();
    if (due == INSTANT_NEVER)
        return -1;
    return due <= now ? 0 : (int)((due - now) / US_PER_MS) + 1;
}

static void serve(struct hooks_role *r)
{
    struct pollfd fds[] = {{.fd = ROLE_FD_SUPERVISOR, .events = POLLIN},
                           {.fd = r->front, .events = POLLIN},
                           {.fd = r->store, .events = POLLIN}};
    uint32_t place;
    tell_front(r);
    if (poll(fds, 3, wait_ms(r)) < 0)
        return;
    int front = r->front, store = r->store;
    if (fds[0].revents)
        supervisor_speaks(r);
    if (fds[1].revents && r->front == front)
        front_speaks(r);
    if (fds[2].revents && r->store == store)
        store_speaks(r);
    if (!r->ended && hook_queue_next(&r->queue, clock_now(), &place))
        try_one(r, place);
}

int role_hooks(void)
{
    static struct hooks_role r;
    r.front = r.store = -1;
    logger_init("hooks");
    enum err e = begin(&r);
    if (e != ERR_OK)
        say("cannot_start", "error", err_name(e));
    while (e == ERR_OK && !r.ended)
        serve(&r);
    return e == ERR_OK ? 0 : 1;
}
