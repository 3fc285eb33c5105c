/* Tracks as the server knows them: publishing one's own, subscribing to those of others. */
#include "bin/bot_media.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/clock.h"

/* The numbers of RTP that we choose (those that the server itself uses), and the names of
 * extensions on the wire. */
enum { OPUS_PT = 111, VP8_PT = 96, RTX_PT = 97, OPUS_RTX_PT = 112, VIDEO_HZ = 90000 };
static const char *const ext_names[] = {
    "mid",  "rid",         "rrid",        "abs_send_time",
    "twcc", "audio_level", "orientation", "dependency_descriptor"};
static_assert(sizeof ext_names / sizeof ext_names[0] == IPC_EXT_COUNT_, "a name for each");
static const char *const context_names[] = {"mic", "camera", "screen", "screen_audio"};

static bool is_sound(const struct bot_stream *s)
{
    return s->context == SFRAME_AUDIO || s->context == SFRAME_SCREEN_AUDIO;
}

static bool is_screen(const struct bot_stream *s)
{
    return s->context == SFRAME_SCREEN || s->context == SFRAME_SCREEN_AUDIO;
}

/* ---- our own ---- */

static struct client_track track_of(enum bot_source source)
{
    struct client_track t = {.kind = IPC_AUDIO, .pt = OPUS_PT, .encodings = 1};
    t.ext[IPC_EXT_MID] = 1;
    t.ext[IPC_EXT_ABS_SEND_TIME] = 4;
    t.ext[IPC_EXT_TWCC] = 5;
    (void)snprintf(t.mid, sizeof t.mid, "%d", (int)source);
    (void)snprintf(t.cname, sizeof t.cname, "bot");
    if (source == BOT_MIC) {
        t.rtx_pt = OPUS_RTX_PT;
        t.ext[IPC_EXT_AUDIO_LEVEL] = 10;
        return t;
    }
    t.kind = IPC_VIDEO;
    t.pt = VP8_PT;
    t.rtx_pt = RTX_PT;
    if (source == BOT_SCREEN)
        return t;
    t.ext[IPC_EXT_RID] = 2;
    t.ext[IPC_EXT_RRID] = 3;
    t.encodings = BOT_LAYERS;
    for (int i = 0; i < BOT_LAYERS; i++)
        (void)snprintf(t.encoding[i].rid, sizeof t.encoding[i].rid, "r%d", i);
    return t;
}

static json_t *ext_list(const struct client_track *t)
{
    json_t *list = json_array();
    for (int i = 0; i < IPC_EXT_COUNT_; i++)
        if (t->ext[i])
            (void)json_array_append_new(
                list, json_pack("{s:s, s:i}", "uri", ext_names[i], "id", (int)t->ext[i]));
    return list;
}

static json_t *encoding_list(const struct client_track *t, enum bot_source source)
{
    const bool screen = source == BOT_SCREEN;
    json_t *list = json_array();
    for (int i = 0; i < t->encodings; i++) {
        const struct client_encoding *e = &t->encoding[i];
        json_t *one = json_pack("{s:I}", "ssrc", (json_int_t)e->ssrc);
        if (e->rid[0])
            (void)json_object_set_new(one, "rid", json_string(e->rid));
        if (t->rtx_pt)
            (void)json_object_set_new(one, "rtx_ssrc", json_integer((json_int_t)e->rtx_ssrc));
        if (t->kind == IPC_VIDEO) {
            int down = t->encodings - 1 - i; /* each layer has half the sides of the next */
            int width = screen ? BOT_SCREEN_WIDTH : BOT_WIDTH;
            int height = screen ? BOT_SCREEN_HEIGHT : BOT_HEIGHT;
            (void)json_object_set_new(one, "width", json_integer(width >> down));
            (void)json_object_set_new(one, "height", json_integer(height >> down));
        }
        (void)json_array_append_new(list, one);
    }
    return list;
}

