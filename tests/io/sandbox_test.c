/* Facts about io/sandbox: in a child inside each sandbox, what was promised works and what was not
 * fails or kills. */
#include "base/fact.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/sandbox.h"
#include "store/store.h"

enum outcome { DID, FAILED, KILLED, NO_SANDBOX };
enum { STATUS_DID = 10, STATUS_FAILED = 11, STATUS_NO_SANDBOX = 12 };

typedef bool (*deed)(void); /* true when it worked */

static char folder[64];

/* Ends without the stack walk that AddressSanitizer puts before a call that does not return. */
static void leave(int status)
{
    (void)syscall(SYS_exit_group, status);
}

/* What becomes of a deed inside the sandbox of a role. */
static enum outcome outcome_of(enum sandbox_role role, deed what)
{
    fflush(stdout);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (sandbox_enter_strict(role, folder) != ERR_OK)
            leave(STATUS_NO_SANDBOX);
        leave(what() ? STATUS_DID : STATUS_FAILED);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSYS);
        return KILLED;
    }
    return WEXITSTATUS(status) == STATUS_DID      ? DID
           : WEXITSTATUS(status) == STATUS_FAILED ? FAILED
                                                  : NO_SANDBOX;
}

/* ---- deeds ---- */

static bool open_passwd(void)
{
    return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool list_root(void)
{
    return open("/", O_RDONLY | O_DIRECTORY) >= 0;
}

static bool run_true(void)
{
    char *const argv[] = {(char *)(uintptr_t) "true", NULL}, *const env[] = {NULL};
    (void)execve("/bin/true", argv, env);
    return false;
}

static bool fork_child(void)
{
    pid_t p = fork();
    if (p == 0)
        leave(0);
    return p > 0;
}

static bool unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}

static bool tcp_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool raw_socket(void)
{
    return socket(AF_INET, SOCK_RAW, IPPROTO_UDP) >= 0;
}

static bool netlink_socket(void)
{
    return socket(AF_NETLINK, SOCK_DGRAM, 0) >= 0;
}

static bool udp_socket_bound(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool udp6_socket(void)
{
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    return fd >= 0 || errno == EAFNOSUPPORT;
}

static bool trace_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0;
}

static bool kill_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool executable_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static bool use_memory(void)
{
    char *volatile p = malloc(1 << 22);
    if (p)
        p[1 << 21] = 1;
    free(p);
    return p != NULL;
}

static bool log_and_wait(void)
{
    struct pollfd none = {.fd = -1};
    return poll(&none, 1, 1) == 0 && write(STDERR_FILENO, "", 0) == 0;
}

static bool write_data_file(void)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/a", folder);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    return fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && unlink(path) == 0;
}

static bool leave_data_folder(void)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/../conclave-sandbox-outside", folder);
    return open(path, O_RDWR | O_CREAT, 0600) >= 0;
}

static bool use_database(void)
{
    char path[96], why[STORE_WHY];
    struct store *s = NULL;
    struct store_meeting m = {.id = "abc"}, got = m;
    (void)snprintf(path, sizeof path, "%s/t.db", folder);
    if (store_open_sqlite(&s, path, why) != ERR_OK)
        return false;
    enum err put = store_put_meeting(s, &m);
    bool ok = (put == ERR_OK || put == ERR_CONFLICT) && store_get_meeting(s, &got) == ERR_OK &&
              store_end_meeting(s, "abc", 5) == ERR_OK;
    store_close(s);
    return ok;
}

static bool mount_something(void)
{
    return syscall(SYS_mount, "none", folder, "tmpfs", 0, NULL) == 0;
}

static bool read_a_library(void)
{
    return open("/proc/self/exe", O_RDONLY) >= 0;
}

static bool write_outside(void)
{
    return open("/tmp/conclave-sandbox-outside", O_RDWR | O_CREAT, 0600) >= 0;
}

/* ---- facts ---- */

struct expectation {
    const char *name;
    deed what;
};

