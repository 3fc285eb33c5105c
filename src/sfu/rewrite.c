/* Segments of fixed offsets, newest first; see rewrite.h. knows: numbers. owns: nothing. */
#include "sfu/rewrite.h"

#include <stddef.h>

#include "proto/seq.h"

void rewrite_init(struct rewrite *r, uint32_t random)
{
    *r = (struct rewrite){.out_highest = (int64_t)(random & 0x7fff), .ts = random};
}

bool rewrite_started(const struct rewrite *r)
{
    return r->count > 0;
}

static const struct rewrite_segment *segment_back(const struct rewrite *r, unsigned age)
{
    return &r->segment[(r->newest + REWRITE_SEGMENTS - age) % REWRITE_SEGMENTS];
}

static struct rewrite_segment *segment_push(struct rewrite *r)
{
    r->newest = (uint8_t)((r->newest + 1) % REWRITE_SEGMENTS);
    if (r->count < REWRITE_SEGMENTS)
        r->count++;
    return &r->segment[r->newest];
}

void rewrite_switch(struct rewrite *r, const struct rewrite_start *start)
{
    uint32_t ts_out = start->ts_out;
    if (rewrite_started(r) && !seq_newer32(ts_out, r->ts))
        ts_out = r->ts + 1; /* time never stands still over a switch */
    uint32_t live_ts = start->squeeze ? start->live_ts : start->ts;
    ts_out += (live_ts - start->ts) / REWRITE_SQUEEZE;
    struct rewrite_segment *s = segment_push(r);
    *s = (struct rewrite_segment){
        .in_first = start->seq,
        .out_first = r->out_highest + 1,
        .ts_shift = live_ts - ts_out,
        .squeezed = start->squeeze,
        .live_ts = live_ts,
        .picture_shift = (uint16_t)(start->picture - (r->picture + 1)),
        .tl0_shift = (uint8_t)(start->tl0 - (r->tl0 + 1)),
        .frame_shift =
            (uint16_t)(start->described && r->described ? start->frame - (r->frame + 1) : 0),
        .encoding = start->encoding,
    };
    r->in_highest = start->seq - 1;
}

bool rewrite_skip(struct rewrite *r, uint8_t encoding, int64_t seq)
{
    const struct rewrite_segment *old = segment_back(r, 0);
    if (!rewrite_started(r) || old->encoding != encoding || seq <= r->in_highest)
        return false;
    if (old->in_first == seq) {
        r->segment[r->newest].in_first =
            seq + 1; /* nothing of it was sent: a run of drops is one */
        r->in_highest = seq;
        return true;
    }
    struct rewrite_segment s = *old;
    s.out_first = old->out_first + (seq - old->in_first);
    s.in_first = seq + 1;
    *segment_push(r) = s;
    r->in_highest = seq;
    return true;
}

void rewrite_skip_picture(struct rewrite *r)
{
    r->segment[r->newest].picture_shift++;
}

const struct rewrite_segment *rewrite_map(const struct rewrite *r, uint8_t encoding, int64_t seq,
                                          int64_t *out)
{
    int64_t end = INT64_MAX; /* where the next younger segment starts */
    for (unsigned age = 0; age < r->count; age++) {
        const struct rewrite_segment *s = segment_back(r, age);
        if (s->encoding == encoding && seq >= s->in_first) {
            *out = s->out_first + (seq - s->in_first);
            return *out < end ? s : NULL;
        }
        end = s->out_first;
    }
    return NULL;
}

uint32_t rewrite_ts(const struct rewrite_segment *s, uint32_t ts)
{
    uint32_t before = s->live_ts - ts;
    if (!s->squeezed || before == 0 || before >= UINT32_C(1) << 31)
        return ts - s->ts_shift;
    return s->live_ts - s->ts_shift - before / REWRITE_SQUEEZE;
}

const struct rewrite_segment *rewrite_unmap(const struct rewrite *r, uint16_t out, int64_t *seq)
{
    int64_t full = r->out_highest + (int16_t)(uint16_t)(out - (uint16_t)r->out_highest);
    if (full > r->out_highest)
        return NULL;
    for (unsigned age = 0; age < r->count; age++) {
        const struct rewrite_segment *s = segment_back(r, age);
        if (full >= s->out_first) {
            *seq = s->in_first + (full - s->out_first);
            return s;
        }
    }
    return NULL;
}

void rewrite_sent(struct rewrite *r, int64_t out, uint32_t ts_out, instant_us now)
{
    const struct rewrite_segment *s = segment_back(r, 0);
    if (out > r->out_highest) {
        r->out_highest = out;
        r->in_highest = s->in_first + (out - s->out_first);
    }
    if (seq_newer32(ts_out, r->ts) || r->sent_at == 0) {
        r->ts = ts_out;
        r->sent_at = now;
    }
}

void rewrite_sent_picture(struct rewrite *r, uint16_t picture_out, uint8_t tl0_out)
{
    if (seq_newer((uint16_t)(picture_out << 1), (uint16_t)(r->picture << 1)))
        r->picture = picture_out & 0x7fff;
    if ((uint8_t)(tl0_out - r->tl0) < 0x80)
        r->tl0 = tl0_out;
}

void rewrite_sent_frame(struct rewrite *r, uint16_t frame_out)
{
    if (!r->described || seq_newer(frame_out, r->frame))
        r->frame = frame_out;
    r->described = true;
}

uint32_t rewrite_clock_convert(const struct rewrite_clock *from, const struct rewrite_clock *to,
                               uint32_t ts, uint32_t rate)
{
    /* Seconds as 32.32 differences; both fit, reports are minutes apart at most. */
    int64_t apart = (int64_t)(from->ntp - to->ntp);
    int64_t whole = apart / ((int64_t)1 << 32), rest = apart % ((int64_t)1 << 32);
    int64_t ticks = whole * (int64_t)rate + rest * (int64_t)rate / ((int64_t)1 << 32);
    return to->ts + (uint32_t)ticks + (ts - from->ts);
}
