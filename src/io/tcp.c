/* Length-framed datagrams over a stream, both ways bounded; see tcp.h. owns: the descriptor. */
#include "io/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_HEADER = 2 };

enum err tcp_open(struct tcp_carrier *t, int fd)
{
    int on = 1;
    t->fd = fd;
    t->in_at = t->in_len = t->out_at = t->out_len = 0;
    /* Every call passes MSG_DONTWAIT, so the descriptor's own blocking mode does not matter. */
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        tcp_close(t);
        return ERR_IO;
    }
    return ERR_OK;
}

void tcp_close(struct tcp_carrier *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

static enum err refill(struct tcp_carrier *t)
{
    memmove(t->in, t->in + t->in_at, t->in_len - t->in_at);
    t->in_len -= t->in_at;
    t->in_at = 0;
    ssize_t n =
        recvfrom(t->fd, t->in + t->in_len, sizeof t->in - t->in_len, MSG_DONTWAIT, NULL, NULL);
    if (n == 0)
        return ERR_CLOSED;
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? ERR_AGAIN : ERR_IO;
    t->in_len += (uint32_t)n;
    return ERR_OK;
}

enum err tcp_receive(struct tcp_carrier *t, struct span *out)
{
    for (;;) {
        uint32_t have = t->in_len - t->in_at;
        if (have >= FRAME_HEADER) {
            const uint8_t *p = t->in + t->in_at;
            uint32_t len = (uint32_t)p[0] << 8 | p[1];
            if (len > LIMIT_DATAGRAM)
                return ERR_LIMIT;
            if (have >= FRAME_HEADER + len) {
                t->in_at += FRAME_HEADER + len;
                if (len == 0)
                    continue;
                *out = span_of(p + FRAME_HEADER, len);
                return ERR_OK;
            }
        }
        TRY(refill(t));
    }
}

enum err tcp_flush(struct tcp_carrier *t)
{
    while (tcp_waiting(t)) {
        ssize_t n = sendto(t->fd, t->out + t->out_at, t->out_len - t->out_at,
                           MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return ERR_OK;
        if (n < 0 && errno != EINTR)
            return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
        if (n > 0)
            t->out_at += (uint32_t)n;
    }
    t->out_at = t->out_len = 0;
    return ERR_OK;
}

enum err tcp_send(struct tcp_carrier *t, struct span datagram)
{
    if (datagram.len > LIMIT_DATAGRAM)
        return ERR_LIMIT;
    if (sizeof t->out - t->out_len < FRAME_HEADER + datagram.len && t->out_at > 0) {
        memmove(t->out, t->out + t->out_at, t->out_len - t->out_at);
        t->out_len -= t->out_at;
        t->out_at = 0;
    }
    if (sizeof t->out - t->out_len < FRAME_HEADER + datagram.len)
        return ERR_AGAIN;
    t->out[t->out_len++] = (uint8_t)(datagram.len >> 8);
    t->out[t->out_len++] = (uint8_t)datagram.len;
    memcpy(t->out + t->out_len, datagram.ptr, datagram.len);
    t->out_len += (uint32_t)datagram.len;
    return tcp_flush(t);
}
