/* All rows in one file, and back. The file (numbers big-endian):
 *
 *     "conclave-backup\n"  u32 form (1)  u32 version of the schema  u64 made, Unix ms
 *     'T'  u8 length, table's name  u8 columns  each: u8 length, name
 *     'R'  each column: u8 kind (2 TEXT, 1 bytes, 3 INT); INT: u64; others: u32 length, bytes
 *     'E'  u64 rows
 *
 * It is loaded into the schema of its own version, which is then taken forward like any other old
 * database. knows: the form. knows not: files, digests (the caller adds one). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "base/reader.h"
#include "base/writer.h"
#include "store/backend.h"

#define MAGIC "conclave-backup\n"
#define DAY_MS (24 * 60 * 60 * (int64_t)1000)

enum { FORM = 1, NAME = 40, TABLES = 64, ROW = 8192, PAGE = 64 };

/* ---- writing ---- */

struct backup {
    struct store *store;
    const struct store_sink *out;
    uint64_t rows;
};

static enum err flush(const struct backup *b, const struct writer *w)
{
    BUG_IF(!writer_ok(w));
    return b->out->put(b->out->ctx, writer_span(w));
}

static enum err write_head(const struct backup *b, int64_t now_ms)
{
    uint8_t bytes[64];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_text(&w, MAGIC);
    writer_u32(&w, FORM);
    writer_u32(&w, (uint32_t)store_newest_version());
    writer_u64(&w, (uint64_t)now_ms);
    return flush(b, &w);
}

static enum err write_table(const struct backup *b, const struct store_schema *t)
{
    uint8_t bytes[NAME * (STORE_COLUMNS + 2)];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_u8(&w, 'T');
    writer_u8(&w, (uint8_t)strlen(t->name));
    writer_text(&w, t->name);
    writer_u8(&w, (uint8_t)t->count);
    for (size_t i = 0; i < t->count; i++) {
        writer_u8(&w, (uint8_t)strlen(t->columns[i].name));
        writer_text(&w, t->columns[i].name);
    }
    return flush(b, &w);
}

static enum err write_row(struct backup *b, const struct store_schema *t, const void *row)
{
    uint8_t bytes[ROW];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_u8(&w, 'R');
    for (size_t i = 0; i < t->count; i++) {
        struct store_value v = rows_value(&t->columns[i], row);
        writer_u8(&w, (uint8_t)v.kind);
        if (v.kind == STORE_INT) {
            writer_u64(&w, (uint64_t)v.number);
            continue;
        }
        writer_u32(&w, (uint32_t)v.bytes.len);
        writer_bytes(&w, v.bytes);
    }
    b->rows++;
    return flush(b, &w);
}

static enum err write_rows(struct backup *b, enum store_table table)
{
    const struct store_schema *t = &store_schema[table];
    uint8_t *rows = calloc(PAGE + 1, t->size);
    struct store_list l = {.table = table, .rows = rows, .cap = PAGE, .more = true};
    enum err e = rows ? write_table(b, t) : ERR_NOMEM;
    while (e == ERR_OK && l.more) {
        e = store_list(b->store, &l);
        for (size_t i = 0; e == ERR_OK && i < l.count; i++)
            e = write_row(b, t, rows + i * t->size);
        if (e == ERR_OK && l.count > 0) {
            memcpy(rows + PAGE * t->size, rows + (l.count - 1) * t->size, t->size);
            l.after = rows + PAGE * t->size;
        }
    }
    free(rows);
    return e;
}

static enum err write_all(struct backup *b, int64_t now_ms)
{
    uint8_t bytes[16];
    struct writer w = writer_of(bytes, sizeof bytes);
    TRY(write_head(b, now_ms));
    for (int table = 0; table < STORE_TABLES; table++)
        if (store_schema[table].backup == STORE_KEPT)
            TRY(write_rows(b, (enum store_table)table));
    writer_u8(&w, 'E');
    writer_u64(&w, b->rows);
    return flush(b, &w);
}

enum err store_backup(struct store *s, int64_t now_ms, const struct store_sink *sink)
{
    struct backup b = {s, sink, 0};
    TRY(backend_begin(s, false));
    enum err e = write_all(&b, now_ms);
    store_rollback(s);
    return e;
}

