/* Passcodes: their digests are made on the worker thread, wrong ones cost a budget of the meeting's
 * that restarts do not refill. knows: whose digest is for what. knows not: argon2, what a meeting
 * allows. owns: the jobs, the table of meetings that are being tried. */
#include <stdlib.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "bin/front.h"
#include "crypt/crypt.h"
#include "crypt/passcode.h"

enum job_kind { JOB_TRY, JOB_SET, JOB_CREATE };

static_assert((int)PASSCODE_SALT == (int)SAFE_SALT && (int)PASSCODE_HASH == (int)SAFE_HASH,
              "the record keeps what is made here");

struct job {
    struct worker_job head;
    struct front *front;
    enum job_kind kind;
    char text[LIMIT_PASSCODE + 1];
    uint8_t salt[PASSCODE_SALT], made[PASSCODE_HASH];
    enum err result;
    uint64_t session; /* or the HTTP call, or the control line */
    uint32_t number;
    bool real; /* of a try: there is something to compare with, and a try left */
    enum ask_kind ask;
    struct ipc_meeting row;
    struct safe safe;
};

static struct job *job_of(struct worker_job *head)
{
    return (struct job *)(void *)head;
}

static void job_run(struct worker_job *head)
{
    struct job *j = job_of(head);
    j->result = passcode_hash(span_str(j->text), j->salt, j->made);
}

static void job_free(struct job *j)
{
    crypt_wipe(j, sizeof *j);
    free(j);
}

/* False: the queue is full; the job is freed. */
static bool job_give(struct job *j, void (*done)(struct worker_job *))
{
    j->head.run = job_run;
    j->head.done = done;
    if (worker_give(j->front->worker, &j->head))
        return true;
    j->front->counts.passcodes_full++;
    job_free(j);
    return false;
}

static struct job *job_new(struct front *f, enum job_kind kind, const char *text)
{
    struct job *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->front = f;
    j->kind = kind;
    memcpy(j->text, text, strnlen(text, LIMIT_PASSCODE));
    return j;
}

/* ---- the budget ---- */

/* The meeting's entry; a new one begins with what the store has. When all are taken the one that
 * was tried longest ago goes: its last state is stored. */
static struct tried *tried_of(struct front *f, const struct ipc_meeting *row)
{
    struct tried *old = &f->tried[0];
    for (size_t i = 0; i < FRONT_TRIED; i++) {
        struct tried *t = &f->tried[i];
        if (strcmp(t->meeting, row->id) == 0)
            return t;
        if (t->meeting[0] == '\0' ||
            (old->meeting[0] != '\0' && t->attempts.since_s < old->attempts.since_s))
            old = t;
    }
    memcpy(old->meeting, row->id, sizeof old->meeting);
    old->attempts = (struct risk_attempts){row->attempts, row->attempts_since_s};
    return old;
}

/* Taken before the work, so that many at once cannot share one; given back to who was right. */
static bool budget_take(struct front *f, const struct ipc_meeting *row)
{
    struct tried *t = tried_of(f, row);
    if (!DEFENCE(26, risk_attempt_take(&t->attempts, front_unix_ms() / 1000))) {
        struct meet_command c = {.type = MEET_PASSCODE_TRIED};
        memcpy(c.as.end.meeting, row->id, sizeof c.as.end.meeting);
        front_input(f, &c);
        f->counts.passcodes_spent++;
        return false;
    }
    rules_store_attempts(f, row->id, &t->attempts);
    return true;
}

static void budget_give(struct front *f, const struct ipc_meeting *row)
{
    struct tried *t = tried_of(f, row);
    risk_attempt_give(&t->attempts);
    rules_store_attempts(f, row->id, &t->attempts);
}

/* ---- coming in ---- */

