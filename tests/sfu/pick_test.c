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
            for (int8_t ceiling = 0; ceiling < LIMIT_TRACK_ENCODINGS; ceiling++) {
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
    p.ceiling = 2;
    assert_true(pick_target(&p, 7));
    assert_false(pick_target(&p, 0));
    assert_int_equal(p.target, 2);
}

static void what_does_not_fit_at_all_is_not_sent_and_starts_anew(void **state)
{
    (void)state;
    struct pick p;
    pick_init(&p);
    p.ceiling = 2;
    assert_true(pick_target(&p, 7));
    p.current = p.target;
    p.ceiling = PICK_NONE;
    assert_true(pick_target(&p, 7));
    assert_int_equal(p.current, PICK_NONE);
    assert_false(pick_waiting(&p));
    p.ceiling = 0;
    assert_true(pick_target(&p, 7));
    assert_int_equal(p.target, 0);
    assert_true(pick_waiting(&p)); /* for a key frame */
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_target_is_the_rule_for_every_input),
        FACT(silence_of_all_layers_keeps_the_last_target),
        FACT(what_does_not_fit_at_all_is_not_sent_and_starts_anew),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
