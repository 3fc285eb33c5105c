/* Which addresses a client is told to try.
 * knows: interfaces, RFC 8445 priorities. knows not: meetings. owns: nothing. */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "bin/front.h"

static bool is_loopback(const struct ipc_addr *a)
{
    static const uint8_t one[16] = {[15] = 1};
    return a->family == 4 ? a->ip[0] == 127 : memcmp(a->ip, one, 16) == 0;
}

/* RFC 3927 and RFC 4291 section 2.5.6: good on one wire only. */
static bool is_link_local(const struct ipc_addr *a)
{
    if (a->family == 4)
        return a->ip[0] == 169 && a->ip[1] == 254;
    return a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

static bool is_any(const struct ipc_addr *a)
{
    static const uint8_t none[16];
    return memcmp(a->ip, none, a->family == 4 ? 4 : 16) == 0;
}

static bool same_ip(const struct ipc_addr *a, const struct ipc_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

/* A v4-mapped address (RFC 4291 section 2.5.5.2) counts as what it maps. False for other families.
 */
static bool from_sockaddr(const struct sockaddr *sa, struct ipc_addr *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    memset(out, 0, sizeof *out);
    if (sa->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;
        out->family = 4;
        memcpy(out->ip, &in->sin_addr, 4);
        out->port = ntohs(in->sin_port);
        return true;
    }
    if (sa->sa_family != AF_INET6)
        return false;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;
    out->port = ntohs(in6->sin6_port);
    const uint8_t *ip = (const uint8_t *)&in6->sin6_addr;
    out->family = memcmp(ip, mapped, 12) == 0 ? 4 : 6;
    memcpy(out->ip, out->family == 4 ? ip + 12 : ip, out->family == 4 ? 4 : 16);
    return true;
}

void address_text(const struct ipc_addr *a, char *out)
{
    if (!inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, out, INET6_ADDRSTRLEN))
        out[0] = '\0';
}

void address_of_socket(int fd, struct ipc_addr *local, struct ipc_addr *remote)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof sa;
    memset(local, 0, sizeof *local);
    memset(remote, 0, sizeof *remote);
    if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
        (void)from_sockaddr((struct sockaddr *)&sa, local);
    len = sizeof sa;
    if (getpeername(fd, (struct sockaddr *)&sa, &len) == 0)
        (void)from_sockaddr((struct sockaddr *)&sa, remote);
}

static void collect(struct front *f, const struct ifaddrs *all, bool loopback)
{
    for (const struct ifaddrs *i = all; i && f->addresses < FRONT_ADDRESSES; i = i->ifa_next) {
        struct ipc_addr a;
        if (!i->ifa_addr || !(i->ifa_flags & IFF_UP) || !from_sockaddr(i->ifa_addr, &a))
            continue;
        if (!is_link_local(&a) && is_loopback(&a) == loopback)
            f->address[f->addresses++] = a;
    }
}

void address_collect(struct front *f)
{
    struct ifaddrs *all = NULL;
    f->addresses = 0;
    if (!is_any(&f->start.listen)) {
        f->address[f->addresses++] = f->start.listen;
        return;
    }
    if (getifaddrs(&all) != 0)
        return;
    collect(f, all, false);
    collect(f, all, true);
    freeifaddrs(all);
}

/* ---- candidates ---- */

struct candidate_list {
    struct ipc_addr ip[FRONT_ADDRESSES + 16];
    uint32_t count;
};

/* Each address once; of a v4 listener no v6 ones. */
static void list_add(struct candidate_list *l, const struct front *f, const struct ipc_addr *a)
{
    bool v4_only = f->start.listen.family == 4;
    if (a->family == 0 || is_any(a) || (v4_only && a->family == 6) ||
        l->count == sizeof l->ip / sizeof l->ip[0])
        return;
    for (uint32_t i = 0; i < l->count; i++)
        if (same_ip(&l->ip[i], a))
            return;
    l->ip[l->count++] = *a;
}

/* RFC 8445 section 5.1.2.1: type preference 126 for host, component 1. Every UDP candidate comes
 * before every TCP one (RFC 6544 section 4.2 gives passive the direction preference 2). */
static uint32_t priority(uint8_t protocol, uint32_t place)
{
    uint32_t preference =
        protocol == SIGNAL_protocol_udp ? 65535 - place : (2u << 13) + 8191 - place;
    return 126u << 24 | preference << 8 | 255;
}

static void fill(struct signal_candidate *c, const struct ipc_addr *a, uint16_t port,
                 uint8_t protocol, uint32_t place)
{
    memset(c, 0, sizeof *c);
    c->foundation[0] = protocol == SIGNAL_protocol_udp ? 'u' : 't';
    c->foundation[1] = (char)('a' + place % 26);
    c->foundation[2] = (char)('a' + place / 26);
    c->priority = priority(protocol, place);
    address_text(a, c->address);
    address_text(a, c->ip);
    c->protocol = protocol;
    c->port = port;
    c->type = SIGNAL_candidate_type_host;
    c->has_tcpType = protocol == SIGNAL_protocol_tcp;
    c->tcpType = SIGNAL_tcp_type_passive;
}

void address_default(const struct front *f, struct ipc_addr *out)
{
    if (f->start.public_count > 0)
        *out = f->start.public_addr[0];
    else if (f->addresses > 0)
        *out = f->address[0];
}

uint32_t address_candidates(const struct front *f, const struct ipc_addr *client_sees,
                            struct signal_candidate *out, uint32_t cap)
{
    struct candidate_list l = {.count = 0};
    for (uint32_t i = 0; i < f->start.public_count; i++)
        list_add(&l, f, &f->start.public_addr[i]);
    if (!is_loopback(client_sees))
        list_add(&l, f, client_sees);
    for (uint32_t i = 0; i < f->addresses; i++)
        if (!is_loopback(&f->address[i]))
            list_add(&l, f, &f->address[i]);
    if (is_loopback(client_sees)) /* loopback last, and only for those who came that way */
        list_add(&l, f, client_sees);
    uint32_t n = 0;
    for (uint8_t protocol = 0; protocol < SIGNAL_protocol_COUNT_; protocol++)
        for (uint32_t i = 0; i < l.count && n < cap; i++, n++)
            fill(&out[n], &l.ip[i], f->start.listen.port, protocol, i);
    return n;
}
