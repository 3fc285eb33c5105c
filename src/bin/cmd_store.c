/* `conclave backup`, `conclave restore` and `conclave person`: what an operator does with the
 * database itself. The first and `person export` may be used while the server runs. knows: files
 * and their digests. knows not: tables. owns: the files, while it writes them. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/cmd_args.h"
#include "crypt/crypt.h"
#include "io/clock.h"
#include "io/disk.h"
#include "store/store.h"

/* A backup ends with the SHA-256 of all before it. */
#define BACKUP_MAX ((off_t)4 << 30)

static const char backup_help[] =
    "conclave backup FILE: writes everything that the database holds into a new file.\n"
    "\n"
    "  --data DIR       the data folder of the server (data)\n"
    "  --database URL   its database, when that is PostgreSQL\n"
    "  --config FILE    its configuration file, instead of both\n"
    "  --json           prints {\"file\",\"bytes\"}\n"
    "\n"
    "The server may run meanwhile. Sign-ins that are in force are left out. Delete a backup when "
    "it is\n"
    "35 days old: it is not restored any more then, and may hold people who were deleted since.\n";

static const char restore_help[] =
    "conclave restore FILE: replaces everything in the database by a backup.\n"
    "\n"
    "  --data DIR       the data folder of the server (data), which must not run\n"
    "  --database URL   its database, when that is PostgreSQL; a backup fits both kinds\n"
    "  --config FILE    its configuration file, instead of both\n"
    "  --json           prints {\"file\",\"bytes\"}\n"
    "\n"
    "People who were deleted after the backup was made are deleted again, as far as the present\n"
    "database knows of them. A backup older than 35 days is refused.\n";

static const char person_help[] =
    "conclave person export|delete ID: what the database holds about one account.\n"
    "\n"
    "  export           prints it as JSON; the server may run meanwhile\n"
    "  delete           deletes it and everything about it, for good\n"
    "  --data DIR, --database URL, --config FILE as for `conclave backup`\n"
    "\n"
    "ID is the account's id, 32 hexadecimal digits.\n";

struct job {
    struct server_flags flags;
    const char *words[2]; /* what stood on the command line without a flag */
    size_t count;
    struct store *store;
    char text[STORE_WHY + 2 * IPC_PATH_MAX]; /* a sentence */
};

static int64_t unix_ms(void)
{
    return clock_unix_s() * 1000;
}

static int64_t shell_now(void *ctx)
{
    (void)ctx;
    return clock_now() / US_PER_MS;
}

static bool shell_wait(void *ctx, int fd, bool write, int64_t ms)
{
    (void)ctx;
    struct pollfd p = {.fd = fd, .events = write ? POLLOUT : POLLIN};
    return poll(&p, 1, (int)ms) == 1;
}

__attribute__((format(printf, 2, 3))) static int fail(struct job *j, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(j->text, sizeof j->text, format, args);
    va_end(args);
    return cmd_fail(j->flags.json, j->text);
}

struct command {
    const char *name, *help;
    size_t words;
    bool alone; /* no server may run meanwhile, and a database is made when there is none */
    int (*run)(struct job *j);
};

static bool takes_value(const char *flag)
{
    return strcmp(flag, "--data") == 0 || strcmp(flag, "--config") == 0 ||
           strcmp(flag, "--database") == 0;
}

/* Words are taken out of argv; the flags stay. */
static int read_words(struct job *j, const struct command *c, int argc, char **argv)
{
    struct args a = args_of(c->name, 0, argv);
    bool value = false; /* of the flag before */
    for (int i = 0; i < argc; i++) {
        bool word = argv[i][0] != '-' && !value && j->count < ARRAY_LEN(j->words);
        value = takes_value(argv[i]);
        if (word)
            j->words[j->count++] = argv[i];
        else
            argv[a.count++] = argv[i];
    }
    return cmd_server_flags(&a, false, &j->flags);
}

static int prepare(struct job *j, const struct command *c, int *lock)
{
    char path[IPC_PATH_MAX + 32], why[STORE_WHY];
    const struct config *config = &j->flags.config;
    if (disk_join(path, sizeof path, config->data, "conclave.db") != ERR_OK)
        return fail(j, "The path of the data folder is too long.");
    if (c->alone) {
        char data[IPC_PATH_MAX + 1];
        if (disk_folder_make(config->data, data, sizeof data) != ERR_OK)
            return fail(j, "The data folder %s cannot be used.", config->data);
        if (disk_lock(data, "lock", lock) != ERR_OK)
            return fail(j, "The data folder %s is in use by a server; stop that first.", data);
    } else if (!config->database[0] && !disk_exists(path)) {
        return fail(j, "There is no database in the data folder %s; name the server's with --data.",
                    config->data);
    }
    struct store_options o = {.path = path,
                              .database = config->database,
                              .host_addresses = "",
                              .shell = {NULL, shell_now, shell_wait}};
    return store_open(&j->store, &o, why) == ERR_OK ? EXIT_DONE : fail(j, "%s", why);
}

/* ---- files ---- */

struct output {
    int fd;
    uint64_t bytes;
};

