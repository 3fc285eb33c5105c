/* One DTLS 1.2 association as a core: datagrams and time in, datagrams and SRTP keys out
 * (RFC 6347, RFC 5764). The only door to the keys is dtls_keys, and it opens after the peer's
 * certificate was compared with the fingerprint that signalling gave (attack A03).
 * knows: OpenSSL over its own datagram BIO. knows not: sockets, addresses, ICE.
 * owns: the association; may allocate inside, never more than LIMIT_DTLS_HANDSHAKE's worth.
 * Left out on purpose: DTLS 1.0, renegotiation, resumption, SCTP; application data is dropped. */
#ifndef CRYPT_DTLS_H
#define CRYPT_DTLS_H

#include "base/err.h"
#include "base/instant.h"
#include "base/span.h"
#include "crypt/cert.h"
#include "crypt/srtp_keys.h"

enum { DTLS_MTU = 1200 }; /* no datagram that dtls_poll gives is longer */

enum dtls_role { DTLS_ROLE_SERVER, DTLS_ROLE_CLIENT };
enum dtls_state { DTLS_HANDSHAKING, DTLS_CONNECTED, DTLS_FAILED };

struct dtls_ctx; /* one a process: certificate and suites */
struct dtls;     /* one a transport */

/* The certificate is *borrowed* and outlives the context. profiles is NULL for
 * "AEAD_AES_128_GCM, then AES_CM_128_HMAC_SHA1_80"; the test rig passes OpenSSL's names, or "" to
 * offer no use_srtp at all. ERR_NOMEM, ERR_CRYPTO. */
enum err dtls_ctx_open(struct dtls_ctx **out, const struct cert *cert, const char *profiles);
void dtls_ctx_close(struct dtls_ctx *ctx);

/* NULL when out of memory. A client has its first flight ready for dtls_poll at once. */
struct dtls *dtls_open(struct dtls_ctx *ctx, enum dtls_role role, instant_us now);
void dtls_close(struct dtls *d);

/* The SHA-256 fingerprint that signalling gave for the peer. May come before, during or after the
 * handshake's datagrams; until it has come the state does not become DTLS_CONNECTED. A second call
 * with another value fails the association (ERR_CONFLICT). */
void dtls_expect(struct dtls *d, const uint8_t fingerprint[CERT_FINGERPRINT_LEN], instant_us now);

/* One datagram from the peer (first byte 20..63). Bad records are dropped without an answer. */
void dtls_input(struct dtls *d, struct span datagram, instant_us now);
/* To be called at dtls_deadline: retransmits, or fails the handshake after 30 s. */
void dtls_tick(struct dtls *d, instant_us now);
instant_us dtls_deadline(const struct dtls *d);

/* Copies the next datagram to send to out (cap at least DTLS_MTU) and gives its length; 0: none.
 * A failed association gives none: it sends no alert. */
size_t dtls_poll(struct dtls *d, uint8_t *out, size_t cap);

enum dtls_state dtls_state(const struct dtls *d);
/* Why it failed: ERR_AUTH certificate is not the signalled one or missing; ERR_UNSUPPORTED no
 * use_srtp in common; ERR_LIMIT too many bytes; ERR_AGAIN took too long; ERR_CLOSED the peer said
 * goodbye; ERR_CONFLICT; ERR_MALFORMED anything else. ERR_OK while not failed. */
enum err dtls_reason(const struct dtls *d);

/* ERR_STATE unless connected and before dtls_rest; then the suite and secrets, *copied*: wipe them
 * after use. */
enum err dtls_keys(const struct dtls *d, struct srtp_keys *out);

/* A connected server whose keys were taken gives the library's association back, 70 KB of memory:
 * it still sends its last flight again when the peer missed it and hears the peer's goodbye, but
 * gives no keys and says none itself. Nothing happens where that is not possible. */
void dtls_rest(struct dtls *d);
/* Queues a close_notify for dtls_poll; nothing else is done with the association afterwards. */
void dtls_goodbye(struct dtls *d);

#endif
