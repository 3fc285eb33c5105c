#include "policy/route.h"

#include <string.h>

/* splitmix64's mixing of one word. */
static uint64_t mixed(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t draw(const struct route_facts *f, uint32_t i)
{
    return mixed(f->seed ^ mixed(f->id[i]));
}

/* The free one with the lowest key; ROUTE_CENTRES: none is free. */
static uint32_t lowest(const struct route_facts *f, uint32_t count, uint64_t taken, bool by_delay)
{
    uint32_t best = ROUTE_CENTRES;
    for (uint32_t i = 0; i < count; i++) {
        if (taken >> i & 1)
            continue;
        uint64_t key = by_delay ? f->rtt_us[i] : draw(f, i);
        if (best == ROUTE_CENTRES || key < (by_delay ? f->rtt_us[best] : draw(f, best)))
            best = i;
    }
    return best;
}

void route_plan(const struct route_facts *f, struct route_plan *out)
{
    uint32_t count = f->count < ROUTE_CENTRES ? f->count : ROUTE_CENTRES, i;
    uint64_t taken = 0; /* or forbidden */
    memset(out, 0, sizeof *out);
    out->allowed = fence_allowed(&f->meeting, f->centre, count);
    for (i = 0; i < count; i++) {
        out->law[i] = (uint8_t)fence_judge(&f->meeting, out->allowed, &f->client, &f->centre[i]);
        if (out->law[i] != LAW_FINE)
            taken |= (uint64_t)1 << i;
    }
    while (out->primaries < ROUTE_PRIMARIES && (i = lowest(f, count, taken, true)) < count) {
        out->primary[out->primaries++] = (uint8_t)i;
        taken |= (uint64_t)1 << i;
    }
    while (out->secondaries < ROUTE_SECONDARIES && (i = lowest(f, count, taken, false)) < count) {
        out->secondary[out->secondaries++] = (uint8_t)i;
        taken |= (uint64_t)1 << i;
    }
}
