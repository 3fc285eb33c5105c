/* What every client demands of a commit and of a tree, whoever ordered it.
 * knows: the rules of docs/wire/e2ee.md, one RULE each. knows not: messages, requests.
 * owns: nothing; e->added and e->touched keep what a commit under check changes. */
#include "e2ee/session.h"

#include "base/mutant.h"

enum err session_psk(void *ctx, struct span psk_id, struct span *value)
{
    struct e2ee *e = ctx;
    if (!span_equal(psk_id, span_str("link")))
        return ERR_NOT_FOUND;
    *value = span_of(e->psk, sizeof e->psk);
    return ERR_OK;
}

/* One leaf = one profile that opens and verifies. Whether it has run out is asked of those who come
 * in, by who adds them: later, a clock that is wrong, or somebody who stays long, must not keep
 * others out. */
enum mls_rule session_open_leaf(struct e2ee *e, const struct leaf *leaf, uint64_t now_s,
                                struct person *out)
{
    struct span sealed;
    memset(out, 0, sizeof *out);
    if (leaf->raw.len > LEAF_MAX)
        return RULE_LEAF;
    if (leaf->credential_type != CREDENTIAL_BASIC || leaf->identity.len != E2EE_PARTICIPANT ||
        leaf->signature_key.len != SUITE_SIGN_PUBLIC ||
        !extension_find(leaf->extensions, EXT_PROFILE, &sealed))
        return RULE_PROFILE_FORM;
    struct span group = group_active(e->g) ? group_id(e->g) : span_of(e->target, e->target_len);
    struct profile_place at = session_place(e, group, leaf->signature_key);
    enum mls_rule rule = profile_open(&at, sealed, now_s, &out->profile);
    memcpy(out->participant, leaf->identity.ptr, E2EE_PARTICIPANT);
    memcpy(out->signer, leaf->signature_key.ptr, SUITE_SIGN_PUBLIC);
    return rule;
}

enum mls_rule session_read_policy(const struct e2ee *e, struct span extensions, struct policy *out)
{
    enum mls_rule rule = policy_context_parse(extensions, out);
    return rule != RULE_NONE ? rule : policy_verify(out, e->link.meeting, e->host_public);
}

/* ---- one commit ---- */

struct look {
    struct e2ee *e;
    const struct group_change *c;
    bool admin; /* the committer, before */
};

static bool is_removed(const struct group_change *c, uint32_t leaf)
{
    for (uint32_t i = 0; i < c->n_removed; i++)
        if (c->removed[i] == leaf)
            return true;
    return false;
}

static enum mls_rule psks_are_ours(const struct span *ids, uint32_t n, bool needed)
{
    for (uint32_t i = 0; i < n; i++)
        if (!span_equal(ids[i], span_str("link")))
            return RULE_FOREIGN_PSK;
    return DEFENCE(35, n > 0 || !needed) ? RULE_NONE : RULE_LINK_PSK;
}

static enum mls_rule check_psks(const struct look *l)
{
    return psks_are_ours(l->c->psk_ids, l->c->n_psks, l->c->n_added > 0);
}

static enum mls_rule check_extensions(const struct look *l)
{
    struct policy p;
    if (!l->c->new_extensions)
        return RULE_NONE;
    if (!l->admin)
        return RULE_POLICY_CHANGE;
    enum mls_rule rule = session_read_policy(l->e, l->c->extensions_after, &p);
    if (rule != RULE_NONE)
        return rule;
    return policy_newer(&p, &l->e->policy) ? RULE_NONE : RULE_POLICY_OLD;
}

/* Clashes with people who stay, and among the newcomers. */
static enum mls_rule check_twice(const struct look *l, uint32_t n)
{
    const struct roster *r = &l->e->roster;
    struct added *a = &l->e->added[n];
    for (uint32_t i = 0; i < n; i++) {
        const struct added *b = &l->e->added[i];
        if (memcmp(a->participant, b->participant, E2EE_PARTICIPANT) == 0)
            return RULE_PARTICIPANT_TWICE;
        if (memcmp(a->device, b->device, SUITE_SIGN_PUBLIC) == 0)
            return RULE_DEVICE_TWICE;
    }
    uint32_t participant = roster_find(r, a->participant),
             device = roster_find_device(r, a->device);
    if (participant != NODE_NONE && !is_removed(l->c, participant))
        return RULE_PARTICIPANT_TWICE;
    if (device != NODE_NONE && !is_removed(l->c, device))
        return RULE_DEVICE_TWICE;
    a->replaces = device;
    return RULE_NONE;
}

static enum mls_rule check_added(const struct look *l)
{
    struct e2ee *e = l->e;
    struct person p;
    struct leaf leaf;
    bool anybody_new = false;
    for (e->n_added = 0; e->n_added < l->c->n_added; e->n_added++) {
        if (!tree_leaf(l->c->after, l->c->added[e->n_added], &leaf))
            return RULE_LEAF;
        if (!leaf_check_lease(&leaf, PACKAGE_LIFETIME_MAX_S))
            return RULE_KEY_PACKAGE;
        enum mls_rule rule = session_open_leaf(e, &leaf, 0, &p);
        if (!DEFENCE(35, rule == RULE_NONE))
            return rule;
        struct added *a = &e->added[e->n_added];
        memcpy(a->participant, p.participant, sizeof a->participant);
        memcpy(a->device, p.profile.device, sizeof a->device);
        rule = check_twice(l, e->n_added);
        if (!DEFENCE(35, rule == RULE_NONE))
            return rule;
        anybody_new = anybody_new || a->replaces == NODE_NONE;
    }
    if (anybody_new && (e->policy.flags & E2EE_LOCKED) && !l->admin)
        return RULE_LOCKED;
    if (anybody_new && (e->policy.flags & E2EE_WAITING_ROOM) && !l->admin)
        return RULE_WAITING_ROOM;
    if (e->n_added > 0 && tree_count(l->c->after) > e->policy.max_members)
        return RULE_FULL;
    return RULE_NONE;
}

