/* Timers and beats.
 * knows: who beats, who commits, when. knows not: what a commit holds. owns: nothing. */
#include "e2ee/session.h"

/* ---- time ---- */

void session_clock(struct e2ee *e, uint64_t now_ms)
{
    if (now_ms > e->now_ms && e->now_ms != 0)
        e->mono += now_ms - e->now_ms;
    e->now_ms = now_ms;
}

void session_set(struct e2ee *e, enum timer t, uint64_t in_ms)
{
    e->timer[t] = e->mono + in_ms;
}

void session_set_early(struct e2ee *e, enum timer t, uint64_t in_ms)
{
    if (e->mono + in_ms < e->timer[t])
        e->timer[t] = e->mono + in_ms;
}

uint64_t e2ee_deadline(const struct e2ee *e)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < TIMER_COUNT_; i++)
        if (e->timer[i] < first)
            first = e->timer[i];
    if (first == UINT64_MAX)
        return UINT64_MAX;
    return first <= e->mono ? e->now_ms : e->now_ms + (first - e->mono);
}

/* ---- who ---- */

uint32_t session_rank(const struct e2ee *e)
{
    uint32_t own = group_own_leaf(e->g), rank = 0;
    bool admin = e->roster.person[own].admin;
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        const struct person *p = &e->roster.person[i];
        bool before = p->admin != admin ? p->admin : i < own;
        rank += p->used && p->member != 0 && i != own && before;
    }
    return rank;
}

/* ---- beats ---- */

void session_plan_beat(struct e2ee *e)
{
    uint32_t n = roster_count(&e->roster);
    if (n < 2)
        e->timer[TIMER_BEAT] = UINT64_MAX;
    else if (session_rank(e) == 0)
        session_set(e, TIMER_BEAT, session_random(e, BEAT_SOON_MS));
    else if (n <= BEAT_ALL_MAX)
        session_set(e, TIMER_BEAT, session_random(e, BEAT_ALL_MS));
    else
        session_set(e, TIMER_BEAT, BEAT_EVERY_MS);
}

static void send_beat(struct e2ee *e)
{
    struct writer *w = &e->effects.text;
    size_t start = writer_len(w);
    uint64_t time = e->now_ms > e->beat_sent_ms ? e->now_ms : e->beat_sent_ms + 1;
    if (beat_write(e->g, time, w) != ERR_OK)
        return;
    e->beat_sent_ms = time;
    e->beat_round_ms = e->mono;
    e->beat_now = false;
    struct e2ee_effect *out = effects_add(&e->effects, E2EE_OUT_MESSAGE);
    out->number = session_number(e);
    out->epoch = group_epoch(e->g);
    out->b = span_of(w->start + start, writer_len(w) - start);
    out->a = effects_copy(&e->effects, group_id(e->g));
}

/* How many of those who beat, the first in rank, were not heard for a while: as many more do. */
static uint32_t unheard(const struct e2ee *e)
{
    uint32_t n = 0, dead = 0;
    for (uint32_t k = 0; k < 2 * e->roster.leaves && n < BEAT_RANKS; k++) {
        uint32_t leaf = k % e->roster.leaves;
        const struct person *p = &e->roster.person[leaf];
        if (!p->used || p->member == 0 || p->admin != (k < e->roster.leaves))
            continue;
        n++;
        dead += leaf != group_own_leaf(e->g) && e->mono - p->heard_ms > BEAT_DEAD_MS;
    }
    return dead;
}

/* The first three in rank beat, so that one of them hears another when any of them is cut off; in
 * small groups everybody, once after an epoch began and at times. */
static void beat_due(struct e2ee *e)
{
    uint32_t rank = session_rank(e), n = roster_count(&e->roster);
    if (n < 2 || !group_active(e->g))
        return;
    bool once = n <= BEAT_ALL_MAX && e->mono - e->epoch_ms <= BEAT_ALL_MS;
    bool round = n <= BEAT_ALL_MAX && e->mono - e->beat_round_ms >= BEAT_ROUND_MS - BEAT_EVERY_MS;
    if (rank < BEAT_RANKS + unheard(e) || once || round || e->beat_now)
        send_beat(e);
    session_set(e, TIMER_BEAT, BEAT_EVERY_MS);
}

static struct who who_is(const struct person *p, uint32_t leaf)
{
    struct who w = {.leaf = leaf};
    memcpy(w.signer, p->signer, sizeof w.signer);
    return w;
}

