/* Keys and invitations of organisations, in memory; see memory.h and ASK_GRANT_* in rows.h. */
#include <string.h>

#include "account/memory_inner.h"

static uint32_t grant_of(const struct memory *m, const struct account_grant *like, size_t len)
{
    for (uint32_t i = 0; i < m->grants; i++)
        if (m->grant[i].kind == like->kind && memory_same(m->grant[i].hash, like->hash, len))
            return i;
    return MEMORY_NONE;
}

enum err memory_grant_put(struct memory *m, const struct account_grant *g)
{
    uint32_t n = 0, max = g->kind == GRANT_KEY ? ACCOUNT_KEYS : ACCOUNT_INVITES;
    for (uint32_t i = 0; i < m->grants; i++) {
        if (memory_same(m->grant[i].hash, g->hash, ACCOUNT_HASH))
            return ERR_CONFLICT;
        n += m->grant[i].kind == g->kind && memory_same(m->grant[i].org, g->org, ACCOUNT_ID);
    }
    if (memory_org_of(m, g->org) == MEMORY_NONE)
        return ERR_CONFLICT;
    if (n >= max || m->grants == MEMORY_GRANTS)
        return ERR_LIMIT;
    m->grant[m->grants++] = *g;
    return ERR_OK;
}

enum err memory_grant_get(const struct memory *m, const struct account_grant *like,
                          struct account_reply *out)
{
    uint32_t i = grant_of(m, like, ACCOUNT_HASH);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.grant[0] = m->grant[i];
    out->count = 1;
    return ERR_OK;
}

/* The one with the least hash after that of `like`; MEMORY_NONE at the end. */
static uint32_t grant_after(const struct memory *m, const struct account_grant *like)
{
    uint32_t best = MEMORY_NONE;
    for (uint32_t i = 0; i < m->grants; i++) {
        const struct account_grant *g = &m->grant[i];
        if (g->kind == like->kind && memory_same(g->org, like->org, ACCOUNT_ID) &&
            memcmp(g->hash, like->hash, ACCOUNT_HASH) > 0 &&
            (best == MEMORY_NONE || memcmp(g->hash, m->grant[best].hash, ACCOUNT_HASH) < 0))
            best = i;
    }
    return best;
}

enum err memory_grant_list(const struct memory *m, struct account_grant like,
                           struct account_reply *out)
{
    uint32_t i;
    while (out->count < ACCOUNT_PAGE && (i = grant_after(m, &like)) != MEMORY_NONE)
        like = out->as.grant[out->count++] = m->grant[i];
    out->more = out->count == ACCOUNT_PAGE && grant_after(m, &like) != MEMORY_NONE;
    return ERR_OK;
}

enum err memory_grant_drop(struct memory *m, const struct account_grant *like)
{
    uint32_t i = grant_of(m, like, ACCOUNT_GRANT_ID);
    if (i == MEMORY_NONE || !memory_same(m->grant[i].org, like->org, ACCOUNT_ID))
        return ERR_NOT_FOUND;
    m->grant[i] = m->grant[--m->grants];
    return ERR_OK;
}

enum err memory_grant_take(struct memory *m, const struct account_ask *ask)
{
    struct account_grant like = ask->as.take.grant;
    struct account_membership who = ask->as.take.member;
    like.kind = GRANT_INVITE;
    uint32_t i = grant_of(m, &like, ACCOUNT_HASH);
    if (i == MEMORY_NONE || m->grant[i].expires_s <= ask->as.take.now_s)
        return ERR_NOT_FOUND;
    if (memory_by_id(m, who.account) == MEMORY_NONE)
        return ERR_CONFLICT;
    memcpy(who.org, m->grant[i].org, sizeof who.org);
    who.role = ACCOUNT_MEMBER;
    if (memory_member_of(m, &who) == MEMORY_NONE)
        TRY(memory_member_put(m, &who));
    m->grant[i] = m->grant[--m->grants];
    return ERR_OK;
}
