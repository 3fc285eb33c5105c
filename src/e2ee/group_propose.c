/* Proposals by reference (RFC 9420 section 12.1), those of others and one's own, and application
 * messages (15). The cache lives as long as the epoch. */
#include "e2ee/group_inside.h"

/* ---- the cache of this epoch's proposals ---- */

#define PROPOSAL_REF "MLS 1.0 Proposal Reference" /* RFC 9420 section 5.2 */

const struct group_cached *group_find_cached(const struct group *g, struct span ref)
{
    for (uint32_t i = 0; i < g->n_cached; i++) {
        if (span_equal(span_of(g->cached[i].ref, SUITE_HASH), ref))
            return &g->cached[i];
    }
    return NULL;
}

/* Hash of the AuthenticatedContent; for a proposal that is what the transcript's input is, too. */
static enum err proposal_ref(struct group *g, const struct framed *m, struct writer room,
                             uint8_t ref[SUITE_HASH])
{
    TRY_RULE(g, framed_transcript_input(m, &room), RULE_FORM);
    REFUSE_UNLESS(g, writer_ok(&room), RULE_SPACE, ERR_LIMIT);
    return suite_ref_hash(g->config.suite, PROPOSAL_REF, writer_span(&room), ref);
}

static enum err parse_proposal(struct group *g, struct span content, struct proposal *out)
{
    struct reader r = reader_of(content);
    proposal_parse(&r, out);
    REFUSE_UNLESS(g, reader_ok(&r) && reader_left(&r) == 0, RULE_FORM, ERR_MALFORMED);
    return ERR_OK;
}

enum err group_cache(struct group *g, const struct framed *m, const uint8_t *leaf_secret,
                     struct writer room)
{
    struct group_cached *c = &g->cached[g->n_cached];
    uint8_t ref[SUITE_HASH];
    struct proposal p;
    TRY(parse_proposal(g, m->content, &p));
    p.sender = m->leaf;
    TRY(proposal_ref(g, m, room, ref));
    if (group_find_cached(g, span_of(ref, sizeof ref)))
        return ERR_OK;
    bool fits = g->n_cached < GROUP_CACHE && m->content.len <= sizeof g->cache - g->cache_used;
    REFUSE_UNLESS(g, fits, RULE_SPACE, ERR_LIMIT);
    enum mls_rule rule = proposal_list_check(&p, 1, NODE_NONE);
    REFUSE_UNLESS(g, rule == RULE_NONE, rule, ERR_FORBIDDEN);
    TRY(group_check_proposal(g, &p, g->now_s));
    uint8_t *at = g->cache + g->cache_used;
    memcpy(at, m->content.ptr, m->content.len);
    TRY(parse_proposal(g, span_of(at, m->content.len), &c->proposal));
    memcpy(c->ref, ref, sizeof ref);
    c->proposal.sender = m->leaf;
    c->proposal.checked = true;
    if (leaf_secret) {
        memcpy(c->leaf_secret, leaf_secret, sizeof c->leaf_secret);
        c->proposal.leaf_secret = c->leaf_secret;
    }
    g->cache_used += m->content.len;
    g->n_cached++;
    return ERR_OK;
}

/* ---- one's own proposals ---- */

/* content: serialized Proposal at the start of scratch; `room` is what is free behind it. */
static enum err send_proposal(struct group *g, struct span content, const uint8_t *leaf_secret,
                              struct writer *w)
{
    struct writer out = *w, room = group_scratch(g);
    struct framing f = group_framing(g, g->now);
    uint8_t signature[SUITE_SIGNATURE];
    struct framed m = {
        .group_id = group_id(g),
        .epoch = g->now->context.epoch,
        .sender = SENDER_MEMBER,
        .leaf = g->now->keys.leaf,
        .type = CONTENT_PROPOSAL,
        .content = content,
        .wire = WIRE_PUBLIC,
    };
    (void)writer_reserve(&room, content.len);
    room.start = room.at;
    f.room = room;
    TRY_RULE(g, framed_sign(&f, &m, g->signature_secret, signature), RULE_FORM);
    m.signature = span_of(signature, sizeof signature);
    TRY_RULE(g, public_write(&f, &m, &out), RULE_FORM);
    REFUSE_UNLESS(g, writer_ok(&out), RULE_SPACE, ERR_LIMIT);
    TRY(group_cache(g, &m, leaf_secret, room));
    *w = out;
    return ERR_OK;
}

