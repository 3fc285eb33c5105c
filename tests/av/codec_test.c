/* Facts about av/codec: what goes in comes out, on demand and within its rate. */
#include "av/cm.h"

#include <sys/resource.h>

#include "av/codec.h"

enum { WIDTH = 640, HEIGHT = 360, FPS = 30 };

struct camera {
    struct drawing d;
    struct picture big, small;
    uint8_t *memory[2];
};

static void camera_open(struct camera *c)
{
    drawing_of(&c->d, 2, 'T', FPS);
    c->memory[0] = malloc(picture_bytes(WIDTH, HEIGHT));
    c->memory[1] = malloc(picture_bytes(WIDTH / 2, HEIGHT / 2));
    assert_non_null(c->memory[0]);
    assert_non_null(c->memory[1]);
    picture_init(&c->big, WIDTH, HEIGHT, c->memory[0]);
    picture_init(&c->small, WIDTH / 2, HEIGHT / 2, c->memory[1]);
}

static void camera_close(struct camera *c)
{
    free(c->memory[0]);
    free(c->memory[1]);
}

static void both_layers_carry_the_marker_through(void **state)
{
    const struct video_settings settings[2] = {{WIDTH, HEIGHT, FPS, 500000},
                                               {WIDTH / 2, HEIGHT / 2, FPS / 2, 120000}};
    struct camera c;
    struct video_encoder *e[2];
    struct video_decoder *d[2];
    size_t bytes[2] = {0};
    (void)state;
    camera_open(&c);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(video_encoder_open(&settings[i], &e[i]), ERR_OK);
        assert_int_equal(video_decoder_open(&d[i]), ERR_OK);
    }
    for (uint32_t n = 0; n < 4 * FPS; n++) {
        picture_draw(&c.big, &c.d, n);
        picture_halve(&c.big, &c.small);
        for (int i = 0; i < 2; i++) {
            struct video_coded out;
            struct picture seen;
            struct marker m;
            if (i == 1 && n % 2)
                continue;
            assert_int_equal(video_encode(e[i], i ? &c.small : &c.big, i ? n / 2 : n, false, &out),
                             ERR_OK);
            assert_int_equal(out.keyframe, n == 0);
            assert_int_equal(out.bytes.ptr[0] & 1, n != 0);
            bytes[i] += out.bytes.len;
            assert_int_equal(video_decode(d[i], out.bytes, &seen), ERR_OK);
            assert_int_equal(seen.width, settings[i].width);
            assert_true(marker_read(&seen, &m));
            assert_int_equal(m.frame, n);
            assert_int_equal(m.stream, c.d.stream);
        }
    }
    assert_in_range(bytes[0] * 8 / 4, 150000, 650000); /* bits a second */
    assert_in_range(bytes[1] * 8 / 4, 40000, 170000);
    for (int i = 0; i < 2; i++) {
        video_encoder_close(e[i]);
        video_decoder_close(d[i]);
    }
    camera_close(&c);
}

static void a_key_frame_comes_when_asked_for(void **state)
{
    const struct video_settings s = {WIDTH, HEIGHT, FPS, 500000};
    struct camera c;
    struct video_encoder *e;
    (void)state;
    camera_open(&c);
    assert_int_equal(video_encoder_open(&s, &e), ERR_OK);
    for (uint32_t n = 0; n < 40; n++) {
        struct video_coded out;
        picture_draw(&c.big, &c.d, n);
        assert_int_equal(video_encode(e, &c.big, n, n == 17, &out), ERR_OK);
        assert_int_equal(out.keyframe, n == 0 || n == 17);
    }
    video_encoder_close(e);
    camera_close(&c);
}

/* Bytes of so many pictures from `from` on. */
static size_t bytes_of(struct video_encoder *e, struct camera *c, uint32_t from, uint32_t count)
{
    size_t sum = 0;
    for (uint32_t n = from; n < from + count; n++) {
        struct video_coded out;
        picture_draw(&c->big, &c->d, n * 31); /* jumps: much to be coded */
        assert_int_equal(video_encode(e, &c->big, n, false, &out), ERR_OK);
        sum += out.bytes.len;
    }
    return sum;
}

