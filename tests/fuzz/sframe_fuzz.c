/* Any bytes as a frame, and as a list of counters for the window: headers are written again as they
 * stood, nothing opens that was not sealed, and the window agrees with a memory of everything. */
#include "base/bug.h"
#include "e2ee/sframe.h"
#include "e2ee/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 4096, STEPS = 256 };

static void as_frame(struct span in)
{
    static uint8_t out[ROOM], again[SFRAME_HEADER_MAX];
    struct sframe_header h;
    struct sframe_key key;
    size_t n;
    if (in.len > ROOM || sframe_header_parse(in, &h) != ERR_OK)
        return;
    BUG_IF(h.length > in.len || h.length > SFRAME_HEADER_MAX);
    n = sframe_header_write(h.kid, h.counter, again);
    BUG_IF(n != h.length || memcmp(again, in.ptr, n) != 0);
    sframe_derive(span_str("a base key"), h.kid, &key);
    struct sframe_seal s = {.aead = &sframe_aead_sodium, .key = &key, .kid = h.kid};
    BUG_IF(sframe_aead_available() && sframe_open(&s, in, out, &n) == ERR_OK);
}

/* Sealed with what the input says, it opens; with a byte changed, it does not. */
static void as_payload(struct span in)
{
    static uint8_t sealed[ROOM + 64], out[ROOM + 64];
    struct sframe_key key;
    size_t n, m, clear = in.len > 0 ? in.ptr[0] : 0;
    if (in.len > ROOM || clear > in.len || !sframe_aead_available())
        return;
    struct sframe_seal s = {.aead = &sframe_aead_sodium, .key = &key, .counter = in.len * 77};
    s.kid = sframe_kid(SFRAME_CAMERA, (uint32_t)clear, in.len);
    s.clear = span_of(in.ptr, clear);
    sframe_derive(span_str("a base key"), s.kid, &key);
    BUG_IF(sframe_seal(&s, span_of(in.ptr + clear, in.len - clear), sealed, &n) != ERR_OK);
    struct span frame = span_of(sealed + clear, n - clear);
    BUG_IF(sframe_open(&s, frame, out, &m) != ERR_OK || m != in.len - clear);
    BUG_IF(m > 0 && memcmp(out, in.ptr + clear, m) != 0);
    sealed[clear + (in.len > 1 ? in.ptr[1] : 0) % frame.len] ^= 1;
    BUG_IF(sframe_open(&s, frame, out, &m) == ERR_OK);
}

static void as_counters(struct span in)
{
    struct sframe_window w = {0};
    uint64_t seen[STEPS], top = 0;
    size_t n = 0;
    for (size_t i = 0; i + 2 <= in.len && i < 2 * STEPS; i += 2) {
        uint64_t c = (uint64_t)(in.ptr[i] & 0x0F) << 8 | in.ptr[i + 1];
        if (in.ptr[i] & 0x80)
            c = UINT64_MAX - c;
        bool want = n == 0 || c > top || top - c < SFRAME_WINDOW;
        for (size_t j = 0; j < n; j++)
            want &= seen[j] != c;
        BUG_IF(sframe_window_fresh(&w, c) != want || sframe_window_note(&w, c) != want);
        if (want)
            seen[n++] = c;
        if (want && c > top)
            top = c;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started)
        BUG_IF(suite_start() != ERR_OK);
    started = true;
    as_frame(span_of(data, size));
    as_payload(span_of(data, size));
    as_counters(span_of(data, size));
    return 0;
}
