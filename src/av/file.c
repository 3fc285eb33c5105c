#include "av/file.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_ROOM = 4200,
    STEPS_MAX = 2000 /* packets looked at for one picture or piece of sound */
};

struct file_source {
    AVFormatContext *format;
    AVCodecContext *codec;
    int stream;
    AVPacket *packet;
    AVFrame *frame;
    bool draining, any; /* any: something was decoded since the file's start */
    int64_t start_us;   /* of this turn, on the endless clock */
    int64_t shown_us;   /* of the frame that is held */
    struct SwsContext *scale;
    SwrContext *resample;
};

void file_close(struct file_source *f)
{
    if (!f)
        return;
    av_frame_free(&f->frame);
    av_packet_free(&f->packet);
    avcodec_free_context(&f->codec);
    avformat_close_input(&f->format);
    sws_freeContext(f->scale);
    swr_free(&f->resample);
    free(f);
}

static enum err open_codec(struct file_source *f, enum file_kind kind)
{
    const AVCodec *codec = NULL;
    enum AVMediaType type = kind == FILE_PICTURES ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO;
    f->stream = av_find_best_stream(f->format, type, -1, -1, &codec, 0);
    if (f->stream < 0 || !codec)
        return ERR_UNSUPPORTED;
    f->codec = avcodec_alloc_context3(codec);
    f->packet = av_packet_alloc();
    f->frame = av_frame_alloc();
    if (!f->codec || !f->packet || !f->frame)
        return ERR_NOMEM;
    AVStream *stream = f->format->streams[f->stream];
    f->codec->thread_count = 1;
    f->codec->max_pixels = (int64_t)PICTURE_SIDE_MAX * PICTURE_SIDE_MAX;
    if (avcodec_parameters_to_context(f->codec, stream->codecpar) < 0 ||
        avcodec_open2(f->codec, codec, NULL) < 0)
        return ERR_UNSUPPORTED;
    for (unsigned i = 0; i < f->format->nb_streams; i++)
        if ((int)i != f->stream)
            f->format->streams[i]->discard = AVDISCARD_ALL;
    return ERR_OK;
}

