/* RFC 8867 sections 5.1 to 5.9, adapted to a selective forwarder: the flows are what the core sends
 * to receivers, its means are three layers of fixed rates, so "utilisation" is against the highest
 * layer that fits. Each case fills rows of a table that is printed at the end; a row is a figure, a
 * bound, and whether it holds. Virtual time, seeded. */
#include "sfu/congest_table.h"

/* The drop is to a quarter: within a second what leaves the core, repairs included, fits again. */
static void case_5_1_variable_capacity_with_one_flow(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(51, 1000000);
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    rate_at(s, 40, 2500000);
    rate_at(s, 60, 600000);
    rate_at(s, 80, 1000000);
    sim_until(s, 100);
    most("5.1", "start: the fitting layer after", sim_until_layer(f, 0, 40, 1, false), 1, "s");
    least("5.1", "1 Mb/s: time at the fitting layer", share_at(f, 5, 40, 1), 0.99, "");
    most("5.1", "0.6 to 2.5 times: the top layer after", sim_until_layer(f, 40, 60, 2, false), 5,
         "s");
    most("5.1", "to 0.6 Mb/s: sent below it after", sim_until_below(f->slot_sent, 60, 80, 600000),
         1, "s");
    most("5.1", "back to 1 Mb/s: the fitting layer after", sim_until_layer(f, 80, 100, 1, false), 5,
         "s");
    most("5.1", "wait in the queue, p95", link_wait_ms(&s->link[0], 0.95), 50, "ms");
    finish(s, first, 100);
}

static void case_5_2_variable_capacity_with_two_flows(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(52, 4000000);
    (void)sim_join(s, &s->link[0], &s->link[1]);
    (void)sim_join(s, &s->link[0], &s->link[1]);
    rate_at(s, 25, 2000000);
    rate_at(s, 50, 3500000);
    rate_at(s, 75, 1000000);
    rate_at(s, 100, 2000000);
    sim_until(s, 125);
    least("5.2", "4 Mb/s: used",
          mbps(s->flow[0].slot_bytes, 10, 25) + mbps(s->flow[1].slot_bytes, 10, 25), 2.0, "Mb/s");
    least("5.2", "2 Mb/s: used",
          mbps(s->flow[0].slot_bytes, 30, 50) + mbps(s->flow[1].slot_bytes, 30, 50), 1.0, "Mb/s");
    most("5.2", "1 Mb/s: more to less", unfairness(s, 0, 2, 80, 100), 3, "");
    for (uint32_t i = 0; i < 2; i++) {
        least("5.2", "1 Mb/s: a flow gets", mbps(s->flow[i].slot_bytes, 80, 100), 0.15, "Mb/s");
        least("5.2", "2 Mb/s again: middle layer or more", share_at(&s->flow[i], 110, 125, 1), 0.9,
              "");
    }
    most("5.2", "wait in the queue, p95", link_wait_ms(&s->link[0], 0.95), 150, "ms");
    finish(s, first, 125);
}

/* The feedback shares a way that is full of other traffic most of the time. */
static void case_5_3_congested_feedback(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(53, 2000000);
    s->link[1] = sim_link(800000, 50 * US_PER_MS, 54);
    s->load_link = &s->link[1];
    s->load_bps = 400000;
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    rate_at(s, 20, 1000000);
    s->load_bps = 820000; /* more than fits: feedback waits 300 ms, and some is lost */
    rate_at(s, 40, 500000);
    s->load_bps = 400000;
    rate_at(s, 60, 2000000);
    sim_until(s, 100);
    least("5.3", "2 Mb/s: time at the top layer", share_at(f, 6, 20, 2), 0.9, "");
    least("5.3", "full way back: middle layer or more", share_at(f, 24, 40, 1), 0.95, "");
    most("5.3", "to 0.5 Mb/s: sent below it after", sim_until_below(f->slot_sent, 40, 60, 500000),
         1, "s");
    most("5.3", "back to 2 Mb/s: the top layer after", sim_until_layer(f, 60, 100, 2, false), 10,
         "s");
    most("5.3", "wait in the queue, p95", link_wait_ms(&s->link[0], 0.95), 50, "ms");
    finish(s, first, 100);
}

