/* The fetch role: connects to an identity provider, for front, which may not. It runs only when one
 * is configured. What webhooks are told goes through a process of its own (role_hooks.c).
 * knows: messages, io/fetch.h. knows not: what is asked for, or why; no key and no file of ours.
 * owns: the authorities' file in memory. Runs until its supervisor channel closes. One request at a
 * time: a slow host delays the next sign-in, not a meeting. */
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/logline.h"
#include "bin/roles.h"
#include "io/channel.h"
#include "io/disk.h"
#include "io/fetch.h"
#include "io/logger.h"
#include "io/sandbox.h"

enum { CA_MAX = 1 << 20, PATIENCE_MS = 5000 };

struct fetch_role {
    struct ipc_accounts accounts;
    struct span ca;
    struct fetch_answer answer;
    int front; /* -1 until the supervisor gives it */
    bool ended;
};

static void say(const char *event, const char *value)
{
    struct logline l;
    logline_start(&l, "fetch", event);
    logline_str(&l, "error", value);
    log_line(&l);
}

static bool send_part(struct fetch_role *r, const struct ipc_message *m)
{
    struct pollfd room = {.fd = r->front, .events = POLLOUT};
    enum err e;
    while ((e = channel_send(r->front, m, -1)) == ERR_AGAIN)
        if (poll(&room, 1, PATIENCE_MS) <= 0)
            break;
    return e == ERR_OK;
}

static void answer(struct fetch_role *r, const struct ipc_fetch_ask *q)
{
    struct ipc_message m;
    const struct fetch_ask ask = {.url = q->url,
                                  .form = span_str(q->form),
                                  .internal = r->accounts.oidc_internal,
                                  .ca = r->ca};
    enum err e = fetch_do(&ask, &r->answer);
    if (e != ERR_OK)
        say("failed", err_name(e));
    size_t len = e == ERR_OK ? r->answer.len : 0, done = 0;
    do {
        size_t n = len - done < IPC_FETCH_PART_MAX ? len - done : IPC_FETCH_PART_MAX;
        memset(&m, 0, sizeof m);
        m.type = IPC_FETCH_PART;
        m.as.FETCH_PART.request = q->request;
        m.as.FETCH_PART.result = (uint8_t)e;
        m.as.FETCH_PART.status = e == ERR_OK ? r->answer.status : 0;
        m.as.FETCH_PART.len = (uint16_t)n;
        memcpy(m.as.FETCH_PART.bytes, r->answer.body + done, n);
        done += n;
        m.as.FETCH_PART.last = done == len;
        if (!send_part(r, &m)) {
            say("answer_lost", "channel");
            return;
        }
    } while (done < len);
}

static void front_speaks(struct fetch_role *r)
{
    struct ipc_message m;
    int fd;
    enum err e = channel_recv(r->front, &m, &fd, IPC_FRONT, IPC_FETCH);
    if (fd >= 0)
        close(fd);
    if (e == ERR_OK) {
        answer(r, &m.as.FETCH_ASK);
    } else if (e == ERR_CLOSED) {
        close(r->front);
        r->front = -1;
    } else if (e != ERR_AGAIN) {
        say("bad_message", err_name(e));
    }
}

static void supervisor_speaks(struct fetch_role *r)
{
    struct ipc_message m;
    int fd;
    enum err e = channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_FETCH);
    if (e == ERR_OK && m.type == IPC_CHANNEL && m.as.CHANNEL.party == IPC_FRONT && fd >= 0) {
        if (r->front >= 0)
            close(r->front);
        r->front = fd;
        return;
    }
    if (fd >= 0)
        close(fd);
    r->ended = e == ERR_CLOSED;
}

static enum err wait_for_start(struct fetch_role *r)
{
    struct pollfd p = {.fd = ROLE_FD_SUPERVISOR, .events = POLLIN};
    struct ipc_message m;
    int fd = -1;
    if (poll(&p, 1, -1) != 1)
        return ERR_IO;
    TRY(channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_FETCH));
    if (fd >= 0)
        close(fd);
    if (m.type != IPC_ROLE_START)
        return ERR_STATE;
    r->accounts = m.as.ROLE_START.accounts;
    return ERR_OK;
}

/* The authorities that the operator named instead of the system's. */
static enum err read_ca(struct fetch_role *r)
{
    size_t len = 0;
    if (!r->accounts.oidc_ca[0])
        return ERR_OK;
    uint8_t *bytes = malloc(CA_MAX);
    if (!bytes)
        return ERR_NOMEM;
    TRY(disk_read(r->accounts.oidc_ca, bytes, CA_MAX, &len)); /* the process ends on failure */
    r->ca = span_of(bytes, len);
    return ERR_OK;
}

/* A look-up before the sandbox loads whatever modules the machine resolves names with. */
static void warm_up(const struct fetch_role *r)
{
    char host[sizeof r->accounts.oidc_issuer];
    const char *at = r->accounts.oidc_issuer + strlen("https://");
    size_t len = strcspn(at, ":/");
    struct addrinfo *list = NULL;
    memcpy(host, at, len);
    host[len] = '\0';
    if (getaddrinfo(host, NULL, NULL, &list) == 0)
        freeaddrinfo(list);
}

static enum err begin(struct fetch_role *r)
{
    struct ipc_message m;
    TRY(wait_for_start(r));
    TRY(read_ca(r));
    TRY(fetch_init());
    warm_up(r);
    TRY(sandbox_enter(SANDBOX_FETCH, NULL));
    memset(&m, 0, sizeof m);
    m.type = IPC_ROLE_READY;
    m.as.ROLE_READY.pid = (uint32_t)getpid();
    return channel_send(ROLE_FD_SUPERVISOR, &m, -1);
}

int role_fetch(void)
{
    static struct fetch_role r;
    r.front = -1;
    enum err e = begin(&r);
    if (e != ERR_OK)
        say("cannot_start", err_name(e));
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
    return e == ERR_OK ? 0 : 1;
}
