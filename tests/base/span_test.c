/* Facts about base/reader, base/writer, base/logline, base/list and the result codes. */
#include "base/fact.h"

#include "base/err.h"
#include "base/list.h"
#include "base/logline.h"
#include "base/reader.h"
#include "base/writer.h"

static void reader_sticks_after_the_first_failure(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3, 4, 5};
    struct reader r = reader_of(span_of(bytes, sizeof bytes));
    assert_int_equal(reader_u24(&r), 0x010203);
    assert_int_equal(reader_left(&r), 2);
    assert_int_equal(reader_u32(&r), 0);
    assert_false(reader_ok(&r));
    assert_int_equal(reader_u8(&r), 0);
    assert_int_equal(reader_left(&r), 0);
    assert_null(reader_take(&r, 0).ptr);
}

static void reader_of_nothing_is_empty(void **state)
{
    (void)state;
    struct reader r = reader_of(span_of(NULL, 0));
    assert_int_equal(reader_take(&r, 0).len, 0);
    assert_true(reader_ok(&r));
    (void)reader_u8(&r);
    assert_false(reader_ok(&r));
}

static void writer_never_passes_its_end(void **state)
{
    (void)state;
    uint8_t buf[5] = {0, 0, 0, 0, 0xee};
    struct writer w = writer_of(buf, 4);
    writer_u16(&w, 0x1234);
    writer_u24(&w, 0xabcdef);
    writer_u8(&w, 1);
    assert_false(writer_ok(&w));
    assert_int_equal(writer_span(&w).len, 0);
    assert_int_equal(writer_len(&w), 2);
    assert_int_equal(buf[4], 0xee);
    assert_int_equal(buf[2], 0);
}

static void logline_quotes_what_needs_it_and_never_breaks_a_line(void **state)
{
    (void)state;
    struct logline l;
    logline_start(&l, "front", "join");
    logline_str(&l, "a", "plain");
    logline_str(&l, "b", "two words\n\"x\"");
    logline_str(&l, "c", "");
    logline_int(&l, "n", INT64_MIN);
    assert_string_equal(l.text, "front join a=plain b=\"two words?\\\"x\\\"\" c=\"\" "
                                "n=-9223372036854775808");
    for (int i = 0; i < 600; i++)
        logline_int(&l, "n", 1);
    assert_int_equal(strlen(l.text), sizeof l.text - 1);
}

static void list_survives_removal_while_walking(void **state)
{
    (void)state;
    struct list l, n[3];
    list_init(&l);
    for (int i = 0; i < 3; i++)
        list_append(&l, &n[i]);
    LIST_EACH_SAFE(&l, it, nx)
    {
        list_remove(it);
    }
    assert_true(list_empty(&l));
    list_remove(&n[0]);
}

static void every_result_has_a_name_words_and_class(void **state)
{
    (void)state;
    assert_string_equal(err_name(ERR_REPLAY), "REPLAY");
    for (int e = ERR_OK; e < ERR_COUNT_; e++) {
        assert_true(strlen(err_words((enum err)e)) > 1);
        assert_true((err_class((enum err)e) == ERR_CLASS_NONE) == (e == ERR_OK));
    }
    assert_string_equal(err_name(ERR_COUNT_), "unknown");
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(reader_sticks_after_the_first_failure),
        FACT(reader_of_nothing_is_empty),
        FACT(writer_never_passes_its_end),
        FACT(logline_quotes_what_needs_it_and_never_breaks_a_line),
        FACT(list_survives_removal_while_walking),
        FACT(every_result_has_a_name_words_and_class),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
