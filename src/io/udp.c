/* Datagram sockets, their options and control messages; see udp.h. owns: nothing. */
#include "io/udp.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#include "base/bug.h"

enum { SOCKET_BUFFER = 4 << 20, PATH_BUFFER = 1 << 20 };

static socklen_t address_fill(union udp_address *out, const struct ipc_addr *in)
{
    memset(out, 0, sizeof *out);
    if (in->family == 4) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(in->port);
        memcpy(&out->v4.sin_addr, in->ip, 4);
        return sizeof out->v4;
    }
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(in->port);
    memcpy(&out->v6.sin6_addr, in->ip, 16);
    return sizeof out->v6;
}

/* The same host over an IPv4 and a dual-stack socket must compare equal: ::ffff:a.b.c.d is IPv4. */
static void address_set_v6(struct ipc_addr *out, const struct in6_addr *ip)
{
    if (IN6_IS_ADDR_V4MAPPED(ip)) {
        out->family = 4;
        memcpy(out->ip, &ip->s6_addr[12], 4);
    } else {
        out->family = 6;
        memcpy(out->ip, ip->s6_addr, 16);
    }
}

static void address_read(struct ipc_addr *out, const union udp_address *in)
{
    memset(out, 0, sizeof *out);
    if (in->any.sa_family == AF_INET) {
        out->family = 4;
        out->port = ntohs(in->v4.sin_port);
        memcpy(out->ip, &in->v4.sin_addr, 4);
    } else if (in->any.sa_family == AF_INET6) {
        out->port = ntohs(in->v6.sin6_port);
        address_set_v6(out, &in->v6.sin6_addr);
    }
}

static bool option_on(int fd, int level, int name)
{
    int on = 1;
    return setsockopt(fd, level, name, &on, sizeof on) == 0;
}

static void option_buffers(int fd, int bytes)
{
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static int socket_open(int domain)
{
    return socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

enum err udp_bind(const struct ipc_addr *local, int *fd)
{
    union udp_address a;
    socklen_t len = address_fill(&a, local);
    int s = socket_open(a.any.sa_family);
    if (s < 0)
        return ERR_IO;
    enum err result = ERR_IO;
    if (!option_on(s, SOL_SOCKET, SO_REUSEPORT))
        goto out;
    if (a.any.sa_family == AF_INET6) {
        int only_v6 = 0;
        if (setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6) != 0 ||
            !option_on(s, IPPROTO_IPV6, IPV6_RECVPKTINFO))
            goto out;
    } else if (!option_on(s, IPPROTO_IP, IP_PKTINFO)) {
        goto out;
    }
    option_buffers(s, SOCKET_BUFFER);
    if (bind(s, &a.any, len) != 0) {
        result = errno == EADDRINUSE ? ERR_CONFLICT : ERR_IO;
        goto out;
    }
    *fd = s;
    return ERR_OK;
out:
    close(s);
    return result;
}

enum err udp_connect(const struct ipc_addr *local, const struct ipc_addr *remote, int *fd)
{
    union udp_address from, to;
    socklen_t from_len = address_fill(&from, local);
    socklen_t to_len = address_fill(&to, remote);
    if (from.any.sa_family != to.any.sa_family)
        return ERR_IO;
    int s = socket_open(from.any.sa_family);
    if (s < 0)
        return ERR_IO;
    option_buffers(s, PATH_BUFFER);
    if (!option_on(s, SOL_SOCKET, SO_REUSEPORT) || bind(s, &from.any, from_len) != 0 ||
        connect(s, &to.any, to_len) != 0) {
        close(s);
        return ERR_IO;
    }
    *fd = s;
    return ERR_OK;
}

static void local_read(struct ipc_addr *local, struct msghdr *h)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            local->family = 4;
            memcpy(local->ip, &info.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            address_set_v6(local, &info.ipi6_addr);
        }
    }
}

static enum err receive_error(void)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return ERR_AGAIN;
    return errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH ? ERR_CLOSED
                                                                                  : ERR_IO;
}

static void header_reset(struct udp_batch *b, size_t i)
{
    b->headers[i].msg_hdr = (struct msghdr){.msg_name = &b->names[i],
                                            .msg_namelen = sizeof b->names[i],
                                            .msg_iov = &b->vectors[i],
                                            .msg_iovlen = 1,
                                            .msg_control = &b->controls[i],
                                            .msg_controllen = sizeof b->controls[i]};
}

void udp_batch_init(struct udp_batch *b)
{
    b->count = b->truncated = 0;
    for (size_t i = 0; i < UDP_BATCH; i++) {
        b->vectors[i] = (struct iovec){b->bytes[i], sizeof b->bytes[i]};
        header_reset(b, i);
    }
}

enum err udp_receive(int fd, const struct ipc_addr *bound, struct udp_batch *out)
{
    out->count = 0;
    out->truncated = 0;
    int n = recvmmsg(fd, out->headers, UDP_BATCH, MSG_DONTWAIT, NULL);
    if (n < 0)
        return receive_error();
    for (size_t i = 0; i < (size_t)n; i++) {
        struct msghdr *h = &out->headers[i].msg_hdr;
        uint32_t len = out->headers[i].msg_len;
        if (len > LIMIT_DATAGRAM || (h->msg_flags & MSG_TRUNC)) {
            out->truncated++;
        } else {
            struct udp_received *r = &out->item[out->count++];
            *r = (struct udp_received){.local = *bound, .bytes = out->bytes[i], .len = len};
            address_read(&r->remote, &out->names[i]);
            local_read(&r->local, h);
        }
        header_reset(out, i); /* the kernel wrote lengths over ours */
    }
    return ERR_OK;
}

