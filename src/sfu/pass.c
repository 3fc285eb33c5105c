/* The table of what the homes grant; see pass.h. */
#include "sfu/pass.h"

static_assert(LIMIT_ROOMS <= PASS_CELLS * 3 / 4, "the map is never too full");
static_assert((PASS_CELLS & (PASS_CELLS - 1)) == 0, "the map's cells are a power of two");

void passes_init(struct passes *g, uint64_t seed)
{
    g->count = 0;
    map_init(&g->map, g->cells, PASS_CELLS, seed);
}

const struct pass *passes_find(const struct passes *g, uint32_t meeting)
{
    uint64_t at;
    return map_get(&g->map, meeting, &at) ? &g->at[at] : NULL;
}

bool passes_set(struct passes *g, const struct pass *grant)
{
    uint64_t at;
    if (!map_get(&g->map, grant->meeting, &at)) {
        if (g->count == LIMIT_ROOMS || !map_put(&g->map, grant->meeting, g->count))
            return false;
        g->at[g->count++] = *grant;
        return true;
    }
    struct pass *known = &g->at[at];
    if (grant->epoch < known->epoch)
        return false;
    if (grant->epoch > known->epoch) {
        *known = *grant;
        return true;
    }
    known->zones &= grant->zones;
    if (grant->until > known->until)
        known->until = grant->until;
    return true;
}

void passes_drop(struct passes *g, uint32_t meeting)
{
    uint64_t at;
    if (!map_get(&g->map, meeting, &at))
        return;
    (void)map_remove(&g->map, meeting);
    g->count--;
    if (at == g->count)
        return;
    g->at[at] = g->at[g->count];
    (void)map_put(&g->map, g->at[at].meeting, at);
}

const char *passage_name(enum passage p)
{
    static const char *const names[PASSAGE_COUNT_] = {
        [PASSAGE_OPEN] = "open",   [PASSAGE_NO_GRANT] = "no_grant", [PASSAGE_LEASE] = "lease",
        [PASSAGE_EPOCH] = "epoch", [PASSAGE_ZONE] = "zone",         [PASSAGE_TRANSIT] = "transit",
    };
    return p < PASSAGE_COUNT_ ? names[p] : "unknown";
}
