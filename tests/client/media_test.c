/* Media through the real core: frames whole, losses repaired, key frames asked for, reports. */
#include "client/line.h"

enum { TICKS_30 = 3000 };

static const struct client_config talker = {.tracks = 2, .history = 256};
static const struct client_config viewer = {.streams = 4, .repair = true, .frame_bytes = 65536};
static const struct client_config counter = {.streams = 4};

static struct line line;
static uint8_t picture[20000];
static uint32_t loss_seed;

/* One in `n` RTP datagrams of a direction is lost; everything else arrives. */
static bool is_rtp(const struct line_flying *f)
{
    return demux_classify(span_of(f->bytes, f->len)) == DEMUX_RTP;
}

static bool lose_down_some(struct line *l, const struct line_flying *f)
{
    (void)l;
    loss_seed = loss_seed * 1664525u + 1013904223u;
    return !f->up && is_rtp(f) && loss_seed >> 24 < 13; /* 5 % */
}

static bool lose_up_some(struct line *l, const struct line_flying *f)
{
    (void)l;
    loss_seed = loss_seed * 1664525u + 1013904223u;
    return f->up && is_rtp(f) && loss_seed >> 24 < 13;
}

static bool lose_all_rtp_down(struct line *l, const struct line_flying *f)
{
    (void)l;
    return !f->up && is_rtp(f);
}

/* The first byte is the P bit of a VP8 frame; the rest tells frames apart. */
static struct span picture_of(uint32_t n, size_t len, bool keyframe)
{
    for (size_t i = 0; i < len; i++)
        picture[i] = (uint8_t)(n * 31 + i * 7);
    picture[0] = keyframe ? 0x10 : 0x11;
    return span_of(picture, len);
}

/* Frames of 5,000 bytes at 30 a second, a key frame first. Checks each that comes; gives how many.
 */
struct show {
    int talks, hears, track;
    uint32_t sent, whole, missing;
};

static void take_frames(struct show *s)
{
    struct client_frame f;
    while (client_next_frame(line.end[s->hears].client, &f)) {
        bool same = false;
        s->whole++;
        s->missing += f.missing ? 1 : 0;
        for (uint32_t n = s->sent; n-- > 0 && !same;) {
            struct span p = picture_of(n, 5000, n == 0);
            same = span_equal(p, f.bytes);
        }
        assert_true(same);
    }
}

static void show_frames(struct show *s, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool keyframe = s->sent == 0;
        line_send(&line, s->talks,
                  &(struct client_send){.track = s->track,
                                        .ts = s->sent * TICKS_30,
                                        .keyframe = keyframe,
                                        .bytes = picture_of(s->sent, 5000, keyframe)});
        s->sent++;
        line_advance(&line, 33 * US_PER_MS);
        take_frames(s);
    }
}

static struct show open_show(const struct client_config *hearer)
{
    struct show s = {0};
    line_open(&line, NULL);
    loss_seed = 1;
    s.talks = line_join(&line, 1, &talker);
    s.hears = line_join(&line, 2, hearer);
    s.track = line_publish(&line, s.talks, 5, IPC_VIDEO, 1);
    (void)line_subscribe(&line, s.hears, 5, 40, IPC_VIDEO);
    line_wide(&line, s.hears);
    return s;
}

static void a_frame_arrives_byte_for_byte(void **state)
{
    (void)state;
    struct show s = open_show(&viewer);
    show_frames(&s, 30);
    line_advance(&line, 100 * US_PER_MS);
    take_frames(&s);
    assert_int_equal(s.whole, 30);
    assert_int_equal(s.missing, 0);
    struct client_stats v = client_stats(line.end[s.hears].client);
    assert_int_equal(v.refused + v.unknown + v.nacks + v.keyframe_requests, 0);
    line_close(&line);
}

static void losses_on_the_way_down_are_repaired_by_rtx(void **state)
{
    (void)state;
    struct show s = open_show(&viewer);
    show_frames(&s, 1);
    line.lose = lose_down_some;
    show_frames(&s, 300);
    line.lose = NULL;
    line_advance(&line, 500 * US_PER_MS);
    take_frames(&s);
    struct client_stream_stats v = client_stream_stats(line.end[s.hears].client, 0);
    assert_true(line.lost > 20);
    assert_true(v.repaired > 20);
    assert_int_equal(v.expected, v.packets);
    assert_int_equal(s.whole, 301);
    assert_int_equal(s.missing, 0);
    line_close(&line);
}

static void the_publisher_answers_the_servers_nack(void **state)
{
    (void)state;
    struct show s = open_show(&viewer);
    show_frames(&s, 1);
    line.lose = lose_up_some;
    show_frames(&s, 300);
    line.lose = NULL;
    line_advance(&line, 500 * US_PER_MS);
    take_frames(&s);
    struct client_stats v = client_stats(line.end[s.talks].client);
    assert_true(line.lost > 20);
    assert_true(v.resent > 20);
    assert_int_equal(s.whole, 301);
    line_close(&line);
}

