/* Any bytes as redundant sound: the blocks lie inside, in order, within the bounds; a frame that is
 * written behind them comes back. */
#include "base/bug.h"
#include "proto/red.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct red_memory memory = {0};
    uint8_t bytes[1024 + RED_MORE];
    struct red r, back;
    if (size > 1024 || !red_parse(&r, span_of(data, size)))
        return 0;
    BUG_IF(r.count == 0 || r.count > RED_EARLIER + 1);
    const uint8_t *at = r.block[0].bytes.ptr;
    for (uint8_t i = 0; i < r.count; i++) {
        BUG_IF(r.block[i].bytes.ptr != at || r.block[i].bytes.len == 0);
        at += r.block[i].bytes.len;
    }
    BUG_IF(at != data + size);
    for (uint8_t i = 0; i < r.count; i++) {
        struct writer w = writer_of(bytes, sizeof bytes);
        red_write(&w, &memory, i * 960u, r.block[i].bytes, RED_EARLIER);
        BUG_IF(!writer_ok(&w) || !red_parse(&back, writer_span(&w)));
        BUG_IF(!span_equal(back.block[back.count - 1].bytes, r.block[i].bytes));
    }
    return 0;
}
