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

struct loop_event {
    struct loop_watch *watch; /* NULL: removed meanwhile */
    unsigned ready;
};

struct loop {
    int epoll_fd;
    int nothing_fd;      /* watches nothing: to sleep on */
    instant_us woke;     /* when the running round began */
    duration_us longest; /* of a round, the last callback aside; 0: no bound */
    int next, count;     /* of `batch`: what is ready and has not had its turn */
    struct loop_event batch[LOOP_EVENTS_MAX];
};

/* ERR_IO. */
enum err loop_open(struct loop *l);
void loop_close(struct loop *l);
/* Adds, changes, removes a watch. Removing inside a callback is safe, of itself and of others. */
enum err loop_add(struct loop *l, struct loop_watch *w, unsigned interest);
enum err loop_change(struct loop *l, struct loop_watch *w, unsigned interest);
void loop_remove(struct loop *l, struct loop_watch *w);
/* Waits until a descriptor is ready or `deadline` has come, sets *now and `woke` to the time after
 * that, runs the callbacks once. When that takes longer than `longest`, those that had no turn have
 * theirs in the next round, before anything new: the caller looks after its timers in between.
 * ERR_IO. */
enum err loop_round(struct loop *l, instant_us *now, instant_us deadline);
/* Whether the last round ended early and left somebody without a turn. */
static inline bool loop_is_behind(const struct loop *l)
{
    return l->next < l->count;
}
/* Sleeps until then, whatever is ready. */
void loop_rest(const struct loop *l, instant_us until);

#endif
