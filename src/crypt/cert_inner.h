/* Inside src/crypt only: what cert.c makes and dtls.c gives to the library. */
#ifndef CRYPT_CERT_INNER_H
#define CRYPT_CERT_INNER_H

#include "crypt/cert.h"
#include "crypt/openssl.h"

struct cert {
    X509 *x509;    /* *owned* */
    EVP_PKEY *key; /* *owned* */
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
};

#endif
