/* Who a node is: X.509 certificates with Ed25519 keys. An offline root signs one authority for each
 * zone, an authority signs the nodes of its zone and no others. The names stand in one URI of the
 * subject's alternative names (RFC 5280 section 4.2.1.6):
 *
 *     an authority   conclave:zone/<zone>
 *     a node         conclave:node/<zone>/<data centre>/<node>/<realm>
 *
 * A name is 1 to 32 of a-z, 0-9 and -. knows: X.509. knows not: files, clocks (time is an
 * argument), what a zone allows. owns: nothing. */
#ifndef CRYPT_AUTHORITY_H
#define CRYPT_AUTHORITY_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

enum {
    AUTHORITY_NAME = 32,  /* characters of a name, at most */
    AUTHORITY_KEY = 32,   /* bytes of an Ed25519 public key */
    AUTHORITY_DER = 1024, /* bytes of one certificate, at most */
};

/* A node as its certificate names it; zero-terminated. */
struct authority_node {
    char zone[AUTHORITY_NAME + 1], centre[AUTHORITY_NAME + 1], node[AUTHORITY_NAME + 1];
    bool government;        /* its realm */
    int64_t from_s, till_s; /* Unix time, the ends included; as checked: both certificates' */
    uint8_t key[AUTHORITY_KEY];
};

/* Why a certificate was refused; FINE: it was not. */
#define AUTHORITY_FAULTS(X)                                                                        \
    X(FINE, "")                                                                                    \
    X(FORM, "is no certificate of this kind")                                                      \
    X(SIGNATURE, "is not signed by the one above it")                                              \
    X(ZONE, "names another zone than the authority that signed it")                                \
    X(EARLY, "is not valid yet")                                                                   \
    X(EXPIRED, "is no longer valid")

enum authority_fault {
#define FAULT(name, words) AUTHORITY_##name,
    AUTHORITY_FAULTS(FAULT)
#undef FAULT
        AUTHORITY_FAULT_COUNT_
};

/* Whether `node` (DER) is a node's, signed by `zone` (DER), that is a zone's and signed by the root
 * with this public key, all valid at `now_s`. Reads nothing but these; `out` untouched unless FINE.
 */
enum authority_fault authority_check(const uint8_t root[AUTHORITY_KEY], struct span zone,
                                     struct span node, int64_t now_s, struct authority_node *out);
/* What a certificate says, whoever signed it: for showing. False: it is none of this kind; a zone's
 * authority has no data centre and no node. */
bool authority_read(struct span der, struct authority_node *out);

enum { AUTHORITY_SEED = 32 };

struct authority_der {
    uint8_t bytes[AUTHORITY_DER];
    size_t len;
};

bool authority_name_fine(const char *name);
/* The root signs the authority of subject->zone, with subject->key, valid from_s to till_s; its
 * other fields are not looked at. ERR_MALFORMED for a name or a time, ERR_CRYPTO. */
enum err authority_sign_zone(const uint8_t root[AUTHORITY_SEED],
                             const struct authority_node *subject, struct authority_der *out);
/* An authority signs a node of its own zone. ERR_FORBIDDEN: `zone` is not the certificate of this
 * seed, or of another zone than the subject's. */
enum err authority_sign_node(const uint8_t seed[AUTHORITY_SEED], struct span zone,
                             const struct authority_node *subject, struct authority_der *out);
enum { AUTHORITY_PEM = 2048 };
/* As PEM text (RFC 7468), zero-terminated, and back: one certificate, whatever stands around it.
 * ERR_MALFORMED, ERR_CRYPTO. */
enum err authority_to_pem(const struct authority_der *der, char out[AUTHORITY_PEM]);
enum err authority_of_pem(struct span pem, struct authority_der *out);
/* Static words, to follow "the certificate ". */
const char *authority_fault_words(enum authority_fault fault);

#endif
