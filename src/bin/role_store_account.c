/* Questions of the account core as rows of the store: each is one transaction where it touches more
 * than one row. knows: both shapes. knows not: why it is asked. owns: nothing. */
#include <assert.h>
#include <string.h>

#include "account/account.h"
#include "base/bug.h"
#include "bin/role_store.h"

#define DAY_MS ((int64_t)86400 * 1000)

enum { DISABLED = 1 }; /* accounts.state */

static_assert((int)ACCOUNT_ID == (int)STORE_ID, "both name an account by the same bytes");
static_assert((int)ACCOUNT_KEY <= 512 && (int)ACCOUNT_LABEL <= 64, "what is asked fits its column");
static_assert((int)ACCOUNT_OWNER == 2 && (int)ACCOUNT_ADMIN == 1, "roles as in schema.def");

/* ---- shapes ---- */

static void copy_text(char *out, size_t size, const char *in)
{
    size_t len = strnlen(in, size - 1);
    memcpy(out, in, len);
    memset(out + len, 0, size - len);
}

static struct store_account account_in(const struct account_row *r)
{
    struct store_account a = {.state = r->disabled ? DISABLED : 0,
                              .created_ms = r->created_s * 1000,
                              .seen_ms = r->created_s * 1000 / DAY_MS * DAY_MS};
    memcpy(a.id, r->id, sizeof a.id);
    copy_text(a.login, sizeof a.login, r->name);
    return a;
}

static struct account_row account_out(const struct store_account *a)
{
    struct account_row r;
    memset(&r, 0, sizeof r);
    memcpy(r.id, a->id, sizeof r.id);
    copy_text(r.name, sizeof r.name, a->login);
    r.created_s = a->created_ms / 1000;
    r.disabled = a->state == DISABLED;
    return r;
}

static struct store_credential credential_in(const struct account_credential *c)
{
    static const int64_t kinds[ACCOUNT_MEANS_] = {
        [ACCOUNT_BY_PASSKEY] = 1, [ACCOUNT_BY_PASSWORD] = 2, [ACCOUNT_BY_PROVIDER] = 3};
    struct store_credential out = {.kind = kinds[c->means],
                                   .key_id_len = c->id_len,
                                   .algorithm = c->alg,
                                   .proof_len = c->key_len,
                                   .sign_count = c->counter,
                                   .created_ms = c->created_s * 1000,
                                   .used_ms = c->used_s * 1000};
    memcpy(out.id, c->lookup, sizeof out.id);
    memcpy(out.account, c->account, sizeof out.account);
    memcpy(out.key_id, c->id, c->id_len);
    memcpy(out.proof, c->key, c->key_len);
    copy_text(out.name, sizeof out.name, c->label);
    return out;
}

static enum account_means means_out(int64_t kind)
{
    return kind == 1 ? ACCOUNT_BY_PASSKEY : kind == 2 ? ACCOUNT_BY_PASSWORD : ACCOUNT_BY_PROVIDER;
}

/* ERR_IO: a row that this program did not write. */
static enum err credential_out(const struct store_credential *c, struct account_credential *out)
{
    memset(out, 0, sizeof *out);
    if (c->proof_len > sizeof out->key || c->key_id_len > sizeof out->id || c->sign_count < 0 ||
        c->sign_count > UINT32_MAX || c->algorithm < INT32_MIN || c->algorithm > INT32_MAX)
        return ERR_IO;
    memcpy(out->lookup, c->id, sizeof out->lookup);
    memcpy(out->account, c->account, sizeof out->account);
    out->means = (uint8_t)means_out(c->kind);
    out->alg = (int32_t)c->algorithm;
    out->key_len = (uint16_t)c->proof_len;
    out->id_len = (uint16_t)c->key_id_len;
    memcpy(out->key, c->proof, c->proof_len);
    memcpy(out->id, c->key_id, c->key_id_len);
    out->counter = (uint32_t)c->sign_count;
    out->created_s = c->created_ms / 1000;
    out->used_s = c->used_ms / 1000;
    copy_text(out->label, sizeof out->label, c->name);
    return ERR_OK;
}

