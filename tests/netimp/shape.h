/* What one direction of an impaired link does to each packet, decided by a seed and nothing else.
 * A packet passes, in this order:
 *
 *     loss (Gilbert-Elliott) -> queue and rate (drop-tail) -> delay and jitter -> reorder,
 * duplicate
 *
 * knows: sizes and times. knows not: sockets, what a packet holds. owns: nothing outside its
 * struct. Probabilities are in parts per million. */
#ifndef TESTS_NETIMP_SHAPE_H
#define TESTS_NETIMP_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/instant.h"

enum { SHAPE_MILLION = 1000000, SHAPE_WHY = 120 };

struct shape_rule {
    duration_us delay;  /* one way */
    duration_us jitter; /* standard deviation, a truncated bell; order is kept */
    /* Gilbert-Elliott: loss in each state, and the chance for each packet to change state. Plain
     * random loss has to_bad 0. The mean length of a bad stretch is 1 / to_good packets. */
    uint32_t loss_good, loss_bad, to_bad, to_good;
    uint32_t reorder; /* held back so that later ones overtake it */
    uint32_t duplicate;
    uint64_t rate_bps; /* of the frames' bits; 0: no limit */
    duration_us queue; /* most time that a packet waits for the rate; 0: 300 ms */
};

struct shape_counts {
    uint64_t in, in_bytes, out, out_bytes, lost, overflowed, reordered, duplicated;
};

struct shape {
    struct shape_rule rule;
    struct shape_counts counts;
    uint64_t random;
    bool bad;
    instant_us free_at; /* when the link has sent what it took so far */
    instant_us last_at; /* of the latest delivery in order */
    duration_us waited; /* of the last packet taken, in the queue */
};

/* When a packet comes out: never (count 0), once, or twice. */
struct shape_fate {
    uint8_t count;
    instant_us at[2];
};

void shape_init(struct shape *s, uint64_t seed);
/* The new rule holds for the packets to come; what was taken already keeps its time. */
void shape_set(struct shape *s, const struct shape_rule *rule);
struct shape_fate shape_packet(struct shape *s, uint32_t bytes, instant_us now);

/* Changes what the words name and leaves the rest: "rate=1mbit,queue=300ms,delay=50ms,jitter=5ms,
 * loss=10%,gilbert=1%:30%[:GOOD:BAD],reorder=1%,duplicate=0.1%"; "none" starts anew. On
 * ERR_CONFIG `rule` is as it was, and `why` names the word. */
enum err shape_parse(struct shape_rule *rule, const char *text, char why[SHAPE_WHY]);

#endif
