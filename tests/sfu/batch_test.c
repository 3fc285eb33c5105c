/* Facts about what makes packets leave together: padding to one size, whole receivers in one slab,
 * and waiting for the rest of a frame. */
#include "sfu/world.h"

#include "io/udp.h"

enum { CAM = 0x2222, MIC = 0x1111, TRACK = 2, VOICE = 1, LEFT_MAX = 2048 };

/* One datagram as it left, opened. */
struct left {
    uint32_t call; /* number of the send call that takes it */
    size_t bytes, payload, padding;
    uint8_t pt;
};

static struct world w;
static struct client *alice, *bob;
static struct left left[LEFT_MAX];
static uint32_t left_count, runs, calls;
static uint16_t next_seq, next_voice;
static bool key_sent;

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    w.sfu->config.pad_to_batch = true;
    w.sfu->config.hold_max = 500;
    next_seq = next_voice = 1;
    key_sent = false;
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    client_wide(&w, bob);
    struct ipc_message m = track_message(alice, VOICE, IPC_AUDIO);
    m.as.TRACK_OPEN.encoding[0].ssrc = MIC;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = track_message(alice, TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.encoding[0].ssrc = CAM;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    client_subscribe(&w, bob, VOICE, 100, IPC_AUDIO);
    client_subscribe(&w, bob, TRACK, 200, IPC_VIDEO);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void take(const struct shot *s)
{
    uint8_t b[SFU_DATAGRAM_MAX];
    struct sfu_datagram d = {.path = alice->path,
                             .remote = alice->addr,
                             .local = world_server,
                             .bytes = b,
                             .len = (uint32_t)client_seal(alice, s, b, sizeof b)};
    assert_int_equal(sfu_receive(w.sfu, &d, 1, w.now), 1);
}

/* A packet of video with a payload of this length, not yet sent on. */
static void film(size_t len, bool ends)
{
    uint8_t payload[1500] = {0};
    (void)vp8_payload(payload, !key_sent, next_seq, 1);
    key_sent = true;
    take(&(struct shot){.ssrc = CAM,
                        .ts = 3000,
                        .seq = next_seq++,
                        .pt = VP8_PT,
                        .marker = ends,
                        .payload = span_of(payload, len)});
}

static void speak(size_t len)
{
    uint8_t payload[500] = {7};
    take(&(struct shot){.ssrc = MIC,
                        .ts = 960u * next_voice,
                        .seq = next_voice,
                        .pt = OPUS_PT,
                        .payload = span_of(payload, len)});
    next_voice++;
}

static void note(struct client *c, struct span d)
{
    uint8_t bytes[SFU_DATAGRAM_MAX];
    size_t len = d.len;
    struct rtp_packet p;
    memcpy(bytes, d.ptr, len);
    assert_int_equal(rtp_parse(&p, span_of(bytes, len), RTP_SEALED), ERR_OK);
    struct stream *s = world_stream(c->in, p.ssrc);
    assert_int_equal(seal_unseal_rtp(&c->seal, &s->seal, bytes, &len, p.header_len), ERR_OK);
    assert_int_equal(rtp_parse(&p, span_of(bytes, len), RTP_OPENED), ERR_OK);
    assert_true(left_count < LEFT_MAX);
    left[left_count++] = (struct left){calls, d.len, p.payload.len, p.padding_len, p.pt};
}

/* Ends the round and opens what left. */
static void flush(void)
{
    struct sfu_sends sends;
    left_count = runs = calls = 0;
    while (sfu_send(w.sfu, &sends)) {
        for (uint32_t i = 0; i < sends.count; i++) {
            const struct sfu_run *r = &sends.runs[i];
            struct client *c = client_at(&w, &r->remote);
            assert_non_null(c);
            runs++;
            for (uint32_t at = 0, n; at < r->count; at += n, calls++) {
                n = (uint32_t)udp_run_len(r->datagrams + at, r->count - at);
                for (uint32_t k = 0; k < n; k++)
                    note(c, r->datagrams[at + k]);
            }
        }
    }
}

/* As abs-send-time has it: 6.18 bits of seconds. */
static uint32_t left_at(struct span d)
{
    struct rtp_packet p;
    struct rtpext_set ext;
    assert_int_equal(rtp_parse(&p, d, RTP_SEALED), ERR_OK);
    assert_int_equal(rtpext_parse(&ext, &p), ERR_OK);
    const uint8_t *at = rtpext_get(&ext, X_ABS).ptr;
    assert_non_null(at);
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

/* The last receivers of a long round wait for the first ones' packets: that is no queue of theirs.
 */
static void a_packet_carries_the_time_at_which_it_leaves(void **state)
{
    (void)state;
    struct sfu_sends sends;
    uint8_t then[3];
    struct transport *t;
    uint64_t packed = 0;
    assert_true(map_get(&w.sfu->transport_by_id, bob->id, &packed));
    t = pool_get(&w.sfu->transports, handle_unpack(packed));
    film(800, true);
    int64_t number = t->sent.next - 1;
    assert_int_equal(sent_at(sent_find(&t->sent, number), w.now), w.now);
    w.now += 7 * US_PER_MS;
    sfu_departs(w.sfu, w.now);
    assert_true(sfu_send(w.sfu, &sends));
    assert_int_equal(sent_at(sent_find(&t->sent, number), w.now), w.now);
    rtpext_write_abs_send_time(then, w.now);
    assert_int_equal(left_at(sends.runs[0].datagrams[0]),
                     (uint32_t)then[0] << 16 | (uint32_t)then[1] << 8 | then[2]);
    flush();
}

static uint64_t padded(void)
{
    return world_count(&w, COUNTER_PADDING_OUT);
}

static void the_parts_of_a_frame_leave_in_one_call(void **state)
{
    (void)state;
    film(833, false);
    film(834, false);
    film(834, true);
    flush();
    assert_int_equal(left_count, 3);
    assert_int_equal(calls, 1);
    assert_int_equal(left[0].padding, 1);
    assert_int_equal(left[0].payload, 833);
    assert_int_equal(left[1].padding, 0);
    assert_int_equal(left[2].payload, 834);
    assert_int_equal(padded(), 1);
    assert_int_equal(world_count(&w, COUNTER_PADDED_OUT), 1);
}

static void the_last_may_be_shorter_without_padding(void **state)
{
    (void)state;
    film(1100, false);
    film(1100, false);
    film(300, true);
    flush();
    assert_int_equal(calls, 1);
    assert_int_equal(padded(), 0);
}

/* A receiver waits for its pace while others have taken all places. */
static void without_a_place_to_wait_the_first_leaves_and_nothing_is_lost(void **state)
{
    (void)state;
    struct client *carol = client_join(&w, 3);
    client_subscribe(&w, carol, TRACK, 400, IPC_VIDEO);
    for (int i = 0; i < 30; i++)
        film(1000, false);
    uint64_t waits = world_count(&w, COUNTER_PACED);
    assert_in_range(waits, 10, 29);
    world_drain(&w);
    uint32_t came = carol->got_count, taken = w.sfu->paced_free;
    assert_int_equal(came + waits, 30);
    w.sfu->paced_free = 0;
    for (int i = 0; i < 20; i++)
        film(1000, false);
    world_drain(&w);
    assert_int_equal(carol->got_count, came + 20);
    w.sfu->paced_free = taken;
    world_advance(&w, US_PER_S);
    assert_int_equal(carol->got_count, 50);
    assert_int_equal(world_dropped(&w, SFU_DROP_FULL), 0);
    for (uint32_t i = 1; i < 50; i++)
        assert_int_equal((uint16_t)(carol->got[i].seq - carol->got[i - 1].seq), 1);
}

static void padding_ends_where_it_would_cost_over_a_twentieth(void **state)
{
    (void)state;
    film(500, false);
    film(600, true);
    flush();
    assert_int_equal(padded(), 0);
    assert_int_equal(calls, 2);
    film(1000, false); /* 50 of 2,094 bytes are below */
    film(1050, true);
    flush();
    assert_int_equal(padded(), 50);
    assert_int_equal(calls, 1);
}

/* One byte counts the padding. */
static void no_packet_is_padded_by_more_than_a_byte_counts(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++)
        film(1200, false);
    film(900, false);
    film(1200, true);
    flush();
    assert_int_equal(left_count, 14);
    assert_int_equal(calls, 2);
    assert_int_equal(padded(), 0);
}

/* Whatever the sizes, padding keeps its share of all bytes and its limit of a byte's range. */
static void no_mix_of_sizes_breaks_the_rules(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int round = 0; round < 200; round++) {
        uint64_t before = padded(), bytes = 0;
        for (int i = 0; i < 12; i++) {
            random = random * 1664525 + 1013904223;
            if (random >> 24 < 40)
                speak(60 + (random >> 8) % 100);
            else
                film(40 + (random >> 8) % 1100, i == 11);
        }
        flush();
        w.now += 33 * US_PER_MS;
        assert_int_equal(left_count, 12);
        for (uint32_t i = 0; i < left_count; i++) {
            bytes += left[i].bytes - left[i].padding;
            if (left[i].pt == OPUS_PT)
                assert_int_equal(left[i].padding, 0);
        }
        assert_true((padded() - before) * 20 <= bytes);
    }
    assert_true(padded() > 0);
}

