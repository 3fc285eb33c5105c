/* Which simulcast layer one receiver gets, as plain rules over facts.
 *   - the highest active layer that is wanted and that its share of the estimate allows (share.h)
 *   - a layer is active while packets of it came within a second
 *   - a change becomes real only on a key frame of the layer changed to
 * knows: layer numbers. knows not: packets, who asks for key frames. owns: nothing. */
#ifndef SFU_PICK_H
#define SFU_PICK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum { PICK_NONE = -1 };
#define PICK_IDLE_US US_PER_S

struct pick {
    int8_t current; /* what is forwarded now, PICK_NONE: nothing yet */
    int8_t target;  /* what should be, PICK_NONE: nothing is active */
    uint8_t wanted; /* highest that the receiver asked for */
    int8_t ceiling; /* highest that fits, PICK_NONE: not even the lowest */
};

void pick_init(struct pick *p);
/* Recomputes the target from a bit set of active layers. True when it changed. */
bool pick_target(struct pick *p, unsigned active);
/* True when a key frame of the target is waited for. */
static inline bool pick_waiting(const struct pick *p)
{
    return p->target != PICK_NONE && p->target != p->current;
}
/* Forget what was forwarded: the next packet must start a key frame (pause, track change). */
void pick_restart(struct pick *p);

#endif
