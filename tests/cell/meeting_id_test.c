/* A meeting's id tells where its home is, and nothing else passes for one. */
#include "base/fact.h"

#include <stdio.h>

#include "cell/meeting_id.h"

static void ids_with_and_without_a_data_centre(void **state)
{
    (void)state;
    assert_true(meeting_id_fine(span_str("abcdefghijklmnopqr27")));
    assert_int_equal(meeting_id_centre(span_str("abcdefghijklmnopqr27")).len, 0);
    static const char *const centres[] = {"f", "fra", "us-east-1", "0", "12345678901", "-", "a-"};
    for (size_t i = 0; i < sizeof centres / sizeof *centres; i++) {
        char id[40];
        (void)snprintf(id, sizeof id, "%s-abcdefghijklmnopqr27", centres[i]);
        assert_true(meeting_id_fine(span_str(id)));
        assert_true(span_equal(meeting_id_centre(span_str(id)), span_str(centres[i])));
    }
}

static void what_is_no_id_names_no_data_centre(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "abcdefghijklmnopqr2",      /* 19 */
        "abcdefghijklmnopqr277",    /* 21: no - */
        "-abcdefghijklmnopqr27",    /* no data centre before it */
        "fra_abcdefghijklmnopqr27", /* another sign */
        "Fra-abcdefghijklmnopqr27", /* large */
        "fra-abcdefghijklmnopqr28", /* 8 is never drawn */
        "fra-ABCDEFGHIJKLMNOPQR27",
        "123456789012-abcdefghijklmnopqr27", /* 12 before it */
        "fra-abcdefghijklmnopqr27 ",
        "fr/-abcdefghijklmnopqr27",
        "../-abcdefghijklmnopqr27",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(meeting_id_fine(span_str(bad[i])));
        assert_int_equal(meeting_id_centre(span_str(bad[i])).len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_with_and_without_a_data_centre),
        cmocka_unit_test(what_is_no_id_names_no_data_centre),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
