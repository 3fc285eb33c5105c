/* Facts about layers inside one encoding on their way through the core: VP9 by its descriptor, AV1
 * by the dependency descriptor, VP8's temporal layers, and H.264 that has none. What a receiver
 * gets is one unbroken stream, whatever was cut off. */
#include "sfu/world.h"

#include "proto/depdesc_sample.h"

enum { TRACK = 3, SUBSCRIPTION = 50, SSRC = 0xc0 };

static struct world w;
static struct client *alice, *bob;
static uint16_t seq, picture;

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    seq = 65530;
    picture = 10;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void publish(enum ipc_codec codec, uint8_t spatial, uint8_t temporal)
{
    struct ipc_message m = track_message(alice, TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.codec = (uint8_t)codec;
    m.as.TRACK_OPEN.spatial = spatial;
    m.as.TRACK_OPEN.temporal = temporal;
    m.as.TRACK_OPEN.encoding[0].ssrc = SSRC;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
}

static void tile(uint16_t width, uint16_t height)
{
    struct ipc_message m = {.type = IPC_SUBSCRIPTION_SET};
    m.as.SUBSCRIPTION_SET = (struct ipc_subscription_set){
        .subscription = SUBSCRIPTION, .layer = 3, .width = width, .height = height};
    assert_int_equal(world_command(&w, &m), ERR_OK);
}

static void send(struct span payload, struct span dependency, bool marker)
{
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = SSRC,
                                .ts = (uint32_t)((w.now - 1000 * US_PER_S) * 90 / 1000),
                                .seq = seq++,
                                .pt = VP8_PT,
                                .marker = marker,
                                .payload = payload,
                                .dependency = dependency});
}

/* One packet of a VP9 layer's frame: its layers stand behind the descriptor. */
static void vp9_packet(uint8_t sid, uint8_t tid, bool key, uint8_t marks)
{
    uint8_t bytes[16] = {(uint8_t)(0xa0 | (key ? 0 : 0x40) | marks),
                         (uint8_t)(0x80 | picture >> 8),
                         (uint8_t)picture,
                         (uint8_t)(tid << 5 | 0x10 | sid << 1 | (sid > 0)),
                         0,
                         sid,
                         tid};
    send(span_of(bytes, sizeof bytes), span_of(NULL, 0), sid == 1 && (marks & 0x04));
}

/* Two spatial layers, two packets each. */
static void vp9_picture(uint8_t tid, bool key)
{
    for (uint8_t sid = 0; sid < 2; sid++) {
        vp9_packet(sid, tid, key, 0x08);
        vp9_packet(sid, tid, key, 0x04);
    }
    picture++;
    world_advance(&w, 33 * US_PER_MS);
}

static void assert_unbroken(void)
{
    for (uint32_t i = 1; i < bob->got_count; i++)
        assert_int_equal((uint16_t)(bob->got[i].seq - bob->got[i - 1].seq), 1);
}

static void vp9_is_cut_to_the_tile_and_the_marker_moves(void **state)
{
    (void)state;
    publish(IPC_VP9, 2, 2);
    tile(640, 360);
    for (int i = 0; i < 20; i++)
        vp9_picture(i & 1, i == 0);
    assert_int_equal(bob->got_count, 40);
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(bob->got[i].first[5], 0);
        assert_int_equal(bob->got[i].marker, i & 1); /* the lower layer ends the picture now */
    }
    assert_unbroken();
    tile(1280, 720);
    for (int i = 0; i < 20; i++)
        vp9_picture(i & 1, i == 5);
    assert_int_equal(bob->got[bob->got_count - 1].first[5], 1);
    assert_int_equal(world_last(&w, IPC_SUBSCRIPTION_LAYER)->as.SUBSCRIPTION_LAYER.layer, 1);
    assert_true(alice->pli > 0);
    tile(320, 180);
    uint32_t before = bob->got_count;
    for (int i = 0; i < 4; i++)
        vp9_picture(i & 1, false);
    assert_int_equal(bob->got_count - before, 8);
    assert_unbroken();
}

