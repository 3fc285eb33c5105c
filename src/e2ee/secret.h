/* The secret tree of an epoch (RFC 9420 section 9): message keys of each sender, each used once.
 * knows: ratchets and generations. knows not: messages. owns: its secrets, inside the caller's
 * memory; every secret is wiped when it has been used or passed. */
#ifndef E2EE_SECRET_H
#define E2EE_SECRET_H

#include "e2ee/suite.h"

enum secret_kind { SECRET_HANDSHAKE, SECRET_APPLICATION };
enum {
    SECRET_AHEAD = 1000,       /* generations that a message may jump */
    SECRET_SKIPPED = 512,      /* keys kept for late messages, of all senders together */
    SECRET_SKIPPED_EACH = 128, /* of one sender: his jumps cannot drop all that others still need */
};

struct secret_tree;

size_t secret_bytes(uint32_t leaves);
/* `memory` aligned for any type; leaves: width, a power of two. Only the root's secret is stored:
 * what a sender needs is derived when he is first heard of. The block has no pointers into itself.
 */
struct secret_tree *secret_init(void *memory, const struct suite *s, uint32_t leaves,
                                const uint8_t encryption[SUITE_HASH]);
void secret_fini(struct secret_tree *t); /* wipes */

/* The caller wipes it. */
struct message_key {
    uint8_t key[SUITE_AEAD_KEY_MAX], nonce[SUITE_NONCE];
    uint32_t generation;
};
/* The next key of one's own ratchet; ERR_LIMIT when the generations are used up. */
enum err secret_next(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
                     struct message_key *out);
/* The key of a generation, once: ERR_REPLAY when it was used or passed long ago, ERR_LIMIT when it
 * is more than SECRET_AHEAD ahead, ERR_NOT_FOUND for a leaf outside the tree. A forged message must
 * not cost the honest one its key: call secret_used only after the message has been opened. A peek
 * costs at most SECRET_AHEAD steps and changes nothing that can be seen. */
enum err secret_peek(struct secret_tree *t, uint32_t leaf, enum secret_kind kind,
                     uint32_t generation, struct message_key *out);
void secret_used(struct secret_tree *t, uint32_t leaf, enum secret_kind kind, uint32_t generation);

#endif
