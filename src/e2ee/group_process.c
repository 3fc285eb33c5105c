/* Messages of others (RFC 9420 sections 6 and 12.4.2). Read from the bottom: a message is public or
 * private, its content a proposal, a commit or application data. A commit is tried in `work`. */
#include "e2ee/group_inside.h"

/* ---- commits (12.4.2) ---- */

struct incoming {
    const struct framed *m;
    struct writer room; /* free scratch */
    bool has_path;
    struct span path;
};

static enum err resolve(struct group *g, struct reader *r, struct proposal *p)
{
    uint8_t kind = reader_u8(r);
    if (kind == 1) {
        proposal_parse(r, p);
        return ERR_OK;
    }
    struct span ref = codec_vector(r);
    REFUSE_UNLESS(g, reader_ok(r) && kind == 2, RULE_FORM, ERR_MALFORMED);
    const struct group_cached *c = group_find_cached(g, ref);
    REFUSE_UNLESS(g, c, RULE_PROPOSAL_UNKNOWN, ERR_NOT_FOUND);
    *p = c->proposal;
    return ERR_OK;
}

/* struct { ProposalOrRef proposals<V>; optional<UpdatePath> path; } Commit */
static enum err parse_commit(struct group *g, struct incoming *in)
{
    struct reader r = reader_of(in->m->content), list = codec_inner(&r);
    g->n_list = 0;
    while (reader_left(&list) > 0) {
        struct proposal *p = &g->list[g->n_list];
        REFUSE_UNLESS(g, g->n_list < GROUP_PROPOSALS, RULE_SPACE, ERR_LIMIT);
        TRY(resolve(g, &list, p));
        REFUSE_UNLESS(g, reader_ok(&list), RULE_FORM, ERR_MALFORMED);
        if (!p->checked) /* by value: the committer's own */
            p->sender = in->m->leaf;
        g->n_list++;
    }
    in->has_path = codec_optional(&r);
    in->path = span_of(r.at, reader_left(&r));
    bool good = reader_ok(&r) && reader_ok(&list) && (in->has_path || in->path.len == 0);
    REFUSE_UNLESS(g, good, RULE_FORM, ERR_MALFORMED);
    return ERR_OK;
}

static bool removes(const struct group_delta *d, uint32_t leaf)
{
    for (uint32_t i = 0; i < d->n_removed; i++) {
        if (d->removed[i] == leaf)
            return true;
    }
    return false;
}

/* The path's public part into work's tree. */
static enum err take_path(struct group *g, const struct incoming *in)
{
    if (!in->has_path)
        return ERR_OK;
    TRY(group_check_path_leaf(g, in->m->leaf, in->path));
    TRY_RULE(g, treekem_merge(g->work->tree, in->m->leaf, context_id(&g->now->context), in->path),
             RULE_PATH);
    group_note_path(g, in->m->leaf);
    return ERR_OK;
}

static enum err open_path(struct group *g, const struct incoming *in, uint8_t secret[SUITE_HASH])
{
    const struct group_delta *d = &g->work->delta;
    struct treekem_seal seal = {context_raw(&g->work->context), d->added, d->n_added,
                                &g->config.random};
    if (!in->has_path)
        return ERR_OK;
    TRY_RULE(g,
             treekem_open(g->work->tree, &g->work->keys,
                          (struct treekem_from){in->m->leaf, in->path}, &seal, secret),
             RULE_PATH);
    return ERR_OK;
}

static enum err stage_commit(struct group *g, struct incoming *in, bool *removed)
{
    uint8_t secret[SUITE_HASH];
    uint32_t committer = in->m->leaf;
    REFUSE_UNLESS(g, committer != g->now->keys.leaf, RULE_SENDER, ERR_STATE);
    REFUSE_UNLESS(g, in->m->confirmation_tag.len == SUITE_HASH, RULE_CONFIRMATION_TAG, ERR_AUTH);
    TRY(parse_commit(g, in));
    TRY(group_apply(g, committer, in->has_path));
    TRY(take_path(g, in));
    TRY(group_ask(g, committer));
    *removed = removes(&g->work->delta, g->now->keys.leaf);
    if (*removed) /* no key of the new epoch is for us, its tag cannot be checked */
        return ERR_OK;
    TRY(group_provisional(g));
    TRY(open_path(g, in, secret));
    enum err e = group_schedule(g, in->m, in->has_path ? secret : NULL, in->room);
    suite_wipe(secret, sizeof secret);
    TRY(e);
    bool same = suite_equal(in->m->confirmation_tag.ptr, g->work->tag, SUITE_HASH);
    REFUSE_UNLESS(g, same, RULE_CONFIRMATION_TAG, ERR_AUTH);
    return ERR_OK;
}

