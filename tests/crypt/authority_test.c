/* Certificates of zones' authorities and of nodes: what is signed is read back as it was said, and
 * whatever is not exactly that is refused for what it is. A42: a node that names another zone. */
#include "base/fact.h"

#include <stdio.h>

#include "crypt/authority.h"
#include "crypt/openssl.h"
#include "crypt/sign.h"

enum { NOW = 1790000000, DAY = 86400 };

static const uint8_t root_seed[AUTHORITY_SEED] = {1}, eu_seed[AUTHORITY_SEED] = {2};
static const uint8_t cn_seed[AUTHORITY_SEED] = {3}, node_seed[AUTHORITY_SEED] = {4};
static uint8_t root[AUTHORITY_KEY];
static struct authority_der eu, cn, fra;

static struct span der(const struct authority_der *d)
{
    return span_of(d->bytes, d->len);
}

static struct authority_node zone_of(const char *zone, const uint8_t *seed)
{
    struct authority_node n = {.from_s = NOW - DAY, .till_s = NOW + 365 * DAY};
    (void)snprintf(n.zone, sizeof n.zone, "%s", zone);
    sign_public(seed, n.key);
    return n;
}

static struct authority_node node_of(const char *zone, const char *centre, const char *node)
{
    struct authority_node n = zone_of(zone, node_seed);
    n.till_s = NOW + 90 * DAY;
    (void)snprintf(n.centre, sizeof n.centre, "%s", centre);
    (void)snprintf(n.node, sizeof n.node, "%s", node);
    return n;
}

static int set_up(void **state)
{
    (void)state;
    struct authority_node n = zone_of("eu", eu_seed);
    sign_public(root_seed, root);
    assert_int_equal(authority_sign_zone(root_seed, &n, &eu), ERR_OK);
    n = zone_of("cn", cn_seed);
    assert_int_equal(authority_sign_zone(root_seed, &n, &cn), ERR_OK);
    n = node_of("eu", "fra", "fra-1");
    assert_int_equal(authority_sign_node(eu_seed, der(&eu), &n, &fra), ERR_OK);
    return 0;
}

static void a_node_is_whom_its_certificate_names(void **state)
{
    (void)state;
    struct authority_node n;
    assert_int_equal(authority_check(root, der(&eu), der(&fra), NOW, &n), AUTHORITY_FINE);
    struct authority_node meant = node_of("eu", "fra", "fra-1");
    assert_string_equal(n.zone, "eu");
    assert_string_equal(n.centre, "fra");
    assert_string_equal(n.node, "fra-1");
    assert_false(n.government);
    assert_memory_equal(n.key, meant.key, sizeof n.key);
    assert_int_equal(n.from_s, meant.from_s);
    assert_int_equal(n.till_s, meant.till_s);
}

static void names_of_every_length_fit(void **state)
{
    (void)state;
    char longest[AUTHORITY_NAME + 1] = "abcdefghijklmnopqrstuvwxyz-01234";
    struct authority_node z = zone_of(longest, eu_seed), n = node_of(longest, longest, longest), r;
    struct authority_der zone, node;
    n.government = true;
    assert_int_equal(authority_sign_zone(root_seed, &z, &zone), ERR_OK);
    assert_int_equal(authority_sign_node(eu_seed, der(&zone), &n, &node), ERR_OK);
    assert_int_equal(authority_check(root, der(&zone), der(&node), NOW, &r), AUTHORITY_FINE);
    assert_string_equal(r.node, longest);
    assert_true(r.government);
}

static void names_that_are_none_are_not_signed(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "EU", "e u", "e/u", "\xc3\xa9u", "eu_1", "e.u"};
    struct authority_der out;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct authority_node n = zone_of(wrong[i], eu_seed);
        assert_int_equal(authority_sign_zone(root_seed, &n, &out), ERR_MALFORMED);
        n = node_of("eu", wrong[i], "fra-1");
        assert_int_equal(authority_sign_node(eu_seed, der(&eu), &n, &out), ERR_MALFORMED);
    }
}

static void an_authority_signs_no_other_zone(void **state)
{
    (void)state;
    struct authority_node n = node_of("cn", "sha", "sha-1");
    struct authority_der out;
    assert_int_equal(authority_sign_node(eu_seed, der(&eu), &n, &out), ERR_FORBIDDEN);
    assert_int_equal(authority_sign_node(eu_seed, der(&cn), &n, &out), ERR_FORBIDDEN);
}

static void signed_again(X509 *x, struct authority_der *out)
{
    EVP_PKEY *signer =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, eu_seed, AUTHORITY_SEED);
    unsigned char *to = out->bytes;
    assert_true(X509_sign(x, signer, NULL) > 0);
    out->len = (size_t)i2d_X509(x, &to);
    EVP_PKEY_free(signer);
}

static X509 *decoded(const struct authority_der *d)
{
    const unsigned char *at = d->bytes;
    return d2i_X509(NULL, &at, (long)d->len);
}

/* A42: somebody holds the key of Europe's authority and writes the certificate without our tools:
 * issuer and key are Europe's, the URI says China. */
