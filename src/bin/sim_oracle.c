/* Whether the laws of docs/wire/plan.md forbid that this data centre carries this leg, read once
 * more from the page and without src/policy/fence.c: the oracle of `conclave sim`. owns: nothing.
 */
#include "bin/sim_day.h"

static bool somebody_from(const struct fence_meeting *m, uint8_t zone)
{
    return (m->admitted >> zone & 1) != 0;
}

bool sim_forbids(const struct route_facts *f, uint32_t centre)
{
    const struct fence_meeting *m = &f->meeting;
    const struct fence_centre *c = &f->centre[centre];
    if (c->state != FENCE_UP)
        return true; /* G9, G10 */
    if (c->load >= FENCE_CAPACITY)
        return true; /* G6 */
    if (c->realm != m->realm)
        return true; /* G8 */
    if (m->realm == FENCE_GOVERNMENT && c->country != m->country)
        return true;
    if (!c->chosen)
        return true; /* G7 */
    if (m->refused >> c->zone & 1)
        return true;
    if ((m->fenced >> c->zone & 1) == 0)
        return false;
    /* G3, G4: a fenced zone carries its own people, and only once one of them is let in. */
    return !somebody_from(m, c->zone) || f->client.zone != c->zone || !f->client.admitted;
}
