/* Facts about video in several media processes: what a listener in a mirror gets is what one at
 * home gets; and about processes that die or lie. */
#include "sfu/mirrors.h"

enum { CAMERA = 50, LOW = 0x500, HIGH = 0x501, PICTURE = 3000 };

static uint16_t seq[LIMIT_TRACK_ENCODINGS], picture;

static struct ipc_message camera(void)
{
    struct ipc_message m = track_message(alice, CAMERA, IPC_VIDEO);
    m.as.TRACK_OPEN.encodings = 2;
    m.as.TRACK_OPEN.encoding[0] = (struct ipc_encoding){.ssrc = LOW, .width = 320, .height = 180};
    m.as.TRACK_OPEN.encoding[1] = (struct ipc_encoding){.ssrc = HIGH, .width = 640, .height = 360};
    return m;
}

static void publish_camera(void)
{
    memset(seq, 0, sizeof seq);
    picture = 1;
    struct ipc_message m = camera();
    publish(0, &m);
}

/* One picture of one packet; its payload's bytes are its picture's number. */
static void shoot_picture(uint8_t layer, bool key)
{
    uint8_t payload[16];
    client_shoot(&w[0], alice,
                 &(struct shot){.ssrc = layer ? HIGH : LOW,
                                .ts = picture * (uint32_t)PICTURE,
                                .seq = seq[layer]++,
                                .pt = VP8_PT,
                                .marker = true,
                                .payload = vp8_payload(payload, key, picture, (uint8_t)picture)});
    pump();
}

/* Pictures of both layers, 30 a second; the first is a key frame. */
static void film(int pictures, bool key)
{
    for (int i = 0; i < pictures; i++) {
        for (uint8_t layer = 0; layer < 2; layer++)
            shoot_picture(layer, key && i == 0);
        picture++;
        advance(30 * US_PER_MS);
    }
}

static void film_low(int pictures, bool key)
{
    for (int i = 0; i < pictures; i++) {
        shoot_picture(0, key && i == 0);
        picture++;
        advance(30 * US_PER_MS);
    }
}

static uint64_t relayed(void)
{
    return world_count(&w[0], COUNTER_RELAY_OUT);
}

/* --- video ------------------------------------------------------------------------------------ */

static void watch_all(void)
{
    publish_camera();
    film(2, true); /* so that both layers are known to be there */
    client_subscribe(&w[0], bob, CAMERA, 100, IPC_VIDEO);
    client_subscribe(&w[1], carol, CAMERA, 101, IPC_VIDEO);
    pump();
}

static void a_listener_elsewhere_gets_the_same_bytes(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    bob->got_count = carol->got_count = 0;
    film(40, true);
    assert_int_equal(carol->got_count, bob->got_count);
    assert_true(carol->got_count >= 40);
    for (uint32_t i = 0; i < carol->got_count; i++) {
        assert_int_equal(carol->got[i].len, bob->got[i].len);
        assert_memory_equal(carol->got[i].first + 6, bob->got[i].first + 6, 10);
        assert_int_equal(carol->got[i].marker, bob->got[i].marker);
        assert_int_equal(carol->got[i].ts - carol->got[0].ts, bob->got[i].ts - bob->got[0].ts);
    }
    assert_unbroken(carol, 1010);
    assert_int_equal(world_count(&w[2], COUNTER_RELAY_IN), 0); /* nobody watches there */
}

static void a_packet_crosses_once_for_all_listeners(void **state)
{
    (void)state;
    struct client *more[4];
    watch_all();
    for (uint32_t i = 0; i < 4; i++) {
        more[i] = enter(1, 4 + i);
        client_subscribe(&w[1], more[i], CAMERA, 102 + i, IPC_VIDEO);
    }
    pump();
    advance(600 * US_PER_MS);
    film(1, true);
    uint64_t before = relayed();
    for (uint32_t i = 0; i < 4; i++)
        more[i]->got_count = 0;
    film(10, false);
    assert_int_equal(relayed() - before, 10);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(more[i]->got_count, 10);
}

