/* Facts about webhooks of organisations: who makes and removes them, and what their addresses may
 * look like. */
#include "account/desk.h"

#include <stdio.h>

static struct rig r;
static uint8_t key[ACCOUNT_TOKEN], ada[ACCOUNT_TOKEN];

#define URL "https://hooks.example.org/x"

static void make_key(const char *org)
{
    struct account_event e = rig_event(ACCOUNT_KEY_MAKE, NULL, NULL);
    e.org = span_str(org);
    e.label = span_str("roster");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    memcpy(key, r.got.given, ACCOUNT_TOKEN);
}

static int begin(void **state)
{
    (void)state;
    static const char *const orgs[] = {"school", "club"};
    rig_open(&r, true);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "ada", "a long password"), ada);
    for (size_t i = 0; i < 2; i++) {
        struct account_event e = rig_event(ACCOUNT_ORG_CREATE, "ada", NULL);
        e.org = span_str(orgs[i]);
        assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    }
    make_key("school");
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_close(&r);
    return 0;
}

static enum account_reason make(struct span url, uint8_t events)
{
    struct account_event e = rig_with(ACCOUNT_API_HOOK_MAKE, key);
    e.url = url;
    e.events = events;
    return rig_do(&r, e);
}

static enum account_reason drop(const uint8_t *id, size_t len)
{
    struct account_event e = rig_with(ACCOUNT_API_HOOK_DROP, key);
    e.id = span_of(id, len);
    return rig_do(&r, e);
}

static uint32_t count(void)
{
    assert_int_equal(rig_do(&r, rig_with(ACCOUNT_API_HOOKS, key)), ACCOUNT_OK);
    return r.got.reply->count;
}

static void a_signing_key_is_told_once(void **state)
{
    (void)state;
    static const uint8_t none[ACCOUNT_HASH];
    assert_int_equal(make(span_str(URL), 1 << HOOK_ENDED), ACCOUNT_OK);
    assert_memory_equal(r.got.given, r.rows->hook[0].key, ACCOUNT_HASH);
    assert_memory_not_equal(r.got.given, none, ACCOUNT_HASH);
    assert_string_equal(r.got.hook.url, URL);
    assert_memory_equal(r.got.hook.key, none, ACCOUNT_HASH);
    uint8_t first[ACCOUNT_HASH], id[ACCOUNT_ID];
    memcpy(first, r.got.given, sizeof first);
    memcpy(id, r.got.hook.id, sizeof id);
    assert_int_equal(make(span_str(URL), 1 << HOOK_ENDED), ACCOUNT_OK);
    assert_memory_not_equal(r.got.given, first, sizeof first);
    assert_memory_not_equal(r.got.hook.id, id, sizeof id);
    assert_int_equal(count(), 2);
    for (uint32_t i = 0; i < 2; i++)
        assert_memory_equal(r.got.reply->as.hook[i].key, none, ACCOUNT_HASH);
}

static void an_organisation_has_eight_and_removes_its_own(void **state)
{
    (void)state;
    uint8_t id[ACCOUNT_ID], school[ACCOUNT_TOKEN];
    for (int i = 0; i < ACCOUNT_HOOKS; i++)
        assert_int_equal(make(span_str(URL), 7), ACCOUNT_OK);
    memcpy(id, r.got.hook.id, sizeof id);
    assert_int_equal(make(span_str(URL), 7), ACCOUNT_LIMIT);
    memcpy(school, key, sizeof school);
    make_key("club");
    assert_int_equal(count(), 0);
    assert_int_equal(drop(id, sizeof id), ACCOUNT_NOT_FOUND);
    assert_int_equal(make(span_str(URL), 7), ACCOUNT_OK);
    memcpy(key, school, sizeof key);
    assert_int_equal(count(), ACCOUNT_HOOKS);
    assert_int_equal(drop(id, sizeof id - 1), ACCOUNT_BAD);
    assert_int_equal(drop(id, 0), ACCOUNT_BAD);
    assert_int_equal(drop(id, sizeof id), ACCOUNT_OK);
    assert_int_equal(drop(id, sizeof id), ACCOUNT_NOT_FOUND);
    assert_int_equal(make(span_str(URL), 7), ACCOUNT_OK);
}

