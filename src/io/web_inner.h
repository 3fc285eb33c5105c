/* The insides of the web server, shared by web.c (sockets) and web_http.c (requests) only. */
#ifndef IO_WEB_INNER_H
#define IO_WEB_INNER_H

#include "base/list.h"
#include "base/map.h"
#include "io/web.h"
#include "io/web_frame.h"
#include "io/web_lws.h"

enum { WEB_CELLS = 4 * LIMIT_CONNECTIONS, WEB_CHUNK = 16384 };

struct web {
    struct lws_context *context;
    struct lws_vhost *vhost;
    const struct web_static *files;
    const struct web_handlers *handlers;
    struct web_counts counts;
    struct list sockets;
    uint64_t next_id;
    struct map by_id;
    struct map_cell cells[WEB_CELLS];
};

/* One queued message; the bytes follow LWS_PRE bytes that the library writes its header into. */
struct web_out {
    struct web_out *next;
    size_t len;
    uint8_t bytes[];
};

/* What one request will be answered with. body is *borrowed*. */
struct web_response {
    unsigned status;
    const char *type;
    struct span body;
    const struct web_file *file; /* for its caching headers, or NULL */
    bool gzip, head;
};

/* libwebsockets keeps one of these, zeroed, with each connection. */
struct web_session {
    struct web *web;
    struct lws *wsi;
    uint64_t id; /* 0: neither a WebSocket nor a waiting call */
    bool is_socket;
    /* WebSocket */
    struct list node;
    uint8_t *in;
    size_t in_len, pieces; /* pieces: of the message under way, however small */
    struct web_out *out, *out_last;
    size_t out_bytes;
    uint16_t close_code;
    char close_reason[48];
    bool ping, close_sent, peer_closed;
    uint32_t quiet_s;
    struct web_frame frame;
    /* HTTP */
    struct web_response response;
    size_t sent;
    uint8_t *body; /* of a POST, or of an owned answer */
    size_t body_len;
    bool posting, answered;
};

/* web_http.c: each returns what the library's callback returns. */
int web_http_request(struct web *w, struct web_session *s, struct span path);
int web_http_body(struct web_session *s, struct span part);
int web_http_body_end(struct web *w, struct web_session *s);
int web_http_writeable(struct web_session *s);
int web_http_confirm_upgrade(struct web *w, struct lws *wsi);
const struct lws_protocol_vhost_options *web_http_headers(void);

/* web.c */
uint64_t web_id_take(struct web *w, struct web_session *s);
void web_id_give(struct web *w, struct web_session *s);
struct web_session *web_find(struct web *w, uint64_t id);
/* Ends the connection without a word, from the loop. */
void web_kill_soon(struct web_session *s);

#endif
