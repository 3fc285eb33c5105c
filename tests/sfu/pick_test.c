/* Facts about sfu/pick, the target over its whole domain against a naive statement of the rule. */
#include "base/fact.h"

#include "base/limit.h"
#include "sfu/pick.h"

/* The highest active layer at or below both caps; without one the lowest active at all. */
static int naive_target(unsigned active, int wanted, int ceiling)
{
    int cap = wanted < ceiling ? wanted : ceiling;
    for (int i = cap; i >= 0; i--) {
        if (active & (1u << i))
            return i;
    }
    for (int i = 0; i < LIMIT_TRACK_ENCODINGS; i++) {
        if (active & (1u << i))
            return i;
    }
    return PICK_NONE;
}

static void the_target_is_the_rule_for_every_input(void **state)
{
    (void)state;
    for (unsigned active = 0; active < 1u << LIMIT_TRACK_ENCODINGS; active++) {
        for (uint8_t wanted = 0; wanted < LIMIT_TRACK_ENCODINGS; wanted++) {
            for (uint8_t ceiling = 0; ceiling < LIMIT_TRACK_ENCODINGS; ceiling++) {
                struct pick p;
                pick_init(&p);
                p.wanted = wanted;
                p.ceiling = ceiling;
                (void)pick_target(&p, active);
                assert_int_equal(p.target, naive_target(active, wanted, ceiling));
            }
        }
    }
}

static void silence_of_all_layers_keeps_the_last_target(void **state)
{
    (void)state;
    struct pick p;
    pick_init(&p);
    assert_true(pick_target(&p, 7));
    assert_false(pick_target(&p, 0));
    assert_int_equal(p.target, 2);
}

static void two_seconds_of_loss_step_down_once(void **state)
{
    (void)state;
    struct pick p;
    pick_init(&p);
    p.current = 2;
    assert_false(pick_loss(&p, 100, 7, 0));
    assert_false(pick_loss(&p, 100, 7, 1900 * US_PER_MS));
    assert_true(pick_loss(&p, 100, 7, 2000 * US_PER_MS));
    assert_int_equal(p.ceiling, 1);
    assert_false(pick_loss(&p, 100, 7, 2100 * US_PER_MS));
    assert_true(pick_loss(&p, 100, 7, 4000 * US_PER_MS));
    assert_int_equal(p.ceiling, 0);
    assert_false(pick_loss(&p, 100, 7, 9000 * US_PER_MS)); /* nothing is below */
}

static void a_good_report_starts_the_two_seconds_again(void **state)
{
    (void)state;
    struct pick p;
    pick_init(&p);
    p.current = 2;
    (void)pick_loss(&p, 100, 7, 0);
    (void)pick_loss(&p, 10, 7, 1000 * US_PER_MS);
    assert_false(pick_loss(&p, 100, 7, 2500 * US_PER_MS));
    assert_int_equal(p.ceiling, LIMIT_TRACK_ENCODINGS - 1);
}

static void ten_calm_seconds_step_up_once(void **state)
{
    (void)state;
    struct pick p;
    pick_init(&p);
    p.ceiling = 0;
    assert_false(pick_loss(&p, 0, 7, 0));
    assert_false(pick_loss(&p, 0, 7, 9 * US_PER_S));
    assert_true(pick_loss(&p, 0, 7, 10 * US_PER_S));
    assert_int_equal(p.ceiling, 1);
    assert_false(pick_loss(&p, 12, 7, 15 * US_PER_S)); /* some loss: not calm */
    assert_false(pick_loss(&p, 0, 7, 21 * US_PER_S));
    assert_true(pick_loss(&p, 0, 7, 31 * US_PER_S));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_target_is_the_rule_for_every_input),
        FACT(silence_of_all_layers_keeps_the_last_target),
        FACT(two_seconds_of_loss_step_down_once),
        FACT(a_good_report_starts_the_two_seconds_again),
        FACT(ten_calm_seconds_step_up_once),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
