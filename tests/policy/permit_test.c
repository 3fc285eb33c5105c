/* Facts about who may do what: the whole table against laws, a naive oracle and a snapshot. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "policy/permit.h"

/* Deliberately another way of saying the same thing. */
static bool oracle(const char *role, const char *action)
{
    if (strcmp(action, "join") == 0)
        return strcmp(role, "outside") == 0;
    if (strcmp(role, "outside") == 0)
        return false;
    if (strcmp(role, "waiting") == 0)
        return strcmp(action, "group_join") == 0 || strcmp(action, "leave") == 0 ||
               strcmp(action, "ping") == 0;
    if (strcmp(action, "remove") == 0 || strcmp(action, "end") == 0)
        return strcmp(role, "host") == 0;
    return true;
}

static const char *const roles[] = {"outside", "waiting", "participant", "host"};

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

static void a_host_may_all_that_a_participant_may(void **state)
{
    (void)state;
    for (int a = 0; a < PERMIT_ACTION_COUNT_; a++)
        if (permit_check(PERMIT_PARTICIPANT, (enum permit_action)a).allowed)
            assert_true(permit_check(PERMIT_HOST, (enum permit_action)a).allowed);
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
    char now[4096], then[4096];
    int n = snprintf(now, sizeof now, "%-10s %-12s %-12s %-12s %s\n", "action", "outside",
                     "waiting", "participant", "host");
    for (int a = 0; a < PERMIT_ACTION_COUNT_; a++) {
        const char *cell[PERMIT_ROLE_COUNT_];
        for (int r = 0; r < PERMIT_ROLE_COUNT_; r++) {
            struct permit_verdict v = permit_check((enum permit_role)r, (enum permit_action)a);
            cell[r] = v.allowed ? "yes" : v.reason == ERR_STATE ? "not now" : "no";
        }
        n +=
            snprintf(now + n, sizeof now - (size_t)n, "%-10s %-12s %-12s %-12s %s\n",
                     permit_action_name((enum permit_action)a), cell[0], cell[1], cell[2], cell[3]);
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
        cmocka_unit_test(a_host_may_all_that_a_participant_may),
        cmocka_unit_test(who_is_outside_may_only_join),
        cmocka_unit_test(who_waits_may_ask_in_and_go_and_nothing_more_than_a_participant),
        cmocka_unit_test(who_is_inside_cannot_join_again),
        cmocka_unit_test(a_participant_is_forbidden_what_is_the_hosts),
        cmocka_unit_test(values_outside_the_table_are_forbidden),
        cmocka_unit_test(the_table_equals_its_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
