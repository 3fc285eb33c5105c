/* Facts about crypt/cbor_bound: what is handed on holds what it says, and nothing is left out. */
#include "base/fact.h"

#include <string.h>

#include "crypt/cbor_bound.h"

/* What taking one item says, and how many bytes it took. */
static enum err take(const void *bytes, size_t len, size_t *taken)
{
    struct reader r = reader_of(span_of(bytes, len));
    enum err e = cbor_bound_take(&r);
    *taken = len - reader_left(&r);
    assert_int_equal(reader_ok(&r), e == ERR_OK);
    return e;
}

static void items_are_taken_whole_and_no_further(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } good[] = {
        {"\x00", 1},
        {"\x38\x18", 2},
        {"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", 9},
        {"\x43"
         "abc",
         4},
        {"\x63"
         "abc",
         4},
        {"\x80", 1},
        {"\xa0", 1},
        {"\xf5", 1},
        {"\xfb\0\0\0\0\0\0\0\0", 9},
        {"\xa2\x01\x02\x03\x82\x26\x41\x07", 8}, /* {1: 2, 3: [-7, h'07']} */
        {"\x81\x81\x81\x81\x00", 5},
    };
    size_t taken;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        uint8_t more[16];
        memcpy(more, good[i].bytes, good[i].len);
        more[good[i].len] = 0x9f;
        assert_int_equal(take(more, good[i].len + 1, &taken), ERR_OK);
        assert_int_equal(taken, good[i].len);
        for (size_t len = 0; len < good[i].len; len++)
            assert_int_equal(take(more, len, &taken), ERR_SHORT);
    }
}

/* Each of these makes libcbor ask for gigabytes, the last for 16 times 2^31. */
static void more_than_is_there_is_refused_before_a_library_sees_it(void **state)
{
    (void)state;
    static const uint8_t huge[][9] = {
        {0x9a, 0x7f, 0xff, 0xff, 0xff},    {0xba, 0x91, 0x91, 0x91, 0x91},
        {0x5a, 0xff, 0xff, 0xff, 0xff},    {0x7b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
        {0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0}, {0xa1, 0x01, 0x9a, 0x80, 0, 0, 0},
        {0x98, 8, 0, 0, 0, 0, 0, 0, 0}};
    size_t taken;
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++)
        assert_int_equal(take(huge[i], sizeof huge[i], &taken), ERR_SHORT);
}

static void open_lengths_tags_and_reserved_heads_are_refused(void **state)
{
    (void)state;
    static const uint8_t bad[][4] = {{0x9f, 0xff}, {0xbf, 0xff}, {0x5f, 0x40, 0xff},
                                     {0x7f, 0xff}, {0xff},       {0xc0, 0x60},
                                     {0x1c},       {0x3e},       {0x81, 0xc1, 0x00}};
    size_t taken;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(take(bad[i], sizeof bad[i], &taken), ERR_MALFORMED);
    assert_int_equal(take("\x81\x81\x81\x81\x81\x00", 6, &taken), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(items_are_taken_whole_and_no_further),
        cmocka_unit_test(more_than_is_there_is_refused_before_a_library_sees_it),
        cmocka_unit_test(open_lengths_tags_and_reserved_heads_are_refused),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
