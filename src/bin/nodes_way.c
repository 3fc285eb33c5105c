/* Connections to other nodes: TCP, TLS, frames in and out, who is dialled, who is given up.
 * knows: sockets, crypt/nodetls.h, proto/frame.h. knows not: front's channel, what a frame says.
 * owns: the connections. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bug.h"
#include "bin/config_addr.h"
#include "bin/nodes.h"
#include "io/clock.h"

static void way_pump(struct way *w);

/* ---- ending ---- */

static void way_closed(uv_handle_t *h)
{
    struct way *w = h->data;
    if (w->tls)
        nodetls_close(w->tls);
    free(w);
}

static void tell_way(struct nodes *n, const struct way *w, bool up)
{
    struct ipc_message m;
    const struct authority_node *who = nodetls_peer(w->tls), *zone = nodetls_peer_zone(w->tls);
    memset(&m, 0, sizeof m);
    m.type = IPC_NODE_WAY;
    struct ipc_node_way *t = &m.as.NODE_WAY;
    t->way = w->number;
    t->up = up;
    t->dialled = w->dialled;
    if (up) {
        memcpy(t->centre, who->centre, sizeof t->centre);
        memcpy(t->zone, who->zone, sizeof t->zone);
        memcpy(t->node, who->node, sizeof t->node);
        memcpy(t->authority, zone->key, sizeof t->authority);
    }
    (void)nodes_tell(n, &m);
}

/* Strangers do not fill the log. */
static bool may_complain(struct nodes *n)
{
    instant_us now = clock_now();
    if (now - n->failed_at >= US_PER_S) {
        n->failed_at = now;
        n->failures = 0;
    }
    return n->failures++ < NODES_WORDS;
}

static void way_close(struct way *w, const char *why)
{
    struct nodes *n = w->nodes;
    if (w->closing)
        return;
    w->closing = true;
    if (w->number != 0)
        tell_way(n, w, false);
    if (w->number != 0 || may_complain(n))
        nodes_log(w->number != 0 ? "way_gone" : "way_failed", "why", why);
    for (size_t i = 0; i < NODES_WAYS; i++)
        if (n->way[i] == w)
            n->way[i] = NULL;
    if (w->dialled)
        n->dial_at[w->peer] =
            clock_now() + (w->ending ? NODES_REFUSED_MS : NODES_RETRY_MS) * US_PER_MS;
    uv_close((uv_handle_t *)&w->tcp, way_closed);
}

/* ---- out ---- */

struct way_write {
    uv_write_t request;
    struct way *way;
    size_t len;
    uint8_t bytes[];
};

static void way_written(uv_write_t *request, int status)
{
    struct way_write *x = request->data;
    x->way->out -= x->len; /* uv calls this before the handle's close */
    if (status < 0)
        way_close(x->way, "lost");
    free(x);
}

static bool way_write(struct way *w, const uint8_t *bytes, size_t len)
{
    struct way_write *x = w->out + len > NODES_OUT ? NULL : malloc(sizeof *x + len);
    if (!x)
        return false;
    x->way = w;
    x->len = len;
    x->request.data = x;
    memcpy(x->bytes, bytes, len);
    uv_buf_t buf = uv_buf_init((char *)x->bytes, (unsigned)len);
    if (uv_write(&x->request, (uv_stream_t *)&w->tcp, &buf, 1, way_written) != 0) {
        free(x);
        return false;
    }
    w->out += len;
    return true;
}

/* What TLS has for the peer. */
static void way_flush(struct way *w)
{
    static uint8_t bytes[65536];
    size_t len;
    while (!w->closing && (len = nodetls_poll(w->tls, bytes, sizeof bytes)) > 0)
        if (!way_write(w, bytes, len))
            way_close(w, "too slow");
}

