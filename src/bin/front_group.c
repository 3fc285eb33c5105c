/* The group's messages: requests to commands, uploads, events to messages.
 * knows: pieces, their bounds, both vocabularies. knows not: MLS, and the order of commits (meet/).
 * owns: the sessions' upload buffers. */
#include <stdlib.h>

#include "base/bug.h"
#include "bin/front.h"
#include "crypt/crypt.h"
#include "io/clock.h"

enum { UPLOAD_STEP = 65536 };

/* ---- uploads ---- */

void upload_drop(struct front *f, struct session *s)
{
    f->upload_bytes -= s->upload.cap;
    free(s->upload.bytes);
    s->upload.bytes = NULL;
    s->upload.len = s->upload.cap = 0;
}

/* A bucket of FRONT_UPLOAD_BURST bytes that fills by FRONT_UPLOAD_RATE a second. */
bool upload_take_share(struct session *s, size_t bytes, instant_us now)
{
    struct upload *u = &s->upload;
    int64_t gained = (now - u->tokens_at) / US_PER_MS * FRONT_UPLOAD_RATE / 1000;
    if (gained > 0) {
        u->tokens =
            u->tokens + gained > FRONT_UPLOAD_BURST ? FRONT_UPLOAD_BURST : u->tokens + gained;
        u->tokens_at = now;
    }
    if (u->tokens < (int64_t)bytes)
        return false;
    u->tokens -= (int64_t)bytes;
    return true;
}

static bool upload_grow(struct front *f, struct upload *u, size_t need)
{
    size_t cap = (need + UPLOAD_STEP - 1) / UPLOAD_STEP * UPLOAD_STEP;
    if (need <= u->cap)
        return true;
    if (f->upload_bytes + cap - u->cap > FRONT_UPLOADS)
        return false;
    uint8_t *bytes = realloc(u->bytes, cap);
    if (!bytes)
        return false;
    f->upload_bytes += cap - u->cap;
    u->bytes = bytes;
    u->cap = cap;
    return true;
}

/* True when the piece is kept: the core then says ok. Who is not in the group uploads nothing, and
 * the core says why. */
static bool upload_add(struct front *f, struct session *s, const struct signal_message *m)
{
    struct upload *u = &s->upload;
    struct span bytes = m->as.group_part.bytes;
    enum signal_set_reason why = SIGNAL_reason_busy;
    if (!meet_in_group(f->meet, s->number))
        return true;
    if (u->len + bytes.len > LIMIT_GROUP_UPLOAD)
        why = SIGNAL_reason_limit;
    else if (upload_take_share(s, bytes.len, clock_now()) &&
             upload_grow(f, u, u->len + bytes.len)) {
        memcpy(u->bytes + u->len, bytes.ptr, bytes.len);
        u->len += bytes.len;
        u->since = clock_now();
        return true;
    }
    session_refuse(f, s->number, m->number, why, NULL);
    return false;
}

/* ---- requests ---- */

static void commit_command(struct session *s, const struct signal_group_commit *q,
                           struct meet_group *g, struct group_lists *lists)
{
    const struct upload *u = &s->upload;
    if (q->commit <= u->len) { /* else the core gets none, and refuses it */
        g->bytes = span_of(u->bytes, q->commit);
        g->welcome = span_of(u->bytes + q->commit, u->len - q->commit);
        crypt_sha256(g->hash, g->bytes);
    }
    for (uint32_t i = 0; i < q->n_joins; i++)
        lists->joins[i] = q->joins[i].member;
    for (uint32_t i = 0; i < q->n_gone; i++)
        lists->gone[i] = q->gone[i].participant;
    g->joins = lists->joins;
    g->n_joins = q->n_joins;
    g->gone = lists->gone;
    g->n_gone = q->n_gone;
}

/* A beat is told by its first byte, which no note has; a note is what its sender says, and
 * receivers drop one that is something else. Without a word it is chat, the strictest. */
static enum meet_note note_of(const struct signal_group_message *q)
{
    enum { MARK_BEAT = 0xF2 };
    if (q->bytes.ptr[0] == MARK_BEAT)
        return MEET_BEAT;
    return q->has_kind ? (enum meet_note)q->kind : MEET_CHAT;
}

