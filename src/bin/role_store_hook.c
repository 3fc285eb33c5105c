/* Webhooks of organisations as rows of the store, and who is told of what. knows: both shapes.
 * knows not: who asks, how something is told. owns: nothing. */
#include <assert.h>
#include <string.h>

#include "bin/role_store.h"

static_assert((int)ACCOUNT_URL == (int)IPC_URL_MAX && (int)HOOK_EVENTS_ == (int)IPC_HOOK_EVENTS,
              "a webhook fits its message");

static struct store_webhook row_of(const struct account_hook *h)
{
    struct store_webhook row = {.events = h->events};
    memcpy(row.id, h->id, sizeof row.id);
    memcpy(row.organisation, h->org, sizeof row.organisation);
    memcpy(row.url, h->url, strnlen(h->url, ACCOUNT_URL));
    memcpy(row.signing_key, h->key, sizeof row.signing_key);
    return row;
}

/* Without its key. ERR_IO: a row that this program did not write. */
static enum err hook_out(const struct store_webhook *row, struct account_hook *out)
{
    size_t len = strlen(row->url);
    if (len > ACCOUNT_URL || row->events < 0 || row->events >= 1 << HOOK_EVENTS_)
        return ERR_IO;
    memset(out, 0, sizeof *out);
    memcpy(out->id, row->id, sizeof out->id);
    memcpy(out->org, row->organisation, sizeof out->org);
    memcpy(out->url, row->url, len);
    out->events = (uint8_t)row->events;
    out->failures = row->failures > 0 ? (uint32_t)row->failures : 0;
    return ERR_OK;
}

/* Those of an organisation, in the order of ids. */
static enum err hooks_of(struct store *s, const uint8_t org[STORE_ID],
                         struct store_webhook rows[ACCOUNT_PAGE], size_t *count)
{
    struct store_webhook like = {.events = 0};
    struct store_list l = {STORE_WEBHOOKS, .by = "organisation", .like = &like, .rows = rows,
                           .cap = ACCOUNT_PAGE};
    memcpy(like.organisation, org, sizeof like.organisation);
    TRY(store_list(s, &l));
    *count = l.count;
    return ERR_OK;
}

static enum err hook_put(struct store *s, const struct account_hook *h)
{
    static struct store_webhook rows[ACCOUNT_PAGE];
    struct store_webhook row = row_of(h);
    struct store_organisation org = {.profile = 0};
    size_t count;
    TRY(hooks_of(s, h->org, rows, &count));
    if (count >= ACCOUNT_HOOKS)
        return ERR_LIMIT;
    memcpy(org.id, h->org, sizeof org.id);
    enum err e = store_get_organisation(s, &org);
    return e == ERR_NOT_FOUND ? ERR_CONFLICT : e != ERR_OK ? e : store_put_webhook(s, &row);
}

static enum err hook_drop(struct store *s, const struct account_hook *h)
{
    struct store_webhook row = row_of(h);
    TRY(store_get_webhook(s, &row));
    bool own = memcmp(row.organisation, h->org, sizeof h->org) == 0;
    return own ? store_drop_webhook(s, &row) : ERR_NOT_FOUND;
}

enum err store_hook_write(struct store *s, const struct account_ask *ask)
{
    return ask->type == ASK_HOOK_PUT ? hook_put(s, &ask->as.hook) : hook_drop(s, &ask->as.hook);
}

enum err store_hook_list(struct store *s, const struct account_hook *like,
                         struct account_reply *out)
{
    static struct store_webhook rows[ACCOUNT_PAGE];
    size_t count;
    TRY(hooks_of(s, like->org, rows, &count));
    for (size_t i = 0; i < count; i++)
        TRY(hook_out(&rows[i], &out->as.hook[i]));
    out->count = (uint32_t)count;
    return ERR_OK;
}

/* ---- telling ---- */

/* ERR_NOT_FOUND: it is of no organisation. */
static enum err whose(struct store *s, const struct ipc_hook_tell *tell,
                      struct store_organisation *org)
{
    struct store_meeting m = {.created_ms = 0};
    memcpy(m.id, tell->meeting, strnlen(tell->meeting, LIMIT_MEETING_ID));
    TRY(store_get_meeting(s, &m));
    if (m.organisation_len != sizeof org->id)
        return ERR_NOT_FOUND;
    memcpy(org->id, m.organisation, sizeof org->id);
    return store_get_organisation(s, org);
}

static void add_due(struct hook_dues *out, const struct store_webhook *row,
                    const struct store_organisation *org, const struct ipc_hook_tell *tell)
{
    struct ipc_hook_due *d = &out->due[out->count++];
    memset(d, 0, sizeof *d);
    memcpy(d->hook, row->id, sizeof d->hook);
    memcpy(d->organisation, org->id, sizeof d->organisation);
    memcpy(d->url, row->url, strnlen(row->url, IPC_URL_MAX));
    memcpy(d->key, row->signing_key, sizeof d->key);
    memcpy(d->name, org->name, strnlen(org->name, sizeof d->name - 1));
    memcpy(d->meeting, tell->meeting, strnlen(tell->meeting, LIMIT_MEETING_ID));
    d->event = tell->event;
    d->at_s = tell->at_s;
}

enum err store_hook_dues(struct store *s, const struct ipc_hook_tell *tell, struct hook_dues *out)
{
    static struct store_webhook rows[ACCOUNT_PAGE];
    struct store_organisation org = {.profile = 0};
    size_t count;
    out->count = 0;
    enum err e = whose(s, tell, &org);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    TRY(hooks_of(s, org.id, rows, &count));
    for (size_t i = 0; i < count && out->count < ACCOUNT_HOOKS; i++)
        if ((rows[i].events >> tell->event & 1) && rows[i].failures < IPC_HOOK_FAILURES)
            add_due(out, &rows[i], &org, tell);
    return ERR_OK;
}

enum err store_hook_done(struct store *s, const struct ipc_hook_done *done)
{
    struct store_webhook row = {.events = 0};
    memcpy(row.id, done->hook, sizeof row.id);
    TRY(store_get_webhook(s, &row));
    if (done->taken && row.failures == 0)
        return ERR_OK;
    row.failures = done->taken ? 0 : row.failures + 1;
    return store_set_webhook(s, &row);
}
