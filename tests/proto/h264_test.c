/* Facts about where an H.264 key frame starts. */
#include "base/fact.h"

#include "proto/h264.h"

#define LOOK(...)                                                                                  \
    h264_look(span_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})))

static void single_units_tell_by_their_type(void **state)
{
    (void)state;
    assert_true(LOOK(0x65, 0x88).key);
    assert_true(LOOK(0x67, 0x42).parameters);
    assert_false(LOOK(0x41, 0x9a).key);
    assert_false(LOOK(0x68).parameters);
}

static void aggregates_tell_by_what_they_hold(void **state)
{
    (void)state;
    struct h264 h = LOOK(0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68, 0, 2, 0x65, 0x88);
    assert_true(h.parameters && h.key);
    h = LOOK(0x78, 0, 2, 0x09, 0x10, 0, 1, 0x41);
    assert_false(h.parameters || h.key);
}

static void only_the_first_fragment_starts_a_picture(void **state)
{
    (void)state;
    assert_true(LOOK(0x7c, 0x85, 0xff).key);
    assert_false(LOOK(0x7c, 0x05, 0xff).key);
    assert_false(LOOK(0x7c, 0x81, 0xff).key);
}

static void broken_packets_start_nothing(void **state)
{
    (void)state;
    assert_false(h264_look(span_of(NULL, 0)).key);
    assert_false(LOOK(0x7c).key);
    struct h264 h = LOOK(0x78, 0, 1, 0x67, 0, 9, 0x65);
    assert_false(h.parameters || h.key);
    h = LOOK(0x78, 0, 1, 0x65, 0, 0);
    assert_false(h.key);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(single_units_tell_by_their_type),
        FACT(aggregates_tell_by_what_they_hold),
        FACT(only_the_first_fragment_starts_a_picture),
        FACT(broken_packets_start_nothing),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
