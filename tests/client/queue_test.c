/* Facts about client/queue: order, repairs, what is given up. A piece is its number. */
#include "base/fact.h"

#include "client/queue.h"

enum { PIECE = 960 };

static struct queue queue;
static instant_us now;

static int set_up(void **state)
{
    (void)state;
    queue = (struct queue){.started = false};
    now = 1000 * US_PER_S;
    return 0;
}

static bool put(uint16_t seq)
{
    uint8_t bytes[2] = {(uint8_t)(seq >> 8), (uint8_t)seq};
    return queue_put(&queue, &(struct queue_piece){.seq = seq,
                                                   .ts = (uint32_t)seq * PIECE,
                                                   .at = now,
                                                   .bytes = span_of(bytes, sizeof bytes)});
}

/* The next one must be this, after so many that are lost; -1: none. */
static void expect(int seq, int lost)
{
    struct queue_piece p;
    bool there = queue_next(&queue, now, false, &p);
    assert_int_equal(there, seq >= 0);
    if (!there)
        return;
    assert_int_equal(p.seq, seq);
    assert_int_equal(p.lost, lost);
    assert_int_equal(p.ts, (uint32_t)seq * PIECE);
    assert_int_equal(p.bytes.ptr[0] << 8 | p.bytes.ptr[1], seq);
}

static void pieces_in_order_wait_for_nothing(void **state)
{
    (void)state;
    for (uint16_t seq = 65530, n = 0; n < 40; n++, seq++) { /* the numbers wrap */
        assert_true(put(seq));
        expect(seq, 0);
        expect(-1, 0);
    }
}

static void a_missing_piece_is_waited_for_and_takes_its_place(void **state)
{
    (void)state;
    (void)put(1);
    expect(1, 0);
    (void)put(3);
    now += QUEUE_WAIT_US - 1;
    expect(-1, 0);
    (void)put(2);
    expect(2, 0);
    expect(3, 0);
}

static void what_does_not_come_in_time_is_passed_over_and_comes_no_more(void **state)
{
    (void)state;
    (void)put(1);
    expect(1, 0);
    (void)put(4);
    now += QUEUE_WAIT_US;
    expect(4, 2);
    (void)put(2);
    (void)put(5);
    expect(5, 0);
    now += QUEUE_WAIT_US;
    expect(-1, 0);
}

static void a_piece_is_given_out_once(void **state)
{
    (void)state;
    (void)put(1);
    (void)put(1);
    expect(1, 0);
    (void)put(1);
    expect(-1, 0);
}

static void what_lies_too_far_ahead_makes_room_first(void **state)
{
    (void)state;
    struct queue_piece p;
    (void)put(1);
    expect(1, 0);
    (void)put(3);
    assert_false(put(2 + QUEUE_PLACES));
    assert_true(queue_next(&queue, now, true, &p));
    assert_int_equal(p.seq, 3);
    assert_true(put(2 + QUEUE_PLACES));
    now += QUEUE_WAIT_US;
    expect(2 + QUEUE_PLACES, QUEUE_PLACES - 2);
    assert_true(put(5000)); /* a long pause is none that could be filled */
    expect(5000, 0);
}

static void what_is_too_long_or_empty_is_left_out(void **state)
{
    (void)state;
    static const uint8_t bytes[QUEUE_PIECE_MAX + 1];
    struct queue_piece p = {.seq = 1, .at = now, .bytes = span_of(bytes, sizeof bytes)};
    assert_true(queue_put(&queue, &p));
    p.bytes.len = 0;
    assert_true(queue_put(&queue, &p));
    expect(-1, 0);
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(pieces_in_order_wait_for_nothing),
        STORY(a_missing_piece_is_waited_for_and_takes_its_place),
        STORY(what_does_not_come_in_time_is_passed_over_and_comes_no_more),
        STORY(a_piece_is_given_out_once),
        STORY(what_lies_too_far_ahead_makes_room_first),
        STORY(what_is_too_long_or_empty_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
