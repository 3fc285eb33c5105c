/* What we want committed, and our commit's fate.
 * knows: who asks to come in, who shall go, what the person changed. knows not: whether the server
 * will take our commit: it waits in flight until it comes back, or another one does.
 * owns: nothing; the state is struct e2ee's. */
#include "e2ee/session.h"

/* ---- who asks to come in ---- */

static struct join *find_join(struct e2ee *e, const uint8_t *participant)
{
    for (size_t i = 0; i < JOINS_MAX; i++)
        if (e->joins[i].used && memcmp(e->joins[i].participant, participant, E2EE_PARTICIPANT) == 0)
            return &e->joins[i];
    return NULL;
}

static struct join *free_join(struct e2ee *e)
{
    for (size_t i = 0; i < JOINS_MAX; i++)
        if (!e->joins[i].used)
            return &e->joins[i];
    return NULL;
}

void session_forget_joins(struct e2ee *e, const uint8_t *participant)
{
    struct join *j = find_join(e, participant);
    if (!j)
        return;
    e->effects.waiting = e->effects.waiting || j->waiting;
    memset(j, 0, sizeof *j);
}

void session_tidy_joins(struct e2ee *e)
{
    for (size_t i = 0; i < JOINS_MAX; i++) {
        struct join *j = &e->joins[i];
        bool old = !j->waiting && !j->denied && e->mono - j->since_ms > JOIN_LIVES_MS;
        if (j->used && (old || tree_find_signer(group_tree(e->g),
                                                span_of(j->signer, sizeof j->signer)) != NODE_NONE))
            session_forget_joins(e, j->participant);
    }
}

/* Proof, package, profile: what can be said of somebody before any rule of the meeting. */
static enum mls_rule read_join(struct e2ee *e, const struct e2ee_input *in, struct join *out)
{
    uint8_t ref[SUITE_HASH], proof[E2EE_PROOF];
    struct key_package package;
    struct person person;
    struct reader r = reader_of(in->b);
    if (in->a.len != E2EE_PARTICIPANT || in->c.len != E2EE_PROOF || in->member == 0 ||
        in->b.len > JOIN_PACKAGE_MAX)
        return RULE_FORM;
    if (key_package_ref(&suite_chacha, in->b, ref) != ERR_OK)
        return RULE_KEY_PACKAGE;
    link_join_proof(e->join_key, ref, group_id(e->g), proof);
    if (!suite_equal(proof, in->c.ptr, sizeof proof))
        return RULE_JOIN_PROOF;
    key_package_parse(&r, &package);
    if (!reader_ok(&r) || reader_left(&r) != 0 ||
        key_package_verify(&suite_chacha, &package, e->now_ms / 1000) != ERR_OK ||
        !leaf_check_lease(&package.leaf, PACKAGE_LIFETIME_MAX_S))
        return RULE_KEY_PACKAGE;
    enum mls_rule rule = session_open_leaf(e, &package.leaf, e->now_ms / 1000, &person);
    if (rule != RULE_NONE)
        return rule;
    if (memcmp(person.participant, in->a.ptr, E2EE_PARTICIPANT) != 0)
        return RULE_PROFILE_CHANGED;
    *out = (struct join){.used = true, .asks = true, .member = in->member};
    out->since_ms = e->mono;
    out->profile = person.profile;
    memcpy(out->participant, person.participant, sizeof out->participant);
    memcpy(out->signer, person.signer, sizeof out->signer);
    out->len = (uint16_t)in->b.len;
    memcpy(out->package, in->b.ptr, in->b.len);
    return RULE_NONE;
}

/* An administrator lets in who is one: by the host's own signature, or a device that the policy
 * names. Neither a lock nor the waiting room is for them. */
static bool is_host(const struct e2ee *e, const struct join *j)
{
    struct span device = span_of(j->profile.device, sizeof j->profile.device);
    return session_me_admin(e) && (j->profile.host || policy_names(&e->policy, device));
}

