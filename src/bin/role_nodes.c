/* The nodes role: this node's connections to other nodes (decision 0044). It carries frames between
 * front's channel and the others, and reads of a frame its head alone.
 * knows: proto/frame.h, which side may say what. knows not: meetings, sessions, the list of data
 * centres: whether a peer may stay is front's question. owns: what nodes.h names. Runs until its
 * supervisor channel closes. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bin/config_addr.h"
#include "bin/dc_files.h"
#include "bin/nodes.h"
#include "bin/roles.h"
#include "crypt/crypt.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/disk.h"
#include "io/logger.h"
#include "io/sandbox.h"

/* ---- front ---- */

static void front_detach(struct nodes *n)
{
    if (n->front_poll) {
        uv_poll_stop(n->front_poll);
        uv_close((uv_handle_t *)n->front_poll, (uv_close_cb)free);
    }
    if (n->front >= 0)
        close(n->front);
    n->front_poll = NULL;
    n->front = -1;
    while (n->first) {
        struct nodes_item *next = n->first->next;
        free(n->first);
        n->first = next;
    }
    n->waiting = 0;
}

static void front_ready(uv_poll_t *h, int status, int events);

static void front_interest(struct nodes *n)
{
    uv_poll_start(n->front_poll, UV_READABLE | (n->first ? UV_WRITABLE : 0), front_ready);
}

static bool front_queue(struct nodes *n, const struct ipc_message *m)
{
    uint32_t size = ipc_size(m->type);
    struct nodes_item *i = malloc(offsetof(struct nodes_item, message) + size);
    if (!i)
        return false;
    i->next = NULL;
    memcpy(&i->message, m, size);
    if (n->first)
        n->last->next = i;
    else
        n->first = i;
    n->last = i;
    n->waiting += size;
    front_interest(n);
    return true;
}

bool nodes_tell(struct nodes *n, const struct ipc_message *m)
{
    if (n->front < 0)
        return false;
    enum err e = n->first ? ERR_AGAIN : channel_send(n->front, m, -1);
    return e == ERR_OK || (e == ERR_AGAIN && front_queue(n, m));
}

static void front_flush(struct nodes *n)
{
    while (n->first) {
        struct nodes_item *i = n->first;
        if (channel_send(n->front, &i->message, -1) == ERR_AGAIN)
            break;
        n->first = i->next;
        n->waiting -= ipc_size(i->message.type);
        free(i);
    }
    front_interest(n);
    if (n->waiting < NODES_FRONT_LOW)
        ways_resume(n);
}

static void front_says(struct nodes *n, const struct ipc_message *m)
{
    if (m->type == IPC_NODE_SAY) {
        const struct ipc_node_part *p = &m->as.NODE_SAY;
        const struct frame f = {p->kind, p->last, p->session, span_of(p->bytes, p->len)};
        way_say(n, p->way, &f);
    } else if (m->type == IPC_NODE_END) {
        way_end(n, m->as.NODE_END.way);
    }
}

static void front_ready(uv_poll_t *h, int status, int events)
{
    struct nodes *n = h->data;
    if (h != n->front_poll)
        return;
    if ((events & UV_WRITABLE) && n->first)
        front_flush(n);
    for (int i = 0; i < 256 && n->front_poll == h && (status < 0 || (events & UV_READABLE)); i++) {
        struct ipc_message m;
        int fd = -1;
        enum err e = channel_recv(n->front, &m, &fd, IPC_FRONT, IPC_NODES);
        if (fd >= 0)
            close(fd);
        if (e == ERR_AGAIN)
            return;
        if (e == ERR_CLOSED || e == ERR_IO) { /* what it knew of sessions went with it */
            front_detach(n);
            ways_reset(n);
        } else if (e == ERR_OK) {
            front_says(n, &m);
        } else {
            nodes_log("bad_message", "error", err_name(e));
        }
    }
}

