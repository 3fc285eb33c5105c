/* Any bytes as a VP8 payload: rewriting stays inside the descriptor, writing gives the same fields.
 */
#include "base/bug.h"
#include "proto/vp8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t copy[64], out[VP8_DESCRIPTOR_MAX + 1] = {0};
    struct vp8 v, back;
    if (size > sizeof(copy) || vp8_parse(&v, span_of(data, size)) != ERR_OK)
        return 0;
    BUG_IF(v.descriptor_len >= size || v.descriptor_len > VP8_DESCRIPTOR_MAX);
    memcpy(copy, data, size);
    vp8_rewrite(&v, copy, v.picture_id, v.tl0);
    BUG_IF(memcmp(copy, data, size) != 0); /* the same numbers change nothing */
    vp8_rewrite(&v, copy, 0x5555, 0x55);
    BUG_IF(memcmp(copy + v.descriptor_len, data + v.descriptor_len, size - v.descriptor_len) != 0);
    size_t n = vp8_write(&v, out);
    BUG_IF(n > VP8_DESCRIPTOR_MAX);
    BUG_IF(vp8_parse(&back, span_of(out, n + 1)) != ERR_OK);
    BUG_IF(back.picture_id != v.picture_id || back.tl0 != v.tl0 || back.tid != v.tid);
    BUG_IF(back.start != v.start || back.partition != v.partition || back.keyidx != v.keyidx);
    return 0;
}
