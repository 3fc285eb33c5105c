/* Facts that hold after every one of a hundred thousand random commands of hosts, guests, those who
 * wait and those who come back (attack A30): nobody new after the ack of a lock, never a meeting
 * without a host who was there, no track that its owner may not send, no role above its giver's. */
#include "meet/state.h"
#include "meet/story.h"

enum { SESSIONS = 10, STEPS = 100000 };

struct world {
    struct story s;
    uint64_t seed;
    uint32_t via[SESSIONS + 1];
    bool in[SESSIONS + 1]; /* as its welcome and its end said */
    bool waits[SESSIONS + 1];
};

static uint32_t chance(struct world *w, uint32_t below)
{
    w->seed ^= w->seed << 13;
    w->seed ^= w->seed >> 7;
    w->seed ^= w->seed << 17;
    return (uint32_t)(w->seed % below);
}

static const struct meeting *meeting_of(const struct world *w)
{
    return meet_find(w->s.meet, "w");
}

static uint32_t random_member(struct world *w)
{
    const struct member *p = meet_member_of(w->s.meet, 1 + chance(w, SESSIONS));
    return p ? p->id : 1 + chance(w, 50);
}

static uint32_t random_track(struct world *w)
{
    const struct member *p = meet_member_of(w->s.meet, 1 + chance(w, SESSIONS));
    return p && !list_empty(&p->tracks) ? LIST_ENTRY(p->tracks.next, struct track, node)->id : 7;
}

static void come(struct world *w, unsigned session)
{
    struct meet_command c = {.type = MEET_JOIN, .session = session, .number = 1};
    snprintf(c.as.join.meeting, sizeof c.as.join.meeting, "w");
    /* Fresh ids now and then: who was removed tries another one too. */
    snprintf((char *)c.as.join.participant, LIMIT_PARTICIPANT, "n%u", session + chance(w, 3) * 100);
    c.as.join.waiting_room = true;
    c.as.join.role = session <= 3 ? MEET_HOST : MEET_PARTICIPANT;
    c.as.join.has_resume = chance(w, 2);
    memset(c.as.join.resume, (int)session, MEET_TOKEN);
    memset(c.as.join.fresh, (int)session, MEET_TOKEN);
    story_tell(&w->s, &c);
}

static size_t record_of(const struct safe *s, uint8_t *out)
{
    struct writer w = writer_of(out, SAFE_MAX);
    safe_write(s, &w);
    assert_true(writer_ok(&w));
    return writer_len(&w);
}

/* What a command would leave of the record is what it leaves: the shell stores it first. */
static void foretold(struct world *w, const struct meet_command *c)
{
    static uint8_t said[SAFE_MAX], is[SAFE_MAX];
    static struct safe next;
    const struct meeting *g = meeting_of(w);
    if (!meet_would_change(w->s.meet, c, &next))
        next = g->safe;
    story_tell(&w->s, c);
    g = meeting_of(w);
    if (!g || !meet_changes_record(c->type))
        return;
    size_t len = record_of(&next, said);
    assert_int_equal(record_of(&g->safe, is), len);
    assert_memory_equal(said, is, len);
}

static void act(struct world *w, unsigned session)
{
    struct meet_command c = {.session = session, .number = 1};
    switch (chance(w, 12)) {
    case 0:
        c.type = MEET_SETTINGS_SET;
        c.as.settings.named = 1u << chance(w, SETTING_COUNT_);
        for (int i = 0; i < SETTING_COUNT_; i++)
            c.as.settings.value[i] = (uint8_t)chance(w, 3);
        break;
    case 1:
        c.type = chance(w, 4) ? MEET_MUTE : MEET_RELEASE;
        c.as.mute.member = random_member(w);
        c.as.mute.source = (enum meet_source)chance(w, MEET_SOURCE_COUNT_);
        c.as.mute.hold = chance(w, 2);
        break;
    case 2:
        c.type = MEET_ROLE_SET;
        c.as.role.member = random_member(w);
        c.as.role.role = (enum meet_role)chance(w, MEET_ROLE_COUNT_);
        break;
    case 3:
        c.type = chance(w, 8)   ? MEET_MUTE_ALL
                 : chance(w, 2) ? MEET_SUSPEND
                                : (enum meet_command_type)(MEET_PASSCODE_SET + chance(w, 5));
        if (c.type == MEET_LINK_DROP)
            c.as.thing.id = 1 + chance(w, 80);
        else if (c.type == MEET_PASSCODE_SET)
            c.as.passcode.on = chance(w, 2);
        else if (c.type == MEET_LINK_ADD || c.type == MEET_LINK_ROTATE)
            memset(c.as.link.hash, (int)chance(w, 100), sizeof c.as.link.hash);
        break;
    case 4:
        c.type = MEET_REMOVE;
        c.as.thing.id = random_member(w);
        break;
    case 5:
        c.type = MEET_RECORD;
        c.as.record.on = chance(w, 2);
        break;
    case 6:
    case 7:
        c.type = MEET_PUBLISH;
        c.as.publish.transport = w->via[session];
        c.as.publish.source = (enum meet_source)chance(w, MEET_SOURCE_COUNT_);
        c.as.publish.kind = c.as.publish.source == MEET_CAMERA || c.as.publish.source == MEET_SCREEN
                                ? MEET_VIDEO
                                : MEET_AUDIO;
        c.as.publish.paused = chance(w, 2);
        break;
    default:
        c.type = MEET_TRACK_PAUSE;
        c.as.pause.track = random_track(w);
        c.as.pause.paused = chance(w, 3) == 0;
        break;
    }
    foretold(w, &c);
}

