/* A PostgreSQL server of a test's own: folder, socket and processes are gone with it. It listens on
 * a socket in its folder alone.
 * knows: Debian's programs. knows not: what is stored. owns: the folder and the processes. */
#ifndef RIG_POSTGRES_H
#define RIG_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct postgres {
    char folder[64];
    pid_t pid; /* the postmaster's; 0: not running */
    unsigned databases;
};

enum { POSTGRES_URL = 200 };

/* initdb and the first start. False after words on standard error. */
bool postgres_open(struct postgres *p);
/* Starts it (again); returns when it takes connections. */
bool postgres_start(struct postgres *p);
/* kill -9 of every process of it, and waits until they are gone. */
void postgres_kill(struct postgres *p);
/* SIGSTOP and SIGCONT to every process of it: it takes connections and answers nothing. */
void postgres_signal(struct postgres *p, int signal_number);
/* An empty database; its URL. */
bool postgres_database(struct postgres *p, char url[POSTGRES_URL]);
/* Removes the latest one. */
void postgres_drop_last(struct postgres *p);
/* Runs SQL as the owner by a connection of its own; false after words on standard error. */
bool postgres_execute(const char *url, const char *sql);
/* The first column of the first row as text, "" when there is none. */
void postgres_ask(const char *url, const char *sql, char *out, size_t cap);
void postgres_close(struct postgres *p);

#endif
