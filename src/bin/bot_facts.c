/* What the bot saw and heard, as lines, and whether that is what --check demands. */
#include "bin/bot_media.h"

#include "io/clock.h"

static const char *const sources[] = {"mic", "camera", "screen", "screen_audio"};

static bool is_sound(const struct bot_stream *s)
{
    return s->context == SFRAME_AUDIO || s->context == SFRAME_SCREEN_AUDIO;
}

static json_t *name_of(const struct bot_stream *s)
{
    return bot_text(span_str(s->name));
}

void bot_facts_first(const struct bot_stream *s)
{
    const struct bot_facts *f = &s->facts;
    if (is_sound(s))
        bot_tell(json_pack("{s:s, s:o, s:s, s:i}", "event", "heard", "name", name_of(s), "source",
                           sources[s->context], "tone_hz", (int)f->tone_hz));
    else
        bot_tell(json_pack("{s:s, s:o, s:s, s:i, s:i}", "event", "seen", "name", name_of(s),
                           "source", sources[s->context], "width", (int)f->width, "height",
                           (int)f->height));
}

void bot_facts_recording(const struct bot_stream *s)
{
    bot_tell(json_pack("{s:s, s:o, s:s}", "event", "recording", "name", name_of(s), "source",
                       sources[s->context]));
}

static json_int_t ms(duration_us us)
{
    return (json_int_t)(us / 1000);
}

static void print(const struct bot_stream *s)
{
    const struct bot_facts *f = &s->facts;
    json_t *line = json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "event", "stream",
                             "name", name_of(s), "source", sources[s->context], "frames",
                             (json_int_t)f->frames, "unopened", (json_int_t)f->unopened,
                             "undecodable", (json_int_t)f->undecodable, "lost", (json_int_t)f->lost,
                             "freezes", (json_int_t)f->freezes, "longest_ms", ms(f->longest));
    json_t *more = is_sound(s) ? json_pack("{s:I, s:i, s:I, s:I}", "gaps", (json_int_t)f->gaps,
                                           "tone_hz", (int)f->tone_hz, "judged",
                                           (json_int_t)f->judged, "toned", (json_int_t)f->toned)
                               : json_pack("{s:i, s:i, s:I, s:I}", "width", (int)f->width, "height",
                                           (int)f->height, "marked", (json_int_t)f->marked, "wrong",
                                           (json_int_t)f->wrong);
    (void)json_object_update(line, more);
    json_decref(more);
    bot_tell(line);
}

/* Of a person's pictures: they came, each was the right one, and none stood still for long. A
 * camera without markers (a browser's, a film) is only asked to move. */
static bool good(const struct bot_media *m, const struct bot_stream *s)
{
    const struct bot_facts *f = &s->facts;
    duration_us most = (duration_us)m->flags.freeze_ms * US_PER_MS;
    if (f->frames == 0 || f->undecodable > 0 || f->longest > most)
        return false;
    return is_sound(s) ? f->tone_hz != 0 : f->wrong == 0;
}

bool bot_facts_end(struct bot_media *m)
{
    uint32_t pictures = 0, sounds = 0, bad = 0;
    instant_us now = m->ended ? m->ended : clock_now();
    for (size_t i = 0; i < BOT_STREAMS; i++) {
        struct bot_stream *s = &m->stream[i];
        if (!s->used)
            continue;
        duration_us since = s->facts.last_at && now > s->facts.last_at ? now - s->facts.last_at : 0;
        s->facts.longest = since > s->facts.longest ? since : s->facts.longest;
        print(s);
        if (s->facts.frames == 0 && (s->paused || !s->track))
            continue; /* somebody whose camera or microphone was never on */
        bool ok = good(m, s);
        bad += !ok;
        pictures += ok && !is_sound(s);
        sounds += ok && is_sound(s);
    }
    if (!m->flags.check)
        return true;
    bool ok = bad == 0 && pictures >= m->flags.expect && sounds >= m->flags.expect;
    bot_tell(json_pack("{s:s, s:b, s:i, s:i, s:i, s:i}", "event", "check", "ok", ok, "pictures",
                       (int)pictures, "sounds", (int)sounds, "bad", (int)bad, "expected",
                       (int)m->flags.expect));
    return ok;
}
