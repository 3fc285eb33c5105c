/* See front_provider.h. A sign-in: start (the browser goes to the provider, with a cookie of ours)
 * -> back (code, state) -> the code is redeemed -> the ID token is verified -> the account core
 * hears whom the provider vouches for: issuer and subject, never an e-mail address. */
#include "bin/front_provider.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "account/oidc.h"
#include "base/bug.h"
#include "base/text.h"
#include "crypt/crypt.h"
#include "crypt/jws.h"
#include "io/clock.h"
#include "io/disk.h"
#include "io/fetch.h"

enum { EXCHANGES = 32, KEYS_MAX = 16, SECRET_MAX = 200 };

/* Fewer attempts begin in OIDC_ATTEMPT_US than there is room for: none is pushed out by others. */
enum { STARTS = 1000 };
#define START_EVERY (200 * US_PER_MS)
static_assert(STARTS + OIDC_ATTEMPT_US / START_EVERY < OIDC_ATTEMPTS, "attempts have room");

#define FRESH_US (3600 * US_PER_S) /* addresses and keys are fetched anew after so long */
#define RETRY_US (10 * US_PER_S)
#define EXCHANGE_US (15 * US_PER_S)

enum exchange_kind { EXCHANGE_FREE, EXCHANGE_ABOUT, EXCHANGE_KEYS, EXCHANGE_TOKEN };

struct exchange {
    enum exchange_kind kind;
    uint32_t request;
    instant_us since;
    uint64_t call;
    struct oidc_attempt attempt;
    uint8_t *body; /* *owned* */
    size_t len;
};

struct provider {
    char secret[SECRET_MAX + 1], redirect[ACCOUNT_ORIGIN + 32];
    struct oidc_config config;
    enum jws_alg alg;
    char authorize[IPC_URL_MAX + 1], token[IPC_URL_MAX + 1], keys_at[IPC_URL_MAX + 1];
    json_t *keys; /* *owned*; NULL until they came */
    instant_us next_look;
    uint32_t counter;
    struct exchange exchange[EXCHANGES];
    struct oidc_table attempts;
    struct attempts_all starts;
};

/* ---- asking the fetch process ---- */

static void exchange_end(struct exchange *x)
{
    if (x->body)
        crypt_wipe(x->body, x->len);
    free(x->body);
    crypt_wipe(x, sizeof *x);
}

static struct exchange *exchange_begin(struct desk *d, enum exchange_kind kind, const char *url,
                                       const char *form)
{
    struct provider *p = d->provider;
    struct ipc_message m;
    for (size_t i = 0; i < EXCHANGES; i++) {
        struct exchange *x = &p->exchange[i];
        if (x->kind != EXCHANGE_FREE)
            continue;
        memset(&m, 0, sizeof m);
        m.type = IPC_FETCH_ASK;
        m.as.FETCH_ASK.request = ++p->counter;
        (void)snprintf(m.as.FETCH_ASK.url, sizeof m.as.FETCH_ASK.url, "%s", url);
        (void)snprintf(m.as.FETCH_ASK.form, sizeof m.as.FETCH_ASK.form, "%s", form);
        bool sent = link_send(&d->front->fetch, &m, -1);
        if (sent)
            *x = (struct exchange){
                .kind = kind, .request = m.as.FETCH_ASK.request, .since = clock_now()};
        crypt_wipe(&m, sizeof m);
        return sent ? x : NULL;
    }
    return NULL;
}

/* ---- what the provider says about itself ---- */

static bool url_taken(char out[IPC_URL_MAX + 1], json_t *about, const char *key)
{
    const char *v = json_string_value(json_object_get(about, key));
    if (!v || strncmp(v, "https://", 8) != 0 || strlen(v) > IPC_URL_MAX)
        return false;
    memcpy(out, v, strlen(v) + 1);
    return true;
}

/* OpenID Connect Discovery section 4.3: it must name itself as we were told. */
static bool about_taken(struct desk *d, json_t *about)
{
    struct provider *p = d->provider;
    const char *issuer = json_string_value(json_object_get(about, "issuer"));
    return issuer && strcmp(issuer, p->config.issuer) == 0 &&
           url_taken(p->authorize, about, "authorization_endpoint") &&
           url_taken(p->token, about, "token_endpoint") &&
           url_taken(p->keys_at, about, "jwks_uri") &&
           exchange_begin(d, EXCHANGE_KEYS, p->keys_at, "");
}

