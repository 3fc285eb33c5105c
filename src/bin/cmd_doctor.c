/* `conclave doctor`: everything that keeps a server from working here, each with its fix. */
#include "bin/cmd_doctor.h"

#include <errno.h>
#include <jansson.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "base/bug.h"
#include "bin/cmd_args.h"
#include "bin/cmd_control.h"
#include "bin/supervisor.h"
#include "io/disk.h"
#include "io/sandbox.h"

enum { FILES_WANTED = 8192, DAY_S = 86400, EXPIRY_NOTE_DAYS = 14 };

/* No clock is right that stands before this program was written. */
#define EARLIEST_UNIX_S INT64_C(1767225600) /* 2026-01-01 */

static const char help[] =
    "conclave doctor: says what keeps the server from working on this machine, and the fix.\n"
    "\n"
    "Takes the flags of `conclave serve` (--config, --data, --listen, --public-ip, --web,\n"
    "--metrics) and --json. Exit status 1 when something fails; notes do not count.\n";

void finding_add(struct findings *f, const char *name, enum finding_level level, const char *format,
                 ...)
{
    BUG_IF(f->count >= FINDINGS_MAX);
    struct finding *x = &f->list[f->count++];
    x->name = name;
    x->level = level;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(x->says.text, sizeof x->says.text, format, args);
    va_end(args);
}

static void check_clock(struct findings *f)
{
    struct timex t = {.modes = 0};
    if ((int64_t)time(NULL) < EARLIEST_UNIX_S)
        finding_add(f, "clock", FINDING_FAILED,
                    "The clock is in the past, so certificates look invalid; set it, for example "
                    "with `timedatectl set-ntp true`.");
    else if (adjtimex(&t) == TIME_ERROR || (t.status & STA_UNSYNC) != 0)
        finding_add(f, "clock", FINDING_NOTE,
                    "The clock is plausible, but nothing keeps it right; `timedatectl set-ntp "
                    "true` does.");
    else
        finding_add(f, "clock", FINDING_OK, "The clock is synchronised.");
}

static void check_data(struct findings *f, const struct config *c)
{
    struct stat st;
    if (stat(c->data, &st) != 0) {
        char parent[IPC_PATH_MAX + 8];
        (void)snprintf(parent, sizeof parent, "%s", c->data);
        char *slash = strrchr(parent, '/');
        if (slash && slash != parent)
            *slash = '\0';
        bool can = errno == ENOENT && disk_writable(slash && slash == parent ? "/"
                                                    : slash                  ? parent
                                                                             : ".");
        if (can)
            finding_add(f, "data", FINDING_OK, "The data folder %s is made at the first start.",
                        c->data);
        else
            finding_add(f, "data", FINDING_FAILED,
                        "The data folder %s cannot be made; make it as the user who runs the "
                        "server, or choose another with --data.",
                        c->data);
    } else if (!S_ISDIR(st.st_mode) || !disk_writable(c->data)) {
        finding_add(f, "data", FINDING_FAILED,
                    "The data folder %s cannot be written to; give it to the user who runs the "
                    "server, or choose another with --data.",
                    c->data);
    } else if ((st.st_mode & 077) != 0) {
        finding_add(f, "data", FINDING_FAILED,
                    "The data folder %s is open to other users of this machine; run `chmod 700 "
                    "%s`.",
                    c->data, c->data);
    } else {
        finding_add(f, "data", FINDING_OK, "The data folder %s can be written to.", c->data);
    }
}

static void check_certificate(struct findings *f, const struct config *c)
{
    char cert[IPC_PATH_MAX + 16], key[IPC_PATH_MAX + 16];
    bool own = c->tls_certificate[0] == '\0';
    (void)snprintf(cert, sizeof cert, "%s%s", own ? c->data : c->tls_certificate,
                   own ? "/tls.crt" : "");
    (void)snprintf(key, sizeof key, "%s%s", own ? c->data : c->tls_key, own ? "/tls.key" : "");
    struct tls_state t = tls_look(cert, key, c);
    int64_t days = (t.not_after_s - (int64_t)time(NULL)) / DAY_S;
    if (!t.found && own)
        finding_add(f, "certificate", FINDING_OK,
                    "A self-signed certificate is made at the first start.");
    else if (!t.found)
        finding_add(f, "certificate", FINDING_FAILED,
                    "There is no certificate %s or no key %s; correct tls_certificate and tls_key.",
                    cert, key);
    else if (!t.readable || !t.matches)
        finding_add(f, "certificate", FINDING_FAILED,
                    "%s and %s are not a PEM certificate and its key; replace both%s.", cert, key,
                    own ? ", or remove both and start again" : "");
    else if (t.not_before_s > (int64_t)time(NULL) || days < 0)
        finding_add(f, "certificate", FINDING_FAILED, "The certificate %s is not valid today; %s.",
                    cert,
                    t.self_signed && own ? "restart the server, which renews it" : "renew it");
    else if (days < EXPIRY_NOTE_DAYS)
        finding_add(f, "certificate", FINDING_NOTE,
                    "The certificate %s expires in %lld days; renew it and restart the server.",
                    cert, (long long)days);
    else if (!t.names_public)
        finding_add(f, "certificate", FINDING_NOTE,
                    "The certificate %s does not name every --public-ip; browsers that use such an "
                    "address will warn.",
                    cert);
    else
        finding_add(f, "certificate", t.self_signed ? FINDING_NOTE : FINDING_OK,
                    t.self_signed ? "The certificate %s is self-signed, so browsers ask once; "
                                    "set tls_certificate and tls_key for a public server."
                                  : "The certificate %s is valid.",
                    cert);
}

