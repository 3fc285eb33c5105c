/* What the tests of the floor (suite, codec, secret tree, framing, SFrame) share: bytes from
 * hexadecimal, one seeded stream of random bytes, a look for leftovers of a secret. */
#ifndef TESTS_E2EE_FLOOR_H
#define TESTS_E2EE_FLOOR_H

#include "base/fact.h"
#include "base/text.h"
#include "e2ee/suite.h"
#include "proto/random.h"

static const struct suite *const suite = &suite_chacha;
static const struct span floor_empty = {NULL, 0};

struct floor_bytes {
    uint8_t at[256];
    size_t len;
};

static inline struct floor_bytes floor_hex(const char *hex)
{
    struct floor_bytes b = {.len = 0};
    assert_int_equal(text_unhex(b.at, sizeof b.at, &b.len, span_str(hex)), ERR_OK);
    return b;
}

static inline void floor_fill(void *ctx, uint8_t *out, size_t len)
{
    random_fill(ctx, out, len);
}

static inline struct random_source floor_source(struct random *r)
{
    return (struct random_source){floor_fill, r};
}

static inline bool floor_holds(const void *block, size_t len, struct span what)
{
    const uint8_t *bytes = block;
    for (size_t i = 0; i + what.len <= len; i++)
        if (memcmp(bytes + i, what.ptr, what.len) == 0)
            return true;
    return false;
}

static inline int floor_start(void **state)
{
    (void)state;
    return suite_start() == ERR_OK ? 0 : -1;
}

#endif
