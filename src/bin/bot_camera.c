/* What the bot sends: pictures in two layers and sound, coded, sealed, in step with the clock. */
#include "bin/bot_media.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"

enum {
    PICTURE_US = 1000000 / BOT_FPS,
    PIECE_US = 20000,
    LATE_US = 200000, /* what is later than that is left out */
    VIDEO_HZ = 90000,
    AUDIO_BPS = 32000,
    LOW_BPS = 120000,
    HIGH_BPS = 500000,
    HIGH_LEAST_BPS = 150000, /* below that the large layer rests */
    SILENT_LEVEL = 110,
    TONE_HZ = 440,
    TONE_STEP_HZ = 220,
    TONES = 16,
};
#define TONE_AMPLITUDE 0.02 /* quiet: people sit in front of it */

static const uint32_t layer_rate[BOT_LAYERS] = {LOW_BPS, HIGH_BPS};
static const unsigned layer_every[BOT_LAYERS] = {2, 1}; /* of the camera's pictures */

/* ---- opening ---- */

static enum err film_error(enum err e, const char *path, const char *what, struct complaint *why)
{
    if (e == ERR_NOT_FOUND)
        return complain(why, "There is no file %.300s that can be read.", path);
    return complain(why, "%.300s holds no %s that can be decoded.", path, what);
}

static enum err open_layer(struct bot_camera *c, int i, struct complaint *why)
{
    int down = BOT_LAYERS - 1 - i;
    const struct video_settings s = {.width = (uint16_t)(BOT_WIDTH >> down),
                                     .height = (uint16_t)(BOT_HEIGHT >> down),
                                     .fps = BOT_FPS / layer_every[i],
                                     .rate_bps = layer_rate[i]};
    struct bot_layer *l = &c->layer[i];
    l->memory = malloc(picture_bytes(s.width, s.height));
    l->rate_bps = s.rate_bps;
    if (!l->memory || video_encoder_open(&s, &l->encoder) != ERR_OK)
        return complain(why, "The VP8 encoder could not start.");
    picture_init(&l->picture, s.width, s.height, l->memory);
    return ERR_OK;
}

static enum err open_pictures(struct bot_media *m, struct complaint *why)
{
    struct bot_camera *c = &m->camera;
    enum err e = ERR_OK;
    drawing_of(&c->drawing, m->flags.number, m->flags.name[0], BOT_FPS);
    if (strcmp(m->flags.video, "generated") != 0)
        e = file_open(m->flags.video, FILE_PICTURES, &c->film);
    if (e != ERR_OK)
        return film_error(e, m->flags.video, "pictures", why);
    for (int i = 0; i < BOT_LAYERS && e == ERR_OK; i++)
        e = open_layer(c, i, why);
    randombytes_buf(&c->rtp_from, sizeof c->rtp_from);
    m->own[BOT_CAMERA].wanted = true;
    return e;
}

static enum err open_sound(struct bot_media *m, struct complaint *why)
{
    struct bot_voice *v = &m->voice;
    enum err e = ERR_OK;
    tone_init(&v->tone, TONE_HZ + TONE_STEP_HZ * (m->flags.number % TONES), TONE_AMPLITUDE);
    if (strcmp(m->flags.audio, "tone") != 0)
        e = file_open(m->flags.audio, FILE_SOUND, &v->sound);
    if (e != ERR_OK)
        return film_error(e, m->flags.audio, "sound", why);
    if (audio_encoder_open(AUDIO_BPS, &v->encoder) != ERR_OK)
        return complain(why, "The Opus encoder could not start.");
    randombytes_buf(&v->rtp_from, sizeof v->rtp_from);
    m->own[BOT_MIC].wanted = true;
    return ERR_OK;
}

enum err bot_camera_open(struct bot_media *m, struct complaint *why)
{
    enum err e = ERR_OK;
    if (strcmp(m->flags.video, "none") != 0)
        e = open_pictures(m, why);
    if (e == ERR_OK && strcmp(m->flags.audio, "none") != 0)
        e = open_sound(m, why);
    return e;
}

void bot_camera_close(struct bot_media *m)
{
    for (int i = 0; i < BOT_LAYERS; i++) {
        video_encoder_close(m->camera.layer[i].encoder);
        free(m->camera.layer[i].memory);
    }
    file_close(m->camera.film);
    file_close(m->voice.sound);
    audio_encoder_close(m->voice.encoder);
}

/* ---- what the other side wishes ---- */

void bot_camera_key(struct bot_media *m, const struct client_event *e)
{
    if (e->track == m->own[BOT_CAMERA].local && e->encoding < BOT_LAYERS)
        m->camera.layer[e->encoding].wants_key = true;
}

/* The small layer and the sound always; what is left is for the large one. */
void bot_camera_rate(struct bot_media *m, uint32_t rate_bps)
{
    struct bot_layer *large = &m->camera.layer[BOT_LAYERS - 1];
    uint32_t taken = LOW_BPS + 2 * AUDIO_BPS; /* headers and tags weigh as much as the sound */
    uint32_t left = rate_bps > taken ? rate_bps - taken : 0;
    if (!large->encoder)
        return;
    bool strained = left < HIGH_LEAST_BPS;
    large->wants_key = large->wants_key || (m->camera.strained && !strained);
    m->camera.strained = strained;
    large->rate_bps = left < HIGH_BPS ? left : HIGH_BPS;
    if (!strained)
        video_encoder_rate(large->encoder, large->rate_bps);
}

