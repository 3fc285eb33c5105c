/* One thread beside the event loop, for work that takes longer than a packet may wait.
 * knows: a bounded queue, the loop that hears of what is done. knows not: what the work is.
 * owns: the thread, until the process ends; jobs are the caller's and *borrowed* between
 * worker_give and their `done`. The thread has a sandbox of its own: memory and nothing else. */
#ifndef IO_WORKER_H
#define IO_WORKER_H

#include <stdbool.h>
#include <uv.h>

#include "base/err.h"

enum {
    WORKER_QUEUE = 64, /* jobs that wait */
    WORKER_NICE = 10,  /* media goes before */
};

struct worker_job {
    void (*run)(struct worker_job *job);  /* on the thread */
    void (*done)(struct worker_job *job); /* on the loop */
    struct worker_job *next;
    bool first; /* goes before all that are not */
};

struct worker;

/* Before the process enters its own sandbox. ERR_NOMEM, ERR_IO. */
enum err worker_open(struct worker **out, uv_loop_t *loop);
/* In the order in which they are given, but for `first`. False: the queue is full. */
bool worker_give(struct worker *w, struct worker_job *job);

#endif
