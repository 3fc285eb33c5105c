/* SOCK_SEQPACKET channels between our processes: one ipc_message a packet, at most one descriptor.
 * knows: sendmsg, recvmsg, SCM_RIGHTS. knows not: what a message means. owns: nothing; descriptors
 * received become the caller's. */
#ifndef IO_CHANNEL_H
#define IO_CHANNEL_H

#include "base/span.h"
#include "proto/ipc.h"

/* A pair of connected, non-blocking, close-on-exec channels. ERR_IO. */
enum err channel_pair(int fd[2]);
/* Sends m (ipc_size bytes), with pass_fd unless it is -1. ERR_AGAIN when full, ERR_CLOSED, ERR_IO.
 */
enum err channel_send(int fd, const struct ipc_message *m, int pass_fd);
/* Receives and checks one message that `from` sent to `to`. *got_fd is a new descriptor or -1.
 * ERR_AGAIN when empty, ERR_CLOSED at the end, ERR_MALFORMED / ERR_FORBIDDEN for a bad message
 * (dropped; its descriptors closed). */
enum err channel_recv(int fd, struct ipc_message *m, int *got_fd, enum ipc_party from,
                      enum ipc_party to);

/* The same for bytes whose form the caller checks; no descriptor goes along. ERR_AGAIN, ERR_CLOSED,
 * ERR_IO; ERR_MALFORMED for what is longer than cap, dropped. */
enum err channel_send_bytes(int fd, struct span bytes);
enum err channel_recv_bytes(int fd, uint8_t *out, size_t cap, size_t *len);

#endif
