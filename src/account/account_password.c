/* Names and passwords: signing up, signing in, another password.
 * knows: their rules, the order of steps. knows not: argon2id (an effect), the store's rows beyond
 * their shapes. owns: nothing. */
#include <assert.h>

#include "account/flow.h"
#include "crypt/crypt.h"

enum { KEY_SALT = 0, KEY_HASH = PASSWORD_SALT, KEY_BYTES = PASSWORD_SALT + PASSWORD_HASH };

static_assert((int)KEY_BYTES <= (int)ACCOUNT_KEY, "a salt and a hash fit a credential");

/* ---- reading ---- */

static bool name_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
           c == '@' || c == '+';
}

bool name_read(char out[ACCOUNT_NAME + 1], struct span in)
{
    if (in.len < 2 || in.len > ACCOUNT_NAME)
        return false;
    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
        if (!name_byte(c))
            return false;
        out[i] = (char)c;
    }
    memset(out + in.len, 0, ACCOUNT_NAME + 1 - in.len);
    return out[0] != '.' && out[0] != '-' && out[0] != '@' && out[0] != '+';
}

bool password_ok(struct span password)
{
    return password.len >= ACCOUNT_PASSWORD_MIN && password.len <= ACCOUNT_PASSWORD_MAX;
}

static void keep(uint8_t out[ACCOUNT_PASSWORD_MAX], size_t *len, struct span password)
{
    memcpy(out, password.ptr, password.len);
    *len = password.len;
}

/* 32 bytes that belong to a name, whether an account has it or not, and that only we can compute.
 */
static void of_name(const struct account *a, const char *name, uint8_t out[CRYPT_SHA256_LEN])
{
    crypt_hmac_sha256(out, span_of(a->config.key, sizeof a->config.key), span_str(name));
}

void name_known(const struct account *a, const char *name, uint8_t out[ACCOUNT_HASH])
{
    static const char what[] = "known:"; /* no name has a colon */
    uint8_t bytes[sizeof what - 1 + ACCOUNT_NAME];
    size_t len = strlen(name);
    memcpy(bytes, what, sizeof what - 1);
    memcpy(bytes + sizeof what - 1, name, len);
    crypt_hmac_sha256(out, span_of(a->config.key, sizeof a->config.key),
                      span_of(bytes, sizeof what - 1 + len));
}

static bool was_let_in(const struct account *a, const char *name, struct span known)
{
    uint8_t expected[ACCOUNT_HASH];
    name_known(a, name, expected);
    return known.len == sizeof expected && crypt_equal(expected, known.ptr, sizeof expected);
}

static struct attempts *tries_of(struct account *a, const struct flow *f)
{
    return f->trusted ? &a->known_tries : &a->tries;
}

static bool take_attempt(struct account *a, struct flow *f)
{
    uint8_t mac[CRYPT_SHA256_LEN];
    struct account_answer answer = {.reason = ACCOUNT_SLOW};
    of_name(a, f->name, mac);
    memcpy(&f->budget, mac, sizeof f->budget);
    f->budget |= 1;
    if (attempts_take(tries_of(a, f), f->budget, a->now.at, &answer.retry_s))
        return true;
    flow_answer_with(a, f, &answer);
    return false;
}

/* ---- a new account ---- */

static void signed_up(struct account *a, struct flow *f, const struct account_reply *reply)
{
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    a->counts.signed_up++;
    f->fresh = true;
    if (f->command == ACCOUNT_USER_CREATE)
        flow_answer(a, f, ACCOUNT_OK);
    else
        flow_enter(a, f, ACCOUNT_BY_PASSWORD);
}

void password_row(struct account *a, struct flow *f)
{
    memset(&f->row, 0, sizeof f->row);
    memcpy(f->row.id, f->random + RANDOM_ID, sizeof f->row.id);
    memcpy(f->row.name, f->name, sizeof f->row.name);
    f->row.created_s = a->now.unix_s;
}