static void publish(struct bot_media *m, enum bot_source source)
{
    static const char *const names[] = {
        [BOT_MIC] = "mic", [BOT_CAMERA] = "camera", [BOT_SCREEN] = "screen"};
    struct bot_own *own = &m->own[source];
    struct bot_transport *t = &m->lane[BOT_OUT];
    struct client_track track = track_of(source);
    own->local = client_publish(t->client, &track);
    if (own->local < 0)
        return;
    json_t *ask =
        json_pack("{s:s, s:I, s:s, s:s, s:b, s:s, s:i, s:o, s:o}", "t", "publish", "transport",
                  (json_int_t)t->id, "kind", source == BOT_MIC ? "audio" : "video", "source",
                  names[source], "paused", own->paused, "mid", track.mid, "pt", (int)track.pt,
                  "ext", ext_list(&track), "encodings", encoding_list(&track, source));
    if (track.rtx_pt)
        (void)json_object_set_new(ask, "rtx_pt", json_integer(track.rtx_pt));
    bot_ask_media(
        m->bot, ask,
        (struct bot_request){.step = BOT_STEP_PUBLISH, .arg = (uint32_t)source, .round = m->round});
}

static void tell_paused(struct bot *b, enum bot_source source)
{
    const struct bot_own *own = &b->media->own[source];
    if (own->track)
        (void)bot_ask(b,
                      json_pack("{s:s, s:I, s:b}", "t", "track_pause", "track",
                                (json_int_t)own->track, "paused", own->paused),
                      0);
}

static void set_paused(struct bot *b, enum bot_source source, bool paused)
{
    struct bot_own *own = b->media ? &b->media->own[source] : NULL;
    if (!own || !own->wanted || own->paused == paused)
        return;
    own->paused = paused;
    tell_paused(b, source);
}

void bot_media_mute(struct bot *b, bool muted)
{
    set_paused(b, BOT_MIC, muted);
}

void bot_media_video(struct bot *b, bool on)
{
    set_paused(b, BOT_CAMERA, !on);
}

/* ---- those of others ---- */

static struct bot_stream *by_track(struct bot_media *m, uint32_t track)
{
    for (size_t i = 0; i < BOT_STREAMS; i++)
        if (m->stream[i].used && track && m->stream[i].track == track)
            return &m->stream[i];
    return NULL;
}

static size_t tiles(const struct bot_media *m)
{
    size_t count = 0;
    for (size_t i = 0; i < BOT_STREAMS; i++)
        count += m->stream[i].used && m->stream[i].asked && !is_sound(&m->stream[i]);
    return count;
}

static void subscribe(struct bot_media *m, struct bot_stream *s)
{
    const struct bot_transport *t = &m->lane[BOT_IN];
    if (!t->id || !s->track || s->asked || (!is_sound(s) && tiles(m) >= BOT_TILES))
        return;
    s->asked = true;
    bot_ask_media(
        m->bot,
        json_pack("{s:s, s:I, s:I}", "t", "subscribe", "transport", (json_int_t)t->id, "track",
                  (json_int_t)s->track),
        (struct bot_request){.step = BOT_STEP_SUBSCRIBE, .arg = s->track, .round = m->round});
}

static void subscribe_all(struct bot_media *m)
{
    for (size_t i = 0; i < BOT_STREAMS; i++)
        if (m->stream[i].used)
            subscribe(m, &m->stream[i]);
}

/* Its subscription is over; what was seen of it stays. */
static void detach(struct bot_media *m, struct bot_stream *s)
{
    if (s->local >= 0 && m->lane[BOT_IN].client)
        client_unlisten(m->lane[BOT_IN].client, s->local);
    s->local = -1;
    s->subscription = 0;
    s->asked = s->keyed = s->has_ts = s->facts.told = false;
    if (s->queue)
        *s->queue = (struct queue){.started = false}; /* the next subscription has other numbers */
}

static bool is_here(const struct bot_media *m, const uint8_t *participant)
{
    for (size_t i = 0; i < BOT_STREAMS; i++)
        if (m->stream[i].used && m->stream[i].track &&
            memcmp(m->stream[i].participant, participant, E2EE_PARTICIPANT) == 0)
            return true;
    return false;
}

/* When all places are taken, a recorder forgets somebody who went: who comes later is recorded,
 * too. (--check still has to say what it saw of them.) */
static struct bot_stream *place_again(struct bot_media *m)
{
    for (size_t i = 0; m->recording && i < BOT_STREAMS; i++) {
        struct bot_stream *s = &m->stream[i];
        if (is_here(m, s->participant))
            continue;
        video_decoder_close(s->pictures);
        audio_decoder_close(s->sound);
        media_receiver_fini(&s->receiver);
        free(s->queue);
        return s;
    }
    return NULL;
}

