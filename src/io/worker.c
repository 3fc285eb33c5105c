#include "io/worker.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "io/sandbox.h"

struct queue {
    struct worker_job *first, *last;
    unsigned count;
};

struct worker {
    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t more;
    uv_async_t finished;
    struct queue first, todo, done; /* under `lock` */
};

static void put(struct queue *q, struct worker_job *job)
{
    job->next = NULL;
    if (q->first)
        q->last->next = job;
    else
        q->first = job;
    q->last = job;
    q->count++;
}

static struct worker_job *take(struct queue *q)
{
    struct worker_job *job = q->first;
    if (job) {
        q->first = job->next;
        q->count--;
    }
    return job;
}

static void work(void *arg)
{
    struct worker *w = arg;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), WORKER_NICE); /* of this thread alone */
    if (sandbox_enter(SANDBOX_WORKER, NULL) != ERR_OK)
        _exit(1); /* the supervisor starts the role again, and says so */
    for (;;) {
        uv_mutex_lock(&w->lock);
        struct worker_job *job;
        while (!(job = take(&w->first)) && !(job = take(&w->todo)))
            uv_cond_wait(&w->more, &w->lock);
        uv_mutex_unlock(&w->lock);
        job->run(job);
        uv_mutex_lock(&w->lock);
        put(&w->done, job);
        uv_mutex_unlock(&w->lock);
        (void)uv_async_send(&w->finished);
    }
}

static void on_finished(uv_async_t *h)
{
    struct worker *w = h->data;
    for (;;) {
        uv_mutex_lock(&w->lock);
        struct worker_job *job = take(&w->done);
        uv_mutex_unlock(&w->lock);
        if (!job)
            return;
        job->done(job);
    }
}

enum err worker_open(struct worker **out, uv_loop_t *loop)
{
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return ERR_NOMEM;
    if (uv_mutex_init(&w->lock) != 0 || uv_cond_init(&w->more) != 0 ||
        uv_async_init(loop, &w->finished, on_finished) != 0)
        goto failed;
    w->finished.data = w;
    if (uv_thread_create(&w->thread, work, w) != 0)
        goto failed;
    *out = w;
    return ERR_OK;
failed:
    free(w);
    return ERR_IO;
}

bool worker_give(struct worker *w, struct worker_job *job)
{
    uv_mutex_lock(&w->lock);
    bool room = w->first.count + w->todo.count < WORKER_QUEUE;
    if (room)
        put(job->first ? &w->first : &w->todo, job);
    uv_cond_signal(&w->more);
    uv_mutex_unlock(&w->lock);
    return room;
}
