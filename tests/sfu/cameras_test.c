/* RFC 8867 sections 5.1 to 5.9 as tests/network plays them with real packets: two cameras of two
 * layers and two microphones to each receiver, so that what does not fit is a choice between people
 * and not only between layers. A receiver takes 1.1 Mb/s at best, 0.75 with one of the two large
 * and 0.45 with both small. Ways, steps and bounds are those of tests/network/cases.mjs; virtual
 * time, seeded. */
#include "sfu/congest_table.h"

enum { SMALL_BPS = 155000, LARGE_BPS = 440000 };

static struct sim *open_cameras(uint64_t seed, uint64_t bps)
{
    static const uint32_t layers[SIM_LAYERS] = {SMALL_BPS, LARGE_BPS, 0};
    const char *other = getenv("CONGESTION_SEED");
    seed += other ? (uint64_t)strtoull(other, NULL, 10) : 0;
    struct sim *s = sim_open_cameras(seed, SIM_CAMERAS, layers);
    s->link[0] = sim_link(bps, 50 * US_PER_MS, seed);
    s->link[1] = sim_link(100000000, 50 * US_PER_MS, seed + 1);
    return s;
}

/* Waits are counted from here on. */
static void settled(struct sim *s, int second)
{
    sim_until(s, second);
    for (int i = 0; i < SIM_LINKS; i++)
        memset(s->link[i].waited, 0, sizeof s->link[i].waited);
}

/* Cameras that showed a picture of the large layer in this second. */
static uint32_t large_in(const struct sim_flow *f, int second)
{
    uint32_t n = 0;
    for (int c = 0; c < SIM_CAMERAS; c++) {
        bool large = false;
        for (int i = second * 10; i < second * 10 + 10; i++)
            large |= f->view[c].slot_layer[i] >= 1 && f->view[c].slot_frames[i] > 0;
        n += large;
    }
    return n;
}

static double share_large(const struct sim_flow *f, int from_s, int to_s, uint32_t cameras)
{
    int good = 0;
    for (int i = from_s; i < to_s; i++)
        good += large_in(f, i) >= cameras;
    return (double)good / (to_s - from_s);
}

static double large_after(const struct sim_flow *f, int from_s, int to_s, uint32_t cameras)
{
    for (int i = from_s; i < to_s; i++) {
        if (large_in(f, i) >= cameras)
            return i - from_s;
    }
    return 1e9;
}

static double used(const struct sim *s, int from_s, int to_s)
{
    double sum = 0;
    for (uint32_t f = 0; f < s->flows; f++)
        sum += mbps(s->flow[f].slot_bytes, from_s, to_s);
    return sum;
}

static double sent_below_after(const struct sim *s, int from_s, int to_s, uint32_t bps)
{
    static uint64_t all[SIM_SLOTS];
    for (int i = 0; i < SIM_SLOTS; i++) {
        all[i] = 0;
        for (uint32_t f = 0; f < s->flows; f++)
            all[i] += s->flow[f].slot_sent[i];
    }
    return sim_until_below(all, from_s, to_s, bps);
}

static double pictures(const struct sim_flow *f, int from_s, int to_s)
{
    double sum = 0;
    for (int c = 0; c < SIM_CAMERAS; c++) {
        for (int i = from_s * 10; i < to_s * 10; i++)
            sum += f->view[c].slot_frames[i];
    }
    return sum / SIM_CAMERAS / (to_s - from_s);
}

static double sound_lost(const struct sim_flow *f, int from_s, int to_s)
{
    double sum = 0;
    for (int c = 0; c < SIM_CAMERAS; c++) {
        for (int i = from_s * 10; i < to_s * 10; i++)
            sum += f->view[c].slot_sounds[i];
    }
    return 100 - 100 * sum / (SIM_CAMERAS * 50.0 * (to_s - from_s));
}

/* Every picture and sound came, as far as the way let them. Of the sound that a queue beside TCP
 * loses more is allowed here than there, where requests and redundancy bring it back. */
static void alive(const struct sim *s, const char *label, int from_s, int to_s)
{
    bool beside_tcp = s->tcp[0].first + s->tcp[0].end > 0;
    for (uint32_t f = 0; f < s->flows; f++) {
        least(label, "pictures a second", pictures(&s->flow[f], from_s, to_s), beside_tcp ? 11 : 12,
              "");
        most(label, "sound lost on the way", sound_lost(&s->flow[f], from_s, to_s),
             beside_tcp ? 5 : 2, "%");
    }
}