bool front_group_command(struct front *f, struct session *s, const struct signal_message *m,
                         struct meet_command *c, struct group_lists *lists)
{
    struct meet_group *g = &c->as.group;
    switch (m->type) {
    case SIGNAL_GROUP_CREATE:
        c->type = MEET_GROUP_CREATE;
        g->id = m->as.group_create.group;
        return true;
    case SIGNAL_GROUP_JOIN:
        c->type = MEET_GROUP_JOIN;
        g->id = m->as.group_join.group;
        g->bytes = m->as.group_join.key_package;
        g->proof = m->as.group_join.proof;
        return true;
    case SIGNAL_GROUP_RESUME:
        c->type = MEET_GROUP_RESUME;
        g->id = m->as.group_resume.group;
        g->epoch = m->as.group_resume.epoch;
        return true;
    case SIGNAL_GROUP_PART:
        c->type = MEET_GROUP_PART;
        return upload_add(f, s, m);
    case SIGNAL_GROUP_COMMIT:
        c->type = MEET_GROUP_COMMIT;
        g->id = m->as.group_commit.group;
        g->epoch = m->as.group_commit.epoch;
        commit_command(s, &m->as.group_commit, g, lists);
        return true;
    case SIGNAL_GROUP_LOG:
        c->type = MEET_GROUP_LOG;
        g->id = m->as.group_log.group;
        g->epoch = m->as.group_log.epoch;
        return true;
    case SIGNAL_GROUP_INVALID:
        c->type = MEET_GROUP_INVALID;
        g->id = m->as.group_invalid.group;
        g->epoch = m->as.group_invalid.epoch;
        memcpy(g->hash, m->as.group_invalid.hash.ptr, sizeof g->hash);
        return true;
    case SIGNAL_GROUP_MESSAGE:
        c->type = MEET_GROUP_MESSAGE;
        g->id = m->as.group_message.group;
        g->epoch = m->as.group_message.epoch;
        g->bytes = m->as.group_message.bytes;
        g->to = m->as.group_message.has_to ? m->as.group_message.to : 0;
        g->note = note_of(&m->as.group_message);
        return true;
    default:
        return false;
    }
}

void front_group_carried(struct front *f, struct session *s, const struct meet_command *c)
{
    if (c->type == MEET_GROUP_COMMIT)
        upload_drop(f, s);
}

/* ---- events ---- */

static void wanted_event(struct front *f, const struct meet_effect *e, struct signal_message *m)
{
    struct signal_group_wanted *w = &m->as.group_wanted;
    struct meet_candidate c;
    struct span gone;
    uint32_t cursor = 0;
    m->type = SIGNAL_GROUP_WANTED;
    w->group = e->group;
    w->epoch = e->epoch;
    while (meet_wanted_join_next(f->meet, e->session, &cursor, &c))
        f->candidates[w->n_joins++] = (struct signal_group_candidate){.member = c.member,
                                                                      .participant = c.participant,
                                                                      .key_package = c.key_package,
                                                                      .proof = c.proof,
                                                                      .waiting = c.waiting,
                                                                      .has_link = c.link != 0,
                                                                      .link = c.link};
    cursor = 0;
    while (meet_wanted_gone_next(f->meet, e->session, &cursor, &gone))
        f->gone[w->n_gone++] = (struct signal_participant_ref){.participant = gone};
    w->joins = f->candidates;
    w->gone = f->gone;
}

/* From the request under way: what kind its sender calls it, and the mark that a report shows. */
static void mark_message(struct front *f, struct signal_group_message_event *out)
{
    static uint8_t frank[32];
    const struct signal_group_message *q = &f->request->message.as.group_message;
    out->has_kind = q->has_kind;
    out->kind = q->kind;
    if (!q->has_commitment)
        return;
    out->has_frank = out->has_at = true;
    out->at = (uint32_t)(front_unix_ms() / 1000);
    struct frank mark = {meet_meeting_of(f->meet, f->sender->number), f->sender->participant,
                         out->at, q->commitment.ptr};
    report_frank(f, &mark, frank);
    out->frank = span_of(frank, sizeof frank);
}

void front_group_event(struct front *f, const struct meet_effect *e)
{
    struct signal_message m = {.type = SIGNAL_NONE_};
    switch (e->type) {
    case MEET_EVENT_ADMITTED:
        m.type = SIGNAL_ADMITTED;
        front_roster(f, e->session, &m.as.admitted.n_members, &m.as.admitted.members);
        rules_settings(meet_settings_of(f->meet, e->session), &m.as.admitted.settings);
        break;
    case MEET_EVENT_GROUP_STATE:
        m.type = SIGNAL_GROUP_STATE;
        m.as.group_state.has_group = e->group.len > 0;
        m.as.group_state.group = e->group;
        m.as.group_state.epoch = e->epoch;
        break;
    case MEET_EVENT_GROUP_WANTED:
        wanted_event(f, e, &m);
        break;
    case MEET_EVENT_GROUP_COMMIT:
        f->counts.commits += e->session == 0;
        m.type = SIGNAL_GROUP_COMMITTED;
        m.as.group_committed = (struct signal_group_committed){
            .group = e->group, .epoch = e->epoch, .from = e->member, .commit = e->bytes};
        break;
    case MEET_EVENT_GROUP_WELCOME:
        m.type = SIGNAL_GROUP_WELCOME;
        m.as.group_welcome = (struct signal_group_welcome){
            .group = e->group, .epoch = e->epoch, .welcome = e->bytes};
        break;
    case MEET_EVENT_GROUP_MESSAGE:
        m.type = SIGNAL_GROUP_MESSAGE_EVENT;
        m.as.group_message_event = (struct signal_group_message_event){
            .group = e->group, .epoch = e->epoch, .from = e->member, .bytes = e->bytes};
        mark_message(f, &m.as.group_message_event);
        break;
    default: /* MEET_EVENT_GROUP_REOPENED */
        f->counts.reopened++;
        m.type = SIGNAL_GROUP_REOPENED;
        m.as.group_reopened = (struct signal_group_reopened){.group = e->group, .epoch = e->epoch};
        break;
    }
    front_send_audience(f, e, &m);
}
