/* Facts about what webhooks are told: those five fields, and a signature that others can check. */
#include "base/fact.h"

#include <string.h>

#include "bin/hook_body.h"

static struct ipc_hook_due due_of(void)
{
    struct ipc_hook_due due = {.url = "https://hooks.example.org/",
                               .event = HOOK_STARTED,
                               .name = "school",
                               .meeting = "aaaaabbbbbcccccddddd",
                               .at_s = 1800000000};
    for (size_t i = 0; i < sizeof due.key; i++)
        due.key[i] = (uint8_t)i;
    return due;
}

/* The signature was computed by Python's hmac with the key 00 01 02 ... 1f. */
static void a_body_is_exact_and_its_signature_as_others_compute_it(void **state)
{
    (void)state;
    struct ipc_hook_due due = due_of();
    uint8_t delivery[HOOK_DELIVERY];
    char body[HOOK_BODY], timestamp[HOOK_HEADER], signature[HOOK_HEADER];
    memset(delivery, 0xff, sizeof delivery);
    assert_int_equal(hook_body(body, &due, delivery), ERR_OK);
    assert_string_equal(body, "{\"id\":\"_____________________w\",\"event\":\"meeting.started\","
                              "\"meeting\":\"aaaaabbbbbcccccddddd\",\"organisation\":\"school\","
                              "\"at\":1800000000}");
    hook_sign(timestamp, signature, due.key, body, 1800000007);
    assert_string_equal(timestamp, "Conclave-Timestamp: 1800000007");
    assert_string_equal(signature,
                        "Conclave-Signature: "
                        "v1=b3405317ea390b76b90b406b98b21cba5e5ebebc2588ac7af463b5f882473a88");
}

static void each_part_is_signed(void **state)
{
    (void)state;
    struct ipc_hook_due due = due_of();
    char timestamp[HOOK_HEADER], first[HOOK_HEADER], other[HOOK_HEADER];
    hook_sign(timestamp, first, due.key, "{}", 7);
    hook_sign(timestamp, other, due.key, "{}", 8);
    assert_string_not_equal(first, other);
    hook_sign(timestamp, other, due.key, "{ }", 7);
    assert_string_not_equal(first, other);
    due.key[31] ^= 1;
    hook_sign(timestamp, other, due.key, "{}", 7);
    assert_string_not_equal(first, other);
}

static void the_longest_of_all_fits(void **state)
{
    (void)state;
    struct ipc_hook_due due = due_of();
    uint8_t delivery[HOOK_DELIVERY] = {0};
    char body[HOOK_BODY], timestamp[HOOK_HEADER], signature[HOOK_HEADER];
    memset(due.name, 'a', sizeof due.name - 1);
    memset(due.meeting, 'a', sizeof due.meeting - 1);
    due.at_s = INT64_MAX;
    assert_int_equal(hook_body(body, &due, delivery), ERR_OK);
    hook_sign(timestamp, signature, due.key, body, INT64_MAX);
    assert_int_equal(strlen(signature), strlen("Conclave-Signature: v1=") + 64);
}

static void each_event_has_a_word_that_leads_back(void **state)
{
    (void)state;
    enum account_hook_event e;
    static const char *const others[] = {
        "", "meeting", "meeting.", "meeting.left", "MEETING.ENDED", "meeting.ended "};
    for (int i = 0; i < HOOK_EVENTS_; i++) {
        const char *word = hook_event_word((enum account_hook_event)i);
        assert_true(hook_event_read(&e, span_str(word)));
        assert_int_equal(e, i);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(hook_event_read(&e, span_str(others[i])));
    assert_string_equal(hook_event_word(HOOK_EVENTS_), "");
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(a_body_is_exact_and_its_signature_as_others_compute_it),
        FACT(each_part_is_signed),
        FACT(the_longest_of_all_fits),
        FACT(each_event_has_a_word_that_leads_back),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
