/* Lowest points first, then the best step for its bits; see allocate.h. owns: nothing. */
#include "sfu/allocate.h"

/* What a step is worth by priority, and how much less each further step of one video is: the first
 * makes a stamp a face, the third makes a sharp picture sharper. */
static const uint64_t WORTH[ALLOCATE_PRIORITY_COUNT_] = {
    [ALLOCATE_SMALL] = 100, [ALLOCATE_LARGE] = 300, [ALLOCATE_SCREEN] = 1000};
enum { WORTH_FALLS = 2, LOWEST = 50 /* percent */ };

/* What a point counts for against the budget. */
static uint64_t cost(const struct allocate_demand *d, int i)
{
    if (i == ALLOCATE_NONE)
        return 0;
    return (uint64_t)d->point[i].bps * (i > d->current ? ALLOCATE_RAISE : ALLOCATE_KEEP) / 100;
}

static uint64_t rate(const struct allocate_demand *d, int i)
{
    return i == ALLOCATE_NONE ? 0 : d->point[i].bps;
}

static bool may_step(const struct allocate_demand *d)
{
    int next = d->chosen + 1;
    return next < d->count && !(next >= d->hold && next > d->current);
}

static uint64_t step_cost(const struct allocate_demand *d)
{
    uint64_t now = cost(d, d->chosen), then = cost(d, d->chosen + 1);
    return then > now ? then - now : 0;
}

static uint64_t step_worth(const struct allocate_demand *d)
{
    uint64_t worth = WORTH[d->priority] << 20;
    for (int i = d->whole; i < d->chosen; i++)
        worth /= WORTH_FALLS;
    return worth / (step_cost(d) + 1);
}

static uint64_t give_lowest(struct allocate_demand *d, size_t n, uint64_t budget, bool floor)
{
    uint64_t spent = 0;
    for (int priority = ALLOCATE_PRIORITY_COUNT_ - 1; priority >= 0; priority--) {
        for (size_t i = 0; i < n; i++) {
            if ((int)d[i].priority != priority)
                continue;
            d[i].chosen = ALLOCATE_NONE;
            if (d[i].count == 0)
                continue;
            uint64_t c = cost(&d[i], 0);
            /* The first one is cut off only when it is far from fitting. */
            if (floor || spent + c <= budget || (spent == 0 && c * LOWEST / 100 <= budget)) {
                d[i].chosen = 0;
                spent += c;
            }
        }
    }
    return spent;
}

static struct allocate_demand *best_step(struct allocate_demand *d, size_t n, uint64_t left)
{
    struct allocate_demand *best = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < n; i++) {
        if (d[i].chosen == ALLOCATE_NONE || !may_step(&d[i]) || step_cost(&d[i]) > left)
            continue;
        uint64_t worth = step_worth(&d[i]);
        if (!best || worth > most) {
            best = &d[i];
            most = worth;
        }
    }
    return best;
}

static struct allocate_sum sum_up(const struct allocate_demand *d, size_t n)
{
    struct allocate_sum sum = {0};
    uint64_t step = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        sum.used += rate(&d[i], d[i].chosen);
        sum.all += rate(&d[i], (int)d[i].count - 1);
        if (d[i].chosen + 1 >= d[i].count)
            continue;
        uint64_t now = rate(&d[i], d[i].chosen), then = rate(&d[i], d[i].chosen + 1);
        uint64_t more = then > now ? then - now : 0;
        step = more < step ? more : step;
    }
    sum.next = step == UINT64_MAX ? sum.used : sum.used + step;
    return sum;
}

struct allocate_sum allocate(struct allocate_demand *d, size_t n, uint64_t budget, bool floor)
{
    uint64_t spent = give_lowest(d, n, budget, floor);
    while (spent <= budget) {
        struct allocate_demand *best = best_step(d, n, budget - spent);
        if (!best)
            break;
        spent += step_cost(best);
        best->chosen++;
    }
    return sum_up(d, n);
}