static void check_web(struct findings *f, const struct config *c)
{
    char web[IPC_PATH_MAX + 1];
    if (setup_find_web(c, web))
        finding_add(f, "web", FINDING_OK, "The web client is in %s.", web);
    else
        finding_add(f, "web", FINDING_FAILED,
                    "The web client is not built%s%s; run `make build`, or name its folder with "
                    "--web.",
                    c->web[0] ? " in " : "", c->web);
}

static void check_limits(struct findings *f)
{
    struct rlimit files = {0, 0};
    (void)getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max != RLIM_INFINITY && files.rlim_max < FILES_WANTED)
        finding_add(f, "files", FINDING_FAILED,
                    "Only %llu files may be open at once, which is too few for many participants; "
                    "raise the limit to %d (LimitNOFILE= in systemd, or ulimit -Hn).",
                    (unsigned long long)files.rlim_max, FILES_WANTED);
    else
        finding_add(f, "files", FINDING_OK, "Enough files may be open at once.");
}

static void check_kernel(struct findings *f)
{
    int abi = sandbox_landlock_abi();
    if (abi == 0)
        finding_add(f, "landlock", FINDING_NOTE,
                    "The kernel has no Landlock, so the processes are confined by seccomp alone; "
                    "boot with lsm=landlock,... to have both.");
    else
        finding_add(f, "landlock", FINDING_OK, "Landlock is there (version %d).", abi);
    unsigned action = SECCOMP_RET_KILL_PROCESS;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0)
        finding_add(f, "seccomp", FINDING_OK, "seccomp is there.");
    else
        finding_add(f, "seccomp", FINDING_FAILED,
                    "The kernel has no seccomp filters, without which the server does not start; "
                    "use a kernel with CONFIG_SECCOMP_FILTER, or allow it in the container.");
}

static void check_running(struct findings *f, const struct config *c)
{
    struct complaint why;
    json_t *ask = json_pack("{s:s}", "do", "status"), *answer = NULL;
    enum err e = control_ask(c->data, ask, &answer, &why);
    json_decref(ask);
    f->running = e == ERR_OK;
    if (e == ERR_OK)
        finding_add(f, "server", FINDING_OK,
                    "The server runs, with %lld meetings, %lld participants and %lld media "
                    "processes.",
                    (long long)json_integer_value(json_object_get(answer, "meetings")),
                    (long long)json_integer_value(json_object_get(answer, "participants")),
                    (long long)json_integer_value(json_object_get(answer, "media")));
    else if (e == ERR_NOT_FOUND)
        finding_add(f, "server", FINDING_OK, "No server runs on the data folder %s now.", c->data);
    else
        finding_add(f, "server", FINDING_FAILED, "%s", why.text);
    json_decref(answer);
}

static const char *const level_words[] = {"ok", "note", "failed"};

static void print_json(const struct findings *f, bool ok)
{
    json_t *list = json_array();
    for (size_t i = 0; i < f->count; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "check", f->list[i].name,
                                                    "result", level_words[f->list[i].level], "says",
                                                    f->list[i].says.text));
    json_t *o = json_pack("{s:b, s:o}", "ok", ok, "checks", list);
    (void)json_dumpf(o, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(o);
}

int cmd_doctor(int argc, char **argv)
{
    static struct server_flags flags;
    static struct findings f;
    struct args a = args_of("conclave doctor", argc, argv);
    int status = cmd_server_flags(&a, true, &flags);
    if (status != EXIT_DONE)
        return status;
    if (flags.help) {
        fputs(help, stdout);
        return EXIT_DONE;
    }
    check_clock(&f);
    check_data(&f, &flags.config);
    check_running(&f, &flags.config);
    check_certificate(&f, &flags.config);
    check_web(&f, &flags.config);
    check_limits(&f);
    check_kernel(&f);
    doctor_check_network(&f, &flags.config);
    doctor_check_cell(&f, &flags.config);
    bool ok = true;
    for (size_t i = 0; i < f.count; i++)
        ok = ok && f.list[i].level != FINDING_FAILED;
    if (flags.json)
        print_json(&f, ok);
    for (size_t i = 0; !flags.json && i < f.count; i++)
        printf("%-7s %s: %s\n", level_words[f.list[i].level], f.list[i].name, f.list[i].says.text);
    if (!flags.json)
        puts(ok ? "Nothing here keeps the server from working."
                : "Correct what failed above, then run `conclave doctor` again.");
    return ok ? EXIT_DONE : EXIT_FAILED;
}
