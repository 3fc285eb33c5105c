/* Self-signed ECDSA P-256 certificates: one a process for DTLS, held in memory, and one for the web
 * server of a machine that has none yet, as PEM text.
 * knows: X.509. knows not: files, clocks (time is an argument). owns: the key inside struct cert.
 */
#ifndef CRYPT_CERT_H
#define CRYPT_CERT_H

#include "base/err.h"
#include "base/span.h"

enum {
    CERT_FINGERPRINT_LEN = 32,                            /* SHA-256 of the DER form */
    CERT_FINGERPRINT_TEXT = 3 * CERT_FINGERPRINT_LEN - 1, /* "AB:CD:..." */
    CERT_PEM_MAX = 4096,
    CERT_NAMES_MAX = 64,
};

struct cert;

/* For DTLS: random serial, no name that says anything. Valid from a day before now_unix_s for 30
 * days. *owned* by the caller. ERR_NOMEM, ERR_CRYPTO. */
enum err cert_open(struct cert **out, int64_t now_unix_s);
void cert_close(struct cert *c);
void cert_fingerprint(const struct cert *c, uint8_t out[CERT_FINGERPRINT_LEN]);

/* Upper-case pairs with colons, as RFC 8122 prints it; zero-terminated. */
void cert_fingerprint_text(const uint8_t fingerprint[CERT_FINGERPRINT_LEN],
                           char out[CERT_FINGERPRINT_TEXT + 1]);
/* Strict inverse (either case). ERR_MALFORMED; out untouched. */
enum err cert_fingerprint_parse(struct span text, uint8_t out[CERT_FINGERPRINT_LEN]);

struct cert_request {
    const char *const *names; /* DNS names or IP addresses beside localhost, 127.0.0.1 and ::1 */
    size_t count;             /* at most CERT_NAMES_MAX */
    int64_t now_unix_s;
    int days; /* of validity, from a day before now */
};

struct cert_pem {
    char cert[CERT_PEM_MAX]; /* zero-terminated PEM */
    char key[CERT_PEM_MAX];  /* PKCS#8, not encrypted: the caller wipes it and guards its file */
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
};

/* A self-signed TLS certificate for the web server. ERR_MALFORMED for a name that is neither a DNS
 * name nor an address, ERR_LIMIT, ERR_NOMEM, ERR_CRYPTO; out is then zeroed. */
enum err cert_write_pem(const struct cert_request *request, struct cert_pem *out);

#endif
