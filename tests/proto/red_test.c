/* Facts about proto/red: what a sender writes, what a receiver takes, what it refuses. */
#include "proto/cm.h"

#include "proto/red.h"

static struct red_memory memory;
static unsigned earlier; /* how many go along */
static uint8_t payload[2048], sound[1500];
static struct writer w;

static int set_up(void **state)
{
    (void)state;
    red_forget(&memory);
    earlier = RED_EARLIER;
    memset(payload, 0, sizeof payload);
    return 0;
}

static struct span frame(uint8_t mark, size_t len)
{
    memset(sound, mark, len);
    return span_of(sound, len);
}

static struct span written(uint32_t ts, struct span bytes)
{
    w = writer_of(payload, sizeof payload);
    red_write(&w, &memory, ts, bytes, earlier);
    assert_true(writer_ok(&w) && writer_len(&w) <= bytes.len + RED_MORE);
    return writer_span(&w);
}

static struct red read_back(struct span bytes)
{
    struct red r = {0};
    assert_true(red_parse(&r, bytes));
    return r;
}

static void the_first_frame_stands_alone(void **state)
{
    (void)state;
    static const uint8_t alone[] = {111, 5, 5, 5};
    assert_true(span_equal(written(1000, frame(5, 3)), span_of(alone, sizeof alone)));
}

static void the_third_carries_two_byte_for_byte(void **state)
{
    (void)state;
    static const uint8_t third[] = {
        0x80 | 111, 0x1e, 0x00, 3, /* 1920 ticks back, 3 bytes */
        0x80 | 111, 0x0f, 0x00, 4, /* 960 ticks back, 4 bytes */
        111,        1,    1,    1, 2, 2, 2, 2, 3,
    };
    (void)written(UINT32_MAX - 959, frame(1, 3)); /* the clock wraps between them */
    (void)written(0, frame(2, 4));
    assert_true(span_equal(written(960, frame(3, 1)), span_of(third, sizeof third)));
    struct red r = read_back(span_of(third, sizeof third));
    assert_int_equal(r.count, 3);
    assert_int_equal(r.block[0].back, 1920);
    assert_int_equal(r.block[2].bytes.len, 1);
    assert_int_equal(*r.block[2].bytes.ptr, 3);
}

static void only_what_is_new_and_small_goes_along(void **state)
{
    (void)state;
    (void)written(0, frame(1, 200));
    assert_int_equal(read_back(written(960, frame(2, 57))).count, 2);
    assert_int_equal(read_back(written(1920, frame(3, 10))).count, 2); /* 200 + 57 are too many */
    assert_int_equal(read_back(written(1920 + RED_BACK_MAX, frame(4, 10))).count, 2);
    assert_int_equal(read_back(written(1921 + 2 * RED_BACK_MAX, frame(5, 10))).count, 1);
    (void)written(40000, frame(6, RED_EARLIER_MAX + 1));
    assert_int_equal(read_back(written(40960, frame(7, 10))).count, 1);
}

static void silence_that_is_not_sent_is_not_repeated(void **state)
{
    (void)state;
    (void)written(0, frame(1, 80));
    assert_int_equal(read_back(written(960, frame(2, RED_NOTHING))).count, 2);
    assert_int_equal(read_back(written(1920, frame(3, 80))).count, 1);
}

static void what_is_forgotten_never_comes_again(void **state)
{
    (void)state;
    (void)written(0, frame(1, 80));
    (void)written(960, frame(2, 80));
    red_forget(&memory);
    assert_int_equal(read_back(written(1920, frame(3, 80))).count, 1);
}

static void every_cut_and_every_other_form_is_refused(void **state)
{
    (void)state;
    struct red r = {.count = 77};
    (void)written(0, frame(1, 9));
    (void)written(960, frame(2, 9));
    struct span whole = written(1920, frame(3, 1));
    for (size_t n = 0; n < whole.len; n++)
        assert_false(red_parse(&r, span_of(payload, n)));
    static const struct {
        size_t at;
        uint8_t byte;
    } wrong[] = {
        {0, 0x80 | 63}, /* RED in RED */
        {8, 0},         /* another codec */
        {8, 0x80 | 111} /* a third earlier frame */,
        {3, 0},    /* an empty one */
        {2, 3},    /* longer than all may be */
        {1, 0xff}, /* older than is of use */
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t before = payload[wrong[i].at];
        payload[wrong[i].at] = wrong[i].byte;
        assert_false(red_parse(&r, whole));
        payload[wrong[i].at] = before;
    }
    uint8_t large[400] = {0x80 | 111, 0x0f, 0x01, 0x2c, 111}; /* 300 bytes of an earlier one */
    assert_false(red_parse(&r, span_of(large, sizeof large)));
    assert_int_equal(r.count, 77);
    assert_true(red_parse(&r, whole));
}

static void no_more_go_along_than_are_asked_for(void **state)
{
    (void)state;
    earlier = 0;
    (void)written(0, frame(1, 9));
    assert_int_equal(read_back(written(960, frame(2, 9))).count, 1);
    earlier = 1;
    assert_int_equal(read_back(written(1920, frame(3, 9))).count, 2);
    earlier = RED_EARLIER; /* what was left out is remembered all the same */
    assert_int_equal(read_back(written(2880, frame(4, 9))).count, 3);
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(the_first_frame_stands_alone),
        STORY(the_third_carries_two_byte_for_byte),
        STORY(only_what_is_new_and_small_goes_along),
        STORY(silence_that_is_not_sent_is_not_repeated),
        STORY(what_is_forgotten_never_comes_again),
        STORY(every_cut_and_every_other_form_is_refused),
        STORY(no_more_go_along_than_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