/* The place of that person's source, the same after it was away. */
static struct bot_stream *place_of(struct bot_media *m, const uint8_t *participant,
                                   enum sframe_context context)
{
    struct bot_stream *place = NULL;
    for (size_t i = 0; i < BOT_STREAMS; i++) {
        struct bot_stream *s = &m->stream[i];
        if (s->used && s->context == context &&
            memcmp(s->participant, participant, E2EE_PARTICIPANT) == 0)
            return s;
        if (!s->used && !place)
            place = s;
    }
    if (!place)
        place = place_again(m);
    if (!place)
        return NULL;
    *place = (struct bot_stream){.used = true, .context = context, .local = -1, .recorded = -1};
    memcpy(place->participant, participant, E2EE_PARTICIPANT);
    return place;
}

static const uint8_t *participant_of(const struct bot *b, uint32_t member)
{
    for (size_t i = 0; i < BOT_KNOWN; i++)
        if (member && b->known[i].member == member)
            return b->known[i].participant;
    return NULL;
}

static void track_opened(struct bot *b, uint32_t member, const json_t *track)
{
    struct bot_media *m = b->media;
    const char *source = json_string_value(json_object_get(track, "source"));
    const uint8_t *participant = participant_of(b, member);
    uint32_t id = bot_number(track, "track");
    if (!m || !m->watches || !source || !participant || !id)
        return;
    for (size_t i = 0; i < sizeof context_names / sizeof *context_names; i++) {
        struct bot_stream *s = NULL;
        if (strcmp(source, context_names[i]) == 0)
            s = place_of(m, participant, (enum sframe_context)i);
        if (!s)
            continue;
        if (s->track != id)
            detach(m, s);
        s->member = member;
        s->track = id;
        s->paused = json_is_true(json_object_get(track, "paused"));
        bot_watch_rest(s);
        bot_watch_people(m);
        subscribe(m, s);
    }
}

void bot_media_track(struct bot *b, const json_t *m)
{
    track_opened(b, bot_number(m, "member"), m);
}

void bot_media_member(struct bot *b, const json_t *m)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(m, "tracks"), i, one)
        track_opened(b, bot_number(m, "member"), one);
}

static void close_track(struct bot_media *m, struct bot_stream *s)
{
    detach(m, s);
    s->track = 0;
    bot_watch_rest(s);
    subscribe_all(m); /* there may be room for another tile */
}

void bot_media_track_closed(struct bot *b, const json_t *m)
{
    struct bot_stream *s = b->media ? by_track(b->media, bot_number(m, "track")) : NULL;
    if (s)
        close_track(b->media, s);
}

void bot_media_gone(struct bot *b, uint32_t member)
{
    struct bot_media *m = b->media;
    for (size_t i = 0; m && i < BOT_STREAMS; i++)
        if (m->stream[i].used && m->stream[i].member == member && m->stream[i].track)
            close_track(m, &m->stream[i]);
}

void bot_media_track_changed(struct bot *b, const json_t *m)
{
    struct bot_stream *s = b->media ? by_track(b->media, bot_number(m, "track")) : NULL;
    if (!s)
        return;
    s->paused = json_is_true(json_object_get(m, "paused"));
    bot_watch_rest(s);
}

void bot_media_track_wanted(struct bot *b, const json_t *m)
{
    uint32_t track = bot_number(m, "track");
    if (b->media && track && b->media->own[BOT_MIC].track == track)
        b->media->voice.carries = bot_number(m, "layers") > 1;
}

void bot_media_unsubscribed(struct bot *b, const json_t *m)
{
    uint32_t id = bot_number(m, "subscription");
    for (size_t i = 0; b->media && i < BOT_STREAMS; i++) {
        struct bot_stream *s = &b->media->stream[i];
        if (s->used && id && s->subscription == id) {
            detach(b->media, s);
            bot_watch_rest(s);
        }
    }
}

static uint8_t ext_of(const json_t *answer, enum ipc_ext ext)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(answer, "ext"), i, one)
    {
        const char *uri = json_string_value(json_object_get(one, "uri"));
        uint32_t id = bot_number(one, "id");
        if (uri && strcmp(uri, ext_names[ext]) == 0 && id < 15)
            return (uint8_t)id;
    }
    return 0;
}

