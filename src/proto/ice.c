/* The ICE-lite agent. Order of a request's life: parse, credentials, replay, role, pair,
 * nomination. */
#include "proto/ice.h"

#include <assert.h>

#include "base/bug.h"
#include "base/mutant.h"
#include "crypt/crypt.h"
#include "proto/stun.h"

enum { NOMINATION = 1000, NO_PAIR = -1 }; /* one nomination token is 1000 thousandths */

static size_t text_len(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n])
        n++;
    return n;
}

static void credentials_set(struct ice_credentials *c, const char *ufrag, const char *pwd)
{
    size_t len = text_len(ufrag, IPC_UFRAG_MAX);
    memset(c->ufrag, 0, sizeof(c->ufrag));
    memcpy(c->ufrag, ufrag, len);
    hmac_sha1_init(&c->key, span_of(pwd, text_len(pwd, IPC_PWD_MAX)));
}

static void credentials_wipe(struct ice_credentials *c)
{
    crypt_wipe(c, sizeof(*c));
}

void ice_init(struct ice *ice, const char *ufrag, const char *pwd, uint64_t older[ICE_FILTER_WORDS],
              instant_us now)
{
    memset(ice, 0, sizeof(*ice));
    ice->older = older;
    credentials_set(&ice->current, ufrag, pwd);
    ice->selected = NO_PAIR;
    ice->nominations = ICE_NOMINATION_BURST * NOMINATION;
    ice->nominations_at = now;
    for (int i = 0; i < LIMIT_ICE_PAIRS; i++)
        ice->pair[i].heard_at = INSTANT_NEVER;
}

void ice_fini(struct ice *ice)
{
    crypt_wipe(ice, sizeof(*ice));
    ice->selected = NO_PAIR;
}

void ice_restart(struct ice *ice, const char *ufrag, const char *pwd, instant_us now)
{
    ice->previous = ice->current;
    ice->previous_until = now + ICE_PREVIOUS_US;
    ice->generation++;
    credentials_set(&ice->current, ufrag, pwd);
}

bool ice_remote_equal(const struct ice_remote *a, const struct ice_remote *b)
{
    size_t len = a->addr.family == 4 ? 4 : 16;
    return a->protocol == b->protocol && a->addr.family == b->addr.family &&
           a->addr.port == b->addr.port && memcmp(a->addr.ip, b->addr.ip, len) == 0;
}

/* The USERNAME of a request to us is "our ufrag:their ufrag" (RFC 8445 section 7.2.2). */
static bool is_for(const struct ice_credentials *c, struct span username)
{
    size_t len = text_len(c->ufrag, IPC_UFRAG_MAX);
    return len > 0 && username.len > len && username.ptr[len] == ':' &&
           memcmp(username.ptr, c->ufrag, len) == 0;
}

/* The credentials that the request proves knowledge of, or NULL: then it gets no answer at all. */
static const struct ice_credentials *authenticate(const struct ice *ice,
                                                  const struct stun_message *m, instant_us now)
{
    const struct ice_credentials *c = NULL;
    if (is_for(&ice->current, m->username))
        c = &ice->current;
    else if (now < ice->previous_until && is_for(&ice->previous, m->username))
        c = &ice->previous;
    if (!DEFENCE(4, c != NULL && stun_verify(m, &c->key)))
        return NULL;
    return c ? c : &ice->current;
}

static uint64_t id_key(const uint8_t id[STUN_ID_LEN])
{
    uint64_t key = 0;
    for (int i = 0; i < 8; i++)
        key = key << 8 | id[i];
    for (int i = 8; i < STUN_ID_LEN; i++)
        key ^= (uint64_t)id[i] << (8 * (i - 8));
    return key ? key : 1;
}

static uint32_t remote_hash(const struct ice_remote *r)
{
    uint32_t h = 2166136261u ^ r->protocol; /* FNV-1a: equality is all that is asked of it */
    size_t len = r->addr.family == 4 ? 4 : 16;
    for (size_t i = 0; i < len; i++)
        h = (h ^ r->addr.ip[i]) * 16777619u;
    h = (h ^ (r->addr.port & 0xff)) * 16777619u;
    return (h ^ r->addr.port >> 8) * 16777619u;
}

