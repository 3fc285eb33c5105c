/* Frames out of packets: order, gaps, sizes, and what a hostile stream can do to them. */
#include "base/fact.h"

#include <stdlib.h>

#include "client/assemble.h"
#include "proto/vp8.h"

enum { FRAME_MAX = 65536, STEP_US = 1000 };

static struct assembler a;
static void *storage;
static instant_us now;

static int set_up(void **state)
{
    (void)state;
    storage = calloc(1, assemble_size(FRAME_MAX));
    assert_non_null(storage);
    assemble_init(&a, storage, FRAME_MAX);
    now = 1000 * US_PER_S;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(storage);
    return 0;
}

struct piece {
    int64_t seq;
    uint32_t ts;
    bool start, marker, keyframe;
    size_t len;
};

static void put(struct piece p)
{
    uint8_t bytes[1400] = {0};
    struct vp8 v = {.start = p.start, .has_picture_id = true, .picture_id = 5};
    size_t at = vp8_write(&v, bytes);
    size_t len = p.len ? p.len : 10;
    memset(bytes + at, (int)(p.seq & 0xff), len);
    bytes[at] = p.keyframe ? 0x10 : 0x11;
    now += STEP_US;
    assemble_put(&a, &(struct assemble_packet){.seq = p.seq,
                                               .ts = p.ts,
                                               .marker = p.marker,
                                               .at = now,
                                               .payload = span_of(bytes, at + len)});
}

/* The next frame's timestamp; 0: there is none. */
static uint32_t next(bool *missing)
{
    struct assemble_frame f;
    if (!assemble_next(&a, now, ASSEMBLE_WAIT_US, &f))
        return 0;
    if (missing)
        *missing = f.missing;
    return f.ts;
}

static void packets_out_of_order_make_a_frame(void **state)
{
    struct assemble_frame f;
    (void)state;
    put((struct piece){.seq = 100, .ts = 1, .start = true, .keyframe = true});
    put((struct piece){.seq = 102, .ts = 1, .marker = true});
    assert_int_equal(next(NULL), 0);
    put((struct piece){.seq = 101, .ts = 1});
    assert_true(assemble_next(&a, now, 0, &f));
    assert_true(f.keyframe);
    assert_false(f.missing);
    assert_int_equal(f.bytes.len, 30);
    assert_int_equal(f.bytes.ptr[11], 101);
    assert_int_equal(f.at, now);
    assert_int_equal(next(NULL), 0);
}

static void a_stream_is_entered_at_the_start_of_a_frame(void **state)
{
    (void)state;
    put((struct piece){.seq = 100, .ts = 1});
    put((struct piece){.seq = 101, .ts = 1, .marker = true});
    put((struct piece){.seq = 102, .ts = 2, .start = true, .marker = true});
    bool missing = true;
    assert_int_equal(next(&missing), 2);
    assert_false(missing); /* what was before was never ours */
}

static void a_gap_is_waited_for_and_then_given_up(void **state)
{
    bool missing = false;
    (void)state;
    put((struct piece){.seq = 100, .ts = 1, .start = true, .marker = true});
    put((struct piece){.seq = 102, .ts = 3, .start = true, .marker = true});
    assert_int_equal(next(NULL), 1);
    assert_int_equal(next(NULL), 0);
    now += ASSEMBLE_WAIT_US / 2;
    assert_int_equal(next(NULL), 0);
    now += ASSEMBLE_WAIT_US;
    assert_int_equal(next(&missing), 3);
    assert_true(missing);
    assert_true(assemble_take_loss(&a));
    assert_false(assemble_take_loss(&a));
}

static void what_is_said_to_be_lost_is_not_waited_for(void **state)
{
    bool missing = false;
    (void)state;
    put((struct piece){.seq = 100, .ts = 1, .start = true, .marker = true});
    put((struct piece){.seq = 102, .ts = 3, .start = true, .marker = true});
    assert_int_equal(next(NULL), 1);
    assemble_give_up(&a);
    assert_int_equal(next(&missing), 3);
    assert_true(missing);
}

static void padding_between_frames_is_no_gap(void **state)
{
    (void)state;
    put((struct piece){.seq = 100, .ts = 1, .start = true, .marker = true});
    assert_int_equal(next(NULL), 1);
    assemble_put(&a, &(struct assemble_packet){.seq = 101, .ts = 1, .at = now});
    put((struct piece){.seq = 102, .ts = 2, .start = true, .marker = true});
    bool missing = true;
    assert_int_equal(next(&missing), 2);
    assert_false(missing);
}

static void a_packet_twice_or_late_changes_nothing(void **state)
{
    (void)state;
    put((struct piece){.seq = 100, .ts = 1, .start = true, .marker = true});
    put((struct piece){.seq = 100, .ts = 9, .start = true, .marker = true});
    assert_int_equal(next(NULL), 1);
    put((struct piece){.seq = 100, .ts = 1, .start = true, .marker = true});
    assert_int_equal(next(NULL), 0);
}

static void a_frame_larger_than_was_said_is_left_out(void **state)
{
    (void)state;
    for (int64_t i = 0; i < 80; i++)
        put((struct piece){
            .seq = 100 + i, .ts = 1, .start = i == 0, .marker = i == 79, .len = 1000});
    put((struct piece){.seq = 180, .ts = 2, .start = true, .marker = true});
    bool missing = false;
    assert_int_equal(next(&missing), 2);
    assert_true(missing);
}

static void a_jump_of_numbers_forgets_what_was_open(void **state)
{
    (void)state;
    put((struct piece){.seq = 100, .ts = 1, .start = true});
    put((struct piece){.seq = 1000000, .ts = 2, .start = true, .marker = true});
    bool missing = false;
    assert_true(a.highest - a.next < a.count); /* no walk is longer than the ring */
    assert_int_equal(next(NULL), 0);           /* what is just before it may yet come */
    now += 2 * ASSEMBLE_WAIT_US;
    assert_int_equal(next(&missing), 2);
    assert_true(missing);
}

static void random_packets_end_in_whole_frames_or_none(void **state)
{
    uint32_t random = 12345;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525u + 1013904223u;
        struct piece p = {.seq = 70000 + i / 2 + (int64_t)(random >> 28),
                          .ts = 1 + random % 7,
                          .start = random & 64,
                          .marker = random & 128,
                          .len = 1 + (random >> 12) % 1300};
        struct assemble_frame f;
        put(p);
        while (assemble_next(&a, now, 5 * US_PER_MS, &f))
            assert_true(f.bytes.len <= FRAME_MAX);
    }
}

int main(void)
{
#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(packets_out_of_order_make_a_frame),
        WITH(a_stream_is_entered_at_the_start_of_a_frame),
        WITH(a_gap_is_waited_for_and_then_given_up),
        WITH(what_is_said_to_be_lost_is_not_waited_for),
        WITH(padding_between_frames_is_no_gap),
        WITH(a_packet_twice_or_late_changes_nothing),
        WITH(a_frame_larger_than_was_said_is_left_out),
        WITH(a_jump_of_numbers_forgets_what_was_open),
        WITH(random_packets_end_in_whole_frames_or_none),
    };
    return cmocka_run_group_tests_name("client/assemble", tests, NULL, NULL);
}
