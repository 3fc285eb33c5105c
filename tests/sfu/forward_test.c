/* Facts about the path of a packet: who gets it, what it looks like then, and what is refused. */
#include "sfu/world.h"

enum { AUDIO_TRACK = 1, VIDEO_TRACK = 2, MIC = 0x1111, CAM = 0x2222, CAM_RTX = 0x3333 };

static struct world w;
static struct client *alice, *bob;

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    struct ipc_message m = track_message(alice, AUDIO_TRACK, IPC_AUDIO);
    m.as.TRACK_OPEN.encoding[0].ssrc = MIC;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = track_message(alice, VIDEO_TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.encoding[0].ssrc = CAM;
    m.as.TRACK_OPEN.encoding[0].rtx_ssrc = CAM_RTX;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    client_subscribe(&w, bob, AUDIO_TRACK, 100, IPC_AUDIO);
    client_subscribe(&w, bob, VIDEO_TRACK, 200, IPC_VIDEO);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* Proven once to go wrong: a burst in one round wrote over what a listener still waited for. */
static void a_burst_of_others_never_reaches_a_listener_of_one(void **state)
{
    (void)state;
    struct client *eve = client_join(&w, 3);
    struct ipc_message m = track_message(eve, 3, IPC_AUDIO);
    m.as.TRACK_OPEN.encoding[0].ssrc = 0x4444;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    uint32_t before = bob->got_count;
    for (uint16_t i = 0; i < 2048; i++) {
        struct client *from = i == 0 ? alice : eve;
        struct shot s = {.ssrc = i == 0 ? MIC : 0x4444,
                         .ts = 960u * i,
                         .seq = (uint16_t)(i + 1),
                         .pt = OPUS_PT,
                         .level = 20,
                         .payload = span_str(i == 0 ? "ALICE" : "EVE")};
        uint8_t b[SFU_DATAGRAM_MAX];
        struct sfu_datagram d = {.path = from->path,
                                 .remote = from->addr,
                                 .local = world_server,
                                 .bytes = b,
                                 .len = (uint32_t)client_seal(from, &s, b, sizeof b)};
        if (sfu_receive(w.sfu, &d, 1, w.now) == 0) {
            world_drain(&w);
            assert_int_equal(sfu_receive(w.sfu, &d, 1, w.now), 1);
        }
    }
    world_drain(&w);
    assert_int_equal(bob->got_count, before + 1);
    assert_memory_equal(bob->got[before].first, "ALICE", 5);
}

static struct shot voice(uint16_t seq)
{
    return (struct shot){.ssrc = MIC,
                         .ts = 960u * seq,
                         .seq = seq,
                         .pt = OPUS_PT,
                         .level = 0x80 | 20,
                         .payload = span_str("opus opus opus")};
}

static bool eve_films(struct client *eve, uint16_t seq)
{
    static const uint8_t tiny[2] = {0x10, 0x01}; /* shorter than ALICE's descriptor */
    struct shot s = {.ssrc = 0x5555,
                     .ts = 3000u * seq,
                     .seq = seq,
                     .pt = VP8_PT,
                     .marker = true,
                     .payload = span_of(tiny, 2)};
    uint8_t b[SFU_DATAGRAM_MAX];
    struct sfu_datagram d = {.path = eve->path,
                             .remote = eve->addr,
                             .local = world_server,
                             .bytes = b,
                             .len = (uint32_t)client_seal(eve, &s, b, sizeof b)};
    return sfu_receive(w.sfu, &d, 1, w.now) == 1;
}

/* As above, of video that is asked for again when it is nearly overwritten. */
static void a_burst_of_others_never_reaches_a_repair(void **state)
{
    (void)state;
    struct client *eve = client_join(&w, 3);
    struct ipc_message m = track_message(eve, 3, IPC_VIDEO);
    m.as.TRACK_OPEN.encoding[0].ssrc = 0x5555;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    uint8_t buf[16];
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = CAM,
                                .seq = 1,
                                .pt = VP8_PT,
                                .marker = true,
                                .payload = vp8_payload(buf, true, 1, 7)});
    assert_int_equal(bob->got_count, 1);
    uint16_t n = 1;
    for (; n < 2044; n++) {
        assert_true(eve_films(eve, n));
        world_drain(&w);
    }
    struct rtcp_nack item = {bob->got[0].seq, 0};
    uint8_t bytes[64], sealed[SFU_DATAGRAM_MAX];
    struct writer out = writer_of(bytes, sizeof bytes);
    assert_true(rtcp_write_nack(&out, 7, 2000, &item, 1));
    struct seal_out o = {sealed, sizeof sealed, 0};
    assert_int_equal(seal_rtcp(&bob->seal, writer_span(&out), &o), ERR_OK);
    struct sfu_datagram d = {.path = bob->path,
                             .remote = bob->addr,
                             .local = world_server,
                             .bytes = sealed,
                             .len = (uint32_t)o.len};
    assert_int_equal(sfu_receive(w.sfu, &d, 1, w.now), 1);
    for (int k = 0; k < 40; k++, n++) {
        if (!eve_films(eve, n))
            break;
    }
    world_drain(&w);
    if (bob->got_count == 2) /* the repair, whole, or none at all */
        assert_int_equal(bob->got[1].ssrc, 2001);
}

