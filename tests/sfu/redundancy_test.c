/* Facts about sfu/redundancy: who loses packets, when microphones are told to carry earlier sound
 * along, and when not. */
#include "sfu/congest.h"

#include "proto/cm.h"

static struct sim *s;

static int set_up(void **state)
{
    static const uint32_t bps[SIM_LAYERS] = {150000, 500000, 0};
    (void)state;
    s = sim_open_cameras(7, SIM_CAMERAS, bps);
    s->link[0] = sim_link(20000000, 20 * US_PER_MS, 8);
    s->link[1] = sim_link(20000000, 20 * US_PER_MS, 9);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_close(s);
    return 0;
}

/* What a track's publisher was told last; 0: nothing. Told `times` times in all. */
static unsigned told(uint32_t track, unsigned *times)
{
    unsigned last = 0;
    uint32_t from = s->w.reply_count > WORLD_REPLIES ? s->w.reply_count - WORLD_REPLIES : 0;
    *times = 0;
    for (uint32_t i = from; i < s->w.reply_count; i++) {
        const struct ipc_message *m = &s->w.replies[i % WORLD_REPLIES];
        if (m->type != IPC_TRACK_WANTED || m->as.TRACK_WANTED.track != track)
            continue;
        last = m->as.TRACK_WANTED.layers;
        ++*times;
    }
    return last;
}

static void expect_both(unsigned layers, unsigned times)
{
    for (uint32_t i = 0; i < SIM_CAMERAS; i++) {
        unsigned n;
        assert_int_equal(told(SIM_AUDIO + 2 * i, &n), layers);
        assert_int_equal(n, times);
    }
}

static void where_nothing_is_lost_nobody_is_told_anything(void **state)
{
    (void)state;
    (void)sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 20 * US_PER_S);
    expect_both(0, 0);
}

static void loss_on_the_way_to_one_receiver_is_told_to_every_microphone(void **state)
{
    (void)state;
    struct link good = sim_link(20000000, 20 * US_PER_MS, 10);
    (void)sim_join(s, &s->link[0], &s->link[1]);
    (void)sim_join(s, &good, &s->link[1]);
    sim_run(s, 5 * US_PER_S);
    s->link[0].loss_good = 0.1;
    sim_run(s, 2 * US_PER_S);
    expect_both(REDUNDANCY_CARRIED, 1);
    sim_run(s, 20 * US_PER_S);
    expect_both(REDUNDANCY_CARRIED, 1); /* once, while it lasts */
}

static void when_it_is_over_sound_is_plain_again_after_some_seconds(void **state)
{
    (void)state;
    (void)sim_join(s, &s->link[0], &s->link[1]);
    s->link[0].loss_good = 0.1;
    sim_run(s, 5 * US_PER_S);
    s->link[0].loss_good = 0;
    sim_run(s, 5 * US_PER_S);
    expect_both(REDUNDANCY_CARRIED, 1);
    sim_run(s, 35 * US_PER_S);
    expect_both(REDUNDANCY_PLAIN, 2);
}

static void loss_on_the_way_from_a_publisher_counts_as_well(void **state)
{
    (void)state;
    (void)sim_join(s, &s->link[0], &s->link[1]);
    sim_run(s, 2 * US_PER_S);
    s->publisher_loss = 0.1;
    sim_run(s, 10 * US_PER_S);
    expect_both(REDUNDANCY_CARRIED, 1);
}

static void a_microphone_that_comes_later_is_told_at_once(void **state)
{
    (void)state;
    (void)sim_join(s, &s->link[0], &s->link[1]);
    s->link[0].loss_good = 0.1;
    sim_run(s, 5 * US_PER_S);
    struct client *late = client_join(&s->w, 9);
    struct ipc_message m = track_message(late, 9, IPC_AUDIO);
    unsigned times;
    assert_int_equal(world_command(&s->w, &m), ERR_OK);
    assert_int_equal(told(9, &times), REDUNDANCY_CARRIED);
    assert_int_equal(times, 1);
}

static void whoever_lost_packets_and_left_is_forgotten(void **state)
{
    (void)state;
    struct link good = sim_link(20000000, 20 * US_PER_MS, 10);
    struct sim_flow *f = sim_join(s, &s->link[0], &s->link[1]);
    (void)sim_join(s, &good, &s->link[1]);
    s->link[0].loss_good = 0.1;
    sim_run(s, 5 * US_PER_S);
    expect_both(REDUNDANCY_CARRIED, 1);
    struct ipc_message m = {.type = IPC_TRANSPORT_CLOSE,
                            .as.TRANSPORT_CLOSE.transport = f->client->id};
    struct sfu_event e = {.type = SFU_COMMAND, .as.command = &m};
    f->muted = true;
    assert_int_equal(sfu_input(s->w.sfu, &e, s->w.now), ERR_OK);
    sim_drain(s);
    for (int i = 0; i < 20; i++)
        world_advance(&s->w, 50 * US_PER_MS);
    expect_both(REDUNDANCY_PLAIN, 2);
}

static void a_room_of_several_processes_always_carries(void **state)
{
    (void)state;
    (void)sim_join(s, &s->link[0], &s->link[1]);
    struct ipc_message m = {
        .type = IPC_ROOM_SPREAD,
        .as.ROOM_SPREAD = {.room = 1, .home = s->w.sfu->config.index, .epoch = 1, .spread = 3}};
    struct sfu_event e = {.type = SFU_COMMAND, .as.command = &m};
    assert_int_equal(sfu_input(s->w.sfu, &e, s->w.now), ERR_OK);
    sim_run(s, US_PER_S);
    expect_both(REDUNDANCY_CARRIED, 1);
}

static void few_packets_and_absurd_counts_are_no_window(void **state)
{
    (void)state;
    struct redundancy r = {0};
    redundancy_count(&r, 10, 10, US_PER_S);
    redundancy_count(&r, 10, 10, 10 * US_PER_S);
    assert_int_equal(r.share, 0);
    redundancy_count(&r, 0, UINT32_MAX, 11 * US_PER_S); /* of no packets none can be lost */
    redundancy_count(&r, 20, UINT32_MAX, 12 * US_PER_S);
    assert_int_equal(r.share, 65536);
    for (int i = 0; i < 200; i++) {
        redundancy_count(&r, 40, 0, (13 + i) * US_PER_S);
        redundancy_count(&r, 40, 0, (13 + i) * US_PER_S + REDUNDANCY_WINDOW_US);
    }
    assert_true(r.share < 65536 * REDUNDANCY_ENDS / 1000);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(where_nothing_is_lost_nobody_is_told_anything),
        STORY(loss_on_the_way_to_one_receiver_is_told_to_every_microphone),
        STORY(when_it_is_over_sound_is_plain_again_after_some_seconds),
        STORY(loss_on_the_way_from_a_publisher_counts_as_well),
        STORY(a_microphone_that_comes_later_is_told_at_once),
        STORY(whoever_lost_packets_and_left_is_forgotten),
        STORY(a_room_of_several_processes_always_carries),
        STORY(few_packets_and_absurd_counts_are_no_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
