/* Facts about store/sqlite: what was answered with ok is there after any end, and a damaged file
 * says so and is left alone. */
#include "base/fact.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

static char folder[64], path[96], why[STORE_WHY];

static int set_up(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/conclave-store.XXXXXX", 27);
    if (!mkdtemp(folder))
        return -1;
    (void)snprintf(path, sizeof path, "%s/conclave.db", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char file[128];
        (void)snprintf(file, sizeof file, "%s%s", path, ends[i]);
        (void)unlink(file);
    }
    return rmdir(folder);
}

static struct store *open_store(void)
{
    struct store *s = NULL;
    why[0] = '\0';
    if (store_open_sqlite(&s, path, why) != ERR_OK)
        fail_msg("%s", why);
    return s;
}

static struct store_meeting meeting(unsigned n)
{
    struct store_meeting m = {.created_ms = 1000 + n};
    (void)snprintf(m.id, sizeof m.id, "meeting%013u", n);
    memset(m.access_hash, (int)(n & 0xff), sizeof m.access_hash);
    memset(m.host_hash, (int)(n >> 8 & 0xff), sizeof m.host_hash);
    m.waiting = n % 2 == 1;
    m.descriptor_len = n % (LIMIT_DESCRIPTOR + 1);
    memset(m.descriptor, (int)(n * 3 & 0xff), m.descriptor_len);
    return m;
}

static enum err get(struct store *s, const char *id, struct store_meeting *out)
{
    struct store_meeting row = *out;
    memset(row.id, 0, sizeof row.id);
    memcpy(row.id, id, strlen(id));
    enum err e = store_get_meeting(s, &row);
    if (e == ERR_OK)
        *out = row;
    return e;
}

