/* Any bytes as a list of vectors: what is read stays inside and is written again byte for byte,
 * whole and in place. */
#include "base/bug.h"
#include "e2ee/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t whole[ROOM], in_place[ROOM];
    struct writer a = writer_of(whole, sizeof whole), b = writer_of(in_place, sizeof in_place);
    struct reader r = reader_of(span_of(data, size < ROOM ? size : ROOM));
    const uint8_t *end = data;
    while (reader_left(&r) > 0) {
        struct span v = codec_vector(&r);
        if (!reader_ok(&r))
            break;
        BUG_IF(v.len > size || v.ptr < data || v.ptr + v.len > data + size);
        end = v.ptr + v.len;
        codec_write_vector(&a, v);
        size_t mark = codec_begin(&b);
        writer_bytes(&b, v);
        codec_end(&b, mark);
    }
    struct span read = span_of(data, (size_t)(end - data));
    /* In place, the last vector may want a byte more room than it takes; never less than it takes.
     */
    BUG_IF(read.len > 0 && !span_equal(read, writer_span(&a)));
    BUG_IF(read.len > 0 && writer_ok(&b) && !span_equal(read, writer_span(&b)));
    BUG_IF(!writer_ok(&b) && writer_len(&a) < ROOM - 4);
    return 0;
}
