/* Facts about settings, profiles and locks: the whole of each domain against laws, and a snapshot.
 */
#include "base/fact.h"

#include <stdio.h>
#include <string.h>

#include "policy/setting.h"

enum { VALUES = WHO_COUNT_ };

static void each_profile_begins_valid_and_a_profile_that_is_none_is_strict(void **state)
{
    struct settings s, strict;
    (void)state;
    for (int p = 0; p < PROFILE_COUNT_; p++) {
        settings_begin(&s, (enum profile)p);
        assert_int_equal(s.profile, p);
        assert_true(settings_valid(&s));
        assert_int_equal(profile_named(profile_name((enum profile)p)), p);
    }
    settings_begin(&strict, PROFILE_GOVERNMENT);
    settings_begin(&s, (enum profile)77);
    assert_memory_equal(&s, &strict, sizeof s);
    assert_int_equal(profile_named("military"), PROFILE_COUNT_);
}

/* Every profile x setting x present value x new value. */
static void a_lock_always_wins_and_nothing_else_stands_in_the_way(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILE_COUNT_; p++)
        for (int i = 0; i < SETTING_COUNT_; i++)
            for (unsigned v = 0; v < 256; v++) {
                struct settings s, before;
                settings_begin(&s, (enum profile)p);
                before = s;
                struct setting_change c = {.named = 1u << i};
                c.value[i] = (uint8_t)v;
                struct setting_verdict verdict = settings_change(&s, &c);
                bool who = i <= SETTING_record;
                bool may = v <= (who ? WHO_NOBODY : 1u) &&
                           v >= setting_least((enum profile)p, (enum setting)i);
                assert_int_equal(verdict.allowed, may);
                assert_int_equal(s.value[i], may ? v : before.value[i]);
                assert_true(settings_valid(&s));
                if (!may)
                    assert_int_equal(verdict.at, i);
            }
}

static void a_change_is_made_whole_or_not_at_all(void **state)
{
    struct settings s, before;
    (void)state;
    settings_begin(&s, PROFILE_EDUCATION);
    before = s;
    struct setting_change c = {.named = 1u << SETTING_chat | 1u << SETTING_waiting_room};
    c.value[SETTING_chat] = WHO_HOSTS;
    c.value[SETTING_waiting_room] = 0;
    struct setting_verdict v = settings_change(&s, &c);
    assert_false(v.allowed);
    assert_int_equal(v.at, SETTING_waiting_room);
    assert_memory_equal(&s, &before, sizeof s);
}

/* Every value x setting x pair of roles. */
static void a_higher_role_never_loses_a_right(void **state)
{
    struct settings s;
    (void)state;
    settings_begin(&s, PROFILE_DEFAULT);
    for (int i = 0; i <= SETTING_record; i++)
        for (uint8_t v = 0; v < VALUES; v++)
            for (int low = 0; low < PERMIT_ROLE_COUNT_; low++)
                for (int high = low; high < PERMIT_ROLE_COUNT_; high++) {
                    s.value[i] = v;
                    if (setting_lets(&s, (enum setting)i, (enum permit_role)low))
                        assert_true(setting_lets(&s, (enum setting)i, (enum permit_role)high));
                }
}

/* A stricter value lets nobody whom a looser one kept out. */
static void a_later_value_is_the_stricter_one(void **state)
{
    struct settings loose, strict;
    (void)state;
    settings_begin(&loose, PROFILE_DEFAULT);
    strict = loose;
    for (uint8_t v = 0; v + 1 < VALUES; v++)
        for (int r = 0; r < PERMIT_ROLE_COUNT_; r++) {
            loose.value[SETTING_chat] = v;
            strict.value[SETTING_chat] = (uint8_t)(v + 1);
            if (setting_lets(&strict, SETTING_chat, (enum permit_role)r))
                assert_true(setting_lets(&loose, SETTING_chat, (enum permit_role)r));
        }
}

static void who_is_outside_or_waits_is_let_nothing(void **state)
{
    struct settings s;
    (void)state;
    settings_begin(&s, PROFILE_DEFAULT);
    for (int i = -1; i <= SETTING_COUNT_; i++) {
        assert_false(setting_lets(&s, (enum setting)i, PERMIT_OUTSIDE));
        assert_false(setting_lets(&s, (enum setting)i, PERMIT_WAITING));
        assert_false(setting_lets(&s, (enum setting)i, PERMIT_ROLE_COUNT_));
    }
}

