/* What `conclave serve` was told: defaults, then the YAML file, then flags.
 * knows: keys and their bounds. knows not: sockets, processes. owns: nothing. */
#ifndef BIN_CONFIG_H
#define BIN_CONFIG_H

#include <stdbool.h>

#include "proto/ipc.h"

enum { CONFIG_PUBLIC_MAX = 8, CONFIG_EMBED_MAX = 8, CONFIG_BYTES_MAX = 65536 };

/* One sentence for a person, with the fix. */
struct complaint {
    char text[700];
};

/* Fills the sentence and answers ERR_CONFIG. */
__attribute__((format(printf, 2, 3))) enum err complain(struct complaint *why, const char *format,
                                                        ...);

struct config {
    char data[IPC_PATH_MAX + 1]; /* as given; the supervisor makes it absolute */
    char web[IPC_PATH_MAX + 1];  /* "": not given */
    char tls_certificate[IPC_PATH_MAX + 1], tls_key[IPC_PATH_MAX + 1]; /* "": make our own */
    struct ipc_addr listen;
    bool listen_any; /* not given: [::], or 0.0.0.0 on a machine without IPv6 */
    struct ipc_addr public_addr[CONFIG_PUBLIC_MAX];
    uint32_t public_count;
    struct ipc_addr metrics;
    bool metrics_off;
    char embed[IPC_EMBED_MAX + 1]; /* origins that may frame the client, a blank between them */
    uint32_t embed_count;
    char database[IPC_DATABASE_MAX + 1]; /* "": SQLite in the data folder; may hold a password */
    uint32_t media_processes;            /* 0: one a core */
    bool media_pin;                      /* each to a core of its own */
    struct ipc_accounts accounts;
    struct ipc_hooks hooks;
    struct ipc_cell cell;        /* as the file has it; identity: config_cell_identity */
    struct ipc_addr node_listen; /* family 0: not given */
    uint32_t media_spread; /* members of a meeting in one of them before it spreads; 0: never */
};

void config_init(struct config *c);
/* ERR_CONFIG with a sentence that names FILE:LINE and the key; *c is then undefined. */
enum err config_load(struct config *c, const char *file, struct complaint *why);
/* One value by its key, as the file or a flag gives it; `where` begins the sentence on failure. A
 * further public_ip or embed_origins is added. ERR_CONFIG. */
enum err config_set(struct config *c, const char *key, const char *value, const char *where,
                    struct complaint *why);
/* The same for the keys about accounts (config_accounts.c); ERR_NOT_FOUND: it is none of them. */
enum err config_accounts_set(struct ipc_accounts *a, const char *key, const char *value,
                             const char *where, struct complaint *why);
enum err config_accounts_finish(struct ipc_accounts *a, struct complaint *why);
/* A file's path made absolute in its place; none is as good. `key` begins the sentence. */
enum err config_file_find(char path[IPC_PATH_MAX + 1], const char *key, struct complaint *why);
/* And for those about webhooks (config_hooks.c). */
enum err config_hooks_set(struct ipc_hooks *h, const char *key, const char *value,
                          const char *where, struct complaint *why);
enum err config_hooks_finish(struct ipc_hooks *h, struct complaint *why);
/* And for those about data centres (config_cell.c). node_peers is added to. */
enum err config_cell_set(struct config *c, const char *key, const char *value, const char *where,
                         struct complaint *why);
enum err config_cell_finish(struct config *c, struct complaint *why);
/* Reads the node's certificates and says who it is: zone, data centre, realm, and until when.
 * ERR_CONFIG also for a key that is another's or open to others, and for certificates that do not
 * hold at now_s. */
enum err config_cell_identity(struct ipc_cell *cell, int64_t now_s, int64_t *till_s,
                              struct complaint *why);
/* What can only be said once all is known: certificate without key and the like. ERR_CONFIG. */
enum err config_finish(struct config *c, struct complaint *why);

#endif
