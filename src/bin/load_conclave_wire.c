/* WebSockets of many participants in one libwebsockets context, on a loop that ours runs. */
#include <stdlib.h>
#include <string.h>

#include "bin/load_conclave.h"
#include "io/web_lws.h"

enum { CONNECT_S = 30, PING_US = 5000000 /* docs/wire/signalling.md: every 5 s */ };

struct hall_net {
    struct hall_hooks hooks;
    bool insecure, closing;
    uv_loop_t loop;
    struct lws_context *context;
    struct lws_vhost *vhost;
};

static int write_one(struct hall_wire *w, struct lws *wsi)
{
    if (!texts_waiting(&w->texts))
        return w->closing ? -1 : 0;
    if (!texts_write(&w->texts, wsi))
        return -1;
    if (w->closing)
        (void)lws_callback_on_writable(wsi);
    return 0;
}

static int take_text(struct hall_net *n, struct hall_wire *w, struct lws *wsi, struct span part)
{
    struct span whole;
    enum texts_taken taken = texts_take(&w->texts, wsi, part, HALL_MESSAGE_MAX, &whole);
    if (taken == TEXTS_WHOLE) {
        n->hooks.text(w->session, whole);
        texts_free(whole);
    }
    return taken == TEXTS_REFUSED ? -1 : 0;
}

static void lost(struct hall_net *n, struct hall_wire *w, const char *why)
{
    w->wsi = NULL;
    texts_clear(&w->texts);
    if (!n->closing)
        n->hooks.lost(w->session, why);
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t len)
{
    struct hall_net *n = lws_context_user(lws_get_context(wsi));
    struct hall_wire *w = lws_get_opaque_user_data(wsi);
    char why[128];
    (void)user;
    if (!w)
        return 0;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        w->wsi = wsi;
        lws_set_timer_usecs(wsi, PING_US);
        n->hooks.opened(w->session);
        break;
    case LWS_CALLBACK_TIMER:
        lws_set_timer_usecs(wsi, PING_US);
        n->hooks.due(w->session);
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        (void)snprintf(why, sizeof why, "%.*s", (int)len, in ? (const char *)in : "");
        lws_set_opaque_user_data(wsi, NULL);
        lost(n, w, why);
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
        lws_set_opaque_user_data(wsi, NULL);
        lost(n, w, "the server closed its connection");
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return take_text(n, w, wsi, span_of(in, len));
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_one(w, wsi);
    default: /* the library has a hundred more */
        break;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {"conclave", on_socket, 0, 16384, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

struct hall_net *hall_net_open(const struct hall_hooks *hooks, const char *ca, bool insecure)
{
    struct hall_net *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->hooks = *hooks;
    n->insecure = insecure;
    if (uv_loop_init(&n->loop) != 0) {
        free(n);
        return NULL;
    }
    void *loops[] = {&n->loop};
    lws_set_log_level(0, NULL);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .user = n,
        .foreign_loops = loops,
        .client_ssl_ca_filepath = ca,
        .timeout_secs = CONNECT_S,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_UV_NO_SIGSEGV_SIGFPE_SPIN |
                   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN,
    };
    if (insecure) /* else the library searches the system's folder for each connection */
        info.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    n->context = lws_create_context(&info);
    n->vhost = n->context ? lws_create_vhost(n->context, &info) : NULL;
    if (n->vhost)
        return n;
    hall_net_close(n);
    return NULL;
}

void hall_net_close(struct hall_net *n)
{
    n->closing = true;
    if (n->context) {
        lws_context_destroy(n->context);
        while (uv_run(&n->loop, UV_RUN_NOWAIT) != 0)
            continue;
        lws_context_destroy(n->context); /* on a foreign loop it takes two, the loop run between */
    }
    (void)uv_loop_close(&n->loop);
    free(n);
}

int hall_net_descriptor(const struct hall_net *n)
{
    return uv_backend_fd(&n->loop);
}

int hall_net_wait_ms(const struct hall_net *n)
{
    return uv_backend_timeout(&n->loop);
}

void hall_net_run(struct hall_net *n)
{
    (void)uv_run(&n->loop, UV_RUN_NOWAIT);
}

bool hall_wire_open(struct hall_net *n, struct hall_wire *w, const struct hall_room *room)
{
    struct lws_client_connect_info i = {
        .context = n->context,
        .vhost = n->vhost,
        .address = room->address,
        .port = room->port,
        .path = "/ws",
        .host = room->host,
        .origin = room->origin,
        .local_protocol_name = "conclave",
        .alpn = "http/1.1",
        .ssl_connection = LCCSCF_USE_SSL,
        .opaque_user_data = w,
    };
    if (n->insecure)
        i.ssl_connection |= LCCSCF_ALLOW_SELFSIGNED | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK |
                            LCCSCF_ALLOW_EXPIRED | LCCSCF_ALLOW_INSECURE;
    (void)lws_client_connect_via_info(&i); /* a failure comes as an event */
    return true;
}

void hall_wire_send(struct hall_wire *w, json_t *message)
{
    texts_put(&w->texts, w->wsi, message);
}

void hall_wire_hang_up(struct hall_wire *w)
{
    w->closing = true;
    if (w->wsi)
        (void)lws_callback_on_writable(w->wsi);
}
