/* What the bot sends: pictures in two layers and sound, coded, sealed, in step with the clock. */
#include "bin/bot_media.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"

enum {
    PIECE_US = 20000,
    LATE_US = 200000, /* what is later than that is left out */
    VIDEO_HZ = 90000,
    AUDIO_BPS = 32000,
    LOW_BPS = 120000,
    HIGH_BPS = 500000,
    SCREEN_BPS = 400000,
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

static enum err open_layer(struct bot_camera *c, unsigned i, struct video_settings s,
                           struct complaint *why)
{
    struct bot_layer *l = &c->layer[i];
    l->memory = malloc(picture_bytes(s.width, s.height));
    l->rate_bps = s.rate_bps;
    if (!l->memory || video_encoder_open(&s, &l->encoder) != ERR_OK)
        return complain(why, "The VP8 encoder could not start.");
    picture_init(&l->picture, s.width, s.height, l->memory);
    return ERR_OK;
}

/* A drawn picture, or a film's; `what`: "generated" or the film's path. */
static enum err open_pictures(struct bot_media *m, struct bot_camera *c, const char *what,
                              struct complaint *why)
{
    enum err e = ERR_OK;
    drawing_of(&c->drawing, m->flags.number, m->flags.name[0], c->fps);
    if (strcmp(what, "generated") != 0)
        e = file_open(what, FILE_PICTURES, &c->film);
    if (e != ERR_OK)
        return film_error(e, what, "pictures", why);
    randombytes_buf(&c->rtp_from, sizeof c->rtp_from);
    m->own[c->source].wanted = true;
    return e;
}

static enum err open_camera(struct bot_media *m, struct complaint *why)
{
    struct bot_camera *c = &m->camera;
    c->source = BOT_CAMERA;
    c->layers = BOT_LAYERS;
    c->fps = BOT_FPS;
    enum err e = open_pictures(m, c, m->flags.video, why);
    for (unsigned i = 0; i < c->layers && e == ERR_OK; i++) {
        unsigned down = c->layers - 1 - i;
        e = open_layer(c, i,
                       (struct video_settings){.width = (uint16_t)(BOT_WIDTH >> down),
                                               .height = (uint16_t)(BOT_HEIGHT >> down),
                                               .fps = BOT_FPS / layer_every[i],
                                               .rate_bps = layer_rate[i]},
                       why);
    }
    return e;
}

static enum err open_screen(struct bot_media *m, struct complaint *why)
{
    static const struct video_settings s = {.width = BOT_SCREEN_WIDTH,
                                            .height = BOT_SCREEN_HEIGHT,
                                            .fps = BOT_SCREEN_FPS,
                                            .rate_bps = SCREEN_BPS};
    struct bot_camera *c = &m->screen;
    c->source = BOT_SCREEN;
    c->layers = 1;
    c->fps = BOT_SCREEN_FPS;
    enum err e = open_pictures(m, c, m->flags.screen, why);
    return e == ERR_OK ? open_layer(c, 0, s, why) : e;
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
        e = open_camera(m, why);
    if (e == ERR_OK && strcmp(m->flags.screen, "none") != 0)
        e = open_screen(m, why);
    if (e == ERR_OK && strcmp(m->flags.audio, "none") != 0)
        e = open_sound(m, why);
    return e;
}

static void close_pictures(struct bot_camera *c)
{
    for (unsigned i = 0; i < c->layers; i++) {
        video_encoder_close(c->layer[i].encoder);
        free(c->layer[i].memory);
    }
    file_close(c->film);
}

void bot_camera_close(struct bot_media *m)
{
    close_pictures(&m->camera);
    close_pictures(&m->screen);
    file_close(m->voice.sound);
    audio_encoder_close(m->voice.encoder);
}

/* ---- what the other side wishes ---- */

void bot_camera_key(struct bot_media *m, const struct client_event *e)
{
    if (e->track == m->own[BOT_CAMERA].local && e->encoding < BOT_LAYERS)
        m->camera.layer[e->encoding].wants_key = true;
    if (e->track == m->own[BOT_SCREEN].local)
        m->screen.layer[0].wants_key = true;
}

/* The small layer, the screen and the sound always; what is left is for the large one. */
void bot_camera_rate(struct bot_media *m, uint32_t rate_bps)
{
    struct bot_layer *large = &m->camera.layer[BOT_LAYERS - 1];
    uint32_t taken = LOW_BPS + 2 * AUDIO_BPS; /* headers and tags weigh as much as the sound */
    taken += m->own[BOT_SCREEN].wanted ? SCREEN_BPS : 0;
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

static void send_layer(struct bot_media *m, struct bot_camera *c, unsigned i)
{
    struct bot_layer *l = &c->layer[i];
    unsigned every = c->layers > 1 ? layer_every[i] : 1;
    struct video_coded coded;
    if (c->number % every != 0 ||
        video_encode(l->encoder, &l->picture, c->number / every, l->wants_key, &coded) != ERR_OK ||
        coded.bytes.len == 0)
        return;
    struct client_send send = {
        .encoding = (uint8_t)i,
        .ts = c->rtp_from + c->number * (VIDEO_HZ / c->fps),
        .keyframe = coded.keyframe,
        .bytes = coded.bytes,
    };
    /* A frame that did not leave leaves the next ones without what they are built on. */
    l->wants_key = !seal_and_send(m, c->source, &send);
}

static void send_picture(struct bot_media *m, struct bot_camera *c)
{
    unsigned top = c->layers - 1;
    struct picture *large = &c->layer[top].picture;
    if (c->film)
        (void)file_picture(c->film, c->number, c->fps, large);
    else
        picture_draw(large, &c->drawing, c->number);
    for (unsigned i = top; i > 0; i--)
        picture_halve(&c->layer[i].picture, &c->layer[i - 1].picture);
    for (unsigned i = 0; i < c->layers; i++)
        if (!(i == top && c->strained))
            send_layer(m, c, i);
}

/* With the pieces before it, as long as the keys stay the same. */
static struct span redundant(struct bot_media *m, uint32_t ts, struct span coded)
{
    struct bot_voice *v = &m->voice;
    struct e2ee_status group;
    struct writer w = writer_of(v->coded, sizeof v->coded);
    e2ee_status(m->bot->core, &group);
    if (group.epoch != v->epoch)
        red_forget(&v->sent);
    v->epoch = group.epoch;
    red_write(&w, &v->sent, ts, coded, v->carries ? RED_EARLIER : 0);
    return writer_span(&w);
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
    };
    send.bytes = redundant(m, send.ts, coded);
    if (!seal_and_send(m, BOT_MIC, &send))
        red_forget(&v->sent);
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

static void pictures_due(struct bot_media *m, struct bot_camera *c, instant_us now)
{
    if (!m->own[c->source].wanted || c->layers == 0 ||
        !due(&c->began, &c->number, US_PER_S / c->fps, now))
        return;
    if (may_send(m, c->source))
        send_picture(m, c);
    else
        for (unsigned i = 0; i < c->layers; i++)
            c->layer[i].wants_key = true;
    c->number++;
}

void bot_camera_due(struct bot_media *m, instant_us now)
{
    struct bot_voice *v = &m->voice;
    while (m->own[BOT_MIC].wanted && due(&v->began, &v->number, PIECE_US, now)) {
        if (may_send(m, BOT_MIC))
            send_piece(m, v->number);
        v->number++;
    }
    pictures_due(m, &m->camera, now);
    pictures_due(m, &m->screen, now);
}

static instant_us next_picture(const struct bot_media *m, const struct bot_camera *c)
{
    if (c->layers == 0 || !m->own[c->source].wanted)
        return INSTANT_NEVER;
    return c->began + (instant_us)c->number * (US_PER_S / c->fps);
}

instant_us bot_camera_deadline(const struct bot_media *m)
{
    instant_us at = INSTANT_NEVER;
    if (!m->began)
        return at;
    if (m->own[BOT_MIC].wanted)
        at = m->voice.began + (int64_t)m->voice.number * PIECE_US;
    at = instant_min(at, next_picture(m, &m->camera));
    return instant_min(at, next_picture(m, &m->screen));
}