static enum err open_resample(struct file_source *f)
{
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO, theirs = {0};
    const AVCodecContext *c = f->codec;
    if (c->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_default(&theirs, c->ch_layout.nb_channels);
    else if (av_channel_layout_copy(&theirs, &c->ch_layout) < 0)
        return ERR_NOMEM;
    bool ok = swr_alloc_set_opts2(&f->resample, &mono, AV_SAMPLE_FMT_S16, SOUND_RATE, &theirs,
                                  c->sample_fmt, c->sample_rate, 0, NULL) >= 0 &&
              swr_init(f->resample) >= 0;
    av_channel_layout_uninit(&theirs);
    return ok ? ERR_OK : ERR_UNSUPPORTED;
}

enum err file_open(const char *path, enum file_kind kind, struct file_source **out)
{
    char address[PATH_ROOM];
    struct file_source *f = calloc(1, sizeof *f);
    if (!f)
        return ERR_NOMEM;
    av_log_set_level(AV_LOG_QUIET);
    int n = snprintf(address, sizeof address, "file:%s", path);
    enum err e = ERR_OK;
    if (n < 0 || (size_t)n >= sizeof address)
        e = ERR_NOT_FOUND;
    else if ((n = avformat_open_input(&f->format, address, NULL, NULL)) < 0)
        e = n == AVERROR_INVALIDDATA ? ERR_UNSUPPORTED : ERR_NOT_FOUND;
    else if (avformat_find_stream_info(f->format, NULL) < 0)
        e = ERR_UNSUPPORTED;
    else
        e = open_codec(f, kind);
    if (e == ERR_OK && kind == FILE_SOUND)
        e = open_resample(f);
    if (e != ERR_OK) {
        file_close(f);
        return e;
    }
    *out = f;
    return ERR_OK;
}

/* ---- one frame after the other, round and round ---- */

static void turn(struct file_source *f)
{
    (void)av_seek_frame(f->format, f->stream, INT64_MIN, AVSEEK_FLAG_BACKWARD);
    avcodec_flush_buffers(f->codec);
    f->draining = f->any = false;
    f->start_us = f->shown_us;
}

static void feed(struct file_source *f)
{
    if (av_read_frame(f->format, f->packet) < 0) {
        f->draining = true;
        (void)avcodec_send_packet(f->codec, NULL);
        return;
    }
    if (f->packet->stream_index == f->stream)
        (void)avcodec_send_packet(f->codec, f->packet); /* a broken packet is passed over */
    av_packet_unref(f->packet);
}

static int64_t time_of(const struct file_source *f)
{
    const AVStream *stream = f->format->streams[f->stream];
    int64_t start = stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time;
    if (f->frame->best_effort_timestamp == AV_NOPTS_VALUE)
        return f->shown_us;
    int64_t in_file =
        av_rescale_q(f->frame->best_effort_timestamp - start, stream->time_base, AV_TIME_BASE_Q);
    int64_t length = f->frame->pkt_duration > 0
                         ? av_rescale_q(f->frame->pkt_duration, stream->time_base, AV_TIME_BASE_Q)
                         : AV_TIME_BASE / 25;
    return f->start_us + in_file + length; /* its end: it is shown until then */
}

/* Into f->frame; false when nothing comes any more. */
static bool next_frame(struct file_source *f)
{
    for (int steps = 0; steps < STEPS_MAX; steps++) {
        int n = avcodec_receive_frame(f->codec, f->frame);
        if (n >= 0) {
            f->any = true;
            f->shown_us = time_of(f);
            return true;
        }
        if (n != AVERROR(EAGAIN) && n != AVERROR_EOF)
            return false;
        if (!f->draining)
            feed(f);
        else if (f->any)
            turn(f);
        else
            return false; /* a whole turn without a frame */
    }
    return false;
}

/* ---- pictures ---- */

static void blacken(struct picture *p)
{
    for (int i = 0; i < 3; i++)
        for (unsigned y = 0; y < (i ? p->height / 2U : p->height); y++)
            memset(p->plane[i] + y * p->stride[i], i ? 128 : 16, i ? p->width / 2U : p->width);
}

/* The largest even size of the frame's shape that fits. */
static void fit(const AVFrame *in, const struct picture *p, int *width, int *height)
{
    *width = p->width;
    *height = (int)((int64_t)in->height * p->width / in->width) & ~1;
    if (*height > p->height) {
        *height = p->height;
        *width = (int)((int64_t)in->width * p->height / in->height) & ~1;
    }
    *width = *width < 2 ? 2 : *width;
    *height = *height < 2 ? 2 : *height;
}

static enum err scale(struct file_source *f, struct picture *out)
{
    int width, height;
    blacken(out);
    if (!f->frame->data[0] || f->frame->width <= 0 || f->frame->height <= 0)
        return ERR_MALFORMED;
    fit(f->frame, out, &width, &height);
    f->scale =
        sws_getCachedContext(f->scale, f->frame->width, f->frame->height, f->frame->format, width,
                             height, AV_PIX_FMT_YUV420P, SWS_BILINEAR, NULL, NULL, NULL);
    if (!f->scale)
        return ERR_MALFORMED;
    unsigned x = (unsigned)(out->width - width) / 2 & ~1U;
    unsigned y = (unsigned)(out->height - height) / 2 & ~1U;
    uint8_t *to[4] = {out->plane[0] + y * out->stride[0] + x,
                      out->plane[1] + y / 2 * out->stride[1] + x / 2,
                      out->plane[2] + y / 2 * out->stride[2] + x / 2, NULL};
    const int strides[4] = {(int)out->stride[0], (int)out->stride[1], (int)out->stride[2], 0};
    (void)sws_scale(f->scale, (const uint8_t *const *)f->frame->data, f->frame->linesize, 0,
                    f->frame->height, to, strides);
    return ERR_OK;
}

enum err file_picture(struct file_source *f, uint32_t number, unsigned fps, struct picture *out)
{
    int64_t wanted_us = (int64_t)number * AV_TIME_BASE / fps;
    for (int steps = 0; steps < STEPS_MAX && (f->shown_us <= wanted_us || !f->frame->data[0]);
         steps++)
        if (!next_frame(f)) {
            blacken(out);
            return ERR_MALFORMED;
        }
    return scale(f, out);
}

/* ---- sound ---- */

/* Some decoders change their form in mid-file; such a piece is left out. */
static bool same_form(const struct file_source *f)
{
    return f->frame->format == f->codec->sample_fmt &&
           f->frame->sample_rate == f->codec->sample_rate &&
           av_channel_layout_compare(&f->frame->ch_layout, &f->codec->ch_layout) == 0;
}

enum err file_sound(struct file_source *f, int16_t out[SOUND_PIECE])
{
    int have = 0;
    for (int steps = 0; steps < STEPS_MAX && have < SOUND_PIECE; steps++) {
        uint8_t *to = (uint8_t *)(out + have);
        int n = swr_convert(f->resample, &to, SOUND_PIECE - have, NULL, 0);
        if (n <= 0) {
            if (!next_frame(f))
                break;
            if (!same_form(f))
                continue;
            n = swr_convert(f->resample, &to, SOUND_PIECE - have,
                            (const uint8_t **)f->frame->extended_data, f->frame->nb_samples);
        }
        have += n > 0 ? n : 0;
    }
    memset(out + have, 0, (size_t)(SOUND_PIECE - have) * sizeof *out);
    return have == SOUND_PIECE ? ERR_OK : ERR_MALFORMED;
}
