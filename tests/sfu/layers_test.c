/* Facts about simulcast: which layer a receiver gets, when it changes, and that the outgoing stream
 * looks like one stream all the while. */
#include "sfu/world.h"

enum { TRACK = 3, LAYERS = 3 };

static struct world w;
static struct client *alice, *bob;
static uint16_t seq[LAYERS], picture[LAYERS];
static const char *const rids[LAYERS] = {"q", "h", "f"};
static const uint32_t ssrcs[LAYERS] = {0xa0, 0xa1, 0xa2};
static uint32_t ts_base[LAYERS];
static size_t mark_len; /* bytes after the descriptor, 0: few */

static int set_up(void **state)
{
    (void)state;
    mark_len = 0;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    struct ipc_message m = track_message(alice, TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.encodings = LAYERS;
    for (int i = 0; i < LAYERS; i++) {
        m.as.TRACK_OPEN.encoding[i].rid[0] = rids[i][0];
        seq[i] = (uint16_t)(65530 + i * 3); /* each wraps early */
        picture[i] = (uint16_t)(0x7ff0 + i * 5);
        ts_base[i] = 1000000u * (uint32_t)(i + 1);
    }
    assert_int_equal(world_command(&w, &m), ERR_OK);
    client_subscribe(&w, bob, TRACK, 50, IPC_VIDEO);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static uint32_t clock_ts(int layer)
{
    return ts_base[layer] + (uint32_t)((w.now - 1000 * US_PER_S) * 90 / 1000);
}

static void frame(int layer, bool key)
{
    uint8_t buf[1200] = {0};
    struct span payload = vp8_payload(buf, key, picture[layer]++ & 0x7fff, (uint8_t)layer);
    payload.len += mark_len * (size_t)(layer + 1) / 3;
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = ssrcs[layer],
                                .ts = clock_ts(layer),
                                .seq = seq[layer]++,
                                .pt = VP8_PT,
                                .marker = true,
                                .mid = "3",
                                .rid = rids[layer],
                                .payload = payload});
}

/* A publisher that runs for a while, and answers each request with a key frame of that layer. */
static void publish(unsigned layers, duration_us time)
{
    static uint32_t answered;
    for (instant_us end = w.now + time; w.now < end;) {
        for (int i = 0; i < LAYERS; i++) {
            if (!(layers >> i & 1))
                continue;
            bool asked = alice->pli != answered && alice->pli_ssrc == ssrcs[i];
            if (asked)
                answered = alice->pli;
            frame(i, asked);
        }
        world_advance(&w, 33 * US_PER_MS);
    }
}

/* Every packet that bob got continues the one before. */
static void assert_unbroken(void)
{
    assert_true(bob->got_count > 1);
    for (uint32_t i = 1; i < bob->got_count; i++) {
        const struct got *a = &bob->got[i - 1], *b = &bob->got[i];
        if ((uint16_t)(b->seq - a->seq) != 1 ||
            ((b->vp8.picture_id - a->vp8.picture_id) & 0x7fff) != 1 ||
            (uint8_t)(b->vp8.tl0 - a->vp8.tl0) != 1 || (int32_t)(b->ts - a->ts) <= 0 ||
            b->ssrc != a->ssrc)
            fail_msg("packet %u breaks the stream", i);
        if (b->first[15] != a->first[15] && !b->vp8.keyframe)
            fail_msg("packet %u switches without a key frame", i);
    }
}

static uint8_t layer_now(void)
{
    return bob->got[bob->got_count - 1].first[15];
}

