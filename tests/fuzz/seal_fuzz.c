/* Any bytes as sealed RTP and RTCP under both suites: never accepted, and never a change of state.
 * Then the same bytes as a payload: sealed and unsealed they come back. */
#include "base/bug.h"
#include "proto/rtp.h"
#include "proto/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUF = 4096 };

static const enum srtp_suite suites[2] = {SRTP_SUITE_AEAD_GCM, SRTP_SUITE_CM_SHA1_80};
static struct seal seals[2];
static struct seal_stream sent[2], got[2];
static uint16_t seq;

static void start(void)
{
    for (int i = 0; i < 2; i++) {
        struct srtp_keys keys = {.suite =
                                     suites[i]}; /* both directions alike: it unseals its own */
        memset(keys.local_key, 7, sizeof(keys.local_key));
        memset(keys.remote_key, 7, sizeof(keys.remote_key));
        BUG_IF(seal_open(&seals[i], &keys) != ERR_OK);
    }
}

static void refuse(int i, const uint8_t *data, size_t size)
{
    uint8_t copy[BUF];
    struct rtp_packet p;
    struct seal_stream before = got[i];
    size_t len = size;
    memcpy(copy, data, size);
    BUG_IF(seal_unseal_rtcp(&seals[i], copy, &len) == ERR_OK);
    memcpy(copy, data, size);
    if (rtp_parse(&p, span_of(copy, size), RTP_SEALED) != ERR_OK)
        return;
    BUG_IF(seal_unseal_rtp(&seals[i], &got[i], copy, &len, p.header_len) == ERR_OK);
    BUG_IF(len != size || memcmp(&before, &got[i], sizeof(before)) != 0);
}

static void carry(int i, const uint8_t *data, size_t size)
{
    uint8_t head[RTP_HEADER_LEN] = {0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 0, 1};
    uint8_t buf[BUF + 300];
    size_t front = size > 0 ? data[0] % (size < 7 ? size : 7) : 0;
    struct seal_packet p = {.header = span_of(head, sizeof(head)), .front = span_of(data, front)};
    p.payload = span_of(data + front, size - front);
    p.padding = size > 0 ? data[size - 1] : 0;
    struct seal_out out = {buf, sizeof(buf), 0};
    BUG_IF(seal_rtp(&seals[i], &sent[i], &p, &out) != ERR_OK);
    size_t len = out.len;
    BUG_IF(seal_unseal_rtp(&seals[i], &got[i], buf, &len, sizeof(head)) != ERR_OK);
    BUG_IF(len != sizeof(head) + size + p.padding);
    BUG_IF(size > 0 && memcmp(buf + sizeof(head), data, size) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > BUF)
        return 0;
    if (seals[0].suite == SRTP_SUITE_NONE)
        start();
    seq++;
    for (int i = 0; i < 2; i++) {
        refuse(i, data, size);
        carry(i, data, size);
    }
    return 0;
}
