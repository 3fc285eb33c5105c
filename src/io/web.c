/* WebSockets over libwebsockets: opening, whole messages, closing; and the context that carries
 * both them (their queues are in web_out.c) and web_http.c. */
#include "io/web.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "crypt/crypt.h"
#include "io/web_inner.h"
#include "io/web_out.h"

/* RFC 6455 section 7.4.1 */
enum {
    CLOSE_PROTOCOL = 1002,
    CLOSE_NOT_TEXT = 1003,
    CLOSE_TOO_BIG = 1009,
    WEB_CLOSE_S = 3,
    PIECES_MAX = 1024
};

/* ---- numbers ---- */

uint64_t web_id_take(struct web *w, struct web_session *s)
{
    s->id = ++w->next_id;
    if (!map_put(&w->by_id, s->id, (uint64_t)(uintptr_t)s))
        s->id = 0;
    return s->id;
}

void web_id_give(struct web *w, struct web_session *s)
{
    if (s->id != 0)
        map_remove(&w->by_id, s->id);
    s->id = 0;
}

struct web_session *web_find(struct web *w, uint64_t id)
{
    uint64_t p;
    return id != 0 && map_get(&w->by_id, id, &p) ? (struct web_session *)(uintptr_t)p : NULL;
}

/* ---- the watch over frames ---- */

/* The library offers no look at frame headers, so its reads of the TLS stream pass through here: as
 * the linker resolves SSL_read to the program's own before the library's. Connections without a
 * watch (HTTP, and DTLS in media processes) see no difference. */
static int frame_index = -1;

int SSL_read(SSL *ssl, void *buf, int num)
{
    size_t n = 0;
    if (SSL_read_ex(ssl, buf, num > 0 ? (size_t)num : 0, &n) <= 0)
        return -1;
    struct web_frame *f = frame_index < 0 ? NULL : SSL_get_ex_data(ssl, frame_index);
    if (f && !DEFENCE(18, web_frame_take(f, span_of(buf, n))))
        return -1; /* the library gives the connection up; socket_unbound says why */
    return (int)n;
}

static void frame_watch(struct lws *wsi, struct web_frame *f)
{
    if (lws_get_ssl(wsi) && frame_index >= 0)
        SSL_set_ex_data(lws_get_ssl(wsi), frame_index, f);
}

/* ---- one WebSocket ---- */

/* The library looks at its timers only when it was woken: from outside its callbacks, wake it. */
void web_kill_soon(struct web_session *s)
{
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
    lws_cancel_service(s->web->context);
}

/* The library's own number for a close frame, which its public enum leaves out. */
enum { WRITE_CLOSE = 4 };

/* Writes the close frame itself. (Debian's libwebsockets 4.1.6 is built with a self-test that
 * closes twice under libuv, and the second time drops the frame that the library had prepared.)
 * Then the peer has WEB_CLOSE_S to answer with its own; what else it sends is ignored. */
static int close_now(struct web_session *s, uint16_t code, const char *reason)
{
    unsigned char block[LWS_PRE + 2 + 48], *frame = block + LWS_PRE;
    size_t n = strnlen(reason, 48);
    frame[0] = (unsigned char)(code >> 8);
    frame[1] = (unsigned char)(code & 0xff);
    memcpy(frame + 2, reason, n);
    s->close_code = code;
    s->close_sent = true;
    lws_set_timeout(s->wsi, PENDING_TIMEOUT_CLOSE_ACK, WEB_CLOSE_S);
    return lws_write(s->wsi, frame, n + 2, (enum lws_write_protocol)WRITE_CLOSE) < 0 ? -1 : 0;
}

/* The library hangs up by itself only on a broken protocol: masks, reserved bits, lengths. */
static void socket_unbound(struct web_session *s)
{
    if (s->is_socket && s->id != 0 && !s->close_sent && !s->peer_closed)
        (void)close_now(s, CLOSE_PROTOCOL, "broken frame");
}

