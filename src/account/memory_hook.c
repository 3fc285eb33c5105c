/* Webhooks of organisations, in memory; see memory.h and ASK_HOOK_* in rows.h. */
#include "account/memory_inner.h"

static uint32_t hook_of(const struct memory *m, const uint8_t id[ACCOUNT_ID])
{
    for (uint32_t i = 0; i < m->hooks; i++)
        if (memory_same(m->hook[i].id, id, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

enum err memory_hook_put(struct memory *m, const struct account_hook *h)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->hooks; i++)
        n += memory_same(m->hook[i].org, h->org, ACCOUNT_ID);
    if (n >= ACCOUNT_HOOKS || m->hooks == MEMORY_HOOKS)
        return ERR_LIMIT;
    if (hook_of(m, h->id) != MEMORY_NONE || memory_org_of(m, h->org) == MEMORY_NONE)
        return ERR_CONFLICT;
    m->hook[m->hooks] = *h;
    m->hook[m->hooks++].failures = 0;
    return ERR_OK;
}

/* The row is put where its id belongs among those that are there. */
static void insert(struct account_reply *out, const struct account_hook *h)
{
    uint32_t at = out->count++;
    while (at > 0 && memcmp(out->as.hook[at - 1].id, h->id, ACCOUNT_ID) > 0) {
        out->as.hook[at] = out->as.hook[at - 1];
        at--;
    }
    out->as.hook[at] = *h;
    memset(out->as.hook[at].key, 0, sizeof out->as.hook[at].key);
}

enum err memory_hook_list(const struct memory *m, const struct account_hook *like,
                          struct account_reply *out)
{
    for (uint32_t i = 0; i < m->hooks && out->count < ACCOUNT_PAGE; i++)
        if (memory_same(m->hook[i].org, like->org, ACCOUNT_ID))
            insert(out, &m->hook[i]);
    return ERR_OK;
}

enum err memory_hook_drop(struct memory *m, const struct account_hook *like)
{
    uint32_t i = hook_of(m, like->id);
    if (i == MEMORY_NONE || !memory_same(m->hook[i].org, like->org, ACCOUNT_ID))
        return ERR_NOT_FOUND;
    m->hook[i] = m->hook[--m->hooks];
    return ERR_OK;
}