static void what_cannot_be_repaired_costs_one_key_frame_request(void **state)
{
    (void)state;
    struct show s = open_show(&viewer);
    show_frames(&s, 30);
    uint32_t whole = s.whole;
    uint32_t wanted = line.end[s.talks].keyframes_wanted;
    line.lose = lose_all_rtp_down;
    show_frames(&s, 90); /* three seconds: nothing of them is kept any more by anybody */
    line.lose = NULL;
    show_frames(&s, 60);
    struct client_stats v = client_stats(line.end[s.hears].client);
    assert_true(v.keyframe_requests > 0);
    assert_true(line.end[s.talks].keyframes_wanted > wanted);
    assert_true(s.whole > whole + 20);
    assert_true(s.missing >= 1);
    line_close(&line);
}

static void the_counting_path_counts_losses_and_repairs_nothing(void **state)
{
    (void)state;
    struct show s = open_show(&counter);
    show_frames(&s, 1);
    uint32_t before = line.lost;
    line.lose = lose_down_some;
    show_frames(&s, 300);
    line.lose = NULL;
    show_frames(&s, 5);
    struct client_stream_stats v = client_stream_stats(line.end[s.hears].client, 0);
    assert_true(line.lost - before > 20);
    assert_int_equal(v.expected - v.packets, line.lost - before);
    assert_int_equal(v.duplicates, 0);
    assert_int_equal(client_stats(line.end[s.hears].client).nacks, 0);
    line_close(&line);
}

static void a_decoder_that_lost_its_way_reaches_the_publisher(void **state)
{
    (void)state;
    struct show s = open_show(&viewer);
    show_frames(&s, 30);
    line_advance(&line, 2 * US_PER_S);
    uint32_t wanted = line.end[s.talks].keyframes_wanted;
    struct line_out *o = calloc(1, sizeof *o);
    assert_non_null(o);
    client_want_keyframe(line.end[s.hears].client, 0, line.now, line_out(o));
    line_flush(&line, s.hears, o);
    free(o);
    line_advance(&line, 100 * US_PER_MS);
    assert_int_equal(line.end[s.talks].keyframes_wanted, wanted + 1);
    line_close(&line);
}

static void audio_arrives_with_its_level(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int talks = line_join(&line, 1, &talker), hears = line_join(&line, 2, &counter);
    int track = line_publish(&line, talks, 5, IPC_AUDIO, 1);
    (void)line_subscribe(&line, hears, 5, 40, IPC_AUDIO);
    for (uint32_t i = 0; i < 50; i++) {
        line_send(&line, talks,
                  &(struct client_send){.track = track,
                                        .ts = i * 960,
                                        .level = 33,
                                        .voice = true,
                                        .bytes = span_str("an opus packet")});
        line_advance(&line, 20 * US_PER_MS);
    }
    line_advance(&line, 100 * US_PER_MS);
    assert_int_equal(line.end[hears].got_count, 50);
    assert_true(line.end[hears].got[49].has_level);
    assert_int_equal(line.end[hears].got[49].level, 33);
    assert_int_equal(client_stream_stats(line.end[hears].client, 0).jitter, 0);
    line_close(&line);
}

static void simulcast_streams_are_known_by_mid_and_rid(void **state)
{
    (void)state;
    line_open(&line, NULL);
    int talks = line_join(&line, 1, &talker), hears = line_join(&line, 2, &viewer);
    int track = line_publish(&line, talks, 5, IPC_VIDEO, 2);
    (void)line_subscribe(&line, hears, 5, 40, IPC_VIDEO);
    uint32_t whole = 0;
    for (uint32_t i = 0; i < 60; i++) {
        for (uint8_t k = 0; k < 2; k++)
            line_send(&line, talks,
                      &(struct client_send){.track = track,
                                            .encoding = k,
                                            .ts = i * TICKS_30,
                                            .keyframe = i % 30 == 0,
                                            .bytes = picture_of(i, 1000 + 3000u * k, i % 30 == 0)});
        line_advance(&line, 33 * US_PER_MS);
        struct client_frame f;
        while (client_next_frame(line.end[hears].client, &f))
            whole += f.bytes.len == 4000 ? 1 : 0; /* the upper layer: the core chose it */
    }
    assert_true(whole > 25);
    line_close(&line);
}

static void both_sides_report(void **state)
{
    (void)state;
    struct show s = open_show(&viewer);
    show_frames(&s, 90);
    struct client_stats t = client_stats(line.end[s.talks].client),
                        v = client_stats(line.end[s.hears].client);
    assert_true(t.feedback_in > 10);
    assert_true(v.feedback_out > 20);
    assert_true(t.rate_bps > 0);
    assert_int_equal(line.end[s.talks].rate_bps, t.rate_bps);
    struct handle h;
    const struct track *track = pool_at(&line.sfu->tracks, 0, &h);
    assert_non_null(track);
    assert_true(track->encoding[0].clock.known); /* a sender report came */
    line_close(&line);
}

int main(void)
{
    assert(crypt_init() == ERR_OK);
    const struct CMUnitTest tests[] = {
        FACT(a_frame_arrives_byte_for_byte),
        FACT(losses_on_the_way_down_are_repaired_by_rtx),
        FACT(the_publisher_answers_the_servers_nack),
        FACT(what_cannot_be_repaired_costs_one_key_frame_request),
        FACT(the_counting_path_counts_losses_and_repairs_nothing),
        FACT(a_decoder_that_lost_its_way_reaches_the_publisher),
        FACT(audio_arrives_with_its_level),
        FACT(simulcast_streams_are_known_by_mid_and_rid),
        FACT(both_sides_report),
    };
    return cmocka_run_group_tests_name("client/media", tests, NULL, NULL);
}
