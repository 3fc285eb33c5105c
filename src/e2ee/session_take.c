/* Commits, reopened epochs, notes.
 * knows: forms, whose turn it is, what to keep of an epoch. knows not: rules (session_rules.c).
 * owns: nothing; the state is struct e2ee's. */
#include "e2ee/session.h"

#include "base/mutant.h"
#include "e2ee/code.h"
#include "e2ee/private.h"

/* ---- the log ---- */

void session_ask_log(struct e2ee *e)
{
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_LOG);
    out->number = e->number.log = session_number(e);
    out->a = effects_copy(&e->effects, group_id(e->g));
    out->epoch = group_epoch(e->g);
    e->log_tries++;
    session_set(e, TIMER_LOG, e->log_tries > LOG_TRIES ? LOG_SLOW_MS : LOG_MS);
}

void session_need_log(struct e2ee *e, uint64_t epoch)
{
    if (e->ahead == 0)
        e->ahead_ms = e->mono;
    if (epoch > e->ahead)
        e->ahead = epoch;
    e->ahead_said = true;
    if (e->connected && e->number.log == 0)
        session_ask_log(e);
}

/* ---- an epoch begins ---- */

static void forget_before(struct e2ee *e)
{
    if (!e->base_before.held)
        return;
    effects_add(&e->effects, E2EE_OUT_FORGET)->epoch = e->base_before.epoch;
    suite_wipe(&e->base_before, sizeof e->base_before);
}

static void next_base_key(struct e2ee *e, bool first)
{
    forget_before(e);
    if (!first && e->base.held) {
        e->base_before = e->base;
        session_set(e, TIMER_FORGET, FORGET_MS);
    }
    e->base.held = group_export(e->g, "SFrame 1.0 Base Key", (struct span){NULL, 0}, e->base.key,
                                sizeof e->base.key) == ERR_OK;
    e->base.epoch = group_epoch(e->g);
}

/* The roster follows the tree: who left, who came, who has a new leaf node. The check has verified
 * all of them. Whether people came or went. */
static bool follow_tree(struct e2ee *e, uint32_t committer)
{
    bool moved = false;
    struct person p;
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        struct leaf leaf;
        struct person *known = &e->roster.person[i];
        bool there = tree_leaf(group_tree(e->g), i, &leaf);
        bool fresh = i == committer;
        for (uint32_t k = 0; k < e->n_touched; k++)
            fresh = fresh || e->touched[k] == i;
        bool same = there && known->used &&
                    span_equal(leaf.signature_key, span_of(known->signer, sizeof known->signer));
        moved = moved || there != known->used || (there && !same);
        if (known->used && !same) /* gone, or somebody else's leaf; who stays is in the tree */
            session_known_drop(e, known->profile.device);
        if (!there)
            roster_clear(&e->roster, i);
        if (!there || (same && !fresh))
            continue;
        enum mls_rule rule = session_open_leaf(e, &leaf, 0, &p);
        if (!DEFENCE(35, rule == RULE_NONE))
            continue; /* cannot be: it stays a leaf without a person, and stops sending */
        p.since = group_epoch(e->g);
        roster_put(&e->roster, i, &p, e->mono);
    }
    return moved;
}

static void make_code(struct e2ee *e)
{
    struct code_meeting in = {roster_devices(&e->roster), e->descriptor, group_id(e->g)};
    code_meeting(&in, e->code);
}

bool session_is_at(const struct e2ee *e, const struct who *w)
{
    const struct person *p = &e->roster.person[w->leaf];
    return p->used && memcmp(p->signer, w->signer, sizeof w->signer) == 0;
}

static void caught_up(struct e2ee *e)
{
    uint64_t epoch = group_epoch(e->g);
    e->bad.on = false;
    e->timer[TIMER_REJOIN] = UINT64_MAX;
    e->log_tries = 0;
    if (epoch >= e->catch_up)
        e->catch_up = 0;
    e->ahead_ms = e->mono;
    bool liar_out = !e->ahead_said && !session_is_at(e, &e->ahead_by);
    if (epoch < e->ahead && !liar_out)
        return;
    e->ahead = 0;
    e->timer[TIMER_LOG] = UINT64_MAX;
}

void session_epoch_began(struct e2ee *e, uint32_t committer)
{
    bool first = committer == NODE_NONE;
    bool moved = first || follow_tree(e, committer);
    session_take_policy(e);
    session_policy_settled(e);
    e->conflicts = 0;
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        struct person *p = &e->roster.person[i];
        p->admin = p->used &&
                   (p->profile.host ||
                    policy_names(&e->policy, span_of(p->profile.device, sizeof p->profile.device)));
    }
    if (moved)
        make_code(e);
    next_base_key(e, first);
    beat_remember(&e->history, e->g);
    e->n_private[group_epoch(e->g) % 2] = 0;
    e->epoch_ms = e->mono;
    if (e->forked && !session_is_at(e, &e->fork_by))
        e->forked = false; /* who stood elsewhere is out */
    caught_up(e);
    if (!first) {
        e->heard_ms = e->rekeyed_ms = e->mono;
        e->roster.person[committer].heard_ms = e->mono;
        session_set(e, TIMER_REKEY, REKEY_EVERY_MS + session_random(e, REKEY_RANK_MS));
    }
    session_plan_beat(e);
    session_tidy_joins(e);
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_EPOCH);
    out->epoch = group_epoch(e->g);
    out->flag = first;
    e->effects.people = true;
    session_set_early(e, TIMER_RETRY, 0); /* what is still wanted */
}

