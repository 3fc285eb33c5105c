/* Facts about single sign-on: attempts, addresses, and claims with every field forged in turn. */
#include "base/fact.h"

#include "account/oidc.h"
#include "base/text.h"
#include "crypt/crypt.h"

static struct oidc_table table;
static const struct oidc_config config = {"https://id.example.org", "conclave", "s&cret=+ %",
                                          "https://meet.example.org/api/account/oidc/back"};
static uint8_t bytes[OIDC_RANDOM];

static const struct oidc_attempt *begin(uint8_t with, instant_us now)
{
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(with + i);
    return oidc_begin(&table, bytes, now);
}

static struct span state_of(const struct oidc_attempt *a, char out[64])
{
    text_base64url(out, span_of(a->state, sizeof a->state));
    return span_str(out);
}

static void an_attempt_is_taken_once(void **state)
{
    (void)state;
    char text[64];
    struct oidc_attempt got;
    struct span s = state_of(begin(1, US_PER_S), text);
    assert_true(oidc_take(&table, span_of(bytes, OIDC_SECRET), s, 2 * US_PER_S, &got));
    assert_memory_equal(got.nonce, bytes + 2 * OIDC_SECRET, OIDC_SECRET);
    assert_false(oidc_take(&table, span_of(bytes, OIDC_SECRET), s, 2 * US_PER_S, &got));
}

static void a_wrong_state_uses_it_up(void **state)
{
    (void)state;
    char text[64];
    struct oidc_attempt got;
    struct span s = state_of(begin(2, US_PER_S), text);
    text[3] ^= 1;
    assert_false(oidc_take(&table, span_of(bytes, OIDC_SECRET), s, US_PER_S, &got));
    text[3] ^= 1;
    assert_false(oidc_take(&table, span_of(bytes, OIDC_SECRET), s, US_PER_S, &got));
}

static void a_strange_cookie_and_an_old_attempt_are_worth_nothing(void **state)
{
    (void)state;
    char text[64];
    struct oidc_attempt got;
    struct span s = state_of(begin(3, US_PER_S), text);
    assert_false(oidc_take(&table, span_of(bytes, OIDC_SECRET - 1), s, US_PER_S, &got));
    assert_false(oidc_take(&table, span_of(bytes + 1, OIDC_SECRET), s, US_PER_S, &got));
    assert_false(oidc_take(&table, span_of(NULL, 0), span_of(NULL, 0), US_PER_S, &got));
    assert_false(
        oidc_take(&table, span_of(bytes, OIDC_SECRET), s, US_PER_S + OIDC_ATTEMPT_US + 1, &got));
}

static void the_browser_carries_what_is_public_and_the_form_what_is_not(void **state)
{
    (void)state;
    char url[OIDC_URL], form[OIDC_FORM], verifier[64], challenge[64];
    uint8_t hash[32];
    const struct oidc_attempt *a = begin(4, US_PER_S);
    text_base64url(verifier, span_of(a->verifier, sizeof a->verifier));
    crypt_sha256(hash, span_str(verifier));
    text_base64url(challenge, span_of(hash, sizeof hash));
    assert_int_equal(oidc_authorize_url(url, "https://id.example.org/a", &config, a), ERR_OK);
    assert_non_null(strstr(url, "https://id.example.org/a?client_id=conclave&redirect_uri="
                                "https%3A%2F%2Fmeet.example.org%2Fapi%2Faccount%2Foidc%2Fback&"));
    assert_non_null(strstr(url, "&response_type=code&scope=openid&state="));
    assert_non_null(strstr(url, challenge));
    assert_null(strstr(url, verifier));
    assert_null(strstr(url, "cret"));
    assert_int_equal(oidc_token_form(form, &config, a, span_str("co/de")), ERR_OK);
    assert_non_null(strstr(form, "grant_type=authorization_code&code=co%2Fde&"));
    assert_non_null(strstr(form, "&client_secret=s%26cret%3D%2B%20%25&code_verifier="));
    assert_non_null(strstr(form, verifier));
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    static char long_url[OIDC_URL], code[OIDC_FORM];
    char url[OIDC_URL], form[OIDC_FORM];
    const struct oidc_attempt *a = begin(5, US_PER_S);
    memset(long_url, 'x', sizeof long_url - 1);
    memset(code, '&', sizeof code - 1);
    assert_int_equal(oidc_authorize_url(url, long_url, &config, a), ERR_LIMIT);
    assert_string_equal(url, "");
    assert_int_equal(oidc_token_form(form, &config, a, span_of(code, 400)), ERR_LIMIT);
}

