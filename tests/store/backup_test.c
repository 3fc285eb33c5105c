/* Facts about backups: what goes in comes out, in either database; a damaged, short, newer or old
 * one changes nothing; who was deleted since does not come back. */
#include "store/both.h"

#define NOW ((int64_t)1700000000000)
#define DAY (24 * 60 * 60 * (int64_t)1000)

static struct {
    uint8_t bytes[1 << 20];
    size_t len;
} file;

static char why[STORE_WHY];

static enum err take(void *ctx, struct span piece)
{
    (void)ctx;
    if (file.len + piece.len > sizeof file.bytes)
        return ERR_LIMIT;
    memcpy(file.bytes + file.len, piece.ptr, piece.len);
    file.len += piece.len;
    return ERR_OK;
}

static void back_up(struct store *s, int64_t now_ms)
{
    const struct store_sink sink = {NULL, take};
    file.len = 0;
    assert_int_equal(store_backup(s, now_ms, &sink), ERR_OK);
}

static enum err restore(struct store *s, int64_t now_ms)
{
    why[0] = '\0';
    return store_restore(s, span_of(file.bytes, file.len), now_ms, why);
}

static struct store *with_people(unsigned count)
{
    struct store *s = both_open();
    for (unsigned n = 1; n <= count; n++) {
        struct store_account a = both_account(n);
        struct store_meeting m = both_meeting(n);
        a.seen_ms = m.created_ms = NOW;
        m.owner_len = STORE_ID;
        memcpy(m.owner, a.id, STORE_ID);
        assert_int_equal(store_put_account(s, &a), ERR_OK);
        assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    }
    return s;
}

static bool has_account(struct store *s, unsigned n)
{
    struct store_account a = both_account(n);
    enum err e = store_get_account(s, &a);
    assert_true(e == ERR_OK || e == ERR_NOT_FOUND);
    return e == ERR_OK;
}

static void what_was_backed_up_comes_back(void **state)
{
    (void)state;
    struct store *s = with_people(150);
    struct store_meeting m = both_meeting(77), got = m;
    back_up(s, NOW);
    struct store_account more = both_account(500);
    more.seen_ms = NOW;
    assert_int_equal(store_drop_meeting(s, &m), ERR_OK);
    assert_int_equal(store_put_account(s, &more), ERR_OK);
    assert_int_equal(restore(s, NOW + DAY), ERR_OK);
    assert_false(has_account(s, 500));
    for (unsigned n = 1; n <= 150; n++)
        assert_true(has_account(s, n));
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(got.descriptor, m.descriptor, sizeof m.descriptor);
    store_close(s);
    s = both_open();
    assert_true(has_account(s, 150));
    store_close(s);
}

static void the_longest_meeting_comes_back(void **state)
{
    (void)state;
    struct store *s = with_people(1);
    struct store_meeting m = {.created_ms = NOW}, got;
    memset(m.id, 'm', LIMIT_MEETING_ID);
    memset(m.descriptor, 0xd5, m.descriptor_len = LIMIT_DESCRIPTOR);
    memset(m.safe, 0xa5, m.safe_len = LIMIT_SAFE);
    memset(m.organisation, 7, m.organisation_len = STORE_ID);
    both_id(m.owner, 1);
    m.owner_len = STORE_ID;
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    back_up(s, NOW);
    assert_int_equal(store_drop_meeting(s, &m), ERR_OK);
    assert_int_equal(restore(s, NOW + DAY), ERR_OK);
    got = m;
    memset(got.safe, 0, sizeof got.safe);
    assert_int_equal(store_get_meeting(s, &got), ERR_OK);
    assert_memory_equal(&got, &m, sizeof m);
    store_close(s);
}

static void a_backup_of_one_database_is_restored_into_the_other(void **state)
{
    (void)state;
    static size_t sqlite_len;
    static uint8_t sqlite_bytes[sizeof file.bytes];
    struct store *s = with_people(20);
    back_up(s, NOW);
    if (!both.postgres) {
        memcpy(sqlite_bytes, file.bytes, file.len);
        sqlite_len = file.len;
    } else { /* the same rows make the same file */
        assert_int_equal(file.len, sqlite_len);
        assert_memory_equal(file.bytes, sqlite_bytes, sqlite_len);
        assert_int_equal(store_restore(s, span_of(sqlite_bytes, sqlite_len), NOW, why), ERR_OK);
        both.postgres = false;
        struct store *other = both_open();
        both.postgres = true;
        assert_int_equal(restore(other, NOW), ERR_OK);
        assert_true(has_account(other, 20));
        store_close(other);
    }
    assert_true(has_account(s, 20));
    store_close(s);
}

static void sessions_are_in_no_backup(void **state)
{
    (void)state;
    struct store *s = with_people(1);
    struct store_account a = both_account(1);
    struct store_session x = {.means = 1, .expires_ms = NOW + 100 * DAY};
    memcpy(x.account, a.id, STORE_ID);
    assert_int_equal(store_put_session(s, &x), ERR_OK);
    back_up(s, NOW);
    assert_int_equal(restore(s, NOW), ERR_OK);
    assert_int_equal(store_get_session(s, &x), ERR_NOT_FOUND);
    store_close(s);
}

