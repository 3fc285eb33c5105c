/* Facts about links, policies and descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/policy.h"

static struct e2ee_link link = {.host = true, .secret = {1, 2, 3}, .host_secret = {4, 5, 6}};
static uint8_t secret_key[SUITE_SIGN_SECRET], host_public[SUITE_SIGN_PUBLIC];

static int start(void **state)
{
    (void)state;
    link.meeting = span_str("abcdefghijklmnopq234");
    link_host_keys(link.meeting, link.host_secret, secret_key, host_public);
    e2ee_host_key_hash(&link, link.host_key_hash);
    return suite_start() == ERR_OK ? 0 : -1;
}

static void each_use_of_a_secret_gives_another_key(void **state)
{
    (void)state;
    uint8_t key[6][LINK_KEY];
    for (int u = LINK_ACCESS; u <= LINK_PROFILE; u++) {
        link_derive((enum link_use)u, link.meeting, link.secret, key[u]);
        for (int v = 0; v < u; v++)
            assert_memory_not_equal(key[u], key[v], LINK_KEY);
    }
    uint8_t other[LINK_KEY];
    link_derive(LINK_ACCESS, span_str("bbcdefghijklmnopq234"), link.secret, other);
    assert_memory_not_equal(key[LINK_ACCESS], other, LINK_KEY);
}

/* RFC 5869 over the secret 00..0f and the info "conclave v1 access abcdefghijklmnopq234", computed
 * with Python's hmac module. */
static void the_access_proof_is_plain_hkdf(void **state)
{
    (void)state;
    static const uint8_t expected[LINK_KEY] = {0x6f, 0x18, 0xe4, 0x68, 0x82, 0xa0, 0xa0, 0x03,
                                               0xb0, 0xfa, 0x60, 0x57, 0x69, 0x04, 0x7d, 0xe3,
                                               0xcf, 0x4a, 0x3a, 0xa2, 0x78, 0xa1, 0x33, 0x72,
                                               0xc9, 0x5d, 0xbb, 0xc9, 0xa6, 0x05, 0x57, 0x1e};
    uint8_t secret[E2EE_SECRET], got[LINK_KEY];
    for (uint8_t i = 0; i < E2EE_SECRET; i++)
        secret[i] = i;
    link_derive(LINK_ACCESS, link.meeting, secret, got);
    assert_memory_equal(got, expected, sizeof got);
}

/* RFC 5869 as above, with the bytes a0..af of a renewal as the salt. */
static void the_access_proof_of_a_renewed_link_has_the_renewal_as_its_salt(void **state)
{
    (void)state;
    static const uint8_t expected[LINK_KEY] = {0x35, 0x3c, 0xd5, 0x53, 0x92, 0x1d, 0xf2, 0x99,
                                               0xcd, 0xb9, 0xbb, 0xc6, 0x6e, 0x12, 0x6f, 0x23,
                                               0xd6, 0xec, 0x1f, 0xe8, 0x48, 0xe9, 0xfe, 0xb0,
                                               0x49, 0x7c, 0x32, 0x2e, 0x00, 0x2d, 0x60, 0x2e};
    struct e2ee_link renewed = {.meeting = link.meeting, .renewed = true};
    uint8_t got[LINK_KEY];
    for (uint8_t i = 0; i < E2EE_SECRET; i++) {
        renewed.secret[i] = i;
        renewed.renewal[i] = (uint8_t)(0xa0 + i);
    }
    e2ee_access_proof(&renewed, got);
    assert_memory_equal(got, expected, sizeof got);
}

static void meeting_ids_have_twenty_characters_of_base32(void **state)
{
    (void)state;
    assert_true(link_meeting_valid(link.meeting));
    assert_false(link_meeting_valid(span_str("abcdefghijklmnopq23")));
    assert_false(link_meeting_valid(span_str("abcdefghijklmnopq2345")));
    assert_false(link_meeting_valid(span_str("abcdefghijklmnopq231")));
    assert_false(link_meeting_valid(span_str("Abcdefghijklmnopq234")));
    assert_false(link_meeting_valid(span_of(NULL, 0)));
}

static size_t make(uint8_t *out, size_t cap)
{
    struct writer w = writer_of(out, cap);
    struct e2ee_terms terms = {true, 300, 1800000000};
    assert_int_equal(e2ee_descriptor_make(&link, &terms, &w), ERR_OK);
    return writer_len(&w);
}

static void a_descriptor_is_taken_as_made(void **state)
{
    (void)state;
    uint8_t raw[E2EE_DESCRIPTOR_MAX];
    struct descriptor d;
    size_t len = make(raw, sizeof raw);
    assert_int_equal(descriptor_check(span_of(raw, len), &link, &d), RULE_NONE);
    assert_int_equal(d.created_s, 1800000000);
    assert_int_equal(d.policy.max_members, 300);
    assert_int_equal(d.policy.flags, E2EE_WAITING_ROOM);
    assert_int_equal(d.policy.seq, 0);
    assert_memory_equal(d.host_public.ptr, host_public, sizeof host_public);
}

static void a_descriptor_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    uint8_t raw[E2EE_DESCRIPTOR_MAX];
    struct descriptor d;
    size_t len = make(raw, sizeof raw);
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++) {
            raw[i] ^= (uint8_t)(1 << bit);
            assert_int_equal(descriptor_check(span_of(raw, len), &link, &d), RULE_DESCRIPTOR);
            raw[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t n = 0; n < len; n++)
        assert_int_equal(descriptor_check(span_of(raw, n), &link, &d), RULE_DESCRIPTOR);
    raw[len] = 0;
    assert_int_equal(descriptor_check(span_of(raw, len + 1), &link, &d), RULE_DESCRIPTOR);
}

