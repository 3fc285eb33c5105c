/* Any bytes as what another node says: frames, or a refusal; a frame is written as it was read. */
#include <string.h>

#include "base/bug.h"
#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[FRAME_MOST];
    struct frame f;
    struct frame_open o;
    size_t used = 0, at = 0;
    while (frame_read(&f, &used, span_of(data + at, size - at)) == ERR_OK) {
        BUG_IF(frame_write(out, &f) != used || memcmp(out, data + at, used) != 0);
        if (f.kind == FRAME_OPEN && frame_open_read(&o, f.bytes) == ERR_OK) {
            size_t len = frame_open_write(out, &o);
            BUG_IF(len != f.bytes.len || memcmp(out, f.bytes.ptr, len) != 0);
        }
        at += used;
    }
    return 0;
}
