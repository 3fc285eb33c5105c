/* The delivery service of the hall: who may commit next, the log, Welcomes, reopened epochs. */
#include "e2ee/hall_inside.h"

#include <stdlib.h>

/* ---- the delivery service ---- */

struct span hall_group(const struct hall *h)
{
    return span_of(h->group, h->group_len);
}

static void reply(struct hall *h, int to, uint32_t number, enum e2ee_reply r)
{
    hall_down(h, to, &(struct e2ee_input){.type = E2EE_IN_REPLY, .number = number, .reason = r});
}

static void tell_state(struct hall *h, int to)
{
    hall_down(
        h, to,
        &(struct e2ee_input){.type = E2EE_IN_GROUP_STATE, .a = hall_group(h), .epoch = h->epoch});
}

bool hall_anything_wanted(const struct hall *h)
{
    for (int i = 0; i < h->n_people; i++) {
        const struct hall_person *p = &h->person[i];
        if ((p->used && p->connected && p->asks) || p->wanted_gone)
            return true;
    }
    return false;
}

/* Hosts first, then the lowest member; the asked_rank-th of those who have a connection. */
static int committer(const struct hall *h, uint32_t rank)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < h->n_people; i++) {
            const struct hall_person *p = &h->person[i];
            if (!p->used || !p->connected || !p->in_group || p->host != (pass == 0))
                continue;
            if (rank-- == 0)
                return i;
        }
    return -1;
}

void hall_ask(struct hall *h)
{
    int to = committer(h, h->asked_rank);
    if (to < 0) {
        h->asked_rank = 0;
        to = committer(h, 0);
    }
    h->ask_at = h->now + 1500 + hall_random(h, 500);
    h->asked_rank++;
    if (to < 0)
        return;
    for (int i = 0; i < h->n_people; i++) {
        struct hall_person *p = &h->person[i];
        struct span who = span_of(p->participant, E2EE_PARTICIPANT);
        if (p->used && p->connected && p->asks)
            hall_down(h, to,
                      &(struct e2ee_input){.type = E2EE_IN_WANTED_JOIN,
                                           .member = p->member,
                                           .a = who,
                                           .b = span_of(p->package, p->package_len),
                                           .c = span_of(p->proof, E2EE_PROOF),
                                           .flag = h->waiting_room});
        if (p->wanted_gone)
            hall_down(h, to, &(struct e2ee_input){.type = E2EE_IN_WANTED_GONE, .a = who});
    }
    hall_down(h, to,
              &(struct e2ee_input){.type = E2EE_IN_WANTED, .a = hall_group(h), .epoch = h->epoch});
}

static void want_soon(struct hall *h)
{
    uint64_t at = h->last_commit + 1000 > h->now ? h->last_commit + 1000 : h->now;
    if (h->ask_at == UINT64_MAX || at < h->ask_at) {
        h->asked_rank = 0;
        h->ask_at = at;
    }
}

void hall_show(struct hall *h, int who, int to)
{
    struct hall_person *p = &h->person[who];
    hall_down(h, to,
              &(struct e2ee_input){.type = E2EE_IN_MEMBER,
                                   .member = p->member,
                                   .a = span_of(p->participant, E2EE_PARTICIPANT)});
}

static void admit(struct hall *h, int i)
{
    struct hall_person *p = &h->person[i];
    if (!p->waiting)
        return;
    p->waiting = false;
    for (int k = 0; k < h->n_people; k++) {
        struct hall_person *q = &h->person[k];
        if (k == i || !q->used || !q->connected || q->waiting)
            continue;
        hall_show(h, i, k);
        hall_show(h, k, i);
    }
}

static void send_commit(struct hall *h, int to, uint64_t epoch)
{
    const struct hall_log *l = &h->log[epoch % HALL_LOG];
    hall_down(h, to,
              &(struct e2ee_input){.type = E2EE_IN_COMMIT,
                                   .member = l->from,
                                   .epoch = epoch,
                                   .a = hall_group(h),
                                   .b = span_of(l->commit, l->len)});
}

static void take_commit(struct hall *h, int from, const struct hall_mail *m)
{
    struct hall_log *l = &h->log[h->epoch % HALL_LOG];
    free(l->commit);
    l->commit = malloc(m->out.b.len + 1);
    memcpy(l->commit, m->out.b.ptr, m->out.b.len);
    l->len = m->out.b.len;
    l->from = h->person[from].member;
    h->commits++;
    h->invalid_votes = 0;
    hall_note_bytes(h, m->out.b);
    hall_note_bytes(h, m->out.c);
    for (int i = 0; i < h->n_people; i++)
        for (uint32_t k = 0; k < m->out.n_joins; k++)
            if (h->person[i].used && h->person[i].member == m->joins[k])
                admit(h, i);
    for (int i = 0; i < h->n_people; i++)
        if (h->person[i].used && h->person[i].in_group)
            send_commit(h, i, h->epoch);
    h->epoch++;
    for (int i = 0; i < h->n_people; i++) {
        struct hall_person *p = &h->person[i];
        p->wanted_gone = p->wanted_gone && m->out.b.len == 0;
        for (uint32_t k = 0; k < m->out.n_joins; k++) {
            if (!p->used || p->member != m->joins[k])
                continue;
            p->in_group = true;
            p->asks = false;
            hall_down(h, i,
                      &(struct e2ee_input){.type = E2EE_IN_GROUP_WELCOME,
                                           .a = hall_group(h),
                                           .epoch = h->epoch,
                                           .b = m->out.c});
        }
    }
    h->last_commit = h->now;
    h->asked_rank = 0;
    h->ask_at = hall_anything_wanted(h) ? h->now + 1000 : UINT64_MAX;
}

