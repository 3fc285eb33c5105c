/* Any bytes as a signed note, and as a list of data centres: refused with a reason, or whole. The
 * bytes are also signed first, so that the fuzzer reaches what lies behind the signature. */
#include <string.h>

#include "base/bug.h"
#include "bin/list_read.h"
#include "proto/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_list(struct span text)
{
    static struct list l;
    struct json_read r = {{0}};
    const char *id;
    bool ok = list_read_text(&l, &r, text);
    BUG_IF(ok != (r.wrong[0] == '\0'));
    BUG_IF(ok && list_follows(&l, &l, l.issued_s, &id) != LIST_SAME);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[SIGN_SEED] = {1};
    static uint8_t bytes[NOTE_BYTES];
    struct note_key k = {.name = LIST_KEY_NAME};
    struct writer w = writer_of(bytes, sizeof bytes);
    struct span in = span_of(data, size), text;
    sign_public(seed, k.key);
    if (note_check(in, &k, &text) == NOTE_FINE)
        BUG_IF(text.ptr != data || text.len >= size);
    note_write(&w, in, LIST_KEY_NAME, seed);
    if (writer_ok(&w)) {
        BUG_IF(note_check(writer_span(&w), &k, &text) != NOTE_FINE);
        BUG_IF(text.len != size || memcmp(text.ptr, data, size) != 0);
    }
    read_list(in);
    return 0;
}
