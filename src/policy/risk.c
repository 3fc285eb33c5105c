/* See risk.h. */
#include "policy/risk.h"

static uint32_t burst_of(uint32_t inside)
{
    uint32_t third = inside / 3;
    return third < RISK_BURST ? RISK_BURST : third < RISK_KNOWN ? third : RISK_KNOWN;
}

bool risk_stranger(struct risk_burst *r, uint32_t inside, instant_us began, instant_us now)
{
    uint32_t need = burst_of(inside);
    r->came[r->count++ % RISK_KNOWN] = now;
    if (r->count < need || now - began < RISK_SETTLED_US)
        return false;
    instant_us first = r->came[(r->count - need) % RISK_KNOWN];
    bool quiet = r->signed_at != 0 && now - r->signed_at < RISK_QUIET_US;
    if (quiet || now - first > RISK_BURST_US)
        return false;
    r->signed_at = now;
    return true;
}

static void forget_old(struct risk_attempts *a, int64_t now_s)
{
    if (a->used > RISK_ATTEMPTS)
        a->used = RISK_ATTEMPTS; /* nobody writes more */
    int64_t gone = now_s > a->since_s ? (now_s - a->since_s) / RISK_ATTEMPT_S : 0;
    if (gone >= a->used) {
        a->used = 0;
        a->since_s = now_s;
    } else {
        a->used -= (uint32_t)gone;
        a->since_s += gone * RISK_ATTEMPT_S;
    }
}

bool risk_attempt_take(struct risk_attempts *a, int64_t now_s)
{
    if (a->used == 0)
        a->since_s = now_s;
    forget_old(a, now_s);
    if (a->used >= RISK_ATTEMPTS)
        return false;
    a->used++;
    return true;
}

void risk_attempt_give(struct risk_attempts *a)
{
    if (a->used > 0)
        a->used--;
}
