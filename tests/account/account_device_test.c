/* Facts about people's devices: who puts a key on whose list, who takes it off, and what anybody is
 * told of it. Signatures are real ones. */
#include "crypt/openssl.h"

#include "account/desk.h"
#include "crypt/sign.h"

static struct rig r;
static uint8_t ada[ACCOUNT_TOKEN], bob[ACCOUNT_TOKEN];

struct held {
    EVP_PKEY *pair;
    uint8_t key[SIGN_PUBLIC], proof[SIGN_BYTES];
};

static struct held fresh(void)
{
    struct held h;
    size_t len = sizeof h.key;
    h.pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(h.pair);
    assert_int_equal(EVP_PKEY_get_raw_public_key(h.pair, h.key, &len), 1);
    return h;
}

#define JOINED(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* Signs the parts, each but the first after a zero. */
static void sign(struct held *h, const char *const *parts)
{
    uint8_t message[400];
    size_t len = 0, out = sizeof h->proof;
    for (size_t i = 0; parts[i]; i++) {
        if (i > 0)
            message[len++] = 0;
        memcpy(message + len, parts[i], strlen(parts[i]));
        len += strlen(parts[i]);
    }
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(c, NULL, NULL, NULL, h->pair), 1);
    assert_int_equal(EVP_DigestSign(c, h->proof, &out, message, len), 1);
    EVP_MD_CTX_free(c);
}

#define PURPOSE "Conclave account device v1"

static struct held held_by(const char *name)
{
    struct held h = fresh();
    sign(&h, JOINED(PURPOSE, name));
    return h;
}

static void forget(struct held *h)
{
    EVP_PKEY_free(h->pair);
}

static int begin(void **state)
{
    (void)state;
    rig_open(&r, true);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "ada", "a long password"), ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "bob", "a long password"), bob);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_close(&r);
    return 0;
}

static enum account_reason add(const uint8_t *token, const struct held *h, const char *label)
{
    struct account_event e = rig_with(ACCOUNT_DEVICE_ADD, token);
    e.device_key = span_of(h->key, sizeof h->key);
    e.device_proof = span_of(h->proof, sizeof h->proof);
    e.label = span_str(label);
    return rig_do(&r, e);
}

static enum account_reason check(const char *name, const struct held *h)
{
    struct account_event e = rig_event(ACCOUNT_DEVICE_CHECK, name, NULL);
    e.device_key = span_of(h->key, sizeof h->key);
    return rig_do(&r, e);
}

static enum account_reason drop(const uint8_t *token, const uint8_t *id, size_t len)
{
    struct account_event e = rig_with(ACCOUNT_DEVICE_DROP, token);
    e.id = span_of(id, len);
    return rig_do(&r, e);
}

static uint32_t count(const uint8_t *token)
{
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_DEVICE_LIST, token)), ACCOUNT_OK);
    return r.got.reply->count;
}

static void who_holds_session_and_key_puts_it_on_the_list(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    assert_int_equal(check("ada", &h), ACCOUNT_NOT_FOUND);
    assert_int_equal(add(ada, &h, "Firefox, Linux"), ACCOUNT_OK);
    assert_int_equal(check("ada", &h), ACCOUNT_OK);
    assert_int_equal(check("Ada", &h), ACCOUNT_OK); /* names are folded */
    assert_int_equal(check("bob", &h), ACCOUNT_NOT_FOUND);
    assert_int_equal(check("nobody", &h), ACCOUNT_NOT_FOUND);
    assert_int_equal(count(ada), 1);
    assert_memory_equal(r.got.reply->as.device[0].key, h.key, sizeof h.key);
    assert_string_equal(r.got.reply->as.device[0].label, "Firefox, Linux");
    assert_int_equal(count(bob), 0);
    rig_pass(&r, 86400);
    assert_int_equal(add(ada, &h, "Desk"), ACCOUNT_OK); /* named anew, seen today */
    assert_int_equal(count(ada), 1);
    assert_string_equal(r.got.reply->as.device[0].label, "Desk");
    assert_int_equal(r.got.reply->as.device[0].created_s, 1800000000);
    assert_int_equal(r.got.reply->as.device[0].seen_s, (1800000000 + 86400) / 86400 * 86400);
    forget(&h);
}

