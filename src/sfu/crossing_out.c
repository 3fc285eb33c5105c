/* The way out of a crossing: messages are cut, judged, kept and sealed; what is asked for is judged
 * and sealed again. See crossing.h. */
#include "sfu/crossing_inner.h"

void crossing_out_message(struct crossing *c, struct span message, bool relayed)
{
    struct crossing_out *o = &c->out;
    relay_walk_init(&o->walk, message);
    o->message = message;
    o->relayed = relayed;
    o->walking = true;
    o->held = (struct span){0};
    o->used = o->records = 0;
}

/* --- new ones --------------------------------------------------------------------------------- */

/* The next record of the message, in o->held. */
static bool hold(struct crossing_out *o)
{
    struct relay_record r;
    if (o->held.len > 0)
        return true;
    if (!relay_next(&o->walk, &r))
        return false;
    size_t end = relay_walk_at(&o->walk, o->message), len = relay_size(&r);
    o->held = span_of(o->message.ptr + end - len, len);
    return true;
}

static bool same_batch(const struct relay_batch *a, const struct relay_batch *b)
{
    return a->meeting == b->meeting && a->epoch == b->epoch && a->number == b->number &&
           a->zones == b->zones;
}

/* Fills the body with records of one batch: as many as a datagram takes, or one that is larger. */
static bool gather(struct crossing_out *o)
{
    o->used = o->records = 0;
    while (hold(o)) {
        if (o->records == 0) {
            o->batch = o->walk.batch;
            o->used = RELAY_HEAD;
        } else if (!same_batch(&o->batch, &o->walk.batch) ||
                   o->used + o->held.len > BRIDGE_BODY_MAX) {
            break;
        }
        memcpy(o->body + o->used, o->held.ptr, o->held.len);
        o->used += (uint32_t)o->held.len;
        o->records++;
        o->held = (struct span){0};
    }
    if (o->records == 0)
        return false;
    struct writer w = writer_of(o->body, RELAY_HEAD);
    relay_write_batch(&w, &o->batch, o->records, o->used);
    return true;
}

static enum passage judge(const struct crossing *c, const struct relay_batch *b, bool relayed,
                          instant_us now)
{
    struct egress_way way = {.own = c->config.own_zone,
                             .to = c->config.peer_zone,
                             .fenced = c->config.own_fenced,
                             .relayed = relayed};
    return egress_judge(passes_find(c->config.grants, b->meeting), &way, b, now);
}

/* Keeps and seals a part of the body under the next sequence. */
static bool part_send(struct crossing *c, enum bridge_kind kind, struct span part,
                      struct crossing_effect *e, instant_us now)
{
    struct crossing_out *o = &c->out;
    struct crossing_kept *k = &o->kept[o->next % CROSSING_KEPT];
    k->sequence = o->next++;
    k->at = k->again_at = now;
    k->batch = o->batch;
    k->kind = kind;
    k->len = (uint16_t)part.len;
    k->again = 0;
    k->relayed = o->relayed;
    memcpy(k->body, part.ptr, part.len);
    o->at_due = now + CROSSING_IDLE_US;
    struct bridge_text text = {.kind = kind, .sequence = k->sequence, .body = part};
    return crossing_seal(c, &text, e, now);
}

static bool new_poll(struct crossing *c, struct crossing_effect *e, instant_us now)
{
    struct crossing_out *o = &c->out;
    if (o->more) {
        o->more = false;
        struct span rest = span_of(o->body + BRIDGE_BODY_MAX, o->used - BRIDGE_BODY_MAX);
        if (part_send(c, BRIDGE_LAST, rest, e, now))
            return true;
    }
    while (o->walking) {
        if (!gather(o)) {
            o->walking = false;
            break;
        }
        enum passage p = judge(c, &o->batch, o->relayed, now);
        if (p != PASSAGE_OPEN) {
            crossing_stopped(c, &o->batch, p, true);
            continue;
        }
        o->more = o->used > BRIDGE_BODY_MAX;
        struct span part = span_of(o->body, o->more ? BRIDGE_BODY_MAX : o->used);
        if (part_send(c, o->more ? BRIDGE_FIRST : BRIDGE_WHOLE, part, e, now))
            return true;
    }
    return false;
}

/* --- again ------------------------------------------------------------------------------------ */

void crossing_out_asked(struct crossing *c, struct span body)
{
    struct crossing_out *o = &c->out;
    struct reader r = reader_of(body);
    o->asks = o->ask_at = o->ask_bit = 0;
    while (reader_left(&r) >= BRIDGE_ASK_EACH && o->asks < BRIDGE_ASK_MAX) {
        struct crossing_ask *a = &o->ask[o->asks++];
        a->first = reader_u64(&r);
        a->after = reader_u64(&r);
    }
}

/* Sends a sequence once more, if it is kept and may still go. */
static bool again(struct crossing *c, uint64_t sequence, struct crossing_effect *e, instant_us now)
{
    struct crossing_kept *k = &c->out.kept[sequence % CROSSING_KEPT];
    if (k->len == 0 || k->sequence != sequence || now - k->at >= CROSSING_KEPT_US)
        return false;
    if (k->again == CROSSING_AGAIN || now - k->again_at < CROSSING_AGAIN_US)
        return false;
    enum passage p = judge(c, &k->batch, k->relayed, now);
    if (p != PASSAGE_OPEN) {
        crossing_stopped(c, &k->batch, p, true);
        k->len = 0;
        return false;
    }
    k->again++;
    k->again_at = now;
    struct bridge_text text = {k->kind, true, sequence, span_of(k->body, k->len)};
    return crossing_seal(c, &text, e, now);
}

static bool again_poll(struct crossing *c, struct crossing_effect *e, instant_us now)
{
    struct crossing_out *o = &c->out;
    for (; o->ask_at < o->asks; o->ask_at++, o->ask_bit = 0) {
        const struct crossing_ask *a = &o->ask[o->ask_at];
        while (o->ask_bit <= 64) {
            uint32_t bit = o->ask_bit++;
            bool wanted = bit == 0 || (a->after >> (bit - 1) & 1) != 0;
            if (wanted && again(c, a->first + bit, e, now))
                return true;
        }
    }
    return false;
}

bool crossing_out_poll(struct crossing *c, struct crossing_effect *e, instant_us now)
{
    struct crossing_out *o = &c->out;
    if (new_poll(c, e, now) || again_poll(c, e, now))
        return true;
    if (now < o->at_due)
        return false;
    o->at_due = INSTANT_NEVER;
    struct bridge_text at = {.kind = BRIDGE_AT, .sequence = o->next};
    return crossing_seal(c, &at, e, now);
}
