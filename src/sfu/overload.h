/* What a process gives up when it has more to do than time, and when it takes it up again: top
 * layers, then all but the lowest, then thumbnails, then all video but the one that matters most to
 * each receiver. Audio, RTCP and handshakes never, and nobody is sent away.
 * knows: how busy the loop was. knows not: who sends what. owns: nothing. */
#ifndef SFU_OVERLOAD_H
#define SFU_OVERLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum overload_step {
    OVERLOAD_NONE,
    OVERLOAD_TOP,        /* no video's highest layer */
    OVERLOAD_LOWEST,     /* only the lowest layers */
    OVERLOAD_THUMBNAILS, /* no small tiles */
    OVERLOAD_ONE,        /* one video a receiver */
    OVERLOAD_STEPS_
};

struct overload {
    enum overload_step step;
    instant_us window_at; /* the running window began; 0: none yet */
    duration_us busy_us;  /* in it */
    duration_us lag_us;   /* longest in it */
    uint32_t calm, need;  /* windows that were calm, and how many a step back takes */
    instant_us eased_at;  /* last step back */
};

/* `busy_us`: of work since the last call; `lag_us`: how much later than wanted this call comes.
 * True when the step changed. */
bool overload_tick(struct overload *o, duration_us busy_us, duration_us lag_us, instant_us now);

#endif
