/* Passkeys (WebAuthn), and people whom an identity provider vouches for.
 * knows: the ceremonies' order, what is single-use and for how long. knows not: JSON, CBOR keys.
 * owns: nothing; the table of ceremonies is the core's. */
#include "account/flow.h"
#include "crypt/crypt.h"

/* ---- ceremonies ---- */

static void give_challenge(struct account *a, struct flow *f, enum ceremony_kind kind,
                           const struct account_reply *reply)
{
    struct account_answer answer = {.reason = ACCOUNT_OK, .reply = reply};
    struct ceremony *c = &a->ceremonies[a->next_ceremony];
    duration_us wait = attempts_all_take(&a->challenges, a->now.at);
    if (wait > 0) {
        answer = (struct account_answer){.reason = ACCOUNT_SLOW, .retry_s = 1};
        flow_answer_with(a, f, &answer);
        return;
    }
    a->next_ceremony = (a->next_ceremony + 1) % ACCOUNT_CEREMONIES;
    memset(c, 0, sizeof *c);
    c->kind = kind;
    c->since = a->now.at;
    crypt_sha256(c->hash, span_of(f->random + RANDOM_TOKEN, ACCOUNT_TOKEN));
    memcpy(c->challenge, f->random + RANDOM_CHALLENGE, sizeof c->challenge);
    if (kind == CEREMONY_ADD)
        memcpy(c->session, f->session.hash, sizeof c->session);
    memcpy(c->account, kind == CEREMONY_ADD ? f->row.id : f->random + RANDOM_ID, sizeof c->account);
    memcpy(c->name, f->name, sizeof c->name);
    memcpy(answer.ceremony, f->random + RANDOM_TOKEN, sizeof answer.ceremony);
    memcpy(answer.challenge, c->challenge, sizeof answer.challenge);
    memcpy(answer.user, c->account, sizeof answer.user);
    flow_answer_with(a, f, &answer);
}

/* Each is used up by the first answer to it, whatever that is worth. */
static bool take_ceremony(struct account *a, struct span token, struct ceremony *out)
{
    uint8_t hash[ACCOUNT_HASH];
    if (token.len != ACCOUNT_TOKEN)
        return false;
    crypt_sha256(hash, token);
    for (size_t i = 0; i < ACCOUNT_CEREMONIES; i++) {
        struct ceremony *c = &a->ceremonies[i];
        if (c->kind == CEREMONY_FREE || !crypt_equal(c->hash, hash, sizeof hash))
            continue;
        *out = *c;
        memset(c, 0, sizeof *c);
        return a->now.at - out->since <= ACCOUNT_CEREMONY_US;
    }
    return false;
}

static struct webauthn_expected expected(const struct account *a, const struct ceremony *c,
                                         const char *type)
{
    return (struct webauthn_expected){type, c->challenge, a->config.origin, a->rp_hash};
}

static enum account_reason reason_of(enum err e)
{
    switch (e) {
    case ERR_OK:
        return ACCOUNT_OK;
    case ERR_FORBIDDEN:
        return ACCOUNT_UNVERIFIED;
    case ERR_UNSUPPORTED:
        return ACCOUNT_UNSUPPORTED;
    case ERR_NOMEM:
        return ACCOUNT_BUSY;
    default: /* whatever is wrong with bytes from outside */
        return ACCOUNT_FORGED;
    }
}

/* ---- a new passkey ---- */

/* Reads and checks everything that a browser said about a new key. */
static enum err read_new(const struct account *a, const struct ceremony *c,
                         const struct account_passkey *p, struct account_credential *out)
{
    struct webauthn_expected want = expected(a, c, "webauthn.create");
    struct webauthn_auth auth;
    struct passkey key;
    struct span bytes;
    TRY(webauthn_client_check(&p->client, &want));
    TRY(webauthn_attestation_read(&bytes, p->attestation));
    TRY(webauthn_auth_read(&auth, bytes));
    TRY(webauthn_auth_check(&auth, &want));
    if (!(auth.flags & WEBAUTHN_ATTESTED))
        return ERR_MALFORMED;
    TRY(passkey_read(&key, bytes));
    if (!span_equal(auth.id, span_of(key.id, key.id_len)))
        return ERR_MALFORMED;
    memset(out, 0, sizeof *out);
    account_lookup_passkey(out->lookup, auth.id);
    out->means = ACCOUNT_BY_PASSKEY;
    out->alg = key.alg;
    out->key_len = key.key_len;
    out->id_len = key.id_len;
    memcpy(out->key, key.key, key.key_len);
    memcpy(out->id, key.id, key.id_len);
    out->counter = auth.counter;
    return ERR_OK;
}