static void vp9_that_is_not_announced_as_scalable_goes_on_whole(void **state)
{
    (void)state;
    publish(IPC_VP9, 0, 0);
    tile(320, 180);
    vp9_picture(0, true);
    vp9_picture(1, false);
    assert_int_equal(bob->got_count, 8);
    assert_true(bob->got[3].marker && !bob->got[1].marker);
}

static struct subscription *subscription(void)
{
    return sfu_find(&w.sfu->subscription_by_id, &w.sfu->subscriptions, SUBSCRIPTION);
}

static void vp8_frame(uint8_t tid, bool key, bool sync)
{
    uint8_t bytes[16];
    (void)vp8_payload(bytes, key, picture++, tid);
    bytes[5] = (uint8_t)(tid << 6 | (sync ? 0x20 : 0));
    send(span_of(bytes, sizeof bytes), span_of(NULL, 0), true);
    world_advance(&w, 33 * US_PER_MS);
}

static struct transport *way_to_bob(void)
{
    return subscription()->transport;
}

/* T3 as browsers send it: 0 2 1 2. */
static void vp8_frames(int count)
{
    static const uint8_t pattern[] = {0, 2, 1, 2};
    for (int i = 0; i < count; i++)
        vp8_frame(pattern[i % 4], picture == 10, i % 4 != 0);
}

static unsigned highest_since(uint32_t from)
{
    unsigned highest = 0;
    for (uint32_t i = from; i < bob->got_count; i++) {
        unsigned tid = bob->got[i].first[5] >> 6;
        highest = tid > highest ? tid : highest;
    }
    return highest;
}

static void estimate(uint32_t parts, uint32_t of)
{
    struct track *k = subscription()->track;
    way_to_bob()->bwe.rate = (rate_bps)((uint64_t)track_bps(k, 0) * parts / of);
    share_run(w.sfu, way_to_bob());
}

static void a_narrow_way_gets_fewer_pictures_before_it_gets_none(void **state)
{
    (void)state;
    publish(IPC_VP8, 0, 3);
    tile(1280, 720);
    vp8_frames(80);
    uint32_t before = bob->got_count;
    assert_int_equal(before, 80);
    /* As measured: half of the pictures are of the third layer, a quarter of the second. */
    assert_in_range(track_temporal_share(subscription()->track, 0, 0), 230, 280);
    assert_in_range(track_temporal_share(subscription()->track, 0, 1), 480, 540);
    estimate(60, 100);
    assert_int_equal(subscription()->temporal, 1);
    assert_int_not_equal(subscription()->pick.target, PICK_NONE);
    vp8_frames(40);
    assert_int_equal(bob->got_count - before, 20);
    assert_int_equal(highest_since(before), 1);
    before = bob->got_count;
    estimate(40, 100);
    assert_int_equal(subscription()->temporal, 0);
    vp8_frames(40);
    assert_int_equal(bob->got_count - before, 10);
    vp8_frames((int)(2 * SHARE_HOLD_US / (33 * US_PER_MS))); /* what failed is not given at once */
    before = bob->got_count;
    estimate(400, 100);
    assert_int_equal(subscription()->temporal, LAYER_TEMPORAL_ALL);
    vp8_frames(40);
    assert_int_equal(highest_since(before), 2);
    assert_unbroken();
}

static void vp8_s_temporal_layers_leave_no_gap_in_any_number(void **state)
{
    (void)state;
    publish(IPC_VP8, 0, 3);
    subscription()->temporal = 1;
    static const uint8_t pattern[4] = {0, 2, 1, 2};
    for (int i = 0; i < 40; i++)
        vp8_frame(pattern[i % 4], i == 0, false);
    assert_int_equal(bob->got_count, 20);
    for (uint32_t i = 0; i < bob->got_count; i++) {
        assert_true(bob->got[i].vp8.tid <= 1);
        if (i > 0)
            assert_int_equal((bob->got[i].vp8.picture_id - bob->got[i - 1].vp8.picture_id) & 0x7fff,
                             1);
    }
    assert_unbroken();
    subscription()->temporal = 2;
    uint32_t before = bob->got_count;
    for (int i = 40; i < 48; i++)
        vp8_frame(pattern[i % 4], false, i == 43);
    assert_int_equal(bob->got_count - before, 4 + 3);
    assert_unbroken();
}

