/* Windows of a quarter second and one turn of all receivers; see overload.h. owns: nothing. */
#include "sfu/overload.h"

#define WINDOW_US (250 * US_PER_MS)
#define LAG_US (50 * US_PER_MS)     /* a tick that late: voices already stutter */
#define RELAPSE_US (4 * US_PER_S)   /* without time again so soon: too much was given back */
#define SATURATED_US (2 * US_PER_S) /* feedback of before is still read */

enum {
    FULL = 92, /* percent of a window: the rest is the waking up itself */
    AIM = 90,  /* where giving back is to end */
    CALM = 85, /* below: there is time to give something back; between: all stays */
    CUT = 92,  /* percent of what is given that stays after a full window */
    CUT_LATE = 80,
    RISE = 200,     /* percent at most in one step */
    RISE_PART = 32, /* but that part of all at least: nothing grows from nothing */
    NEED = 3,
    NEED_MOST = 12, /* calm windows in a row before the first step back */
    REST_FROM = 60, /* percent: from there on batches are worth waiting for */
    REST_FULL = 88,
    REST_BATCH = 6, /* packets a call: larger ones save little more */
    FRAMES = 30,
    PACKET_BITS = 8 * 1200
};

#define REST_US (8 * US_PER_MS)

static uint64_t wanted(const struct overload *o)
{
    uint64_t sum = 0;
    for (int i = 0; i < OVERLOAD_CLASSES; i++)
        sum += o->wanted.cost[i];
    return sum;
}

/* The classes in order; the one that does not fit gives up a part, those after it all. */
static void divide(struct overload *o)
{
    uint64_t left = o->budget;
    for (int i = 0; i < OVERLOAD_CLASSES; i++) {
        uint64_t cost = o->wanted.cost[i];
        uint64_t missing = o->short_of_time && cost > left ? cost - left : 0;
        o->part[i] = cost ? (uint32_t)(missing * OVERLOAD_WHOLE / cost) : 0;
        left -= cost - missing;
    }
}

static bool give_up(struct overload *o, instant_us now)
{
    uint64_t all = wanted(o), given = o->short_of_time && o->budget < all ? o->budget : all;
    if (o->raised_at && now - o->raised_at < RELAPSE_US)
        o->need = 2 * o->need < NEED_MOST ? 2 * o->need : NEED_MOST;
    o->raised_at = 0;
    o->calm = 0;
    o->saturated_at = now;
    o->budget = given * (o->lag_us >= LAG_US ? CUT_LATE : CUT) / 100;
    o->short_of_time = all > 0;
    return given > 0;
}

static void give_back(struct overload *o, int64_t percent, instant_us now)
{
    o->calm = percent < CALM ? o->calm + 1 : 0;
    if (!o->short_of_time || o->calm < o->need)
        return;
    int64_t most = 1;
    for (int i = 0; i < OVERLOAD_WINDOWS; i++)
        most = o->percent[i] > most ? o->percent[i] : most;
    uint64_t rise = (uint64_t)(AIM * 100 / most < RISE ? AIM * 100 / most : RISE);
    if (rise <= 100)
        return;
    /* What is wanted may have become less than the budget: nothing is added to that. */
    uint64_t all = wanted(o), given = o->budget < all ? o->budget : all;
    uint64_t more = given * (rise - 100) / 100, least = all / RISE_PART + 1;
    o->budget = given + (more > least ? more : least);
    o->short_of_time = o->budget < all;
    o->calm = o->need - 2; /* two windows show what it did */
    o->raised_at = now;
}

/* A process that looks at its sockets again at once is busy all the time long before it is at its
 * limit, with batches of one or two. Resting turns that into larger batches and time left, and then
 * being busy means something. */
static void choose_rest(struct overload *o, int64_t percent, const struct overload_work *w)
{
    uint64_t packets = w->packets - o->window_packets, calls = w->calls - o->window_calls;
    int64_t part = percent < REST_FROM   ? 0
                   : percent > REST_FULL ? REST_FULL - REST_FROM
                                         : percent - REST_FROM;
    duration_us aim = REST_US * part / (REST_FULL - REST_FROM);
    if (packets > REST_BATCH * calls)
        aim = 0;
    o->rest_us = (o->rest_us + aim) / 2;
    o->window_packets = w->packets;
    o->window_calls = w->calls;
}

bool overload_tick(struct overload *o, const struct overload_work *w, instant_us now)
{
    if (o->window_at == 0) {
        o->window_at = now;
        o->window_turn = w->turn;
        o->need = NEED;
        return false;
    }
    o->busy_us += w->busy_us;
    o->lag_us = w->lag_us > o->lag_us ? w->lag_us : o->lag_us;
    duration_us passed = now - o->window_at;
    if (passed < WINDOW_US || w->turn - o->window_turn < OVERLOAD_TURNS)
        return false;
    int64_t percent = o->busy_us * 100 / passed;
    percent = percent > 100 ? 100 : percent;
    o->newest = (uint8_t)((o->newest + 1) % OVERLOAD_WINDOWS);
    o->percent[o->newest] = (uint8_t)percent;
    choose_rest(o, percent, w);
    if (o->raised_at && now - o->raised_at >= RELAPSE_US)
        o->need = NEED, o->raised_at = 0;
    bool more = false;
    o->full = percent >= FULL || o->lag_us >= LAG_US ? o->full + 1 : 0;
    if (o->full >= (o->short_of_time ? 1u : 2u)) /* one alone may be an accident */
        more = give_up(o, now);
    else if (o->full == 0)
        give_back(o, percent, now);
    divide(o);
    o->window_at = now;
    o->window_turn = w->turn;
    o->busy_us = o->lag_us = 0;
    return more;
}

void overload_want(struct overload *o, struct overload_costs *old, const struct overload_costs *now)
{
    for (int i = 0; i < OVERLOAD_CLASSES; i++)
        o->wanted.cost[i] += now->cost[i] - old->cost[i];
    *old = *now;
}

uint32_t overload_depth(const struct overload *o)
{
    for (uint32_t i = 0; i < OVERLOAD_CLASSES; i++) {
        if (o->part[i] > 0)
            return OVERLOAD_CLASSES - i;
    }
    return 0;
}

bool overload_saturated(const struct overload *o, instant_us now)
{
    return o->saturated_at && now - o->saturated_at < SATURATED_US;
}

/* At least one packet a picture. */
uint32_t overload_cost(uint32_t bps)
{
    return bps / PACKET_BITS + FRAMES;
}
