/* STUN Binding messages for ICE: parse, verify, write (RFC 8489, RFC 8445 section 16.1).
 * knows: the wire format and HMAC-SHA1 message integrity. knows not: which agent, which address.
 * owns: nothing; a parsed message points into the datagram, *borrowed*. */
#ifndef PROTO_STUN_H
#define PROTO_STUN_H

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"
#include "base/writer.h"
#include "crypt/hmac.h"
#include "proto/ipc.h"

enum {
    STUN_HEADER_LEN = 20,
    STUN_ID_LEN = 12,
    STUN_METHOD_BINDING = 1,
    STUN_UNKNOWN_MAX = 8,
    STUN_USERNAME_MAX = 288, /* our ufrag, a colon, and 256 characters (RFC 8839 section 5.4) */
    STUN_WRITE_MAX = 600,    /* no message that is written here is longer */
};

enum stun_class { STUN_REQUEST, STUN_INDICATION, STUN_SUCCESS, STUN_ERROR };

struct stun_message {
    enum stun_class kind;
    uint16_t method;
    uint8_t id[STUN_ID_LEN];
    struct span whole;     /* the datagram */
    struct span username;  /* ptr NULL when absent */
    struct span integrity; /* the 20 bytes of MESSAGE-INTEGRITY; ptr NULL when absent */
    bool has_priority, use_candidate, controlling, controlled, has_fingerprint, has_mapped;
    uint32_t priority;
    uint64_t tiebreaker;
    uint16_t error_code;    /* 300..699, 0 when absent */
    struct ipc_addr mapped; /* XOR-MAPPED-ADDRESS, decoded */
    /* Comprehension-required attributes that we do not know; the count may exceed the array. */
    uint16_t unknown_count;
    uint16_t unknown[STUN_UNKNOWN_MAX];
};

/* Lengths, cookie, padding and FINGERPRINT (when present) are checked; integrity is not.
 * ERR_SHORT, ERR_MALFORMED, ERR_LIMIT (attributes), ERR_CONFLICT (USERNAME twice), ERR_AUTH (a
 * wrong FINGERPRINT). Attributes after MESSAGE-INTEGRITY are ignored but FINGERPRINT (RFC
 * 8489 14.5). */
enum err stun_parse(struct stun_message *m, struct span datagram);

/* True when MESSAGE-INTEGRITY is there and right under the key (a keyed password). */
bool stun_verify(const struct stun_message *m, const struct hmac_sha1 *key);

/* The part of USERNAME before the colon ("server" of "server:client"), without any verification, to
 * find the transport. False when the datagram is not a well-formed Binding request with one. */
bool stun_peek_ufrag(struct span datagram, struct span *ufrag);

/* Each writes one whole message with MESSAGE-INTEGRITY and FINGERPRINT at the writer's start; the
 * writer must be fresh. False when it does not fit. */
bool stun_write_success(struct writer *w, const uint8_t id[STUN_ID_LEN],
                        const struct ipc_addr *mapped, const struct hmac_sha1 *key);
/* code 400, 420 (with m->unknown) or 487; m is the request that is refused. */
bool stun_write_error(struct writer *w, const struct stun_message *m, uint16_t code,
                      const struct hmac_sha1 *key);

struct stun_request {
    uint8_t id[STUN_ID_LEN];
    struct span username; /* "server:client"; ptr NULL leaves it out (the rig's bad requests) */
    uint32_t priority;
    uint64_t tiebreaker;
    bool controlled; /* says ICE-CONTROLLED instead of ICE-CONTROLLING */
    bool use_candidate;
};

/* key NULL leaves MESSAGE-INTEGRITY out (the rig's bad requests). */
bool stun_write_request(struct writer *w, const struct stun_request *r,
                        const struct hmac_sha1 *key);

static inline bool stun_is_binding_request(const struct stun_message *m)
{
    return m->kind == STUN_REQUEST && m->method == STUN_METHOD_BINDING;
}

#endif
