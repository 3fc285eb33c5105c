/* SRTP and SRTCP under AEAD_AES_128_GCM (RFC 3711, RFC 7714), written from the RFCs for the tests
 * alone: it shares no line with src/proto/seal.c, and seals whatever it is told to, right or wrong.
 * Shapes: keys as the DTLS exporter gives them, packets as bytes.
 * knows: key derivation, nonces, one stream's rollover. knows not: replay windows, RTP fields
 * beyond SSRC and sequence number. owns: nothing. */
#ifndef RIG_SRTP_H
#define RIG_SRTP_H

#include "base/span.h"

enum { RIG_SRTP_TAG = 16, RIG_SRTCP_TRAILER = 20, RIG_SRTP_STREAMS = 64 };

struct rig_srtp_keys {
    uint8_t rtp_key[16], rtp_salt[12];
    uint8_t rtcp_key[16], rtcp_salt[12];
};

/* Highest index seen of each SSRC, for the receiver's guess of the rollover counter. */
struct rig_srtp_in {
    struct rig_srtp_keys keys;
    struct {
        uint32_t ssrc, roc;
        uint16_t seq;
        bool used;
    } stream[RIG_SRTP_STREAMS];
};

void rig_srtp_derive(struct rig_srtp_keys *k, const uint8_t master[16], const uint8_t salt[12]);

/* Seals buf[0 .. len) in place, the first `header` bytes only authenticated; gives the new length,
 * len + 16. buf has room for it. Any header length up to len is taken: a wrong one is a test. */
size_t rig_srtp_seal(const struct rig_srtp_keys *k, uint8_t *buf, size_t len, size_t header,
                     uint32_t roc);
/* Opens in place; 0 when it does not authenticate, else the clear length. */
size_t rig_srtp_open(struct rig_srtp_in *in, uint8_t *buf, size_t len);

/* The same for RTCP; index is the 31-bit SRTCP index. len >= 8. */
size_t rig_srtcp_seal(const struct rig_srtp_keys *k, uint8_t *buf, size_t len, uint32_t index);
size_t rig_srtcp_open(const struct rig_srtp_keys *k, uint8_t *buf, size_t len);

/* Bytes of an RTP header with CSRCs and extension, or 0 when they reach past len. */
size_t rig_rtp_header(const uint8_t *buf, size_t len);

/* HKDF-SHA256 (RFC 5869) without salt, 32 bytes from a secret of 16. */
void rig_hkdf(uint8_t out[32], const uint8_t secret[16], const char *info);
void rig_random(void *out, size_t n);

#endif
