/* Proposals against the epoch they are committed in: each by itself (sections 12.1, 7.3), the list
 * (12.2), and applied to a staged copy in the order of section 12.3. Nothing here touches `now`. */
#include "e2ee/group_inside.h"

/* ---- one proposal (12.1, 7.3) ---- */

static enum err check_add(struct group *g, const struct proposal *p, uint64_t now_s)
{
    struct reader r = reader_of(p->body);
    struct key_package package;
    key_package_parse(&r, &package);
    REFUSE_UNLESS(g, reader_ok(&r) && reader_left(&r) == 0, RULE_KEY_PACKAGE, ERR_MALFORMED);
    TRY_RULE(g, key_package_verify(g->config.suite, &package, now_s), RULE_KEY_PACKAGE);
    return ERR_OK;
}

static enum err check_update(struct group *g, const struct proposal *p)
{
    struct reader r = reader_of(p->body);
    struct leaf_place place = {context_id(&g->now->context), p->sender};
    struct leaf leaf;
    leaf_parse(&r, &leaf);
    REFUSE_UNLESS(g, reader_ok(&r) && reader_left(&r) == 0, RULE_LEAF, ERR_MALFORMED);
    REFUSE_UNLESS(g, leaf.source == LEAF_UPDATE, RULE_LEAF, ERR_MALFORMED);
    TRY_RULE(g, leaf_verify(g->config.suite, &leaf, &place), RULE_LEAF);
    return ERR_OK;
}

enum err group_check_proposal(struct group *g, const struct proposal *p, uint64_t now_s)
{
    struct leaf leaf;
    switch (p->type) {
    case PROPOSAL_ADD:
        return check_add(g, p, now_s);
    case PROPOSAL_UPDATE:
        return check_update(g, p);
    case PROPOSAL_REMOVE:
        REFUSE_UNLESS(g, tree_leaf(g->now->tree, p->removed, &leaf), RULE_PROPOSAL_LIST,
                      ERR_NOT_FOUND);
        return ERR_OK;
    case PROPOSAL_PSK:
    case PROPOSAL_REINIT:
    case PROPOSAL_EXTERNAL_INIT:
    case PROPOSAL_EXTENSIONS:
        return ERR_OK; /* by the list's rules and when applied */
    }
    return group_refuse(g, RULE_FORM, ERR_MALFORMED);
}

enum err group_check_leaf(struct group *g, const struct leaf *leaf, uint32_t place)
{
    const struct tree *t = g->work->tree;
    /* Basic credentials only, so each leaf supports every credential in use (leaf_verify sees to
     * its own). */
    REFUSE_UNLESS(g, leaf->credential_type == CREDENTIAL_BASIC, RULE_LEAF, ERR_UNSUPPORTED);
    REFUSE_UNLESS(g, context_fits(context_extensions(&g->work->context), leaf), RULE_EXTENSIONS,
                  ERR_UNSUPPORTED);
    uint32_t signer = tree_find_signer(t, leaf->signature_key);
    REFUSE_UNLESS(g, signer == NODE_NONE || signer == place, RULE_KEY_REUSED, ERR_CONFLICT);
    REFUSE_UNLESS(g, !tree_has_encryption_key(t, leaf->encryption_key), RULE_KEY_REUSED,
                  ERR_CONFLICT);
    return ERR_OK;
}

/* ---- the list (12.3) ---- */

static enum err apply_extensions(struct group *g, const struct proposal *p)
{
    TRY_RULE(g, context_set_extensions(&g->work->context, p->body), RULE_EXTENSIONS);
    g->work->delta.new_extensions = true;
    return ERR_OK;
}

static enum err apply_update(struct group *g, const struct proposal *p)
{
    struct group_slot *to = g->work;
    struct reader r = reader_of(p->body);
    struct leaf leaf;
    leaf_parse(&r, &leaf);
    TRY(group_check_leaf(g, &leaf, p->sender));
    if (p->sender == to->keys.leaf) {
        REFUSE_UNLESS(g, p->leaf_secret, RULE_LEAF, ERR_STATE);
        memcpy(to->keys.leaf_secret, p->leaf_secret, sizeof to->keys.leaf_secret);
    }
    TRY_RULE(g, tree_update(to->tree, p->sender, p->body), RULE_LEAF);
    to->delta.updated[to->delta.n_updated++] = p->sender;
    return ERR_OK;
}

static enum err apply_remove(struct group *g, const struct proposal *p)
{
    struct group_slot *to = g->work;
    TRY_RULE(g, tree_remove(to->tree, p->removed), RULE_PROPOSAL_LIST);
    to->delta.removed[to->delta.n_removed++] = p->removed;
    return ERR_OK;
}

static enum err apply_add(struct group *g, const struct proposal *p)
{
    struct group_slot *to = g->work;
    struct reader r = reader_of(p->body);
    struct key_package package;
    uint32_t leaf = NODE_NONE;
    key_package_parse(&r, &package);
    TRY(group_check_leaf(g, &package.leaf, NODE_NONE));
    TRY_RULE(g, tree_add(to->tree, package.leaf.raw, &leaf), RULE_KEY_PACKAGE);
    to->delta.added[to->delta.n_added++] = leaf;
    return ERR_OK;
}