/* ---- one picture, one piece of sound ---- */

static bool may_send(const struct bot_media *m, enum bot_source source)
{
    const struct bot_own *own = &m->own[source];
    return own->wanted && !own->paused && own->local >= 0 && own->track &&
           m->lane[BOT_OUT].connected && !m->bot->leaving;
}

/* False while the group is not secure: then nothing leaves. */
static bool seal_and_send(struct bot_media *m, enum bot_source source, struct client_send *send)
{
    size_t len = 0;
    struct media_frame f = {
        .aead = &sframe_aead_sodium,
        .codec = source == BOT_MIC ? MEDIA_OPUS : MEDIA_VP8,
        .in = send->bytes,
        .out = m->sealed,
        .out_len = &len,
    };
    if (f.in.len > BOT_FRAME_MAX ||
        media_seal(&m->own[source].sender, m->bot->core, &f) != MEDIA_DONE)
        return false;
    send->track = m->own[source].local;
    send->bytes = span_of(m->sealed, len);
    (void)client_send_frame(m->lane[BOT_OUT].client, send, clock_now(), &m->out);
    bot_media_flush(m, BOT_OUT);
    return true;
}

static void send_layer(struct bot_media *m, int i, uint32_t number)
{
    struct bot_layer *l = &m->camera.layer[i];
    struct video_coded coded;
    bool key = l->wants_key;
    if (video_encode(l->encoder, &l->picture, number / layer_every[i], key, &coded) != ERR_OK ||
        coded.bytes.len == 0)
        return;
    struct client_send send = {
        .encoding = (uint8_t)i,
        .ts = m->camera.rtp_from + number * (VIDEO_HZ / BOT_FPS),
        .keyframe = coded.keyframe,
        .bytes = coded.bytes,
    };
    /* A frame that did not leave leaves the next ones without what they are built on. */
    l->wants_key = !seal_and_send(m, BOT_CAMERA, &send);
}

static void send_picture(struct bot_media *m, uint32_t number)
{
    struct bot_camera *c = &m->camera;
    struct picture *large = &c->layer[BOT_LAYERS - 1].picture;
    if (c->film)
        (void)file_picture(c->film, number, BOT_FPS, large);
    else
        picture_draw(large, &c->drawing, number);
    for (int i = BOT_LAYERS - 1; i > 0; i--)
        picture_halve(&c->layer[i].picture, &c->layer[i - 1].picture);
    for (int i = 0; i < BOT_LAYERS; i++)
        if (number % layer_every[i] == 0 && !(i == BOT_LAYERS - 1 && c->strained))
            send_layer(m, i, number);
}

static void send_piece(struct bot_media *m, uint32_t number)
{
    struct bot_voice *v = &m->voice;
    int16_t samples[SOUND_PIECE];
    struct span coded;
    if (v->sound)
        (void)file_sound(v->sound, samples);
    else
        tone_fill(&v->tone, samples, SOUND_PIECE);
    uint8_t level = sound_level(samples, SOUND_PIECE);
    if (audio_encode(v->encoder, samples, &coded) != ERR_OK)
        return;
    struct client_send send = {
        .ts = v->rtp_from + number * SOUND_PIECE,
        .level = level,
        .voice = level < SILENT_LEVEL,
        .bytes = coded,
    };
    (void)seal_and_send(m, BOT_MIC, &send);
}

/* ---- time ---- */

/* The number that is due at `now`, skipping what is too late; *number is advanced past it. */
static bool due(instant_us *began, uint32_t *number, int64_t every_us, instant_us now)
{
    if (*began == 0)
        *began = now - (int64_t)*number * every_us;
    int64_t late = now - (*began + (int64_t)*number * every_us);
    if (late < 0)
        return false;
    if (late > LATE_US)
        *number += (uint32_t)(late / every_us);
    return true;
}

void bot_camera_due(struct bot_media *m, instant_us now)
{
    struct bot_camera *c = &m->camera;
    struct bot_voice *v = &m->voice;
    while (m->own[BOT_MIC].wanted && due(&v->began, &v->number, PIECE_US, now)) {
        if (may_send(m, BOT_MIC))
            send_piece(m, v->number);
        v->number++;
    }
    if (m->own[BOT_CAMERA].wanted && due(&c->began, &c->number, PICTURE_US, now)) {
        if (may_send(m, BOT_CAMERA))
            send_picture(m, c->number);
        else
            c->layer[0].wants_key = c->layer[BOT_LAYERS - 1].wants_key = true;
        c->number++;
    }
}

instant_us bot_camera_deadline(const struct bot_media *m)
{
    instant_us at = INSTANT_NEVER;
    if (m->own[BOT_MIC].wanted && m->began)
        at = m->voice.began + (int64_t)m->voice.number * PIECE_US;
    if (m->own[BOT_CAMERA].wanted && m->began)
        at = instant_min(at, m->camera.began + (int64_t)m->camera.number * PICTURE_US);
    return at;
}
