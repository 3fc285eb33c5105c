/* Facts about tiles and layers. */
#include "base/fact.h"

#include "sfu/layer.h"

static struct layer_size three[3];

static uint8_t pick(uint16_t width, uint16_t height)
{
    for (int i = 0; i < 3; i++)
        three[i] = (struct layer_size){0, 0};
    layer_fill(three, 3);
    return layer_for(three, 3, (struct layer_size){width, height});
}

static void the_lowest_layer_that_covers_the_tile_is_taken(void **state)
{
    (void)state;
    assert_int_equal(pick(1, 1), 0);
    assert_int_equal(pick(320, 180), 0);
    assert_int_equal(pick(640, 360), 1);
    assert_int_equal(pick(1280, 720), 2);
}

static void an_eighth_too_small_is_not_seen(void **state)
{
    (void)state;
    assert_int_equal(pick(365, 200), 0);
    assert_int_equal(pick(366, 200), 1);
    assert_int_equal(pick(300, 206), 1);
}

static void both_sides_count(void **state)
{
    (void)state;
    assert_int_equal(pick(200, 500), 2);
    assert_int_equal(pick(700, 100), 1);
}

static void a_tile_larger_than_all_gets_the_highest(void **state)
{
    (void)state;
    assert_int_equal(pick(8192, 8192), 2);
}

static void a_tile_without_a_size_gets_the_highest(void **state)
{
    (void)state;
    assert_int_equal(pick(0, 0), 2);
    assert_int_equal(pick(100, 0), 2);
}

static void said_sizes_are_kept_and_the_others_halve(void **state)
{
    (void)state;
    struct layer_size two[2] = {{0, 0}, {1920, 1080}};
    layer_fill(two, 2);
    assert_int_equal(two[0].width, 960);
    assert_int_equal(two[0].height, 540);
    assert_int_equal(two[1].width, 1920);
    struct layer_size upright[2] = {{90, 160}, {360, 640}};
    layer_fill(upright, 2);
    assert_int_equal(upright[0].height, 160);
    assert_int_equal(layer_for(upright, 2, (struct layer_size){100, 180}), 0);
}

static void one_layer_is_the_full_one(void **state)
{
    (void)state;
    struct layer_size one = {0, 0};
    layer_fill(&one, 1);
    assert_int_equal(one.height, 720);
    assert_int_equal(layer_for(&one, 1, (struct layer_size){10, 10}), 0);
    assert_int_equal(layer_for(&one, 0, (struct layer_size){10, 10}), 0);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_lowest_layer_that_covers_the_tile_is_taken),
        FACT(an_eighth_too_small_is_not_seen),
        FACT(both_sides_count),
        FACT(a_tile_larger_than_all_gets_the_highest),
        FACT(a_tile_without_a_size_gets_the_highest),
        FACT(said_sizes_are_kept_and_the_others_halve),
        FACT(one_layer_is_the_full_one),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
