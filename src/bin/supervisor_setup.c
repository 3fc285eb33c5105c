/* What must be there before any role runs: folder, lock, certificate, sockets; and the sentence
 * that says what is wrong when one of them cannot be had.
 * knows: socket options. knows not: what is sent through them. owns: what struct setup holds. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bin/config_addr.h"
#include "bin/supervisor.h"
#include "crypt/crypt.h"
#include "io/disk.h"

enum { UDP_BUFFER = 4 << 20, TCP_BACKLOG = 1024, BIND_TRIES = 6, BIND_WAIT_MS = 100 };

/* ---- sockets ---- */

static bool set_on(int fd, int level, int option)
{
    int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

static int socket_at(const struct ipc_addr *at, int type)
{
    int family = at->family == 4 ? AF_INET : AF_INET6;
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int off = 0;
    if (fd >= 0 && family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return fd;
}

static int close_keeping_errno(int fd)
{
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

static bool bind_at(int fd, const struct ipc_addr *at)
{
    struct sockaddr_storage address;
    socklen_t len = config_addr_socket(at, &address);
    return bind(fd, (struct sockaddr *)&address, len) == 0;
}

static void grow(int fd, int forced, int option)
{
    int size = UDP_BUFFER;
    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) != 0)
        (void)setsockopt(fd, SOL_SOCKET, option, &size, sizeof size);
}

int setup_udp(const struct ipc_addr *at)
{
    int fd = socket_at(at, SOCK_DGRAM);
    if (fd < 0)
        return -1;
    bool ok = set_on(fd, SOL_SOCKET, SO_REUSEPORT) && set_on(fd, IPPROTO_IP, IP_PKTINFO);
    if (at->family == 6)
        ok = ok && set_on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
    grow(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    grow(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    return ok && bind_at(fd, at) ? fd : close_keeping_errno(fd);
}

int setup_tcp(const struct ipc_addr *at)
{
    int fd = socket_at(at, SOCK_STREAM);
    if (fd < 0)
        return -1;
    bool ok =
        set_on(fd, SOL_SOCKET, SO_REUSEADDR) && bind_at(fd, at) && listen(fd, TCP_BACKLOG) == 0;
    return ok ? fd : close_keeping_errno(fd);
}

/* The group of sockets may only be ours: a socket that does not share finds a foreign one. */
static bool udp_port_free(const struct ipc_addr *at)
{
    int fd = socket_at(at, SOCK_DGRAM);
    bool ok = fd >= 0 && bind_at(fd, at);
    (void)close_keeping_errno(fd);
    return ok;
}

static enum err complain_bind(const struct ipc_addr *at, const char *key, struct complaint *why)
{
    char text[CONFIG_ADDR_TEXT];
    config_addr_print(at, text);
    bool metrics = strcmp(key, "metrics") == 0;
    if (errno == EADDRINUSE && metrics)
        return complain(why,
                        "The metrics port %s is in use by another program; set metrics in the "
                        "configuration (or --metrics) to another address or to off.",
                        text);
    if (errno == EADDRINUSE && strcmp(key, "node_listen") == 0)
        return complain(why,
                        "The port %s for other nodes is in use by another program; set "
                        "node_listen to another address.",
                        text);
    if (errno == EADDRINUSE)
        return complain(why,
                        "Port %u is in use by another program; stop that one, or choose another "
                        "port with --listen :PORT.",
                        (unsigned)at->port);
    if (errno == EACCES)
        return complain(why,
                        "Port %u needs a privilege; grant CAP_NET_BIND_SERVICE, or choose a port "
                        "above 1023 with --listen :PORT.",
                        (unsigned)at->port);
    if (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)
        return complain(why, "This machine has no address %s; correct %s.", text, key);
    return complain(why, "%s cannot be opened (%s); correct %s.", text, strerror(errno), key);
}

static void wait_a_little(void)
{
    struct timespec pause = {0, BIND_WAIT_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
}

/* A former server of ours may be ending this moment, so a used port is asked for a few times. */
static int listen_patiently(const struct ipc_addr *at)
{
    int fd = -1;
    for (int i = 0; i < BIND_TRIES; i++) {
        fd = setup_tcp(at);
        if (fd >= 0 || errno != EADDRINUSE)
            break;
        wait_a_little();
    }
    for (int i = 0; fd >= 0 && i < BIND_TRIES; i++) {
        struct sockaddr_storage got;
        struct ipc_addr same = *at;
        socklen_t len = sizeof got;
        if (same.port == 0 && getsockname(fd, (struct sockaddr *)&got, &len) == 0)
            same.port = ntohs(((struct sockaddr_in *)(void *)&got)->sin_port);
        if (udp_port_free(&same))
            return fd;
        if (errno != EADDRINUSE)
            break;
        wait_a_little();
    }
    return close_keeping_errno(fd);
}

static enum err open_listener(struct setup *s, const struct config *c, struct complaint *why)
{
    struct ipc_addr at = c->listen;
    s->listen_fd = listen_patiently(&at);
    if (s->listen_fd < 0 && c->listen_any && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        at.family = 4; /* a machine without IPv6 */
        s->listen_fd = listen_patiently(&at);
    }
    if (s->listen_fd < 0)
        return complain_bind(&at, "listen", why);
    struct sockaddr_storage got;
    socklen_t len = sizeof got;
    if (getsockname(s->listen_fd, (struct sockaddr *)&got, &len) != 0)
        return complain_bind(&at, "listen", why);
    at.port =
        ntohs(((struct sockaddr_in *)(void *)&got)->sin_port); /* same place in both families */
    s->start.listen = at;
    for (uint32_t i = 0; i < s->start.media_count; i++) {
        s->udp_fd[i] = setup_udp(&at);
        if (s->udp_fd[i] < 0)
            return complain_bind(&at, "listen", why);
    }
    return ERR_OK;
}

/* Metrics off: a descriptor that never becomes readable, so that its number is not another's. */
static enum err open_metrics(struct setup *s, const struct config *c, struct complaint *why)
{
    s->metrics_peer_fd = -1;
    if (c->metrics_off) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
            return complain(why, "No socket could be made (%s).", strerror(errno));
        s->metrics_fd = pair[0];
        s->metrics_peer_fd = pair[1];
        return ERR_OK;
    }
    s->metrics_fd = setup_tcp(&c->metrics);
    return s->metrics_fd < 0 ? complain_bind(&c->metrics, "metrics", why) : ERR_OK;
}

/* Where other nodes connect to, and who they find there. */
static enum err open_nodes(struct setup *s, const struct config *c, struct complaint *why)
{
    if (!c->cell.on)
        return ERR_OK;
    int64_t till;
    TRY(config_cell_identity(&s->start.cell, (int64_t)time(NULL), &till, why));
    s->nodes_fd = setup_tcp(&c->node_listen);
    return s->nodes_fd < 0 ? complain_bind(&c->node_listen, "node_listen", why) : ERR_OK;
}

static enum err open_control(struct setup *s, struct complaint *why)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (disk_join(at.sun_path, sizeof at.sun_path, s->start.data, "control.sock") != ERR_OK)
        return complain(why,
                        "The path of the data folder %s is too long for a socket in it; choose one "
                        "of less than 90 bytes with --data.",
                        s->start.data);
    (void)unlink(at.sun_path); /* a stale one: the lock says that no other server uses the folder */
    s->control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t before = umask(0177);
    bool ok = s->control_fd >= 0 && bind(s->control_fd, (struct sockaddr *)&at, sizeof at) == 0 &&
              listen(s->control_fd, 16) == 0;
    (void)umask(before);
    return ok ? ERR_OK
              : complain(why, "The control socket %s cannot be made (%s).", at.sun_path,
                         strerror(errno));
}

/* ---- folders ---- */

static enum err open_data(struct setup *s, const struct config *c, struct complaint *why)
{
    char *data = s->start.data;
    enum err e = disk_folder_make(c->data, data, sizeof s->start.data);
    if (e == ERR_LIMIT)
        return complain(why,
                        "The path of the data folder %s is too long; choose another with "
                        "--data.",
                        c->data);
    if (e != ERR_OK && errno == ENOENT)
        return complain(why,
                        "The data folder %s cannot be made, as its parent folder is missing; make "
                        "that first, or choose another with --data.",
                        c->data);
    if (e != ERR_OK)
        return complain(why,
                        "The data folder %s cannot be written to (%s); give it to the user who "
                        "runs the server, or choose another with --data.",
                        c->data, strerror(errno));
    e = disk_lock(data, "lock", &s->lock_fd);
    if (e == ERR_BUSY)
        return complain(
            why,
            "Another server already uses the data folder %s; stop it, or choose another "
            "folder with --data.",
            data);
    if (e != ERR_OK)
        return complain(why,
                        "The data folder %s cannot be written to (%s); give it to the user who "
                        "runs the server, or choose another with --data.",
                        data, strerror(errno));
    return ERR_OK;
}

static bool has_index(const char *folder, char web[IPC_PATH_MAX + 1])
{
    char index[IPC_PATH_MAX + 32];
    return disk_join(index, sizeof index, folder, "index.html") == ERR_OK && disk_exists(index) &&
           disk_absolute(folder, web, IPC_PATH_MAX + 1) == ERR_OK;
}

bool setup_find_web(const struct config *c, char web[IPC_PATH_MAX + 1])
{
    web[0] = '\0';
    if (c->web[0])
        return has_index(c->web, web);
    char exe[IPC_PATH_MAX + 1], beside[IPC_PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n > 0) {
        exe[n] = '\0';
        char *slash = strrchr(exe, '/');
        if (slash)
            *slash = '\0';
        if (disk_join(beside, sizeof beside, exe, "../web/dist") == ERR_OK &&
            has_index(beside, web))
            return true;
    }
    return has_index("/usr/share/conclave/web", web);
}

static uint32_t count_media(const struct config *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t n = c->media_processes ? c->media_processes : cores > 0 ? (uint32_t)cores : 1;
    return n < LIMIT_MEDIA_PROCESSES ? n : LIMIT_MEDIA_PROCESSES;
}

/* As many descriptors as the hard limit gives; every role inherits it. */
static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

enum err setup_open(struct setup *s, const struct config *c, struct complaint *why)
{
    memset(s, 0, sizeof *s);
    s->start.media_count = count_media(c);
    s->start.pin = c->media_pin;
    s->start.spread_after = c->media_spread;
    s->start.accounts = c->accounts;
    s->start.hooks = c->hooks;
    s->start.cell = c->cell;
    s->nodes_fd = -1;
    s->start.public_count = c->public_count;
    memcpy(s->start.database, c->database, sizeof s->start.database);
    memcpy(s->start.embed, c->embed, sizeof s->start.embed);
    memcpy(s->start.public_addr, c->public_addr, sizeof s->start.public_addr);
    raise_file_limit();
    TRY(open_data(s, c, why));
    if (crypt_init() != ERR_OK)
        return complain(why, "The cryptographic library does not work; reinstall libssl3.");
    TRY(tls_prepare(c, s->start.data, why));
    s->web_found = setup_find_web(c, s->start.web);
    if (!s->web_found && c->web[0])
        return complain(why,
                        "There is no web client in %s (no index.html); build it with `make "
                        "build`, or correct --web.",
                        c->web);
    TRY(open_listener(s, c, why));
    TRY(open_metrics(s, c, why));
    TRY(open_nodes(s, c, why));
    return open_control(s, why);
}
