/* Any bytes through the STUN parser and an ICE agent: no crash, and no answer without a password.
 */
#include "base/bug.h"
#include "proto/ice.h"
#include "proto/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ufrag_of[] = "00ab:c", password[] = "a password that no input can know";

/* A well-framed request: USERNAME, then the input's attributes, MESSAGE-INTEGRITY, no FINGERPRINT.
 */
static size_t sign(const uint8_t *data, size_t size, uint8_t out[1600])
{
    struct hmac_sha1 key;
    uint8_t tag[HMAC_SHA1_LEN];
    size_t total = 12 + size + 24;
    struct writer w = writer_of(out, 1600);
    writer_u16(&w, 1);
    writer_u16(&w, (uint16_t)total); /* to the end of the integrity, as it is signed */
    writer_u32(&w, 0x2112A442);
    writer_bytes(&w, span_of("twelve bytes", 12));
    writer_u32(&w, 6u << 16 | 6);
    writer_bytes(&w, span_of(ufrag_of, 6));
    writer_u16(&w, 0);
    writer_bytes(&w, span_of(data, size));
    hmac_sha1_init(&key, span_of(password, sizeof(password) - 1));
    struct span all = writer_span(&w);
    hmac_sha1_tag(&key, &all, 1, tag);
    writer_u32(&w, 8u << 16 | 20);
    writer_bytes(&w, span_of(tag, sizeof(tag)));
    return writer_len(&w);
}

static void knowing(struct ice *ice, const struct ice_remote *from, const uint8_t *data,
                    size_t size)
{
    uint8_t request[1600], out[STUN_WRITE_MAX];
    struct writer w = writer_of(out, sizeof(out));
    struct stun_message answer;
    size_t len = sign(data, size & ~(size_t)3, request);
    enum ice_result r = ice_input(ice, from, span_of(request, len), 1, &w);
    if (r == ICE_DROPPED)
        return;
    BUG_IF(stun_parse(&answer, writer_span(&w)) != ERR_OK);
    BUG_IF((answer.kind == STUN_ERROR) != (r == ICE_REFUSED));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ice ice, known;
    static uint64_t older[2][ICE_FILTER_WORDS];
    static bool started;
    struct span in = span_of(data, size), ufrag;
    struct stun_message m;
    struct ice_remote from = {{.family = 4, .ip = {127, 0, 0, 1}, .port = 9}, ICE_UDP};
    uint8_t out[STUN_WRITE_MAX];
    struct writer w = writer_of(out, sizeof(out));
    if (!started) {
        ice_init(&ice, "00ab", password, older[0], 0);
        ice_init(&known, "00ab", password, older[1], 0);
        started = true;
    }
    if (stun_parse(&m, in) == ERR_OK) {
        BUG_IF(m.username.ptr && m.username.ptr + m.username.len > data + size);
        BUG_IF(m.integrity.ptr && m.integrity.ptr + m.integrity.len > data + size);
    }
    if (stun_peek_ufrag(in, &ufrag))
        BUG_IF(ufrag.len == 0 || ufrag.ptr + ufrag.len > data + size);
    BUG_IF(ice_input(&ice, &from, in, 1, &w) != ICE_DROPPED);
    BUG_IF(writer_len(&w) != 0);
    if (size <= 1400)
        knowing(&known, &from, data, size);
    return 0;
}
