/* Facts about e2ee/leaf, e2ee/key_package and e2ee/extension. */
#include "e2ee/grove.h"

static struct random chance;

static enum err read_leaf(struct span raw, struct leaf *out)
{
    struct reader r = reader_of(raw);
    leaf_parse(&r, out);
    return reader_ok(&r) && reader_left(&r) == 0 ? ERR_OK : ERR_MALFORMED;
}

static void a_written_leaf_is_read_again_and_verifies(void **state)
{
    (void)state;
    static const enum leaf_source sources[] = {LEAF_KEY_PACKAGE, LEAF_UPDATE, LEAF_COMMIT};
    uint8_t hash[SUITE_HASH] = {7};
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct person p;
        struct grove_leaf room;
        struct leaf leaf;
        grove_person(&chance, &p);
        struct leaf_make make = grove_make(&p);
        make.source = sources[i];
        make.parent_hash = span_of(hash, sizeof(hash));
        make.place.leaf_index = 5;
        assert_int_equal(read_leaf(grove_leaf(&make, &room), &leaf), ERR_OK);
        assert_int_equal(leaf.source, sources[i]);
        assert_int_equal(leaf.credential_type, CREDENTIAL_BASIC);
        assert_true(span_equal(leaf.identity, make.identity));
        assert_true(span_equal(leaf.encryption_key, make.encryption_key));
        assert_true(span_equal(leaf.signature_key, make.signature_key));
        assert_int_equal(leaf.parent_hash.len, sources[i] == LEAF_COMMIT ? SUITE_HASH : 0);
        assert_int_equal(leaf_verify(suite, &leaf, &make.place), ERR_OK);
    }
}

static void every_cut_of_a_leaf_is_refused(void **state)
{
    (void)state;
    struct person p;
    struct grove_leaf room;
    struct leaf leaf;
    grove_person(&chance, &p);
    struct leaf_make make = grove_make(&p);
    struct span raw = grove_leaf(&make, &room);
    for (size_t n = 0; n < raw.len; n++)
        assert_int_equal(read_leaf(span_of(raw.ptr, n), &leaf), ERR_MALFORMED);
}

