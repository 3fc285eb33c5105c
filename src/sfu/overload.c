/* Windows of a quarter second, each busy, calm or neither; see overload.h. owns: nothing. */
#include "sfu/overload.h"

#define WINDOW_US (250 * US_PER_MS)
#define LAG_US (50 * US_PER_MS)    /* a tick that late: voices already stutter */
#define RELAPSE_US (10 * US_PER_S) /* busy again so soon: the step back was too early */

enum { BUSY = 92, CALM = 65 /* percent of the window */, CALM_WINDOWS = 12, CALM_MOST = 120 };

static bool judge(struct overload *o, int64_t percent, instant_us now)
{
    if (o->need == 0)
        o->need = CALM_WINDOWS;
    if (percent >= BUSY || o->lag_us >= LAG_US) {
        if (o->eased_at && now - o->eased_at < RELAPSE_US && o->calm == 0)
            o->need = o->need * 2 > CALM_MOST ? CALM_MOST : o->need * 2;
        o->eased_at = 0;
        o->calm = 0;
        if (o->step == OVERLOAD_ONE)
            return false;
        o->step++;
        return true;
    }
    o->calm = percent < CALM ? o->calm + 1 : 0;
    if (o->step == OVERLOAD_NONE || o->calm < o->need)
        return false;
    o->calm = 0;
    o->step--;
    o->eased_at = now;
    if (o->step == OVERLOAD_NONE)
        o->need = CALM_WINDOWS;
    return true;
}

bool overload_tick(struct overload *o, duration_us busy_us, duration_us lag_us, instant_us now)
{
    if (o->window_at == 0) {
        o->window_at = now;
        return false;
    }
    o->busy_us += busy_us;
    o->lag_us = lag_us > o->lag_us ? lag_us : o->lag_us;
    duration_us passed = now - o->window_at;
    if (passed < WINDOW_US)
        return false;
    bool changed = judge(o, o->busy_us * 100 / passed, now);
    o->window_at = now;
    o->busy_us = o->lag_us = 0;
    return changed;
}