static void account_made(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    a->counts.signed_up++;
    f->fresh = true;
    flow_enter(a, f, (enum account_means)f->means);
}

static void make_account(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_PUT};
    memcpy(f->credential.account, f->row.id, sizeof f->credential.account);
    f->credential.created_s = f->credential.used_s = a->now.unix_s;
    ask.as.fresh.row = f->row;
    ask.as.fresh.credential = f->credential;
    flow_ask(a, f, &ask, account_made);
}

static void add_key(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_CREDENTIAL_PUT};
    (void)reply;
    /* f->id: the account that the challenge was for, and f->hash: the session */
    if (!crypt_equal(f->hash, f->session.hash, sizeof f->hash) ||
        memcmp(f->id, f->row.id, ACCOUNT_ID) != 0) {
        flow_answer(a, f, ACCOUNT_EXPIRED);
        return;
    }
    memcpy(f->credential.account, f->row.id, sizeof f->credential.account);
    f->credential.created_s = f->credential.used_s = a->now.unix_s;
    ask.as.credential = f->credential;
    flow_ask(a, f, &ask, flow_done);
}

static void made(struct account *a, struct flow *f, const struct account_event *in)
{
    struct ceremony c;
    if (!take_ceremony(a, in->ceremony, &c) || c.kind == CEREMONY_ENTER) {
        flow_answer(a, f, ACCOUNT_EXPIRED);
        return;
    }
    enum account_reason reason = reason_of(read_new(a, &c, &in->passkey, &f->credential));
    if (reason != ACCOUNT_OK) {
        flow_answer(a, f, reason);
        return;
    }
    memcpy(f->credential.label, f->label, sizeof f->credential.label);
    if (c.kind == CEREMONY_ADD) {
        memcpy(f->id, c.account, sizeof c.account);
        memcpy(f->hash, c.session, sizeof f->hash);
        session_with(a, f, in, add_key);
        return;
    }
    memcpy(f->name, c.name, sizeof f->name);
    password_row(a, f);
    memcpy(f->row.id, c.account, sizeof f->row.id); /* the passkey was told this one */
    f->means = ACCOUNT_BY_PASSKEY;
    make_account(a, f);
}

static void known_keys(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK)
        flow_done(a, f, reply);
    else if (reply->count >= ACCOUNT_CREDENTIALS)
        flow_answer(a, f, ACCOUNT_LIMIT);
    else
        give_challenge(a, f, CEREMONY_ADD, reply);
}

static void list_keys(struct account *a, struct flow *f, flow_step next)
{
    struct account_ask ask = {.type = ASK_CREDENTIAL_LIST};
    memcpy(ask.as.credential.account, f->row.id, sizeof ask.as.credential.account);
    flow_ask(a, f, &ask, next);
}

static void add(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    list_keys(a, f, known_keys);
}

static void begin_new(struct account *a, struct flow *f, const struct account_event *in)
{
    struct account_answer slow = {.reason = ACCOUNT_SLOW};
    if (!a->config.sign_up) {
        flow_answer(a, f, ACCOUNT_CLOSED);
    } else if (!name_read(f->name, in->name)) {
        flow_answer(a, f, ACCOUNT_BAD);
    } else {
        duration_us wait = attempts_all_take(&a->sign_ups, a->now.at);
        slow.retry_s = (uint32_t)((wait + US_PER_S - 1) / US_PER_S);
        if (wait > 0)
            flow_answer_with(a, f, &slow);
        else
            give_challenge(a, f, CEREMONY_NEW, NULL);
    }
}

