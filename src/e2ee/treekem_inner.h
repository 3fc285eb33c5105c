/* UpdatePaths for treekem*.c alone: which nodes one has, its form, putting its keys into the tree.
 * knows: public things only. owns: nothing; views are borrowed. */
#ifndef E2EE_TREEKEM_INNER_H
#define E2EE_TREEKEM_INNER_H

#include "e2ee/tree_inner.h"
#include "e2ee/treekem.h"

/* The filtered direct path (RFC 9420 section 4.1.2), from the lowest node up, and the other child.
 */
struct path_nodes {
    uint32_t n;
    uint32_t node[TREE_DEPTH_MAX], copath[TREE_DEPTH_MAX];
};
void path_nodes_of(const struct tree *t, uint32_t leaf, struct path_nodes *out);

struct fresh_path {
    uint8_t leaf_public[SUITE_KEM_PUBLIC_MAX];
    struct treekem_path *path;
};

/* An UpdatePath as it stood. */
struct path_view {
    struct leaf leaf;
    uint32_t n;
    struct {
        struct span key, ciphertexts; /* content of the vector of HPKECiphertext */
    } node[TREE_DEPTH_MAX];
};
/* ERR_MALFORMED. The forms of the ciphertexts are seen by path_check_counts. */
enum err path_parse(struct span path, struct path_view *out);

/* Blanks the direct path, sets these keys and the parent hashes. Gives the leaf's parent hash, in
 * `hash` (empty when the path has no node). */
struct span path_install(struct tree *t, uint32_t leaf, const struct path_nodes *p,
                         const struct span *keys, uint8_t hash[SUITE_HASH]);

/* Whether the node is a leaf that this commit added. */
bool path_is_fresh(const struct treekem_seal *in, uint32_t node);
/* As many nodes as the path has, as many ciphertexts as each copath has recipients. ERR_MALFORMED.
 */
enum err path_check_counts(const struct tree *t, const struct path_view *view,
                           const struct path_nodes *p, const struct treekem_seal *in);

#endif
