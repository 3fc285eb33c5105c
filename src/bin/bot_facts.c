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

/* ---- the trace ---- */

enum { PIECE_MS = 20 };

enum err bot_facts_trace_open(struct bot_media *m, struct complaint *why)
{
    if (!m->flags.trace)
        return ERR_OK;
    m->trace = fopen(m->flags.trace, "we");
    if (!m->trace)
        return complain(why, "%.300s cannot be written.", m->flags.trace);
    (void)fputs("second,stream,kind,bytes,frames,width,height,longest_ms,freezes,lost,gap_ms\n",
                m->trace);
    m->trace_at = clock_now() + (1000 - (duration_us)(bot_now_ms() % 1000)) * US_PER_MS;
    return ERR_OK;
}

/* What was counted since the line before; a number that fell was started anew. */
static uint64_t since_last(uint64_t now, uint64_t *last)
{
    uint64_t more = now >= *last ? now - *last : now;
    *last = now;
    return more;
}

static void trace_stream(struct bot_media *m, size_t i, uint64_t second, instant_us now)
{
    struct bot_stream *s = &m->stream[i];
    struct bot_facts *f = &s->facts;
    struct bot_traced *t = &f->traced;
    const struct client *c = m->lane[BOT_IN].client;
    uint64_t bytes = c && s->local >= 0 ? client_stream_stats(c, s->local).bytes : 0;
    duration_us still = f->last_at && now > f->last_at ? now - f->last_at : 0;
    still = still > f->traced_longest ? still : f->traced_longest;
    f->traced_longest = 0;
    (void)fprintf(m->trace, "%llu,%zu,%s,%llu,%llu,%u,%u,%lld,%llu,%llu,%llu\n",
                  (unsigned long long)second, i, sources[s->context],
                  (unsigned long long)since_last(bytes, &t->bytes),
                  (unsigned long long)since_last(f->frames, &t->frames), f->width, f->height,
                  (long long)ms(still), (unsigned long long)since_last(f->freezes, &t->freezes),
                  (unsigned long long)since_last(f->lost, &t->lost),
                  (unsigned long long)since_last(f->gaps, &t->gaps) * PIECE_MS);
}

void bot_facts_trace_due(struct bot_media *m, instant_us now)
{
    if (!m->trace || now < m->trace_at)
        return;
    uint64_t ended = (bot_now_ms() + 500) / 1000; /* a wake-up may come a little early */
    for (size_t i = 0; i < BOT_STREAMS; i++)
        if (m->stream[i].used)
            trace_stream(m, i, ended - 1, now);
    (void)fflush(m->trace);
    while (m->trace_at <= now)
        m->trace_at += US_PER_S;
}

void bot_facts_trace_close(struct bot_media *m)
{
    if (m->trace && fclose(m->trace) != 0)
        bot_tell_end("the trace cannot be written");
    m->trace = NULL;
}

/* ---- the end ---- */

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
