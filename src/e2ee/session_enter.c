/* The way into the group: create, join, resume, rejoin.
 * knows: what the server says runs, one's own leaf key and profile. knows not: others' rules.
 * owns: nothing; the state is struct e2ee's.
 *
 *   IDLE -> welcomed -> WAIT (nothing to join, not ours to create)
 *                       SIGN -> signed -> CREATE -> ok --------> IN
 *                                         JOIN   -> Welcome ---> IN
 *   IN -> removed -> OUT -> the epoch is open again -> SIGN; else the end */
#include "e2ee/session.h"

static uint64_t now_s(const struct e2ee *e)
{
    return e->now_ms / 1000;
}

/* ---- beginning ---- */

static void forget_group(struct e2ee *e)
{
    session_known_keep(e);
    group_leave(e->g);
    suite_wipe(&e->base, sizeof e->base);
    suite_wipe(&e->base_before, sizeof e->base_before);
    suite_wipe(&e->history, sizeof e->history);
    suite_wipe(e->sign_secret, sizeof e->sign_secret);
    roster_clear_all(&e->roster);
    memset(&e->flight, 0, sizeof e->flight);
    memset(e->joins, 0, sizeof e->joins);
    e->want.rekey = false;
    e->forked = e->bad.on = e->back = e->beat_now = false;
    e->bad_welcomes = e->conflicts = 0;
    e->ahead = e->catch_up = 0;
    e->log_tries = 0;
    e->number.create = e->number.join = e->number.resume = e->number.commit = e->number.log = 0;
    for (size_t i = 0; i < TIMER_COUNT_; i++)
        e->timer[i] = UINT64_MAX;
    e->code[0] = 0;
    e->effects.people = e->effects.waiting = true;
}

/* A fresh leaf key for `group`, and the request that the device certify it. */
static void start(struct e2ee *e, bool creating, struct span group)
{
    uint8_t seed[32];
    forget_group(e);
    e->step = STEP_SIGN;
    e->creating = creating;
    memmove(e->target, group.ptr, group.len);
    e->target_len = group.len;
    e->random.fill(e->random.ctx, seed, sizeof seed);
    suite_sign_keys(seed, e->sign_secret, e->sign_public);
    suite_wipe(seed, sizeof seed);
    e->self.expires_s = now_s(e) + PROFILE_LEASE_S;
    struct profile_place at = session_place(e, span_of(e->target, e->target_len),
                                            span_of(e->sign_public, sizeof e->sign_public));
    uint8_t text[PROFILE_SIGNED_MAX];
    struct writer w = writer_of(text, sizeof text);
    e->signs++;
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_SIGN);
    out->b = effects_copy(&e->effects, profile_to_sign(&at, e->self.expires_s, &w));
    session_set(e, TIMER_JOIN, JOIN_RETRY_MS);
}

static void start_create(struct e2ee *e)
{
    uint8_t id[16];
    e->random.fill(e->random.ctx, id, sizeof id);
    start(e, true, span_of(id, sizeof id));
}

static struct span server_group(const struct e2ee *e)
{
    return span_of(e->server_group, e->server_group_len);
}

/* Who is no administrator cannot begin a meeting with a waiting room, nor a locked one anew. */
static bool may_create(const struct e2ee *e)
{
    return e->link.host ||
           policy_names(&e->policy, span_of(e->self.device, sizeof e->self.device)) ||
           (e->policy.flags & (E2EE_WAITING_ROOM | E2EE_LOCKED)) == 0;
}

void session_follow(struct e2ee *e)
{
    if (e->server_group_len > 0) {
        start(e, false, server_group(e));
    } else if (may_create(e)) {
        start_create(e);
    } else {
        forget_group(e);
        e->step = STEP_WAIT;
    }
}

void session_rejoin(struct e2ee *e)
{
    if (group_active(e->g) && e->server_group_len == 0) {
        struct span id = group_id(e->g);
        memcpy(e->server_group, id.ptr, id.len);
        e->server_group_len = id.len;
    }
    session_follow(e);
}

