/* Facts about the voices of a room: which microphones are forwarded, and slots that look like one
 * unbroken stream each whoever talks. Tracks are named 10 + the publisher's number. */
#include "sfu/world.h"

enum { TALKERS = 5, TALK = 30, QUIET = 126, SLOTS = 700 };

static struct world w;
static struct client *talker[TALKERS], *bob, *eve;
static uint16_t seq[TALKERS];

static uint32_t ssrc_of(int i)
{
    return 0xa00u + (uint32_t)i;
}

static void publish(int i, enum ipc_source source)
{
    struct ipc_message m = track_message(talker[i], (uint32_t)(10 + i), IPC_AUDIO);
    m.as.TRACK_OPEN.source = (uint8_t)source;
    m.as.TRACK_OPEN.encoding[0].ssrc = ssrc_of(i);
    assert_int_equal(world_command(&w, &m), ERR_OK);
}

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    for (int i = 0; i < TALKERS; i++) {
        talker[i] = client_join(&w, (uint32_t)(1 + i));
        seq[i] = (uint16_t)(65500 + 7 * i);
    }
    bob = client_join(&w, 8);
    eve = client_join(&w, 9);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void say(int i, uint8_t level)
{
    uint8_t payload[8];
    memset(payload, 0x40 + i, sizeof payload);
    client_shoot(&w, talker[i],
                 &(struct shot){.ssrc = ssrc_of(i),
                                .ts = (uint32_t)(i * 77777 + (w.now - 1000 * US_PER_S) * 48 / 1000),
                                .seq = seq[i]++,
                                .pt = OPUS_PT,
                                .level = level,
                                .payload = span_of(payload, sizeof payload)});
}

/* Packets of the first n for a while; bit i of `loud`: talker i speaks. */
static void talk(int n, unsigned loud, duration_us time)
{
    for (instant_us end = w.now + time; w.now < end;) {
        for (int i = 0; i < n; i++)
            say(i, loud >> i & 1 ? TALK : QUIET);
        world_advance(&w, 20 * US_PER_MS);
    }
}

/* How many of the last `of` packets of one stream of c came from talker i. */
static uint32_t heard(const struct client *c, uint32_t ssrc, int i, uint32_t from)
{
    uint32_t n = 0;
    for (uint32_t k = from; k < c->got_count; k++)
        n += (ssrc == 0 || c->got[k].ssrc == ssrc) && c->got[k].first[0] == 0x40 + i;
    return n;
}

static void assert_unbroken(const struct client *c, uint32_t ssrc)
{
    const struct got *last = NULL;
    for (uint32_t k = 0; k < c->got_count; k++) {
        const struct got *g = &c->got[k];
        if (g->ssrc != ssrc)
            continue;
        if (last && (uint16_t)(g->seq - last->seq) != 1)
            fail_msg("packet %u breaks stream %u", k, ssrc);
        if (last) { /* its clock goes as ours does, whoever talks */
            int64_t ahead = (int64_t)(g->ts - last->ts) - (g->at - last->at) * 48 / 1000;
            if (ahead < -480 || ahead > 480)
                fail_msg("packet %u of stream %u is %ld off", k, ssrc, (long)ahead);
        }
        last = g;
    }
    assert_non_null(last);
}

static void in_a_small_room_everybody_is_forwarded(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        publish(i, IPC_MIC);
        client_subscribe(&w, bob, (uint32_t)(10 + i), (uint32_t)(100 + i), IPC_AUDIO);
    }
    talk(3, 0, US_PER_S);
    assert_int_equal(bob->got_count, 150);
    assert_int_equal(world_dropped(&w, SFU_DROP_UNHEARD), 0);
}

static void in_a_large_room_the_three_loudest_are(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++) {
        publish(i, IPC_MIC);
        client_subscribe(&w, bob, (uint32_t)(10 + i), (uint32_t)(100 + i), IPC_AUDIO);
    }
    talk(TALKERS, 0x0e, 2 * US_PER_S);
    uint32_t before = bob->got_count;
    talk(TALKERS, 0x0e, US_PER_S);
    assert_int_equal(bob->got_count - before, 3 * 50);
    assert_int_equal(heard(bob, 0, 0, before) + heard(bob, 0, 4, before), 0);
    before = bob->got_count;
    talk(TALKERS, 0x16, US_PER_S); /* the fourth stops, the fifth begins */
    assert_in_range(heard(bob, 0, 4, before), 30, 50);
    talk(TALKERS, 0x0e, 2 * US_PER_S); /* and back */
    for (int i = 1; i < TALKERS; i++)
        assert_unbroken(bob, (uint32_t)(100 + i) * 10);
}

static void the_sound_of_a_screen_is_always_forwarded(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        publish(i, IPC_MIC);
    publish(4, IPC_SCREEN_AUDIO);
    client_subscribe(&w, bob, 14, 104, IPC_AUDIO);
    talk(TALKERS, 0x0f, US_PER_S);
    assert_int_equal(heard(bob, 1040, 4, 0), 50);
}

static void a_slot_is_one_stream_whoever_talks(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, bob, SLOTS, 3);
    for (unsigned round = 0; round < 12; round++)
        talk(TALKERS, (0x07u << (round % 3)) & 0x1f, 1500 * US_PER_MS);
    for (int i = 0; i < 3; i++)
        assert_unbroken(bob, (uint32_t)(SLOTS + i) * 10);
    assert_true(world_count(&w, COUNTER_VOICES) > 8);
}

