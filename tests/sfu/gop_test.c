/* Facts about the bounds of what a late receiver gets. */
#include "base/fact.h"

#include "sfu/gop.h"

static const instant_us START = 50 * US_PER_S;

static struct gop filled(int packets, size_t len)
{
    struct gop g = {0};
    gop_input(&g, 100, true, len, START);
    for (int i = 1; i < packets; i++)
        gop_input(&g, 100 + i, false, len, START + i);
    return g;
}

static void it_begins_with_a_key_frame(void **state)
{
    (void)state;
    struct gop g = {0};
    gop_input(&g, 99, false, 1000, START);
    assert_false(gop_ready(&g, START));
    g = filled(3, 1000);
    assert_true(gop_ready(&g, START + 3));
    assert_int_equal(g.first, 100);
    assert_int_equal(g.next, 103);
}

static void a_newer_key_frame_starts_it_anew_and_an_older_one_does_not(void **state)
{
    (void)state;
    struct gop g = filled(5, 1000);
    gop_input(&g, 90, true, 1000, START + 5);
    assert_int_equal(g.first, 100);
    gop_input(&g, 105, true, 1000, START + US_PER_S);
    assert_int_equal(g.first, 105);
    assert_int_equal(g.bytes, 1000);
    assert_true(gop_ready(&g, START + 2 * US_PER_S));
}

static void late_packets_belong_to_it(void **state)
{
    (void)state;
    struct gop g = filled(2, 1000);
    gop_input(&g, 104, false, 1000, START);
    gop_input(&g, 103, false, 1000, START);
    assert_int_equal(g.next, 105);
    assert_int_equal(g.bytes, 4000);
}

static void a_second_and_a_half_is_too_old(void **state)
{
    (void)state;
    struct gop g = filled(10, 1000);
    assert_true(gop_ready(&g, START + GOP_AGE_US));
    assert_false(gop_ready(&g, START + GOP_AGE_US + 1));
}

static void too_many_packets_or_bytes_close_it_until_the_next_key_frame(void **state)
{
    (void)state;
    struct gop g = filled(GOP_PACKETS_MAX, 10);
    assert_true(gop_ready(&g, START));
    gop_input(&g, 100 + GOP_PACKETS_MAX, false, 10, START);
    assert_false(gop_ready(&g, START));
    g = filled(200, 1024);
    assert_true(gop_ready(&g, START));
    gop_input(&g, 300, false, 1, START);
    assert_false(gop_ready(&g, START));
    gop_input(&g, 301, true, 1, START);
    assert_true(gop_ready(&g, START));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(it_begins_with_a_key_frame),
        FACT(a_newer_key_frame_starts_it_anew_and_an_older_one_does_not),
        FACT(late_packets_belong_to_it),
        FACT(a_second_and_a_half_is_too_old),
        FACT(too_many_packets_or_bytes_close_it_until_the_next_key_frame),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
