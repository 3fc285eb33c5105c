/* The server under test as a process, and the loop that everybody runs in. See rig.h.
 * owns: the server's pid and folder. */
#include "rig/rig.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct rig *open_rigs[4];

instant_us rig_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (instant_us)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

static void stop(struct rig *r)
{
    if (r->pid <= 0)
        return;
    kill(r->pid, SIGTERM);
    for (int i = 0; i < 500; i++) {
        if (waitpid(r->pid, NULL, WNOHANG) == r->pid) {
            r->pid = 0;
            return;
        }
        poll(NULL, 0, 10);
    }
    kill(r->pid, SIGKILL);
    waitpid(r->pid, NULL, 0);
    r->pid = 0;
}

static void stop_all(void)
{
    for (int i = 0; i < 4; i++)
        if (open_rigs[i])
            stop(open_rigs[i]);
}

_Noreturn void rig_fail(const char *file, int line, const char *fact)
{
    printf("FAIL  %s\n      %s:%d\n", fact, file, line);
    for (int i = 0; i < 4; i++)
        if (open_rigs[i])
            printf("      server log: %s\n", open_rigs[i]->log);
    fflush(stdout);
    stop_all();
    _exit(1);
}

static void on_signal(int sig)
{
    for (int i = 0; i < 4; i++)
        if (open_rigs[i] && open_rigs[i]->pid > 0)
            kill(open_rigs[i]->pid, SIGTERM);
    _exit(128 + sig);
}

/* A port that is free for TCP and UDP at this moment, below those that Linux gives to the own ends
 * of connections: one of there could be a client's when the server wants it. */
static uint16_t free_port(void)
{
    enum { FROM = 10000, BEYOND = 32000 };
    static uint16_t last; /* not the same one twice: it may not be in use yet */
    for (int i = 0; i < 50; i++) {
        uint16_t port = 0;
        if (getrandom(&port, sizeof port, 0) != sizeof port)
            return 0;
        if (port % (BEYOND - FROM) == last)
            continue;
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)(FROM + port % (BEYOND - FROM))),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t n = sizeof(a);
        int t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0);
        bool ok = bind(t, (struct sockaddr *)&a, n) == 0 && bind(u, (struct sockaddr *)&a, n) == 0;
        close(t);
        close(u);
        if (!ok)
            continue;
        last = port % (BEYOND - FROM);
        return ntohs(a.sin_port);
    }
    return 0;
}

/* Gaps are measured in time: on a shared machine this goes before other work, where allowed. */
static void go_first(void)
{
    int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "-10", 3) < 0)
        errno = 0;
    if (fd >= 0)
        close(fd);
    if (setpriority(PRIO_PROCESS, 0, -10) != 0)
        errno = 0;
}

/* $CONCLAVE, or the server beside this program. */
static const char *program_path(void)
{
    static char path[512];
    if (getenv("CONCLAVE"))
        return getenv("CONCLAVE");
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 10);
    char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    if (slash)
        memcpy(slash + 1, "conclave", 9);
    return path;
}

