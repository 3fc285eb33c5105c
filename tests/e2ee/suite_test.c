/* Facts about e2ee/suite: published values of each primitive, then what MLS builds of them. The
 * official vectors (make vectors) ask the labelled functions. */
#include <sodium.h>

#include "e2ee/codec.h"
#include "e2ee/floor.h"
#include "e2ee/suite_pieces.h"

static struct random chance;

static void hash_mac_and_hkdf_give_the_published_values(void **state)
{
    (void)state;
    uint8_t out[64];
    struct floor_bytes want =
        floor_hex(/* FIPS 180-2, "abc" */
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    suite_hash(suite, span_str("abc"), out);
    assert_memory_equal(out, want.at, 32);
    suite_hash3(suite, span_str("a"), floor_empty, span_str("bc"), out);
    assert_memory_equal(out, want.at, 32);
    want = floor_hex(/* RFC 4231 case 2 */
                     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    suite_mac(suite, span_str("Jefe"), span_str("what do ya want for nothing?"), out);
    assert_memory_equal(out, want.at, 32);
    /* RFC 5869 A.1 */
    struct floor_bytes ikm = floor_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    struct floor_bytes salt = floor_hex("000102030405060708090a0b0c");
    struct floor_bytes info = floor_hex("f0f1f2f3f4f5f6f7f8f9");
    want = floor_hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b8"
                     "87185865");
    uint8_t prk[SUITE_HASH];
    suite_extract(suite, span_of(salt.at, salt.len), span_of(ikm.at, ikm.len), prk);
    assert_int_equal(suite_expand(suite, prk, span_of(info.at, info.len), out, 42), ERR_OK);
    assert_memory_equal(out, want.at, 42);
}

static void expand_gives_up_to_255_blocks_and_no_more(void **state)
{
    (void)state;
    static uint8_t out[255 * SUITE_HASH + 1], prk[SUITE_HASH];
    assert_int_equal(suite_expand(suite, prk, floor_empty, out, 255 * SUITE_HASH), ERR_OK);
    assert_int_equal(suite_expand(suite, prk, floor_empty, out, sizeof out), ERR_LIMIT);
    assert_int_equal(
        suite_expand_label(suite, prk, (struct suite_label){"x", floor_empty}, out, sizeof out),
        ERR_LIMIT);
}

static void signing_keys_are_those_of_rfc_8032(void **state)
{
    (void)state;
    struct floor_bytes seed =
        floor_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    struct floor_bytes want =
        floor_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
    suite_sign_keys(seed.at, secret, public);
    assert_memory_equal(public, want.at, 32);
}

struct signer {
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
};

static struct signer signer(void)
{
    struct signer s;
    uint8_t seed[32];
    random_fill(&chance, seed, sizeof seed);
    suite_sign_keys(seed, s.secret, s.public);
    return s;
}

static enum err check(const struct signer *s, const char *label, struct span content,
                      const uint8_t *signature)
{
    return suite_verify(suite, span_of(s->public, sizeof s->public), label, content,
                        span_of(signature, SUITE_SIGNATURE));
}

static void a_signature_holds_for_its_label_content_and_key_alone(void **state)
{
    (void)state;
    struct signer a = signer(), b = signer();
    uint8_t sig[SUITE_SIGNATURE];
    assert_int_equal(suite_sign(suite, a.secret, "one", span_str("content"), sig), ERR_OK);
    assert_int_equal(check(&a, "one", span_str("content"), sig), ERR_OK);
    assert_int_equal(check(&a, "two", span_str("content"), sig), ERR_AUTH);
    assert_int_equal(check(&a, "one", span_str("contenu"), sig), ERR_AUTH);
    assert_int_equal(check(&b, "one", span_str("content"), sig), ERR_AUTH);
    for (size_t i = 0; i < SUITE_SIGNATURE; i++) {
        sig[i] ^= 1;
        assert_int_equal(check(&a, "one", span_str("content"), sig), ERR_AUTH);
        sig[i] ^= 1;
    }
    struct span key = span_of(a.public, sizeof a.public), s = span_of(sig, SUITE_SIGNATURE);
    key.len--;
    assert_int_equal(suite_verify(suite, key, "one", span_str("content"), s), ERR_AUTH);
    key.len++;
    s.len--;
    assert_int_equal(suite_verify(suite, key, "one", span_str("content"), s), ERR_AUTH);
    assert_int_equal(suite_verify(suite, floor_empty, "one", span_str("content"), floor_empty),
                     ERR_AUTH);
}

/* Ed25519 signatures that verify under a key of small order would let anybody sign for its owner.
 */
static void a_public_key_of_low_order_verifies_nothing(void **state)
{
    (void)state;
    uint8_t public[SUITE_SIGN_PUBLIC] = {1},
            sig[SUITE_SIGNATURE] = {1}; /* both the neutral point */
    assert_int_equal(suite_verify(suite, span_of(public, 32), "x", span_str("y"), span_of(sig, 64)),
                     ERR_AUTH);
}

static void contents_of_every_length_up_to_the_short_ones_are_signed(void **state)
{
    (void)state;
    static uint8_t content[SUITE_SIGNED_SHORT];
    static const size_t lens[] = {0, 1, 50, 63, 64, 2048, SUITE_SIGNED_SHORT - 13};
    struct signer a = signer();
    uint8_t sig[SUITE_SIGNATURE];
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        struct span text = span_of(content, lens[i]), longer = span_of(content, lens[i] + 1);
        bool most = i + 1 == sizeof lens / sizeof *lens; /* label's 1 + 9, header's 2, and one */
        assert_int_equal(suite_sign(suite, a.secret, "l", text, sig), ERR_OK);
        assert_int_equal(check(&a, "l", text, sig), ERR_OK);
        assert_int_equal(check(&a, "l", longer, sig), ERR_AUTH);
        longer.len += most;
        assert_int_equal(suite_sign(suite, a.secret, "l", longer, sig), most ? ERR_LIMIT : ERR_OK);
        assert_int_equal(check(&a, "l", longer, sig), most ? ERR_LIMIT : ERR_OK);
    }
}

