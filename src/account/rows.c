/* Rows as bytes between our processes: each side has the same structs, so that only what the bytes
 * say must be judged. knows: what rows.h says of each field. knows not: channels. owns: nothing. */
#include "account/rows.h"

#include <assert.h>
#include <string.h>

#include "base/bug.h"

enum kind {
    KIND_NONE,
    KIND_ACCOUNT,
    KIND_CREDENTIAL,
    KIND_SESSION,
    KIND_ORG,
    KIND_MEMBER,
    KIND_BLOCK,
    KIND_GRANT,
    KIND_PIECE,
    KIND_MEETING,
    KIND_HOOK,
    KIND_DEVICE,
    KIND_USAGE,
    KIND_PLACES
};

/* ---- judging ---- */

static bool text_ok(const char *text, size_t size)
{
    size_t n = 0;
    while (n < size && text[n])
        n++;
    return n < size;
}

#define TEXT_OK(field) text_ok((field), sizeof(field))

/* Asked of the byte: what is neither may not be read as a bool. */
static bool bool_ok(const bool *b)
{
    uint8_t byte;
    static_assert(sizeof *b == sizeof byte, "a bool is a byte here");
    memcpy(&byte, b, sizeof byte);
    return byte <= 1;
}

static bool account_ok(const struct account_row *r)
{
    return TEXT_OK(r->name) && bool_ok(&r->disabled);
}

static bool credential_ok(const struct account_credential *c)
{
    return c->means < ACCOUNT_MEANS_ && c->key_len <= sizeof c->key && c->id_len <= sizeof c->id &&
           TEXT_OK(c->label);
}

static bool session_ok(const struct account_session *s)
{
    return s->means < ACCOUNT_MEANS_ && TEXT_OK(s->device);
}

static bool member_ok(const struct account_membership *m)
{
    return m->role < ACCOUNT_ROLE_COUNT_ && TEXT_OK(m->name);
}

static bool block_ok(const struct account_block *b)
{
    return b->feature < ACCOUNT_FEATURES && TEXT_OK(b->why);
}

static bool grant_ok(const struct account_grant *g)
{
    return g->kind < GRANT_KINDS_ && TEXT_OK(g->label);
}

static bool piece_ok(const struct account_piece *p)
{
    return p->len <= sizeof p->bytes && p->from <= p->total;
}

static bool meeting_ok(const struct account_meeting *m)
{
    return TEXT_OK(m->id) && bool_ok(&m->waiting_room) && bool_ok(&m->passcode);
}

static bool hook_ok(const struct account_hook *h)
{
    return TEXT_OK(h->url) && h->events < 1 << HOOK_EVENTS_;
}

static bool device_ok(const struct account_device *d)
{
    return TEXT_OK(d->label);
}

static bool usage_ok(const struct account_usage *u)
{
    return u->count <= ACCOUNT_USAGE_DAYS && u->from_s <= u->until_s;
}

static bool places_ok(const struct account_places *p)
{
    return bool_ok(&p->of_org) && TEXT_OK(p->org) && TEXT_OK(p->text);
}

/* Of what an account or an organisation has beside people. */
static bool own_ok(const struct account_ask *a)
{
    if (a->type >= ASK_MEETING_GET && a->type <= ASK_MEETING_END)
        return meeting_ok(&a->as.meeting);
    if (a->type >= ASK_HOOK_PUT && a->type <= ASK_HOOK_DROP)
        return hook_ok(&a->as.hook);
    if (a->type >= ASK_DEVICE_PUT && a->type <= ASK_DEVICE_DROP)
        return device_ok(&a->as.device);
    return a->type == ASK_USAGE_LIST ? usage_ok(&a->as.usage) : places_ok(&a->as.places);
}

