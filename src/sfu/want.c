/* Counts of wishes and when they are told; see want.h. owns: nothing. */
#include "sfu/want.h"

#include "base/bug.h"

static uint8_t level_of(const struct want *w)
{
    for (uint8_t i = LIMIT_TRACK_ENCODINGS; i > 0; i--) {
        if (w->count[i - 1] > 0)
            return i;
    }
    return 0;
}

void want_init(struct want *w, uint8_t encodings, instant_us now)
{
    *w = (struct want){.told = encodings, .low_since = now};
}

void want_move(struct want *w, int from, int to, instant_us now)
{
    BUG_IF(from >= LIMIT_TRACK_ENCODINGS || to >= LIMIT_TRACK_ENCODINGS);
    if (from >= 0) {
        BUG_IF(w->count[from] == 0);
        w->count[from]--;
    }
    if (to >= 0)
        w->count[to]++;
    if (level_of(w) >= w->told)
        w->low_since = INSTANT_NEVER;
    else
        w->low_since = instant_min(w->low_since, now);
}

bool want_due(struct want *w, instant_us now)
{
    uint8_t level = level_of(w);
    bool down = level < w->told && now - w->low_since >= WANT_DOWN_US;
    if (level <= w->told && !down)
        return false;
    w->told = level;
    w->low_since = INSTANT_NEVER;
    return true;
}
