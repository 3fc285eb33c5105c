/* A ring of places by number; see queue.h. owns: nothing. */
#include "client/queue.h"

static struct queue_place *place_at(struct queue *q, uint16_t seq)
{
    return &q->place[seq % QUEUE_PLACES];
}

bool queue_put(struct queue *q, const struct queue_piece *p)
{
    if (!q->started) {
        q->started = true;
        q->next = p->seq;
    }
    int16_t ahead = (int16_t)(uint16_t)(p->seq - q->next);
    if (ahead >= QUEUE_PLACES && q->waiting == 0)
        q->next = p->seq; /* a pause so long is no loss that could be told from it */
    else if (ahead >= QUEUE_PLACES)
        return false;
    struct queue_place *e = place_at(q, p->seq);
    if (ahead < 0 || e->full || p->bytes.len == 0 || p->bytes.len > sizeof e->bytes)
        return true;
    e->full = true;
    e->ts = p->ts;
    e->at = p->at;
    e->len = p->bytes.len;
    memcpy(e->bytes, p->bytes.ptr, p->bytes.len);
    q->waiting++;
    return true;
}

/* How many numbers are missing before the first piece that waits. */
static uint16_t gap_of(struct queue *q)
{
    uint16_t gap = 0;
    while (!place_at(q, (uint16_t)(q->next + gap))->full)
        gap++;
    return gap;
}

bool queue_next(struct queue *q, instant_us now, bool forced, struct queue_piece *out)
{
    if (q->waiting == 0)
        return false;
    uint16_t gap = gap_of(q);
    struct queue_place *e = place_at(q, (uint16_t)(q->next + gap));
    if (gap > 0 && !forced && now - e->at < QUEUE_WAIT_US)
        return false;
    *out = (struct queue_piece){.seq = (uint16_t)(q->next + gap),
                                .lost = gap,
                                .ts = e->ts,
                                .at = e->at,
                                .bytes = span_of(e->bytes, e->len)};
    q->next = (uint16_t)(out->seq + 1);
    e->full = false;
    q->waiting--;
    return true;
}