static void nothing_crosses_that_nobody_wants(void **state)
{
    (void)state;
    publish_camera();
    film(30, true);
    assert_int_equal(relayed(), 0);
    client_subscribe(&w[1], carol, CAMERA, 101, IPC_VIDEO);
    pump();
    advance(600 * US_PER_MS);
    film(5, true);
    assert_true(carol->got_count > 0);
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_SET,
                            .as.SUBSCRIPTION_SET = {.subscription = 101, .paused = 1}};
    tell(1, &m);
    advance(300 * US_PER_MS);
    uint64_t before = relayed();
    film(5, false);
    assert_int_equal(relayed(), before);
}

static void the_layer_that_a_listener_wants_is_the_one_that_crosses(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    film(10, true);
    assert_int_equal(subscription_at(1, 101)->pick.current, 1);
    assert_true(track_at(0, CAMERA)->mirror.wants[1] & 2);
    advance(300 * US_PER_MS);
    assert_false(track_at(0, CAMERA)->mirror.wants[0] & 2); /* that one no longer */
    struct ipc_message m = {
        .type = IPC_SUBSCRIPTION_SET,
        .as.SUBSCRIPTION_SET = {.subscription = 101, .layer = 3, .width = 320, .height = 180}};
    tell(1, &m);
    advance(600 * US_PER_MS);
    assert_true(track_at(0, CAMERA)->mirror.wants[0] & 2);
    film(10, true);
    assert_int_equal(subscription_at(1, 101)->pick.current, 0);
    advance(300 * US_PER_MS);
    assert_false(track_at(0, CAMERA)->mirror.wants[1] & 2);
    assert_unbroken(carol, 1010);
}

static void a_layer_that_falls_silent_at_home_is_left_in_the_mirror(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    film(10, true);
    assert_int_equal(subscription_at(1, 101)->pick.current, 1);
    film_low(60, false);
    assert_int_equal(track_active(track_at(1, CAMERA)), 1);
    film_low(10, true);
    assert_int_equal(subscription_at(1, 101)->pick.current, 0);
}

static void what_is_lost_behind_the_mirror_is_repaired_by_it(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    film(20, true);
    const struct got *lost = &carol->got[carol->got_count - 3];
    uint64_t before = relayed();
    uint32_t at = carol->got_count;
    struct got was = *lost;
    client_nack(&w[1], carol, 1010, was.seq, 0);
    assert_int_equal(carol->got_count, at + 1);
    assert_int_equal(carol->got[at].osn, was.seq);
    assert_memory_equal(carol->got[at].first + 6, was.first + 6, 10);
    pump();
    assert_int_equal(relayed(), before); /* the home was not asked, nor the publisher */
    assert_int_equal(alice->nacks, 0);
}

static void key_frames_that_many_ask_for_are_asked_for_once(void **state)
{
    (void)state;
    watch_all();
    struct client *more[4];
    for (uint32_t i = 0; i < 4; i++) {
        more[i] = enter(1, 4 + i);
        client_subscribe(&w[1], more[i], CAMERA, 102 + i, IPC_VIDEO);
    }
    pump();
    advance(600 * US_PER_MS);
    film(3, true);
    advance(2 * US_PER_S);
    uint32_t asked = alice->pli, said = messages[1][0];
    client_pli(&w[1], carol, 1010);
    for (uint32_t i = 0; i < 4; i++)
        client_pli(&w[1], more[i], (102 + i) * 10);
    client_pli(&w[0], bob, 1000);
    pump();
    advance(20 * US_PER_MS);
    assert_int_equal(alice->pli, asked + 1);
    assert_int_equal(messages[1][0], said + 1);
}

static void a_listener_that_watches_late_starts_from_what_the_mirror_kept(void **state)
{
    (void)state;
    struct client *dave = enter(1, 5);
    watch_all();
    advance(600 * US_PER_MS);
    film(5, true);
    uint32_t asked = alice->pli;
    client_subscribe(&w[1], dave, CAMERA, 105, IPC_VIDEO);
    pump();
    assert_int_equal(dave->got_count, 5);
    film(3, false);
    assert_int_equal(dave->got_count, 8);
    assert_int_equal(alice->pli, asked);
}

static void what_was_kept_before_nobody_watched_is_no_start(void **state)
{
    (void)state;
    struct client *dave = enter(1, 5);
    watch_all();
    advance(600 * US_PER_MS);
    film(5, true);
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_SET,
                            .as.SUBSCRIPTION_SET = {.subscription = 101, .paused = 1}};
    tell(1, &m);
    film(12, false); /* not handed on from some point on */
    client_subscribe(&w[1], dave, CAMERA, 105, IPC_VIDEO);
    pump();
    assert_int_equal(dave->got_count, 0);
    film(3, false);
    assert_int_equal(dave->got_count, 0);
    film(3, true);
    assert_int_equal(dave->got_count, 3);
}

