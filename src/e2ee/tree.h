/* The public ratchet tree (RFC 9420 section 7): nodes, hashes, validation. Indices of leaves unless
 * "node" is said. knows: public keys. knows not: secrets (treekem.h), messages.
 * owns: its nodes and their bytes, inside the caller's memory. Tree hashes are cached and
 * recomputed only where the tree changed. */
#ifndef E2EE_TREE_H
#define E2EE_TREE_H

#include "e2ee/leaf.h"
#include "e2ee/treemath.h"

struct tree;

/* For at most `leaves` (a power of two, <= 2048) leaves and `arena` bytes of node contents. */
size_t tree_bytes(uint32_t leaves, size_t arena);
struct tree *tree_init(void *memory, const struct suite *s, uint32_t leaves, size_t arena);
/* Mixed into the key indices, so that nobody else can prepare keys that collide there. Of an empty
 * tree, and kept until tree_init. */
void tree_set_seed(struct tree *t, uint64_t seed);
/* Both of the same size. Everything is copied; nothing is shared. */
void tree_copy(struct tree *to, const struct tree *from);

/* ratchet_tree extension (section 12.4.3.3). Read replaces the tree; on failure it is empty.
 * ERR_MALFORMED (also a blank last node), ERR_LIMIT. */
enum err tree_read(struct tree *t, struct span ratchet_tree);
enum err tree_write(const struct tree *t, struct writer *w);

/* Section 12.4.3.1: every leaf's signature, unique keys, parent hashes (7.9.2), unmerged leaves,
 * capabilities cover every credential in use. ERR_AUTH, ERR_MALFORMED, ERR_UNSUPPORTED. */
enum err tree_verify(struct tree *t, struct span group_id);

uint32_t tree_leaf_width(const struct tree *t); /* power of two; 0 when empty */
uint32_t tree_count(const struct tree *t);      /* leaves that are not blank */
/* A parsed view, borrowed until the tree changes. false: blank or outside. */
bool tree_leaf(const struct tree *t, uint32_t leaf, struct leaf *out);
/* The node's public key; empty when blank. */
struct span tree_node_key(const struct tree *t, uint32_t node);
/* Finds the leaf with this signature key (an index of keys is kept); NODE_NONE. */
uint32_t tree_find_signer(const struct tree *t, struct span signature_key);
bool tree_has_encryption_key(const struct tree *t, struct span key);
/* No encryption key at two nodes, no signature key at two leaves (section 7.3); a count is kept, so
 * that asking costs nothing. The changes below do not refuse a second use: ask when all are done.
 */
bool tree_keys_unique(const struct tree *t);
/* Every leaf can do what `required`, data of a required_capabilities extension, names (empty:
 * nothing), and lists every credential type in use (sections 7.3, 11.1). ERR_UNSUPPORTED,
 * ERR_MALFORMED, ERR_LIMIT. */
enum err tree_supports(const struct tree *t, struct span required);

/* Section 7.7: the changes of Add, Update and Remove, to a tree that was verified. `leaf_node` is
 * copied and must not lie inside the tree; only its form and the lengths of its keys are checked.
 * Untouched on failure. ERR_MALFORMED, ERR_LIMIT (leaves, arena), ERR_NOT_FOUND (blank leaf). */
enum err tree_add(struct tree *t, struct span leaf_node, uint32_t *leaf);
enum err tree_update(struct tree *t, uint32_t leaf, struct span leaf_node);
enum err tree_remove(struct tree *t, uint32_t leaf);

/* Section 7.8 */
enum err tree_hash(struct tree *t, uint8_t out[SUITE_HASH]);
enum err tree_node_hash(struct tree *t, uint32_t node, uint8_t out[SUITE_HASH]);
/* Section 4.1.1: the resolution, written to out (room for tree_leaf_width); its length. */
uint32_t tree_resolution(const struct tree *t, uint32_t node, uint32_t *out);

#endif
