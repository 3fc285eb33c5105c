/* What arrives: sealed frames are opened, decoded, looked at and listened to, or recorded. */
#include "bin/bot_media.h"

#include <stdlib.h>
#include <string.h>

#include "io/clock.h"

enum {
    FREEZE_US = 200000,
    KEY_EVERY_US = 500000,    /* a key frame is asked for at most so often */
    JUDGE_EVERY_US = 1000000, /* and a tone looked for */
    PIECE = SOUND_PIECE,
};

static bool is_sound(const struct bot_stream *s)
{
    return s->context == SFRAME_AUDIO || s->context == SFRAME_SCREEN_AUDIO;
}

/* ---- whose it is ---- */

static void take_person(struct bot_stream *s, const struct e2ee_person *p)
{
    size_t len = p->name.len < E2EE_NAME_MAX ? p->name.len : E2EE_NAME_MAX;
    memcpy(s->name, p->name.ptr, len);
    s->name[len] = '\0';
    s->bot = p->bot;
    if (!s->in_group || s->receiver.leaf != p->leaf) {
        media_receiver_fini(&s->receiver);
        media_receiver_init(&s->receiver, s->context, p->leaf);
    }
    s->in_group = true;
}

/* The leaf of a track's owner is the group's word; of the server it has only the participant. */
void bot_watch_people(struct bot_media *m)
{
    for (size_t i = 0; i < BOT_STREAMS; i++) {
        struct bot_stream *s = &m->stream[i];
        struct e2ee_person p;
        bool found = false;
        for (uint32_t cursor = 0; s->used && e2ee_person_next(m->bot->core, &cursor, &p);)
            if (memcmp(p.participant, s->participant, E2EE_PARTICIPANT) == 0) {
                take_person(s, &p);
                found = true;
            }
        s->in_group = s->in_group && found;
    }
}

void bot_media_people(struct bot *b)
{
    if (b->media)
        bot_watch_people(b->media);
}

void bot_media_forget(struct bot *b, uint64_t epoch)
{
    for (size_t i = 0; b->media && i < BOT_STREAMS; i++)
        if (b->media->stream[i].used)
            media_receiver_forget(&b->media->stream[i].receiver, epoch);
}

void bot_watch_rest(struct bot_stream *s)
{
    if (s->paused || !s->track)
        s->facts.last_at = 0;
    s->has_ts = s->has_ts && !s->paused;
}

/* ---- looking ---- */

static void want_key(struct bot_media *m, struct bot_stream *s, instant_us now)
{
    s->keyed = false;
    if (s->asked_key != 0 && now - s->asked_key < KEY_EVERY_US)
        return;
    s->asked_key = now;
    client_want_keyframe(m->lane[BOT_IN].client, s->local, now, &m->out);
}

/* `quiet`: how long its sender had nothing to send before it. */
static void note_arrival(struct bot_facts *f, instant_us now, duration_us quiet)
{
    duration_us since = f->last_at ? now - f->last_at - quiet : 0;
    f->longest = since > f->longest ? since : f->longest;
    f->traced_longest = since > f->traced_longest ? since : f->traced_longest;
    f->freezes += since > FREEZE_US;
    f->last_at = now;
    f->frames++;
}

/* Numbers grow; one comes twice only when the layer changed: the same moment in another size. */
static void look_at_mark(struct bot_facts *f, const struct picture *p)
{
    struct marker k;
    bool resized = p->width != f->width || p->height != f->height;
    f->width = p->width;
    f->height = p->height;
    if (!marker_read(p, &k)) {
        f->wrong += f->marked > 0;
        return;
    }
    int16_t step = (int16_t)(k.frame - f->last_mark);
    if (f->marked > 0 && (k.stream != f->mark || step < 0 || (step == 0 && !resized)))
        f->wrong++;
    f->marked++;
    f->mark = k.stream;
    f->last_mark = k.frame;
}

/* Without the frames before it a picture shows nothing: the next key frame is waited for. */
static bool complete(struct bot_media *m, struct bot_stream *s, const struct client_frame *in,
                     struct span frame)
{
    bool key = frame.len > 0 && (frame.ptr[0] & 1) == 0;
    if (frame.len > 0 && (key || (s->keyed && !in->missing))) {
        s->keyed = true;
        return true;
    }
    want_key(m, s, in->at);
    return false;
}