static bool is_replaced(const struct e2ee *e, uint32_t leaf)
{
    for (uint32_t i = 0; i < e->n_added; i++)
        if (e->added[i].replaces == leaf)
            return true;
    return false;
}

/* While old commits are fetched, whom the server had reported gone then is not known any more:
 * there the rule rests. It guards against members, who cannot write into that log. */
static enum mls_rule check_removed(const struct look *l)
{
    const struct e2ee *e = l->e;
    for (uint32_t i = 0; i < l->c->n_removed && !l->admin; i++) {
        uint32_t leaf = l->c->removed[i];
        const struct person *p = &e->roster.person[leaf];
        bool gone = p->member == 0 || p->gone_once || e->catch_up > group_epoch(e->g);
        if (!gone && !is_replaced(e, leaf))
            return RULE_REMOVE;
    }
    return RULE_NONE;
}

/* The committer and whoever else has a new leaf node stay who they are. */
static enum mls_rule check_same(const struct look *l, uint32_t at)
{
    struct person p;
    struct leaf before, after;
    const struct person *known = &l->e->roster.person[at];
    if (!tree_leaf(l->c->before, at, &before) || !tree_leaf(l->c->after, at, &after) ||
        !known->used)
        return RULE_LEAF;
    if (span_equal(before.extensions, after.extensions) &&
        span_equal(before.identity, after.identity) &&
        span_equal(before.signature_key, after.signature_key))
        return RULE_NONE;
    enum mls_rule rule = session_open_leaf(l->e, &after, 0, &p);
    if (rule != RULE_NONE)
        return rule;
    bool same = memcmp(p.participant, known->participant, sizeof p.participant) == 0 &&
                memcmp(p.profile.device, known->profile.device, SUITE_SIGN_PUBLIC) == 0;
    return same ? RULE_NONE : RULE_PROFILE_CHANGED;
}

static enum mls_rule check_updated(const struct look *l)
{
    struct e2ee *e = l->e;
    e->n_touched = 0;
    for (uint32_t i = 0; i < l->c->n_updated; i++) {
        enum mls_rule rule = check_same(l, l->c->updated[i]);
        if (rule != RULE_NONE)
            return rule;
        if (e->n_touched < GROUP_PROPOSALS)
            e->touched[e->n_touched++] = l->c->updated[i];
    }
    return check_same(l, l->c->committer);
}

enum mls_rule session_check(void *ctx, const struct group_change *c)
{
    struct e2ee *e = ctx;
    if (c->external)
        return RULE_EXTERNAL;
    struct look l = {e, c, e->roster.person[c->committer].admin};
    static enum mls_rule (*const checks[])(const struct look *) = {
        check_psks, check_extensions, check_added, check_removed, check_updated};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        enum mls_rule rule = checks[i](&l);
        if (rule != RULE_NONE)
            return rule;
    }
    return RULE_NONE;
}

/* ---- a whole tree ---- */

void session_take_policy(struct e2ee *e)
{
    struct policy p;
    if (session_read_policy(e, group_extensions(e->g), &p) != RULE_NONE)
        return;
    memmove(e->policy_raw, p.raw.ptr, p.raw.len);
    (void)policy_parse(span_of(e->policy_raw, p.raw.len), &e->policy);
}

static enum mls_rule fill_roster(struct e2ee *e, const struct group_entry *in)
{
    struct person p;
    struct leaf leaf;
    for (uint32_t i = 0; i < tree_leaf_width(in->tree); i++) {
        if (!tree_leaf(in->tree, i, &leaf))
            continue;
        enum mls_rule rule = session_open_leaf(e, &leaf, 0, &p);
        if (!DEFENCE(35, rule == RULE_NONE))
            return rule;
        roster_put(&e->roster, i, &p, e->mono);
    }
    enum mls_rule rule = roster_unique(&e->roster);
    const struct person *me = &e->roster.person[in->own_leaf];
    if (rule == RULE_NONE && memcmp(me->participant, e->participant, E2EE_PARTICIPANT) != 0)
        return RULE_PROFILE_CHANGED;
    return DEFENCE(35, rule == RULE_NONE) ? RULE_NONE : rule;
}

enum mls_rule session_check_entry(struct e2ee *e, const struct group_entry *in)
{
    struct policy policy;
    enum mls_rule rule = session_read_policy(e, in->extensions, &policy);
    if (rule != RULE_NONE)
        return rule;
    if (policy_newer(&e->policy, &policy))
        return RULE_POLICY_OLD;
    roster_clear_all(&e->roster);
    rule = fill_roster(e, in);
    if (rule != RULE_NONE)
        roster_clear_all(&e->roster);
    return rule;
}

enum mls_rule session_check_join(void *ctx, const struct group_entry *in)
{
    struct e2ee *e = ctx;
    if (!span_equal(in->group_id, span_of(e->target, e->target_len)))
        return RULE_GROUP;
    enum mls_rule rule = psks_are_ours(in->psk_ids, in->n_psks, true);
    return rule != RULE_NONE ? rule : session_check_entry(e, in);
}