static void nobody_makes_one_without_a_key(void **state)
{
    (void)state;
    struct account_event e = rig_with(ACCOUNT_API_HOOK_MAKE, ada); /* a person's session */
    e.url = span_str(URL);
    e.events = 1;
    assert_int_equal(rig_do(&r, e), ACCOUNT_WRONG);
    key[0] ^= 1;
    assert_int_equal(make(span_str(URL), 1), ACCOUNT_WRONG);
    assert_int_equal(r.rows->hooks, 0);
}

static void good_addresses_are_taken(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "https://a.example",       "https://a.example/",      "https://A-b.c:443/d?e=f&g",
        "https://a.example:1024/", "https://a.example:65535", "https://[2606:4700::1111]:8443/x",
        "https://203.0.113.5/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        assert_int_equal(make(span_str(urls[i]), 1), ACCOUNT_OK);
}

static void no_other_address_is(void **state)
{
    (void)state;
    static const char *const urls[] = {"",
                                       "https://",
                                       "https:///",
                                       "http://a.example/",
                                       "HTTPS://a.example/",
                                       "https:/a.example/",
                                       "https://u@a.example/",
                                       "https://a.example@b.example/",
                                       "https://a.example\\b/",
                                       "https://a.example/\\",
                                       "https://a.example/#b",
                                       "https://a.example?b",
                                       "https://a.example:",
                                       "https://a.example:/",
                                       "https://a.example:0/",
                                       "https://a.example:22/",
                                       "https://a.example:80/",
                                       "https://a.example:1023/",
                                       "https://a.example:65536/",
                                       "https://a.example:4294967739/",
                                       "https://a.example:99999999999999999443/",
                                       "https://a.example:443x/",
                                       "https://a.example:+443/",
                                       "https://a%2e.example/",
                                       "https://a_b.example/",
                                       "https://[::1/",
                                       "https://::1/",
                                       "https://[]/",
                                       "https://[fe80::1%25eth0]/",
                                       "https://a.example/ b",
                                       "https://a.example/\tb",
                                       "https://a.example/\x7f",
                                       "https://a.example/\xc3\xa4",
                                       "https://a.example/\"",
                                       " https://a.example/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (make(span_str(urls[i]), 1) != ACCOUNT_BAD)
            fail_msg("%s is taken", urls[i]);
    assert_int_equal(make(span_of("https://a.example/\0b", 20), 1), ACCOUNT_BAD);
    char url[ACCOUNT_URL + 2];
    (void)snprintf(url, sizeof url, "https://a.example/%0*d", ACCOUNT_URL - 18 + 1, 0);
    assert_int_equal(strlen(url), ACCOUNT_URL + 1);
    assert_int_equal(make(span_str(url), 1), ACCOUNT_BAD);
    assert_int_equal(make(span_of(url, ACCOUNT_URL), 1), ACCOUNT_OK);
    (void)snprintf(url, sizeof url, "https://%0*d/", 129, 0);
    assert_int_equal(make(span_str(url), 1), ACCOUNT_BAD);
}

static void events_are_bits_that_there_are(void **state)
{
    (void)state;
    assert_int_equal(make(span_str(URL), 0), ACCOUNT_BAD);
    assert_int_equal(make(span_str(URL), 1 << HOOK_EVENTS_), ACCOUNT_BAD);
    assert_int_equal(make(span_str(URL), 255), ACCOUNT_BAD);
    assert_int_equal(make(span_str(URL), (1 << HOOK_EVENTS_) - 1), ACCOUNT_OK);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest facts[] = {
        CASE(a_signing_key_is_told_once),
        CASE(an_organisation_has_eight_and_removes_its_own),
        CASE(nobody_makes_one_without_a_key),
        CASE(good_addresses_are_taken),
        CASE(no_other_address_is),
        CASE(events_are_bits_that_there_are),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
