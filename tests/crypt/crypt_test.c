/* Facts about crypt/crypt, crypt/hmac and crypt/pii, on published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypt/crypt.h"
#include "crypt/hmac.h"
#include "crypt/pii.h"

static void assert_hex(const uint8_t *bytes, size_t len, const char *hex)
{
    char text[513];
    assert_true(len <= 256);
    text_hex(text, span_of(bytes, len));
    assert_string_equal(text, hex);
}

static void sha256_of_nothing_and_abc(void **state)
{
    (void)state;
    uint8_t out[32];
    crypt_sha256(out, span_of(NULL, 0));
    assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    crypt_sha256(out, span_str("abc"));
    assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* RFC 2202 section 3, cases 1, 2 and 6 (a key longer than a block). */
static void hmac_sha1_vectors(void **state)
{
    (void)state;
    uint8_t out[20], key[80];
    memset(key, 0x0b, 20);
    crypt_hmac_sha1(out, span_of(key, 20), span_str("Hi There"));
    assert_hex(out, 20, "b617318655057264e28bc0b6fb378c8ef146be00");
    crypt_hmac_sha1(out, span_str("Jefe"), span_str("what do ya want for nothing?"));
    assert_hex(out, 20, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    memset(key, 0xaa, 80);
    crypt_hmac_sha1(out, span_of(key, 80),
                    span_str("Test Using Larger Than Block-Size Key - Hash Key First"));
    assert_hex(out, 20, "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

/* RFC 4231 sections 4.3 and 4.7. */
static void hmac_sha256_vectors(void **state)
{
    (void)state;
    uint8_t out[32], key[131];
    crypt_hmac_sha256(out, span_str("Jefe"), span_str("what do ya want for nothing?"));
    assert_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof(key));
    crypt_hmac_sha256(out, span_of(key, sizeof(key)),
                      span_str("Test Using Larger Than Block-Size Key - Hash Key First"));
    assert_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 5869 appendices A.1 and A.3. */
static void hkdf_vectors(void **state)
{
    (void)state;
    uint8_t ikm[22], salt[13], info[10], out[42];
    memset(ikm, 0x0b, sizeof(ikm));
    for (size_t i = 0; i < sizeof(salt); i++)
        salt[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(info); i++)
        info[i] = (uint8_t)(0xf0 + i);
    crypt_hkdf_sha256(out, 42, span_of(ikm, 22), span_of(salt, 13), span_of(info, 10));
    assert_hex(out, 42,
               "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
               "34007208d5b887185865");
    crypt_hkdf_sha256(out, 42, span_of(ikm, 22), span_of(NULL, 0), span_of(NULL, 0));
    assert_hex(out, 42,
               "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
               "9d201395faa4b61a96c8");
}

static void a_keyed_hmac_over_parts_is_that_over_the_whole(void **state)
{
    (void)state;
    struct hmac_sha1 h;
    uint8_t parted[20], whole[20];
    struct span parts[4] = {span_str("in "), {NULL, 0}, span_str("several "), span_str("parts")};
    hmac_sha1_init(&h, span_str("key"));
    for (int again = 0; again < 2; again++) {
        hmac_sha1_tag(&h, parts, 4, parted);
        crypt_hmac_sha1(whole, span_str("key"), span_str("in several parts"));
        assert_memory_equal(parted, whole, 20);
    }
    hmac_sha1_fini(&h);
    struct hmac_sha1 zero;
    memset(&zero, 0, sizeof(zero));
    assert_memory_equal(&h, &zero, sizeof(h));
}

static void randomness_differs(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    assert_int_equal(crypt_random(a, sizeof(a)), ERR_OK);
    assert_int_equal(crypt_random(b, sizeof(b)), ERR_OK);
    assert_memory_not_equal(a, b, sizeof(a));
}

static void equal_and_wipe_do_what_they_say(void **state)
{
    (void)state;
    uint8_t a[4] = {1, 2, 3, 4}, b[4] = {1, 2, 3, 4}, zero[4] = {0};
    assert_true(crypt_equal(a, b, 4));
    b[3] = 5;
    assert_false(crypt_equal(a, b, 4));
    crypt_wipe(a, 4);
    assert_memory_equal(a, zero, 4);
}

static void a_tag_joins_equal_values_under_one_key_only(void **state)
{
    (void)state;
    char a[PII_TAG_TEXT + 1], b[PII_TAG_TEXT + 1];
    pii_tag(span_str("key"), span_str("192.0.2.1"), a);
    pii_tag(span_str("key"), span_str("192.0.2.1"), b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), 12);
    pii_tag(span_str("another key"), span_str("192.0.2.1"), b);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(sha256_of_nothing_and_abc),
        cmocka_unit_test(hmac_sha1_vectors),
        cmocka_unit_test(hmac_sha256_vectors),
        cmocka_unit_test(hkdf_vectors),
        cmocka_unit_test(a_keyed_hmac_over_parts_is_that_over_the_whole),
        cmocka_unit_test(randomness_differs),
        cmocka_unit_test(equal_and_wipe_do_what_they_say),
        cmocka_unit_test(a_tag_joins_equal_values_under_one_key_only),
    };
    if (crypt_init() != ERR_OK)
        return 1;
    return cmocka_run_group_tests(facts, NULL, NULL);
}