void session_removed(struct e2ee *e, uint64_t epoch)
{
    forget_group(e);
    e->step = STEP_OUT;
    e->out_epoch = epoch;
    session_set(e, TIMER_OUT, OUT_MS);
}

void session_given_up(struct e2ee *e)
{
    forget_group(e);
    e->step = STEP_WAIT;
    session_set(e, TIMER_JOIN, BACK_JOIN_MS + session_random(e, RESTART_MS));
}

void session_maybe_back(struct e2ee *e, const struct e2ee_input *in, struct span group)
{
    if (span_equal(group, span_of(e->target, e->target_len)) && in->epoch == e->out_epoch)
        start(e, false, group);
}

static void restart_later(struct e2ee *e)
{
    uint64_t wait = RESTART_MS;
    for (uint32_t i = 0; i < e->restarts && wait < RESTART_MAX_MS; i++)
        wait *= 2;
    e->restarts++;
    forget_group(e);
    e->step = STEP_WAIT;
    session_set(e, TIMER_JOIN, wait + session_random(e, RESTART_MS));
}

/* ---- the server's words ---- */

static void resume(struct e2ee *e, uint64_t server_epoch)
{
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_RESUME);
    out->number = e->number.resume = session_number(e);
    out->a = effects_copy(&e->effects, group_id(e->g));
    out->epoch = group_epoch(e->g);
    if (server_epoch > group_epoch(e->g))
        e->catch_up = server_epoch;
    e->back = true;
    e->back_ms = e->mono;
}

static enum mls_rule take_descriptor(struct e2ee *e, struct span raw)
{
    struct descriptor d;
    if (descriptor_check(raw, &e->link, &d) != RULE_NONE ||
        (e->descriptor.len > 0 && !span_equal(raw, e->descriptor))) {
        session_end(e, E2EE_WHY_DESCRIPTOR);
        return RULE_DESCRIPTOR;
    }
    if (e->descriptor.len > 0)
        return RULE_NONE;
    memcpy(e->descriptor_raw, raw.ptr, raw.len);
    e->descriptor = span_of(e->descriptor_raw, raw.len);
    memcpy(e->host_public, d.host_public.ptr, SUITE_SIGN_PUBLIC);
    memcpy(e->policy_raw, d.policy.raw.ptr, d.policy.raw.len);
    (void)policy_parse(span_of(e->policy_raw, d.policy.raw.len), &e->policy);
    return RULE_NONE;
}

static void take_server_group(struct e2ee *e, struct span group)
{
    if (group.len > 0)
        memcpy(e->server_group, group.ptr, group.len);
    e->server_group_len = group.len;
}

enum mls_rule session_welcomed(struct e2ee *e, const struct e2ee_input *in)
{
    if (in->b.len > GROUP_ID_MAX || in->member == 0)
        return RULE_FORM;
    enum mls_rule rule = take_descriptor(e, in->a);
    if (rule != RULE_NONE)
        return rule;
    e->connected = true;
    e->own_member = in->member;
    roster_hide_all(&e->roster, e->mono);
    roster_show(&e->roster, in->member, e->participant);
    take_server_group(e, in->b);
    e->effects.people = true;
    if (e->step == STEP_OUT)
        session_maybe_back(e, in, in->b);
    else if (session_is_own_group(e, in->b) || (group_active(e->g) && in->b.len == 0))
        resume(e, in->b.len > 0 ? in->epoch : 0);
    else
        session_follow(e);
    return RULE_NONE;
}

static bool on_the_way_to(const struct e2ee *e, struct span group)
{
    return (e->step == STEP_SIGN || e->step == STEP_CREATE || e->step == STEP_JOIN) &&
           span_equal(group, span_of(e->target, e->target_len));
}

