/* Opus, both ways. See codec.h. */
#include "av/codec.h"

#include <opus/opus.h>
#include <stdlib.h>

struct audio_encoder {
    OpusEncoder *codec;
    uint8_t coded[AUDIO_FRAME_MAX];
};

enum err audio_encoder_open(uint32_t rate_bps, struct audio_encoder **out)
{
    enum { COMPLEXITY = 5, LOSS_PERCENT = 5 };
    int error = OPUS_OK;
    struct audio_encoder *e = calloc(1, sizeof *e);
    if (!e)
        return ERR_NOMEM;
    e->codec = opus_encoder_create(SOUND_RATE, 1, OPUS_APPLICATION_AUDIO, &error);
    if (!e->codec) {
        free(e);
        return ERR_NOMEM;
    }
    (void)opus_encoder_ctl(e->codec, OPUS_SET_BITRATE((opus_int32)rate_bps));
    (void)opus_encoder_ctl(e->codec, OPUS_SET_COMPLEXITY(COMPLEXITY));
    (void)opus_encoder_ctl(e->codec, OPUS_SET_INBAND_FEC(1));
    (void)opus_encoder_ctl(e->codec, OPUS_SET_PACKET_LOSS_PERC(LOSS_PERCENT));
    *out = e;
    return ERR_OK;
}

void audio_encoder_close(struct audio_encoder *e)
{
    if (!e)
        return;
    opus_encoder_destroy(e->codec);
    free(e);
}

enum err audio_encode(struct audio_encoder *e, const int16_t *samples, struct span *out)
{
    opus_int32 n = opus_encode(e->codec, samples, SOUND_PIECE, e->coded, sizeof e->coded);
    if (n <= 0)
        return ERR_NOMEM;
    *out = span_of(e->coded, (size_t)n);
    return ERR_OK;
}

struct audio_decoder {
    OpusDecoder *codec;
};

enum err audio_decoder_open(struct audio_decoder **out)
{
    int error = OPUS_OK;
    struct audio_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return ERR_NOMEM;
    d->codec = opus_decoder_create(SOUND_RATE, 1, &error);
    if (!d->codec) {
        free(d);
        return ERR_NOMEM;
    }
    *out = d;
    return ERR_OK;
}

void audio_decoder_close(struct audio_decoder *d)
{
    if (!d)
        return;
    opus_decoder_destroy(d->codec);
    free(d);
}

enum err audio_decode(struct audio_decoder *d, struct span frame, int16_t *samples, size_t *count)
{
    if (frame.len == 0 || frame.len > INT32_MAX)
        return ERR_MALFORMED;
    int n = opus_decode(d->codec, frame.ptr, (opus_int32)frame.len, samples, AUDIO_DECODED_MAX, 0);
    if (n < 0)
        return ERR_MALFORMED;
    *count = (size_t)n;
    return ERR_OK;
}
