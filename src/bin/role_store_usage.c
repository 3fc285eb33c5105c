/* Figures of days as rows of the store: the server's, and those of organisations, to which entries
 * of their members are added, and of which only what may be shown is read. knows: both shapes.
 * knows not: who asks; what the figures mean (account/usage.h). owns: nothing. */
#include <assert.h>
#include <string.h>

#include "account/usage.h"
#include "base/bug.h"
#include "bin/role_store.h"

enum { ORGS = 16 }; /* of one account that are counted */

static_assert((int)IPC_ENTRIES * (int)ORGS <= 1024, "one message's additions are bounded");
static_assert((int)USAGE_SHOWN <= (int)ACCOUNT_PAGE * (int)ACCOUNT_USAGE_DAYS,
              "an answer has room");
static_assert((int)USAGE_SHOWN <= (int)STORE_LIST, "the store gives as many");

/* ---- of the server ---- */

enum err store_usage_add(struct store *s, const struct ipc_usage_add *a)
{
    const struct ipc_usage_day *d = &a->day;
    const struct store_server_day more = {.day_ms = d->day_ms,
                                          .meetings = d->meetings,
                                          .participants = d->participants,
                                          .guests = d->guests,
                                          .people = d->people,
                                          .minutes = d->minutes,
                                          .flags = d->flags};
    return store_add_server_day(s, &more, a->first ? USAGE_RESTARTED : 0);
}

enum err store_usage_days(struct store *s, int64_t after_ms, struct ipc_usage_rows *out)
{
    struct store_server_day after = {.day_ms = after_ms}, rows[IPC_USAGE_MAX];
    struct store_list l = {STORE_SERVER_DAYS, .after = &after, .rows = rows,
                           .cap = ARRAY_LEN(rows)};
    TRY(store_list(s, &l));
    out->more = l.more;
    out->count = (uint8_t)l.count;
    for (size_t i = 0; i < out->count; i++)
        out->day[i] = (struct ipc_usage_day){.day_ms = rows[i].day_ms,
                                             .meetings = rows[i].meetings,
                                             .participants = rows[i].participants,
                                             .guests = rows[i].guests,
                                             .people = rows[i].people,
                                             .minutes = rows[i].minutes,
                                             .flags = (uint8_t)rows[i].flags};
    return ERR_OK;
}

/* ---- of organisations: adding ---- */

static enum err add_entry(struct store *s, const struct ipc_usage_members *m, size_t i)
{
    static struct store_membership rows[ORGS];
    struct store_membership like = {.role = 0};
    struct store_list l = {STORE_MEMBERSHIPS, .by = "account", .like = &like, .rows = rows,
                           .cap = ORGS};
    memcpy(like.account, m->entry[i].account, sizeof like.account);
    TRY(store_list(s, &l));
    for (size_t n = 0; n < l.count; n++) {
        struct store_usage_day more = {
            .day_ms = m->day_ms, .participants = 1, .people = m->entry[i].first, .run = m->run};
        memcpy(more.organisation, rows[n].organisation, sizeof more.organisation);
        TRY(store_add_usage(s, &more));
    }
    return ERR_OK;
}

enum err store_usage_members(struct store *s, const struct ipc_usage_members *m)
{
    enum err e = ERR_OK;
    if (m->count > IPC_ENTRIES)
        return ERR_MALFORMED;
    TRY(store_begin(s));
    for (size_t i = 0; i < m->count && e == ERR_OK; i++)
        e = add_entry(s, m, i);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}

/* ---- of organisations: reading ---- */

static uint32_t number_of(int64_t n)
{
    return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void add_day(struct account_reply *out, const struct account_usage *ask,
                    const struct store_usage_day *row)
{
    struct account_usage *u = &out->as.usage[out->count == 0 ? 0 : out->count - 1];
    if (out->count == 0 || u->count == ACCOUNT_USAGE_DAYS) {
        u = &out->as.usage[out->count++];
        *u = *ask;
        u->count = 0;
    }
    struct account_usage_day stored = {.day_s = row->day_ms / 1000,
                                       .participants = number_of(row->participants),
                                       .people = number_of(row->people)};
    usage_show(&u->day[u->count++], &stored, number_of(row->most_people));
}

enum err store_usage_list(struct store *s, const struct account_usage *ask,
                          struct account_reply *out)
{
    static struct store_usage_day rows[USAGE_SHOWN];
    struct store_usage_day like = {.run = 0}, after = {.day_ms = ask->from_s * 1000 - 1};
    struct store_list l = {STORE_USAGE,     .by = "organisation", .like = &like,
                           .after = &after, .rows = rows,         .cap = USAGE_SHOWN};
    memcpy(like.organisation, ask->org, sizeof like.organisation);
    memcpy(after.organisation, ask->org, sizeof after.organisation);
    TRY(store_list(s, &l));
    for (size_t i = 0; i < l.count; i++)
        if (rows[i].day_ms < ask->until_s * 1000)
            add_day(out, ask, &rows[i]);
    out->more = l.more && rows[l.count - 1].day_ms < ask->until_s * 1000;
    return ERR_OK;
}