static void audio_is_never_padded(void **state)
{
    (void)state;
    speak(100);
    speak(101);
    speak(101);
    flush();
    assert_int_equal(padded(), 0);
    assert_int_equal(left_count, 3);
    assert_int_equal(calls, 2);
}

static void a_lone_packet_is_never_padded(void **state)
{
    (void)state;
    film(833, true);
    flush();
    film(834, true);
    flush();
    assert_int_equal(padded(), 0);
}

static void padding_can_be_switched_off(void **state)
{
    (void)state;
    w.sfu->config.pad_to_batch = false;
    film(833, false);
    film(834, false);
    film(834, true);
    flush();
    assert_int_equal(padded(), 0);
    assert_int_equal(calls, 2);
}

/* More than a slab's worth: each receiver's packets are still one run. */
static void a_receivers_packets_stay_together(void **state)
{
    (void)state;
    enum { OTHERS = 6, EACH = 20 };
    for (uint32_t i = 0; i < OTHERS; i++) {
        struct client *c = client_join(&w, 3 + i);
        client_wide(&w, c);
        for (uint32_t k = 0; k < EACH; k++)
            client_subscribe(&w, c, TRACK, 1000 + i * EACH + k, IPC_VIDEO);
    }
    film(900, false);
    film(900, false);
    film(900, true);
    flush();
    assert_int_equal(left_count, 3 * (OTHERS * EACH + 1));
    assert_true(left_count > SFU_SENDS_MAX);
    assert_int_equal(runs, OTHERS + 1);
}

