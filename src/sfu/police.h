/* How much a participant may publish: packets and bits a second, with a burst, for each microphone
 * and for all its video together. What goes over is dropped here, so that one liar costs nobody
 * else their share (attack A16). knows: sizes, time. knows not: tracks. owns: nothing outside its
 * struct. The generic cell rate algorithm (ITU-T I.371): one instant stands for a whole token
 * bucket. */
#ifndef SFU_POLICE_H
#define SFU_POLICE_H

#include <stdbool.h>

#include "base/instant.h"

struct police {
    instant_us packets, bits; /* until when what was let through is paid for */
};

struct police_rule {
    uint32_t packets; /* a second */
    uint32_t bps;
    duration_us burst; /* so much of both at once */
};

/* Opus at its highest rate sends 510 kb/s; 5 ms frames are 200 a second. */
static const struct police_rule police_audio = {200, 640000, 10 * US_PER_S};
/* Three layers of a camera and a screen in 4K stay below half of it. */
static const struct police_rule police_video = {3000, 20000000, 2 * US_PER_S};

static inline bool police_pay(instant_us *until, duration_us cost, duration_us burst,
                              instant_us now)
{
    instant_us from = *until > now ? *until : now;
    if (from - now > burst)
        return false;
    *until = from + cost;
    return true;
}

/* False: over the rule, to be dropped. A packet that its bits refuse has paid as a packet. */
static inline bool police_pass(struct police *p, const struct police_rule *r, uint32_t bytes,
                               instant_us now)
{
    duration_us bits = (duration_us)((uint64_t)bytes * 8 * (uint64_t)US_PER_S / r->bps);
    return police_pay(&p->packets, US_PER_S / r->packets, r->burst, now) &&
           police_pay(&p->bits, bits, r->burst, now);
}

#endif
