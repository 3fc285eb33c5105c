/* How often somebody may try: token buckets by name, and one for all. A name that no account has is
 * counted like any other, so the answer tells nothing.
 * knows: counting. knows not: who tries. owns: nothing; the storage is the caller's.
 *
 * A name's bucket is found by a keyed hash that the caller makes. When all cells are in use, the
 * one that is nearest to full gives way: it had the least to remember. */
#ifndef ACCOUNT_ATTEMPTS_H
#define ACCOUNT_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum { ATTEMPTS_CELLS = 4096, ATTEMPTS_WAYS = 8 };

struct attempts_rule {
    uint32_t burst;   /* at once */
    uint32_t every_s; /* and then one in so many seconds */
};

struct attempts_cell {
    uint64_t key;        /* 0: free */
    instant_us empty_at; /* the bucket's debt is paid off then */
};

/* One bucket, for all names together. */
struct attempts_all {
    instant_us empty_at;
    duration_us every; /* between two attempts, */
    uint32_t burst;    /* after the first so many */
};

struct attempts {
    struct attempts_rule each;
    struct attempts_all all;
    struct attempts_cell cells[ATTEMPTS_CELLS];
};

void attempts_all_init(struct attempts_all *a, uint32_t burst, duration_us every);
/* Takes one attempt; 0, or how long until there is one. */
duration_us attempts_all_take(struct attempts_all *a, instant_us now);

void attempts_init(struct attempts *a, struct attempts_rule each, uint32_t all_burst,
                   duration_us all_every);
/* Takes one attempt. False: *retry_s says when the next may be. key is not 0. */
bool attempts_take(struct attempts *a, uint64_t key, instant_us now, uint32_t *retry_s);
/* It was the right person: their name's bucket is full again. */
void attempts_forgive(struct attempts *a, uint64_t key);

#endif
