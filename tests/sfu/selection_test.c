/* Facts about selection as a whole: a tile's size chooses the layer, what nobody wants is told to
 * the publisher, and who comes late starts from what is kept. */
#include "sfu/world.h"

enum { TRACK = 3, LAYERS = 3, SUBSCRIPTION = 50 };

static struct world w;
static struct client *alice, *bob, *carol;
static uint16_t seq[LAYERS], picture[LAYERS];
static const char *const rids[LAYERS] = {"q", "h", "f"};
static const uint32_t ssrcs[LAYERS] = {0xa0, 0xa1, 0xa2};

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    carol = client_join(&w, 3);
    struct ipc_message m = track_message(alice, TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.encodings = LAYERS;
    for (int i = 0; i < LAYERS; i++) {
        m.as.TRACK_OPEN.encoding[i].rid[0] = rids[i][0];
        seq[i] = (uint16_t)(65530 + i * 3);
        picture[i] = (uint16_t)(100 * i);
    }
    assert_int_equal(world_command(&w, &m), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void frame(int layer, bool key)
{
    uint8_t buf[16];
    uint32_t ts = 500000u * (uint32_t)layer + (uint32_t)((w.now - 1000 * US_PER_S) * 90 / 1000);
    client_shoot(&w, alice,
                 &(struct shot){
                     .ssrc = ssrcs[layer],
                     .ts = ts,
                     .seq = seq[layer]++,
                     .pt = VP8_PT,
                     .marker = true,
                     .mid = "3",
                     .rid = rids[layer],
                     .payload = vp8_payload(buf, key, picture[layer]++ & 0x7fff, (uint8_t)layer)});
}

/* The lowest `layers` for a while, a key frame of the layer that is asked for. */
static void film(int layers, duration_us time)
{
    static uint32_t answered;
    for (instant_us end = w.now + time; w.now < end;) {
        for (int i = 0; i < layers; i++) {
            bool asked = alice->pli != answered && alice->pli_ssrc == ssrcs[i];
            if (asked)
                answered = alice->pli;
            frame(i, asked);
        }
        world_advance(&w, 33 * US_PER_MS);
    }
}

static void tile(uint32_t subscription, uint16_t width, uint16_t height, bool paused)
{
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_SET};
    m.as.SUBSCRIPTION_SET = (struct ipc_subscription_set){.subscription = subscription,
                                                          .paused = paused,
                                                          .layer = 3,
                                                          .width = width,
                                                          .height = height};
    assert_int_equal(world_command(&w, &m), ERR_OK);
}

static uint8_t layer_now(const struct client *c)
{
    return c->got[c->got_count - 1].first[15];
}

static void the_tile_chooses_the_layer(void **state)
{
    (void)state;
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
    tile(SUBSCRIPTION, 200, 112, false);
    film(3, 3 * US_PER_S);
    assert_int_equal(layer_now(bob), 0);
    tile(SUBSCRIPTION, 640, 360, false);
    film(3, US_PER_S);
    assert_int_equal(layer_now(bob), 1);
    tile(SUBSCRIPTION, 1600, 900, false);
    film(3, US_PER_S);
    assert_int_equal(layer_now(bob), 2);
    tile(SUBSCRIPTION, 320, 180, false);
    film(3, US_PER_S);
    assert_int_equal(layer_now(bob), 0);
}

static uint8_t told(void)
{
    const struct ipc_message *m = world_last(&w, IPC_TRACK_WANTED);
    assert_non_null(m);
    assert_int_equal(m->as.TRACK_WANTED.track, TRACK);
    return m->as.TRACK_WANTED.layers;
}

static void what_nobody_watches_is_told_to_stop(void **state)
{
    (void)state;
    film(3, 1500 * US_PER_MS);
    assert_null(world_last(&w, IPC_TRACK_WANTED));
    film(3, US_PER_S);
    assert_int_equal(told(), 0);
}

static void in_a_crowd_a_fresh_camera_waits_for_who_watches(void **state)
{
    (void)state;
    for (uint32_t id = 100; id < 100 + WANT_CROWD - 2; id++) {
        struct ipc_message m = {.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, id}};
        assert_int_equal(world_command(&w, &m), ERR_OK);
    }
    struct ipc_message m = track_message(bob, TRACK + 1, IPC_VIDEO);
    assert_int_equal(world_command(&w, &m), ERR_OK);
    const struct ipc_message *said = world_last(&w, IPC_TRACK_WANTED);
    assert_non_null(said);
    assert_int_equal(said->as.TRACK_WANTED.track, TRACK + 1);
    assert_int_equal(said->as.TRACK_WANTED.layers, 0);
    client_subscribe(&w, carol, TRACK + 1, SUBSCRIPTION, IPC_VIDEO);
    said = world_last(&w, IPC_TRACK_WANTED);
    assert_int_equal(said->as.TRACK_WANTED.track, TRACK + 1);
    assert_int_equal(said->as.TRACK_WANTED.layers, 1);
}

