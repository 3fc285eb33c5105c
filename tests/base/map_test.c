/* Facts about base/map and base/pool, against naive models under random scripts with a printed
 * seed. */
#include "base/fact.h"

#include "base/map.h"
#include "base/pool.h"

static uint64_t random_state;

static uint64_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void map_agrees_with_an_array_under_random_scripts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        random_state = seed * 7919;
        struct map_cell cells[64];
        struct map m;
        uint64_t model[100] = {0};
        map_init(&m, cells, 64, seed);
        for (int step = 0; step < 5000; step++) {
            uint64_t key = random_next() % 100, value = 1 + random_next() % 1000, got = 0;
            bool known = model[key] != 0;
            switch (random_next() % 3) {
            case 0:
                if (map_put(&m, key, value))
                    model[key] = value;
                else
                    assert_int_equal(m.used, 48);
                break;
            case 1:
                if (map_remove(&m, key) != known)
                    fail_msg("seed %lu step %d", (unsigned long)seed, step);
                model[key] = 0;
                break;
            default:
                if (map_get(&m, key, &got) != known || (known && got != model[key]))
                    fail_msg("seed %lu step %d", (unsigned long)seed, step);
            }
        }
    }
}

static void pool_tells_a_stale_handle_from_a_live_one(void **state)
{
    (void)state;
    uint64_t items[2];
    struct pool_slot slots[2];
    struct pool p;
    struct handle a, b, c;
    pool_init(&p, items, sizeof items[0], slots, 2);
    assert_null(pool_get(&p, HANDLE_NULL));
    uint64_t *first = pool_take(&p, &a);
    assert_non_null(first);
    *first = 9;
    assert_non_null(pool_take(&p, &b));
    assert_null(pool_take(&p, &c));
    assert_ptr_equal(pool_get(&p, a), first);
    pool_give(&p, a);
    assert_null(pool_get(&p, a));
    uint64_t *again = pool_take(&p, &c);
    assert_ptr_equal(again, first);
    assert_int_equal(*again, 0);
    assert_null(pool_get(&p, a));
    assert_false(handle_equal(a, c));
    assert_true(handle_equal(handle_unpack(handle_pack(c)), c));
    assert_int_equal(p.taken, 2);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(map_agrees_with_an_array_under_random_scripts),
        FACT(pool_tells_a_stale_handle_from_a_live_one),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