/* When it is over, unless it is used again. */
static int64_t expiry_ms(const struct account_session *s)
{
    int64_t idle = s->used_s + ACCOUNT_IDLE_S, life = s->created_s + ACCOUNT_LIFE_S;
    return (idle < life ? idle : life) * 1000;
}

static struct store_session session_in(const struct account_session *s)
{
    struct store_session out = {.means = s->means == ACCOUNT_BY_PASSKEY    ? 1
                                         : s->means == ACCOUNT_BY_PASSWORD ? 2
                                                                           : 3,
                                .created_ms = s->created_s * 1000,
                                .used_ms = s->used_s * 1000,
                                .expires_ms = expiry_ms(s)};
    memcpy(out.token_hash, s->hash, sizeof out.token_hash);
    memcpy(out.account, s->account, sizeof out.account);
    copy_text(out.device, sizeof out.device, s->device);
    return out;
}

static struct account_session session_out(const struct store_session *s)
{
    struct account_session out;
    memset(&out, 0, sizeof out);
    memcpy(out.hash, s->token_hash, sizeof out.hash);
    memcpy(out.account, s->account, sizeof out.account);
    out.means = (uint8_t)means_out(s->means);
    out.created_s = s->created_ms / 1000;
    out.used_s = s->used_ms / 1000;
    copy_text(out.device, sizeof out.device, s->device);
    return out;
}

static struct account_org org_out(const struct store_organisation *o)
{
    struct account_org out;
    memset(&out, 0, sizeof out);
    memcpy(out.id, o->id, sizeof out.id);
    copy_text(out.name, sizeof out.name, o->name);
    out.created_s = o->created_ms / 1000;
    return out;
}

/* ---- accounts ---- */

