/* One transport's estimate becomes the layers of its subscriptions. knows: subscriptions, tracks'
 * measured rates. knows not: feedback, packets. owns: nothing. */
#ifndef SFU_SHARE_H
#define SFU_SHARE_H

#include <stdbool.h>

#include "base/instant.h"

struct sfu;
struct transport;

#define SHARE_EVERY_US (90 * US_PER_MS) /* at each turn, and turns come 100 ms apart or closer */
#define SHARE_HOLD_US (2 * US_PER_S)    /* after a step down, before a step up */
#define SHARE_HOLD_MAX_US (20 * US_PER_S)
#define SHARE_HOLD_LOW_US (4 * US_PER_S) /* of the second layer at most */
#define SHARE_FRESH_US                                                                             \
    (2 * US_PER_S)                      /* an old estimate of audio alone must not delay a picture \
                                         */
#define SHARE_FAILED_US (10 * US_PER_S) /* a step up that lasted less doubles the hold */

#define SHARE_SILENT_US (500 * US_PER_MS) /* feedback comes ten times a second */

/* Divides anew, asks for the key frames that changes need, and for a probe when more is wanted. */
void share_run(struct sfu *s, struct transport *t);
/* Nothing is heard of what was sent: the way is cut, or only just back. */
bool share_silent(const struct sfu *s, const struct transport *t);
/* The same when the estimate fell since the last time: a step down does not wait for its turn. */
void share_lowered(struct sfu *s, struct transport *t);

#endif