static void a_wish_is_told_at_once_and_asks_for_a_key_frame_when_it_flows(void **state)
{
    (void)state;
    film(3, 3 * US_PER_S);
    world_advance(&w, 5 * US_PER_S); /* the publisher has stopped */
    client_wide(&w, bob);
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
    tile(SUBSCRIPTION, 320, 180, false);
    assert_int_equal(told(), 3); /* client_subscribe wanted all for a moment */
    world_advance(&w, 2200 * US_PER_MS);
    assert_int_equal(told(), 1);
    uint32_t before = alice->pli;
    film(1, US_PER_S);
    assert_true(alice->pli > before);
    assert_int_equal(layer_now(bob), 0);
    tile(SUBSCRIPTION, 1280, 720, false);
    assert_int_equal(told(), 3);
    film(3, US_PER_S);
    assert_int_equal(layer_now(bob), 2);
}

/* Browsers begin an encoding that is switched on again with a key frame of their own accord. */
static void what_begins_with_a_key_frame_is_not_asked_for_one(void **state)
{
    (void)state;
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
    tile(SUBSCRIPTION, 320, 180, false);
    uint32_t before = alice->pli;
    for (int i = 0; i < 10; i++) {
        frame(0, i == 0);
        world_advance(&w, 33 * US_PER_MS);
    }
    assert_int_equal(bob->got_count, 10);
    assert_int_equal(alice->pli, before);
}

