/* What each role may still do once it serves: one list of promises a role, enforced by seccomp
 * (anything else kills the process) and Landlock (files). A kernel without Landlock, or with an old
 * one, gets what it can enforce. knows: system calls. knows not: why a role needs them. */
#ifndef IO_SANDBOX_H
#define IO_SANDBOX_H

#include <stddef.h>

#include "base/err.h"

enum sandbox_role {
    SANDBOX_FRONT,      /* sockets it was given, accept, send with descriptors; no exec, no files */
    SANDBOX_MEDIA,      /* datagram sockets; no files, no exec, no fork; at most 45 system calls */
    SANDBOX_STORE,      /* files below data_dir; no sockets but the channels it was given */
    SANDBOX_DATABASE,   /* store with a database elsewhere: the same, and stream connections out */
    SANDBOX_SUPERVISOR, /* starts roles; files below data_dir; nothing from the network */
    SANDBOX_WORKER,     /* a thread that computes; it opens and reads nothing */
    SANDBOX_NODES,      /* front's, and connections to other nodes that it opens itself */
    SANDBOX_FETCH,      /* connects to hosts outside; reads the machine's names and authorities */
    SANDBOX_ROLE_COUNT_
};

/* Enters the sandbox for good: open all files, start all threads, load all libraries before.
 * data_dir is used by STORE, DATABASE and SUPERVISOR and may be NULL for the others. Also sets
 * no_new_privs and forbids core dumps and ptrace. ERR_IO when the kernel refused; then exit. */
enum err sandbox_enter(enum sandbox_role role, const char *data_dir);

/* The same with exactly the product's lists: sandbox_enter forbids less in sanitizer builds, whose
 * run time reads files and clones. For tests. */
enum err sandbox_enter_strict(enum sandbox_role role, const char *data_dir);

/* How many different system calls the role's list names; for tests and `conclave doctor`. */
size_t sandbox_count(enum sandbox_role role);
/* The kernel's Landlock ABI version, 0 for none. */
int sandbox_landlock_abi(void);

#endif
