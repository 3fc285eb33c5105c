/* See usage.h. The set is open addressing over the first eight bytes of HMAC-SHA-256; the key of a
 * day is the hash of the one before it, so that no later key leads back to it. */
#include "account/usage.h"

#include <assert.h>
#include <string.h>

#include "base/bug.h"
#include "crypt/crypt.h"

enum { MINUTE_MS = 60000, LABEL = 1 };

static int64_t day_of(int64_t now_ms)
{
    return now_ms - now_ms % USAGE_DAY_MS;
}

static struct usage_day *today(struct usage *u)
{
    return &u->day[u->days - 1];
}

/* ---- days ---- */

static void begin_day(struct usage *u, int64_t now_ms)
{
    if (u->days == USAGE_WAITING) {
        memmove(&u->day[0], &u->day[1], sizeof u->day - sizeof u->day[0]);
        u->days--;
        u->lost++;
    }
    u->day[u->days++] = (struct usage_day){.day_ms = day_of(now_ms), .first = true};
    u->given_ms = now_ms;
    u->spent_ms = 0;
}

/* What was known goes, and so does the key that it was known by. */
static void forget(struct usage *u)
{
    uint8_t next[USAGE_KEY];
    static_assert((int)USAGE_KEY == (int)CRYPT_SHA256_LEN, "a key is a hash");
    crypt_sha256(next, span_of(u->key, sizeof u->key));
    memcpy(u->key, next, sizeof u->key);
    crypt_wipe(next, sizeof next);
    crypt_wipe(u->cell, sizeof u->cell);
    u->known = 0;
}

static void take_minutes(struct usage *u, uint64_t round_ms)
{
    uint64_t minutes = (u->spent_ms + round_ms) / MINUTE_MS;
    today(u)->minutes += minutes;
    u->spent_ms -= minutes * MINUTE_MS < u->spent_ms ? minutes * MINUTE_MS : u->spent_ms;
}

static void spend(struct usage *u, int64_t ms)
{
    u->spent_ms += (uint64_t)ms * u->present;
}

static void go_on(struct usage *u, int64_t now_ms)
{
    int64_t step = now_ms - u->last_ms, midnight = today(u)->day_ms + USAGE_DAY_MS;
    bool counts = step >= 0 && step <= USAGE_STEP_MS;
    bool same = day_of(now_ms) == today(u)->day_ms;
    if (counts)
        spend(u, same ? step : midnight - u->last_ms);
    u->last_ms = now_ms;
    if (same)
        return;
    take_minutes(u, MINUTE_MS / 2);
    forget(u);
    begin_day(u, now_ms);
    if (counts)
        spend(u, now_ms - midnight);
}

void usage_init(struct usage *u, const uint8_t key[USAGE_KEY], int64_t now_ms)
{
    memset(u, 0, sizeof *u);
    memcpy(u->key, key, sizeof u->key);
    u->last_ms = now_ms;
    begin_day(u, now_ms);
}

void usage_fini(struct usage *u)
{
    crypt_wipe(u, sizeof *u);
}

/* ---- who and what was counted today ---- */

static uint64_t hash_of(const struct usage *u, uint8_t label, struct span what)
{
    uint8_t text[LABEL + 64] = {label}, tag[CRYPT_SHA256_LEN];
    uint64_t h;
    BUG_IF(what.len > sizeof text - LABEL);
    memcpy(text + LABEL, what.ptr, what.len);
    crypt_hmac_sha256(tag, span_of(u->key, sizeof u->key), span_of(text, LABEL + what.len));
    memcpy(&h, tag, sizeof h);
    return h == 0 ? 1 : h;
}

/* 1 for what was not counted today. A full set knows no newcomers: they are not counted. */
static uint64_t is_new(struct usage *u, uint8_t label, struct span what)
{
    uint64_t h = hash_of(u, label, what);
    uint64_t *at = &u->cell[h % USAGE_CELLS];
    while (*at != 0 && *at != h)
        at = at + 1 < u->cell + USAGE_CELLS ? at + 1 : u->cell;
    if (*at == h)
        return 0;
    if (u->known >= USAGE_MOST) {
        today(u)->flags |= USAGE_FULL;
        return 0;
    }
    *at = h;
    u->known++;
    return 1;
}

bool usage_enter(struct usage *u, struct span meeting, const uint8_t *account, int64_t now_ms)
{
    go_on(u, now_ms);
    struct usage_day *d = today(u);
    d->participants++;
    d->guests += account == NULL;
    d->meetings += is_new(u, 'm', meeting);
    uint64_t fresh = account ? is_new(u, 'p', span_of(account, ACCOUNT_ID)) : 0;
    d->people += fresh;
    u->present++;
    return fresh != 0;
}

void usage_leave(struct usage *u, int64_t now_ms)
{
    go_on(u, now_ms);
    BUG_IF(u->present == 0);
    u->present--;
}

/* ---- to the store ---- */

static bool says_something(const struct usage_day *d)
{
    return (d->meetings | d->participants | d->guests | d->people | d->minutes | d->flags) != 0;
}

static void drop_first(struct usage *u)
{
    u->days--;
    memmove(&u->day[0], &u->day[1], u->days * sizeof u->day[0]);
}

bool usage_due(struct usage *u, int64_t now_ms, struct usage_day *out)
{
    go_on(u, now_ms);
    while (u->days > 1 && !says_something(&u->day[0]))
        drop_first(u);
    if (u->days == 1) {
        int64_t since = now_ms - u->given_ms;
        if (since >= 0 && since < USAGE_EVERY_MS) /* less than 0: the clock was set back */
            return false;
        take_minutes(u, 0);
        u->given_ms = now_ms;
        if (!says_something(&u->day[0]))
            return false;
    }
    *out = u->day[0];
    return true;
}

void usage_given(struct usage *u)
{
    if (u->days > 1)
        drop_first(u);
    else
        u->day[0] = (struct usage_day){.day_ms = u->day[0].day_ms};
}

/* ---- of an organisation ---- */

void usage_show(struct account_usage_day *out, const struct account_usage_day *stored,
                uint32_t most_people)
{
    *out = (struct account_usage_day){.day_s = stored->day_s, .flags = USAGE_OF_FEW};
    if (most_people < USAGE_FEW)
        return;
    *out = *stored;
    out->flags = stored->people > most_people ? USAGE_AT_MOST : 0;
}
