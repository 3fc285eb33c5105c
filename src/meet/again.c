/* Somebody on a page that was loaded anew: the token of the membership before proves it, and brings
 * back the role that a host gave and what a host holds; not the seat, which only a resumed session
 * takes up. It also names who was removed, whatever participant id the new page draws.
 * knows: tokens' hashes, for MEET_KEPT_US after somebody has gone. knows not: the link's proofs.
 * owns: nothing; the list is the meeting's. */
#include "meet/state.h"

static const struct kept *kept_of(const struct meeting *g, const uint8_t token[MEET_TOKEN])
{
    for (size_t i = 0; i < MEET_KEPT; i++)
        if (g->kept[i].until != 0 && memcmp(g->kept[i].token, token, MEET_TOKEN) == 0)
            return &g->kept[i];
    return NULL;
}

static struct member *member_of(const struct meeting *g, const uint8_t token[MEET_TOKEN])
{
    LIST_EACH(&g->members, it)
    {
        struct member *p = LIST_ENTRY(it, struct member, node);
        if (memcmp(p->resume, token, MEET_TOKEN) == 0)
            return p;
    }
    return NULL;
}

void again_expire(struct meet *m, struct meeting *g)
{
    for (size_t i = 0; i < MEET_KEPT; i++)
        if (g->kept[i].until <= m->now)
            g->kept[i].until = 0;
}

bool again_find(const struct meeting *g, const struct meet_join *j, struct again *out)
{
    if (!j->has_again)
        return false;
    const struct member *p = member_of(g, j->again);
    const struct kept *k = kept_of(g, j->again);
    if (p)
        *out = (struct again){p->role, p->given, p->held};
    else if (k)
        *out = (struct again){k->role, k->given, k->held};
    return p || k;
}

/* What is worth keeping: a role that was given by hand, or a hold. The oldest makes room. */
void again_keep(struct meet *m, const struct member *p)
{
    struct meeting *g = p->meeting;
    if (!p->given && p->held == 0)
        return;
    struct kept *k = &g->kept[g->n_kept++ % MEET_KEPT];
    *k = (struct kept){.role = p->role, .given = p->given, .held = p->held};
    k->until = m->now + MEET_KEPT_US;
    memcpy(k->token, p->resume, sizeof k->token);
}

/* A token is worth this once: the page before, when it still is there, is hung up. */
void again_take(struct meet *m, struct member *p, const struct meet_join *j)
{
    struct again a;
    if (!again_find(p->meeting, j, &a))
        return;
    p->given = a.given;
    p->held = a.held;
    for (size_t i = 0; i < MEET_KEPT; i++)
        if (memcmp(p->meeting->kept[i].token, j->again, MEET_TOKEN) == 0)
            p->meeting->kept[i].until = 0;
    struct member *old = member_of(p->meeting, j->again);
    if (!old)
        return;
    old->given = false;
    old->held = 0;
    if (old->session == 0)
        return;
    struct meet_effect *e = meet_event_member(m, old, MEET_HANG_UP);
    e->flag = true;
    meet_member_lost(m, old->session);
}

bool again_is_banned(const struct meeting *g, const struct meet_join *j)
{
    return j->has_again && safe_is_banned(&g->safe, j->again);
}

void again_ban(struct meeting *g, const struct member *p)
{
    safe_ban(&g->safe, p->resume);
}