static void show(struct bot_media *m, struct bot_stream *s, const struct client_frame *in,
                 struct span frame)
{
    struct bot_facts *f = &s->facts;
    struct picture p;
    if (!s->pictures && video_decoder_open(&s->pictures) != ERR_OK)
        return;
    enum err e = video_decode(s->pictures, frame, &p);
    if (e == ERR_MALFORMED) {
        f->undecodable++;
        want_key(m, s, in->at);
    }
    if (e != ERR_OK)
        return;
    note_arrival(f, in->at, 0);
    look_at_mark(f, &p);
    if (!f->told)
        bot_facts_first(s);
    f->told = true;
}

/* ---- listening ---- */

static void judge(struct bot_stream *s, instant_us now)
{
    struct bot_facts *f = &s->facts;
    s->judge_at = now + JUDGE_EVERY_US;
    s->heard = 0;
    unsigned hz = sound_tone(s->ear);
    f->judged++;
    f->toned += hz != 0;
    f->tone_hz = hz ? hz : f->tone_hz;
    if (hz && !f->told)
        bot_facts_first(s);
    f->told = f->told || hz;
}

/* Notes a piece. False: its time goes back. A step with no number missing is DTX: silence that was
 * not sent (RFC 7587 section 3.1.3). */
static bool in_time(struct bot_stream *s, const struct queue_piece *p)
{
    int32_t step = (int32_t)(p->ts - s->last_ts);
    bool began = s->has_ts;
    if (began && step <= 0)
        return false;
    s->facts.gaps += began ? p->lost : 0;
    s->last_ts = p->ts;
    s->has_ts = true;
    bool quiet = began && p->lost == 0 && step > PIECE;
    note_arrival(&s->facts, p->at, quiet ? (step - PIECE) * US_PER_S / SOUND_RATE : 0);
    return true;
}

static void listen(struct bot_media *m, struct bot_stream *s, const struct queue_piece *in)
{
    size_t count = 0;
    if (!s->sound && audio_decoder_open(&s->sound) != ERR_OK)
        return;
    if (audio_decode(s->sound, in->bytes, m->samples, &count) != ERR_OK) {
        s->facts.undecodable++;
        return;
    }
    if (in->at < s->judge_at)
        return;
    size_t room = SOUND_EAR - s->heard;
    count = count < room ? count : room;
    memcpy(s->ear + s->heard, m->samples, count * sizeof *m->samples);
    s->heard += count;
    if (s->heard == SOUND_EAR)
        judge(s, in->at);
}

/* ---- recording ---- */

static int recorded_as(struct bot_media *m, const struct bot_stream *s)
{
    static const char *const sources[] = {"microphone", "camera", "screen", "screen sound"};
    char title[RECORDING_NAME_MAX];
    size_t len = strlen(s->name), more = strlen(sources[s->context]);
    memcpy(title, s->name, len);
    title[len] = ' ';
    memcpy(title + len + 1, sources[s->context], more);
    return recording_track(m->recording, !is_sound(s), span_of(title, len + 1 + more));
}

static void take_clock(struct bot_media *m, struct bot_stream *s, int64_t now_us)
{
    struct client_stream_clock c = client_stream_clock(m->lane[BOT_IN].client, s->local);
    if (c.at == 0 || c.at == s->clocked_at)
        return;
    s->clocked_at = c.at;
    timeline_report(&s->timeline, c.ntp, c.rtp_ts, now_us - (clock_now() - c.at));
}

static void record(struct bot_media *m, struct bot_stream *s, uint32_t ts, struct span frame)
{
    int64_t now_us = (int64_t)bot_now_ms() * 1000;
    take_clock(m, s, now_us);
    if (m->recording_from == 0)
        m->recording_from = now_us;
    if (s->recorded < 0)
        s->recorded = recorded_as(m, s);
    struct recording_frame f = {
        .track = s->recorded,
        .at_us = timeline_at(&s->timeline, ts, now_us) - m->recording_from,
        .keyframe = is_sound(s) || (frame.ptr[0] & 1) == 0,
        .bytes = frame,
    };
    if (!s->facts.told)
        bot_facts_recording(s);
    s->facts.told = true;
    if (recording_add(m->recording, &f) == ERR_IO && !m->recording_failed) {
        m->recording_failed = true;
        bot_tell_end("the recording cannot be written");
        m->bot->over = true;
        bot_wire_stop(m->bot->wire);
    }
}