static bool keys_taken(struct provider *p, json_t *set)
{
    json_t *keys = json_object_get(set, "keys");
    size_t n = json_array_size(keys);
    if (n == 0 || n > KEYS_MAX)
        return false;
    json_decref(p->keys);
    p->keys = json_incref(keys);
    return true;
}

static void look(struct desk *d)
{
    struct provider *p = d->provider;
    char url[IPC_URL_MAX + 1];
    size_t len = strlen(p->config.issuer);
    bool slash = p->config.issuer[len - 1] == '/';
    int n = snprintf(url, sizeof url, "%s%s.well-known/openid-configuration", p->config.issuer,
                     slash ? "" : "/");
    p->next_look = clock_now() + RETRY_US;
    if (n > 0 && (size_t)n < sizeof url)
        (void)exchange_begin(d, EXCHANGE_ABOUT, url, "");
}

/* ---- the token ---- */

static struct span string_of(json_t *object, const char *key)
{
    json_t *v = json_object_get(object, key);
    return json_is_string(v) ? span_of(json_string_value(v), json_string_length(v))
                             : span_of(NULL, 0);
}

/* `aud` is one string or an array of them (RFC 7519 section 4.1.3). */
static void read_audience(struct oidc_claims *k, json_t *aud, const char *client)
{
    size_t n = json_is_array(aud) ? json_array_size(aud) : 1;
    for (size_t i = 0; i < n; i++) {
        const char *one = json_string_value(json_is_array(aud) ? json_array_get(aud, i) : aud);
        k->for_us = k->for_us || (one && strcmp(one, client) == 0);
    }
    k->audiences = n < 1000 ? (uint32_t)n : 1000;
}

static void read_claims(struct oidc_claims *k, json_t *o, const char *client)
{
    json_t *exp = json_object_get(o, "exp"), *iat = json_object_get(o, "iat");
    *k = (struct oidc_claims){.iss = string_of(o, "iss"),
                              .sub = string_of(o, "sub"),
                              .nonce = string_of(o, "nonce"),
                              .azp = string_of(o, "azp"),
                              .has_azp = json_object_get(o, "azp") != NULL,
                              .has_times = json_is_integer(exp) && json_is_integer(iat),
                              .exp = json_integer_value(exp),
                              .iat = json_integer_value(iat),
                              .nbf = json_integer_value(json_object_get(o, "nbf"))};
    read_audience(k, json_object_get(o, "aud"), client);
}

/* The payload if one of the provider's signing keys made it with the agreed algorithm. */
static enum err open_token(const struct provider *p, struct span token, uint8_t out[JWS_BYTES_MAX],
                           size_t *len)
{
    enum err e = ERR_AUTH;
    for (size_t i = 0; e != ERR_OK && i < json_array_size(p->keys); i++) {
        json_t *key = json_array_get(p->keys, i);
        const char *use = json_string_value(json_object_get(key, "use"));
        char *text = !use || strcmp(use, "sig") == 0 ? json_dumps(key, JSON_COMPACT) : NULL;
        if (text)
            e = jws_open(token, span_str(text), p->alg, out, len);
        free(text);
    }
    return e;
}

static enum err judge_token(const struct provider *p, const struct exchange *x, json_t *answer,
                            uint8_t lookup[ACCOUNT_HASH])
{
    uint8_t payload[JWS_BYTES_MAX];
    size_t len = 0;
    struct oidc_claims k;
    TRY(open_token(p, string_of(answer, "id_token"), payload, &len));
    json_t *claims = json_loadb((const char *)payload, len, JSON_REJECT_DUPLICATES, NULL);
    read_claims(&k, claims, p->config.client);
    enum err e = oidc_check(&k, &p->config, &x->attempt, front_unix_ms() / 1000);
    if (e == ERR_OK)
        account_lookup_provider(lookup, k.iss, k.sub);
    json_decref(claims);
    return e;
}