static void what_went_on_whole_can_be_cut_between_key_frames(void **state)
{
    (void)state;
    publish(IPC_VP8, 0, 3);
    static const uint8_t pattern[4] = {0, 2, 1, 2};
    for (int i = 0; i < 8; i++)
        vp8_frame(pattern[i % 4], i == 0, false);
    assert_int_equal(bob->got_count, 8);
    subscription()->temporal = 0;
    for (int i = 0; i < 8; i++)
        vp8_frame(pattern[i % 4], false, false);
    assert_int_equal(bob->got_count, 8 + 2);
    subscription()->temporal = LAYER_TEMPORAL_ALL;
    for (int i = 0; i < 8; i++)
        vp8_frame(pattern[i % 4], false, false);
    assert_int_equal(bob->got_count, 10 + 2); /* nobody said that more can be decoded */
    assert_unbroken();
}

static void av1_frame(unsigned template_index, bool key)
{
    struct sample_bits b;
    size_t len = key ? sample_key(&b, picture) : sample_plain(&b, 3, template_index, picture);
    const uint8_t payload[16] = {key ? 0x18 : 0x10, (uint8_t)template_index};
    picture++;
    send(span_of(payload, sizeof payload), span_of(b.bytes, len), template_index >= 2);
}

static void av1_is_cut_by_its_descriptor_which_goes_on_as_it_came(void **state)
{
    (void)state;
    publish(IPC_AV1, 2, 2);
    tile(640, 360);
    av1_frame(0, true);
    for (int i = 0; i < 12; i++) {
        av1_frame((unsigned)(i % 4), false);
        world_advance(&w, 16 * US_PER_MS);
    }
    assert_int_equal(bob->got_count, 1 + 6);
    struct sample_bits b;
    size_t len = sample_key(&b, 10);
    assert_int_equal(bob->got[0].described, len);
    assert_memory_equal(bob->got[0].dependency, b.bytes, len);
    assert_int_equal(bob->got[1].described, 3);
    for (uint32_t i = 1; i < bob->got_count; i++) {
        assert_true(bob->got[i].first[1] <= 1);
        assert_true(bob->got[i].marker);
    }
    assert_unbroken();
    tile(1280, 720);
    for (int i = 0; i < 8; i++)
        av1_frame((unsigned)(i % 4), false);
    assert_int_equal(bob->got[bob->got_count - 1].first[1], 3);
}

static void a_descriptor_without_its_structure_is_dropped(void **state)
{
    (void)state;
    publish(IPC_AV1, 2, 2);
    av1_frame(0, false);
    assert_int_equal(world_dropped(&w, SFU_DROP_CODEC), 1);
    assert_int_equal(bob->got_count, 0);
}

static void av1_without_descriptors_starts_at_a_new_sequence(void **state)
{
    (void)state;
    publish(IPC_AV1, 0, 0);
    const uint8_t delta[4] = {0x10}, first[4] = {0x18};
    send(span_of(delta, 4), span_of(NULL, 0), true);
    assert_int_equal(bob->got_count, 0);
    send(span_of(first, 4), span_of(NULL, 0), true);
    send(span_of(delta, 4), span_of(NULL, 0), true);
    assert_int_equal(bob->got_count, 2);
    assert_int_equal(bob->got[0].described, 0);
}

static void h264_starts_at_its_parameters(void **state)
{
    (void)state;
    publish(IPC_H264, 0, 0);
    const uint8_t slice[2] = {0x41}, sps[2] = {0x67}, pps[2] = {0x68}, idr[2] = {0x65};
    send(span_of(slice, 2), span_of(NULL, 0), true);
    assert_int_equal(bob->got_count, 0);
    send(span_of(sps, 2), span_of(NULL, 0), false);
    send(span_of(pps, 2), span_of(NULL, 0), false);
    send(span_of(idr, 2), span_of(NULL, 0), true);
    assert_int_equal(bob->got_count, 3);
    const struct gop *g =
        &((struct track *)sfu_find(&w.sfu->track_by_id, &w.sfu->tracks, TRACK))->encoding[0].gop;
    assert_int_equal(g->next - g->first, 3); /* a late receiver gets the parameters too */
}

