/* Private messages: sealed to one leaf's key, signed by another's (HPKE by RFC 9420 section 5.1.3).
 * knows: their bytes. knows not: who may write to whom. owns: nothing. Wire: docs/wire/e2ee.md. */
#ifndef E2EE_PRIVATE_H
#define E2EE_PRIVATE_H

#include "e2ee/group.h"

enum {
    PRIVATE_MARK = 0xF1, /* first byte of a group message */
    PRIVATE_PAD = 64,    /* the content is filled with zeros to a multiple */
    PRIVATE_OVERHEAD = 1 + 4 + 4 + 4 + SUITE_KEM_OUTPUT_MAX + 4 + SUITE_TAG + 4 + SUITE_SIGNATURE,
    PRIVATE_PLAIN_MAX = 6080,
};

struct private_message {
    uint32_t from, to; /* leaves */
    struct span output, sealed, signature;
};
/* ERR_MALFORMED; *out untouched. */
enum err private_message_parse(struct span in, struct private_message *out);
/* Content (padding included) for leaf `to` of the group's epoch. ERR_NOT_FOUND, ERR_LIMIT. */
struct private_message_make {
    uint32_t to;
    struct span content;
    const struct random_source *random;
};
enum err private_message_write(const struct group *g, const struct private_message_make *in,
                               struct writer *w);
/* Verifies the sender's signature, opens for one's own leaf. `epoch`: that it claims to be of, the
 * group's or the one before while its keys are held.
 * plain: room for m->sealed.len bytes. ERR_AUTH, ERR_NOT_FOUND, ERR_LIMIT. */
enum err private_message_open(const struct group *g, const struct private_message *m,
                              uint64_t epoch, uint8_t *plain, size_t *len);

#endif