/* The room makes no difference but to what fits, and libsodium's own function sees one text. */
static void long_contents_are_signed_in_the_callers_room(void **state)
{
    (void)state;
    enum { LONG = 100000, HEAD = 1 + 9 + 4 };
    static uint8_t content[LONG], room[HEAD + LONG], whole[HEAD + LONG];
    struct signer a = signer();
    struct span public = span_of(a.public, sizeof a.public), halves[2];
    uint8_t sig[SUITE_SIGNATURE], *at;
    memset(content, 7, sizeof content);
    halves[0] = span_of(content, 30000), halves[1] = span_of(content, LONG - 30000);
    struct pieces text = {halves, 2, writer_of(room, sizeof room)};
    assert_int_equal(pieces_sign(a.secret, "l", text, sig), ERR_OK);
    assert_int_equal(pieces_verify(public, "l", text, span_of(sig, sizeof sig)), ERR_OK);
    struct writer w = writer_of(whole, sizeof whole);
    codec_write_vector(&w, span_str("MLS 1.0 l"));
    codec_write_vector(&w, span_of(content, LONG));
    assert_int_equal(crypto_sign_verify_detached(sig, whole, writer_len(&w), a.public), 0);
    at = sig + 5, *at ^= 1;
    assert_int_equal(pieces_verify(public, "l", text, span_of(sig, sizeof sig)), ERR_AUTH);
    text.room = writer_of(room, sizeof room - 1);
    assert_int_equal(pieces_sign(a.secret, "l", text, sig), ERR_LIMIT);
    assert_int_equal(pieces_verify(public, "l", text, span_of(sig, sizeof sig)), ERR_LIMIT);
    text.room = (struct writer){0};
    assert_int_equal(pieces_sign(a.secret, "l", text, sig), ERR_LIMIT);
}

/* RFC 9180 A.2.1: DHKEM(X25519, HKDF-SHA256) */
static void given_bytes(void *ctx, uint8_t *out, size_t len)
{
    memcpy(out, ctx, len);
}

