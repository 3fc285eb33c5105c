/* Everything around the front role, faked, so that a test meets the real front alone: a supervisor,
 * a store in memory and two media processes that only take notes. They live in one process beside
 * the test; notes and wishes pass through shared memory. The client's side is the rig's. */
#ifndef TESTS_IO_BACKSTAGE_H
#define TESTS_IO_BACKSTAGE_H

#include "base/fact.h"

#include <arpa/inet.h>
#include <fcntl.h>
#define ERR_STATE openssl_err_state /* a type of theirs, a result code of ours */
#include <openssl/pem.h>
#undef ERR_STATE
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bin/roles.h"
#include "io/channel.h"
#include "rig/rig.h"

struct notes {
    _Atomic unsigned media[2][IPC_TYPE_COUNT_]; /* messages by type */
    _Atomic unsigned sockets[2];                /* of TCP_SOCKET that came with a descriptor */
    _Atomic bool ready, front_gone;
    _Atomic int restart; /* wish: media process to be replaced, plus one */
    _Atomic bool mute_store;
    struct ipc_track_open track;
    struct ipc_transport_open transport;
};

struct backstage {
    struct rig rig; /* its client half only */
    struct notes *notes;
    pid_t pid;
    char data[64];
};

/* ---- the process beside ---- */

struct cast {
    struct notes *notes;
    int supervisor, store, media[2];
    struct ipc_meeting row[64];
    unsigned rows;
};

static void cast_store(struct cast *c)
{
    struct ipc_message m, r;
    int fd;
    while (channel_recv(c->store, &m, &fd, IPC_FRONT, IPC_STORE) == ERR_OK) {
        unsigned i = 0;
        bool put = m.type == IPC_MEETING_PUT;
        const char *id = put ? m.as.MEETING_PUT.id : m.as.MEETING_GET.id;
        if (c->notes->mute_store)
            continue;
        memset(&r, 0, sizeof r);
        r.type = IPC_MEETING_ROW;
        while (i < c->rows && strcmp(c->row[i].id, id) != 0)
            i++;
        if (put && i < c->rows)
            r.as.MEETING_ROW.result = ERR_CONFLICT;
        else if (put)
            c->row[c->rows++] = m.as.MEETING_PUT;
        else if (i == c->rows)
            r.as.MEETING_ROW.result = ERR_NOT_FOUND;
        if (m.type == IPC_MEETING_END && i < c->rows)
            c->row[i].ended_ms = 1;
        if (i < c->rows)
            r.as.MEETING_ROW.meeting = c->row[i];
        r.as.MEETING_ROW.meeting.request =
            put ? m.as.MEETING_PUT.request : m.as.MEETING_GET.request;
        channel_send(c->store, &r, -1);
    }
}

static void cast_media(struct cast *c, int index)
{
    struct ipc_message m, r;
    int fd;
    while (channel_recv(c->media[index], &m, &fd, IPC_FRONT, IPC_MEDIA) == ERR_OK) {
        c->notes->media[index][m.type]++;
        if (m.type == IPC_TRACK_OPEN)
            c->notes->track = m.as.TRACK_OPEN;
        if (m.type == IPC_TRANSPORT_OPEN)
            c->notes->transport = m.as.TRANSPORT_OPEN;
        if (m.type == IPC_STATS_ASK) {
            memset(&r, 0, sizeof r);
            r.type = IPC_STATS;
            r.as.STATS.index = (uint32_t)index;
            r.as.STATS.nonce = m.as.STATS_ASK.nonce;
            r.as.STATS.count = 1;
            r.as.STATS.value[0] = 4200 + (uint64_t)index;
            channel_send(c->media[index], &r, -1);
        }
        if (fd >= 0) {
            c->notes->sockets[index]++;
            close(fd);
        }
    }
}

