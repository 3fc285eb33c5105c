/* The tables of signal.def, the checks of single values, and the pure JSON writer.
 * knows: what each field may hold. knows not: JSON parsing, sockets. owns: nothing. */
#include "proto/signal.h"

#include <stddef.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "base/text.h"

/* ---- tables ---- */

#define SET(set) static const char *const words_##set[] = {
#define WORD(set, id, text) text,
#define SET_END(set)                                                                               \
    }                                                                                              \
    ;                                                                                              \
    static const struct signal_words set_##set = {#set, words_##set, SIGNAL_##set##_COUNT_};
#include "proto/signal.def"

#define NEED_REQUIRED true
#define NEED_OPTIONAL false
#define HAS_AT_REQUIRED(owner, name) SIGNAL_NO_OFFSET
#define HAS_AT_OPTIONAL(owner, name) offsetof(struct signal_##owner, has_##name)
#define AT(owner, name) offsetof(struct signal_##owner, name)
#define FIELD(owner, name_, kind, need, ...)                                                       \
    {.name = #name_,                                                                               \
     .type = SIGNAL_FIELD_##kind,                                                                  \
     .required = NEED_##need,                                                                      \
     .at = AT(owner, name_),                                                                       \
     .has_at = HAS_AT_##need(owner, name_),                                                        \
     __VA_ARGS__},

/* The nameless row at the end keeps the arrays of messages without fields legal; not counted. */
#define SHAPE(shape, what)                                                                         \
    static const char what_##shape[] = what;                                                       \
    static const struct signal_field fields_##shape[] = {