static void the_kem_gives_the_values_of_rfc_9180(void **state)
{
    (void)state;
    struct floor_bytes ikm =
        floor_hex("1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df");
    struct floor_bytes secret =
        floor_hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
    struct floor_bytes public =
        floor_hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a");
    struct floor_bytes ephemeral =
        floor_hex("f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600");
    struct floor_bytes output =
        floor_hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    struct floor_bytes shared =
        floor_hex("0bbe78490412b4bbea4812666f7916932b828bba79942424abb65244930d69a7");
    uint8_t a[32], b[32];
    assert_int_equal(suite->kem_derive(span_of(ikm.at, 32), a, b), ERR_OK);
    assert_memory_equal(a, secret.at, 32);
    assert_memory_equal(b, public.at, 32);
    struct random_source given = {given_bytes, ephemeral.at};
    assert_int_equal(suite->kem_encap(public.at, &given, a, b), ERR_OK);
    assert_memory_equal(a, shared.at, 32);
    assert_memory_equal(b, output.at, 32);
    assert_int_equal(suite->kem_decap(secret.at, public.at, span_of(output.at, 32), a), ERR_OK);
    assert_memory_equal(a, shared.at, 32);
}

static void a_kem_key_of_low_order_is_refused_on_both_sides(void **state)
{
    (void)state;
    uint8_t zero[32] = {0}, secret[32], public[32], shared[32], output[32];
    struct random_source random = floor_source(&chance);
    assert_int_equal(suite->kem_derive(span_str("some randomness"), secret, public), ERR_OK);
    assert_int_equal(suite->kem_encap(zero, &random, shared, output), ERR_MALFORMED);
    assert_int_equal(suite->kem_decap(secret, public, span_of(zero, 32), shared), ERR_MALFORMED);
    assert_int_equal(suite->kem_decap(secret, public, span_of(public, 31), shared), ERR_MALFORMED);
}

/* u as a number, little-endian. */
static bool kem_takes(uint8_t u[32])
{
    uint8_t shared[SUITE_HASH], output[32];
    struct random_source random = floor_source(&chance);
    bool valid = suite->kem_valid(span_of(u, 32));
    assert_int_equal(suite->kem_encap(u, &random, shared, output), valid ? ERR_OK : ERR_MALFORMED);
    u[31] ^= 0x80; /* the top bit does not count */
    assert_int_equal(suite->kem_valid(span_of(u, 32)), valid);
    u[31] ^= 0x80;
    return valid;
}

static void a_key_is_valid_when_something_can_be_sealed_to_it(void **state)
{
    (void)state;
    uint8_t u[32] = {0}, secret[32];
    for (unsigned low = 0; low < 256; low++) { /* around 0 */
        u[0] = (uint8_t)low;
        assert_int_equal(kem_takes(u), low > 1);
    }
    memset(u, 0xff, sizeof u);
    u[31] = 0x7f;
    for (unsigned low = 0; low < 256; low++) { /* around p = 2^255 - 19 */
        u[0] = (uint8_t)low;
        assert_int_equal(kem_takes(u), low < 0xec || low > 0xee);
    }
    static const char *const order_8[] = {
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"};
    for (size_t i = 0; i < 2; i++) {
        struct floor_bytes b = floor_hex(order_8[i]);
        assert_false(kem_takes(b.at));
        b.at[0] ^= 1;
        assert_true(kem_takes(b.at));
    }
    for (unsigned i = 0; i < 64; i++) {
        random_fill(&chance, secret, sizeof secret);
        assert_int_equal(suite->kem_derive(span_of(secret, 32), secret, u), ERR_OK);
        assert_true(kem_takes(u));
        assert_false(suite->kem_valid(span_of(u, 31)));
    }
    assert_false(suite->kem_valid(floor_empty));
}

static void what_is_encrypted_opens_with_its_key_label_and_context_alone(void **state)
{
    (void)state;
    uint8_t secret[32], public[32], output[32], sealed[5 + SUITE_TAG], out[5];
    struct random_source random = floor_source(&chance);
    struct suite_label label = {"label", span_str("context")},
                       other = {"labex", span_str("context")};
    struct suite_kem_key key = {secret, public};
    assert_int_equal(suite->kem_derive(span_str("mine"), secret, public), ERR_OK);
    assert_int_equal(suite_encrypt(suite, public, label, span_str("plain"),
                                   (struct suite_box){&random, output, sealed}),
                     ERR_OK);
    struct span o = span_of(output, 32), s = span_of(sealed, sizeof sealed);
    assert_int_equal(suite_decrypt(suite, key, label, (struct suite_sealed){o, s}, out), ERR_OK);
    assert_memory_equal(out, "plain", 5);
    assert_int_equal(suite_decrypt(suite, key, other, (struct suite_sealed){o, s}, out), ERR_AUTH);
    assert_memory_equal(out, "\0\0\0\0\0", 5);
    other = (struct suite_label){"label", span_str("conteXt")};
    assert_int_equal(suite_decrypt(suite, key, other, (struct suite_sealed){o, s}, out), ERR_AUTH);
    s.len = SUITE_TAG - 1;
    assert_int_equal(suite_decrypt(suite, key, label, (struct suite_sealed){o, s}, out), ERR_AUTH);
    s.len = sizeof sealed;
    o.len = 31;
    assert_int_equal(suite_decrypt(suite, key, label, (struct suite_sealed){o, s}, out),
                     ERR_MALFORMED);
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 0x80;
        assert_int_equal(
            suite_decrypt(suite, key, label, (struct suite_sealed){span_of(output, 32), s}, out),
            ERR_AUTH);
        sealed[i] ^= 0x80;
    }
}

