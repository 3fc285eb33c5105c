/* Facts about the impaired link's model. */
#include "netimp/shape.h"

#include "base/fact.h"

enum { MANY = 200000 };

static struct shape shaped(const char *text)
{
    struct shape s;
    struct shape_rule rule = {0};
    char why[SHAPE_WHY];
    assert_int_equal(shape_parse(&rule, text, why), ERR_OK);
    shape_init(&s, 7);
    shape_set(&s, &rule);
    return s;
}

static void an_unimpaired_link_gives_each_packet_at_once(void **state)
{
    (void)state;
    struct shape s = shaped("none");
    struct shape_fate f = shape_packet(&s, 1200, 5);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.at[0], 5);
}

static void delay_is_added_and_jitter_keeps_the_order(void **state)
{
    (void)state;
    struct shape s = shaped("delay=50ms,jitter=10ms");
    instant_us last = 0;
    double sum = 0;
    for (int i = 0; i < MANY; i++) {
        instant_us now = (instant_us)i * 20000;
        struct shape_fate f = shape_packet(&s, 1200, now);
        assert_true(f.at[0] >= now && f.at[0] >= last);
        sum += (double)(f.at[0] - now);
        last = f.at[0];
    }
    double mean = sum / MANY;
    assert_true(mean > 49000 && mean < 52000);
}

static void the_rate_spaces_packets_and_the_queue_is_bounded(void **state)
{
    (void)state;
    struct shape s = shaped("rate=1mbit,queue=100ms");
    int taken = 0;
    instant_us last = 0;
    for (int i = 0; i < 100; i++) {
        struct shape_fate f = shape_packet(&s, 1250, 0); /* 10 ms each at 1 Mb/s */
        if (f.count == 0)
            continue;
        taken++;
        assert_int_equal(f.at[0] - last, 10000);
        last = f.at[0];
    }
    assert_int_equal(taken, 11); /* one that starts at once and those that wait at most 100 ms */
    assert_int_equal(s.counts.overflowed, 89);
}

static void random_loss_has_its_share(void **state)
{
    (void)state;
    struct shape s = shaped("loss=10%");
    for (int i = 0; i < MANY; i++)
        (void)shape_packet(&s, 100, i);
    assert_in_range(s.counts.lost, MANY * 98 / 1000, MANY * 102 / 1000);
}

static void gilbert_loss_comes_in_stretches_of_the_asked_length(void **state)
{
    (void)state;
    struct shape s = shaped("gilbert=1%:25%");
    uint64_t stretches = 0, before = 0;
    bool losing = false;
    for (int i = 0; i < MANY; i++) {
        (void)shape_packet(&s, 100, i);
        bool lost = s.counts.lost > before;
        stretches += lost && !losing ? 1 : 0;
        losing = lost;
        before = s.counts.lost;
    }
    /* mean stretch 4 packets, share 1 / (1 + 25) */
    assert_in_range(s.counts.lost / stretches, 3, 4);
    assert_in_range(s.counts.lost, MANY * 35 / 1000, MANY * 42 / 1000);
}

static void reordered_and_duplicated_packets_are_counted(void **state)
{
    (void)state;
    struct shape s = shaped("delay=10ms,reorder=5%,duplicate=2%");
    instant_us last = 0;
    uint64_t late = 0;
    for (int i = 0; i < MANY; i++) {
        struct shape_fate f = shape_packet(&s, 100, i * 1000);
        late += f.at[0] < last ? 1 : 0;
        last = f.at[0];
    }
    assert_in_range(s.counts.reordered, MANY * 47 / 1000, MANY * 53 / 1000);
    assert_true(late > 0);
    assert_in_range(s.counts.duplicated, MANY * 18 / 1000, MANY * 22 / 1000);
}

static void the_same_seed_gives_the_same_fates(void **state)
{
    (void)state;
    const char *text = "delay=20ms,jitter=5ms,loss=3%,reorder=1%,duplicate=1%,rate=2mbit";
    struct shape a = shaped(text), b = shaped(text);
    for (int i = 0; i < 10000; i++) {
        struct shape_fate f = shape_packet(&a, 1000, i * 4000);
        struct shape_fate g = shape_packet(&b, 1000, i * 4000);
        assert_int_equal(f.count, g.count);
        assert_int_equal(f.at[0], g.at[0]);
    }
}

static void words_change_only_what_they_name(void **state)
{
    (void)state;
    struct shape_rule r = {0};
    char why[SHAPE_WHY];
    assert_int_equal(shape_parse(&r, "rate=2.5mbit,delay=30ms", why), ERR_OK);
    assert_int_equal(shape_parse(&r, "loss=1.5%", why), ERR_OK);
    assert_int_equal(r.rate_bps, 2500000);
    assert_int_equal(r.delay, 30000);
    assert_int_equal(r.loss_good, 15000);
    assert_int_equal(shape_parse(&r, "none", why), ERR_OK);
    assert_int_equal(r.rate_bps, 0);
}

static void bad_words_are_refused_and_change_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"rate",          "rate=",      "rate=-1mbit",
                                      "rate=1furlong", "loss=101%",  "delay=61s",
                                      "loss=5",        "gilbert=1%", "delay=nan",
                                      "rate=1mbit,,x", "=3",         "gilbert=1%:2%:3%",
                                      "jitter=5ms ",   "rate=inf"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct shape_rule r = {.delay = 3};
        char why[SHAPE_WHY] = "";
        assert_int_equal(shape_parse(&r, bad[i], why), ERR_CONFIG);
        assert_int_equal(r.delay, 3);
        assert_true(why[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(an_unimpaired_link_gives_each_packet_at_once),
        FACT(delay_is_added_and_jitter_keeps_the_order),
        FACT(the_rate_spaces_packets_and_the_queue_is_bounded),
        FACT(random_loss_has_its_share),
        FACT(gilbert_loss_comes_in_stretches_of_the_asked_length),
        FACT(reordered_and_duplicated_packets_are_counted),
        FACT(the_same_seed_gives_the_same_fates),
        FACT(words_change_only_what_they_name),
        FACT(bad_words_are_refused_and_change_nothing),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
