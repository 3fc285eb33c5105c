#include "e2ee/roster.h"

static size_t aligned(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

size_t roster_bytes(uint32_t leaves)
{
    return aligned(leaves * sizeof(struct person)) +
           aligned(2 * (size_t)leaves * sizeof(struct roster_shown)) +
           aligned(leaves * sizeof(uint16_t)) + (size_t)leaves * SUITE_SIGN_PUBLIC;
}

void roster_init(struct roster *r, void *memory, uint32_t leaves)
{
    uint8_t *at = memory;
    *r = (struct roster){.leaves = leaves, .max_shown = 2 * leaves};
    r->person = (struct person *)(void *)at;
    at += aligned(leaves * sizeof(struct person));
    r->shown = (struct roster_shown *)(void *)at;
    at += aligned(2 * (size_t)leaves * sizeof(struct roster_shown));
    r->order = (uint16_t *)(void *)at;
    at += aligned(leaves * sizeof(uint16_t));
    r->devices = at;
    roster_clear_all(r);
}

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, E2EE_PARTICIPANT) == 0;
}

/* ---- the server's words ---- */

static struct roster_shown *find_shown(const struct roster *r, const uint8_t *participant)
{
    for (uint32_t i = 0; i < r->n_shown; i++)
        if (same(r->shown[i].participant, participant))
            return &r->shown[i];
    return NULL;
}

void roster_show(struct roster *r, uint32_t member, const uint8_t *participant)
{
    struct roster_shown *s = find_shown(r, participant);
    if (!s && r->n_shown < r->max_shown)
        s = &r->shown[r->n_shown++];
    if (!s)
        return; /* such a leaf stays hidden, and that stops sending */
    s->member = member;
    memcpy(s->participant, participant, E2EE_PARTICIPANT);
    uint32_t leaf = roster_find(r, participant);
    if (leaf != NODE_NONE) {
        struct person *p = &r->person[leaf];
        p->member = member;
        p->shown_once = true;
        p->away = false;
        p->remove = p->asked; /* nobody else wants that any more */
    }
}

static void hide_leaf(struct person *p, uint64_t now)
{
    if (p->member != 0 || p->away)
        p->hidden_ms = now;
    p->member = 0;
    p->gone_once = true;
    p->away = false;
}

void roster_hide(struct roster *r, const uint8_t *participant, uint64_t now)
{
    struct roster_shown *s = find_shown(r, participant);
    uint32_t leaf = roster_find(r, participant);
    if (s)
        *s = r->shown[--r->n_shown];
    if (leaf != NODE_NONE)
        hide_leaf(&r->person[leaf], now);
}

void roster_hide_all(struct roster *r, uint64_t now)
{
    r->n_shown = 0;
    for (uint32_t i = 0; i < r->leaves; i++) {
        struct person *p = &r->person[i];
        if (p->used && p->member != 0) {
            p->member = 0;
            p->hidden_ms = now;
            p->away = true;
        }
    }
}

uint32_t roster_member(const struct roster *r, const uint8_t *participant)
{
    const struct roster_shown *s = find_shown(r, participant);
    return s ? s->member : 0;
}

/* ---- the tree's ---- */

void roster_clear(struct roster *r, uint32_t leaf)
{
    memset(&r->person[leaf], 0, sizeof r->person[leaf]);
}

void roster_clear_all(struct roster *r)
{
    memset(r->person, 0, r->leaves * sizeof(struct person));
}

void roster_put(struct roster *r, uint32_t leaf, const struct person *in, uint64_t now)
{
    struct person *p = &r->person[leaf], before = *p;
    *p = *in;
    p->used = true;
    if (before.used && same(before.participant, in->participant)) {
        p->gone_once = before.gone_once;
        p->shown_once = before.shown_once;
        p->remove = before.remove;
        p->asked = before.asked;
        p->away = before.away;
        p->member = before.member;
        p->hidden_ms = before.hidden_ms;
        p->asked_ms = before.asked_ms;
        p->beat_ms = before.beat_ms;
        p->heard_ms = before.heard_ms;
        p->since = before.since;
        return;
    }
    p->member = roster_member(r, in->participant);
    p->shown_once = p->member != 0;
    p->gone_once = p->remove = p->asked = p->away = false;
    p->hidden_ms = p->heard_ms = now;
    p->beat_ms = 0;
}

uint32_t roster_find(const struct roster *r, const uint8_t *participant)
{
    for (uint32_t i = 0; i < r->leaves; i++)
        if (r->person[i].used && same(r->person[i].participant, participant))
            return i;
    return NODE_NONE;
}

uint32_t roster_find_device(const struct roster *r, const uint8_t *device)
{
    for (uint32_t i = 0; i < r->leaves; i++)
        if (r->person[i].used &&
            memcmp(r->person[i].profile.device, device, SUITE_SIGN_PUBLIC) == 0)
            return i;
    return NODE_NONE;
}

uint32_t roster_count(const struct roster *r)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->leaves; i++)
        n += r->person[i].used;
    return n;
}

/* ---- in order ---- */

/* A field of a person that people are compared by. */
struct field {
    size_t offset, len;
};
static const struct field by_participant = {offsetof(struct person, participant), E2EE_PARTICIPANT};
static const struct field by_device = {
    offsetof(struct person, profile) + offsetof(struct profile, device), SUITE_SIGN_PUBLIC};

static int compare(const struct roster *r, struct field f, uint32_t a, uint32_t b)
{
    const uint8_t *x = (const uint8_t *)&r->person[a], *y = (const uint8_t *)&r->person[b];
    return memcmp(x + f.offset, y + f.offset, f.len);
}

static void sift(const struct roster *r, struct field f, uint32_t root, uint32_t n)
{
    uint16_t *o = r->order;
    for (uint32_t child = 2 * root + 1; child < n; child = 2 * root + 1) {
        if (child + 1 < n && compare(r, f, o[child], o[child + 1]) < 0)
            child++;
        if (compare(r, f, o[root], o[child]) >= 0)
            return;
        uint16_t t = o[root];
        o[root] = o[child];
        o[child] = t;
        root = child;
    }
}

/* Heap sort: no stack, no bad case. */
static uint32_t sort(struct roster *r, struct field f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->leaves; i++)
        if (r->person[i].used)
            r->order[n++] = (uint16_t)i;
    for (uint32_t i = n / 2; i-- > 0;)
        sift(r, f, i, n);
    for (uint32_t end = n; end-- > 1;) {
        uint16_t t = r->order[0];
        r->order[0] = r->order[end];
        r->order[end] = t;
        sift(r, f, 0, end);
    }
    return n;
}

static bool twice(struct roster *r, struct field f)
{
    uint32_t n = sort(r, f);
    for (uint32_t i = 1; i < n; i++)
        if (compare(r, f, r->order[i - 1], r->order[i]) == 0)
            return true;
    return false;
}

enum mls_rule roster_unique(struct roster *r)
{
    if (twice(r, by_participant))
        return RULE_PARTICIPANT_TWICE;
    return twice(r, by_device) ? RULE_DEVICE_TWICE : RULE_NONE;
}

struct span roster_devices(struct roster *r)
{
    uint32_t n = sort(r, by_device);
    for (uint32_t i = 0; i < n; i++)
        memcpy(r->devices + (size_t)i * SUITE_SIGN_PUBLIC, r->person[r->order[i]].profile.device,
               SUITE_SIGN_PUBLIC);
    return span_of(r->devices, (size_t)n * SUITE_SIGN_PUBLIC);
}
