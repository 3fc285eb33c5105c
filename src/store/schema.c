/* The tables of schema.def, and the page that is made from them. */
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/bug.h"

#define LEN_BYTES(tag, column) 0
#define LEN_TEXT(tag, column) 0
#define LEN_INT(tag, column) 0
#define LEN_BLOB(tag, column) offsetof(struct store_##tag, column##_len)

#define TABLE(NAME, name, tag, backup, words) static const struct store_column tag##_columns[] = {
#define COLUMN(tag, column, kind, max, role, person, purpose, region, retention)                   \
    {#column,                                                                                      \
     STORE_##kind,                                                                                 \
     max,                                                                                          \
     STORE_##role,                                                                                 \
     STORE_##person,                                                                               \
     offsetof(struct store_##tag, column),                                                         \
     LEN_##kind(tag, column),                                                                      \
     purpose,                                                                                      \
     #region,                                                                                      \
     RETAIN_##retention},
#define END(NAME, name, tag)                                                                       \
    }                                                                                              \
    ;                                                                                              \
    static_assert(ARRAY_LEN(tag##_columns) <= STORE_COLUMNS, #name " has room for its columns");
#include "store/schema.def"
#undef TABLE
#undef COLUMN
#undef END

const struct store_schema store_schema[STORE_TABLES] = {
#define TABLE(NAME, name, tag, backup, words)                                                      \
    {#name,                                                                                        \
     words,                                                                                        \
     STORE_##backup,                                                                               \
     tag##_columns,                                                                                \
     ARRAY_LEN(tag##_columns),                                                                     \
     sizeof(struct store_##tag)},
#define COLUMN(tag, column, kind, max, role, person, purpose, region, retention)
#define END(NAME, name, tag)
#include "store/schema.def"
#undef TABLE
#undef COLUMN
#undef END
};

const struct store_column *schema_column(enum store_table table, const char *name)
{
    const struct store_schema *t = &store_schema[table];
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return &t->columns[i];
    return NULL;
}

/* ---- the page ---- */

static enum err put(const struct store_sink *sink, const char *text)
{
    return sink->put(sink->ctx, span_str(text));
}

static const char *kind_words(const struct store_column *c, char text[40])
{
    switch (c->kind) {
    case STORE_BYTES:
        (void)snprintf(text, 40, "%u bytes", (unsigned)c->max);
        break;
    case STORE_BLOB:
        (void)snprintf(text, 40, "up to %u bytes", (unsigned)c->max);
        break;
    case STORE_TEXT:
        (void)snprintf(text, 40, "text, up to %u bytes", (unsigned)c->max);
        break;
    case STORE_INT:
        (void)snprintf(text, 40, "number");
        break;
    }
    return text;
}

static const char *person_words(enum store_person p)
{
    static const char *const words[] = {
        [STORE_NONE] = "no",
        [STORE_FACT] = "yes",
        [STORE_SECRET] = "yes, secret",
        [STORE_MENTION] = "names an account",
        [STORE_OWNER] = "names the account that the row belongs to",
    };
    return words[p];
}

static enum err put_column(const struct store_sink *sink, const struct store_column *c)
{
    char line[700], kind[40];
    (void)snprintf(line, sizeof line, "| %s%s | %s | %s | %s | %s | %s |\n", c->name,
                   c->role & STORE_KEY ? " (key)" : "", kind_words(c, kind), c->purpose,
                   person_words(c->person), c->region, retain_words(c->retention));
    return put(sink, line);
}

static enum err put_table(const struct store_sink *sink, const struct store_schema *t)
{
    char head[400];
    (void)snprintf(head, sizeof head,
                   "\n## %s\n\n%s%s.\n\n| column | form | purpose | about a person | region | kept"
                   " |\n|---|---|---|---|---|---|\n",
                   t->name, t->words, t->backup == STORE_VOLATILE ? "; not in backups" : "");
    TRY(put(sink, head));
    for (size_t i = 0; i < t->count; i++)
        TRY(put_column(sink, &t->columns[i]));
    return ERR_OK;
}

enum err schema_register(const struct store_sink *sink)
{
    TRY(put(sink,
            "# Register of stored fields\n"
            "\n"
            "Generated from src/store/schema.def and retain.def (`make docs`); do not edit. Every"
            " column of the\n"
            "database stands here; a test compares this page, the register and both kinds of"
            " database.\n"
            "\n"
            "Regions: ACCOUNT, where the account's owner chose; ORGANISATION, where the"
            " organisation chose; MEETING,\n"
            "the home cell of the meeting; CELL, this data centre alone. Names, chat, files and"
            " media are not here:\n"
            "the server has them sealed at most, and keeps none of them (docs/wire/e2ee.md).\n"));
    for (size_t i = 0; i < STORE_TABLES; i++)
        TRY(put_table(sink, &store_schema[i]));
    return ERR_OK;
}
