/* One person's rows: given out as JSON, and deleted, by what the register says of each column.
 * knows: which column names an account. knows not: which database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "base/text.h"
#include "store/backend.h"

enum { PAGE = 32 };

/* ---- JSON ---- */

static enum err put(const struct store_sink *out, const char *text)
{
    return out->put(out->ctx, span_str(text));
}

static enum err put_text(const struct store_sink *out, struct span t)
{
    TRY(put(out, "\""));
    for (size_t i = 0; i < t.len; i++) {
        char escaped[8];
        uint8_t ch = t.ptr[i];
        if (ch == '"' || ch == '\\')
            (void)snprintf(escaped, sizeof escaped, "\\%c", (char)ch);
        else if (ch < 0x20 || ch == 0x7f)
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)ch);
        else
            (void)snprintf(escaped, sizeof escaped, "%c", (char)ch);
        TRY(put(out, escaped));
    }
    return put(out, "\"");
}

static enum err put_value(const struct store_sink *out, const struct store_column *c,
                          const struct store_value *v)
{
    char number[24], hex[2 * LIMIT_DESCRIPTOR + 1];
    if (c->person == STORE_SECRET)
        return put(out, v->bytes.len > 0 ? "\"withheld\"" : "\"\"");
    if (v->kind == STORE_TEXT)
        return put_text(out, v->bytes);
    if (v->kind == STORE_INT) {
        (void)snprintf(number, sizeof number, "%lld", (long long)v->number);
        return put(out, number);
    }
    BUG_IF(v->bytes.len > LIMIT_DESCRIPTOR);
    text_hex(hex, v->bytes);
    return put_text(out, span_str(hex));
}

static enum err put_row(const struct store_sink *out, const struct store_schema *t, const void *row)
{
    for (size_t i = 0; i < t->count; i++) {
        struct store_value v = rows_value(&t->columns[i], row);
        TRY(put(out, i == 0 ? "{\"" : ",\""));
        TRY(put(out, t->columns[i].name));
        TRY(put(out, "\":"));
        TRY(put_value(out, &t->columns[i], &v));
    }
    return put(out, "}");
}

/* ---- giving out ---- */

struct export
{
    struct store *store;
    const struct store_sink *out;
    bool some; /* a row of the present table was written */
};

/* Shows each row with that value; `each` (may be NULL) sees it in place of the output. */
struct visit {
    enum store_table table;
    const char *by;
    const void *like;
    enum err (*each)(struct export *x, const void *row);
};

static enum err show(struct export *x, enum store_table table, const void *row)
{
    TRY(put(x->out, x->some ? "," : ""));
    x->some = true;
    return put_row(x->out, &store_schema[table], row);
}

static enum err visit(struct export *x, const struct visit *v)
{
    size_t size = store_schema[v->table].size;
    uint8_t *rows = calloc(PAGE + 1, size); /* the last one keeps where the page before ended */
    struct store_list l = {
        .table = v->table, .by = v->by, .like = v->like, .rows = rows, .cap = PAGE, .more = true};
    enum err e = rows ? ERR_OK : ERR_NOMEM;
    while (e == ERR_OK && l.more) {
        e = store_list(x->store, &l);
        for (size_t i = 0; e == ERR_OK && i < l.count; i++)
            e = v->each ? v->each(x, rows + i * size) : show(x, v->table, rows + i * size);
        if (e == ERR_OK && l.count > 0) {
            memcpy(rows + PAGE * size, rows + (l.count - 1) * size, size);
            l.after = rows + PAGE * size;
        }
    }
    free(rows);
    return e;
}

static const struct store_column *owner_column(enum store_table table)
{
    const struct store_schema *t = &store_schema[table];
    for (size_t i = 0; i < t->count; i++)
        if (t->columns[i].person == STORE_OWNER)
            return &t->columns[i];
    return NULL;
}

/* A struct of the table whose owner is that account. */
static void *like_owner(enum store_table table, const struct store_column *c,
                        const uint8_t account[STORE_ID])
{
    uint8_t *row = calloc(1, store_schema[table].size);
    uint32_t len = STORE_ID;
    if (!row)
        return NULL;
    memcpy(row + c->at, account, STORE_ID);
    if (c->kind == STORE_BLOB)
        memcpy(row + c->len_at, &len, sizeof len);
    return row;
}

static enum err export_owned(struct export *x, enum store_table table,
                             const uint8_t account[STORE_ID])
{
    const struct store_column *c = owner_column(table);
    void *like = like_owner(table, c, account);
    if (!like)
        return ERR_NOMEM;
    enum err e = visit(x, &(struct visit){table, c->name, like, NULL});
    free(like);
    return e;
}

static enum err export_tables(struct export *x, const uint8_t account[STORE_ID])
{
    TRY(put(x->out, "{"));
    for (int table = 0; table < STORE_TABLES; table++) {
        TRY(put(x->out, table == 0 ? "\"" : ",\""));
        TRY(put(x->out, store_schema[table].name));
        TRY(put(x->out, "\":["));
        x->some = false;
        if (owner_column((enum store_table)table))
            TRY(export_owned(x, (enum store_table)table, account));
        TRY(put(x->out, "]"));
    }
    return put(x->out, "}\n");
}

enum err store_export_person(struct store *s, const uint8_t account[STORE_ID],
                             const struct store_sink *sink)
{
    struct export x = {s, sink, false};
    struct store_account a = {.state = 0};
    memcpy(a.id, account, STORE_ID);
    TRY(backend_begin(s, false));
    enum err e = store_get_account(s, &a);
    if (e == ERR_OK)
        e = export_tables(&x, account);
    store_rollback(s);
    return e;
}

/* ---- deleting ---- */

static enum err delete_column(struct store *s, enum store_table table, const struct store_column *c,
                              const uint8_t account[STORE_ID])
{
    char sql[160];
    const char *name = store_schema[table].name;
    if (c->person == STORE_OWNER)
        (void)snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s = $1", name, c->name);
    else
        (void)snprintf(sql, sizeof sql, "UPDATE %s SET %s = $2 WHERE %s = $1", name, c->name,
                       c->name);
    struct backend_call call = {
        .number = BACKEND_ONCE,
        .sql = sql,
        .args = {value_blob(span_of(account, STORE_ID)), value_blob(span_of(NULL, 0))},
        .arg_count = c->person == STORE_OWNER ? 1 : 2};
    return backend_write(s, &call);
}

static enum err delete_everywhere(struct store *s, const uint8_t account[STORE_ID], int64_t now_ms)
{
    struct store_account a = {.state = 0};
    struct store_deletion d = {.deleted_ms = now_ms};
    memcpy(a.id, account, STORE_ID);
    memcpy(d.account, account, STORE_ID);
    TRY(store_get_account(s, &a));
    for (int table = STORE_TABLES - 1; table >= 0; table--) /* those that refer to others first */
        for (size_t i = 0; i < store_schema[table].count; i++) {
            const struct store_column *c = &store_schema[table].columns[i];
            if (c->person == STORE_OWNER || c->person == STORE_MENTION)
                TRY(delete_column(s, (enum store_table)table, c, account));
        }
    enum err e = store_drop_deletion(s, &d);
    return e == ERR_OK || e == ERR_NOT_FOUND ? store_put_deletion(s, &d) : e;
}

enum err store_delete_person(struct store *s, const uint8_t account[STORE_ID], int64_t now_ms)
{
    if (s->inside)
        return delete_everywhere(s, account, now_ms);
    TRY(store_begin(s));
    enum err e = delete_everywhere(s, account, now_ms);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}