static void way_frame(struct way *w, const struct frame *f)
{
    uint8_t bytes[FRAME_MOST];
    if (w->closing || w->ending || nodetls_state(w->tls) != NODETLS_CONNECTED)
        return;
    size_t len = frame_write(bytes, f);
    w->spoke = clock_now();
    if (nodetls_write(w->tls, span_of(bytes, len)) != ERR_OK)
        way_close(w, "memory");
    else
        way_flush(w);
}

static struct way *way_of(struct nodes *n, uint32_t number)
{
    for (size_t i = 0; i < NODES_WAYS; i++)
        if (number != 0 && n->way[i] && n->way[i]->number == number)
            return n->way[i];
    return NULL;
}

void way_say(struct nodes *n, uint32_t number, const struct frame *f)
{
    struct way *w = way_of(n, number);
    if (w && frame_may((enum frame_kind)f->kind, w->dialled))
        way_frame(w, f);
}

static void way_sent(uv_shutdown_t *shutdown, int status)
{
    (void)status;
    way_close(shutdown->handle->data, "refused by front");
}

void way_end(struct nodes *n, uint32_t number)
{
    struct way *w = way_of(n, number);
    if (!w || w->ending)
        return;
    w->ending = true;
    w->since = clock_now();
    uv_read_stop((uv_stream_t *)&w->tcp);
    if (uv_shutdown(&w->shutdown, (uv_stream_t *)&w->tcp, way_sent) != 0)
        way_close(w, "refused by front");
}

/* ---- in ---- */

static const char *failure(const struct way *w)
{
    enum authority_fault fault = nodetls_certificate(w->tls);
    return fault != AUTHORITY_FINE ? authority_fault_words(fault)
                                   : nodetls_fault_words(nodetls_fault(w->tls));
}

/* Connected, and who it is: a dialled node must stand where we were told that it does. */
static void way_up(struct way *w)
{
    struct nodes *n = w->nodes;
    const struct authority_node *who = nodetls_peer(w->tls);
    const uint8_t version = FRAME_VERSION;
    const struct frame hello = {FRAME_HELLO, 1, 0, span_of(&version, 1)};
    if (w->dialled && strcmp(who->centre, n->cell.peer[w->peer].centre) != 0) {
        way_close(w, "it is of another data centre than node_peers says");
        return;
    }
    w->said_hello = true;
    way_frame(w, &hello);
}

static void way_heard(struct way *w, const struct frame *f)
{
    struct nodes *n = w->nodes;
    struct ipc_message m;
    w->heard = clock_now();
    if (!w->heard_hello) {
        w->heard_hello = f->kind == FRAME_HELLO && f->bytes.ptr[0] == FRAME_VERSION;
        if (!w->heard_hello) {
            way_close(w, "it speaks another version");
            return;
        }
        w->number = ++n->numbers;
        nodes_log("way_up", "centre", nodetls_peer(w->tls)->centre);
        tell_way(n, w, true);
        return;
    }
    if (f->kind == FRAME_PING)
        return;
    if (f->kind == FRAME_HELLO || !frame_may((enum frame_kind)f->kind, !w->dialled)) {
        way_close(w, "it says what its side may not");
        return;
    }
    memset(&m.as.NODE_SAID, 0, sizeof m.as.NODE_SAID);
    m.type = IPC_NODE_SAID;
    m.as.NODE_SAID.way = w->number;
    m.as.NODE_SAID.kind = f->kind;
    m.as.NODE_SAID.last = f->last;
    m.as.NODE_SAID.session = f->session;
    m.as.NODE_SAID.len = (uint16_t)f->bytes.len;
    memcpy(m.as.NODE_SAID.bytes, f->bytes.ptr, f->bytes.len);
    if (!nodes_tell(n, &m))
        way_close(w, "front is away");
}

static void way_frames(struct way *w)
{
    size_t done = 0, used = 0;
    struct frame f;
    enum err e = ERR_OK;
    while (!w->closing &&
           (e = frame_read(&f, &used, span_of(w->in + done, w->in_len - done))) == ERR_OK) {
        way_heard(w, &f);
        done += used;
    }
    if (!w->closing && e == ERR_MALFORMED)
        way_close(w, "it says what no node says");
    memmove(w->in, w->in + done, w->in_len - done);
    w->in_len -= done;
}