static void tell_delta(const struct group_delta *d, struct group_result *out)
{
    out->n_added = d->n_added;
    out->n_removed = d->n_removed;
    out->added = d->added;
    out->removed = d->removed;
}

static enum err process_commit(struct group *g, struct incoming *in, struct group_result *out)
{
    bool removed = false;
    enum err e = stage_commit(g, in, &removed);
    if (e != ERR_OK) {
        group_wipe_slot(g->work);
        return e;
    }
    if (removed) {
        tell_delta(&g->work->delta, out);
        out->event = GROUP_REMOVED;
        group_wipe_epochs(g);
        return ERR_OK;
    }
    group_enter(g, &g->work);
    tell_delta(&g->now->delta, out);
    out->event = GROUP_COMMITTED;
    return ERR_OK;
}

static enum err process_handshake(struct group *g, struct incoming *in, struct group_result *out)
{
    if (in->m->type == CONTENT_COMMIT)
        return process_commit(g, in, out);
    TRY(group_cache(g, in->m, NULL, in->room));
    out->event = GROUP_PROPOSAL_CACHED;
    return ERR_OK;
}

/* ---- messages ---- */

static enum err signer_now(struct group *g, uint32_t leaf, uint8_t key[SUITE_SIGN_PUBLIC])
{
    struct leaf sender;
    bool there =
        tree_leaf(g->now->tree, leaf, &sender) && sender.signature_key.len == SUITE_SIGN_PUBLIC;
    REFUSE_UNLESS(g, there, RULE_SENDER, ERR_AUTH);
    memcpy(key, sender.signature_key.ptr, SUITE_SIGN_PUBLIC);
    return ERR_OK;
}

static enum err process_public(struct group *g, struct span body, struct group_result *out)
{
    struct framing f = group_framing(g, g->now);
    uint8_t key[SUITE_SIGN_PUBLIC];
    struct span membership_tag;
    struct framed m;
    TRY_RULE(g, public_parse(body, &m, &membership_tag), RULE_FORM);
    REFUSE_UNLESS(g, span_equal(m.group_id, group_id(g)), RULE_GROUP, ERR_NOT_FOUND);
    REFUSE_UNLESS(g, m.epoch == g->now->context.epoch, RULE_EPOCH, ERR_STATE);
    REFUSE_UNLESS(g, m.sender == SENDER_MEMBER, RULE_EXTERNAL, ERR_FORBIDDEN);
    REFUSE_UNLESS(g, m.type != CONTENT_APPLICATION, RULE_FORM, ERR_MALFORMED);
    TRY(signer_now(g, m.leaf, key));
    f.room = group_scratch(g);
    TRY_RULE(g, public_verify_tag(&f, &m, membership_tag), RULE_MEMBERSHIP_TAG);
    TRY_RULE(g, framed_verify(&f, &m, span_of(key, sizeof key)), RULE_SIGNATURE);
    out->sender = m.leaf;
    out->epoch = m.epoch;
    out->authenticated_data = m.authenticated_data;
    struct incoming in = {.m = &m, .room = group_scratch(g)};
    return process_handshake(g, &in, out);
}

static enum mls_rule content_rule(enum err e)
{
    switch ((int)e) {
    case ERR_REPLAY:
        return RULE_REPLAYED;
    case ERR_NOT_FOUND:
        return RULE_SENDER;
    case ERR_MALFORMED:
    case ERR_SHORT:
        return RULE_FORM;
    default:
        return RULE_CONTENT_KEY;
    }
}

struct private_epoch {
    struct framing f;
    bool previous;
};