/* ---- commits ---- */

static bool is_commit(struct span in)
{
    struct mls_message m;
    struct framed f;
    struct span tag;
    return mls_message_parse(in, &m) == ERR_OK && m.wire == WIRE_PUBLIC &&
           public_parse(m.body, &f, &tag) == ERR_OK && f.type == CONTENT_COMMIT &&
           f.sender == SENDER_MEMBER;
}

/* Every client says so, and the server drops what most of them refuse. */
static void report(struct e2ee *e, struct span commit, enum mls_rule rule)
{
    uint8_t hash[SUITE_HASH];
    suite_hash(&suite_chacha, commit, hash);
    if (e->bad.on && memcmp(hash, e->bad.hash, sizeof hash) == 0)
        return;
    e->bad.on = true;
    /* A removal that most accept stands: who refuses it for ever would only shut itself out. */
    e->bad.ours = rule >= RULE_DESCRIPTOR && rule != RULE_REMOVE;
    e->bad.since_ms = e->mono;
    memcpy(e->bad.hash, hash, sizeof hash);
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_INVALID);
    out->number = session_number(e);
    out->a = effects_copy(&e->effects, group_id(e->g));
    out->epoch = group_epoch(e->g);
    out->b = effects_copy(&e->effects, span_of(hash, sizeof hash));
    session_set(e, TIMER_REJOIN, REJOIN_MS);
}

static void own_commit_taken(struct e2ee *e)
{
    if (e->flight.rekey)
        e->want.rekey = false;
    if (e->flight.rename) {
        e->want.rename = false;
        memcpy(e->self.name, e->want.name, e->want.name_len);
        e->self.name_len = e->want.name_len;
    }
    e->flight.on = false;
    e->n_touched = 0;
    session_epoch_began(e, group_own_leaf(e->g));
}

static enum mls_rule take_commit(struct e2ee *e, struct span commit)
{
    struct group_result result;
    enum mls_rule rule = RULE_FORM;
    if (is_commit(commit)) {
        enum err err = group_process(e->g, commit, &result);
        rule = err == ERR_OK ? RULE_NONE : group_rule(e->g);
    }
    if (rule != RULE_NONE) {
        report(e, commit, rule);
        return rule;
    }
    if (result.event == GROUP_REMOVED) {
        if (e->catch_up > result.epoch) /* given up for lost while away: back in */
            session_follow(e);
        else if (e->back && e->mono - e->back_ms < BACK_MS)
            session_given_up(e);
        else
            session_removed(e, result.epoch);
        return RULE_NONE;
    }
    if (e->flight.on)
        session_commit_lost(e);
    session_epoch_began(e, result.sender);
    return RULE_NONE;
}

enum mls_rule session_commit_in(struct e2ee *e, const struct e2ee_input *in)
{
    if (!session_is_own_group(e, in->a) || in->epoch < group_epoch(e->g))
        return RULE_NONE; /* of a time when we were not there, or once more from the log */
    if (in->epoch > group_epoch(e->g)) {
        session_need_log(e, in->epoch);
        return RULE_NONE;
    }
    if (!e->flight.on || !group_is_own_commit(e->g, in->b))
        return take_commit(e, in->b);
    if (group_merge(e->g) != ERR_OK)
        return group_rule(e->g);
    own_commit_taken(e);
    return RULE_NONE;
}

/* Who took the dropped commit has no way back: the keys of the epoch before are gone. */
void session_reopened(struct e2ee *e, const struct e2ee_input *in)
{
    if (e->step == STEP_OUT)
        session_maybe_back(e, in, in->a);
    if (!session_is_own_group(e, in->a))
        return;
    uint64_t epoch = group_epoch(e->g);
    if (in->epoch == epoch) {
        e->ahead = 0;
        caught_up(e);
        if (e->flight.on)
            session_commit_lost(e);
        session_set_early(e, TIMER_RETRY, session_random(e, 300));
    } else if (in->epoch < epoch) {
        session_rejoin(e);
    }
}

/* ---- notes ---- */

static enum mls_rule give_note(struct e2ee *e, uint32_t leaf, uint64_t epoch, struct span content)
{
    const struct person *p = leaf < e->roster.leaves ? &e->roster.person[leaf] : NULL;
    if (!p || !p->used || p->since > epoch)
        return RULE_SENDER; /* gone meanwhile, or somebody else's leaf by now */
    if (content.len < 2 || content.len > E2EE_NOTE_MAX + 1 || content.ptr[0] != NOTE_KIND)
        return RULE_NOTE;
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_NOTE);
    out->a = span_of(p->participant, sizeof p->participant);
    out->b = effects_copy(&e->effects, span_of(content.ptr + 1, content.len - 1));
    return RULE_NONE;
}