static void the_largest_tile_of_many_counts_and_paused_ones_do_not(void **state)
{
    (void)state;
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
    client_subscribe(&w, carol, TRACK, SUBSCRIPTION + 1, IPC_VIDEO);
    tile(SUBSCRIPTION, 300, 170, false);
    tile(SUBSCRIPTION + 1, 600, 340, false);
    world_advance(&w, 3 * US_PER_S);
    assert_int_equal(told(), 2);
    tile(SUBSCRIPTION + 1, 600, 340, true);
    world_advance(&w, 3 * US_PER_S);
    assert_int_equal(told(), 1);
    struct ipc_message m = {.type = IPC_PEER_CLOSE, .as.PEER_CLOSE = {1, 2}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    world_advance(&w, 3 * US_PER_S);
    assert_int_equal(told(), 0);
}

/* Bob watches the lowest layer, which begins with a key frame now. */
static void one_watches(void)
{
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
    tile(SUBSCRIPTION, 320, 180, false);
    frame(0, true);
    world_advance(&w, 33 * US_PER_MS);
}

static void who_comes_late_starts_at_once_from_what_is_kept(void **state)
{
    (void)state;
    one_watches();
    for (int i = 0; i < 29; i++) {
        frame(0, false);
        world_advance(&w, 33 * US_PER_MS);
    }
    uint32_t asked = alice->pli;
    client_subscribe(&w, carol, TRACK, SUBSCRIPTION + 1, IPC_VIDEO);
    assert_int_equal(carol->got_count, 30);
    assert_true(carol->got[0].vp8.keyframe);
    assert_int_equal(world_count(&w, COUNTER_BURSTS), 1);
    frame(0, false);
    assert_int_equal(carol->got_count, 31);
    for (int i = 1; i < 31; i++) {
        const struct got *a = &carol->got[i - 1], *b = &carol->got[i];
        assert_int_equal((uint16_t)(b->seq - a->seq), 1);
        assert_int_equal((b->vp8.picture_id - a->vp8.picture_id) & 0x7fff, 1);
        assert_true((int32_t)(b->ts - a->ts) > 0);
    }
    assert_int_equal(alice->pli, asked);
    assert_int_equal(bob->got_count, 31);
}

/* It is sealed in an epoch before the newcomer's: nothing of it could be opened. */
static void who_comes_in_after_a_key_frame_gets_the_next_one(void **state)
{
    (void)state;
    one_watches();
    frame(0, false);
    world_advance(&w, 33 * US_PER_MS);
    struct client *dora = client_join(&w, 4);
    uint32_t asked = alice->pli;
    client_subscribe(&w, dora, TRACK, SUBSCRIPTION + 1, IPC_VIDEO);
    world_advance(&w, 20 * US_PER_MS);
    assert_int_equal(dora->got_count, 0);
    assert_int_equal(world_count(&w, COUNTER_BURSTS), 0);
    assert_int_equal(alice->pli, asked + 1);
    frame(0, true);
    frame(0, false);
    assert_int_equal(dora->got_count, 2);
    assert_true(dora->got[0].vp8.keyframe);
    tile(SUBSCRIPTION + 1, 320, 180, true);
    tile(SUBSCRIPTION + 1, 320, 180, false);
    assert_int_equal(world_count(&w, COUNTER_BURSTS), 1);
    assert_int_equal(dora->got_count, 4);
}

/* Else a receiver would show everything as late as the kept part is long. */
static void what_was_kept_is_played_fast_and_then_time_is_its_own(void **state)
{
    (void)state;
    one_watches();
    for (int i = 0; i < 30; i++) {
        frame(0, false);
        world_advance(&w, 33 * US_PER_MS);
    }
    client_subscribe(&w, carol, TRACK, SUBSCRIPTION + 1, IPC_VIDEO);
    uint32_t kept = carol->got_count;
    uint32_t span = carol->got[kept - 1].ts - carol->got[0].ts;
    assert_in_range(span, 90 * 25, 90 * 40); /* a second in some 30 ms */
    world_advance(&w, 33 * US_PER_MS);
    frame(0, false);
    frame(0, false);
    assert_int_equal(carol->got[kept].ts - carol->got[kept - 1].ts, 2 * 33 * 90);
    client_nack(&w, carol, (SUBSCRIPTION + 1) * 10, carol->got[5].seq, 0);
    const struct got *again = &carol->got[carol->got_count - 1];
    assert_int_equal(again->osn, carol->got[5].seq);
    assert_int_equal(again->ts, carol->got[5].ts); /* the same packet has the same time */
}

static void what_is_too_old_or_has_a_hole_is_not_sent_but_asked_for(void **state)
{
    (void)state;
    one_watches();
    frame(0, false);
    seq[0]++; /* lost on its way to us */
    frame(0, false);
    client_subscribe(&w, carol, TRACK, SUBSCRIPTION + 1, IPC_VIDEO);
    assert_int_equal(carol->got_count, 0);
    frame(0, true);
    assert_int_equal(carol->got_count, 1);
    tile(SUBSCRIPTION + 1, 320, 180, true);
    for (int i = 0; i < 50; i++) {
        world_advance(&w, 33 * US_PER_MS);
        frame(0, false);
    }
    uint32_t asked = alice->pli;
    tile(SUBSCRIPTION + 1, 320, 180, false);
    world_advance(&w, 100 * US_PER_MS);
    assert_int_equal(carol->got_count, 1);
    assert_true(alice->pli > asked);
}

static void who_starts_again_and_again_gets_it_once_a_second(void **state)
{
    (void)state;
    one_watches();
    for (int i = 0; i < 10; i++) {
        tile(SUBSCRIPTION, 320, 180, true);
        tile(SUBSCRIPTION, 320, 180, false);
        world_advance(&w, 50 * US_PER_MS);
    }
    assert_int_equal(world_count(&w, COUNTER_BURSTS), 1);
    frame(0, true);
    world_advance(&w, US_PER_S);
    frame(0, false);
    tile(SUBSCRIPTION, 320, 180, true);
    tile(SUBSCRIPTION, 320, 180, false);
    assert_int_equal(world_count(&w, COUNTER_BURSTS), 2);
}

/* Bursts for all of them would be many times what one more key frame is. */
static void of_a_crowd_few_start_at_once_and_one_key_frame_serves_the_others(void **state)
{
    (void)state;
    enum { CROWD = 20, KEPT = 30, AT_ONCE = 1024 / 4 / KEPT };
    w.sfu->config.pending = 1024;
    one_watches();
    for (int i = 1; i < KEPT; i++) {
        frame(0, false);
        world_advance(&w, 33 * US_PER_MS);
    }
    client_wide(&w, carol);
    uint32_t asked = alice->pli;
    for (uint32_t i = 1; i <= CROWD; i++)
        client_subscribe(&w, carol, TRACK, SUBSCRIPTION + i, IPC_VIDEO);
    assert_int_equal(world_count(&w, COUNTER_BURSTS), AT_ONCE);
    assert_int_equal(carol->got_count, AT_ONCE * KEPT);
    world_advance(&w, 20 * US_PER_MS);
    assert_int_equal(alice->pli, asked + 1);
    uint32_t before = carol->got_count;
    frame(0, true);
    assert_int_equal(carol->got_count, before + CROWD);
    assert_int_equal(world_dropped(&w, SFU_DROP_FULL), 0);
}

/* The kept part lies behind what it sees: it would be shown the past once more. */
static void who_watches_a_layer_waits_for_a_key_frame_of_the_next(void **state)
{
    (void)state;
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
    tile(SUBSCRIPTION, 320, 180, false);
    frame(0, true);
    frame(1, true);
    for (int i = 0; i < 20; i++) {
        world_advance(&w, 33 * US_PER_MS);
        frame(0, false);
        frame(1, false);
    }
    uint32_t before = bob->got_count, asked = alice->pli;
    tile(SUBSCRIPTION, 640, 360, false);
    assert_int_equal(bob->got_count, before);
    world_advance(&w, 33 * US_PER_MS);
    assert_true(alice->pli > asked);
    frame(0, false);
    assert_int_equal(bob->got_count, before + 1);
    assert_int_equal(layer_now(bob), 0);
    frame(1, true);
    assert_int_equal(bob->got_count, before + 2);
    assert_int_equal(layer_now(bob), 1);
    for (uint32_t i = 1; i < bob->got_count; i++) {
        assert_int_equal((uint16_t)(bob->got[i].seq - bob->got[i - 1].seq), 1);
        assert_true((int32_t)(bob->got[i].ts - bob->got[i - 1].ts) > 0);
    }
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(the_tile_chooses_the_layer),
        STORY(what_nobody_watches_is_told_to_stop),
        STORY(in_a_crowd_a_fresh_camera_waits_for_who_watches),
        STORY(a_wish_is_told_at_once_and_asks_for_a_key_frame_when_it_flows),
        STORY(what_begins_with_a_key_frame_is_not_asked_for_one),
        STORY(the_largest_tile_of_many_counts_and_paused_ones_do_not),
        STORY(who_comes_in_after_a_key_frame_gets_the_next_one),
        STORY(who_comes_late_starts_at_once_from_what_is_kept),
        STORY(what_was_kept_is_played_fast_and_then_time_is_its_own),
        STORY(what_is_too_old_or_has_a_hole_is_not_sent_but_asked_for),
        STORY(who_starts_again_and_again_gets_it_once_a_second),
        STORY(of_a_crowd_few_start_at_once_and_one_key_frame_serves_the_others),
        STORY(who_watches_a_layer_waits_for_a_key_frame_of_the_next),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
