/* Accepts and peeks. A connection that sends too little is looked at again by a timer rather than
 * by readiness, which would spin: peeked bytes stay readable. */
#include "io/web_sniff.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/list.h"
#include "base/reader.h"
#include "io/web_plain.h"

enum { LOOK_AGAIN_MS = 20, ACCEPT_PAUSE_MS = 200, ACCEPTS_A_ROUND = 64 };

struct pending {
    struct list node;
    struct sniff *sniff;
    uv_poll_t poll;
    int fd;
    uint64_t since_ms;
    bool waiting; /* for readiness; else for the timer */
    bool closing;
};

struct sniff {
    uv_loop_t *loop;
    uv_poll_t listener;
    uv_timer_t timer, resume;
    int listen_fd;
    uint32_t count;
    struct list pending;
    struct sniff_handlers handlers;
    struct sniff_counts counts;
};

enum sniff_kind sniff_judge(struct span bytes)
{
    struct reader r = reader_of(bytes);
    if (bytes.len < 2)
        return SNIFF_MORE;
    if (bytes.ptr[0] == 0x16) /* RFC 8446 section 5.1: handshake record, version 3.x */
        return bytes.ptr[1] == 3 ? SNIFF_TLS : SNIFF_UNKNOWN;
    if (bytes.ptr[0] == 'G' || bytes.ptr[0] == 'H')
        return bytes.len < 4 ? SNIFF_MORE : plain_begins(bytes) ? SNIFF_PLAIN : SNIFF_UNKNOWN;
    uint16_t len = reader_u16(&r);
    if (len < 20 || len > SNIFF_PEEK - 2) /* a STUN header is 20 bytes: RFC 8489 section 5 */
        return SNIFF_UNKNOWN;
    if (bytes.len < 10)
        return SNIFF_MORE;
    uint16_t type = reader_u16(&r);
    reader_skip(&r, 2);
    if (type != 0x0001 || reader_u32(&r) != 0x2112a442)
        return SNIFF_UNKNOWN;
    return bytes.len < (size_t)len + 2 ? SNIFF_MORE : SNIFF_STUN;
}

static void on_closed(uv_handle_t *h)
{
    free(h->data);
}

/* Leaves the loop; the caller decides what becomes of fd. */
static int pending_release(struct pending *p)
{
    int fd = p->fd;
    p->closing = true;
    p->sniff->count--;
    list_remove(&p->node);
    uv_poll_stop(&p->poll);
    uv_close((uv_handle_t *)&p->poll, on_closed);
    return fd;
}

/* What came is read before the end: unread bytes would turn it into a reset that overtakes the
 * answer. */
static void show_the_way(struct pending *p, struct span seen)
{
    char out[PLAIN_ANSWER_MAX];
    uint8_t rest[4096];
    size_t len = plain_answer(seen, seen.len == SNIFF_PEEK, out);
    if (len == 0) { /* the timer looks again */
        if (p->waiting)
            uv_poll_stop(&p->poll);
        p->waiting = false;
        return;
    }
    p->sniff->counts.plain++;
    int fd = pending_release(p);
    for (int i = 0; i < 4 && recv(fd, rest, sizeof rest, MSG_DONTWAIT) == sizeof rest; i++)
        continue;
    (void)!send(fd, out, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(fd);
}

static void pending_judge(struct pending *p)
{
    struct sniff *s = p->sniff;
    uint8_t bytes[SNIFF_PEEK];
    ssize_t n = recv(p->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    struct span seen = span_of(bytes, n > 0 ? (size_t)n : 0);
    enum sniff_kind kind = n > 0 ? sniff_judge(seen) : SNIFF_UNKNOWN;
    switch (kind) {
    case SNIFF_MORE:
        if (p->waiting)
            uv_poll_stop(&p->poll);
        p->waiting = false;
        return;
    case SNIFF_TLS:
        s->counts.tls++;
        s->handlers.tls(s->handlers.context, pending_release(p));
        return;
    case SNIFF_STUN:
        s->counts.stun++;
        s->handlers.stun(s->handlers.context, pending_release(p),
                         span_of(bytes + 2, (size_t)(bytes[0] << 8 | bytes[1])));
        return;
    case SNIFF_PLAIN:
        show_the_way(p, seen);
        return;
    case SNIFF_UNKNOWN:
        s->counts.unknown++;
        close(pending_release(p));
        return;
    }
}

static void on_ready(uv_poll_t *h, int status, int events)
{
    (void)status, (void)events;
    struct pending *p = h->data;
    if (!p->closing)
        pending_judge(p);
}

static void on_timer(uv_timer_t *t)
{
    struct sniff *s = t->data;
    uint64_t now = uv_now(s->loop);
    LIST_EACH_SAFE(&s->pending, it, next)
    {
        struct pending *p = LIST_ENTRY(it, struct pending, node);
        if (now - p->since_ms >= SNIFF_MS) {
            s->counts.timed_out++;
            close(pending_release(p));
        } else if (!p->waiting) {
            pending_judge(p);
        }
    }
    if (list_empty(&s->pending))
        uv_timer_stop(t);
}

static void pending_open(struct sniff *s, int fd)
{
    if (s->count >= SNIFF_MAX) { /* the oldest goes: those who say nothing keep nobody out */
        s->counts.full++;
        close(pending_release(LIST_ENTRY(s->pending.next, struct pending, node)));
    }
    struct pending *p = calloc(1, sizeof *p);
    int one = 1;
    if (!p || uv_poll_init(s->loop, &p->poll, fd) != 0) {
        s->counts.full++;
        free(p);
        close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    p->sniff = s;
    p->fd = fd;
    p->since_ms = uv_now(s->loop);
    p->waiting = true;
    p->poll.data = p;
    s->count++;
    list_append(&s->pending, &p->node);
    uv_poll_start(&p->poll, UV_READABLE, on_ready);
    if (!uv_is_active((uv_handle_t *)&s->timer))
        uv_timer_start(&s->timer, on_timer, LOOK_AGAIN_MS, LOOK_AGAIN_MS);
}

static void on_accept(uv_poll_t *h, int status, int events);

static void on_resume(uv_timer_t *t)
{
    struct sniff *s = t->data;
    uv_poll_start(&s->listener, UV_READABLE, on_accept);
}

static void on_accept(uv_poll_t *h, int status, int events)
{
    struct sniff *s = h->data;
    (void)status, (void)events;
    for (int i = 0; i < ACCEPTS_A_ROUND; i++) {
        int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            pending_open(s, fd);
            continue;
        }
        /* Out of descriptors: the listener stays readable, so look away for a moment. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            uv_poll_stop(&s->listener);
            uv_timer_start(&s->resume, on_resume, ACCEPT_PAUSE_MS, 0);
        }
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

enum err sniff_open(struct sniff **out, uv_loop_t *loop, int listen_fd,
                    const struct sniff_handlers *handlers)
{
    struct sniff *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->loop = loop;
    s->listen_fd = listen_fd;
    s->handlers = *handlers;
    list_init(&s->pending);
    if (uv_poll_init(loop, &s->listener, listen_fd) != 0) {
        free(s);
        return ERR_IO;
    }
    s->listener.data = s;
    uv_timer_init(loop, &s->timer);
    uv_timer_init(loop, &s->resume);
    s->timer.data = s->resume.data = s;
    *out = s;
    return ERR_OK;
}

enum err sniff_listen(struct sniff *s)
{
    return uv_poll_start(&s->listener, UV_READABLE, on_accept) == 0 ? ERR_OK : ERR_IO;
}

const struct sniff_counts *sniff_count(const struct sniff *s)
{
    return &s->counts;
}
