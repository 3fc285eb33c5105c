/* Facts about passkeys, with what a real browser's virtual authenticator answered
 * (passkey_vectors.h) and every field of it forged in turn. */
#include "account/desk.h"

#include <jansson.h>

#include "account/passkey_vectors.h"

static struct rig r;
static json_t *client;

static int begin(void **state)
{
    (void)state;
    rig_open_at(&r, true, "https://localhost:18743", "localhost");
    return 0;
}

static int end(void **state)
{
    (void)state;
    json_decref(client);
    client = NULL;
    rig_close(&r);
    return 0;
}

struct vector {
    struct span made_client, made_attestation, id, used_client, used_auth, used_signature;
};

#define VECTOR(n)                                                                                  \
    {                                                                                              \
        {n##_made_client, sizeof n##_made_client},                                                 \
            {n##_made_attestation, sizeof n##_made_attestation}, {n##_id, sizeof n##_id},          \
            {n##_used_client, sizeof n##_used_client}, {n##_used_auth, sizeof n##_used_auth},      \
        {                                                                                          \
            n##_used_signature, sizeof n##_used_signature                                          \
        }                                                                                          \
    }

static const struct vector vectors[] = {VECTOR(es256), VECTOR(eddsa), VECTOR(rs256)};
enum { VECTORS = 3 };

static struct span string_of(const char *key)
{
    json_t *v = json_object_get(client, key);
    return json_is_string(v) ? span_of(json_string_value(v), json_string_length(v))
                             : span_of(NULL, 0);
}

static void read_client(struct account_passkey *p, struct span text)
{
    json_decref(client);
    client = json_loadb((const char *)text.ptr, text.len, 0, NULL);
    crypt_sha256(p->client_hash, text);
    p->client = (struct webauthn_client){.type = string_of("type"),
                                         .challenge = string_of("challenge"),
                                         .origin = string_of("origin"),
                                         .cross_origin =
                                             json_is_true(json_object_get(client, "crossOrigin"))};
}

static uint8_t ceremony[ACCOUNT_TOKEN];

/* Begins a ceremony whose challenge is 32 times this byte. */
static void challenge(enum account_command command, uint8_t byte)
{
    static uint8_t random[ACCOUNT_RANDOM];
    static uint8_t round;
    memset(random, 0x55, sizeof random);
    memset(random, ++round, ACCOUNT_TOKEN);
    memset(random + 32, byte, 32);
    r.random = random;
    assert_int_equal(rig_do(&r, rig_event(command, "vector", NULL)), ACCOUNT_OK);
    memcpy(ceremony, r.got.ceremony, sizeof ceremony);
    for (size_t i = 0; i < sizeof r.got.challenge; i++)
        assert_int_equal(r.got.challenge[i], byte);
}

static struct account_event made(const struct vector *v)
{
    struct account_event e = {.command = ACCOUNT_PASSKEY_MADE};
    e.ceremony = span_of(ceremony, sizeof ceremony);
    e.passkey.attestation = v->made_attestation;
    e.label = span_str("Laptop");
    read_client(&e.passkey, v->made_client);
    return e;
}

static struct account_event used(const struct vector *v)
{
    struct account_event e = {.command = ACCOUNT_PASSKEY_ENTER};
    e.ceremony = span_of(ceremony, sizeof ceremony);
    read_client(&e.passkey, v->used_client);
    e.passkey.id = v->id;
    e.passkey.auth = v->used_auth;
    e.passkey.signature = v->used_signature;
    return e;
}

static void make(const struct vector *v)
{
    challenge(ACCOUNT_PASSKEY_NEW, 0x11);
    assert_int_equal(rig_do(&r, made(v)), ACCOUNT_OK);
}

static enum account_reason enter(struct account_event e)
{
    return rig_do(&r, e);
}

static void each_algorithm_is_registered_and_enters(void **state)
{
    (void)state;
    static const int algs[VECTORS] = {PASSKEY_ES256, PASSKEY_EDDSA, PASSKEY_RS256};
    for (size_t i = 0; i < VECTORS; i++) {
        uint8_t token[ACCOUNT_TOKEN];
        make(&vectors[i]);
        assert_int_equal(r.rows->credential[0].alg, algs[i]);
        assert_string_equal(r.rows->credential[0].label, "Laptop");
        challenge(ACCOUNT_PASSKEY_ASK, 0x22);
        struct account_event e = used(&vectors[i]);
        uint8_t user[ACCOUNT_ID];
        memset(user, 0x55, sizeof user);
        e.passkey.user = span_of(user, sizeof user);
        rig_token(&r, e, token);
        assert_string_equal(r.got.row.name, "vector");
        assert_int_equal(rig_do(&r, rig_with(ACCOUNT_WHO, token)), ACCOUNT_OK);
        rig_close(&r);
        (void)begin(NULL);
    }
}

static void a_challenge_is_over_after_a_minute_and_after_one_answer(void **state)
{
    (void)state;
    make(&vectors[0]);
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    rig_pass(&r, 61);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_EXPIRED);
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    rig_pass(&r, 60);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_OK);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_EXPIRED);
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    struct account_event bad = used(&vectors[0]);
    bad.passkey.client.origin = span_str("https://evil.example");
    assert_int_equal(enter(bad), ACCOUNT_FORGED); /* a failed answer uses it up too */
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_EXPIRED);
}

