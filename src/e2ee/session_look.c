/* What is true now, and telling when that changed.
 * knows: the state. changes: only what was told, and the next wake-up. */
#include "e2ee/session.h"

#include "base/mutant.h"
#include "e2ee/code.h"

bool session_me_admin(const struct e2ee *e)
{
    return group_active(e->g) && e->roster.person[group_own_leaf(e->g)].admin;
}

/* How long a leaf may be hidden: one that was here gets the time that its removal takes. */
static uint64_t patience(const struct person *p)
{
    if (!p->shown_once && !p->gone_once)
        return GHOST_MS - 100;
    return GONE_MS + (p->away ? AWAY_MS : 0);
}

static bool has_ghost(const struct e2ee *e)
{
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        const struct person *p = &e->roster.person[i];
        if (p->used && p->member == 0 && i != group_own_leaf(e->g) &&
            e->mono - p->hidden_ms >= patience(p))
            return true;
    }
    return roster_count(&e->roster) != tree_count(group_tree(e->g));
}

/* One member alone, who has been removed, can vouch for an epoch that everybody else has left: so
 * an administrator has to be heard from time to time, and in small groups half of the people. */
static bool lacks_witnesses(const struct e2ee *e)
{
    uint32_t others = 0, heard = 0, admins = 0, admins_heard = 0;
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        const struct person *p = &e->roster.person[i];
        if (!p->used || p->member == 0 || i == group_own_leaf(e->g))
            continue;
        others++;
        heard += e->mono - p->heard_ms <= SILENT_HALF_MS;
        admins += p->admin;
        admins_heard += p->admin && e->mono - p->heard_ms <= SILENT_ADMIN_MS;
    }
    return (admins > 0 && admins_heard == 0) || (others < BEAT_ALL_MAX && 2 * heard < others);
}

static bool is_silent(const struct e2ee *e)
{
    return roster_count(&e->roster) > 1 &&
           (e->mono - e->heard_ms > SILENT_MS || lacks_witnesses(e));
}

/* A removal that does not come into effect: the server, or whoever is to go, may hold it up. */
static bool lacks_removal(const struct e2ee *e)
{
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        const struct person *p = &e->roster.person[i];
        if (p->used && p->asked && e->mono - p->asked_ms > REMOVE_MS)
            return true;
    }
    return false;
}

static bool is_behind(const struct e2ee *e)
{
    return (e->ahead > group_epoch(e->g) && e->mono - e->ahead_ms > BEHIND_MS) ||
           (e->bad.on && e->mono - e->bad.since_ms > BEHIND_MS) || lacks_removal(e);
}

static enum e2ee_why why_stopped(const struct e2ee *e)
{
    if (e->over != E2EE_WHY_NONE)
        return e->over;
    if (e->step == STEP_OUT)
        return E2EE_WHY_REMOVED;
    if (!group_active(e->g))
        return e->once_in ? E2EE_WHY_BEHIND : E2EE_WHY_NONE;
    if (e->forked)
        return E2EE_WHY_FORK;
    if (!DEFENCE(35, !has_ghost(e)))
        return E2EE_WHY_GHOST;
    if (is_behind(e))
        return E2EE_WHY_BEHIND;
    return is_silent(e) ? E2EE_WHY_SILENT : E2EE_WHY_NONE;
}

void session_phase(const struct e2ee *e, enum e2ee_phase *phase, enum e2ee_why *why)
{
    *why = why_stopped(e);
    if (*why != E2EE_WHY_NONE)
        *phase = E2EE_STOPPED;
    else
        *phase = group_active(e->g) ? E2EE_SECURE : E2EE_STARTING;
}

void e2ee_status(const struct e2ee *e, struct e2ee_status *out)
{
    *out = (struct e2ee_status){.refused = e->refused, .flags = e->policy.flags};
    session_phase(e, &out->phase, &out->why);
    if (!group_active(e->g))
        return;
    out->epoch = group_epoch(e->g);
    out->leaf = group_own_leaf(e->g);
    out->count = tree_count(group_tree(e->g));
    out->admin = session_me_admin(e);
    memcpy(out->code, e->code, sizeof out->code);
}

/* ---- telling ---- */

static void wake_at(struct e2ee *e, uint64_t at)
{
    if (at > e->mono && at < e->timer[TIMER_WAKE])
        e->timer[TIMER_WAKE] = at;
}

