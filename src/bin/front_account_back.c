/* Whom the desk asks: the store process, and a thread that hashes passwords. Each answer comes
 * later and goes to the account core. knows: which question is of which kind. knows not: why it is
 * asked. owns: the questions under way, copies of passwords that wait, wiped after use. */
#include <assert.h>

#include "bin/front_account.h"
#include "crypt/crypt.h"

/* ---- the store ---- */

static_assert(ACCOUNT_FLOWS == 256, "a question's low byte names its flow");

bool desk_store_ask(struct desk *d, const struct account_ask *ask)
{
    struct ipc_message m;
    size_t flow = ask->request & 0xff;
    static_assert(sizeof *ask <= IPC_ACCOUNT_MAX, "a question fits its message");
    memset(&m, 0, sizeof m);
    m.type = IPC_ACCOUNT_ASK;
    m.as.ACCOUNT_ASK.len = sizeof *ask;
    memcpy(m.as.ACCOUNT_ASK.bytes, ask, sizeof *ask);
    bool sent = link_send(&d->front->store, &m, -1);
    crypt_wipe(&m, sizeof m); /* a password's hash may be in it */
    d->asked[flow] = sent ? ask->request : 0;
    d->asked_type[flow] = ask->type;
    return sent;
}

/* The store answers one question after the other: rows of two never mix. */
void desk_store_says(struct desk *d, const struct ipc_account_row *row)
{
    size_t flow = row->request & 0xff;
    struct account_reply *r = &d->reply;
    if (row->request == 0 || d->asked[flow] != row->request)
        return;
    if (r->request != row->request) {
        r->request = row->request;
        r->count = 0;
    }
    r->result = (enum err)row->result;
    r->more = row->more != 0;
    if (row->len > 0 &&
        account_reply_add(r, d->asked_type[flow], span_of(row->bytes, row->len)) != ERR_OK)
        r->result = ERR_IO;
    if (!row->last)
        return;
    if (r->result != ERR_OK)
        r->count = 0;
    d->asked[flow] = 0;
    struct account_event e = {.type = ACCOUNT_STORED, .reply = r};
    desk_tell(d, &e);
    r->request = 0;
}

/* What it was asked stays unanswered: whoever asked is told to try again. */
void desk_store_lost(struct desk *d)
{
    for (size_t i = 0; d && i < ACCOUNT_FLOWS; i++) {
        if (d->asked[i] == 0)
            continue;
        struct account_reply none;
        struct account_event e = {.type = ACCOUNT_STORED, .reply = &none};
        none.request = d->asked[i];
        none.result = ERR_BUSY;
        none.count = 0;
        d->asked[i] = 0;
        desk_tell(d, &e);
    }
}

/* ---- the thread ---- */

static struct desk_hash *hash_of(struct worker_job *head)
{
    static_assert(offsetof(struct desk_hash, head) == 0, "the job is the head of its hash");
    return (struct desk_hash *)(void *)head;
}

static void hash_run(struct worker_job *head)
{
    struct desk_hash *h = hash_of(head);
    h->result = password_hash(h->made, span_of(h->password, h->len), h->salt);
    crypt_wipe(h->password, sizeof h->password);
}

static void hash_done(struct worker_job *head)
{
    struct desk_hash *h = hash_of(head);
    struct desk *d = h->desk;
    struct account_event e = {.type = ACCOUNT_HASHED, .job = h->job, .hashed = h->result};
    memcpy(e.hash, h->made, sizeof e.hash);
    crypt_wipe(h, sizeof *h);
    desk_tell(d, &e);
    crypt_wipe(&e, sizeof e);
}

enum err desk_hash(struct desk *d, const struct account_job *job)
{
    struct desk_hash *h = d->hashes;
    struct desk_hash *end = d->hashes + DESK_HASHES - (job->known ? 0 : DESK_HASHES_KNOWN);
    while (h < end && h->job != 0)
        h++;
    if (h == end)
        return ERR_BUSY;
    if (job->password.len > sizeof h->password)
        return ERR_LIMIT;
    *h = (struct desk_hash){.head = {.run = hash_run, .done = hash_done, .first = job->known},
                            .desk = d,
                            .job = job->job,
                            .len = job->password.len};
    if (h->len > 0)
        memcpy(h->password, job->password.ptr, h->len);
    memcpy(h->salt, job->salt, sizeof h->salt);
    static_assert((int)DESK_HASHES <= (int)WORKER_QUEUE, "the thread's queue takes all of them");
    if (worker_give(d->worker, &h->head))
        return ERR_OK;
    crypt_wipe(h, sizeof *h);
    return ERR_BUSY;
}
