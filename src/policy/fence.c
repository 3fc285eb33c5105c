#include "policy/fence.h"

/* Of its realm, in its country where it is a government's. LAW_FINE, REALM or COUNTRY. */
static enum fence_law realm_of(const struct fence_meeting *m, const struct fence_centre *c)
{
    if (c->realm >= FENCE_REALMS_ || c->realm != m->realm)
        return LAW_REALM;
    if (m->realm == FENCE_GOVERNMENT && (m->country == 0 || c->country != m->country))
        return LAW_COUNTRY;
    return LAW_FINE;
}

fence_set fence_allowed(const struct fence_meeting *m, const struct fence_centre *centres,
                        uint32_t count)
{
    fence_set offered = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct fence_centre *c = &centres[i];
        bool there = c->state < FENCE_WITHDRAWN && c->zone < FENCE_ZONES;
        if (there && c->chosen && realm_of(m, c) == LAW_FINE)
            offered |= (fence_set)1 << c->zone;
    }
    return ((offered & ~m->fenced) | (m->fenced & m->admitted)) & ~m->refused;
}

enum fence_law fence_judge(const struct fence_meeting *m, fence_set allowed,
                           const struct fence_client *who, const struct fence_centre *c)
{
    if (c->state >= FENCE_WITHDRAWN || c->zone >= FENCE_ZONES)
        return LAW_WITHDRAWN;
    enum fence_law law = realm_of(m, c);
    fence_set zone = (fence_set)1 << c->zone;
    if (law != LAW_FINE)
        return law;
    if (!c->chosen)
        return LAW_CHOICE;
    if (m->refused & zone)
        return LAW_ZONE;
    if (!(allowed & zone))
        return LAW_FENCE;
    if (m->fenced & zone) {
        if (who->zone != c->zone)
            return LAW_LEG;
        if (!who->admitted)
            return LAW_STRANGER;
    }
    if (c->state != FENCE_UP)
        return LAW_STATE;
    return c->load >= FENCE_CAPACITY ? LAW_FULL : LAW_FINE;
}

const char *fence_law_name(enum fence_law law)
{
    static const char *const names[] = {
#define LAW(name, law, why) law,
        FENCE_LAWS(LAW)
#undef LAW
    };
    return (unsigned)law < LAW_COUNT_ ? names[law] : "G6";
}

const char *fence_law_words(enum fence_law law)
{
    static const char *const words[] = {
#define LAW(name, law, why) why,
        FENCE_LAWS(LAW)
#undef LAW
    };
    return (unsigned)law < LAW_COUNT_ ? words[law] : "it is not known";
}
