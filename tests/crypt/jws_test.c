/* Facts about signed tokens: the one agreed algorithm, whatever header and key say (attack A23).
 * The keys were made for this file and are in use nowhere. */
#include "base/fact.h"

#include <stdio.h>
#include <string.h>

#include "crypt/jws.h"

/* clang-format off */
static const char rsa_jwk[] =
    "{\"kty\":\"RSA\",\"n\":\"u6hafoD86C84YC3605DFaKuqdKWqwYEhXangAcn1BZgnN07YGlV7"
    "Biv-4EJHv2Xm6qSo97ADHdlXK__Tx9G9R_qsYn9FFO1MSY2Ah9jfXMiQ95zyRGMbWjAVPY"
    "cdw8g4lmL61rl5Hz6GbsSV-poY10geibdX0G8DuALITSz8ImnaUb5uOa7QhndHrR9Obl8Z"
    "G6a1UtQWJbQlCq8xHx1CPAN8ymAVx_-iARgPjcV3j8ewP0gTk1QgDG8S323wKfFppvgADO"
    "I7xJ1OKSroQQlX0zvFxIbyiNZ0FQEiOute5UW8OqAUQWXQ9_x28h9MnKm5n2Uhktex6YN3"
    "PU6BBpTOaw\",\"e\":\"AQAB\"}";
static const char ec_jwk[] =
    "{\"kty\":\"EC\",\"x\":\"L7oBHIcEiELQOG8LMXoX_g8IEzv4a1Enw86Ba-YW4II\",\"y\":\"dlD"
    "yFJ3GNe4N5TAIl7PW2ejqXzXaKYQDEnAAgP0nSM8\",\"crv\":\"P-256\"}";
static const char weak_jwk[] =
    "{\"kty\":\"RSA\",\"n\":\"oiKGhjJHQzBC7X7vuC1UFn7q3f4cnHmgLGGm-nvZNqiP1LG5rmGb"
    "drxgS2_zha0EkVQ5RmP_8xn49LZv7B23B2rPGNRJf9Df_jk07QBOjV1FNKbj0r86mT4xt4"
    "SW5XQubnh0u7OYcGHfajCBjX0KT_hzauDCdrJTN702N6srxlc\",\"e\":\"AQAB\"}";
