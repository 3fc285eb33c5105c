/* Fuzz: VP9 payload descriptor. The descriptor lies inside the payload and leaves a byte of it. */
#include <stdint.h>
#include <stdlib.h>

#include "proto/vp9.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct vp9 v;
    if (vp9_parse(&v, span_of(data, len)) != ERR_OK)
        return 0;
    if (v.descriptor_len == 0 || v.descriptor_len >= len || v.tid > 7 || v.sid > 7 ||
        v.spatial_layers > VP9_SPATIAL_MAX)
        abort();
    if (v.keyframe && (v.inter || !v.begin || v.sid != 0))
        abort();
    return 0;
}