static void the_aead_works_in_place(void **state)
{
    (void)state;
    uint8_t key[32] = {1}, nonce[SUITE_NONCE] = {2}, apart[64 + SUITE_TAG],
            in[64 + SUITE_TAG] = {3};
    assert_int_equal(suite->aead_seal(key, nonce, span_str("a"), span_of(in, 64), apart), ERR_OK);
    assert_int_equal(suite->aead_seal(key, nonce, span_str("a"), span_of(in, 64), in), ERR_OK);
    assert_memory_equal(in, apart, sizeof in);
    assert_int_equal(suite->aead_open(key, nonce, span_str("a"), span_of(in, sizeof in), in),
                     ERR_OK);
    assert_int_equal(in[0], 3);
    assert_int_equal(in[63], 0);
}

static void same_random_bytes_give_the_same_ciphertext(void **state)
{
    (void)state;
    uint8_t secret[32], public[32], output[2][32], sealed[2][4 + SUITE_TAG];
    assert_int_equal(suite->kem_derive(span_str("mine"), secret, public), ERR_OK);
    for (int i = 0; i < 2; i++) {
        struct random same = {.state = 77};
        struct random_source random = floor_source(&same);
        struct suite_label label = {"l", floor_empty};
        assert_int_equal(suite_encrypt(suite, public, label, span_str("text"),
                                       (struct suite_box){&random, output[i], sealed[i]}),
                         ERR_OK);
    }
    assert_memory_equal(output[0], output[1], 32);
    assert_memory_equal(sealed[0], sealed[1], sizeof sealed[0]);
}

static void only_the_products_suite_is_known_until_another_is_added(void **state)
{
    (void)state;
    struct suite one = suite_chacha;
    one.id = 1;
    assert_ptr_equal(suite_find(3), &suite_chacha);
    assert_null(suite_find(1));
    assert_null(suite_find(0));
    suite_add(&one);
    assert_ptr_equal(suite_find(1), &one);
    assert_null(suite_find(2));
    suite_add(NULL);
    assert_null(suite_find(1));
}

static void equal_looks_at_every_byte(void **state)
{
    (void)state;
    uint8_t a[33] = {0}, b[33] = {0};
    assert_true(suite_equal(a, b, 33));
    for (size_t i = 0; i < 33; i++) {
        b[i] = 0x10;
        assert_false(suite_equal(a, b, 33));
        b[i] = 0;
    }
    assert_true(suite_equal(a, b, 0));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(hash_mac_and_hkdf_give_the_published_values),
        FACT(expand_gives_up_to_255_blocks_and_no_more),
        FACT(signing_keys_are_those_of_rfc_8032),
        FACT(a_signature_holds_for_its_label_content_and_key_alone),
        FACT(a_public_key_of_low_order_verifies_nothing),
        FACT(contents_of_every_length_up_to_the_short_ones_are_signed),
        FACT(long_contents_are_signed_in_the_callers_room),
        FACT(the_kem_gives_the_values_of_rfc_9180),
        FACT(a_kem_key_of_low_order_is_refused_on_both_sides),
        FACT(what_is_encrypted_opens_with_its_key_label_and_context_alone),
        FACT(a_key_is_valid_when_something_can_be_sealed_to_it),
        FACT(the_aead_works_in_place),
        FACT(same_random_bytes_give_the_same_ciphertext),
        FACT(only_the_products_suite_is_known_until_another_is_added),
        FACT(equal_looks_at_every_byte),
    };
    return cmocka_run_group_tests(facts, floor_start, NULL);
}
