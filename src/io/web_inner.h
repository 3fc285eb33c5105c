/* The insides of the web server, shared by web.c (sockets), web_http.c (requests), web_file.c
 * (files of meetings) and web_call.c (accounts) only. */
#ifndef IO_WEB_INNER_H
#define IO_WEB_INNER_H

#include "base/instant.h"
#include "base/list.h"
#include "base/map.h"
#include "io/web.h"
#include "io/web_frame.h"
#include "io/web_lws.h"
#include "io/web_out.h"

enum {
    WEB_CELLS = 4 * LIMIT_CONNECTIONS,
    WEB_CHUNK = 16384,
    WEB_HEADERS = 6,
    WEB_POLICY = 600 + WEB_EMBED_BYTES
};

struct web {
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws_protocol_vhost_options headers[WEB_HEADERS];
    char policy[WEB_POLICY]; /* the content security policy that `headers` names */
    const struct web_static *files;
    const struct web_handlers *handlers;
    struct web_counts counts;
    struct list sockets;
    struct list bodies; /* connections with a large request or answer under way */
    uint64_t next_id;
    size_t body_bytes; /* of large requests and answers now in memory, at most WEB_BODIES */
    uv_loop_t *loop;   /* *borrowed* */
    uv_timer_t beat;   /* runs while somebody is in `paced` */
    uv_prepare_t round;
    struct list paced; /* sockets whose events wait for the beat */
    struct list soon;  /* those that are written to when the loop's round ends */
    uint8_t batch[LWS_PRE + WEB_BATCH];
    struct map by_id;
    struct map_cell cells[WEB_CELLS];
};

/* A message, once, however many wait for it. The bytes follow LWS_PRE bytes that the library writes
 * its frame header into: the same one for each receiver, as a server masks nothing. */
struct web_text {
    uint32_t refs;
    size_t len;
    uint8_t bytes[];
};

/* Its place in one queue. */
struct web_out {
    struct web_out *next;
    struct web_text *text; /* *shared* */
};

/* What one request will be answered with. body is *borrowed*. */
struct web_response {
    unsigned status;
    const char *type;
    struct span body;
    const struct web_file *file; /* for its caching headers, or NULL */
    bool gzip, head;
    const char *set_cookie[2], *location; /* NULL: none */
};

/* What a call named, kept while its body comes. */
struct web_call_kept {
    bool api;
    char path[64], query[2048], cookie[64], bearer[64], attempt[64], known[64];
};

/* What a request for files named, kept while its body comes. meeting is "" for all others. */
struct web_file_path {
    char meeting[LIMIT_MEETING_ID + 1];
    char file[24];
    char token[48];
};

/* libwebsockets keeps one of these, zeroed, with each connection. */
struct web_session {
    struct web *web;
    struct lws *wsi;
    uint64_t id; /* 0: neither a WebSocket nor a waiting call */
    bool is_socket;
    /* WebSocket */
    struct list node; /* in web.sockets or web.bodies */
    uint8_t *in;
    size_t in_len, pieces; /* pieces: of the message under way, however small */
    struct web_out *out, *out_last;
    size_t out_bytes;
    struct list paced;   /* in web.paced or web.soon */
    uint64_t written_ms; /* when it was last written to, on the loop's clock */
    uint16_t close_code;
    char close_reason[48];
    bool ping, close_sent, peer_closed;
    uint32_t quiet_s;
    struct web_frame frame;
    /* HTTP */
    struct web_response response;
    size_t sent;
    uint8_t *body;         /* of a POST, or of an owned answer */
    struct web_text *text; /* *shared*: of an answer that others read as well */
    size_t body_len, body_cap;
    size_t body_want; /* what it declared: the buffer grows until there */
    instant_us body_since;
    bool posting, answered;
    struct web_file_path file;
    struct web_call_kept *call; /* *owned*; NULL: the request is no call */
};

/* web_http.c: each returns what the library's callback returns. */
int web_http_request(struct web *w, struct web_session *s, struct span path);
int web_http_body(struct web_session *s, struct span part);
int web_http_body_end(struct web *w, struct web_session *s);
int web_http_writeable(struct web_session *s);
/* The session's token in a request's cookie; "" without one. Not of another site's page: whoever
 * may upgrade has our own Origin. */
void web_call_cookie(struct lws *wsi, char out[64]);
int web_http_confirm_upgrade(struct web *w, struct lws *wsi);
/* Fills in w->headers, which are on every answer, the library's own error pages included. */
void web_http_headers(struct web *w, const char *embed);
/* For web_file.c. The header when it came exactly once and fits. */
bool web_http_header(struct lws *wsi, enum lws_token_indexes token, char *out, int cap);
bool web_http_same_origin(struct lws *wsi);
int web_http_respond(struct web_session *s, struct web_response r);
int web_http_refuse(struct web_session *s, unsigned status, const char *json);
/* A buffer for the request's body and its answer; false: too many bodies are in memory. Those of at
 * most WEB_POST_BYTES are not counted, so that files do not stand in the way of meetings. */
bool web_body_take(struct web *w, struct web_session *s, size_t cap);
void web_body_give(struct web *w, struct web_session *s);
/* The same for an upload of so many bytes, whose buffer grows as they come. */
bool web_body_begin(struct web *w, struct web_session *s, size_t want);
/* Whether this token has WEB_BODIES_EACH large bodies under way. */
bool web_bodies_busy(const struct web *w, const char *token);
/* Drops connections whose body comes or goes too slowly. */
void web_bodies_tick(struct web *w);

/* web_file.c: paths that begin with WEB_FILES */
#define WEB_FILES "/api/meetings/"
int web_file_get(struct web *w, struct web_session *s, struct span path);
int web_file_post(struct web *w, struct web_session *s, struct span path);
/* The body is there. */
void web_file_whole(struct web *w, struct web_session *s, uint64_t id);

/* web_call.c: paths that begin with WEB_CALLS or WEB_CALLS_API */
#define WEB_CALLS "/api/account"
/* Calls of programs with an organisation's key: the same, without cookies. */
#define WEB_CALLS_API "/api/v1"
bool web_call_is(struct span path);
int web_call_get(struct web *w, struct web_session *s, struct span path);
int web_call_post(struct web *w, struct web_session *s, struct span path);
/* The body is there. */
void web_call_whole(struct web *w, struct web_session *s, uint64_t id);
void web_call_drop(struct web_session *s);

/* web.c */
uint64_t web_id_take(struct web *w, struct web_session *s);
void web_id_give(struct web *w, struct web_session *s);
struct web_session *web_find(struct web *w, uint64_t id);
/* Ends the connection without a word, from the loop. */
void web_kill_soon(struct web_session *s);

#endif
