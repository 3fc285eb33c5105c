/* Sticky big-endian writer into the caller's buffer: past the end nothing is written and ok() is
 * false. owns: nothing; the buffer is *borrowed*. */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/span.h"

struct writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool failed;
};

static inline struct writer writer_of(void *buf, size_t cap)
{
    uint8_t *p = buf;
    return (struct writer){p, p, p + cap, false};
}

static inline bool writer_ok(const struct writer *w)
{
    return !w->failed;
}

static inline size_t writer_len(const struct writer *w)
{
    return (size_t)(w->at - w->start);
}

/* What has been written so far; empty after a failure. */
static inline struct span writer_span(const struct writer *w)
{
    return w->failed ? (struct span){NULL, 0} : (struct span){w->start, writer_len(w)};
}

/* Room for n bytes to fill in place, or NULL and the sticky failure. */
static inline uint8_t *writer_reserve(struct writer *w, size_t n)
{
    if (w->failed || n > (size_t)(w->end - w->at)) {
        w->failed = true;
        return NULL;
    }
    uint8_t *p = w->at;
    w->at += n;
    return p;
}

static inline void writer_bytes(struct writer *w, struct span s)
{
    uint8_t *p = writer_reserve(w, s.len);
    if (p && s.len > 0)
        memcpy(p, s.ptr, s.len);
}

static inline void writer_uint(struct writer *w, uint64_t v, size_t n)
{
    uint8_t *p = writer_reserve(w, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static inline void writer_u8(struct writer *w, uint8_t v)
{
    writer_uint(w, v, 1);
}

static inline void writer_u16(struct writer *w, uint16_t v)
{
    writer_uint(w, v, 2);
}

static inline void writer_u24(struct writer *w, uint32_t v)
{
    writer_uint(w, v, 3);
}

static inline void writer_u32(struct writer *w, uint32_t v)
{
    writer_uint(w, v, 4);
}

static inline void writer_u64(struct writer *w, uint64_t v)
{
    writer_uint(w, v, 8);
}

/* Text without its terminating zero. */
static inline void writer_text(struct writer *w, const char *s)
{
    writer_bytes(w, span_str(s));
}

#endif
