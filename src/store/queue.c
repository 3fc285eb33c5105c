/* A list of copies. */
#include "store/queue.h"

#include <stdlib.h>
#include <string.h>

struct queue_item {
    struct queue_item *next;
    int64_t until_ms;
    size_t len;
    uint8_t bytes[];
};

enum err queue_push(struct write_queue *q, struct span write, int64_t until_ms)
{
    if (q->count >= QUEUE_WRITES || write.len > QUEUE_BYTES - q->bytes)
        return ERR_BUSY;
    struct queue_item *i = malloc(sizeof *i + write.len);
    if (!i)
        return ERR_NOMEM;
    *i = (struct queue_item){.until_ms = until_ms, .len = write.len};
    if (write.len > 0)
        memcpy(i->bytes, write.ptr, write.len);
    if (q->last)
        q->last->next = i;
    else
        q->first = i;
    q->last = i;
    q->count++;
    q->bytes += write.len;
    return ERR_OK;
}

bool queue_first(const struct write_queue *q, struct span *write)
{
    if (!q->first)
        return false;
    *write = span_of(q->first->bytes, q->first->len);
    return true;
}

bool queue_visit(struct write_queue *q, bool (*visit)(void *ctx, uint8_t *bytes, size_t len),
                 void *ctx)
{
    for (struct queue_item *i = q->first; i; i = i->next)
        if (visit(ctx, i->bytes, i->len))
            return true;
    return false;
}

static void drop_after(struct write_queue *q, struct queue_item *before)
{
    struct queue_item *i = before ? before->next : q->first;
    if (before)
        before->next = i->next;
    else
        q->first = i->next;
    if (q->last == i)
        q->last = before;
    q->count--;
    q->bytes -= i->len;
    free(i);
}

void queue_drop_first(struct write_queue *q)
{
    if (q->first)
        drop_after(q, NULL);
}

bool queue_take_late(struct write_queue *q, int64_t now_ms, void *out, size_t cap)
{
    struct queue_item *before = NULL;
    for (struct queue_item *i = q->first; i; before = i, i = i->next) {
        if (i->until_ms > now_ms)
            continue;
        memcpy(out, i->bytes, i->len < cap ? i->len : cap);
        drop_after(q, before);
        return true;
    }
    return false;
}

int64_t queue_next_ms(const struct write_queue *q)
{
    int64_t next = INT64_MAX;
    for (const struct queue_item *i = q->first; i; i = i->next)
        next = i->until_ms < next ? i->until_ms : next;
    return next;
}

void queue_fini(struct write_queue *q)
{
    while (q->first)
        drop_after(q, NULL);
}
