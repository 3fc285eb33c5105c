/* Which database, and what both have in common.
 * knows: the schemes of `database`. */
#include "store/store.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/backend.h"

static bool is_postgres(const char *database)
{
    return strncmp(database, "postgres://", 11) == 0 || strncmp(database, "postgresql://", 13) == 0;
}

/* libpq's own words about a bad URL may quote it, and with it a password: they are not passed on.
 */
enum err store_database_check(const char *database, char why[STORE_WHY])
{
    char host[256];
    uint16_t port;
    if (database[0] == '\0' || (is_postgres(database) &&
                                store_database_host(database, host, sizeof host, &port) == ERR_OK))
        return ERR_OK;
    (void)snprintf(why, STORE_WHY,
                   is_postgres(database)
                       ? "database is no valid address of one PostgreSQL server; write "
                         "postgres://USER@HOST/NAME, special characters as %%XX."
                       : "database must be postgres://USER@HOST/NAME; leave it out for SQLite in "
                         "the data folder.");
    return ERR_CONFIG;
}

static bool take_host(const PQconninfoOption *o, char *host, size_t cap, uint16_t *port)
{
    char *end;
    if (!o->val)
        return true;
    if (strcmp(o->keyword, "port") == 0) {
        unsigned long n = strtoul(o->val, &end, 10);
        *port = (uint16_t)n;
        return *end == '\0' && n > 0 && n < 65536;
    }
    if (strcmp(o->keyword, "host") != 0 || o->val[0] == '/')
        return true;
    if (strlen(o->val) >= cap || strchr(o->val, ','))
        return false;
    (void)snprintf(host, cap, "%s", o->val);
    return true;
}

enum err store_database_host(const char *database, char *host, size_t cap, uint16_t *port)
{
    char *complaint = NULL;
    bool ok = true;
    host[0] = '\0';
    *port = 5432;
    PQconninfoOption *options =
        is_postgres(database) ? PQconninfoParse(database, &complaint) : NULL;
    for (PQconninfoOption *o = options; ok && o && o->keyword; o++)
        ok = take_host(o, host, cap, port);
    ok = ok && options;
    PQconninfoFree(options);
    PQfreemem(complaint);
    return ok ? ERR_OK : ERR_CONFIG;
}

enum err store_open(struct store **out, const struct store_options *options, char why[STORE_WHY])
{
    TRY(store_database_check(options->database, why));
    if (options->database[0])
        return store_open_postgres(out, options, why);
    return store_open_sqlite(out, options->path, why);
}

void store_close(struct store *s)
{
    s->ops->close(s);
}

bool store_up(const struct store *s)
{
    return !s->ops->up || s->ops->up(s);
}

enum store_doubt store_doubt(const struct store *s)
{
    return s->ops->doubt ? s->ops->doubt(s) : STORE_SURE;
}

bool store_tick(struct store *s, int64_t *next_ms, int *fd, bool *write)
{
    *next_ms = INT64_MAX;
    *fd = -1;
    *write = false;
    return s->ops->tick && s->ops->tick(s, next_ms, fd, write);
}

const char *store_why(const struct store *s)
{
    return s->ops->why ? s->ops->why(s) : "";
}

enum err store_scrub(struct store *s)
{
    return s->ops->scrub(s);
}

/* The accounts that a rule found; a run takes a bounded number. */
struct idle {
    uint8_t ids[64][STORE_ID];
    size_t count;
};

static void take_idle(void *ctx, const struct store_value *columns, size_t count)
{
    struct idle *idle = ctx;
    if (count == 1 && columns[0].bytes.len == STORE_ID && idle->count < 64)
        memcpy(idle->ids[idle->count++], columns[0].bytes.ptr, STORE_ID);
}

static enum err retain_people(struct store *s, struct backend_call *c, int64_t now_ms,
                              uint64_t *gone)
{
    struct idle idle = {.count = 0};
    c->row = take_idle;
    c->ctx = &idle;
    TRY(backend_read(s, c));
    for (size_t i = 0; i < idle.count; i++) {
        enum err e = store_delete_person(s, idle.ids[i], now_ms);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            return e;
        *gone += e == ERR_OK;
    }
    return ERR_OK;
}

enum err store_retain(struct store *s, int64_t now_ms, uint64_t *gone)
{
    *gone = 0;
    for (int rule = 0; rule < RETAIN_RULES; rule++) {
        for (int profile = 0; profile < RETAIN_PROFILES; profile++) {
            struct retain_statement st;
            if (!retain_statement((enum retain_rule)rule, (enum retain_profile)profile, now_ms,
                                  &st))
                continue;
            struct backend_call c = {.number = BACKEND_ONCE,
                                     .sql = st.sql,
                                     .args = {value_int(st.before_ms)},
                                     .arg_count = 1};
            if (st.people)
                TRY(retain_people(s, &c, now_ms, gone));
            else
                TRY(backend_write(s, &c));
            *gone += c.changed;
        }
    }
    return ERR_OK;
}
