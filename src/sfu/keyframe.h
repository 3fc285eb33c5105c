/* When a publisher is asked for a key frame: requests of many receivers become one, at most two a
 * second for each encoding (attack A12), and again while one is still waited for.
 * knows: time. knows not: RTCP, who waits. owns: nothing. */
#ifndef SFU_KEYFRAME_H
#define SFU_KEYFRAME_H

#include <stdbool.h>

#include "base/instant.h"
#include "base/mutant.h"

#define KEYFRAME_GAP_US (500 * US_PER_MS)

struct keyframe {
    bool wanted;
    bool asked;          /* once at least */
    instant_us asked_at; /* last time */
};

static inline void keyframe_want(struct keyframe *k)
{
    k->wanted = true;
}

/* True when a request must go out now; it then counts as sent. */
static inline bool keyframe_due(struct keyframe *k, instant_us now)
{
    if (!k->wanted || !DEFENCE(12, !k->asked || now - k->asked_at >= KEYFRAME_GAP_US))
        return false;
    k->wanted = false;
    k->asked = true;
    k->asked_at = now;
    return true;
}

/* A key frame arrived: requests from before it are met. */
static inline void keyframe_came(struct keyframe *k)
{
    k->wanted = false;
}

#endif
