/* fork, exec of ourselves, pidfd. knows: descriptors. knows not: roles. owns: nothing. */
#include "io/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bug.h"

/* Moves the table to 3, 4, ...; first above it, so that no entry overwrites one still to move. */
static bool child_place_fds(const struct proc_spawn *s)
{
    int high[PROC_FDS_MAX];
    for (size_t i = 0; i < s->fd_count; i++) {
        high[i] = s->fds[i] < 0 ? -1 : fcntl(s->fds[i], F_DUPFD, PROC_FIRST_FD + PROC_FDS_MAX);
        if (high[i] < 0 && s->fds[i] >= 0)
            return false;
    }
    for (size_t i = 0; i < s->fd_count; i++) {
        int to = PROC_FIRST_FD + (int)i;
        if (high[i] < 0)
            close(to);
        else if (dup2(high[i], to) < 0)
            return false;
    }
    unsigned first = PROC_FIRST_FD + (unsigned)s->fd_count;
    return syscall(SYS_close_range, first, ~0U, 0U) == 0;
}

static void child_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int i = 1; i < 32; i++)
        if (i != SIGKILL && i != SIGSTOP)
            (void)signal(i, SIG_DFL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static _Noreturn void child_run(const struct proc_spawn *s, pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(126);
    (void)setsid();
    child_reset_signals();
    if (!child_place_fds(s) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        _exit(126);
    execve("/proc/self/exe", (char *const *)(uintptr_t)s->argv, (char *const *)(uintptr_t)s->env);
    _exit(127);
}

enum err proc_open(struct proc *p, const struct proc_spawn *s)
{
    BUG_IF(s->fd_count > PROC_FDS_MAX);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return ERR_IO;
    if (pid == 0)
        child_run(s, parent);
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return ERR_IO;
    }
    *p = (struct proc){pid, pidfd};
    return ERR_OK;
}

bool proc_ended(struct proc *p, int *status)
{
    pid_t got;
    do
        got = waitpid(p->pid, status, WNOHANG);
    while (got < 0 && errno == EINTR);
    return got == p->pid;
}

void proc_signal(const struct proc *p, int signal_number)
{
    if (p->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, p->pidfd, signal_number, NULL, 0);
}

void proc_close(struct proc *p)
{
    if (p->pidfd >= 0)
        close(p->pidfd);
    *p = (struct proc){0, -1};
}