static void film(uint16_t seq, bool key)
{
    uint8_t buf[16];
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = CAM,
                                .ts = 3000u * seq,
                                .seq = seq,
                                .pt = VP8_PT,
                                .marker = true,
                                .payload = vp8_payload(buf, key, seq, (uint8_t)seq)});
}

static void film_lost(uint16_t seq)
{
    (void)seq;
}

/* Otherwise each join would touch new pages of the ring until all of it is in memory. */
static void effects_that_were_taken_give_their_memory_back(void **state)
{
    (void)state;
    static const struct sfu_effect untouched;
    struct ipc_message again = {.type = IPC_ROOM_OPEN, .as.ROOM_OPEN.room = 1};
    for (int i = 0; i < 2000; i++)
        (void)world_command(&w, &again); /* refused, which front is told */
    assert_memory_equal(&w.sfu->effects[1000], &untouched, sizeof untouched);
}

static void joining_tells_front_that_the_transports_are_connected(void **state)
{
    (void)state;
    const struct ipc_message *m = world_last(&w, IPC_TRANSPORT_STATE);
    assert_non_null(m);
    assert_int_equal(m->as.TRANSPORT_STATE.transport, 2);
    assert_int_equal(m->as.TRANSPORT_STATE.state, IPC_STATE_CONNECTED);
}

static void audio_reaches_the_listener_with_its_own_ssrc_and_the_level(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < 5; i++) {
        struct shot s = voice((uint16_t)(65533 + i)); /* over the wrap */
        client_shoot(&w, alice, &s);
    }
    assert_int_equal(bob->got_count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        const struct got *g = &bob->got[i];
        assert_int_equal(g->ssrc, 1000);
        assert_int_equal(g->pt, OPUS_PT);
        assert_int_equal(g->level, 20);
        assert_memory_equal(g->first, "opus opus", 9);
        assert_int_equal((uint16_t)(g->seq - bob->got[0].seq), i);
        assert_true(g->has_twcc);
        assert_int_equal((uint16_t)(g->twcc - bob->got[0].twcc), i);
    }
    assert_int_equal(bob->got[1].ts - bob->got[0].ts, 960);
    assert_int_equal(alice->got_count, 0);
}

static void video_starts_with_a_key_frame_that_was_asked_for(void **state)
{
    (void)state;
    film(10, false);
    assert_int_equal(bob->got_count, 0);
    world_advance(&w, 20 * US_PER_MS);
    assert_int_equal(alice->pli, 1);
    assert_int_equal(alice->pli_ssrc, CAM);
    film(11, true);
    film(12, false);
    assert_int_equal(bob->got_count, 2);
    assert_int_equal(bob->got[0].vp8.keyframe, true);
    assert_int_equal((uint16_t)(bob->got[1].seq - bob->got[0].seq), 1);
    assert_int_equal((bob->got[1].vp8.picture_id - bob->got[0].vp8.picture_id) & 0x7fff, 1);
    assert_int_equal(bob->got[1].first[15], 12);
    assert_true(bob->got[0].marker);
}

static void a_lost_packet_is_asked_for_and_its_rtx_fills_the_gap(void **state)
{
    (void)state;
    film(1, true);
    film(2, false);
    film_lost(3);
    film(4, false);
    world_advance(&w, 30 * US_PER_MS);
    assert_true(alice->nacks >= 1);
    assert_int_equal(alice->nack_seq, 3);
    uint8_t buf[18] = {0, 3}, payload[16];
    vp8_payload(payload, false, 3, 3);
    memcpy(buf + 2, payload, 16);
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = CAM_RTX,
                                .ts = 9000,
                                .seq = 900,
                                .pt = VP8_RTX,
                                .marker = true,
                                .payload = span_of(buf, 18)});
    assert_int_equal(bob->got_count, 4);
    assert_int_equal(bob->got[3].pt, VP8_PT);
    assert_int_equal((uint16_t)(bob->got[3].seq - bob->got[0].seq), 2);
    assert_int_equal(bob->got[3].first[15], 3);
    uint32_t nacks = alice->nacks;
    world_advance(&w, US_PER_S);
    assert_int_equal(alice->nacks, nacks);
}