enum { FILTER_BITS = ICE_FILTER_WORDS * 64, FILTER_HASHES = 3, FILTER_SHIFT = 20 };

static_assert((FILTER_BITS & (FILTER_BITS - 1)) == 0, "a bit is found by masking");
static_assert(FILTER_BITS <= 1 << FILTER_SHIFT, "three places in 60 bits");

/* Ids are drawn at random by peers that keep the standard; mixing helps those that count them. */
static uint32_t filter_place(uint64_t key, int hash)
{
    key ^= key >> 32;
    key *= UINT64_C(0x9e3779b97f4a7c15);
    key ^= key >> 29;
    return (uint32_t)(key >> (hash * FILTER_SHIFT)) & (FILTER_BITS - 1);
}

static bool filter_has(const uint64_t *filter, uint64_t key)
{
    for (int i = 0; i < FILTER_HASHES; i++) {
        uint32_t at = filter_place(key, i);
        if (!(filter[at / 64] >> at % 64 & 1))
            return false;
    }
    return true;
}

static void filter_add(struct ice *ice, uint64_t key)
{
    if (ice->filter_ids == ICE_FILTER_IDS) {
        memcpy(ice->older, ice->filter, sizeof ice->filter);
        memset(ice->filter, 0, sizeof ice->filter);
        ice->turned = true;
        ice->filter_ids = 0;
    }
    for (int i = 0; i < FILTER_HASHES; i++) {
        uint32_t at = filter_place(key, i);
        ice->filter[at / 64] |= UINT64_C(1) << at % 64;
    }
    ice->filter_ids++;
}

/* A retransmission comes again soon and from its own address; any other second coming is a replay
 * (A07). */
static bool is_replay(struct ice *ice, const uint8_t id[STUN_ID_LEN], const struct ice_remote *from)
{
    uint64_t key = id_key(id);
    uint32_t hash = remote_hash(from);
    for (int i = 0; i < ICE_SEEN_IDS; i++)
        if (ice->seen[i] == key)
            return !DEFENCE(7, ice->seen_pair[i] == hash);
    bool known = filter_has(ice->filter, key) || (ice->turned && filter_has(ice->older, key));
    if (!DEFENCE(7, !known))
        return true;
    filter_add(ice, key);
    ice->seen[ice->seen_next] = key;
    ice->seen_pair[ice->seen_next] = hash;
    ice->seen_next = (ice->seen_next + 1) % ICE_SEEN_IDS;
    return false;
}

static int find_pair(const struct ice *ice, const struct ice_remote *from)
{
    for (int i = 0; i < LIMIT_ICE_PAIRS; i++)
        if (ice->pair[i].heard_at != INSTANT_NEVER && ice_remote_equal(&ice->pair[i].remote, from))
            return i;
    return NO_PAIR;
}

/* A free slot, or the one not selected that was silent for longest: never more than the limit
 * (A08). */
static int place_for_pair(const struct ice *ice)
{
    int oldest = NO_PAIR;
    for (int i = 0; i < LIMIT_ICE_PAIRS; i++) {
        if (ice->pair[i].heard_at == INSTANT_NEVER)
            return i;
        if (i == ice->selected)
            continue;
        if (oldest == NO_PAIR || ice->pair[i].heard_at < ice->pair[oldest].heard_at)
            oldest = i;
    }
    return oldest;
}

static bool spend_nomination(struct ice *ice, instant_us now)
{
    instant_us since = now - ice->nominations_at;
    uint32_t full = ICE_NOMINATION_BURST * NOMINATION;
    uint32_t gained =
        since >= ICE_NOMINATION_BURST * US_PER_S ? full : (uint32_t)(since / US_PER_MS);
    if (gained > 0) {
        ice->nominations = ice->nominations + gained > full ? full : ice->nominations + gained;
        ice->nominations_at = now;
    }
    if (ice->nominations < NOMINATION)
        return DEFENCE(8, false);
    ice->nominations -= NOMINATION;
    return true;
}

