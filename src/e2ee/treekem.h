/* TreeKEM (RFC 9420 sections 7.4-7.6): making and processing an UpdatePath.
 * knows: path secrets, which keys one holds. knows not: proposals, epochs.
 * owns: the private keys in struct treekem; the caller wipes it.
 *
 * Making:     treekem_renew, then the caller hashes the tree into the new GroupContext, then
 * treekem_seal. Processing: treekem_merge, then the same, then treekem_open. All work on a staged
 * copy of the tree. */
#ifndef E2EE_TREEKEM_H
#define E2EE_TREEKEM_H

#include "e2ee/tree.h"

struct treekem {
    uint32_t leaf; /* one's own */
    uint8_t leaf_secret[SUITE_KEM_SECRET_MAX];
    uint32_t held; /* private keys of nodes on one's direct path */
    struct {
        uint32_t node;
        uint8_t secret[SUITE_KEM_SECRET_MAX], public[SUITE_KEM_PUBLIC_MAX];
    } node[TREE_DEPTH_MAX];
};

/* Secrets of a path being made: filtered direct path, from the lowest node up. */
struct treekem_path {
    uint32_t n;
    uint32_t node[TREE_DEPTH_MAX];
    uint8_t secret[TREE_DEPTH_MAX][SUITE_HASH];
    uint8_t commit[SUITE_HASH];
};

/* Draws a new leaf key and path secrets for k->leaf, sets the keys and parent hashes in the tree,
 * signs the new leaf (in: identity, extensions, signature keys, place) and replaces the private
 * keys in k. */
enum err treekem_renew(struct tree *t, struct treekem *k, const struct leaf_make *in,
                       const struct random_source *random, struct treekem_path *out);
/* Writes the UpdatePath: secrets sealed to each copath resolution but the leaves in `fresh` (added
 * by this commit). context: serialized GroupContext of the new epoch's provisional state. */
struct treekem_seal {
    struct span context;
    const uint32_t *fresh;
    uint32_t n_fresh;
    const struct random_source *random;
};
enum err treekem_seal(struct tree *t, const struct treekem *k, const struct treekem_path *path,
                      const struct treekem_seal *in, struct writer *w);
/* The path secret that a newcomer at `leaf` gets in its Welcome; NULL when none. */
const uint8_t *treekem_secret_for(const struct treekem_path *path, const struct tree *t,
                                  uint32_t leaf);

/* Checks an UpdatePath of `sender` (count of nodes, parent hash, leaf signature, key not reused)
 * and puts its public keys into the tree. ERR_MALFORMED, ERR_AUTH. */
enum err treekem_merge(struct tree *t, uint32_t sender, struct span group_id, struct span path);
/* Opens one's own secret of it, derives upward, checks each public key. k is changed only on
 * success. ERR_AUTH, ERR_MALFORMED. */
struct treekem_from {
    uint32_t sender;
    struct span path;
};
enum err treekem_open(struct tree *t, struct treekem *k, struct treekem_from from,
                      const struct treekem_seal *in, uint8_t commit[SUITE_HASH]);
/* A newcomer: derives upward from the path secret at the common ancestor with `sender`. */
enum err treekem_join(struct tree *t, struct treekem *k, uint32_t sender,
                      const uint8_t path_secret[SUITE_HASH]);
/* Whether each node above one's leaf that is not blank either names the leaf as unmerged or has its
 * private key here: else some later path could not be opened (RFC 9420 section 4.2). */
bool treekem_complete(const struct tree *t, const struct treekem *k);
/* After an Update, Remove or Add changed the tree: drops private keys of nodes that are blank or
 * whose public key differs. */
void treekem_prune(const struct tree *t, struct treekem *k);

#endif
