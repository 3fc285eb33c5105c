/* The texts of one WebSocket on a client's side: what waits to be sent, and what came of a message
 * so far. Of libwebsockets it needs to know when a socket may be written and whether a fragment is
 * the last. knows: bytes, fragments. knows not: connections, what is said. owns: both. */
#ifndef BIN_LOAD_TEXTS_H
#define BIN_LOAD_TEXTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct lws;
struct text;

struct texts {
    struct text *first, **last; /* to be sent; `last` is NULL while nothing is */
    char *in;                   /* *owned*, what came of a message */
    size_t in_len;
};

/* Queues one message for this socket; takes over `message`, which may be NULL. Without a socket or
 * memory it is dropped: the connection's end is told elsewhere. */
void texts_put(struct texts *t, struct lws *wsi, json_t *message);
bool texts_waiting(const struct texts *t);
/* When the socket may be written: sends the oldest and asks for the next turn. False: it failed. */
bool texts_write(struct texts *t, struct lws *wsi);

enum texts_taken { TEXTS_PART, TEXTS_WHOLE, TEXTS_REFUSED };

/* A fragment came. WHOLE: `*whole` is the message, the caller's to free by texts_free. REFUSED:
 * longer than `max` bytes, or no memory. */
enum texts_taken texts_take(struct texts *t, struct lws *wsi, struct span part, size_t max,
                            struct span *whole);
void texts_free(struct span whole);
/* Forgets everything; `t` is as at the start. */
void texts_clear(struct texts *t);

#endif