static void cast_give(struct cast *c, enum ipc_party party, uint32_t index, int fd)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_CHANNEL;
    m.as.CHANNEL.party = (uint8_t)party;
    m.as.CHANNEL.index = index;
    channel_send(c->supervisor, &m, fd);
    close(fd);
}

static void cast_media_begin(struct cast *c, int index)
{
    struct ipc_message m;
    int pair[2];
    channel_pair(pair);
    c->media[index] = pair[0];
    cast_give(c, IPC_MEDIA, (uint32_t)index, pair[1]);
    memset(&m, 0, sizeof m);
    m.type = IPC_MEDIA_HELLO;
    m.as.MEDIA_HELLO.index = (uint32_t)index;
    memset(m.as.MEDIA_HELLO.fingerprint, 0xa0 + index, 32);
    channel_send(c->media[index], &m, -1);
}

/* Until the test goes away or front does. */
static void cast_play(struct cast *c, int test_fd)
{
    struct ipc_message m;
    int fd;
    for (;;) {
        struct pollfd p[5] = {{c->supervisor, POLLIN, 0},
                              {c->store, POLLIN, 0},
                              {c->media[0], POLLIN, 0},
                              {c->media[1], POLLIN, 0},
                              {test_fd, POLLIN, 0}};
        poll(p, 5, 20);
        if (p[4].revents)
            return;
        enum err e = channel_recv(c->supervisor, &m, &fd, IPC_FRONT, IPC_SUPERVISOR);
        if (e == ERR_OK && m.type == IPC_ROLE_READY)
            c->notes->ready = true;
        if (e == ERR_CLOSED) {
            c->notes->front_gone = true;
            return;
        }
        cast_store(c);
        cast_media(c, 0);
        cast_media(c, 1);
        if (c->notes->restart > 0) {
            int index = c->notes->restart - 1;
            c->notes->restart = 0;
            close(c->media[index]);
            cast_media_begin(c, index);
        }
    }
}

static void backstage_certificate(const struct backstage *b)
{
    char path[96];
    struct rig_dtls_identity id;
    rig_dtls_identity_init(&id);
    snprintf(path, sizeof path, "%s/tls.crt", b->data);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    PEM_write_X509(f, id.cert);
    fclose(f);
    snprintf(path, sizeof path, "%s/tls.key", b->data);
    f = fopen(path, "w");
    assert_non_null(f);
    PEM_write_PrivateKey(f, id.key, NULL, NULL, 0, NULL, NULL);
    fclose(f);
    rig_dtls_identity_fini(&id);
}

static int backstage_listen(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(fd, 64), 0);
    getsockname(fd, (struct sockaddr *)&a, &len);
    *port = ntohs(a.sin_port);
    return fd;
}