static void who_was_deleted_since_does_not_come_back(void **state)
{
    (void)state;
    struct store *s = with_people(3);
    struct store_account gone = both_account(2);
    struct store_meeting m = both_meeting(2);
    struct store_deletion d = {.deleted_ms = 0};
    back_up(s, NOW);
    assert_int_equal(store_delete_person(s, gone.id, NOW + DAY), ERR_OK);
    assert_int_equal(restore(s, NOW + 2 * DAY), ERR_OK);
    assert_true(has_account(s, 1));
    assert_false(has_account(s, 2));
    assert_true(has_account(s, 3));
    assert_int_equal(store_get_meeting(s, &m), ERR_NOT_FOUND);
    memcpy(d.account, gone.id, STORE_ID);
    assert_int_equal(store_get_deletion(s, &d), ERR_OK); /* and for the next restore */
    assert_int_equal(d.deleted_ms, NOW + DAY);
    assert_int_equal(restore(s, NOW + 3 * DAY), ERR_OK);
    assert_false(has_account(s, 2));
    store_close(s);
}

static void what_is_due_by_retention_does_not_come_back(void **state)
{
    (void)state;
    struct store *s = with_people(1);
    struct store_meeting m = both_meeting(1);
    assert_int_equal(store_end_meeting(s, m.id, NOW), ERR_OK);
    back_up(s, NOW);
    assert_int_equal(restore(s, NOW + 29 * DAY), ERR_OK);
    assert_int_equal(store_get_meeting(s, &m), ERR_OK);
    assert_int_equal(restore(s, NOW + 30 * DAY), ERR_OK);
    assert_int_equal(store_get_meeting(s, &m), ERR_NOT_FOUND);
    store_close(s);
}

static void an_old_backup_is_refused(void **state)
{
    (void)state;
    struct store *s = with_people(1);
    back_up(s, NOW);
    assert_int_equal(restore(s, NOW + STORE_BACKUP_DAYS * DAY + 1), ERR_STATE);
    assert_non_null(strstr(why, "older than 35 days"));
    assert_int_equal(restore(s, NOW + STORE_BACKUP_DAYS * DAY), ERR_OK);
    store_close(s);
}

static void a_short_or_damaged_backup_changes_nothing(void **state)
{
    (void)state;
    struct store *s = with_people(3);
    back_up(s, NOW);
    struct store_account more = both_account(50);
    more.seen_ms = NOW;
    assert_int_equal(store_put_account(s, &more), ERR_OK);
    size_t whole = file.len;
    for (size_t len = 0; len < whole; len += 1 + whole / 40) {
        file.len = len;
        enum err e = restore(s, NOW);
        assert_true(e == ERR_SHORT || e == ERR_MALFORMED);
        assert_true(has_account(s, 50));
    }
    file.len = whole;
    uint8_t before = file.bytes[19];
    file.bytes[19] = 9; /* the form */
    assert_int_equal(restore(s, NOW), ERR_UNSUPPORTED);
    file.bytes[19] = before;
    before = file.bytes[23];
    file.bytes[23] = 200; /* the version of the schema */
    assert_int_equal(restore(s, NOW), ERR_UNSUPPORTED);
    assert_non_null(strstr(why, "newer version"));
    file.bytes[23] = before;
    file.bytes[file.len++] = 0; /* something behind the end */
    assert_int_equal(restore(s, NOW), ERR_MALFORMED);
    assert_true(has_account(s, 50));
    store_close(s);
}

/* Any byte may be wrong: the answer is an error or rows that the schema allows, never a crash, and
 * never half of it. */
static void a_backup_with_a_wrong_byte_is_restored_whole_or_not_at_all(void **state)
{
    (void)state;
    struct store *s = with_people(2);
    back_up(s, NOW);
    struct store_account mark = both_account(50);
    mark.seen_ms = NOW;
    assert_int_equal(store_put_account(s, &mark), ERR_OK);
    static uint8_t good[4096];
    assert_true(file.len <= sizeof good);
    memcpy(good, file.bytes, file.len);
    unsigned refused = 0;
    for (size_t i = 0; i < file.len; i += 29) {
        file.bytes[i] ^= 0x15;
        if (restore(s, NOW) == ERR_OK) {
            assert_false(has_account(s, 50));
            assert_int_equal(store_put_account(s, &mark), ERR_OK);
        } else {
            assert_true(has_account(s, 50));
            refused++;
        }
        file.bytes[i] = good[i];
    }
    assert_true(refused > 10);
    store_close(s);
}

static void names_in_a_backup_are_names_and_no_statements(void **state)
{
    (void)state;
    static const char *const bad[] = {"accounts; x", "pg_authid", "sqlite_master", "Accounts"};
    struct store *s = with_people(1);
    for (size_t i = 0; i < 4; i++) {
        back_up(s, NOW);
        uint8_t table[64] = {'T', (uint8_t)strlen(bad[i])};
        memcpy(table + 2, bad[i], strlen(bad[i]));
        memcpy(table + 2 + strlen(bad[i]), "\x01\x02id", 4);
        memcpy(file.bytes + 32, table, strlen(bad[i]) + 6);
        assert_int_equal(restore(s, NOW), ERR_MALFORMED);
        assert_true(has_account(s, 1));
    }
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(what_was_backed_up_comes_back),
        BOTH_FACT(the_longest_meeting_comes_back),
        BOTH_FACT(a_backup_of_one_database_is_restored_into_the_other),
        BOTH_FACT(sessions_are_in_no_backup),
        BOTH_FACT(who_was_deleted_since_does_not_come_back),
        BOTH_FACT(what_is_due_by_retention_does_not_come_back),
        BOTH_FACT(an_old_backup_is_refused),
        BOTH_FACT(a_short_or_damaged_backup_changes_nothing),
        BOTH_FACT(a_backup_with_a_wrong_byte_is_restored_whole_or_not_at_all),
        BOTH_FACT(names_in_a_backup_are_names_and_no_statements),
    };
    return BOTH(facts);
}
