/* Datagrams: bound sockets that tell which of our addresses was used, connected sockets a peer, and
 * sending in runs. docs/decisions/0003-connected-udp.md
 * knows: recvmmsg, sendmsg, UDP_SEGMENT, packet info. knows not: what a datagram holds.
 * owns: nothing; descriptors belong to the caller, bytes are *borrowed*. */
#ifndef IO_UDP_H
#define IO_UDP_H

#include <netinet/in.h>
#include <stdalign.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"
#include "proto/ipc.h"

enum {
    UDP_BATCH = 64,       /* datagrams of one recvmmsg */
    UDP_SEGMENTS_MAX = 64 /* datagrams of one UDP_SEGMENT send (the kernel's own limit) */
};

struct udp_received {
    struct ipc_addr remote, local;
    uint8_t *bytes; /* into the batch */
    uint32_t len;
};

union udp_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Packet info, and the segment size when sending. */
struct udp_control {
    alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(struct in6_pktinfo)) +
                                       CMSG_SPACE(sizeof(uint16_t))];
};

/* The storage of one receive, some 110 KB: allocate at boot, not on the stack, and use it through
 * udp_batch_init and udp_receive only. */
struct udp_batch {
    struct mmsghdr headers[UDP_BATCH];
    struct iovec vectors[UDP_BATCH];
    union udp_address names[UDP_BATCH];
    struct udp_control controls[UDP_BATCH];
    struct udp_received item[UDP_BATCH];
    uint32_t count;
    uint32_t truncated; /* datagrams longer than LIMIT_DATAGRAM, thrown away */
    uint8_t bytes[UDP_BATCH][LIMIT_DATAGRAM + 1];
};

/* A bound, non-blocking, close-on-exec socket with SO_REUSEPORT and packet info. An IPv6 wildcard
 * also takes IPv4. ERR_CONFLICT when the address is in use, ERR_IO. */
enum err udp_bind(const struct ipc_addr *local, int *fd);
/* A socket of the same port that takes only what `remote` sends to `local`. What other senders got
 * into it between bind and connect is still inside: tell it by udp_received.remote. ERR_IO. */
enum err udp_connect(const struct ipc_addr *local, const struct ipc_addr *remote, int *fd);
void udp_batch_init(struct udp_batch *b);
/* As many datagrams as are there, at most UDP_BATCH. `local` is filled from packet info, or is
 * `bound` where the socket gives none (a connected one). ERR_AGAIN when there are none, ERR_CLOSED
 * when the peer's port is gone (connected sockets), ERR_IO. */
enum err udp_receive(int fd, const struct ipc_addr *bound, struct udp_batch *out);
/* One datagram from a bound socket, from our address `local`. ERR_AGAIN, ERR_CLOSED, ERR_IO. */
enum err udp_send_to(int fd, const struct ipc_addr *remote, const struct ipc_addr *local,
                     struct span bytes);
/* How many of the first datagrams one UDP_SEGMENT call takes: equal sizes, the last may be shorter,
 * the sum below 64 KiB. */
size_t udp_run_len(const struct span *d, size_t count);
/* Datagrams over a connected socket, in order; neighbours of one size leave in one call, cheapest
 * when one lies behind the other. Gives how many were sent, and in how many calls; the rest is lost
 * when the socket's buffer is full. */
struct udp_sent {
    size_t datagrams, calls;
};
struct udp_sent udp_send_run(int fd, const struct span *datagrams, size_t count);

#endif