/* The first row after `after` in the order of logins; ERR_NOT_FOUND unless it has that login. */
static enum err named(struct store *s, const char *name, struct store_account *out)
{
    struct store_account like = {.state = 0};
    struct store_list l = {STORE_ACCOUNTS, .by = "login", .like = &like, .rows = out, .cap = 1};
    copy_text(like.login, sizeof like.login, name);
    TRY(store_list(s, &l));
    return l.count == 1 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err account_get(struct store *s, const struct account_ask *ask,
                            struct account_reply *out)
{
    struct store_account a = {.state = 0};
    memcpy(a.id, ask->as.row.id, sizeof a.id);
    TRY(ask->type == ASK_ACCOUNT_NAMED ? named(s, ask->as.row.name, &a) : store_get_account(s, &a));
    out->as.row[0] = account_out(&a);
    out->count = 1;
    return ERR_OK;
}

static enum err account_put(struct store *s, const struct account_ask *ask)
{
    struct store_account a = account_in(&ask->as.fresh.row);
    struct store_credential c = credential_in(&ask->as.fresh.credential);
    TRY(store_put_account(s, &a));
    return store_put_credential(s, &c);
}

static enum err account_set(struct store *s, const struct account_ask *ask)
{
    struct store_account a = {.state = 0};
    memcpy(a.id, ask->as.row.id, sizeof a.id);
    TRY(store_get_account(s, &a));
    a.state = ask->as.row.disabled ? DISABLED : 0;
    return store_set_account(s, &a);
}

static enum err account_list(struct store *s, const struct account_ask *ask,
                             struct account_reply *out)
{
    static struct store_account rows[ACCOUNT_PAGE];
    struct store_account after = {.state = 0};
    struct store_list l = {STORE_ACCOUNTS, .sort = "login", .after = &after, .rows = rows,
                           .cap = ACCOUNT_PAGE};
    copy_text(after.login, sizeof after.login, ask->as.row.name);
    TRY(store_list(s, &l));
    for (size_t i = 0; i < l.count; i++)
        out->as.row[i] = account_out(&rows[i]);
    out->count = (uint32_t)l.count;
    out->more = l.more;
    return ERR_OK;
}

/* ---- credentials ---- */

static enum err credentials_of(struct store *s, const uint8_t account[ACCOUNT_ID],
                               struct store_list *l, struct store_credential *rows)
{
    struct store_credential like = {.kind = 0};
    memcpy(like.account, account, sizeof like.account);
    *l = (struct store_list){STORE_CREDENTIALS, .by = "account", .rows = rows,
                             .cap = ACCOUNT_CREDENTIALS};
    l->like = &like;
    return store_list(s, l);
}

static enum err credential_put(struct store *s, const struct account_credential *c)
{
    static struct store_credential rows[ACCOUNT_CREDENTIALS];
    struct store_credential row = credential_in(c);
    struct store_list l;
    TRY(credentials_of(s, c->account, &l, rows));
    if (l.count >= ACCOUNT_CREDENTIALS)
        return ERR_LIMIT;
    return store_put_credential(s, &row);
}

static enum err credential_get(struct store *s, const struct account_credential *c,
                               struct account_reply *out)
{
    struct store_credential row = {.kind = 0};
    memcpy(row.id, c->lookup, sizeof row.id);
    TRY(store_get_credential(s, &row));
    TRY(credential_out(&row, &out->as.credential[0]));
    out->count = 1;
    return ERR_OK;
}

static enum err credential_set(struct store *s, const struct account_credential *c)
{
    struct store_credential row = {.kind = 0};
    memcpy(row.id, c->lookup, sizeof row.id);
    TRY(store_get_credential(s, &row));
    memset(row.proof, 0, sizeof row.proof);
    memcpy(row.proof, c->key, c->key_len);
    row.proof_len = c->key_len;
    row.used_ms = c->used_s * 1000;
    return store_set_credential(s, &row);
}

static enum err credential_list(struct store *s, const struct account_credential *c,
                                struct account_reply *out)
{
    static struct store_credential rows[ACCOUNT_CREDENTIALS];
    struct store_list l;
    static_assert((int)ACCOUNT_CREDENTIALS <= (int)ACCOUNT_PAGE, "all are on one page");
    TRY(credentials_of(s, c->account, &l, rows));
    for (size_t i = 0; i < l.count; i++)
        TRY(credential_out(&rows[i], &out->as.credential[i]));
    out->count = (uint32_t)l.count;
    return ERR_OK;
}

static enum err credential_drop(struct store *s, const struct account_credential *c)
{
    static struct store_credential rows[ACCOUNT_CREDENTIALS];
    struct store_list l;
    TRY(credentials_of(s, c->account, &l, rows));
    for (size_t i = 0; i < l.count; i++)
        if (memcmp(rows[i].id, c->lookup, sizeof rows[i].id) == 0)
            return l.count == 1 ? ERR_STATE : store_drop_credential(s, &rows[i]);
    return ERR_NOT_FOUND;
}

/* ---- sessions ---- */

/* Of one person, the latest used first: there are ACCOUNT_SESSIONS at most. */
static enum err sessions_of(struct store *s, const uint8_t account[ACCOUNT_ID],
                            struct store_session *rows, size_t *count)
{
    struct store_session like = {.means = 0};
    struct store_list l = {STORE_SESSIONS, .by = "account", .like = &like, .rows = rows,
                           .cap = ACCOUNT_SESSIONS};
    memcpy(like.account, account, sizeof like.account);
    TRY(store_list(s, &l));
    for (size_t i = 1; i < l.count; i++) {
        struct store_session one = rows[i];
        size_t at = i;
        for (; at > 0 && rows[at - 1].used_ms < one.used_ms; at--)
            rows[at] = rows[at - 1];
        rows[at] = one;
    }
    *count = l.count;
    return ERR_OK;
}

static enum err session_put(struct store *s, const struct account_ask *ask)
{
    static struct store_session rows[ACCOUNT_SESSIONS];
    const struct account_session *in = &ask->as.enter.session;
    struct store_session row = session_in(in);
    struct store_credential c = credential_in(&ask->as.enter.credential);
    struct store_account a = {.state = 0};
    size_t count;
    memcpy(a.id, in->account, sizeof a.id);
    TRY(store_get_account(s, &a));
    if (a.state != 0)
        return ERR_FORBIDDEN;
    if (ask->as.enter.checked)
        TRY(store_use_credential(s, &c));
    if (a.seen_ms < row.created_ms / DAY_MS * DAY_MS) {
        a.seen_ms = row.created_ms / DAY_MS * DAY_MS; /* the day is all that is kept */
        TRY(store_set_account(s, &a));
    }
    TRY(sessions_of(s, in->account, rows, &count));
    if (count >= ACCOUNT_SESSIONS)
        TRY(store_drop_session(s, &rows[count - 1]));
    return store_put_session(s, &row);
}

/* The row of that token; *row untouched unless there is one. */
static enum err session_row(struct store *s, const struct account_session *in,
                            struct store_session *row)
{
    memset(row, 0, sizeof *row);
    memcpy(row->token_hash, in->hash, sizeof row->token_hash);
    return store_get_session(s, row);
}

static enum err session_get(struct store *s, const struct account_session *in,
                            struct account_reply *out)
{
    struct store_session row;
    TRY(session_row(s, in, &row));
    out->as.session[0] = session_out(&row);
    out->count = 1;
    return ERR_OK;
}

static enum err session_used(struct store *s, const struct account_session *in)
{
    struct store_session row;
    TRY(session_row(s, in, &row));
    struct account_session now = session_out(&row);
    now.used_s = in->used_s;
    row.used_ms = in->used_s * 1000;
    row.expires_ms = expiry_ms(&now);
    return store_set_session(s, &row);
}

static enum err session_list(struct store *s, const struct account_session *in,
                             struct account_reply *out)
{
    static struct store_session rows[ACCOUNT_SESSIONS];
    size_t count;
    static_assert((int)ACCOUNT_SESSIONS <= (int)ACCOUNT_PAGE, "all are on one page");
    TRY(sessions_of(s, in->account, rows, &count));
    for (size_t i = 0; i < count; i++)
        out->as.session[i] = session_out(&rows[i]);
    out->count = (uint32_t)count;
    return ERR_OK;
}

static enum err session_drop(struct store *s, const struct account_session *in)
{
    struct store_session row;
    TRY(session_row(s, in, &row));
    return memcmp(row.account, in->account, sizeof row.account) == 0 ? store_drop_session(s, &row)
                                                                     : ERR_NOT_FOUND;
}

static enum err session_clear(struct store *s, const struct account_session *in)
{
    struct store_session kept, like = {.means = 0};
    memcpy(like.account, in->account, sizeof like.account);
    enum err e = session_row(s, in, &kept);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    bool keep = e == ERR_OK && memcmp(kept.account, in->account, sizeof kept.account) == 0;
    TRY(store_drop_by(s, STORE_SESSIONS, "account", &like, NULL));
    return keep ? store_put_session(s, &kept) : ERR_OK;
}

/* ---- organisations ---- */

static enum err org_put(struct store *s, const struct account_ask *ask)
{
    const struct account_org *in = &ask->as.org.org;
    const struct account_membership *who = &ask->as.org.owner;
    struct store_organisation o = {.created_ms = in->created_s * 1000};
    struct store_membership m = {.role = who->role, .created_ms = in->created_s * 1000};
    memcpy(o.id, in->id, sizeof o.id);
    copy_text(o.name, sizeof o.name, in->name);
    memcpy(m.organisation, who->org, sizeof m.organisation);
    memcpy(m.account, who->account, sizeof m.account);
    TRY(store_put_organisation(s, &o));
    return store_put_membership(s, &m);
}

static enum err org_named(struct store *s, const struct account_ask *ask, struct account_reply *out)
{
    struct store_organisation like = {.profile = 0}, row;
    struct store_list l = {STORE_ORGANISATIONS, .by = "name", .like = &like, .rows = &row,
                           .cap = 1};
    copy_text(like.name, sizeof like.name, ask->as.org.org.name);
    TRY(store_list(s, &l));
    if (l.count == 0)
        return ERR_NOT_FOUND;
    out->as.org[0] = org_out(&row);
    out->count = 1;
    return ERR_OK;
}

static enum err org_list(struct store *s, const struct account_ask *ask, struct account_reply *out)
{
    static struct store_organisation rows[ACCOUNT_PAGE];
    struct store_organisation after = {.profile = 0};
    struct store_list l = {STORE_ORGANISATIONS, .sort = "name", .after = &after, .rows = rows,
                           .cap = ACCOUNT_PAGE};
    copy_text(after.name, sizeof after.name, ask->as.org.org.name);
    TRY(store_list(s, &l));
    for (size_t i = 0; i < l.count; i++)
        out->as.org[i] = org_out(&rows[i]);
    out->count = (uint32_t)l.count;
    out->more = l.more;
    return ERR_OK;
}

/* Inside the transaction that changes a member: whether an owner is left. */
static enum err keeps_an_owner(struct store *s, const uint8_t org[ACCOUNT_ID])
{
    struct store_member row;
    struct store_members m = {
        .organisation = org, .role = ACCOUNT_OWNER, .after = "", .rows = &row, .cap = 1};
    TRY(store_list_members(s, &m));
    return m.count > 0 ? ERR_OK : ERR_STATE;
}

static enum err member_put(struct store *s, const struct account_membership *who)
{
    struct store_membership m = {.role = 0};
    memcpy(m.organisation, who->org, sizeof m.organisation);
    memcpy(m.account, who->account, sizeof m.account);
    enum err e = store_get_membership(s, &m);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    m.role = who->role;
    TRY(e == ERR_OK ? store_set_membership(s, &m) : store_put_membership(s, &m));
    return keeps_an_owner(s, who->org);
}

static enum err member_drop(struct store *s, const struct account_membership *who)
{
    struct store_membership m = {.role = 0};
    memcpy(m.organisation, who->org, sizeof m.organisation);
    memcpy(m.account, who->account, sizeof m.account);
    TRY(store_drop_membership(s, &m));
    TRY(store_grant_unblock(s, who));
    return keeps_an_owner(s, who->org);
}

static enum err member_list(struct store *s, const struct account_ask *ask,
                            struct account_reply *out)
{
    static struct store_member rows[ACCOUNT_PAGE];
    const struct account_membership *in = &ask->as.member;
    bool owners = ask->type == ASK_MEMBER_OWNERS;
    struct store_members m = {.organisation = in->org,
                              .role = owners ? ACCOUNT_OWNER : ACCOUNT_MEMBER,
                              .after = owners ? "" : in->name,
                              .rows = rows,
                              .cap = ACCOUNT_PAGE};
    TRY(store_list_members(s, &m));
    for (size_t i = 0; i < m.count; i++) {
        struct account_membership *to = &out->as.member[i];
        memset(to, 0, sizeof *to);
        memcpy(to->org, in->org, sizeof to->org);
        memcpy(to->account, rows[i].account, sizeof to->account);
        to->role = (uint8_t)(rows[i].role < ACCOUNT_ROLE_COUNT_ ? rows[i].role : 0);
        copy_text(to->name, sizeof to->name, rows[i].login);
    }
    out->count = (uint32_t)m.count;
    out->more = m.more;
    return ERR_OK;
}

/* ---- blocks ---- */

/* An organisation changes its own blocks alone, an operator any. */
static enum err block_may(struct store *s, const struct account_block *in)
{
    static const uint8_t nobody[ACCOUNT_ID];
    struct store_block b = {.feature = in->feature};
    memcpy(b.account, in->account, sizeof b.account);
    if (memcmp(in->by, nobody, sizeof nobody) == 0)
        return ERR_OK;
    enum err e = store_get_block(s, &b);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    bool own = b.set_by_len == sizeof in->by && memcmp(b.set_by, in->by, sizeof in->by) == 0;
    return own ? ERR_OK : ERR_FORBIDDEN;
}

static enum err block_put(struct store *s, const struct account_block *in)
{
    static const uint8_t nobody[ACCOUNT_ID];
    struct store_block b = {.feature = in->feature, .created_ms = in->created_s * 1000};
    TRY(block_may(s, in));
    memcpy(b.account, in->account, sizeof b.account);
    b.set_by_len = memcmp(in->by, nobody, sizeof nobody) == 0 ? 0 : sizeof in->by;
    memcpy(b.set_by, in->by, b.set_by_len);
    copy_text(b.reason, sizeof b.reason, in->why);
    enum err e = store_set_block(s, &b);
    return e == ERR_NOT_FOUND ? store_put_block(s, &b) : e;
}

static enum err block_drop(struct store *s, const struct account_block *in)
{
    struct store_block b = {.feature = in->feature};
    TRY(block_may(s, in));
    memcpy(b.account, in->account, sizeof b.account);
    return store_drop_block(s, &b);
}

static enum err block_list(struct store *s, const struct account_block *in,
                           struct account_reply *out)
{
    static struct store_block rows[ACCOUNT_FEATURES];
    struct store_block like = {.feature = 0};
    struct store_list l = {STORE_BLOCKS, .by = "account", .like = &like, .rows = rows,
                           .cap = ACCOUNT_FEATURES};
    memcpy(like.account, in->account, sizeof like.account);
    TRY(store_list(s, &l));
    for (size_t i = 0; i < l.count; i++) {
        struct account_block *to = &out->as.block[i];
        memset(to, 0, sizeof *to);
        memcpy(to->account, rows[i].account, sizeof to->account);
        if (rows[i].feature < 0 || rows[i].feature >= ACCOUNT_FEATURES)
            return ERR_IO;
        to->feature = (uint8_t)rows[i].feature;
        to->created_s = rows[i].created_ms / 1000;
        copy_text(to->why, sizeof to->why, rows[i].reason);
        if (rows[i].set_by_len == sizeof to->by)
            memcpy(to->by, rows[i].set_by, sizeof to->by);
    }
    out->count = (uint32_t)l.count;
    return ERR_OK;
}

/* ---- everything about one ---- */

/* Each organisation is left first, by the rule that it keeps an owner. */
static enum err account_drop(struct store *s, const struct account_row *who)
{
    struct store_membership like = {.role = 0}, one;
    struct store_list l = {STORE_MEMBERSHIPS, .by = "account", .like = &like, .rows = &one,
                           .cap = 1};
    memcpy(like.account, who->id, sizeof like.account);
    for (;;) {
        TRY(store_list(s, &l));
        if (l.count == 0)
            return store_delete_person(s, who->id, who->created_s * 1000);
        TRY(store_drop_membership(s, &one));
        if (one.role == ACCOUNT_OWNER)
            TRY(keeps_an_owner(s, one.organisation));
    }
}

/* ---- asking ---- */

static enum err answer_writes(struct store *s, const struct account_ask *ask)
{
    switch (ask->type) {
    case ASK_ACCOUNT_PUT:
        return account_put(s, ask);
    case ASK_ACCOUNT_SET:
        return account_set(s, ask);
    case ASK_CREDENTIAL_PUT:
        return credential_put(s, &ask->as.credential);
    case ASK_CREDENTIAL_SET:
        return credential_set(s, &ask->as.credential);
    case ASK_CREDENTIAL_DROP:
        return credential_drop(s, &ask->as.credential);
    case ASK_SESSION_PUT:
        return session_put(s, ask);
    case ASK_SESSION_USED:
        return session_used(s, &ask->as.session);
    case ASK_SESSION_DROP:
        return session_drop(s, &ask->as.session);
    case ASK_SESSION_CLEAR:
        return session_clear(s, &ask->as.session);
    case ASK_ORG_PUT:
        return org_put(s, ask);
    case ASK_MEMBER_PUT:
        return member_put(s, &ask->as.member);
    case ASK_MEMBER_DROP:
        return member_drop(s, &ask->as.member);
    case ASK_BLOCK_PUT:
        return block_put(s, &ask->as.block);
    case ASK_BLOCK_DROP:
        return block_drop(s, &ask->as.block);
    case ASK_HOOK_PUT:
    case ASK_HOOK_DROP:
        return store_hook_write(s, ask);
    case ASK_DEVICE_PUT:
    case ASK_DEVICE_DROP:
        return store_device_write(s, ask);
    case ASK_ACCOUNT_DROP:
        return account_drop(s, &ask->as.row);
    default: /* the rest reads: store_account */
        return store_grant_write(s, ask);
    }
}

/* All or nothing. */
static enum err write_all(struct store *s, const struct account_ask *ask)
{
    TRY(store_begin(s));
    enum err e = answer_writes(s, ask);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}

static enum err answer(struct store *s, const struct account_ask *ask, struct account_reply *out)
{
    switch (ask->type) {
    case ASK_ACCOUNT_NAMED:
    case ASK_ACCOUNT_GET:
        return account_get(s, ask, out);
    case ASK_ACCOUNT_LIST:
        return account_list(s, ask, out);
    case ASK_CREDENTIAL_GET:
        return credential_get(s, &ask->as.credential, out);
    case ASK_CREDENTIAL_LIST:
        return credential_list(s, &ask->as.credential, out);
    case ASK_SESSION_GET:
        return session_get(s, &ask->as.session, out);
    case ASK_SESSION_LIST:
        return session_list(s, &ask->as.session, out);
    case ASK_ORG_NAMED:
        return org_named(s, ask, out);
    case ASK_ORG_LIST:
        return org_list(s, ask, out);
    case ASK_MEMBER_LIST:
    case ASK_MEMBER_OWNERS:
        return member_list(s, ask, out);
    case ASK_BLOCK_LIST:
        return block_list(s, &ask->as.block, out);
    case ASK_EXPORT:
        return store_export(s, &ask->as.piece, out);
    case ASK_GRANT_GET:
    case ASK_GRANT_LIST:
    case ASK_ORG_GET:
    case ASK_ORG_MINE:
    case ASK_MEMBER_GET:
        return store_grant_read(s, ask, out);
    case ASK_MEETING_GET:
    case ASK_MEETING_LIST:
        return store_meeting_read(s, ask, out);
    case ASK_MEETING_END:
        return store_meeting_end(s, &ask->as.meeting, out);
    case ASK_HOOK_LIST:
        return store_hook_list(s, &ask->as.hook, out);
    case ASK_DEVICE_GET:
    case ASK_DEVICE_LIST:
        return store_device_read(s, ask, out);
    case ASK_USAGE_LIST:
        return store_usage_list(s, &ask->as.usage, out);
    case ASK_PLACES_GET:
    case ASK_PLACES_ABOVE:
        return store_places_read(s, ask, out);
    case ASK_PLACES_PUT:
        return store_places_put(s, &ask->as.places, out);
    default: /* the rest writes: answer_writes */
        return ask->type < ASK_COUNT_ ? write_all(s, ask) : ERR_UNSUPPORTED;
    }
}

void store_account(struct store *s, const struct account_ask *ask, struct account_reply *out)
{
    out->request = ask->request;
    out->count = 0;
    out->more = false;
    out->result = answer(s, ask, out);
    if (out->result != ERR_OK) {
        out->count = 0;
        out->more = false;
    }
}
