/* One set of facts over both databases: BOTH(facts) runs them over SQLite in a folder of its own,
 * then over PostgreSQL in a database of its own.
 * knows: how each is opened. owns: the folder, the PostgreSQL server. */
#ifndef TESTS_STORE_BOTH_H
#define TESTS_STORE_BOTH_H

#include "base/fact.h"

#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rig/postgres.h"
#include "store/backend.h"

static struct {
    bool postgres;
    struct postgres server;
    char folder[64], path[96], url[POSTGRES_URL], why[STORE_WHY];
} both;

static int64_t both_now(void *ctx)
{
    (void)ctx;
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool both_wait(void *ctx, int fd, bool write, int64_t ms)
{
    (void)ctx;
    struct pollfd p = {.fd = fd, .events = write ? POLLOUT : POLLIN};
    return poll(&p, 1, (int)ms) == 1;
}

static inline struct store_options both_options(void)
{
    return (struct store_options){.path = both.path,
                                  .database = both.postgres ? both.url : "",
                                  .host_addresses = "",
                                  .shell = {NULL, both_now, both_wait}};
}

static inline enum err both_try(struct store **out)
{
    struct store_options o = both_options();
    both.why[0] = '\0';
    *out = NULL;
    return store_open(out, &o, both.why);
}

static inline struct store *both_open(void)
{
    struct store *s = NULL;
    if (both_try(&s) != ERR_OK)
        fail_msg("%s", both.why);
    return s;
}

/* SQL by a connection of its own, as an operator or an older program would. */
static inline void both_execute(const char *sql)
{
    if (both.postgres) {
        assert_true(postgres_execute(both.url, sql));
        return;
    }
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(both.path, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
}

static inline int both_take(void *ctx, int n, char **values, char **names)
{
    (void)names;
    if (n > 0 && values[0])
        (void)snprintf(ctx, 256, "%s", values[0]);
    return 0;
}

/* The first value of the answer as text. */
static inline const char *both_ask(const char *sql)
{
    static char answer[256];
    answer[0] = '\0';
    if (both.postgres) {
        postgres_ask(both.url, sql, answer, sizeof answer);
        return answer;
    }
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(both.path, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, both_take, answer, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
    return answer;
}

/* SQL in the words of each. */
static inline const char *both_say(const char *sqlite, const char *postgres)
{
    return both.postgres ? postgres : sqlite;
}

static inline int both_set_up(void **state)
{
    (void)state;
    memcpy(both.folder, "/tmp/conclave-store.XXXXXX", 27);
    if (!mkdtemp(both.folder))
        return -1;
    (void)snprintf(both.path, sizeof both.path, "%s/conclave.db", both.folder);
    if (!both.postgres)
        return 0;
    if (both.server.pid == 0 && !postgres_start(&both.server)) /* a fact before failed */
        return -1;
    return postgres_database(&both.server, both.url) ? 0 : -1;
}

static inline int both_tear_down(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    if (both.postgres)
        postgres_drop_last(&both.server);
    for (size_t i = 0; i < 3; i++) {
        char file[128];
        (void)snprintf(file, sizeof file, "%s%s", both.path, ends[i]);
        (void)unlink(file);
    }
    return rmdir(both.folder);
}

static inline int both_begin_postgres(void **state)
{
    (void)state;
    both.postgres = true;
    return postgres_open(&both.server) ? 0 : -1;
}

static inline int both_end_postgres(void **state)
{
    (void)state;
    postgres_close(&both.server);
    return 0;
}

#define BOTH_FACT(name) cmocka_unit_test_setup_teardown(name, both_set_up, both_tear_down)
#define BOTH(facts)                                                                                \
    (cmocka_run_group_tests_name("SQLite", facts, NULL, NULL) +                                    \
     cmocka_run_group_tests_name("PostgreSQL", facts, both_begin_postgres, both_end_postgres))

/* ---- rows to play with ---- */

static inline void both_id(uint8_t out[STORE_ID], unsigned n)
{
    memset(out, 0, STORE_ID);
    out[0] = 0xa0;
    out[14] = (uint8_t)(n >> 8);
    out[15] = (uint8_t)n;
}

static inline struct store_account both_account(unsigned n)
{
    struct store_account a = {.created_ms = 1000 + n, .seen_ms = 2000 + n};
    both_id(a.id, n);
    (void)snprintf(a.login, sizeof a.login, "person%u@example.org", n);
    (void)snprintf(a.name, sizeof a.name, "Person %u", n);
    (void)snprintf(a.region, sizeof a.region, "eu");
    return a;
}

static inline struct store_meeting both_meeting(unsigned n)
{
    struct store_meeting m = {.created_ms = 1000 + n};
    (void)snprintf(m.id, sizeof m.id, "meeting%013u", n);
    memset(m.access_hash, (int)(n & 0xff), sizeof m.access_hash);
    memset(m.host_hash, (int)(n >> 8 & 0xff), sizeof m.host_hash);
    m.waiting = n % 2 == 1;
    m.descriptor_len = n % (LIMIT_DESCRIPTOR + 1);
    memset(m.descriptor, (int)(n * 3 & 0xff), m.descriptor_len);
    return m;
}

enum { BOTH_ROW = 8192 }; /* room for any table's struct */

/* Every column filled with something that only this table, column and n give; what refers to
 * another row is left for the caller. */
static inline void both_fill(enum store_table table, unsigned n, void *row)
{
    const struct store_schema *t = &store_schema[table];
    assert_true(t->size <= BOTH_ROW);
    memset(row, 0, t->size);
    for (size_t i = 0; i < t->count; i++) {
        const struct store_column *c = &t->columns[i];
        char mark[64];
        (void)snprintf(mark, sizeof mark, "CANARY-%s-%s-%u", t->name, c->name, n);
        uint8_t *at = (uint8_t *)row + c->at;
        int64_t number = 1;
        uint32_t len = c->max == 16 || c->max == 32 ? c->max : c->max < 40 ? c->max : 40;
        size_t some = strlen(mark) < c->max ? strlen(mark) : c->max;
        if (c->kind == STORE_INT)
            memcpy(at, &number, sizeof number);
        else
            memcpy(at, mark, some);
        if (c->kind == STORE_BLOB)
            memcpy((uint8_t *)row + c->len_at, &len, sizeof len);
    }
}

#endif
