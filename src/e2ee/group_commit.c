/* One's own commit and its Welcome (RFC 9420 sections 12.4.1 and 12.4.3.1), staged in `work`, kept
 * in `pending`.
 *
 * Scratch while a commit is made: proposals | Commit | transcript input; then proposals |
 * GroupInfo. */
#include "e2ee/group_info.h"
#include "e2ee/group_inside.h"
#include "e2ee/welcome.h"

/* ---- which proposals ---- */

/* Section 12.2 would refuse some of the cached ones beside the others: Removes win over Updates,
 * the latest Update wins, nobody commits an Update or Remove of themselves. */
static bool replaces(const struct proposal *later, const struct proposal *p)
{
    bool update = p->type == PROPOSAL_UPDATE;
    if (later->type == PROPOSAL_REMOVE)
        return (update && later->removed == p->sender) ||
               (p->type == PROPOSAL_REMOVE && later->removed == p->removed);
    if (later->type == PROPOSAL_UPDATE)
        return update && later->sender == p->sender;
    return later->type == PROPOSAL_EXTENSIONS && p->type == PROPOSAL_EXTENSIONS;
}

static bool planned_remove(const struct group_plan *plan, uint32_t leaf)
{
    for (uint32_t i = 0; i < plan->n_remove; i++) {
        if (plan->remove[i] == leaf)
            return true;
    }
    return false;
}

static bool wanted(const struct group *g, const struct group_plan *plan, uint32_t i)
{
    const struct proposal *p = &g->cached[i].proposal;
    uint32_t own = g->now->keys.leaf;
    uint32_t leaf = p->type == PROPOSAL_UPDATE ? p->sender : p->removed;
    bool touches = p->type == PROPOSAL_UPDATE || p->type == PROPOSAL_REMOVE;
    if (touches && (leaf == own || planned_remove(plan, leaf)))
        return false;
    if (p->type == PROPOSAL_EXTENSIONS && plan->set_extensions)
        return false;
    for (uint32_t j = 0; j < g->n_cached; j++) {
        const struct proposal *q = &g->cached[j].proposal;
        bool stronger = q->type == PROPOSAL_REMOVE && p->type == PROPOSAL_UPDATE;
        if (j != i && (j > i || stronger) && replaces(q, p))
            return false;
    }
    return true;
}

static enum err take_cached(struct group *g, const struct group_plan *plan, struct writer *refs)
{
    for (uint32_t i = 0; plan->cached && i < g->n_cached; i++) {
        if (!wanted(g, plan, i))
            continue;
        g->list[g->n_list++] = g->cached[i].proposal;
        writer_u8(refs, 2);
        codec_write_vector(refs, span_of(g->cached[i].ref, SUITE_HASH));
    }
    REFUSE_UNLESS(g, writer_ok(refs), RULE_SPACE, ERR_LIMIT);
    return ERR_OK;
}

/* What was written since `start` is one Proposal: into the list with it. */
static enum err list_written(struct group *g, struct writer *w, size_t start)
{
    REFUSE_UNLESS(g, writer_ok(w) && g->n_list < GROUP_PROPOSALS, RULE_SPACE, ERR_LIMIT);
    struct reader r = reader_of(span_of(w->start + start, writer_len(w) - start));
    struct proposal *p = &g->list[g->n_list];
    proposal_parse(&r, p);
    REFUSE_UNLESS(g, reader_ok(&r) && reader_left(&r) == 0, RULE_PROPOSAL_LIST, ERR_MALFORMED);
    p->sender = g->now->keys.leaf;
    TRY(group_check_proposal(g, p, g->now_s));
    p->checked = true;
    g->n_list++;
    return ERR_OK;
}

static size_t begin_inline(struct writer *w, enum proposal_type type)
{
    writer_u8(w, 1); /* ProposalOrRef: by value */
    size_t start = writer_len(w);
    writer_u16(w, (uint16_t)type);
    return start;
}

