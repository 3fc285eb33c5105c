/* Facts about the register: it names every column of both databases and no other, each with a
 * purpose, a region and a retention that holds, and the page made from it is up to date. */
#include "store/both.h"

#include "base/bug.h"

struct text {
    char *out;
    size_t cap, len;
};

static enum err take(void *ctx, struct span piece)
{
    struct text *t = ctx;
    assert_true(t->len + piece.len < t->cap);
    memcpy(t->out + t->len, piece.ptr, piece.len);
    t->len += piece.len;
    return ERR_OK;
}

/* "table.column:type" of every column, one a line, sorted. */
static void write_register(char *out, size_t cap)
{
    static const char *const sqlite[] = {"BLOB", "BLOB", "TEXT", "INTEGER"};
    static const char *const postgres[] = {"bytea", "bytea", "text", "bigint"};
    size_t n = 0;
    out[0] = '\0';
    for (int t = 0; t < STORE_TABLES; t++)
        for (size_t i = 0; i < store_schema[t].count; i++) {
            const struct store_column *c = &store_schema[t].columns[i];
            n += (size_t)snprintf(out + n, cap - n, "%s.%s:%s\n", store_schema[t].name, c->name,
                                  both.postgres ? postgres[c->kind] : sqlite[c->kind]);
        }
    assert_true(n < cap);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(char *text, char *out, size_t cap)
{
    char *lines[400], *rest = NULL;
    size_t n = 0, len = 0;
    for (char *l = strtok_r(text, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest)) {
        assert_true(n < ARRAY_LEN(lines));
        lines[n++] = l;
    }
    qsort(lines, n, sizeof lines[0], by_text);
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(out + len, cap - len, "%s\n", lines[i]);
    assert_true(len < cap);
}

struct catalogue {
    char *out;
    size_t cap, len;
};

static void take_line(void *ctx, const struct store_value *columns, size_t count)
{
    struct catalogue *c = ctx;
    assert_int_equal(count, 1);
    c->len += (size_t)snprintf(c->out + c->len, c->cap - c->len, "%.*s\n",
                               (int)columns[0].bytes.len, (const char *)columns[0].bytes.ptr);
    assert_true(c->len < c->cap);
}

static void the_register_and_the_database_have_the_same_columns(void **state)
{
    (void)state;
    static char wanted[16384], got[16384], a[16384], b[16384];
    struct store *s = both_open();
    struct catalogue c = {got, sizeof got, 0};
    struct backend_call call = {
        .number = BACKEND_ONCE,
        .sql = both_say("SELECT m.name || '.' || c.name || ':' || c.type FROM sqlite_master m,"
                        " pragma_table_info(m.name) c WHERE m.type = 'table'",
                        "SELECT (table_name || '.' || column_name || ':' || data_type)::text"
                        " FROM information_schema.columns WHERE table_schema = 'public'"
                        " AND table_name <> 'schema_version'"),
        .row = take_line,
        .ctx = &c};
    assert_int_equal(backend_read(s, &call), ERR_OK);
    store_close(s);
    write_register(wanted, sizeof wanted);
    sort_lines(wanted, a, sizeof a);
    sort_lines(got, b, sizeof b);
    assert_string_equal(a, b);
}

static void every_column_has_a_purpose_a_region_and_a_retention_that_reaches_it(void **state)
{
    (void)state;
    static const char *const regions[] = {"ACCOUNT", "ORGANISATION", "MEETING", "CELL"};
    for (int t = 0; t < STORE_TABLES; t++)
        for (size_t i = 0; i < store_schema[t].count; i++) {
            const struct store_column *c = &store_schema[t].columns[i];
            bool region = false;
            for (size_t r = 0; r < ARRAY_LEN(regions); r++)
                region = region || strcmp(regions[r], c->region) == 0;
            assert_true(region);
            assert_true(strlen(c->purpose) > 5);
            assert_true(strlen(retain_words(c->retention)) > 10);
            const char *table = retain_table(c->retention);
            if (table[0] && strcmp(table, store_schema[t].name) != 0)
                fail_msg("%s.%s has a rule of %s", store_schema[t].name, c->name, table);
        }
}

/* Export and deletion find a person's rows by these columns alone. */
static void a_table_with_facts_about_a_person_says_whose_they_are(void **state)
{
    (void)state;
    for (int t = 0; t < STORE_TABLES; t++) {
        bool facts = false, owner = false, parent = false;
        for (size_t i = 0; i < store_schema[t].count; i++) {
            const struct store_column *c = &store_schema[t].columns[i];
            facts = facts || c->person == STORE_FACT;
            owner = owner || c->person == STORE_OWNER;
            parent = parent || strcmp(c->name, "meeting") == 0; /* goes with the meeting's owner */
            if (c->person == STORE_OWNER || c->person == STORE_MENTION)
                assert_true(c->role & STORE_INDEX);
        }
        if (facts && !owner && !parent)
            fail_msg("nobody owns the rows of %s", store_schema[t].name);
    }
}

static void the_page_of_the_register_is_up_to_date(void **state)
{
    (void)state;
    static char made[65536], stands[65536];
    struct text t = {made, sizeof made, 0};
    struct store_sink sink = {&t, take};
    assert_int_equal(schema_register(&sink), ERR_OK);
    made[t.len] = '\0';
    FILE *f = fopen("docs/wire/register.md", "r");
    if (!f)
        fail_msg("docs/wire/register.md is missing: make docs");
    size_t n = fread(stands, 1, sizeof stands - 1, f);
    (void)fclose(f);
    stands[n] = '\0';
    if (strcmp(made, stands) != 0)
        fail_msg("docs/wire/register.md is stale: make docs");
}

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(every_column_has_a_purpose_a_region_and_a_retention_that_reaches_it),
        cmocka_unit_test(a_table_with_facts_about_a_person_says_whose_they_are),
        cmocka_unit_test(the_page_of_the_register_is_up_to_date),
    };
    const struct CMUnitTest facts[] = {
        BOTH_FACT(the_register_and_the_database_have_the_same_columns),
    };
    return cmocka_run_group_tests(alone, NULL, NULL) + BOTH(facts);
}
