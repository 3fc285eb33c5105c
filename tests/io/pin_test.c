/* Facts about io/pin on whatever cores this machine gives. */
#include "base/fact.h"

#include <sched.h>

#include "io/pin.h"

static cpu_set_t all;

static int remember(void **state)
{
    (void)state;
    return sched_getaffinity(0, sizeof all, &all);
}

static int restore(void **state)
{
    (void)state;
    return sched_setaffinity(0, sizeof all, &all);
}

/* The only core that is left to this process. */
static size_t only_core(void)
{
    cpu_set_t now;
    size_t found = 0;
    assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
    assert_int_equal(CPU_COUNT(&now), 1);
    while (!CPU_ISSET(found, &now))
        found++;
    return found;
}

static void each_index_gets_a_core_of_its_own_until_they_are_used_up(void **state)
{
    (void)state;
    uint32_t cores = (uint32_t)CPU_COUNT(&all);
    size_t first = 0;
    for (uint32_t i = 0; i <= cores; i++) {
        assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
        assert_int_equal(pin_to_core(i), ERR_OK);
        size_t core = only_core();
        assert_true(CPU_ISSET(core, &all));
        if (i == 0)
            first = core;
        else if (i < cores)
            assert_true(core != first);
        else
            assert_int_equal(core, first);
    }
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test_setup_teardown(each_index_gets_a_core_of_its_own_until_they_are_used_up,
                                        remember, restore),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
