/* Facts about base/text: hexadecimal, base64url and decimal are strict and leave output alone. */
#include "base/fact.h"

#include "base/text.h"

static void base64url_matches_rfc4648_vectors(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char out[16];
        uint8_t back[16];
        size_t len = 99;
        text_base64url(out, span_str(pairs[i][0]));
        assert_string_equal(out, pairs[i][1]);
        assert_int_equal(strlen(out), TEXT_BASE64URL_LEN(strlen(pairs[i][0])));
        assert_int_equal(text_unbase64url(back, sizeof back, &len, span_str(out)), ERR_OK);
        assert_true(span_equal(span_of(back, len), span_str(pairs[i][0])));
    }
}

static void base64url_refuses_padding_other_alphabet_and_stray_bits(void **state)
{
    (void)state;
    static const char *const bad[] = {"Zg==", "Zg=", "Z", "Zm+v", "Zm/v", "Zm v", "Zh", "Zm9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t out[8] = {7};
        size_t len = 99;
        assert_int_equal(text_unbase64url(out, sizeof out, &len, span_str(bad[i])), ERR_MALFORMED);
        assert_int_equal(len, 99);
        assert_int_equal(out[0], 7);
    }
}

static void base64url_refuses_what_does_not_fit(void **state)
{
    (void)state;
    uint8_t out[2];
    size_t len;
    assert_int_equal(text_unbase64url(out, 2, &len, span_str("Zm9v")), ERR_LIMIT);
}

static void hex_goes_there_and_back(void **state)
{
    (void)state;
    uint8_t bytes[256], back[256];
    char out[513];
    size_t len;
    for (int i = 0; i < 256; i++)
        bytes[i] = (uint8_t)i;
    text_hex(out, span_of(bytes, 256));
    assert_int_equal(text_unhex(back, 256, &len, span_str(out)), ERR_OK);
    assert_memory_equal(bytes, back, 256);
    assert_int_equal(text_unhex(back, 256, &len, span_str("0g")), ERR_MALFORMED);
    assert_int_equal(text_unhex(back, 256, &len, span_str("abc")), ERR_MALFORMED);
    assert_int_equal(text_unhex(back, 1, &len, span_str("abcd")), ERR_LIMIT);
}

static void decimal_is_strict_and_bounded(void **state)
{
    (void)state;
    uint64_t v = 5;
    assert_int_equal(text_u64(&v, span_str("65535"), 65535), ERR_OK);
    assert_int_equal(v, 65535);
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "01", "0x1", "1e3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(text_u64(&v, span_str(bad[i]), 100), ERR_MALFORMED);
    assert_int_equal(text_u64(&v, span_str("65536"), 65535), ERR_LIMIT);
    assert_int_equal(text_u64(&v, span_str("18446744073709551615"), UINT64_MAX), ERR_OK);
    assert_int_equal(text_u64(&v, span_str("18446744073709551616"), UINT64_MAX), ERR_LIMIT);
    assert_true(v == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(base64url_matches_rfc4648_vectors),
        FACT(base64url_refuses_padding_other_alphabet_and_stray_bits),
        FACT(base64url_refuses_what_does_not_fit),
        FACT(hex_goes_there_and_back),
        FACT(decimal_is_strict_and_bounded),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
