/* Facts about profiles: names, seals, certificates over a leaf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>

#include "e2ee/profile.h"

static uint8_t device_secret[SUITE_SIGN_SECRET], host_secret[SUITE_SIGN_SECRET];
static uint8_t device[SUITE_SIGN_PUBLIC], host[SUITE_SIGN_PUBLIC], signer[SUITE_SIGN_PUBLIC];
static uint8_t key[LINK_KEY] = {1, 2, 3};
static const uint64_t now_s = 1800000000;

static void fill(void *ctx, uint8_t *out, size_t len)
{
    uint8_t *next = ctx;
    for (size_t i = 0; i < len; i++)
        out[i] = (*next)++;
}
static uint8_t counter;
static const struct random_source random_bytes = {fill, &counter};

static struct profile_place place(void)
{
    return (struct profile_place){key, host, span_str("group"), span_of(signer, sizeof signer)};
}

static int start(void **state)
{
    (void)state;
    uint8_t seed[32] = {1};
    suite_sign_keys(seed, device_secret, device);
    seed[0]++;
    suite_sign_keys(seed, host_secret, host);
    seed[0]++;
    uint8_t secret[SUITE_SIGN_SECRET];
    suite_sign_keys(seed, secret, signer);
    return suite_start() == ERR_OK ? 0 : -1;
}

static struct profile someone(const char *name)
{
    struct profile p = {.expires_s = now_s + 3600, .bot = true, .has_build = true, .build = {7}};
    memcpy(p.device, device, sizeof p.device);
    p.name_len = (uint8_t)strlen(name);
    memcpy(p.name, name, p.name_len);
    return p;
}

static size_t seal(const struct profile *p, bool as_host, uint8_t *out)
{
    uint8_t text[PROFILE_SIGNED_MAX], signature[SUITE_SIGNATURE];
    struct writer t = writer_of(text, sizeof text), w = writer_of(out, PROFILE_SEALED_MAX);
    struct profile_place at = place();
    struct span to_sign = profile_to_sign(&at, p->expires_s, &t);
    /* plain Ed25519, as a browser's WebCrypto signs */
    crypto_sign_detached(signature, NULL, to_sign.ptr, to_sign.len, device_secret);
    assert_true(profile_device_signed(&at, p, span_of(signature, sizeof signature)));
    struct profile_make make = {p, signature, as_host ? host_secret : NULL, &random_bytes};
    assert_int_equal(profile_seal(&at, &make, &w), ERR_OK);
    return writer_len(&w);
}

static void a_profile_comes_back_as_sealed(void **state)
{
    (void)state;
    uint8_t raw[PROFILE_SEALED_MAX];
    struct profile p = someone("Z\xC3\xA9lie \xF0\x9F\x8E\xBB"), got;
    struct profile_place at = place();
    for (int as_host = 0; as_host < 2; as_host++) {
        size_t len = seal(&p, as_host, raw);
        assert_int_equal(profile_open(&at, span_of(raw, len), now_s, &got), RULE_NONE);
        assert_int_equal(got.host, as_host);
        assert_true(got.bot && got.has_build);
        assert_memory_equal(got.build, p.build, sizeof p.build);
        assert_memory_equal(got.device, device, sizeof device);
        assert_true(span_equal(span_of(got.name, got.name_len), span_of(p.name, p.name_len)));
    }
}

static void a_seal_does_not_show_the_names_length(void **state)
{
    (void)state;
    uint8_t raw[PROFILE_SEALED_MAX];
    struct profile a = someone("B"), b = someone("Benedikta Maria");
    size_t short_len = seal(&a, false, raw);
    assert_int_equal(short_len, seal(&b, false, raw));
}

static void a_profile_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    uint8_t raw[PROFILE_SEALED_MAX];
    struct profile p = someone("Ana"), got;
    struct profile_place at = place();
    size_t len = seal(&p, true, raw);
    for (size_t i = 0; i < len; i++) {
        raw[i] ^= 4;
        assert_int_equal(profile_open(&at, span_of(raw, len), now_s, &got), RULE_PROFILE_FORM);
        raw[i] ^= 4;
    }
    for (size_t n = 0; n < len; n++)
        assert_int_equal(profile_open(&at, span_of(raw, n), now_s, &got), RULE_PROFILE_FORM);
}

