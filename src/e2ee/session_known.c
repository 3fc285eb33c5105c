/* Who was in a group that is made anew.
 * knows: devices. knows not: why the group ended. owns: nothing; the table is struct e2ee's. */
#include "e2ee/session.h"

static uint8_t *kept(const struct e2ee *e, const uint8_t *device)
{
    for (uint32_t i = 0; i < e->n_known; i++) {
        uint8_t *at = e->known + (size_t)i * SUITE_SIGN_PUBLIC;
        if (memcmp(at, device, SUITE_SIGN_PUBLIC) == 0)
            return at;
    }
    return NULL;
}

void session_known_keep(struct e2ee *e)
{
    for (uint32_t i = 0; i < e->roster.leaves && group_active(e->g); i++) {
        const struct person *p = &e->roster.person[i];
        if (!p->used || p->asked || e->n_known == e->members || kept(e, p->profile.device))
            continue;
        memcpy(e->known + (size_t)e->n_known++ * SUITE_SIGN_PUBLIC, p->profile.device,
               SUITE_SIGN_PUBLIC);
    }
}

void session_known_drop(struct e2ee *e, const uint8_t *device)
{
    uint8_t *at = kept(e, device);
    if (at)
        memmove(at, e->known + (size_t)--e->n_known * SUITE_SIGN_PUBLIC, SUITE_SIGN_PUBLIC);
}

bool session_known(const struct e2ee *e, const uint8_t *device)
{
    return roster_find_device(&e->roster, device) != NODE_NONE || kept(e, device);
}
