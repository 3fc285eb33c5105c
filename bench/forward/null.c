/* See null.h. */
#include "null.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crowd.h"

static const struct null_room *room_of(const struct null_room *rooms, uint32_t count,
                                       const struct sockaddr_in *from)
{
    for (uint32_t i = 0; i < count; i++) {
        if (rooms[i].publisher.sin_port == from->sin_port)
            return &rooms[i];
    }
    return NULL;
}

static _Noreturn void serve(int fd, const struct null_room *rooms, uint32_t count)
{
    for (;;) {
        uint8_t bytes[2048];
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
        if (n < 0)
            continue;
        const struct null_room *r = room_of(rooms, count, &from);
        for (uint32_t i = 0; r && i < r->viewers; i++)
            (void)sendto(fd, bytes, (size_t)n, MSG_DONTWAIT, (const struct sockaddr *)&r->viewer[i],
                         sizeof r->viewer[i]);
    }
}

void null_start(struct null *n, int fd, const struct null_room *rooms, uint32_t count, int cpu)
{
    n->pid = fork();
    if (n->pid == 0) {
        crowd_pin(0, cpu);
        serve(fd, rooms, count);
    }
    close(fd);
}

void null_stop(struct null *n)
{
    (void)kill(n->pid, SIGTERM);
    (void)waitpid(n->pid, NULL, 0);
}
