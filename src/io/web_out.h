/* Queues of messages to WebSockets, see web_out.c; for web.c only, but for the head of a frame. */
#ifndef IO_WEB_OUT_H
#define IO_WEB_OUT_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

struct web;
struct web_session;

enum {
    WEB_OUT_HEAD = 10,     /* bytes of a frame's head at most (RFC 6455 section 5.2) */
    WEB_BATCH = 16000,     /* bytes of one write of many: within a TLS record */
    WEB_PACE_MS = 20,      /* between writes of events to one receiver, at least; */
    WEB_PACE_SOCKETS = 16, /* and a millisecond more for each so many sockets */
};

/* The head of an unmasked text frame of so many bytes; gives its length. */
size_t web_out_head(uint8_t head[WEB_OUT_HEAD], size_t len);

void web_out_open(struct web *w, uv_loop_t *loop);
/* Writes what waits, up to WEB_BATCH bytes or one larger message. -1: the connection is over. */
int web_out_write(struct web_session *s);
void web_out_drop(struct web_session *s);

#endif