static void a_talker_stays_in_the_slot_and_front_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, bob, SLOTS, 3);
    talk(TALKERS, 0x02, US_PER_S);
    const struct ipc_voice *v = &world_last(&w, IPC_VOICE)->as.VOICE;
    assert_int_equal(v->room, 1);
    assert_int_equal(v->slot, 0);
    assert_int_equal(v->track, 11);
    uint32_t before = bob->got_count;
    talk(TALKERS, 0x1e, 5 * US_PER_S);
    assert_int_equal(heard(bob, SLOTS * 10, 1, before), 250);
}

static void nobody_hears_himself(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, talker[0], SLOTS, 3);
    client_voices(&w, bob, SLOTS + 10, 3);
    talk(TALKERS, 0x07, 2 * US_PER_S);
    assert_int_equal(heard(talker[0], 0, 0, 0), 0);
    assert_true(heard(talker[0], 0, 1, 0) > 80);
    assert_true(heard(bob, 0, 0, 0) > 80);
}

static void a_muted_talker_gives_the_slot_back(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, bob, SLOTS, 3);
    talk(TALKERS, 0x01, US_PER_S);
    struct ipc_message m = {.type = IPC_TRACK_SET, .as.TRACK_SET = {10, 1}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    assert_int_equal(world_last(&w, IPC_VOICE)->as.VOICE.track, 0);
    m = (struct ipc_message){.type = IPC_TRACK_CLOSE, .as.TRACK_CLOSE.track = 10};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    talk(TALKERS, 0x02, US_PER_S);
    assert_int_equal(world_last(&w, IPC_VOICE)->as.VOICE.track, 11);
    assert_int_equal(world_last(&w, IPC_VOICE)->as.VOICE.slot, 0);
    assert_unbroken(bob, SLOTS * 10);
}

static void a_slot_pauses_closes_and_goes_with_its_receiver(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, bob, SLOTS, 3);
    client_voices(&w, eve, SLOTS + 10, 3);
    talk(TALKERS, 0x01, US_PER_S);
    struct ipc_message m = {
        .type = IPC_SUBSCRIPTION_SET,
        .as.SUBSCRIPTION_SET = {.subscription = SLOTS, .paused = 1, .layer = 0}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    uint32_t before = bob->got_count;
    talk(TALKERS, 0x01, US_PER_S);
    assert_int_equal(bob->got_count, before);
    m.as.SUBSCRIPTION_SET.paused = 0;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    talk(TALKERS, 0x01, US_PER_S);
    assert_int_equal(bob->got_count, before + 50);
    assert_unbroken(bob, SLOTS * 10);
    m = (struct ipc_message){.type = IPC_SUBSCRIPTION_CLOSE,
                             .as.SUBSCRIPTION_CLOSE.subscription = SLOTS};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    talk(TALKERS, 0x01, US_PER_S);
    assert_int_equal(bob->got_count, before + 50);
    m = (struct ipc_message){.type = IPC_PEER_CLOSE, .as.PEER_CLOSE = {1, 9}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    talk(TALKERS, 0x01, US_PER_S);
    m = (struct ipc_message){.type = IPC_ROOM_CLOSE, .as.ROOM_CLOSE.room = 1};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    assert_int_equal(world_count(&w, COUNTER_SUBSCRIPTIONS), 0);
}

static void a_slot_reports_the_clock_of_whoever_is_heard(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, bob, SLOTS, 3);
    talk(TALKERS, 0x01, US_PER_S);
    client_sr(&w, talker[0], ssrc_of(0), UINT64_C(5) << 32, 1);
    talk(TALKERS, 0x01, 1500 * US_PER_MS);
    assert_true(bob->sr > 0);
    assert_int_equal(bob->last_sr_ssrc, SLOTS * 10);
}

static void a_nack_of_a_slot_gives_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, bob, SLOTS, 3);
    talk(TALKERS, 0x01, US_PER_S);
    uint16_t last = bob->got[bob->got_count - 1].seq;
    client_nack(&w, bob, SLOTS * 10, last, 0);
    assert_int_equal(world_count(&w, COUNTER_RTX_OUT), 0);
}

static void who_speaks_again_after_silence_leaves_no_gap(void **state)
{
    (void)state;
    for (int i = 0; i < TALKERS; i++)
        publish(i, IPC_MIC);
    client_voices(&w, bob, SLOTS, 3);
    talk(TALKERS, 0x01, US_PER_S);
    struct ipc_message m = {.type = IPC_TRACK_SET, .as.TRACK_SET = {10, 1}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    talk(TALKERS, 0x01, US_PER_S); /* still sent, and dropped */
    m.as.TRACK_SET.paused = 0;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    talk(TALKERS, 0x01, US_PER_S);
    assert_unbroken(bob, SLOTS * 10);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(in_a_small_room_everybody_is_forwarded),
        STORY(in_a_large_room_the_three_loudest_are),
        STORY(the_sound_of_a_screen_is_always_forwarded),
        STORY(a_slot_is_one_stream_whoever_talks),
        STORY(a_talker_stays_in_the_slot_and_front_is_told),
        STORY(nobody_hears_himself),
        STORY(a_muted_talker_gives_the_slot_back),
        STORY(a_slot_pauses_closes_and_goes_with_its_receiver),
        STORY(who_speaks_again_after_silence_leaves_no_gap),
        STORY(a_nack_of_a_slot_gives_nothing),
        STORY(a_slot_reports_the_clock_of_whoever_is_heard),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
