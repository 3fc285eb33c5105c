/* Any bytes as a receipt: refused, or exactly one, that is written back as it was. */
#include <string.h>

#include "base/bug.h"
#include "proto/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[SIGN_SEED] = {1};
    static struct receipt r, again;
    uint8_t bytes[RECEIPT_BYTES], key[SIGN_PUBLIC];
    struct writer w = writer_of(bytes, sizeof bytes);
    if (receipt_parse(&r, span_of(data, size)) != ERR_OK)
        return 0;
    BUG_IF(size > RECEIPT_BYTES);
    receipt_write(&w, &r, seed);
    BUG_IF(!writer_ok(&w) || writer_len(&w) != size);
    BUG_IF(memcmp(bytes, data, size - SIGN_BYTES) != 0);
    sign_public(seed, key);
    BUG_IF(receipt_verify(writer_span(&w), key) != ERR_OK);
    BUG_IF(receipt_parse(&again, writer_span(&w)) != ERR_OK);
    return 0;
}