/* One packet of an H.264 encoding, which browsers describe too. The encodings share one line of
 * frame numbers and have line numbers of their own. */
static void described_h264(uint8_t encoding, bool key, uint16_t number)
{
    static uint16_t at[2];
    struct sample_bits b;
    size_t len = key ? sample_key(&b, number) : sample_plain(&b, 3, 0, number);
    const uint8_t payload[2] = {key ? 0x67 : 0x41, encoding};
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = SSRC + encoding,
                                .ts = (uint32_t)((w.now - 1000 * US_PER_S) * 90 / 1000),
                                .seq = at[encoding]++,
                                .pt = VP8_PT,
                                .marker = true,
                                .payload = span_of(payload, sizeof payload),
                                .dependency = span_of(b.bytes, len)});
}

/* A browser's encoder makes the large picture's key frame first, and its pacer may send the small
 * one's before it: then the small one's has the higher number (both were seen with Chromium's
 * H.264). A receiver drops a key frame whose number went back, and everything after it. */
static void a_switch_never_takes_frame_numbers_back(void **state)
{
    (void)state;
    struct ipc_message m = track_message(alice, TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.codec = IPC_H264;
    m.as.TRACK_OPEN.encodings = 2;
    m.as.TRACK_OPEN.encoding[0].ssrc = SSRC;
    m.as.TRACK_OPEN.encoding[1].ssrc = SSRC + 1;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    client_subscribe(&w, bob, TRACK, SUBSCRIPTION, IPC_VIDEO);
    tile(320, 180);
    uint16_t number = 65500;
    for (int i = 0; i < 120; i++) {
        if (i == 60)
            tile(1280, 720);
        described_h264(1, i == 0, number++);
        described_h264(0, i == 0, number++);
        world_advance(&w, 33 * US_PER_MS);
    }
    assert_int_equal(subscription()->pick.target, 1); /* and its key frame is waited for */
    uint32_t before = bob->got_count;
    described_h264(0, true, (uint16_t)(number + 1));
    described_h264(1, true, number);
    described_h264(1, false, (uint16_t)(number + 2));
    assert_int_equal(bob->got_count, before + 3);
    assert_unbroken();
    for (uint32_t i = 1; i < bob->got_count; i++)
        assert_true(seq_newer(depdesc_number(bob->got[i].dependency),
                              depdesc_number(bob->got[i - 1].dependency)));
    uint16_t key_seq = bob->got[before + 1].seq;
    uint16_t key = depdesc_number(bob->got[before + 1].dependency);
    assert_int_equal(bob->got[before + 1].first[1], 1);
    assert_int_equal((uint16_t)(depdesc_number(bob->got[before + 2].dependency) - key), 2);
    client_nack(&w, bob, SUBSCRIPTION * 10, key_seq, 0); /* and once more with the same number */
    assert_int_equal(bob->got_count, before + 4);
    assert_int_equal(depdesc_number(bob->got[before + 3].dependency), key);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(vp9_is_cut_to_the_tile_and_the_marker_moves),
        STORY(vp9_that_is_not_announced_as_scalable_goes_on_whole),
        STORY(vp8_s_temporal_layers_leave_no_gap_in_any_number),
        STORY(a_narrow_way_gets_fewer_pictures_before_it_gets_none),
        STORY(what_went_on_whole_can_be_cut_between_key_frames),
        STORY(av1_is_cut_by_its_descriptor_which_goes_on_as_it_came),
        STORY(a_descriptor_without_its_structure_is_dropped),
        STORY(av1_without_descriptors_starts_at_a_new_sequence),
        STORY(h264_starts_at_its_parameters),
        STORY(a_switch_never_takes_frame_numbers_back),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
