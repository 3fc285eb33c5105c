/* Entries of people who signed in, on their way to the figures of their organisations. Which those
 * are the store knows; here an account waits for half a second. knows: who came, and whether it was
 * their first time today. owns: what waits. */
#include <stdlib.h>
#include <string.h>

#include "account/usage.h"
#include "bin/front.h"
#include "crypt/crypt.h"

struct usage_members {
    struct ipc_usage_members waiting;
    uint64_t lost;
};

struct usage_members *usage_members_open(void)
{
    struct usage_members *m = calloc(1, sizeof *m);
    uint8_t run[sizeof m->waiting.run];
    if (!m || crypt_random(run, sizeof run) != ERR_OK) {
        free(m);
        return NULL;
    }
    memcpy(&m->waiting.run, run, sizeof run);
    m->waiting.run &= INT64_MAX;
    return m;
}

/* What the store process cannot take now stays, as long as there is room. */
static void send_waiting(struct front *f)
{
    struct usage_members *u = f->usage_members;
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_USAGE_MEMBERS;
    m.as.USAGE_MEMBERS = u->waiting;
    if (u->waiting.count == 0 || !link_send(&f->store, &m, -1))
        return;
    crypt_wipe(u->waiting.entry, sizeof u->waiting.entry);
    u->waiting.count = 0;
}

void usage_members_enter(struct front *f, const uint8_t *account, bool first, int64_t now_ms)
{
    struct usage_members *u = f->usage_members;
    int64_t day_ms = now_ms - now_ms % USAGE_DAY_MS;
    if (u->waiting.count == IPC_ENTRIES || u->waiting.day_ms != day_ms)
        send_waiting(f);
    if (u->waiting.count == IPC_ENTRIES || (u->waiting.count > 0 && u->waiting.day_ms != day_ms)) {
        u->lost++;
        return;
    }
    u->waiting.day_ms = day_ms;
    memcpy(u->waiting.entry[u->waiting.count].account, account, ACCOUNT_ID);
    u->waiting.entry[u->waiting.count++].first = first;
}

void usage_members_tick(struct front *f)
{
    send_waiting(f);
}

uint64_t usage_members_lost(const struct front *f)
{
    return f->usage_members->lost;
}