/* ---- claims ---- */

enum { NOW = 1800000000 };

static struct oidc_claims good(const struct oidc_attempt *a, char nonce[64])
{
    text_base64url(nonce, span_of(a->nonce, sizeof a->nonce));
    return (struct oidc_claims){.iss = span_str(config.issuer),
                                .sub = span_str("ada"),
                                .nonce = span_str(nonce),
                                .audiences = 1,
                                .for_us = true,
                                .has_times = true,
                                .exp = NOW + 60,
                                .iat = NOW};
}

#define REFUSED(change, error)                                                                     \
    do {                                                                                           \
        struct oidc_claims k = good(a, nonce);                                                     \
        change;                                                                                    \
        assert_int_equal(oidc_check(&k, &config, a, NOW), error);                                  \
    } while (0)

static void a_claim_that_is_not_for_us_now_is_refused(void **state)
{
    (void)state;
    static char long_subject[256];
    char nonce[64];
    const struct oidc_attempt *a = begin(6, US_PER_S);
    memset(long_subject, 's', sizeof long_subject);
    REFUSED((void)0, ERR_OK);
    REFUSED(k.iss = span_str("https://id.example.org/"), ERR_AUTH);
    REFUSED(k.iss = span_str("http://id.example.org"), ERR_AUTH);
    REFUSED(k.iss = span_of(NULL, 0), ERR_AUTH);
    REFUSED(k.sub = span_of(NULL, 0), ERR_MALFORMED);
    REFUSED(k.sub = span_of(long_subject, 256), ERR_MALFORMED);
    REFUSED(k.sub = span_of(long_subject, 255), ERR_OK);
    REFUSED(k.for_us = false, ERR_AUTH);
    REFUSED(k.audiences = 2, ERR_AUTH);
    REFUSED((k.audiences = 2, k.has_azp = true, k.azp = span_str("conclave")), ERR_OK);
    REFUSED((k.has_azp = true, k.azp = span_str("other")), ERR_AUTH);
    REFUSED(k.has_azp = true, ERR_AUTH);
    REFUSED(nonce[0] ^= 1, ERR_AUTH);
    REFUSED(k.nonce = span_of(NULL, 0), ERR_AUTH);
    REFUSED(k.has_times = false, ERR_MALFORMED);
    REFUSED(k.exp = NOW - OIDC_SKEW_S, ERR_REPLAY);
    REFUSED(k.exp = NOW - OIDC_SKEW_S + 1, ERR_OK);
    REFUSED(k.iat = NOW + OIDC_SKEW_S + 1, ERR_REPLAY);
    REFUSED(k.iat = NOW - OIDC_FRESH_S - 1, ERR_REPLAY);
    REFUSED(k.nbf = NOW + OIDC_SKEW_S + 1, ERR_REPLAY);
    REFUSED((k.exp = INT64_MIN, k.iat = INT64_MAX), ERR_REPLAY);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(an_attempt_is_taken_once),
        FACT(a_wrong_state_uses_it_up),
        FACT(a_strange_cookie_and_an_old_attempt_are_worth_nothing),
        FACT(the_browser_carries_what_is_public_and_the_form_what_is_not),
        FACT(what_does_not_fit_is_refused),
        FACT(a_claim_that_is_not_for_us_now_is_refused),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