enum mls_rule session_beat_in(struct e2ee *e, const struct e2ee_input *in)
{
    struct beat b;
    if (beat_parse(in->b, &b) != ERR_OK || !span_equal(b.group_id, group_id(e->g)) ||
        b.leaf >= e->roster.leaves)
        return RULE_BEAT;
    struct person *p = &e->roster.person[b.leaf];
    if (!p->used || beat_verify(&b, span_of(p->signer, sizeof p->signer)) != ERR_OK)
        return RULE_BEAT;
    if (b.leaf == group_own_leaf(e->g) || b.time_ms <= p->beat_ms)
        return RULE_REPLAYED;
    p->beat_ms = b.time_ms;
    switch (beat_compare(&e->history, &b)) {
    case BEAT_FORK:
        e->forked = true;
        e->fork_by = who_is(p, b.leaf);
        break;
    case BEAT_SAME:
        if (b.epoch == group_epoch(e->g))
            e->heard_ms = p->heard_ms = e->mono;
        break;
    case BEAT_UNKNOWN:
        if (b.epoch > group_epoch(e->g)) {
            if (e->ahead == 0) {
                e->ahead_ms = e->mono;
                e->ahead_said = false;
                e->ahead_by = who_is(p, b.leaf);
            }
            if (b.epoch > e->ahead)
                e->ahead = b.epoch;
            session_set_early(e, TIMER_LOG, LOG_MS);
        }
        break;
    }
    return RULE_NONE;
}

/* ---- what is due ---- */

static void log_due(struct e2ee *e)
{
    if (!group_active(e->g) || e->ahead <= group_epoch(e->g) || !e->connected)
        return;
    e->number.log = 0;
    if (e->log_tries < LOG_TRIES || !e->ahead_said)
        session_ask_log(e);
    else if (!(e->bad.on && e->bad.ours))
        session_rejoin(e);
}

static void rekey_due(struct e2ee *e)
{
    uint64_t due = REKEY_EVERY_MS + (uint64_t)session_rank(e) * REKEY_RANK_MS;
    if (e->mono - e->rekeyed_ms < due) {
        session_set(e, TIMER_REKEY, due - (e->mono - e->rekeyed_ms));
        return;
    }
    e->want.rekey = true;
    session_set(e, TIMER_REKEY, REKEY_EVERY_MS + session_random(e, REKEY_RANK_MS));
    session_try_commit(e);
}

/* The first committer does not wait for the server's word for ever. */
static void wake_due(struct e2ee *e)
{
    bool some = false;
    if (!group_active(e->g) || session_rank(e) != 0)
        return;
    for (uint32_t i = 0; i < e->roster.leaves; i++) {
        struct person *p = &e->roster.person[i];
        bool due = p->used && p->member == 0 && p->shown_once && i != group_own_leaf(e->g) &&
                   e->mono - p->hidden_ms >= GONE_COMMIT_MS + (p->away ? AWAY_MS : 0);
        some = some || (due && !p->remove);
        p->remove = p->remove || due;
    }
    if (some)
        session_try_commit(e);
}

static void timer_due(struct e2ee *e, enum timer t)
{
    switch (t) {
    case TIMER_FORGET:
        group_forget_previous(e->g);
        if (e->base_before.held)
            effects_add(&e->effects, E2EE_OUT_FORGET)->epoch = e->base_before.epoch;
        suite_wipe(&e->base_before, sizeof e->base_before);
        break;
    case TIMER_BEAT:
        beat_due(e);
        break;
    case TIMER_LOG:
        log_due(e);
        break;
    case TIMER_JOIN:
        if (!group_active(e->g) && e->connected)
            session_follow(e);
        break;
    case TIMER_RETRY:
        if (group_active(e->g)) {
            session_tidy_joins(e);
            if (e->conflicts > 0 && e->connected)
                session_ask_log(e);
            session_try_commit(e);
        }
        break;
    case TIMER_REJOIN:
        if (group_active(e->g) && e->bad.on && !e->bad.ours)
            session_rejoin(e);
        break;
    case TIMER_OUT:
        session_end(e, E2EE_WHY_REMOVED);
        break;
    case TIMER_OWN_REKEY:
        e->want.rekey = true;
        if (group_active(e->g))
            session_try_commit(e);
        break;
    case TIMER_REKEY:
        if (group_active(e->g))
            rekey_due(e);
        break;
    case TIMER_WAKE:
        wake_due(e);
        break;
    case TIMER_COUNT_:
        break;
    }
}

void session_due(struct e2ee *e)
{
    for (int t = 0; t < TIMER_COUNT_; t++) {
        if (e->timer[t] > e->mono)
            continue;
        e->timer[t] = UINT64_MAX;
        timer_due(e, (enum timer)t);
    }
}