static void fill_key(struct account *a, struct flow *f)
{
    struct account_credential *c = &f->credential;
    account_lookup_password(c->lookup, f->row.id);
    memcpy(c->account, f->row.id, sizeof c->account);
    c->means = ACCOUNT_BY_PASSWORD;
    c->key_len = KEY_BYTES;
    memcpy(c->key + KEY_SALT, f->random + RANDOM_SALT, PASSWORD_SALT);
    memcpy(c->key + KEY_HASH, f->hash, PASSWORD_HASH);
    c->used_s = a->now.unix_s;
}

static void sign_up_hashed(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_PUT};
    (void)reply;
    if (f->hashed != ERR_OK) {
        flow_answer(a, f, ACCOUNT_BUSY);
        return;
    }
    password_row(a, f);
    fill_key(a, f);
    f->credential.created_s = a->now.unix_s;
    ask.as.fresh.row = f->row;
    ask.as.fresh.credential = f->credential;
    flow_ask(a, f, &ask, signed_up);
}

static void sign_up(struct account *a, struct flow *f, const struct account_event *in)
{
    struct account_answer slow = {.reason = ACCOUNT_SLOW};
    bool by_operator = in->command == ACCOUNT_USER_CREATE;
    if (!by_operator && !a->config.sign_up) {
        flow_answer(a, f, ACCOUNT_CLOSED);
        return;
    }
    if (!name_read(f->name, in->name) || !password_ok(in->password) ||
        span_equal(span_str(f->name), in->password)) {
        flow_answer(a, f, ACCOUNT_BAD);
        return;
    }
    duration_us wait = by_operator ? 0 : attempts_all_take(&a->sign_ups, a->now.at);
    if (wait > 0) {
        slow.retry_s = (uint32_t)((wait + US_PER_S - 1) / US_PER_S);
        flow_answer_with(a, f, &slow);
        return;
    }
    f->trusted = by_operator;
    keep(f->password, &f->password_len, in->password);
    flow_hash(a, f, span_of(f->password, f->password_len), f->random + RANDOM_SALT, sign_up_hashed);
}

/* ---- signing in ---- */

/* Whether the password that was hashed is the credential's. */
static bool right(const struct flow *f)
{
    return crypt_equal(f->hash, f->credential.key + KEY_HASH, PASSWORD_HASH) && f->known;
}

static void sign_in_hashed(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    if (f->hashed != ERR_OK) {
        flow_answer(a, f, ACCOUNT_BUSY);
        return;
    }
    if (!right(f)) {
        memset(&f->row, 0, sizeof f->row);
        flow_answer(a, f, ACCOUNT_WRONG);
        return;
    }
    attempts_forgive(tries_of(a, f), f->budget);
    flow_enter(a, f, ACCOUNT_BY_PASSWORD);
}

/* Without an account, or without a password of its own, the same work goes on with a salt that
 * belongs to the name, and comes out wrong. */
static void credential_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    uint8_t mac[CRYPT_SHA256_LEN];
    if (reply->result != ERR_OK && reply->result != ERR_NOT_FOUND) {
        flow_answer(a, f, ACCOUNT_BUSY);
        return;
    }
    f->known = f->known && reply->result == ERR_OK && reply->as.credential[0].key_len == KEY_BYTES;
    of_name(a, f->name, mac);
    memcpy(f->credential.key + KEY_SALT, mac + PASSWORD_SALT, PASSWORD_SALT);
    if (f->known)
        f->credential = reply->as.credential[0];
    flow_hash(a, f, span_of(f->password, f->password_len), f->credential.key + KEY_SALT,
              sign_in_hashed);
}

static void row_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_CREDENTIAL_GET};
    uint8_t mac[CRYPT_SHA256_LEN];
    if (reply->result != ERR_OK && reply->result != ERR_NOT_FOUND) {
        flow_answer(a, f, ACCOUNT_BUSY);
        return;
    }
    f->known = reply->result == ERR_OK;
    of_name(a, f->name, mac);
    if (f->known)
        f->row = reply->as.row[0];
    else
        memcpy(f->row.id, mac, sizeof f->row.id);
    account_lookup_password(ask.as.credential.lookup, f->row.id);
    flow_ask(a, f, &ask, credential_came);
}