static void a_challenge_of_one_kind_is_no_other(void **state)
{
    (void)state;
    challenge(ACCOUNT_PASSKEY_ASK, 0x11);
    assert_int_equal(rig_do(&r, made(&vectors[0])), ACCOUNT_EXPIRED);
    make(&vectors[0]);
    challenge(ACCOUNT_PASSKEY_NEW, 0x22);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_EXPIRED);
}

static void a_counter_that_does_not_go_up_is_told(void **state)
{
    (void)state;
    make(&vectors[0]);
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_OK);
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_COUNTER);
    assert_int_equal(account_count(r.core)->counters_back, 1);
    assert_true(webauthn_counter_ok(0, 0));
    assert_true(webauthn_counter_ok(0, 1));
    assert_false(webauthn_counter_ok(1, 0));
    assert_false(webauthn_counter_ok(5, 5));
    assert_false(webauthn_counter_ok(UINT32_MAX, 0));
}

/* Every bit of every part of an assertion; what is not signed is compared. */
static void a_forged_assertion_never_enters(void **state)
{
    (void)state;
    for (size_t v = 0; v < VECTORS; v++) {
        rig_close(&r);
        (void)begin(NULL);
        make(&vectors[v]);
        struct {
            uint8_t bytes[600];
            size_t len;
        } part[4];
        const struct span whole[4] = {vectors[v].used_auth, vectors[v].used_signature,
                                      vectors[v].id, vectors[v].used_client};
        for (size_t p = 0; p < 4; p++) {
            memcpy(part[p].bytes, whole[p].ptr, whole[p].len);
            part[p].len = whole[p].len;
        }
        for (size_t p = 0; p < 4; p++)
            for (size_t bit = 0; bit < 8 * part[p].len; bit += 3) {
                rig_pass(&r, 1);
                challenge(ACCOUNT_PASSKEY_ASK, 0x22);
                part[p].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                struct account_event e = used(&vectors[v]);
                e.passkey.auth = span_of(part[0].bytes, part[0].len);
                e.passkey.signature = span_of(part[1].bytes, part[1].len);
                e.passkey.id = span_of(part[2].bytes, part[2].len);
                crypt_sha256(e.passkey.client_hash, span_of(part[3].bytes, part[3].len));
                enum account_reason got = enter(e);
                if (got != ACCOUNT_FORGED && !(p == 0 && got == ACCOUNT_UNVERIFIED))
                    fail_msg("vector %zu part %zu bit %zu: %s", v, p, bit,
                             account_reason_word(got));
                part[p].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            }
        challenge(ACCOUNT_PASSKEY_ASK, 0x22);
        assert_int_equal(enter(used(&vectors[v])), ACCOUNT_OK);
    }
}

