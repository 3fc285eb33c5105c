/* Token buckets by network prefix; see budget.h. knows: prefixes, time. owns: nothing. */
#include "sfu/budget.h"

#include <string.h>

void budget_init(struct budget *b, uint64_t seed)
{
    memset(b, 0, sizeof *b);
    b->seed = seed;
}

static struct budget_place *place_of(struct budget *b, const struct ipc_addr *from, instant_us now)
{
    size_t prefix = from->family == 4 ? 3 : 6;
    uint64_t key = b->seed + from->family;
    for (size_t i = 0; i < prefix; i++)
        key = (key ^ from->ip[i]) * UINT64_C(0x100000001b3);
    key *= UINT64_C(0x9e3779b97f4a7c15);
    struct budget_place *p = &b->place[(key >> 40) % BUDGET_PLACES];
    uint32_t now_ms = (uint32_t)(now / US_PER_MS);
    int64_t back = (int64_t)(uint32_t)(now_ms - p->at_ms) * BUDGET_PER_SECOND / 1000;
    if (back > 0) {
        p->spent = back >= p->spent ? 0 : (int32_t)(p->spent - back);
        p->at_ms = now_ms;
    }
    return p;
}

bool budget_left(struct budget *b, const struct ipc_addr *from, instant_us now)
{
    return place_of(b, from, now)->spent < BUDGET_BURST;
}

void budget_charge(struct budget *b, const struct ipc_addr *from, instant_us now)
{
    struct budget_place *p = place_of(b, from, now);
    if (p->spent < BUDGET_BURST)
        p->spent++;
}
