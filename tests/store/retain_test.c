/* Facts about retention: what is due goes and nothing else, by times that the test sets. */
#include "store/both.h"

#define DAY (24 * 60 * 60 * (int64_t)1000)

static const int64_t now = 2000 * DAY;

static void a_rule_is_a_statement_and_a_time(void **state)
{
    (void)state;
    struct retain_statement st;
    assert_true(retain_statement(RETAIN_MEETING_ENDED, RETAIN_OTHERS, now, &st));
    assert_string_equal(st.sql, "DELETE FROM meetings WHERE ended_ms > 0 AND ended_ms <= $1"
                                " AND profile <> 1");
    assert_int_equal(st.before_ms, now - 30 * DAY);
    assert_true(retain_statement(RETAIN_MEETING_ENDED, RETAIN_EDUCATION, now, &st));
    assert_string_equal(st.sql, "DELETE FROM meetings WHERE ended_ms > 0 AND ended_ms <= $1"
                                " AND profile = 1");
    assert_int_equal(st.before_ms, now - 7 * DAY);
    assert_true(retain_statement(RETAIN_SESSION, RETAIN_OTHERS, now, &st));
    assert_int_equal(st.before_ms, now);
    assert_false(retain_statement(RETAIN_SESSION, RETAIN_EDUCATION, now, &st));
    assert_false(retain_statement(RETAIN_WITH_ACCOUNT, RETAIN_OTHERS, now, &st));
}

static void education_is_never_kept_longer(void **state)
{
    (void)state;
    for (int r = 0; r < RETAIN_RULES; r++) {
        struct retain_statement others, education;
        if (retain_statement((enum retain_rule)r, RETAIN_EDUCATION, now, &education)) {
            assert_true(retain_statement((enum retain_rule)r, RETAIN_OTHERS, now, &others));
            assert_true(education.before_ms > others.before_ms);
        }
    }
}

static void deletions_are_known_for_longer_than_a_backup_may_be_old(void **state)
{
    (void)state;
    struct retain_statement st;
    assert_true(retain_statement(RETAIN_DELETION_OLD, RETAIN_OTHERS, now, &st));
    assert_true(now - st.before_ms > STORE_BACKUP_DAYS * DAY);
}

static struct store_meeting ended(unsigned n, int64_t ended_ms, int64_t profile)
{
    struct store_meeting m = both_meeting(n);
    m.created_ms = now - 100 * DAY;
    m.ended_ms = ended_ms;
    m.profile = profile;
    return m;
}

static bool has(struct store *s, struct store_meeting m)
{
    enum err e = store_get_meeting(s, &m);
    assert_true(e == ERR_OK || e == ERR_NOT_FOUND);
    return e == ERR_OK;
}

static void an_ended_meeting_is_forgotten_on_its_day(void **state)
{
    (void)state;
    struct store *s = both_open();
    const struct store_meeting meetings[] = {
        ended(1, now - 30 * DAY, 0),
        ended(2, now - 30 * DAY + 1, 0),
        ended(3, now - 7 * DAY, 1),
        ended(4, now - 7 * DAY + 1, 1),
        ended(5, 0, 0),
    };
    static const bool stays[] = {false, true, false, true, true};
    struct store_account planner = both_account(1);
    struct store_schedule l = {.minutes = 45};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(store_put_meeting(s, &meetings[i]), ERR_OK);
    planner.seen_ms = now;
    assert_int_equal(store_put_account(s, &planner), ERR_OK);
    memcpy(l.meeting, meetings[0].id, sizeof l.meeting);
    memcpy(l.account, planner.id, sizeof l.account);
    assert_int_equal(store_put_schedule(s, &l), ERR_OK);
    uint64_t gone = 0;
    assert_int_equal(store_retain(s, now, &gone), ERR_OK);
    assert_int_equal(gone, 2);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(has(s, meetings[i]), stays[i]);
    assert_int_equal(store_get_schedule(s, &l), ERR_NOT_FOUND); /* with its meeting */
    assert_int_equal(store_retain(s, now, &gone), ERR_OK);
    assert_int_equal(gone, 0);
    assert_int_equal(store_retain(s, now + 23 * DAY, &gone), ERR_OK);
    assert_int_equal(gone, 2);
    store_close(s);
}

static void a_meeting_that_nobody_ended_goes_after_400_days(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_meeting m = both_meeting(1);
    uint64_t gone = 0;
    m.created_ms = now;
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    assert_int_equal(store_retain(s, now + 400 * DAY - 1, &gone), ERR_OK);
    assert_true(has(s, m));
    assert_int_equal(store_retain(s, now + 400 * DAY, &gone), ERR_OK);
    assert_false(has(s, m));
    store_close(s);
}

