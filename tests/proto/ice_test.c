/* Facts about proto/ice: who is answered, who is selected, and for how long. */
#include "proto/cm.h"

#include "proto/ice.h"
#include "proto/stun.h"

static const char ufrag[] = "00server", pwd[] = "a password of the server";

struct ask {
    const char *username, *password;
    uint16_t id;
    bool use_candidate, controlled;
};

static const struct ask fine = {"00server:client", pwd, 1, true, false};

static struct ice_remote remote(uint8_t last, uint16_t port)
{
    return (struct ice_remote){{.family = 4, .ip = {10, 0, 0, last}, .port = port}, ICE_UDP};
}

static uint8_t answer[STUN_WRITE_MAX];
static uint64_t older[ICE_FILTER_WORDS];
static size_t answer_len;

static enum ice_result send(struct ice *ice, struct ask a, struct ice_remote from, instant_us now)
{
    uint8_t buf[STUN_WRITE_MAX];
    struct hmac_sha1 key;
    struct writer w = writer_of(buf, sizeof(buf)), out = writer_of(answer, sizeof(answer));
    struct stun_request r = {.username =
                                 a.username ? span_str(a.username) : (struct span){NULL, 0}};
    r.id[0] = (uint8_t)a.id;
    r.id[1] = (uint8_t)(a.id >> 8);
    r.use_candidate = a.use_candidate;
    r.controlled = a.controlled;
    if (a.password)
        hmac_sha1_init(&key, span_str(a.password));
    assert_true(stun_write_request(&w, &r, a.password ? &key : NULL));
    enum ice_result result = ice_input(ice, &from, writer_span(&w), now, &out);
    answer_len = writer_len(&out);
    return result;
}

static struct ask with_id(struct ask a, uint16_t id)
{
    a.id = id;
    return a;
}

static struct ask unnominating(struct ask a)
{
    a.use_candidate = false;
    return a;
}

static void a_nominating_request_is_answered_and_selects(void **state)
{
    (void)state;
    struct ice ice;
    struct stun_message m;
    struct hmac_sha1 key;
    struct ice_remote from = remote(1, 1000);
    ice_init(&ice, ufrag, pwd, older, 0);
    assert_null(ice_selected(&ice, 0));
    assert_int_equal(send(&ice, unnominating(fine), from, 0), ICE_ANSWERED);
    assert_null(ice_selected(&ice, 0));
    assert_true(ice_validated(&ice, &from, 0));
    assert_int_equal(send(&ice, with_id(fine, 2), from, 0), ICE_SELECTED);
    assert_true(ice_remote_equal(ice_selected(&ice, 0), &from));
    hmac_sha1_init(&key, span_str(pwd));
    assert_int_equal(stun_parse(&m, span_of(answer, answer_len)), ERR_OK);
    assert_true(m.kind == STUN_SUCCESS && stun_verify(&m, &key) && m.has_mapped);
    assert_int_equal(m.mapped.port, 1000);
    ice_fini(&ice);
}

static void strangers_get_no_answer_at_all(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote from = remote(1, 1000);
    const struct ask bad[] = {
        {"00server:client", "another password", 1, true, false},
        {"00server:client", NULL, 1, true, false}, /* no integrity */
        {"00serveR:client", pwd, 1, true, false},
        {"00serve:client", pwd, 1, true, false},
        {"00serverx:client", pwd, 1, true, false},
        {"00server", pwd, 1, true, false},
        {NULL, pwd, 1, true, false}, /* no USERNAME */
        {":client", pwd, 1, true, false},
    };
    ice_init(&ice, ufrag, pwd, older, 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(send(&ice, bad[i], from, 0), ICE_DROPPED);
        assert_int_equal(answer_len, 0);
    }
    assert_false(ice_validated(&ice, &from, 0));
    ice_fini(&ice);
}

static void an_authenticated_role_conflict_gets_487(void **state)
{
    (void)state;
    struct ice ice;
    struct stun_message m;
    struct ask a = fine;
    a.controlled = true;
    ice_init(&ice, ufrag, pwd, older, 0);
    assert_int_equal(send(&ice, a, remote(1, 1), 0), ICE_REFUSED);
    assert_int_equal(stun_parse(&m, span_of(answer, answer_len)), ERR_OK);
    assert_int_equal(m.error_code, 487);
    assert_null(ice_selected(&ice, 0));
    ice_fini(&ice);
}

