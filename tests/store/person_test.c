/* Facts about one person's rows: all of it is given out, and after deletion nothing of it is left
 * in rows, files, logs or a new backup; a backup from before does not bring it back. */
#include "store/both.h"

#include <dirent.h>

#include "base/bug.h"

#define NOW ((int64_t)1700000000000)
#define DAY (24 * 60 * 60 * (int64_t)1000)

struct text {
    char *out;
    size_t cap, len;
};

static enum err take(void *ctx, struct span piece)
{
    struct text *t = ctx;
    if (t->len + piece.len >= t->cap)
        return ERR_LIMIT;
    memcpy(t->out + t->len, piece.ptr, piece.len);
    t->len += piece.len;
    t->out[t->len] = '\0';
    return ERR_OK;
}

/* Person n owns a meeting and has a row in every table that can hold something about a person; each
 * text and each string of bytes holds a mark of its own. */
static void plant(struct store *s, unsigned n)
{
    uint8_t row[BOTH_ROW], account[STORE_ID];
    both_id(account, n);
    for (int t = 0; t < STORE_TABLES; t++) {
        const struct store_schema *table = &store_schema[t];
        if (t == STORE_DELETIONS || t == STORE_USAGE || t == STORE_WEBHOOKS ||
            t == STORE_ORGANISATION_TOKENS || t == STORE_SERVER_DAYS ||
            t == STORE_ORGANISATION_CHOICES)
            continue;
        both_fill((enum store_table)t, n, row);
        for (size_t i = 0; i < table->count; i++) {
            const struct store_column *c = &table->columns[i];
            uint8_t *at = row + c->at;
            int64_t seen = NOW;
            if (c->person == STORE_OWNER)
                memcpy(at, account, STORE_ID);
            if (c->person == STORE_MENTION)
                both_id(at, 3 - n);
            if (strstr(c->name, "_ms"))
                memcpy(at, &seen, sizeof seen);
            if (strstr(c->name, "ended_ms") || strstr(c->name, "until_ms") ||
                strstr(c->name, "withdrawn_ms"))
                memset(at, 0, sizeof seen);
            if (strcmp(c->name, "meeting") == 0 || (t == STORE_MEETINGS && i == 0))
                (void)snprintf(memset(at, 0, c->max), c->max, "meeting%u", n);
            if (strcmp(c->name, "organisation") == 0 || (t == STORE_ORGANISATIONS && i == 0))
                memset(at, (int)n, STORE_ID);
            if (c->kind == STORE_BYTES && c->max == 32)
                (void)snprintf((char *)at, 32, "CANARY-%u-%.8s-%.8s", n, table->name, c->name);
            if (t == STORE_DEVICES && i == 0)
                (void)snprintf((char *)at, 16, "CANARY-%u-device", n);
        }
        assert_int_equal(store_put(s, (enum store_table)t, row), ERR_OK);
    }
}

static bool holds(const char *bytes, size_t len, const char *mark)
{
    return memmem(bytes, len, mark, strlen(mark)) != NULL;
}

/* How many files below a folder hold the mark; `name` gets one of them. */
static unsigned grep(const char *folder, const char *mark, size_t mark_len, char name[300])
{
    unsigned found = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[300];
        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%.200s/%.90s", folder, e->d_name);
        if (e->d_type == DT_DIR)
            found += grep(path, mark, mark_len, name);
        FILE *f = e->d_type == DT_REG ? fopen(path, "r") : NULL;
        if (!f)
            continue;
        static char bytes[64 << 20];
        size_t n = fread(bytes, 1, sizeof bytes, f);
        (void)fclose(f);
        if (memmem(bytes, n, mark, mark_len)) {
            (void)snprintf(name, 300, "%s", path);
            found++;
        }
    }
    if (d)
        closedir(d);
    return found;
}

/* The folder of the database's own files, log included. */
static const char *files(void)
{
    return both.postgres ? both.server.folder : both.folder;
}

static void a_person_gets_everything_and_nothing_of_others(void **state)
{
    (void)state;
    static char json[65536];
    struct text t = {json, sizeof json, 0};
    const struct store_sink sink = {&t, take};
    struct store *s = both_open();
    uint8_t one[STORE_ID], nobody[STORE_ID];
    both_id(one, 1);
    both_id(nobody, 9);
    plant(s, 2);
    plant(s, 1);
    assert_int_equal(store_export_person(s, nobody, &sink), ERR_NOT_FOUND);
    assert_int_equal(t.len, 0);
    assert_int_equal(store_export_person(s, one, &sink), ERR_OK);
    static const char *const texts[] = {"\"login\":\"CANARY-accounts-login-1\"",
                                        "\"zone\":\"CANARY-schedules-zone-1\"",
                                        "\"reason\":\"CANARY-blocks-reason-1\"",
                                        "\"name\":\"CANARY-devices-name-1\"",
                                        "\"memberships\":[{",
                                        "\"consents\":[{",
                                        "\"sessions\":[{\"token_hash\":\"withheld\"",
                                        "\"proof\":\"withheld\"",
                                        "\"safe\":\"withheld\""};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (!strstr(json, texts[i]))
            fail_msg("%s is not in %s", texts[i], json);
    assert_false(holds(json, t.len, "-2\""));
    assert_false(holds(json, t.len, "meeting2"));
    assert_false(holds(json, t.len, "a0000000000000000000000000000002\",\"login"));
    store_close(s);
}