enum mls_rule session_group_state(struct e2ee *e, const struct e2ee_input *in)
{
    if (in->a.len > GROUP_ID_MAX)
        return RULE_FORM;
    take_server_group(e, in->a);
    if (e->step == STEP_OUT) {
        session_maybe_back(e, in, in->a);
        return RULE_NONE;
    }
    if (!e->connected || (in->a.len > 0 && on_the_way_to(e, in->a)))
        return RULE_NONE;
    if (session_is_own_group(e, in->a)) {
        if (in->epoch > group_epoch(e->g))
            session_need_log(e, in->epoch);
        return RULE_NONE;
    }
    bool creating = e->creating && (e->step == STEP_SIGN || e->step == STEP_CREATE);
    if (in->a.len > 0 || !creating)
        session_follow(e);
    return RULE_NONE;
}

void session_disconnected(struct e2ee *e)
{
    e->connected = false;
    e->number.create = e->number.join = e->number.resume = e->number.log = 0;
    if (!group_active(e->g) && e->step != STEP_OUT) {
        forget_group(e);
        e->step = STEP_IDLE;
    }
}

/* ---- the device's signature, then the request ---- */

static enum err set_self(struct e2ee *e)
{
    uint8_t sealed[PROFILE_SEALED_MAX], extensions[PROFILE_SEALED_MAX + 16];
    struct writer p = writer_of(sealed, sizeof sealed);
    struct writer x = writer_of(extensions, sizeof extensions);
    struct span signer = span_of(e->sign_public, sizeof e->sign_public);
    struct profile_place at = session_place(e, span_of(e->target, e->target_len), signer);
    struct profile_make make = {&e->self, e->device_signature,
                                e->link.host ? e->host_secret_key : NULL, &e->random};
    TRY(profile_seal(&at, &make, &p));
    extension_write(&x, EXT_PROFILE, writer_span(&p));
    struct group_self self = {
        .signature_secret = e->sign_secret,
        .signature_public = signer,
        .identity = span_of(e->participant, sizeof e->participant),
        .extensions = writer_span(&x),
    };
    return group_set_self(e->g, &self);
}

static void send_join(struct e2ee *e)
{
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_JOIN);
    out->number = e->number.join = session_number(e);
    out->a = effects_copy(&e->effects, span_of(e->target, e->target_len));
    out->b = effects_copy(&e->effects, span_of(e->package, e->package_len));
    out->c = effects_copy(&e->effects, span_of(e->proof, sizeof e->proof));
}

static enum err ask_join(struct e2ee *e)
{
    uint8_t ref[SUITE_HASH];
    struct writer w = writer_of(e->package, sizeof e->package);
    struct span group = span_of(e->target, e->target_len);
    TRY(group_key_package(e->g, now_s(e), PACKAGE_LEASE_S, &w, ref));
    link_join_proof(e->join_key, ref, group, e->proof);
    e->package_len = (uint16_t)writer_len(&w);
    send_join(e);
    e->step = STEP_JOIN;
    session_set(e, TIMER_JOIN, JOIN_RETRY_MS + session_random(e, RESTART_MS));
    return ERR_OK;
}

enum mls_rule session_device_signed(struct e2ee *e, struct span signature)
{
    struct profile_place at = session_place(e, span_of(e->target, e->target_len),
                                            span_of(e->sign_public, sizeof e->sign_public));
    bool late = e->signs > 1; /* the answer to an older request */
    if (e->signs > 0)
        e->signs--;
    if (e->step != STEP_SIGN || signature.len != SUITE_SIGNATURE ||
        !profile_device_signed(&at, &e->self, signature))
        return late ? RULE_NONE : RULE_SIGNATURE_ASKED;
    e->signs = 0;
    memcpy(e->device_signature, signature.ptr, SUITE_SIGNATURE);
    if (set_self(e) != ERR_OK)
        return RULE_SPACE;
    if (!e->creating)
        return ask_join(e) == ERR_OK ? RULE_NONE : RULE_SPACE;
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_CREATE);
    out->number = e->number.create = session_number(e);
    out->a = effects_copy(&e->effects, span_of(e->target, e->target_len));
    e->step = STEP_CREATE;
    return RULE_NONE;
}

/* ---- in ---- */

