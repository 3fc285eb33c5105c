/* The one loop: sockets, the adapter's descriptor and a heap of timers. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/list.h"
#include "bin/load_core.h"

enum { READY = 256, DUE_AT_ONCE = 512 };

#define WAIT_MAX_US (100 * US_PER_MS)

instant_us load_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (instant_us)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* ---- timers: a binary heap, its root at 1 ---- */

static void place(struct load *l, uint32_t at, struct load_timer *t)
{
    l->heap[at] = t;
    t->place = at;
}

static void rise(struct load *l, uint32_t at)
{
    struct load_timer *t = l->heap[at];
    while (at > 1 && l->heap[at / 2]->at > t->at) {
        place(l, at, l->heap[at / 2]);
        at /= 2;
    }
    place(l, at, t);
}

static void sink(struct load *l, uint32_t at)
{
    struct load_timer *t = l->heap[at];
    for (;;) {
        uint32_t child = 2 * at;
        if (child > l->heap_count)
            break;
        if (child < l->heap_count && l->heap[child + 1]->at < l->heap[child]->at)
            child++;
        if (l->heap[child]->at >= t->at)
            break;
        place(l, at, l->heap[child]);
        at = child;
    }
    place(l, at, t);
}

void load_timer_set(struct load *l, struct load_timer *t, instant_us at)
{
    if (at == INSTANT_NEVER) {
        load_timer_clear(l, t);
        return;
    }
    instant_us before = t->at;
    t->at = at;
    if (t->place == 0) {
        BUG_IF(l->heap_count + 1 >= l->heap_cap);
        place(l, ++l->heap_count, t);
        rise(l, t->place);
    } else if (at < before) {
        rise(l, t->place);
    } else {
        sink(l, t->place);
    }
}

void load_timer_clear(struct load *l, struct load_timer *t)
{
    uint32_t at = t->place;
    if (at == 0)
        return;
    t->place = 0;
    struct load_timer *last = l->heap[l->heap_count--];
    if (last == t)
        return;
    place(l, at, last);
    rise(l, at);
    sink(l, last->place);
}

static void run_timers(struct load *l)
{
    for (int i = 0; i < DUE_AT_ONCE && l->heap_count > 0 && l->heap[1]->at <= l->now; i++) {
        struct load_timer *t = l->heap[1];
        load_timer_clear(l, t);
        if (t->kind == LOAD_TIMER_LANE)
            load_lane_due(l, LIST_ENTRY(t, struct load_lane, timer));
        else
            load_source_due(l, LIST_ENTRY(t, struct load_source, timer));
    }
}

/* ---- the ramp: as many joins as are due ---- */

static void run_joins(struct load *l)
{
    uint32_t in = l->joining + l->inside + l->broken;
    while (in < l->target && l->now >= l->next_join) {
        instant_us apart = (instant_us)l->o.batch * US_PER_S / l->o.ramp;
        for (uint32_t i = 0; i < l->o.batch && in < l->target; i++)
            load_member_join(l, &l->members[in++]);
        instant_us next = l->next_join + apart;
        l->next_join = next < l->now - 100 * US_PER_MS ? l->now : next; /* no burst after a stall */
    }
    if (in == l->target)
        l->next_join = l->now;
}

/* ---- waiting ---- */

static int wait_ready(struct load *l, struct epoll_event *ready, duration_us us)
{
    static bool old_kernel;
    struct timespec t = {us / US_PER_S, us % US_PER_S * 1000};
    int n = -1;
    if (!old_kernel)
        n = epoll_pwait2(l->epoll, ready, READY, &t, NULL);
    if (old_kernel || (n < 0 && errno == ENOSYS)) {
        old_kernel = true;
        n = epoll_wait(l->epoll, ready, READY, (int)((us + 999) / 1000));
    }
    return n < 0 ? 0 : n;
}

static duration_us wait_time(const struct load *l, instant_us until)
{
    instant_us at = until;
    if (l->heap_count > 0)
        at = instant_min(at, l->heap[1]->at);
    if (l->joining + l->inside + l->broken < l->target)
        at = instant_min(at, l->next_join);
    at = instant_min(at, l->poked ? l->now : l->service_at);
    duration_us us = at - l->now;
    return us < 0 ? 0 : us > WAIT_MAX_US ? WAIT_MAX_US : us;
}

/* The adapter's loop, when it has something to do: it costs system calls each time. */
static void run_service(struct load *l, bool readable)
{
    if (!readable && !l->poked && l->now < l->service_at)
        return;
    l->poked = false;
    l->adapter->service(l->signal);
    int ms = l->adapter->wait_ms(l->signal);
    l->now = load_now();
    l->service_at = ms < 0 ? INSTANT_NEVER : l->now + (instant_us)ms * US_PER_MS;
}

void load_run(struct load *l, instant_us until, bool (*done)(const struct load *l))
{
    struct epoll_event ready[READY];
    l->now = load_now();
    while (l->now < until && (!done || !done(l))) {
        int n = wait_ready(l, ready, wait_time(l, until));
        bool readable = false;
        l->now = load_now();
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr)
                load_lane_readable(l, ready[i].data.ptr);
            else
                readable = true;
        }
        run_service(l, readable);
        run_timers(l);
        run_joins(l);
    }
}

bool load_loop_open(struct load *l)
{
    l->heap_cap = l->member_count * (2 + LOAD_TRACKS) + 2;
    l->heap = calloc(l->heap_cap, sizeof *l->heap);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!l->heap || l->epoll < 0)
        return false;
    struct epoll_event e = {.events = EPOLLIN};
    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->adapter->descriptor(l->signal), &e) == 0;
}

void load_loop_close(struct load *l)
{
    if (l->epoll >= 0)
        close(l->epoll);
    free(l->heap);
}
