/* The fence at the way out; see egress.h. Laws G1 and G4 of docs/wire/plan.md. */
#include "sfu/egress.h"

enum passage egress_judge(const struct pass *g, const struct egress_way *way,
                          const struct relay_batch *b, instant_us now)
{
    if (!g || g->meeting != b->meeting)
        return PASSAGE_NO_GRANT;
    if (now >= g->until)
        return PASSAGE_LEASE;
    if (b->epoch < g->epoch)
        return PASSAGE_EPOCH;
    if (way->own >= PASS_ZONES || way->to >= PASS_ZONES)
        return PASSAGE_ZONE;
    uint64_t allowed = g->zones & b->zones;
    if ((allowed >> way->to & 1) == 0 || (allowed >> way->own & 1) == 0)
        return PASSAGE_ZONE;
    if (way->fenced && way->relayed)
        return PASSAGE_TRANSIT;
    return PASSAGE_OPEN;
}
