/* The DTLS associations of a media process: one a transport, opened with its first datagram, so
 * that a transport which waits does not run out of time. knows: crypt/dtls and the core's events.
 * knows not: addresses, sockets. owns: this process's certificate and the associations. */
#ifndef BIN_MEDIA_DTLS_H
#define BIN_MEDIA_DTLS_H

#include "crypt/cert.h"
#include "crypt/dtls.h"
#include "sfu/sfu.h"

struct media_association {
    struct handle transport; /* null: the place is free */
    struct dtls *dtls;       /* NULL until the first datagram */
    bool expected, settled;  /* fingerprint known; keys given or end told */
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
    uint32_t waiting_at; /* place in waiting[], while it shakes hands */
};

struct media_dtls {
    struct cert *cert;
    struct dtls_ctx *ctx;
    struct sfu *sfu;
    uint32_t count;
    struct media_association *place; /* by transport index */
    uint32_t *waiting;               /* indices of those whose deadline counts */
    uint32_t waiting_count;
};

/* ERR_NOMEM, ERR_CRYPTO. */
enum err media_dtls_open(struct media_dtls *m, struct sfu *sfu, uint32_t transports);
void media_dtls_close(struct media_dtls *m);

/* The core's effects. */
void media_dtls_expect(struct media_dtls *m, struct handle transport, const uint8_t *fingerprint,
                       instant_us now);
void media_dtls_input(struct media_dtls *m, struct handle transport, struct span bytes,
                      instant_us now);
void media_dtls_end(struct media_dtls *m, struct handle transport);

instant_us media_dtls_deadline(const struct media_dtls *m);
void media_dtls_tick(struct media_dtls *m, instant_us now);

#endif
