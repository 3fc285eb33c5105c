/* Facts about crypt/aead, on the vectors of the GCM submission and of NIST SP 800-38A. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "crypt/aead.h"
#include "crypt/crypt.h"

static size_t unhex(uint8_t *out, size_t cap, const char *hex)
{
    size_t len = 0;
    assert_int_equal(text_unhex(out, cap, &len, span_str(hex)), ERR_OK);
    return len;
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test case 4. */
static const char key_hex[] = "feffe9928665731c6d6a8f9467308308";
static const char iv_hex[] = "cafebabefacedbaddecaf888";
static const char aad_hex[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const char plain_hex[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char sealed_hex[] = "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                                 "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
                                 "5bc94fbc3221a5db94fae95ae7121a47";

struct sample {
    uint8_t key[16], iv[12], aad[20], plain[60], sealed[76];
};

static struct sample sample(void)
{
    struct sample s;
    unhex(s.key, 16, key_hex);
    unhex(s.iv, 12, iv_hex);
    unhex(s.aad, 20, aad_hex);
    unhex(s.plain, 60, plain_hex);
    unhex(s.sealed, 76, sealed_hex);
    return s;
}

static void sealing_in_any_parts_gives_the_vector(void **state)
{
    (void)state;
    struct sample s = sample();
    struct aead a;
    assert_int_equal(aead_open_sealer(&a, s.key), ERR_OK);
    for (size_t cut = 0; cut <= 60; cut++) {
        uint8_t out[76];
        struct aead_text t = {.aad = span_of(s.aad, 20), .parts = 3};
        t.part[0] = span_of(s.plain, cut);
        t.part[2] = span_of(s.plain + cut, 60 - cut);
        assert_int_equal(aead_seal(&a, s.iv, &t, out), ERR_OK);
        assert_memory_equal(out, s.sealed, 76);
    }
    aead_close(&a);
}

static void unsealing_gives_it_back(void **state)
{
    (void)state;
    struct sample s = sample();
    struct aead a;
    assert_int_equal(aead_open_unsealer(&a, s.key), ERR_OK);
    assert_int_equal(aead_unseal(&a, s.iv, span_of(s.aad, 20), s.sealed, 76), ERR_OK);
    assert_memory_equal(s.sealed, s.plain, 60);
    aead_close(&a);
}

static void every_flipped_bit_fails_and_the_context_survives(void **state)
{
    (void)state;
    struct sample s = sample();
    struct aead a;
    assert_int_equal(aead_open_unsealer(&a, s.key), ERR_OK);
    for (size_t i = 0; i < 76 * 8; i++) {
        uint8_t copy[76];
        memcpy(copy, s.sealed, 76);
        copy[i / 8] = (uint8_t)(copy[i / 8] ^ 1u << i % 8);
        assert_int_equal(aead_unseal(&a, s.iv, span_of(s.aad, 20), copy, 76), ERR_AUTH);
    }
    assert_int_equal(aead_unseal(&a, s.iv, span_of(s.aad, 19), s.sealed, 76), ERR_AUTH);
    s = sample();
    assert_int_equal(aead_unseal(&a, s.iv, span_of(s.aad, 20), s.sealed, 76), ERR_OK);
    assert_int_equal(aead_unseal(&a, s.iv, span_of(s.aad, 20), s.sealed, 15), ERR_SHORT);
    aead_close(&a);
}

/* McGrew and Viega, test case 1: nothing to hide and nothing beside it. */
static void an_empty_text_has_a_tag(void **state)
{
    (void)state;
    static const uint8_t zeros[16];
    uint8_t want[16], out[16];
    struct aead a, back;
    struct aead_text t = {.parts = 1};
    unhex(want, 16, "58e2fccefa7e3061367f1d57a4e7455a");
    assert_int_equal(aead_open_sealer(&a, zeros), ERR_OK);
    assert_int_equal(aead_open_unsealer(&back, zeros), ERR_OK);
    assert_int_equal(aead_seal(&a, zeros, &t, out), ERR_OK);
    assert_memory_equal(out, want, 16);
    assert_int_equal(aead_unseal(&back, zeros, span_of(NULL, 0), out, 16), ERR_OK);
    out[0] ^= 1;
    assert_int_equal(aead_unseal(&back, zeros, span_of(NULL, 0), out, 16), ERR_AUTH);
    aead_close(&a);
    aead_close(&back);
}

static void contexts_with_other_keys_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct sample s = sample();
    uint8_t other_key[16] = {1}, out[76], theirs[76], first[76];
    struct aead a, b;
    struct aead_text t = {.aad = span_of(s.aad, 20), .part = {span_of(s.plain, 60)}, .parts = 1};
    assert_int_equal(aead_open_sealer(&a, s.key), ERR_OK);
    assert_int_equal(aead_open_sealer(&b, other_key), ERR_OK);
    assert_int_equal(aead_seal(&b, s.iv, &t, first), ERR_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(aead_seal(&a, s.iv, &t, out), ERR_OK);
        assert_int_equal(aead_seal(&b, s.iv, &t, theirs), ERR_OK);
        assert_memory_equal(out, s.sealed, 76);
        assert_memory_equal(theirs, first, 76);
    }
    assert_memory_not_equal(out, theirs, 60);
    aead_close(&a);
    aead_close(&b);
}

/* SP 800-38A section F.5.1. */
static void the_counter_mode_vector(void **state)
{
    (void)state;
    uint8_t key[16], iv[16], in[64], want[64], out[64];
    struct ctr c;
    unhex(key, 16, "2b7e151628aed2a6abf7158809cf4f3c");
    unhex(iv, 16, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    unhex(in, 64,
          "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
          "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    unhex(want, 64,
          "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
          "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
    assert_int_equal(ctr_open(&c, key), ERR_OK);
    for (size_t cut = 0; cut <= 64; cut++) {
        assert_int_equal(ctr_start(&c, iv), ERR_OK);
        assert_int_equal(ctr_next(&c, span_of(in, cut), out), ERR_OK);
        assert_int_equal(ctr_next(&c, span_of(in + cut, 64 - cut), out + cut), ERR_OK);
        assert_memory_equal(out, want, 64);
    }
    ctr_close(&c);
    ctr_close(&c);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(sealing_in_any_parts_gives_the_vector),
        cmocka_unit_test(unsealing_gives_it_back),
        cmocka_unit_test(every_flipped_bit_fails_and_the_context_survives),
        cmocka_unit_test(an_empty_text_has_a_tag),
        cmocka_unit_test(contexts_with_other_keys_do_not_disturb_each_other),
        cmocka_unit_test(the_counter_mode_vector),
    };
    if (crypt_init() != ERR_OK)
        return 1;
    return cmocka_run_group_tests(facts, NULL, NULL);
}