static enum err apply_psk(struct group *g, const struct proposal *p)
{
    struct group_delta *d = &g->work->delta;
    REFUSE_UNLESS(g, d->n_psks < GROUP_PSKS, RULE_SPACE, ERR_LIMIT);
    d->psk[d->n_psks++] = p->body;
    return ERR_OK;
}

static enum err apply_one(struct group *g, const struct proposal *p)
{
    switch (p->type) {
    case PROPOSAL_EXTENSIONS:
        return apply_extensions(g, p);
    case PROPOSAL_UPDATE:
        return apply_update(g, p);
    case PROPOSAL_REMOVE:
        return apply_remove(g, p);
    case PROPOSAL_ADD:
        return apply_add(g, p);
    case PROPOSAL_PSK:
        return apply_psk(g, p);
    case PROPOSAL_REINIT:
    case PROPOSAL_EXTERNAL_INIT:
        break; /* never past proposal_list_check */
    }
    return group_refuse(g, RULE_PROPOSAL_LIST, ERR_UNSUPPORTED);
}

static void start_work(struct group *g)
{
    struct group_slot *to = g->work;
    struct group_delta *d = &to->delta;
    tree_copy(to->tree, g->now->tree);
    to->keys = g->now->keys;
    to->context = g->now->context;
    d->n_added = d->n_removed = d->n_updated = d->n_psks = 0;
    d->new_extensions = false;
}

enum err group_apply(struct group *g, uint32_t committer, bool has_path)
{
    static const enum proposal_type order[] = {PROPOSAL_EXTENSIONS, PROPOSAL_UPDATE,
                                               PROPOSAL_REMOVE, PROPOSAL_ADD, PROPOSAL_PSK};
    enum mls_rule rule = proposal_list_check(g->list, g->n_list, committer);
    REFUSE_UNLESS(g, rule == RULE_NONE, rule, ERR_FORBIDDEN);
    bool enough = has_path || !proposal_list_needs_path(g->list, g->n_list);
    REFUSE_UNLESS(g, enough, RULE_PATH, ERR_MALFORMED);
    for (uint32_t i = 0; i < g->n_list; i++) {
        if (!g->list[i].checked)
            TRY(group_check_proposal(g, &g->list[i], g->now_s));
    }
    start_work(g);
    for (size_t kind = 0; kind < sizeof order / sizeof order[0]; kind++) {
        for (uint32_t i = 0; i < g->n_list; i++) {
            if (g->list[i].type == order[kind])
                TRY(apply_one(g, &g->list[i]));
        }
    }
    bool fits = !g->work->delta.new_extensions ||
                context_fits_all(context_extensions(&g->work->context), g->work->tree);
    REFUSE_UNLESS(g, fits, RULE_EXTENSIONS, ERR_UNSUPPORTED);
    treekem_prune(g->work->tree, &g->work->keys);
    return ERR_OK;
}

enum err group_check_path_leaf(struct group *g, uint32_t committer, struct span path)
{
    struct reader r = reader_of(path);
    struct leaf leaf;
    leaf_parse(&r, &leaf);
    REFUSE_UNLESS(g, reader_ok(&r), RULE_PATH, ERR_MALFORMED);
    REFUSE_UNLESS(g, leaf.source == LEAF_COMMIT, RULE_PATH, ERR_MALFORMED);
    return group_check_leaf(g, &leaf, committer);
}

void group_note_path(struct group *g, uint32_t committer)
{
    struct group_delta *d = &g->work->delta;
    d->updated[d->n_updated++] = committer;
}

void group_psk_names(const struct group *g, struct span *out)
{
    const struct group_delta *d = &g->work->delta;
    for (uint32_t i = 0; i < d->n_psks; i++) {
        struct reader r = reader_of(d->psk[i]);
        struct psk_id id;
        psk_id_parse(&r, &id);
        out[i] = id.type == PSK_EXTERNAL ? id.id : span_of(NULL, 0);
    }
}

enum err group_ask(struct group *g, uint32_t committer)
{
    const struct group_delta *d = &g->work->delta;
    struct span psk_ids[GROUP_PSKS];
    if (!g->config.hooks.check)
        return ERR_OK;
    group_psk_names(g, psk_ids);
    struct group_change change = {
        .committer = committer,
        .before = g->now->tree,
        .after = g->work->tree,
        .n_added = d->n_added,
        .n_removed = d->n_removed,
        .n_updated = d->n_updated,
        .added = d->added,
        .removed = d->removed,
        .updated = d->updated,
        .n_psks = d->n_psks,
        .psk_ids = psk_ids,
        .new_extensions = d->new_extensions,
        .extensions_before = context_extensions(&g->now->context),
        .extensions_after = context_extensions(&g->work->context),
    };
    enum mls_rule rule = g->config.hooks.check(g->config.hooks.ctx, &change);
    REFUSE_UNLESS(g, rule == RULE_NONE, rule, ERR_FORBIDDEN);
    return ERR_OK;
}