static enum err put(void *ctx, struct span s)
{
    struct output *o = ctx;
    o->bytes += s.len;
    while (s.len > 0) {
        ssize_t n = write(o->fd, s.ptr, s.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_IO;
        s = span_of(s.ptr + n, s.len - (size_t)n);
    }
    return ERR_OK;
}

/* The whole of an open file, for unmap; ptr NULL: an empty, unreadable or too large one. */
static struct span map_file(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size <= 0 || st.st_size > BACKUP_MAX)
        return span_of(NULL, 0);
    void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    return at == MAP_FAILED ? span_of(NULL, 0) : span_of(at, (size_t)st.st_size);
}

static void unmap(struct span s)
{
    if (s.ptr)
        (void)munmap((void *)(uintptr_t)s.ptr, s.len);
}

static enum err put_digest(struct output *o)
{
    uint8_t digest[CRYPT_SHA256_LEN];
    struct span whole = map_file(o->fd);
    if (!whole.ptr)
        return ERR_IO;
    crypt_sha256(digest, whole);
    unmap(whole);
    TRY(put(o, span_of(digest, sizeof digest)));
    return fsync(o->fd) == 0 ? ERR_OK : ERR_IO;
}

static int report(const struct job *j, uint64_t bytes, const char *done)
{
    if (j->flags.json) {
        json_t *o = json_pack("{s:s, s:I}", "file", j->words[0], "bytes", (json_int_t)bytes);
        (void)json_dumpf(o, stdout, JSON_COMPACT);
        json_decref(o);
        printf("\n");
    } else {
        printf("%s: %s, %llu bytes.\n", done, j->words[0], (unsigned long long)bytes);
    }
    return EXIT_DONE;
}

/* ---- the commands ---- */

static int back_up(struct job *j)
{
    struct output o = {.fd = open(j->words[0], O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (o.fd < 0)
        return fail(j, "The file %.200s cannot be made (%s).", j->words[0], strerror(errno));
    const struct store_sink sink = {&o, put};
    enum err e = store_backup(j->store, unix_ms(), &sink);
    if (e == ERR_OK)
        e = put_digest(&o);
    close(o.fd);
    if (e == ERR_OK)
        return report(j, o.bytes, "Backed up");
    (void)unlink(j->words[0]);
    return fail(j, "No backup was made (%s).", err_words(e));
}

static int restore_from(struct job *j, struct span file)
{
    uint8_t digest[CRYPT_SHA256_LEN];
    char why[STORE_WHY];
    if (file.len <= sizeof digest)
        return fail(j, "The file %.200s is no backup, or cannot be read.", j->words[0]);
    struct span rows = span_of(file.ptr, file.len - sizeof digest);
    crypt_sha256(digest, rows);
    if (!span_equal(span_of(digest, sizeof digest), span_of(rows.ptr + rows.len, sizeof digest)))
        return fail(j, "The file %.200s is no backup, or damaged; nothing was changed.",
                    j->words[0]);
    if (store_restore(j->store, rows, unix_ms(), why) != ERR_OK)
        return fail(j, "%s", why);
    return report(j, file.len, "Restored");
}

static int restore(struct job *j)
{
    int fd = open(j->words[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(j, "The file %.200s cannot be opened (%s).", j->words[0], strerror(errno));
    struct span file = map_file(fd);
    close(fd);
    int status = restore_from(j, file);
    unmap(file);
    return status;
}

static int person(struct job *j)
{
    uint8_t id[STORE_ID];
    size_t len = 0;
    struct output o = {.fd = STDOUT_FILENO};
    const struct store_sink sink = {&o, put};
    bool delete = strcmp(j->words[0], "delete") == 0;
    if (!delete &&strcmp(j->words[0], "export") != 0)
        return fail(j, "Say export or delete; see `conclave person --help`.");
    if (text_unhex(id, sizeof id, &len, span_str(j->words[1])) != ERR_OK || len != sizeof id)
        return fail(j, "An account's id has 32 hexadecimal digits.");
    enum err e = delete ? store_delete_person(j->store, id, unix_ms())
                        : store_export_person(j->store, id, &sink);
    if (e == ERR_OK && delete)
        e = store_scrub(j->store);
    if (e == ERR_NOT_FOUND)
        return fail(j, "There is no account with this id.");
    return e == ERR_OK ? EXIT_DONE : fail(j, "It failed (%s).", err_words(e));
}

static int run(const struct command *c, int argc, char **argv)
{
    static struct job j;
    int lock = -1, status = read_words(&j, c, argc, argv);
    if (status != EXIT_DONE)
        return status;
    if (j.flags.help) {
        fputs(c->help, stdout);
        return EXIT_DONE;
    }
    if (j.count != c->words) {
        fprintf(stderr, "`%s` needs %zu word(s) after it; see `%s --help`.\n", c->name, c->words,
                c->name);
        return EXIT_USAGE;
    }
    status = prepare(&j, c, &lock);
    if (status == EXIT_DONE)
        status = c->run(&j);
    if (j.store)
        store_close(j.store);
    if (lock >= 0)
        close(lock);
    return status;
}

int cmd_backup(int argc, char **argv)
{
    static const struct command c = {"conclave backup", backup_help, 1, false, back_up};
    return run(&c, argc, argv);
}

int cmd_restore(int argc, char **argv)
{
    static const struct command c = {"conclave restore", restore_help, 1, true, restore};
    return run(&c, argc, argv);
}

int cmd_person(int argc, char **argv)
{
    static const struct command c = {"conclave person", person_help, 2, false, person};
    return run(&c, argc, argv);
}
