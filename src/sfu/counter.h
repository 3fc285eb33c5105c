/* The counters of a media process; their meaning is in counter.def, drop reasons in drop.def.
 * knows: names and numbers. knows not: who reads them. owns: nothing. */
#ifndef SFU_COUNTER_H
#define SFU_COUNTER_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ipc.h"

enum sfu_drop {
#define DROP(name, words) SFU_DROP_##name,
#include "sfu/drop.def"
#undef DROP
    SFU_DROP_COUNT_
};

enum sfu_counter {
#define COUNTER(name, kind, words) COUNTER_##name,
#include "sfu/counter.def"
#undef COUNTER
    COUNTER_COUNT_
};

enum counter_kind { COUNTER_KIND_TOTAL, COUNTER_KIND_GAUGE };

static_assert((int)COUNTER_COUNT_ <= (int)IPC_STATS_MAX, "the counters fit one STATS message");

struct counters {
    uint64_t value[COUNTER_COUNT_];
};

static inline void count_add(struct counters *c, enum sfu_counter which, uint64_t n)
{
    c->value[which] += n;
}

static inline void count_drop(struct counters *c, enum sfu_drop why)
{
    c->value[(size_t)COUNTER_DROP_NONE + (size_t)why]++;
}

/* Adds one to the bucket of n in a run of seven counters: 1, 2..3, 4..7, ... 64 and more. */
static inline void count_bucket(struct counters *c, enum sfu_counter first, uint64_t n)
{
    size_t bucket = 0;
    while (n > 1 && bucket < 6) {
        n >>= 1;
        bucket++;
    }
    c->value[(size_t)first + bucket]++;
}

/* "DATAGRAMS_IN" and so on; "unknown" outside the range. Static strings. */
const char *counter_name(size_t which);
const char *counter_words(size_t which);
enum counter_kind counter_kind(size_t which);

#endif