static void entered(struct e2ee *e)
{
    e->step = STEP_IN;
    e->once_in = true;
    e->restarts = 0;
    e->heard_ms = e->rekeyed_ms = e->mono;
    e->timer[TIMER_JOIN] = UINT64_MAX;
    session_epoch_began(e, NODE_NONE);
    session_set(e, TIMER_REKEY, REKEY_EVERY_MS + session_random(e, REKEY_RANK_MS));
}

static enum mls_rule check_created(struct e2ee *e)
{
    struct group_entry entry = {.group_id = group_id(e->g),
                                .extensions = group_extensions(e->g),
                                .tree = group_tree(e->g),
                                .own_leaf = group_own_leaf(e->g)};
    return session_check_entry(e, &entry);
}

static void created(struct e2ee *e)
{
    uint8_t text[POLICY_CONTEXT_MAX];
    struct writer w = writer_of(text, sizeof text);
    policy_context_write(e->policy.raw, &w);
    if (!writer_ok(&w) ||
        group_create(e->g, span_of(e->target, e->target_len), writer_span(&w)) != ERR_OK ||
        check_created(e) != RULE_NONE) {
        restart_later(e);
        return;
    }
    take_server_group(e, span_of(e->target, e->target_len));
    entered(e);
}

static void create_reply(struct e2ee *e, uint32_t reason)
{
    e->number.create = 0;
    if (reason == E2EE_REPLY_OK)
        created(e);
    else if (reason == E2EE_REPLY_CONFLICT && e->server_group_len > 0)
        session_follow(e);
    else
        restart_later(e);
}

static void resume_reply(struct e2ee *e, uint32_t reason)
{
    e->number.resume = 0;
    if (reason != E2EE_REPLY_OK) {
        session_follow(e);
        return;
    }
    if (e->catch_up > group_epoch(e->g))
        session_need_log(e, e->catch_up);
    else if (e->flight.on) /* it never came to the server */
        session_commit_lost(e);
    e->beat_now = true;
    session_set_early(e, TIMER_BEAT, session_random(e, BEAT_SOON_MS));
}

void session_enter_reply(struct e2ee *e, const struct e2ee_input *in)
{
    if (in->number == e->number.create && e->step == STEP_CREATE) {
        create_reply(e, in->reason);
    } else if (in->number == e->number.resume && group_active(e->g)) {
        resume_reply(e, in->reason);
    } else if (in->number == e->number.join && e->step == STEP_JOIN) {
        e->number.join = 0;
        if (in->reason != E2EE_REPLY_OK)
            restart_later(e);
    }
}

/* The server takes us for served. The package can still be used, so it asks at once with the same
 * one; but it may be in the tree by now, so that another follows soon, and less and less soon. */
static void welcome_refused(struct e2ee *e)
{
    uint64_t wait = WELCOME_RETRY_MS;
    for (uint32_t i = 0; i < e->restarts && wait < RESTART_MAX_MS; i++)
        wait *= 2;
    if (e->bad_welcomes++ > 0)
        return;
    if (e->connected)
        send_join(e);
    session_set_early(e, TIMER_JOIN, wait);
    e->restarts++;
}

/* A Welcome that is refused changes nothing: the right one may still come for the same key package.
 */
enum mls_rule session_group_welcome(struct e2ee *e, const struct e2ee_input *in)
{
    if (e->step != STEP_JOIN || !span_equal(in->a, span_of(e->target, e->target_len)))
        return RULE_WELCOME;
    if (group_join(e->g, in->b, (struct span){NULL, 0}, 0) != ERR_OK) {
        enum mls_rule rule = group_rule(e->g);
        welcome_refused(e);
        return rule;
    }
    e->n_known = 0;
    entered(e);
    uint64_t spread = OWN_REKEY_MS; /* above 60 people at most two joiners rekey in a second */
    if (tree_count(group_tree(e->g)) > 60)
        spread = 500 * (uint64_t)tree_count(group_tree(e->g));
    session_set(e, TIMER_OWN_REKEY, session_random(e, spread));
    return RULE_NONE;
}