/* Microphone and camera go by one clock of their person, screen and its sound by another. */
static struct timeline_sender *clock_of(struct bot_media *m, struct bot_stream *s)
{
    for (size_t i = 0; i < BOT_STREAMS; i++) {
        struct bot_stream *other = &m->stream[i];
        if (other->used && is_screen(other) == is_screen(s) &&
            memcmp(other->participant, s->participant, E2EE_PARTICIPANT) == 0)
            return &other->clock;
    }
    return &s->clock;
}

/* We decode VP8 and Opus. Another codec's stream is left at once: it would only cost its publisher
 * key frames. `asked` stays, so that it is not asked for again. */
static bool understands(struct bot *b, const struct bot_stream *s, const json_t *answer)
{
    const char *codec = json_string_value(json_object_get(answer, "codec"));
    if (codec && strcmp(codec, is_sound(s) ? "opus" : "vp8") == 0)
        return true;
    bot_tell(json_pack("{s:s, s:s, s:s, s:s?}", "event", "undecodable", "name", s->name, "source",
                       context_names[s->context], "codec", codec));
    (void)bot_ask(
        b, json_pack("{s:s, s:I}", "t", "unsubscribe", "subscription", (json_int_t)s->subscription),
        0);
    return false;
}

static void subscribed(struct bot_media *m, struct bot_stream *s, const json_t *answer)
{
    struct client_stream in = {
        .kind = is_sound(s) ? IPC_AUDIO : IPC_VIDEO,
        .ssrc = bot_number(answer, "ssrc"),
        .rtx_ssrc = bot_number(answer, "rtx_ssrc"),
        .pt = bot_number(answer, "pt") & 127,
        .rtx_pt = bot_number(answer, "rtx_pt") & 127,
    };
    for (enum ipc_ext ext = 0; ext < IPC_EXT_COUNT_; ext++)
        in.ext[ext] = ext_of(answer, ext);
    s->subscription = bot_number(answer, "subscription");
    if (!understands(m->bot, s, answer))
        return;
    s->local = client_listen(m->lane[BOT_IN].client, &in);
    timeline_init(&s->timeline, clock_of(m, s), is_sound(s) ? SOUND_RATE : VIDEO_HZ);
    s->clocked_at = 0;
    json_t *set = json_pack("{s:s, s:I, s:b, s:i}", "t", "subscription_set", "subscription",
                            (json_int_t)s->subscription, "paused", 0, "layer", 2);
    if (!is_sound(s) && m->flags.tile_width > 0) {
        (void)json_object_set_new(set, "width", json_integer(m->flags.tile_width));
        (void)json_object_set_new(set, "height", json_integer(m->flags.tile_height));
    }
    (void)bot_ask(m->bot, set, 0);
}

/* ---- rounds and answers ---- */

void bot_tracks_transport(struct bot_media *m, enum bot_lane lane)
{
    for (enum bot_source i = 0; lane == BOT_OUT && i < BOT_SOURCES; i++)
        if (m->own[i].wanted)
            publish(m, i);
    if (lane == BOT_IN)
        subscribe_all(m);
}

void bot_tracks_end_round(struct bot_media *m)
{
    for (size_t i = 0; i < BOT_SOURCES; i++) {
        m->own[i].local = -1;
        m->own[i].track = 0;
    }
    for (size_t i = 0; i < BOT_STREAMS; i++)
        if (m->stream[i].used)
            detach(m, &m->stream[i]);
}

void bot_tracks_answer(struct bot_media *m, const struct bot_request *asked, const json_t *answer)
{
    enum { BUSY_US = 1000000 };
    const char *reason = json_string_value(json_object_get(answer, "reason"));
    struct bot_stream *s = asked->step == BOT_STEP_SUBSCRIBE ? by_track(m, asked->arg) : NULL;
    if (reason) {
        bot_tell(json_pack("{s:s, s:s, s:s}", "event", "declined", "what",
                           asked->step == BOT_STEP_PUBLISH ? "publish" : "subscribe", "reason",
                           reason));
        bool gone = strcmp(reason, "not_found") == 0 || strcmp(reason, "unsupported") == 0;
        if (asked->step == BOT_STEP_PUBLISH || !gone)
            bot_media_again(m, BUSY_US); /* else it is gone, or another comes in its place */
    } else if (asked->step == BOT_STEP_PUBLISH) {
        m->own[asked->arg].track = bot_number(answer, "track");
        tell_paused(m->bot, (enum bot_source)asked->arg); /* it may have changed meanwhile */
    } else if (s && m->lane[BOT_IN].client) {
        subscribed(m, s, answer);
    }
}
