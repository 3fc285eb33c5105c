/* Facts about passcode digests: argon2id with the parameters that the header names. */
#include "base/fact.h"

#include <argon2.h>
#include <string.h>

#include "crypt/passcode.h"

static const uint8_t salt[PASSCODE_SALT] = {1, 2, 3};

static void a_digest_is_argon2id_of_text_and_salt(void **state)
{
    uint8_t made[PASSCODE_HASH], want[PASSCODE_HASH], other[PASSCODE_HASH];
    (void)state;
    argon2_context c = {.out = want,
                        .outlen = sizeof want,
                        .pwd = (uint8_t *)(uintptr_t) "lemon",
                        .pwdlen = 5,
                        .salt = (uint8_t *)(uintptr_t)salt,
                        .saltlen = sizeof salt,
                        .t_cost = 2,
                        .m_cost = 19456,
                        .lanes = 1,
                        .threads = 1,
                        .version = ARGON2_VERSION_13};
    assert_int_equal(argon2_ctx(&c, Argon2_id), ARGON2_OK);
    assert_int_equal(passcode_hash(span_str("lemon"), salt, made), ERR_OK);
    assert_memory_equal(made, want, sizeof want);
    assert_int_equal(passcode_hash(span_str("lemoN"), salt, other), ERR_OK);
    assert_memory_not_equal(made, other, sizeof made);
    const uint8_t salty[PASSCODE_SALT] = {9};
    assert_int_equal(passcode_hash(span_str("lemon"), salty, other), ERR_OK);
    assert_memory_not_equal(made, other, sizeof made);
}

static void nothing_and_the_longest_have_digests_too(void **state)
{
    uint8_t made[PASSCODE_HASH];
    char text[64];
    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(passcode_hash(span_of(text, 0), salt, made), ERR_OK);
    assert_int_equal(passcode_hash(span_of(text, sizeof text), salt, made), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_digest_is_argon2id_of_text_and_salt),
        cmocka_unit_test(nothing_and_the_longest_have_digests_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