static void a_proof_is_for_one_account(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    assert_int_equal(add(bob, &h, ""), ACCOUNT_FORGED);
    sign(&h, JOINED("Conclave account device v2", "ada"));
    assert_int_equal(add(ada, &h, ""), ACCOUNT_FORGED);
    sign(&h, JOINED(PURPOSE "ada"));
    assert_int_equal(add(ada, &h, ""), ACCOUNT_FORGED);
    sign(&h, JOINED(PURPOSE, "ada", ""));
    assert_int_equal(add(ada, &h, ""), ACCOUNT_FORGED);
    sign(&h, JOINED(PURPOSE, "ada"));
    h.proof[0] ^= 1;
    assert_int_equal(add(ada, &h, ""), ACCOUNT_FORGED);
    h.proof[0] ^= 1;
    h.key[0] ^= 1; /* another's key */
    assert_int_equal(add(ada, &h, ""), ACCOUNT_FORGED);
    assert_int_equal(r.asks[ASK_DEVICE_PUT], 0);
    h.key[0] ^= 1;
    assert_int_equal(add(ada, &h, ""), ACCOUNT_OK);
    forget(&h);
}

static void a_key_of_small_order_proves_nothing(void **state)
{
    (void)state;
    struct held h;
    memset(&h, 0, sizeof h);
    h.key[0] = 1;   /* the neutral element: R = S = 0 would verify where it is taken */
    h.proof[0] = 1; /* R = neutral, S = 0 */
    assert_int_equal(add(ada, &h, ""), ACCOUNT_FORGED);
    assert_int_equal(count(ada), 0);
}

static void nobody_takes_another_s_off(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    uint8_t id[ACCOUNT_ID];
    assert_int_equal(add(ada, &h, ""), ACCOUNT_OK);
    assert_int_equal(count(ada), 1);
    memcpy(id, r.got.reply->as.device[0].id, sizeof id);
    assert_int_equal(drop(bob, id, sizeof id), ACCOUNT_NOT_FOUND);
    assert_int_equal(drop(ada, id, sizeof id - 1), ACCOUNT_BAD);
    assert_int_equal(check("ada", &h), ACCOUNT_OK);
    assert_int_equal(drop(ada, id, sizeof id), ACCOUNT_OK);
    assert_int_equal(drop(ada, id, sizeof id), ACCOUNT_NOT_FOUND);
    assert_int_equal(check("ada", &h), ACCOUNT_NOT_FOUND);
    forget(&h);
}

static void without_a_session_there_is_no_list(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    uint8_t none[ACCOUNT_TOKEN] = {0};
    assert_int_equal(add(none, &h, ""), ACCOUNT_SIGNED_OUT);
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_DEVICE_LIST, none)), ACCOUNT_SIGNED_OUT);
    assert_int_equal(drop(none, none, ACCOUNT_ID), ACCOUNT_SIGNED_OUT);
    assert_int_equal(r.rows->devices, 0);
    forget(&h);
}

static void bytes_of_another_length_are_none(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    for (size_t len = 0; len < 70; len++) {
        uint8_t bytes[70] = {0};
        struct account_event e = rig_with(ACCOUNT_DEVICE_ADD, ada);
        e.device_key = span_of(len == SIGN_PUBLIC ? h.key : bytes, len);
        e.device_proof = span_of(h.proof, sizeof h.proof);
        assert_int_equal(rig_do(&r, e), len == SIGN_PUBLIC ? ACCOUNT_OK : ACCOUNT_BAD);
        e.device_key = span_of(h.key, sizeof h.key);
        e.device_proof = span_of(bytes, len);
        assert_int_equal(rig_do(&r, e), len == SIGN_BYTES ? ACCOUNT_FORGED : ACCOUNT_BAD);
    }
    assert_int_equal(check("not a name", &h), ACCOUNT_BAD);
    forget(&h);
}

