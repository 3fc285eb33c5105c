/* The promises of each role, one list each, and their enforcement.
 * knows: system calls, seccomp, Landlock. knows not: what a role does with them.
 * owns: nothing; what is entered cannot be left. */
#include "io/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bug.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum terms {
    FREELY,     /* with any argument */
    NO_CODE,    /* memory, but never executable: argument 2 without PROT_EXEC */
    DATAGRAMS,  /* socket(AF_INET or AF_INET6, SOCK_DGRAM) */
    STREAMS,    /* socket(AF_INET, AF_INET6 or AF_UNIX, SOCK_STREAM) */
    OUTWARD,    /* the same and SOCK_STREAM; the kernel's routes are read, local sockets fail */
    FAILS,      /* answers EACCES instead of killing: libraries try it and cope */
    OWN_PROCESS /* argument 0 is our own process id */
};

struct promise {
    int call;
    enum terms terms;
};

#define MAY(call)                                                                                  \
    {                                                                                              \
        SCMP_SYS(call), FREELY                                                                     \
    }

/* The lists are read by group, not by line. clang-format would break them up. */
/* clang-format off */

/* Media: datagrams in, datagrams out, a timer. No file, no exec, no new process. */
static const struct promise media[] = {
    /* packets */
    {SCMP_SYS(socket), DATAGRAMS}, MAY(bind), MAY(connect), MAY(recvfrom), MAY(recvmsg),
    MAY(recvmmsg), MAY(sendto), MAY(sendmsg), MAY(sendmmsg), MAY(getsockname), MAY(getpeername),
    MAY(setsockopt), MAY(getsockopt), MAY(shutdown),
    /* the loop */
    MAY(epoll_create1), MAY(epoll_ctl), MAY(epoll_wait), MAY(epoll_pwait), MAY(epoll_pwait2),
    MAY(poll), MAY(ppoll), MAY(timerfd_settime), MAY(read), MAY(write), MAY(close), MAY(fcntl),
    /* memory */
    {SCMP_SYS(mmap), NO_CODE}, {SCMP_SYS(mprotect), NO_CODE}, MAY(munmap), MAY(mremap),
    MAY(madvise), MAY(brk), MAY(futex),
    /* time and chance (the vdso may be absent) */
    MAY(clock_gettime), MAY(gettimeofday), MAY(getrandom),
    /* ending */
    MAY(exit), MAY(exit_group), MAY(rt_sigreturn), MAY(rt_sigprocmask), MAY(getpid), MAY(gettid),
    MAY(restart_syscall), {SCMP_SYS(tgkill), OWN_PROCESS},
};

/* Front: connections that it accepts, descriptors that it passes on. No exec, no file. */
static const struct promise front[] = {
    /* connections */
    MAY(accept), MAY(accept4), MAY(recvfrom), MAY(recvmsg), MAY(sendto), MAY(sendmsg),
    MAY(getsockname), MAY(getpeername), MAY(setsockopt), MAY(getsockopt), MAY(shutdown), MAY(read),
    MAY(readv), MAY(write), MAY(writev), MAY(close), MAY(fcntl), MAY(ioctl), MAY(fstat), MAY(lseek),
    MAY(dup),
    /* the loop */
    MAY(epoll_create1), MAY(epoll_ctl), MAY(epoll_wait), MAY(epoll_pwait), MAY(epoll_pwait2),
    MAY(poll), MAY(ppoll), MAY(timerfd_create), MAY(timerfd_settime), MAY(eventfd2), MAY(pipe2),
    /* memory */
    {SCMP_SYS(mmap), NO_CODE}, {SCMP_SYS(mprotect), NO_CODE}, MAY(munmap), MAY(mremap),
    MAY(madvise), MAY(brk), MAY(futex),
    /* time and chance */
    MAY(clock_gettime), MAY(clock_getres), MAY(clock_nanosleep), MAY(nanosleep), MAY(gettimeofday),
    MAY(time), MAY(getrandom),
    /* libraries that look for a file at the wrong time are told no and go on */
    {SCMP_SYS(open), FAILS}, {SCMP_SYS(openat), FAILS}, {SCMP_SYS(stat), FAILS},
    {SCMP_SYS(newfstatat), FAILS}, {SCMP_SYS(statx), FAILS}, {SCMP_SYS(access), FAILS},
    {SCMP_SYS(faccessat), FAILS}, {SCMP_SYS(readlink), FAILS}, {SCMP_SYS(readlinkat), FAILS},
    {SCMP_SYS(prctl), FAILS}, {SCMP_SYS(uname), FAILS},
    /* ending */
    MAY(exit), MAY(exit_group), MAY(rt_sigreturn), MAY(rt_sigprocmask), MAY(rt_sigaction),
    MAY(getpid), MAY(gettid), MAY(getuid), MAY(geteuid), MAY(sched_yield), MAY(restart_syscall),
    {SCMP_SYS(tgkill), OWN_PROCESS},
};

