/* A small event loop: descriptors with one callback each, and one deadline that the caller keeps.
 * knows: epoll. knows not: what is read or written. owns: the epoll descriptor; the watches and
 * their descriptors are the caller's and stay in place while they are added. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/instant.h"

enum { LOOP_READ = 1, LOOP_WRITE = 2, LOOP_EVENTS_MAX = 128 };

/* One descriptor of interest. `events` holds LOOP_READ / LOOP_WRITE; an error or hang-up counts as
 * both, so that the next read or write meets it. */
struct loop_watch {
    int fd;
    void (*ready)(void *context, unsigned events);
    void *context;
};

struct loop {
    int epoll_fd;
    int batch_len; /* events of the running round; a removed watch is cleared from them */
    void *batch[LOOP_EVENTS_MAX];
};

/* ERR_IO. */
enum err loop_open(struct loop *l);
void loop_close(struct loop *l);
/* Adds, changes, removes a watch. Removing inside a callback is safe, of itself and of others. */
enum err loop_add(struct loop *l, struct loop_watch *w, unsigned interest);
enum err loop_change(struct loop *l, struct loop_watch *w, unsigned interest);
void loop_remove(struct loop *l, struct loop_watch *w);
/* Waits until a descriptor is ready or `deadline` has come, sets *now to the time after that, runs
 * the callbacks once. ERR_IO. */
enum err loop_round(struct loop *l, instant_us *now, instant_us deadline);

#endif
