/* The laws of docs/wire/plan.md once more, written from that page alone, slowly and in its words:
 * what fence.c and route.c are compared with. Nothing of src/policy's code is used but the shapes
 * of its facts. */
#ifndef TESTS_POLICY_FENCE_NAIVE_H
#define TESTS_POLICY_FENCE_NAIVE_H

#include "policy/route.h"

static inline bool in_set(fence_set s, unsigned zone)
{
    return zone < FENCE_ZONES && (s & ((fence_set)1 << zone)) != 0;
}

/* G8: government meetings use government data centres, in that country only; commercial ones never
 * do. */
static inline bool naive_realm_fits(const struct fence_meeting *m, const struct fence_centre *c)
{
    if (m->realm == FENCE_COMMERCIAL)
        return c->realm == FENCE_COMMERCIAL;
    if (m->realm == FENCE_GOVERNMENT)
        return c->realm == FENCE_GOVERNMENT && m->country != 0 && c->country == m->country;
    return false;
}

/* A(m), for one zone. */
static inline bool naive_zone_allowed(const struct fence_meeting *m, const struct fence_centre *cs,
                                      uint32_t n, unsigned zone)
{
    if (in_set(m->refused, zone))
        return false;
    if (in_set(m->fenced, zone))
        return in_set(m->admitted, zone);
    for (uint32_t i = 0; i < n; i++) {
        bool on_list =
            cs[i].state == FENCE_UP || cs[i].state == FENCE_DRAINING || cs[i].state == FENCE_DOWN;
        if (cs[i].zone == zone && on_list && cs[i].chosen && naive_realm_fits(m, &cs[i]))
            return true;
    }
    return false;
}

/* Whether a data centre may take the client's leg now. */
static inline bool naive_may(const struct fence_meeting *m, const struct fence_client *who,
                             const struct fence_centre *cs, uint32_t n,
                             const struct fence_centre *c)
{
    bool healthy = c->state == FENCE_UP, has_room = c->load < 1000;
    if (!healthy || !has_room || !c->chosen || !naive_realm_fits(m, c))
        return false;
    if (!naive_zone_allowed(m, cs, n, c->zone))
        return false;
    if (in_set(m->fenced, c->zone)) /* G4, and only once admitted */
        return who->zone == c->zone && who->admitted;
    return true;
}

#endif