static void a_begun_frame_is_waited_for_and_a_finished_one_not(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 20; k++)
        client_subscribe(&w, bob, TRACK, 1000 + k, IPC_VIDEO);
    assert_true(sfu_hold(w.sfu) <= w.now);
    film(800, false);
    assert_int_equal(sfu_hold(w.sfu), w.now + 21); /* a microsecond a packet */
    film(800, false);
    assert_int_equal(sfu_hold(w.sfu), w.now + 42);
    film(800, true);
    assert_true(sfu_hold(w.sfu) <= w.now);
    flush();
    assert_int_equal(calls, 1);
    film(800, false);
    flush(); /* waited long enough */
    assert_true(sfu_hold(w.sfu) <= w.now);
}

static void waiting_has_an_end_and_can_be_switched_off(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 20; k++)
        client_subscribe(&w, bob, TRACK, 1000 + k, IPC_VIDEO);
    instant_us began = w.now;
    for (int i = 0; i < 40; i++) {
        film(100, false);
        w.now += 5;
    }
    assert_int_equal(sfu_hold(w.sfu), began + 500);
    w.sfu->config.hold_max = 0;
    assert_true(sfu_hold(w.sfu) <= w.now);
}

static void few_packets_are_not_worth_a_wait(void **state)
{
    (void)state;
    film(800, false);
    assert_true(sfu_hold(w.sfu) <= w.now);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_packet_carries_the_time_at_which_it_leaves),
        STORY(the_parts_of_a_frame_leave_in_one_call),
        STORY(the_last_may_be_shorter_without_padding),
        STORY(without_a_place_to_wait_the_first_leaves_and_nothing_is_lost),
        STORY(padding_ends_where_it_would_cost_over_a_twentieth),
        STORY(no_packet_is_padded_by_more_than_a_byte_counts),
        STORY(no_mix_of_sizes_breaks_the_rules),
        STORY(audio_is_never_padded),
        STORY(a_lone_packet_is_never_padded),
        STORY(padding_can_be_switched_off),
        STORY(a_receivers_packets_stay_together),
        STORY(a_begun_frame_is_waited_for_and_a_finished_one_not),
        STORY(waiting_has_an_end_and_can_be_switched_off),
        STORY(few_packets_are_not_worth_a_wait),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