static enum err write_inline(struct group *g, const struct group_plan *plan, struct writer *w)
{
    uint8_t nonce[SUITE_HASH];
    size_t start;
    if (plan->set_extensions) {
        start = begin_inline(w, PROPOSAL_EXTENSIONS);
        codec_write_vector(w, plan->extensions);
        TRY(list_written(g, w, start));
    }
    for (uint32_t i = 0; i < plan->n_remove; i++) {
        start = begin_inline(w, PROPOSAL_REMOVE);
        writer_u32(w, plan->remove[i]);
        TRY(list_written(g, w, start));
    }
    for (uint32_t i = 0; i < plan->n_add; i++) {
        start = begin_inline(w, PROPOSAL_ADD);
        writer_bytes(w, plan->add[i]);
        TRY(list_written(g, w, start));
    }
    for (uint32_t i = 0; i < plan->n_psk; i++) {
        g->config.random.fill(g->config.random.ctx, nonce, sizeof nonce);
        start = begin_inline(w, PROPOSAL_PSK);
        psk_id_write(w, plan->psk[i], nonce);
        TRY(list_written(g, w, start));
    }
    return ERR_OK;
}

/* ---- the commit ---- */

struct making {
    const struct group_plan *plan;
    struct span proposals; /* ProposalOrRefs in a row, in scratch */
    struct writer behind;  /* scratch behind them */
    struct writer room;    /* what is free of it */
    bool has_path;
    struct treekem_path path;
};

static struct writer rest_of(struct writer w)
{
    w.start = w.at;
    return w;
}

static enum err gather(struct group *g, struct making *make)
{
    struct writer w = group_scratch(g);
    const struct group_plan *plan = make->plan;
    bool small = plan->n_add <= GROUP_BATCH && plan->n_remove <= GROUP_BATCH;
    REFUSE_UNLESS(g, small, RULE_SPACE, ERR_LIMIT);
    g->n_list = 0;
    TRY(take_cached(g, plan, &w));
    TRY(write_inline(g, plan, &w));
    make->proposals = writer_span(&w);
    make->behind = make->room = rest_of(w);
    make->has_path =
        plan->path || plan->set_leaf_extensions || proposal_list_needs_path(g->list, g->n_list);
    return ERR_OK;
}

static enum err renew_path(struct group *g, struct making *make)
{
    struct leaf_make leaf;
    if (!make->has_path)
        return ERR_OK;
    TRY_RULE(g, group_leaf_make(g, &leaf), RULE_LEAF);
    leaf.source = LEAF_COMMIT;
    if (make->plan->set_leaf_extensions)
        leaf.extensions = make->plan->leaf_extensions;
    TRY_RULE(g, treekem_renew(g->work->tree, &g->work->keys, &leaf, &g->config.random, &make->path),
             RULE_PATH);
    group_note_path(g, g->now->keys.leaf);
    return ERR_OK;
}

static enum err write_content(struct group *g, struct making *make, struct span *content)
{
    struct writer w = make->room;
    const struct group_delta *d = &g->work->delta;
    struct treekem_seal seal = {context_raw(&g->work->context), d->added, d->n_added,
                                &g->config.random};
    codec_write_vector(&w, make->proposals);
    writer_u8(&w, make->has_path);
    if (make->has_path)
        TRY_RULE(g, treekem_seal(g->work->tree, &g->work->keys, &make->path, &seal, &w), RULE_PATH);
    REFUSE_UNLESS(g, writer_ok(&w), RULE_SPACE, ERR_LIMIT);
    *content = writer_span(&w);
    make->room = rest_of(w);
    return ERR_OK;
}