/* ---- reading ---- */

struct restore {
    struct store *store;
    struct reader in;
    int version;
    int64_t made_ms;
    char sql[BACKEND_SQL]; /* inserts into the present table */
    unsigned tables;
    size_t columns;
    uint64_t rows;
};

/* A name that can only be a table's or column's of ours. */
static enum err read_name(struct reader *in, char out[NAME])
{
    struct span s = reader_take(in, reader_u8(in));
    if (!reader_ok(in))
        return ERR_SHORT;
    if (s.len == 0 || s.len >= NAME || memcmp(s.ptr, "pg_", s.len < 3 ? s.len : 3) == 0 ||
        memcmp(s.ptr, "sqlite_", s.len < 7 ? s.len : 7) == 0)
        return ERR_MALFORMED;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != '_' && (s.ptr[i] < 'a' || s.ptr[i] > 'z'))
            return ERR_MALFORMED;
    memcpy(out, s.ptr, s.len);
    out[s.len] = '\0';
    return ERR_OK;
}

static enum err read_head(struct restore *r, int64_t now_ms)
{
    struct span magic = reader_take(&r->in, strlen(MAGIC));
    uint32_t form = reader_u32(&r->in), version = reader_u32(&r->in);
    r->made_ms = (int64_t)reader_u64(&r->in);
    if (!reader_ok(&r->in) || !span_equal(magic, span_str(MAGIC)))
        return ERR_MALFORMED;
    if (form != FORM || version > (uint32_t)store_newest_version())
        return ERR_UNSUPPORTED;
    if (version == 0 || r->made_ms <= 0)
        return ERR_MALFORMED;
    r->version = (int)version;
    return r->made_ms < now_ms - STORE_BACKUP_DAYS * DAY_MS ? ERR_STATE : ERR_OK;
}

static enum err read_table(struct restore *r)
{
    char name[NAME];
    size_t at, room = sizeof r->sql;
    TRY(read_name(&r->in, name));
    r->columns = reader_u8(&r->in);
    if (r->columns == 0 || r->columns > BACKEND_ARGS || ++r->tables > TABLES)
        return ERR_MALFORMED;
    at = (size_t)snprintf(r->sql, room, "INSERT INTO %s (", name);
    for (size_t i = 0; i < r->columns; i++) {
        TRY(read_name(&r->in, name));
        at += (size_t)snprintf(r->sql + at, room - at, "%s%s", i ? ", " : "", name);
    }
    for (size_t i = 0; i < r->columns; i++)
        at += (size_t)snprintf(r->sql + at, room - at, "%s$%u", i ? ", " : ") VALUES (",
                               (unsigned)i + 1);
    BUG_IF(at + 2 >= room); /* 32 names of 40 bytes and 32 numbers fit */
    (void)snprintf(r->sql + at, room - at, ")");
    return ERR_OK;
}

static enum err read_row(struct restore *r)
{
    struct backend_call c = {.number = BACKEND_PREPARED - TABLES - 1 + r->tables, .sql = r->sql};
    if (r->tables == 0)
        return ERR_MALFORMED;
    for (; c.arg_count < r->columns; c.arg_count++) {
        struct store_value *v = &c.args[c.arg_count];
        uint8_t kind = reader_u8(&r->in);
        if (kind == STORE_INT)
            *v = value_int((int64_t)reader_u64(&r->in));
        else if (kind == STORE_TEXT)
            *v = value_text(reader_take(&r->in, reader_u32(&r->in)));
        else if (kind == STORE_BLOB)
            *v = value_blob(reader_take(&r->in, reader_u32(&r->in)));
        else
            return ERR_MALFORMED;
    }
    if (!reader_ok(&r->in))
        return ERR_SHORT;
    r->rows++;
    enum err e = backend_write(r->store, &c);
    return e == ERR_CONFLICT ? ERR_MALFORMED : e;
}

static enum err read_rows(struct restore *r)
{
    for (;;) {
        uint8_t type = reader_u8(&r->in);
        if (!reader_ok(&r->in))
            return ERR_SHORT;
        if (type == 'E')
            break;
        if (type != 'T' && type != 'R')
            return ERR_MALFORMED;
        TRY(type == 'T' ? read_table(r) : read_row(r));
    }
    uint64_t rows = reader_u64(&r->in);
    if (!reader_ok(&r->in))
        return ERR_SHORT;
    return rows == r->rows && reader_left(&r->in) == 0 ? ERR_OK : ERR_MALFORMED;
}

