/* The roles of the one binary, and the descriptors that the supervisor hands each of them.
 * Every role: 2 = log, 3 = SEQPACKET channel to the supervisor. ROLE_START comes first on 3, then
 * CHANNEL messages (front gets one a media process and one for store; media and store get one for
 * front; store and hooks one for each other; a later CHANNEL replaces the former). A role answers
 * ROLE_READY once it serves. */
#ifndef BIN_ROLES_H
#define BIN_ROLES_H

enum role_fd {
    ROLE_FD_SUPERVISOR = 3,
    MEDIA_FD_UDP = 4,     /* bound, SO_REUSEPORT, packet-info options set, non-blocking */
    FRONT_FD_LISTEN = 4,  /* TCP listener of the one port, non-blocking */
    FRONT_FD_METRICS = 5, /* loopback TCP listener for /metrics, non-blocking */
    NODES_FD_LISTEN = 4,  /* TCP listener for other nodes, non-blocking */
    FRONT_FD_CONTROL = 6, /* UNIX stream listener <data>/control.sock, non-blocking */
};

/* Each runs until its supervisor channel closes; the result is the exit status. */
int role_front(void);
int role_media(void);
int role_store(void);
int role_fetch(void);
int role_hooks(void);
int role_nodes(void);
int role_supervisor(int argc, char **argv);

#endif