#define FORGED(field, value)                                                                       \
    do {                                                                                           \
        challenge(ACCOUNT_PASSKEY_ASK, 0x22);                                                      \
        struct account_event e_ = used(&vectors[0]);                                               \
        e_.passkey.field = value;                                                                  \
        assert_int_equal(enter(e_), ACCOUNT_FORGED);                                               \
    } while (0)

static void what_the_browser_says_must_be_exact(void **state)
{
    (void)state;
    static const uint8_t user[ACCOUNT_ID] = {1}, many[2000];
    make(&vectors[0]);
    FORGED(client.type, span_str("webauthn.create"));
    FORGED(client.type, span_str("webauthn.get "));
    FORGED(client.type, span_of(NULL, 0));
    FORGED(client.challenge, span_str(""));
    FORGED(client.challenge, span_str("ERERERERERERERERERERERERERERERERERERERERERE"));
    FORGED(client.origin, span_str("https://localhost"));
    FORGED(client.origin, span_str("http://localhost:18743"));
    FORGED(client.origin, span_str("https://localhost:187433"));
    FORGED(client.origin, span_str("https://localhost:18743.evil.example"));
    FORGED(client.cross_origin, true);
    FORGED(client.has_top, true);
    FORGED(user, span_of(user, sizeof user));
    FORGED(user, span_of(user, 3));
    FORGED(id, span_of(NULL, 0));
    FORGED(id, span_of(many, 256));
    FORGED(auth, span_of(NULL, 0));
    FORGED(auth, span_of(many, sizeof many));
    FORGED(signature, span_of(NULL, 0));
    FORGED(signature, span_of(many, sizeof many));
}

static void one_key_does_not_sign_for_another(void **state)
{
    (void)state;
    make(&vectors[0]);
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    struct account_event e = used(&vectors[1]);
    e.passkey.id = vectors[0].id;
    assert_int_equal(enter(e), ACCOUNT_FORGED);
    r.rows->credential[0].alg = PASSKEY_EDDSA; /* nor under another algorithm */
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_FORGED);
}

/* ---- attestation objects ---- */

static enum account_reason register_with(struct span attestation)
{
    rig_pass(&r, 3);
    challenge(ACCOUNT_PASSKEY_NEW, 0x11);
    struct account_event e = made(&vectors[0]);
    e.passkey.attestation = attestation;
    return rig_do(&r, e);
}

static void every_shorter_and_longer_attestation_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[2100] = {0};
    struct span whole = vectors[0].made_attestation;
    memcpy(bytes, whole.ptr, whole.len);
    for (size_t n = 0; n < whole.len; n++)
        assert_int_equal(register_with(span_of(bytes, n)), ACCOUNT_FORGED);
    assert_int_equal(register_with(span_of(bytes, whole.len + 1)), ACCOUNT_FORGED);
    assert_int_equal(register_with(span_of(bytes, sizeof bytes)), ACCOUNT_FORGED);
    assert_int_equal(r.rows->accounts, 0);
    assert_int_equal(register_with(whole), ACCOUNT_OK);
}

/* Anything may be in a changed object but a credential that the browser did not make with that
 * challenge for us: what is accepted keeps a readable key, and enters with no old signature. */
enum { AUTH_AT = 30, FLAGS_AT = AUTH_AT + 32 }; /* where Chromium's object has them */