static void the_rate_changes_while_it_runs(void **state)
{
    const struct video_settings s = {WIDTH, HEIGHT, FPS, 900000};
    struct camera c;
    struct video_encoder *e;
    (void)state;
    camera_open(&c);
    assert_int_equal(video_encoder_open(&s, &e), ERR_OK);
    (void)bytes_of(e, &c, 0, FPS);
    size_t rich = bytes_of(e, &c, FPS, 2 * FPS);
    video_encoder_rate(e, 150000);
    (void)bytes_of(e, &c, 3 * FPS, FPS);
    size_t poor = bytes_of(e, &c, 4 * FPS, 2 * FPS);
    assert_true(poor * 2 < rich);
    video_encoder_close(e);
    camera_close(&c);
}

static void what_is_no_frame_is_refused(void **state)
{
    struct video_decoder *d;
    struct picture seen;
    uint8_t bytes[2000];
    uint32_t random = 7; /* seed */
    (void)state;
    assert_int_equal(video_decoder_open(&d), ERR_OK);
    assert_int_equal(video_decode(d, span_of(bytes, 0), &seen), ERR_MALFORMED);
    for (int i = 0; i < 2000; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            random = random * 1664525 + 1013904223;
            bytes[k] = (uint8_t)(random >> 24);
        }
        (void)video_decode(d, span_of(bytes, 1 + random % sizeof bytes), &seen);
    }
    video_decoder_close(d);
}

static long peak_kib(void)
{
    struct rusage use;
    assert_int_equal(getrusage(RUSAGE_SELF, &use), 0);
    return use.ru_maxrss;
}

/* The library takes memory for such sides before it looks at the rest. */
static void a_picture_beyond_the_largest_size_is_refused(void **state)
{
    const struct video_settings s = {WIDTH, HEIGHT, FPS, 500000};
    struct camera c;
    struct video_encoder *e;
    struct video_decoder *d;
    struct video_coded out;
    struct picture seen;
    uint8_t frame[65536];
    (void)state;
    camera_open(&c);
    assert_int_equal(video_encoder_open(&s, &e), ERR_OK);
    assert_int_equal(video_decoder_open(&d), ERR_OK);
    picture_draw(&c.big, &c.d, 0);
    assert_int_equal(video_encode(e, &c.big, 0, true, &out), ERR_OK);
    assert_in_range(out.bytes.len, 100, sizeof frame);
    memcpy(frame, out.bytes.ptr, out.bytes.len);
    frame[7] = frame[9] = 0x20; /* sides of more than 8192, RFC 6386 section 9.1 */
    long before = peak_kib();
    assert_int_equal(video_decode(d, span_of(frame, out.bytes.len), &seen), ERR_MALFORMED);
    assert_true(peak_kib() - before < 50000);
    assert_int_equal(video_decode(d, out.bytes, &seen), ERR_OK);
    video_encoder_close(e);
    video_decoder_close(d);
    camera_close(&c);
}

static void a_tone_goes_through_opus(void **state)
{
    struct audio_encoder *e;
    struct audio_decoder *d;
    struct tone t;
    int16_t piece[SOUND_PIECE], heard[AUDIO_DECODED_MAX], ear[SOUND_EAR];
    size_t have = 0;
    (void)state;
    tone_init(&t, 660, 0.1);
    assert_int_equal(audio_encoder_open(32000, &e), ERR_OK);
    assert_int_equal(audio_decoder_open(&d), ERR_OK);
    for (int i = 0; i < 50; i++) {
        struct span coded;
        size_t count;
        tone_fill(&t, piece, SOUND_PIECE);
        assert_int_equal(audio_encode(e, piece, &coded), ERR_OK);
        assert_in_range(coded.len, 10, 200);
        assert_int_equal(audio_decode(d, coded, heard, &count), ERR_OK);
        assert_int_equal(count, SOUND_PIECE);
        if (i >= 45)
            memcpy(ear + SOUND_PIECE * (size_t)(i - 45), heard, sizeof piece);
        have += count;
    }
    assert_int_equal(have, 48000);
    assert_in_range(sound_tone(ear), 650, 670);
    assert_in_range(sound_level(ear, SOUND_EAR), 21, 26);
    assert_int_equal(audio_decode(d, span_of(NULL, 0), heard, &have), ERR_MALFORMED);
    audio_encoder_close(e);
    audio_decoder_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_layers_carry_the_marker_through),
        cmocka_unit_test(a_key_frame_comes_when_asked_for),
        cmocka_unit_test(the_rate_changes_while_it_runs),
        cmocka_unit_test(what_is_no_frame_is_refused),
        cmocka_unit_test(a_picture_beyond_the_largest_size_is_refused),
        cmocka_unit_test(a_tone_goes_through_opus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