static void a_nack_is_answered_on_the_rtx_stream(void **state)
{
    (void)state;
    for (uint16_t i = 1; i <= 20; i++)
        film(i, i == 1);
    assert_int_equal(bob->got_count, 20);
    struct got lost = bob->got[7];
    client_nack(&w, bob, 2000, lost.seq, 0);
    assert_int_equal(bob->got_count, 21);
    struct got *g = &bob->got[20];
    assert_int_equal(g->ssrc, 2001);
    assert_int_equal(g->pt, VP8_RTX);
    assert_int_equal(g->osn, lost.seq);
    assert_int_equal(g->ts, lost.ts);
    assert_int_equal(g->vp8.picture_id, lost.vp8.picture_id);
    assert_memory_equal(g->first, lost.first, 16);
}

static void nack_for_everything_costs_at_most_the_original_rate(void **state)
{
    (void)state;
    for (uint16_t i = 1; i <= 100; i++)
        film(i, i == 1);
    uint16_t first = bob->got[0].seq;
    for (int round = 0; round < 20; round++) {
        for (uint16_t i = 0; i < 100; i = (uint16_t)(i + 17))
            client_nack(&w, bob, 2000, (uint16_t)(first + i), 0xffff);
    }
    assert_true(bob->got_count <= 200);
    assert_true(world_dropped(&w, SFU_DROP_RTX_BUDGET) > 0);
}

static void a_nack_for_what_was_never_sent_gives_nothing(void **state)
{
    (void)state;
    film(1, true);
    client_nack(&w, bob, 2000, (uint16_t)(bob->got[0].seq + 5), 0);
    client_nack(&w, bob, 2000, (uint16_t)(bob->got[0].seq - 5), 0);
    client_nack(&w, bob, 9999, bob->got[0].seq, 0);
    assert_int_equal(bob->got_count, 1);
    assert_int_equal(world_dropped(&w, SFU_DROP_RTX_GONE), 2);
}

static void key_frame_requests_are_throttled_to_two_a_second(void **state)
{
    (void)state;
    film(1, true);
    world_advance(&w, 2 * US_PER_S);
    film(2, false);
    world_advance(&w, US_PER_S / 2);
    uint32_t before = alice->pli;
    for (int i = 0; i < 2000; i++) {
        client_pli(&w, bob, 2000);
        world_advance(&w, US_PER_MS);
    }
    assert_in_range(alice->pli - before, 3, 5);
}

static void padding_leaves_no_gap(void **state)
{
    (void)state;
    film(1, true);
    struct shot padding = {.ssrc = CAM, .ts = 3000, .seq = 2, .pt = VP8_PT};
    client_shoot(&w, alice, &padding);
    film(3, false);
    film(4, false);
    assert_int_equal(bob->got_count, 3);
    assert_int_equal((uint16_t)(bob->got[1].seq - bob->got[0].seq), 1);
    assert_int_equal((uint16_t)(bob->got[2].seq - bob->got[0].seq), 2);
    client_nack(&w, bob, 2000, bob->got[1].seq, 0);
    assert_int_equal(bob->got[3].first[15], 3);
}

static void a_pause_of_the_subscription_goes_on_without_a_gap(void **state)
{
    (void)state;
    film(1, true);
    film(2, false);
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_SET,
                            .as.SUBSCRIPTION_SET = {.subscription = 200, .paused = 1, .layer = 0}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    film(3, false);
    film(4, true);
    assert_int_equal(bob->got_count, 2);
    m.as.SUBSCRIPTION_SET.paused = 0;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    assert_int_equal(bob->got_count, 3); /* the kept key frame, at once */
    assert_true(bob->got[2].vp8.keyframe);
    film(5, false);
    assert_int_equal(bob->got_count, 4);
    for (int i = 2; i < 4; i++) {
        assert_int_equal((uint16_t)(bob->got[i].seq - bob->got[i - 1].seq), 1);
        assert_int_equal((bob->got[i].vp8.picture_id - bob->got[i - 1].vp8.picture_id) & 0x7fff, 1);
        assert_true((int32_t)(bob->got[i].ts - bob->got[i - 1].ts) > 0);
    }
}

