/* Tables without holes: a dropped row's place is taken by the last one. See memory.h. */
#include <string.h>

#include "account/memory_inner.h"

/* ---- finding ---- */

uint32_t memory_by_id(const struct memory *m, const uint8_t id[ACCOUNT_ID])
{
    for (uint32_t i = 0; i < m->accounts; i++)
        if (memory_same(m->account[i].id, id, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

static uint32_t by_name(const struct memory *m, const char *name)
{
    for (uint32_t i = 0; i < m->accounts; i++)
        if (strcmp(m->account[i].name, name) == 0)
            return i;
    return MEMORY_NONE;
}

static uint32_t by_lookup(const struct memory *m, const uint8_t lookup[ACCOUNT_HASH])
{
    for (uint32_t i = 0; i < m->credentials; i++)
        if (memory_same(m->credential[i].lookup, lookup, ACCOUNT_HASH))
            return i;
    return MEMORY_NONE;
}

static uint32_t by_hash(const struct memory *m, const uint8_t hash[ACCOUNT_HASH])
{
    for (uint32_t i = 0; i < m->sessions; i++)
        if (memory_same(m->session[i].hash, hash, ACCOUNT_HASH))
            return i;
    return MEMORY_NONE;
}

static uint32_t org_named(const struct memory *m, const char *name)
{
    for (uint32_t i = 0; i < m->orgs; i++)
        if (strcmp(m->org[i].name, name) == 0)
            return i;
    return MEMORY_NONE;
}

uint32_t memory_member_of(const struct memory *m, const struct account_membership *who)
{
    for (uint32_t i = 0; i < m->members; i++)
        if (memory_same(m->member[i].org, who->org, ACCOUNT_ID) &&
            memory_same(m->member[i].account, who->account, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

/* ---- accounts ---- */

static enum err credential_put(struct memory *m, const struct account_credential *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->credentials; i++)
        n += memory_same(m->credential[i].account, c->account, ACCOUNT_ID);
    if (by_lookup(m, c->lookup) != MEMORY_NONE)
        return ERR_CONFLICT;
    if (n >= ACCOUNT_CREDENTIALS || m->credentials == MEMORY_CREDENTIALS)
        return ERR_LIMIT;
    m->credential[m->credentials++] = *c;
    return ERR_OK;
}

static enum err account_put(struct memory *m, const struct account_ask *ask)
{
    const struct account_row *r = &ask->as.fresh.row;
    if (by_name(m, r->name) != MEMORY_NONE || memory_by_id(m, r->id) != MEMORY_NONE)
        return ERR_CONFLICT;
    if (m->accounts == MEMORY_ACCOUNTS)
        return ERR_LIMIT;
    TRY(credential_put(m, &ask->as.fresh.credential));
    m->account[m->accounts++] = *r;
    return ERR_OK;
}

static enum err account_get(const struct memory *m, uint32_t i, struct account_reply *out)
{
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.row[0] = m->account[i];
    out->count = 1;
    return ERR_OK;
}

static enum err account_set(struct memory *m, const struct account_row *r)
{
    uint32_t i = memory_by_id(m, r->id);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    m->account[i].disabled = r->disabled;
    return ERR_OK;
}

/* The row with the least name after `after`; MEMORY_NONE at the end. */
static uint32_t account_after(const struct memory *m, const char *after)
{
    uint32_t best = MEMORY_NONE;
    for (uint32_t i = 0; i < m->accounts; i++)
        if (strcmp(m->account[i].name, after) > 0 &&
            (best == MEMORY_NONE || strcmp(m->account[i].name, m->account[best].name) < 0))
            best = i;
    return best;
}

static enum err account_list(const struct memory *m, const char *after, struct account_reply *out)
{
    uint32_t i;
    while (out->count < ACCOUNT_PAGE && (i = account_after(m, after)) != MEMORY_NONE) {
        out->as.row[out->count++] = m->account[i];
        after = m->account[i].name;
    }
    out->more = out->count == ACCOUNT_PAGE && account_after(m, after) != MEMORY_NONE;
    return ERR_OK;
}

/* ---- credentials ---- */

static enum err credential_get(const struct memory *m, const struct account_credential *c,
                               struct account_reply *out)
{
    uint32_t i = by_lookup(m, c->lookup);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.credential[0] = m->credential[i];
    out->count = 1;
    return ERR_OK;
}

static enum err credential_set(struct memory *m, const struct account_credential *c)
{
    uint32_t i = by_lookup(m, c->lookup);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    struct account_credential *to = &m->credential[i];
    memcpy(to->key, c->key, sizeof to->key);
    to->key_len = c->key_len;
    to->used_s = c->used_s;
    return ERR_OK;
}

static enum err credential_list(const struct memory *m, const struct account_credential *c,
                                struct account_reply *out)
{
    for (uint32_t i = 0; i < m->credentials && out->count < ACCOUNT_PAGE; i++)
        if (memory_same(m->credential[i].account, c->account, ACCOUNT_ID))
            out->as.credential[out->count++] = m->credential[i];
    return ERR_OK;
}

static enum err credential_drop(struct memory *m, const struct account_credential *c)
{
    uint32_t i = by_lookup(m, c->lookup);
    if (i == MEMORY_NONE || !memory_same(m->credential[i].account, c->account, ACCOUNT_ID))
        return ERR_NOT_FOUND;
    uint32_t n = 0;
    for (uint32_t k = 0; k < m->credentials; k++)
        n += memory_same(m->credential[k].account, c->account, ACCOUNT_ID);
    if (n == 1)
        return ERR_STATE;
    m->credential[i] = m->credential[--m->credentials];
    return ERR_OK;
}

/* ---- sessions ---- */

static void session_remove(struct memory *m, uint32_t i)
{
    m->session[i] = m->session[--m->sessions];
}

/* Makes room: one person's least recently used, or, when the table is full, everybody's. */
static void session_room(struct memory *m, const uint8_t account[ACCOUNT_ID])
{
    uint32_t n = 0, oldest = MEMORY_NONE, oldest_of_all = MEMORY_NONE;
    for (uint32_t i = 0; i < m->sessions; i++) {
        if (oldest_of_all == MEMORY_NONE || m->session[i].used_s < m->session[oldest_of_all].used_s)
            oldest_of_all = i;
        if (!memory_same(m->session[i].account, account, ACCOUNT_ID))
            continue;
        n++;
        if (oldest == MEMORY_NONE || m->session[i].used_s < m->session[oldest].used_s)
            oldest = i;
    }
    if (n >= ACCOUNT_SESSIONS)
        session_remove(m, oldest);
    else if (m->sessions == MEMORY_ROWS_SESSIONS)
        session_remove(m, oldest_of_all);
}

/* The credential is there with that key, and its counter goes up where it counts. */
static enum err credential_usable(const struct memory *m, const struct account_credential *c)
{
    uint32_t i = by_lookup(m, c->lookup);
    const struct account_credential *to = &m->credential[i == MEMORY_NONE ? 0 : i];
    if (i == MEMORY_NONE || to->key_len != c->key_len || !memory_same(to->key, c->key, c->key_len))
        return ERR_NOT_FOUND;
    if (c->counter <= to->counter && (c->counter != 0 || to->counter != 0))
        return ERR_REPLAY;
    return ERR_OK;
}

static enum err session_put(struct memory *m, const struct account_ask *ask)
{
    const struct account_session *s = &ask->as.enter.session;
    uint32_t of = memory_by_id(m, s->account);
    const struct account_credential *c = &ask->as.enter.credential;
    if (of == MEMORY_NONE)
        return ERR_NOT_FOUND;
    if (m->account[of].disabled)
        return ERR_FORBIDDEN;
    if (ask->as.enter.checked)
        TRY(credential_usable(m, c));
    if (by_hash(m, s->hash) != MEMORY_NONE)
        return ERR_CONFLICT;
    if (ask->as.enter.checked) {
        m->credential[by_lookup(m, c->lookup)].counter = c->counter;
        m->credential[by_lookup(m, c->lookup)].used_s = c->used_s;
    }
    session_room(m, s->account);
    m->session[m->sessions++] = *s;
    return ERR_OK;
}

static enum err session_get(const struct memory *m, const struct account_session *s,
                            struct account_reply *out)
{
    uint32_t i = by_hash(m, s->hash);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.session[0] = m->session[i];
    out->count = 1;
    return ERR_OK;
}

static enum err session_used(struct memory *m, const struct account_session *s)
{
    uint32_t i = by_hash(m, s->hash);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    m->session[i].used_s = s->used_s;
    return ERR_OK;
}

/* Kept in order while it is filled: there are ACCOUNT_SESSIONS of one person at most. */
static enum err session_list(const struct memory *m, const struct account_session *s,
                             struct account_reply *out)
{
    for (uint32_t i = 0; i < m->sessions && out->count < ACCOUNT_PAGE; i++) {
        if (!memory_same(m->session[i].account, s->account, ACCOUNT_ID))
            continue;
        uint32_t at = out->count++;
        for (; at > 0 && out->as.session[at - 1].used_s < m->session[i].used_s; at--)
            out->as.session[at] = out->as.session[at - 1];
        out->as.session[at] = m->session[i];
    }
    return ERR_OK;
}

static enum err session_drop(struct memory *m, const struct account_session *s)
{
    uint32_t i = by_hash(m, s->hash);
    if (i == MEMORY_NONE || !memory_same(m->session[i].account, s->account, ACCOUNT_ID))
        return ERR_NOT_FOUND;
    session_remove(m, i);
    return ERR_OK;
}

static enum err session_clear(struct memory *m, const struct account_session *s)
{
    for (uint32_t i = m->sessions; i-- > 0;)
        if (memory_same(m->session[i].account, s->account, ACCOUNT_ID) &&
            !memory_same(m->session[i].hash, s->hash, ACCOUNT_HASH))
            session_remove(m, i);
    return ERR_OK;
}

/* ---- organisations ---- */

static bool last_owner(const struct memory *m, uint32_t member)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->members; i++)
        n += m->member[i].role == ACCOUNT_OWNER &&
             memory_same(m->member[i].org, m->member[member].org, ACCOUNT_ID);
    return n == 1 && m->member[member].role == ACCOUNT_OWNER;
}

enum err memory_member_put(struct memory *m, const struct account_membership *who)
{
    uint32_t i = memory_member_of(m, who);
    if (i == MEMORY_NONE && m->members == MEMORY_MEMBERS)
        return ERR_LIMIT;
    if (i != MEMORY_NONE && who->role != ACCOUNT_OWNER && last_owner(m, i))
        return ERR_STATE;
    if (i == MEMORY_NONE)
        i = m->members++;
    m->member[i] = *who;
    return ERR_OK;
}

static enum err org_put(struct memory *m, const struct account_ask *ask)
{
    if (org_named(m, ask->as.org.org.name) != MEMORY_NONE)
        return ERR_CONFLICT;
    if (m->orgs == MEMORY_ORGS)
        return ERR_LIMIT;
    TRY(memory_member_put(m, &ask->as.org.owner));
    m->org[m->orgs++] = ask->as.org.org;
    return ERR_OK;
}

static enum err org_get(const struct memory *m, uint32_t i, struct account_reply *out)
{
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.org[0] = m->org[i];
    out->count = 1;
    return ERR_OK;
}

uint32_t memory_org_of(const struct memory *m, const uint8_t id[ACCOUNT_ID])
{
    for (uint32_t i = 0; i < m->orgs; i++)
        if (memory_same(m->org[i].id, id, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

/* Kept in order while it is filled. */
static enum err org_mine(const struct memory *m, const struct account_membership *who,
                         struct account_reply *out)
{
    struct account_membership each = *who;
    for (uint32_t i = 0; i < m->orgs && out->count < ACCOUNT_PAGE; i++) {
        memcpy(each.org, m->org[i].id, sizeof each.org);
        if (memory_member_of(m, &each) == MEMORY_NONE)
            continue;
        uint32_t at = out->count++;
        for (; at > 0 && memcmp(out->as.org[at - 1].id, each.org, ACCOUNT_ID) > 0; at--)
            out->as.org[at] = out->as.org[at - 1];
        out->as.org[at] = m->org[i];
    }
    return ERR_OK;
}

static uint32_t org_after(const struct memory *m, const char *after)
{
    uint32_t best = MEMORY_NONE;
    for (uint32_t i = 0; i < m->orgs; i++)
        if (strcmp(m->org[i].name, after) > 0 &&
            (best == MEMORY_NONE || strcmp(m->org[i].name, m->org[best].name) < 0))
            best = i;
    return best;
}

static enum err org_list(const struct memory *m, const char *after, struct account_reply *out)
{
    uint32_t i;
    while (out->count < ACCOUNT_PAGE && (i = org_after(m, after)) != MEMORY_NONE) {
        out->as.org[out->count++] = m->org[i];
        after = m->org[i].name;
    }
    out->more = out->count == ACCOUNT_PAGE && org_after(m, after) != MEMORY_NONE;
    return ERR_OK;
}

static enum err member_drop(struct memory *m, const struct account_membership *who)
{
    uint32_t i = memory_member_of(m, who);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    if (last_owner(m, i))
        return ERR_STATE;
    m->member[i] = m->member[--m->members];
    for (uint32_t b = m->blocks; b-- > 0;)
        if (memory_same(m->block[b].account, who->account, ACCOUNT_ID) &&
            memory_same(m->block[b].by, who->org, ACCOUNT_ID))
            m->block[b] = m->block[--m->blocks];
    return ERR_OK;
}

static enum err member_get(const struct memory *m, const struct account_membership *who,
                           struct account_reply *out)
{
    uint32_t i = memory_member_of(m, who);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    out->as.member[0] = m->member[i];
    memset(out->as.member[0].name, 0, sizeof out->as.member[0].name);
    out->count = 1;
    return ERR_OK;
}

static const char *member_name(const struct memory *m, uint32_t i)
{
    uint32_t account = memory_by_id(m, m->member[i].account);
    return account == MEMORY_NONE ? "" : m->account[account].name;
}

static uint32_t member_after(const struct memory *m, const struct account_membership *from,
                             const char *after)
{
    uint32_t best = MEMORY_NONE;
    for (uint32_t i = 0; i < m->members; i++)
        if (memory_same(m->member[i].org, from->org, ACCOUNT_ID) &&
            strcmp(member_name(m, i), after) > 0 &&
            (best == MEMORY_NONE || strcmp(member_name(m, i), member_name(m, best)) < 0))
            best = i;
    return best;
}

static enum err member_list(const struct memory *m, const struct account_membership *from,
                            struct account_reply *out)
{
    const char *after = from->name;
    uint32_t i;
    while (out->count < ACCOUNT_PAGE && (i = member_after(m, from, after)) != MEMORY_NONE) {
        struct account_membership *to = &out->as.member[out->count++];
        *to = m->member[i];
        after = member_name(m, i);
        memcpy(to->name, after, strlen(after) + 1);
    }
    out->more = out->count == ACCOUNT_PAGE && member_after(m, from, after) != MEMORY_NONE;
    return ERR_OK;
}

static enum err member_owners(const struct memory *m, const struct account_membership *from,
                              struct account_reply *out)
{
    for (uint32_t i = 0; i < m->members && out->count < ACCOUNT_PAGE; i++)
        if (memory_same(m->member[i].org, from->org, ACCOUNT_ID) &&
            m->member[i].role == ACCOUNT_OWNER)
            out->as.member[out->count++] = m->member[i];
    return ERR_OK;
}

/* ---- blocks ---- */

static uint32_t block_of(const struct memory *m, const struct account_block *b)
{
    for (uint32_t i = 0; i < m->blocks; i++)
        if (m->block[i].feature == b->feature &&
            memory_same(m->block[i].account, b->account, ACCOUNT_ID))
            return i;
    return MEMORY_NONE;
}

/* An organisation changes its own blocks alone, an operator any. */
static bool block_may(const struct memory *m, uint32_t i, const struct account_block *b)
{
    static const uint8_t nobody[ACCOUNT_ID];
    return i == MEMORY_NONE || memory_same(b->by, nobody, ACCOUNT_ID) ||
           memory_same(b->by, m->block[i].by, ACCOUNT_ID);
}

static enum err block_put(struct memory *m, const struct account_block *b)
{
    uint32_t i = block_of(m, b);
    if (!block_may(m, i, b))
        return ERR_FORBIDDEN;
    if (i == MEMORY_NONE && m->blocks == MEMORY_BLOCKS)
        return ERR_LIMIT;
    m->block[i == MEMORY_NONE ? m->blocks++ : i] = *b;
    return ERR_OK;
}

static enum err block_drop(struct memory *m, const struct account_block *b)
{
    uint32_t i = block_of(m, b);
    if (i == MEMORY_NONE)
        return ERR_NOT_FOUND;
    if (!block_may(m, i, b))
        return ERR_FORBIDDEN;
    m->block[i] = m->block[--m->blocks];
    return ERR_OK;
}

static enum err block_list(const struct memory *m, struct account_block like,
                           struct account_reply *out)
{
    for (like.feature = 0; like.feature < ACCOUNT_FEATURES; like.feature++) {
        uint32_t i = block_of(m, &like);
        if (i != MEMORY_NONE)
            out->as.block[out->count++] = m->block[i];
    }
    return ERR_OK;
}

/* ---- everything about one ---- */

static enum err account_drop(struct memory *m, const uint8_t id[ACCOUNT_ID])
{
    struct account_session all = {.used_s = 0};
    uint32_t at = memory_by_id(m, id);
    if (at == MEMORY_NONE)
        return ERR_NOT_FOUND;
    for (uint32_t i = 0; i < m->members; i++)
        if (memory_same(m->member[i].account, id, ACCOUNT_ID) && last_owner(m, i))
            return ERR_STATE;
    for (uint32_t i = m->members; i-- > 0;)
        if (memory_same(m->member[i].account, id, ACCOUNT_ID))
            m->member[i] = m->member[--m->members];
    for (uint32_t i = m->blocks; i-- > 0;)
        if (memory_same(m->block[i].account, id, ACCOUNT_ID))
            m->block[i] = m->block[--m->blocks];
    for (uint32_t i = m->credentials; i-- > 0;)
        if (memory_same(m->credential[i].account, id, ACCOUNT_ID))
            m->credential[i] = m->credential[--m->credentials];
    memory_device_clear(m, id);
    memory_places_clear(m, id);
    memcpy(all.account, id, ACCOUNT_ID);
    TRY(session_clear(m, &all));
    m->account[at] = m->account[--m->accounts];
    return ERR_OK;
}

/* The name alone: what is stored is the store's to say. */
static enum err give_out(const struct memory *m, const struct account_piece *like,
                         struct account_reply *out)
{
    uint32_t at = memory_by_id(m, like->account);
    if (at == MEMORY_NONE)
        return ERR_NOT_FOUND;
    const char *name = m->account[at].name;
    uint32_t total = (uint32_t)strlen(name);
    if (like->from >= total)
        return ERR_NOT_FOUND;
    struct account_piece *p = &out->as.piece[out->count++];
    *p = (struct account_piece){
        .total = total, .from = like->from, .len = (uint16_t)(total - like->from)};
    memcpy(p->bytes, name + like->from, p->len);
    return ERR_OK;
}

static enum err usage_list(const struct memory *m, const struct account_usage *ask,
                           struct account_reply *out)
{
    struct account_usage *u = &out->as.usage[0];
    *u = *ask;
    for (uint8_t i = 0; i < m->usage.count && memory_same(m->usage.org, ask->org, ACCOUNT_ID); i++)
        if (m->usage.day[i].day_s >= ask->from_s && m->usage.day[i].day_s < ask->until_s)
            u->day[u->count++] = m->usage.day[i];
    out->count = u->count > 0;
    return ERR_OK;
}

/* ---- asking ---- */

static enum err answer_rest(struct memory *m, const struct account_ask *ask,
                            struct account_reply *out)
{
    switch (ask->type) {
    case ASK_BLOCK_PUT:
        return block_put(m, &ask->as.block);
    case ASK_BLOCK_DROP:
        return block_drop(m, &ask->as.block);
    case ASK_BLOCK_LIST:
        return block_list(m, ask->as.block, out);
    case ASK_GRANT_PUT:
        return memory_grant_put(m, &ask->as.grant);
    case ASK_GRANT_GET:
        return memory_grant_get(m, &ask->as.grant, out);
    case ASK_GRANT_LIST:
        return memory_grant_list(m, ask->as.grant, out);
    case ASK_GRANT_DROP:
        return memory_grant_drop(m, &ask->as.grant);
    case ASK_GRANT_TAKE:
        return memory_grant_take(m, ask);
    case ASK_MEETING_GET:
        return memory_meeting_get(m, &ask->as.meeting, out);
    case ASK_MEETING_LIST:
        return memory_meeting_list(m, ask->as.meeting, out);
    case ASK_MEETING_END:
        return memory_meeting_end(m, &ask->as.meeting, out);
    case ASK_HOOK_PUT:
        return memory_hook_put(m, &ask->as.hook);
    case ASK_HOOK_LIST:
        return memory_hook_list(m, &ask->as.hook, out);
    case ASK_HOOK_DROP:
        return memory_hook_drop(m, &ask->as.hook);
    case ASK_DEVICE_PUT:
    case ASK_DEVICE_GET:
    case ASK_DEVICE_LIST:
    case ASK_DEVICE_DROP:
        return memory_device(m, ask, out);
    case ASK_USAGE_LIST:
        return usage_list(m, &ask->as.usage, out);
    case ASK_PLACES_GET:
    case ASK_PLACES_PUT:
    case ASK_PLACES_ABOVE:
        return memory_places(m, ask, out);
    case ASK_ORG_GET:
        return org_get(m, memory_org_of(m, ask->as.org.org.id), out);
    case ASK_ORG_MINE:
        return org_mine(m, &ask->as.member, out);
    case ASK_MEMBER_GET:
        return member_get(m, &ask->as.member, out);
    case ASK_ACCOUNT_DROP:
        return account_drop(m, ask->as.row.id);
    case ASK_EXPORT:
        return give_out(m, &ask->as.piece, out);
    default: /* the rest: answer */
        return ERR_UNSUPPORTED;
    }
}

static enum err answer_credentials(struct memory *m, const struct account_ask *ask,
                                   struct account_reply *out)
{
    const struct account_credential *c = &ask->as.credential;
    switch (ask->type) {
    case ASK_CREDENTIAL_PUT:
        return credential_put(m, c);
    case ASK_CREDENTIAL_GET:
        return credential_get(m, c, out);
    case ASK_CREDENTIAL_SET:
        return credential_set(m, c);
    case ASK_CREDENTIAL_LIST:
        return credential_list(m, c, out);
    case ASK_CREDENTIAL_DROP:
        return credential_drop(m, c);
    default: /* the rest: answer */
        return ERR_UNSUPPORTED;
    }
}

static enum err answer(struct memory *m, const struct account_ask *ask, struct account_reply *out)
{
    switch (ask->type) {
    case ASK_ACCOUNT_PUT:
        return account_put(m, ask);
    case ASK_ACCOUNT_NAMED:
        return account_get(m, by_name(m, ask->as.row.name), out);
    case ASK_ACCOUNT_GET:
        return account_get(m, memory_by_id(m, ask->as.row.id), out);
    case ASK_ACCOUNT_SET:
        return account_set(m, &ask->as.row);
    case ASK_ACCOUNT_LIST:
        return account_list(m, ask->as.row.name, out);
    case ASK_CREDENTIAL_PUT:
    case ASK_CREDENTIAL_GET:
    case ASK_CREDENTIAL_SET:
    case ASK_CREDENTIAL_LIST:
    case ASK_CREDENTIAL_DROP:
        return answer_credentials(m, ask, out);
    case ASK_SESSION_PUT:
        return session_put(m, ask);
    case ASK_SESSION_GET:
        return session_get(m, &ask->as.session, out);
    case ASK_SESSION_USED:
        return session_used(m, &ask->as.session);
    case ASK_SESSION_LIST:
        return session_list(m, &ask->as.session, out);
    case ASK_SESSION_DROP:
        return session_drop(m, &ask->as.session);
    case ASK_SESSION_CLEAR:
        return session_clear(m, &ask->as.session);
    case ASK_ORG_PUT:
        return org_put(m, ask);
    case ASK_ORG_NAMED:
        return org_get(m, org_named(m, ask->as.org.org.name), out);
    case ASK_ORG_LIST:
        return org_list(m, ask->as.org.org.name, out);
    case ASK_MEMBER_PUT:
        return memory_member_put(m, &ask->as.member);
    case ASK_MEMBER_DROP:
        return member_drop(m, &ask->as.member);
    case ASK_MEMBER_LIST:
        return member_list(m, &ask->as.member, out);
    case ASK_MEMBER_OWNERS:
        return member_owners(m, &ask->as.member, out);
    default:
        return answer_rest(m, ask, out);
    }
}

void memory_ask(struct memory *m, const struct account_ask *ask, struct account_reply *out)
{
    out->request = ask->request;
    out->count = 0;
    out->more = false;
    out->result = answer(m, ask, out);
}