static enum err private_keys(struct group *g, const struct private_head *h,
                             struct private_epoch *out)
{
    const struct group_previous *p = &g->previous;
    out->f = group_framing(g, g->now);
    out->previous = false;
    if (h->epoch == g->now->context.epoch)
        return ERR_OK;
    bool late = p->held && g->old_ratchets && h->epoch == p->context.epoch;
    REFUSE_UNLESS(g, late && h->type == CONTENT_APPLICATION, RULE_EPOCH, ERR_STATE);
    out->previous = true;
    out->f.context = context_raw(&p->context);
    out->f.secrets = &p->secrets;
    out->f.ratchets = g->old_ratchets;
    return ERR_OK;
}

static enum err private_signer(struct group *g, bool previous, uint32_t leaf,
                               uint8_t key[SUITE_SIGN_PUBLIC])
{
    if (!previous)
        return signer_now(g, leaf, key);
    REFUSE_UNLESS(g, group_previous_signer(g, leaf, key), RULE_SENDER, ERR_AUTH);
    return ERR_OK;
}

static enum err private_content(struct group *g, const struct framed *m, struct writer room,
                                struct group_result *out)
{
    out->sender = m->leaf;
    out->epoch = m->epoch;
    out->authenticated_data = m->authenticated_data;
    if (m->type != CONTENT_APPLICATION) {
        struct incoming in = {.m = m, .room = room};
        return process_handshake(g, &in, out);
    }
    out->event = GROUP_APPLICATION;
    out->data = m->content;
    return ERR_OK;
}

/* The key of the generation is used up only after everything else about the message was right. */
static enum err process_private(struct group *g, struct span body, struct group_result *out)
{
    struct private_head h;
    struct private_epoch epoch;
    struct framed m;
    uint8_t key[SUITE_SIGN_PUBLIC];
    uint32_t generation = 0;
    TRY_RULE(g, private_parse(body, &h), RULE_FORM);
    REFUSE_UNLESS(g, span_equal(h.group_id, group_id(g)), RULE_GROUP, ERR_NOT_FOUND);
    TRY(private_keys(g, &h, &epoch));
    struct writer room = group_scratch(g);
    uint8_t *plain = writer_reserve(&room, h.ciphertext.len);
    REFUSE_UNLESS(g, plain, RULE_SPACE, ERR_LIMIT);
    enum err e = private_open(&epoch.f, &h, plain, &m, &generation);
    TRY_RULE(g, e, content_rule(e));
    TRY(private_signer(g, epoch.previous, m.leaf, key));
    room.start = room.at;
    epoch.f.room = room;
    TRY_RULE(g, framed_verify(&epoch.f, &m, span_of(key, sizeof key)), RULE_SIGNATURE);
    struct secret_tree *ratchets = epoch.f.ratchets;
    TRY(private_content(g, &m, room, out));
    enum secret_kind kind = m.type == CONTENT_APPLICATION ? SECRET_APPLICATION : SECRET_HANDSHAKE;
    if (ratchets == g->ratchets || ratchets == g->old_ratchets)
        secret_used(ratchets, m.leaf, kind, generation);
    return ERR_OK;
}

bool group_is_own_commit(const struct group *g, struct span message)
{
    uint8_t hash[SUITE_HASH];
    if (!g->has_pending)
        return false;
    suite_hash(g->config.suite, message, hash);
    return suite_equal(hash, g->pending->commit_hash, SUITE_HASH);
}

enum err group_process(struct group *g, struct span message, struct group_result *out)
{
    struct group_result result = {0};
    struct mls_message m;
    enum err e;
    REFUSE_UNLESS(g, g->active, RULE_GROUP, ERR_STATE);
    if (group_is_own_commit(g, message)) {
        result.sender = group_own_leaf(g);
        result.epoch = group_epoch(g);
        result.event = GROUP_COMMITTED;
        TRY(group_merge(g));
        tell_delta(&g->now->delta, &result);
        *out = result;
        return ERR_OK;
    }
    TRY_RULE(g, mls_message_parse(message, &m), RULE_FORM);
    switch (m.wire) {
    case WIRE_PUBLIC:
        e = process_public(g, m.body, &result);
        break;
    case WIRE_PRIVATE:
        e = process_private(g, m.body, &result);
        break;
    case WIRE_WELCOME:
    case WIRE_GROUP_INFO:
    case WIRE_KEY_PACKAGE:
    default:
        return group_refuse(g, RULE_FORM, ERR_UNSUPPORTED);
    }
    if (e == ERR_OK)
        *out = result;
    return e;
}