/* And what front itself must not open. */
static const struct promise front_closed[] = {{SCMP_SYS(socket), FAILS}};

/* Store: files below the data folder (Landlock draws that line). No sockets, no exec. */
static const struct promise store[] = {
    /* the database */
    MAY(open), MAY(openat), MAY(read), MAY(write), MAY(pread64), MAY(pwrite64), MAY(close),
    MAY(fsync), MAY(fdatasync), MAY(ftruncate), MAY(fallocate), MAY(fcntl), MAY(lseek), MAY(stat),
    MAY(lstat), MAY(fstat), MAY(newfstatat), MAY(statx), MAY(access), MAY(faccessat), MAY(unlink),
    MAY(unlinkat), MAY(readlink), MAY(readlinkat), MAY(getcwd), MAY(fchmod), MAY(fchown),
    MAY(getuid), MAY(geteuid), MAY(rename),
    /* its two channels */
    MAY(recvmsg), MAY(sendmsg), MAY(poll), MAY(ppoll),
    /* memory */
    {SCMP_SYS(mmap), NO_CODE}, {SCMP_SYS(mprotect), NO_CODE}, MAY(munmap), MAY(mremap),
    MAY(madvise), MAY(brk), MAY(futex),
    /* time and chance */
    MAY(clock_gettime), MAY(gettimeofday), MAY(time), MAY(clock_nanosleep), MAY(nanosleep),
    MAY(getrandom),
    /* ending */
    MAY(exit), MAY(exit_group), MAY(rt_sigreturn), MAY(rt_sigprocmask), MAY(rt_sigaction),
    MAY(getpid), MAY(gettid), MAY(restart_syscall), {SCMP_SYS(tgkill), OWN_PROCESS},
};

/* A thread of front that hashes passwords or passcodes: memory, its lock, the bell that it rings.
 * No descriptor is opened or read; the filter is this thread's alone. */
static const struct promise worker[] = {
    /* its lock, the loop's bell */
    MAY(futex), MAY(write), MAY(sched_yield),
    /* memory */
    {SCMP_SYS(mmap), NO_CODE}, {SCMP_SYS(mprotect), NO_CODE}, MAY(munmap), MAY(mremap),
    MAY(madvise), MAY(brk),
    /* time and chance */
    MAY(clock_gettime), MAY(getrandom),
    {SCMP_SYS(sched_getaffinity), FAILS}, {SCMP_SYS(openat), FAILS},
    /* ending */
    MAY(exit), MAY(exit_group), MAY(rt_sigreturn), MAY(rt_sigprocmask), MAY(getpid), MAY(gettid),
    MAY(restart_syscall), {SCMP_SYS(tgkill), OWN_PROCESS},
};

/* What store needs on top for a database elsewhere: a connection out; it accepts none. */
static const struct promise database[] = {
    {SCMP_SYS(socket), STREAMS}, MAY(connect), MAY(sendto), MAY(recvfrom), MAY(getsockopt),
    MAY(setsockopt), MAY(getsockname), MAY(getpeername), MAY(shutdown), MAY(getegid), MAY(getgid),
    {SCMP_SYS(ioctl), FAILS}, {SCMP_SYS(uname), FAILS},
};

/* What nodes needs on top of front's: stream connections out. */
static const struct promise nodes[] = {
    {SCMP_SYS(socket), STREAMS},
    MAY(connect),
};

/* Fetch: connections that it opens itself, the files that names and certificates are looked up in
 * (Landlock draws that line). No new code, no exec, no listening. */
static const struct promise fetch[] = {
    /* connections */
    {SCMP_SYS(socket), OUTWARD}, MAY(socketpair), MAY(connect), MAY(bind), MAY(recvfrom),
    MAY(recvmsg), MAY(recvmmsg), MAY(sendto), MAY(sendmsg), MAY(sendmmsg), MAY(getsockname),
    MAY(getpeername), MAY(setsockopt), MAY(getsockopt), MAY(shutdown), MAY(read), MAY(write),
    MAY(close), MAY(fcntl), MAY(ioctl), MAY(poll), MAY(ppoll), MAY(pipe2), MAY(eventfd2),
    /* names and authorities */
    MAY(open), MAY(openat), MAY(stat), MAY(fstat), MAY(newfstatat), MAY(statx), MAY(lseek),
    MAY(pread64), MAY(access), MAY(faccessat), MAY(readlink), MAY(getdents64), MAY(uname),
    MAY(getuid), MAY(geteuid), MAY(getgid), MAY(getegid),
    /* memory */
    {SCMP_SYS(mmap), NO_CODE}, {SCMP_SYS(mprotect), NO_CODE}, MAY(munmap), MAY(mremap),
    MAY(madvise), MAY(brk), MAY(futex),
    /* time and chance */
    MAY(clock_gettime), MAY(clock_nanosleep), MAY(nanosleep), MAY(gettimeofday), MAY(time),
    MAY(getrandom),
    /* ending */
    MAY(exit), MAY(exit_group), MAY(rt_sigreturn), MAY(rt_sigprocmask), MAY(rt_sigaction),
    MAY(getpid), MAY(gettid), MAY(sched_yield), MAY(restart_syscall),
    {SCMP_SYS(tgkill), OWN_PROCESS},
};