static void take_invalid(struct hall *h, int from, const struct hall_mail *m)
{
    uint32_t others = 0;
    reply(h, from, m->out.number, E2EE_REPLY_OK);
    if (m->out.epoch + 1 != h->epoch)
        return;
    h->invalid_votes++;
    for (int i = 0; i < h->n_people; i++)
        others += h->person[i].used && h->person[i].connected && h->person[i].in_group;
    if (others < 2 || 2 * h->invalid_votes <= others - 1)
        return;
    h->epoch--;
    h->invalid_votes = 0;
    for (int i = 0; i < h->n_people; i++)
        if (h->person[i].used && h->person[i].in_group)
            hall_down(h, i,
                      &(struct e2ee_input){
                          .type = E2EE_IN_REOPENED, .a = hall_group(h), .epoch = h->epoch});
    if (hall_anything_wanted(h))
        want_soon(h);
}

static void take_create(struct hall *h, int from, const struct hall_mail *m)
{
    if (h->group_len > 0) {
        reply(h, from, m->out.number, E2EE_REPLY_CONFLICT);
        tell_state(h, from);
        return;
    }
    memcpy(h->group, m->out.a.ptr, m->out.a.len);
    h->group_len = m->out.a.len;
    h->epoch = 0;
    h->person[from].in_group = true;
    reply(h, from, m->out.number, E2EE_REPLY_OK);
    for (int i = 0; i < h->n_people; i++)
        if (i != from && h->person[i].used)
            tell_state(h, i);
}

static void take_resume(struct hall *h, int from, const struct hall_mail *m)
{
    bool same = span_equal(m->out.a, hall_group(h));
    h->person[from].in_group = same;
    reply(h, from, m->out.number, same ? E2EE_REPLY_OK : E2EE_REPLY_NOT_FOUND);
}

static void take_message(struct hall *h, int from, const struct hall_mail *m)
{
    hall_note_bytes(h, m->out.b);
    for (int i = 0; i < h->n_people; i++) {
        struct hall_person *p = &h->person[i];
        if (i == from || !p->used || !p->in_group || (m->out.member && p->member != m->out.member))
            continue;
        hall_down(h, i,
                  &(struct e2ee_input){.type = E2EE_IN_MESSAGE,
                                       .a = m->out.a,
                                       .epoch = m->out.epoch,
                                       .b = m->out.b,
                                       .member = h->person[from].member});
    }
}

void hall_serve(struct hall *h, struct hall_mail *m)
{
    int from = m->person;
    struct hall_person *p = &h->person[from];
    m->out.joins = m->joins;
    if (!p->used || !p->connected || (h->hooks.up && !h->hooks.up(h, from, &m->out)))
        return;
    bool mine = p->in_group && span_equal(m->out.a, hall_group(h));
    switch (m->out.type) {
    case E2EE_OUT_CREATE:
        take_create(h, from, m);
        break;
    case E2EE_OUT_JOIN:
        p->asks = true;
        memcpy(p->package, m->out.b.ptr, m->out.b.len);
        p->package_len = m->out.b.len;
        memcpy(p->proof, m->out.c.ptr, E2EE_PROOF);
        reply(h, from, m->out.number, E2EE_REPLY_OK);
        want_soon(h);
        break;
    case E2EE_OUT_RESUME:
        take_resume(h, from, m);
        break;
    case E2EE_OUT_COMMIT:
        if (mine && m->out.epoch == h->epoch) {
            reply(h, from, m->out.number, E2EE_REPLY_OK);
            take_commit(h, from, m);
        } else {
            h->conflicts++;
            reply(h, from, m->out.number, E2EE_REPLY_CONFLICT);
        }
        break;
    case E2EE_OUT_LOG:
        reply(h, from, m->out.number, E2EE_REPLY_OK);
        for (uint64_t e = m->out.epoch; mine && e < h->epoch; e++)
            send_commit(h, from, e);
        break;
    case E2EE_OUT_INVALID:
        take_invalid(h, from, m);
        break;
    case E2EE_OUT_MESSAGE:
        if (mine)
            take_message(h, from, m);
        break;
    default:
        break;
    }
}
