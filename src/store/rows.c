/* Rows of any table: structs to statements and back, by the register.
 * knows: schema.def as data. knows not: which database. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "store/backend.h"

enum kind { PUT, GET, SET, DROP, FIRST, NEXT, DROP_BY, SORTED };
static_assert((int)SORTED < (int)BACKEND_KINDS, "each kind of statement has its numbers");
static_assert((int)STORE_COLUMNS < (int)BACKEND_SLOTS, "each column has a number, and none too");

static unsigned number_of(enum store_table table, enum kind kind, size_t slot)
{
    return (unsigned)(((size_t)table * BACKEND_KINDS + kind) * BACKEND_SLOTS + slot);
}

/* ---- statements as text ---- */

struct sql {
    char text[BACKEND_SQL];
    size_t len;
};

/* What is written here is made of our own names: it fits or is a bug. */
__attribute__((format(printf, 2, 3))) static void add(struct sql *q, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(q->text + q->len, sizeof q->text - q->len, format, args);
    va_end(args);
    BUG_IF(n < 0 || (size_t)n >= sizeof q->text - q->len);
    q->len += (size_t)n;
}

static bool is_key(const struct store_column *c)
{
    return (c->role & STORE_KEY) != 0;
}

/* "a, b" or "$4, $5": the names, or the arguments from `first` on, of all columns or the key. */
static void add_columns(struct sql *q, const struct store_schema *t, bool key, unsigned first)
{
    bool some = false;
    for (size_t i = 0; i < t->count; i++) {
        if (key && !is_key(&t->columns[i]))
            continue;
        add(q, some ? ", " : "");
        if (first == 0)
            add(q, "%s", t->columns[i].name);
        else
            add(q, "$%u", first++);
        some = true;
    }
}

/* " WHERE (a, b) = ($1, $2)" */
static void add_where_key(struct sql *q, const struct store_schema *t, const char *compare,
                          unsigned first)
{
    add(q, "(");
    add_columns(q, t, true, 0);
    add(q, ") %s (", compare);
    add_columns(q, t, true, first);
    add(q, ")");
}

/* ---- values ---- */

struct store_value rows_value(const struct store_column *c, const void *row)
{
    const uint8_t *at = (const uint8_t *)row + c->at;
    struct store_value v = {.kind = c->kind == STORE_BYTES ? STORE_BLOB : c->kind};
    switch (c->kind) {
    case STORE_INT:
        memcpy(&v.number, at, sizeof v.number);
        break;
    case STORE_TEXT:
        v.bytes = span_of(at, strnlen((const char *)at, c->max));
        break;
    case STORE_BYTES:
        v.bytes = span_of(at, c->max);
        break;
    case STORE_BLOB: {
        uint32_t len;
        memcpy(&len, (const uint8_t *)row + c->len_at, sizeof len);
        BUG_IF(len > c->max);
        v.bytes = span_of(at, len);
        break;
    }
    }
    return v;
}

/* False for what this program cannot have written. */
static bool take_value(const struct store_column *c, const struct store_value *v, void *row)
{
    uint8_t *at = (uint8_t *)row + c->at;
    enum store_kind kind = c->kind == STORE_BYTES ? STORE_BLOB : c->kind;
    if (v->kind != kind)
        return false;
    if (kind == STORE_INT) {
        memcpy(at, &v->number, sizeof v->number);
        return true;
    }
    if (v->bytes.len > c->max || (c->kind == STORE_BYTES && v->bytes.len != c->max))
        return false;
    if (v->bytes.len > 0)
        memcpy(at, v->bytes.ptr, v->bytes.len);
    uint32_t len = (uint32_t)v->bytes.len;
    if (c->kind == STORE_BLOB)
        memcpy((uint8_t *)row + c->len_at, &len, sizeof len);
    return true;
}

/* Of a sequence from its first byte: how many follow, and the least that those may say (RFC 3629
 * section 4); 0 for no first byte of more than one. */
static size_t utf8_rest(uint8_t first, uint32_t *least)
{
    static const uint32_t leasts[] = {0, 0x80, 0x800, 0x10000};
    size_t rest = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : 0;
    rest = first >= 0xc0 && first < 0xe0 ? 1 : rest;
    *least = leasts[rest];
    return rest;
}

static bool is_utf8(struct span t)
{
    for (size_t i = 0; i < t.len; i++) {
        uint32_t least, code = t.ptr[i];
        if (code < 0x80)
            continue;
        size_t rest = utf8_rest(t.ptr[i], &least);
        if (rest == 0 || rest >= t.len - i)
            return false;
        code &= 0x3fU >> rest;
        for (; rest > 0; rest--) {
            uint8_t next = t.ptr[++i];
            if ((next & 0xc0) != 0x80)
                return false;
            code = code << 6 | (next & 0x3f);
        }
        if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return false;
    }
    return true;
}

