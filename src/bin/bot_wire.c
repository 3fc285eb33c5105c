/* The bot's connection: one WebSocket over TLS by libwebsockets, its timers, and standard input.
 * knows: frames. knows not: what they say. owns: the context, what is to be sent. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bug.h"
#include "bin/bot.h"
#include "bin/load_texts.h"
#include "io/web_lws.h"

enum { CONNECT_S = 15 };

struct bot_wire {
    struct bot_wire_options o;
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws *wsi;
    struct texts texts;
    struct timer {
        lws_sorted_usec_list_t list;
        struct bot_wire *wire;
    } connect, wake, media;
    struct lws *lane[BOT_LANES];
    char error[200];
    int close_code;
    char line[BOT_LINE_MAX];
    size_t line_len;
    bool line_cut, hanging_up, stopped;
};

static struct timer *timer_of(lws_sorted_usec_list_t *list)
{
    return (struct timer *)(void *)((char *)list - offsetof(struct timer, list));
}

/* ---- sending ---- */

void bot_wire_send(struct bot_wire *w, json_t *message)
{
    texts_put(&w->texts, w->wsi, message);
}

/* What waits goes first, then the connection. */
static int write_one(struct bot_wire *w, struct lws *wsi)
{
    if (!texts_waiting(&w->texts))
        return w->hanging_up ? -1 : 0;
    if (!texts_write(&w->texts, wsi))
        return -1;
    if (w->hanging_up)
        lws_callback_on_writable(wsi);
    return 0;
}

void bot_wire_hang_up(struct bot_wire *w)
{
    w->hanging_up = true;
    if (w->wsi)
        lws_callback_on_writable(w->wsi);
}

void bot_wire_drop(struct bot_wire *w)
{
    if (w->wsi)
        lws_set_timeout(w->wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}

/* ---- receiving ---- */

static int take_text(struct bot_wire *w, struct lws *wsi, struct span part)
{
    struct span whole;
    enum texts_taken taken = texts_take(&w->texts, wsi, part, BOT_MESSAGE_MAX, &whole);
    if (taken == TEXTS_WHOLE) {
        w->o.hooks.text(w->o.hooks.context, whole);
        texts_free(whole);
    }
    return taken == TEXTS_REFUSED ? -1 : 0;
}

static void lost(struct bot_wire *w)
{
    w->wsi = NULL;
    texts_clear(&w->texts);
    if (!w->stopped)
        w->o.hooks.lost(w->o.hooks.context, w->error, w->close_code);
}

static void keep_code(struct bot_wire *w, const unsigned char *bytes, size_t len)
{
    if (len >= 2)
        w->close_code = bytes[0] << 8 | bytes[1];
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    struct bot_wire *w = lws_context_user(lws_get_context(wsi));
    (void)user;
    if (reason == LWS_CALLBACK_CLIENT_ESTABLISHED) {
        w->wsi = wsi;
        w->o.hooks.opened(w->o.hooks.context);
    } else if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR) {
        (void)snprintf(w->error, sizeof w->error, "%.*s", (int)len, in ? (const char *)in : "");
        lost(w);
    } else if (reason == LWS_CALLBACK_CLIENT_CLOSED) {
        lost(w);
    } else if (reason == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE) {
        keep_code(w, in, len);
    } else if (reason == LWS_CALLBACK_CLIENT_RECEIVE) {
        return take_text(w, wsi, span_of(in, len));
    } else if (reason == LWS_CALLBACK_CLIENT_WRITEABLE) {
        return write_one(w, wsi);
    }
    return 0;
}

/* ---- standard input ---- */

static void take_char(struct bot_wire *w, char c)
{
    if (c != '\n') {
        w->line_cut = w->line_cut || w->line_len == sizeof w->line;
        if (!w->line_cut)
            w->line[w->line_len++] = c;
        return;
    }
    if (w->line_len > 0 && !w->line_cut)
        w->o.hooks.line(w->o.hooks.context, span_of(w->line, w->line_len));
    w->line_len = 0;
    w->line_cut = false;
}

static int on_input(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct bot_wire *w = lws_context_user(lws_get_context(wsi));
    char some[1024];
    (void)user;
    (void)in;
    (void)len;
    if (reason != LWS_CALLBACK_RAW_RX_FILE)
        return 0;
    ssize_t n = read(STDIN_FILENO, some, sizeof some);
    for (ssize_t i = 0; i < n; i++)
        take_char(w, some[i]);
    return n == 0 ? -1 : 0;
}

/* ---- the media's sockets ---- */

/* The library closes what it watches: it gets a descriptor of its own for the same socket. */
bool bot_wire_watch(struct bot_wire *w, enum bot_lane lane, int fd)
{
    lws_sock_file_fd_type own = {.filefd = fcntl(fd, F_DUPFD_CLOEXEC, 0)};
    if (own.filefd < 0)
        return false;
    struct lws *wsi =
        lws_adopt_descriptor_vhost(w->vhost, LWS_ADOPT_RAW_FILE_DESC, own, "media", NULL);
    if (!wsi) {
        (void)close(own.filefd);
        return false;
    }
    lws_set_opaque_user_data(wsi, (void *)(uintptr_t)(lane + 1));
    w->lane[lane] = wsi;
    return true;
}

