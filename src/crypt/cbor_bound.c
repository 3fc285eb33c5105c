/* See cbor_bound.h. owns: nothing. */
#include "crypt/cbor_bound.h"

enum major { UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE };

enum {
    ARGUMENT_1 = 24,
    ARGUMENT_8 = 27
}; /* this and the values between say how many bytes follow */

/* False for what has no fixed length, and tags. */
static bool head(struct reader *r, enum major *major, uint64_t *argument)
{
    uint8_t first = reader_u8(r), small = first & 31;
    *major = (enum major)(first >> 5);
    *argument = small < ARGUMENT_1 ? small : 0;
    if (small >= ARGUMENT_1 && small <= ARGUMENT_8)
        *argument = reader_uint(r, (size_t)1 << (small - ARGUMENT_1));
    return small <= ARGUMENT_8 && *major != TAG;
}

/* How many items are inside; every item has a byte at least. */
static enum err inside(struct reader *r, enum major major, uint64_t argument, uint64_t *items)
{
    *items = 0;
    if (major == BYTES || major == TEXT)
        return argument <= reader_left(r) && reader_take(r, (size_t)argument).len == argument
                   ? ERR_OK
                   : ERR_SHORT;
    if (major != ARRAY && major != MAP)
        return ERR_OK;
    uint64_t each = major == MAP ? 2 : 1;
    if (argument > reader_left(r) / each)
        return ERR_SHORT;
    *items = argument * each;
    return ERR_OK;
}

static enum err walk(struct reader *r)
{
    uint64_t left[CBOR_BOUND_DEPTH + 1] = {1}; /* items to come on each level */
    for (int level = 0; level >= 0;) {
        enum major major;
        uint64_t argument, items;
        if (left[level] == 0) {
            level--;
            continue;
        }
        left[level]--;
        if (!head(r, &major, &argument))
            return ERR_MALFORMED;
        if (!reader_ok(r))
            return ERR_SHORT;
        TRY(inside(r, major, argument, &items));
        if (items > 0 && level == CBOR_BOUND_DEPTH)
            return ERR_LIMIT;
        if (items > 0)
            left[++level] = items;
    }
    return ERR_OK;
}

enum err cbor_bound_take(struct reader *r)
{
    enum err e = walk(r);
    r->failed = r->failed || e != ERR_OK;
    return e;
}
