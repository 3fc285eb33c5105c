/* The GroupContext (RFC 9420 section 8.1) and what its extensions ask of leaves (section 11.1).
 * knows: its bytes. knows not: where trees and hashes come from. owns: nothing but its own copy. */
#ifndef E2EE_CONTEXT_H
#define E2EE_CONTEXT_H

#include "e2ee/group.h"

enum { CONTEXT_EXTENSIONS_MAX = 3072 }; /* bytes of the extension list */

struct context {
    uint64_t epoch;
    uint8_t tree_hash[SUITE_HASH];
    uint8_t confirmed[SUITE_HASH]; /* transcript hash; empty in epoch 0 */
    uint8_t confirmed_len, id_len;
    uint8_t id[GROUP_ID_MAX];
    size_t extensions_len, raw_len;
    uint8_t extensions[CONTEXT_EXTENSIONS_MAX];
    uint8_t raw[GROUP_CONTEXT_MAX]; /* serialized by context_seal */
};

/* ERR_MALFORMED, ERR_UNSUPPORTED (version or suite), ERR_LIMIT. */
enum err context_parse(const struct suite *s, struct reader *r, struct context *out);
/* ERR_LIMIT (bytes, or more than LEAF_REQUIRED_MAX types in a list of required_capabilities),
 * ERR_MALFORMED; nothing is changed then. */
enum err context_set_extensions(struct context *c, struct span extensions);
/* Serializes into raw. */
void context_seal(const struct suite *s, struct context *c);

struct span context_id(const struct context *c);
struct span context_extensions(const struct context *c);
struct span context_raw(const struct context *c);
struct span context_confirmed(const struct context *c);

/* Whether the leaf's capabilities cover every extension of the list and everything that a
 * required_capabilities among them names. */
bool context_fits(struct span extensions, const struct leaf *leaf);
/* The same for each leaf of a tree. */
bool context_fits_all(struct span extensions, const struct tree *t);

#endif