/* Supervisor: starts the others, so its filter is theirs too: it may do what they may, but none of
 * these. */
static const struct promise supervisor_may_not[] = {
    MAY(ptrace), MAY(process_vm_readv), MAY(process_vm_writev), MAY(mount), MAY(umount2),
    MAY(pivot_root), MAY(chroot), MAY(setns), MAY(unshare), MAY(bpf), MAY(perf_event_open),
    MAY(userfaultfd), MAY(kexec_load), MAY(init_module), MAY(finit_module), MAY(delete_module),
    MAY(add_key), MAY(request_key), MAY(keyctl), MAY(io_uring_setup), MAY(open_by_handle_at),
    MAY(swapon), MAY(swapoff), MAY(reboot), MAY(settimeofday), MAY(clock_settime), MAY(acct),
};

/* clang-format on */

struct list {
    const struct promise *promises;
    size_t count;
    const struct list *also;
};

static const struct list database_list = {database, ARRAY_LEN(database), NULL};

static const struct list closed_list = {front_closed, ARRAY_LEN(front_closed), NULL};
static const struct list nodes_list = {nodes, ARRAY_LEN(nodes), NULL};

static const struct list lists[SANDBOX_ROLE_COUNT_] = {
    [SANDBOX_FRONT] = {front, ARRAY_LEN(front), &closed_list},
    [SANDBOX_MEDIA] = {media, ARRAY_LEN(media), NULL},
    [SANDBOX_STORE] = {store, ARRAY_LEN(store), NULL},
    [SANDBOX_DATABASE] = {store, ARRAY_LEN(store), &database_list},
    [SANDBOX_WORKER] = {worker, ARRAY_LEN(worker), NULL},
    [SANDBOX_NODES] = {front, ARRAY_LEN(front), &nodes_list},
    [SANDBOX_FETCH] = {fetch, ARRAY_LEN(fetch), NULL},
    [SANDBOX_SUPERVISOR] = {supervisor_may_not, ARRAY_LEN(supervisor_may_not), NULL},
};

size_t sandbox_count(enum sandbox_role role)
{
    return lists[role].count + (lists[role].also ? lists[role].also->count : 0);
}

/* ---- seccomp ---- */

static int allow_socket(scmp_filter_ctx ctx, int call, int family, int type)
{
    const unsigned type_mask = 0xf; /* the type without SOCK_NONBLOCK and SOCK_CLOEXEC */
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 2,
                            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0),
                            SCMP_A1(SCMP_CMP_MASKED_EQ, type_mask, (scmp_datum_t)type));
}

static int allow_datagrams(scmp_filter_ctx ctx, int call)
{
    return allow_socket(ctx, call, AF_INET, SOCK_DGRAM) |
           allow_socket(ctx, call, AF_INET6, SOCK_DGRAM);
}

static int allow_streams(scmp_filter_ctx ctx, int call)
{
    return allow_socket(ctx, call, AF_INET, SOCK_STREAM) |
           allow_socket(ctx, call, AF_INET6, SOCK_STREAM) |
           allow_socket(ctx, call, AF_UNIX, SOCK_STREAM);
}

static int allow_outward(scmp_filter_ctx ctx, int call)
{
    int failed = allow_datagrams(ctx, call) | allow_socket(ctx, call, AF_INET, SOCK_STREAM) |
                 allow_socket(ctx, call, AF_INET6, SOCK_STREAM);
    failed |= seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0));
    return failed |
           seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), call, 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
}

static int add_promise(scmp_filter_ctx ctx, const struct promise *p)
{
    switch (p->terms) {
    case FREELY:
        return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, p->call, 0);
    case NO_CODE:
        return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, p->call, 1,
                                SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    case DATAGRAMS:
        return allow_datagrams(ctx, p->call);
    case STREAMS:
        return allow_streams(ctx, p->call);
    case OUTWARD:
        return allow_outward(ctx, p->call);
    case FAILS:
        return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), p->call, 0);
    case OWN_PROCESS:
        return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, p->call, 1,
                                SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    }
    return -EINVAL;
}

static enum err load(scmp_filter_ctx ctx, int failed)
{
    if (!failed)
        failed = seccomp_load(ctx);
    seccomp_release(ctx);
    return failed ? ERR_IO : ERR_OK;
}