static enum err send_written(struct group *g, const struct writer *content, struct writer *w)
{
    REFUSE_UNLESS(g, writer_ok(content), RULE_SPACE, ERR_LIMIT);
    return send_proposal(g, writer_span(content), NULL, w);
}

enum err group_propose_remove(struct group *g, uint32_t leaf, struct writer *w)
{
    struct writer content = group_scratch(g);
    REFUSE_UNLESS(g, g->active, RULE_GROUP, ERR_STATE);
    writer_u16(&content, PROPOSAL_REMOVE);
    writer_u32(&content, leaf);
    return send_written(g, &content, w);
}

enum err group_propose_psk(struct group *g, struct span psk_id, struct writer *w)
{
    struct writer content = group_scratch(g);
    uint8_t nonce[SUITE_HASH];
    REFUSE_UNLESS(g, g->active, RULE_GROUP, ERR_STATE);
    g->config.random.fill(g->config.random.ctx, nonce, sizeof nonce);
    writer_u16(&content, PROPOSAL_PSK);
    psk_id_write(&content, psk_id, nonce);
    return send_written(g, &content, w);
}

enum err group_propose_add(struct group *g, struct span key_package, struct writer *w)
{
    struct writer content = group_scratch(g);
    REFUSE_UNLESS(g, g->active, RULE_GROUP, ERR_STATE);
    writer_u16(&content, PROPOSAL_ADD);
    writer_bytes(&content, key_package);
    return send_written(g, &content, w);
}

/* A fresh leaf key; its secret waits with the proposal until somebody commits it. */
static enum err propose_update(struct group *g, uint8_t *ikm, uint8_t *secret, struct writer *w)
{
    const struct suite *s = g->config.suite;
    struct writer content = group_scratch(g);
    uint8_t public[SUITE_KEM_PUBLIC_MAX];
    struct leaf_make make;
    TRY_RULE(g, group_leaf_make(g, &make), RULE_LEAF);
    g->config.random.fill(g->config.random.ctx, ikm, SUITE_HASH);
    TRY_RULE(g, s->kem_derive(span_of(ikm, SUITE_HASH), secret, public), RULE_LEAF);
    make.source = LEAF_UPDATE;
    make.encryption_key = span_of(public, s->kem_public);
    writer_u16(&content, PROPOSAL_UPDATE);
    TRY_RULE(g, leaf_write(s, &make, &content), RULE_LEAF);
    REFUSE_UNLESS(g, writer_ok(&content), RULE_SPACE, ERR_LIMIT);
    return send_proposal(g, writer_span(&content), secret, w);
}

enum err group_propose_update(struct group *g, struct writer *w)
{
    uint8_t ikm[SUITE_HASH], secret[SUITE_KEM_SECRET_MAX] = {0};
    REFUSE_UNLESS(g, g->active, RULE_GROUP, ERR_STATE);
    enum err e = propose_update(g, ikm, secret, w);
    suite_wipe(ikm, sizeof ikm);
    suite_wipe(secret, sizeof secret);
    return e;
}

/* ---- application messages ---- */

/* Zero bytes that make length header, data and signature together a multiple of `pad`. */
static uint32_t padding_of(size_t len, uint32_t pad)
{
    size_t inside = codec_header(len) + len + codec_header(SUITE_SIGNATURE) + SUITE_SIGNATURE;
    return pad == 0 ? 0 : (uint32_t)((pad - inside % pad) % pad);
}

enum err group_protect(struct group *g, struct span authenticated_data, struct span data,
                       uint32_t pad, struct writer *w)
{
    REFUSE_UNLESS(g, g->active, RULE_GROUP, ERR_STATE);
    struct writer out = *w;
    struct framing f = group_framing(g, g->now);
    uint8_t signature[SUITE_SIGNATURE];
    struct framed m = {
        .group_id = group_id(g),
        .epoch = g->now->context.epoch,
        .sender = SENDER_MEMBER,
        .leaf = g->now->keys.leaf,
        .authenticated_data = authenticated_data,
        .type = CONTENT_APPLICATION,
        .content = data,
        .wire = WIRE_PRIVATE,
    };
    struct private_make make = {padding_of(data.len, pad), &g->config.random};
    f.room = group_scratch(g);
    TRY_RULE(g, framed_sign(&f, &m, g->signature_secret, signature), RULE_FORM);
    m.signature = span_of(signature, sizeof signature);
    TRY_RULE(g, private_write(&f, &m, &make, &out), RULE_CONTENT_KEY);
    REFUSE_UNLESS(g, writer_ok(&out), RULE_SPACE, ERR_LIMIT);
    *w = out;
    return ERR_OK;
}
