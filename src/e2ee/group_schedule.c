/* From a staged tree to a staged epoch: PSKs, GroupContext, transcript, key schedule (RFC 9420
 * section 8). */
#include "e2ee/group_inside.h"

/* ---- PSKs (8.4) ---- */

/* Of this group only: the epoch now, and for the test vectors some before it. The usages reinit and
 * branch belong to groups that our profile never has. */
static bool resumption_value(const struct group *g, const struct psk_id *id, struct span *value)
{
    const struct group_resumption *r = &g->resumption[id->epoch % GROUP_RESUMPTIONS];
    if (!g->active || id->usage != PSK_APPLICATION ||
        !span_equal(id->id, context_id(&g->now->context)))
        return false;
    if (id->epoch == g->now->context.epoch) {
        *value = span_of(g->now->secrets.resumption, SUITE_HASH);
        return true;
    }
    *value = span_of(r->secret, SUITE_HASH);
    return r->held && r->epoch == id->epoch;
}

static enum err psk_value(const struct group *g, const struct psk_id *id, struct span *value)
{
    const struct group_hooks *h = &g->config.hooks;
    if (id->type == PSK_RESUMPTION)
        return resumption_value(g, id, value) ? ERR_OK : ERR_NOT_FOUND;
    return h->psk ? h->psk(h->ctx, id->id, value) : ERR_NOT_FOUND;
}

enum err group_psk_secret(struct group *g, const struct span *ids, uint32_t n,
                          uint8_t out[SUITE_HASH])
{
    struct psk list[GROUP_PSKS];
    REFUSE_UNLESS(g, n <= GROUP_PSKS, RULE_SPACE, ERR_LIMIT);
    for (uint32_t i = 0; i < n; i++) {
        struct reader r = reader_of(ids[i]);
        struct psk_id id;
        psk_id_parse(&r, &id);
        bool good = reader_ok(&r) && reader_left(&r) == 0 && id.nonce.len == SUITE_HASH;
        REFUSE_UNLESS(g, good, RULE_PSK, ERR_MALFORMED);
        list[i].id = ids[i];
        TRY_RULE(g, psk_value(g, &id, &list[i].value), RULE_PSK);
    }
    TRY_RULE(g, schedule_psk(g->config.suite, list, n, out), RULE_PSK);
    return ERR_OK;
}

/* ---- from the tree to the epoch ---- */

enum err group_provisional(struct group *g)
{
    struct context *c = &g->work->context;
    REFUSE_UNLESS(g, g->now->context.epoch < UINT64_MAX, RULE_EPOCH, ERR_LIMIT);
    c->epoch = g->now->context.epoch + 1;
    TRY_RULE(g, tree_hash(g->work->tree, c->tree_hash), RULE_TREE);
    context_seal(g->config.suite, c);
    return ERR_OK;
}

enum err group_schedule(struct group *g, const struct framed *m, const uint8_t *commit_secret,
                        struct writer room)
{
    const struct suite *s = g->config.suite;
    struct group_slot *to = g->work;
    uint8_t psk[SUITE_HASH];
    TRY_RULE(g, framed_transcript_input(m, &room), RULE_FORM);
    REFUSE_UNLESS(g, writer_ok(&room), RULE_SPACE, ERR_LIMIT);
    transcript_confirmed(s, span_of(g->now->interim, SUITE_HASH), writer_span(&room),
                         to->context.confirmed);
    to->context.confirmed_len = SUITE_HASH;
    context_seal(s, &to->context);
    TRY(group_psk_secret(g, to->delta.psk, to->delta.n_psks, psk));
    enum err e = schedule_next(s,
                               &(struct schedule_inputs){g->now->secrets.init, commit_secret, psk,
                                                         context_raw(&to->context)},
                               &to->secrets);
    suite_wipe(psk, sizeof psk);
    TRY_RULE(g, e, RULE_FORM);
    suite_mac(s, span_of(to->secrets.confirmation, SUITE_HASH), context_confirmed(&to->context),
              to->tag);
    transcript_interim(s, to->context.confirmed, span_of(to->tag, SUITE_HASH), to->interim);
    return ERR_OK;
}
