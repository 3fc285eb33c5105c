/* See oidc.h. */
#include "account/oidc.h"

#include "base/text.h"
#include "crypt/crypt.h"

enum { B64 = TEXT_BASE64URL_LEN(OIDC_SECRET) + 1 };

/* ---- attempts ---- */

const struct oidc_attempt *oidc_begin(struct oidc_table *t, const uint8_t random[OIDC_RANDOM],
                                      instant_us now)
{
    struct oidc_attempt *a = &t->attempt[t->next];
    t->next = (t->next + 1) % OIDC_ATTEMPTS;
    a->since = now;
    crypt_sha256(a->hash, span_of(random, OIDC_SECRET));
    memcpy(a->state, random + OIDC_SECRET, OIDC_SECRET);
    memcpy(a->nonce, random + 2 * OIDC_SECRET, OIDC_SECRET);
    memcpy(a->verifier, random + 3 * OIDC_SECRET, OIDC_SECRET);
    return a;
}

static bool take(struct oidc_table *t, const uint8_t hash[32], struct oidc_attempt *out)
{
    for (size_t i = 0; i < OIDC_ATTEMPTS; i++) {
        if (t->attempt[i].since == 0 || !crypt_equal(t->attempt[i].hash, hash, 32))
            continue;
        *out = t->attempt[i];
        crypt_wipe(&t->attempt[i], sizeof t->attempt[i]);
        return true;
    }
    return false;
}

bool oidc_take(struct oidc_table *t, struct span token, struct span state, instant_us now,
               struct oidc_attempt *out)
{
    uint8_t hash[32];
    char expected[B64];
    if (token.len != OIDC_SECRET)
        return false;
    crypt_sha256(hash, token);
    if (!take(t, hash, out))
        return false;
    text_base64url(expected, span_of(out->state, sizeof out->state));
    return now - out->since <= OIDC_ATTEMPT_US && state.len == B64 - 1 &&
           crypt_equal(expected, state.ptr, state.len);
}

/* ---- text of URLs and forms ---- */

struct out {
    char *text;
    size_t len, cap;
};

static void put_bytes(struct out *o, const char *text, size_t len)
{
    if (o->len + len < o->cap)
        memcpy(o->text + o->len, text, len);
    o->len += len;
}

static void put(struct out *o, const char *text)
{
    put_bytes(o, text, strlen(text));
}

/* Percent-encoded, but for what RFC 3986 section 2.3 leaves unreserved. */
static void put_encoded(struct out *o, struct span value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = value.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        const char code[3] = {'%', digits[c >> 4], digits[c & 15]};
        put_bytes(o, plain ? (const char *)&value.ptr[i] : code, plain ? 1 : 3);
    }
}

static void put_pair(struct out *o, const char *key, struct span value)
{
    put(o, key);
    put_encoded(o, value);
}

static void put_secret(struct out *o, const char *key, const uint8_t secret[OIDC_SECRET])
{
    char text[B64];
    text_base64url(text, span_of(secret, OIDC_SECRET));
    put_pair(o, key, span_str(text));
    crypt_wipe(text, sizeof text);
}

static enum err finish(struct out *o)
{
    if (o->len >= o->cap) {
        o->text[0] = '\0';
        return ERR_LIMIT;
    }
    o->text[o->len] = '\0';
    return ERR_OK;
}

static bool has_query(const char *url)
{
    while (*url && *url != '?')
        url++;
    return *url == '?';
}

enum err oidc_authorize_url(char out[OIDC_URL], const char *endpoint, const struct oidc_config *c,
                            const struct oidc_attempt *a)
{
    struct out o = {out, 0, OIDC_URL};
    uint8_t challenge[32];
    char verifier[B64];
    text_base64url(verifier, span_of(a->verifier, sizeof a->verifier));
    crypt_sha256(challenge, span_str(verifier));
    put(&o, endpoint);
    put_pair(&o, has_query(endpoint) ? "&client_id=" : "?client_id=", span_str(c->client));
    put_pair(&o, "&redirect_uri=", span_str(c->redirect));
    put(&o, "&response_type=code&scope=openid");
    put_secret(&o, "&state=", a->state);
    put_secret(&o, "&nonce=", a->nonce);
    put_secret(&o, "&code_challenge=", challenge);
    put(&o, "&code_challenge_method=S256");
    crypt_wipe(verifier, sizeof verifier);
    return finish(&o);
}

enum err oidc_token_form(char out[OIDC_FORM], const struct oidc_config *c,
                         const struct oidc_attempt *a, struct span code)
{
    struct out o = {out, 0, OIDC_FORM};
    put(&o, "grant_type=authorization_code");
    put_pair(&o, "&code=", code);
    put_pair(&o, "&redirect_uri=", span_str(c->redirect));
    put_pair(&o, "&client_id=", span_str(c->client));
    put_pair(&o, "&client_secret=", span_str(c->secret));
    put_secret(&o, "&code_verifier=", a->verifier);
    return finish(&o);
}

/* ---- claims ---- */

enum err oidc_check(const struct oidc_claims *k, const struct oidc_config *c,
                    const struct oidc_attempt *a, int64_t now_s)
{
    char nonce[B64];
    struct span client = span_str(c->client);
    text_base64url(nonce, span_of(a->nonce, sizeof a->nonce));
    if (k->sub.len == 0 || k->sub.len > OIDC_SUBJECT || !k->has_times)
        return ERR_MALFORMED;
    if (!span_equal(k->iss, span_str(c->issuer)) || !k->for_us ||
        !span_equal(k->nonce, span_str(nonce)))
        return ERR_AUTH;
    if (k->has_azp ? !span_equal(k->azp, client) : k->audiences > 1)
        return ERR_AUTH;
    if (k->exp <= now_s - OIDC_SKEW_S || k->iat > now_s + OIDC_SKEW_S ||
        k->iat < now_s - OIDC_FRESH_S || k->nbf > now_s + OIDC_SKEW_S)
        return ERR_REPLAY;
    return ERR_OK;
}