static enum err add_args(struct backend_call *c, const struct store_schema *t, const void *row,
                         bool key)
{
    for (size_t i = 0; i < t->count; i++) {
        if (key && !is_key(&t->columns[i]))
            continue;
        struct store_value v = rows_value(&t->columns[i], row);
        if (v.kind == STORE_TEXT && !is_utf8(v.bytes))
            return ERR_MALFORMED;
        c->args[c->arg_count++] = v;
    }
    return ERR_OK;
}

struct filling {
    const struct store_schema *table;
    uint8_t *rows; /* room for cap structs */
    size_t cap, count;
    bool more, bad;
};

static void fill(void *ctx, const struct store_value *columns, size_t count)
{
    struct filling *f = ctx;
    if (f->count == f->cap) {
        f->more = true;
        return;
    }
    uint8_t *row = f->rows + f->count++ * f->table->size;
    memset(row, 0, f->table->size);
    f->bad |= count != f->table->count;
    for (size_t i = 0; i < count && !f->bad; i++)
        f->bad = !take_value(&f->table->columns[i], &columns[i], row);
}

/* ---- running ---- */

enum err backend_read(struct store *s, struct backend_call *c)
{
    if (s->inside && s->failed)
        return ERR_STATE;
    enum err e = s->ops->run(s, c);
    s->failed = s->inside && e != ERR_OK;
    return e;
}

enum err backend_write(struct store *s, struct backend_call *c)
{
    if (s->inside)
        return backend_read(s, c);
    TRY(s->ops->begin(s, true));
    enum err e = s->ops->run(s, c);
    if (e == ERR_OK)
        return s->ops->commit(s);
    s->ops->rollback(s);
    return e;
}

enum err backend_begin(struct store *s, bool write)
{
    BUG_IF(s->inside);
    TRY(s->ops->begin(s, write));
    s->inside = true;
    s->failed = false;
    return ERR_OK;
}

enum err store_begin(struct store *s)
{
    return backend_begin(s, true);
}

enum err store_commit(struct store *s)
{
    BUG_IF(!s->inside);
    bool failed = s->failed;
    s->inside = s->failed = false;
    if (!failed)
        return s->ops->commit(s);
    s->ops->rollback(s);
    return ERR_STATE;
}

void store_rollback(struct store *s)
{
    if (s->inside)
        s->ops->rollback(s);
    s->inside = s->failed = false;
}

/* A statement that a caller's mistake kept from being run fails its transaction like any other. */
static enum err refuse(struct store *s, enum err e)
{
    s->failed = s->inside;
    return e;
}

enum err store_put(struct store *s, enum store_table table, const void *row)
{
    const struct store_schema *t = &store_schema[table];
    struct sql q = {.len = 0};
    struct backend_call c = {.number = number_of(table, PUT, 0), .sql = q.text};
    enum err e = add_args(&c, t, row, false);
    if (e != ERR_OK)
        return refuse(s, e);
    add(&q, "INSERT INTO %s (", t->name);
    add_columns(&q, t, false, 0);
    add(&q, ") VALUES (");
    add_columns(&q, t, false, 1);
    add(&q, ")");
    return backend_write(s, &c);
}

enum err store_get(struct store *s, enum store_table table, void *row)
{
    const struct store_schema *t = &store_schema[table];
    struct sql q = {.len = 0};
    struct filling f = {.table = t, .rows = calloc(1, t->size), .cap = 1};
    struct backend_call c = {
        .number = number_of(table, GET, 0), .sql = q.text, .row = fill, .ctx = &f};
    enum err e = f.rows ? add_args(&c, t, row, true) : ERR_NOMEM;
    if (e != ERR_OK) {
        e = refuse(s, e);
        goto out;
    }
    add(&q, "SELECT ");
    add_columns(&q, t, false, 0);
    add(&q, " FROM %s WHERE ", t->name);
    add_where_key(&q, t, "=", 1);
    e = backend_read(s, &c);
    if (e == ERR_OK)
        e = f.bad ? ERR_IO : f.count == 0 ? ERR_NOT_FOUND : ERR_OK;
    if (e == ERR_OK)
        memcpy(row, f.rows, t->size);
out:
    free(f.rows);
    return e;
}

static enum err found(enum err e, const struct backend_call *c)
{
    return e == ERR_OK && c->changed == 0 ? ERR_NOT_FOUND : e;
}