static void a_node_of_another_zone_than_its_authority_is_refused(void **state)
{
    (void)state;
    struct authority_node eu_as_cn = zone_of("cn", eu_seed), n = node_of("cn", "sha", "sha-1"), r;
    struct authority_der false_zone, rogue;
    assert_int_equal(authority_sign_zone(cn_seed, &eu_as_cn, &false_zone), ERR_OK);
    assert_int_equal(authority_sign_node(eu_seed, der(&false_zone), &n, &rogue), ERR_OK);
    X509 *x = decoded(&rogue), *authority = decoded(&eu);
    assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(authority)), 1);
    signed_again(x, &rogue);
    assert_int_equal(authority_check(root, der(&eu), der(&rogue), NOW, &r), AUTHORITY_ZONE);
    assert_int_equal(authority_check(root, der(&cn), der(&rogue), NOW, &r), AUTHORITY_SIGNATURE);
    assert_int_equal(authority_check(root, der(&false_zone), der(&rogue), NOW, &r),
                     AUTHORITY_SIGNATURE);
    X509_free(x);
    X509_free(authority);
}

static void another_root_or_no_authority_is_refused(void **state)
{
    (void)state;
    struct authority_node r;
    uint8_t other[AUTHORITY_KEY];
    sign_public(cn_seed, other);
    assert_int_equal(authority_check(other, der(&eu), der(&fra), NOW, &r), AUTHORITY_SIGNATURE);
    assert_int_equal(authority_check(root, der(&cn), der(&fra), NOW, &r), AUTHORITY_SIGNATURE);
    assert_int_equal(authority_check(root, der(&fra), der(&fra), NOW, &r), AUTHORITY_FORM);
    assert_int_equal(authority_check(root, der(&eu), der(&eu), NOW, &r), AUTHORITY_FORM);
}

static void time_is_kept(void **state)
{
    (void)state;
    struct authority_node r, kept;
    memset(&r, 7, sizeof r);
    kept = r;
    int64_t early = NOW - DAY - 1, late = NOW + 90 * DAY + 1;
    assert_int_equal(authority_check(root, der(&eu), der(&fra), early, &r), AUTHORITY_EARLY);
    assert_int_equal(authority_check(root, der(&eu), der(&fra), late, &r), AUTHORITY_EXPIRED);
    assert_memory_equal(&r, &kept, sizeof r);
    assert_int_equal(authority_check(root, der(&eu), der(&fra), early + 1, &r), AUTHORITY_FINE);
    assert_int_equal(authority_check(root, der(&eu), der(&fra), late - 1, &r), AUTHORITY_FINE);
    late = NOW + 366 * DAY; /* the authority's own end */
    struct authority_node n = node_of("eu", "fra", "fra-2");
    struct authority_der outlives;
    n.till_s = NOW + 999 * DAY;
    assert_int_equal(authority_sign_node(eu_seed, der(&eu), &n, &outlives), ERR_OK);
    assert_int_equal(authority_check(root, der(&eu), der(&outlives), late, &r), AUTHORITY_EXPIRED);
}

static void every_altered_byte_is_refused(void **state)
{
    (void)state;
    struct authority_node r;
    for (size_t i = 0; i < 2 * (fra.len + eu.len); i++) {
        struct authority_der z = eu, n = fra;
        struct authority_der *d = i / 2 < fra.len ? &n : &z;
        size_t at = i / 2 < fra.len ? i / 2 : i / 2 - fra.len;
        d->bytes[at] ^= i % 2 ? 0x80 : 0x01;
        assert_int_not_equal(authority_check(root, der(&z), der(&n), NOW, &r), AUTHORITY_FINE);
    }
    for (size_t len = 0; len < fra.len; len++)
        assert_int_equal(authority_check(root, der(&eu), span_of(fra.bytes, len), NOW, &r),
                         AUTHORITY_FORM);
    struct authority_der longer = fra;
    longer.bytes[longer.len++] = 0;
    assert_int_equal(authority_check(root, der(&eu), der(&longer), NOW, &r), AUTHORITY_FORM);
}

/* The same node with one extension more, well signed. */
static void an_extension_more_is_refused(void **state)
{
    (void)state;
    struct authority_node r;
    struct authority_der more;
    X509 *x = decoded(&fra);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "serverAuth");
    signed_again(x, &more);
    assert_int_equal(authority_check(root, der(&eu), der(&more), NOW, &r), AUTHORITY_FINE);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    signed_again(x, &more);
    assert_int_equal(authority_check(root, der(&eu), der(&more), NOW, &r), AUTHORITY_FORM);
    X509_EXTENSION_free(e);
    X509_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_is_whom_its_certificate_names),
        cmocka_unit_test(names_of_every_length_fit),
        cmocka_unit_test(names_that_are_none_are_not_signed),
        cmocka_unit_test(an_authority_signs_no_other_zone),
        cmocka_unit_test(a_node_of_another_zone_than_its_authority_is_refused),
        cmocka_unit_test(another_root_or_no_authority_is_refused),
        cmocka_unit_test(time_is_kept),
        cmocka_unit_test(every_altered_byte_is_refused),
        cmocka_unit_test(an_extension_more_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