static void suspending_leaves_hosts_alone_and_breaks_no_lock(void **state)
{
    (void)state;
    for (int p = 0; p < PROFILE_COUNT_; p++) {
        struct settings s, before;
        settings_begin(&s, (enum profile)p);
        before = s;
        settings_suspend(&s);
        assert_true(settings_valid(&s));
        assert_true(setting_on(&s, SETTING_locked));
        for (int i = 0; i < SETTING_COUNT_; i++)
            assert_true(s.value[i] >= before.value[i]);
        for (int i = 0; i <= SETTING_files; i++) {
            assert_false(setting_lets(&s, (enum setting)i, PERMIT_PRESENTER));
            assert_int_equal(setting_lets(&s, (enum setting)i, PERMIT_COHOST), before.value[i] < 3);
        }
    }
}

/* Promises P7 and V7. */
static void a_class_is_safe_by_default(void **state)
{
    struct settings s;
    (void)state;
    settings_begin(&s, PROFILE_EDUCATION);
    assert_true(setting_on(&s, SETTING_waiting_room) && setting_on(&s, SETTING_passcode));
    assert_false(setting_lets(&s, SETTING_share, PERMIT_PRESENTER));
    assert_false(setting_lets(&s, SETTING_private_chat, PERMIT_PARTICIPANT));
    assert_false(setting_lets(&s, SETTING_record, PERMIT_PRESENTER));
    assert_true(setting_on(&s, SETTING_keep_out));
    static const enum setting fixed[] = {SETTING_waiting_room, SETTING_passcode, SETTING_keep_out,
                                         SETTING_private_chat, SETTING_record,   SETTING_share};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        assert_true(setting_is_fixed(PROFILE_EDUCATION, fixed[i]));
    assert_int_equal(profile_role(PROFILE_WEBINAR), PERMIT_VIEWER);
    assert_int_equal(profile_role(PROFILE_EDUCATION), PERMIT_PARTICIPANT);
}

/* A change of policy shows in review as a change of this file. */
static void the_table_equals_its_snapshot(void **state)
{
    (void)state;
    char now[8192], then[8192];
    int n = snprintf(now, sizeof now, "%-14s", "setting");
    for (int p = 0; p < PROFILE_COUNT_; p++)
        n += snprintf(now + n, sizeof now - (size_t)n, " %-11s", profile_name((enum profile)p));
    n += snprintf(now + n, sizeof now - (size_t)n, "\n");
    static const char *const whos[] = {"all", "presenters", "hosts", "nobody"};
    for (int i = 0; i < SETTING_COUNT_; i++) {
        n += snprintf(now + n, sizeof now - (size_t)n, "%-14s", setting_name((enum setting)i));
        for (int p = 0; p < PROFILE_COUNT_; p++) {
            struct settings s;
            settings_begin(&s, (enum profile)p);
            const char *value = i <= SETTING_record ? whos[s.value[i]] : s.value[i] ? "on" : "off";
            char cell[32];
            (void)snprintf(cell, sizeof cell, "%s%s", value,
                           !setting_is_fixed((enum profile)p, (enum setting)i)             ? ""
                           : setting_least((enum profile)p, (enum setting)i) == s.value[i] ? "!"
                                                                                           : "+");
            n += snprintf(now + n, sizeof now - (size_t)n, " %-11s", cell);
        }
        n += snprintf(now + n, sizeof now - (size_t)n, "\n");
    }
    FILE *f = fopen("tests/policy/setting.snap", "r");
    assert_non_null(f);
    size_t len = fread(then, 1, sizeof then - 1, f);
    fclose(f);
    then[len] = '\0';
    if (strcmp(now, then) != 0)
        printf("%s", now);
    assert_string_equal(now, then);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_profile_begins_valid_and_a_profile_that_is_none_is_strict),
        cmocka_unit_test(a_lock_always_wins_and_nothing_else_stands_in_the_way),
        cmocka_unit_test(a_change_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_higher_role_never_loses_a_right),
        cmocka_unit_test(a_later_value_is_the_stricter_one),
        cmocka_unit_test(who_is_outside_or_waits_is_let_nothing),
        cmocka_unit_test(suspending_leaves_hosts_alone_and_breaks_no_lock),
        cmocka_unit_test(a_class_is_safe_by_default),
        cmocka_unit_test(the_table_equals_its_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