/* Whatever TLS has now, either way. */
static void way_pump(struct way *w)
{
    way_flush(w);
    if (w->closing)
        return;
    if (nodetls_state(w->tls) == NODETLS_FAILED) {
        way_close(w, failure(w));
        return;
    }
    if (nodetls_state(w->tls) == NODETLS_CONNECTED && !w->said_hello)
        way_up(w);
    size_t len;
    while (!w->closing &&
           (len = nodetls_read(w->tls, w->in + w->in_len, sizeof w->in - w->in_len)) > 0) {
        w->in_len += len;
        way_frames(w);
    }
    if (!w->closing && nodetls_state(w->tls) == NODETLS_CLOSED)
        way_close(w, "closed");
}

static void way_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
    static char bytes[NODETLS_INPUT]; /* taken before the next read */
    (void)h;
    (void)suggested;
    *buf = uv_buf_init(bytes, sizeof bytes);
}

static void ways_stop(struct nodes *n)
{
    n->stopped = true;
    for (size_t i = 0; i < NODES_WAYS; i++)
        if (n->way[i])
            uv_read_stop((uv_stream_t *)&n->way[i]->tcp);
}

static void way_read(uv_stream_t *s, ssize_t len, const uv_buf_t *buf)
{
    struct way *w = s->data;
    if (len < 0) {
        way_close(w, "closed");
        return;
    }
    nodetls_input(w->tls, span_of(buf->base, (size_t)len));
    struct nodes *n = w->nodes;
    way_pump(w);
    if (n->waiting > NODES_FRONT_HIGH && !n->stopped)
        ways_stop(n);
}

void ways_resume(struct nodes *n)
{
    if (!n->stopped)
        return;
    n->stopped = false;
    for (size_t i = 0; i < NODES_WAYS; i++) {
        struct way *w = n->way[i];
        if (w && w->tls && !w->closing && !w->ending)
            uv_read_start((uv_stream_t *)&w->tcp, way_alloc, way_read);
        if (w)
            w->heard = clock_now(); /* it was we who did not listen */
    }
}

/* ---- beginning ---- */

/* Of those that came and have not shown who they are, the one that came first. */
static struct way *eldest_stranger(struct nodes *n)
{
    struct way *eldest = NULL;
    for (size_t i = 0; i < NODES_WAYS; i++) {
        struct way *w = n->way[i];
        if (w && !w->dialled && w->number == 0 && (!eldest || w->since < eldest->since))
            eldest = w;
    }
    return eldest;
}

static struct way *way_new(struct nodes *n, bool dialled)
{
    struct way *eldest = eldest_stranger(n);
    size_t free_at = 0, used = 0;
    for (size_t i = 0; i < NODES_WAYS; i++)
        used += n->way[i] != NULL;
    if (used == NODES_WAYS && eldest)
        way_close(eldest, "others came");
    while (free_at < NODES_WAYS && n->way[free_at])
        free_at++;
    struct way *w = free_at == NODES_WAYS ? NULL : calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->nodes = n;
    w->dialled = dialled;
    w->since = w->heard = w->spoke = clock_now();
    if (uv_tcp_init(&n->loop, &w->tcp) != 0) {
        free(w);
        return NULL;
    }
    w->tcp.data = w;
    n->way[free_at] = w;
    return w;
}

/* Connected: TLS begins. */
static void way_begin(struct way *w)
{
    w->tls = nodetls_open(w->nodes->ctx, w->dialled ? NODETLS_CLIENT : NODETLS_SERVER,
                          (int64_t)time(NULL));
    (void)uv_tcp_nodelay(&w->tcp, 1);
    if (!w->tls ||
        (!w->nodes->stopped && uv_read_start((uv_stream_t *)&w->tcp, way_alloc, way_read) != 0))
        way_close(w, "memory");
    else
        way_flush(w);
}