static void what_a_mirrors_listeners_want_reaches_the_publisher(void **state)
{
    (void)state;
    publish_camera();
    film(90, true); /* nobody wants it: after two seconds that is told */
    const struct ipc_message *m = world_last(&w[0], IPC_TRACK_WANTED);
    assert_non_null(m);
    assert_int_equal(m->as.TRACK_WANTED.layers, 0);
    client_subscribe(&w[1], carol, CAMERA, 101, IPC_VIDEO);
    pump();
    assert_int_equal(world_last(&w[0], IPC_TRACK_WANTED)->as.TRACK_WANTED.layers, 2);
    assert_null(world_last(&w[1], IPC_TRACK_WANTED)); /* told by its home alone */
}

static void a_full_channel_is_counted_and_a_key_frame_asked_for(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    film(40, true);
    uint32_t asked = alice->pli;
    uint32_t home = bob->got_count;
    cut[0][1] = true;
    film(3, false);
    cut[0][1] = false;
    assert_int_equal(bob->got_count, home + 3); /* who listens at home does not notice */
    assert_true(world_dropped(&w[0], SFU_DROP_RELAY_FULL) >= 3);
    assert_true(alice->pli > asked);
    uint32_t before = carol->got_count;
    film(3, true);
    assert_int_equal(carol->got_count, before + 3);
}

/* A home that died, or reads nothing: the mirror asks now and then, and has time for its others. */
static void a_home_that_cannot_be_asked_does_not_hold_up_the_mirror(void **state)
{
    (void)state;
    publish_camera();
    film(2, true); /* so that both layers are known to be there */
    cut[1][0] = true;
    uint32_t said = messages[1][0];
    client_subscribe(&w[1], carol, CAMERA, 101, IPC_VIDEO);
    pump();
    assert_in_range(messages[1][0] - said, 1, 2);
    advance(US_PER_S);
    assert_in_range(messages[1][0] - said, 3, 50);
    cut[1][0] = false;
    advance(600 * US_PER_MS);
    film(3, true);
    assert_int_equal(carol->got_count, 3);
}

static void a_paused_or_closed_track_stops_in_the_mirrors(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    film(5, true);
    struct ipc_message m = {.type = IPC_TRACK_SET, .as.TRACK_SET = {CAMERA, 1}};
    for (uint32_t i = 0; i < CORES; i++)
        tell(i, &m);
    uint32_t before = carol->got_count;
    film(5, true);
    assert_int_equal(carol->got_count, before);
    m.as.TRACK_SET.paused = 0;
    for (uint32_t i = 0; i < CORES; i++)
        tell(i, &m);
    advance(600 * US_PER_MS);
    film(5, true);
    assert_true(carol->got_count > before);
    m = (struct ipc_message){.type = IPC_TRACK_CLOSE, .as.TRACK_CLOSE.track = CAMERA};
    tell(1, &m);
    assert_null(subscription_at(1, 101));
    film(2, true); /* what is still on its way is refused and counted */
    assert_true(world_dropped(&w[1], SFU_DROP_RELAY_TRACK) > 0);
}

/* --- a process that is new -------------------------------------------------------------------- */

static void restart(uint32_t core)
{
    world_close(&w[core]);
    world_open_as(&w[core], core, CORES);
    for (uint32_t i = 0; i < CORES; i++) {
        struct sfu_event e = {.type = SFU_RELAY_NEW, .as.relay.process = core};
        if (i != core)
            assert_int_equal(sfu_input(w[i].sfu, &e, w[i].now), ERR_OK);
    }
    w[core].now = w[core ? 0 : 1].now;
    spread(core, CORES);
}

