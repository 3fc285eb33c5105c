/* See hook_queue.h. Each call walks the places, at worst each against each: a millisecond or two
 * when all are taken, beside a request that takes longer. */
#include "account/hook_queue.h"

#include <string.h>

#include "base/bug.h"

/* After the first, second and third attempt that failed. */
static const duration_us waits[HOOK_ATTEMPTS - 1] = {5 * US_PER_S, 60 * US_PER_S, 600 * US_PER_S};

enum { NONE = HOOK_QUEUE };

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, ACCOUNT_ID) == 0;
}

void hook_queue_init(struct hook_queue *q)
{
    memset(q, 0, sizeof *q);
}

static void drop(struct hook_queue *q, uint32_t place)
{
    memset(&q->wait[place], 0, sizeof q->wait[place]);
    q->count--;
}

/* The oldest of that hook, and how many it has; NONE. */
static uint32_t oldest_of(const struct hook_queue *q, const uint8_t hook[ACCOUNT_ID], uint32_t *n)
{
    uint32_t best = NONE;
    *n = 0;
    for (uint32_t i = 0; i < HOOK_QUEUE; i++) {
        if (!q->wait[i].used || !same(q->wait[i].hook, hook))
            continue;
        ++*n;
        if (best == NONE || q->wait[i].order < q->wait[best].order)
            best = i;
    }
    return best;
}

/* All places are taken: the oldest of the hook that has the most. */
static uint32_t oldest_of_most(const struct hook_queue *q)
{
    uint32_t best = 0, most = 0, n;
    for (uint32_t i = 0; i < HOOK_QUEUE; i++) {
        uint32_t place = oldest_of(q, q->wait[i].hook, &n);
        if (n > most) {
            most = n;
            best = place;
        }
    }
    return best;
}

uint32_t hook_queue_put(struct hook_queue *q, const uint8_t hook[ACCOUNT_ID],
                        const uint8_t org[ACCOUNT_ID], instant_us now)
{
    uint32_t n, oldest = oldest_of(q, hook, &n), place = 0;
    if (n < HOOK_WAITING)
        oldest = q->count == HOOK_QUEUE ? oldest_of_most(q) : NONE;
    if (oldest != NONE) {
        drop(q, oldest);
        q->dropped++;
    }
    while (q->wait[place].used)
        place++;
    struct hook_wait *w = &q->wait[place];
    *w = (struct hook_wait){.used = true, .order = ++q->order, .due = now};
    memcpy(w->hook, hook, sizeof w->hook);
    memcpy(w->org, org, sizeof w->org);
    q->count++;
    return place;
}

static instant_us rests_until(const struct hook_queue *q, const uint8_t org[ACCOUNT_ID])
{
    for (uint32_t i = 0; i < HOOK_QUEUE; i++)
        if (q->rest[i].until != 0 && same(q->rest[i].org, org))
            return q->rest[i].until;
    return 0;
}

static instant_us moment_of(const struct hook_queue *q, const struct hook_wait *w)
{
    instant_us rest = rests_until(q, w->org);
    return w->due > rest ? w->due : rest;
}

bool hook_queue_next(const struct hook_queue *q, instant_us now, uint32_t *place)
{
    uint32_t best = NONE;
    for (uint32_t i = 0; i < HOOK_QUEUE; i++) {
        const struct hook_wait *w = &q->wait[i];
        if (w->used && moment_of(q, w) <= now && (best == NONE || w->order < q->wait[best].order))
            best = i;
    }
    *place = best;
    return best != NONE;
}

instant_us hook_queue_deadline(const struct hook_queue *q)
{
    instant_us first = INSTANT_NEVER;
    for (uint32_t i = 0; i < HOOK_QUEUE; i++)
        if (q->wait[i].used)
            first = instant_min(first, moment_of(q, &q->wait[i]));
    return first;
}

/* A place for that organisation's rest: its own, or one that is over; with HOOK_QUEUE of them there
 * always is one, as each that is not over has cost time in which the others ran out. */
static struct hook_rest *rest_of(struct hook_queue *q, const uint8_t org[ACCOUNT_ID])
{
    struct hook_rest *first = &q->rest[0];
    for (uint32_t i = 0; i < HOOK_QUEUE; i++) {
        if (q->rest[i].until != 0 && same(q->rest[i].org, org))
            return &q->rest[i];
        if (q->rest[i].until < first->until)
            first = &q->rest[i];
    }
    return first;
}

uint8_t hook_queue_tried(struct hook_queue *q, uint32_t place, bool taken, instant_us began,
                         instant_us now)
{
    struct hook_wait *w = &q->wait[place];
    BUG_IF(place >= HOOK_QUEUE || !w->used);
    struct hook_rest *rest = rest_of(q, w->org);
    memcpy(rest->org, w->org, sizeof rest->org);
    rest->until = now + HOOK_REST * (now - began);
    uint8_t failed = taken ? 0 : (uint8_t)(w->attempts + 1);
    if (taken || failed == HOOK_ATTEMPTS) {
        drop(q, place);
    } else {
        w->attempts = failed;
        w->due = now + waits[failed - 1];
    }
    return failed;
}

void hook_queue_forget(struct hook_queue *q, const uint8_t hook[ACCOUNT_ID])
{
    for (uint32_t i = 0; i < HOOK_QUEUE; i++)
        if (q->wait[i].used && same(q->wait[i].hook, hook))
            drop(q, i);
}
