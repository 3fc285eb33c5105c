/* The policy that we want, and who signs it: the host's client all of it, an administrator whom the
 * host's policy names the flags alone.
 * knows: what the person changed and is not in force yet. knows not: when it is committed
 * (session_commit.c), who may give which role (the server's). owns: nothing; the state is struct
 * e2ee's. */
#include "e2ee/session.h"

#include "e2ee/codec.h"

static uint8_t wanted_flags(const struct e2ee *e)
{
    const struct want *w = &e->want;
    return (uint8_t)((e->policy.flags & ~w->policy_mask) | (w->policy_flags & w->policy_mask));
}

/* ---- the list of administrators ---- */

/* The place of a device among the wishes, n_admin for none. */
static uint8_t wish_of(const struct want *w, struct span device)
{
    uint8_t i = 0;
    while (i < w->n_admin && !span_equal(device, span_of(w->admin[i].device, SUITE_SIGN_PUBLIC)))
        i++;
    return i;
}

static void drop_wish(struct want *w, uint8_t i)
{
    w->admin[i] = w->admin[--w->n_admin];
}

static bool is_here(const struct e2ee *e, struct span device)
{
    return roster_find_device(&e->roster, device.ptr) != NODE_NONE;
}

/* Those of the list who stay. When it is full, who is not here makes room. */
static void keep_admins(const struct e2ee *e, bool here_only, struct writer *w)
{
    struct reader r = reader_of(e->policy.admins);
    while (reader_left(&r) > 0) {
        struct span device = codec_vector(&r);
        uint8_t i = wish_of(&e->want, device);
        bool goes = i < e->want.n_admin && !e->want.admin[i].on;
        if (!goes && (!here_only || is_here(e, device)))
            codec_write_vector(w, device);
    }
}

static struct span wanted_admins(const struct e2ee *e, bool here_only, struct writer *w)
{
    keep_admins(e, here_only, w);
    for (uint8_t i = 0; i < e->want.n_admin; i++) {
        struct span device = span_of(e->want.admin[i].device, SUITE_SIGN_PUBLIC);
        if (e->want.admin[i].on && !policy_names(&e->policy, device))
            codec_write_vector(w, device);
    }
    return writer_span(w);
}

enum mls_rule session_policy_name(struct e2ee *e, const uint8_t *device, bool on)
{
    struct span key = span_of(device, SUITE_SIGN_PUBLIC);
    uint8_t i = wish_of(&e->want, key);
    if (policy_names(&e->policy, key) == on) {
        if (i < e->want.n_admin)
            drop_wish(&e->want, i);
        return RULE_NONE;
    }
    if (i == POLICY_ADMINS)
        return RULE_SPACE;
    if (i == e->want.n_admin)
        e->want.n_admin++;
    e->want.admin[i].on = on;
    memcpy(e->want.admin[i].device, device, SUITE_SIGN_PUBLIC);
    return RULE_NONE;
}

enum mls_rule session_admin(struct e2ee *e, const struct e2ee_input *in)
{
    if (!e->link.host)
        return RULE_POLICY_CHANGE;
    if (in->a.len != E2EE_PARTICIPANT || !group_active(e->g))
        return RULE_FORM;
    uint32_t leaf = roster_find(&e->roster, in->a.ptr);
    if (leaf == NODE_NONE || leaf == group_own_leaf(e->g))
        return RULE_SENDER;
    enum mls_rule rule = session_policy_name(e, e->roster.person[leaf].profile.device, in->flag);
    if (rule == RULE_NONE)
        session_try_commit(e);
    return rule;
}

/* ---- the flags ---- */

enum mls_rule session_policy(struct e2ee *e, uint32_t flags)
{
    if (!session_me_admin(e))
        return RULE_POLICY_CHANGE;
    if ((flags & ~(uint32_t)(E2EE_WAITING_ROOM | E2EE_LOCKED)) != 0 || !group_active(e->g))
        return RULE_FORM;
    e->want.policy_mask = (uint8_t)(e->want.policy_mask | (flags ^ wanted_flags(e)));
    e->want.policy_flags = (uint8_t)flags;
    session_try_commit(e);
    return RULE_NONE;
}

/* ---- both ---- */

void session_policy_settled(struct e2ee *e)
{
    struct want *w = &e->want;
    if (wanted_flags(e) == e->policy.flags)
        w->policy_mask = 0;
    for (uint8_t i = w->n_admin; i-- > 0;)
        if (policy_names(&e->policy, span_of(w->admin[i].device, SUITE_SIGN_PUBLIC)) ==
            w->admin[i].on)
            drop_wish(w, i);
}

/* Who is no administrator any more has nothing to say. */
bool session_policy_wanted(const struct e2ee *e)
{
    return session_me_admin(e) && (e->want.policy_mask != 0 || e->want.n_admin > 0);
}

void session_policy_forget(struct e2ee *e)
{
    e->want.policy_mask = e->want.n_admin = 0;
}

static enum err write_as_host(struct e2ee *e, struct writer *w)
{
    uint8_t list[2 * POLICY_ADMINS_MAX];
    struct writer all = writer_of(list, sizeof list), here = all;
    struct policy_terms terms = {
        .seq = e->policy.seq + 1, .flags = wanted_flags(e), .max_members = e->policy.max_members};
    terms.admins = wanted_admins(e, false, &all);
    if (terms.admins.len > POLICY_ADMINS_MAX)
        terms.admins = wanted_admins(e, true, &here);
    if (terms.admins.len > POLICY_ADMINS_MAX)
        return ERR_LIMIT;
    return policy_write(&terms, e->link.meeting, e->host_secret_key, w);
}

static enum err write_as_named(struct e2ee *e, struct writer *w)
{
    struct policy_turn turn = {
        .of = &e->policy, .flags = wanted_flags(e), .leaf_secret_key = e->sign_secret};
    turn.by = (struct policy_turner){.device = span_of(e->self.device, sizeof e->self.device),
                                     .group_id = group_id(e->g),
                                     .leaf_key = span_of(e->sign_public, sizeof e->sign_public),
                                     .device_signature =
                                         span_of(e->device_signature, sizeof e->device_signature),
                                     .expires_s = e->self.expires_s};
    return policy_turn_write(&turn, e->link.meeting, w);
}

enum err session_policy_write(struct e2ee *e, struct writer *w)
{
    uint8_t text[POLICY_MAX];
    struct writer p = writer_of(text, sizeof text);
    TRY(e->link.host ? write_as_host(e, &p) : write_as_named(e, &p));
    policy_context_write(writer_span(&p), w);
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}