static void text_in_an_export_is_escaped(void **state)
{
    (void)state;
    static char json[8192];
    struct text t = {json, sizeof json, 0};
    const struct store_sink sink = {&t, take};
    struct store *s = both_open();
    struct store_account a = both_account(1);
    (void)snprintf(a.name, sizeof a.name, "%s", "a\"b\\c\nd\x01");
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_export_person(s, a.id, &sink), ERR_OK);
    assert_non_null(strstr(json, "\"name\":\"a\\\"b\\\\c\\u000ad\\u0001\""));
    store_close(s);
}

static void an_export_that_cannot_be_written_is_an_answer(void **state)
{
    (void)state;
    static char json[50];
    struct text t = {json, sizeof json, 0};
    const struct store_sink sink = {&t, take};
    struct store *s = both_open();
    struct store_account a = both_account(1);
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_export_person(s, a.id, &sink), ERR_LIMIT);
    assert_int_equal(store_get_account(s, &a), ERR_OK); /* the snapshot is over */
    store_close(s);
}

static void deletion_leaves_others_alone_and_mentions_nobody(void **state)
{
    (void)state;
    struct store *s = both_open();
    uint8_t one[STORE_ID];
    struct store_block b = {.feature = 1};
    struct store_meeting m = {.id = "meeting2"};
    both_id(one, 1);
    both_id(b.account, 2);
    plant(s, 1);
    plant(s, 2);
    assert_int_equal(store_delete_person(s, one, NOW), ERR_OK);
    assert_int_equal(store_delete_person(s, one, NOW), ERR_NOT_FOUND);
    assert_int_equal(store_get_block(s, &b), ERR_OK); /* that person 1 set on person 2 */
    assert_int_equal(b.set_by_len, 0);
    assert_int_equal(store_get_meeting(s, &m), ERR_OK);
    store_close(s);
}

static void after_deletion_no_file_holds_anything_of_the_person(void **state)
{
    (void)state;
    static char backup[65536];
    struct text t = {backup, sizeof backup, 0};
    const struct store_sink sink = {&t, take};
    char name[300] = "";
    struct store *s = both_open();
    uint8_t one[STORE_ID];
    both_id(one, 1);
    plant(s, 2);
    plant(s, 1); /* the later one: what frees its space need not write over it */
    if (both.postgres)
        both_execute("CHECKPOINT");
    assert_true(grep(files(), "CANARY-accounts-login-1", 23, name) >
                0); /* it finds what is there */
    assert_int_equal(store_delete_person(s, one, NOW), ERR_OK);
    assert_int_equal(store_scrub(s), ERR_OK);
    if (both.postgres) { /* its log of changes is recycled by time; here as an operator may */
        both_execute("ALTER SYSTEM SET wal_recycle = off");
        both_execute("SELECT pg_reload_conf()");
        both_execute("SELECT pg_switch_wal()");
        both_execute("CHECKPOINT");
        both_execute("SELECT pg_switch_wal()");
        both_execute("CHECKPOINT");
    }
    for (int table = 0; table < STORE_TABLES; table++)
        for (size_t i = 0; i < store_schema[table].count; i++) {
            char marks[2][64];
            const char *column = store_schema[table].columns[i].name;
            if (store_schema[table].columns[i].person == STORE_NONE)
                continue;
            (void)snprintf(marks[0], 64, "CANARY-%s-%s-1", store_schema[table].name, column);
            (void)snprintf(marks[1], 64, "CANARY-1-%.8s-%.8s", store_schema[table].name, column);
            for (int m = 0; m < 2; m++)
                if (grep(files(), marks[m], strlen(marks[m]), name) > 0)
                    fail_msg("%s is in %s", marks[m], name);
        }
    assert_int_equal(grep(files(), "meeting1", 8, name), 0);
    assert_true(grep(files(), "CANARY-accounts-login-2", 23, name) >
                0); /* others are still there */
    assert_int_equal(store_backup(s, NOW, &sink), ERR_OK);
    assert_false(holds(backup, t.len, "-1") && holds(backup, t.len, "login-1"));
    assert_true(holds(backup, t.len, "CANARY-accounts-login-2"));
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(a_person_gets_everything_and_nothing_of_others),
        BOTH_FACT(text_in_an_export_is_escaped),
        BOTH_FACT(an_export_that_cannot_be_written_is_an_answer),
        BOTH_FACT(deletion_leaves_others_alone_and_mentions_nobody),
        BOTH_FACT(after_deletion_no_file_holds_anything_of_the_person),
    };
    return BOTH(facts);
}
