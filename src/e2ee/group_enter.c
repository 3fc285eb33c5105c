/* From one epoch to the next: what late messages still need is kept, everything else is wiped. */
#include "e2ee/group_inside.h"

void group_wipe_slot(struct group_slot *s)
{
    suite_wipe(&s->keys, sizeof s->keys);
    suite_wipe(&s->secrets, sizeof s->secrets);
    suite_wipe(s->interim, sizeof s->interim);
    suite_wipe(s->tag, sizeof s->tag);
    suite_wipe(s->commit_hash, sizeof s->commit_hash);
}

void group_wipe_cache(struct group *g)
{
    suite_wipe(g->cached, g->n_cached * sizeof g->cached[0]);
    g->n_cached = 0;
    g->cache_used = 0;
}

void group_forget_previous(struct group *g)
{
    if (g->old_ratchets)
        secret_fini(g->old_ratchets);
    g->old_ratchets = NULL;
    if (g->previous.held)
        suite_wipe(&g->previous, sizeof g->previous);
}

static void wipe_epochs_but(struct group *g, const struct group_slot *kept)
{
    group_forget_previous(g);
    if (g->ratchets)
        secret_fini(g->ratchets);
    g->ratchets = NULL;
    for (size_t i = 0; i < 3; i++) {
        if (&g->slots[i] != kept)
            group_wipe_slot(&g->slots[i]);
    }
    group_wipe_cache(g);
    suite_wipe(g->resumption, sizeof g->resumption);
    g->active = g->has_pending = false;
}

void group_wipe_epochs(struct group *g)
{
    wipe_epochs_but(g, NULL);
}

/* Borrowed from the tree; empty for a blank leaf. */
static struct span signer_of(const struct tree *t, uint32_t leaf)
{
    struct leaf view;
    return tree_leaf(t, leaf, &view) ? view.signature_key : span_of(NULL, 0);
}

static void note_signer(struct group *g, uint32_t leaf)
{
    struct group_previous *p = &g->previous;
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->changed[i].leaf == leaf)
            return;
    }
    struct span key = signer_of(g->now->tree, leaf);
    bool was = key.len == SUITE_SIGN_PUBLIC;
    p->changed[p->n].leaf = leaf;
    p->changed[p->n].was = was;
    if (was)
        memcpy(p->changed[p->n].key, key.ptr, SUITE_SIGN_PUBLIC);
    p->n++;
}

/* Of the epoch that ends: context, sender data secret, ratchets (by the caller), and who signed
 * with what where that is no longer in the tree. A leaf removed and filled again counts once. */
static void keep_previous(struct group *g, const struct group_delta *d)
{
    group_forget_previous(g);
    g->previous.held = true;
    g->previous.context = g->now->context;
    memcpy(g->previous.secrets.sender_data, g->now->secrets.sender_data, SUITE_HASH);
    memcpy(g->previous.leaf_secret, g->now->keys.leaf_secret, SUITE_KEM_SECRET_MAX);
    struct leaf own;
    if (tree_leaf(g->now->tree, g->now->keys.leaf, &own))
        memcpy(g->previous.leaf_public, own.encryption_key.ptr, own.encryption_key.len);
    g->previous.n = 0;
    for (uint32_t i = 0; i < d->n_removed; i++)
        note_signer(g, d->removed[i]);
    for (uint32_t i = 0; i < d->n_added; i++)
        note_signer(g, d->added[i]);
    for (uint32_t i = 0; i < d->n_updated; i++)
        note_signer(g, d->updated[i]);
}

bool group_previous_signer(const struct group *g, uint32_t leaf, uint8_t key[SUITE_SIGN_PUBLIC])
{
    const struct group_previous *p = &g->previous;
    struct leaf still;
    for (uint32_t i = 0; i < p->n; i++) {
        if (p->changed[i].leaf != leaf)
            continue;
        memcpy(key, p->changed[i].key, SUITE_SIGN_PUBLIC);
        return p->changed[i].was;
    }
    if (!tree_leaf(g->now->tree, leaf, &still) || still.signature_key.len != SUITE_SIGN_PUBLIC)
        return false;
    memcpy(key, still.signature_key.ptr, SUITE_SIGN_PUBLIC);
    return true;
}

/* The secret tree of `now` takes over the encryption secret; nothing else has to know it, nor those
 * that only led here. */
static void start_ratchets(struct group *g)
{
    struct epoch_secrets *s = &g->now->secrets;
    g->ratchets = secret_init(g->ratchet_memory[0], g->config.suite, tree_leaf_width(g->now->tree),
                              s->encryption);
    suite_wipe(s->encryption, sizeof s->encryption);
    suite_wipe(s->joiner, sizeof s->joiner);
    suite_wipe(s->welcome, sizeof s->welcome);
    suite_wipe(s->epoch, sizeof s->epoch);
    suite_wipe(s->external, sizeof s->external);
    suite_wipe(s->confirmation, sizeof s->confirmation);
}

static void keep_resumption(struct group *g)
{
    struct group_resumption *r = &g->resumption[g->now->context.epoch % GROUP_RESUMPTIONS];
    if (!g->config.accept_external)
        return;
    r->held = true;
    r->epoch = g->now->context.epoch;
    memcpy(r->secret, g->now->secrets.resumption, SUITE_HASH);
}

void group_enter(struct group *g, struct group_slot **from)
{
    struct group_slot *next = *from;
    uint8_t *memory = g->ratchet_memory[0];
    keep_resumption(g);
    keep_previous(g, &next->delta);
    g->old_ratchets = g->ratchets;
    g->ratchet_memory[0] = g->ratchet_memory[1];
    g->ratchet_memory[1] = memory;
    *from = g->now;
    g->now = next;
    group_wipe_slot(g->work);
    group_wipe_slot(g->pending);
    g->has_pending = false;
    group_wipe_cache(g);
    start_ratchets(g);
}

void group_enter_new(struct group *g)
{
    struct group_slot *next = g->work;
    g->work = g->now;
    g->now = next;
    wipe_epochs_but(g, next);
    start_ratchets(g);
    g->active = true;
}
