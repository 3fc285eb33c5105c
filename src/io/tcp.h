/* Media over TCP: one accepted connection as a carrier of datagrams, each framed by its length
 * (RFC 4571 section 2), as ICE-TCP passive candidates use it (RFC 6544).
 * knows: the framing, bounded buffers. knows not: what a datagram holds.
 * owns: the descriptor from tcp_open to tcp_close; bytes handed out are *borrowed*. */
#ifndef IO_TCP_H
#define IO_TCP_H

#include "base/err.h"
#include "base/limit.h"
#include "base/span.h"

enum {
    TCP_IN = 2 * (LIMIT_DATAGRAM + 2), /* bytes read ahead */
    TCP_OUT = 65536 /* bytes that wait for a slow peer before datagrams are lost */
};

struct tcp_carrier {
    int fd;
    uint32_t in_at, in_len;   /* unread bytes are in[in_at .. in_len) */
    uint32_t out_at, out_len; /* unsent bytes are out[out_at .. out_len) */
    uint8_t in[TCP_IN];
    uint8_t out[TCP_OUT];
};

/* Takes ownership of fd and makes it non-blocking, undelayed. ERR_IO: the descriptor is closed. */
enum err tcp_open(struct tcp_carrier *t, int fd);
void tcp_close(struct tcp_carrier *t);
/* The next datagram, *borrowed* until the next call. ERR_AGAIN when none is complete, ERR_CLOSED at
 * the end of the stream, ERR_LIMIT for a frame over LIMIT_DATAGRAM, ERR_IO. An empty frame is
 * skipped. After anything but ERR_OK and ERR_AGAIN the connection is of no more use. */
enum err tcp_receive(struct tcp_carrier *t, struct span *out);
/* Frames and sends, or keeps what the socket does not take. ERR_AGAIN: no room, the datagram is
 * lost; ERR_CLOSED, ERR_IO. */
enum err tcp_send(struct tcp_carrier *t, struct span datagram);
/* Sends more of what waits; call when writable. ERR_OK also when something still waits. */
enum err tcp_flush(struct tcp_carrier *t);

static inline bool tcp_waiting(const struct tcp_carrier *t)
{
    return t->out_at < t->out_len;
}

#endif