static void token_came(struct desk *d, const struct exchange *x, json_t *answer)
{
    struct desk_call call = {.call = x->call, .redirect = true};
    uint8_t lookup[ACCOUNT_HASH];
    enum err e = answer ? judge_token(d->provider, x, answer, lookup) : ERR_IO;
    if (e != ERR_OK) {
        front_log("sign_on_refused", "error", err_name(e));
        if (e == ERR_AUTH)
            d->provider->next_look = clock_now(); /* it may have new keys; for the next attempt */
        desk_refuse_page(d, x->call, e == ERR_IO ? ACCOUNT_BUSY : ACCOUNT_FORGED);
        return;
    }
    struct account_event event;
    memset(&event, 0, sizeof event);
    event.command = ACCOUNT_VOUCHED;
    event.id = span_of(lookup, sizeof lookup);
    desk_ask(d, &event, &call);
}

/* ---- answers of the fetch process ---- */

static void exchange_done(struct desk *d, struct exchange *x, const struct ipc_fetch_part *part)
{
    struct provider *p = d->provider;
    bool good = part && part->result == ERR_OK && part->status == 200 && x->body;
    json_t *answer =
        good ? json_loadb((const char *)x->body, x->len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    struct exchange was = *x;
    x->body = NULL;
    exchange_end(x); /* free for what follows */
    if (was.kind == EXCHANGE_TOKEN)
        token_came(d, &was, answer);
    else if (was.kind == EXCHANGE_ABOUT && !about_taken(d, answer))
        front_log("no_provider", "what", "its configuration");
    else if (was.kind == EXCHANGE_KEYS && !keys_taken(p, answer))
        front_log("no_provider", "what", "its keys");
    else if (was.kind == EXCHANGE_KEYS)
        p->next_look = clock_now() + FRESH_US;
    json_decref(answer);
    exchange_end(&was);
}

void provider_says(struct desk *d, const struct ipc_fetch_part *part)
{
    struct provider *p = d->provider;
    for (size_t i = 0; p && i < EXCHANGES; i++) {
        struct exchange *x = &p->exchange[i];
        if (x->kind == EXCHANGE_FREE || x->request != part->request)
            continue;
        uint8_t *more = x->len + part->len <= FETCH_ANSWER_MAX
                            ? realloc(x->body, x->len + part->len + 1)
                            : NULL;
        if (more) {
            x->body = more;
            memcpy(x->body + x->len, part->bytes, part->len);
            x->len += part->len;
        }
        if (!more || part->last)
            exchange_done(d, x, more ? part : NULL);
        return;
    }
}

void provider_lost(struct desk *d)
{
    for (size_t i = 0; d && d->provider && i < EXCHANGES; i++)
        if (d->provider->exchange[i].kind != EXCHANGE_FREE)
            exchange_done(d, &d->provider->exchange[i], NULL);
}

void provider_tick(struct desk *d)
{
    struct provider *p = d->provider;
    instant_us now = clock_now();
    if (!p)
        return;
    for (size_t i = 0; i < EXCHANGES; i++)
        if (p->exchange[i].kind != EXCHANGE_FREE && now - p->exchange[i].since > EXCHANGE_US)
            exchange_done(d, &p->exchange[i], NULL);
    if (now >= p->next_look)
        look(d);
}

/* ---- the two pages ---- */

void provider_start(struct desk *d, uint64_t call)
{
    struct provider *p = d->provider;
    uint8_t random[OIDC_RANDOM];
    char url[OIDC_URL], cookie[160], token[TEXT_BASE64URL_LEN(OIDC_SECRET) + 1];
    if (!p) {
        desk_refuse(d, call, ACCOUNT_NOT_FOUND);
        return;
    }
    if (p->keys && attempts_all_take(&p->starts, clock_now()) > 0) {
        desk_refuse(d, call, ACCOUNT_SLOW);
        return;
    }
    if (!p->keys || crypt_random(random, sizeof random) != ERR_OK) {
        desk_refuse(d, call, ACCOUNT_BUSY);
        return;
    }
    const struct oidc_attempt *a = oidc_begin(&p->attempts, random, clock_now());
    text_base64url(token, span_of(random, OIDC_SECRET));
    /* Lax: the way back is a navigation that begins at the provider's site. */
    (void)snprintf(cookie, sizeof cookie,
                   DESK_COOKIE_ATTEMPT "=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600",
                   token);
    struct web_reply r = {.status = 303, .set_cookie = {cookie}, .location = url};
    if (oidc_authorize_url(url, p->authorize, &p->config, a) == ERR_OK)
        web_reply(d->front->web, call, &r);
    else
        desk_refuse(d, call, ACCOUNT_BUSY);
    crypt_wipe(random, sizeof random);
    crypt_wipe(token, sizeof token);
}

/* One parameter of a query; empty when it is absent or there twice. */
static struct span param(struct span query, const char *key)
{
    struct span found = {NULL, 0};
    size_t len = strlen(key), seen = 0;
    for (size_t at = 0; at < query.len;) {
        const uint8_t *p = query.ptr + at, *end = memchr(p, '&', query.len - at);
        size_t n = end ? (size_t)(end - p) : query.len - at;
        if (n > len && memcmp(p, key, len) == 0 && p[len] == '=') {
            found = span_of(p + len + 1, n - len - 1);
            seen++;
        }
        at += n + 1;
    }
    return seen == 1 ? found : span_of(NULL, 0);
}

/* RFC 9207: a provider that names itself on the way back must be ours. */
static bool same_issuer(const struct provider *p, struct span query)
{
    struct span iss = param(query, "iss");
    return iss.len == 0 || span_equal(iss, span_str(p->config.issuer));
}

void provider_back(struct desk *d, uint64_t call, const struct web_call *q)
{
    struct provider *p = d->provider;
    struct oidc_attempt a;
    uint8_t token[OIDC_SECRET];
    char form[OIDC_FORM];
    size_t len = 0;
    struct span code = param(q->query, "code");
    if (!p) {
        desk_refuse(d, call, ACCOUNT_NOT_FOUND);
        return;
    }
    bool ours =
        text_unbase64url(token, sizeof token, &len, q->attempt) == ERR_OK &&
        oidc_take(&p->attempts, span_of(token, len), param(q->query, "state"), clock_now(), &a);
    if (!ours || code.len == 0 || code.len > OIDC_CODE || !same_issuer(p, q->query)) {
        desk_refuse_page(d, call, ours ? ACCOUNT_FORGED : ACCOUNT_EXPIRED);
        return;
    }
    struct exchange *x = oidc_token_form(form, &p->config, &a, code) == ERR_OK
                             ? exchange_begin(d, EXCHANGE_TOKEN, p->token, form)
                             : NULL;
    if (x) {
        x->call = call;
        x->attempt = a;
    } else {
        desk_refuse_page(d, call, ACCOUNT_BUSY);
    }
    crypt_wipe(form, sizeof form);
    crypt_wipe(&a, sizeof a);
}

/* ---- beginning ---- */

static bool secret_read(struct provider *p, const char *path)
{
    size_t len = 0;
    if (disk_read(path, p->secret, SECRET_MAX, &len) != ERR_OK)
        return false;
    while (len > 0 && (p->secret[len - 1] == '\n' || p->secret[len - 1] == '\r'))
        len--;
    p->secret[len] = '\0';
    return len > 0;
}

struct provider *provider_open(struct desk *d)
{
    const struct ipc_accounts *c = &d->front->start.accounts;
    struct provider *p = c->oidc_issuer[0] ? calloc(1, sizeof *p) : NULL;
    if (!p)
        return NULL;
    if (!secret_read(p, c->oidc_secret) || jws_alg_read(&p->alg, c->oidc_alg) != ERR_OK) {
        front_log("no_provider", "what", "oidc_secret");
        free(p);
        return NULL;
    }
    attempts_all_init(&p->starts, STARTS, START_EVERY);
    (void)snprintf(p->redirect, sizeof p->redirect, "%s/api/account/oidc/back", d->config.origin);
    p->config = (struct oidc_config){c->oidc_issuer, c->oidc_client, p->secret, p->redirect};
    return p;
}