static bool ask_ok(const struct account_ask *a)
{
    switch (a->type) {
    case ASK_ACCOUNT_PUT:
        return account_ok(&a->as.fresh.row) && credential_ok(&a->as.fresh.credential);
    case ASK_ACCOUNT_NAMED:
    case ASK_ACCOUNT_GET:
    case ASK_ACCOUNT_SET:
    case ASK_ACCOUNT_LIST:
    case ASK_ACCOUNT_DROP:
        return account_ok(&a->as.row);
    case ASK_CREDENTIAL_PUT:
    case ASK_CREDENTIAL_GET:
    case ASK_CREDENTIAL_SET:
    case ASK_CREDENTIAL_LIST:
    case ASK_CREDENTIAL_DROP:
        return credential_ok(&a->as.credential);
    case ASK_SESSION_PUT:
        return session_ok(&a->as.enter.session) && credential_ok(&a->as.enter.credential) &&
               a->as.enter.checked <= 1;
    case ASK_SESSION_GET:
    case ASK_SESSION_USED:
    case ASK_SESSION_LIST:
    case ASK_SESSION_DROP:
    case ASK_SESSION_CLEAR:
        return session_ok(&a->as.session);
    case ASK_ORG_PUT:
    case ASK_ORG_NAMED:
    case ASK_ORG_GET:
    case ASK_ORG_LIST:
        return TEXT_OK(a->as.org.org.name) && member_ok(&a->as.org.owner);
    case ASK_ORG_MINE:
    case ASK_MEMBER_PUT:
    case ASK_MEMBER_GET:
    case ASK_MEMBER_DROP:
    case ASK_MEMBER_LIST:
    case ASK_MEMBER_OWNERS:
        return member_ok(&a->as.member);
    case ASK_BLOCK_PUT:
    case ASK_BLOCK_DROP:
    case ASK_BLOCK_LIST:
        return block_ok(&a->as.block);
    case ASK_GRANT_PUT:
    case ASK_GRANT_GET:
    case ASK_GRANT_LIST:
    case ASK_GRANT_DROP:
        return grant_ok(&a->as.grant);
    case ASK_MEETING_GET:
    case ASK_MEETING_LIST:
    case ASK_MEETING_END:
    case ASK_HOOK_PUT:
    case ASK_HOOK_LIST:
    case ASK_HOOK_DROP:
    case ASK_DEVICE_PUT:
    case ASK_DEVICE_GET:
    case ASK_DEVICE_LIST:
    case ASK_DEVICE_DROP:
    case ASK_USAGE_LIST:
    case ASK_PLACES_GET:
    case ASK_PLACES_PUT:
    case ASK_PLACES_ABOVE:
        return own_ok(a);
    case ASK_GRANT_TAKE:
        return grant_ok(&a->as.take.grant) && member_ok(&a->as.take.member);
    case ASK_EXPORT:
        return a->as.piece.len == 0;
    case ASK_COUNT_:
        break;
    }
    return false;
}

enum err account_ask_take(struct account_ask *out, struct span bytes)
{
    struct account_ask ask;
    uint32_t type;
    static_assert(sizeof ask.type == sizeof type, "an enum is 32 bits here");
    if (bytes.len != sizeof ask)
        return ERR_MALFORMED;
    memcpy(&ask, bytes.ptr, sizeof ask);
    memcpy(&type, &ask.type, sizeof type);
    if (type >= ASK_COUNT_ || !ask_ok(&ask))
        return ERR_MALFORMED;
    *out = ask;
    return ERR_OK;
}

/* ---- rows of replies ---- */

static enum kind kind_of(enum account_ask_type type)
{
    switch (type) {
    case ASK_ACCOUNT_NAMED:
    case ASK_ACCOUNT_GET:
    case ASK_ACCOUNT_LIST:
        return KIND_ACCOUNT;
    case ASK_CREDENTIAL_GET:
    case ASK_CREDENTIAL_LIST:
        return KIND_CREDENTIAL;
    case ASK_SESSION_GET:
    case ASK_SESSION_LIST:
        return KIND_SESSION;
    case ASK_ORG_NAMED:
    case ASK_ORG_GET:
    case ASK_ORG_MINE:
    case ASK_ORG_LIST:
        return KIND_ORG;
    case ASK_MEMBER_GET:
    case ASK_MEMBER_LIST:
    case ASK_MEMBER_OWNERS:
        return KIND_MEMBER;
    case ASK_BLOCK_LIST:
        return KIND_BLOCK;
    case ASK_GRANT_GET:
    case ASK_GRANT_LIST:
        return KIND_GRANT;
    case ASK_EXPORT:
        return KIND_PIECE;
    case ASK_MEETING_GET:
    case ASK_MEETING_LIST:
    case ASK_MEETING_END:
        return KIND_MEETING;
    case ASK_HOOK_LIST:
        return KIND_HOOK;
    case ASK_DEVICE_GET:
    case ASK_DEVICE_LIST:
        return KIND_DEVICE;
    case ASK_USAGE_LIST:
        return KIND_USAGE;
    case ASK_PLACES_GET:
    case ASK_PLACES_PUT:
    case ASK_PLACES_ABOVE:
        return KIND_PLACES;
    case ASK_ACCOUNT_PUT:
    case ASK_ACCOUNT_SET:
    case ASK_CREDENTIAL_PUT:
    case ASK_CREDENTIAL_SET:
    case ASK_CREDENTIAL_DROP:
    case ASK_SESSION_PUT:
    case ASK_SESSION_USED:
    case ASK_SESSION_DROP:
    case ASK_SESSION_CLEAR:
    case ASK_ORG_PUT:
    case ASK_MEMBER_PUT:
    case ASK_MEMBER_DROP:
    case ASK_BLOCK_PUT:
    case ASK_BLOCK_DROP:
    case ASK_GRANT_PUT:
    case ASK_GRANT_DROP:
    case ASK_GRANT_TAKE:
    case ASK_HOOK_PUT:
    case ASK_HOOK_DROP:
    case ASK_DEVICE_PUT:
    case ASK_DEVICE_DROP:
    case ASK_ACCOUNT_DROP:
    case ASK_COUNT_:
        break;
    }
    return KIND_NONE;
}

