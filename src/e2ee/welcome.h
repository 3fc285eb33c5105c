/* Welcome and GroupSecrets (RFC 9420 section 12.4.3.1): their bytes, and how they are sealed.
 * knows: HPKE to init keys, the welcome key. knows not: the group. owns: nothing. */
#ifndef E2EE_WELCOME_H
#define E2EE_WELCOME_H

#include "e2ee/codec.h"
#include "e2ee/suite.h"

struct welcome {
    uint16_t suite;
    struct span secrets; /* content of the vector of EncryptedGroupSecrets */
    struct span info;    /* encrypted_group_info */
};
/* Body of an MLSMessage. ERR_MALFORMED. */
enum err welcome_parse(struct span body, struct welcome *out);
struct welcome_entry {
    struct span ref, output, sealed;
};
/* The entry for a KeyPackageRef; false when none is, or the list is malformed. */
bool welcome_find(const struct welcome *w, struct span ref, struct welcome_entry *out);

struct group_secrets {
    struct span joiner;
    bool has_path;
    struct span path;
    struct span psks; /* content of the vector of PreSharedKeyIDs */
};
enum err group_secrets_parse(struct span in, struct group_secrets *out);
void group_secrets_write(const struct group_secrets *s, struct writer *w);

/* Key and nonce of encrypted_group_info, from welcome_secret. */
struct welcome_key {
    uint8_t key[SUITE_AEAD_KEY_MAX], nonce[SUITE_NONCE];
};
enum err welcome_key_derive(const struct suite *s, const uint8_t secret[SUITE_HASH],
                            struct welcome_key *out);

/* Decrypts an entry: `out` has entry->sealed.len bytes; *len is what it holds. ERR_AUTH. */
struct welcome_open {
    struct suite_kem_key key; /* the init key */
    struct span info;
};
enum err welcome_open_entry(const struct suite *s, const struct welcome_entry *entry,
                            const struct welcome_open *with, uint8_t *out, size_t *len);
/* Hash of the label that every entry of a Welcome is sealed with: its encrypted_group_info. */
void welcome_info_hash(const struct suite *s, struct span info, uint8_t out[SUITE_HASH]);
/* Writes one EncryptedGroupSecrets. */
struct welcome_seal {
    struct span ref, init_key;
    const uint8_t *info_hash; /* of welcome_info_hash */
    const struct random_source *random;
};
enum err welcome_seal_entry(const struct suite *s, const struct welcome_seal *to,
                            struct span secrets, struct writer *w);
/* Bytes that welcome_seal_entry writes for secrets of `len` bytes. */
size_t welcome_entry_size(const struct suite *s, size_t len);

#endif
