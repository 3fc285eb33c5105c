/* VP8 by libvpx and Opus by libopus, one stream each.
 * knows: the settings for live pictures and speech. knows not: RTP, keys, clocks.
 * owns: the library's contexts, between open and close. What comes from outside (frames to decode)
 * is hostile: the library refuses it as ERR_MALFORMED. */
#ifndef AV_CODEC_H
#define AV_CODEC_H

#include "av/picture.h"
#include "av/sound.h"
#include "base/err.h"
#include "base/span.h"

/* ---- VP8 ---- */

struct video_settings {
    uint16_t width, height;
    unsigned fps;
    uint32_t rate_bps;
};

struct video_encoder;

/* ERR_LIMIT for sides that picture_size_ok refuses; ERR_NOMEM. */
enum err video_encoder_open(const struct video_settings *s, struct video_encoder **out);
void video_encoder_close(struct video_encoder *e);
/* From the next picture on. */
void video_encoder_rate(struct video_encoder *e, uint32_t rate_bps);

struct video_coded {
    struct span bytes; /* *borrowed* until the next picture; empty: the encoder left it out */
    bool keyframe;
};
/* `number` counts pictures at the encoder's fps and grows. ERR_LIMIT: another size. */
enum err video_encode(struct video_encoder *e, const struct picture *p, uint32_t number,
                      bool keyframe, struct video_coded *out);

struct video_decoder;

enum err video_decoder_open(struct video_decoder **out);
void video_decoder_close(struct video_decoder *d);
/* The picture is *borrowed* until the next call. ERR_MALFORMED: not decodable; ERR_AGAIN: nothing
 * to be shown came of it. */
enum err video_decode(struct video_decoder *d, struct span frame, struct picture *out);

/* ---- Opus ---- */

enum { AUDIO_FRAME_MAX = 1275, AUDIO_DECODED_MAX = 5760 }; /* bytes; samples of 120 ms */

struct audio_encoder;

enum err audio_encoder_open(uint32_t rate_bps, struct audio_encoder **out);
void audio_encoder_close(struct audio_encoder *e);
/* SOUND_PIECE samples; *out borrowed until the next call. */
enum err audio_encode(struct audio_encoder *e, const int16_t *samples, struct span *out);

struct audio_decoder;

enum err audio_decoder_open(struct audio_decoder **out);
void audio_decoder_close(struct audio_decoder *d);
/* `samples` has AUDIO_DECODED_MAX places. ERR_MALFORMED. */
enum err audio_decode(struct audio_decoder *d, struct span frame, int16_t *samples, size_t *count);

#endif
