/* Facts about writes that wait: in order, bounded, refused when nobody waits for them any more. */
#include "base/fact.h"

#include <string.h>

#include "store/queue.h"

static struct write_queue queue;

static enum err push(const char *text, int64_t until_ms)
{
    return queue_push(&queue, span_str(text), until_ms);
}

static bool first_is(const char *text)
{
    struct span s;
    return queue_first(&queue, &s) && span_equal(s, span_str(text));
}

static int empty(void **state)
{
    (void)state;
    queue_fini(&queue);
    return queue.count == 0 && queue.bytes == 0 && !queue.first && !queue.last ? 0 : -1;
}

static void writes_come_out_in_their_order(void **state)
{
    (void)state;
    struct span s;
    assert_false(queue_first(&queue, &s));
    assert_int_equal(push("one", INT64_MAX) | push("two", 50) | push("three", INT64_MAX), ERR_OK);
    assert_int_equal(queue_next_ms(&queue), 50);
    assert_true(first_is("one"));
    queue_drop_first(&queue);
    assert_true(first_is("two"));
    queue_drop_first(&queue);
    assert_true(first_is("three"));
    queue_drop_first(&queue);
    assert_false(queue_first(&queue, &s));
    assert_int_equal(queue_next_ms(&queue), INT64_MAX);
}

static void a_write_that_nobody_waits_for_is_taken_out_wherever_it_stands(void **state)
{
    (void)state;
    char out[8] = "";
    assert_int_equal(push("a", INT64_MAX) | push("b", 50) | push("c", 60) | push("d", INT64_MAX),
                     ERR_OK);
    assert_false(queue_take_late(&queue, 49, out, sizeof out));
    assert_true(queue_take_late(&queue, 50, out, sizeof out));
    assert_int_equal(out[0], 'b');
    assert_false(queue_take_late(&queue, 59, out, sizeof out));
    assert_true(queue_take_late(&queue, 1000, out, sizeof out));
    assert_int_equal(out[0], 'c');
    assert_false(queue_take_late(&queue, INT64_MAX - 1, out, sizeof out));
    assert_int_equal(queue.count, 2);
    queue_drop_first(&queue);
    assert_true(first_is("d"));
    assert_int_equal(push("e", 5), ERR_OK);
    assert_true(queue_take_late(&queue, 5, out, sizeof out)); /* the last one */
    assert_int_equal(push("f", INT64_MAX), ERR_OK);
    queue_drop_first(&queue);
    assert_true(first_is("f"));
}

static void a_full_queue_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    for (int i = 0; i < QUEUE_WRITES; i++)
        assert_int_equal(push("x", INT64_MAX), ERR_OK);
    assert_int_equal(push("y", INT64_MAX), ERR_BUSY);
    assert_int_equal(queue.count, QUEUE_WRITES);
    queue_drop_first(&queue);
    assert_int_equal(push("y", INT64_MAX), ERR_OK);
}

static void bytes_are_bounded_too(void **state)
{
    (void)state;
    static char big[QUEUE_BYTES / 4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(queue_push(&queue, span_of(big, sizeof big), INT64_MAX), ERR_OK);
    assert_int_equal(push("y", INT64_MAX), ERR_BUSY);
    queue_drop_first(&queue);
    assert_int_equal(push("y", INT64_MAX), ERR_OK);
}

static bool marks_two(void *ctx, uint8_t *bytes, size_t len)
{
    int *seen = ctx;
    (*seen)++;
    if (len != 3 || memcmp(bytes, "two", 3) != 0)
        return false;
    bytes[0] = 'T';
    return true;
}

static void a_write_that_waits_can_be_changed_in_its_place(void **state)
{
    (void)state;
    int seen = 0;
    assert_false(queue_visit(&queue, marks_two, &seen));
    assert_int_equal(push("one", INT64_MAX) | push("two", 50) | push("two", 60), ERR_OK);
    assert_true(queue_visit(&queue, marks_two, &seen));
    assert_int_equal(seen, 2);
    queue_drop_first(&queue);
    assert_true(first_is("Two"));
    queue_drop_first(&queue);
    assert_true(first_is("two"));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test_teardown(writes_come_out_in_their_order, empty),
        cmocka_unit_test_teardown(a_write_that_nobody_waits_for_is_taken_out_wherever_it_stands,
                                  empty),
        cmocka_unit_test_teardown(a_full_queue_refuses_and_keeps_what_it_has, empty),
        cmocka_unit_test_teardown(bytes_are_bounded_too, empty),
        cmocka_unit_test_teardown(a_write_that_waits_can_be_changed_in_its_place, empty),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
