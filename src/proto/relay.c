/* The relay's bytes, written and read; see relay.h. knows: bytes. owns: nothing. */
#include "proto/relay.h"

enum { FLAG_MARKER = 1, FLAG_VOICE = 2, FLAG_RESUMED = 4, FLAG_TELL = 1 };
enum { STATE_ACTIVE = 1, STATE_CLOCK = 2 };
enum { LEVEL_MAX = 127 };

/* --- writing ---------------------------------------------------------------------------------- */

void relay_write_batch(struct writer *w, const struct relay_batch *b, uint32_t records,
                       uint32_t bytes)
{
    writer_u8(w, RELAY_VERSION);
    writer_u8(w, 0);
    writer_u16(w, (uint16_t)records);
    writer_u32(w, bytes);
    writer_u32(w, b->meeting);
    writer_u32(w, b->epoch);
    writer_u64(w, b->zones);
    writer_u32(w, b->number);
    writer_u32(w, 0);
}

/* The fields of a record's head; what a type has no use for is 0. */
struct head {
    uint8_t encoding, flags, place, level, described, orientation;
    int64_t seq;
    uint32_t ts;
    size_t body;
};

static struct head head_of(const struct relay_record *r)
{
    switch (r->type) {
    case RELAY_PACKET: {
        const struct relay_packet *p = &r->as.packet;
        return (struct head){.encoding = p->encoding,
                             .flags = (uint8_t)((p->marker ? FLAG_MARKER : 0) |
                                                (p->voice ? FLAG_VOICE : 0) |
                                                (p->resumed ? FLAG_RESUMED : 0)),
                             .place = p->place,
                             .level = p->level,
                             .described = (uint8_t)p->dependency.len,
                             .orientation = p->orientation,
                             .seq = p->seq,
                             .ts = p->ts,
                             .body = p->dependency.len + p->payload.len};
    }
    case RELAY_STATE:
        return (struct head){.encoding = r->as.state.encodings,
                             .body = (size_t)RELAY_STATE_EACH * r->as.state.encodings};
    case RELAY_ASK:
        return (struct head){.encoding = r->as.ask.wanted,
                             .flags = r->as.ask.tell ? FLAG_TELL : 0,
                             .place = r->as.ask.keyframes,
                             .level = r->as.ask.level};
    case RELAY_TYPE_END_:
        break;
    }
    return (struct head){0};
}

size_t relay_size(const struct relay_record *r)
{
    return RELAY_HEAD + head_of(r).body;
}

static void write_state(struct writer *w, const struct relay_state *s)
{
    for (uint8_t i = 0; i < s->encodings; i++) {
        const struct relay_encoding *e = &s->encoding[i];
        writer_u32(w, (e->active ? STATE_ACTIVE : 0) | (e->clock_known ? STATE_CLOCK : 0));
        writer_u32(w, e->bps);
        writer_u64(w, e->ntp);
        writer_u32(w, e->ts);
        writer_u32(w, e->age_us);
    }
}

void relay_write(struct writer *w, const struct relay_record *r)
{
    struct head h = head_of(r);
    writer_u8(w, (uint8_t)r->type);
    writer_u8(w, h.encoding);
    writer_u8(w, h.flags);
    writer_u8(w, h.place);
    writer_u32(w, r->track);
    writer_u64(w, (uint64_t)h.seq);
    writer_u32(w, h.ts);
    writer_u16(w, (uint16_t)h.body);
    writer_u8(w, h.level);
    writer_u8(w, h.described);
    writer_u8(w, h.orientation);
    writer_uint(w, 0, 7);
    if (r->type == RELAY_STATE)
        write_state(w, &r->as.state);
    if (r->type != RELAY_PACKET)
        return;
    writer_bytes(w, r->as.packet.dependency);
    writer_bytes(w, r->as.packet.payload);
}

/* --- reading ---------------------------------------------------------------------------------- */

void relay_walk_init(struct relay_walk *w, struct span message)
{
    *w = (struct relay_walk){.in = reader_of(message)};
    w->batch_end = w->in.at;
}

size_t relay_walk_at(const struct relay_walk *w, struct span message)
{
    return (size_t)(w->in.at - message.ptr);
}

static bool fail(struct relay_walk *w, enum relay_fault why)
{
    w->fault = why;
    w->left = 0;
    return false;
}

static bool next_batch(struct relay_walk *w)
{
    struct reader *in = &w->in;
    const uint8_t *start = in->at;
    size_t left = reader_left(in);
    if (left < RELAY_HEAD)
        return fail(w, RELAY_SHORT);
    if (reader_u8(in) != RELAY_VERSION)
        return fail(w, RELAY_NO_VERSION);
    uint32_t zero = reader_u8(in);
    w->left = reader_u16(in);
    uint32_t bytes = reader_u32(in);
    w->batch.meeting = reader_u32(in);
    w->batch.epoch = reader_u32(in);
    w->batch.zones = reader_u64(in);
    w->batch.number = reader_u32(in);
    if ((zero | reader_u32(in)) != 0)
        return fail(w, RELAY_RESERVED);
    if (bytes > left)
        return fail(w, RELAY_SHORT);
    if (w->left == 0 || bytes < RELAY_HEAD + w->left * RELAY_HEAD)
        return fail(w, RELAY_LENGTH);
    w->batch_end = start + bytes;
    return true;
}

