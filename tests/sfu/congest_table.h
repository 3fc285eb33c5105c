/* The table of figures and bounds that congestion suites fill, and what they read out of a run.
 * CONGESTION_SEED moves all seeds, CONGESTION_TRACE prints each half second. owns: the rows. */
#ifndef TESTS_SFU_CONGEST_TABLE_H
#define TESTS_SFU_CONGEST_TABLE_H

#include "sfu/congest.h"

#include <stdio.h>

enum { ROWS = 96 };

struct row {
    const char *label, *what, *unit;
    double value, bound;
    bool at_most, good;
};

static struct row table[ROWS];
static int rows;

static inline void expect(struct row r)
{
    r.good = r.at_most ? r.value <= r.bound : r.value >= r.bound;
    assert_true(rows < ROWS);
    table[rows++] = r;
    if (!r.good)
        print_message("%s %s: %.2f %s, but %s %.2f\n", r.label, r.what, r.value, r.unit,
                      r.at_most ? "at most" : "at least", r.bound);
}

static inline void most(const char *label, const char *what, double value, double bound,
                        const char *unit)
{
    expect((struct row){label, what, unit, value, bound, .at_most = true});
}

static inline void least(const char *label, const char *what, double value, double bound,
                         const char *unit)
{
    expect((struct row){label, what, unit, value, bound, .at_most = false});
}

static inline int print_table(void **state)
{
    (void)state;
    printf("\n| case | what | figure | bound | |\n|---|---|---|---|---|\n");
    for (int i = 0; i < rows; i++)
        printf("| %s | %s | %.2f %s | %s %.2f | %s |\n", table[i].label, table[i].what,
               table[i].value, table[i].unit, table[i].at_most ? "<=" : ">=", table[i].bound,
               table[i].good ? "pass" : "FAIL");
    return 0;
}

static inline void trace(const struct sim *s, int seconds)
{
    if (!getenv("CONGESTION_TRACE"))
        return;
    for (int i = 0; i < seconds * 10; i += 5) {
        printf("%6.1f", i / 10.0);
        for (uint32_t f = 0; f < s->flows; f++) {
            uint64_t sum = 0;
            for (int k = i; k < i + 5; k++)
                sum += s->flow[f].slot_bytes[k];
            printf(" | E %5u in %5u L", s->flow[f].slot_rate[i] / 1000,
                   (unsigned)(sum * 16 / 1000));
            for (uint32_t c = 0; c < s->cameras; c++)
                printf("%2d", s->flow[f].view[c].slot_layer[i]);
        }
        printf("\n");
    }
}

static inline void finish(struct sim *s, int first_row, int seconds)
{
    bool good = true;
    trace(s, seconds);
    if (getenv("CONGESTION_TRACE"))
        for (uint32_t f = 0; f < s->flows; f++)
            printf("flow %u: frames %u freezes %u longest %d ms\n", f, s->flow[f].view[0].frames,
                   s->flow[f].view[0].freezes, (int)(s->flow[f].view[0].longest / 1000));
    sim_close(s);
    for (int i = first_row; i < rows; i++)
        good = good && table[i].good;
    assert_true(good);
}

static inline double mbps(const uint64_t *slots, int from_s, int to_s)
{
    return sim_mean(slots, from_s, to_s) / 1e6;
}

/* Share of the slots in which the layer was this one or higher. */
static inline double share_at(const struct sim_flow *f, int from_s, int to_s, int layer)
{
    int good = 0;
    for (int i = from_s * 10; i < to_s * 10; i++)
        good += f->view[0].slot_layer[i] >= layer;
    return good / (10.0 * (to_s - from_s));
}

/* Most over least of what flows got. */
static inline double unfairness(const struct sim *s, uint32_t first, uint32_t count, int from_s,
                                int to_s)
{
    double low = 1e18, high = 0;
    for (uint32_t f = first; f < first + count; f++) {
        double x = mbps(s->flow[f].slot_bytes, from_s, to_s);
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    return high / low;
}

static inline struct sim *open_case(uint64_t seed, uint64_t bps)
{
    const char *other = getenv("CONGESTION_SEED"); /* to see that no figure hangs on one seed */
    seed += other ? (uint64_t)strtoull(other, NULL, 10) : 0;
    struct sim *s = sim_open(seed);
    s->link[0] = sim_link(bps, 50 * US_PER_MS, seed);
    s->link[1] = sim_link(100000000, 50 * US_PER_MS, seed + 1);
    return s;
}

static inline void sim_until(struct sim *s, int second)
{
    sim_run(s, s->start + second * US_PER_S - s->w.now);
}

static inline void rate_at(struct sim *s, int second, uint64_t bps)
{
    sim_until(s, second);
    link_set_rate(&s->link[0], bps, s->w.now);
}

#endif
