/* The connections of a crowd: what bot_wire.c does for one bot, on one context for all.
 * knows: frames. knows not: what they say. owns: the context, each connection's queue. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/load_texts.h"
#include "crowd.h"
#include "io/web_lws.h"

enum { CONNECT_S = 60, LINE_MAX_BYTES = 200 };

struct bot_wire {
    struct bot_wire_options o;
    struct lws *wsi;
    struct texts texts;
    struct timer {
        lws_sorted_usec_list_t list;
        struct bot_wire *wire;
    } connect, wake;
    int close_code;
    bool hanging_up;
};

static struct {
    struct lws_context *context;
    struct lws_vhost *vhost;
    void (*line)(struct span words);
    char text[LINE_MAX_BYTES];
    size_t len;
    bool ended;
} all;

static struct timer *timer_of(lws_sorted_usec_list_t *list)
{
    return (struct timer *)(void *)((char *)list - offsetof(struct timer, list));
}

/* ---- sending ---- */

void bot_wire_send(struct bot_wire *w, json_t *message)
{
    texts_put(&w->texts, w->wsi, message);
}

static int write_one(struct bot_wire *w, struct lws *wsi)
{
    if (!texts_waiting(&w->texts))
        return w->hanging_up ? -1 : 0;
    if (w->hanging_up)
        lws_callback_on_writable(wsi);
    return texts_write(&w->texts, wsi) ? 0 : -1;
}

void bot_wire_hang_up(struct bot_wire *w)
{
    w->hanging_up = true;
    if (w->wsi)
        lws_callback_on_writable(w->wsi);
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

static void lost(struct bot_wire *w, const char *why)
{
    w->wsi = NULL;
    texts_clear(&w->texts);
    if (!all.ended)
        w->o.hooks.lost(w->o.hooks.context, why, w->close_code);
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    struct bot_wire *w = user;
    const unsigned char *bytes = in;
    if (!w)
        return 0;
    if (reason == LWS_CALLBACK_CLIENT_ESTABLISHED) {
        w->wsi = wsi;
        w->o.hooks.opened(w->o.hooks.context);
    } else if (reason == LWS_CALLBACK_CLIENT_CONNECTION_ERROR) {
        lost(w, in ? in : "");
    } else if (reason == LWS_CALLBACK_CLIENT_CLOSED) {
        lost(w, "closed");
    } else if (reason == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE) {
        w->close_code = len >= 2 ? bytes[0] << 8 | bytes[1] : 0;
    } else if (reason == LWS_CALLBACK_CLIENT_RECEIVE) {
        return take_text(w, wsi, span_of(in, len));
    } else if (reason == LWS_CALLBACK_CLIENT_WRITEABLE) {
        return write_one(w, wsi);
    }
    return 0;
}

/* ---- standard input ---- */

static void take_char(char c)
{
    if (c != '\n') {
        all.len += all.len < sizeof all.text;
        all.text[all.len - 1] = c;
        return;
    }
    all.line(span_of(all.text, all.len));
    all.len = 0;
}

static int on_input(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t len)
{
    char some[256];
    (void)wsi, (void)user, (void)in, (void)len;
    if (reason != LWS_CALLBACK_RAW_RX_FILE)
        return 0;
    ssize_t n = read(STDIN_FILENO, some, sizeof some);
    for (ssize_t i = 0; i < n; i++)
        take_char(some[i]);
    if (n == 0)
        crowd_wire_end(); /* whoever gave the commands is gone */
    return n == 0 ? -1 : 0;
}

/* ---- time ---- */

static void connect_now(lws_sorted_usec_list_t *list)
{
    struct bot_wire *w = timer_of(list)->wire;
    const struct bot_link *l = w->o.link;
    struct lws_client_connect_info i = {
        .context = all.context,
        .vhost = all.vhost,
        .address = l->address,
        .port = l->port,
        .path = "/ws",
        .host = l->host,
        .origin = l->origin,
        .local_protocol_name = "conclave",
        .alpn = "http/1.1",
        .userdata = w,
        /* The server is this measurement's own, with a certificate that it made itself. */
        .ssl_connection = LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED |
                          LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK | LCCSCF_ALLOW_EXPIRED |
                          LCCSCF_ALLOW_INSECURE,
    };
    w->close_code = 0;
    (void)lws_client_connect_via_info(&i); /* a failure comes as an event */
}

static void due(lws_sorted_usec_list_t *list)
{
    struct bot_wire *w = timer_of(list)->wire;
    w->o.hooks.due(w->o.hooks.context);
}

void bot_wire_connect(struct bot_wire *w, uint32_t after_ms)
{
    lws_sul_schedule(all.context, 0, &w->connect.list, connect_now,
                     (lws_usec_t)after_ms * 1000 + 1);
}

void bot_wire_wake(struct bot_wire *w, uint64_t after_ms)
{
    lws_sul_schedule(all.context, 0, &w->wake.list, due, (lws_usec_t)after_ms * 1000 + 1);
}

/* ---- life ---- */

static const struct lws_protocols protocols[] = {
    {"conclave", on_socket, 0, 65536, 0, NULL, 0},
    {"input", on_input, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

struct bot_wire *bot_wire_open(const struct bot_wire_options *o)
{
    struct bot_wire *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->o = *o;
    w->connect.wire = w->wake.wire = w;
    return w;
}

/* Only when its connection is gone: its socket's events come here. */
void bot_wire_close(struct bot_wire *w)
{
    lws_sul_cancel(&w->connect.list);
    lws_sul_cancel(&w->wake.list);
    texts_clear(&w->texts);
    free(w);
}

bool crowd_wire_start(void (*line)(struct span words))
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .timeout_secs = CONNECT_S,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN,
    };
    lws_sock_file_fd_type fd = {.filefd = STDIN_FILENO};
    lws_set_log_level(0, NULL);
    all.line = line;
    all.context = lws_create_context(&info);
    all.vhost = all.context ? lws_create_vhost(all.context, &info) : NULL;
    if (!all.vhost)
        return false;
    (void)fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    return lws_adopt_descriptor_vhost(all.vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "input", NULL);
}

void crowd_wire_run(void)
{
    while (!all.ended && lws_service(all.context, 0) >= 0)
        continue;
    all.ended = true;
    lws_context_destroy(all.context);
}

void crowd_wire_end(void)
{
    all.ended = true;
    lws_cancel_service(all.context);
}
