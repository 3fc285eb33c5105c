/* Verification through cjose, see jws.h. */
#include "crypt/jws.h"

#include <stdlib.h>

#include "crypt/openssl.h"

#include <cjose/cjose.h>

static const struct {
    const char *name;
    cjose_jwk_kty_t kty;
} algs[JWS_ALG_COUNT_] = {
    [JWS_RS256] = {"RS256", CJOSE_JWK_KTY_RSA},
    [JWS_PS256] = {"PS256", CJOSE_JWK_KTY_RSA},
    [JWS_ES256] = {"ES256", CJOSE_JWK_KTY_EC},
};

enum { RSA_BITS_MIN = 2048 };

enum err jws_alg_read(enum jws_alg *out, const char *name)
{
    for (int i = 0; i < JWS_ALG_COUNT_; i++) {
        if (strcmp(algs[i].name, name) != 0)
            continue;
        *out = (enum jws_alg)i;
        return ERR_OK;
    }
    return ERR_UNSUPPORTED;
}

/* The header may only repeat what was agreed. An extension that must be understood is none of ours
 * (RFC 7515 section 4.1.11). */
static bool header_ok(cjose_jws_t *jws, enum jws_alg alg)
{
    cjose_err why;
    cjose_header_t *h = cjose_jws_get_protected(jws);
    const char *name = h ? cjose_header_get(h, CJOSE_HDR_ALG, &why) : NULL;
    if (!name || strcmp(name, algs[alg].name) != 0)
        return false;
    char *critical = cjose_header_get_raw(h, "crit", &why);
    free(critical);
    return !critical;
}

static bool key_ok(const cjose_jwk_t *key, enum jws_alg alg)
{
    cjose_err why;
    if (cjose_jwk_get_kty(key, &why) != algs[alg].kty)
        return false;
    return algs[alg].kty == CJOSE_JWK_KTY_EC
               ? cjose_jwk_EC_get_curve(key, &why) == CJOSE_JWK_EC_P_256
               : cjose_jwk_get_keysize(key, &why) >= RSA_BITS_MIN;
}

static enum err open_with(cjose_jws_t *jws, const cjose_jwk_t *key, enum jws_alg alg,
                          struct span *payload)
{
    cjose_err why;
    uint8_t *bytes = NULL;
    if (!header_ok(jws, alg) || !key_ok(key, alg) || !cjose_jws_verify(jws, key, &why))
        return ERR_AUTH;
    if (!cjose_jws_get_plaintext(jws, &bytes, &payload->len, &why))
        return ERR_MALFORMED;
    payload->ptr = bytes;
    return payload->len <= JWS_BYTES_MAX ? ERR_OK : ERR_LIMIT;
}

enum err jws_open(struct span token, struct span jwk, enum jws_alg alg, uint8_t out[JWS_BYTES_MAX],
                  size_t *len)
{
    cjose_err why;
    if (token.len == 0 || token.len > JWS_BYTES_MAX || jwk.len == 0 || jwk.len > JWS_KEY_MAX)
        return ERR_LIMIT;
    cjose_jwk_t *key = cjose_jwk_import((const char *)jwk.ptr, jwk.len, &why);
    cjose_jws_t *jws = cjose_jws_import((const char *)token.ptr, token.len, &why);
    struct span payload = {NULL, 0};
    enum err e = key && jws ? open_with(jws, key, alg, &payload) : ERR_MALFORMED;
    if (e == ERR_OK) {
        memcpy(out, payload.ptr, payload.len);
        *len = payload.len;
    }
    cjose_jws_release(jws);
    cjose_jwk_release(key);
    return e;
}
