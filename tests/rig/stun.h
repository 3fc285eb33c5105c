/* STUN messages for the tests (RFC 8489), built attribute by attribute so that a wrong one is as
 * easy as a right one; shares no line with src/proto/stun.c. owns: nothing. */
#ifndef RIG_STUN_H
#define RIG_STUN_H

#include "base/span.h"

enum rig_stun_attr {
    RIG_STUN_USERNAME = 0x0006,
    RIG_STUN_INTEGRITY = 0x0008,
    RIG_STUN_XOR_MAPPED = 0x0020,
    RIG_STUN_PRIORITY = 0x0024,
    RIG_STUN_USE_CANDIDATE = 0x0025,
    RIG_STUN_CONTROLLING = 0x802a,
    RIG_STUN_FINGERPRINT = 0x8028,
};

enum { RIG_STUN_REQUEST = 0x0001, RIG_STUN_SUCCESS = 0x0101, RIG_STUN_ERROR = 0x0111 };

struct rig_stun {
    uint8_t buf[2048];
    size_t len;
};

/* A header of this type with a random transaction id. */
void rig_stun_start(struct rig_stun *m, uint16_t type);
/* Appends an attribute, padded; the header's length follows. */
void rig_stun_add(struct rig_stun *m, uint16_t type, struct span value);
/* MESSAGE-INTEGRITY (HMAC-SHA1 under pwd) and FINGERPRINT (CRC-32), as sections 14.5 and 14.7 say.
 */
void rig_stun_sign(struct rig_stun *m, const char *pwd);
void rig_stun_fingerprint(struct rig_stun *m);
/* A whole honest connectivity check, nominating. */
void rig_stun_check(struct rig_stun *m, const char *ufrag_remote, const char *pwd_remote,
                    const char *ufrag_own);
/* True for a STUN message of this type whose integrity holds under pwd (NULL: not looked at). */
bool rig_stun_is(struct span in, uint16_t type, const char *pwd);

#endif