static void step(struct world *w)
{
    unsigned session = 1 + chance(w, SESSIONS);
    const struct member *p = meet_member_of(w->s.meet, session);
    if (!p)
        come(w, session);
    else if (chance(w, 40) == 0)
        story_do(&w->s, session, chance(w, 2) ? MEET_CONNECTION_LOST : MEET_LEAVE);
    else if (w->via[session] == 0 || !meet_own_transport(w->s.meet, p, w->via[session]))
        w->via[session] = story_transport(&w->s, session, MEET_SEND);
    else
        act(w, session);
    if (chance(w, 50) == 0)
        story_wait(&w->s, US_PER_S);
}

static unsigned inside(const struct meeting *g)
{
    unsigned n = 0;
    for (const struct list *it = g ? g->members.next : NULL; g && it != &g->members; it = it->next)
        n += !LIST_ENTRY((struct list *)(uintptr_t)it, struct member, node)->waiting;
    return n;
}

static unsigned hosts(const struct meeting *g)
{
    unsigned n = 0;
    for (const struct list *it = g ? g->members.next : NULL; g && it != &g->members;
         it = it->next) {
        const struct member *p = LIST_ENTRY((struct list *)(uintptr_t)it, struct member, node);
        n += !p->waiting && (p->role == MEET_HOST || p->role == MEET_OWNER);
    }
    return n;
}

static void tracks_are_allowed(const struct meeting *g)
{
    for (const struct list *it = g->members.next; it != &g->members; it = it->next) {
        const struct member *p = LIST_ENTRY((struct list *)(uintptr_t)it, struct member, node);
        assert_true(p->role != MEET_OWNER);
        assert_false(p->waiting && p->n_tracks > 0);
        if (p->recording)
            assert_int_equal(allow_record(p).reason, MEET_OK);
        for (const struct list *at = p->tracks.next; at != &p->tracks; at = at->next) {
            const struct track *t = LIST_ENTRY((struct list *)(uintptr_t)at, struct track, node);
            bool share = t->source == MEET_SCREEN || t->source == MEET_SCREEN_AUDIO;
            bool held = (p->held >> t->source & 1) != 0;
            /* A hold stops a source; what is live or shown, its owner may send. */
            if ((share || !t->paused) && !held)
                assert_int_equal(allow_source(p, t->source).reason, MEET_OK);
            assert_false(held && !t->paused && !share);
        }
    }
}

static void what_must_hold_holds_after_each_of_many_random_commands(void **state)
{
    static struct world w;
    struct meet_size size = story_size;
    (void)state;
    size.room_members = 12;
    memset(&w, 0, sizeof w);
    w.seed = 20260711;
    story_begin_with(&w.s, &size);
    unsigned locked_steps = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        const struct meeting *g = meeting_of(&w);
        bool locked = g && setting_on(&g->safe.settings, SETTING_locked);
        unsigned before = inside(g), hosts_before = hosts(g), waited = g ? g->waiting : 0;
        story_forget(&w.s);
        step(&w);
        g = meeting_of(&w);
        if (!g)
            continue;
        bool still = locked && setting_on(&g->safe.settings, SETTING_locked);
        locked_steps += still;
        /* A host on another page, or nobody: no guest, and none of those who waited. */
        if (still && inside(g) > before && !strstr(w.s.heard, " host\n"))
            fail_msg("step %u: somebody came into a locked meeting: %s (%u waited)", i, w.s.heard,
                     waited);
        bool went = strstr(w.s.heard, "member_left") || strstr(w.s.heard, "hang_up");
        if (hosts_before > 0 && hosts(g) == 0 && !went)
            fail_msg("step %u: the last host is gone: %s", i, w.s.heard);
        tracks_are_allowed(g);
    }
    printf("seed 20260711: %u commands, %u in a locked meeting\n", STEPS, locked_steps);
    assert_true(locked_steps > STEPS / 20);
    story_end(&w.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_must_hold_holds_after_each_of_many_random_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
