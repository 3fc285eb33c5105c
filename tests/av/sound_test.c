/* Facts about av/sound: tones that are made are the tones that are heard. */
#include "av/cm.h"

#include "av/sound.h"

static void a_tone_is_heard_as_what_it_is(void **state)
{
    static const unsigned pitch[] = {220, 440, 660, 880, 1100, 2400};
    int16_t samples[SOUND_EAR];
    (void)state;
    for (size_t i = 0; i < sizeof pitch / sizeof *pitch; i++) {
        struct tone t;
        tone_init(&t, pitch[i], 0.1);
        tone_fill(&t, samples, SOUND_EAR);
        assert_in_range(sound_tone(samples), pitch[i] - 10, pitch[i] + 10);
    }
}

static void a_tone_keeps_its_loudness_for_an_hour(void **state)
{
    int16_t samples[SOUND_EAR];
    struct tone t;
    (void)state;
    tone_init(&t, 440, 0.1);
    tone_fill(&t, samples, SOUND_EAR);
    uint8_t at_first = sound_level(samples, SOUND_EAR);
    for (int i = 0; i < 36000; i++)
        tone_fill(&t, samples, SOUND_EAR);
    assert_int_equal(sound_level(samples, SOUND_EAR), at_first);
    assert_int_equal(at_first, 23); /* a sine at a tenth: -20 dB, -3 dB for its form */
}

static void levels_are_those_of_rfc_6464(void **state)
{
    int16_t loud[SOUND_PIECE], faint[SOUND_PIECE], none[SOUND_PIECE] = {0};
    (void)state;
    for (size_t i = 0; i < SOUND_PIECE; i++) {
        loud[i] = i & 1 ? 32767 : -32768;
        faint[i] = i & 1 ? 1 : -1;
    }
    assert_int_equal(sound_level(loud, SOUND_PIECE), 0);
    assert_int_equal(sound_level(faint, SOUND_PIECE), 90);
    assert_int_equal(sound_level(none, SOUND_PIECE), SOUND_SILENT);
}

static void noise_and_silence_are_no_tone(void **state)
{
    int16_t samples[SOUND_EAR] = {0};
    uint32_t random = 1; /* seed */
    (void)state;
    assert_int_equal(sound_tone(samples), 0);
    for (size_t i = 0; i < SOUND_EAR; i++) {
        random = random * 1664525 + 1013904223;
        samples[i] = (int16_t)((int)(random >> 18) - 8192);
    }
    assert_int_equal(sound_tone(samples), 0);
}

static void the_louder_of_two_is_heard(void **state)
{
    int16_t a[SOUND_EAR], b[SOUND_EAR];
    struct tone one, two;
    (void)state;
    tone_init(&one, 440, 0.3);
    tone_init(&two, 880, 0.1);
    tone_fill(&one, a, SOUND_EAR);
    tone_fill(&two, b, SOUND_EAR);
    for (size_t i = 0; i < SOUND_EAR; i++)
        a[i] = (int16_t)(a[i] + b[i]);
    assert_in_range(sound_tone(a), 430, 450);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_is_heard_as_what_it_is),
        cmocka_unit_test(a_tone_keeps_its_loudness_for_an_hour),
        cmocka_unit_test(levels_are_those_of_rfc_6464),
        cmocka_unit_test(noise_and_silence_are_no_tone),
        cmocka_unit_test(the_louder_of_two_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
