/* The store role: answers front's questions about meetings from the database.
 * knows: messages, rows, the wall clock. knows not: who asks, or why. owns: the database.
 * Runs until its supervisor channel closes. */
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/logline.h"
#include "bin/roles.h"
#include "io/channel.h"
#include "io/disk.h"
#include "io/logger.h"
#include "io/sandbox.h"
#include "store/store.h"

struct store_role {
    struct store *store;
    int front; /* -1 until the supervisor gives it */
    bool ended;
};

static void say(const char *event, const char *key, const char *value)
{
    struct logline l;
    logline_start(&l, "store", event);
    logline_str(&l, key, value);
    log_line(&l);
}

static int64_t unix_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum err put(struct store *s, const struct ipc_meeting *m)
{
    struct store_meeting row = {.created_ms = m->created_ms,
                                .ended_ms = m->ended_ms,
                                .waiting = m->waiting != 0,
                                .descriptor_len = m->descriptor_len};
    memcpy(row.descriptor, m->descriptor, m->descriptor_len);
    memcpy(row.id, m->id, sizeof row.id);
    memcpy(row.access_hash, m->access_hash, sizeof row.access_hash);
    memcpy(row.host_hash, m->host_hash, sizeof row.host_hash);
    return store_meeting_put(s, &row);
}

static enum err get(struct store *s, const char *id, struct ipc_meeting *out)
{
    struct store_meeting row;
    TRY(store_meeting_get(s, id, &row));
    out->created_ms = row.created_ms;
    out->ended_ms = row.ended_ms;
    out->waiting = row.waiting;
    out->descriptor_len = (uint16_t)row.descriptor_len;
    memcpy(out->descriptor, row.descriptor, row.descriptor_len);
    memcpy(out->access_hash, row.access_hash, sizeof out->access_hash);
    memcpy(out->host_hash, row.host_hash, sizeof out->host_hash);
    return ERR_OK;
}

/* Does what m asks and writes the whole answer; a put is answered with its own row. */
static enum err serve(struct store *s, const struct ipc_message *m, struct ipc_meeting_row *row)
{
    if (m->type == IPC_MEETING_PUT) {
        row->meeting = m->as.MEETING_PUT;
        return put(s, &m->as.MEETING_PUT);
    }
    row->meeting.request = m->as.MEETING_GET.request;
    memcpy(row->meeting.id, m->as.MEETING_GET.id, sizeof row->meeting.id);
    if (m->type == IPC_MEETING_END)
        TRY(store_meeting_end(s, m->as.MEETING_END.id, unix_ms()));
    return get(s, m->as.MEETING_GET.id, &row->meeting);
}

static void answer(struct store_role *r, const struct ipc_message *m)
{
    struct ipc_message reply;
    memset(&reply, 0, sizeof reply);
    reply.type = IPC_MEETING_ROW;
    enum err e = serve(r->store, m, &reply.as.MEETING_ROW);
    reply.as.MEETING_ROW.result = (uint8_t)e;
    if (e == ERR_IO)
        say("failed", "request", ipc_name(m->type));
    struct pollfd room = {.fd = r->front, .events = POLLOUT};
    while ((e = channel_send(r->front, &reply, -1)) == ERR_AGAIN)
        if (poll(&room, 1, 5000) <= 0)
            break;
    if (e != ERR_OK)
        say("answer_lost", "error", err_name(e));
}

static void front_speaks(struct store_role *r)
{
    struct ipc_message m;
    int fd;
    enum err e = channel_recv(r->front, &m, &fd, IPC_FRONT, IPC_STORE);
    if (fd >= 0)
        close(fd);
    if (e == ERR_OK) {
        answer(r, &m);
    } else if (e == ERR_CLOSED) {
        close(r->front);
        r->front = -1;
    } else if (e != ERR_AGAIN) {
        say("bad_message", "error", err_name(e));
    }
}

static void supervisor_speaks(struct store_role *r)
{
    struct ipc_message m;
    int fd;
    enum err e = channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_STORE);
    if (e == ERR_OK && m.type == IPC_CHANNEL && m.as.CHANNEL.party == IPC_FRONT && fd >= 0) {
        if (r->front >= 0)
            close(r->front);
        r->front = fd;
        return;
    }
    if (fd >= 0)
        close(fd);
    r->ended = e == ERR_CLOSED;
    if (e != ERR_OK && e != ERR_AGAIN && e != ERR_CLOSED)
        say("bad_message", "error", err_name(e));
}

static enum err wait_for_start(struct ipc_message *m)
{
    struct pollfd p = {.fd = ROLE_FD_SUPERVISOR, .events = POLLIN};
    int fd = -1;
    if (poll(&p, 1, -1) != 1)
        return ERR_IO;
    TRY(channel_recv(ROLE_FD_SUPERVISOR, m, &fd, IPC_SUPERVISOR, IPC_STORE));
    if (fd >= 0)
        close(fd);
    return m->type == IPC_ROLE_START && fd < 0 ? ERR_OK : ERR_STATE;
}

static enum err begin(struct store_role *r)
{
    struct ipc_message m;
    char path[IPC_PATH_MAX + 32], why[STORE_WHY];
    TRY(wait_for_start(&m));
    const char *data = m.as.ROLE_START.data;
    TRY(disk_join(path, sizeof path, data, "conclave.db"));
    if (sandbox_enter(SANDBOX_STORE, data) != ERR_OK) {
        say("no_sandbox", "role", "store");
        return ERR_IO;
    }
    enum err e = store_open_sqlite(&r->store, path, why);
    if (e != ERR_OK) {
        say("cannot_open", "why", why);
        return e;
    }
    memset(&m, 0, sizeof m);
    m.type = IPC_ROLE_READY;
    m.as.ROLE_READY.pid = (uint32_t)getpid();
    return channel_send(ROLE_FD_SUPERVISOR, &m, -1);
}

int role_store(void)
{
    struct store_role r = {.front = -1};
    enum err e = begin(&r);
    while (e == ERR_OK && !r.ended) {
        struct pollfd fds[] = {{.fd = ROLE_FD_SUPERVISOR, .events = POLLIN},
                               {.fd = r.front, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0)
            continue;
        int polled_front = r.front;
        if (fds[0].revents)
            supervisor_speaks(&r);
        if (fds[1].revents && r.front == polled_front)
            front_speaks(&r);
    }
    if (r.store)
        store_close(r.store);
    return e == ERR_OK ? 0 : 1;
}
