/* initdb, pg_ctl and psql's place. Without fsync: processes are killed here, never the machine. See
 * postgres.h. */
#include "rig/postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAMS "/usr/lib/postgresql/15/bin/"

enum { CHILDREN = 64 };

/* PostgreSQL refuses root; Debian's package makes this user. */
static const struct passwd *other_user(void)
{
    const struct passwd *user = getpwnam("postgres");
    return user ? user : getpwnam("nobody");
}

static void become_other(void)
{
    const struct passwd *user = geteuid() == 0 ? other_user() : NULL;
    if (user && (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
}

/* Runs a program to its end; its words stand in folder/rig.log. */
static bool run(const struct postgres *p, const char *const argv[])
{
    char log[80];
    (void)snprintf(log, sizeof log, "%s/rig.log", p->folder);
    pid_t child = fork();
    if (child == 0) {
        become_other();
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir(p->folder) != 0)
            _exit(125);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    int status = 1;
    if (child > 0)
        while (waitpid(child, &status, 0) != child)
            ;
    if (status != 0)
        fprintf(stderr, "%s ended with %d; `tools/deps test` installs postgresql-15\n", argv[0],
                status);
    return status == 0;
}

bool postgres_open(struct postgres *p)
{
    *p = (struct postgres){.pid = 0};
    memcpy(p->folder, "/tmp/conclave-pg.XXXXXX", 24);
    if (!mkdtemp(p->folder))
        return false;
    const struct passwd *user = geteuid() == 0 ? other_user() : NULL;
    if (user && chown(p->folder, user->pw_uid, user->pw_gid) != 0)
        return false;
    const char *const argv[] = {PROGRAMS "initdb", "-D", "data", "-U",         "conclave", "-A",
                                "trust",           "-E", "UTF8", "--locale=C", "-N",       NULL};
    return run(p, argv) && postgres_start(p);
}

static pid_t read_pid(const struct postgres *p)
{
    char path[96], line[32] = "";
    (void)snprintf(path, sizeof path, "%s/data/postmaster.pid", p->folder);
    FILE *f = fopen(path, "r");
    if (f && !fgets(line, sizeof line, f))
        line[0] = '\0';
    if (f)
        fclose(f);
    return (pid_t)strtol(line, NULL, 10);
}

bool postgres_start(struct postgres *p)
{
    char options[240];
    (void)snprintf(options, sizeof options,
                   "-k %s -h '' -c max_connections=20 -c shared_buffers=16MB"
                   " -c max_wal_size=128MB -c fsync=off",
                   p->folder);
    const char *const argv[] = {PROGRAMS "pg_ctl", "-D", "data",  "-w",    "-t", "60", "-l",
                                "server.log",      "-o", options, "start", NULL};
    if (!run(p, argv))
        return false;
    p->pid = read_pid(p);
    return p->pid > 1;
}

/* The postmaster first, so that it starts no others. */
static size_t processes(const struct postgres *p, pid_t out[CHILDREN])
{
    char path[64];
    size_t n = 0;
    out[n++] = p->pid;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)p->pid, (int)p->pid);
    FILE *f = fopen(path, "r");
    int child;
    while (f && n < CHILDREN && fscanf(f, "%d", &child) == 1)
        out[n++] = (pid_t)child;
    if (f)
        fclose(f);
    return n;
}

void postgres_signal(struct postgres *p, int signal_number)
{
    pid_t all[CHILDREN];
    if (p->pid <= 1)
        return;
    size_t n = processes(p, all);
    for (size_t i = 0; i < n; i++)
        (void)kill(all[i], signal_number);
}

void postgres_kill(struct postgres *p)
{
    pid_t all[CHILDREN];
    int fds[CHILDREN];
    if (p->pid <= 1)
        return;
    size_t n = processes(p, all);
    for (size_t i = 0; i < n; i++) {
        fds[i] = (int)syscall(SYS_pidfd_open, all[i], 0);
        (void)kill(all[i], SIGKILL);
    }
    for (size_t i = 0; i < n; i++) {
        struct pollfd end = {.fd = fds[i], .events = POLLIN};
        if (fds[i] < 0)
            continue;
        (void)poll(&end, 1, 10000);
        close(fds[i]);
    }
    p->pid = 0;
    /* Nobody may have reaped the postmaster yet, and the next one would take it for alive. */
    static const char *const locks[] = {"data/postmaster.pid", ".s.PGSQL.5432.lock"};
    for (size_t i = 0; i < sizeof locks / sizeof locks[0]; i++) {
        char lock[96];
        (void)snprintf(lock, sizeof lock, "%s/%s", p->folder, locks[i]);
        (void)unlink(lock);
    }
}

static PGconn *connect_to(const char *url)
{
    PGconn *c = PQconnectdb(url);
    if (PQstatus(c) != CONNECTION_OK)
        fprintf(stderr, "%s", PQerrorMessage(c));
    return c;
}

bool postgres_execute(const char *url, const char *sql)
{
    PGconn *c = connect_to(url);
    PGresult *r = PQexec(c, sql);
    ExecStatusType status = PQresultStatus(r);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (!ok)
        fprintf(stderr, "%s", PQresultErrorMessage(r));
    PQclear(r);
    PQfinish(c);
    return ok;
}

void postgres_ask(const char *url, const char *sql, char *out, size_t cap)
{
    PGconn *c = connect_to(url);
    PGresult *r = PQexec(c, sql);
    bool some = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0;
    (void)snprintf(out, cap, "%s", some ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    PQfinish(c);
}

bool postgres_database(struct postgres *p, char url[POSTGRES_URL])
{
    char sql[64];
    unsigned n = ++p->databases;
    (void)snprintf(url, POSTGRES_URL, "postgres://conclave@/postgres?host=%s", p->folder);
    (void)snprintf(sql, sizeof sql, "CREATE DATABASE t%u", n);
    if (!postgres_execute(url, sql))
        return false;
    (void)snprintf(url, POSTGRES_URL, "postgres://conclave@/t%u?host=%s", n, p->folder);
    return true;
}

void postgres_drop_last(struct postgres *p)
{
    char url[POSTGRES_URL], sql[64];
    (void)snprintf(url, sizeof url, "postgres://conclave@/postgres?host=%s", p->folder);
    (void)snprintf(sql, sizeof sql, "DROP DATABASE t%u WITH (FORCE)", p->databases);
    if (p->pid > 1)
        (void)postgres_execute(url, sql);
}

void postgres_close(struct postgres *p)
{
    postgres_kill(p);
    const char *const argv[] = {"/bin/rm", "-rf", p->folder, NULL};
    (void)run(p, argv);
    (void)rmdir(p->folder);
    if (access(p->folder, F_OK) == 0 && geteuid() == 0) { /* /tmp is sticky: its owner is not us */
        pid_t child = fork();
        if (child == 0) {
            execv(argv[0], (char *const *)(uintptr_t)argv);
            _exit(127);
        }
        (void)waitpid(child, NULL, 0);
    }
}