static enum err send_error(void)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR)
        return ERR_AGAIN;
    return errno == ECONNREFUSED ? ERR_CLOSED : ERR_IO;
}

/* A dual-stack socket wants IPv4 addresses in their mapped form. */
static void address_map_v4(union udp_address *a, const struct ipc_addr *in)
{
    memset(a, 0, sizeof *a);
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = htons(in->port);
    a->v6.sin6_addr.s6_addr[10] = a->v6.sin6_addr.s6_addr[11] = 0xff;
    memcpy(&a->v6.sin6_addr.s6_addr[12], in->ip, 4);
}

static void control_fill(struct msghdr *h, struct udp_control *c, const union udp_address *local)
{
    memset(c, 0, sizeof *c);
    h->msg_control = c;
    bool v4 = local->any.sa_family == AF_INET;
    size_t size = v4 ? sizeof(struct in_pktinfo) : sizeof(struct in6_pktinfo);
    h->msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *m = CMSG_FIRSTHDR(h);
    m->cmsg_len = CMSG_LEN(size);
    if (v4) {
        struct in_pktinfo info = {.ipi_spec_dst = local->v4.sin_addr};
        m->cmsg_level = IPPROTO_IP;
        m->cmsg_type = IP_PKTINFO;
        memcpy(CMSG_DATA(m), &info, sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_addr = local->v6.sin6_addr};
        m->cmsg_level = IPPROTO_IPV6;
        m->cmsg_type = IPV6_PKTINFO;
        memcpy(CMSG_DATA(m), &info, sizeof info);
    }
}

enum err udp_send_to(int fd, const struct ipc_addr *remote, const struct ipc_addr *local,
                     struct span bytes)
{
    union udp_address to, from, bound;
    socklen_t bound_len = sizeof bound;
    if (getsockname(fd, &bound.any, &bound_len) != 0)
        return ERR_IO;
    socklen_t to_len = address_fill(&to, remote);
    (void)address_fill(&from, local);
    if (bound.any.sa_family == AF_INET6 && remote->family == 4) {
        address_map_v4(&to, remote);
        address_map_v4(&from, local);
        to_len = sizeof to.v6;
    }
    struct iovec v = {(void *)(uintptr_t)bytes.ptr, bytes.len};
    struct msghdr h = {.msg_name = &to, .msg_namelen = to_len, .msg_iov = &v, .msg_iovlen = 1};
    struct udp_control c;
    control_fill(&h, &c, &from);
    return sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ? ERR_OK : send_error();
}

size_t udp_run_len(const struct span *d, size_t count)
{
    size_t n = 1, bytes = d[0].len;
    while (n < count && n < UDP_SEGMENTS_MAX && d[n].len <= d[0].len &&
           bytes + d[n].len < UINT16_MAX - 64) {
        bytes += d[n].len;
        n++;
        if (d[n - 1].len < d[0].len)
            break;
    }
    return n;
}

/* Joins neighbours in memory. Gives how many vectors there are. */
static size_t gather(struct iovec *v, const struct span *d, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (n > 0 && (const uint8_t *)v[n - 1].iov_base + v[n - 1].iov_len == d[i].ptr)
            v[n - 1].iov_len += d[i].len;
        else
            v[n++] = (struct iovec){(void *)(uintptr_t)d[i].ptr, d[i].len};
    }
    return n;
}

static ssize_t send_segments(int fd, const struct span *d, size_t count)
{
    struct iovec v[UDP_SEGMENTS_MAX];
    struct msghdr h = {.msg_iov = v, .msg_iovlen = gather(v, d, count)};
    struct udp_control c;
    h.msg_control = &c;
    h.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
    struct cmsghdr *m = CMSG_FIRSTHDR(&h);
    m->cmsg_level = SOL_UDP;
    m->cmsg_type = UDP_SEGMENT;
    m->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    uint16_t size = (uint16_t)d[0].len;
    memcpy(CMSG_DATA(m), &size, sizeof size);
    return sendmsg(fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* One call for datagrams that udp_run_len found to fit it. */
static bool send_call(int fd, const struct span *d, size_t count)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        ssize_t n = count > 1 ? send_segments(fd, d, count)
                              : send(fd, d->ptr, d->len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            return true;
        if (errno != ECONNREFUSED && errno != EINTR) /* an old ICMP error is told only once */
            return false;
    }
    return false;
}

struct udp_sent udp_send_run(int fd, const struct span *datagrams, size_t count)
{
    struct udp_sent sent = {0};
    for (size_t at = 0, n; at < count; at += n) {
        n = udp_run_len(datagrams + at, count - at);
        sent.calls++;
        if (send_call(fd, datagrams + at, n)) {
            sent.datagrams += n;
            continue;
        }
        /* A device without segmentation, or a path MTU below the size: one by one. */
        for (size_t i = 0; n > 1 && i < n; i++, sent.calls++)
            sent.datagrams += send_call(fd, datagrams + at + i, 1) ? 1 : 0;
    }
    return sent;
}