static void a_person_has_sixteen(void **state)
{
    (void)state;
    struct held h[ACCOUNT_DEVICES + 1];
    for (unsigned i = 0; i <= ACCOUNT_DEVICES; i++) {
        h[i] = held_by("ada");
        assert_int_equal(add(ada, &h[i], ""), i < ACCOUNT_DEVICES ? ACCOUNT_OK : ACCOUNT_LIMIT);
    }
    assert_int_equal(count(ada), ACCOUNT_DEVICES);
    assert_int_equal(add(ada, &h[0], "again"), ACCOUNT_OK);
    for (unsigned i = 0; i <= ACCOUNT_DEVICES; i++)
        forget(&h[i]);
}

static void one_browser_may_be_two_people_s(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    assert_int_equal(add(ada, &h, ""), ACCOUNT_OK);
    sign(&h, JOINED(PURPOSE, "bob"));
    assert_int_equal(add(bob, &h, ""), ACCOUNT_OK);
    assert_int_equal(check("ada", &h), ACCOUNT_OK);
    assert_int_equal(check("bob", &h), ACCOUNT_OK);
    forget(&h);
}

static void a_name_that_nobody_has_costs_the_same_questions(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    memset(r.asks, 0, sizeof r.asks);
    assert_int_equal(check("ada", &h), ACCOUNT_NOT_FOUND);
    assert_int_equal(r.asks[ASK_ACCOUNT_NAMED] + r.asks[ASK_DEVICE_GET], 2);
    assert_int_equal(check("nobody", &h), ACCOUNT_NOT_FOUND);
    assert_int_equal(r.asks[ASK_ACCOUNT_NAMED] + r.asks[ASK_DEVICE_GET], 4);
    forget(&h);
}

static void whoever_asks_about_one_key_too_often_waits(void **state)
{
    (void)state;
    struct held h = held_by("ada"), other = held_by("bob");
    enum account_reason reason = ACCOUNT_NOT_FOUND;
    for (unsigned i = 0; i < 200 && reason != ACCOUNT_SLOW; i++)
        reason = check("ada", &h);
    assert_int_equal(reason, ACCOUNT_SLOW);
    assert_true(r.got.retry_s > 0);
    assert_int_equal(check("bob", &other), ACCOUNT_NOT_FOUND);
    forget(&h);
    forget(&other);
}

static void a_disabled_account_has_no_devices_for_others(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    struct account_event e = rig_event(ACCOUNT_USER_SET, "ada", NULL);
    e.disabled = true;
    assert_int_equal(add(ada, &h, ""), ACCOUNT_OK);
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(check("ada", &h), ACCOUNT_NOT_FOUND);
    forget(&h);
}

static void a_store_that_is_away_is_said(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    r.store_away = true;
    assert_int_equal(check("ada", &h), ACCOUNT_BUSY);
    assert_int_equal(add(ada, &h, ""), ACCOUNT_BUSY);
    forget(&h);
}

static void devices_go_with_their_account(void **state)
{
    (void)state;
    struct held h = held_by("ada");
    assert_int_equal(add(ada, &h, ""), ACCOUNT_OK);
    assert_int_equal(rig_do(&r, (struct account_event){.command = ACCOUNT_DELETE,
                                                       .name = span_str("ada"),
                                                       .token = span_of(ada, ACCOUNT_TOKEN)}),
                     ACCOUNT_OK);
    assert_int_equal(r.rows->devices, 0);
    forget(&h);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
#define WITH(f) cmocka_unit_test_setup_teardown(f, begin, end)
        WITH(who_holds_session_and_key_puts_it_on_the_list),
        WITH(a_proof_is_for_one_account),
        WITH(a_key_of_small_order_proves_nothing),
        WITH(nobody_takes_another_s_off),
        WITH(without_a_session_there_is_no_list),
        WITH(bytes_of_another_length_are_none),
        WITH(a_person_has_sixteen),
        WITH(one_browser_may_be_two_people_s),
        WITH(a_name_that_nobody_has_costs_the_same_questions),
        WITH(whoever_asks_about_one_key_too_often_waits),
        WITH(a_disabled_account_has_no_devices_for_others),
        WITH(a_store_that_is_away_is_said),
        WITH(devices_go_with_their_account),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