static void sign_in(struct account *a, struct flow *f, const struct account_event *in)
{
    struct account_ask ask = {.type = ASK_ACCOUNT_NAMED};
    if (!name_read(f->name, in->name) || in->password.len == 0 ||
        in->password.len > ACCOUNT_PASSWORD_MAX) {
        flow_answer(a, f, ACCOUNT_BAD);
        return;
    }
    f->trusted = was_let_in(a, f->name, in->known);
    if (!take_attempt(a, f))
        return;
    keep(f->password, &f->password_len, in->password);
    memcpy(ask.as.row.name, f->name, sizeof ask.as.row.name);
    flow_ask(a, f, &ask, row_came);
}

/* ---- another password ---- */

static void others_end(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_SESSION_CLEAR};
    if (reply->result != ERR_OK) {
        flow_done(a, f, reply);
        return;
    }
    ask.as.session = f->session; /* this one stays */
    flow_ask(a, f, &ask, flow_done);
}

static void new_hashed(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = f->known ? ASK_CREDENTIAL_SET : ASK_CREDENTIAL_PUT};
    (void)reply;
    if (f->hashed != ERR_OK) {
        flow_answer(a, f, ACCOUNT_BUSY);
        return;
    }
    fill_key(a, f);
    if (!f->known)
        f->credential.created_s = a->now.unix_s;
    ask.as.credential = f->credential;
    flow_ask(a, f, &ask, others_end);
}

static void hash_new(struct account *a, struct flow *f)
{
    flow_hash(a, f, span_of(f->password_new, f->password_new_len), f->random + RANDOM_SALT,
              new_hashed);
}

static void old_hashed(struct account *a, struct flow *f, const struct account_reply *reply)
{
    (void)reply;
    if (f->hashed != ERR_OK)
        flow_answer(a, f, ACCOUNT_BUSY);
    else if (!right(f))
        flow_answer(a, f, ACCOUNT_WRONG);
    else {
        attempts_forgive(tries_of(a, f), f->budget);
        hash_new(a, f);
    }
}

static void old_came(struct account *a, struct flow *f, const struct account_reply *reply)
{
    f->known = reply->result == ERR_OK && reply->as.credential[0].key_len == KEY_BYTES;
    if (f->known) {
        f->credential = reply->as.credential[0];
        flow_hash(a, f, span_of(f->password, f->password_len), f->credential.key + KEY_SALT,
                  old_hashed);
    } else if (reply->result == ERR_NOT_FOUND) {
        hash_new(a, f); /* so far they had passkeys alone */
    } else {
        flow_answer(a, f, ACCOUNT_BUSY);
    }
}

static void password_set(struct account *a, struct flow *f, const struct account_reply *reply)
{
    struct account_ask ask = {.type = ASK_CREDENTIAL_GET};
    (void)reply;
    memcpy(f->name, f->row.name, sizeof f->name);
    f->trusted = true;
    if (!take_attempt(a, f))
        return;
    account_lookup_password(ask.as.credential.lookup, f->row.id);
    flow_ask(a, f, &ask, old_came);
}

void password_command(struct account *a, struct flow *f, const struct account_event *in)
{
    if (in->command == ACCOUNT_SIGN_IN) {
        sign_in(a, f, in);
    } else if (in->command != ACCOUNT_PASSWORD_SET) {
        sign_up(a, f, in);
    } else if (!password_ok(in->password_new) || in->password.len > ACCOUNT_PASSWORD_MAX) {
        flow_answer(a, f, ACCOUNT_BAD);
    } else {
        if (in->password.len > 0)
            keep(f->password, &f->password_len, in->password);
        keep(f->password_new, &f->password_new_len, in->password_new);
        session_with(a, f, in, password_set);
    }
}