static void spawn(struct rig *r)
{
    const struct rig_options *o = &r->options;
    const char *program = program_path();
    NEED(access(program, X_OK) == 0, "$CONCLAVE names the server's program");
    char listen[64], metrics[64];
    snprintf(listen, sizeof(listen), "127.0.0.1:%u", r->port);
    snprintf(metrics, sizeof(metrics), "127.0.0.1:%u", r->metrics_port);
    const char *argv[20] = {program, "serve", "--data", r->data, "--listen", listen};
    int n = 6;
    argv[n++] = "--metrics";
    argv[n++] = metrics;
    if (getenv("CONCLAVE_WEB")) {
        argv[n++] = "--web";
        argv[n++] = getenv("CONCLAVE_WEB");
    }
    for (int i = 0; i < 8 && o->extra[i]; i++)
        argv[n++] = o->extra[i];
    fflush(stdout);
    pid_t parent = getpid();
    r->pid = fork();
    if (r->pid != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    int fd = open(r->log, O_WRONLY | O_CREAT | O_APPEND, 0600), in = open("/dev/null", O_RDONLY);
    dup2(in, 0);
    dup2(fd, 1);
    dup2(fd, 2);
    execv(program, (char **)(uintptr_t)argv);
    _exit(127);
}

/* False when the server ended first: somebody else may have got its port meanwhile. */
static bool wait_ready(struct rig *r)
{
    instant_us deadline = rig_now() + 20 * US_PER_S;
    while (rig_now() < deadline) {
        if (!rig_alive(r))
            return false;
        int fd = rig_tcp_open(r);
        if (fd >= 0) {
            close(fd);
            struct rig_http h;
            rig_http_do(r, &(struct rig_http_request){.method = "GET", .path = "/healthz"}, &h);
            rig_http_fini(&h);
            if (h.status == 200) {
                NEED(rig_log_count(r, "media ready index") > 0,
                     "nobody is let in before there is a media process");
                return true;
            }
        }
        poll(NULL, 0, 20);
    }
    NEED(false, "the server answers /healthz within 20 s");
    return false;
}

static void choose_ports(struct rig *r)
{
    r->port = free_port();
    do
        r->metrics_port = free_port();
    while (r->metrics_port == r->port);
    NEED(r->port && r->metrics_port, "two free ports");
    r->addr.sin_port = htons(r->port);
    snprintf(r->authority, sizeof(r->authority), "127.0.0.1:%u", r->port);
}

void rig_open(struct rig *r, const struct rig_options *o)
{
    memset(r, 0, sizeof(*r));
    go_first();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    const char *tmp = getenv("TMPDIR");
    snprintf(r->data, sizeof(r->data), "%.80s/conclave-rig-XXXXXX", tmp ? tmp : "/tmp");
    NEED(mkdtemp(r->data), "a data folder");
    snprintf(r->log, sizeof(r->log), "%s/rig.log", r->data);
    r->addr =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    rig_dtls_identity_init(&r->identity);
    for (int i = 0; i < 4; i++)
        if (!open_rigs[i]) {
            open_rigs[i] = r;
            break;
        }
    if (o)
        r->options = *o;
    bool up = false;
    for (int i = 0; i < 3 && !up; i++) {
        choose_ports(r);
        spawn(r);
        up = wait_ready(r);
    }
    NEED(up, "the server stays up");
}

bool rig_alive(struct rig *r)
{
    if (r->pid > 0 && waitpid(r->pid, NULL, WNOHANG) == r->pid)
        r->pid = 0;
    return r->pid > 0;
}

void rig_restart(struct rig *r)
{
    stop(r);
    spawn(r);
    NEED(wait_ready(r), "the server comes up again");
}

unsigned rig_log_count(struct rig *r, const char *text)
{
    FILE *f = fopen(r->log, "r");
    char line[4096];
    unsigned n = 0;
    while (f && fgets(line, sizeof(line), f))
        n += strstr(line, text) != NULL;
    if (f)
        fclose(f);
    return n;
}

static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    char name[512];
    for (struct dirent *e; d && (e = readdir(d));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
        if (unlink(name) != 0 && errno == EISDIR)
            remove_folder(name);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

void rig_close(struct rig *r)
{
    bool alive = rig_alive(r);
    while (r->peers)
        rig_leave(r->peer[0], false);
    stop(r);
    NEED(alive, "the server lived to the end");
    unsigned reports = rig_log_count(r, "AddressSanitizer") + rig_log_count(r, "runtime error:") +
                       rig_log_count(r, "LeakSanitizer");
    NEED(reports == 0, "no sanitizer report in the server's log");
    for (int i = 0; i < 4; i++)
        if (open_rigs[i] == r)
            open_rigs[i] = NULL;
    remove_folder(r->data);
    rig_dtls_identity_fini(&r->identity);
}

int rig_tcp_open(struct rig *r)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&r->addr, sizeof(r->addr)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int rig_udp_open(struct rig *r, const char *local)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    inet_pton(AF_INET, local, &a.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
        connect(fd, (struct sockaddr *)&r->addr, sizeof(r->addr)) != 0) {
        close(fd);
        return -1;
    }
    int big = 4 << 20, yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof(yes));
    return fd;
}

