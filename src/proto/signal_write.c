/* JSON of an outgoing message, from its typed struct and the table alone.
 * knows: JSON's grammar (RFC 8259) as far as our fields need it. knows not: who receives it.
 * owns: nothing. */
#include <stddef.h>

#include "base/bug.h"
#include "base/text.h"
#include "proto/signal.h"

static void put_u64(struct writer *w, uint64_t v)
{
    char digits[24];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    writer_bytes(w, span_of(digits + n, sizeof digits - n));
}

static void put_quoted(struct writer *w, const char *s)
{
    writer_u8(w, '"');
    for (; *s; s++) {
        /* Our own words hold neither quotes nor controls; a stray one becomes harmless. */
        bool plain = *s >= ' ' && *s < 127 && *s != '"' && *s != '\\';
        writer_u8(w, plain ? (uint8_t)*s : (uint8_t)'?');
    }
    writer_u8(w, '"');
}

static void put_base64(struct writer *w, struct span v)
{
    writer_u8(w, '"');
    while (v.len > 0) {
        char piece[TEXT_BASE64URL_LEN(48) + 1];
        size_t n = v.len < 48 ? v.len : 48;
        text_base64url(piece, span_of(v.ptr, n));
        writer_text(w, piece);
        v = span_of(v.ptr + n, v.len - n);
    }
    writer_u8(w, '"');
}

static void put_hash(struct writer *w, const uint8_t *v)
{
    static const char digits[] = "0123456789ABCDEF";
    writer_u8(w, '"');
    for (size_t i = 0; i < 32; i++) {
        if (i > 0)
            writer_u8(w, ':');
        writer_u8(w, (uint8_t)digits[v[i] >> 4]);
        writer_u8(w, (uint8_t)digits[v[i] & 15]);
    }
    writer_u8(w, '"');
}

static const void *at(const void *base, size_t offset)
{
    return (const unsigned char *)base + offset;
}

static uint32_t u32_at(const void *base, size_t offset)
{
    uint32_t v;
    memcpy(&v, at(base, offset), sizeof v);
    return v;
}

static void put_shape(struct writer *w, const struct signal_shape_row *shape, const void *base);

static void put_items(struct writer *w, const struct signal_field *f, const void *base)
{
    const void *items = at(base, f->at);
    if (f->type == SIGNAL_FIELD_LIST)
        memcpy(&items, at(base, f->at), sizeof items);
    writer_u8(w, '[');
    for (uint32_t i = 0; i < u32_at(base, f->count_at); i++) {
        writer_text(w, i > 0 ? ",{" : "{");
        put_shape(w, f->shape, at(items, (size_t)i * f->shape->size));
        writer_u8(w, '}');
    }
    writer_u8(w, ']');
}

static void put_value(struct writer *w, const struct signal_field *f, const void *base)
{
    const void *p = at(base, f->at);
    switch (f->type) {
    case SIGNAL_FIELD_UINT:
        put_u64(w, u32_at(base, f->at));
        break;
    case SIGNAL_FIELD_FLAG:
        writer_text(w, *(const bool *)p ? "true" : "false");
        break;
    case SIGNAL_FIELD_CHOICE:
        put_quoted(w, signal_word(f->set, *(const uint8_t *)p));
        break;
    case SIGNAL_FIELD_TEXT:
        put_quoted(w, p);
        break;
    case SIGNAL_FIELD_BYTES:
        put_base64(w, *(const struct span *)p);
        break;
    case SIGNAL_FIELD_HASH:
        put_hash(w, p);
        break;
    case SIGNAL_FIELD_MANY:
    case SIGNAL_FIELD_LIST:
        put_items(w, f, base);
        break;
    case SIGNAL_FIELD_ONE:
        writer_u8(w, '{');
        put_shape(w, f->shape, p);
        writer_u8(w, '}');
        break;
    case SIGNAL_FIELD_FIXED:
        writer_text(w, *(const char *const *)p);
        break;
    }
}

static bool is_there(const struct signal_field *f, const void *base)
{
    return f->has_at == SIGNAL_NO_OFFSET || *(const bool *)at(base, f->has_at);
}

static bool has_fields(const struct signal_shape_row *shape, const void *base)
{
    for (uint32_t i = 0; i < shape->count; i++)
        if (is_there(&shape->fields[i], base))
            return true;
    return false;
}

/* The fields of one shape, with commas between, without the braces. */
static void put_shape(struct writer *w, const struct signal_shape_row *shape, const void *base)
{
    bool first = true;
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct signal_field *f = &shape->fields[i];
        if (!is_there(f, base))
            continue;
        if (!first)
            writer_u8(w, ',');
        first = false;
        put_quoted(w, f->name);
        writer_u8(w, ':');
        put_value(w, f, base);
    }
}

enum err signal_write(struct writer *w, const struct signal_message *m)
{
    const struct signal_row *row = signal_row_of(m->type);
    BUG_IF(!row);
    writer_text(w, "{\"t\":");
    put_quoted(w, row->wire);
    if (row->direction != SIGNAL_EVENT) {
        writer_text(w, row->direction == SIGNAL_REQUEST ? ",\"n\":" : ",\"re\":");
        put_u64(w, m->number);
    }
    if (has_fields(&row->shape, &m->as))
        writer_u8(w, ',');
    put_shape(w, &row->shape, &m->as);
    writer_u8(w, '}');
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}
