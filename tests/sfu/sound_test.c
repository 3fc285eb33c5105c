/* Facts about repairs of sound: what is asked of a publisher, and what a receiver gets again. Track
 * 5 is alice's microphone; bob hears it by subscription 40. */
#include "sfu/world.h"

enum { MIC = 0xa1, MIC_RTX = 0xa2, HEARS = 40, SLOTS = 700, PIECE = 960 };

static struct world w;
static struct client *alice, *bob;
static uint16_t rtx_seq;

static void subscribe(uint32_t track, uint32_t id, uint8_t slot)
{
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_OPEN};
    struct ipc_subscription_open *o = &m.as.SUBSCRIPTION_OPEN;
    *o = (struct ipc_subscription_open){.transport = bob->id,
                                        .track = track,
                                        .slot = slot,
                                        .subscription = id,
                                        .ssrc = id * 10,
                                        .rtx_ssrc = id * 10 + 1,
                                        .pt = OPUS_PT,
                                        .rtx_pt = OPUS_RTX};
    o->ext[IPC_EXT_TWCC] = X_TWCC;
    o->ext[IPC_EXT_AUDIO_LEVEL] = X_LEVEL;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = (struct ipc_message){.type = IPC_SUBSCRIPTION_SET,
                             .as.SUBSCRIPTION_SET = {.subscription = id, .layer = 3}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
}

static void publish(struct client *c, uint32_t track, uint32_t ssrc)
{
    struct ipc_message m = track_message(c, track, IPC_AUDIO);
    m.as.TRACK_OPEN.rtx_pt = OPUS_RTX;
    m.as.TRACK_OPEN.encoding[0].ssrc = ssrc;
    m.as.TRACK_OPEN.encoding[0].rtx_ssrc = ssrc + 1;
    assert_int_equal(world_command(&w, &m), ERR_OK);
}

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    publish(alice, 5, MIC);
    rtx_seq = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void say_as(struct client *c, uint32_t ssrc, uint16_t seq, uint8_t level)
{
    uint8_t payload[80];
    memset(payload, (uint8_t)seq, sizeof payload);
    client_shoot(&w, c,
                 &(struct shot){.ssrc = ssrc,
                                .ts = (uint32_t)seq * PIECE,
                                .seq = seq,
                                .pt = OPUS_PT,
                                .level = level,
                                .payload = span_of(payload, sizeof payload)});
}

static void say(uint16_t seq)
{
    say_as(alice, MIC, seq, 30);
    world_advance(&w, 20 * US_PER_MS);
}

static void say_again_on_rtx(uint16_t seq)
{
    uint8_t payload[82];
    memset(payload, (uint8_t)seq, sizeof payload);
    payload[0] = (uint8_t)(seq >> 8);
    payload[1] = (uint8_t)seq;
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = MIC_RTX,
                                .ts = (uint32_t)seq * PIECE,
                                .seq = rtx_seq++,
                                .pt = OPUS_RTX,
                                .payload = span_of(payload, sizeof payload)});
}

static void a_publisher_is_asked_twice_while_it_can_be_in_time(void **state)
{
    (void)state;
    subscribe(5, HEARS, 0);
    say(1);
    say(3);
    instant_us gap = w.now - 20 * US_PER_MS;
    assert_int_equal(alice->nacks, 1);
    assert_int_equal(alice->nack_seq, 2);
    for (uint16_t seq = 4; seq < 60; seq++) {
        uint32_t before = alice->nacks;
        say(seq);
        assert_true(alice->nacks == before || w.now - gap <= 120 * US_PER_MS);
    }
    assert_int_equal(alice->nacks, 2);
    assert_int_equal(world_count(&w, COUNTER_PLI_OUT), 0);
}

