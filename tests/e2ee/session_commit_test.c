/* Facts about what is wanted of a commit, and what becomes of it when others get in its way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/hall_inside.h"
#include "e2ee/session.h"

enum { ANA, BEN, CHI };

static struct hall hall;

static void open_with(uint64_t seed, bool waiting_room, int hosts)
{
    hall_open(&hall, &(struct hall_terms){.seed = seed, .waiting_room = waiting_room});
    for (int i = 0; i < (waiting_room ? 1 : 3); i++) {
        hall_join(&hall, "somebody", i < hosts);
        hall_run(&hall, 1500);
    }
    hall_run(&hall, 45000);
    assert_true(hall_all_secure(&hall));
}

static int start(void **state)
{
    (void)state;
    open_with(71, false, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hall_close(&hall);
    hall.hooks = (struct hall_hooks){0};
    return 0;
}

static struct e2ee_input about(enum e2ee_input_type type, int who)
{
    struct e2ee_input in = {.type = type, .flag = true, .member = hall.person[who].member};
    in.a = span_of(hall.person[who].participant, E2EE_PARTICIPANT);
    return in;
}

static void set_policy(int who, uint32_t flags)
{
    struct e2ee_input in = {.type = E2EE_IN_POLICY, .flags = flags};
    assert_int_equal(hall_tell(&hall, who, &in), ERR_OK);
}

static void rename_to(int who, const char *name)
{
    struct e2ee_input in = {.type = E2EE_IN_RENAME, .b = span_str(name)};
    assert_int_equal(hall_tell(&hall, who, &in), ERR_OK);
}

/* ---- a group made anew ---- */

static void server_forgets_the_group(void)
{
    hall.group_len = 0;
    hall.epoch = 0;
    for (int i = 0; i < hall.n_people; i++) {
        hall.person[i].in_group = hall.person[i].asks = false;
        hall_down(&hall, i, &(struct e2ee_input){.type = E2EE_IN_GROUP_STATE});
    }
}

static void a_locked_group_made_anew_takes_all_who_were_in_and_nobody_else(void **state)
{
    (void)state;
    set_policy(ANA, E2EE_LOCKED);
    hall_run(&hall, 1000);
    server_forgets_the_group();
    hall_run(&hall, 500);
    assert_true(hall_until(&hall, 10000, hall_all_secure));
    assert_int_equal(hall_status(&hall, CHI).count, 3);
    assert_int_equal(hall_status(&hall, CHI).flags, E2EE_LOCKED);
    int dan = hall_join(&hall, "Dan", false);
    hall_run(&hall, 5000);
    assert_int_equal(hall_status(&hall, dan).phase, E2EE_STARTING);
    hall_leave(&hall, dan);
    struct e2ee_input remove = about(E2EE_IN_REMOVE, CHI);
    assert_int_equal(hall_tell(&hall, ANA, &remove), ERR_OK);
    hall_run(&hall, 1000);
    hall_leave(&hall, CHI);
    int again = hall_join_device(&hall, "Chi", CHI);
    hall_run(&hall, 5000);
    assert_int_equal(hall_status(&hall, again).phase, E2EE_STARTING); /* no way back for Chi */
    hall_leave(&hall, again);
    server_forgets_the_group();
    hall_run(&hall, 3000);
    again = hall_join_device(&hall, "Chi", CHI);
    hall_run(&hall, 5000);
    assert_int_equal(hall_status(&hall, again).phase, E2EE_STARTING);
    assert_int_equal(hall_status(&hall, BEN).count, 2);
}

static void a_locked_group_is_made_anew_by_a_host_alone(void **state)
{
    (void)state;
    set_policy(ANA, E2EE_LOCKED);
    hall_run(&hall, 1000);
    hall_disconnect(&hall, ANA);
    server_forgets_the_group();
    hall_run(&hall, 5000);
    assert_int_equal(hall.group_len, 0);
    hall_reconnect(&hall, ANA);
    assert_true(hall_until(&hall, 10000, hall_all_secure));
}

/* ---- the policy ---- */

static void two_hosts_who_change_the_policy_at_once_both_get_their_way(void **state)
{
    (void)state;
    end(NULL);
    open_with(72, false, 2);
    set_policy(ANA, E2EE_LOCKED);
    set_policy(BEN, E2EE_WAITING_ROOM);
    hall_run(&hall, 5000);
    for (int i = ANA; i <= CHI; i++)
        assert_int_equal(hall_status(&hall, i).flags, E2EE_LOCKED | E2EE_WAITING_ROOM);
    set_policy(ANA, E2EE_WAITING_ROOM);
    hall_run(&hall, 1000);
    assert_int_equal(hall_status(&hall, CHI).flags, E2EE_WAITING_ROOM);
}

/* ---- who asks to come in ---- */

static uint32_t waiting(int who)
{
    struct e2ee_person p;
    uint32_t n = 0;
    for (uint32_t cursor = 0; e2ee_waiting_next(hall.person[who].e, &cursor, &p);)
        n++;
    return n;
}