/* Taken and closed, or uv asks for ever. */
static void drop_one(struct nodes *n, uv_stream_t *listener)
{
    uv_tcp_t *none = malloc(sizeof *none);
    if (!none || uv_tcp_init(&n->loop, none) != 0) {
        free(none);
        return;
    }
    (void)uv_accept(listener, (uv_stream_t *)none);
    uv_close((uv_handle_t *)none, (uv_close_cb)free);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct nodes *n = listener->data;
    struct way *w = status < 0 ? NULL : way_new(n, false);
    if (!w) {
        if (status == 0)
            drop_one(n, listener);
        return;
    }
    if (uv_accept(listener, (uv_stream_t *)&w->tcp) != 0 || n->front < 0)
        way_close(w, "front is away");
    else
        way_begin(w);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct way *w = request->data;
    free(request);
    if (w->closing)
        return;
    if (status < 0)
        way_close(w, uv_strerror(status));
    else
        way_begin(w);
}

static void dial(struct nodes *n, uint32_t peer)
{
    struct sockaddr_storage at;
    uv_connect_t *request = malloc(sizeof *request);
    struct way *w = request ? way_new(n, true) : NULL;
    if (!w) {
        free(request);
        return;
    }
    w->peer = peer;
    request->data = w;
    (void)config_addr_socket(&n->cell.peer[peer].at, &at);
    if (uv_tcp_connect(request, &w->tcp, (struct sockaddr *)&at, on_connect) == 0)
        return;
    free(request);
    way_close(w, "no connection");
}

void ways_dial(struct nodes *n)
{
    bool there[IPC_PEERS_MAX] = {false};
    instant_us now = clock_now();
    for (size_t i = 0; i < NODES_WAYS; i++)
        if (n->way[i] && n->way[i]->dialled)
            there[n->way[i]->peer] = true;
    for (uint32_t p = 0; p < n->cell.peers && n->front >= 0; p++)
        if (!there[p] && now >= n->dial_at[p])
            dial(n, p);
}

void ways_reset(struct nodes *n)
{
    for (size_t i = 0; i < NODES_WAYS; i++)
        if (n->way[i])
            way_close(n->way[i], "front is another one");
    n->stopped = false;
    memset(n->dial_at, 0, sizeof n->dial_at);
}

static void on_tick(uv_timer_t *t)
{
    struct nodes *n = t->data;
    instant_us now = clock_now();
    const struct frame ping = {FRAME_PING, 1, 0, {NULL, 0}};
    for (size_t i = 0; i < NODES_WAYS; i++) {
        struct way *w = n->way[i];
        if (!w)
            continue;
        if (w->ending && now - w->since > NODES_QUIET_MS * US_PER_MS)
            way_close(w, "refused by front");
        else if (w->ending)
            continue;
        else if (w->number == 0 && now - w->since > NODES_SHAKE_MS * US_PER_MS)
            way_close(w, "no handshake in time");
        else if (w->number != 0 && !n->stopped && now - w->heard > NODES_QUIET_MS * US_PER_MS)
            way_close(w, "silent");
        else if (w->number != 0 && now - w->spoke >= NODES_PING_MS * US_PER_MS)
            way_frame(w, &ping);
    }
    ways_dial(n);
}

enum err ways_open(struct nodes *n, int listen_fd)
{
    if (uv_tcp_init(&n->loop, &n->listener) != 0 || uv_tcp_open(&n->listener, listen_fd) != 0 ||
        uv_timer_init(&n->loop, &n->tick) != 0)
        return ERR_IO;
    n->listener.data = n->tick.data = n;
    if (uv_listen((uv_stream_t *)&n->listener, 64, on_connection) != 0)
        return ERR_IO;
    return uv_timer_start(&n->tick, on_tick, 250, 250) == 0 ? ERR_OK : ERR_IO;
}