static void what_comes_again_takes_its_own_place(void **state)
{
    (void)state;
    subscribe(5, HEARS, 0);
    say(1);
    say(3);
    say_as(alice, MIC, 2, 30); /* as browsers do: the packet once more */
    assert_int_equal(bob->got_count, 3);
    assert_int_equal((uint16_t)(bob->got[2].seq - bob->got[0].seq), 1);
    assert_int_equal((uint16_t)(bob->got[1].seq - bob->got[0].seq), 2);
    assert_int_equal(bob->got[2].ts - bob->got[0].ts, PIECE);
    say(6);
    say_again_on_rtx(4); /* as conclave-bot does */
    say_again_on_rtx(4);
    say_as(alice, MIC, 4, 30);
    assert_int_equal(bob->got_count, 5);
    assert_int_equal((uint16_t)(bob->got[4].seq - bob->got[0].seq), 3);
    assert_int_equal(world_dropped(&w, SFU_DROP_DUPLICATE), 2);
}

static void a_receiver_gets_sound_again_on_its_rtx_stream(void **state)
{
    (void)state;
    subscribe(5, HEARS, 0);
    for (uint16_t seq = 1; seq <= 5; seq++)
        say(seq);
    struct got lost = bob->got[2];
    client_nack(&w, bob, HEARS * 10, lost.seq, 0);
    assert_int_equal(bob->got_count, 6);
    struct got *g = &bob->got[5];
    assert_int_equal(g->ssrc, HEARS * 10 + 1);
    assert_int_equal(g->pt, OPUS_RTX);
    assert_int_equal(g->osn, lost.seq);
    assert_int_equal(g->ts, lost.ts);
    assert_int_equal(g->level, lost.level);
    assert_memory_equal(g->first, lost.first, 16);
}

/* A full queue of video and a credit that repairs of video have used up do not touch sound. */
static void sound_passes_what_waits_of_video(void **state)
{
    (void)state;
    uint64_t packed = 0;
    subscribe(5, HEARS, 0);
    say(1);
    say(2);
    assert_true(map_get(&w.sfu->transport_by_id, bob->id, &packed));
    struct transport *t = pool_get(&w.sfu->transports, handle_unpack(packed));
    t->bwe.rate = BWE_MIN_BPS;
    t->enough = false;
    pace_set(w.sfu, t);
    for (int i = 0; i < 100; i++)
        pacer_repaired(&t->pacer, 1200, w.now);
    assert_false(pacer_repairs(&t->pacer, w.now));
    client_nack(&w, bob, HEARS * 10, bob->got[0].seq, 0);
    assert_int_equal(world_count(&w, COUNTER_RTX_OUT), 1);
}

/* Attack A12: what is asked for again costs no more than what was sent, and little at once. */
static void a_flood_of_nacks_costs_no_more_than_what_was_sent(void **state)
{
    (void)state;
    subscribe(5, HEARS, 0);
    for (uint16_t seq = 1; seq <= 200; seq++)
        say(seq);
    uint16_t first = bob->got[0].seq;
    uint32_t before = bob->got_count;
    for (int round = 0; round < 20; round++)
        for (uint16_t i = 0; i < 200; i = (uint16_t)(i + 17))
            client_nack(&w, bob, HEARS * 10, (uint16_t)(first + i), 0xffff);
    uint32_t burst = bob->got_count - before;
    assert_in_range(burst, 1, 90);
    for (uint16_t seq = 201; seq <= 400; seq++) {
        say(seq);
        client_nack(&w, bob, HEARS * 10, (uint16_t)(first + seq - 20), 0xffff);
    }
    assert_true(bob->got_count <= before + burst + 2 * 200);
    assert_true(world_dropped(&w, SFU_DROP_RTX_BUDGET) > 0);
}

