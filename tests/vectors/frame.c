#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "vectors/frame.h"

struct block {
    struct block *next;
    max_align_t bytes[];
};
static struct block *blocks;
static const char *file_now = "?";
static size_t case_now;
static bool case_failed;

void frame_case(const char *file, size_t number)
{
    while (blocks) {
        struct block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
    file_now = file;
    case_now = number;
    case_failed = false;
}

bool frame_failed(void)
{
    return case_failed;
}

bool vector_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("FAILED %s[%zu]: ", file_now, case_now);
    vprintf(format, args);
    printf("\n");
    va_end(args);
    case_failed = true;
    return false;
}

void *vector_memory(size_t len)
{
    struct block *b = calloc(1, sizeof *b + len);
    if (!b)
        abort();
    b->next = blocks;
    blocks = b;
    return b->bytes;
}

struct span vector_unhex(const json_t *string)
{
    if (!json_is_string(string))
        return (struct span){NULL, 0};
    struct span text = {(const uint8_t *)json_string_value(string), json_string_length(string)};
    uint8_t *bytes = vector_memory(text.len / 2 + 1);
    size_t len = 0;
    if (text_unhex(bytes, text.len / 2, &len, text) != ERR_OK)
        vector_fail("not hexadecimal");
    return span_of(bytes, len);
}

struct span vector_hex(const json_t *object, const char *key)
{
    return vector_unhex(json_object_get(object, key));
}

uint64_t vector_uint(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    uint64_t long_number = 0;
    if (!json_is_string(v))
        return (uint64_t)json_integer_value(v);
    if (text_u64(&long_number, span_str(json_string_value(v)), UINT64_MAX) != ERR_OK)
        vector_fail("%s is no number", key);
    return long_number;
}

const char *vector_text(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : "";
}

bool vector_same_bytes(const char *what, struct span want, struct span got)
{
    if (span_equal(want, got))
        return true;
    size_t at = 0;
    while (at < want.len && at < got.len && want.ptr[at] == got.ptr[at])
        at++;
    return vector_fail("%s differs at byte %zu (%zu bytes wanted, %zu got)", what, at, want.len,
                       got.len);
}

bool vector_same(const json_t *object, const char *key, struct span got)
{
    return vector_same_bytes(key, vector_hex(object, key), got);
}

bool vector_ok(const char *what, enum err e)
{
    return e == ERR_OK || vector_fail("%s: %s", what, err_name(e));
}

static void random_fill(void *ctx, uint8_t *out, size_t len)
{
    struct vector_random *r = ctx;
    uint8_t nonce[8];
    memcpy(nonce, &r->block, sizeof nonce);
    crypto_stream_chacha20(out, len, nonce, r->key);
    r->block++;
}

struct random_source vector_random_source(struct vector_random *r, uint8_t seed)
{
    *r = (struct vector_random){.key = {seed}, .block = 0};
    return (struct random_source){random_fill, r};
}