void bot_wire_unwatch(struct bot_wire *w, enum bot_lane lane)
{
    if (!w->lane[lane])
        return;
    lws_set_opaque_user_data(w->lane[lane], NULL);
    lws_set_timeout(w->lane[lane], PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
    w->lane[lane] = NULL;
}

static int on_media(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    struct bot_wire *w = lws_context_user(lws_get_context(wsi));
    uintptr_t lane = (uintptr_t)lws_get_opaque_user_data(wsi);
    (void)user;
    (void)in;
    (void)len;
    if (reason == LWS_CALLBACK_RAW_CLOSE_FILE && lane > 0 && lane <= BOT_LANES)
        w->lane[lane - 1] = NULL;
    if (reason == LWS_CALLBACK_RAW_RX_FILE && lane > 0 && lane <= BOT_LANES && !w->stopped)
        w->o.hooks.readable(w->o.hooks.context, (enum bot_lane)(lane - 1));
    return 0;
}

/* ---- time ---- */

static void connect_now(lws_sorted_usec_list_t *list)
{
    struct bot_wire *w = timer_of(list)->wire;
    const struct bot_link *l = w->o.link;
    struct lws_client_connect_info i = {
        .context = w->context,
        .vhost = w->vhost,
        .address = l->address,
        .port = l->port,
        .path = "/ws",
        .host = l->host,
        .origin = l->origin,
        .local_protocol_name = "conclave",
        .alpn = "http/1.1",
        .ssl_connection = LCCSCF_USE_SSL,
    };
    if (w->o.insecure)
        i.ssl_connection |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
                            LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
    w->error[0] = '\0';
    w->close_code = 0;
    (void)lws_client_connect_via_info(&i); /* a failure comes as an event */
}

static void due(lws_sorted_usec_list_t *list)
{
    struct bot_wire *w = timer_of(list)->wire;
    w->o.hooks.due(w->o.hooks.context);
}

static void media_due(lws_sorted_usec_list_t *list)
{
    struct bot_wire *w = timer_of(list)->wire;
    w->o.hooks.media(w->o.hooks.context);
}

void bot_wire_media(struct bot_wire *w, uint64_t after_us)
{
    lws_sul_schedule(w->context, 0, &w->media.list, media_due, (lws_usec_t)after_us + 1);
}

void bot_wire_connect(struct bot_wire *w, uint32_t after_ms)
{
    lws_sul_schedule(w->context, 0, &w->connect.list, connect_now, (lws_usec_t)after_ms * 1000 + 1);
}

void bot_wire_wake(struct bot_wire *w, uint64_t after_ms)
{
    lws_sul_schedule(w->context, 0, &w->wake.list, due, (lws_usec_t)after_ms * 1000 + 1);
}

void bot_wire_peer(const struct bot_wire *w, char *out, size_t size)
{
    out[0] = '\0';
    if (w->wsi)
        (void)lws_get_peer_simple(w->wsi, out, size);
}

/* ---- life ---- */

static const struct lws_protocols protocols[] = {
    {"conclave", on_socket, 0, 65536, 0, NULL, 0},
    {"input", on_input, 0, 0, 0, NULL, 0},
    {"media", on_media, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static bool watch_input(struct bot_wire *w)
{
    lws_sock_file_fd_type fd = {.filefd = STDIN_FILENO};
    if (fcntl(STDIN_FILENO, F_GETFD) < 0)
        return true;
    (void)fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    /* A file or /dev/null cannot be polled everywhere: then nothing is read. */
    (void)lws_adopt_descriptor_vhost(w->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "input", NULL);
    return true;
}

struct bot_wire *bot_wire_open(const struct bot_wire_options *o)
{
    struct bot_wire *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->o = *o;
    w->connect.wire = w->wake.wire = w->media.wire = w;
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .user = w,
        .client_ssl_ca_filepath = o->ca,
        .timeout_secs = CONNECT_S,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN,
    };
    w->context = lws_create_context(&info);
    w->vhost = w->context ? lws_create_vhost(w->context, &info) : NULL;
    if (w->vhost && watch_input(w))
        return w;
    bot_wire_close(w);
    return NULL;
}

void bot_wire_close(struct bot_wire *w)
{
    if (!w)
        return;
    w->stopped = true;
    if (w->context)
        lws_context_destroy(w->context);
    texts_clear(&w->texts);
    free(w);
}

void bot_wire_run(struct bot_wire *w)
{
    while (!w->stopped && lws_service(w->context, 0) >= 0)
        continue;
}

void bot_wire_stop(struct bot_wire *w)
{
    w->stopped = true;
    lws_cancel_service(w->context);
}
