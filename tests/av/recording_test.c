/* Facts about av/recording and av/file: what was recorded is what the file holds, read back with
 * libavformat and decoded with our own decoders and as a source. */
#include "av/cm.h"

#include <libavformat/avformat.h>
#include <stdio.h>
#include <unistd.h>

#include "av/codec.h"
#include "av/file.h"
#include "av/recording.h"

enum { WIDTH = 320, HEIGHT = 180, FPS = 15, SECONDS = 3 };

struct studio {
    char folder[64], path[96], part[96];
};

static int enter(void **state)
{
    struct studio *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    (void)snprintf(s->folder, sizeof s->folder, "/tmp/conclave-recording.XXXXXX");
    if (!mkdtemp(s->folder))
        return -1;
    (void)snprintf(s->path, sizeof s->path, "%s/out.mkv", s->folder);
    (void)snprintf(s->part, sizeof s->part, "%s/out.mkv.part", s->folder);
    *state = s;
    return 0;
}

static int leave(void **state)
{
    struct studio *s = *state;
    (void)unlink(s->path);
    (void)unlink(s->part);
    (void)rmdir(s->folder);
    free(s);
    return 0;
}

/* A picture of every 1/FPS s and a tone, the sound beginning half a second later. */
static void record(struct recording *r)
{
    const struct video_settings settings = {WIDTH, HEIGHT, FPS, 200000};
    uint8_t *memory = malloc(picture_bytes(WIDTH, HEIGHT));
    struct video_encoder *video;
    struct audio_encoder *audio;
    struct drawing d;
    struct picture p;
    struct tone t;
    assert_non_null(memory);
    picture_init(&p, WIDTH, HEIGHT, memory);
    drawing_of(&d, 1, 'R', FPS);
    tone_init(&t, 880, 0.1);
    assert_int_equal(video_encoder_open(&settings, &video), ERR_OK);
    assert_int_equal(audio_encoder_open(32000, &audio), ERR_OK);
    int pictures = recording_track(r, true, span_str("Ada camera"));
    int sound = recording_track(r, false, span_str("Ada microphone"));
    assert_int_equal(recording_track(r, true, span_str("nothing ever came")), 2);
    for (uint32_t n = 0; n < SECONDS * FPS; n++) {
        struct video_coded coded;
        picture_draw(&p, &d, n);
        assert_int_equal(video_encode(video, &p, n, false, &coded), ERR_OK);
        struct recording_frame f = {pictures, (int64_t)n * 1000000 / FPS, coded.keyframe,
                                    coded.bytes};
        assert_int_equal(recording_add(r, &f), ERR_OK);
    }
    for (int64_t n = 0; n < SECONDS * 50; n++) {
        struct span coded;
        int16_t piece[SOUND_PIECE];
        tone_fill(&t, piece, SOUND_PIECE);
        assert_int_equal(audio_encode(audio, piece, &coded), ERR_OK);
        struct recording_frame f = {sound, 500000 + n * 20000, false, coded};
        assert_int_equal(recording_add(r, &f), ERR_OK);
    }
    video_encoder_close(video);
    audio_encoder_close(audio);
    free(memory);
}

static void take(const struct studio *s)
{
    struct recording *r;
    struct recording_result result;
    assert_int_equal(recording_open(s->path, &r), ERR_OK);
    record(r);
    assert_int_not_equal(access(s->path, F_OK), 0); /* not before the end */
    assert_int_equal(recording_close(r, &result), ERR_OK);
    assert_int_equal(result.tracks, 2);
    assert_int_equal(result.frames, SECONDS * FPS + SECONDS * 50);
    assert_int_not_equal(access(s->part, F_OK), 0);
}

static void check_stream(const AVStream *stream)
{
    const AVDictionaryEntry *title = av_dict_get(stream->metadata, "title", NULL, 0);
    assert_non_null(title);
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
        assert_int_equal(stream->codecpar->codec_id, AV_CODEC_ID_VP8);
        assert_int_equal(stream->codecpar->width, WIDTH);
        assert_string_equal(title->value, "Ada camera");
    } else {
        assert_int_equal(stream->codecpar->codec_id, AV_CODEC_ID_OPUS);
        assert_int_equal(stream->codecpar->sample_rate, 48000);
        assert_string_equal(title->value, "Ada microphone");
    }
}

static void a_file_has_every_frame_at_its_time(void **state)
{
    AVFormatContext *in = NULL;
    AVPacket *packet = av_packet_alloc();
    struct video_decoder *decoder;
    int64_t seen[2] = {0};
    take(*state);
    assert_int_equal(video_decoder_open(&decoder), ERR_OK);
    assert_int_equal(avformat_open_input(&in, ((struct studio *)*state)->path, NULL, NULL), 0);
    assert_true(avformat_find_stream_info(in, NULL) >= 0);
    assert_int_equal(in->nb_streams, 2);
    assert_in_range(in->duration, 3400000, 3600000); /* microseconds */
    for (unsigned i = 0; i < 2; i++)
        check_stream(in->streams[i]);
    while (av_read_frame(in, packet) >= 0) {
        int i = packet->stream_index;
        bool video = in->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
        int64_t ms = av_rescale_q(packet->pts, in->streams[i]->time_base, (AVRational){1, 1000});
        assert_int_equal(ms, video ? seen[i] * 1000 / FPS : 500 + seen[i] * 20);
        struct picture p;
        struct marker m;
        if (video) {
            assert_int_equal(video_decode(decoder, span_of(packet->data, (size_t)packet->size), &p),
                             ERR_OK);
            assert_true(marker_read(&p, &m));
            assert_int_equal(m.frame, seen[i]);
        }
        seen[i]++;
        av_packet_unref(packet);
    }
    assert_int_equal(seen[0] + seen[1], SECONDS * FPS + SECONDS * 50);
    video_decoder_close(decoder);
    avformat_close_input(&in);
    av_packet_free(&packet);
}