static void case_5_4_competing_media_flows(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(54, 3500000);
    for (int i = 0; i < 3; i++) {
        (void)sim_join(s, &s->link[0], &s->link[1]);
        sim_until(s, 20 * (i + 1));
    }
    sim_until(s, 120);
    least("5.4", "used by three",
          mbps(s->flow[0].slot_bytes, 60, 120) + mbps(s->flow[1].slot_bytes, 60, 120) +
              mbps(s->flow[2].slot_bytes, 60, 120),
          1.7, "Mb/s");
    for (uint32_t i = 0; i < 3; i++)
        least("5.4", "a flow: middle layer or more", share_at(&s->flow[i], 70, 120, 1), 0.5, "");
    most("5.4", "wait in the queue, p95", link_wait_ms(&s->link[0], 0.95), 150, "ms");
    finish(s, first, 120);
}

static void case_5_5_round_trip_time_fairness(void **state)
{
    (void)state;
    static const int delay_ms[5] = {10, 25, 50, 100, 150};
    int first = rows;
    struct sim *s = open_case(55, 4000000);
    struct link back[5], before[5];
    s->link[0].delay = 0;
    for (int i = 0; i < 5; i++) {
        before[i] = sim_link(100000000, delay_ms[i] * US_PER_MS, (uint64_t)(60 + i));
        back[i] = sim_link(100000000, delay_ms[i] * US_PER_MS, (uint64_t)(70 + i));
        struct sim_flow *f = sim_join(s, &before[i], &back[i]);
        f->down[1] = &s->link[0];
        f->hops = 2;
        sim_until(s, 10 * (i + 1));
    }
    sim_until(s, 140);
    double all = 0;
    for (uint32_t i = 0; i < 5; i++) {
        all += mbps(s->flow[i].slot_bytes, 60, 140);
        least("5.5", "a flow: lowest layer or more", share_at(&s->flow[i], 60, 140, 0), 0.95, "");
        least("5.5", "a flow: middle layer or more", share_at(&s->flow[i], 60, 140, 1), 0.3, "");
    }
    least("5.5", "used by five", all, 2.6, "Mb/s");
    most("5.5", "most to least", unfairness(s, 0, 5, 60, 140), 3, "");
    most("5.5", "wait in the queue, p95", link_wait_ms(&s->link[0], 0.95), 150, "ms");
    finish(s, first, 140);
}

static void case_5_6_beside_a_long_tcp_flow(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(56, 2000000);
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 5);
    sim_tcp_start(s, 0, &s->link[0], UINT32_MAX);
    sim_until(s, 125);
    least("5.6", "media is never below", mbps(f->slot_bytes, 10, 125), 0.19, "Mb/s");
    least("5.6", "audio arrives",
          (double)f->view[0].audio_got / (f->view[0].audio_last - f->view[0].audio_first + 1.0),
          0.98, "");
    least("5.6", "pictures a second", f->view[0].frames / 125.0, 27, "");
    least("5.6", "TCP gets", mbps(s->tcp[0].slot_bytes, 10, 125), 0.5, "Mb/s");
    finish(s, first, 125);
}

static void case_5_7_beside_short_tcp_flows(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(57, 2000000);
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 5);
    for (int second = 5; second < 125; second++) {
        uint32_t i = (uint32_t)second / 10 % 2;
        if (second % 10 == 0 && !s->tcp[i].reno.active) {
            uint32_t packets = 80 + (uint32_t)(link_random(&s->seed) * 720); /* 0.1 to 1 MB */
            sim_tcp_start(s, i, &s->link[0], packets);
        }
        sim_until(s, second + 1);
    }
    least("5.7", "media gets", mbps(f->slot_bytes, 10, 125), 0.5, "Mb/s");
    least("5.7", "middle layer or more", share_at(f, 10, 125, 1), 0.6, "");
    least("5.7", "audio arrives",
          (double)f->view[0].audio_got / (f->view[0].audio_last - f->view[0].audio_first + 1.0),
          0.97, "");
    least("5.7", "pictures a second", f->view[0].frames / 125.0, 24, "");
    finish(s, first, 125);
}