static void consent_ends_after_its_time_and_returns(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote from = remote(1, 1);
    ice_init(&ice, ufrag, pwd, older, 0);
    send(&ice, fine, from, 0);
    assert_int_equal(ice_deadline(&ice), ICE_CONSENT_US);
    assert_non_null(ice_selected(&ice, ICE_CONSENT_US - 1));
    assert_null(ice_selected(&ice, ICE_CONSENT_US));
    assert_true(ice_lost(&ice, ICE_CONSENT_US));
    assert_false(ice_validated(&ice, &from, ICE_CONSENT_US));
    send(&ice, unnominating(with_id(fine, 2)), from, ICE_CONSENT_US + 5);
    assert_non_null(ice_selected(&ice, ICE_CONSENT_US + 5));
    assert_false(ice_lost(&ice, ICE_CONSENT_US + 5));
    ice_fini(&ice);
}

static void a_replay_from_another_address_is_dropped(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote honest = remote(1, 1), thief = remote(66, 1);
    ice_init(&ice, ufrag, pwd, older, 0);
    assert_int_equal(send(&ice, fine, honest, 0), ICE_SELECTED);
    assert_int_equal(send(&ice, fine, honest, 1), ICE_ANSWERED); /* its own retransmission */
    assert_int_equal(send(&ice, fine, thief, 2), ICE_DROPPED);
    assert_false(ice_validated(&ice, &thief, 2));
    assert_true(ice_remote_equal(ice_selected(&ice, 2), &honest));
    ice_fini(&ice);
}

static void a_replay_after_hours_of_checks_is_dropped(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote honest = remote(1, 1), thief = remote(66, 1);
    instant_us now = 0;
    ice_init(&ice, ufrag, pwd, older, 0);
    assert_int_equal(send(&ice, fine, honest, now), ICE_SELECTED);
    for (int i = 0; i < ICE_FILTER_IDS; i++)
        send(&ice, with_id(fine, (uint16_t)(i + 2)), honest, now += 2500 * US_PER_MS);
    assert_int_equal(send(&ice, fine, thief, now), ICE_DROPPED);
    assert_int_equal(send(&ice, fine, honest, now), ICE_DROPPED); /* nor does it renew consent */
    assert_true(ice_remote_equal(ice_selected(&ice, now), &honest));
    ice_fini(&ice);
}

static void what_another_transport_left_in_its_memory_is_not_read(void **state)
{
    (void)state;
    struct ice ice;
    memset(older, 0xff, sizeof older);
    ice_init(&ice, ufrag, pwd, older, 0);
    for (int i = 0; i < ICE_FILTER_IDS / 2; i++)
        assert_int_not_equal(send(&ice, with_id(fine, (uint16_t)i), remote(1, 1), i), ICE_DROPPED);
    ice_fini(&ice);
}

static void few_fresh_checks_are_taken_for_old_ones(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote honest = remote(1, 1);
    int dropped = 0;
    ice_init(&ice, ufrag, pwd, older, 0);
    for (int i = 0; i < 20000; i++)
        dropped += send(&ice, with_id(fine, (uint16_t)i), honest, i) == ICE_DROPPED;
    assert_in_range(dropped, 0, 20000 * 3 / 100);
    ice_fini(&ice);
}

static void pairs_are_bounded_and_the_selected_one_stays(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote chosen = remote(1, 1);
    ice_init(&ice, ufrag, pwd, older, 0);
    send(&ice, fine, chosen, 0);
    for (int i = 0; i < 200; i++)
        send(&ice, unnominating(with_id(fine, (uint16_t)(i + 2))), remote(2, (uint16_t)(i + 2)), i);
    assert_true(ice_remote_equal(ice_selected(&ice, 200), &chosen));
    int live = 0;
    for (int i = 0; i < 202; i++) {
        struct ice_remote r = remote(2, (uint16_t)i);
        live += ice_validated(&ice, &r, 200);
    }
    assert_int_equal(live, LIMIT_ICE_PAIRS - 1);
    ice_fini(&ice);
}

