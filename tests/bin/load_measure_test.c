/* The figures of the load generator: shares of times against a sorted list, traces against their
 * bit rate. */
#include "base/fact.h"

#include <stdlib.h>
#include <unistd.h>

#include "bin/load_measure.h"
#include "bin/load_trace.h"

enum { TIMES = 20000 };

static int by_size(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static int64_t drawn(uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(*random >> 33) >> (*random >> 60); /* all sizes from some us to minutes */
}

static void a_share_is_that_of_the_sorted_times_within_a_bucket(void **state)
{
    static struct measure_times fine;
    static struct measure_receiver coarse;
    static int64_t list[TIMES];
    uint64_t random = 42;
    (void)state;
    for (int i = 0; i < TIMES; i++) {
        list[i] = drawn(&random) % 200000000;
        measure_time(&fine, list[i]);
        measure_delay(&coarse, list[i]);
    }
    qsort(list, TIMES, sizeof *list, by_size);
    const unsigned shares[] = {1, 100, 500, 950, 990, 999, 1000};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        uint64_t exact = (uint64_t)list[((size_t)TIMES * shares[i] + 999) / 1000 - 1];
        uint64_t got = measure_share(&fine, shares[i]);
        uint64_t rough = measure_receiver_share(&coarse, shares[i]);
        assert_in_range(got, exact, exact + exact / 32 + 1);
        assert_in_range(rough, exact, exact + exact / 4 + 1);
    }
    assert_int_equal(fine.max_us, list[TIMES - 1]);
    assert_int_equal(fine.count, TIMES);
}

static void no_times_have_no_share(void **state)
{
    static struct measure_times none;
    static struct measure_receiver nobody;
    (void)state;
    assert_int_equal(measure_share(&none, 990), 0);
    assert_int_equal(measure_receiver_share(&nobody, 990), 0);
}

static void a_clock_that_went_back_counts_as_no_time(void **state)
{
    static struct measure_times t;
    (void)state;
    measure_time(&t, -5);
    assert_int_equal(t.count, 1);
    assert_int_equal(measure_share(&t, 1000), 0);
}

static void processor_time_grows_with_work(void **state)
{
    volatile uint64_t sum = 0;
    uint64_t before = measure_cpu_us(getpid());
    (void)state;
    while (measure_cpu_us(getpid()) < before + 50000)
        sum += before;
    assert_int_equal(measure_cpu_us(99999999), 0); /* no such process */
}

static void check_trace(const struct load_trace *t, uint8_t encoding, uint64_t bps)
{
    uint64_t bytes = 0;
    uint32_t last = 0, keys = 0;
    bool open = false;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct load_packet *p = &t->packets[i];
        assert_true(p->at_us >= last && p->at_us < LOAD_TRACE_US);
        last = p->at_us;
        if (p->encoding != encoding)
            continue;
        assert_int_equal(p->first, !open);
        open = !p->last;
        assert_in_range(p->bytes, LOAD_PACKET_MIN, LOAD_PACKET_BYTES);
        keys += p->first && p->keyframe ? 1 : 0;
        bytes += p->bytes;
    }
    assert_false(open);
    assert_int_equal(keys, 4); /* at 0, 3, 6 and 9 seconds */
    uint64_t got = bytes * 8 * 1000000 / LOAD_TRACE_US;
    assert_in_range(got, bps - bps / 50, bps + bps / 50);
}

static void a_trace_has_its_bit_rate_in_whole_frames(void **state)
{
    const struct load_video two[] = {{150000, 15}, {2500000, 30}};
    struct load_trace t;
    (void)state;
    assert_true(load_trace_video(&t, two, 2, 7));
    check_trace(&t, 0, 150000);
    check_trace(&t, 1, 2500000);
    load_trace_free(&t);
}

static void one_seed_gives_one_trace(void **state)
{
    const struct load_video v = {600000, 30};
    struct load_trace a, b, c;
    (void)state;
    assert_true(load_trace_video(&a, &v, 1, 7) && load_trace_video(&b, &v, 1, 7) &&
                load_trace_video(&c, &v, 1, 8));
    assert_int_equal(a.count, b.count);
    bool differs = a.count != c.count;
    for (uint32_t i = 0; i < a.count; i++) {
        assert_int_equal(a.packets[i].bytes, b.packets[i].bytes);
        differs = differs || a.packets[i].bytes != c.packets[i].bytes;
    }
    assert_true(differs);
    load_trace_free(&a);
    load_trace_free(&b);
    load_trace_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(a_share_is_that_of_the_sorted_times_within_a_bucket),
        FACT(no_times_have_no_share),
        FACT(a_clock_that_went_back_counts_as_no_time),
        FACT(processor_time_grows_with_work),
        FACT(a_trace_has_its_bit_rate_in_whole_frames),
        FACT(one_seed_gives_one_trace),
    };
    return cmocka_run_group_tests_name("bin/load_measure", tests, NULL, NULL);
}
