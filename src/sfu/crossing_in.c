/* The way in of a crossing: sequences, gaps, halves, the fence's second check. See crossing.h. */
#include "sfu/crossing_inner.h"

#define SEQUENCE_MAX ((uint64_t)1 << 62)

/* --- gaps ------------------------------------------------------------------------------------- */

static void gap_remove(struct crossing_in *in, uint32_t at)
{
    in->gaps--;
    memmove(&in->gap[at], &in->gap[at + 1], (in->gaps - at) * sizeof in->gap[0]);
}

/* All before `next` were sent. What is more than we note is given up, the oldest first. */
static void gaps_until(struct crossing_in *in, uint64_t next, instant_us now)
{
    if (next > in->expect + CROSSING_GAPS) {
        uint64_t over = next - in->expect - CROSSING_GAPS + in->gaps;
        in->lost += over < UINT32_MAX / 2 ? (uint32_t)over : UINT32_MAX / 2;
        in->gaps = 0;
        in->expect = next - CROSSING_GAPS;
    }
    for (; in->expect < next; in->expect++) {
        if (in->gaps == CROSSING_GAPS) {
            gap_remove(in, 0);
            in->lost++;
        }
        in->gap[in->gaps++] = (struct crossing_gap){in->expect, now + CROSSING_ORDER_US, 0, 0};
    }
}

/* True when the sequence was missing; then it is no more. */
static bool gap_fill(struct crossing_in *in, const struct bridge_text *t, instant_us now)
{
    uint64_t sequence = t->sequence;
    uint32_t low = 0, high = in->gaps;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (in->gap[mid].sequence < sequence)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == in->gaps || in->gap[low].sequence != sequence)
        return false;
    if (t->again && in->gap[low].tries == 1) { /* not a late one: that would measure nothing */
        duration_us took = now - in->gap[low].asked_at;
        in->round_trip = in->round_trip == 0 ? took : (7 * in->round_trip + took) / 8;
    }
    gap_remove(in, low);
    return true;
}

static bool is_new(struct crossing_in *in, const struct bridge_text *t, instant_us now)
{
    if (t->sequence < in->expect)
        return gap_fill(in, t, now);
    gaps_until(in, t->sequence, now);
    in->expect = t->sequence + 1;
    return true;
}

static duration_us retry_us(const struct crossing_in *in)
{
    duration_us us = in->round_trip == 0 ? CROSSING_RETRY_US : in->round_trip * 3 / 2;
    us = us < CROSSING_RETRY_MIN_US ? CROSSING_RETRY_MIN_US : us;
    return us > CROSSING_RETRY_MAX_US ? CROSSING_RETRY_MAX_US : us;
}

/* One ASK of all that is due; what was asked for often enough is lost. */
static bool ask_poll(struct crossing *c, struct crossing_effect *e, instant_us now)
{
    struct crossing_in *in = &c->in;
    struct crossing_ask ask[BRIDGE_ASK_MAX];
    uint8_t body[BRIDGE_ASK_MAX * BRIDGE_ASK_EACH];
    uint32_t asks = 0, kept = 0;
    for (uint32_t i = 0; i < in->gaps; i++) {
        struct crossing_gap g = in->gap[i];
        bool due = now >= g.due;
        if (due && g.tries == CROSSING_TRIES) {
            in->lost++;
            continue;
        }
        bool joins = asks > 0 && g.sequence - ask[asks - 1].first <= 64;
        if (due && (joins || asks < BRIDGE_ASK_MAX)) {
            if (joins)
                ask[asks - 1].after |= (uint64_t)1 << (g.sequence - ask[asks - 1].first - 1);
            else
                ask[asks++] = (struct crossing_ask){g.sequence, 0};
            g.tries++;
            g.asked_at = now;
            g.due = now + retry_us(in);
        }
        in->gap[kept++] = g;
    }
    in->gaps = kept;
    if (asks == 0)
        return false;
    struct writer w = writer_of(body, sizeof body);
    for (uint32_t i = 0; i < asks; i++) {
        writer_u64(&w, ask[i].first);
        writer_u64(&w, ask[i].after);
    }
    struct bridge_text text = {.kind = BRIDGE_ASK, .body = writer_span(&w)};
    return crossing_seal(c, &text, e, now);
}

/* --- batches ---------------------------------------------------------------------------------- */

/* A body is one batch to its last byte, and may enter; else it goes no further. */
static void batch_take(struct crossing *c, struct span body, instant_us now)
{
    struct relay_walk walk;
    struct relay_record r;
    relay_walk_init(&walk, body);
    if (!relay_next(&walk, &r) || walk.batch_end != body.ptr + body.len) {
        count_drop(c->config.counters, SFU_DROP_RELAY_FORM);
        return;
    }
    struct ingress_gate gate = {.here = c->config.own_zone, .from = c->config.peer_zone};
    const struct pass *known = passes_find(c->config.grants, walk.batch.meeting);
    enum passage p = ingress_judge(&gate, known, &walk.batch, now);
    if (p != PASSAGE_OPEN)
        crossing_stopped(c, &walk.batch, p, false);
    else
        c->in.ready = body;
}

static void half_take(struct crossing *c, const struct bridge_text *t, instant_us now)
{
    struct crossing_in *in = &c->in;
    int which = t->kind == BRIDGE_LAST ? 1 : 0;
    if (which == 1 && t->sequence == 0) {
        count_drop(c->config.counters, SFU_DROP_RELAY_FORM);
        return;
    }
    uint64_t first = t->sequence - (uint64_t)which;
    struct crossing_half *h = &in->half[first % CROSSING_HALVES];
    if (h->first != first) {
        h->first = first;
        h->len[0] = h->len[1] = 0;
    }
    h->len[which] = (uint16_t)t->body.len;
    memcpy(h->piece[which], t->body.ptr, t->body.len);
    if (h->len[0] == 0 || h->len[1] == 0)
        return;
    memcpy(in->whole, h->piece[0], h->len[0]);
    memcpy(in->whole + h->len[0], h->piece[1], h->len[1]);
    batch_take(c, span_of(in->whole, (size_t)h->len[0] + h->len[1]), now);
    h->len[0] = h->len[1] = 0;
}

void crossing_in_text(struct crossing *c, const struct bridge_text *text, instant_us now)
{
    struct crossing_in *in = &c->in;
    if (text->sequence >= SEQUENCE_MAX)
        count_drop(c->config.counters, SFU_DROP_RELAY_FORM);
    else if (text->kind == BRIDGE_AT)
        gaps_until(in, text->sequence, now);
    else if (!is_new(in, text, now))
        count_drop(c->config.counters, SFU_DROP_DUPLICATE);
    else if (text->kind == BRIDGE_WHOLE)
        batch_take(c, text->body, now);
    else
        half_take(c, text, now);
}

bool crossing_in_poll(struct crossing *c, struct crossing_effect *e, instant_us now)
{
    struct crossing_in *in = &c->in;
    if (in->ready.len > 0) {
        *e = (struct crossing_effect){.type = CROSSING_DELIVER, .bytes = in->ready};
        in->ready = (struct span){0};
        return true;
    }
    if (ask_poll(c, e, now))
        return true;
    if (in->lost == 0)
        return false;
    *e = (struct crossing_effect){.type = CROSSING_LOST, .count = in->lost};
    in->lost = 0;
    return true;
}