static void set_layer(uint8_t layer)
{
    struct ipc_message m = {
        .type = IPC_SUBSCRIPTION_SET,
        .as.SUBSCRIPTION_SET = {.subscription = 50, .paused = 0, .layer = layer}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
}

static void ssrcs_are_learnt_from_mid_and_rid(void **state)
{
    (void)state;
    frame(1, true);
    assert_int_equal(world_count(&w, COUNTER_RTP_IN), 1);
    assert_int_equal(w.sfu->ssrc_owner.used, 1);
}

static void the_receiver_climbs_to_the_highest_layer_without_a_break(void **state)
{
    (void)state;
    publish(1, US_PER_S);
    assert_int_equal(layer_now(), 0);
    publish(3, 2 * US_PER_S);
    assert_int_equal(layer_now(), 1);
    publish(7, 2 * US_PER_S);
    assert_int_equal(layer_now(), 2);
    assert_unbroken();
    assert_int_equal(world_last(&w, IPC_SUBSCRIPTION_LAYER)->as.SUBSCRIPTION_LAYER.layer, 2);
}

static void no_switch_happens_without_a_key_frame_of_the_target(void **state)
{
    (void)state;
    publish(1, US_PER_S);
    uint32_t before = bob->got_count;
    for (int i = 0; i < 30; i++) {
        frame(0, i == 10); /* a key frame of the wrong layer */
        frame(1, false);
        world_advance(&w, 33 * US_PER_MS);
    }
    assert_int_equal(bob->got_count - before, 30);
    assert_int_equal(layer_now(), 0);
    frame(1, true);
    assert_int_equal(layer_now(), 1);
    assert_unbroken();
}

static void the_wanted_layer_is_a_ceiling(void **state)
{
    (void)state;
    set_layer(1);
    publish(7, 3 * US_PER_S);
    assert_int_equal(layer_now(), 1);
    set_layer(0);
    publish(7, US_PER_S);
    assert_int_equal(layer_now(), 0);
    set_layer(2);
    publish(7, US_PER_S);
    assert_int_equal(layer_now(), 2);
    assert_unbroken();
}

static void a_layer_that_stops_for_a_second_is_left(void **state)
{
    (void)state;
    publish(7, 2 * US_PER_S);
    assert_int_equal(layer_now(), 2);
    uint32_t before = bob->got_count;
    publish(3, 900 * US_PER_MS);
    assert_int_equal(bob->got_count, before);
    publish(3, US_PER_S);
    assert_int_equal(layer_now(), 1);
    assert_unbroken();
}

static void receiver_report(uint8_t fraction)
{
    uint8_t bytes[64];
    struct writer out = writer_of(bytes, sizeof bytes);
    struct rtcp_report r = {.ssrc = 500, .fraction_lost = fraction};
    assert_true(rtcp_write_rr(&out, 7, &r, 1));
    client_rtcp(&w, bob, writer_span(&out));
}

/* Without transport-wide feedback or REMB only the reports' loss is left to go by. */
static void loss_steps_a_blind_receiver_down_and_calm_steps_it_up(void **state)
{
    (void)state;
    mark_len = 900; /* some 220 kb/s a layer: far above the least estimate */
    publish(7, 4 * US_PER_S);
    assert_int_equal(layer_now(), 2);
    for (int i = 0; i < 12 && layer_now() != 0; i++) {
        receiver_report(60);
        client_check(&w, bob);
        client_check(&w, alice);
        publish(7, US_PER_S);
    }
    assert_int_equal(layer_now(), 0);
    for (int i = 0; i < 30; i++) {
        receiver_report(0);
        client_check(&w, bob);
        client_check(&w, alice);
        publish(7, US_PER_S);
    }
    assert_int_equal(layer_now(), 2);
    assert_unbroken();
}

static void blind_second(uint8_t fraction)
{
    receiver_report(fraction);
    client_check(&w, bob);
    client_check(&w, alice);
    publish(7, US_PER_S);
    assert_int_equal(layer_now(), 2);
}

static void neither_a_short_nor_a_small_loss_steps_a_blind_receiver_down(void **state)
{
    (void)state;
    mark_len = 900;
    publish(7, 4 * US_PER_S);
    for (int i = 0; i < 4; i++) {
        blind_second(60); /* 23 %, for less than two seconds */
        blind_second(60);
        blind_second(0);
    }
    for (int i = 0; i < 12; i++)
        blind_second(20); /* 8 % */
    assert_unbroken();
}

static void timestamps_follow_the_publishers_clock_over_a_switch(void **state)
{
    (void)state;
    publish(1, US_PER_S);
    /* The same instant on both layers' clocks, which are far apart. */
    uint64_t ntp = (uint64_t)5000 << 32;
    client_sr(&w, alice, ssrcs[0], ntp, clock_ts(0));
    frame(1, false);
    client_sr(&w, alice, ssrcs[1], ntp, clock_ts(1));
    world_advance(&w, 20 * US_PER_MS);
    frame(0, false);
    struct got last = bob->got[bob->got_count - 1];
    /* The key frame was captured 40 ms later, but took 100 ms to come. */
    world_advance(&w, 40 * US_PER_MS);
    uint32_t captured = clock_ts(1);
    world_advance(&w, 60 * US_PER_MS);
    uint8_t buf[16];
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = ssrcs[1],
                                .ts = captured,
                                .seq = seq[1]++,
                                .pt = VP8_PT,
                                .payload = vp8_payload(buf, true, picture[1]++ & 0x7fff, 1)});
    assert_int_equal(layer_now(), 1);
    assert_int_equal(bob->got[bob->got_count - 1].ts - last.ts, 40 * 90);
    assert_unbroken();
}

static void a_nack_after_a_switch_finds_the_old_layers_packet(void **state)
{
    (void)state;
    publish(1, US_PER_S);
    uint32_t old = bob->got_count - 3;
    publish(3, US_PER_S);
    assert_int_equal(layer_now(), 1);
    uint32_t before = bob->got_count;
    struct got lost = bob->got[old];
    client_nack(&w, bob, 500, lost.seq, 0);
    assert_int_equal(bob->got_count, before + 1);
    assert_memory_equal(bob->got[before].first, lost.first, 16);
    assert_int_equal(bob->got[before].osn, lost.seq);
}

static void late_packets_of_the_layer_left_are_dropped(void **state)
{
    (void)state;
    publish(1, US_PER_S);
    uint16_t late = seq[0]++;
    publish(3, US_PER_S);
    uint32_t before = bob->got_count;
    uint8_t buf[16];
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = ssrcs[0],
                                .ts = clock_ts(0),
                                .seq = late,
                                .pt = VP8_PT,
                                .payload = vp8_payload(buf, false, 1, 0)});
    assert_int_equal(bob->got_count, before);
}

static void a_waiting_receiver_asks_again_but_not_more_than_twice_a_second(void **state)
{
    (void)state;
    uint32_t before = alice->pli;
    for (int i = 0; i < 90; i++) { /* three seconds without any key frame */
        frame(0, false);
        world_advance(&w, 33 * US_PER_MS);
    }
    assert_in_range(alice->pli - before, 4, 7);
    assert_int_equal(bob->got_count, 0);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(ssrcs_are_learnt_from_mid_and_rid),
        STORY(the_receiver_climbs_to_the_highest_layer_without_a_break),
        STORY(no_switch_happens_without_a_key_frame_of_the_target),
        STORY(the_wanted_layer_is_a_ceiling),
        STORY(a_layer_that_stops_for_a_second_is_left),
        STORY(loss_steps_a_blind_receiver_down_and_calm_steps_it_up),
        STORY(neither_a_short_nor_a_small_loss_steps_a_blind_receiver_down),
        STORY(timestamps_follow_the_publishers_clock_over_a_switch),
        STORY(a_nack_after_a_switch_finds_the_old_layers_packet),
        STORY(late_packets_of_the_layer_left_are_dropped),
        STORY(a_waiting_receiver_asks_again_but_not_more_than_twice_a_second),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
