/* Facts about crypt/cert, read back with the library itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypt/cert.h"
#include "crypt/crypt.h"
#include "crypt/openssl.h"

static const int64_t now_unix_s = 1700000000;

static X509 *read_cert(const struct cert_pem *pem)
{
    BIO *bio = BIO_new_mem_buf(pem->cert, -1);
    X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(x);
    return x;
}

static void a_web_certificate_names_this_machine_and_what_was_asked(void **state)
{
    (void)state;
    static struct cert_pem pem;
    const char *names[] = {"meet.example.org", "192.0.2.7", "2001:db8::7", "*.example.org"};
    struct cert_request request = {names, 4, now_unix_s, 825};
    assert_int_equal(cert_write_pem(&request, &pem), ERR_OK);
    X509 *x = read_cert(&pem);
    assert_int_equal(X509_check_host(x, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(x, "meet.example.org", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(x, "x.example.org", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(x, "elsewhere.org", 0, 0, NULL), 0);
    const char *ips[] = {"127.0.0.1", "::1", "192.0.2.7", "2001:db8::7"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(X509_check_ip_asc(x, ips[i], 0), 1);
    assert_int_equal(X509_check_ip_asc(x, "127.0.0.2", 0), 0);
    X509_free(x);
}

static void the_key_belongs_to_the_certificate_that_signs_itself(void **state)
{
    (void)state;
    static struct cert_pem pem;
    struct cert_request request = {NULL, 0, now_unix_s, 30};
    assert_int_equal(cert_write_pem(&request, &pem), ERR_OK);
    X509 *x = read_cert(&pem);
    BIO *bio = BIO_new_mem_buf(pem.key, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(key);
    assert_int_equal(X509_check_private_key(x, key), 1);
    assert_int_equal(X509_verify(x, key), 1);
    uint8_t digest[32];
    unsigned len = sizeof(digest);
    assert_int_equal(X509_digest(x, EVP_sha256(), digest, &len), 1);
    assert_memory_equal(digest, pem.fingerprint, 32);
    time_t early = (time_t)now_unix_s - 2 * 86400, late = (time_t)now_unix_s + 31 * 86400;
    assert_true(X509_cmp_time(X509_get0_notBefore(x), &early) > 0);
    assert_true(X509_cmp_time(X509_get0_notAfter(x), &late) < 0);
    EVP_PKEY_free(key);
    BIO_free(bio);
    X509_free(x);
}

static void a_name_that_is_none_is_refused(void **state)
{
    (void)state;
    static struct cert_pem pem;
    const char *bad[] = {"", "a b", "https://x", "a..b", "-\xc3\xa9", ".x", "x.", "*", "a*b.org"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct cert_request request = {&bad[i], 1, now_unix_s, 30};
        assert_int_equal(cert_write_pem(&request, &pem), ERR_MALFORMED);
        assert_int_equal(pem.key[0], 0);
    }
    struct cert_request many = {bad, CERT_NAMES_MAX + 1, now_unix_s, 30};
    assert_int_equal(cert_write_pem(&many, &pem), ERR_LIMIT);
}

static void many_names_fit_or_are_said_not_to(void **state)
{
    (void)state;
    static struct cert_pem pem;
    static char text[CERT_NAMES_MAX][64];
    const char *names[CERT_NAMES_MAX];
    for (int i = 0; i < CERT_NAMES_MAX; i++) {
        snprintf(text[i], sizeof(text[i]), "node-%02d.example.org", i);
        names[i] = text[i];
    }
    struct cert_request request = {names, CERT_NAMES_MAX, now_unix_s, 30};
    assert_int_equal(cert_write_pem(&request, &pem), ERR_OK);
}

static void a_fingerprint_is_printed_and_parsed(void **state)
{
    (void)state;
    struct cert *c;
    uint8_t a[32], b[32] = {0};
    char text[CERT_FINGERPRINT_TEXT + 1];
    assert_int_equal(cert_open(&c, now_unix_s), ERR_OK);
    cert_fingerprint(c, a);
    cert_fingerprint_text(a, text);
    assert_int_equal(strlen(text), CERT_FINGERPRINT_TEXT);
    assert_int_equal(cert_fingerprint_parse(span_str(text), b), ERR_OK);
    assert_memory_equal(a, b, 32);
    for (size_t i = 0; i < CERT_FINGERPRINT_TEXT; i++) {
        char saved = text[i];
        text[i] = i % 3 == 2 ? '-' : 'g';
        assert_int_equal(cert_fingerprint_parse(span_str(text), b), ERR_MALFORMED);
        text[i] = saved;
    }
    assert_int_equal(cert_fingerprint_parse(span_of(text, 94), b), ERR_MALFORMED);
    assert_memory_equal(a, b, 32);
    cert_close(c);
    cert_close(NULL);
}

static void two_certificates_differ(void **state)
{
    (void)state;
    struct cert *a, *b;
    uint8_t fa[32], fb[32];
    assert_int_equal(cert_open(&a, now_unix_s), ERR_OK);
    assert_int_equal(cert_open(&b, now_unix_s), ERR_OK);
    cert_fingerprint(a, fa);
    cert_fingerprint(b, fb);
    assert_memory_not_equal(fa, fb, 32);
    cert_close(a);
    cert_close(b);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(a_web_certificate_names_this_machine_and_what_was_asked),
        cmocka_unit_test(the_key_belongs_to_the_certificate_that_signs_itself),
        cmocka_unit_test(a_name_that_is_none_is_refused),
        cmocka_unit_test(many_names_fit_or_are_said_not_to),
        cmocka_unit_test(a_fingerprint_is_printed_and_parsed),
        cmocka_unit_test(two_certificates_differ),
    };
    if (crypt_init() != ERR_OK)
        return 1;
    return cmocka_run_group_tests(facts, NULL, NULL);
}