enum err store_set(struct store *s, enum store_table table, const void *row)
{
    const struct store_schema *t = &store_schema[table];
    struct sql q = {.len = 0};
    struct backend_call c = {.number = number_of(table, SET, 0), .sql = q.text};
    enum err e = add_args(&c, t, row, false);
    if (e != ERR_OK)
        return refuse(s, e);
    add(&q, "UPDATE %s SET ", t->name);
    bool some = false;
    for (size_t i = 0; i < t->count; i++) {
        if (is_key(&t->columns[i]))
            continue;
        add(&q, "%s%s = $%u", some ? ", " : "", t->columns[i].name, (unsigned)i + 1);
        some = true;
    }
    add(&q, " WHERE ");
    for (size_t i = 0, n = 0; i < t->count; i++)
        if (is_key(&t->columns[i]))
            add(&q, "%s%s = $%u", n++ ? " AND " : "", t->columns[i].name, (unsigned)i + 1);
    return found(backend_write(s, &c), &c);
}

enum err store_drop(struct store *s, enum store_table table, const void *row)
{
    const struct store_schema *t = &store_schema[table];
    struct sql q = {.len = 0};
    struct backend_call c = {.number = number_of(table, DROP, 0), .sql = q.text};
    enum err e = add_args(&c, t, row, true);
    if (e != ERR_OK)
        return refuse(s, e);
    add(&q, "DELETE FROM %s WHERE ", t->name);
    add_where_key(&q, t, "=", 1);
    return found(backend_write(s, &c), &c);
}

/* ---- many rows ---- */

/* The column and its number; asking by a column without an index is a bug. */
static const struct store_column *index_column(enum store_table table, const char *by, size_t *slot)
{
    const struct store_column *c = schema_column(table, by);
    BUG_IF(!c || !(c->role & STORE_INDEX));
    *slot = (size_t)(c - store_schema[table].columns) + 1;
    return c;
}

/* Adds which rows, after "WHERE $1 > 0", and in which order; and the statement's number. */
static enum err add_order(struct sql *q, struct backend_call *c, const struct store_list *l)
{
    const struct store_schema *t = &store_schema[l->table];
    size_t slot = 0;
    if (l->sort) {
        const struct store_column *column = index_column(l->table, l->sort, &slot);
        BUG_IF(l->by || !l->after);
        c->args[c->arg_count++] = rows_value(column, l->after);
        add(q, " AND %s > $2 ORDER BY %s", column->name, column->name);
        c->number = number_of(l->table, SORTED, slot);
        return ERR_OK;
    }
    if (l->by) {
        const struct store_column *column = index_column(l->table, l->by, &slot);
        c->args[c->arg_count++] = rows_value(column, l->like);
        add(q, " AND %s = $2", column->name);
    }
    if (l->after) {
        add(q, " AND ");
        add_where_key(q, t, ">", (unsigned)c->arg_count + 1);
        TRY(add_args(c, t, l->after, true));
    }
    add(q, " ORDER BY ");
    add_columns(q, t, true, 0);
    c->number = number_of(l->table, l->after ? NEXT : FIRST, slot);
    return ERR_OK;
}

enum err store_list(struct store *s, struct store_list *l)
{
    const struct store_schema *t = &store_schema[l->table];
    BUG_IF(l->cap == 0 || l->cap > STORE_LIST);
    struct sql q = {.len = 0};
    struct filling f = {.table = t, .rows = l->rows, .cap = l->cap};
    struct backend_call c = {.sql = q.text, .row = fill, .ctx = &f};
    add(&q, "SELECT ");
    add_columns(&q, t, false, 0);
    add(&q, " FROM %s WHERE $1 > 0", t->name);
    c.args[c.arg_count++] = value_int((int64_t)l->cap + 1); /* one more tells whether there are */
    enum err e = add_order(&q, &c, l);
    if (e != ERR_OK)
        return refuse(s, e);
    add(&q, " LIMIT $1");
    TRY(backend_read(s, &c));
    l->count = f.count;
    l->more = f.more;
    return f.bad ? ERR_IO : ERR_OK;
}

enum err store_drop_by(struct store *s, enum store_table table, const char *by, const void *like,
                       uint64_t *count)
{
    struct sql q = {.len = 0};
    size_t slot = 0;
    const struct store_column *column = index_column(table, by, &slot);
    struct backend_call c = {.number = number_of(table, DROP_BY, slot),
                             .sql = q.text,
                             .args = {rows_value(column, like)},
                             .arg_count = 1};
    add(&q, "DELETE FROM %s WHERE %s = $1", store_schema[table].name, column->name);
    TRY(backend_write(s, &c));
    if (count)
        *count = c.changed;
    return ERR_OK;
}