static void who_knocked_and_left_is_not_shown_as_waiting(void **state)
{
    (void)state;
    end(NULL);
    open_with(73, true, 1);
    for (int i = 0; i < 40; i++) {
        int who = hall_join(&hall, "knocks", false);
        hall_run(&hall, 2000);
        assert_int_equal(waiting(ANA), 1);
        if (i % 2) { /* every other one is denied, too */
            struct e2ee_input deny = about(E2EE_IN_ADMIT, who);
            deny.flag = false;
            assert_int_equal(hall_tell(&hall, ANA, &deny), ERR_OK);
        }
        hall.person[who].used = hall.person[who].asks = hall.person[who].connected = false;
    }
    hall_join(&hall, "stays", false);
    hall_run(&hall, 2000);
    uint32_t used = 0;
    for (int i = 0; i < JOINS_MAX; i++)
        used += hall.person[ANA].e->joins[i].used;
    assert_int_equal(used, 1);
}

static uint32_t vanished;

static bool one_has_vanished(struct hall *h, int from, struct e2ee_effect *out)
{
    for (uint32_t k = 0; out->type == E2EE_OUT_COMMIT && k < out->n_joins; k++) {
        struct e2ee_input no = {.type = E2EE_IN_REPLY, .number = out->number};
        no.reason = E2EE_REPLY_NOT_FOUND;
        if (out->joins[k] != vanished)
            continue;
        hall_down(h, from, &no);
        return false;
    }
    return true;
}

static bool two_are_named(struct hall *h)
{
    uint32_t n = 0;
    for (int i = 0; i < JOINS_MAX; i++)
        n += h->person[ANA].e->joins[i].used;
    return n == 2;
}

static void somebody_who_vanished_keeps_nobody_out(void **state)
{
    (void)state;
    end(NULL); /* Ana alone: nobody else is asked */
    hall_open(&hall, &(struct hall_terms){.seed = 74});
    hall_join(&hall, "Ana", true);
    hall_run(&hall, 45000);
    hall.last_commit = hall.now;
    int dan = hall_join(&hall, "Dan", false), eve = hall_join(&hall, "Eve", false);
    vanished = hall.person[dan].member;
    hall.hooks.up = one_has_vanished;
    (void)hall_until(&hall, 3000, two_are_named);
    hall.person[dan].used = hall.person[dan].asks = hall.person[dan].connected = false;
    hall_run(&hall, 4000);
    assert_int_equal(hall_status(&hall, eve).phase, E2EE_SECURE);
}

/* ---- commits that lose to nobody ---- */

static uint32_t logs_asked;

static bool no_way_on(struct hall *h, int from, struct e2ee_effect *out)
{
    struct e2ee_input no = {.type = E2EE_IN_REPLY, .number = out->number};
    if (from != BEN || (out->type != E2EE_OUT_COMMIT && out->type != E2EE_OUT_LOG))
        return true;
    no.reason = out->type == E2EE_OUT_LOG ? E2EE_REPLY_NOT_FOUND : E2EE_REPLY_CONFLICT;
    hall_down(h, from, &no);
    if (out->type == E2EE_OUT_LOG) {
        logs_asked++;
        h->hooks.up = NULL;
    }
    return false;
}

static void who_loses_to_no_commit_asks_the_log_and_joins_anew(void **state)
{
    (void)state;
    logs_asked = 0;
    hall.hooks.up = no_way_on;
    uint32_t package = (uint32_t)hall.person[BEN].package_len;
    hall.person[BEN].package_len = 0;
    rename_to(BEN, "Benno");
    hall_run(&hall, 6000);
    assert_int_equal(logs_asked, 1);
    assert_int_equal(hall.person[BEN].package_len > 0, package > 0); /* a new one */
    assert_true(hall_until(&hall, 5000, hall_all_secure));
}

/* ---- a Welcome that does not open ---- */

static bool spoil;

static bool spoil_one(struct hall *h, int to, struct e2ee_input *in)
{
    static uint8_t bytes[65536];
    (void)h;
    (void)to;
    if (!spoil || in->type != E2EE_IN_GROUP_WELCOME)
        return true;
    spoil = false;
    memcpy(bytes, in->b.ptr, in->b.len);
    bytes[in->b.len / 2] ^= 1;
    in->b.ptr = bytes;
    return true;
}

static void a_welcome_that_does_not_open_costs_a_few_seconds(void **state)
{
    (void)state;
    spoil = true;
    hall.hooks.down = spoil_one;
    hall_join(&hall, "Dan", false);
    hall_run(&hall, 500);
    assert_false(spoil);
    assert_true(hall_until(&hall, 8000, hall_all_secure));
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(a_locked_group_made_anew_takes_all_who_were_in_and_nobody_else),
        FACT(a_locked_group_is_made_anew_by_a_host_alone),
        FACT(two_hosts_who_change_the_policy_at_once_both_get_their_way),
        FACT(who_knocked_and_left_is_not_shown_as_waiting),
        FACT(somebody_who_vanished_keeps_nobody_out),
        FACT(who_loses_to_no_commit_asks_the_log_and_joins_anew),
        FACT(a_welcome_that_does_not_open_costs_a_few_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