/* Somebody whose device is in the tree comes back, and is nobody new. */
static enum mls_rule may_join(const struct e2ee *e, const struct join *j)
{
    if (roster_find_device(&e->roster, j->profile.device) != NODE_NONE)
        return RULE_NONE;
    bool was_in = session_me_admin(e) && session_known(e, j->profile.device);
    if ((e->policy.flags & E2EE_LOCKED) && !was_in && !is_host(e, j))
        return RULE_LOCKED;
    if (tree_count(group_tree(e->g)) >= e->policy.max_members)
        return RULE_FULL;
    if ((e->policy.flags & E2EE_WAITING_ROOM) && !session_me_admin(e))
        return RULE_WAITING_ROOM;
    return RULE_NONE;
}

enum mls_rule session_wanted_join(struct e2ee *e, const struct e2ee_input *in)
{
    struct join fresh;
    if (!group_active(e->g))
        return RULE_NONE;
    enum mls_rule rule = read_join(e, in, &fresh);
    if (rule == RULE_NONE)
        rule = may_join(e, &fresh);
    if (rule != RULE_NONE)
        return rule;
    if (tree_find_signer(group_tree(e->g), span_of(fresh.signer, sizeof fresh.signer)) != NODE_NONE)
        return RULE_NONE; /* is in already */
    struct join *j = find_join(e, fresh.participant);
    if (!j)
        j = free_join(e);
    if (!j)
        return RULE_SPACE;
    bool back = session_known(e, fresh.profile.device);
    fresh.admitted = j->used && j->admitted &&
                     memcmp(j->profile.device, fresh.profile.device, SUITE_SIGN_PUBLIC) == 0;
    fresh.denied = j->used && j->denied;
    fresh.named = true;
    /* By the policy, or because the server holds them back: a personal link used twice. */
    bool held = in->flag || ((e->policy.flags & E2EE_WAITING_ROOM) && !is_host(e, &fresh));
    fresh.waiting = held && !back && !fresh.admitted && !fresh.denied;
    *j = fresh;
    e->effects.waiting = e->effects.waiting || fresh.waiting;
    return RULE_NONE;
}

/* Somebody who has no leaf is named in the next commit all the same, else the server asks for ever;
 * a rekey makes sure that there is one. */
static void note_stranger(struct e2ee *e, const uint8_t *participant)
{
    for (uint32_t i = 0; i < e->n_strangers; i++)
        if (memcmp(e->strangers[i], participant, E2EE_PARTICIPANT) == 0)
            return;
    if (e->n_strangers == E2EE_BATCH)
        return;
    memcpy(e->strangers[e->n_strangers++], participant, E2EE_PARTICIPANT);
    e->want.rekey = true;
}

void session_wanted_gone(struct e2ee *e, struct span participant)
{
    if (!group_active(e->g) || participant.len != E2EE_PARTICIPANT)
        return;
    uint32_t leaf = roster_find(&e->roster, participant.ptr);
    if (leaf == NODE_NONE)
        note_stranger(e, participant.ptr);
    else if (e->roster.person[leaf].member == 0)
        e->roster.person[leaf].remove = true;
}

/* Each of the server's lists names all who wait: who is not on it has gone. */
static void tidy_waiting(struct e2ee *e)
{
    uint32_t named = 0;
    for (size_t i = 0; i < JOINS_MAX; i++)
        named += e->joins[i].used && e->joins[i].named;
    for (size_t i = 0; i < JOINS_MAX; i++) {
        struct join *j = &e->joins[i];
        bool left = j->used && !j->named && (j->waiting || j->admitted || j->denied);
        j->named = false;
        if (left && named < E2EE_BATCH) /* else it may have been cut off */
            session_forget_joins(e, j->participant);
    }
}

void session_wanted(struct e2ee *e, const struct e2ee_input *in)
{
    if (!session_is_own_group(e, in->a))
        return;
    tidy_waiting(e);
    if (in->epoch > group_epoch(e->g))
        session_need_log(e, in->epoch);
    else
        session_try_commit(e);
}

/* ---- what the person wants ---- */