/* ---- deletions that a backup does not know of ---- */

struct gone {
    struct store_deletion *rows;
    size_t count, cap;
};

static enum err collect(struct store *s, struct gone *g)
{
    struct store_list l = {.table = STORE_DELETIONS, .cap = PAGE, .more = true};
    while (l.more) {
        if (g->count + PAGE > g->cap) {
            size_t cap = g->cap ? 2 * g->cap : 4 * (size_t)PAGE;
            struct store_deletion *more = realloc(g->rows, cap * sizeof *more);
            if (!more)
                return ERR_NOMEM;
            g->rows = more;
            g->cap = cap;
        }
        l.rows = g->rows + g->count;
        l.after = g->count ? &g->rows[g->count - 1] : NULL;
        TRY(store_list(s, &l));
        g->count += l.count;
    }
    return ERR_OK;
}

static enum err delete_again(struct store *s, const struct gone *g)
{
    for (size_t i = 0; i < g->count; i++) {
        enum err e = store_delete_person(s, g->rows[i].account, g->rows[i].deleted_ms);
        if (e == ERR_NOT_FOUND) { /* not in the backup: only noted, for older ones */
            struct store_deletion d = g->rows[i];
            e = store_get_deletion(s, &d);
            if (e == ERR_NOT_FOUND)
                e = store_put_deletion(s, &g->rows[i]);
        }
        TRY(e);
    }
    return ERR_OK;
}

/* ---- the whole ---- */

static enum err drop_all(struct store *s)
{
    char sql[80];
    s->ops->forget(s);
    for (int table = STORE_TABLES - 1; table >= 0; table--) {
        (void)snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s", store_schema[table].name);
        TRY(s->ops->script(s, sql));
    }
    return s->ops->set_version(s, 0);
}

static enum err replace_all(struct restore *r, int64_t now_ms)
{
    struct store *s = r->store;
    struct gone then = {.count = 0}, since = {.count = 0};
    uint64_t due;
    enum err e = collect(s, &since);
    if (e == ERR_OK)
        e = drop_all(s);
    if (e == ERR_OK)
        e = store_migrate(s, r->version);
    if (e == ERR_OK)
        e = read_rows(r);
    s->ops->forget(s);
    if (e == ERR_OK)
        e = store_migrate(s, MIGRATE_NEWEST);
    if (e == ERR_OK)
        e = collect(s, &then);
    if (e == ERR_OK)
        e = delete_again(s, &then);
    if (e == ERR_OK)
        e = delete_again(s, &since);
    if (e == ERR_OK)
        e = store_retain(s, now_ms, &due);
    free(then.rows);
    free(since.rows);
    return e;
}

static enum err say(enum err e, char why[STORE_WHY])
{
    const char *words = "The backup could not be restored; the database is as it was.";
    if (e == ERR_MALFORMED)
        words = "This is no backup, or a damaged one; the database is as it was.";
    else if (e == ERR_SHORT)
        words = "The backup ends too early; the database is as it was. Use a whole copy.";
    else if (e == ERR_UNSUPPORTED)
        words = "The backup was written by a newer version of this program; restore it with that.";
    else if (e == ERR_STATE)
        words = "The backup is older than 35 days, so it may hold people who were deleted; it is "
                "not restored.";
    else if (e == ERR_AGAIN)
        words = "The database is away; start it and try again.";
    (void)snprintf(why, STORE_WHY, "%s", words);
    return e;
}

enum err store_restore(struct store *s, struct span file, int64_t now_ms, char why[STORE_WHY])
{
    struct restore r = {.store = s, .in = reader_of(file)};
    enum err e = read_head(&r, now_ms);
    if (e == ERR_OK)
        e = store_begin(s);
    if (e != ERR_OK)
        return say(e, why);
    e = replace_all(&r, now_ms);
    if (e == ERR_OK)
        e = store_commit(s);
    else
        store_rollback(s);
    s->ops->forget(s);
    return e == ERR_OK ? store_scrub(s) : say(e, why);
}
