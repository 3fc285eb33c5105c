/* Extension vectors (RFC 9420 section 13): struct { uint16 type; opaque data<V>; } after one
 * another. knows: their form. knows not: what an extension means. owns: nothing. */
#include "e2ee/leaf.h"

/* More than this in one vector is malformed to us: a comparison of all pairs stays cheap. */
enum { EXTENSIONS_MAX = 64 };

bool extension_find(struct span extensions, uint16_t type, struct span *out)
{
    struct reader r = reader_of(extensions);
    while (reader_left(&r) > 0) {
        uint16_t found = reader_u16(&r);
        struct span data = codec_vector(&r);
        if (!reader_ok(&r))
            return false;
        if (found == type) {
            *out = data;
            return true;
        }
    }
    return false;
}

void extension_write(struct writer *w, uint16_t type, struct span data)
{
    writer_u16(w, type);
    codec_write_vector(w, data);
}

bool extensions_valid(struct span extensions)
{
    uint16_t seen[EXTENSIONS_MAX];
    size_t n = 0;
    struct reader r = reader_of(extensions);
    while (reader_left(&r) > 0) {
        uint16_t type = reader_u16(&r);
        (void)codec_vector(&r);
        if (!reader_ok(&r) || n == EXTENSIONS_MAX)
            return false;
        for (size_t i = 0; i < n; i++)
            if (seen[i] == type)
                return false;
        seen[n++] = type;
    }
    return reader_ok(&r);
}