static void a_mirror_that_is_new_asks_for_a_key_frame_and_goes_on(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    film(10, true);
    uint32_t asked = alice->pli, home = bob->got_count;
    restart(1);
    uint64_t before = relayed();
    film(5, false);
    assert_int_equal(bob->got_count, home + 5);
    assert_int_equal(relayed(), before); /* what the former one wanted is forgotten */
    for (uint32_t id = 1; id <= 2; id++) {
        struct ipc_message m = {.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, id}};
        tell(1, &m);
    }
    carol = client_join(&w[1], 3);
    client_wide(&w[1], carol);
    struct ipc_message m = track_message(alice, CAMERA, IPC_VIDEO);
    m.as.TRACK_OPEN.encodings = 2;
    struct ipc_message mirror = {.type = IPC_MIRROR_OPEN, .as.MIRROR_OPEN = {m.as.TRACK_OPEN, 0}};
    tell(1, &mirror);
    client_subscribe(&w[1], carol, CAMERA, 101, IPC_VIDEO);
    pump();
    advance(600 * US_PER_MS);
    assert_true(alice->pli > asked);
    film(10, true);
    assert_int_equal(carol->got_count, 10);
}

/* --- a process that lies ---------------------------------------------------------------------- */

static struct relay_batch batch = {.meeting = 1, .zones = 1};
static uint8_t filler[64];

static void send_one(uint32_t from, uint32_t to, const struct relay_record *r)
{
    uint8_t bytes[4096];
    struct sfu_relay_in in;
    struct writer out = writer_of(bytes, sizeof bytes);
    relay_write_batch(&out, &batch, 1, (uint32_t)(RELAY_HEAD + relay_size(r)));
    relay_write(&out, r);
    sfu_relay_begin(&in, from, writer_span(&out));
    while (!sfu_relay_take(w[to].sfu, &in, w[to].now))
        world_drain(&w[to]);
    world_drain(&w[to]);
}

static struct relay_record picture_of(uint32_t track, int64_t number)
{
    return (struct relay_record){
        .type = RELAY_PACKET,
        .track = track,
        .as.packet = {.seq = number, .payload = vp8_payload(filler, true, 9, 9), .marker = true}};
}

static void a_hand_off_that_is_not_its_senders_is_refused(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    uint32_t before = carol->got_count;
    struct relay_record r = picture_of(CAMERA, 70000);
    send_one(2, 1, &r); /* the camera's home is 0 */
    send_one(1, 0, &r); /* and it takes nothing of its own from outside */
    r.track = 999;
    send_one(0, 1, &r);
    r.track = CAMERA;
    batch.meeting = 2;
    send_one(0, 1, &r);
    batch.meeting = 1;
    assert_int_equal(world_dropped(&w[1], SFU_DROP_RELAY_TRACK), 3);
    assert_int_equal(world_dropped(&w[0], SFU_DROP_RELAY_TRACK), 1);
    r.as.packet.encoding = 2; /* it has two */
    send_one(0, 1, &r);
    r = (struct relay_record){.type = RELAY_STATE, .track = CAMERA, .as.state.encodings = 3};
    send_one(0, 1, &r);
    assert_int_equal(world_dropped(&w[1], SFU_DROP_RELAY_FORM), 2);
    batch.zones = 2;
    r = picture_of(CAMERA, 70000);
    send_one(0, 1, &r);
    batch.zones = 1;
    assert_int_equal(world_dropped(&w[1], SFU_DROP_RELAY_ZONE), 1);
    assert_int_equal(carol->got_count, before);
}

/* Front's words to two processes are not ordered: a mirror may ask before its home knows the track.
 */
static void what_was_asked_of_a_home_too_early_is_asked_again(void **state)
{
    (void)state;
    for (uint32_t id = 10; id < 60; id++) /* a crowd: nothing is sent until somebody watches */
        for (uint32_t i = 0; i < CORES; i++)
            tell(i, &(struct ipc_message){.type = IPC_PEER_OPEN, .as.PEER_OPEN = {1, id}});
    struct ipc_message m = camera();
    tell(1, &(struct ipc_message){.type = IPC_MIRROR_OPEN, .as.MIRROR_OPEN = {m.as.TRACK_OPEN, 0}});
    client_subscribe(&w[1], carol, CAMERA, 101, IPC_VIDEO);
    pump();
    advance(60 * US_PER_MS);
    tell(0, &m);
    advance(2 * US_PER_S);
    assert_int_equal(world_last(&w[0], IPC_TRACK_WANTED)->as.TRACK_WANTED.layers, 2);
}

/* A home that was broken into: its listeners elsewhere get no more than a publisher may send. */
static void a_flood_from_another_process_is_cut_like_a_publishers(void **state)
{
    (void)state;
    publish_camera();
    for (int64_t i = 0; i < 8000; i++) {
        struct relay_record r = picture_of(CAMERA, 70000 + i);
        r.as.packet.encoding = 1;
        send_one(0, 1, &r);
    }
    assert_in_range(world_dropped(&w[1], SFU_DROP_POLICED), 1900, 2010);
}

