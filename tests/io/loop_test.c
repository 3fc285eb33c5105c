/* Facts about the event loop: who has a turn in which round. */
#include "io/loop.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fact.h"
#include "io/clock.h"

enum { WATCHES = 8 };

static struct loop loop;
static struct loop_watch watch[WATCHES];
static int turns[WATCHES], order[64], ordered;
static duration_us takes;
static int removes; /* the one that a callback removes, or -1 */

static void on_ready(void *context, unsigned events)
{
    const struct loop_watch *w = context;
    assert_int_equal(events, LOOP_READ);
    turns[w - watch]++;
    order[ordered++] = (int)(w - watch);
    for (instant_us until = clock_now() + takes; clock_now() < until;)
        continue;
    if (removes >= 0)
        loop_remove(&loop, &watch[removes]);
}

static void open_all(duration_us longest)
{
    assert_int_equal(loop_open(&loop), ERR_OK);
    loop.longest = longest;
    takes = 0;
    removes = -1;
    ordered = 0;
    for (int i = 0; i < WATCHES; i++) {
        watch[i] = (struct loop_watch){eventfd(1, 0), on_ready, &watch[i]};
        turns[i] = 0;
        assert_int_equal(loop_add(&loop, &watch[i], LOOP_READ), ERR_OK);
    }
}

static void close_all(void)
{
    for (int i = 0; i < WATCHES; i++)
        close(watch[i].fd);
    loop_close(&loop);
}

static void round_now(void)
{
    instant_us now = 0;
    assert_int_equal(loop_round(&loop, &now, clock_now()), ERR_OK);
    assert_int_equal(now, loop.woke);
    assert_true(clock_now() >= now);
}

static instant_us *clock_of_round;

static void moves_the_clock(void *context, unsigned events)
{
    (void)context, (void)events;
    *clock_of_round += US_PER_S;
}

static void a_callback_that_moves_the_clock_does_not_move_the_beginning(void **state)
{
    (void)state;
    instant_us now = 0;
    open_all(0);
    clock_of_round = &now;
    watch[0].ready = moves_the_clock;
    assert_int_equal(loop_round(&loop, &now, clock_now()), ERR_OK);
    assert_int_equal(now, loop.woke + US_PER_S);
    close_all();
}

static void all_that_is_ready_has_one_turn_a_round(void **state)
{
    (void)state;
    open_all(0);
    round_now();
    for (int i = 0; i < WATCHES; i++)
        assert_int_equal(turns[i], 1);
    close_all();
}

static void after_a_long_callback_the_others_come_first_in_the_next_round(void **state)
{
    (void)state;
    open_all(100);
    takes = 200;
    for (int round = 0; round < 2 * WATCHES; round++) {
        round_now();
        assert_int_equal(ordered, round + 1);
    }
    for (int i = 0; i < WATCHES; i++) /* nobody twice before all had one */
        assert_int_equal(turns[i], 2);
    close_all();
}

static void who_is_removed_while_waiting_has_no_turn(void **state)
{
    (void)state;
    open_all(100);
    takes = 200;
    round_now();
    removes = order[0] == 3 ? 4 : 3;
    for (int round = 0; round < WATCHES; round++)
        round_now();
    assert_int_equal(turns[removes], 0);
    close_all();
}

static void a_round_without_events_ends_at_its_deadline(void **state)
{
    (void)state;
    assert_int_equal(loop_open(&loop), ERR_OK);
    instant_us now, until = clock_now() + 2000;
    assert_int_equal(loop_round(&loop, &now, until), ERR_OK);
    assert_true(now >= until);
    loop_close(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(a_callback_that_moves_the_clock_does_not_move_the_beginning),
        FACT(all_that_is_ready_has_one_turn_a_round),
        FACT(after_a_long_callback_the_others_come_first_in_the_next_round),
        FACT(who_is_removed_while_waiting_has_no_turn),
        FACT(a_round_without_events_ends_at_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