static enum err write_commit(struct group *g, struct making *make, struct writer *out)
{
    struct framing f = group_framing(g, g->now);
    uint8_t signature[SUITE_SIGNATURE];
    struct framed m = {
        .group_id = group_id(g),
        .epoch = g->now->context.epoch,
        .sender = SENDER_MEMBER,
        .leaf = g->now->keys.leaf,
        .type = CONTENT_COMMIT,
        .wire = WIRE_PUBLIC,
    };
    TRY(write_content(g, make, &m.content));
    f.room = make->room;
    TRY_RULE(g, framed_sign(&f, &m, g->signature_secret, signature), RULE_FORM);
    m.signature = span_of(signature, sizeof signature);
    TRY(group_schedule(g, &m, make->has_path ? make->path.commit : NULL, make->room));
    m.confirmation_tag = span_of(g->work->tag, SUITE_HASH);
    size_t start = writer_len(out);
    TRY_RULE(g, public_write(&f, &m, out), RULE_FORM);
    REFUSE_UNLESS(g, writer_ok(out), RULE_SPACE, ERR_LIMIT);
    suite_hash(g->config.suite, span_of(out->start + start, writer_len(out) - start),
               g->work->commit_hash);
    return ERR_OK;
}

/* ---- the Welcome ---- */

/* GroupInfo into scratch, then sealed into the writer as encrypted_group_info<V>. */
static enum err seal_info(struct group *g, struct writer plain, struct writer *w,
                          struct span *sealed)
{
    const struct suite *s = g->config.suite;
    struct group_slot *to = g->work;
    struct group_info_make make = {&to->context, to->tree, to->tag, to->keys.leaf,
                                   g->signature_secret};
    struct welcome_key key;
    uint8_t head[4];
    TRY_RULE(g, group_info_write(s, &make, &plain), RULE_WELCOME);
    size_t len = writer_len(&plain) + SUITE_TAG;
    writer_bytes(w, span_of(head, codec_put_header(head, len)));
    uint8_t *at = writer_reserve(w, len);
    REFUSE_UNLESS(g, at, RULE_SPACE, ERR_LIMIT);
    enum err e = welcome_key_derive(s, to->secrets.welcome, &key);
    if (e == ERR_OK)
        e = s->aead_seal(key.key, key.nonce, span_of(NULL, 0), writer_span(&plain), at);
    suite_wipe(&key, sizeof key);
    TRY_RULE(g, e, RULE_WELCOME);
    *sealed = span_of(at, len);
    return ERR_OK;
}

/* The n-th Add of the list is the n-th added leaf. */
static enum err seal_newcomer(struct group *g, const struct proposal *add, struct span secrets,
                              struct writer *w, const uint8_t info_hash[SUITE_HASH])
{
    const struct suite *s = g->config.suite;
    struct reader r = reader_of(add->body);
    struct key_package package;
    uint8_t ref[SUITE_HASH];
    key_package_parse(&r, &package);
    TRY_RULE(g, key_package_ref(s, package.raw, ref), RULE_KEY_PACKAGE);
    struct welcome_seal to = {span_of(ref, sizeof ref), package.init_key, info_hash,
                              &g->config.random};
    TRY_RULE(g, welcome_seal_entry(s, &to, secrets, w), RULE_WELCOME);
    return ERR_OK;
}

struct welcoming {
    const struct making *make;
    struct span psks; /* PreSharedKeyIDs in a row */
    uint8_t info_hash[SUITE_HASH];
};

static enum err seal_secrets(struct group *g, const struct welcoming *with, struct writer *w)
{
    const struct group_delta *d = &g->work->delta;
    uint8_t plain[GROUP_SECRETS_MAX];
    enum err e = ERR_OK;
    for (uint32_t i = 0, n = 0; i < g->n_list && n < d->n_added && e == ERR_OK; i++) {
        if (g->list[i].type != PROPOSAL_ADD)
            continue;
        const uint8_t *path = NULL;
        if (with->make->has_path)
            path = treekem_secret_for(&with->make->path, g->work->tree, d->added[n]);
        struct group_secrets secrets = {span_of(g->work->secrets.joiner, SUITE_HASH), path != NULL,
                                        span_of(path, SUITE_HASH), with->psks};
        struct writer one = writer_of(plain, sizeof plain);
        group_secrets_write(&secrets, &one);
        e = writer_ok(&one) ? seal_newcomer(g, &g->list[i], writer_span(&one), w, with->info_hash)
                            : group_refuse(g, RULE_SPACE, ERR_LIMIT);
        n++;
    }
    suite_wipe(plain, sizeof plain);
    return e;
}

