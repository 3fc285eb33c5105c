/* Devices of people, in memory; see memory.h and ASK_DEVICE_* in rows.h. */
#include "account/memory_inner.h"

static uint32_t device_of(const struct memory *m, const struct account_device *like)
{
    for (uint32_t i = 0; i < m->devices; i++)
        if (memory_same(m->device[i].id, like->id, ACCOUNT_ID) &&
            memory_same(m->device[i].account, like->account, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

static enum err put(struct memory *m, const struct account_device *d)
{
    uint32_t n = 0, at = device_of(m, d);
    for (uint32_t i = 0; i < m->devices; i++)
        n += memory_same(m->device[i].account, d->account, ACCOUNT_ID);
    if (at != MEMORY_NONE) {
        memcpy(m->device[at].label, d->label, sizeof d->label);
        m->device[at].seen_s = d->seen_s;
        return ERR_OK;
    }
    if (n >= ACCOUNT_DEVICES || m->devices == MEMORY_DEVICES)
        return ERR_LIMIT;
    if (memory_by_id(m, d->account) == MEMORY_NONE)
        return ERR_NOT_FOUND;
    m->device[m->devices++] = *d;
    return ERR_OK;
}

/* The row is put where its id belongs among those that are there. */
static void insert(struct account_reply *out, const struct account_device *d)
{
    uint32_t at = out->count++;
    while (at > 0 && memcmp(out->as.device[at - 1].id, d->id, ACCOUNT_ID) > 0) {
        out->as.device[at] = out->as.device[at - 1];
        at--;
    }
    out->as.device[at] = *d;
}

static enum err list(const struct memory *m, const struct account_device *like,
                     struct account_reply *out)
{
    for (uint32_t i = 0; i < m->devices && out->count < ACCOUNT_PAGE; i++)
        if (memory_same(m->device[i].account, like->account, ACCOUNT_ID))
            insert(out, &m->device[i]);
    return ERR_OK;
}

enum err memory_device(struct memory *m, const struct account_ask *ask, struct account_reply *out)
{
    const struct account_device *d = &ask->as.device;
    if (ask->type == ASK_DEVICE_PUT)
        return put(m, d);
    if (ask->type == ASK_DEVICE_LIST)
        return list(m, d, out);
    uint32_t i = device_of(m, d);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    if (ask->type == ASK_DEVICE_DROP)
        m->device[i] = m->device[--m->devices];
    else
        insert(out, &m->device[i]);
    return ERR_OK;
}

void memory_device_clear(struct memory *m, const uint8_t account[ACCOUNT_ID])
{
    for (uint32_t i = m->devices; i-- > 0;)
        if (memory_same(m->device[i].account, account, ACCOUNT_ID))
            m->device[i] = m->device[--m->devices];
}