#define SHAPE_END(shape)                                                                           \
    {                                                                                              \
        .name = NULL                                                                               \
    }                                                                                              \
    }                                                                                              \
    ;                                                                                              \
    static const struct signal_shape_row shape_##shape = {#shape, what_##shape, fields_##shape,    \
                                                          ARRAY_LEN(fields_##shape) - 1,           \
                                                          sizeof(struct signal_##shape)};
#define MESSAGE(id, name, wire, direction, when, permit, reply, what)                              \
    static const struct signal_field fields_##name[] = {
#define MESSAGE_END(message)                                                                       \
    {                                                                                              \
        .name = NULL                                                                               \
    }                                                                                              \
    }                                                                                              \
    ;
#define UINT(owner, name, lo, hi, need) FIELD(owner, name, UINT, need, .min = (lo), .max = (hi))
#define FLAG(owner, name, need) FIELD(owner, name, FLAG, need, .min = 0)
#define CHOICE(owner, name, words, need) FIELD(owner, name, CHOICE, need, .set = &set_##words)
#define TEXT(owner, name, lo, hi, abc, need)                                                       \
    FIELD(owner, name, TEXT, need, .min = (lo), .max = (hi), .letters = SIGNAL_LETTERS_##abc)
#define BYTES(owner, name, lo, hi, need) FIELD(owner, name, BYTES, need, .min = (lo), .max = (hi))
#define HASH(owner, name, need) FIELD(owner, name, HASH, need, .min = 32, .max = 32)
#define MANY(owner, name, item, lo, hi, need)                                                      \
    FIELD(owner, name, MANY, need, .min = (lo), .max = (hi), .shape = &shape_##item,               \
          .count_at = AT(owner, n_##name))
#define LIST(owner, name, item, need)                                                              \
    FIELD(owner, name, LIST, need, .shape = &shape_##item, .count_at = AT(owner, n_##name))
#define ONE(owner, name, item, need) FIELD(owner, name, ONE, need, .shape = &shape_##item)
#define FIXED(owner, name, type_) FIELD(owner, name, FIXED, REQUIRED, .ts = type_)
#include "proto/signal.def"

static const struct signal_row rows[SIGNAL_TYPE_COUNT_] = {
#define MESSAGE(id, name, wire, direction, when, permit, reply, what)                              \
    [SIGNAL_##id] = {                                                                              \
        #name,                                                                                     \
        wire,                                                                                      \
        SIGNAL_##direction,                                                                        \
        SIGNAL_WHEN_##when,                                                                        \
        #permit,                                                                                   \
        #reply,                                                                                    \
        {#name, what, fields_##name, ARRAY_LEN(fields_##name) - 1, sizeof(struct signal_##name)}},
#include "proto/signal.def"
};

static const struct signal_words *const sets[] = {
#define SET(set) &set_##set,
#define WORD(set, id, text)
#define SET_END(set)
#include "proto/signal.def"
};

static const struct signal_shape_row *const shapes[] = {
#define SHAPE(shape, what) &shape_##shape,
#define SHAPE_END(shape)
#include "proto/signal.def"
};

const struct signal_row *signal_row_of(enum signal_type type)
{
    return type > SIGNAL_NONE_ && type < SIGNAL_TYPE_COUNT_ ? &rows[type] : NULL;
}

const struct signal_row *signal_request_of(struct span wire, enum signal_type *type)
{
    for (int i = SIGNAL_NONE_ + 1; i < SIGNAL_TYPE_COUNT_; i++) {
        if (rows[i].direction == SIGNAL_REQUEST && span_equal(span_str(rows[i].wire), wire)) {
            *type = (enum signal_type)i;
            return &rows[i];
        }
    }
    return NULL;
}

const struct signal_field *signal_field_of(const struct signal_shape_row *shape, struct span name)
{
    for (uint32_t i = 0; i < shape->count; i++)
        if (span_equal(span_str(shape->fields[i].name), name))
            return &shape->fields[i];
    return NULL;
}

const struct signal_words *signal_set_at(uint32_t i)
{
    return i < ARRAY_LEN(sets) ? sets[i] : NULL;
}

const struct signal_shape_row *signal_shape_at(uint32_t i)
{
    return i < ARRAY_LEN(shapes) ? shapes[i] : NULL;
}

const char *signal_word(const struct signal_words *set, uint32_t value)
{
    return value < set->count ? set->words[value] : "";
}

/* ---- one value into its field ---- */

static void *place(void *base, uint16_t at)
{
    return (unsigned char *)base + at;
}

static void mark(const struct signal_field *f, void *base)
{
    if (f->has_at != SIGNAL_NO_OFFSET)
        *(bool *)place(base, f->has_at) = true;
}

enum err signal_put_int(const struct signal_field *f, void *base, int64_t v)
{
    if (f->type != SIGNAL_FIELD_UINT)
        return ERR_MALFORMED;
    if (!DEFENCE(20, v >= (int64_t)f->min && v <= (int64_t)f->max))
        return ERR_LIMIT;
    uint32_t u = (uint32_t)v;
    memcpy(place(base, f->at), &u, sizeof u);
    mark(f, base);
    return ERR_OK;
}

enum err signal_put_flag(const struct signal_field *f, void *base, bool v)
{
    if (f->type != SIGNAL_FIELD_FLAG)
        return ERR_MALFORMED;
    *(bool *)place(base, f->at) = v;
    mark(f, base);
    return ERR_OK;
}

static bool letter_ok(enum signal_letters letters, uint8_t c)
{
    bool lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
    switch (letters) {
    case SIGNAL_LETTERS_MEETING:
        return lower || digit || c == '-';
    case SIGNAL_LETTERS_TOKEN:
        return lower || digit || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    case SIGNAL_LETTERS_PRINT:
        return c > ' ' && c < 127;
    }
    return false;
}

static enum err put_letters(const struct signal_field *f, void *base, struct span v)
{
    if (v.len < f->min || v.len > f->max)
        return ERR_LIMIT;
    for (size_t i = 0; i < v.len; i++)
        if (!letter_ok(f->letters, v.ptr[i]))
            return ERR_MALFORMED;
    char *to = place(base, f->at);
    memcpy(to, v.ptr, v.len);
    to[v.len] = '\0';
    return ERR_OK;
}

static enum err put_bytes(const struct signal_field *f, void *base, struct span v,
                          struct signal_request *store)
{
    size_t len = 0, left = sizeof store->store - store->store_used;
    if (v.len > TEXT_BASE64URL_LEN((size_t)f->max))
        return ERR_LIMIT;
    uint8_t *at = store->store + store->store_used;
    TRY(text_unbase64url(at, left, &len, v));
    if (len < f->min || len > f->max)
        return ERR_LIMIT;
    store->store_used += (uint32_t)len;
    struct span out = span_of(at, len);
    memcpy(place(base, f->at), &out, sizeof out);
    return ERR_OK;
}

/* RFC 8122 section 5: pairs of hexadecimal digits with colons between. */
static enum err put_hash(const struct signal_field *f, void *base, struct span v)
{
    uint8_t out[32];
    if (v.len != 3 * sizeof out - 1)
        return ERR_LIMIT;
    for (size_t i = 0; i < sizeof out; i++) {
        size_t len = 0;
        if (i > 0 && v.ptr[3 * i - 1] != ':')
            return ERR_MALFORMED;
        TRY(text_unhex(out + i, 1, &len, span_of(v.ptr + 3 * i, 2)));
    }
    memcpy(place(base, f->at), out, sizeof out);
    return ERR_OK;
}

static enum err put_choice(const struct signal_field *f, void *base, struct span v)
{
    for (uint32_t i = 0; i < f->set->count; i++) {
        if (span_equal(span_str(f->set->words[i]), v)) {
            *(uint8_t *)place(base, f->at) = (uint8_t)i;
            return ERR_OK;
        }
    }
    return ERR_MALFORMED;
}

enum err signal_put_text(const struct signal_field *f, void *base, struct span v,
                         struct signal_request *store)
{
    enum err e = ERR_MALFORMED;
    if (f->type == SIGNAL_FIELD_CHOICE)
        e = put_choice(f, base, v);
    else if (f->type == SIGNAL_FIELD_TEXT)
        e = put_letters(f, base, v);
    else if (f->type == SIGNAL_FIELD_BYTES)
        e = put_bytes(f, base, v, store);
    else if (f->type == SIGNAL_FIELD_HASH)
        e = put_hash(f, base, v);
    if (e == ERR_OK)
        mark(f, base);
    return e;
}

enum err signal_put_count(const struct signal_field *f, void *base, size_t n)
{
    if (f->type != SIGNAL_FIELD_MANY)
        return ERR_MALFORMED;
    if (n < f->min || n > f->max)
        return ERR_LIMIT;
    uint32_t u = (uint32_t)n;
    memcpy(place(base, f->count_at), &u, sizeof u);
    mark(f, base);
    return ERR_OK;
}

void *signal_item_at(const struct signal_field *f, void *base, size_t i)
{
    return (unsigned char *)place(base, f->at) + i * f->shape->size;
}

static bool ext_twice(const struct signal_publish *p)
{
    for (uint32_t i = 0; i < p->n_ext; i++)
        for (uint32_t j = 0; j < i; j++)
            if (p->ext[i].uri == p->ext[j].uri || p->ext[i].id == p->ext[j].id)
                return true;
    return false;
}

static bool same_ssrc(uint32_t a, uint32_t b)
{
    return a != 0 && a == b;
}

/* Absent numbers are 0. */
static bool encodings_clash(const struct signal_encoding *a, const struct signal_encoding *b)
{
    return !a->has_rid || !b->has_rid || strcmp(a->rid, b->rid) == 0 ||
           same_ssrc(a->ssrc, b->ssrc) || same_ssrc(a->ssrc, b->rtx_ssrc) ||
           same_ssrc(a->rtx_ssrc, b->ssrc) || same_ssrc(a->rtx_ssrc, b->rtx_ssrc);
}

const char *signal_publish_fault(const struct signal_publish *p)
{
    if (ext_twice(p))
        return "ext";
    if (p->has_rtx_pt && p->rtx_pt == p->pt)
        return "rtx_pt";
    if (p->kind == SIGNAL_kind_audio && p->n_encodings != 1)
        return "encodings";
    if (p->has_codec && (p->codec == SIGNAL_codec_opus) != (p->kind == SIGNAL_kind_audio))
        return "codec";
    /* Their layers lie inside one stream; several would need numbers that nobody rewrites. */
    if (p->has_codec && (p->codec == SIGNAL_codec_vp9 || p->codec == SIGNAL_codec_av1) &&
        p->n_encodings != 1)
        return "encodings";
    for (uint32_t i = 0; i < p->n_encodings; i++) {
        if (same_ssrc(p->encodings[i].ssrc, p->encodings[i].rtx_ssrc))
            return "encodings";
        for (uint32_t j = 0; j < i; j++)
            if (encodings_clash(&p->encodings[i], &p->encodings[j]))
                return "encodings";
    }
    return NULL;
}

uint32_t signal_depth(struct span json, uint32_t max)
{
    uint32_t depth = 0, deepest = 0;
    bool in_string = false;
    for (size_t i = 0; i < json.len; i++) {
        uint8_t c = json.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '{' || c == '[')
            deepest = ++depth > deepest ? depth : deepest;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (deepest > max)
            return max + 1;
    }
    return deepest;
}

enum signal_set_reason signal_reason_of(enum err e)
{
    switch (e) {
    case ERR_OK:
    case ERR_SHORT:
    case ERR_MALFORMED:
    case ERR_REPLAY:
    case ERR_COUNT_:
        return SIGNAL_reason_bad_message;
    case ERR_LIMIT:
        return SIGNAL_reason_limit;
    case ERR_AUTH:
    case ERR_NOT_FOUND:
        return SIGNAL_reason_not_found;
    case ERR_UNSUPPORTED:
        return SIGNAL_reason_unsupported;
    case ERR_STATE:
        return SIGNAL_reason_state;
    case ERR_FORBIDDEN:
        return SIGNAL_reason_forbidden;
    case ERR_CONFLICT:
        return SIGNAL_reason_conflict;
    case ERR_CLOSED:
        return SIGNAL_reason_ended;
    case ERR_BUSY:
    case ERR_NOMEM:
    case ERR_IO:
    case ERR_CONFIG:
    case ERR_CRYPTO:
    case ERR_AGAIN:
        return SIGNAL_reason_busy;
    }
    return SIGNAL_reason_bad_message;
}