static int backstage_control(const struct backstage *b)
{
    struct sockaddr_un u = {.sun_family = AF_UNIX};
    snprintf(u.sun_path, sizeof u.sun_path, "%s/control.sock", b->data);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&u, sizeof u), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static void backstage_write(const struct backstage *b, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", b->data, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

_Noreturn static void backstage_front(const int fd[4])
{
    int high[4];
    for (int i = 0; i < 4; i++)
        high[i] = fcntl(fd[i], F_DUPFD, 100);
    for (int i = 0; i < 4; i++)
        dup2(high[i], ROLE_FD_SUPERVISOR + i);
    for (int i = ROLE_FD_SUPERVISOR + 4; i < 256; i++)
        close(i);
    _exit(role_front());
}

/* Origins that may frame the client; set before backstage_open. */
static const char *backstage_embed = "";

_Noreturn static void backstage_run(const struct backstage *b, const int listeners[3], int test_fd)
{
    struct cast c = {.notes = b->notes};
    struct ipc_message m;
    int pair[2], status;
    channel_pair(pair);
    pid_t front = fork();
    if (front == 0)
        backstage_front((int[4]){pair[1], listeners[0], listeners[1], listeners[2]});
    close(pair[1]);
    c.supervisor = pair[0];
    memset(&m, 0, sizeof m);
    m.type = IPC_ROLE_START;
    m.as.ROLE_START.media_count = 2;
    m.as.ROLE_START.listen = (struct ipc_addr){.family = 4, .port = b->rig.port};
    snprintf(m.as.ROLE_START.data, sizeof m.as.ROLE_START.data, "%s", b->data);
    snprintf(m.as.ROLE_START.web, sizeof m.as.ROLE_START.web, "%s/web", b->data);
    snprintf(m.as.ROLE_START.embed, sizeof m.as.ROLE_START.embed, "%s", backstage_embed);
    channel_send(c.supervisor, &m, -1);
    channel_pair(pair);
    c.store = pair[0];
    cast_give(&c, IPC_STORE, 0, pair[1]);
    cast_media_begin(&c, 0);
    cast_media_begin(&c, 1);
    cast_play(&c, test_fd);
    close(c.supervisor); /* front ends by itself */
    waitpid(front, &status, 0);
    _exit(WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1);
}

/* ---- the test's side ---- */

static int backstage_leash; /* closing it ends the process beside */

static void backstage_open(struct backstage *b)
{
    int listeners[3], leash[2];
    char path[96];
    memset(b, 0, sizeof *b);
    b->notes =
        mmap(NULL, sizeof *b->notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(b->notes != MAP_FAILED);
    snprintf(b->data, sizeof b->data, "/tmp/conclave-front-XXXXXX");
    assert_non_null(mkdtemp(b->data));
    snprintf(path, sizeof path, "%s/web", b->data);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/web/assets", b->data);
    mkdir(path, 0700);
    backstage_write(b, "web/index.html", "<!doctype html><title>front page</title>");
    backstage_write(b, "web/assets/a-1234.js", "export const a = 1;\n");
    backstage_write(b, "web/assets/a-1234.js.gz", "not really gzip");
    snprintf(path, sizeof path, "%s/web/embed", b->data);
    mkdir(path, 0700);
    backstage_write(b, "web/embed/conclave.js", "export const e = 1;\n");
    backstage_write(b, "web/.secret", "hidden");
    backstage_certificate(b);
    listeners[0] = backstage_listen(&b->rig.port);
    listeners[1] = backstage_listen(&b->rig.metrics_port);
    listeners[2] = backstage_control(b);
    b->rig.addr = (struct sockaddr_in){.sin_family = AF_INET,
                                       .sin_port = htons(b->rig.port),
                                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    snprintf(b->rig.authority, sizeof b->rig.authority, "localhost:%u", b->rig.port);
    assert_int_equal(pipe(leash), 0);
    b->pid = fork();
    if (b->pid == 0) {
        close(leash[1]);
        backstage_run(b, listeners, leash[0]);
    }
    close(leash[0]);
    backstage_leash = leash[1];
    for (int i = 0; i < 3; i++)
        close(listeners[i]);
    assert_true(RIG_WAIT(&b->rig, 10000, b->notes->ready && b->notes->media[1][IPC_RESET] > 0));
    rig_run(&b->rig, 50);
}

/* Front must have lived to the end and left without an error. */
static void backstage_close(struct backstage *b)
{
    char command[128];
    int status = 0;
    assert_false(b->notes->front_gone);
    close(backstage_leash);
    waitpid(b->pid, &status, 0);
    assert_int_equal(status, 0);
    munmap(b->notes, sizeof *b->notes);
    snprintf(command, sizeof command, "%s/control.sock", b->data);
    unlink(command);
    static const char *const files[] = {"web/assets/a-1234.js",
                                        "web/assets/a-1234.js.gz",
                                        "web/assets",
                                        "web/embed/conclave.js",
                                        "web/embed",
                                        "web/index.html",
                                        "web/.secret",
                                        "web",
                                        "tls.crt",
                                        "tls.key"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(command, sizeof command, "%s/%s", b->data, files[i]);
        (void)remove(command);
    }
    rmdir(b->data);
}

#endif
