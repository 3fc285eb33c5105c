/* Signalling messages as typed structs, and the tables that describe them (from signal.def).
 * knows: names, types, limits and words of every message; how a value is checked and written.
 * knows not: JSON parsing (io/json_signal.c walks these tables), sockets, who may do what.
 * owns: nothing; spans in a parsed message point into its `store`. */
#ifndef PROTO_SIGNAL_H
#define PROTO_SIGNAL_H

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"
#include "base/writer.h"

/* enum signal_kind { SIGNAL_kind_audio, ..., SIGNAL_kind_COUNT_ } and so on for every SET. */
#define SET(set)                                                                                   \
    enum signal_set_##set                                                                          \
    {
#define WORD(set, id, text) SIGNAL_##set##_##id,
#define SET_END(set)                                                                               \
    SIGNAL_##set##_COUNT_                                                                          \
    }                                                                                              \
    ;
#include "proto/signal.def"

#define SIGNAL_HAS_REQUIRED(name)
#define SIGNAL_HAS_OPTIONAL(name) bool has_##name;

#define SHAPE(shape, what) struct signal_##shape {
#define SHAPE_END(shape)                                                                           \
    }                                                                                              \
    ;
#define MESSAGE(id, name, wire, direction, when, permit, reply, what)                              \
    struct signal_##name {                                                                         \
        uint8_t nothing_; /* an empty struct is not C */
#define MESSAGE_END(name)                                                                          \
    }                                                                                              \
    ;
#define UINT(owner, name, min, max, need) SIGNAL_HAS_##need(name) uint32_t name;
#define FLAG(owner, name, need) SIGNAL_HAS_##need(name) bool name;
#define CHOICE(owner, name, set, need) SIGNAL_HAS_##need(name) uint8_t name;
#define TEXT(owner, name, min, max, letters, need) SIGNAL_HAS_##need(name) char name[(max) + 1];
#define BYTES(owner, name, min, max, need) SIGNAL_HAS_##need(name) struct span name;
#define HASH(owner, name, need) SIGNAL_HAS_##need(name) uint8_t name[32];
#define MANY(owner, name, shape, min, max, need)                                                   \
    SIGNAL_HAS_##need(name) uint32_t n_##name;                                                     \
    struct signal_##shape name[max];
#define LIST(owner, name, shape, need)                                                             \
    SIGNAL_HAS_##need(name) uint32_t n_##name;                                                     \
    const struct signal_##shape *name;
#define ONE(owner, name, shape, need) SIGNAL_HAS_##need(name) struct signal_##shape name;
#define FIXED(owner, name, ts) const char *name;
#include "proto/signal.def"

enum signal_type {
    SIGNAL_NONE_,
#define MESSAGE(id, name, wire, direction, when, permit, reply, what) SIGNAL_##id,
#include "proto/signal.def"
    SIGNAL_TYPE_COUNT_
};

enum signal_direction { SIGNAL_REQUEST, SIGNAL_REPLY, SIGNAL_EVENT };
enum signal_when { SIGNAL_WHEN_FIRST, SIGNAL_WHEN_JOINED, SIGNAL_WHEN_SERVER };

/* A message of either direction. number is `n` of a request, `re` of a reply. */
struct signal_message {
    enum signal_type type;
    uint32_t number;
    union {
#define MESSAGE(id, name, wire, direction, when, permit, reply, what) struct signal_##name name;
#include "proto/signal.def"
    } as;
};

/* The request with the most bytes is a piece of an upload; group_commit names 64 participants. */
enum { SIGNAL_STORE = LIMIT_GROUP_PART };
static_assert(SIGNAL_STORE >= LIMIT_GROUP_MESSAGE + LIMIT_KEY_PACKAGE +
                                  LIMIT_GROUP_BATCH * LIMIT_PARTICIPANT + 1024,
              "every request's bytes fit");

/* A parsed request with the storage of its spans. Not to be copied: the spans point inside. */
struct signal_request {
    struct signal_message message;
    uint32_t store_used;
    uint8_t store[SIGNAL_STORE];
};