enum mls_rule session_remove(struct e2ee *e, struct span participant)
{
    if (participant.len != E2EE_PARTICIPANT || !group_active(e->g))
        return RULE_FORM;
    uint32_t leaf = roster_find(&e->roster, participant.ptr);
    if (leaf == NODE_NONE || leaf == group_own_leaf(e->g))
        return RULE_SENDER;
    if (!session_me_admin(e) && e->roster.person[leaf].member != 0)
        return RULE_REMOVE;
    struct person *p = &e->roster.person[leaf];
    if (!p->asked)
        p->asked_ms = e->mono;
    p->remove = p->asked = true;
    if (e->link.host)
        session_policy_name(e, p->profile.device, false);
    session_try_commit(e);
    return RULE_NONE;
}

enum mls_rule session_admit(struct e2ee *e, const struct e2ee_input *in)
{
    struct join *j = in->a.len == E2EE_PARTICIPANT ? find_join(e, in->a.ptr) : NULL;
    if (!j || !j->waiting)
        return RULE_SENDER;
    if (!group_active(e->g) || !session_me_admin(e))
        return RULE_WAITING_ROOM;
    j->waiting = false;
    j->admitted = in->flag;
    j->denied = !in->flag;
    j->since_ms = e->mono;
    e->effects.waiting = true;
    if (in->flag)
        session_try_commit(e);
    return RULE_NONE;
}

enum mls_rule session_rename(struct e2ee *e, struct span name)
{
    if (!profile_name_valid(name))
        return RULE_FORM;
    if (!group_active(e->g)) { /* not sealed yet, or anew soon */
        memcpy(e->self.name, name.ptr, name.len);
        e->self.name_len = (uint8_t)name.len;
        if (e->step != STEP_JOIN && e->step != STEP_CREATE)
            return RULE_NONE;
    }
    memcpy(e->want.name, name.ptr, name.len);
    e->want.name_len = (uint8_t)name.len;
    e->want.rename = true;
    session_try_commit(e);
    return RULE_NONE;
}

/* ---- our commit ---- */

/* Everything that one commit of ours is made of. */
struct draft {
    struct group_plan plan;
    struct span add[GROUP_BATCH], psk;
    struct join *join[GROUP_BATCH];
    uint32_t remove[GROUP_BATCH];
    uint8_t leaf[PROFILE_SEALED_MAX + 16], context[POLICY_CONTEXT_MAX];
};

static void draft_remove(struct draft *d, uint32_t leaf)
{
    for (uint32_t i = 0; i < d->plan.n_remove; i++)
        if (d->remove[i] == leaf)
            return;
    if (d->plan.n_remove < GROUP_BATCH)
        d->remove[d->plan.n_remove++] = leaf;
}

/* The leaves that somebody coming back stands in for: of the same device; of the same participant
 * only when the server shows nobody for it. false: not now. */
static bool draft_replaced(struct e2ee *e, struct draft *d, const struct join *j)
{
    uint32_t device = roster_find_device(&e->roster, j->profile.device);
    uint32_t participant = roster_find(&e->roster, j->participant);
    if (device == group_own_leaf(e->g) || participant == group_own_leaf(e->g) ||
        d->plan.n_remove + 2 > GROUP_BATCH)
        return false;
    if (participant != NODE_NONE && participant != device)
        return false;
    if (device != NODE_NONE)
        draft_remove(d, device);
    return true;
}

static bool twin_in_draft(const struct draft *d, const struct join *j)
{
    for (uint32_t i = 0; i < d->plan.n_add; i++)
        if (memcmp(d->join[i]->profile.device, j->profile.device, SUITE_SIGN_PUBLIC) == 0)
            return true;
    return false;
}

static void draft_joins(struct e2ee *e, struct draft *d, uint32_t limit)
{
    for (size_t i = 0; i < JOINS_MAX && d->plan.n_add < limit; i++) {
        struct join *j = &e->joins[i];
        if (!j->used || !j->asks || j->waiting || j->denied || may_join(e, j) != RULE_NONE)
            continue;
        if (twin_in_draft(d, j) || !draft_replaced(e, d, j))
            continue;
        d->add[d->plan.n_add] = span_of(j->package, j->len);
        d->join[d->plan.n_add++] = j;
    }
    if (d->plan.n_add > 0) {
        d->psk = span_str("link");
        d->plan.psk = &d->psk;
        d->plan.n_psk = 1;
    }
    d->plan.add = d->add;
}