static void a_changed_attestation_is_refused_or_harmless(void **state)
{
    (void)state;
    uint8_t bytes[2048];
    struct span whole = vectors[0].made_attestation;
    memcpy(bytes, whole.ptr, whole.len);
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        enum account_reason got = register_with(span_of(bytes, whole.len));
        if (bit / 8 >= AUTH_AT && bit / 8 < AUTH_AT + 32)
            assert_int_equal(got, ACCOUNT_FORGED); /* for another relying party */
        if (bit == 8 * FLAGS_AT || bit == 8 * FLAGS_AT + 2)
            assert_int_equal(got, ACCOUNT_UNVERIFIED); /* nobody there, or nobody verified */
        if (got == ACCOUNT_OK) {
            r.rows->accounts = r.rows->credentials = r.rows->sessions = 0;
        } else if (got != ACCOUNT_FORGED && got != ACCOUNT_UNVERIFIED &&
                   got != ACCOUNT_UNSUPPORTED) {
            fail_msg("bit %zu: %s", bit, account_reason_word(got));
        }
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void an_attestation_of_another_format_is_not_taken(void **state)
{
    (void)state;
    static const uint8_t packed[] = {0xa3, 0x63, 'f', 'm', 't',  0x66, 'p', 'a',
                                     'c',  'k',  'e', 'd', 0x67, 'a',  't', 't',
                                     'S',  't',  'm', 't', 0xa1, 0x00, 0x00};
    static const uint8_t twice[] = {0xa3, 0x63, 'f', 'm', 't',  0x64, 'n', 'o', 'n', 'e',
                                    0x63, 'f',  'm', 't', 0x64, 'n',  'o', 'n', 'e', 0x00};
    static const uint8_t endless[] = {0xbf, 0x63, 'f', 'm', 't', 0x64, 'n', 'o', 'n', 'e', 0xff};
    static const uint8_t huge[] = {0xa3, 0x63, 'f',  'm',  't',  0x7b, 0xff,
                                   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    assert_int_equal(register_with(span_of(packed, sizeof packed)), ACCOUNT_UNSUPPORTED);
    assert_int_equal(register_with(span_of(twice, sizeof twice)), ACCOUNT_FORGED);
    assert_int_equal(register_with(span_of(endless, sizeof endless)), ACCOUNT_FORGED);
    assert_int_equal(register_with(span_of(huge, sizeof huge)), ACCOUNT_FORGED);
}

static void without_a_domain_there_are_no_passkeys(void **state)
{
    (void)state;
    rig_close(&r);
    rig_open_at(&r, true, "https://192.0.2.1:8443", "");
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_PASSKEY_ASK, NULL, NULL)), ACCOUNT_UNSUPPORTED);
    assert_int_equal(rig_do(&r, rig_event(ACCOUNT_PASSKEY_NEW, "ada", NULL)), ACCOUNT_UNSUPPORTED);
}

static void strangers_cannot_push_a_challenge_out(void **state)
{
    (void)state;
    uint8_t mine[ACCOUNT_TOKEN];
    make(&vectors[0]);
    rig_pass(&r, 60);
    challenge(ACCOUNT_PASSKEY_ASK, 0x22);
    memcpy(mine, ceremony, sizeof mine);
    for (int s = 0; s < 59; s++) {
        rig_pass(&r, 1);
        for (int i = 0; i < 300; i++)
            (void)rig_do(&r, rig_event(ACCOUNT_PASSKEY_ASK, NULL, NULL));
    }
    assert_int_equal(r.got.reason, ACCOUNT_SLOW);
    memcpy(ceremony, mine, sizeof mine);
    assert_int_equal(enter(used(&vectors[0])), ACCOUNT_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest facts[] = {
        CASE(each_algorithm_is_registered_and_enters),
        CASE(a_challenge_is_over_after_a_minute_and_after_one_answer),
        CASE(a_challenge_of_one_kind_is_no_other),
        CASE(a_counter_that_does_not_go_up_is_told),
        CASE(a_forged_assertion_never_enters),
        CASE(what_the_browser_says_must_be_exact),
        CASE(one_key_does_not_sign_for_another),
        CASE(every_shorter_and_longer_attestation_is_refused),
        CASE(a_changed_attestation_is_refused_or_harmless),
        CASE(an_attestation_of_another_format_is_not_taken),
        CASE(without_a_domain_there_are_no_passkeys),
        CASE(strangers_cannot_push_a_challenge_out),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