static void an_unused_account_goes_with_everything_and_is_noted(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_account old = both_account(1), used = both_account(2), pupil = both_account(3);
    struct store_meeting m = both_meeting(1);
    struct store_deletion d = {.deleted_ms = 0};
    old.seen_ms = now - 730 * DAY;
    used.seen_ms = now - 730 * DAY + 1;
    pupil.seen_ms = now - 400 * DAY;
    pupil.profile = STORE_PROFILE_EDUCATION;
    m.created_ms = now;
    m.owner_len = STORE_ID;
    memcpy(m.owner, old.id, STORE_ID);
    assert_int_equal(store_put_account(s, &old), ERR_OK);
    assert_int_equal(store_put_account(s, &used), ERR_OK);
    assert_int_equal(store_put_account(s, &pupil), ERR_OK);
    assert_int_equal(store_put_meeting(s, &m), ERR_OK);
    uint64_t gone = 0;
    assert_int_equal(store_retain(s, now, &gone), ERR_OK);
    assert_int_equal(gone, 2);
    assert_int_equal(store_get_account(s, &old), ERR_NOT_FOUND);
    assert_int_equal(store_get_account(s, &pupil), ERR_NOT_FOUND);
    assert_int_equal(store_get_account(s, &used), ERR_OK);
    assert_false(has(s, m));
    memcpy(d.account, old.id, STORE_ID);
    assert_int_equal(store_get_deletion(s, &d), ERR_OK);
    assert_int_equal(d.deleted_ms, now);
    store_close(s);
}

static void every_other_rule_takes_what_is_due_and_leaves_the_rest(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_account a = both_account(1);
    struct store_session x = {.means = 1, .expires_ms = now},
                         y = {.means = 1, .expires_ms = now + 1, .token_hash = {1}};
    struct store_block b = {.feature = 1, .until_ms = now - 90 * DAY},
                       c = {.feature = 2, .until_ms = 0};
    struct store_consent e = {.kind = 1, .withdrawn_ms = now - 1095 * DAY},
                         f = {.kind = 2, .withdrawn_ms = now - 1094 * DAY};
    struct store_device g = {.seen_ms = now - 400 * DAY}, h = {.id = {1}, .seen_ms = now};
    a.seen_ms = now;
    memcpy(x.account, a.id, STORE_ID);
    memcpy(y.account, a.id, STORE_ID);
    memcpy(b.account, a.id, STORE_ID);
    memcpy(c.account, a.id, STORE_ID);
    memcpy(e.account, a.id, STORE_ID);
    memcpy(f.account, a.id, STORE_ID);
    memcpy(g.account, a.id, STORE_ID);
    memcpy(h.account, a.id, STORE_ID);
    assert_int_equal(store_put_account(s, &a), ERR_OK);
    assert_int_equal(store_put_session(s, &x) | store_put_session(s, &y), ERR_OK);
    assert_int_equal(store_put_block(s, &b) | store_put_block(s, &c), ERR_OK);
    assert_int_equal(store_put_consent(s, &e) | store_put_consent(s, &f), ERR_OK);
    assert_int_equal(store_put_device(s, &g) | store_put_device(s, &h), ERR_OK);
    uint64_t gone = 0;
    assert_int_equal(store_retain(s, now, &gone), ERR_OK);
    assert_int_equal(gone, 4);
    assert_int_equal(store_get_session(s, &y), ERR_OK);
    assert_int_equal(store_get_block(s, &c), ERR_OK);
    assert_int_equal(store_get_consent(s, &f), ERR_OK);
    assert_int_equal(store_get_device(s, &h), ERR_OK);
    store_close(s);
}

static void an_education_organisations_figures_go_sooner(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_organisation o = {.profile = 1};
    struct store_usage_day school = {.day_ms = now - 31 * DAY, .profile = 1},
                           firm = {.day_ms = now - 32 * DAY, .profile = 0};
    assert_int_equal(store_put_organisation(s, &o), ERR_OK);
    assert_int_equal(store_put_usage_day(s, &school), ERR_OK);
    assert_int_equal(store_put_usage_day(s, &firm), ERR_OK);
    uint64_t gone = 0;
    assert_int_equal(store_retain(s, now, &gone), ERR_OK);
    assert_int_equal(gone, 1);
    assert_int_equal(store_get_usage_day(s, &firm), ERR_OK);
    assert_int_equal(store_get_usage_day(s, &school), ERR_NOT_FOUND);
    store_close(s);
}

static void figures_of_the_server_go_after_400_days(void **state)
{
    (void)state;
    struct store *s = both_open();
    struct store_server_day old = {.day_ms = now - 400 * DAY}, kept = {.day_ms = now - 399 * DAY};
    assert_int_equal(store_add_server_day(s, &old, 0), ERR_OK);
    assert_int_equal(store_add_server_day(s, &kept, 0), ERR_OK);
    uint64_t gone = 0;
    assert_int_equal(store_retain(s, now, &gone), ERR_OK);
    assert_int_equal(gone, 1);
    assert_int_equal(store_get_server_day(s, &kept), ERR_OK);
    assert_int_equal(store_get_server_day(s, &old), ERR_NOT_FOUND);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(a_rule_is_a_statement_and_a_time),
        cmocka_unit_test(education_is_never_kept_longer),
        cmocka_unit_test(deletions_are_known_for_longer_than_a_backup_may_be_old),
    };
    const struct CMUnitTest facts[] = {
        BOTH_FACT(an_ended_meeting_is_forgotten_on_its_day),
        BOTH_FACT(a_meeting_that_nobody_ended_goes_after_400_days),
        BOTH_FACT(an_unused_account_goes_with_everything_and_is_noted),
        BOTH_FACT(every_other_rule_takes_what_is_due_and_leaves_the_rest),
        BOTH_FACT(figures_of_the_server_go_after_400_days),
        BOTH_FACT(an_education_organisations_figures_go_sooner),
    };
    return cmocka_run_group_tests(alone, NULL, NULL) + BOTH(facts);
}