struct span account_reply_row(const struct account_reply *r, enum account_ask_type type,
                              uint32_t row)
{
    BUG_IF(row >= ACCOUNT_PAGE);
    switch (kind_of(type)) {
    case KIND_ACCOUNT:
        return span_of(&r->as.row[row], sizeof r->as.row[row]);
    case KIND_CREDENTIAL:
        return span_of(&r->as.credential[row], sizeof r->as.credential[row]);
    case KIND_SESSION:
        return span_of(&r->as.session[row], sizeof r->as.session[row]);
    case KIND_ORG:
        return span_of(&r->as.org[row], sizeof r->as.org[row]);
    case KIND_MEMBER:
        return span_of(&r->as.member[row], sizeof r->as.member[row]);
    case KIND_BLOCK:
        return span_of(&r->as.block[row], sizeof r->as.block[row]);
    case KIND_GRANT:
        return span_of(&r->as.grant[row], sizeof r->as.grant[row]);
    case KIND_PIECE:
        return span_of(&r->as.piece[row], sizeof r->as.piece[row]);
    case KIND_MEETING:
        return span_of(&r->as.meeting[row], sizeof r->as.meeting[row]);
    case KIND_HOOK:
        return span_of(&r->as.hook[row], sizeof r->as.hook[row]);
    case KIND_DEVICE:
        return span_of(&r->as.device[row], sizeof r->as.device[row]);
    case KIND_USAGE:
        return span_of(&r->as.usage[row], sizeof r->as.usage[row]);
    case KIND_PLACES:
        return span_of(&r->as.places[row], sizeof r->as.places[row]);
    case KIND_NONE:
        break;
    }
    return span_of(NULL, 0);
}

static bool row_ok(const struct account_reply *r, enum account_ask_type type, uint32_t row)
{
    switch (kind_of(type)) {
    case KIND_ACCOUNT:
        return account_ok(&r->as.row[row]);
    case KIND_CREDENTIAL:
        return credential_ok(&r->as.credential[row]);
    case KIND_SESSION:
        return session_ok(&r->as.session[row]);
    case KIND_ORG:
        return TEXT_OK(r->as.org[row].name);
    case KIND_MEMBER:
        return member_ok(&r->as.member[row]);
    case KIND_BLOCK:
        return block_ok(&r->as.block[row]);
    case KIND_GRANT:
        return grant_ok(&r->as.grant[row]);
    case KIND_PIECE:
        return piece_ok(&r->as.piece[row]);
    case KIND_MEETING:
        return meeting_ok(&r->as.meeting[row]);
    case KIND_HOOK:
        return hook_ok(&r->as.hook[row]);
    case KIND_DEVICE:
        return device_ok(&r->as.device[row]);
    case KIND_USAGE:
        return usage_ok(&r->as.usage[row]);
    case KIND_PLACES:
        return places_ok(&r->as.places[row]);
    case KIND_NONE:
        break;
    }
    return false;
}

enum err account_reply_add(struct account_reply *r, enum account_ask_type type, struct span bytes)
{
    if (r->count >= ACCOUNT_PAGE)
        return ERR_LIMIT;
    struct span row = account_reply_row(r, type, r->count);
    if (row.len == 0 || bytes.len != row.len)
        return ERR_MALFORMED;
    memcpy((uint8_t *)r + (row.ptr - (const uint8_t *)r), bytes.ptr, bytes.len);
    if (!row_ok(r, type, r->count))
        return ERR_MALFORMED;
    r->count++;
    return ERR_OK;
}
