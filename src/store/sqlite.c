/* SQLite behind backend.h: write-ahead log, every commit synced, what is deleted is overwritten.
 * knows: statements. knows not: tables, clocks. owns: the connection and its statements. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "store/backend.h"

struct sqlite_store {
    struct store head;
    sqlite3 *db;
    sqlite3_stmt *statement[BACKEND_PREPARED];
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

/* ---- statements ---- */

/* Ready for use, whatever happened to its last run; NULL when the database refuses it. */
static sqlite3_stmt *prepared(struct sqlite_store *s, const struct backend_call *c)
{
    sqlite3_stmt *st = c->number < BACKEND_PREPARED ? s->statement[c->number] : NULL;
    if (st) {
        sqlite3_reset(st);
        sqlite3_clear_bindings(st);
        return st;
    }
    unsigned keep = c->number < BACKEND_PREPARED ? SQLITE_PREPARE_PERSISTENT : 0;
    if (sqlite3_prepare_v3(s->db, c->sql, -1, keep, &st, NULL) != SQLITE_OK)
        return NULL;
    if (c->number < BACKEND_PREPARED)
        s->statement[c->number] = st;
    return st;
}

static void bind(sqlite3_stmt *st, const struct backend_call *c)
{
    for (size_t i = 0; i < c->arg_count; i++) {
        const struct store_value *v = &c->args[i];
        char name[8];
        (void)snprintf(name, sizeof name, "$%u", (unsigned)i + 1);
        int at = sqlite3_bind_parameter_index(st, name);
        const void *bytes = v->bytes.len > 0 ? (const void *)v->bytes.ptr : "";
        if (v->kind == STORE_INT)
            (void)sqlite3_bind_int64(st, at, v->number);
        else if (v->kind == STORE_TEXT)
            (void)sqlite3_bind_text(st, at, bytes, (int)v->bytes.len, SQLITE_STATIC);
        else
            (void)sqlite3_bind_blob(st, at, bytes, (int)v->bytes.len, SQLITE_STATIC);
    }
}

static struct store_value column(sqlite3_stmt *st, int i)
{
    int type = sqlite3_column_type(st, i);
    if (type == SQLITE_INTEGER)
        return value_int(sqlite3_column_int64(st, i));
    const void *bytes =
        type == SQLITE_TEXT ? (const void *)sqlite3_column_text(st, i) : sqlite3_column_blob(st, i);
    struct span s = span_of(bytes, (size_t)sqlite3_column_bytes(st, i));
    return type == SQLITE_TEXT ? value_text(s) : value_blob(s);
}

static void give_row(sqlite3_stmt *st, struct backend_call *c)
{
    struct store_value columns[BACKEND_ARGS];
    int n = sqlite3_column_count(st);
    BUG_IF(n > BACKEND_ARGS);
    for (int i = 0; i < n; i++)
        columns[i] = column(st, i);
    c->rows++;
    if (c->row)
        c->row(c->ctx, columns, (size_t)n);
}

static enum err run(struct store *s, struct backend_call *c)
{
    sqlite3_stmt *st = prepared(self(s), c);
    c->rows = c->changed = 0;
    if (!st)
        return ERR_IO;
    bind(st, c);
    int code;
    while ((code = sqlite3_step(st)) == SQLITE_ROW)
        give_row(st, c);
    enum err e = result(code);
    if (e == ERR_OK && !sqlite3_stmt_readonly(st)) /* else it is the count of the one before */
        c->changed = (uint64_t)sqlite3_changes(self(s)->db);
    if (c->number < BACKEND_PREPARED)
        sqlite3_reset(st);
    else
        sqlite3_finalize(st);
    return e;
}

static enum err script(struct store *s, const char *sql)
{
    return result(sqlite3_exec(self(s)->db, sql, NULL, NULL, NULL));
}

static enum err begin(struct store *s, bool write)
{
    return script(s, write ? "BEGIN IMMEDIATE" : "BEGIN");
}

static void rollback(struct store *s)
{
    if (!sqlite3_get_autocommit(self(s)->db))
        (void)script(s, "ROLLBACK");
}

static enum err commit(struct store *s)
{
    enum err e = script(s, "COMMIT");
    if (e != ERR_OK)
        rollback(s);
    return e;
}

static enum err version(struct store *s, int *out)
{
    sqlite3_stmt *st = NULL;
    enum err e = result(sqlite3_prepare_v2(self(s)->db, "PRAGMA user_version", -1, &st, NULL));
    if (e == ERR_OK)
        e = sqlite3_step(st) == SQLITE_ROW ? ERR_OK : ERR_IO;
    if (e == ERR_OK)
        *out = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    return e == ERR_OK && *out < 0 ? ERR_IO : e;
}

static enum err set_version(struct store *s, int to)
{
    char sql[48];
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", to);
    return script(s, sql);
}

static void forget(struct store *s)
{
    for (size_t i = 0; i < BACKEND_PREPARED; i++) {
        sqlite3_finalize(self(s)->statement[i]);
        self(s)->statement[i] = NULL;
    }
}

/* Deleted rows are overwritten with zeros as they go (secure_delete); the log still holds pages
 * from before, until it is emptied. */
static enum err scrub(struct store *s)
{
    int code = sqlite3_wal_checkpoint_v2(self(s)->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return result(code);
}

static void close_store(struct store *s)
{
    forget(s);
    sqlite3_close(self(s)->db);
    free(s);
}

/* ---- sentences ---- */

static enum err say(char why[STORE_WHY], const char *path, const char *problem, enum err e)
{
    (void)snprintf(why, STORE_WHY, "The database %.110s %.110s.", path, problem);
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

static void explain(struct store *s, char why[STORE_WHY])
{
    const char *path = sqlite3_db_filename(self(s)->db, "main");
    (void)say_code(why, path ? path : "", self(s)->db);
}

static const struct backend_ops ops = {
    .close = close_store,
    .run = run,
    .script = script,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .version = version,
    .set_version = set_version,
    .forget = forget,
    .scrub = scrub,
    .explain = explain,
};

/* ---- opening ---- */

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
                                  "PRAGMA secure_delete = ON;"
                                  "PRAGMA foreign_keys = ON;"
                                  "PRAGMA trusted_schema = OFF;";
    if (sqlite3_exec(s->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return say_code(why, path, s->db);
    if (!sound(s->db))
        return say(why, path, DAMAGED, ERR_IO);
    enum err e = store_migrate(&s->head, MIGRATE_NEWEST);
    if (e == ERR_STATE)
        return say(why, path, "was written by a newer version of this program; run that one",
                   ERR_STATE);
    return e == ERR_OK ? ERR_OK : say_code(why, path, s->db);
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
