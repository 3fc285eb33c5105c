/* SQLite behind store.h: write-ahead log, every commit synced, prepared statements.
 * knows: SQL. knows not: messages, clocks. owns: the connection and its statements. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "store/migrations.h"
#include "store/store.h"

enum statement { PUT, GET, END, STATEMENTS };

static const char *const statement_sql[STATEMENTS] = {
    [PUT] = "INSERT INTO meetings"
            " (id, access_hash, host_hash, created_ms, ended_ms, descriptor, waiting)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [GET] = "SELECT access_hash, host_hash, created_ms, ended_ms, descriptor, waiting"
            " FROM meetings WHERE id = ?1",
    [END] = "UPDATE meetings SET ended_ms = CASE ended_ms WHEN 0 THEN ?2 ELSE ended_ms END"
            " WHERE id = ?1",
};

struct sqlite_store {
    struct store head;
    sqlite3 *db;
    sqlite3_stmt *statement[STATEMENTS];
};

static struct sqlite_store *self(struct store *s)
{
    return (struct sqlite_store *)(void *)s;
}

static enum err result(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ERR_OK;
    case SQLITE_CONSTRAINT:
        return ERR_CONFLICT;
    default:
        return ERR_IO;
    }
}

/* Ready for use again, whatever happened to its last run. */
static sqlite3_stmt *prepared(struct store *s, enum statement which)
{
    sqlite3_stmt *st = self(s)->statement[which];
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return st;
}

static enum err meeting_put(struct store *s, const struct store_meeting *m)
{
    sqlite3_stmt *st = prepared(s, PUT);
    sqlite3_bind_text(st, 1, m->id, -1, SQLITE_STATIC);
    sqlite3_bind_blob(st, 2, m->access_hash, STORE_HASH, SQLITE_STATIC);
    sqlite3_bind_blob(st, 3, m->host_hash, STORE_HASH, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, m->created_ms);
    sqlite3_bind_int64(st, 5, m->ended_ms);
    sqlite3_bind_blob(st, 6, m->descriptor, (int)m->descriptor_len, SQLITE_STATIC);
    sqlite3_bind_int(st, 7, m->waiting);
    enum err e = result(sqlite3_step(st));
    sqlite3_reset(st);
    return e;
}

/* A row that this program cannot have written is a damaged one. */
static enum err read_row(sqlite3_stmt *st, const char *id, struct store_meeting *out)
{
    int len = sqlite3_column_bytes(st, 4);
    if (sqlite3_column_bytes(st, 0) != STORE_HASH || sqlite3_column_bytes(st, 1) != STORE_HASH ||
        len > LIMIT_DESCRIPTOR)
        return ERR_IO;
    struct store_meeting row = {.created_ms = sqlite3_column_int64(st, 2),
                                .ended_ms = sqlite3_column_int64(st, 3),
                                .descriptor_len = (uint32_t)len,
                                .waiting = sqlite3_column_int(st, 5) != 0};
    (void)snprintf(row.id, sizeof row.id, "%s", id);
    memcpy(row.access_hash, sqlite3_column_blob(st, 0), STORE_HASH);
    memcpy(row.host_hash, sqlite3_column_blob(st, 1), STORE_HASH);
    if (len > 0)
        memcpy(row.descriptor, sqlite3_column_blob(st, 4), (size_t)len);
    *out = row;
    return ERR_OK;
}

static enum err meeting_get(struct store *s, const char *id, struct store_meeting *out)
{
    sqlite3_stmt *st = prepared(s, GET);
    sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
    int code = sqlite3_step(st);
    enum err e = code == SQLITE_DONE ? ERR_NOT_FOUND : result(code);
    if (e == ERR_OK)
        e = read_row(st, id, out);
    sqlite3_reset(st);
    return e;
}

static enum err meeting_end(struct store *s, const char *id, int64_t ended_ms)
{
    sqlite3_stmt *st = prepared(s, END);
    sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, ended_ms);
    enum err e = result(sqlite3_step(st));
    if (e == ERR_OK && sqlite3_changes(self(s)->db) == 0)
        e = ERR_NOT_FOUND;
    sqlite3_reset(st);
    return e;
}

