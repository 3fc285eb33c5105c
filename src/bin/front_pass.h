/* Sessions between nodes (decision 0044): one whose meeting has its home elsewhere is passed on
 * whole, and what others pass to us are sessions like ours. knows: proto/frame.h, which way leads
 * where. knows not: TLS, sockets; what a message means, but for the meeting of a hello. owns: the
 * ways and what is being put together on them. */
#ifndef BIN_FRONT_PASS_H
#define BIN_FRONT_PASS_H

#include "bin/front.h"

/* False: no memory. Without a cell nothing is ever passed. */
bool pass_open(struct front *f);

/* ---- a client's session that came here ---- */

/* The hello names a meeting of another data centre: the session goes there from now on, or is
 * refused. False: it is for us. */
bool pass_takes(struct front *f, struct session *s, const struct signal_message *m,
                struct span text);
/* Whether it is one of ours that went elsewhere. */
bool pass_is(const struct session *s);
/* What such a session says. */
void pass_message(struct front *f, struct session *s, struct span text);
void pass_closed(struct front *f, const struct session *s);

/* ---- to whoever is at the other end of a session, here or at another node ---- */

/* As web_send and the like. */
void client_send(struct front *f, uint64_t number, struct span text);
void client_send_text(struct front *f, uint64_t number, struct web_text *text);
/* The session is closed a moment later, not before this returns. */
void client_hang_up(struct front *f, uint64_t number, uint16_t code, const char *why);

/* ---- the nodes role ---- */

/* Another list of data centres is in force: nodes that it does not have go, the others are told. */
void pass_list_changed(struct front *f);
void pass_says(struct front *f, const struct ipc_message *m);
/* It died: all ways are gone. */
void pass_lost(struct front *f);
/* Whether a meeting made here may have this id; the prefix that it must have. */
bool pass_prefix(const struct front *f, const char *id, const char **prefix);
enum { PASS_COUNTERS = 4 };
/* A figure for /metrics, the first so many of them counters; NULL behind the last. */
const char *pass_metric(const struct front *f, unsigned index, uint64_t *value);

#endif
