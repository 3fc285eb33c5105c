/* Buckets as the time at which they are full again: one number each, nothing to refill. */
#include "account/attempts.h"

#include <stddef.h>
#include <string.h>

#define LONG_AGO (INT64_MIN / 2)

void attempts_all_init(struct attempts_all *a, uint32_t burst, duration_us every)
{
    *a = (struct attempts_all){LONG_AGO, every, burst};
}

void attempts_init(struct attempts *a, struct attempts_rule each, uint32_t all_burst,
                   duration_us all_every)
{
    memset(a, 0, sizeof *a);
    a->each = each;
    attempts_all_init(&a->all, all_burst, all_every);
}

/* The key's own cell, else the one of its few that forgets the least. */
static struct attempts_cell *cell_of(struct attempts *a, uint64_t key)
{
    size_t first = (size_t)(key % (ATTEMPTS_CELLS / ATTEMPTS_WAYS)) * ATTEMPTS_WAYS;
    struct attempts_cell *best = &a->cells[first];
    for (size_t i = first; i < first + ATTEMPTS_WAYS; i++) {
        struct attempts_cell *c = &a->cells[i];
        if (c->key == key)
            return c;
        if (best->key != 0 && (c->key == 0 || c->empty_at < best->empty_at))
            best = c;
    }
    *best = (struct attempts_cell){key, LONG_AGO};
    return best;
}

/* 0: there is room for one more, which is taken; else how long until there is. */
static duration_us take(instant_us *full_at, uint32_t burst, duration_us every, instant_us now)
{
    instant_us from = *full_at > now ? *full_at : now;
    duration_us over = from - now - (duration_us)(burst - 1) * every;
    if (over > 0)
        return over;
    *full_at = from + every;
    return 0;
}

duration_us attempts_all_take(struct attempts_all *a, instant_us now)
{
    return take(&a->empty_at, a->burst, a->every, now);
}

bool attempts_take(struct attempts *a, uint64_t key, instant_us now, uint32_t *retry_s)
{
    struct attempts_cell *c = cell_of(a, key);
    instant_us before = c->empty_at;
    duration_us wait =
        take(&c->empty_at, a->each.burst, (duration_us)a->each.every_s * US_PER_S, now);
    if (wait == 0) {
        wait = attempts_all_take(&a->all, now);
        if (wait > 0)
            c->empty_at = before; /* it was not their doing */
    }
    *retry_s = (uint32_t)((wait + US_PER_S - 1) / US_PER_S);
    return wait == 0;
}

void attempts_forgive(struct attempts *a, uint64_t key)
{
    cell_of(a, key)->empty_at = LONG_AGO;
}
