/* Choices of data centres, in memory; see memory.h and ASK_PLACES_* in rows.h. */
#include "account/memory_inner.h"

static uint32_t place_of(const struct memory *m, const struct account_places *like)
{
    for (uint32_t i = 0; i < m->placed; i++)
        if (m->places[i].of_org == like->of_org &&
            memory_same(m->places[i].owner, like->owner, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

/* The row, or one that says that nothing was chosen. */
static struct account_places row_of(const struct memory *m, const struct account_places *like)
{
    struct account_places none = {.of_org = like->of_org};
    uint32_t i = place_of(m, like);
    memcpy(none.owner, like->owner, sizeof none.owner);
    return i == MEMORY_NONE ? none : m->places[i];
}

static enum err put(struct memory *m, const struct account_places *p, struct account_reply *out)
{
    uint32_t i = place_of(m, p);
    uint32_t owner = p->of_org ? memory_org_of(m, p->owner) : memory_by_id(m, p->owner);
    if (owner == MEMORY_NONE)
        return ERR_NOT_FOUND;
    if (row_of(m, p).version != p->version)
        return ERR_CONFLICT;
    if (i == MEMORY_NONE && m->placed == MEMORY_PLACES)
        return ERR_LIMIT;
    if (i == MEMORY_NONE)
        i = m->placed++;
    m->places[i] = *p;
    m->places[i].version++;
    out->as.places[out->count++] = m->places[i];
    return ERR_OK;
}

static enum err above(const struct memory *m, const struct account_places *like,
                      struct account_reply *out)
{
    for (uint32_t i = 0; i < m->members; i++) {
        struct account_places of = {.of_org = true};
        if (!memory_same(m->member[i].account, like->owner, ACCOUNT_ID))
            continue;
        if (out->count == ACCOUNT_PAGE)
            return ERR_LIMIT;
        memcpy(of.owner, m->member[i].org, sizeof of.owner);
        of = row_of(m, &of);
        memcpy(of.org, m->org[memory_org_of(m, of.owner)].name, sizeof of.org);
        out->as.places[out->count++] = of;
    }
    return ERR_OK;
}

enum err memory_places(struct memory *m, const struct account_ask *ask, struct account_reply *out)
{
    if (ask->type == ASK_PLACES_PUT)
        return put(m, &ask->as.places, out);
    if (ask->type == ASK_PLACES_ABOVE)
        return above(m, &ask->as.places, out);
    out->as.places[out->count++] = row_of(m, &ask->as.places);
    return ERR_OK;
}

void memory_places_clear(struct memory *m, const uint8_t account[ACCOUNT_ID])
{
    struct account_places like = {.of_org = false};
    memcpy(like.owner, account, sizeof like.owner);
    uint32_t i = place_of(m, &like);
    if (i != MEMORY_NONE)
        m->places[i] = m->places[--m->placed];
}
