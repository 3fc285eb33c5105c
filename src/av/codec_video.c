/* VP8, both ways. See codec.h. */
#include "av/codec.h"

#include <stdlib.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

struct video_encoder {
    vpx_codec_ctx_t codec;
    vpx_codec_enc_cfg_t config;
    bool started;
};

static void configure(vpx_codec_enc_cfg_t *c, const struct video_settings *s)
{
    c->g_w = s->width;
    c->g_h = s->height;
    c->g_timebase = (vpx_rational_t){1, (int)s->fps};
    c->g_threads = 1;
    c->g_lag_in_frames = 0;
    c->g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;
    c->rc_end_usage = VPX_CBR;
    c->rc_target_bitrate = s->rate_bps / 1000; /* kbit/s */
    c->rc_dropframe_thresh = 0;
    c->rc_min_quantizer = 2;
    c->rc_max_quantizer = 56;
    c->rc_buf_sz = 1000; /* ms, as the two below */
    c->rc_buf_initial_sz = 500;
    c->rc_buf_optimal_sz = 600;
    c->kf_mode = VPX_KF_DISABLED; /* key frames when somebody asks */
}

enum err video_encoder_open(const struct video_settings *s, struct video_encoder **out)
{
    enum { FASTEST = -12, KEY_PERCENT = 600 };
    if (!picture_size_ok(s->width, s->height) || s->fps == 0)
        return ERR_LIMIT;
    struct video_encoder *e = calloc(1, sizeof *e);
    if (!e)
        return ERR_NOMEM;
    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &e->config, 0) != VPX_CODEC_OK) {
        free(e);
        return ERR_NOMEM;
    }
    configure(&e->config, s);
    if (vpx_codec_enc_init(&e->codec, vpx_codec_vp8_cx(), &e->config, 0) != VPX_CODEC_OK) {
        free(e);
        return ERR_NOMEM;
    }
    (void)vpx_codec_control(&e->codec, VP8E_SET_CPUUSED, FASTEST);
    (void)vpx_codec_control(&e->codec, VP8E_SET_STATIC_THRESHOLD, 1U);
    (void)vpx_codec_control(&e->codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, (unsigned)KEY_PERCENT);
    *out = e;
    return ERR_OK;
}

void video_encoder_close(struct video_encoder *e)
{
    if (!e)
        return;
    (void)vpx_codec_destroy(&e->codec);
    free(e);
}

void video_encoder_rate(struct video_encoder *e, uint32_t rate_bps)
{
    unsigned kilobits = rate_bps < 1000 ? 1 : rate_bps / 1000;
    if (kilobits == e->config.rc_target_bitrate)
        return;
    e->config.rc_target_bitrate = kilobits;
    (void)vpx_codec_enc_config_set(&e->codec, &e->config);
}

enum err video_encode(struct video_encoder *e, const struct picture *p, uint32_t number,
                      bool keyframe, struct video_coded *out)
{
    vpx_image_t image;
    vpx_codec_iter_t at = NULL;
    const vpx_codec_cx_pkt_t *packet;
    *out = (struct video_coded){.bytes = span_of(NULL, 0)};
    if (p->width != e->config.g_w || p->height != e->config.g_h)
        return ERR_LIMIT;
    (void)vpx_img_wrap(&image, VPX_IMG_FMT_I420, p->width, p->height, 1, p->plane[0]);
    for (int i = 0; i < 3; i++) {
        image.planes[i] = p->plane[i];
        image.stride[i] = (int)p->stride[i];
    }
    vpx_enc_frame_flags_t flags = keyframe || !e->started ? VPX_EFLAG_FORCE_KF : 0;
    if (vpx_codec_encode(&e->codec, &image, number, 1, flags, VPX_DL_REALTIME) != VPX_CODEC_OK)
        return ERR_NOMEM;
    e->started = true;
    while ((packet = vpx_codec_get_cx_data(&e->codec, &at)) != NULL)
        if (packet->kind == VPX_CODEC_CX_FRAME_PKT) {
            out->bytes = span_of(packet->data.frame.buf, packet->data.frame.sz);
            out->keyframe = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
        }
    return ERR_OK;
}

/* ---- decoding ---- */

struct video_decoder {
    vpx_codec_ctx_t codec;
};

enum err video_decoder_open(struct video_decoder **out)
{
    vpx_codec_dec_cfg_t config = {.threads = 1};
    struct video_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_NOMEM;
    if (vpx_codec_dec_init(&d->codec, vpx_codec_vp8_dx(), &config, 0) != VPX_CODEC_OK) {
        free(d);
        return ERR_NOMEM;
    }
    *out = d;
    return ERR_OK;
}

void video_decoder_close(struct video_decoder *d)
{
    if (!d)
        return;
    (void)vpx_codec_destroy(&d->codec);
    free(d);
}

/* The sides of a key frame (RFC 6386 section 9.1), before the library takes memory for them. */
static bool affordable(struct span f)
{
    if (f.len == 0 || f.len > UINT32_MAX)
        return false;
    if (f.ptr[0] & 1) /* no key frame */
        return true;
    if (f.len < 10)
        return false;
    unsigned width = (f.ptr[6] | (unsigned)f.ptr[7] << 8) & 0x3fff;
    unsigned height = (f.ptr[8] | (unsigned)f.ptr[9] << 8) & 0x3fff;
    return width > 0 && height > 0 && width <= PICTURE_SIDE_MAX && height <= PICTURE_SIDE_MAX;
}

enum err video_decode(struct video_decoder *d, struct span frame, struct picture *out)
{
    vpx_codec_iter_t at = NULL;
    if (!affordable(frame) ||
        vpx_codec_decode(&d->codec, frame.ptr, (unsigned)frame.len, NULL, 0) != VPX_CODEC_OK)
        return ERR_MALFORMED;
    const vpx_image_t *image = vpx_codec_get_frame(&d->codec, &at);
    if (!image)
        return ERR_AGAIN;
    *out = (struct picture){.width = (uint16_t)image->d_w, .height = (uint16_t)image->d_h};
    for (int i = 0; i < 3; i++) {
        out->plane[i] = image->planes[i];
        out->stride[i] = (size_t)image->stride[i];
    }
    return ERR_OK;
}
