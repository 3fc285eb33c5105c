/* The controlling agent: one pair, checks until the first answer, then a check every few seconds.
 */
#include "client/agent.h"

#include "crypt/crypt.h"

/* Host candidate's type preference, the first of its component (RFC 8445 section 5.1.2.1). */
#define PRIORITY ((uint32_t)126 << 24 | (uint32_t)65535 << 8 | 255u)

/* RFC 8839 section 5.4: ice-char. 64 letters, so that six bits are one. */
static void draw_text(uint64_t *random, char *out, size_t len)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i++)
        out[i] = letters[agent_draw(random) & 63];
    out[len] = '\0';
}

void agent_init(struct agent *a, uint64_t seed)
{
    memset(a, 0, sizeof *a);
    a->random = seed;
    draw_text(&a->random, a->ufrag, AGENT_UFRAG_LEN);
    draw_text(&a->random, a->pwd, AGENT_PWD_LEN);
    a->tiebreaker = agent_draw(&a->random);
    hmac_sha1_init(&a->local, span_str(a->pwd));
    for (int i = 0; i < AGENT_IDS; i++)
        a->sent_at[i] = INSTANT_NEVER;
    a->due = INSTANT_NEVER;
}

void agent_fini(struct agent *a)
{
    crypt_wipe(a, sizeof *a);
    a->due = INSTANT_NEVER;
}

bool agent_start(struct agent *a, const char *ufrag, const char *pwd, instant_us now)
{
    size_t len = strlen(ufrag), pwd_len = strlen(pwd);
    if (len == 0 || len > IPC_UFRAG_MAX || pwd_len == 0 || pwd_len > IPC_PWD_MAX)
        return false;
    memcpy(a->username, ufrag, len);
    a->username[len] = ':';
    memcpy(a->username + len + 1, a->ufrag, AGENT_UFRAG_LEN + 1);
    hmac_sha1_init(&a->remote, span_of(pwd, pwd_len));
    for (int i = 0; i < AGENT_IDS; i++)
        a->sent_at[i] = INSTANT_NEVER;
    a->due = now;
    a->heard_at = now;
    a->resend = AGENT_RESEND_US;
    return true;
}

bool agent_started(const struct agent *a)
{
    return a->username[0] != '\0';
}

/* Each check is a transaction of its own; with the first ones lost a late answer still counts. */
bool agent_poll(struct agent *a, instant_us now, struct writer *w)
{
    if (now < a->due)
        return false;
    struct stun_request r = {.username = span_str(a->username),
                             .priority = PRIORITY,
                             .tiebreaker = a->tiebreaker,
                             .use_candidate = true};
    uint64_t high = agent_draw(&a->random), low = agent_draw(&a->random);
    memcpy(r.id, &high, sizeof high);
    memcpy(r.id + sizeof high, &low, STUN_ID_LEN - sizeof high);
    uint32_t place = a->next++ % AGENT_IDS;
    memcpy(a->id[place], r.id, STUN_ID_LEN);
    a->sent_at[place] = now;
    a->due = now + a->resend;
    a->resend = a->resend * 2 > AGENT_RESEND_MAX_US ? AGENT_RESEND_MAX_US : a->resend * 2;
    return stun_write_request(w, &r, &a->remote);
}

instant_us agent_deadline(const struct agent *a)
{
    if (!agent_started(a))
        return INSTANT_NEVER;
    return instant_min(a->due, a->heard_at + AGENT_EXPIRY_US);
}

static int find_id(const struct agent *a, const uint8_t id[STUN_ID_LEN])
{
    for (int i = 0; i < AGENT_IDS; i++)
        if (a->sent_at[i] != INSTANT_NEVER && memcmp(a->id[i], id, STUN_ID_LEN) == 0)
            return i;
    return -1;
}

static enum agent_result take_answer(struct agent *a, const struct stun_message *m, instant_us now)
{
    int place = find_id(a, m->id);
    if (place < 0 || !stun_verify(m, &a->remote))
        return AGENT_DROPPED;
    duration_us took = now - a->sent_at[place];
    a->round_trip_us = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    for (int i = 0; i < AGENT_IDS; i++)
        a->sent_at[i] = INSTANT_NEVER;
    a->heard_at = now;
    a->due = now + AGENT_CONSENT_US;
    a->resend = AGENT_RESEND_US;
    a->checked = true;
    return AGENT_CONSENTS;
}

/* A full agent checks the pair from its side: "ours:theirs" under our password. */
static enum agent_result take_check(const struct agent *a, const struct stun_message *m,
                                    struct writer *answer)
{
    bool named = m->username.len > AGENT_UFRAG_LEN && m->username.ptr[AGENT_UFRAG_LEN] == ':' &&
                 memcmp(m->username.ptr, a->ufrag, AGENT_UFRAG_LEN) == 0;
    if (!named || a->address.family == 0 || !stun_verify(m, &a->local))
        return AGENT_DROPPED;
    if (m->unknown_count > 0)
        return stun_write_error(answer, m, 420, &a->local) ? AGENT_ASKED : AGENT_DROPPED;
    return stun_write_success(answer, m->id, &a->address, &a->local) ? AGENT_ASKED : AGENT_DROPPED;
}

enum agent_result agent_input(struct agent *a, struct span datagram, instant_us now,
                              struct writer *answer)
{
    struct stun_message m;
    if (!agent_started(a) || stun_parse(&m, datagram) != ERR_OK || m.method != STUN_METHOD_BINDING)
        return AGENT_DROPPED;
    if (m.kind == STUN_REQUEST)
        return take_check(a, &m, answer);
    return m.kind == STUN_SUCCESS ? take_answer(a, &m, now) : AGENT_DROPPED;
}

bool agent_lost(const struct agent *a, instant_us now)
{
    return agent_started(a) && now - a->heard_at >= AGENT_EXPIRY_US;
}