static void try_done(struct worker_job *head)
{
    struct job *j = job_of(head);
    struct front *f = j->front;
    struct session *s = session_find(f, j->session);
    bool right =
        crypt_equal(j->made, j->safe.passcode, sizeof j->made) & j->real & (j->result == ERR_OK);
    if (right)
        budget_give(f, &j->row);
    else
        f->counts.passcodes_wrong++;
    if (s && s->hello && right) { /* the meeting may have ended, or changed, since it was asked */
        s->hello->has_proved = true;
        memcpy(s->hello->proved, j->made, sizeof s->hello->proved);
        session_ask(f, s);
    } else if (s && s->hello) {
        stranger_refuse(f, s, SIGNAL_reason_passcode);
    }
    job_free(j);
}

void passcode_try(struct front *f, struct session *s, const struct ipc_meeting *row,
                  const struct safe *safe)
{
    struct job *j = job_new(f, JOB_TRY, s->hello->passcode);
    f->counts.passcodes++;
    if (j) {
        j->session = s->number;
        j->real = row && budget_take(f, row);
        if (row) {
            j->row = *row;
            j->safe = *safe;
            memcpy(j->salt, safe->salt, sizeof j->salt);
        }
    }
    if (!j || !job_give(j, try_done))
        session_end_hello(f, s, SIGNAL_reason_busy);
}

/* ---- setting one ---- */

static void tell_core(struct front *f, const struct job *j, bool on)
{
    struct meet_command c = {.type = MEET_PASSCODE_SET, .session = j->session, .number = j->number};
    c.as.passcode.on = on;
    memcpy(c.as.passcode.salt, j->salt, sizeof j->salt);
    memcpy(c.as.passcode.hash, j->made, sizeof j->made);
    if (!change_take(f, &c))
        front_input(f, &c);
}

static void set_done(struct worker_job *head)
{
    struct job *j = job_of(head);
    const struct session *s = session_find(j->front, j->session);
    if (s && s->joined && j->result == ERR_OK)
        tell_core(j->front, j, true);
    else if (s)
        session_refuse(j->front, j->session, j->number, SIGNAL_reason_busy, NULL);
    job_free(j);
}

void passcode_set(struct front *f, struct session *s, const struct signal_message *m)
{
    const char *field;
    const struct signal_passcode_set *q = &m->as.passcode_set;
    if (!s->joined) {
        session_refuse(f, s->number, m->number, SIGNAL_reason_state, NULL);
        return;
    }
    enum meet_reason why = meet_may_set_passcode(f->meet, s->number, q->has_passcode, &field);
    if (why != MEET_OK) {
        session_refuse(f, s->number, m->number, front_reasons[why], field);
        return;
    }
    struct job *j = job_new(f, JOB_SET, q->passcode);
    bool ready = j && crypt_random(j->salt, sizeof j->salt) == ERR_OK;
    if (ready) {
        j->session = s->number;
        j->number = m->number;
    }
    if (ready && !q->has_passcode) {
        tell_core(f, j, false);
        job_free(j);
    } else if (!ready || !job_give(j, set_done)) {
        session_refuse(f, s->number, m->number, SIGNAL_reason_busy, NULL);
    }
}

/* ---- a new meeting's ---- */

static void create_done(struct worker_job *head)
{
    struct job *j = job_of(head);
    struct writer w = writer_of(j->row.safe, sizeof j->row.safe);
    bool ok = j->result == ERR_OK;
    memcpy(j->safe.salt, j->salt, sizeof j->salt);
    memcpy(j->safe.passcode, j->made, sizeof j->made);
    safe_write(&j->safe, &w);
    j->row.safe_len = (uint16_t)writer_len(&w);
    if (!ok || !api_put_meeting(j->front, &j->row, j->ask, j->session))
        api_not_put(j->front, j->ask, j->session);
    job_free(j);
}

bool passcode_create(struct front *f, const struct ipc_meeting *meeting, const char *text,
                     enum ask_kind kind, uint64_t number)
{
    struct job *j = job_new(f, JOB_CREATE, text);
    if (!j)
        return false;
    j->row = *meeting;
    j->ask = kind;
    j->session = number;
    if (rules_of_row(meeting, &j->safe) != ERR_OK ||
        crypt_random(j->salt, sizeof j->salt) != ERR_OK) {
        job_free(j);
        return false;
    }
    return job_give(j, create_done);
}