static void plan_wake(struct e2ee *e)
{
    e->timer[TIMER_WAKE] = UINT64_MAX;
    if (e->over != E2EE_WHY_NONE || !group_active(e->g))
        return;
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        const struct person *p = &e->roster.person[i];
        if (p->used && p->asked)
            wake_at(e, p->asked_ms + REMOVE_MS + 1);
        if (p->used && p->member != 0) {
            wake_at(e, p->heard_ms + SILENT_ADMIN_MS + 1);
            wake_at(e, p->heard_ms + SILENT_HALF_MS + 1);
        }
        if (!p->used || p->member != 0)
            continue;
        wake_at(e, p->hidden_ms + patience(p));
        wake_at(e, p->hidden_ms + GONE_COMMIT_MS + (p->away ? AWAY_MS : 0));
    }
    if (e->ahead > group_epoch(e->g))
        wake_at(e, e->ahead_ms + BEHIND_MS + 1);
    if (e->bad.on)
        wake_at(e, e->bad.since_ms + BEHIND_MS + 1);
    if (roster_count(&e->roster) > 1)
        wake_at(e, e->heard_ms + SILENT_MS + 1);
}

void session_settle(struct e2ee *e)
{
    struct e2ee_status now;
    e2ee_status(e, &now);
    if (now.phase != e->told.phase || now.why != e->told.why || now.epoch != e->told.epoch ||
        now.count != e->told.count || now.flags != e->told.flags || now.admin != e->told.admin) {
        e->told.phase = now.phase;
        e->told.why = now.why;
        e->told.epoch = now.epoch;
        e->told.count = now.count;
        e->told.flags = now.flags;
        e->told.admin = now.admin;
        effects_add(&e->effects, E2EE_OUT_STATUS);
    }
    if (e->effects.people)
        effects_add(&e->effects, E2EE_OUT_PEOPLE);
    if (e->effects.waiting)
        effects_add(&e->effects, E2EE_OUT_WAITING);
    plan_wake(e);
}

/* ---- looking ---- */

static void person_of(const struct e2ee *e, const struct profile *p, struct e2ee_person *out)
{
    out->name = span_of(p->name, p->name_len);
    out->device = p->device;
    out->bot = p->bot;
    out->has_build = p->has_build;
    out->build = p->build;
    out->same_build =
        p->has_build && e->self.has_build && memcmp(p->build, e->self.build, sizeof p->build) == 0;
}

bool e2ee_person_next(const struct e2ee *e, uint32_t *cursor, struct e2ee_person *out)
{
    while (*cursor < e->roster.leaves && !e->roster.person[*cursor].used)
        ++*cursor;
    if (*cursor >= e->roster.leaves)
        return false;
    const struct person *p = &e->roster.person[*cursor];
    *out = (struct e2ee_person){.leaf = *cursor, .member = p->member, .admin = p->admin};
    out->named = policy_names(&e->policy, span_of(p->profile.device, SUITE_SIGN_PUBLIC));
    out->participant = p->participant;
    out->me = memcmp(p->participant, e->participant, E2EE_PARTICIPANT) == 0;
    person_of(e, &p->profile, out);
    ++*cursor;
    return true;
}

bool e2ee_waiting_next(const struct e2ee *e, uint32_t *cursor, struct e2ee_person *out)
{
    while (*cursor < JOINS_MAX && !(e->joins[*cursor].used && e->joins[*cursor].waiting))
        ++*cursor;
    if (*cursor >= JOINS_MAX)
        return false;
    const struct join *j = &e->joins[*cursor];
    *out = (struct e2ee_person){.leaf = NODE_NONE, .member = j->member};
    out->participant = j->participant;
    person_of(e, &j->profile, out);
    ++*cursor;
    return true;
}

enum err e2ee_pair_code(const struct e2ee *e, const uint8_t participant[E2EE_PARTICIPANT],
                        char out[E2EE_PAIR_DIGITS + 1])
{
    uint32_t leaf = roster_find(&e->roster, participant);
    if (leaf == NODE_NONE || memcmp(participant, e->participant, E2EE_PARTICIPANT) == 0)
        return ERR_NOT_FOUND;
    code_pair(e->self.device, e->roster.person[leaf].profile.device, out);
    return ERR_OK;
}

enum err e2ee_media_key(const struct e2ee *e, enum sframe_context context, uint32_t leaf,
                        uint64_t epoch, struct sframe_key *out)
{
    const struct base_key *base = NULL;
    enum e2ee_phase phase;
    enum e2ee_why why;
    if (e->base.held && e->base.epoch == epoch)
        base = &e->base;
    else if (e->base_before.held && e->base_before.epoch == epoch)
        base = &e->base_before;
    if (!base || leaf >= e->members || leaf >> SFRAME_LEAF_BITS != 0)
        return ERR_NOT_FOUND;
    session_phase(e, &phase, &why);
    if (group_active(e->g) && leaf == group_own_leaf(e->g) &&
        (phase != E2EE_SECURE || base != &e->base))
        return ERR_STATE;
    sframe_derive(span_of(base->key, sizeof base->key), sframe_kid(context, leaf, epoch), out);
    return ERR_OK;
}
