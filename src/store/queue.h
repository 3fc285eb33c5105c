/* Writes that wait for a database that is away: kept in order, bounded in number and bytes.
 * knows: bytes and times. knows not: what a write is. owns: its copies. */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum { QUEUE_WRITES = 4096, QUEUE_BYTES = 8 << 20 };

struct queue_item;

/* All zero is an empty queue. */
struct write_queue {
    struct queue_item *first, *last;
    size_t count, bytes;
};

/* Copies the write to the end. until_ms: nobody waits for it after that; INT64_MAX: it is to be
 * done however late. ERR_BUSY: the queue is full; ERR_NOMEM. */
enum err queue_push(struct write_queue *q, struct span write, int64_t until_ms);
/* The first one, *borrowed* until it is dropped; false when there is none. */
bool queue_first(const struct write_queue *q, struct span *write);
/* Shows every write to `visit`, the first one first, until it says true: it may then have changed
 * the bytes in place. False: it never did. */
bool queue_visit(struct write_queue *q, bool (*visit)(void *ctx, uint8_t *bytes, size_t len),
                 void *ctx);
void queue_drop_first(struct write_queue *q);
/* Takes out one that nobody waits for any more, wherever it stands, and copies up to cap bytes of
 * it; false when there is none. */
bool queue_take_late(struct write_queue *q, int64_t now_ms, void *out, size_t cap);
/* When the next one gets late; INT64_MAX: none does. */
int64_t queue_next_ms(const struct write_queue *q);
void queue_fini(struct write_queue *q);

#endif
