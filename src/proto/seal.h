/* SRTP and SRTCP: AEAD_AES_128_GCM (RFC 7714) and AES_CM_128_HMAC_SHA1_80 (RFC 3711).
 * Sealing is out of place, so that one payload serves every listener; unsealing is in place.
 * knows: key derivation, indices, roll-over, replay. knows not: DTLS, what a stream is for.
 * owns: four keyed cipher contexts a session, between open and close; allocates nothing in between.
 * The caller decides which SSRCs exist: state for one is the caller's struct seal_stream. A packet
 * of an SSRC not yet bound is unsealed with a zeroed stream, which the caller keeps only after
 * ERR_OK and only when it admits the SSRC (attack A09: memory stays flat). */
#ifndef PROTO_SEAL_H
#define PROTO_SEAL_H

#include "base/err.h"
#include "base/span.h"
#include "crypt/aead.h"
#include "crypt/hmac.h"
#include "crypt/srtp_keys.h"
#include "proto/replay.h"

enum {
    SEAL_RTP_OVERHEAD = 16,  /* most bytes that seal_rtp adds: the GCM tag; AES-CM adds 10 */
    SEAL_RTCP_OVERHEAD = 20, /* and SRTCP: tag and index word; AES-CM adds 14 */
    SEAL_RTCP_SENDERS = 128, /* senders of SRTCP whose replay windows are kept */
};

/* One SSRC in one direction; zero-initialised means that nothing was sent or authenticated yet. */
struct seal_stream {
    struct replay replay; /* over the 48-bit index: roll-over counter << 16 | sequence number */
};

/* One direction of one protocol. */
struct seal_half {
    struct aead gcm; /* AEAD suite */
    uint8_t salt[SRTP_SALT_MAX];
    struct ctr ctr;       /* AES-CM suite */
    struct hmac_sha1 mac; /* AES-CM suite */
};

struct seal_rtcp_sender {
    uint32_t ssrc;
    uint32_t highest; /* SRTCP index */
    uint64_t bits;    /* bit i: highest - i was seen */
    uint32_t used_at; /* for giving the place of the one longest silent to a new one */
};

struct seal {
    enum srtp_suite suite; /* SRTP_SUITE_NONE: closed */
    struct seal_half rtp_out, rtcp_out, rtp_in, rtcp_in;
    uint32_t rtcp_index; /* of the last SRTCP packet sent */
    uint32_t rtcp_clock;
    uint16_t rtcp_senders;
    struct seal_rtcp_sender rtcp_sender[SEAL_RTCP_SENDERS];
};

/* Derives the session keys (RFC 3711 section 4.3, rate 0). The keys may be wiped afterwards.
 * ERR_UNSUPPORTED, ERR_NOMEM, ERR_CRYPTO; the session is then closed. */
enum err seal_open(struct seal *s, const struct srtp_keys *keys);
/* Safe on a zeroed or closed session. */
void seal_close(struct seal *s);

/* What goes into one sealed RTP packet: header in the clear, then, encrypted, the parts in order:
 * an original sequence number or a rewritten payload descriptor (`front`, may be empty), the shared
 * payload, and `padding` bytes of RTP padding (the header's padding bit is then the caller's duty).
 * Nothing here is written to. */
struct seal_packet {
    struct span header; /* as rtp_write_header wrote it */
    struct span front;
    struct span payload;
    uint8_t padding;
};

/* Seals to out, which takes header + front + payload + padding + SEAL_RTP_OVERHEAD bytes at most;
 * gives the length in *len. An index is never sealed twice under one stream, since that would give
 * the key away: ERR_REPLAY (keep the sealed bytes to send a packet again, or use RTX).
 * ERR_LIMIT when cap is too small; ERR_STATE when closed or the indices are used up; ERR_CRYPTO. */
struct seal_out {
    uint8_t *buf;
    size_t cap;
    size_t len; /* set on ERR_OK */
};
enum err seal_rtp(struct seal *s, struct seal_stream *stream, const struct seal_packet *packet,
                  struct seal_out *out);

/* Unseals one packet in place: *len shrinks by the tag. header_len as rtp_parse(RTP_SEALED) found
 * it. On failure the stream is unchanged and the packet must be dropped: ERR_SHORT, ERR_AUTH,
 * ERR_REPLAY, ERR_STATE. */
enum err seal_unseal_rtp(struct seal *s, struct seal_stream *stream, uint8_t *packet, size_t *len,
                         size_t header_len);

/* A compound of at least 8 bytes whose bytes 4..7 are its sender's SSRC. */
enum err seal_rtcp(struct seal *s, struct span compound, struct seal_out *out);
/* In place; replays are refused per sender (attack A10). */
enum err seal_unseal_rtcp(struct seal *s, uint8_t *packet, size_t *len);

/* Asks the processor to fetch what seal_rtp will read of a session. */
static inline void seal_prefetch(const struct seal *s)
{
    __builtin_prefetch(s->rtp_out.gcm.ctx);
}

/* The bytes that seal_rtp adds under the session's suite: 16 or 10. */
size_t seal_rtp_overhead(const struct seal *s);

#endif
