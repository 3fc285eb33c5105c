/* Facts about who may do what: the whole table against laws, a naive oracle and a snapshot. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "policy/permit.h"

/* Whether a word stands in a list of words. */
static bool named(const char *word, const char *list)
{
    size_t len = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

/* Deliberately another way of saying the same thing. */
static bool oracle(const char *role, const char *action)
{
    if (strcmp(action, "join") == 0)
        return strcmp(role, "outside") == 0;
    if (strcmp(role, "outside") == 0)
        return false;
    if (named(action, "leave ping group_join"))
        return true;
    if (strcmp(role, "waiting") == 0)
        return false;
    if (named(action, "end link passcode"))
        return named(role, "host owner");
    if (named(action, "remove settings suspend mute role"))
        return named(role, "cohost host owner");
    if (strcmp(role, "viewer") == 0)
        return named(action, "media group react report");
    if (strcmp(role, "bot") == 0)
        return !named(action, "share private_chat react record report");
    return true;
}

static const char *const roles[] = {"outside",   "waiting", "viewer", "bot",  "participant",
                                    "presenter", "cohost",  "host",   "owner"};

static void the_table_is_what_the_oracle_says(void **state)
{
    (void)state;
    for (int a = 0; a < PERMIT_ACTION_COUNT_; a++)
        for (int r = 0; r < PERMIT_ROLE_COUNT_; r++) {
            struct permit_verdict v = permit_check((enum permit_role)r, (enum permit_action)a);
            const char *name = permit_action_name((enum permit_action)a);
            assert_int_equal(v.allowed, oracle(roles[r], name));
            assert_int_equal(v.allowed, v.reason == ERR_OK);
        }
}

/* From viewer to owner; a bot stands aside, below a participant. */
static void a_higher_role_never_loses_a_right(void **state)
{
    (void)state;
    for (int a = 0; a < PERMIT_ACTION_COUNT_; a++)
        for (int low = PERMIT_WAITING; low < PERMIT_ROLE_COUNT_; low++)
            for (int high = low + 1; high < PERMIT_ROLE_COUNT_; high++) {
                if ((low == PERMIT_VIEWER && high == PERMIT_BOT))
                    continue;
                if (permit_check((enum permit_role)low, (enum permit_action)a).allowed)
                    assert_true(
                        permit_check((enum permit_role)high, (enum permit_action)a).allowed);
            }
}

static void who_is_outside_may_only_join(void **state)
{
    (void)state;
    for (int a = 0; a < PERMIT_ACTION_COUNT_; a++) {
        struct permit_verdict v = permit_check(PERMIT_OUTSIDE, (enum permit_action)a);
        assert_int_equal(v.allowed, a == PERMIT_join);
        assert_int_equal(v.reason, a == PERMIT_join ? ERR_OK : ERR_STATE);
    }
}

static void who_waits_may_ask_in_and_go_and_nothing_more_than_a_participant(void **state)
{
    (void)state;
    unsigned may = 0;
    for (int a = 0; a < PERMIT_ACTION_COUNT_; a++) {
        struct permit_verdict v = permit_check(PERMIT_WAITING, (enum permit_action)a);
        may += v.allowed;
        if (v.allowed)
            assert_true(permit_check(PERMIT_PARTICIPANT, (enum permit_action)a).allowed);
        else if (a != PERMIT_join)
            assert_int_equal(v.reason, ERR_FORBIDDEN);
    }
    assert_int_equal(may, 3);
}

static void who_is_inside_cannot_join_again(void **state)
{
    (void)state;
    assert_int_equal(permit_check(PERMIT_PARTICIPANT, PERMIT_join).reason, ERR_STATE);
    assert_int_equal(permit_check(PERMIT_HOST, PERMIT_join).reason, ERR_STATE);
}

static void a_participant_is_forbidden_what_is_the_hosts(void **state)
{
    (void)state;
    assert_int_equal(permit_check(PERMIT_PARTICIPANT, PERMIT_remove).reason, ERR_FORBIDDEN);
    assert_int_equal(permit_check(PERMIT_PARTICIPANT, PERMIT_end).reason, ERR_FORBIDDEN);
}

static void values_outside_the_table_are_forbidden(void **state)
{
    (void)state;
    for (int r = -2; r < 300; r++)
        for (int a = -2; a < 300; a++) {
            bool inside = r >= 0 && r < PERMIT_ROLE_COUNT_ && a >= 0 && a < PERMIT_ACTION_COUNT_;
            struct permit_verdict v = permit_check((enum permit_role)r, (enum permit_action)a);
            if (!inside) {
                assert_false(v.allowed);
                assert_int_equal(v.reason, ERR_FORBIDDEN);
            }
        }
    assert_string_equal(permit_action_name((enum permit_action)99), "unknown");
}

/* A change of policy shows in review as a change of this file. */
static void the_table_equals_its_snapshot(void **state)
{
    (void)state;
    char now[8192], then[8192];
    int n = snprintf(now, sizeof now, "%-12s", "action");
    for (int r = 0; r < PERMIT_ROLE_COUNT_; r++)
        n += snprintf(now + n, sizeof now - (size_t)n, " %-11s", roles[r]);
    n += snprintf(now + n, sizeof now - (size_t)n, "\n");
    for (int a = 0; a < PERMIT_ACTION_COUNT_; a++) {
        n += snprintf(now + n, sizeof now - (size_t)n, "%-12s",
                      permit_action_name((enum permit_action)a));
        for (int r = 0; r < PERMIT_ROLE_COUNT_; r++) {
            struct permit_verdict v = permit_check((enum permit_role)r, (enum permit_action)a);
            n += snprintf(now + n, sizeof now - (size_t)n, " %-11s",
                          v.allowed               ? "yes"
                          : v.reason == ERR_STATE ? "not now"
                                                  : "no");
        }
        n += snprintf(now + n, sizeof now - (size_t)n, "\n");
    }
    FILE *f = fopen("tests/policy/permit.snap", "r");
    assert_non_null(f);
    size_t len = fread(then, 1, sizeof then - 1, f);
    fclose(f);
    then[len] = '\0';
    assert_string_equal(now, then);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_what_the_oracle_says),
        cmocka_unit_test(a_higher_role_never_loses_a_right),
        cmocka_unit_test(who_is_outside_may_only_join),
        cmocka_unit_test(who_waits_may_ask_in_and_go_and_nothing_more_than_a_participant),
        cmocka_unit_test(who_is_inside_cannot_join_again),
        cmocka_unit_test(a_participant_is_forbidden_what_is_the_hosts),
        cmocka_unit_test(values_outside_the_table_are_forbidden),
        cmocka_unit_test(the_table_equals_its_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
