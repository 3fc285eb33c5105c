/* Sticky big-endian reader: after the first read past the end every read gives 0 and ok() is false,
 * so a parser reads straight down and checks once at its end.
 * owns: nothing; the bytes are *borrowed*. */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/span.h"

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

static inline struct reader reader_of(struct span s)
{
    return (struct reader){s.ptr, s.ptr ? s.ptr + s.len : s.ptr, false};
}

static inline bool reader_ok(const struct reader *r)
{
    return !r->failed;
}

static inline size_t reader_left(const struct reader *r)
{
    return r->failed ? 0 : (size_t)(r->end - r->at);
}

/* The next n bytes, or an empty span (ptr NULL) and the sticky failure. */
static inline struct span reader_take(struct reader *r, size_t n)
{
    if (r->failed || n > (size_t)(r->end - r->at)) {
        r->failed = true;
        return (struct span){NULL, 0};
    }
    struct span s = {r->at, n};
    if (n > 0)
        r->at += n;
    return s;
}

static inline void reader_skip(struct reader *r, size_t n)
{
    (void)reader_take(r, n);
}

static inline uint64_t reader_uint(struct reader *r, size_t n)
{
    struct span s = reader_take(r, n);
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++)
        v = v << 8 | s.ptr[i];
    return v;
}

static inline uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)reader_uint(r, 1);
}

static inline uint16_t reader_u16(struct reader *r)
{
    return (uint16_t)reader_uint(r, 2);
}

static inline uint32_t reader_u24(struct reader *r)
{
    return (uint32_t)reader_uint(r, 3);
}

static inline uint32_t reader_u32(struct reader *r)
{
    return (uint32_t)reader_uint(r, 4);
}

static inline uint64_t reader_u64(struct reader *r)
{
    return reader_uint(r, 8);
}

#endif
