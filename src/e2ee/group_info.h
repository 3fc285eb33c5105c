/* GroupInfo (RFC 9420 section 12.4.3): what a newcomer learns of the group, signed by a member.
 * knows: its bytes. owns: nothing; views are borrowed. */
#ifndef E2EE_GROUP_INFO_H
#define E2EE_GROUP_INFO_H

#include "e2ee/context.h"

struct group_info {
    struct context *context; /* filled by the parser */
    struct span extensions;  /* content of the vector */
    struct span confirmation_tag, signature;
    uint32_t signer; /* leaf */
    struct span tbs; /* everything before the signature */
};
/* out->context is set by the caller. ERR_MALFORMED, ERR_UNSUPPORTED, ERR_LIMIT. */
enum err group_info_parse(const struct suite *s, struct span in, struct group_info *out);
/* `room` has to hold a copy; empty: of short ones only. ERR_AUTH, ERR_LIMIT. */
enum err group_info_verify(const struct suite *s, const struct group_info *i, struct span key,
                           struct writer room);

/* Writes and signs, with the tree as its ratchet_tree extension. The writer needs twice the bytes:
 * the text to be signed is joined behind. ERR_LIMIT. */
struct group_info_make {
    const struct context *context;
    const struct tree *tree;
    const uint8_t *confirmation_tag;
    uint32_t signer;
    const uint8_t *signature_secret;
};
enum err group_info_write(const struct suite *s, const struct group_info_make *in,
                          struct writer *w);

#endif