static void close_store(struct store *s)
{
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(self(s)->statement[i]);
    sqlite3_close(self(s)->db);
    free(s);
}

static const struct store_ops ops = {close_store, meeting_put, meeting_get, meeting_end};

/* ---- opening ---- */

static int user_version(sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        version = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return version;
}

/* One step and its version number in one transaction: all or nothing. */
static bool migrate_step(sqlite3 *db, int from)
{
    char set_version[48];
    (void)snprintf(set_version, sizeof set_version, "PRAGMA user_version = %d", from + 1);
    bool ok = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_exec(db, migrations_sqlite[from], NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_exec(db, set_version, NULL, NULL, NULL) == SQLITE_OK &&
              sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    if (!ok && !sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return ok;
}

static enum err say(char why[STORE_WHY], const char *path, const char *problem, enum err e)
{
    (void)snprintf(why, STORE_WHY, "The database %s %s.", path, problem);
    return e;
}

#define DAMAGED "is damaged or no database; put back a copy or move the file away"

static enum err say_code(char why[STORE_WHY], const char *path, sqlite3 *db)
{
    int code = sqlite3_errcode(db) & 0xff;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        return say(why, path, DAMAGED, ERR_IO);
    if (code == SQLITE_FULL)
        return say(why, path, "has no space left on its disk; make room there", ERR_IO);
    if (code == SQLITE_CANTOPEN || code == SQLITE_PERM || code == SQLITE_READONLY)
        return say(why, path, "cannot be opened for writing; check the owner of the data folder",
                   ERR_IO);
    char text[120];
    (void)snprintf(text, sizeof text, "cannot be used (%s)", sqlite3_errmsg(db));
    return say(why, path, text, ERR_IO);
}

static enum err migrate(sqlite3 *db, const char *path, char why[STORE_WHY])
{
    int version = user_version(db);
    if (version < 0)
        return say_code(why, path, db);
    if (version > (int)ARRAY_LEN(migrations_sqlite))
        return say(why, path, "was written by a newer version of this program; run that one",
                   ERR_STATE);
    for (; version < (int)ARRAY_LEN(migrations_sqlite); version++)
        if (!migrate_step(db, version))
            return say_code(why, path, db);
    return ERR_OK;
}

/* A damaged page is found now, not in the middle of a meeting. */
static bool sound(sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    bool ok = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL) == SQLITE_OK &&
              sqlite3_step(st) == SQLITE_ROW &&
              strcmp((const char *)sqlite3_column_text(st, 0), "ok") == 0;
    sqlite3_finalize(st);
    return ok;
}

static enum err set_up(struct sqlite_store *s, const char *path, char why[STORE_WHY])
{
    static const char pragmas[] = "PRAGMA journal_mode = WAL;"
                                  "PRAGMA synchronous = FULL;"
                                  "PRAGMA foreign_keys = ON;"
                                  "PRAGMA trusted_schema = OFF;";
    if (sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return say_code(why, path, s->db);
    if (!sound(s->db))
        return say(why, path, DAMAGED, ERR_IO);
    TRY(migrate(s->db, path, why));
    for (size_t i = 0; i < STATEMENTS; i++)
        if (sqlite3_prepare_v3(s->db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &s->statement[i], NULL) != SQLITE_OK)
            return say_code(why, path, s->db);
    return ERR_OK;
}

enum err store_open_sqlite(struct store **out, const char *path, char why[STORE_WHY])
{
    struct sqlite_store *s = calloc(1, sizeof *s);
    if (!s)
        return say(why, path, "needs more memory than there is", ERR_NOMEM);
    s->head.ops = &ops;
    enum err e;
    int code = sqlite3_open_v2(
        path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        e = s->db ? say_code(why, path, s->db) : say(why, path, "needs more memory", ERR_NOMEM);
        goto out;
    }
    (void)sqlite3_busy_timeout(s->db, 2000);
    e = set_up(s, path, why);
out:
    if (e != ERR_OK)
        close_store(&s->head);
    else
        *out = &s->head;
    return e;
}
