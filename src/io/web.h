/* The web server: HTTPS with the static client and one API call, and WebSockets.
 * knows: libwebsockets, TLS, HTTP, the WebSocket limits of attacks A17 and A18.
 * knows not: what a message means, meetings. owns: its connections and their queues.
 *
 * A WebSocket or a waiting API call is known outside by a number that is never used twice, so a
 * late answer to one that is gone is harmless. */
#ifndef IO_WEB_H
#define IO_WEB_H

#include <uv.h>

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"
#include "io/web_static.h"

enum {
    WEB_POST_BYTES = 4096,
    WEB_EMBED_BYTES = 1000,
    WEB_CALL_BYTES = 8192, /* body of a call about accounts, or its answer */
    WEB_BODIES = 64 << 20, /* bytes of files in memory on their way in or out */
    WEB_BODIES_EACH = 4,   /* of them at once with one token */
    WEB_BODY_S = 300,
    WEB_BODY_SLOW_S = 10,      /* after that it must have come by */
    WEB_BODY_RATE = 16 << 10,  /* so many bytes a second */
    WEB_BODY_STEP = 256 << 10, /* an upload takes memory as it comes */
    WEB_QUIET_PING_S = 15,
    WEB_QUIET_DEAD_S = 40
};

struct web;
struct web_text;

/* What a request about a meeting's files names; all *borrowed*, none of it checked. */
struct web_file_ask {
    struct span meeting, file; /* of the path; file is empty in a POST */
    struct span token;         /* of `Authorization: Bearer` */
};

/* A request below /api/account, or below /api/v1: `api`, which has no cookie. All *borrowed*, none
 * of it checked but this: at most one of cookie and bearer is there, a request with a cookie that
 * changes something came from a page of ours, and a request of another site's page does not come
 * here at all (attack A17). */
struct web_call {
    bool post, api;
    struct span path;    /* behind "/api/account" (api: "/api/v1"): "" or "/sign-in" and so on */
    struct span query;   /* of a GET, without "?" */
    struct span cookie;  /* the session's token as text, or empty */
    struct span bearer;  /* the same out of `Authorization: Bearer` */
    struct span attempt; /* the cookie of a sign-in under way */
    struct span known;   /* the cookie of a browser that was let in before */
    struct span body;
};

/* Its answer. set_cookie: whole values of Set-Cookie headers, or NULL; location: with status 303.
 */
struct web_reply {
    unsigned status;
    struct span json;
    const char *set_cookie[2], *location;
};

struct web_handlers {
    void *context;
    /* A WebSocket is open. fd: for getsockname and getpeername only. */
    void (*opened)(void *context, uint64_t socket, int fd);
    /* One whole text message, UTF-8 not yet checked, at most LIMIT_SIGNAL_BYTES. */
    void (*message)(void *context, uint64_t socket, struct span text);
    /* Gone; the number is dead. */
    void (*closed)(void *context, uint64_t socket);
    /* POST /api/meetings with an acceptable envelope; answer with web_answer now or later. */
    void (*post)(void *context, uint64_t call, struct span body);
    /* Files. check: before a body of so many bytes is read; 0, or the status to refuse it with. The
     * others answer with web_answer or web_answer_bytes. */
    unsigned (*file_check)(void *context, const struct web_file_ask *q, size_t len);
    void (*file_put)(void *context, uint64_t call, const struct web_file_ask *q, struct span body);
    void (*file_get)(void *context, uint64_t call, const struct web_file_ask *q);
    /* Answer with web_reply, now or later; body at most WEB_CALL_BYTES. NULL: there are no
     * accounts. */
    void (*call)(void *context, uint64_t call, const struct web_call *q);
    /* Right after `opened`: the session's token that came with the WebSocket's request, as text.
     * NULL: nobody asks. */
    void (*cookie)(void *context, uint64_t socket, struct span token);
    /* GET /api/datacentres: the signed list in force, or NULL; *shared* from then on. NULL: there
     * never is one. */
    struct web_text *(*list)(void *context);
};

struct web_config {
    uv_loop_t *loop;
    const char *cert, *key;              /* PEM files, read by web_open */
    const struct web_static *files;      /* *borrowed* for the server's life */
    const struct web_handlers *handlers; /* *borrowed* likewise */
    /* Origins whose pages may frame the client, a blank between them; NULL or "": none may. At most
     * WEB_EMBED_BYTES, *borrowed* during web_open. */
    const char *embed;
};

struct web_counts {
    uint64_t accepted, refused_full, http, not_found, upgrades, upgrades_refused, slow_closed,
        too_big, messages, writes; /* messages to WebSockets, and the writes that they left in */
    uint32_t open, sockets;
};

/* ERR_CONFIG when the certificate or key does not load, ERR_IO. */
enum err web_open(struct web **out, const struct web_config *c);
void web_close(struct web *w);
/* Takes ownership of an accepted connection whose first bytes look like TLS. */
void web_adopt(struct web *w, int fd);
/* Queues one text message. ERR_NOT_FOUND for a number that is gone; ERR_LIMIT when the receiver is
 * too slow: it is then being closed. */
enum err web_send(struct web *w, uint64_t socket, struct span text);
/* One copy of a text for many receivers; NULL without memory. Give it back after the last send. */
struct web_text *web_text_take(struct span text);
void web_text_give(struct web_text *t);
struct span web_text_span(const struct web_text *t); /* *borrowed* */
enum err web_send_text(struct web *w, uint64_t socket, struct web_text *t);
/* Sends what is queued, then closes with this code; nothing more is received. */
void web_hang_up(struct web *w, uint64_t socket, uint16_t code, const char *reason);
/* Answers a waiting API call with a JSON body. */
void web_answer(struct web *w, uint64_t call, unsigned status, struct span json);
/* Answers a waiting call with bytes (application/octet-stream); they are copied. */
void web_answer_bytes(struct web *w, uint64_t call, struct span bytes);
/* Answers a call; its JSON is at most WEB_CALL_BYTES. */
void web_reply(struct web *w, uint64_t call, const struct web_reply *r);
/* Once a second: pings quiet sockets, drops dead ones. */
void web_tick(struct web *w);
const struct web_counts *web_count(const struct web *w);

#endif
