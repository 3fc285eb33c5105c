/* A DTLS 1.2 client over caller's datagrams, straight on OpenSSL, for the tests (RFC 6347, RFC
 * 5764). It shares no line with src/crypt/dtls.c. It can be told to misbehave. owns: its SSL and
 * certificate. knows not: sockets. */
#ifndef RIG_DTLS_H
#define RIG_DTLS_H

#include "base/span.h"
#include "rig/srtp.h"

struct rig_dtls_identity {
    struct x509_st *cert;
    struct evp_pkey_st *key;
    uint8_t fingerprint[32];
    char fingerprint_text[96]; /* AB:CD:... */
};

struct rig_dtls {
    struct ssl_ctx_st *ctx;
    struct ssl_st *ssl;
    struct bio_st *in, *out; /* owned by ssl */
    bool done, failed;
    uint8_t remote_fingerprint[32];
    struct rig_srtp_keys send, recv; /* valid once done */
};

struct rig_dtls_options {
    const char *srtp_profiles; /* "" offers none; NULL: AEAD_AES_128_GCM */
    bool as_server;
};

void rig_dtls_identity_init(struct rig_dtls_identity *id);
void rig_dtls_identity_fini(struct rig_dtls_identity *id);

void rig_dtls_init(struct rig_dtls *d, const struct rig_dtls_identity *id,
                   struct rig_dtls_options o);
void rig_dtls_fini(struct rig_dtls *d);
/* One datagram from the peer (len 0: only go on, for the start and the timer). */
void rig_dtls_take(struct rig_dtls *d, struct span datagram);
/* The next datagram to send into out, 0 when there is none; one record each. */
size_t rig_dtls_give(struct rig_dtls *d, uint8_t *out, size_t cap);
/* Retransmits when its timer says so. */
void rig_dtls_tick(struct rig_dtls *d);
/* Application data or a close alert, to be taken with rig_dtls_give. */
void rig_dtls_write(struct rig_dtls *d, struct span data);
void rig_dtls_goodbye(struct rig_dtls *d);

#endif