static void a_profile_belongs_to_one_leaf_of_one_group(void **state)
{
    (void)state;
    uint8_t raw[PROFILE_SEALED_MAX], other[SUITE_SIGN_PUBLIC] = {5};
    struct profile p = someone("Ana"), got;
    size_t len = seal(&p, true, raw);
    struct profile_place at = place();
    at.signer = span_of(other, sizeof other);
    assert_int_equal(profile_open(&at, span_of(raw, len), now_s, &got), RULE_PROFILE_FORM);
    at = place();
    at.group_id = span_str("grouq");
    assert_int_equal(profile_open(&at, span_of(raw, len), now_s, &got), RULE_PROFILE_DEVICE);
    at = place();
    at.host_public = other;
    assert_int_equal(profile_open(&at, span_of(raw, len), now_s, &got), RULE_PROFILE_HOST);
}

static void a_device_that_did_not_sign_is_refused(void **state)
{
    (void)state;
    uint8_t raw[PROFILE_SEALED_MAX], signature[SUITE_SIGNATURE] = {1};
    struct profile p = someone("Ana"), got;
    struct writer w = writer_of(raw, sizeof raw);
    struct profile_place at = place();
    struct profile_make make = {&p, signature, NULL, &random_bytes};
    assert_int_equal(profile_seal(&at, &make, &w), ERR_OK);
    assert_int_equal(profile_open(&at, writer_span(&w), now_s, &got), RULE_PROFILE_DEVICE);
}

static void certificates_end(void **state)
{
    (void)state;
    uint8_t raw[PROFILE_SEALED_MAX];
    struct profile p = someone("Ana"), got;
    struct profile_place at = place();
    size_t len = seal(&p, false, raw);
    assert_int_equal(profile_open(&at, span_of(raw, len), now_s + 3601, &got),
                     RULE_PROFILE_EXPIRED);
    assert_int_equal(profile_open(&at, span_of(raw, len), 0, &got), RULE_NONE);
    p.expires_s = now_s + PROFILE_LEASE_S + PROFILE_SKEW_S + 1;
    len = seal(&p, false, raw);
    assert_int_equal(profile_open(&at, span_of(raw, len), now_s, &got), RULE_PROFILE_EXPIRED);
}

static void names_are_utf8_without_codes_that_steer(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool good;
    } names[] = {
        {"Ana", true},
        {"\xE5\xBC\xA0\xE4\xBC\x9F", true},
        {"", false},
        {"a\nb", false},
        {"a\x7F", false},
        {"\xC3", false},             /* cut short */
        {"\xC0\xAF", false},         /* overlong */
        {"\xED\xA0\x80", false},     /* a surrogate */
        {"\xF4\x90\x80\x80", false}, /* above U+10FFFF */
        {"\x80", false},
        {"\xC2\x85", false},        /* U+0085, a control code */
        {"Ana\xE2\x80\xAE", false}, /* U+202E, right to left */
        {"a\xE2\x81\xA6"
         "b",
         false}, /* U+2066 */
        {"a\xE2\x80\x94"
         "b",
         true}, /* an em dash */
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(profile_name_valid(span_str(names[i].name)), names[i].good);
    uint8_t long_name[E2EE_NAME_MAX + 1];
    memset(long_name, 'a', sizeof long_name);
    assert_true(profile_name_valid(span_of(long_name, E2EE_NAME_MAX)));
    assert_false(profile_name_valid(span_of(long_name, E2EE_NAME_MAX + 1)));
}

static void the_longest_profile_fits(void **state)
{
    (void)state;
    uint8_t raw[PROFILE_SEALED_MAX];
    struct profile p = someone(""), got;
    struct profile_place at = place();
    p.name_len = E2EE_NAME_MAX;
    memset(p.name, 'n', sizeof p.name);
    size_t len = seal(&p, true, raw);
    assert_int_equal(profile_open(&at, span_of(raw, len), now_s, &got), RULE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_comes_back_as_sealed),
        cmocka_unit_test(a_seal_does_not_show_the_names_length),
        cmocka_unit_test(a_profile_with_any_byte_changed_is_refused),
        cmocka_unit_test(a_profile_belongs_to_one_leaf_of_one_group),
        cmocka_unit_test(a_device_that_did_not_sign_is_refused),
        cmocka_unit_test(certificates_end),
        cmocka_unit_test(names_are_utf8_without_codes_that_steer),
        cmocka_unit_test(the_longest_profile_fits),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