/* Why a request was not taken: `field` is a static name from the table, "t" or "n", or NULL. */
struct signal_fault {
    enum signal_set_reason reason;
    const char *field;
    bool numbered; /* number is known: answer with refused */
    uint32_t number;
    uint16_t close; /* 0, or the WebSocket close code of RFC 6455 section 7.4.1 */
};

enum signal_field_type {
    SIGNAL_FIELD_UINT,
    SIGNAL_FIELD_FLAG,
    SIGNAL_FIELD_CHOICE,
    SIGNAL_FIELD_TEXT,
    SIGNAL_FIELD_BYTES,
    SIGNAL_FIELD_HASH,
    SIGNAL_FIELD_MANY,
    SIGNAL_FIELD_LIST,
    SIGNAL_FIELD_ONE,
    SIGNAL_FIELD_FIXED,
};

enum signal_letters { SIGNAL_LETTERS_MEETING, SIGNAL_LETTERS_TOKEN, SIGNAL_LETTERS_PRINT };

enum { SIGNAL_NO_OFFSET = 0xffff };

struct signal_words {
    const char *name;
    const char *const *words;
    uint32_t count;
};

struct signal_shape_row;

struct signal_field {
    const char *name;
    enum signal_field_type type;
    bool required;
    enum signal_letters letters;
    uint16_t at, has_at, count_at; /* offsets in the struct, or SIGNAL_NO_OFFSET */
    uint32_t min, max;             /* of the value, the characters, the bytes or the items */
    const struct signal_words *set;
    const struct signal_shape_row *shape;
    const char *ts;
};

struct signal_shape_row {
    const char *name, *what;
    const struct signal_field *fields;
    uint32_t count;
    uint32_t size; /* of its struct */
};

struct signal_row {
    const char *name, *wire;
    enum signal_direction direction;
    enum signal_when when;
    const char *permit, *reply; /* "none" when there is none */
    struct signal_shape_row shape;
};

/* NULL outside the range. */
const struct signal_row *signal_row_of(enum signal_type type);
/* The request of this wire name, NULL when there is none. */
const struct signal_row *signal_request_of(struct span wire, enum signal_type *type);
/* NULL when the shape has no such field. */
const struct signal_field *signal_field_of(const struct signal_shape_row *shape, struct span name);
/* All sets and shapes, for the generator; NULL at the end. */
const struct signal_words *signal_set_at(uint32_t i);
const struct signal_shape_row *signal_shape_at(uint32_t i);
/* "audio" and so on; the word of a value in the set named, "" outside. */
const char *signal_word(const struct signal_words *set, uint32_t value);

/* Setters of a parser: check one value against its field and put it into the struct at `base`.
 * ERR_MALFORMED wrong type or letters, ERR_LIMIT out of range. Untouched on failure. */
enum err signal_put_int(const struct signal_field *f, void *base, int64_t v);
enum err signal_put_flag(const struct signal_field *f, void *base, bool v);
enum err signal_put_text(const struct signal_field *f, void *base, struct span v,
                         struct signal_request *store);
/* Sets the count of a MANY field after checking it. */
enum err signal_put_count(const struct signal_field *f, void *base, size_t n);
/* Where the i-th item of a MANY field, or the struct of a ONE field (i = 0), lives. */
void *signal_item_at(const struct signal_field *f, void *base, size_t i);

/* What no single field can tell: header extensions, ids and streams each appear once, more than one
 * stream needs rids, payload types differ. NULL when all is well, else the field at fault. */
const char *signal_publish_fault(const struct signal_publish *p);

/* Nesting depth of JSON text, without parsing it: for the limit before a parser recurses. Counts
 * brackets outside strings; `max` + 1 is the most it answers. */
uint32_t signal_depth(struct span json, uint32_t max);

/* Writes the message as JSON: {"t":...,"re":...,fields}. ERR_LIMIT when it does not fit.
 * Only typed fields are written, so nothing of a sender's bytes passes through (attack A20). */
enum err signal_write(struct writer *w, const struct signal_message *m);

/* The wire reason that stands for a result code. */
enum signal_set_reason signal_reason_of(enum err e);

#endif