static void a_paused_track_is_silent_to_all(void **state)
{
    (void)state;
    struct ipc_message m = {.type = IPC_TRACK_SET, .as.TRACK_SET = {AUDIO_TRACK, 1}};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    struct shot s = voice(1);
    client_shoot(&w, alice, &s);
    assert_int_equal(bob->got_count, 0);
    assert_int_equal(world_dropped(&w, SFU_DROP_PAUSED), 1);
    m.as.TRACK_SET.paused = 0;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    s = voice(2);
    client_shoot(&w, alice, &s);
    assert_int_equal(bob->got_count, 1);
}

static void replays_and_forgeries_go_nowhere(void **state)
{
    (void)state;
    uint8_t bytes[SFU_DATAGRAM_MAX], again[SFU_DATAGRAM_MAX];
    struct shot s = voice(1);
    size_t len = client_seal(alice, &s, bytes, sizeof bytes);
    memcpy(again, bytes, len);
    world_receive(&w, &alice->addr, alice->path, bytes, len);
    memcpy(bytes, again, len);
    world_receive(&w, &alice->addr, alice->path, bytes, len);
    assert_int_equal(world_dropped(&w, SFU_DROP_REPLAY), 1);
    s = voice(2);
    len = client_seal(alice, &s, bytes, sizeof bytes);
    bytes[len - 1] ^= 1;
    world_receive(&w, &alice->addr, alice->path, bytes, len);
    assert_int_equal(world_dropped(&w, SFU_DROP_AUTH), 1);
    assert_int_equal(bob->got_count, 1);
}

static void media_from_another_address_is_never_believed(void **state)
{
    (void)state;
    static const struct ipc_addr mallory = {4, {10, 66, 6, 6}, 666};
    uint8_t bytes[SFU_DATAGRAM_MAX];
    struct shot s = voice(1);
    size_t len = client_seal(alice, &s, bytes, sizeof bytes);
    world_receive(&w, &mallory, HANDLE_NULL, bytes, len);
    assert_int_equal(bob->got_count, 0);
    assert_int_equal(world_dropped(&w, SFU_DROP_NO_PATH), 1);
    s = voice(2);
    client_shoot(&w, alice, &s);
    assert_int_equal(bob->got_count, 1);
    assert_int_equal(w.stray_sends, 0);
}

static void receivers_get_sender_reports_on_the_publishers_clock(void **state)
{
    (void)state;
    uint64_t ntp = (uint64_t)1000 << 32;
    struct shot s = voice(50);
    client_shoot(&w, alice, &s);
    client_sr(&w, alice, MIC, ntp, 48000);
    world_advance(&w, 1500 * US_PER_MS);
    assert_true(bob->sr >= 1);
    assert_int_equal(bob->last_sr_ssrc, 1000);
    /* ntp and timestamp moved on together: mapped back, the pair is on the publisher's line */
    uint32_t shift = s.ts - bob->got[0].ts;
    uint64_t passed = bob->last_sr.ntp - ntp;
    uint32_t ticks = (uint32_t)((passed * 48000) >> 32);
    int32_t apart = (int32_t)(bob->last_sr.rtp_ts + shift - 48000 - ticks);
    assert_in_range(apart + 2, 0, 4);
}

static void publishers_get_receiver_reports_and_transport_feedback(void **state)
{
    (void)state;
    for (uint16_t i = 1; i <= 100; i++) {
        struct shot s = voice(i);
        s.twcc = i;
        if (i % 10 != 5)
            client_shoot(&w, alice, &s);
        world_advance(&w, 20 * US_PER_MS);
    }
    assert_in_range(alice->rr, 1, 3);
    assert_in_range(alice->twcc, 15, 25);
    assert_int_equal(alice->last_rr.ssrc, MIC);
    assert_in_range(alice->last_rr.fraction_lost, 15, 40);
}

static void loud_tracks_are_told_to_front_and_silence_once(void **state)
{
    (void)state;
    struct shot s = voice(1);
    client_shoot(&w, alice, &s);
    world_advance(&w, 300 * US_PER_MS);
    const struct ipc_message *m = world_last(&w, IPC_LEVELS);
    assert_non_null(m);
    assert_true(m->as.LEVELS.count <= 1);
    uint32_t told = 0;
    for (uint32_t i = 0; i < w.reply_count; i++)
        told += w.replies[i].type == IPC_LEVELS;
    assert_int_equal(told, 2);
    world_advance(&w, 2 * US_PER_S);
    assert_int_equal(world_last(&w, IPC_LEVELS)->as.LEVELS.count, 0);
}