static void queue(const struct sim *s, const char *label, int link)
{
    most(label, "wait in the queue, p95", link_wait_ms(&s->link[link], 0.95), 150, "ms");
}

static void case_5_1(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(651, 1000000);
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    settled(s, 3);
    rate_at(s, 15, 2500000);
    rate_at(s, 27, 600000);
    rate_at(s, 38, 1000000);
    sim_until(s, 50);
    least("5.1", "1 Mb/s: one of two large, share of the time", share_large(f, 5, 15, 1), 0.8, "");
    most("5.1", "more room: two large after", large_after(f, 15, 27, 2), 10, "s");
    most("5.1", "to 0.6 Mb/s: sent below it after", sent_below_after(s, 27, 38, 600000), 1, "s");
    most("5.1", "more room: one large after", large_after(f, 38, 50, 1), 10, "s");
    queue(s, "5.1", 0);
    alive(s, "5.1", 3, 50);
    finish(s, first, 50);
}

static void case_5_2(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(652, 4000000);
    struct sim_flow *f[2];
    for (int i = 0; i < 2; i++)
        f[i] = sim_join(s, &s->link[0], &s->link[1]);
    settled(s, 3);
    rate_at(s, 11, 1600000);
    rate_at(s, 22, 3500000);
    rate_at(s, 33, 1200000);
    rate_at(s, 43, 2000000);
    sim_until(s, 54);
    least("5.2", "4 Mb/s: used", used(s, 4, 11), 2.0, "Mb/s");
    most("5.2", "to 1.6 Mb/s: sent below it after", sent_below_after(s, 11, 22, 1600000), 1, "s");
    least("5.2", "1.6 Mb/s: used", used(s, 14, 22), 1.1, "Mb/s");
    for (int i = 0; i < 2; i++)
        most("5.2", "more room: two large after", large_after(f[i], 22, 33, 2), 10, "s");
    most("5.2", "to 1.2 Mb/s: sent below it after", sent_below_after(s, 33, 43, 1200000), 1, "s");
    most("5.2", "1.2 Mb/s: more to less", unfairness(s, 0, 2, 35, 43), 3, "");
    queue(s, "5.2", 0);
    alive(s, "5.2", 3, 54);
    finish(s, first, 54);
}

static void case_5_3(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(653, 2000000);
    s->link[1] = sim_link(800000, 50 * US_PER_MS, s->seed + 2);
    s->load_link = &s->link[1];
    s->load_bps = 400000;
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    settled(s, 3);
    rate_at(s, 12, 800000);
    s->load_bps = 820000;
    rate_at(s, 24, 500000);
    s->load_bps = 400000;
    rate_at(s, 34, 2000000);
    sim_until(s, 46);
    least("5.3", "2 Mb/s: both large, share of the time", share_large(f, 5, 12, 2), 0.8, "");
    most("5.3", "to 0.8 Mb/s: sent below it after", sent_below_after(s, 12, 24, 800000), 1, "s");
    most("5.3", "to 0.5 Mb/s: sent below it after", sent_below_after(s, 24, 34, 500000), 1, "s");
    most("5.3", "more room: two large after", large_after(f, 34, 46, 2), 10, "s");
    queue(s, "5.3", 0);
    alive(s, "5.3", 3, 46);
    finish(s, first, 46);
}

static void case_5_4(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(654, 3000000);
    for (int i = 0; i < 3; i++) {
        sim_until(s, 10 * i);
        (void)sim_join(s, &s->link[0], &s->link[1]);
        if (i == 0)
            settled(s, 3);
    }
    sim_until(s, 46);
    least("5.4", "three use", used(s, 28, 46), 1.8, "Mb/s");
    most("5.4", "more to less", unfairness(s, 0, 3, 28, 46), 3, "");
    queue(s, "5.4", 0);
    alive(s, "5.4", 28, 46);
    finish(s, first, 46);
}

static void case_5_5(void **state)
{
    (void)state;
    static const int delay_ms[5] = {10, 25, 50, 100, 150};
    int first = rows;
    struct sim *s = open_cameras(655, 4000000);
    struct link back[5], before[5];
    s->link[0].delay = 0;
    for (int i = 0; i < 5; i++) {
        before[i] = sim_link(100000000, delay_ms[i] * US_PER_MS, s->seed + (uint64_t)(10 + i));
        back[i] = sim_link(100000000, delay_ms[i] * US_PER_MS, s->seed + (uint64_t)(20 + i));
        sim_until(s, 3 * i);
        struct sim_flow *f = sim_join(s, &before[i], &back[i]);
        f->down[1] = &s->link[0];
        f->hops = 2;
        if (i == 1)
            settled(s, 3);
    }
    sim_until(s, 48);
    least("5.5", "five use", used(s, 24, 48), 2.4, "Mb/s");
    most("5.5", "more to less", unfairness(s, 0, 5, 24, 48), 3, "");
    queue(s, "5.5", 0);
    alive(s, "5.5", 24, 48);
    finish(s, first, 48);
}