static void a_descriptor_of_another_host_or_meeting_is_refused(void **state)
{
    (void)state;
    uint8_t raw[E2EE_DESCRIPTOR_MAX];
    struct descriptor d;
    size_t len = make(raw, sizeof raw);
    struct e2ee_link other = link;
    other.host_key_hash[3] ^= 1;
    assert_int_equal(descriptor_check(span_of(raw, len), &other, &d), RULE_DESCRIPTOR);
    other = link;
    other.meeting = span_str("bbcdefghijklmnopq234");
    assert_int_equal(descriptor_check(span_of(raw, len), &other, &d), RULE_DESCRIPTOR);
}

static struct policy_terms terms(uint64_t seq)
{
    return (struct policy_terms){.seq = seq, .flags = E2EE_LOCKED, .max_members = 10};
}

static void a_policy_comes_back_with_its_administrators(void **state)
{
    (void)state;
    uint8_t list[66], raw[POLICY_MAX];
    struct writer a = writer_of(list, sizeof list), w = writer_of(raw, sizeof raw);
    uint8_t other[SUITE_SIGN_PUBLIC] = {9};
    codec_write_vector(&a, span_of(host_public, sizeof host_public));
    struct policy_terms t = terms(7);
    struct policy p;
    t.admins = writer_span(&a);
    assert_int_equal(policy_write(&t, link.meeting, secret_key, &w), ERR_OK);
    assert_int_equal(policy_parse(writer_span(&w), &p), RULE_NONE);
    assert_int_equal(policy_verify(&p, link.meeting, host_public), RULE_NONE);
    assert_int_equal(p.seq, 7);
    assert_true(policy_names(&p, span_of(host_public, sizeof host_public)));
    assert_false(policy_names(&p, span_of(other, sizeof other)));
    assert_int_equal(policy_verify(&p, span_str("bbcdefghijklmnopq234"), host_public),
                     RULE_POLICY_SIGNATURE);
    assert_int_equal(policy_verify(&p, link.meeting, other), RULE_POLICY_SIGNATURE);
}

static void a_policy_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    uint8_t raw[POLICY_MAX];
    struct writer w = writer_of(raw, sizeof raw);
    struct policy_terms t = terms(1);
    struct policy p;
    assert_int_equal(policy_write(&t, link.meeting, secret_key, &w), ERR_OK);
    size_t len = writer_len(&w);
    for (size_t i = 0; i < len; i++)
        for (int bit = 0; bit < 8; bit++) {
            raw[i] ^= (uint8_t)(1 << bit);
            assert_true(policy_parse(span_of(raw, len), &p) != RULE_NONE ||
                        policy_verify(&p, link.meeting, host_public) != RULE_NONE);
            raw[i] ^= (uint8_t)(1 << bit);
        }
}

static void the_groups_extensions_are_both_of_ours_and_no_more(void **state)
{
    (void)state;
    uint8_t raw[POLICY_MAX], all[POLICY_CONTEXT_MAX + 64];
    struct writer w = writer_of(raw, sizeof raw), x = writer_of(all, sizeof all);
    struct policy_terms t = terms(1);
    struct policy p;
    assert_int_equal(policy_write(&t, link.meeting, secret_key, &w), ERR_OK);
    policy_context_write(writer_span(&w), &x);
    assert_int_equal(policy_context_parse(writer_span(&x), &p), RULE_NONE);
    struct writer more = x;
    extension_write(&more, EXT_EXTERNAL_SENDERS, span_str("x"));
    assert_int_equal(policy_context_parse(writer_span(&more), &p), RULE_POLICY_FORM);
    struct writer less = writer_of(all, sizeof all);
    extension_write(&less, EXT_MEETING_POLICY, writer_span(&w));
    assert_int_equal(policy_context_parse(writer_span(&less), &p), RULE_POLICY_FORM);
    extension_write(&less, EXT_REQUIRED_CAPABILITIES, span_of("\0\0\0", 3));
    assert_int_equal(policy_context_parse(writer_span(&less), &p), RULE_POLICY_FORM);
    assert_int_equal(policy_context_parse(span_of(NULL, 0), &p), RULE_POLICY_FORM);
}

static void a_join_proof_needs_key_package_and_group(void **state)
{
    (void)state;
    uint8_t key[LINK_KEY] = {1}, ref[SUITE_HASH] = {2}, a[E2EE_PROOF], b[E2EE_PROOF];
    link_join_proof(key, ref, span_str("group"), a);
    ref[0]++;
    link_join_proof(key, ref, span_str("group"), b);
    assert_memory_not_equal(a, b, sizeof a);
    ref[0]--;
    link_join_proof(key, ref, span_str("grouq"), b);
    assert_memory_not_equal(a, b, sizeof a);
    key[0]++;
    link_join_proof(key, ref, span_str("group"), b);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_use_of_a_secret_gives_another_key),
        cmocka_unit_test(the_access_proof_is_plain_hkdf),
        cmocka_unit_test(the_access_proof_of_a_renewed_link_has_the_renewal_as_its_salt),
        cmocka_unit_test(meeting_ids_have_twenty_characters_of_base32),
        cmocka_unit_test(a_descriptor_is_taken_as_made),
        cmocka_unit_test(a_descriptor_with_any_byte_changed_is_refused),
        cmocka_unit_test(a_descriptor_of_another_host_or_meeting_is_refused),
        cmocka_unit_test(a_policy_comes_back_with_its_administrators),
        cmocka_unit_test(a_policy_with_any_byte_changed_is_refused),
        cmocka_unit_test(the_groups_extensions_are_both_of_ours_and_no_more),
        cmocka_unit_test(a_join_proof_needs_key_package_and_group),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
