/* The ranking of voices; see speaker.h. knows: levels, time. owns: nothing. */
#include "sfu/speaker.h"

#include <stddef.h>

#define ATTACK_US (60 * US_PER_MS)
#define RELEASE_US (400 * US_PER_MS)
#define STEP_US (20 * US_PER_MS)      /* what a first packet stands for */
#define STEP_MAX_US (500 * US_PER_MS) /* discontinuous transmission sends every 400 ms */

enum { DB = 256 };

static int32_t toward(int32_t from, int32_t to, duration_us passed)
{
    duration_us slow = to > from ? ATTACK_US : RELEASE_US;
    return from + (int32_t)((to - from) * passed / (passed + slow));
}

/* Without packets it fades. */
static int32_t loudness(const struct speaker *v, instant_us now)
{
    duration_us passed = now - v->at;
    return passed > STEP_MAX_US ? 0
           : passed > ATTACK_US ? toward(v->loud, 0, passed - ATTACK_US)
                                : v->loud;
}

static int place_take(struct speaker_rank *r, int i, struct speaker *v, instant_us now)
{
    if (r->top[i])
        r->top[i]->place = 0;
    r->top[i] = v;
    r->since[i] = now;
    v->place = (uint8_t)(i + 1);
    return i;
}

/* The quietest place that may be handed over, or -1. */
static int quietest(const struct speaker_rank *r, instant_us now)
{
    int best = -1;
    for (int i = 0; i < SPEAKER_TOP; i++) {
        if (now - r->since[i] < SPEAKER_HOLD_US)
            continue;
        if (best < 0 || loudness(r->top[i], now) < loudness(r->top[best], now))
            best = i;
    }
    return best;
}

int speaker_hear(struct speaker_rank *r, struct speaker *v, uint8_t level, instant_us now)
{
    duration_us passed = v->at == 0 ? STEP_US : now - v->at;
    int32_t loud = (SPEAKER_SILENCE - (level > SPEAKER_SILENCE ? SPEAKER_SILENCE : level)) * DB;
    v->loud = toward(v->loud, loud, passed > STEP_MAX_US ? STEP_MAX_US : passed);
    v->at = now;
    int32_t audible = (SPEAKER_SILENCE - SPEAKER_AUDIBLE) * DB;
    if (v->place != 0)
        return -1;
    /* A free place costs nobody anything: the first word is not waited for. */
    for (int i = 0; i < SPEAKER_TOP && loud >= audible; i++) {
        if (!r->top[i])
            return place_take(r, i, v, now);
    }
    if (v->loud < audible)
        return -1;
    int i = quietest(r, now);
    if (i < 0 || v->loud < loudness(r->top[i], now) + SPEAKER_MARGIN * DB)
        return -1;
    return place_take(r, i, v, now);
}

int speaker_leave(struct speaker_rank *r, struct speaker *v)
{
    int i = v->place - 1;
    *v = (struct speaker){0};
    if (i >= 0)
        r->top[i] = NULL;
    return i;
}