/* Sanitizers open /proc/self/maps, clone and ptrace themselves; their builds only forbid what they
 * never need. */
static enum err enter_sanitized(enum sandbox_role role)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (!ctx)
        return ERR_IO;
    int failed = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0);
    failed |= seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), 0);
    if (role == SANDBOX_MEDIA)
        failed |= seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1,
                                   SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0));
    return load(ctx, failed);
}

static enum err enter_allow_list(enum sandbox_role role)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!ctx)
        return ERR_IO;
    int failed = 0;
    for (const struct list *l = &lists[role]; l; l = l->also)
        for (size_t i = 0; i < l->count; i++)
            failed |= add_promise(ctx, &l->promises[i]);
    return load(ctx, failed);
}

static enum err enter_deny_list(enum sandbox_role role)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    if (!ctx)
        return ERR_IO;
    int failed = 0;
    for (size_t i = 0; i < lists[role].count; i++)
        if (!(SANITIZED && lists[role].promises[i].call == SCMP_SYS(ptrace)))
            failed |= seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), lists[role].promises[i].call, 0);
    return load(ctx, failed);
}

/* ---- Landlock ---- */

/* Rights by ABI version; numbers from the kernel's interface, as Debian 12's header ends at 2. */
#define FS_RIGHTS_1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP 1ULL
#define NET_BIND_AND_CONNECT_TCP 3ULL
#define SCOPE_ABSTRACT_UNIX_AND_SIGNAL 3ULL
#define FS_READ 12ULL             /* read a file, read a folder */
#define FS_READ_AND_EXECUTE 13ULL /* execute, read a file, read a folder */

struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed)); /* the kernel's layout */

int sandbox_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

static struct ruleset handled_by(int abi, enum sandbox_role role)
{
    struct ruleset r = {FS_RIGHTS_1, 0, 0};
    r.fs |= abi >= 2 ? FS_REFER : 0;
    r.fs |= abi >= 3 ? FS_TRUNCATE : 0;
    r.fs |= abi >= 5 ? FS_IOCTL_DEV : 0;
    if (role == SANDBOX_SUPERVISOR)
        return r;
    if (role == SANDBOX_DATABASE || role == SANDBOX_NODES)
        r.net = abi >= 4 ? NET_BIND_TCP : 0;
    else if (role != SANDBOX_FETCH) /* it connects: to what, io/fetch.c judges */
        r.net = abi >= 4 ? NET_BIND_AND_CONNECT_TCP : 0;
    r.scoped = abi >= 6 ? SCOPE_ABSTRACT_UNIX_AND_SIGNAL : 0;
    return r;
}

static bool allow_below(int ruleset, const char *path, uint64_t rights)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct path_rule rule = {rights, fd};
    long done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(fd);
    return done == 0;
}

/* Where names and authorities are; what a machine does not have is left out. */
static void allow_lookups(int ruleset)
{
    static const char *const paths[] = {"/etc", "/usr/lib/ssl", "/usr/share/ca-certificates",
                                        "/run/systemd/resolve", "/run/resolvconf"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        (void)allow_below(ruleset, paths[i], FS_READ);
}

static enum err enter_landlock(enum sandbox_role role, const char *data_dir)
{
    int abi = sandbox_landlock_abi();
    if (abi == 0)
        return ERR_OK; /* seccomp alone; `conclave doctor` says so */
    struct ruleset handled = handled_by(abi, role);
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8; /* an older kernel knows a shorter struct */
    int fd = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
    if (fd < 0)
        return ERR_IO;
    bool ok = true;
    if (role == SANDBOX_STORE || role == SANDBOX_DATABASE || role == SANDBOX_SUPERVISOR)
        ok = data_dir &&
             allow_below(fd, data_dir, handled.fs & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE);
    if (ok && role == SANDBOX_SUPERVISOR)
        ok = allow_below(fd, "/", FS_READ_AND_EXECUTE);
    if (role == SANDBOX_FETCH)
        allow_lookups(fd);
    if (ok)
        ok = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    close(fd);
    return ok ? ERR_OK : ERR_IO;
}

enum err sandbox_enter_strict(enum sandbox_role role, const char *data_dir)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ERR_IO;
    if (role != SANDBOX_SUPERVISOR && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return ERR_IO;
    TRY(enter_landlock(role, data_dir));
    return role == SANDBOX_SUPERVISOR ? enter_deny_list(role) : enter_allow_list(role);
}

enum err sandbox_enter(enum sandbox_role role, const char *data_dir)
{
    if (!SANITIZED || role == SANDBOX_SUPERVISOR)
        return sandbox_enter_strict(role, data_dir);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? enter_sanitized(role) : ERR_IO;
}