static void what_is_told_of_loudness_is_told_once_more_and_then_no_more(void **state)
{
    (void)state;
    world_advance(&w, 2 * US_PER_S);
    uint32_t silent = 0, loud = 0;
    uint32_t before = w.reply_count;
    for (uint16_t i = 1; i <= 100; i++) {
        struct shot s = voice(i);
        client_shoot(&w, alice, &s);
        world_advance(&w, 20 * US_PER_MS);
    }
    world_advance(&w, 2 * US_PER_S);
    for (uint32_t i = before; i < w.reply_count; i++) {
        if (w.replies[i].type != IPC_LEVELS)
            continue;
        loud += w.replies[i].as.LEVELS.count == 1;
        silent += w.replies[i].as.LEVELS.count == 0;
    }
    assert_int_equal(loud, 2);
    assert_int_equal(silent, 2);
}

static void consent_that_ends_fails_the_transport_and_a_new_check_revives_it(void **state)
{
    (void)state;
    world_advance(&w, 10 * US_PER_S);
    client_check(&w, alice);
    world_advance(&w, 10 * US_PER_S); /* bob is silent for 20 s */
    const struct ipc_message *m = world_last(&w, IPC_TRANSPORT_STATE);
    assert_int_equal(m->as.TRANSPORT_STATE.transport, 2);
    assert_int_equal(m->as.TRANSPORT_STATE.state, IPC_STATE_FAILED);
    struct shot s = voice(1);
    client_shoot(&w, alice, &s);
    assert_int_equal(bob->got_count, 0);
    bob->path = HANDLE_NULL;
    client_check(&w, bob);
    m = world_last(&w, IPC_TRANSPORT_STATE);
    assert_int_equal(m->as.TRANSPORT_STATE.state, IPC_STATE_CONNECTED);
    s = voice(2);
    client_shoot(&w, alice, &s);
    assert_int_equal(bob->got_count, 1);
}

static void closing_a_room_leaves_nothing_behind(void **state)
{
    (void)state;
    film(1, true);
    struct ipc_message m = {.type = IPC_ROOM_CLOSE, .as.ROOM_CLOSE.room = 1};
    assert_int_equal(world_command(&w, &m), ERR_OK);
    static const enum sfu_counter gauges[] = {COUNTER_ROOMS, COUNTER_PEERS,  COUNTER_TRANSPORTS,
                                              COUNTER_PATHS, COUNTER_TRACKS, COUNTER_SUBSCRIPTIONS};
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++)
        assert_int_equal(world_count(&w, gauges[i]), 0);
    assert_int_equal(w.sfu->ssrc_owner.used, 0);
    assert_int_equal(w.sfu->subscription_by_ssrc.used, 0);
    assert_int_equal(w.sfu->transport_by_ufrag.used, 0);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_burst_of_others_never_reaches_a_repair),
        STORY(a_burst_of_others_never_reaches_a_listener_of_one),
        STORY(effects_that_were_taken_give_their_memory_back),
        STORY(joining_tells_front_that_the_transports_are_connected),
        STORY(audio_reaches_the_listener_with_its_own_ssrc_and_the_level),
        STORY(video_starts_with_a_key_frame_that_was_asked_for),
        STORY(a_lost_packet_is_asked_for_and_its_rtx_fills_the_gap),
        STORY(a_nack_is_answered_on_the_rtx_stream),
        STORY(nack_for_everything_costs_at_most_the_original_rate),
        STORY(a_nack_for_what_was_never_sent_gives_nothing),
        STORY(key_frame_requests_are_throttled_to_two_a_second),
        STORY(padding_leaves_no_gap),
        STORY(a_pause_of_the_subscription_goes_on_without_a_gap),
        STORY(a_paused_track_is_silent_to_all),
        STORY(replays_and_forgeries_go_nowhere),
        STORY(media_from_another_address_is_never_believed),
        STORY(receivers_get_sender_reports_on_the_publishers_clock),
        STORY(publishers_get_receiver_reports_and_transport_feedback),
        STORY(loud_tracks_are_told_to_front_and_silence_once),
        STORY(what_is_told_of_loudness_is_told_once_more_and_then_no_more),
        STORY(consent_that_ends_fails_the_transport_and_a_new_check_revives_it),
        STORY(closing_a_room_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
