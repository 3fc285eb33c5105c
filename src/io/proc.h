/* Child processes: this binary again, in another role, with a table of descriptors.
 * knows: fork, exec, pidfd. knows not: what the roles do. owns: nothing; a struct proc is the
 * caller's and its pidfd is closed by proc_close. */
#ifndef IO_PROC_H
#define IO_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum { PROC_FDS_MAX = 8, PROC_FIRST_FD = 3 };

struct proc {
    pid_t pid;
    int pidfd; /* readable when the process has ended; -1: none */
};

struct proc_spawn {
    const char *const *argv; /* NULL-terminated, argv[0] included */
    const char *const *env;  /* NULL-terminated, the whole environment */
    int fds[PROC_FDS_MAX];   /* become 3, 4, ... in the child; -1 leaves a number closed */
    size_t fd_count;         /* every other descriptor but 0, 1, 2 is closed */
};

/* Starts /proc/self/exe. The child ends when we do, in whatever way, has its own session (a
 * terminal's interrupt reaches only us) and can gain no privileges. ERR_IO. */
enum err proc_open(struct proc *p, const struct proc_spawn *s);
/* Gives the wait status when the process has ended, without waiting. */
bool proc_ended(struct proc *p, int *status);
/* Sends a signal; nothing when it has ended. */
void proc_signal(const struct proc *p, int signal_number);
/* Forgets a process that has ended. */
void proc_close(struct proc *p);

#endif
