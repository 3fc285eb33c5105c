/* Names and words of the counters, from counter.def. knows: the table. owns: nothing. */
#include "sfu/counter.h"

struct row {
    const char *name, *words;
    enum counter_kind kind;
};

static const struct row rows[COUNTER_COUNT_] = {
#define COUNTER(name, kind, words) [COUNTER_##name] = {#name, words, COUNTER_KIND_##kind},
#include "sfu/counter.def"
#undef COUNTER
};

const char *counter_name(size_t which)
{
    return which < COUNTER_COUNT_ ? rows[which].name : "unknown";
}

const char *counter_words(size_t which)
{
    return which < COUNTER_COUNT_ ? rows[which].words : "unknown";
}

enum counter_kind counter_kind(size_t which)
{
    return which < COUNTER_COUNT_ ? rows[which].kind : COUNTER_KIND_TOTAL;
}
