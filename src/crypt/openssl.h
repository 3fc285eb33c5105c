/* The library's headers, with the one name that they share with err.def out of the way: our
 * ERR_STATE is a result code, theirs is a type that nobody here needs. Inside src/crypt only. */
#ifndef CRYPT_OPENSSL_H
#define CRYPT_OPENSSL_H

#define OPENSSL_SUPPRESS_DEPRECATED /* SHA*_Init and so on: see hmac.c for why */
#define ERR_STATE openssl_err_state

#include <openssl/bio.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#undef ERR_STATE

#endif
