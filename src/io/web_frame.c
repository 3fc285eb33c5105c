/* Follows frame headers and skips payloads. */
#include "io/web_frame.h"

/* Bytes that the header has, as far as its first two tell. */
static size_t header_len(const struct web_frame *f)
{
    if (f->have < 2)
        return 2;
    size_t len = f->header[1] & 0x7f;
    return 2 + (len == 126 ? 2u : len == 127 ? 8u : 0u) + 4;
}

static uint64_t payload_len(const struct web_frame *f)
{
    uint64_t len = f->header[1] & 0x7f;
    size_t n = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (n > 0)
        len = 0;
    for (size_t i = 0; i < n; i++)
        len = len << 8 | f->header[2 + i];
    return len;
}

/* The first two bytes: section 5.2. */
static bool start_ok(struct web_frame *f)
{
    uint8_t op = f->header[0] & 0x0f;
    bool fin = f->header[0] & 0x80, masked = f->header[1] & 0x80;
    if ((f->header[0] & 0x70) != 0 || !masked)
        return false;
    if (op >= 8) /* close, ping, pong: section 5.5 */
        return op <= 10 && fin && (f->header[1] & 0x7f) <= 125 &&
               ++f->controls <= WEB_FRAME_CONTROL_MAX;
    if (op > 2 || (op == 0) != f->in_message)
        return false;
    f->in_message = !fin;
    f->controls = 0;
    return true;
}

/* The whole header: the top bit of a 64-bit length is zero. */
static bool header_ok(struct web_frame *f)
{
    f->payload = payload_len(f);
    f->have = 0;
    return f->payload >> 63 == 0;
}

bool web_frame_take(struct web_frame *f, struct span bytes)
{
    size_t at = 0;
    while (at < bytes.len && !f->broken) {
        if (f->payload > 0) {
            size_t left = bytes.len - at;
            size_t skip = f->payload < left ? (size_t)f->payload : left;
            f->payload -= skip;
            at += skip;
            continue;
        }
        f->header[f->have++] = bytes.ptr[at++];
        if (f->have == 2)
            f->broken = !start_ok(f);
        if (!f->broken && f->have == header_len(f))
            f->broken = !header_ok(f);
    }
    return !f->broken;
}