static void a_slot_repeats_the_voice_that_it_carries_and_no_other(void **state)
{
    (void)state;
    struct client *carol = client_join(&w, 3);
    publish(carol, 6, 0xc1);
    subscribe(0, SLOTS, 1);
    for (uint16_t seq = 1; seq <= 50; seq++)
        say(seq);
    uint16_t mine = bob->got[bob->got_count - 1].seq;
    client_nack(&w, bob, SLOTS * 10, mine, 0);
    assert_int_equal(world_count(&w, COUNTER_RTX_OUT), 1);
    struct ipc_message m = {.type = IPC_TRACK_SET, .as.TRACK_SET = {.track = 5, .paused = 1}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    for (uint16_t seq = 1; seq <= 50; seq++) {
        say_as(carol, 0xc1, seq, 20);
        world_advance(&w, 20 * US_PER_MS);
    }
    client_nack(&w, bob, SLOTS * 10, mine, 0); /* another's number now */
    assert_int_equal(world_count(&w, COUNTER_RTX_OUT), 1);
    client_nack(&w, bob, SLOTS * 10, bob->got[bob->got_count - 1].seq, 0);
    assert_int_equal(world_count(&w, COUNTER_RTX_OUT), 2);
}

/* Four microphones, three places: the fourth is heard by nobody, and costs nobody a place. */
static void a_microphone_that_nobody_hears_is_asked_for_nothing(void **state)
{
    (void)state;
    struct client *more[3];
    for (uint32_t i = 0; i < 3; i++) {
        more[i] = client_join(&w, 3 + i);
        publish(more[i], 10 + i, 0xd0 + 4 * i);
    }
    subscribe(5, HEARS, 0);
    for (uint16_t seq = 1; seq <= 100; seq++) {
        for (uint32_t i = 0; i < 3; i++)
            say_as(more[i], 0xd0 + 4 * i, seq, 20);
        say_as(alice, MIC, seq, 126);
        world_advance(&w, 20 * US_PER_MS);
    }
    assert_true(world_dropped(&w, SFU_DROP_UNHEARD) > 50);
    uint32_t asked = alice->nacks, kept = w.sfu->fleeting.next;
    say_as(alice, MIC, 105, 126);
    world_advance(&w, US_PER_S);
    assert_int_equal(alice->nacks, asked);
    assert_int_equal(w.sfu->fleeting.next, kept);
}

/* A round of more sound than the ring spares: what waits to be sent again is not written over. */
static void a_repair_is_what_was_asked_for_however_much_sound_comes_in_its_round(void **state)
{
    (void)state;
    struct client *carol = client_join(&w, 3);
    publish(carol, 6, 0xc1);
    subscribe(5, HEARS, 0);
    for (uint16_t seq = 1; seq <= 5; seq++)
        say(seq);
    struct got lost = bob->got[2];
    uint8_t nack[64], sealed[SFU_DATAGRAM_MAX];
    struct writer out = writer_of(nack, sizeof nack);
    assert_true(rtcp_write_nack(&out, 7, HEARS * 10, &(struct rtcp_nack){lost.seq, 0}, 1));
    struct seal_out o = {sealed, sizeof sealed, 0};
    assert_int_equal(seal_rtcp(&bob->seal, writer_span(&out), &o), ERR_OK);
    struct sfu_datagram d = {bob->path, bob->addr, world_server, sealed, (uint32_t)o.len};
    assert_int_equal(sfu_receive(w.sfu, &d, 1, w.now), 1);
    uint32_t taken = 0;
    for (uint16_t seq = 1; seq <= 2500; seq++, taken++) {
        uint8_t bytes[SFU_DATAGRAM_MAX];
        struct shot s = {.ssrc = 0xc1,
                         .seq = seq,
                         .ts = (uint32_t)seq * PIECE,
                         .pt = OPUS_PT,
                         .payload = span_str("somebody else's")};
        size_t len = client_seal(carol, &s, bytes, sizeof bytes);
        d = (struct sfu_datagram){carol->path, carol->addr, world_server, bytes, (uint32_t)len};
        w.now += 1000; /* one client stands for many: the police lets it */
        if (sfu_receive(w.sfu, &d, 1, w.now) == 0)
            break;
    }
    assert_in_range(taken, 100, 1000);
    uint32_t before = bob->got_count;
    world_drain(&w);
    assert_int_equal(bob->got_count, before + 1);
    assert_int_equal(bob->got[before].osn, lost.seq);
    assert_memory_equal(bob->got[before].first, lost.first, 16);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_publisher_is_asked_twice_while_it_can_be_in_time),
        STORY(what_comes_again_takes_its_own_place),
        STORY(a_receiver_gets_sound_again_on_its_rtx_stream),
        STORY(sound_passes_what_waits_of_video),
        STORY(a_flood_of_nacks_costs_no_more_than_what_was_sent),
        STORY(a_slot_repeats_the_voice_that_it_carries_and_no_other),
        STORY(a_microphone_that_nobody_hears_is_asked_for_nothing),
        STORY(a_repair_is_what_was_asked_for_however_much_sound_comes_in_its_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
