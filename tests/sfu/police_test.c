/* Facts about sfu/police: what one participant may publish. */
#include "sfu/police.h"

#include "base/fact.h"

static unsigned passed(struct police *p, const struct police_rule *r, unsigned rate, uint32_t bytes)
{
    unsigned n = 0;
    for (unsigned i = 0; i < 20 * rate; i++)
        n += police_pass(p, r, bytes, (instant_us)i * US_PER_S / rate) ? 1 : 0;
    return n; /* in 20 s */
}

static void a_microphone_at_its_best_passes_whole(void **state)
{
    (void)state;
    struct police p = {0};
    assert_int_equal(passed(&p, &police_audio, 200, 400), 4000); /* 640 kb/s */
}

static void a_camera_with_three_layers_and_a_screen_pass_whole(void **state)
{
    (void)state;
    struct police p = {0};
    assert_int_equal(passed(&p, &police_video, 1800, 1200), 36000); /* 17 Mb/s */
}

static void a_flood_of_packets_is_cut_to_the_rule_and_its_burst(void **state)
{
    (void)state;
    struct police p = {0};
    assert_in_range(passed(&p, &police_audio, 4000, 80), 6000, 6010); /* 20 s and 10 s of burst */
}

static void a_flood_of_bits_is_cut_to_the_rule_and_its_burst(void **state)
{
    (void)state;
    struct police p = {0};
    unsigned n = passed(&p, &police_video, 5208, 1200); /* 50 Mb/s for 20 s */
    assert_in_range(n, 45800, 45900);                   /* 20 Mb/s for 22 s */
}

static void silence_earns_the_burst_back(void **state)
{
    (void)state;
    struct police p = {0};
    for (int i = 0; i < 10000; i++)
        (void)police_pass(&p, &police_audio, 80, 0);
    assert_false(police_pass(&p, &police_audio, 80, 1000));
    assert_true(police_pass(&p, &police_audio, 80, US_PER_S));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(a_microphone_at_its_best_passes_whole),
        FACT(a_camera_with_three_layers_and_a_screen_pass_whole),
        FACT(a_flood_of_packets_is_cut_to_the_rule_and_its_burst),
        FACT(a_flood_of_bits_is_cut_to_the_rule_and_its_burst),
        FACT(silence_earns_the_burst_back),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
