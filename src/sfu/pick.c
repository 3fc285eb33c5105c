/* The rules of layer choice; see pick.h. knows: layer numbers, loss, time. owns: nothing. */
#include "sfu/pick.h"

#include "base/limit.h"

void pick_init(struct pick *p)
{
    *p = (struct pick){.current = PICK_NONE,
                       .target = PICK_NONE,
                       .wanted = LIMIT_TRACK_ENCODINGS - 1,
                       .ceiling = LIMIT_TRACK_ENCODINGS - 1,
                       .bad_since = INSTANT_NEVER,
                       .calm_since = INSTANT_NEVER};
}

bool pick_target(struct pick *p, unsigned active)
{
    int cap = p->wanted < p->ceiling ? p->wanted : p->ceiling;
    int best = PICK_NONE;
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

static bool step_down(struct pick *p, unsigned active)
{
    int from = p->current < (int)p->ceiling ? p->current : (int)p->ceiling;
    for (int i = from - 1; i >= 0; i--) {
        if (active >> i & 1) {
            p->ceiling = (uint8_t)i;
            return true;
        }
    }
    return false;
}

bool pick_loss(struct pick *p, uint8_t fraction, unsigned active, instant_us now)
{
    if (fraction > PICK_LOSS_BAD) {
        p->calm_since = INSTANT_NEVER;
        p->bad_since = instant_min(p->bad_since, now);
        if (now - p->bad_since < PICK_LOSS_US)
            return false;
        p->bad_since = now;
        return step_down(p, active);
    }
    p->bad_since = INSTANT_NEVER;
    if (fraction > PICK_LOSS_CALM) {
        p->calm_since = INSTANT_NEVER;
        return false;
    }
    p->calm_since = instant_min(p->calm_since, now);
    if (now - p->calm_since < PICK_CALM_US || p->ceiling >= LIMIT_TRACK_ENCODINGS - 1)
        return false;
    p->calm_since = now;
    p->ceiling++;
    return true;
}

void pick_restart(struct pick *p)
{
    p->current = PICK_NONE;
}