static void execute(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void a_descriptor_may_be_as_long_as_the_limit_or_empty(void **state)
{
    (void)state;
    struct store *s = open_store();
    static const unsigned n[] = {LIMIT_DESCRIPTOR, 0};
    for (size_t i = 0; i < 2; i++) {
        struct store_meeting m = meeting(n[i]), got = {.created_ms = 0};
        assert_int_equal(store_put_meeting(s, &m), ERR_OK);
        assert_int_equal(get(s, m.id, &got), ERR_OK);
        assert_int_equal(got.descriptor_len, n[i]);
        assert_memory_equal(got.descriptor, m.descriptor, sizeof m.descriptor);
        assert_false(got.waiting);
    }
    store_close(s);
}

/* A database of the first release, as that release wrote it. */
static void a_database_of_version_1_is_migrated_with_its_rows(void **state)
{
    (void)state;
    execute("CREATE TABLE meetings (id TEXT NOT NULL PRIMARY KEY,"
            " access_hash BLOB NOT NULL CHECK (length(access_hash) = 32),"
            " host_hash BLOB NOT NULL CHECK (length(host_hash) = 32),"
            " created_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL DEFAULT 0"
            ") STRICT, WITHOUT ROWID;"
            "INSERT INTO meetings VALUES ('old', zeroblob(32), zeroblob(32), 11, 22);"
            "PRAGMA user_version = 1");
    struct store *s = open_store();
    struct store_meeting got = {.created_ms = 0}, m = meeting(7);
    assert_int_equal(get(s, "old", &got), ERR_OK);
    assert_int_equal(got.created_ms, 11);
    assert_int_equal(got.ended_ms, 22);
    assert_int_equal(got.descriptor_len, 0);
    assert_false(got.waiting);
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    store_close(s);
    execute("SELECT descriptor, waiting FROM meetings");
    s = open_store(); /* once */
    store_close(s);
}

static void a_row_with_too_long_a_descriptor_cannot_be_written_by_hand(void **state)
{
    (void)state;
    store_close(open_store());
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO meetings (id, access_hash, host_hash, created_ms,"
                                  " descriptor) VALUES"
                                  " ('x', zeroblob(32), zeroblob(32), 1, zeroblob(1025))",
                                  NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void a_row_with_too_long_a_safe_cannot_be_written_by_hand(void **state)
{
    (void)state;
    store_close(open_store());
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO meetings (id, access_hash, host_hash, created_ms,"
                                  " safe) VALUES"
                                  " ('x', zeroblob(32), zeroblob(32), 1, zeroblob(6145))",
                                  NULL, NULL, NULL),
                     SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void rows_survive_closing(void **state)
{
    (void)state;
    struct store *s = open_store();
    struct store_meeting m = meeting(9), got = {.created_ms = 0};
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    store_close(s);
    s = open_store();
    assert_int_equal(get(s, m.id, &got), ERR_OK);
    store_close(s);
}

/* The child tells each row after its ok; every told row must be there after kill -9. */
static void write_until_killed(int told)
{
    struct store *s = NULL;
    if (store_open_sqlite(&s, path, why) != ERR_OK)
        _exit(1);
    for (unsigned n = 0;; n++) {
        struct store_meeting m = meeting(n);
        enum err e = store_put_meeting(s, &m);
        if ((e != ERR_OK && e != ERR_CONFLICT) || write(told, &n, sizeof n) != (ssize_t)sizeof n)
            _exit(1);
    }
}

static void every_answered_row_survives_kill_9(void **state)
{
    (void)state;
    unsigned most = 0;
    for (unsigned round = 0; round < 8; round++) {
        int told[2];
        assert_int_equal(pipe(told), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_until_killed(told[1]);
        close(told[1]);
        unsigned n, last = 0, seen = 0;
        while (seen < most + 20 + 7 * round && read(told[0], &n, sizeof n) == (ssize_t)sizeof n) {
            last = n;
            seen++;
        }
        kill(child, SIGKILL);
        while (read(told[0], &n, sizeof n) == (ssize_t)sizeof n)
            last = n;
        close(told[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(last > 0);
        most = last > most ? last : most;
        struct store *s = open_store();
        for (unsigned i = 0; i <= most; i++) {
            struct store_meeting m = meeting(i), got = {.created_ms = 0};
            assert_int_equal(get(s, m.id, &got), ERR_OK);
            assert_memory_equal(got.host_hash, m.host_hash, STORE_HASH);
        }
        store_close(s);
    }
}

static void the_database_is_in_wal_mode_and_synced(void **state)
{
    (void)state;
    struct store *s = open_store();
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(st, 0), "wal");
    sqlite3_finalize(st);
    sqlite3_close(db);
    store_close(s);
}

static void an_empty_file_is_brought_to_the_newest_schema(void **state)
{
    (void)state;
    execute("PRAGMA user_version = 0");
    struct store *s = open_store();
    struct store_meeting m = meeting(1);
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    store_close(s);
}

static void a_newer_schema_is_refused_and_left_alone(void **state)
{
    (void)state;
    execute("CREATE TABLE future (x); PRAGMA user_version = 1000");
    struct store *s = NULL;
    assert_int_equal(store_open_sqlite(&s, path, why), ERR_STATE);
    assert_non_null(strstr(why, "newer version"));
    assert_null(s);
    execute("SELECT x FROM future");
}

static void a_migration_that_fails_leaves_the_old_version(void **state)
{
    (void)state;
    execute("CREATE TABLE meetings (other)"); /* stands in the way of the first step */
    struct store *s = NULL;
    assert_int_equal(store_open_sqlite(&s, path, why), ERR_IO);
    execute("SELECT other FROM meetings");
}

static void spoil(long at, size_t len)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    char junk[4096];
    memset(junk, 0x5a, sizeof junk);
    assert_int_equal(pwrite(fd, junk, len, at), len);
    close(fd);
}

static void what_is_no_database_says_so(void **state)
{
    (void)state;
    spoil(0, 4096);
    struct store *s = NULL;
    assert_int_equal(store_open_sqlite(&s, path, why), ERR_IO);
    assert_non_null(strstr(why, path));
    assert_non_null(strstr(why, "damaged or no database"));
}

static void a_damaged_page_says_so_at_the_start(void **state)
{
    (void)state;
    struct store *s = open_store();
    for (unsigned n = 0; n < 200; n++) {
        struct store_meeting m = meeting(n);
        assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    }
    store_close(s);
    spoil(8192, 4096);
    assert_int_equal(store_open_sqlite(&s, path, why), ERR_IO);
    assert_non_null(strstr(why, "damaged"));
}

static void a_missing_folder_says_so(void **state)
{
    (void)state;
    struct store *s = NULL;
    assert_int_equal(store_open_sqlite(&s, "/tmp/conclave-none/a/b.db", why), ERR_IO);
    assert_non_null(strstr(why, "cannot be opened for writing"));
}

/* A file size limit stands in for a full disk: writes past it fail with EFBIG. */
static void a_full_disk_is_an_answer_and_loses_nothing(void **state)
{
    (void)state;
    struct rlimit before, small;
    struct store *s = open_store();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 600 * 1024;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    unsigned n = 0;
    enum err e = ERR_OK;
    for (; n < 100000 && e == ERR_OK; n++) {
        struct store_meeting m = meeting(n);
        e = store_put_meeting(s, &m);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(e, ERR_IO);
    assert_true(n > 10);
    for (unsigned i = 0; i + 1 < n; i++) {
        struct store_meeting m = meeting(i), got = {.created_ms = 0};
        assert_int_equal(get(s, m.id, &got), ERR_OK);
    }
    struct store_meeting m = meeting(n - 1); /* room again: the refused row can be put */
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    store_close(s);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        IN_FOLDER(a_descriptor_may_be_as_long_as_the_limit_or_empty),
        IN_FOLDER(a_database_of_version_1_is_migrated_with_its_rows),
        IN_FOLDER(a_row_with_too_long_a_descriptor_cannot_be_written_by_hand),
        IN_FOLDER(a_row_with_too_long_a_safe_cannot_be_written_by_hand),
        IN_FOLDER(rows_survive_closing),
        IN_FOLDER(every_answered_row_survives_kill_9),
        IN_FOLDER(the_database_is_in_wal_mode_and_synced),
        IN_FOLDER(an_empty_file_is_brought_to_the_newest_schema),
        IN_FOLDER(a_newer_schema_is_refused_and_left_alone),
        IN_FOLDER(a_migration_that_fails_leaves_the_old_version),
        IN_FOLDER(what_is_no_database_says_so),
        IN_FOLDER(a_damaged_page_says_so_at_the_start),
        IN_FOLDER(a_missing_folder_says_so),
        IN_FOLDER(a_full_disk_is_an_answer_and_loses_nothing),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
