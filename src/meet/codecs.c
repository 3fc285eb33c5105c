/* What every member of a meeting decodes, so that publishers know what they may send.
 * knows: how many members inside have each codec, what was told last, when it may grow. knows not:
 * which codec a bit stands for, who sends what. owns: meeting.codecs and the times around it.
 *
 * What not everybody has any more is told at once. What everybody has again is told later: one who
 * comes and goes in a loop would else make all publishers change codec each time. The wait is
 * MEET_CODECS_US for each time that the set has shrunk. */
#include "base/bug.h"
#include "meet/state.h"

static uint32_t inside(const struct meeting *g)
{
    return g->count - g->waiting;
}

static uint8_t common(const struct meeting *g)
{
    uint8_t all = 0;
    for (unsigned i = 0; i < MEET_CODECS; i++)
        if (inside(g) > 0 && g->decoders[i] == inside(g))
            all |= (uint8_t)(1U << i);
    return all;
}

static void count(struct meeting *g, uint8_t decodes, bool one_more)
{
    for (unsigned i = 0; i < MEET_CODECS; i++) {
        if (!(decodes >> i & 1))
            continue;
        BUG_IF(!one_more && g->decoders[i] == 0);
        g->decoders[i] += one_more ? 1 : UINT32_MAX;
    }
}

static void tell(struct meet *m, const struct member *to)
{
    struct meet_effect *e = meet_event_member(m, to, MEET_EVENT_CODECS);
    if (e)
        e->codec = to->meeting->codecs;
}

static void tell_all(struct meet *m, struct meeting *g, uint8_t codecs)
{
    g->codecs = codecs;
    meet_event_room(m, g, 0, MEET_EVENT_CODECS)->codec = codecs;
}

static void narrow(struct meet *m, struct meeting *g)
{
    if (g->narrowed < MEET_CODECS_TURNS)
        g->narrowed++;
    tell_all(m, g, g->codecs & common(g));
}

static void next_turn(struct meet *m, struct meeting *g)
{
    list_remove(&g->turn_node);
    g->turn_due = m->now + MEET_CODECS_US;
    list_append(&m->turning, &g->turn_node);
}

static void begin_growing(struct meet *m, struct meeting *g)
{
    if (common(g) == g->codecs || !list_empty(&g->turn_node))
        return;
    g->turns = g->narrowed > 0 ? g->narrowed : 1;
    next_turn(m, g);
}

void meet_codecs_enter(struct meet *m, struct member *p)
{
    struct meeting *g = p->meeting;
    count(g, p->decodes, true);
    if (inside(g) == 1)
        g->codecs = common(g); /* nobody else is to be told */
    if (g->codecs & ~common(g))
        narrow(m, g);
    else if (g->codecs != 0)
        tell(m, p);
}

void meet_codecs_leave(struct meet *m, const struct member *p)
{
    count(p->meeting, p->decodes, false);
    begin_growing(m, p->meeting);
}

void meet_codecs_resume(struct meet *m, struct member *p, uint8_t decodes)
{
    struct meeting *g = p->meeting;
    if (p->waiting) {
        p->decodes = decodes;
        return;
    }
    count(g, p->decodes, false);
    p->decodes = decodes;
    count(g, p->decodes, true);
    if (g->codecs & ~common(g))
        narrow(m, g);
    else if (g->codecs != 0 || g->narrowed > 0)
        tell(m, p); /* it may have changed while it was away */
    begin_growing(m, g);
}

/* One a tick, as everywhere: the shell comes straight back while another's moment has passed. */
void meet_codecs_tick(struct meet *m)
{
    if (meet_codecs_deadline(m) > m->now)
        return;
    struct meeting *g = LIST_ENTRY(m->turning.next, struct meeting, turn_node);
    if (--g->turns > 0) {
        next_turn(m, g);
        return;
    }
    list_remove(&g->turn_node);
    if (common(g) != g->codecs)
        tell_all(m, g, common(g));
}

instant_us meet_codecs_deadline(const struct meet *m)
{
    if (list_empty(&m->turning))
        return INSTANT_NEVER;
    return LIST_ENTRY(m->turning.next, const struct meeting, turn_node)->turn_due;
}