static void assert_all(enum sandbox_role role, const struct expectation *list, size_t count,
                       bool allowed)
{
    for (size_t i = 0; i < count; i++) {
        enum outcome o = outcome_of(role, list[i].what);
        bool good = allowed ? o == DID : o == FAILED || o == KILLED;
        if (!good)
            fail_msg("%s: outcome %d", list[i].name, (int)o);
    }
}

#define DEED(f)                                                                                    \
    {                                                                                              \
#f, f                                                                                      \
    }
#define ALLOWED(role, ...)                                                                         \
    do {                                                                                           \
        static const struct expectation list_[] = {__VA_ARGS__};                                   \
        assert_all(role, list_, sizeof list_ / sizeof list_[0], true);                             \
    } while (0)
#define FORBIDDEN(role, ...)                                                                       \
    do {                                                                                           \
        static const struct expectation list_[] = {__VA_ARGS__};                                   \
        assert_all(role, list_, sizeof list_ / sizeof list_[0], false);                            \
    } while (0)

static void media_has_at_most_45_system_calls(void **state)
{
    (void)state;
    assert_true(sandbox_count(SANDBOX_MEDIA) <= 45);
    assert_true(sandbox_count(SANDBOX_MEDIA) > 20);
}

static void media_can_open_datagram_sockets_and_use_memory(void **state)
{
    (void)state;
    ALLOWED(SANDBOX_MEDIA, DEED(udp_socket_bound), DEED(udp6_socket), DEED(use_memory),
            DEED(log_and_wait));
}

/* What sanitizer builds keep of it. */
static void no_role_can_run_a_program_in_any_build(void **state)
{
    (void)state;
    static const enum sandbox_role roles[] = {SANDBOX_FRONT, SANDBOX_MEDIA, SANDBOX_STORE,
                                              SANDBOX_NODES};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            leave(sandbox_enter(roles[i], folder) == ERR_OK && run_true() ? 0 : 1);
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
    }
}

static void media_has_no_files_no_other_sockets_no_processes(void **state)
{
    (void)state;
    FORBIDDEN(SANDBOX_MEDIA, DEED(open_passwd), DEED(list_root), DEED(write_data_file),
              DEED(fork_child), DEED(tcp_socket), DEED(raw_socket), DEED(netlink_socket),
              DEED(trace_parent), DEED(kill_parent), DEED(executable_memory),
              DEED(mount_something));
}

static void front_has_no_files_no_new_sockets_no_processes(void **state)
{
    (void)state;
    ALLOWED(SANDBOX_FRONT, DEED(use_memory), DEED(log_and_wait));
    FORBIDDEN(SANDBOX_FRONT, DEED(open_passwd), DEED(list_root), DEED(write_data_file),
              DEED(fork_child), DEED(tcp_socket), DEED(unix_socket), DEED(udp_socket_bound),
              DEED(trace_parent), DEED(kill_parent), DEED(executable_memory),
              DEED(mount_something));
}

/* The lookups that libraries make late are refused, not fatal. */
static void front_survives_a_library_that_looks_for_a_file(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(SANDBOX_FRONT, open_passwd), FAILED);
}

static void nodes_connects_and_has_no_files_no_processes(void **state)
{
    (void)state;
    ALLOWED(SANDBOX_NODES, DEED(tcp_socket), DEED(use_memory), DEED(log_and_wait));
    FORBIDDEN(SANDBOX_NODES, DEED(open_passwd), DEED(list_root), DEED(write_data_file),
              DEED(fork_child), DEED(udp_socket_bound), DEED(raw_socket), DEED(trace_parent),
              DEED(kill_parent), DEED(executable_memory), DEED(mount_something));
}

