/* epoll, level-triggered; see loop.h. owns: the epoll descriptor. */
#include "io/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"

enum err loop_open(struct loop *l)
{
    *l = (struct loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    return l->epoll_fd < 0 ? ERR_IO : ERR_OK;
}

void loop_close(struct loop *l)
{
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    l->epoll_fd = -1;
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
    for (int i = 0; i < l->batch_len; i++) {
        if (l->batch[i] == w)
            l->batch[i] = NULL;
    }
}

/* Sleeps to the microsecond, so that a deadline is met neither too early nor a millisecond late. */
static int wait(struct loop *l, struct epoll_event *events, instant_us deadline)
{
    if (deadline == INSTANT_NEVER)
        return epoll_wait(l->epoll_fd, events, LOOP_EVENTS_MAX, -1);
    duration_us left = deadline - clock_now();
    struct timespec t = {0};
    if (left > 0)
        t = (struct timespec){left / US_PER_S, left % US_PER_S * 1000};
    return epoll_pwait2(l->epoll_fd, events, LOOP_EVENTS_MAX, &t, NULL);
}

enum err loop_round(struct loop *l, instant_us *now, instant_us deadline)
{
    struct epoll_event events[LOOP_EVENTS_MAX];
    int n = wait(l, events, deadline);
    *now = clock_now();
    if (n < 0)
        return errno == EINTR ? ERR_OK : ERR_IO;
    for (int i = 0; i < n; i++)
        l->batch[i] = events[i].data.ptr;
    l->batch_len = n;
    for (int i = 0; i < n; i++) {
        struct loop_watch *w = l->batch[i];
        if (!w)
            continue;
        unsigned ready = 0;
        if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
            ready |= LOOP_READ;
        if (events[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            ready |= LOOP_WRITE;
        w->ready(w->context, ready);
    }
    l->batch_len = 0;
    return ERR_OK;
}
