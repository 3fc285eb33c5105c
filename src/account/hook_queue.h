/* Deliveries to webhooks that wait for their moment: a few attempts each, longer and longer apart,
 * in memory alone. A hook that does not answer fills its own places and takes a fifth of the time
 * at most, so that others are told. knows: times, whose a delivery is. knows not: what is told,
 * HTTP. owns: nothing; the storage is the caller's. Bounded: see the numbers. */
#ifndef ACCOUNT_HOOK_QUEUE_H
#define ACCOUNT_HOOK_QUEUE_H

#include "account/rows.h"
#include "base/instant.h"

enum {
    HOOK_QUEUE = 512,  /* deliveries of all hooks */
    HOOK_WAITING = 32, /* of one hook */
    HOOK_ATTEMPTS = 4, /* of one delivery */
    HOOK_REST = 4,     /* an organisation rests so many times as long as its attempt took */
};

struct hook_wait {
    bool used;
    uint8_t hook[ACCOUNT_ID], org[ACCOUNT_ID];
    uint8_t attempts; /* that failed */
    uint64_t order;   /* counts what came */
    instant_us due;
};

struct hook_rest {
    uint8_t org[ACCOUNT_ID];
    instant_us until;
};

struct hook_queue {
    struct hook_wait
        wait[HOOK_QUEUE]; /* a delivery keeps its place: the caller's data goes by it */
    struct hook_rest rest[HOOK_QUEUE]; /* until: 0 for a free one */
    uint64_t order, dropped;
    uint32_t count;
};

void hook_queue_init(struct hook_queue *q);
/* The place of a new delivery, due at once. A hook that has HOOK_WAITING loses its oldest; when all
 * places are taken, the hook with the most does. Both are counted in `dropped`. */
uint32_t hook_queue_put(struct hook_queue *q, const uint8_t hook[ACCOUNT_ID],
                        const uint8_t org[ACCOUNT_ID], instant_us now);
/* The next place to be tried now: what came first, of organisations that do not rest. False: none.
 */
bool hook_queue_next(const struct hook_queue *q, instant_us now, uint32_t *place);
/* When there may be a next one; INSTANT_NEVER: nothing waits. */
instant_us hook_queue_deadline(const struct hook_queue *q);
/* How the attempt went that began then: 0 after one that was taken, else how many failed so far.
 * The place is free when it was taken, and after HOOK_ATTEMPTS. */
uint8_t hook_queue_tried(struct hook_queue *q, uint32_t place, bool taken, instant_us began,
                         instant_us now);
/* All of a hook that was removed. */
void hook_queue_forget(struct hook_queue *q, const uint8_t hook[ACCOUNT_ID]);

#endif