/* ---- entering ---- */

static void enter_row(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_answer(a, f, flow_reason(reply->result, ACCOUNT_FORGED, ACCOUNT_BUSY));
        return;
    }
    f->row = reply->as.row[0];
    flow_enter(a, f, (enum account_means)f->means);
}

static void get_row(struct account *a, struct flow *f)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_GET};
    memcpy(ask.as.row.id, f->credential.account, sizeof ask.as.row.id);
    flow_ask(a, f, &ask, enter_row);
}

/* The signature of the kept assertion with the key that the store has for it. */
static bool signed_by(const struct account *a, const struct flow *f)
{
    const struct account_credential *c = &f->credential;
    struct passkey key = {.alg = c->alg, .key_len = c->key_len};
    if (c->means != ACCOUNT_BY_PASSKEY || c->key_len > sizeof key.key)
        return false;
    memcpy(key.key, c->key, c->key_len);
    const struct passkey_assertion assertion = {a->config.rp_id, span_of(f->auth, f->auth_len),
                                                f->client_hash,
                                                span_of(f->signature, f->signature_len)};
    return passkey_verify(&key, &assertion) == ERR_OK;
}

static void key_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct webauthn_auth auth;
    if (reply->result != ERR_OK) {
        flow_answer(a, f, flow_reason(reply->result, ACCOUNT_FORGED, ACCOUNT_BUSY));
        return;
    }
    f->credential = reply->as.credential[0];
    bool same_user = f->user_len == 0 || memcmp(f->user, f->credential.account, ACCOUNT_ID) == 0;
    if (!same_user || !signed_by(a, f) ||
        webauthn_auth_read(&auth, span_of(f->auth, f->auth_len)) != ERR_OK) {
        flow_answer(a, f, ACCOUNT_FORGED);
        return;
    }
    if (!webauthn_counter_ok(f->credential.counter, auth.counter)) {
        flow_answer(a, f, ACCOUNT_COUNTER);
        return;
    }
    f->credential.counter = auth.counter;
    f->means = ACCOUNT_BY_PASSKEY;
    get_row(a, f);
}

/* All that can be judged before the key is there; keeps the rest. */
static enum err read_assertion(const struct account *a, const struct ceremony *c, struct flow *f,
                               const struct account_passkey *p)
{
    struct webauthn_expected want = expected(a, c, "webauthn.get");
    struct webauthn_auth auth;
    if (p->auth.len > sizeof f->auth || p->signature.len > sizeof f->signature ||
        p->signature.len == 0 || p->id.len == 0 || p->id.len > ACCOUNT_PASSKEY_ID ||
        (p->user.len != 0 && p->user.len != ACCOUNT_ID))
        return ERR_LIMIT;
    TRY(webauthn_client_check(&p->client, &want));
    TRY(webauthn_auth_read(&auth, p->auth));
    TRY(webauthn_auth_check(&auth, &want));
    memcpy(f->auth, p->auth.ptr, p->auth.len);
    f->auth_len = p->auth.len;
    memcpy(f->signature, p->signature.ptr, p->signature.len);
    f->signature_len = p->signature.len;
    if (p->user.len > 0)
        memcpy(f->user, p->user.ptr, p->user.len);
    f->user_len = p->user.len;
    memcpy(f->client_hash, p->client_hash, sizeof f->client_hash);
    return ERR_OK;
}

static void enter(struct account *a, struct flow *f, const struct account_event *in)
{
    struct account_ask ask = {.type = ASK_CREDENTIAL_GET};
    struct ceremony c;
    if (!take_ceremony(a, in->ceremony, &c) || c.kind != CEREMONY_ENTER) {
        flow_answer(a, f, ACCOUNT_EXPIRED);
        return;
    }
    enum account_reason reason = reason_of(read_assertion(a, &c, f, &in->passkey));
    if (reason != ACCOUNT_OK) {
        flow_answer(a, f, reason);
        return;
    }
    account_lookup_passkey(ask.as.credential.lookup, in->passkey.id);
    flow_ask(a, f, &ask, key_came);
}

