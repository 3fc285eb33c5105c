/* One TLS 1.3 connection between two nodes as a core (RFC 8446): bytes in, bytes out, both sides
 * with certificates of crypt/authority.h under one root. knows: OpenSSL over memory. knows not:
 * sockets, clocks (time is an argument), the list of data centres: whether the peer's stands there
 * is the caller's question. owns: the connection. Left out on purpose: resumption, tickets, early
 * data, renegotiation, compression. */
#ifndef CRYPT_NODETLS_H
#define CRYPT_NODETLS_H

#include "crypt/authority.h"
#include "crypt/sign.h"

enum {
    NODETLS_HANDSHAKE = 16384, /* bytes of a peer before the handshake is done */
    NODETLS_INPUT = 65536,     /* bytes of one nodetls_input */
};

enum nodetls_role { NODETLS_SERVER, NODETLS_CLIENT };
enum nodetls_state { NODETLS_SHAKING, NODETLS_CONNECTED, NODETLS_CLOSED, NODETLS_FAILED };

/* Why it failed. Those of a certificate are AUTHORITY_FAULTS, in nodetls_certificate. */
#define NODETLS_FAULTS(X)                                                                          \
    X(FINE, "")                                                                                    \
    X(NONE, "the node shows no certificate, or not its own and its zone's")                        \
    X(CERTIFICATE, "the node's certificate is refused")                                            \
    X(REALM, "the node is of the other realm")                                                     \
    X(REFUSED, "the node refuses us")                                                              \
    X(FORM, "the node speaks something else than TLS 1.3")                                         \
    X(LIMIT, "the node sends more than a handshake takes")

enum nodetls_fault {
#define FAULT(name, words) NODETLS_FAULT_##name,
    NODETLS_FAULTS(FAULT)
#undef FAULT
        NODETLS_FAULT_COUNT_
};

/* Who we are: *borrowed*, copied by nodetls_ctx_open. */
struct nodetls_identity {
    uint8_t root[AUTHORITY_KEY];
    struct span zone, node; /* certificates, DER */
    uint8_t seed[SIGN_SEED];
};

struct nodetls_ctx; /* one a node */
struct nodetls;     /* one a connection */

/* ERR_AUTH: our own certificates do not hold at now_s, or the key is another's; `fault` says which
 * (FINE: the key). ERR_NOMEM, ERR_CRYPTO. *owned*; outlives its connections. */
enum err nodetls_ctx_open(struct nodetls_ctx **out, const struct nodetls_identity *own,
                          int64_t now_s, enum authority_fault *fault);
void nodetls_ctx_close(struct nodetls_ctx *ctx);

/* Certificates are looked at as of now_s. NULL: out of memory. A client has its first bytes ready.
 */
struct nodetls *nodetls_open(struct nodetls_ctx *ctx, enum nodetls_role role, int64_t now_s);
void nodetls_close(struct nodetls *t);

/* Bytes from the peer, at most NODETLS_INPUT at once; nothing happens after a failure. */
void nodetls_input(struct nodetls *t, struct span bytes);
/* Bytes for the peer into out; 0: none. A failed one may have an alert to send. */
size_t nodetls_poll(struct nodetls *t, uint8_t *out, size_t cap);
/* What the peer said into out; 0: nothing yet. */
size_t nodetls_read(struct nodetls *t, uint8_t *out, size_t cap);
/* ERR_STATE unless connected; ERR_LIMIT over NODETLS_INPUT; ERR_NOMEM. */
enum err nodetls_write(struct nodetls *t, struct span bytes);

/* A client is connected as soon as it believes the server; that the server refuses it comes after,
 * as a failure. Nothing of a peer is to be believed on either side before this says CONNECTED. */
enum nodetls_state nodetls_state(const struct nodetls *t);
enum nodetls_fault nodetls_fault(const struct nodetls *t);
/* Of NODETLS_FAULT_CERTIFICATE; FINE otherwise. */
enum authority_fault nodetls_certificate(const struct nodetls *t);
const char *nodetls_fault_words(enum nodetls_fault fault);

/* The peer, and its zone's authority (no data centre, no node), whose key the list of data centres
 * has; NULL unless connected or closed. *Borrowed* from t. */
const struct authority_node *nodetls_peer(const struct nodetls *t);
const struct authority_node *nodetls_peer_zone(const struct nodetls *t);

/* Key material that both ends have alike (RFC 8446 section 7.5). ERR_STATE unless connected,
 * ERR_CRYPTO; out is then zeroed. */
enum err nodetls_export(const struct nodetls *t, const char *label, struct span context,
                        uint8_t *out, size_t len);

#endif
