/* Facts about av/timeline: one clock for streams that count in their own ticks. */
#include "av/cm.h"

#include "av/timeline.h"

enum { VIDEO = 90000, AUDIO = 48000 };

#define NOW INT64_C(1800000000000000) /* microseconds since 1970 */
#define NTP_UNIX UINT64_C(2208988800)

static uint64_t ntp_of(int64_t us)
{
    uint64_t s = (uint64_t)us / 1000000 + NTP_UNIX, rest = (uint64_t)us % 1000000;
    return s << 32 | (rest << 32) / 1000000;
}

static void before_a_report_the_first_arrival_stands(void **state)
{
    struct timeline_sender sender = {0};
    struct timeline t;
    (void)state;
    timeline_init(&t, &sender, VIDEO);
    assert_true(timeline_at(&t, 5000, NOW) == NOW);
    assert_true(timeline_at(&t, 5000 + 3000, NOW + 999999) == NOW + 33333);
}

static void reports_put_lips_and_voice_in_step(void **state)
{
    struct timeline_sender sender = {0};
    struct timeline video, audio;
    int64_t theirs = NOW - 3600 * INT64_C(1000000); /* their clock is an hour late */
    (void)state;
    timeline_init(&video, &sender, VIDEO);
    timeline_init(&audio, &sender, AUDIO);
    /* the same instant on both, arriving 400 ms apart */
    (void)timeline_at(&video, 1000, NOW);
    (void)timeline_at(&audio, 77, NOW + 400000);
    timeline_report(&video, ntp_of(theirs), 1000, NOW);
    timeline_report(&audio, ntp_of(theirs), 77, NOW + 400000);
    int64_t a = timeline_at(&video, 1000 + VIDEO, NOW + 1100000);
    int64_t b = timeline_at(&audio, 77 + AUDIO, NOW + 1500000);
    assert_in_range(a - NOW - 1000000 + 2, 0, 4);
    assert_in_range(a - b + 2, 0, 4);
}

static void a_clock_that_wraps_goes_on(void **state)
{
    struct timeline_sender sender = {0};
    struct timeline t;
    (void)state;
    timeline_init(&t, &sender, VIDEO);
    (void)timeline_at(&t, UINT32_MAX - 44999, NOW);
    assert_true(timeline_at(&t, 45000, NOW + 1) == NOW + 1000000);
    assert_true(timeline_at(&t, UINT32_MAX - 44999, NOW + 2) == NOW); /* late, not 13 hours ahead */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_a_report_the_first_arrival_stands),
        cmocka_unit_test(reports_put_lips_and_voice_in_step),
        cmocka_unit_test(a_clock_that_wraps_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
