/* The controlling agent against the server's lite agent, and against what is not a server. */
#include "base/fact.h"

#include "client/agent.h"
#include "proto/ice.h"

static const struct ice_remote here = {{4, {10, 0, 0, 2}, 5000}, ICE_UDP};
static const char server_ufrag[] = "00server", server_pwd[] = "a-password-of-24-letters";

static struct agent a;
static struct ice server;
static uint64_t older[ICE_FILTER_WORDS];
static instant_us now;

static int set_up(void **state)
{
    (void)state;
    now = 1000 * US_PER_S;
    agent_init(&a, 7);
    ice_init(&server, server_ufrag, server_pwd, older, now);
    assert_true(agent_start(&a, server_ufrag, server_pwd, now));
    return 0;
}

/* A check that is due, and the server's answer to it. */
static enum ice_result check(uint8_t answer[STUN_WRITE_MAX], size_t *len)
{
    uint8_t request[STUN_WRITE_MAX];
    struct writer w = writer_of(request, sizeof request), r = writer_of(answer, STUN_WRITE_MAX);
    assert_true(agent_poll(&a, now, &w));
    enum ice_result result = ice_input(&server, &here, writer_span(&w), now, &r);
    *len = writer_len(&r);
    return result;
}

static enum agent_result take(const uint8_t *bytes, size_t len)
{
    uint8_t answer[STUN_WRITE_MAX];
    struct writer w = writer_of(answer, sizeof answer);
    return agent_input(&a, span_of(bytes, len), now, &w);
}

static void the_first_check_nominates(void **state)
{
    uint8_t answer[STUN_WRITE_MAX];
    size_t len = 0;
    (void)state;
    assert_int_equal(check(answer, &len), ICE_SELECTED);
    now += 30 * US_PER_MS;
    assert_int_equal(take(answer, len), AGENT_CONSENTS);
    assert_int_equal(a.round_trip_us, 30000);
    assert_int_equal(agent_deadline(&a), now + AGENT_CONSENT_US);
}

static void an_answer_counts_once(void **state)
{
    uint8_t answer[STUN_WRITE_MAX];
    size_t len = 0;
    (void)state;
    (void)check(answer, &len);
    assert_int_equal(take(answer, len), AGENT_CONSENTS);
    assert_int_equal(take(answer, len), AGENT_DROPPED);
}

static void checks_are_sent_again_with_growing_pauses(void **state)
{
    uint8_t answer[STUN_WRITE_MAX];
    size_t len = 0;
    (void)state;
    duration_us pause[6];
    for (int i = 0; i < 6; i++) {
        (void)check(answer, &len);
        pause[i] = agent_deadline(&a) - now;
        now = agent_deadline(&a);
    }
    assert_int_equal(pause[0], 100000);
    assert_int_equal(pause[1], 200000);
    assert_int_equal(pause[5], AGENT_RESEND_MAX_US);
    assert_int_equal(take(answer, len), AGENT_CONSENTS);
}

static void an_answer_under_another_password_is_dropped(void **state)
{
    uint8_t request[STUN_WRITE_MAX], answer[STUN_WRITE_MAX];
    struct writer w = writer_of(request, sizeof request), r = writer_of(answer, sizeof answer);
    struct hmac_sha1 wrong;
    struct stun_message m;
    (void)state;
    assert_true(agent_poll(&a, now, &w));
    assert_int_equal(stun_parse(&m, writer_span(&w)), ERR_OK);
    hmac_sha1_init(&wrong, span_str("another-password-24-char"));
    assert_true(stun_write_success(&r, m.id, &here.addr, &wrong));
    assert_int_equal(take(answer, writer_len(&r)), AGENT_DROPPED);
    assert_false(a.checked);
}

static void consent_ends_30_s_after_the_last_answer(void **state)
{
    uint8_t answer[STUN_WRITE_MAX];
    size_t len = 0;
    (void)state;
    (void)check(answer, &len);
    assert_int_equal(take(answer, len), AGENT_CONSENTS);
    now += AGENT_EXPIRY_US - 1;
    assert_false(agent_lost(&a, now));
    now += 1;
    assert_true(agent_lost(&a, now));
}

static void a_full_agents_check_is_answered(void **state)
{
    uint8_t request[STUN_WRITE_MAX], answer[STUN_WRITE_MAX];
    struct writer w = writer_of(request, sizeof request), r = writer_of(answer, sizeof answer);
    char name[32];
    struct stun_request q = {.priority = 1, .tiebreaker = 9, .controlled = true};
    struct stun_message m;
    (void)state;
    memcpy(name, a.ufrag, AGENT_UFRAG_LEN);
    memcpy(name + AGENT_UFRAG_LEN, ":peer", 5);
    q.username = span_of(name, AGENT_UFRAG_LEN + 5);
    assert_true(stun_write_request(&w, &q, &a.local));
    assert_int_equal(agent_input(&a, writer_span(&w), now, &r), AGENT_DROPPED); /* none expected */
    a.address = here.addr;
    assert_int_equal(agent_input(&a, writer_span(&w), now, &r), AGENT_ASKED);
    assert_int_equal(stun_parse(&m, writer_span(&r)), ERR_OK);
    assert_int_equal(m.kind, STUN_SUCCESS);
    assert_true(stun_verify(&m, &a.local));
}

static void credentials_that_are_too_long_are_refused(void **state)
{
    struct agent other;
    (void)state;
    agent_init(&other, 1);
    assert_false(agent_start(&other, "seventeen-letters", server_pwd, now));
    assert_false(agent_start(&other, "", server_pwd, now));
    assert_int_equal(agent_deadline(&other), INSTANT_NEVER);
}

static void two_seeds_draw_different_credentials(void **state)
{
    struct agent other;
    (void)state;
    agent_init(&other, 8);
    assert_string_not_equal(a.ufrag, other.ufrag);
    assert_string_not_equal(a.pwd, other.pwd);
    assert_int_equal(strlen(a.pwd), AGENT_PWD_LEN);
}

int main(void)
{
#define WITH(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        WITH(the_first_check_nominates),
        WITH(an_answer_counts_once),
        WITH(checks_are_sent_again_with_growing_pauses),
        WITH(an_answer_under_another_password_is_dropped),
        WITH(consent_ends_30_s_after_the_last_answer),
        WITH(a_full_agents_check_is_answered),
        WITH(credentials_that_are_too_long_are_refused),
        WITH(two_seeds_draw_different_credentials),
    };
    return cmocka_run_group_tests_name("client/agent", tests, NULL, NULL);
}