/* ---- dropping one ---- */

static void drop_unless_last(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_CREDENTIAL_DROP};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    if (reply->count <= 1) {
        flow_answer(a, f, ACCOUNT_LAST);
        return;
    }
    memcpy(ask.as.credential.lookup, f->id, sizeof ask.as.credential.lookup);
    memcpy(ask.as.credential.account, f->row.id, sizeof ask.as.credential.account);
    flow_ask(a, f, &ask, flow_done);
}

static void drop(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    list_keys(a, f, drop_unless_last);
}

static void list(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    list_keys(a, f, flow_list);
}

/* ---- an identity provider's word ---- */

/* A name that nobody chose: they sign in elsewhere. */
static void name_of_random(char out[ACCOUNT_NAME + 1], const uint8_t random[ACCOUNT_ID])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567", first[] = "sso-";
    memcpy(out, first, sizeof first - 1);
    for (size_t i = 0; i < ACCOUNT_ID; i++)
        out[sizeof first - 1 + i] = letters[random[i] & 31];
    out[sizeof first - 1 + ACCOUNT_ID] = '\0';
}

static void provider_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result == ERR_OK) {
        f->credential = reply->as.credential[0];
        f->means = ACCOUNT_BY_PROVIDER;
        get_row(a, f);
        return;
    }
    if (reply->result != ERR_NOT_FOUND) {
        flow_answer(a, f, ACCOUNT_BUSY);
        return;
    }
    name_of_random(f->name, f->random + RANDOM_ID);
    password_row(a, f);
    memcpy(f->credential.lookup, f->id, sizeof f->credential.lookup);
    f->credential.means = ACCOUNT_BY_PROVIDER;
    f->means = ACCOUNT_BY_PROVIDER;
    make_account(a, f);
}

static void vouched(struct account *a, struct flow *f, const struct account_event *in)
{
    struct account_ask ask = {.type = ASK_CREDENTIAL_GET};
    if (in->id.len != ACCOUNT_HASH) {
        flow_answer(a, f, ACCOUNT_BAD);
        return;
    }
    memcpy(f->id, in->id.ptr, ACCOUNT_HASH);
    memcpy(ask.as.credential.lookup, f->id, ACCOUNT_HASH);
    flow_ask(a, f, &ask, provider_came);
}

/* ---- the commands ---- */

static void with_session(struct account *a, struct flow *f, const struct account_event *in)
{
    if (in->command == ACCOUNT_PASSKEY_DROP) {
        if (in->id.len != ACCOUNT_HASH) {
            flow_answer(a, f, ACCOUNT_BAD);
            return;
        }
        memcpy(f->id, in->id.ptr, ACCOUNT_HASH);
    }
    session_with(a, f, in,
                 in->command == ACCOUNT_PASSKEY_ADD    ? add
                 : in->command == ACCOUNT_PASSKEY_DROP ? drop
                                                       : list);
}

void passkey_command(struct account *a, struct flow *f, const struct account_event *in)
{
    bool ceremony = in->command == ACCOUNT_PASSKEY_ASK || in->command == ACCOUNT_PASSKEY_ENTER ||
                    in->command == ACCOUNT_PASSKEY_NEW || in->command == ACCOUNT_PASSKEY_ADD ||
                    in->command == ACCOUNT_PASSKEY_MADE;
    if (ceremony && !a->config.rp_id[0])
        flow_answer(a, f, ACCOUNT_UNSUPPORTED);
    else if (in->command == ACCOUNT_PASSKEY_ASK)
        give_challenge(a, f, CEREMONY_ENTER, NULL);
    else if (in->command == ACCOUNT_PASSKEY_ENTER)
        enter(a, f, in);
    else if (in->command == ACCOUNT_PASSKEY_NEW)
        begin_new(a, f, in);
    else if (in->command == ACCOUNT_PASSKEY_MADE)
        made(a, f, in);
    else if (in->command == ACCOUNT_VOUCHED)
        vouched(a, f, in);
    else
        with_session(a, f, in);
}
