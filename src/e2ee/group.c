#include "e2ee/group_inside.h"

/* ---- memory: the struct, three trees, two secret trees, the scratch ---- */

enum { ALIGNMENT = 16 };

static size_t aligned(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* A commit is put together beside its transcript input and its text to be signed, a GroupInfo with
 * its tree beside proposals and its own text. */
static size_t scratch_bytes(const struct group_config *c)
{
    size_t commit = GROUP_COMMIT_ROOM + (size_t)c->leaves * GROUP_PATH_ROOM;
    size_t info = c->arena + (size_t)c->leaves * 32 + 2 * (size_t)GROUP_CONTEXT_MAX;
    size_t framed = 2 * (commit + (size_t)GROUP_CONTEXT_MAX);
    size_t both = GROUP_COMMIT_ROOM + 2 * info;
    return aligned(framed > both ? framed : both);
}

size_t group_bytes(const struct group_config *c)
{
    return aligned(sizeof(struct group)) + 3 * aligned(tree_bytes(c->leaves, c->arena)) +
           2 * aligned(secret_bytes(c->leaves)) + scratch_bytes(c);
}

void group_tree_init(struct group *g, struct group_slot *s)
{
    const struct group_config *c = &g->config;
    s->tree = tree_init(s->tree, c->suite, c->leaves, c->arena);
    tree_set_seed(s->tree, g->tree_seed);
}

struct group *group_open(void *memory, const struct group_config *c)
{
    uint8_t *at = memory;
    struct group *g = memory;
    memset(g, 0, sizeof *g);
    g->config = *c;
    c->random.fill(c->random.ctx, (uint8_t *)&g->tree_seed, sizeof g->tree_seed);
    at += aligned(sizeof *g);
    for (size_t i = 0; i < 3; i++) {
        g->slots[i].tree = (struct tree *)(void *)at;
        group_tree_init(g, &g->slots[i]);
        at += aligned(tree_bytes(c->leaves, c->arena));
    }
    g->now = &g->slots[0];
    g->work = &g->slots[1];
    g->pending = &g->slots[2];
    for (size_t i = 0; i < 2; i++) {
        g->ratchet_memory[i] = at;
        at += aligned(secret_bytes(c->leaves));
    }
    g->scratch = at;
    g->scratch_len = scratch_bytes(c);
    return g;
}

void group_close(struct group *g)
{
    struct group_config c = g->config;
    suite_wipe(g, group_bytes(&c));
}

void group_leave(struct group *g)
{
    group_wipe_epochs(g);
    suite_wipe(&g->package, sizeof g->package);
    g->has_package = false;
    suite_wipe(g->scratch, g->scratch_len);
}

enum mls_rule group_rule(const struct group *g)
{
    return g->rule;
}

enum err group_refuse(struct group *g, enum mls_rule rule, enum err code)
{
    g->rule = rule;
    return code;
}

struct writer group_scratch(struct group *g)
{
    return writer_of(g->scratch, g->scratch_len);
}

struct framing group_framing(const struct group *g, const struct group_slot *s)
{
    return (struct framing){.suite = g->config.suite,
                            .context = context_raw(&s->context),
                            .secrets = &s->secrets,
                            .ratchets = g->ratchets};
}

void group_set_time(struct group *g, uint64_t now_s)
{
    g->now_s = now_s;
}

enum err group_set_self(struct group *g, const struct group_self *self)
{
    bool fits = self->identity.len <= sizeof g->identity &&
                self->extensions.len <= sizeof g->extensions &&
                self->signature_public.len == SUITE_SIGN_PUBLIC;
    REFUSE_UNLESS(g, fits, RULE_SPACE, ERR_LIMIT);
    REFUSE_UNLESS(g, extensions_valid(self->extensions), RULE_EXTENSIONS, ERR_MALFORMED);
    /* The leaf in the tree signs with the key it was certified for. */
    bool same = g->has_self &&
                span_equal(self->signature_public, span_of(g->signature_public, SUITE_SIGN_PUBLIC));
    REFUSE_UNLESS(g, same || !g->active, RULE_LEAF, ERR_STATE);
    memcpy(g->signature_secret, self->signature_secret, SUITE_SIGN_SECRET);
    memcpy(g->signature_public, self->signature_public.ptr, SUITE_SIGN_PUBLIC);
    if (self->identity.len > 0)
        memcpy(g->identity, self->identity.ptr, self->identity.len);
    if (self->extensions.len > 0)
        memcpy(g->extensions, self->extensions.ptr, self->extensions.len);
    g->identity_len = self->identity.len;
    g->extensions_len = self->extensions.len;
    g->has_self = true;
    return ERR_OK;
}

enum err group_leaf_make(const struct group *g, struct leaf_make *out)
{
    struct leaf own;
    if (!tree_leaf(g->now->tree, g->now->keys.leaf, &own))
        return ERR_STATE;
    *out = (struct leaf_make){
        .encryption_key = own.encryption_key,
        .signature_key = span_of(g->signature_public, SUITE_SIGN_PUBLIC),
        .signature_secret = g->signature_secret,
        .identity = own.identity,
        .extensions = own.extensions,
        .place = {context_id(&g->now->context), g->now->keys.leaf},
    };
    return ERR_OK;
}

/* ---- looking ---- */

bool group_active(const struct group *g)
{
    return g->active;
}

bool group_pending(const struct group *g)
{
    return g->has_pending;
}

uint64_t group_epoch(const struct group *g)
{
    return g->now->context.epoch;
}

struct span group_id(const struct group *g)
{
    return context_id(&g->now->context);
}

uint32_t group_own_leaf(const struct group *g)
{
    return g->now->keys.leaf;
}

const struct tree *group_tree(const struct group *g)
{
    return g->now->tree;
}

struct span group_extensions(const struct group *g)
{
    return context_extensions(&g->now->context);
}

const uint8_t *group_authenticator(const struct group *g)
{
    return g->now->secrets.authenticator;
}

const uint8_t *group_transcript(const struct group *g)
{
    return g->now->context.confirmed;
}

enum err group_export(const struct group *g, const char *label, struct span context, uint8_t *out,
                      size_t len)
{
    if (!g->active)
        return ERR_STATE;
    return schedule_export(g->config.suite, g->now->secrets.exporter,
                           (struct suite_label){label, context}, out, len);
}

enum err group_sign(const struct group *g, const char *label, struct span content,
                    uint8_t out[SUITE_SIGNATURE])
{
    if (!g->has_self)
        return ERR_STATE;
    return suite_sign(g->config.suite, g->signature_secret, label, content, out);
}

enum err group_decrypt(const struct group *g, struct suite_label label, struct span output,
                       struct span sealed, uint8_t *out)
{
    struct leaf own;
    if (!g->active || !tree_leaf(g->now->tree, g->now->keys.leaf, &own))
        return ERR_STATE;
    struct suite_kem_key key = {g->now->keys.leaf_secret, own.encryption_key.ptr};
    return suite_decrypt(g->config.suite, key, label, (struct suite_sealed){output, sealed}, out);
}

enum err group_decrypt_previous(const struct group *g, struct suite_label label, struct span output,
                                struct span sealed, uint8_t *out)
{
    if (!g->active || !g->previous.held)
        return ERR_STATE;
    struct suite_kem_key key = {g->previous.leaf_secret, g->previous.leaf_public};
    return suite_decrypt(g->config.suite, key, label, (struct suite_sealed){output, sealed}, out);
}

bool group_signer(const struct group *g, uint64_t epoch, uint32_t leaf,
                  uint8_t key[SUITE_SIGN_PUBLIC])
{
    struct leaf view;
    if (!g->active)
        return false;
    if (epoch != group_epoch(g))
        return g->previous.held && epoch == g->previous.context.epoch &&
               group_previous_signer(g, leaf, key);
    if (!tree_leaf(g->now->tree, leaf, &view) || view.signature_key.len != SUITE_SIGN_PUBLIC)
        return false;
    memcpy(key, view.signature_key.ptr, SUITE_SIGN_PUBLIC);
    return true;
}
