/* What two nodes say to each other over one TLS connection: frames, in the order in which they were
 * said (docs/wire/nodes.md). A node that passes a client's session on opens the connection; the
 * home of the meeting answers on it.
 *
 *     length u16 | kind u8 | last u8 | session u32 | length bytes
 *
 * All numbers big-endian. A message longer than FRAME_BYTES comes as several frames of one session
 * and kind, one behind the other, `last` 1 at its end. knows: the form. knows not: sockets, what a
 * session says. owns: nothing. */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

enum {
    FRAME_VERSION = 1,
    FRAME_HEAD = 8,
    FRAME_BYTES = 4000,
    FRAME_MOST = FRAME_HEAD + FRAME_BYTES,
};

enum frame_kind {
    FRAME_HELLO, /* the first of each side, and no other: one byte FRAME_VERSION; session 0 */
    FRAME_PING,  /* "I am here"; empty; session 0 */
    FRAME_OPEN,  /* to the home: a session begins; what it came with (struct frame_open) */
    FRAME_TEXT,  /* a signalling message of the session, either way */
    FRAME_CLOSE, /* the session ends: code u16 and a reason in words; from an edge: empty */
    FRAME_LIST,  /* the list of data centres in force at the sender (docs/wire/datacentres.md) */
    FRAME_KIND_COUNT_
};

struct frame {
    uint8_t kind, last;
    uint32_t session;
    struct span bytes; /* *borrowed* */
};

/* ERR_AGAIN: no whole frame yet; ERR_MALFORMED: a kind or length that no node sends. *used: its
 * bytes. */
enum err frame_read(struct frame *out, size_t *used, struct span bytes);
/* At most FRAME_BYTES; `out` holds FRAME_MOST. The length of what was written. */
size_t frame_write(uint8_t *out, const struct frame *f);
/* Whether the side that opened the connection (dialled), or the one that took it, may say this. */
bool frame_may(enum frame_kind kind, bool by_dialler);

/* What a session came with to the node that passes it on. */
struct frame_open {
    struct span tag;    /* keyed tag of its address, for logs; at most FRAME_TAG */
    struct span cookie; /* of whoever signed in, or empty; at most FRAME_COOKIE */
};

enum { FRAME_TAG = 32, FRAME_COOKIE = 64, FRAME_OPEN_MOST = 2 + FRAME_TAG + FRAME_COOKIE };

/* out holds FRAME_OPEN_MOST. */
size_t frame_open_write(uint8_t *out, const struct frame_open *o);
enum err frame_open_read(struct frame_open *out, struct span bytes);

#endif