static enum mls_rule take_application(struct e2ee *e, struct span bytes)
{
    struct mls_message m;
    struct private_head head;
    struct group_result result;
    if (mls_message_parse(bytes, &m) != ERR_OK || m.wire != WIRE_PRIVATE ||
        private_parse(m.body, &head) != ERR_OK || head.type != CONTENT_APPLICATION)
        return RULE_FORM;
    if (group_process(e->g, bytes, &result) != ERR_OK)
        return group_rule(e->g);
    return give_note(e, result.sender, result.epoch, result.data);
}

static bool private_seen(const struct e2ee *e, uint64_t epoch, struct span output)
{
    for (uint32_t i = 0; i < e->n_private[epoch % 2]; i++)
        if (memcmp(e->private_seen[epoch % 2][i], output.ptr, sizeof e->private_seen[0][i]) == 0)
            return true;
    return false;
}

static enum mls_rule take_private(struct e2ee *e, const struct e2ee_input *in)
{
    struct private_message m;
    uint8_t plain[PRIVATE_PLAIN_MAX + SUITE_TAG];
    size_t len = 0;
    if (private_message_parse(in->b, &m) != ERR_OK || m.output.len != suite_chacha.kem_output)
        return RULE_PRIVATE;
    uint32_t *n = &e->n_private[in->epoch % 2];
    if (in->epoch != group_epoch(e->g) && in->epoch + 1 != group_epoch(e->g))
        return RULE_EPOCH;
    if (private_seen(e, in->epoch, m.output))
        return RULE_REPLAYED;
    if (*n == PRIVATE_SEEN)
        return RULE_SPACE;
    enum mls_rule rule = RULE_PRIVATE;
    if (private_message_open(e->g, &m, in->epoch, plain, &len) == ERR_OK) {
        memcpy(e->private_seen[in->epoch % 2][(*n)++], m.output.ptr, sizeof e->private_seen[0][0]);
        while (len > 0 && plain[len - 1] == 0)
            len--;
        rule = give_note(e, m.from, in->epoch, span_of(plain, len));
        if (rule == RULE_NONE)
            e->effects.ring[e->effects.n - 1].flag = true;
    }
    suite_wipe(plain, sizeof plain);
    return rule;
}

enum mls_rule session_message_in(struct e2ee *e, const struct e2ee_input *in)
{
    if (!session_is_own_group(e, in->a))
        return RULE_NONE;
    if (in->b.len == 0 || in->b.len > E2EE_MESSAGE_MAX)
        return RULE_FORM;
    switch (in->b.ptr[0]) {
    case 0x00:
        return take_application(e, in->b);
    case PRIVATE_MARK:
        return take_private(e, in);
    case BEAT_MARK:
        return session_beat_in(e, in);
    default:
        return RULE_FORM;
    }
}

static enum mls_rule write_note(struct e2ee *e, const struct e2ee_input *in, struct writer *w,
                                uint32_t *member)
{
    uint8_t plain[PRIVATE_PLAIN_MAX] = {NOTE_KIND};
    memcpy(plain + 1, in->b.ptr, in->b.len);
    struct span content = span_of(plain, in->b.len + 1);
    enum err err = ERR_NOT_FOUND;
    if (in->a.len == 0) {
        err = group_protect(e->g, (struct span){NULL, 0}, content, MESSAGE_PAD, w);
    } else if (in->a.len == E2EE_PARTICIPANT) {
        uint32_t leaf = roster_find(&e->roster, in->a.ptr);
        if (leaf == NODE_NONE || e->roster.person[leaf].member == 0 || leaf == group_own_leaf(e->g))
            return RULE_SENDER;
        *member = e->roster.person[leaf].member;
        content.len = (content.len + PRIVATE_PAD - 1) / PRIVATE_PAD * PRIVATE_PAD;
        struct private_message_make make = {leaf, content, &e->random};
        err = private_message_write(e->g, &make, w);
    }
    suite_wipe(plain, sizeof plain);
    return err == ERR_OK ? RULE_NONE : RULE_SPACE;
}

enum mls_rule session_note_out(struct e2ee *e, const struct e2ee_input *in)
{
    enum e2ee_phase phase;
    enum e2ee_why why;
    uint32_t member = 0;
    session_phase(e, &phase, &why);
    if (phase != E2EE_SECURE)
        return RULE_NOT_SECURE;
    if (in->b.len == 0 || in->b.len > E2EE_NOTE_MAX)
        return RULE_NOTE;
    struct writer *w = &e->effects.text;
    size_t start = writer_len(w);
    enum mls_rule rule = write_note(e, in, w, &member);
    if (rule != RULE_NONE)
        return rule;
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_MESSAGE);
    out->number = session_number(e);
    out->epoch = group_epoch(e->g);
    out->member = member;
    out->b = span_of(w->start + start, writer_len(w) - start);
    out->a = effects_copy(&e->effects, group_id(e->g));
    return RULE_NONE;
}
