/* A ring of packets by number. `next` walks over whole frames:
 *
 *    ... given out | next: start ..... marker | start ... gap ... | newest
 */
#include "client/assemble.h"

#include "client/client.h"
#include "proto/vp8.h"

enum { SLOT_BYTES = 1472, PACKET_GUESS = 900, SLOTS_MIN = 64 };

struct assemble_slot {
    int64_t seq; /* 0: empty */
    instant_us at;
    uint32_t ts;
    uint16_t len;
    uint8_t orientation;
    bool marker, start, keyframe;
    uint8_t bytes[SLOT_BYTES];
};

/* The largest frame's packets and as much again, for what comes behind a gap. */
static uint32_t slots_for(uint32_t frame_max)
{
    uint32_t want = 2 * (frame_max / PACKET_GUESS + 1), n = SLOTS_MIN;
    while (n < want)
        n *= 2;
    return n;
}

size_t assemble_size(uint32_t frame_max)
{
    return slots_for(frame_max) * sizeof(struct assemble_slot) + ((size_t)frame_max + 15) / 16 * 16;
}

void assemble_init(struct assembler *a, void *storage, uint32_t frame_max)
{
    memset(a, 0, sizeof *a);
    a->count = slots_for(frame_max);
    a->frame_max = frame_max;
    a->slots = storage;
    a->frame = (uint8_t *)storage + a->count * sizeof(struct assemble_slot);
    a->blocked_at = INSTANT_NEVER;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->slots[i].seq != 0) /* fresh pages stay untouched: 1.8 MB a stream */
            a->slots[i].seq = 0;
}

static struct assemble_slot *slot_at(const struct assembler *a, int64_t seq)
{
    return &a->slots[(uint64_t)seq & (a->count - 1)];
}

static const struct assemble_slot *find(const struct assembler *a, int64_t seq)
{
    const struct assemble_slot *s = slot_at(a, seq);
    return s->seq == seq ? s : NULL;
}

static void lose(struct assembler *a, int64_t to)
{
    if (a->next >= to)
        return;
    a->next = to;
    a->missing = a->gave_up = true;
    a->lost++;
    a->blocked_at = INSTANT_NEVER;
}

void assemble_put(struct assembler *a, const struct assemble_packet *p)
{
    struct vp8 v = {0};
    bool filled = p->payload.len > 0;
    if (filled && (vp8_parse(&v, p->payload) != ERR_OK || p->payload.len > SLOT_BYTES))
        return; /* stays a gap: the frame is given up */
    if (!a->started) {
        if (!v.start || v.partition != 0)
            return; /* in the middle of a frame: it was never ours */
        a->started = true;
        a->next = a->highest = p->seq;
    }
    if (p->seq < a->next)
        return;
    if (p->seq >= a->next + a->count)
        lose(a, p->seq - a->count + 1);
    struct assemble_slot *s = slot_at(a, p->seq);
    if (s->seq == p->seq)
        return;
    struct span body =
        filled ? span_of(p->payload.ptr + v.descriptor_len, p->payload.len - v.descriptor_len)
               : span_of(NULL, 0);
    s->seq = p->seq;
    s->at = p->at;
    s->ts = p->ts;
    s->len = (uint16_t)body.len;
    s->orientation = p->orientation;
    s->marker = p->marker;
    s->start = v.start && v.partition == 0;
    s->keyframe = v.keyframe;
    if (body.len > 0)
        memcpy(s->bytes, body.ptr, body.len);
    if (p->seq > a->highest)
        a->highest = p->seq;
}

/* Number behind the whole frame that begins at next; 0: it is not whole. */
static int64_t end_of(const struct assembler *a, size_t *bytes)
{
    const struct assemble_slot *first = find(a, a->next);
    *bytes = 0;
    if (!first || !first->start)
        return 0;
    for (int64_t n = a->next; n <= a->highest; n++) {
        const struct assemble_slot *s = find(a, n);
        if (!s || (s->len > 0 && s->ts != first->ts))
            return 0;
        *bytes += s->len;
        if (s->marker)
            return n + 1;
    }
    return 0;
}

/* The next number at which a frame begins, or one past the newest. */
static int64_t next_start(const struct assembler *a, int64_t from)
{
    for (int64_t n = from; n <= a->highest; n++) {
        const struct assemble_slot *s = find(a, n);
        if (s && s->start)
            return n;
    }
    return a->highest + 1;
}

static void give(struct assembler *a, int64_t end, struct assemble_frame *out)
{
    const struct assemble_slot *first = find(a, a->next), *last = find(a, end - 1);
    size_t len = 0;
    *out = (struct assemble_frame){.ts = first->ts,
                                   .keyframe = first->keyframe,
                                   .missing = a->missing,
                                   .orientation = last->orientation,
                                   .at = last->at};
    for (int64_t n = a->next; n < end; n++) {
        const struct assemble_slot *s = find(a, n);
        memcpy(a->frame + len, s->bytes, s->len);
        len += s->len;
        out->at = s->at > out->at ? s->at : out->at;
    }
    out->bytes = span_of(a->frame, len);
    a->next = end;
    a->missing = false;
    a->blocked_at = INSTANT_NEVER;
    a->frames++;
}

/* Padding alone between frames. */
static void skip_padding(struct assembler *a)
{
    const struct assemble_slot *s = find(a, a->next);
    while (s && s->len == 0 && !s->start && a->next <= a->highest)
        s = find(a, ++a->next);
}

bool assemble_next(struct assembler *a, instant_us now, duration_us wait_us,
                   struct assemble_frame *out)
{
    size_t bytes = 0;
    while (a->started) {
        skip_padding(a);
        if (a->next > a->highest)
            return false;
        int64_t end = end_of(a, &bytes);
        if (end != 0 && bytes <= a->frame_max) {
            give(a, end, out);
            return true;
        }
        if (end != 0) {
            lose(a, end); /* larger than anybody said */
            continue;
        }
        int64_t later = next_start(a, a->next + 1);
        if (later > a->highest)
            return false; /* still coming in */
        if (a->blocked_at == INSTANT_NEVER)
            a->blocked_at = now;
        if (now - a->blocked_at < wait_us)
            return false;
        lose(a, later);
    }
    return false;
}

void assemble_give_up(struct assembler *a)
{
    if (!a->started)
        return;
    size_t bytes;
    if (a->next <= a->highest && end_of(a, &bytes) == 0)
        lose(a, next_start(a, a->next + 1));
}

bool assemble_take_loss(struct assembler *a)
{
    bool lost = a->gave_up;
    a->gave_up = false;
    return lost;
}