static void every_flipped_bit_of_a_leaf_is_refused(void **state)
{
    (void)state;
    struct person p;
    struct grove_leaf room;
    struct leaf leaf;
    grove_person(&chance, &p);
    struct leaf_make make = grove_make(&p);
    make.source = LEAF_UPDATE;
    struct span raw = grove_leaf(&make, &room);
    for (size_t bit = 0; bit < 8 * raw.len; bit++) {
        room.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum err e = read_leaf(raw, &leaf);
        if (e == ERR_OK)
            e = leaf_verify(suite, &leaf, &make.place);
        assert_int_not_equal(e, ERR_OK);
        room.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_leaf_of_a_commit_belongs_to_one_group_and_place(void **state)
{
    (void)state;
    struct person p;
    struct grove_leaf room;
    struct leaf leaf;
    grove_person(&chance, &p);
    struct leaf_make make = grove_make(&p);
    make.source = LEAF_COMMIT;
    make.place.leaf_index = 3;
    assert_int_equal(read_leaf(grove_leaf(&make, &room), &leaf), ERR_OK);
    assert_int_equal(leaf_verify(suite, &leaf, &make.place), ERR_OK);
    struct leaf_place other_leaf = {GROVE_GROUP, 4}, other_group = {span_str("another"), 3};
    assert_int_equal(leaf_verify(suite, &leaf, &other_leaf), ERR_AUTH);
    assert_int_equal(leaf_verify(suite, &leaf, &other_group), ERR_AUTH);
    assert_int_equal(leaf_verify(suite, &leaf, NULL), ERR_MALFORMED);
}

static void lifetimes_end_at_both_bounds(void **state)
{
    (void)state;
    struct leaf leaf = {.source = LEAF_KEY_PACKAGE, .not_before = 1000, .not_after = 2000};
    assert_false(leaf_check_lifetime(&leaf, 999));
    assert_true(leaf_check_lifetime(&leaf, 1000));
    assert_true(leaf_check_lifetime(&leaf, 2000));
    assert_false(leaf_check_lifetime(&leaf, 2001));
    leaf.source = LEAF_COMMIT;
    assert_true(leaf_check_lifetime(&leaf, 1));
}

/* ---- leaves by hand, to say what leaf_write never says ---- */

struct claims {
    uint16_t version, suite, extension, credential; /* what the capabilities list, one each */
    uint16_t carries;                               /* an extension in the leaf; 0: none */
    bool twice, odd; /* the extension; the length of the list of credentials */
    uint32_t key;    /* bytes of the encryption key */
    uint32_t filler; /* bytes of the extension */
};
static const struct claims honest = {1, 3, 0xF0C1, CREDENTIAL_BASIC, 0xF0C1, false, false, 32, 7};

static void write_list(struct writer *w, uint16_t type)
{
    writer_u8(w, 2);
    writer_u16(w, type);
}

static void claimed_leaf(const struct claims *c, const struct person *p, struct writer *w)
{
    static const uint8_t filler[LEAF_BYTES_MAX];
    uint8_t signature[SUITE_SIGNATURE];
    codec_write_vector(w, span_of(p->leaf_public, c->key));
    codec_write_vector(w, span_of(p->sign_public, sizeof(p->sign_public)));
    writer_u16(w, CREDENTIAL_BASIC);
    codec_write_vector(w, span_of(p->identity, sizeof(p->identity)));
    write_list(w, c->version);
    write_list(w, c->suite);
    write_list(w, c->extension);
    writer_u8(w, 0); /* proposals */
    if (c->odd)
        codec_write_vector(w, span_of("\x00\x01\x00", 3));
    else
        write_list(w, c->credential);
    writer_u8(w, LEAF_KEY_PACKAGE);
    writer_u64(w, 0);
    writer_u64(w, UINT64_MAX);
    size_t mark = codec_begin(w);
    for (int i = 0; i < (c->carries ? 1 : 0) + c->twice; i++)
        extension_write(w, c->carries, span_of(filler, c->filler));
    codec_end(w, mark);
    assert_int_equal(suite_sign(suite, p->sign_secret, "LeafNodeTBS", writer_span(w), signature),
                     ERR_OK);
    codec_write_vector(w, span_of(signature, sizeof(signature)));
}

static enum err verdict(struct claims c)
{
    uint8_t room[LEAF_BYTES_MAX + 512];
    struct writer w = writer_of(room, sizeof(room));
    struct person p;
    struct leaf leaf;
    grove_person(&chance, &p);
    claimed_leaf(&c, &p, &w);
    enum err e = read_leaf(writer_span(&w), &leaf);
    return e == ERR_OK ? leaf_verify(suite, &leaf, NULL) : e;
}

static void a_leaf_lists_what_it_uses(void **state)
{
    (void)state;
    struct claims c = honest;
    assert_int_equal(verdict(c), ERR_OK);
    c.version = 2;
    assert_int_equal(verdict(c), ERR_UNSUPPORTED);
    c = honest, c.suite = 1;
    assert_int_equal(verdict(c), ERR_UNSUPPORTED);
    c = honest, c.credential = CREDENTIAL_X509;
    assert_int_equal(verdict(c), ERR_UNSUPPORTED);
    c = honest, c.extension = 0xF0C0;
    assert_int_equal(verdict(c), ERR_UNSUPPORTED);
}

static void the_default_extensions_need_no_listing(void **state)
{
    (void)state;
    struct claims c = honest;
    for (c.carries = EXT_APPLICATION_ID; c.carries <= EXT_EXTERNAL_SENDERS; c.carries++)
        assert_int_equal(verdict(c), ERR_OK);
    assert_int_equal(verdict(c), ERR_UNSUPPORTED);
}

static void an_extension_twice_is_malformed(void **state)
{
    (void)state;
    struct claims c = honest;
    c.twice = true;
    assert_int_equal(verdict(c), ERR_MALFORMED);
}

static void lengths_that_are_not_ours_are_malformed(void **state)
{
    (void)state;
    struct claims c = honest;
    c.key = 31;
    assert_int_equal(verdict(c), ERR_MALFORMED);
    c = honest, c.odd = true;
    assert_int_equal(verdict(c), ERR_MALFORMED);
    c = honest, c.filler = LEAF_BYTES_MAX;
    assert_int_equal(verdict(c), ERR_MALFORMED);
    c.filler = LEAF_BYTES_MAX - 512;
    assert_int_equal(verdict(c), ERR_OK);
}

static void an_unknown_credential_is_malformed_and_certificates_are_read(void **state)
{
    (void)state;
    struct person p;
    struct grove_leaf room;
    struct leaf leaf;
    grove_person(&chance, &p);
    struct leaf_make make = grove_make(&p);
    struct span raw = grove_leaf(&make, &room);
    enum { CREDENTIAL_AT = 2 * 33, LIST_AT = CREDENTIAL_AT + 2 };
    assert_int_equal(room.bytes[CREDENTIAL_AT + 1], CREDENTIAL_BASIC);
    room.bytes[CREDENTIAL_AT + 1] = 3;
    assert_int_equal(read_leaf(raw, &leaf), ERR_MALFORMED);
    room.bytes[CREDENTIAL_AT + 1] = CREDENTIAL_X509; /* 16 bytes: one certificate of 15 */
    room.bytes[LIST_AT + 1] = 15;
    assert_int_equal(read_leaf(raw, &leaf), ERR_OK);
    assert_int_equal(leaf.credential_type, CREDENTIAL_X509);
    assert_int_equal(leaf.identity.len, 0);
    room.bytes[LIST_AT + 1] = 16; /* longer than the list */
    assert_int_equal(read_leaf(raw, &leaf), ERR_MALFORMED);
}

static void required_capabilities_are_all_looked_at(void **state)
{
    (void)state;
    static const uint8_t types[] = {0xf0, 0xc0, 0xf0, 0xc1}, basic[] = {0, 1};
    struct leaf leaf = {.extension_types = span_of(types, 4),
                        .credential_types = span_of(basic, 2)};
    static const uint8_t profile[] = {
        4, 0xf0, 0xc1, 0, 5, /* extensions: EXT_PROFILE, a default one */
        2, 0,    7,          /* proposals: GroupContextExtensions, a default one */
        2, 0,    1,          /* credentials: basic */
    };
    static const uint8_t extension[] = {2, 0xf0, 0xc2, 0, 0}, proposal[] = {0, 2, 0, 8, 0},
                         credential[] = {0, 0, 2, 0, 2}, odd[] = {1, 0, 0, 0}, cut[] = {0, 0};
    assert_int_equal(leaf_check_required(&leaf, span_of(profile, sizeof(profile))), ERR_OK);
    assert_int_equal(leaf_check_required(&leaf, span_of(NULL, 0)), ERR_OK);
    assert_int_equal(leaf_check_required(&leaf, span_of(extension, 5)), ERR_UNSUPPORTED);
    assert_int_equal(leaf_check_required(&leaf, span_of(proposal, 5)), ERR_UNSUPPORTED);
    assert_int_equal(leaf_check_required(&leaf, span_of(credential, 5)), ERR_UNSUPPORTED);
    assert_int_equal(leaf_check_required(&leaf, span_of(odd, 4)), ERR_MALFORMED);
    assert_int_equal(leaf_check_required(&leaf, span_of(cut, 2)), ERR_MALFORMED);
    uint8_t many[4 + 2 * LEAF_REQUIRED_MAX + 2] = {0x40, 2 * LEAF_REQUIRED_MAX + 2};
    assert_int_equal(leaf_check_required(&leaf, span_of(many, sizeof(many))), ERR_LIMIT);
}

/* ---- key packages ---- */

struct package {
    uint8_t bytes[1024];
    struct span raw;
    struct key_package_secrets secrets;
    struct person owner;
};

static void make_package(struct package *out)
{
    struct random_source random = grove_source(&chance);
    struct writer w = writer_of(out->bytes, sizeof(out->bytes));
    grove_person(&chance, &out->owner);
    struct leaf_make make = grove_make(&out->owner);
    assert_int_equal(key_package_make(suite, &make, &random, &w, &out->secrets), ERR_OK);
    out->raw = writer_span(&w);
}

static enum err package_verdict(struct span raw, uint64_t now_s)
{
    struct reader r = reader_of(raw);
    struct key_package p;
    key_package_parse(&r, &p);
    if (!reader_ok(&r) || reader_left(&r) > 0)
        return ERR_MALFORMED;
    return key_package_verify(suite, &p, now_s);
}

static void a_made_key_package_verifies_while_it_lives(void **state)
{
    (void)state;
    struct package p;
    make_package(&p);
    assert_int_equal(package_verdict(p.raw, 1500), ERR_OK);
    assert_int_equal(package_verdict(p.raw, 0), ERR_OK);
    assert_int_equal(package_verdict(p.raw, 2001), ERR_STATE);
    assert_int_equal(package_verdict(p.raw, 999), ERR_STATE);
}

static void both_secrets_of_a_key_package_open(void **state)
{
    (void)state;
    struct package p;
    make_package(&p);
    struct random_source random = grove_source(&chance);
    const uint8_t *secret[] = {p.secrets.init_secret, p.secrets.leaf_secret};
    const uint8_t *public[] = {p.secrets.init_public, p.secrets.leaf_public};
    struct suite_label label = {"test", {NULL, 0}};
    for (int i = 0; i < 2; i++) {
        uint8_t output[SUITE_KEM_OUTPUT_MAX], sealed[4 + SUITE_TAG], plain[4];
        assert_int_equal(suite_encrypt(
                             suite, public [i], label, span_str("text"),
                             (struct suite_box) { &random, output, sealed }),
                         ERR_OK);
        assert_int_equal(suite_decrypt(suite, (struct suite_kem_key){secret[i], public[i]}, label,
                                       (struct suite_sealed){span_of(output, 32),
                                                             span_of(sealed, sizeof(sealed))},
                                       plain),
                         ERR_OK);
        assert_memory_equal(plain, "text", 4);
    }
}

static void every_flipped_bit_of_a_key_package_is_refused(void **state)
{
    (void)state;
    struct package p;
    make_package(&p);
    for (size_t bit = 0; bit < 8 * p.raw.len; bit++) {
        p.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_not_equal(package_verdict(p.raw, 1500), ERR_OK);
        p.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void sign_again(struct package *p)
{
    struct key_package parsed;
    uint8_t signature[SUITE_SIGNATURE];
    struct reader r = reader_of(p->raw);
    key_package_parse(&r, &parsed);
    assert_true(reader_ok(&r));
    assert_int_equal(
        suite_sign(suite, p->owner.sign_secret, "KeyPackageTBS", parsed.unsigned_part, signature),
        ERR_OK);
    memcpy(p->bytes + p->raw.len - SUITE_SIGNATURE, signature, sizeof(signature));
}

static void an_init_key_is_not_the_leaf_key(void **state)
{
    (void)state;
    struct package p;
    make_package(&p);
    memcpy(p.bytes + 5, p.secrets.leaf_public, 32);
    sign_again(&p);
    assert_int_equal(package_verdict(p.raw, 1500), ERR_MALFORMED);
}

static void keys_that_nothing_can_be_sealed_to_are_malformed(void **state)
{
    (void)state;
    static const uint8_t zero[32], one[32] = {1};
    static const uint8_t *const bad[] = {zero, one};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct person owner;
        struct grove_leaf room;
        struct leaf leaf;
        struct package p;
        grove_person(&chance, &owner);
        struct leaf_make make = grove_make(&owner);
        make.encryption_key = span_of(bad[i], 32);
        assert_int_equal(read_leaf(grove_leaf(&make, &room), &leaf), ERR_OK);
        assert_int_equal(leaf_verify(suite, &leaf, NULL), ERR_MALFORMED);
        make_package(&p);
        memcpy(p.bytes + 5, bad[i], 32); /* the init key */
        sign_again(&p);
        assert_int_equal(package_verdict(p.raw, 1500), ERR_MALFORMED);
    }
}

static void a_lease_is_what_lies_between_the_bounds(void **state)
{
    (void)state;
    struct leaf leaf = {.source = LEAF_KEY_PACKAGE, .not_before = 1000, .not_after = 2000};
    assert_true(leaf_check_lease(&leaf, 1000));
    assert_false(leaf_check_lease(&leaf, 999));
    leaf.not_before = 2001; /* ends before it begins */
    assert_false(leaf_check_lease(&leaf, UINT64_MAX));
    leaf.not_before = 0;
    leaf.not_after = UINT64_MAX;
    assert_false(leaf_check_lease(&leaf, UINT64_MAX - 1));
    leaf.source = LEAF_COMMIT; /* has none */
    assert_true(leaf_check_lease(&leaf, 0));
}

static void a_key_package_is_as_good_as_its_leaf(void **state)
{
    (void)state;
    struct package p;
    struct key_package parsed;
    make_package(&p);
    struct reader r = reader_of(p.raw);
    key_package_parse(&r, &parsed);
    p.bytes[parsed.leaf.signature.ptr - p.bytes] ^= 1;
    sign_again(&p);
    assert_int_equal(package_verdict(p.raw, 1500), ERR_AUTH);
}

static void another_suite_or_version_is_unsupported(void **state)
{
    (void)state;
    struct package p;
    make_package(&p);
    p.bytes[3] = 1;
    assert_int_equal(package_verdict(p.raw, 1500), ERR_UNSUPPORTED);
    p.bytes[3] = 3;
    p.bytes[1] = 2;
    assert_int_equal(package_verdict(p.raw, 1500), ERR_UNSUPPORTED);
}

static void a_short_buffer_is_a_limit(void **state)
{
    (void)state;
    struct package p;
    struct key_package_secrets secrets;
    struct random_source random = grove_source(&chance);
    make_package(&p);
    struct leaf_make make = grove_make(&p.owner);
    for (size_t room = 0; room < p.raw.len; room += 7) {
        uint8_t bytes[sizeof(p.bytes)];
        struct writer w = writer_of(bytes, room);
        assert_int_equal(key_package_make(suite, &make, &random, &w, &secrets), ERR_LIMIT);
    }
}

/* ---- extensions ---- */

static void an_extension_is_found_by_its_type(void **state)
{
    (void)state;
    uint8_t room[64];
    struct writer w = writer_of(room, sizeof(room));
    struct span found;
    extension_write(&w, 0xF0C0, span_str("policy"));
    extension_write(&w, 0xF0C1, span_str(""));
    struct span all = writer_span(&w);
    assert_true(extensions_valid(all));
    assert_true(extension_find(all, 0xF0C0, &found));
    assert_true(span_equal(found, span_str("policy")));
    assert_true(extension_find(all, 0xF0C1, &found));
    assert_int_equal(found.len, 0);
    assert_false(extension_find(all, 0xF0C2, &found));
    assert_false(extensions_valid(span_of(room, all.len - 1)));
    assert_false(extension_find(span_of(room, 4), 0xF0C0, &found));
}

int main(void)
{
    chance = random_start("leaf", 0x1eaf);
    BUG_IF(suite_start() != ERR_OK);
    const struct CMUnitTest facts[] = {
        FACT(a_written_leaf_is_read_again_and_verifies),
        FACT(every_cut_of_a_leaf_is_refused),
        FACT(every_flipped_bit_of_a_leaf_is_refused),
        FACT(a_leaf_of_a_commit_belongs_to_one_group_and_place),
        FACT(lifetimes_end_at_both_bounds),
        FACT(a_leaf_lists_what_it_uses),
        FACT(the_default_extensions_need_no_listing),
        FACT(an_extension_twice_is_malformed),
        FACT(lengths_that_are_not_ours_are_malformed),
        FACT(an_unknown_credential_is_malformed_and_certificates_are_read),
        FACT(required_capabilities_are_all_looked_at),
        FACT(a_made_key_package_verifies_while_it_lives),
        FACT(both_secrets_of_a_key_package_open),
        FACT(every_flipped_bit_of_a_key_package_is_refused),
        FACT(an_init_key_is_not_the_leaf_key),
        FACT(keys_that_nothing_can_be_sealed_to_are_malformed),
        FACT(a_lease_is_what_lies_between_the_bounds),
        FACT(a_key_package_is_as_good_as_its_leaf),
        FACT(another_suite_or_version_is_unsupported),
        FACT(a_short_buffer_is_a_limit),
        FACT(an_extension_is_found_by_its_type),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
