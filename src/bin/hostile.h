/* Test-only (-Dhostile): a server that lies. CONCLAVE_HOSTILE is one word:
 *
 *   ghost       the third member and later ones are shown to nobody, though they are in the group
 *   swap        the first member's id stands where another's new track is announced
 *   clear       media's payloads become bytes that nobody sealed
 *   fork        from the first line of chat on, half of them no longer hear of the others' commits,
 *               and their own are accepted beside those
 *   withhold    the second member hears of no commit, not even of those it asks for again
 *   descriptor  the meeting's descriptor has one byte changed
 *
 * In every other build each call is nothing, and hostile.c is empty. */
#ifndef BIN_HOSTILE_H
#define BIN_HOSTILE_H

#include "bin/front.h"

#ifdef CONCLAVE_HOSTILE
/* A session was welcomed as this member. */
void hostile_joined(uint64_t session, uint32_t member);
/* Changes a message before it is written. */
void hostile_twist(struct signal_message *m);
/* True: this one does not hear it. */
bool hostile_keeps(const struct signal_message *m, uint64_t session);
/* True: the request is answered, and the core never sees it. */
bool hostile_takes(struct front *f, struct session *s, const struct signal_message *m);
#else
#define hostile_joined(session, member) ((void)0)
#define hostile_twist(m) ((void)0)
#define hostile_keeps(m, session) false
#define hostile_takes(f, s, m) false
#endif

#endif
