/* SOCK_SEQPACKET channels with at most one descriptor a message.
 * knows: sendmsg, recvmsg, SCM_RIGHTS. knows not: meaning. owns: nothing. */
#include "io/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/bug.h"

enum { CHANNEL_BUFFER = 4 << 20 }; /* bytes a side may queue; the kernel caps it as it must */

union control {
    struct cmsghdr header;
    unsigned char bytes[CMSG_SPACE(2 * sizeof(int))]; /* room to see that two were sent */
};

enum err channel_pair(int fd[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) != 0)
        return ERR_IO;
    int size = CHANNEL_BUFFER;
    for (int i = 0; i < 2; i++)
        (void)setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return ERR_OK;
}

static enum err send_error(int error)
{
    if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ETOOMANYREFS)
        return ERR_AGAIN;
    return error == EPIPE || error == ECONNRESET || error == ENOTCONN ? ERR_CLOSED : ERR_IO;
}

enum err channel_send(int fd, const struct ipc_message *m, int pass_fd)
{
    uint32_t size = ipc_size(m->type);
    BUG_IF(size == 0);
    struct iovec iov = {(void *)(uintptr_t)m, size};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    union control control;
    memset(&control, 0, sizeof control);
    if (pass_fd >= 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &pass_fd, sizeof pass_fd);
    }
    ssize_t n;
    do
        n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n < 0 ? send_error(errno) : ERR_OK;
}

/* Keeps the first descriptor in *fd, closes any other; false when there was more than one. */
static bool take_descriptors(struct msghdr *msg, int *fd)
{
    bool single = (msg->msg_flags & MSG_CTRUNC) == 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int got;
            memcpy(&got, CMSG_DATA(c) + i * sizeof(int), sizeof got);
            if (*fd < 0) {
                *fd = got;
                continue;
            }
            single = false;
            close(got);
        }
    }
    return single;
}

enum err channel_recv(int fd, struct ipc_message *m, int *got_fd, enum ipc_party from,
                      enum ipc_party to)
{
    union control control;
    struct iovec iov = {m, sizeof *m};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    *got_fd = -1;
    msg.msg_control = control.bytes;
    msg.msg_controllen = sizeof control.bytes;
    ssize_t n;
    do
        n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return send_error(errno);
    if (n == 0)
        return ERR_CLOSED;
    bool single = take_descriptors(&msg, got_fd);
    enum err e = (msg.msg_flags & MSG_TRUNC) != 0 || !single ? ERR_MALFORMED
                                                             : ipc_check(m, (uint32_t)n, from, to);
    if (e != ERR_OK && *got_fd >= 0) {
        close(*got_fd);
        *got_fd = -1;
    }
    return e;
}

enum err channel_send_bytes(int fd, struct span bytes)
{
    ssize_t n;
    do
        n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n < 0 ? send_error(errno) : ERR_OK;
}

enum err channel_recv_bytes(int fd, uint8_t *out, size_t cap, size_t *len)
{
    struct iovec iov = {out, cap};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1}; /* no room for descriptors */
    ssize_t n;
    do
        n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return send_error(errno);
    if (n == 0)
        return ERR_CLOSED;
    *len = (size_t)n;
    return msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? ERR_MALFORMED : ERR_OK;
}
