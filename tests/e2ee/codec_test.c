/* Facts about e2ee/codec. */
#include "e2ee/floor.h"

#include "e2ee/codec.h"

enum { ROOM = 70000 };
static uint8_t content[ROOM], bytes[ROOM + 8];

static void a_vector_is_written_with_the_shortest_header_and_read_again(void **state)
{
    (void)state;
    static const struct {
        size_t len, header;
    } rows[] = {{0, 1}, {1, 1}, {63, 1}, {64, 2}, {16383, 2}, {16384, 4}, {ROOM, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct writer w = writer_of(bytes, sizeof bytes);
        memset(content, (int)i, sizeof content);
        codec_write_vector(&w, span_of(content, rows[i].len));
        assert_int_equal(writer_len(&w), rows[i].header + rows[i].len);
        assert_int_equal(codec_header(rows[i].len), rows[i].header);
        struct reader r = reader_of(writer_span(&w));
        struct span back = codec_vector(&r);
        assert_true(reader_ok(&r) && reader_left(&r) == 0);
        assert_true(span_equal(back, span_of(content, rows[i].len)));
    }
}

static void the_header_of_the_longest_vector_fits_four_bytes(void **state)
{
    (void)state;
    static const uint8_t want[] = {0xBF, 0xFF, 0xFF, 0xFF};
    uint8_t head[4];
    assert_int_equal(codec_put_header(head, 0x3FFFFFFF), 4);
    assert_memory_equal(head, want, 4);
}

static void a_length_that_is_not_minimal_fails_the_reader(void **state)
{
    (void)state;
    static const uint8_t rows[][4] = {
        {0x40, 0x05},             /* 5 in two bytes */
        {0x40, 0x3F},             /* 63 in two bytes */
        {0x80, 0x00, 0x00, 0x05}, /* 5 in four bytes */
        {0x80, 0x00, 0x3F, 0xFF}, /* 16383 in four bytes */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, rows[i], 4);
        struct reader r = reader_of(span_of(bytes, sizeof bytes));
        codec_vector(&r);
        assert_false(reader_ok(&r));
    }
}

static void the_prefix_of_three_ones_fails_the_reader(void **state)
{
    (void)state;
    static const uint8_t in[16] = {0xC0};
    struct reader r = reader_of(span_of(in, sizeof in));
    assert_null(codec_vector(&r).ptr);
    assert_false(reader_ok(&r));
}

static void a_vector_that_passes_the_end_fails_the_reader(void **state)
{
    (void)state;
    static const uint8_t in[] = {0x03, 1, 2}, cut[] = {0x80, 0, 1},
                         longest[] = {0xBF, 0xFF, 0xFF, 0xFF};
    const struct span rows[] = {{in, 3}, {cut, 3}, {longest, 4}, {in, 0}, {NULL, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reader r = reader_of(rows[i]);
        codec_vector(&r);
        assert_false(reader_ok(&r));
    }
}

static void an_inner_reader_sees_the_content_alone_and_fails_with_the_outer(void **state)
{
    (void)state;
    static const uint8_t in[] = {0x02, 7, 8, 9};
    struct reader r = reader_of(span_of(in, 4)), inner = codec_inner(&r);
    assert_int_equal(reader_u16(&inner), 0x0708);
    reader_u8(&inner);
    assert_false(reader_ok(&inner));
    assert_int_equal(reader_u8(&r), 9);
    inner = codec_inner(&r);
    assert_false(reader_ok(&inner) || reader_ok(&r));
}

static void an_optional_is_zero_or_one(void **state)
{
    (void)state;
    static const uint8_t in[] = {0, 1, 2};
    struct reader r = reader_of(span_of(in, 3));
    assert_false(codec_optional(&r));
    assert_true(codec_optional(&r) && reader_ok(&r));
    assert_false(codec_optional(&r) || reader_ok(&r));
}

static void a_vector_written_in_place_equals_one_written_whole(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 62, 63, 64, 65, 16382, 16383, 16384, 50000};
    static uint8_t whole[ROOM + 8];
    for (size_t i = 0; i < ROOM; i++)
        content[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        struct writer a = writer_of(bytes, sizeof bytes), b = writer_of(whole, sizeof whole);
        writer_u8(&a, 0xEE);
        writer_u8(&b, 0xEE);
        size_t mark = codec_begin(&a);
        writer_bytes(&a, span_of(content, lens[i]));
        codec_end(&a, mark);
        codec_write_vector(&b, span_of(content, lens[i]));
        assert_true(writer_ok(&a) && span_equal(writer_span(&a), writer_span(&b)));
    }
}

static void vectors_in_place_nest(void **state)
{
    (void)state;
    struct writer w = writer_of(bytes, sizeof bytes);
    size_t outer = codec_begin(&w), inner = codec_begin(&w);
    writer_bytes(&w, span_of(content, 100));
    codec_end(&w, inner);
    codec_end(&w, outer);
    struct reader r = reader_of(writer_span(&w)), list = codec_inner(&r);
    assert_int_equal(codec_vector(&list).len, 100);
    assert_true(reader_ok(&list) && reader_left(&list) == 0 && reader_left(&r) == 0);
}

static void a_writer_without_room_for_the_header_fails_and_stays_inside(void **state)
{
    (void)state;
    memset(bytes, 0xEE, sizeof bytes);
    struct writer w = writer_of(bytes, 65);
    size_t mark = codec_begin(&w);
    writer_bytes(&w, span_of(content, 64)); /* needs a second byte of header */
    codec_end(&w, mark);
    assert_false(writer_ok(&w));
    w = writer_of(bytes, 3);
    codec_write_vector(&w, span_of(content, 3));
    assert_false(writer_ok(&w));
    w = writer_of(bytes, 0);
    codec_end(&w, codec_begin(&w));
    assert_false(writer_ok(&w));
    assert_int_equal(bytes[65], 0xEE);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(a_vector_is_written_with_the_shortest_header_and_read_again),
        FACT(the_header_of_the_longest_vector_fits_four_bytes),
        FACT(a_length_that_is_not_minimal_fails_the_reader),
        FACT(the_prefix_of_three_ones_fails_the_reader),
        FACT(a_vector_that_passes_the_end_fails_the_reader),
        FACT(an_inner_reader_sees_the_content_alone_and_fails_with_the_outer),
        FACT(an_optional_is_zero_or_one),
        FACT(a_vector_written_in_place_equals_one_written_whole),
        FACT(vectors_in_place_nest),
        FACT(a_writer_without_room_for_the_header_fails_and_stays_inside),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