static void fetch_connects_and_looks_names_up_and_no_more(void **state)
{
    (void)state;
    ALLOWED(SANDBOX_FETCH, DEED(tcp_socket), DEED(udp6_socket), DEED(open_passwd), DEED(use_memory),
            DEED(log_and_wait));
    FORBIDDEN(SANDBOX_FETCH, DEED(fork_child), DEED(raw_socket), DEED(unix_socket), DEED(run_true),
              DEED(trace_parent), DEED(kill_parent), DEED(executable_memory),
              DEED(mount_something));
    if (sandbox_landlock_abi() == 0)
        skip();
    FORBIDDEN(SANDBOX_FETCH, DEED(list_root), DEED(write_data_file), DEED(write_outside),
              DEED(leave_data_folder));
}

static void a_worker_computes(void **state)
{
    (void)state;
    ALLOWED(SANDBOX_WORKER, DEED(use_memory));
    FORBIDDEN(SANDBOX_WORKER, DEED(open_passwd), DEED(list_root), DEED(write_data_file),
              DEED(fork_child), DEED(tcp_socket), DEED(unix_socket), DEED(udp_socket_bound),
              DEED(run_true), DEED(trace_parent), DEED(kill_parent), DEED(executable_memory),
              DEED(mount_something));
}

static void store_works_in_its_folder(void **state)
{
    (void)state;
    ALLOWED(SANDBOX_STORE, DEED(write_data_file), DEED(use_database), DEED(use_memory),
            DEED(log_and_wait));
}

static void store_has_nothing_outside_its_folder_and_no_network(void **state)
{
    (void)state;
    FORBIDDEN(SANDBOX_STORE, DEED(tcp_socket), DEED(unix_socket), DEED(udp_socket_bound),
              DEED(fork_child), DEED(trace_parent), DEED(kill_parent), DEED(executable_memory));
    if (sandbox_landlock_abi() == 0)
        skip();
    FORBIDDEN(SANDBOX_STORE, DEED(open_passwd), DEED(leave_data_folder), DEED(list_root));
}

static void supervisor_starts_programs_but_writes_only_its_folder(void **state)
{
    (void)state;
    ALLOWED(SANDBOX_SUPERVISOR, DEED(fork_child), DEED(read_a_library), DEED(write_data_file),
            DEED(use_database));
    FORBIDDEN(SANDBOX_SUPERVISOR, DEED(mount_something));
    if (sandbox_landlock_abi() == 0)
        skip();
    FORBIDDEN(SANDBOX_SUPERVISOR, DEED(write_outside), DEED(leave_data_folder));
}

static void the_supervisors_sandbox_holds_in_its_children(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (sandbox_enter_strict(SANDBOX_SUPERVISOR, folder) != ERR_OK)
            leave(1);
        pid_t inner = fork();
        if (inner == 0)
            leave(sandbox_enter_strict(SANDBOX_STORE, folder) == ERR_OK && use_database() ? 0 : 1);
        int status = 1;
        (void)waitpid(inner, &status, 0);
        leave(status == 0 ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int set_up(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/conclave-sandbox.XXXXXX", 29);
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const files[] = {"t.db", "t.db-wal", "t.db-shm", "a"};
    for (size_t i = 0; i < 4; i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)unlink("/tmp/conclave-sandbox-outside");
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(media_has_at_most_45_system_calls),
        FACT(media_can_open_datagram_sockets_and_use_memory),
        FACT(no_role_can_run_a_program_in_any_build),
        FACT(media_has_no_files_no_other_sockets_no_processes),
        FACT(front_has_no_files_no_new_sockets_no_processes),
        FACT(front_survives_a_library_that_looks_for_a_file),
        FACT(nodes_connects_and_has_no_files_no_processes),
        FACT(fetch_connects_and_looks_names_up_and_no_more),
        FACT(a_worker_computes),
        FACT(store_works_in_its_folder),
        FACT(store_has_nothing_outside_its_folder_and_no_network),
        FACT(supervisor_starts_programs_but_writes_only_its_folder),
        FACT(the_supervisors_sandbox_holds_in_its_children),
    };
    return cmocka_run_group_tests(facts, set_up, tear_down);
}