static int socket_open(struct web *w, struct web_session *s, struct lws *wsi)
{
    *s = (struct web_session){.web = w, .wsi = wsi, .is_socket = true};
    list_init(&s->node);
    list_init(&s->paced);
    if (web_id_take(w, s) == 0)
        return -1;
    frame_watch(wsi, &s->frame);
    list_append(&w->sockets, &s->node);
    w->counts.sockets++;
    w->counts.upgrades++;
    w->handlers->opened(w->handlers->context, s->id, (int)lws_get_socket_fd(wsi));
    char token[64];
    web_call_cookie(wsi, token);
    if (token[0] && w->handlers->cookie)
        w->handlers->cookie(w->handlers->context, s->id, span_str(token));
    explicit_bzero(token, sizeof token);
    return 0;
}

static void socket_gone(struct web *w, struct web_session *s)
{
    if (!s->is_socket || s->id == 0)
        return;
    uint64_t id = s->id;
    frame_watch(s->wsi, NULL);
    list_remove(&s->node);
    web_id_give(w, s);
    w->counts.sockets--;
    web_out_drop(s);
    free(s->in);
    s->in = NULL;
    w->handlers->closed(w->handlers->context, id);
}

/* One piece of a message, of whatever size the library read it in. */
static int socket_receive(struct web *w, struct web_session *s, struct span piece)
{
    if (s->close_code != 0)
        return 0;
    s->quiet_s = 0;
    if (lws_frame_is_binary(s->wsi))
        return close_now(s, CLOSE_NOT_TEXT, "text only");
    if (lws_is_first_fragment(s->wsi))
        s->in_len = s->pieces = 0;
    size_t limit = DEFENCE(18, false) ? SIZE_MAX / 2 : LIMIT_SIGNAL_BYTES;
    if (piece.len > limit - s->in_len || !DEFENCE(18, ++s->pieces <= PIECES_MAX)) {
        w->counts.too_big++;
        return close_now(s, CLOSE_TOO_BIG, "message too big");
    }
    uint8_t *in = realloc(s->in, s->in_len + piece.len + 1);
    if (!in)
        return -1;
    s->in = in;
    if (piece.len > 0)
        memcpy(in + s->in_len, piece.ptr, piece.len);
    s->in_len += piece.len;
    if (!lws_is_final_fragment(s->wsi))
        return 0;
    struct span text = span_of(s->in, s->in_len);
    s->in = NULL;
    s->in_len = 0;
    w->handlers->message(w->handlers->context, s->id, text);
    free(in);
    return 0;
}

/* One write a call: the library calls again when the socket takes more. */
static int socket_writeable(struct web_session *s)
{
    unsigned char ping[LWS_PRE + 1];
    if (s->close_sent)
        return 0;
    if (s->ping) {
        s->ping = false;
        if (lws_write(s->wsi, ping + LWS_PRE, 0, LWS_WRITE_PING) < 0)
            return -1;
    } else if (s->out) {
        if (web_out_write(s) < 0)
            return -1;
    } else if (s->close_code != 0) {
        return close_now(s, s->close_code, s->close_reason);
    }
    if (s->ping || s->out || s->close_code != 0)
        lws_callback_on_writable(s->wsi);
    return 0;
}

void web_hang_up(struct web *w, uint64_t socket, uint16_t code, const char *reason)
{
    struct web_session *s = web_find(w, socket);
    if (!s || !s->is_socket || s->close_code != 0)
        return;
    s->close_code = code;
    size_t n = strnlen(reason, sizeof s->close_reason - 1);
    memcpy(s->close_reason, reason, n);
    s->close_reason[n] = '\0';
    lws_callback_on_writable(s->wsi);
}

void web_tick(struct web *w)
{
    lws_cancel_service(w->context); /* so that its own time limits are kept */
    web_bodies_tick(w);
    LIST_EACH_SAFE(&w->sockets, it, next)
    {
        struct web_session *s = LIST_ENTRY(it, struct web_session, node);
        s->quiet_s++;
        s->frame.controls = 0;
        if (s->quiet_s >= WEB_QUIET_DEAD_S) {
            web_kill_soon(s);
        } else if (s->quiet_s % WEB_QUIET_PING_S == 0) {
            s->ping = true;
            lws_callback_on_writable(s->wsi);
        }
    }
}

/* ---- the library ---- */

