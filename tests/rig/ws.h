/* TLS stream and WebSocket client for the tests (RFC 6455): honest by default, and able to send any
 * bytes at all. Every wait is a poll of the rig, so that the honest participants' media goes on.
 * owns: its socket. knows not: signalling. */
#ifndef RIG_WS_H
#define RIG_WS_H

#include "base/instant.h"
#include "base/span.h"

struct rig;

struct rig_tls {
    struct ssl_st *ssl;
    int fd;
    bool dead; /* closed or reset by the server */
};

bool rig_tls_open(struct rig *r, struct rig_tls *t);
/* The same over a socket that is connected already; it becomes the stream's. */
bool rig_tls_wrap(struct rig *r, struct rig_tls *t, int fd);
void rig_tls_close(struct rig_tls *t);
bool rig_tls_write(struct rig *r, struct rig_tls *t, struct span bytes);
/* What is there, without waiting; 0 when nothing. */
size_t rig_tls_read(struct rig_tls *t, void *buf, size_t cap);

enum { RIG_WS_TEXT = 1, RIG_WS_BINARY = 2, RIG_WS_CLOSE = 8, RIG_WS_PING = 9, RIG_WS_PONG = 10 };

struct rig_ws {
    struct rig_tls tls;
    int status;          /* HTTP status of the upgrade; 101 is open */
    bool closed;         /* a close frame came, or the stream ended */
    uint16_t close_code; /* 0: none was given */
    bool extension;      /* the server negotiated some extension */
    uint8_t *in;         /* bytes not parsed yet */
    size_t in_len, in_cap, used;
    uint32_t pongs;
};

struct rig_ws_options {
    const char *origin; /* NULL: the server's own; "": header left out */
    const char *extra;  /* further header lines, each with CRLF, or NULL */
    const char *path;   /* NULL: /ws */
};

struct rig_frame {
    int opcode;
    struct span payload; /* *borrowed* until the next call */
};

/* True when the upgrade was answered at all: see status. */
bool rig_ws_open(struct rig *r, struct rig_ws *w, struct rig_ws_options o);
void rig_ws_close(struct rig_ws *w);
bool rig_ws_send(struct rig *r, struct rig_ws *w, int opcode, struct span payload);
bool rig_ws_raw(struct rig *r, struct rig_ws *w, struct span bytes);
/* The next whole frame that has arrived; answers pings, notes closes. */
bool rig_ws_next(struct rig *r, struct rig_ws *w, struct rig_frame *f);
/* Until the server closes; its close code (0: none), or -1 when it did not within the time. */
int rig_ws_wait_close(struct rig *r, struct rig_ws *w, int64_t ms);

struct rig_http {
    int status;
    char *body; /* owned, zero-terminated */
    size_t body_len;
    char head[4096];
};

struct rig_http_request {
    const char *method, *path, *type, *body;
    const char *origin; /* NULL: the server's own; "": left out */
    const char *token;  /* NULL: no Authorization */
    struct span bytes;  /* a body that is no text, instead of `body` */
};

/* One request on a connection of its own. status 0: no answer within 5 s. */
void rig_http_do(struct rig *r, const struct rig_http_request *q, struct rig_http *out);
void rig_http_fini(struct rig_http *h);

#endif
