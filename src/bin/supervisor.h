/* `conclave serve`: the process that starts, watches and restarts the others and keeps the sockets
 * and folders that outlive them. It reads nothing that comes from the network.
 * The three parts: setup (what must be there before any role runs), tls (the certificate), and
 * supervisor (the loop). */
#ifndef BIN_SUPERVISOR_H
#define BIN_SUPERVISOR_H

#include "bin/config.h"

/* Everything that roles are given. *owned* by the supervisor for its life time. */
struct setup {
    struct ipc_role_start start; /* index and generation are filled in for each role */
    int lock_fd, listen_fd, metrics_fd, control_fd,
        nodes_fd;        /* nodes_fd: -1 unless it is a node among others */
    int metrics_peer_fd; /* other end of the mute metrics descriptor when metrics are off, or -1 */
    int udp_fd[LIMIT_MEDIA_PROCESSES];
    bool web_found;
};

/* Folder, lock, certificate, sockets. ERR_CONFIG with one sentence; then exit. */
enum err setup_open(struct setup *s, const struct config *c, struct complaint *why);

/* The folder of the built web client: as configured, beside the binary, or the packaged one. False
 * when there is none; `web` is then "". */
bool setup_find_web(const struct config *c, char web[IPC_PATH_MAX + 1]);
/* One UDP socket of the group that shares the port. -1 with errno. */
int setup_udp(const struct ipc_addr *at);
/* The TCP listener of the port. -1 with errno. */
int setup_tcp(const struct ipc_addr *at);

struct tls_state {
    bool found, readable, matches;  /* files there, both parse, key belongs to certificate */
    bool self_signed, names_public; /* names every address that browsers use */
    int64_t not_before_s, not_after_s;
};

/* What the two files hold. */
struct tls_state tls_look(const char *cert, const char *key, const struct config *c);
/* Leaves <data>/tls.crt and <data>/tls.key ready: the configured files by symbolic link, or a
 * self-signed pair of our own, renewed when it is about to expire. ERR_CONFIG. */
enum err tls_prepare(const struct config *c, const char *data, struct complaint *why);

struct supervisor_options {
    bool meeting; /* make a meeting once all is up and print its links */
    bool json;
};

/* Runs until a signal ends it; the exit status. */
int supervisor_run(const struct setup *s, const struct supervisor_options *o);

#endif