/* Whoever did not agree is not even opened, and what waits of them is thrown away. */
static bool may_keep(struct bot_media *m, struct bot_stream *s)
{
    if (!m->recording || bot_consent_has(m->bot, s->participant))
        return true;
    s->keyed = s->has_ts = false;
    if (s->queue)
        *s->queue = (struct queue){.started = false};
    return false;
}

/* ---- one frame ---- */

static struct bot_stream *stream_of(struct bot_media *m, int local)
{
    for (size_t i = 0; i < BOT_STREAMS; i++)
        if (m->stream[i].used && m->stream[i].local == local)
            return &m->stream[i];
    return NULL;
}

static bool open_frame(struct bot_media *m, struct bot_stream *s, struct span in, struct span *out)
{
    size_t len = 0;
    struct media_frame f = {
        .aead = &sframe_aead_sodium,
        .codec = is_sound(s) ? MEDIA_OPUS : MEDIA_VP8,
        .in = in,
        .out = m->opened,
        .out_len = &len,
    };
    if (!s->in_group || in.len > BOT_FRAME_MAX ||
        media_open(&s->receiver, m->bot->core, &f) != MEDIA_DONE) {
        s->facts.unopened++;
        return false;
    }
    *out = span_of(m->opened, len);
    return true;
}

void bot_watch_frame(struct bot_media *m, const struct client_frame *f)
{
    struct bot_stream *s = stream_of(m, f->stream);
    struct span frame;
    if (!s || is_sound(s) || !may_keep(m, s))
        return;
    s->facts.lost += f->missing;
    if (!open_frame(m, s, f->bytes, &frame)) {
        want_key(m, s, f->at);
        return;
    }
    if (!complete(m, s, f, frame))
        return;
    if (!m->recording) {
        show(m, s, f, frame);
        return;
    }
    note_arrival(&s->facts, f->at, 0);
    record(m, s, f->ts, frame);
}

static void hear(struct bot_media *m, struct bot_stream *s, instant_us now, bool forced)
{
    struct queue_piece p;
    while (queue_next(s->queue, now, forced, &p)) {
        if (!in_time(s, &p))
            continue;
        if (m->recording)
            record(m, s, p.ts, p.bytes);
        else
            listen(m, s, &p);
    }
}

void bot_watch_packet(struct bot_media *m, const struct client_packet *p)
{
    struct bot_stream *s = stream_of(m, p->stream);
    struct span frame;
    struct red red;
    if (!s || !is_sound(s) || !may_keep(m, s) || p->duplicate || p->payload.len == 0 ||
        !open_frame(m, s, p->payload, &frame))
        return;
    s->queue = s->queue ? s->queue : calloc(1, sizeof *s->queue);
    if (!s->queue)
        return;
    if (!red_parse(&red, frame)) {
        s->facts.undecodable++;
        return;
    }
    for (uint8_t i = 0; i < red.count; i++) {
        struct queue_piece piece = {.seq = (uint16_t)(p->seq - (red.count - 1 - i)),
                                    .ts = p->ts - red.block[i].back,
                                    .at = p->at,
                                    .bytes = red.block[i].bytes};
        if (!queue_put(s->queue, &piece)) {
            hear(m, s, p->at, true);
            (void)queue_put(s->queue, &piece);
        }
    }
    hear(m, s, p->at, false);
}

void bot_watch_close(struct bot_media *m)
{
    for (size_t i = 0; i < BOT_STREAMS; i++) {
        struct bot_stream *s = &m->stream[i];
        video_decoder_close(s->pictures);
        audio_decoder_close(s->sound);
        media_receiver_fini(&s->receiver);
        free(s->queue);
    }
}
