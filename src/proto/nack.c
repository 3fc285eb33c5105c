/* Gap detector: an ascending array of missing numbers, short enough that moving it is cheap. */
#include "proto/nack.h"

#include "base/bug.h"

void nack_init(struct nack *n)
{
    memset(n, 0, sizeof(*n));
}

static void drop_at(struct nack *n, uint16_t i)
{
    memmove(&n->missing[i], &n->missing[i + 1], (n->count - i - 1u) * sizeof(n->missing[0]));
    n->count--;
}

static void add(struct nack *n, int64_t seq, instant_us ask_at)
{
    if (n->count == NACK_MISSING_MAX) {
        drop_at(n, 0);
        n->gave_up = true;
    }
    n->missing[n->count++] = (struct nack_missing){.seq = seq, .ask_at = ask_at};
}

static enum nack_result recover(struct nack *n, int64_t seq)
{
    for (uint16_t i = 0; i < n->count && n->missing[i].seq <= seq; i++) {
        if (n->missing[i].seq == seq) {
            drop_at(n, i);
            return NACK_RECOVERED;
        }
    }
    return NACK_OLD;
}

/* The count goes on: numbers already given out to receivers must not come again. A sender cannot
 * begin anew under the same keys, SRTP's window refuses what is far behind. */
static enum nack_result jump(struct nack *n)
{
    n->count = 0;
    n->gave_up = true;
    return NACK_JUMPED;
}

enum nack_result nack_input(struct nack *n, uint16_t seq, instant_us now, duration_us wait_us)
{
    bool first = !n->unwrap.started;
    int64_t before = n->unwrap.highest;
    int64_t full = seq_unwrap(&n->unwrap, seq);
    if (first)
        return NACK_NEXT;
    if (full <= before)
        return recover(n, full);
    if (full - before > NACK_JUMP_MAX)
        return jump(n);
    /* Of a long gap only as many as are remembered are worth adding. */
    int64_t from = before + 1;
    if (full - from > NACK_MISSING_MAX) {
        from = full - NACK_MISSING_MAX;
        n->gave_up = true;
    }
    for (int64_t lost = from; lost < full; lost++)
        add(n, lost, now + wait_us);
    return NACK_NEXT;
}

/* Adds the number to the last item when its mask reaches that far, else begins a new item. */
static bool pack(struct rtcp_nack *out, uint16_t *used, uint16_t max, uint16_t seq)
{
    if (*used > 0) {
        struct rtcp_nack *last = &out[*used - 1];
        uint16_t ahead = (uint16_t)(seq - last->seq);
        if (ahead >= 1 && ahead <= 16) {
            last->mask = (uint16_t)(last->mask | 1u << (ahead - 1));
            return true;
        }
    }
    if (*used == max)
        return false;
    out[(*used)++] = (struct rtcp_nack){.seq = seq};
    return true;
}

static duration_us clamp_rtt(duration_us rtt_us)
{
    if (rtt_us < NACK_RTT_MIN_US)
        return NACK_RTT_MIN_US;
    return rtt_us > NACK_RTT_MAX_US ? NACK_RTT_MAX_US : rtt_us;
}

uint16_t nack_poll(struct nack *n, instant_us now, duration_us rtt_us, struct rtcp_nack *out,
                   uint16_t max)
{
    uint16_t used = 0, i = 0;
    uint8_t tries = n->tries_max > 0 ? n->tries_max : NACK_TRIES_MAX;
    duration_us rtt = clamp_rtt(rtt_us);
    while (i < n->count) {
        struct nack_missing *m = &n->missing[i];
        if (m->ask_at > now) {
            i++;
            continue;
        }
        if (m->tries >= tries) {
            drop_at(n, i);
            n->gave_up = true;
            continue;
        }
        if (!pack(out, &used, max, (uint16_t)m->seq))
            break;
        m->tries++;
        /* Half a round trip more with every second try: a full link is not helped by asking. */
        m->ask_at = now + rtt + rtt * (m->tries / 2) / 2;
        i++;
    }
    return used;
}

instant_us nack_deadline(const struct nack *n)
{
    instant_us at = INSTANT_NEVER;
    for (uint16_t i = 0; i < n->count; i++)
        at = instant_min(at, n->missing[i].ask_at);
    return at;
}

bool nack_take_loss(struct nack *n)
{
    bool lost = n->gave_up;
    n->gave_up = false;
    return lost;
}
