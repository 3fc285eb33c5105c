/* The doctor's network checks: the port, and whether each public address leads back here.
 * knows: sockets. knows not: media, HTTP. owns: nothing; its sockets close before it returns. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bin/cmd_doctor.h"
#include "bin/config_addr.h"
#include "bin/supervisor.h"

enum { WAIT_MS = 1500 };

/* The sockets that a server would have, for the time of the check; -1 when a server has them. */
struct stand_in {
    int tcp, udp;
};

static void close_if(int fd)
{
    if (fd >= 0)
        close(fd);
}

static bool wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, WAIT_MS) == 1 && (p.revents & events) != 0;
}

static void check_reuseport(struct findings *f)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
    bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
    close_if(fd);
    if (ok)
        finding_add(f, "reuseport", FINDING_OK, "Media processes can share the port.");
    else
        finding_add(f, "reuseport", FINDING_FAILED,
                    "The kernel does not let processes share a UDP port; use Linux 5.10 or newer.");
}

static struct stand_in check_port(struct findings *f, const struct config *c)
{
    struct ipc_addr at = c->listen;
    struct stand_in s = {-1, -1};
    unsigned port = at.port;
    if (f->running) {
        finding_add(f, "port", FINDING_OK, "Port %u is in use by this server.", port);
        return s;
    }
    s.tcp = setup_tcp(&at);
    if (s.tcp < 0 && c->listen_any && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        at.family = 4;
        s.tcp = setup_tcp(&at);
    }
    if (s.tcp >= 0)
        s.udp = setup_udp(&at);
    if (s.tcp >= 0 && s.udp >= 0)
        finding_add(f, "port", FINDING_OK, "Port %u is free for TCP and UDP.", port);
    else if (errno == EADDRINUSE)
        finding_add(f, "port", FINDING_FAILED,
                    "Port %u is in use by another program; stop that one, or choose another port "
                    "with --listen.",
                    port);
    else
        finding_add(f, "port", FINDING_FAILED,
                    "Port %u cannot be opened (%s); choose another address or port with --listen.",
                    port, strerror(errno));
    return s;
}

static bool tcp_reaches(const struct ipc_addr *to)
{
    struct sockaddr_storage address;
    socklen_t len = config_addr_socket(to, &address);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && (connect(fd, (struct sockaddr *)&address, len) == 0 ||
                          (errno == EINPROGRESS && wait_for(fd, POLLOUT)));
    int error = 0;
    socklen_t size = sizeof error;
    ok = ok && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    close_if(fd);
    return ok;
}

/* With a stand-in the datagram must arrive; a running server answers nobody it does not know, so
 * there only a refusal tells. */
static bool udp_reaches(const struct ipc_addr *to, int stand_in)
{
    static const char probe[] = "conclave doctor";
    struct sockaddr_storage address;
    socklen_t len = config_addr_socket(to, &address);
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, len) == 0 &&
              send(fd, probe, sizeof probe, 0) == (ssize_t)sizeof probe;
    if (ok && stand_in >= 0) {
        char got[sizeof probe] = "";
        ok = wait_for(stand_in, POLLIN) && recv(stand_in, got, sizeof got, 0) == sizeof got &&
             memcmp(got, probe, sizeof got) == 0;
    } else if (ok) {
        char got[1];
        (void)wait_for(fd, POLLIN);
        ok = recv(fd, got, sizeof got, 0) >= 0 || errno == EAGAIN;
    }
    close_if(fd);
    return ok;
}

static void check_public(struct findings *f, const struct ipc_addr *public_ip, uint16_t port,
                         struct stand_in s)
{
    struct ipc_addr to = *public_ip;
    char text[CONFIG_ADDR_TEXT];
    to.port = port;
    config_addr_print(&to, text);
    bool tcp = tcp_reaches(&to), udp = udp_reaches(&to, s.udp);
    if (tcp && udp)
        finding_add(f, "public_ip", FINDING_OK, "%s leads here over TCP and UDP.", text);
    else
        finding_add(f, "public_ip", FINDING_FAILED,
                    "%s does not lead here over %s; open or forward that port for TCP and UDP in "
                    "the firewall or router, or correct --public-ip.",
                    text,
                    tcp   ? "UDP"
                    : udp ? "TCP"
                          : "TCP and UDP");
}

void doctor_check_network(struct findings *f, const struct config *c)
{
    check_reuseport(f);
    struct stand_in s = check_port(f, c);
    if (c->public_count == 0)
        finding_add(f, "public_ip", FINDING_NOTE,
                    "No public address is set, so only browsers on networks of this machine can "
                    "join; name one with --public-ip.");
    for (uint32_t i = 0; i < c->public_count; i++)
        if (f->running || (s.tcp >= 0 && s.udp >= 0))
            check_public(f, &c->public_addr[i], c->listen.port, s);
    close_if(s.tcp);
    close_if(s.udp);
}