static double sum_metric(const char *text, const char *name)
{
    double sum = 0;
    bool found = false;
    size_t n = strlen(name);
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, n) != 0 || (line[n] != ' ' && line[n] != '{'))
            continue;
        const char *v = line + n;
        if (*v == '{')
            v = strchr(v, '}');
        if (!v)
            continue;
        sum += strtod(v + 1, NULL);
        found = true;
    }
    return found ? sum : -1;
}

double rig_metric(struct rig *r, const char *name)
{
    char buf[65536];
    struct sockaddr_in a = r->addr;
    a.sin_port = htons(r->metrics_port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    double v = -1;
    if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
        static const char ask[] = "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n";
        size_t len = 0;
        ssize_t n = send(fd, ask, sizeof(ask) - 1, 0);
        while (n > 0 && len < sizeof(buf) - 1 &&
               (n = recv(fd, buf + len, sizeof(buf) - 1 - len, 0)) > 0)
            len += (size_t)n;
        buf[len] = '\0';
        v = sum_metric(buf, name);
    }
    close(fd);
    return v;
}

/* --- the loop -------------------------------------------------------------------------------- */

struct poll_entry {
    struct rig_peer *peer;
    struct rig_transport *transport; /* NULL: its WebSocket */
};

static unsigned gather(struct rig *r, struct pollfd *fds, struct poll_entry *who)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->peers; i++) {
        struct rig_peer *p = r->peer[i];
        struct rig_transport *t[2] = {&p->send, &p->recv};
        if (p->ws.tls.ssl && !p->ws.closed) {
            who[n] = (struct poll_entry){p, NULL};
            fds[n++] = (struct pollfd){p->ws.tls.fd, POLLIN, 0};
        }
        for (int k = 0; k < 2; k++)
            if (t[k]->id && t[k]->fd >= 0) {
                who[n] = (struct poll_entry){p, t[k]};
                fds[n++] = (struct pollfd){t[k]->fd, POLLIN, 0};
            }
    }
    return n;
}

static void tick_all(struct rig *r)
{
    instant_us now = rig_now();
    if (r->last_pump && now - r->last_pump > r->worst_lag_us)
        r->worst_lag_us = now - r->last_pump;
    r->last_pump = now;
    for (unsigned i = 0; i < r->peers; i++) {
        struct rig_peer *p = r->peer[i];
        rig_transport_tick(p, &p->send, now);
        rig_transport_tick(p, &p->recv, now);
        rig_media_tick(p, now);
        if (p->joined && !p->ws.closed && now >= p->next_ping) {
            p->next_ping = now + 5 * US_PER_S;
            rig_tell(p, json_pack("{s:s}", "t", "ping"));
        }
    }
}

void rig_pump(struct rig *r, int fd, short events, instant_us until)
{
    struct pollfd fds[3 * RIG_PEERS + 1];
    struct poll_entry who[3 * RIG_PEERS + 1];
    do {
        tick_all(r);
        unsigned n = gather(r, fds, who), all = n;
        if (fd >= 0)
            fds[all++] = (struct pollfd){fd, events, 0};
        int64_t left = until - rig_now();
        int ms = left <= 0 ? 0 : left < 4000 ? 1 : 4;
        if (poll(fds, all, ms) <= 0)
            continue;
        for (unsigned i = 0; i < n; i++) {
            if (!fds[i].revents)
                continue;
            if (who[i].transport)
                rig_transport_read(who[i].peer, who[i].transport);
            else
                rig_signal_read(who[i].peer);
        }
        if (fd >= 0 && fds[n].revents)
            return;
    } while (rig_now() < until);
}

void rig_run(struct rig *r, int64_t ms)
{
    rig_pump(r, -1, 0, rig_now() + ms * US_PER_MS);
}

bool rig_until(struct rig *r, bool (*holds)(void *), void *arg, int64_t ms)
{
    return RIG_WAIT(r, ms, holds(arg));
}