static void a_number_comes_once(void **state)
{
    (void)state;
    watch_all();
    advance(600 * US_PER_MS);
    struct relay_record r = picture_of(CAMERA, 70000);
    r.as.packet.encoding = 1;
    send_one(0, 1, &r);
    uint32_t before = carol->got_count;
    assert_true(before > 0);
    send_one(0, 1, &r);
    assert_int_equal(carol->got_count, before);
    assert_int_equal(world_dropped(&w[1], SFU_DROP_DUPLICATE), 1);
}

static void a_broken_message_ends_where_it_breaks(void **state)
{
    (void)state;
    uint8_t bytes[512];
    uint64_t seed = 7;
    watch_all();
    advance(600 * US_PER_MS);
    for (uint32_t round = 0; round < 20000; round++) {
        struct relay_record r = picture_of(CAMERA, 70000 + round % 300);
        struct sfu_relay_in in;
        struct writer out = writer_of(bytes, sizeof bytes);
        relay_write_batch(&out, &batch, 1, (uint32_t)(RELAY_HEAD + relay_size(&r)));
        relay_write(&out, &r);
        for (int k = 0; k < 2; k++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            bytes[(seed >> 33) % writer_len(&out)] ^= (uint8_t)(1u << (seed >> 20) % 8);
        }
        sfu_relay_begin(&in, 0, writer_span(&out));
        while (!sfu_relay_take(w[1].sfu, &in, w[1].now))
            world_drain(&w[1]);
        carol->got_count = 0;
        world_drain(&w[1]);
    }
    assert_true(world_dropped(&w[1], SFU_DROP_RELAY_FORM) > 1000);
    film(3, true); /* and it goes on */
}

static void a_room_is_spread_by_front_alone_and_does_not_move(void **state)
{
    (void)state;
    struct ipc_message m = {.type = IPC_ROOM_SPREAD,
                            .as.ROOM_SPREAD = {.room = 1, .home = 1, .epoch = 2, .spread = 7}};
    assert_int_equal(world_command(&w[0], &m), ERR_STATE); /* its home stays */
    m.as.ROOM_SPREAD = (struct ipc_room_spread){1, 0, 2, 3};
    assert_int_equal(world_command(&w[0], &m), ERR_STATE); /* it leaves no process */
    m.as.ROOM_SPREAD = (struct ipc_room_spread){1, 0, 2, 15};
    assert_int_equal(world_command(&w[0], &m), ERR_STATE); /* there is no process 3 */
    m.as.ROOM_SPREAD = (struct ipc_room_spread){9, 0, 2, 7};
    assert_int_equal(world_command(&w[0], &m), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_listener_elsewhere_gets_the_same_bytes),
        STORY(a_packet_crosses_once_for_all_listeners),
        STORY(nothing_crosses_that_nobody_wants),
        STORY(the_layer_that_a_listener_wants_is_the_one_that_crosses),
        STORY(a_layer_that_falls_silent_at_home_is_left_in_the_mirror),
        STORY(what_is_lost_behind_the_mirror_is_repaired_by_it),
        STORY(key_frames_that_many_ask_for_are_asked_for_once),
        STORY(a_listener_that_watches_late_starts_from_what_the_mirror_kept),
        STORY(what_was_kept_before_nobody_watched_is_no_start),
        STORY(what_a_mirrors_listeners_want_reaches_the_publisher),
        STORY(a_full_channel_is_counted_and_a_key_frame_asked_for),
        STORY(a_home_that_cannot_be_asked_does_not_hold_up_the_mirror),
        STORY(a_paused_or_closed_track_stops_in_the_mirrors),
        STORY(a_mirror_that_is_new_asks_for_a_key_frame_and_goes_on),
        STORY(a_hand_off_that_is_not_its_senders_is_refused),
        STORY(a_number_comes_once),
        STORY(what_was_asked_of_a_home_too_early_is_asked_again),
        STORY(a_flood_from_another_process_is_cut_like_a_publishers),
        STORY(a_broken_message_ends_where_it_breaks),
        STORY(a_room_is_spread_by_front_alone_and_does_not_move),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
