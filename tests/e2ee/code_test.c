/* Facts about the codes that people compare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/code.h"

static void a_code_is_thirty_digits_and_always_the_same(void **state)
{
    (void)state;
    char a[E2EE_CODE_DIGITS + 1], b[E2EE_CODE_DIGITS + 1];
    struct code_meeting in = {span_str("devices"), span_str("descriptor"), span_str("group")};
    code_meeting(&in, a);
    code_meeting(&in, b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), E2EE_CODE_DIGITS);
    for (int i = 0; i < E2EE_CODE_DIGITS; i++)
        assert_in_range(a[i], '0', '9');
}

static void a_code_changes_with_each_of_its_parts(void **state)
{
    (void)state;
    char a[E2EE_CODE_DIGITS + 1], b[E2EE_CODE_DIGITS + 1];
    struct code_meeting in = {span_str("devices"), span_str("descriptor"), span_str("group")};
    struct code_meeting other[] = {in, in, in};
    other[0].devices = span_str("device");
    other[1].descriptor = span_str("sdescriptor");
    other[2].group_id = span_str("grouq");
    code_meeting(&in, a);
    for (int i = 0; i < 3; i++) {
        code_meeting(&other[i], b);
        assert_string_not_equal(a, b);
    }
}

static void a_pair_code_does_not_depend_on_who_looks(void **state)
{
    (void)state;
    char x[E2EE_PAIR_DIGITS + 1], y[E2EE_PAIR_DIGITS + 1];
    uint8_t a[SUITE_SIGN_PUBLIC] = {1}, b[SUITE_SIGN_PUBLIC] = {2};
    code_pair(a, b, x);
    code_pair(b, a, y);
    assert_string_equal(x, y);
    assert_int_equal(strlen(x), E2EE_PAIR_DIGITS);
    a[31] ^= 1;
    code_pair(a, b, y);
    assert_string_not_equal(x, y);
}

/* The digits of a known hash, worked out by hand: groups of 5 bytes modulo 100000. */
static void digits_are_five_bytes_modulo_a_hundred_thousand(void **state)
{
    (void)state;
    uint8_t seed[SUITE_HASH] = {0}, hash[SUITE_HASH], counter[2] = {0, 1};
    char out[61];
    code_digits(seed, 12, out);
    for (int g = 0; g < 12; g++) {
        uint64_t v = 0;
        uint32_t digits = 0;
        suite_hash3(&suite_chacha, span_of(seed, sizeof seed), span_of(&counter[g / 6], 1),
                    (struct span){NULL, 0}, hash);
        for (int i = 0; i < 5; i++)
            v = v * 256 + hash[g % 6 * 5 + i];
        for (int i = 0; i < 5; i++)
            digits = digits * 10 + (uint32_t)(out[g * 5 + i] - '0');
        assert_int_equal(digits, v % 100000);
    }
}

/* A chi-square over the digits of 2,000 codes: 9 degrees of freedom, 27.9 is the 0.1 % mark. */
static void digits_are_even(void **state)
{
    (void)state;
    uint32_t count[10] = {0};
    char out[61];
    for (uint32_t k = 0; k < 2000; k++) {
        uint8_t seed[SUITE_HASH] = {(uint8_t)k, (uint8_t)(k >> 8)};
        code_digits(seed, 12, out);
        for (int i = 0; i < 60; i++)
            count[out[i] - '0']++;
    }
    double chi = 0, expected = 2000 * 60 / 10.0;
    for (int d = 0; d < 10; d++)
        chi += (count[d] - expected) * (count[d] - expected) / expected;
    if (chi > 27.9)
        fail_msg("chi-square %f", chi);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_thirty_digits_and_always_the_same),
        cmocka_unit_test(a_code_changes_with_each_of_its_parts),
        cmocka_unit_test(a_pair_code_does_not_depend_on_who_looks),
        cmocka_unit_test(digits_are_five_bytes_modulo_a_hundred_thousand),
        cmocka_unit_test(digits_are_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