static enum relay_fault read_packet(struct relay_packet *p, const struct head *h,
                                    struct reader *body)
{
    if (h->flags & ~(FLAG_MARKER | FLAG_VOICE | FLAG_RESUMED))
        return RELAY_RESERVED;
    if (h->described > DEPDESC_MAX || h->described > h->body ||
        h->body - h->described > LIMIT_RTP_PACKET)
        return RELAY_LENGTH;
    if (h->encoding >= LIMIT_TRACK_ENCODINGS || h->seq < 0 || h->seq >= RELAY_SEQ_MAX ||
        h->level > LEVEL_MAX || h->place > LIMIT_VOICE_SLOTS)
        return RELAY_RANGE;
    *p = (struct relay_packet){.seq = h->seq,
                               .ts = h->ts,
                               .encoding = h->encoding,
                               .level = h->level,
                               .orientation = h->orientation,
                               .place = h->place,
                               .marker = (h->flags & FLAG_MARKER) != 0,
                               .voice = (h->flags & FLAG_VOICE) != 0,
                               .resumed = (h->flags & FLAG_RESUMED) != 0};
    if (h->described > 0)
        p->dependency = reader_take(body, h->described);
    p->payload = reader_take(body, h->body - h->described);
    return RELAY_OK;
}

static enum relay_fault read_state(struct relay_state *s, const struct head *h, struct reader *body)
{
    if (h->encoding < 1 || h->encoding > LIMIT_TRACK_ENCODINGS)
        return RELAY_RANGE;
    if (h->body != (size_t)RELAY_STATE_EACH * h->encoding)
        return RELAY_LENGTH;
    *s = (struct relay_state){.encodings = h->encoding};
    for (uint8_t i = 0; i < h->encoding; i++) {
        uint32_t flags = reader_u32(body);
        if (flags & ~(uint32_t)(STATE_ACTIVE | STATE_CLOCK))
            return RELAY_RESERVED;
        s->encoding[i].active = (flags & STATE_ACTIVE) != 0;
        s->encoding[i].clock_known = (flags & STATE_CLOCK) != 0;
        s->encoding[i].bps = reader_u32(body);
        s->encoding[i].ntp = reader_u64(body);
        s->encoding[i].ts = reader_u32(body);
        s->encoding[i].age_us = reader_u32(body);
    }
    return RELAY_OK;
}

static enum relay_fault read_ask(struct relay_ask *a, const struct head *h)
{
    const unsigned all = (1u << LIMIT_TRACK_ENCODINGS) - 1;
    if (h->body != 0)
        return RELAY_LENGTH;
    if (h->flags & ~FLAG_TELL)
        return RELAY_RESERVED;
    if (h->encoding > all || h->place > all || h->level > LIMIT_TRACK_ENCODINGS)
        return RELAY_RANGE;
    *a = (struct relay_ask){h->encoding, h->place, h->level, (h->flags & FLAG_TELL) != 0};
    return RELAY_OK;
}

static enum relay_fault read_body(struct relay_record *r, const struct head *h, struct reader *body)
{
    switch (r->type) {
    case RELAY_PACKET:
        return read_packet(&r->as.packet, h, body);
    case RELAY_STATE:
        return read_state(&r->as.state, h, body);
    case RELAY_ASK:
        return read_ask(&r->as.ask, h);
    case RELAY_TYPE_END_:
        break;
    }
    return RELAY_NO_TYPE;
}

bool relay_next(struct relay_walk *w, struct relay_record *out)
{
    struct reader *in = &w->in;
    if (w->fault != RELAY_OK)
        return false;
    if (w->left == 0) {
        if (in->at != w->batch_end)
            return fail(w, RELAY_LENGTH);
        if (reader_left(in) == 0 || !next_batch(w))
            return false;
    }
    if (w->batch_end - in->at < RELAY_HEAD)
        return fail(w, RELAY_LENGTH);
    uint8_t type = reader_u8(in);
    struct head h = {.encoding = reader_u8(in)};
    h.flags = reader_u8(in);
    h.place = reader_u8(in);
    uint32_t track = reader_u32(in);
    h.seq = (int64_t)reader_u64(in);
    h.ts = reader_u32(in);
    h.body = reader_u16(in);
    h.level = reader_u8(in);
    h.described = reader_u8(in);
    h.orientation = reader_u8(in);
    bool zero = reader_uint(in, 7) == 0;
    if (type < RELAY_PACKET || type >= RELAY_TYPE_END_)
        return fail(w, RELAY_NO_TYPE);
    if (!zero)
        return fail(w, RELAY_RESERVED);
    if (h.body > (size_t)(w->batch_end - in->at))
        return fail(w, RELAY_LENGTH);
    out->type = (enum relay_type)type;
    out->track = track;
    struct reader body = reader_of(reader_take(in, h.body));
    enum relay_fault fault = read_body(out, &h, &body);
    if (fault != RELAY_OK)
        return fail(w, fault);
    w->left--;
    return true;
}

const char *relay_fault_name(enum relay_fault f)
{
    static const char *const names[RELAY_FAULT_COUNT_] = {
        [RELAY_OK] = "ok",
        [RELAY_SHORT] = "short",
        [RELAY_NO_VERSION] = "version",
        [RELAY_LENGTH] = "length",
        [RELAY_NO_TYPE] = "type",
        [RELAY_RANGE] = "range",
        [RELAY_RESERVED] = "reserved",
    };
    return f < RELAY_FAULT_COUNT_ ? names[f] : "unknown";
}
