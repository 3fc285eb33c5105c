#include "e2ee/codec.h"

/* RFC 9420 section 2.1.2: the two top bits of a vector's length say how many bytes it takes.
 *   00xxxxxx                    up to 63
 *   01xxxxxx xxxxxxxx           up to 16383
 *   10xxxxxx + 3 bytes          up to 2^30 - 1
 *   11                          never */
enum { ONE_MAX = 0x3F, TWO_MAX = 0x3FFF, FOUR_MAX = 0x3FFFFFFF };

size_t codec_header(size_t len)
{
    if (len <= ONE_MAX)
        return 1;
    return len <= TWO_MAX ? 2 : 4;
}

struct span codec_vector(struct reader *r)
{
    uint8_t first = reader_u8(r);
    size_t header = (size_t)1 << (first >> 6);
    size_t len = first & ONE_MAX;
    if (header > 4) {
        r->failed = true;
        return (struct span){NULL, 0};
    }
    len = len << (8 * (header - 1)) | (size_t)reader_uint(r, header - 1);
    if (codec_header(len) != header)
        r->failed = true;
    return reader_take(r, len);
}

struct reader codec_inner(struct reader *r)
{
    struct reader inner = reader_of(codec_vector(r));
    inner.failed = r->failed;
    return inner;
}

bool codec_optional(struct reader *r)
{
    uint8_t v = reader_u8(r);
    if (v > 1)
        r->failed = true;
    return v == 1 && !r->failed;
}

size_t codec_put_header(uint8_t *at, size_t len)
{
    size_t header = codec_header(len);
    for (size_t i = 0; i < header; i++)
        at[i] = (uint8_t)(len >> (8 * (header - 1 - i)));
    at[0] |= (uint8_t)(header == 1 ? 0 : header == 2 ? 0x40 : 0x80);
    return header;
}

void codec_write_vector(struct writer *w, struct span content)
{
    size_t header = codec_header(content.len);
    uint8_t *at = content.len <= FOUR_MAX ? writer_reserve(w, header) : NULL;
    if (!at) {
        w->failed = true;
        return;
    }
    codec_put_header(at, content.len);
    writer_bytes(w, content);
}

/* One byte is kept for the header, so that short vectors, the most frequent ones, are not moved. */
size_t codec_begin(struct writer *w)
{
    size_t mark = writer_len(w);
    writer_u8(w, 0);
    return mark;
}

void codec_end(struct writer *w, size_t mark)
{
    if (w->failed)
        return;
    size_t len = writer_len(w) - mark - 1;
    size_t header = codec_header(len);
    if (len > FOUR_MAX || !writer_reserve(w, header - 1)) {
        w->failed = true;
        return;
    }
    uint8_t *at = w->start + mark;
    if (header > 1)
        memmove(at + header, at + 1, len);
    codec_put_header(at, len);
}