/* Bytes of all EncryptedGroupSecrets: with a path every newcomer gets a path secret, the common
 * ancestor being on the committer's filtered path by having the newcomer below it. */
static size_t secrets_size(const struct group *g, const struct welcoming *with)
{
    const struct group_delta *d = &g->work->delta;
    size_t vector = codec_header(SUITE_HASH) + SUITE_HASH;
    size_t each = vector + 1 + (with->make->has_path ? vector : 0) + codec_header(with->psks.len) +
                  with->psks.len;
    return d->n_added * welcome_entry_size(g->config.suite, each);
}

/* The PreSharedKeyIDs of the commit in a row. */
static enum err copy_psks(struct group *g, struct writer *w)
{
    const struct group_delta *d = &g->work->delta;
    for (uint32_t i = 0; i < d->n_psks; i++)
        writer_bytes(w, d->psk[i]);
    REFUSE_UNLESS(g, writer_ok(w), RULE_SPACE, ERR_LIMIT);
    return ERR_OK;
}

/* The secrets stand before the GroupInfo, but are bound to its ciphertext: their place is kept. */
static enum err write_welcome(struct group *g, const struct making *make, struct writer *w)
{
    uint8_t psks[GROUP_SECRETS_MAX], head[4];
    struct writer ids = writer_of(psks, sizeof psks);
    struct span info;
    TRY(copy_psks(g, &ids));
    struct welcoming with = {.make = make, .psks = writer_span(&ids)};
    size_t size = secrets_size(g, &with);
    mls_message_head(w, WIRE_WELCOME);
    writer_u16(w, g->config.suite->id);
    writer_bytes(w, span_of(head, codec_put_header(head, size)));
    uint8_t *place = writer_reserve(w, size);
    REFUSE_UNLESS(g, place, RULE_SPACE, ERR_LIMIT);
    TRY(seal_info(g, make->behind, w, &info));
    welcome_info_hash(g->config.suite, info, with.info_hash);
    struct writer inside = writer_of(place, size);
    TRY(seal_secrets(g, &with, &inside));
    bool exact = writer_ok(&inside) && writer_len(&inside) == size;
    REFUSE_UNLESS(g, exact, RULE_WELCOME, ERR_STATE);
    return ERR_OK;
}

/* ---- together ---- */

static enum err stage_own(struct group *g, struct making *make, struct writer *commit,
                          struct writer *welcome)
{
    uint32_t own = g->now->keys.leaf;
    TRY(gather(g, make));
    TRY(group_apply(g, own, make->has_path));
    TRY(renew_path(g, make));
    TRY(group_ask(g, own));
    TRY(group_provisional(g));
    TRY(write_commit(g, make, commit));
    if (g->work->delta.n_added > 0)
        TRY(write_welcome(g, make, welcome));
    return ERR_OK;
}

enum err group_commit(struct group *g, const struct group_plan *plan, struct writer *commit,
                      struct writer *welcome)
{
    REFUSE_UNLESS(g, g->active, RULE_GROUP, ERR_STATE);
    struct making make = {.plan = plan};
    struct writer c = *commit, w = *welcome;
    uint64_t usual = g->now_s;
    g->now_s = plan->now_s;
    enum err e = stage_own(g, &make, &c, &w);
    g->now_s = usual;
    suite_wipe(&make.path, sizeof make.path);
    if (e != ERR_OK) {
        group_wipe_slot(g->work);
        return e;
    }
    struct group_slot *slot = g->pending;
    g->pending = g->work;
    g->work = slot;
    group_wipe_slot(g->work);
    g->has_pending = true;
    *commit = c;
    *welcome = w;
    return ERR_OK;
}

enum err group_merge(struct group *g)
{
    REFUSE_UNLESS(g, g->has_pending, RULE_GROUP, ERR_STATE);
    group_enter(g, &g->pending);
    return ERR_OK;
}

void group_drop(struct group *g)
{
    group_wipe_slot(g->pending);
    g->has_pending = false;
}
