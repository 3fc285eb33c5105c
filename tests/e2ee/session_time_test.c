/* Facts about lost connections and about servers that show people another story: who is cut off
 * stops, who is not goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/hall_inside.h"
#include "e2ee/session.h"

enum { ANA, BEN, CHI, DAN, EVE };

static struct hall hall;
static int victim, vouches;

static void open_with(int people, int hosts)
{
    hall_open(&hall, &(struct hall_terms){.seed = 61});
    for (int i = 0; i < people; i++) {
        hall_join(&hall, "somebody", i < hosts);
        hall_run(&hall, 1500);
    }
    hall_run(&hall, 45000); /* everybody has changed its keys */
    assert_true(hall_all_secure(&hall));
}

static int start(void **state)
{
    (void)state;
    open_with(5, 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hall_close(&hall);
    return 0;
}

static struct e2ee_input about(enum e2ee_input_type type, int who)
{
    struct e2ee_input in = {.type = type, .flag = true, .member = hall.person[who].member};
    in.a = span_of(hall.person[who].participant, E2EE_PARTICIPANT);
    return in;
}

static void is_stopped(int who, enum e2ee_why why)
{
    struct e2ee_status s = hall_status(&hall, who);
    struct sframe_key key;
    assert_int_equal(s.phase, E2EE_STOPPED);
    assert_int_equal(s.why, why);
    assert_int_not_equal(e2ee_media_key(hall.person[who].e, SFRAME_AUDIO, s.leaf, s.epoch, &key),
                         ERR_OK);
}

static void is_secure(int who)
{
    struct e2ee_status s = hall_status(&hall, who);
    if (s.phase != E2EE_SECURE)
        fail_msg("%d: phase %d, why %d", who, s.phase, s.why);
}

/* ---- a server that starts anew ---- */

/* It knows nobody but those who are back. */
static void comes_back(int who)
{
    hall_reconnect(&hall, who);
    for (int k = 0; k < hall.n_people; k++)
        if (k != who && hall.person[k].connected)
            hall_show(&hall, who, k);
}

static void server_restarts(void)
{
    for (int i = 0; i < hall.n_people; i++)
        hall_disconnect(&hall, i);
    for (int i = 0; i < hall.n_people; i++)
        hall.person[i].away = false;
}

static void after_a_restart_of_the_server_nobody_is_given_up_for_half_a_minute(void **state)
{
    (void)state;
    uint64_t commits = hall.commits;
    server_restarts();
    for (int i = ANA; i <= DAN; i++) {
        comes_back(i);
        hall_run(&hall, 4000);
        is_secure(ANA);
    }
    hall_run(&hall, 10000);
    for (int i = ANA; i <= DAN; i++)
        is_secure(i);
    assert_true(hall.commits == commits); /* Eve is not back after 26 s */
    hall_run(&hall, 8000);
    assert_true(hall.commits == commits + 1);
    for (int i = ANA; i <= DAN; i++) {
        is_secure(i);
        assert_int_equal(hall_status(&hall, i).count, 4);
    }
}

static void who_is_given_up_while_coming_back_joins_anew(void **state)
{
    (void)state;
    hall_disconnect(&hall, BEN);
    struct e2ee_input gone = about(E2EE_IN_GONE, BEN);
    for (int i = ANA; i <= EVE; i++)
        if (i != BEN)
            hall_down(&hall, i, &gone);
    hall.person[ANA].up_at = hall.now + 2500; /* its commit is that long under way */
    hall_run(&hall, 1800);
    assert_true(hall.person[ANA].e->flight.on);
    comes_back(BEN);
    uint64_t until = hall.now + 1500;
    while (hall_status(&hall, BEN).phase != E2EE_STOPPED && hall.now < until)
        hall_run(&hall, 10);
    is_stopped(BEN, E2EE_WHY_BEHIND); /* the removal has come, and is not the end */
    assert_true(hall_until(&hall, 8000, hall_all_secure));
    assert_int_equal(hall_status(&hall, ANA).count, 5);
}

/* ---- cut off ---- */

static bool no_group(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    return to != victim || (in->type != E2EE_IN_COMMIT && in->type != E2EE_IN_MESSAGE);
}

static void a_host_who_is_cut_off_from_all_stops(void **state)
{
    (void)state;
    victim = ANA;
    hall.hooks.down = no_group;
    hall_run(&hall, SILENT_MS + 1000);
    is_stopped(ANA, E2EE_WHY_SILENT);
    hall.hooks.down = NULL;
    hall_run(&hall, 5000);
    is_secure(ANA);
}

/* The victim hears nobody but one, and no commit; that one holds the old epoch with it. */
static bool only_one_vouches(struct hall *h, int to, struct e2ee_input *in)
{
    if (to != victim && to != vouches)
        return true;
    if (in->type == E2EE_IN_MESSAGE)
        return in->member == h->person[victim].member || in->member == h->person[vouches].member;
    return in->type == E2EE_IN_REPLY;
}

static void nobody_alone_can_vouch_for_an_epoch_that_the_others_left(void **state)
{
    (void)state;
    for (int hosts = 1; hosts <= 2; hosts++) { /* who vouches is a host, too, the second time */
        if (hosts == 2) {
            end(NULL);
            open_with(5, 2);
        }
        vouches = BEN;
        victim = CHI;
        hall.hooks.down = only_one_vouches;
        struct e2ee_input remove = about(E2EE_IN_REMOVE, BEN);
        assert_int_equal(hall_tell(&hall, ANA, &remove), ERR_OK);
        hall_run(&hall, SILENT_HALF_MS + 2000);
        is_stopped(CHI, E2EE_WHY_SILENT);
        is_secure(ANA);
    }
}

static void of_three_the_administrator_has_to_be_heard(void **state)
{
    (void)state;
    end(NULL);
    open_with(3, 1);
    vouches = BEN;
    victim = CHI;
    hall.hooks.down = only_one_vouches;
    struct e2ee_input remove = about(E2EE_IN_REMOVE, BEN);
    assert_int_equal(hall_tell(&hall, ANA, &remove), ERR_OK);
    hall_run(&hall, SILENT_ADMIN_MS + 2000);
    is_stopped(CHI, E2EE_WHY_SILENT);
}

/* A connection is found dead after 40 s, and its seat is kept for 30 s more. */
static void whoever_loses_the_connection_stops_nobody_else(void **state)
{
    (void)state;
    for (int who = ANA; who <= EVE; who++) {
        if (who > ANA) {
            end(NULL);
            start(NULL);
        }
        hall_disconnect(&hall, who);
        for (int s = 0; s < 72; s++) {
            hall_run(&hall, 1000);
            for (int i = ANA; i <= EVE; i++)
                if (i != who)
                    is_secure(i);
        }
        hall_leave(&hall, who);
        hall_run(&hall, 3000);
        for (int i = ANA; i <= EVE; i++)
            if (i != who)
                is_secure(i);
    }
}

static void others_beat_for_those_who_should_and_do_not(void **state)
{
    (void)state;
    bool ben = hall_status(&hall, BEN).leaf < hall_status(&hall, CHI).leaf;
    hall_disconnect(&hall, ANA);
    hall_disconnect(&hall, ben ? BEN : CHI);
    for (int s = 0; s < 60; s++) {
        hall_run(&hall, 1000);
        is_secure(ben ? CHI : BEN);
        is_secure(DAN);
        is_secure(EVE);
    }
}

/* ---- a removal that is held up ---- */

static void sending_stops_when_a_removal_is_not_in_effect_after_a_second(void **state)
{
    (void)state;
    hall.person[ANA].up_at = hall.now + 5000;
    struct e2ee_input remove = about(E2EE_IN_REMOVE, BEN);
    assert_int_equal(hall_tell(&hall, ANA, &remove), ERR_OK);
    hall_run(&hall, REMOVE_MS);
    is_secure(ANA);
    hall_run(&hall, 5);
    is_stopped(ANA, E2EE_WHY_BEHIND);
    assert_int_equal(hall_say(&hall, ANA, "to all but Ben", -1), ERR_STATE);
    hall_run(&hall, 4500);
    is_secure(ANA);
    assert_int_equal(hall_status(&hall, ANA).count, 4);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(after_a_restart_of_the_server_nobody_is_given_up_for_half_a_minute),
        FACT(who_is_given_up_while_coming_back_joins_anew),
        FACT(a_host_who_is_cut_off_from_all_stops),
        FACT(nobody_alone_can_vouch_for_an_epoch_that_the_others_left),
        FACT(of_three_the_administrator_has_to_be_heard),
        FACT(whoever_loses_the_connection_stops_nobody_else),
        FACT(others_beat_for_those_who_should_and_do_not),
        FACT(sending_stops_when_a_removal_is_not_in_effect_after_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
