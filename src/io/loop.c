/* epoll, level-triggered; see loop.h. owns: the epoll descriptor. */
#include "io/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"

enum err loop_open(struct loop *l)
{
    *l = (struct loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
                       .nothing_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (l->epoll_fd >= 0 && l->nothing_fd >= 0)
        return ERR_OK;
    loop_close(l);
    return ERR_IO;
}

void loop_close(struct loop *l)
{
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    if (l->nothing_fd >= 0)
        close(l->nothing_fd);
    l->epoll_fd = l->nothing_fd = -1;
}

static enum err control(struct loop *l, int operation, struct loop_watch *w, unsigned interest)
{
    struct epoll_event e = {.data.ptr = w};
    if (interest & LOOP_READ)
        e.events |= EPOLLIN;
    if (interest & LOOP_WRITE)
        e.events |= EPOLLOUT;
    return epoll_ctl(l->epoll_fd, operation, w->fd, &e) == 0 ? ERR_OK : ERR_IO;
}

enum err loop_add(struct loop *l, struct loop_watch *w, unsigned interest)
{
    return control(l, EPOLL_CTL_ADD, w, interest);
}

enum err loop_change(struct loop *l, struct loop_watch *w, unsigned interest)
{
    return control(l, EPOLL_CTL_MOD, w, interest);
}

void loop_remove(struct loop *l, struct loop_watch *w)
{
    (void)control(l, EPOLL_CTL_DEL, w, 0);
    for (int i = l->next; i < l->count; i++) {
        if (l->batch[i].watch == w)
            l->batch[i].watch = NULL;
    }
}

/* Sleeps to the microsecond, so that a deadline is met neither too early nor a millisecond late. */
static int sleep_until(int epoll_fd, struct epoll_event *events, instant_us deadline)
{
    if (deadline == INSTANT_NEVER)
        return epoll_wait(epoll_fd, events, LOOP_EVENTS_MAX, -1);
    duration_us left = deadline - clock_now();
    struct timespec t = {0};
    if (left > 0)
        t = (struct timespec){left / US_PER_S, left % US_PER_S * 1000};
    return epoll_pwait2(epoll_fd, events, LOOP_EVENTS_MAX, &t, NULL);
}

static unsigned ready_of(uint32_t events)
{
    unsigned ready = 0;
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
        ready |= LOOP_READ;
    if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
        ready |= LOOP_WRITE;
    return ready;
}

static enum err wait_for_more(struct loop *l, instant_us deadline)
{
    struct epoll_event events[LOOP_EVENTS_MAX];
    int n = sleep_until(l->epoll_fd, events, deadline);
    l->next = l->count = 0;
    if (n < 0)
        return errno == EINTR ? ERR_OK : ERR_IO;
    for (int i = 0; i < n; i++)
        l->batch[i] = (struct loop_event){events[i].data.ptr, ready_of(events[i].events)};
    l->count = n;
    return ERR_OK;
}

enum err loop_round(struct loop *l, instant_us *now, instant_us deadline)
{
    enum err e = loop_is_behind(l) ? ERR_OK : wait_for_more(l, deadline);
    *now = l->woke = clock_now();
    while (l->next < l->count) {
        const struct loop_event one = l->batch[l->next++];
        if (one.watch)
            one.watch->ready(one.watch->context, one.ready);
        if (l->longest && clock_now() - l->woke > l->longest)
            break;
    }
    return e;
}

void loop_rest(const struct loop *l, instant_us until)
{
    struct epoll_event none[LOOP_EVENTS_MAX];
    (void)sleep_until(l->nothing_fd, none, until);
}