static void draft_removals(struct e2ee *e, struct draft *d)
{
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        struct person *p = &e->roster.person[i];
        if (!p->used || !p->remove)
            continue;
        if (session_me_admin(e) || p->member == 0 || p->gone_once)
            draft_remove(d, i);
        else
            p->remove = p->asked = false; /* is back */
    }
    d->plan.remove = d->remove;
}

static enum err draft_rename(struct e2ee *e, struct draft *d)
{
    uint8_t sealed[PROFILE_SEALED_MAX];
    struct writer p = writer_of(sealed, sizeof sealed), x = writer_of(d->leaf, sizeof d->leaf);
    struct profile renamed = e->self;
    struct profile_place at =
        session_place(e, group_id(e->g), span_of(e->sign_public, sizeof e->sign_public));
    struct profile_make make = {&renamed, e->device_signature,
                                e->link.host ? e->host_secret_key : NULL, &e->random};
    memcpy(renamed.name, e->want.name, e->want.name_len);
    renamed.name_len = e->want.name_len;
    TRY(profile_seal(&at, &make, &p));
    extension_write(&x, EXT_PROFILE, writer_span(&p));
    d->plan.set_leaf_extensions = true;
    d->plan.leaf_extensions = writer_span(&x);
    return ERR_OK;
}

static enum err draft_policy(struct e2ee *e, struct draft *d)
{
    struct writer x = writer_of(d->context, sizeof d->context);
    TRY(session_policy_write(e, &x));
    d->plan.set_extensions = true;
    d->plan.extensions = writer_span(&x);
    return ERR_OK;
}

static void draft_make(struct e2ee *e, struct draft *d, uint32_t joins)
{
    memset(d, 0, sizeof *d);
    d->plan.now_s = e->now_ms / 1000;
    draft_removals(e, d);
    draft_joins(e, d, joins);
    if (e->want.rename && draft_rename(e, d) != ERR_OK)
        e->want.rename = false;
    session_policy_settled(e);
    if (session_policy_wanted(e) && draft_policy(e, d) != ERR_OK)
        session_policy_forget(e);
    /* A pure Add needs no path (RFC 9420 section 12.4). It brings no fresh secret against somebody
     * who has the epoch's secrets already: the newcomer's rekey soon after, and the one of every
     * five minutes, do. */
    d->plan.path = e->want.rekey || d->plan.n_remove > 0 || d->plan.set_leaf_extensions ||
                   d->plan.set_extensions;
}

static bool draft_empty(const struct draft *d)
{
    return d->plan.n_add == 0 && d->plan.n_remove == 0 && !d->plan.path;
}

/* Whom the commit leaves without a leaf: those whom it removes, and those who had none. */
static struct span gone_by(struct e2ee *e, const struct draft *d)
{
    uint8_t text[E2EE_BATCH * E2EE_PARTICIPANT];
    struct writer w = writer_of(text, sizeof text);
    uint32_t n = d->plan.n_remove;
    for (uint32_t i = 0; i < n; i++)
        writer_bytes(&w, span_of(e->roster.person[d->remove[i]].participant, E2EE_PARTICIPANT));
    for (uint32_t i = 0; i < e->n_strangers && n < E2EE_BATCH; i++, n++)
        writer_bytes(&w, span_of(e->strangers[i], E2EE_PARTICIPANT));
    e->n_strangers = 0;
    return effects_copy(&e->effects, writer_span(&w));
}