static void case_5_8_a_flow_pauses_and_resumes(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(58, 3500000);
    for (int i = 0; i < 3; i++)
        (void)sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 40);
    sim_pause(s, &s->flow[0], true);
    sim_until(s, 60);
    sim_pause(s, &s->flow[0], false);
    sim_until(s, 120);
    least("5.8", "paused: the others get",
          mbps(s->flow[1].slot_bytes, 48, 60) + mbps(s->flow[2].slot_bytes, 48, 60), 1.3, "Mb/s");
    most("5.8", "resumed: a picture after", sim_until_layer(&s->flow[0], 60, 80, 0, false), 1, "s");
    most("5.8", "resumed: the middle layer after", sim_until_layer(&s->flow[0], 60, 120, 1, false),
         10, "s");
    for (uint32_t i = 0; i < 3; i++)
        least("5.8", "a flow: middle layer or more", share_at(&s->flow[i], 70, 120, 1), 0.5, "");
    most("5.8", "wait in the queue, p95", link_wait_ms(&s->link[0], 0.95), 150, "ms");
    finish(s, first, 120);
}

/* The first flow crosses both links, the others one each. */
static void case_5_9_two_bottlenecks(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(59, 2000000);
    s->link[2] = sim_link(2000000, 20 * US_PER_MS, 61);
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    f->down[1] = &s->link[2];
    f->hops = 2;
    (void)sim_join(s, &s->link[0], &s->link[1]);
    (void)sim_join(s, &s->link[2], &s->link[1]);
    sim_until(s, 120);
    least("5.9", "the one over both: lowest layer or more", share_at(f, 5, 120, 0), 0.99, "");
    least("5.9", "it gets", mbps(f->slot_bytes, 20, 120), 0.5, "Mb/s");
    for (uint32_t i = 1; i < 3; i++)
        least("5.9", "the ones over one: middle or more", share_at(&s->flow[i], 20, 120, 1), 0.8,
              "");
    most("5.9", "wait in the first queue, p95", link_wait_ms(&s->link[0], 0.95), 50, "ms");
    most("5.9", "wait in the second queue, p95", link_wait_ms(&s->link[2], 0.95), 50, "ms");
    finish(s, first, 120);
}

static void loss_of(double loss, const char *label, uint32_t freezes, double pictures)
{
    int first = rows;
    struct sim *s = open_case((uint64_t)(loss * 100), 4000000);
    s->link[0].delay = s->link[1].delay = 20 * US_PER_MS;
    s->link[0].loss_good = loss;
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 5);
    f->view[0].freezes = f->view[0].frames = 0;
    sim_until(s, 65);
    least(label, "top layer", share_at(f, 10, 65, 2), 0.9, "");
    most(label, "longer than 200 ms without a picture", f->view[0].freezes, freezes,
         "times a minute");
    least(label, "pictures a second", f->view[0].frames / 60.0, pictures, "");
    finish(s, first, 65);
}

static void ten_percent_of_random_loss_costs_no_layer_and_freezes_nothing(void **state)
{
    (void)state;
    loss_of(0.10, "10 % loss", 0, 29);
}

static void thirty_percent_of_random_loss_costs_no_layer(void **state)
{
    (void)state;
    loss_of(0.30, "30 % loss", 10, 29);
}

/* Loss that begins later is told from congestion too. */
static void loss_that_begins_is_tried_and_found_to_be_chance(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(62, 4000000);
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 15);
    s->link[0].loss_good = 0.3;
    sim_until(s, 60);
    least("loss begins", "top layer", share_at(f, 25, 60, 2), 0.9, "");
    finish(s, first, 60);
}

/* Nothing comes through, there or back, for so long. */
static void outage(struct sim *s, int second, duration_us time)
{
    sim_until(s, second);
    double good[2], bad[2];
    for (int i = 0; i < 2; i++) {
        good[i] = s->link[i].loss_good;
        bad[i] = s->link[i].loss_bad;
        s->link[i].loss_good = s->link[i].loss_bad = 1;
    }
    sim_run(s, time);
    for (int i = 0; i < 2; i++) {
        s->link[i].loss_good = good[i];
        s->link[i].loss_bad = bad[i];
    }
}

