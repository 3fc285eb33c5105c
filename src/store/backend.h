/* What a database must do for the store: run prepared statements with typed arguments,
 * transactions, the version of the schema. Both speak the same SQL, with $1, $2, ... for arguments.
 * knows: statements and values. knows not: tables. owns: the connection. */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "store/schema.h"

enum {
    BACKEND_ARGS = 2 * STORE_COLUMNS, /* of one statement */
    BACKEND_SLOTS = 32,               /* statements of one kind a table */
    BACKEND_KINDS = 8,
    BACKEND_ACTS = 256, /* statements that are no table's */
    BACKEND_PREPARED = STORE_TABLES * BACKEND_KINDS * BACKEND_SLOTS + BACKEND_ACTS,
    BACKEND_ONCE = BACKEND_PREPARED, /* the number of a statement that is not kept */
    BACKEND_SQL = 2048,
};

/* BYTES and BLOB are one kind here: STORE_BLOB. */
struct store_value {
    enum store_kind kind;
    int64_t number;
    struct span bytes; /* *borrowed*; of TEXT without a zero */
};

struct backend_call {
    unsigned number; /* names the statement: the same number, the same SQL */
    const char *sql;
    struct store_value args[BACKEND_ARGS];
    size_t arg_count;
    /* Called a row; values last as long as the call. NULL: rows are not wanted. */
    void (*row)(void *ctx, const struct store_value *columns, size_t count);
    void *ctx;
    uint64_t rows, changed; /* out */
};

struct backend_ops {
    void (*close)(struct store *s);
    /* ERR_CONFLICT: a constraint. ERR_IO, ERR_AGAIN, ERR_MALFORMED as in store.h. */
    enum err (*run)(struct store *s, struct backend_call *c);
    /* Statements without arguments or rows. */
    enum err (*script)(struct store *s, const char *sql);
    enum err (*begin)(struct store *s, bool write);
    enum err (*commit)(struct store *s);
    void (*rollback)(struct store *s);
    /* Inside a transaction; 0: nothing there yet. */
    enum err (*version)(struct store *s, int *version);
    enum err (*set_version)(struct store *s, int version);
    /* Forgets prepared statements: tables were dropped. */
    void (*forget)(struct store *s);
    enum err (*scrub)(struct store *s);
    /* One sentence about the last failure. */
    void (*explain)(struct store *s, char why[STORE_WHY]);
    /* NULL: a database that is never away. */
    bool (*tick)(struct store *s, int64_t *next_ms, int *fd, bool *write);
    bool (*up)(const struct store *s);
    enum store_doubt (*doubt)(const struct store *s);
    const char *(*why)(const struct store *s);
    bool postgres; /* which of the two forms migrations take */
};

/* The head of every kind of store. */
struct store {
    const struct backend_ops *ops;
    bool inside, failed; /* a transaction of the caller; something in it went wrong */
};

static inline struct store_value value_int(int64_t n)
{
    return (struct store_value){.kind = STORE_INT, .number = n};
}

static inline struct store_value value_blob(struct span b)
{
    return (struct store_value){.kind = STORE_BLOB, .bytes = b};
}

static inline struct store_value value_text(struct span t)
{
    return (struct store_value){.kind = STORE_TEXT, .bytes = t};
}

/* rows.c: a statement as a whole, inside the caller's transaction or in one of its own. */
enum err backend_read(struct store *s, struct backend_call *c);
enum err backend_write(struct store *s, struct backend_call *c);
/* As store_begin; !write: one snapshot for what is read until store_commit. */
enum err backend_begin(struct store *s, bool write);
/* The value of a column in a table's struct; *borrowed* from it. */
struct store_value rows_value(const struct store_column *c, const void *row);

/* migrate.c: brings the schema to `target` (MIGRATE_NEWEST: as new as this program); each step is a
 * transaction unless the caller is inside one. ERR_STATE: the database is newer. */
enum { MIGRATE_NEWEST = -1 };
enum err store_migrate(struct store *s, int target);
int store_newest_version(void);

enum err store_open_postgres(struct store **out, const struct store_options *o,
                             char why[STORE_WHY]);

#endif