static void front_attach(struct nodes *n, int fd)
{
    uv_poll_t *poll = malloc(sizeof *poll);
    front_detach(n);
    ways_reset(n);
    if (!poll || uv_poll_init(&n->loop, poll, fd) != 0) {
        free(poll);
        close(fd);
        return;
    }
    poll->data = n;
    n->front_poll = poll;
    n->front = fd;
    front_interest(n);
    ways_dial(n);
}

/* ---- supervisor ---- */

static void supervisor_ready(uv_poll_t *h, int status, int events)
{
    struct nodes *n = h->data;
    struct ipc_message m;
    int fd = -1;
    (void)events;
    enum err e = channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_NODES);
    if (e == ERR_OK && m.type == IPC_CHANNEL && m.as.CHANNEL.party == IPC_FRONT && fd >= 0)
        front_attach(n, fd);
    else if (fd >= 0)
        close(fd);
    if (status < 0 || e == ERR_CLOSED)
        uv_stop(&n->loop);
}

/* ---- beginning ---- */

void nodes_log(const char *event, const char *key, const char *value)
{
    struct logline l;
    logline_start(&l, "nodes", event);
    logline_str(&l, key, value);
    log_line(&l);
}

static enum err wait_for_start(struct nodes *n)
{
    struct pollfd p = {.fd = ROLE_FD_SUPERVISOR, .events = POLLIN};
    struct ipc_message m;
    int fd = -1;
    if (poll(&p, 1, -1) != 1)
        return ERR_IO;
    TRY(channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_NODES));
    if (fd >= 0)
        close(fd);
    if (m.type != IPC_ROLE_START)
        return ERR_STATE;
    n->cell = m.as.ROLE_START.cell;
    return ERR_OK;
}

static enum err open_identity(struct nodes *n)
{
    struct authority_der zone, node;
    struct nodetls_identity own = {.root = {0}};
    enum authority_fault fault = AUTHORITY_FINE;
    if (!dc_certificate_read(n->cell.authority, &zone) ||
        !dc_certificate_read(n->cell.certificate, &node) || !dc_key_read(n->cell.key, own.seed))
        return ERR_CONFIG;
    memcpy(own.root, n->cell.root, sizeof own.root);
    own.zone = span_of(zone.bytes, zone.len);
    own.node = span_of(node.bytes, node.len);
    enum err e = nodetls_ctx_open(&n->ctx, &own, (int64_t)time(NULL), &fault);
    crypt_wipe(&own, sizeof own);
    if (e != ERR_OK)
        nodes_log("no_identity", "why", authority_fault_words(fault));
    return e;
}

static enum err open_loop(struct nodes *n)
{
    if (uv_loop_init(&n->loop) != 0 || uv_poll_init(&n->loop, &n->supervisor, ROLE_FD_SUPERVISOR))
        return ERR_IO;
    n->supervisor.data = n;
    if (uv_poll_start(&n->supervisor, UV_READABLE, supervisor_ready) != 0)
        return ERR_IO;
    return ways_open(n, NODES_FD_LISTEN);
}

static enum err begin(struct nodes *n)
{
    struct ipc_message m;
    n->front = -1;
    TRY(wait_for_start(n));
    TRY(crypt_init());
    TRY(open_identity(n));
    TRY(open_loop(n));
    TRY(sandbox_enter(SANDBOX_NODES, NULL));
    memset(&m, 0, sizeof m);
    m.type = IPC_ROLE_READY;
    m.as.ROLE_READY.pid = (uint32_t)getpid();
    return channel_send(ROLE_FD_SUPERVISOR, &m, -1);
}

int role_nodes(void)
{
    static struct nodes n;
    logger_init("nodes");
    (void)signal(SIGPIPE, SIG_IGN);
    enum err e = begin(&n);
    if (e != ERR_OK) {
        nodes_log("cannot_start", "error", err_name(e));
        return 1;
    }
    nodes_log("ready", "centre", n.cell.centre);
    uv_run(&n.loop, UV_RUN_DEFAULT);
    return 0; /* the kernel takes the rest back */
}
