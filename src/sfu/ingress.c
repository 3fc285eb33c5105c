/* The fence at the way in; see ingress.h. Law G1: both ends of the way are zones of the meeting,
 * says the sender's batch and say we; fail closed (G6) on what is unknown, old or run out (G5). */
#include "sfu/ingress.h"

static bool is_member(uint64_t set, uint8_t zone)
{
    return zone < PASS_ZONES && (set & (uint64_t)1 << zone) != 0;
}

enum passage ingress_judge(const struct ingress_gate *gate, const struct pass *g,
                           const struct relay_batch *batch, instant_us now)
{
    const uint8_t ends[2] = {gate->here, gate->from};
    if (g == NULL || batch->meeting != g->meeting)
        return PASSAGE_NO_GRANT;
    for (int i = 0; i < 2; i++) {
        if (!is_member(batch->zones, ends[i]) || !is_member(g->zones, ends[i]))
            return PASSAGE_ZONE;
    }
    if (g->epoch > batch->epoch)
        return PASSAGE_EPOCH;
    return g->until > now ? PASSAGE_OPEN : PASSAGE_LEASE;
}
