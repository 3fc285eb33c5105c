/* The null forwarder: one process that receives a datagram and calls sendto once for each address,
 * no cipher, no batch. It is the floor of a server that sends packet by packet.
 * knows: sockets. knows not: RTP. owns: the process, until null_stop. */
#ifndef BENCH_FORWARD_NULL_H
#define BENCH_FORWARD_NULL_H

#include <netinet/in.h>
#include <stdint.h>

struct null_room {
    struct sockaddr_in publisher;
    const struct sockaddr_in *viewer;
    uint32_t viewers;
};

struct null {
    int pid;
    struct sockaddr_in address;
};

/* Forks, pinned to `cpu` (-1: anywhere); serves the rooms over a bound socket, which it takes. */
void null_start(struct null *n, int fd, const struct null_room *rooms, uint32_t count, int cpu);
void null_stop(struct null *n);

#endif
