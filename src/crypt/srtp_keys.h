/* What a DTLS handshake hands to SRTP: the suite and the four master secrets (RFC 5764
 * section 4.2). knows: shapes. owns: nothing; whoever holds one wipes it (crypt_wipe). */
#ifndef CRYPT_SRTP_KEYS_H
#define CRYPT_SRTP_KEYS_H

#include <stdint.h>

/* Numbers of the protection profiles on the wire. */
enum srtp_suite {
    SRTP_SUITE_NONE = 0,
    SRTP_SUITE_CM_SHA1_80 = 1, /* RFC 5764: 16-byte key, 14-byte salt, 10-byte tag */
    SRTP_SUITE_AEAD_GCM = 7,   /* RFC 7714: 16-byte key, 12-byte salt, 16-byte tag */
};

enum { SRTP_KEY_LEN = 16, SRTP_SALT_MAX = 14 };

struct srtp_keys {
    enum srtp_suite suite;
    uint8_t local_key[SRTP_KEY_LEN];   /* we seal with local, unseal with remote */
    uint8_t local_salt[SRTP_SALT_MAX]; /* GCM uses the first 12 bytes, the rest are 0 */
    uint8_t remote_key[SRTP_KEY_LEN];
    uint8_t remote_salt[SRTP_SALT_MAX];
};

#endif
