/* Any bytes as a datagram between nodes, twice: as they came, which nothing opens, and as the body
 * of an authentic one. What is given lies inside and has the length that its kind has. */
#include "base/bug.h"
#include "crypt/crypt.h"
#include "proto/bridge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bridge_link ours, theirs;

static void links_open(void)
{
    static const uint8_t secret[BRIDGE_SECRET] = {1};
    if (ours.out.key.gcm.ctx)
        return;
    BUG_IF(crypt_init() != ERR_OK);
    struct bridge_setup a = {secret, true, 1, 2}, b = {secret, false, 2, 1};
    BUG_IF(bridge_open(&ours, &a, 0) != ERR_OK || bridge_open(&theirs, &b, 0) != ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t raw[BRIDGE_DATAGRAM_MAX + 1], sealed[BRIDGE_DATAGRAM_MAX];
    struct bridge_text text;
    if (size < 1 || size > BRIDGE_DATAGRAM_MAX)
        return 0;
    links_open();
    memcpy(raw, data, size);
    BUG_IF(bridge_unseal(&theirs, raw, size, 0, &text) == BRIDGE_OK);
    struct writer w = writer_of(sealed, sizeof sealed);
    struct bridge_text in = {(enum bridge_kind)data[0], size % 2 == 0, size,
                             span_of(data + 1, size - 1)};
    enum err e = bridge_seal(&ours, &in, 0, &w);
    BUG_IF((e == ERR_OK) != (size - 1 <= BRIDGE_BODY_MAX));
    if (e != ERR_OK)
        return 0;
    enum bridge_fault fault = bridge_unseal(&theirs, sealed, writer_len(&w), 0, &text);
    if (fault == BRIDGE_OK)
        BUG_IF(text.kind != in.kind || text.sequence != size || text.again != in.again ||
               !span_equal(text.body, in.body));
    else
        BUG_IF(fault != BRIDGE_KIND && fault != BRIDGE_LENGTH);
    return 0;
}