static void flapping_nominations_are_slowed(void **state)
{
    (void)state;
    struct ice ice;
    int changes = 0;
    ice_init(&ice, ufrag, pwd, older, 0);
    for (int i = 0; i < 1000; i++) { /* one a millisecond, between two addresses */
        struct ask a = with_id(fine, (uint16_t)i);
        a.use_candidate = true;
        changes += send(&ice, a, remote(1, (uint16_t)(1 + i % 2)), i * US_PER_MS) == ICE_SELECTED;
    }
    assert_in_range(changes, 1, ICE_NOMINATION_BURST + 1);
    ice_fini(&ice);
}

static void a_restart_keeps_consent_but_not_nomination(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote old = remote(1, 1), fresh = remote(2, 2);
    ice_init(&ice, ufrag, pwd, older, 0);
    send(&ice, fine, old, 0);
    ice_restart(&ice, "00second", "another password, also long", US_PER_S);
    assert_int_equal(send(&ice, with_id(fine, 2), fresh, 2 * US_PER_S), ICE_ANSWERED);
    assert_true(ice_remote_equal(ice_selected(&ice, 2 * US_PER_S), &old));
    assert_int_equal(send(&ice, with_id(fine, 3), old, 14 * US_PER_S), ICE_ANSWERED);
    assert_non_null(ice_selected(&ice, 20 * US_PER_S));
    struct ask second = {"00second:client", "another password, also long", 9, true, false};
    assert_int_equal(send(&ice, second, fresh, 20 * US_PER_S), ICE_SELECTED);
    assert_int_equal(send(&ice, with_id(fine, 4), old, 20 * US_PER_S), ICE_DROPPED);
    ice_fini(&ice);
}

static void old_credentials_die_by_time_too(void **state)
{
    (void)state;
    struct ice ice;
    ice_init(&ice, ufrag, pwd, older, 0);
    ice_restart(&ice, "00second", "another password, also long", 0);
    assert_int_equal(send(&ice, fine, remote(1, 1), ICE_PREVIOUS_US - 1), ICE_ANSWERED);
    assert_int_equal(send(&ice, with_id(fine, 2), remote(1, 1), ICE_PREVIOUS_US), ICE_DROPPED);
    ice_fini(&ice);
}

static void a_silent_choice_gives_way_to_the_nominated_pair_that_lives(void **state)
{
    (void)state;
    struct ice ice;
    struct ice_remote a = remote(1, 1), b = remote(2, 2);
    ice_init(&ice, ufrag, pwd, older, 0);
    assert_int_equal(send(&ice, fine, a, 0), ICE_SELECTED);
    assert_int_equal(send(&ice, with_id(fine, 2), b, 1), ICE_SELECTED);
    assert_int_equal(send(&ice, unnominating(with_id(fine, 3)), a, US_PER_S), ICE_ANSWERED);
    assert_int_equal(send(&ice, unnominating(with_id(fine, 4)), a, 8 * US_PER_S), ICE_SELECTED);
    assert_true(ice_remote_equal(ice_selected(&ice, 8 * US_PER_S), &a));
    ice_fini(&ice);
}

static void udp_and_tcp_of_one_address_are_two(void **state)
{
    (void)state;
    struct ice_remote u = remote(1, 1), t = remote(1, 1);
    t.protocol = ICE_TCP;
    assert_false(ice_remote_equal(&u, &t));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(a_nominating_request_is_answered_and_selects),
        cmocka_unit_test(strangers_get_no_answer_at_all),
        cmocka_unit_test(an_authenticated_role_conflict_gets_487),
        cmocka_unit_test(consent_ends_after_its_time_and_returns),
        cmocka_unit_test(a_replay_from_another_address_is_dropped),
        cmocka_unit_test(a_replay_after_hours_of_checks_is_dropped),
        cmocka_unit_test(what_another_transport_left_in_its_memory_is_not_read),
        cmocka_unit_test(few_fresh_checks_are_taken_for_old_ones),
        cmocka_unit_test(pairs_are_bounded_and_the_selected_one_stays),
        cmocka_unit_test(flapping_nominations_are_slowed),
        cmocka_unit_test(a_restart_keeps_consent_but_not_nomination),
        cmocka_unit_test(old_credentials_die_by_time_too),
        cmocka_unit_test(a_silent_choice_gives_way_to_the_nominated_pair_that_lives),
        cmocka_unit_test(udp_and_tcp_of_one_address_are_two),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