static void send(struct e2ee *e, const struct draft *d, struct span commit, struct span welcome)
{
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_COMMIT);
    e->flight = (struct flight){true, session_number(e), d->plan.path, d->plan.set_leaf_extensions};
    out->number = e->number.commit = e->flight.number;
    out->a = effects_copy(&e->effects, group_id(e->g));
    out->epoch = group_epoch(e->g);
    out->b = commit;
    out->c = welcome;
    for (uint32_t i = 0; i < d->plan.n_add; i++)
        e->effects.joins[i] = d->join[i]->member;
    out->n_joins = d->plan.n_add;
    out->joins = e->effects.joins;
    out->gone = gone_by(e, d);
}

/* Nobody comes in by it, and still it is refused: removals and the policy are not forgotten, but
 * tried again later; a new name, which may be the cause, is. */
static void keep_for_later(struct e2ee *e)
{
    e->want.rename = e->want.rekey = false;
    session_set(e, TIMER_RETRY, FAILED_MS);
}

static bool try_draft(struct e2ee *e, struct draft *d)
{
    struct writer commit = writer_of(e->commit_room, e->commit_cap);
    struct writer welcome = writer_of(e->welcome_room, e->welcome_cap);
    enum err err = group_commit(e->g, &d->plan, &commit, &welcome);
    if (err == ERR_OK && writer_len(&commit) + writer_len(&welcome) > E2EE_UPLOAD_MAX) {
        group_drop(e->g);
        err = ERR_LIMIT;
    }
    if (err != ERR_OK)
        return false;
    send(e, d, writer_span(&commit), writer_span(&welcome));
    return true;
}

/* A fork or a beat from a later epoch does not keep anybody from committing: removing its author is
 * the way out when it was a lie, and the server refuses what comes from behind. */
static bool may_commit(const struct e2ee *e)
{
    return e->connected && group_active(e->g) && !e->flight.on && !e->bad.on &&
           (e->ahead == 0 || !e->ahead_said) && e->number.resume == 0;
}

/* One newcomer whose package breaks a rule must not keep the others out: a refused batch is tried
 * again with its first alone, and that one is dropped when it is refused alone, too. */
void session_try_commit(struct e2ee *e)
{
    struct draft d;
    uint32_t joins = GROUP_BATCH;
    for (uint32_t tries = 0; may_commit(e) && tries < 2 * GROUP_BATCH; tries++) {
        draft_make(e, &d, joins);
        if (draft_empty(&d) || try_draft(e, &d))
            return;
        struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_REFUSED);
        out->rule = group_rule(e->g);
        if (d.plan.n_add == 0) {
            keep_for_later(e);
            return;
        }
        if (d.plan.n_add == 1) /* alone, and still refused: it will never do */
            session_forget_joins(e, d.join[0]->participant);
        joins = 1;
    }
}

void session_commit_lost(struct e2ee *e)
{
    e->flight.on = false;
    e->number.commit = 0;
    group_drop(e->g);
    session_set_early(e, TIMER_RETRY, 100 + session_random(e, 400));
}

/* One of those whom we wanted in is not there any more, and the server does not say who: it names
 * the others anew. */
static void forget_asking(struct e2ee *e)
{
    for (size_t i = 0; i < JOINS_MAX; i++)
        e->joins[i].asks = e->joins[i].asks && e->joins[i].waiting;
}

/* Another commit was first: it is on its way. If none comes, the log is asked; if that does not
 * help, the server is in an epoch that we cannot come to. */
static void lost_to_nobody(struct e2ee *e)
{
    if (++e->conflicts >= CONFLICTS_MAX)
        session_rejoin(e);
    else
        session_set(e, TIMER_RETRY, LOG_MS);
}

void session_commit_reply(struct e2ee *e, const struct e2ee_input *in)
{
    e->number.commit = 0;
    if (!e->flight.on || e->flight.number != in->number || in->reason == E2EE_REPLY_OK)
        return; /* taken: it comes back as a commit */
    session_commit_lost(e);
    if (in->reason == E2EE_REPLY_FAILED)
        session_set(e, TIMER_RETRY, FAILED_MS);
    else if (in->reason == E2EE_REPLY_NOT_FOUND)
        forget_asking(e);
    else
        lost_to_nobody(e);
}
