/* Many native participants of one meeting in one process, for measurements: each a member with a
 * core (src/e2ee) and a WebSocket of its own, all on one libwebsockets context and one thread.
 * Parts: the connections (crowd_wire.c, the functions of bot.h), seats, commands and what is
 * printed (crowd.c). The rest is the bot's own: bot_keys.c, bot_request.c, bot_talk.c. */
#ifndef BENCH_E2EE_CROWD_H
#define BENCH_E2EE_CROWD_H

#include "bin/bot.h"

/* Before the first bot_wire_open. `line` gets each line of standard input. */
bool crowd_wire_start(void (*line)(struct span words));
/* Until crowd_wire_end. */
void crowd_wire_run(void);
void crowd_wire_end(void);

#endif
