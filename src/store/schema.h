/* The register as data: tables, their columns, and where each stands in the table's struct.
 * knows: schema.def. knows not: SQL, databases. owns: nothing; all is static. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/retain.h"
#include "store/store.h"

enum store_kind { STORE_BYTES, STORE_BLOB, STORE_TEXT, STORE_INT };
enum store_role { STORE_PLAIN = 0, STORE_KEY = 1, STORE_INDEX = 2, STORE_KEY_INDEX = 3 };
enum store_person { STORE_NONE, STORE_FACT, STORE_SECRET, STORE_MENTION, STORE_OWNER };
enum store_backup_class { STORE_KEPT, STORE_VOLATILE };

struct store_column {
    const char *name;
    enum store_kind kind;
    uint32_t max; /* bytes */
    enum store_role role;
    enum store_person person;
    size_t at, len_at; /* in the struct; len_at of a BLOB */
    const char *purpose, *region;
    enum retain_rule retention;
};

struct store_schema {
    const char *name, *words;
    enum store_backup_class backup;
    const struct store_column *columns;
    size_t count, size; /* columns; bytes of the struct */
};

enum { STORE_COLUMNS = 16 }; /* of one table, at most */

extern const struct store_schema store_schema[STORE_TABLES];

/* NULL when the table has none of that name. */
const struct store_column *schema_column(enum store_table table, const char *name);

/* Writes docs/wire/register.md. */
enum err schema_register(const struct store_sink *sink);

#endif
