/* Any bytes as an UpdatePath of leaf 0 in a tree of four: a refusal leaves the public tree's copy
 * usable and the private keys alone. With a first byte of 1 the rest overwrites parts of an honest
 * path, so that deeper checks are reached. */
#include <sodium.h>

#include "base/bug.h"
#include "e2ee/tree_inner.h"
#include "e2ee/treekem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LEAVES = 4, ARENA = 8192 };
static _Alignas(max_align_t) uint8_t memory[3][32768];

struct world {
    struct tree *before, *staged;
    struct treekem listener; /* leaf 3 */
    uint8_t path[4096];
    size_t path_len;
};

static void count_up(void *ctx, uint8_t *out, size_t len)
{
    uint8_t *n = ctx;
    memset(out, ++*n, len);
}

static void join(struct world *w, uint8_t seed, struct treekem *k, uint8_t secret[64])
{
    uint8_t ikm[32], encryption[32], signature[32], room[512];
    struct writer out = writer_of(room, sizeof(room));
    memset(ikm, seed, sizeof(ikm));
    suite_sign_keys(ikm, secret, signature);
    BUG_IF(suite_chacha.kem_derive(span_of(ikm, 32), k->leaf_secret, encryption) != ERR_OK);
    struct leaf_make make = {.encryption_key = span_of(encryption, 32),
                             .signature_key = span_of(signature, 32),
                             .signature_secret = secret,
                             .identity = span_of(&seed, 1),
                             .source = LEAF_KEY_PACKAGE};
    BUG_IF(leaf_write(&suite_chacha, &make, &out) != ERR_OK);
    BUG_IF(tree_add(w->before, writer_span(&out), &k->leaf) != ERR_OK);
}

static void world_make(struct world *w)
{
    struct treekem k[LEAVES] = {0};
    struct treekem_path path;
    uint8_t secret[LEAVES][64], n = 100;
    struct random_source random = {count_up, &n};
    struct writer out = writer_of(w->path, sizeof(w->path));
    BUG_IF(sodium_init() < 0 || tree_bytes(LEAVES, ARENA) > sizeof(memory[0]));
    w->before = tree_init(memory[0], &suite_chacha, LEAVES, ARENA);
    w->staged = tree_init(memory[1], &suite_chacha, LEAVES, ARENA);
    for (uint8_t i = 0; i < LEAVES; i++)
        join(w, (uint8_t)(i + 1), &k[i], secret[i]);
    tree_copy(w->staged, w->before);
    struct leaf own;
    BUG_IF(!tree_leaf(w->staged, 0, &own));
    struct leaf_make make = {.signature_key = own.signature_key,
                             .signature_secret = secret[0],
                             .identity = own.identity,
                             .place = {span_str("group"), 0}};
    BUG_IF(treekem_renew(w->staged, &k[0], &make, &random, &path) != ERR_OK);
    struct treekem_seal seal = {.context = span_str("context"), .random = &random};
    BUG_IF(treekem_seal(w->staged, &k[0], &path, &seal, &out) != ERR_OK);
    w->path_len = writer_len(&out);
    w->listener = k[3];
}

static struct world *world_of(void)
{
    static struct world w;
    if (!w.before)
        world_make(&w);
    return &w;
}

static struct span input(const struct world *w, struct span in, uint8_t *room)
{
    if (in.len < 4 || in.ptr[0] != 1)
        return in;
    size_t at = (size_t)(in.ptr[1] << 8 | in.ptr[2]) % w->path_len, n = in.len - 3;
    memcpy(room, w->path, w->path_len);
    memcpy(room + at, in.ptr + 3, n < w->path_len - at ? n : w->path_len - at);
    return span_of(room, w->path_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w = world_of();
    uint8_t room[sizeof(w->path)], commit[SUITE_HASH];
    struct span path = input(w, span_of(data, size), room);
    struct treekem k = w->listener;
    struct treekem_seal seal = {.context = span_str("context")};
    tree_copy(w->staged, w->before);
    enum err e = treekem_merge(w->staged, 0, span_str("group"), path);
    BUG_IF(e == ERR_OK && tree_verify(w->staged, span_str("group")) != ERR_OK);
    e = treekem_open(w->staged, &k, (struct treekem_from){0, path}, &seal, commit);
    BUG_IF(e != ERR_OK && memcmp(&k, &w->listener, sizeof(k)) != 0);
    BUG_IF(e == ERR_OK && k.held != 1);
    return 0;
}
