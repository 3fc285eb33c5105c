/* The rules of layer choice; see pick.h. knows: layer numbers. owns: nothing. */
#include "sfu/pick.h"

#include "base/limit.h"

void pick_init(struct pick *p)
{
    *p = (struct pick){.current = PICK_NONE,
                       .target = PICK_NONE,
                       .wanted = LIMIT_TRACK_ENCODINGS - 1,
                       .ceiling = 0};
}

bool pick_target(struct pick *p, unsigned active)
{
    int cap = (int)p->wanted < p->ceiling ? (int)p->wanted : p->ceiling;
    int best = PICK_NONE;
    if (p->ceiling == PICK_NONE) {
        bool changed = p->target != PICK_NONE;
        p->target = p->current = PICK_NONE;
        return changed;
    }
    for (int i = 0; i < LIMIT_TRACK_ENCODINGS; i++) {
        /* Above the cap only when nothing lower is there: a picture too large beats none. */
        if ((active >> i & 1) && (i <= cap || best == PICK_NONE))
            best = i;
    }
    if (best == PICK_NONE || best == p->target)
        return false;
    p->target = (int8_t)best;
    return true;
}

void pick_restart(struct pick *p)
{
    p->current = PICK_NONE;
}