static void case_5_6(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(656, 2000000);
    (void)sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 5);
    sim_tcp_start(s, 0, &s->link[0], UINT32_MAX);
    sim_until(s, 42);
    least("5.6", "media gets", used(s, 10, 42), 0.3, "Mb/s");
    least("5.6", "TCP gets", mbps(s->tcp[0].slot_bytes, 10, 42), 0.5, "Mb/s");
    /* Both cameras stay: a fair part of the way is not given up to TCP (BWE_SHARE_BPS). */
    least("5.6", "pictures a second, both cameras", pictures(&s->flow[0], 10, 42), 25, "");
    alive(s, "5.6", 5, 42);
    finish(s, first, 42);
}

static void case_5_7(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(657, 2000000);
    (void)sim_join(s, &s->link[0], &s->link[1]);
    for (int second = 5; second < 36; second++) {
        sim_until(s, second);
        uint32_t i = (uint32_t)(second - 5) / 6 % 2;
        if ((second - 5) % 6 == 0 && !s->tcp[i].reno.active)
            sim_tcp_start(s, i, &s->link[0], 80 + (uint32_t)(link_random(&s->seed) * 720));
    }
    sim_until(s, 42);
    double tcp = mbps(s->tcp[0].slot_bytes, 8, 36) + mbps(s->tcp[1].slot_bytes, 8, 36);
    least("5.7", "media gets", used(s, 8, 36), 0.4, "Mb/s");
    least("5.7", "TCP gets", tcp, 0.4, "Mb/s");
    alive(s, "5.7", 5, 42);
    finish(s, first, 42);
}

static void case_5_8(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(658, 3000000);
    for (int i = 0; i < 3; i++)
        (void)sim_join(s, &s->link[0], &s->link[1]);
    settled(s, 3);
    sim_until(s, 24);
    sim_pause(s, &s->flow[0], true);
    sim_until(s, 36);
    sim_pause(s, &s->flow[0], false);
    sim_until(s, 46);
    double others = mbps(s->flow[1].slot_bytes, 27, 36) + mbps(s->flow[2].slot_bytes, 27, 36);
    least("5.8", "the others get meanwhile", others, 1.3, "Mb/s");
    most("5.8", "resumed: one large after", large_after(&s->flow[0], 36, 46, 1), 10, "s");
    queue(s, "5.8", 0);
    for (int i = 1; i < 3; i++)
        least("5.8", "pictures a second", pictures(&s->flow[i], 3, 44), 12, "");
    finish(s, first, 46);
}

static void case_5_9(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_cameras(659, 2000000);
    s->link[0].delay = 30 * US_PER_MS;
    s->link[2] = sim_link(2000000, 20 * US_PER_MS, s->seed + 3);
    struct sim_flow *both = sim_join(s, &s->link[0], &s->link[1]);
    both->down[1] = &s->link[2];
    both->hops = 2;
    (void)sim_join(s, &s->link[0], &s->link[1]);
    (void)sim_join(s, &s->link[2], &s->link[1]);
    settled(s, 3);
    sim_until(s, 40);
    double got = mbps(both->slot_bytes, 8, 40);
    least("5.9", "the one over both gets", got, 0.3, "Mb/s");
    least("5.9", "the first link is used", got + mbps(s->flow[1].slot_bytes, 8, 40), 1.2, "Mb/s");
    least("5.9", "the second link is used", got + mbps(s->flow[2].slot_bytes, 8, 40), 1.2, "Mb/s");
    queue(s, "5.9", 0);
    queue(s, "5.9", 2);
    alive(s, "5.9", 5, 40);
    finish(s, first, 40);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(case_5_1), FACT(case_5_2), FACT(case_5_3), FACT(case_5_4), FACT(case_5_5),
        FACT(case_5_6), FACT(case_5_7), FACT(case_5_8), FACT(case_5_9),
    };
    return cmocka_run_group_tests(facts, NULL, print_table);
}