static void a_file_as_source_is_shown_at_its_own_pace_round_and_round(void **state)
{
    const struct studio *s = *state;
    struct file_source *f;
    uint8_t *memory = malloc(picture_bytes(640, 480));
    struct picture p, inner;
    take(s);
    picture_init(&p, 640, 480, memory);
    /* 16:9 into 4:3: black bars of 60 lines above and below */
    inner = p;
    inner.height = 360;
    inner.plane[0] += 60 * p.stride[0];
    assert_int_equal(file_open(s->path, FILE_PICTURES, &f), ERR_OK);
    unsigned turns = 0, last = 0;
    for (uint32_t n = 0; n < 8 * 30; n++) {
        struct marker m;
        assert_int_equal(file_picture(f, n, 30, &p), ERR_OK);
        assert_int_equal(p.plane[0][10 * p.stride[0] + 320], 16);
        assert_true(marker_read(&inner, &m));
        turns += m.frame < last;
        if (turns == 0)
            assert_in_range(m.frame + 1, n / 2, n / 2 + 2);
        last = m.frame;
    }
    assert_int_equal(turns, 2);
    file_close(f);
    free(memory);
}

static void a_file_as_source_is_heard(void **state)
{
    const struct studio *s = *state;
    struct file_source *f;
    int16_t ear[SOUND_EAR];
    take(s);
    assert_int_equal(file_open(s->path, FILE_SOUND, &f), ERR_OK);
    for (size_t i = 0; i < 5 * 80; i++) { /* 8 s of a file of 3 s */
        assert_int_equal(file_sound(f, ear + i % 5 * SOUND_PIECE), ERR_OK);
        if (i % 5 == 4 && i < 100)
            assert_in_range(sound_tone(ear), 870, 890);
    }
    file_close(f);
}

static void what_is_no_film_is_refused(void **state)
{
    const struct studio *s = *state;
    struct file_source *f;
    assert_int_equal(file_open(s->path, FILE_PICTURES, &f), ERR_NOT_FOUND);
    FILE *junk = fopen(s->path, "w");
    assert_non_null(junk);
    for (int i = 0; i < 3000; i++)
        (void)fputc(i * 7 % 251, junk);
    (void)fclose(junk);
    assert_int_equal(file_open(s->path, FILE_PICTURES, &f), ERR_UNSUPPORTED);
    assert_int_not_equal(file_open("http://127.0.0.1:1/x", FILE_PICTURES, &f), ERR_OK);
}

static void nothing_recorded_leaves_no_file(void **state)
{
    const struct studio *s = *state;
    struct recording *r, *second;
    struct recording_result result;
    static const uint8_t delta[] = {1, 2, 3};
    assert_int_equal(recording_open(s->path, &r), ERR_OK);
    assert_int_equal(recording_open(s->path, &second), ERR_CONFLICT);
    struct recording_frame f = {recording_track(r, true, span_str("x")), 0, false,
                                span_of(delta, sizeof delta)};
    assert_int_equal(recording_add(r, &f), ERR_OK); /* no key frame yet: left out */
    f.track = 1;
    assert_int_equal(recording_add(r, &f), ERR_LIMIT);
    assert_int_equal(recording_close(r, &result), ERR_NOT_FOUND);
    assert_int_not_equal(access(s->path, F_OK), 0);
    assert_int_not_equal(access(s->part, F_OK), 0);
}

/* One participant's nonsense must not cost the others their recording. */
static void a_picture_without_a_size_is_left_out_and_the_others_stay(void **state)
{
    const struct studio *s = *state;
    static const uint8_t nothing[64] = {0, 0, 0, 0x9d, 0x01, 0x2a};
    struct recording *r;
    struct recording_result result;
    assert_int_equal(recording_open(s->path, &r), ERR_OK);
    record(r);
    int liar = recording_track(r, true, span_str("Eve camera"));
    struct recording_frame f = {liar, 0, true, span_of(nothing, sizeof nothing)};
    assert_int_equal(recording_add(r, &f), ERR_MALFORMED);
    f.bytes = span_of(nothing, 9);
    assert_int_equal(recording_add(r, &f), ERR_MALFORMED);
    assert_int_equal(recording_close(r, &result), ERR_OK);
    assert_int_equal(result.tracks, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_has_every_frame_at_its_time, enter, leave),
        cmocka_unit_test_setup_teardown(a_file_as_source_is_shown_at_its_own_pace_round_and_round,
                                        enter, leave),
        cmocka_unit_test_setup_teardown(a_file_as_source_is_heard, enter, leave),
        cmocka_unit_test_setup_teardown(what_is_no_film_is_refused, enter, leave),
        cmocka_unit_test_setup_teardown(nothing_recorded_leaves_no_file, enter, leave),
        cmocka_unit_test_setup_teardown(a_picture_without_a_size_is_left_out_and_the_others_stay,
                                        enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