static int on_http(struct web *w, struct lws *wsi, enum lws_callback_reasons reason,
                   struct web_session *s, struct span in)
{
    s->web = w;
    s->wsi = wsi;
    if (reason == LWS_CALLBACK_HTTP)
        return web_http_request(w, s, in);
    if (reason == LWS_CALLBACK_HTTP_BODY)
        return web_http_body(s, in);
    if (reason == LWS_CALLBACK_HTTP_BODY_COMPLETION)
        return web_http_body_end(w, s);
    return web_http_writeable(s);
}

static void http_gone(struct web *w, struct web_session *s)
{
    if (s->is_socket)
        return;
    web_id_give(w, s);
    web_body_give(w, s);
    web_call_drop(s);
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct web *w = lws_context_user(lws_get_context(wsi));
    struct web_session *s = user;
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return s ? on_http(w, wsi, reason, s, span_of(in, len)) : -1;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: /* the connection has no session yet */
        return web_http_confirm_upgrade(w, wsi);
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
        if (s)
            http_gone(w, s);
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
        return socket_open(w, s, wsi);
    case LWS_CALLBACK_RECEIVE:
        return socket_receive(w, s, span_of(in, len));
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        s->peer_closed = true;
        return s->close_sent ? -1 : 0; /* 0: it is echoed; Chromium minds a second close frame */
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
        if (s)
            socket_unbound(s);
        return 0;
    case LWS_CALLBACK_RECEIVE_PONG:
        if (s->close_code == 0)
            s->quiet_s = 0;
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return socket_writeable(s);
    case LWS_CALLBACK_CLOSED:
        socket_gone(w, s);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        if (w->counts.open > 0)
            w->counts.open--;
        return 0;
    default: /* the library's enum, not ours: it grows with its versions */
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    {"conclave", callback, sizeof(struct web_session), 4096, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static struct lws_vhost *vhost_open(struct web *w, const struct web_config *c)
{
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.protocols = protocols;
    info.vhost_name = "conclave";
    web_http_headers(w, c->embed);
    info.headers = DEFENCE(33, false) ? w->headers + 1 : w->headers; /* the policy is the first */
    info.ssl_cert_filepath = c->cert;
    info.ssl_private_key_filepath = c->key;
    info.ssl_options_set = (long)(SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
                                  SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    info.ssl_cipher_list = "ECDHE+AESGCM:ECDHE+CHACHA20";
    info.alpn = "http/1.1"; /* no h2: attack A19 */
    info.extensions = NULL; /* no permessage-deflate: attack A18 */
    info.timeout_secs = 5;
    info.timeout_secs_ah_idle = 5;
    info.keepalive_timeout = 10;
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    return lws_create_vhost(w->context, &info);
}

enum err web_open(struct web **out, const struct web_config *c)
{
    struct web *w = calloc(1, sizeof *w);
    uint64_t seed;
    if (!w)
        return ERR_NOMEM;
    if (crypt_random(&seed, sizeof seed) != ERR_OK) {
        free(w);
        return ERR_CRYPTO;
    }
    frame_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    map_init(&w->by_id, w->cells, WEB_CELLS, seed);
    list_init(&w->sockets);
    list_init(&w->bodies);
    w->files = c->files;
    w->handlers = c->handlers;
    struct lws_context_creation_info info;
    void *loops[1] = {c->loop};
    memset(&info, 0, sizeof info);
    lws_set_log_level(0, NULL);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.foreign_loops = loops;
    info.server_string = "conclave";
    info.max_http_header_data = 8192;
    info.gid = info.uid = (int)-1;
    info.user = w;
    w->context = lws_create_context(&info);
    w->vhost = w->context ? vhost_open(w, c) : NULL;
    if (!w->vhost) {
        bool context = w->context != NULL;
        web_close(w);
        return context ? ERR_CONFIG : ERR_IO;
    }
    web_out_open(w, c->loop);
    *out = w;
    return ERR_OK;
}

void web_close(struct web *w)
{
    if (w->context)
        lws_context_destroy(w->context);
    free(w);
}

void web_adopt(struct web *w, int fd)
{
    w->counts.accepted++;
    if (w->counts.open >= LIMIT_CONNECTIONS) {
        w->counts.refused_full++;
        close(fd);
        return;
    }
    w->counts.open++;
    if (!lws_adopt_socket_vhost(w->vhost, fd) && w->counts.open > 0)
        w->counts.open--;
}

const struct web_counts *web_count(const struct web *w)
{
    return &w->counts;
}