static const char rs256_token[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.fNlkeSt_QvPogAtyJ9yPrcx8AXiShT"
    "zvs5_XRVZzielNsmfidKlh3BBSBNnNm7HpzeNHz1XYixTYDZkxLFyVEl8Dp3gkQau9ysNt"
    "cjx94c_v72zspab_Lue_51fQV108kPR0hWKwai-LZ1KM4z5o7jZGR2vre7tCz5IzgfjUV2"
    "ZHhRo0ePBcDSnliPZZ6KJst8ePW6h9QDgtPKEaGOhXdc5uvOF3D9fWWte6damYJ9P6S3-i"
    "mBwvI_CIyZbuA2t436O8QuYyIjHZfc4XqaWtRu3r-nKGWfv5Rav16-2EulFFYSuTHTGd31"
    "P_Lyl6BJisSWtu3maRZL8PLhjLqtBOKQ";
static const char ps256_token[] =
    "eyJhbGciOiJQUzI1NiJ9.eyJzdWIiOiJhZGEifQ.elBvYU0yUQozi4NUYa8QuloXXDgcbH"
    "WdZi4_iKbWEyFvpX6htOmwQeRT9q-i0_qGJecXMTAIVMdf0_U0f9opkA8vnFXZGedtp2gr"
    "AJMYQQrie0xKB6uuKiknLWpITAwnM9ycrs5YMnlrNaKDoZ0PhbQSwQ15WINc2xkgc1n25m"
    "00KpHhvlHfnfj9chXLLQkSvweIOqN-2FNTYG_8YmPJrRGl0WpGpEs79F_jjrgHHsD-RrQ4"
    "TI24LnyssfabdwAxbDowuUsok7XPvXrMC99nLpzl27WTSfhI6rCMfO4dZ99gWwoGEf2J1X"
    "m_nfFpP2rAFGen6PVWMLSBCAR37v9oFQ";
static const char es256_token[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.GSasn_ttn6ZDBmhFkW_k4Kug-RA2gk"
    "w3a0IZ2O9LXwNAwU71iSSvLunPXN4X8xSMQhYcLfwcOgl_chqcGynFPA";
static const char crit_token[] =
    "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsiZXhwIl19.eyJzdWIiOiJhZGEifQ.h5y2bzZ0UG"
    "THcwYn8c-AcJq2Tptr2KUj4hFVXG5veGeA6oVhax-J8876wgCrS-HDCRy98j4Kl6zA5CvB"
    "ltP4o5SKGXr0R0HKEsD1ndFNUxyUdos4y_-MvLGSVJepxYHo3Ab6SEL25mo76KEesAcqUv"
    "6-roI7UIZ81IdPjFPgJKCMYz_pS5zz4GEwl9QNfNeO9ymjcE8kMUVddwKgTuyTXwhe_IQQ"
    "Hm-g-ck60kzgBBKLgjD4tsrcsQCag3hriKdTm1vFYX3kFFh3M5psX__dcld7ZnlvQomsrS"
    "4H_xKlxDGK4yi_9vKUbx60n_M_pUmtbAk8EcPV9nKWXTdlbxyOow";
static const char weak_token[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.X36JKo5Xw6y15vf624VsILnE6UuLon"
    "g5bCk6iCS6bGovumTh7_iFhbEDbSVenKncSkziHN8tAFogwx6dDOo-ujbomxfBePvTj67I"
    "HM04rjT9LH5fAuJTckg0OO6ph4dP0ySGofFNGDcwMAAHkZckON8RDpSPMQzjtMZKVLG_jf"
    "8";
static const char none_token[] =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.";
static const char hs_token[] =
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.a0OrRlqYkVUfpza_riiNjvMna7AO5U"
    "1dGjGLuyxofts";
static const char oct_jwk[] =
    "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}";
/* clang-format on */

static uint8_t out[JWS_BYTES_MAX];
static size_t len;

static enum err open_(const char *token, const char *jwk, enum jws_alg alg)
{
    len = 0;
    return jws_open(span_str(token), span_str(jwk), alg, out, &len);
}

static void each_algorithm_opens_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *token, *jwk;
        enum jws_alg alg;
    } good[] = {{rs256_token, rsa_jwk, JWS_RS256},
                {ps256_token, rsa_jwk, JWS_PS256},
                {es256_token, ec_jwk, JWS_ES256}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(open_(good[i].token, good[i].jwk, good[i].alg), ERR_OK);
        assert_int_equal(len, 13);
        assert_memory_equal(out, "{\"sub\":\"ada\"}", 13);
        for (int alg = 0; alg < JWS_ALG_COUNT_; alg++)
            if (alg != (int)good[i].alg)
                assert_int_equal(open_(good[i].token, good[i].jwk, (enum jws_alg)alg), ERR_AUTH);
    }
}

static void the_header_chooses_nothing(void **state)
{
    (void)state;
    static const char *const tokens[] = {none_token, hs_token, crit_token};
    static const char *const keys[] = {rsa_jwk, ec_jwk, oct_jwk};
    for (size_t t = 0; t < 3; t++)
        for (size_t k = 0; k < 3; k++)
            for (int alg = 0; alg < JWS_ALG_COUNT_; alg++)
                assert_int_not_equal(open_(tokens[t], keys[k], (enum jws_alg)alg), ERR_OK);
}

static void a_short_key_is_none(void **state)
{
    (void)state;
    assert_int_equal(open_(weak_token, weak_jwk, JWS_RS256), ERR_AUTH);
}

static void every_changed_letter_is_noticed(void **state)
{
    (void)state;
    char token[sizeof es256_token];
    for (size_t i = 0; i + 1 < sizeof es256_token; i++) {
        memcpy(token, es256_token, sizeof token);
        token[i] = token[i] == 'A' ? 'Q' : 'A';
        assert_int_not_equal(open_(token, ec_jwk, JWS_ES256), ERR_OK);
    }
}

static void strange_bytes_are_refused(void **state)
{
    (void)state;
    static char huge[JWS_BYTES_MAX + 2];
    memset(huge, 'A', JWS_BYTES_MAX + 1);
    static const char *const bad[] = {"",  ".", "..", "...", "a.b.c", "e30.e30.", "\xff.\xff.\xff",
                                      huge};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_not_equal(open_(bad[i], rsa_jwk, JWS_RS256), ERR_OK);
        assert_int_not_equal(open_(rs256_token, bad[i], JWS_RS256), ERR_OK);
    }
    assert_int_not_equal(open_(rs256_token, "{\"kty\":\"RSA\"}", JWS_RS256), ERR_OK);
    assert_int_not_equal(open_(rs256_token, "[]", JWS_RS256), ERR_OK);
    assert_int_equal(len, 0);
}

static void only_three_algorithms_have_names(void **state)
{
    (void)state;
    static const char *const others[] = {"none", "None", "HS256", "RS512",
                                         "RS1",  "",     "rs256", "EdDSA"};
    enum jws_alg alg;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(jws_alg_read(&alg, others[i]), ERR_UNSUPPORTED);
    assert_int_equal(jws_alg_read(&alg, "PS256"), ERR_OK);
    assert_int_equal(alg, JWS_PS256);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(each_algorithm_opens_its_own), FACT(the_header_chooses_nothing),
        FACT(a_short_key_is_none),          FACT(every_changed_letter_is_noticed),
        FACT(strange_bytes_are_refused),    FACT(only_three_algorithms_have_names),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
