/* The list of data centres in the running server (docs/wire/datacentres.md): read at the start,
 * followed by newer ones from the operator (`conclave dc load`) and from other nodes (law G10). The
 * last good one stays in force whatever comes, and is kept in the data folder by store. knows:
 * which list may follow. knows not: routes, sessions. owns: the list in force and its text. */
#ifndef BIN_FRONT_LIST_H
#define BIN_FRONT_LIST_H

#include <jansson.h>

#include "bin/front.h"
#include "cell/list.h"

/* Before the sandbox. ERR_CONFIG: no list that can be in force; the log says why. Without a cell
 * there is none, and nothing is read. */
enum err list_open(struct front *f);
/* Store keeps what is in force for the next start. */
void list_keep(struct front *f);
/* Judges a signed note and takes it when it follows; NULL then, else a sentence's end, *borrowed*
 * until the next call. `from`: for the log. */
const char *list_offer(struct front *f, struct span note, const char *from);
/* What is in force; NULL, and empty: there is no cell. *Borrowed* until the next offer. */
const struct list *list_now(const struct front *f);
struct span list_note(const struct front *f);
/* The same for io/web.h. */
struct web_text *list_text(void *front);
/* Our own data centre was taken off: nobody enters here any more. */
bool list_withdrawn(const struct front *f);
/* Whether a node that shows this belongs to a data centre that is in force; NULL, or why not. */
const char *list_judge(const struct front *f, const struct ipc_node_way *w);
/* Sessions may go between our zone and that one: not while one of them is fenced, as their media
 * would not stay where the law wants them (decision 0044, bridges). */
bool list_passes(const struct front *f, const char *zone);
/* {"do":"list","at":N,"of":N,"bytes":...}: a piece of a list from the operator; "version" alone
 * asks. */
void list_control(struct front *f, uint64_t number, json_t *object);

#endif