/* True when the selected pair changed. */
static bool nominate(struct ice *ice, int pair, instant_us now)
{
    bool stale = ice->selected != NO_PAIR && ice->pair[ice->selected].generation != ice->generation;
    if (pair == ice->selected || (!stale && !spend_nomination(ice, now)))
        return false;
    ice->selected = pair;
    ice->started = true;
    return true;
}

/* A request proved by the current credentials came over the pair. */
static bool vouch(struct ice *ice, int pair, bool use_candidate, instant_us now)
{
    struct ice_pair *p = &ice->pair[pair];
    const struct ice_pair *chosen = ice->selected == NO_PAIR ? NULL : &ice->pair[ice->selected];
    bool again = p->nominated && p->generation == ice->generation && chosen &&
                 now - chosen->heard_at >= ICE_SILENT_US;
    bool changed = (use_candidate || again) && nominate(ice, pair, now);
    p->nominated = use_candidate || (p->nominated && p->generation == ice->generation);
    p->generation = ice->generation;
    if (use_candidate && ice->selected == pair && ice->previous.ufrag[0])
        credentials_wipe(&ice->previous);
    return changed;
}

static enum ice_result refuse(const struct stun_message *m, uint16_t code,
                              const struct hmac_sha1 *key, struct writer *answer)
{
    return stun_write_error(answer, m, code, key) ? ICE_REFUSED : ICE_DROPPED;
}

enum ice_result ice_input(struct ice *ice, const struct ice_remote *from, struct span datagram,
                          instant_us now, struct writer *answer)
{
    struct stun_message m;
    if (stun_parse(&m, datagram) != ERR_OK || !stun_is_binding_request(&m))
        return ICE_DROPPED;
    const struct ice_credentials *c = authenticate(ice, &m, now);
    if (!c || is_replay(ice, m.id, from))
        return ICE_DROPPED;
    if (m.unknown_count > 0)
        return refuse(&m, 420, &c->key, answer);
    if (m.controlling && m.controlled)
        return refuse(&m, 400, &c->key, answer);
    if (m.controlled) /* a lite agent is always the controlled one (RFC 8445 section 6.1.1) */
        return refuse(&m, 487, &c->key, answer);
    if (!stun_write_success(answer, m.id, &from->addr, &c->key))
        return ICE_DROPPED;

    int pair = find_pair(ice, from);
    if (pair == NO_PAIR) {
        pair = place_for_pair(ice);
        BUG_IF(pair == NO_PAIR);
        ice->pair[pair] = (struct ice_pair){.remote = *from};
    }
    ice->pair[pair].heard_at = now;
    bool vouches = c == &ice->current;
    return vouches && vouch(ice, pair, m.use_candidate, now) ? ICE_SELECTED : ICE_ANSWERED;
}

static bool is_consenting(const struct ice_pair *p, instant_us now)
{
    return p->heard_at != INSTANT_NEVER && DEFENCE(7, now - p->heard_at < ICE_CONSENT_US);
}

const struct ice_remote *ice_selected(const struct ice *ice, instant_us now)
{
    if (ice->selected == NO_PAIR || !is_consenting(&ice->pair[ice->selected], now))
        return NULL;
    return &ice->pair[ice->selected].remote;
}

bool ice_validated(const struct ice *ice, const struct ice_remote *from, instant_us now)
{
    int pair = find_pair(ice, from);
    return pair != NO_PAIR && is_consenting(&ice->pair[pair], now);
}

instant_us ice_deadline(const struct ice *ice)
{
    return ice->selected == NO_PAIR ? INSTANT_NEVER
                                    : ice->pair[ice->selected].heard_at + ICE_CONSENT_US;
}

bool ice_lost(const struct ice *ice, instant_us now)
{
    return ice->started && ice_selected(ice, now) == NULL;
}