static void open_radio(struct sim *s)
{
    s->link[1].rate_bps = 1000000;
    for (int i = 0; i < 2; i++) {
        struct link *l = &s->link[i];
        l->queue_us = 400 * US_PER_MS;
        l->delay = 25 * US_PER_MS;
        l->jitter = 30 * US_PER_MS;
        l->to_bad = 0.005;
        l->to_good = 0.25;
        l->loss_good = 0.001;
        l->loss_bad = 0.4;
    }
}

/* Jitter, bursts of loss and outages, as tests/network has them with real packets. What the way
 * takes stays far above the lowest layer, so the estimate does too. */
static void a_phone_keeps_its_picture_through_outages(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(1565, 3000000);
    open_radio(s);
    s->camera[0].layer_bps[0] = 250000;
    s->camera[0].layer_bps[1] = 650000;
    s->camera[0].layer_bps[2] = 1000000;
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 4);
    f->view[0].longest = 0;
    rate_at(s, 10, 1500000);
    outage(s, 15, 300 * US_PER_MS);
    rate_at(s, 18, 800000);
    rate_at(s, 27, 2000000);
    outage(s, 33, 600 * US_PER_MS);
    rate_at(s, 39, 3000000);
    sim_until(s, 50);
    rate_bps low = UINT32_MAX;
    for (int i = 40; i < 500; i++)
        low = f->slot_rate[i] < low ? f->slot_rate[i] : low;
    least("phone", "estimate", low / 1e6, 0.3, "Mb/s");
    least("phone", "1.5 Mb/s and more: middle layer or more", share_at(f, 4, 18, 1), 0.8, "");
    most("phone", "longest time without a picture", (double)f->view[0].longest / 1000, 1200, "ms");
    finish(s, first, 50);
}

/* A policer: no queue at all, what is too much is lost. */
static void a_way_without_a_queue_is_told_by_its_loss(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(63, 1000000);
    s->link[0].queue_us = 40 * US_PER_MS;
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 60);
    least("no queue", "middle layer or more", share_at(f, 10, 60, 1), 0.8, "");
    most("no queue", "top layer", share_at(f, 10, 60, 2), 0.1, "");
    most("no queue", "lost",
         (double)s->link[0].dropped / (double)(s->link[0].packets + s->link[0].dropped), 0.05, "");
    finish(s, first, 60);
}

static void a_lossy_publisher_lowers_nothing_for_its_receivers(void **state)
{
    (void)state;
    int first = rows;
    struct sim *s = open_case(64, 4000000);
    s->publisher_loss = 0.2;
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    sim_until(s, 30);
    least("lossy publisher", "estimate", f->slot_rate[290] / 1e6, 1.8, "Mb/s");
    least("lossy publisher", "top layer", f->view[0].slot_layer[290], 2, "");
    finish(s, first, 30);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(case_5_1_variable_capacity_with_one_flow),
        FACT(case_5_2_variable_capacity_with_two_flows),
        FACT(case_5_3_congested_feedback),
        FACT(case_5_4_competing_media_flows),
        FACT(case_5_5_round_trip_time_fairness),
        FACT(case_5_6_beside_a_long_tcp_flow),
        FACT(case_5_7_beside_short_tcp_flows),
        FACT(case_5_8_a_flow_pauses_and_resumes),
        FACT(case_5_9_two_bottlenecks),
        FACT(ten_percent_of_random_loss_costs_no_layer_and_freezes_nothing),
        FACT(thirty_percent_of_random_loss_costs_no_layer),
        FACT(loss_that_begins_is_tried_and_found_to_be_chance),
        FACT(a_phone_keeps_its_picture_through_outages),
        FACT(a_way_without_a_queue_is_told_by_its_loss),
        FACT(a_lossy_publisher_lowers_nothing_for_its_receivers),
    };
    return cmocka_run_group_tests(facts, NULL, print_table);
}
