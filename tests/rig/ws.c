/* See ws.h. */
#include "rig/ws.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig/rig.h"

static SSL_CTX *client_ctx;

/* Until fd is ready for what OpenSSL asked for, the rig running meanwhile. */
static bool stream_wait(struct rig *r, struct rig_tls *t, int result)
{
    int e = SSL_get_error(t->ssl, result);
    if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
        return false;
    rig_pump(r, t->fd, e == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN, rig_now() + 20 * US_PER_MS);
    return true;
}

bool rig_tls_wrap(struct rig *r, struct rig_tls *t, int fd)
{
    if (!client_ctx) {
        client_ctx = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(client_ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    }
    *t = (struct rig_tls){SSL_new(client_ctx), fd, false};
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    fcntl(fd, F_SETFL, O_NONBLOCK);
    SSL_set_fd(t->ssl, fd);
    instant_us deadline = rig_now() + 5 * US_PER_S;
    int n;
    while ((n = SSL_connect(t->ssl)) != 1)
        if (rig_now() > deadline || !stream_wait(r, t, n)) {
            rig_tls_close(t);
            return false;
        }
    return true;
}

bool rig_tls_open(struct rig *r, struct rig_tls *t)
{
    int fd = rig_tcp_open(r);
    *t = (struct rig_tls){NULL, -1, true};
    return fd >= 0 && rig_tls_wrap(r, t, fd);
}

void rig_tls_close(struct rig_tls *t)
{
    if (t->ssl)
        SSL_free(t->ssl);
    if (t->fd >= 0)
        close(t->fd);
    *t = (struct rig_tls){NULL, -1, true};
}

bool rig_tls_write(struct rig *r, struct rig_tls *t, struct span bytes)
{
    instant_us deadline = rig_now() + 5 * US_PER_S;
    size_t sent = 0;
    while (sent < bytes.len && !t->dead) {
        size_t n = bytes.len - sent > 16384 ? 16384 : bytes.len - sent;
        int k = SSL_write(t->ssl, bytes.ptr + sent, (int)n);
        if (k > 0)
            sent += (size_t)k;
        else if (rig_now() > deadline || !stream_wait(r, t, k))
            return false;
    }
    return sent == bytes.len;
}

size_t rig_tls_read(struct rig_tls *t, void *buf, size_t cap)
{
    if (t->dead || !t->ssl)
        return 0;
    int n = SSL_read(t->ssl, buf, (int)cap);
    if (n > 0)
        return (size_t)n;
    int e = SSL_get_error(t->ssl, n);
    if (e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
        t->dead = true;
    return 0;
}

static void ws_fill(struct rig_ws *w)
{
    if (w->used) {
        memmove(w->in, w->in + w->used, w->in_len - w->used);
        w->in_len -= w->used;
        w->used = 0;
    }
    for (;;) {
        if (w->in_cap - w->in_len < 16384) {
            w->in_cap = w->in_cap ? 2 * w->in_cap : 65536;
            w->in = realloc(w->in, w->in_cap);
        }
        size_t n = rig_tls_read(&w->tls, w->in + w->in_len, 16384);
        if (!n)
            return;
        w->in_len += n;
    }
}

static size_t head_end(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 4 <= n; i++)
        if (memcmp(p + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    return 0;
}

/* Header names are looked for in lower case: the copy is lowered. */
static void read_head(struct rig_ws *w, size_t n)
{
    char head[4096];
    size_t k = n < sizeof(head) ? n : sizeof(head) - 1;
    for (size_t i = 0; i < k; i++)
        head[i] = (char)(w->in[i] >= 'A' && w->in[i] <= 'Z' ? w->in[i] + 32 : w->in[i]);
    head[k] = '\0';
    w->status = k > 12 ? (int)strtol(head + 9, NULL, 10) : 0;
    w->extension = strstr(head, "sec-websocket-extensions:") != NULL;
    w->used = n;
}

bool rig_ws_open(struct rig *r, struct rig_ws *w, struct rig_ws_options o)
{
    memset(w, 0, sizeof(*w));
    if (!rig_tls_open(r, &w->tls))
        return false;
    char origin[160] = "", request[2048];
    if (!o.origin)
        snprintf(origin, sizeof(origin), "Origin: https://%s\r\n", r->authority);
    else if (o.origin[0])
        snprintf(origin, sizeof(origin), "Origin: %s\r\n", o.origin);
    int n = snprintf(request, sizeof(request),
                     "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                     "Sec-WebSocket-Version: 13\r\n%s%s\r\n",
                     o.path ? o.path : "/ws", r->authority, origin, o.extra ? o.extra : "");
    if (!rig_tls_write(r, &w->tls, span_of(request, (size_t)n)))
        return false;
    instant_us deadline = rig_now() + 5 * US_PER_S;
    for (;;) {
        ws_fill(w);
        size_t end = head_end(w->in, w->in_len);
        if (end) {
            read_head(w, end);
            return true;
        }
        if (w->tls.dead || rig_now() > deadline)
            return false;
        rig_pump(r, w->tls.fd, POLLIN, rig_now() + 20 * US_PER_MS);
    }
}

void rig_ws_close(struct rig_ws *w)
{
    rig_tls_close(&w->tls);
    free(w->in);
    memset(w, 0, sizeof(*w));
    w->tls.fd = -1;
    w->closed = true;
}

bool rig_ws_raw(struct rig *r, struct rig_ws *w, struct span bytes)
{
    return rig_tls_write(r, &w->tls, bytes);
}

bool rig_ws_send(struct rig *r, struct rig_ws *w, int opcode, struct span payload)
{
    static const uint8_t mask[4] = {0x11, 0x22, 0x33, 0x44};
    uint8_t *f = malloc(payload.len + 14);
    size_t h = 2;
    f[0] = (uint8_t)(0x80 | opcode);
    if (payload.len < 126) {
        f[1] = (uint8_t)(0x80 | payload.len);
    } else if (payload.len < 65536) {
        f[1] = 0x80 | 126;
        f[2] = (uint8_t)(payload.len >> 8);
        f[3] = (uint8_t)payload.len;
        h = 4;
    } else {
        f[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            f[2 + i] = (uint8_t)((uint64_t)payload.len >> (56 - 8 * i));
        h = 10;
    }
    memcpy(f + h, mask, 4);
    for (size_t i = 0; i < payload.len; i++)
        f[h + 4 + i] = (uint8_t)(payload.ptr[i] ^ mask[i & 3]);
    bool ok = rig_tls_write(r, &w->tls, span_of(f, h + 4 + payload.len));
    free(f);
    return ok;
}

/* A whole frame at the front of the buffer; false when more bytes are needed. */
static bool ws_frame(struct rig_ws *w, struct rig_frame *f)
{
    const uint8_t *p = w->in + w->used;
    size_t left = w->in_len - w->used, h = 2;
    if (left < 2)
        return false;
    uint64_t len = p[1] & 127;
    size_t wide = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (left < h + wide)
        return false;
    if (wide)
        len = 0;
    for (size_t i = 0; i < wide; i++)
        len = len << 8 | p[h++];
    if (len > left - h)
        return false;
    *f = (struct rig_frame){p[0] & 15, span_of(p + h, (size_t)len)};
    w->used += h + (size_t)len;
    return true;
}

bool rig_ws_next(struct rig *r, struct rig_ws *w, struct rig_frame *f)
{
    if (!w->tls.ssl || w->status != 101)
        return false;
    if (!ws_frame(w, f)) {
        ws_fill(w);
        if (!ws_frame(w, f)) {
            w->closed = w->closed || w->tls.dead;
            return false;
        }
    }
    if (f->opcode == RIG_WS_PING)
        rig_ws_send(r, w, RIG_WS_PONG, f->payload);
    if (f->opcode == RIG_WS_PONG)
        w->pongs++;
    if (f->opcode == RIG_WS_CLOSE) {
        w->closed = true;
        if (f->payload.len >= 2)
            w->close_code = (uint16_t)(f->payload.ptr[0] << 8 | f->payload.ptr[1]);
    }
    return true;
}

int rig_ws_wait_close(struct rig *r, struct rig_ws *w, int64_t ms)
{
    instant_us deadline = rig_now() + ms * US_PER_MS;
    struct rig_frame f;
    while (!w->closed && rig_now() < deadline)
        if (!rig_ws_next(r, w, &f) && !w->closed)
            rig_pump(r, w->tls.fd, POLLIN, instant_min(deadline, rig_now() + 20 * US_PER_MS));
    return w->closed ? w->close_code : -1;
}

/* A connection that ends, or a body of Content-Length bytes. */
static bool http_whole(const char *buf, size_t len, size_t end)
{
    if (!end)
        return false;
    const char *field = strcasestr(buf, "\r\ncontent-length:");
    return field && field < buf + end && len - end >= strtoul(field + 17, NULL, 10);
}

void rig_http_do(struct rig *r, const struct rig_http_request *q, struct rig_http *out)
{
    memset(out, 0, sizeof(*out));
    struct rig_tls t;
    struct span body = q->body ? span_str(q->body) : q->bytes;
    size_t cap = 16 << 20, len = 0, end = 0;
    char *buf = calloc(1, cap + 1), origin[160] = "", token[128] = "";
    if (q->token)
        snprintf(token, sizeof(token), "Authorization: Bearer %s\r\n", q->token);
    if (!q->origin)
        snprintf(origin, sizeof(origin), "Origin: https://%s\r\n", r->authority);
    else if (q->origin[0])
        snprintf(origin, sizeof(origin), "Origin: %s\r\n", q->origin);
    if (rig_tls_open(r, &t)) {
        int n = snprintf(buf, cap,
                         "%s %s HTTP/1.1\r\nHost: %s\r\n%s%sConnection: close\r\n"
                         "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                         q->method, q->path, r->authority, origin, token,
                         q->type ? q->type : "application/json", body.len);
        rig_tls_write(r, &t, span_of(buf, (size_t)n));
        memset(buf, 0, (size_t)n);
        if (body.len > 0)
            rig_tls_write(r, &t, body);
        instant_us deadline = rig_now() + 5 * US_PER_S;
        while (!t.dead && rig_now() < deadline && len < cap && !http_whole(buf, len, end)) {
            size_t k = rig_tls_read(&t, buf + len, cap - len);
            len += k;
            end = head_end((const uint8_t *)buf, len);
            if (!k && !t.dead)
                rig_pump(r, t.fd, POLLIN, rig_now() + 20 * US_PER_MS);
        }
        rig_tls_close(&t);
    }
    out->status = end > 12 ? (int)strtol(buf + 9, NULL, 10) : 0;
    snprintf(out->head, sizeof(out->head), "%.*s", (int)(end < 4000 ? end : 4000), buf);
    out->body_len = end ? len - end : 0;
    out->body = calloc(1, out->body_len + 1);
    if (out->body_len > 0)
        memcpy(out->body, buf + end, out->body_len);
    free(buf);
}

void rig_http_fini(struct rig_http *h)
{
    free(h->body);
}
