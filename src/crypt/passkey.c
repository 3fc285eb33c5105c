/* libfido2 as a verifier, see passkey.h. What it parses as CBOR is walked first (cbor_bound.h). */
#include "crypt/passkey.h"

#include "crypt/cbor_bound.h"
#include "crypt/openssl.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

enum {
    AUTH_FIXED = 32 + 1 + 4, /* hash, flags, counter: WebAuthn section 6.1 */
    AUTH_FLAGS = 32,
    AUTH_ATTESTED = 0x40,
    AUTH_EXTENDED = 0x80,
    AAGUID = 16
};

/* Authenticator data whose CBOR asks the library for no more than is there: the key of a new
 * credential, and extensions. An assertion has no credential in it. */
static bool is_bounded(struct span auth, bool attested)
{
    struct reader r = reader_of(auth);
    struct span fixed = reader_take(&r, AUTH_FIXED);
    uint8_t flags = fixed.ptr ? fixed.ptr[AUTH_FLAGS] : 0;
    if (!fixed.ptr || ((flags & AUTH_ATTESTED) != 0) != attested)
        return false;
    if (attested) {
        reader_skip(&r, AAGUID);
        reader_skip(&r, reader_u16(&r));
        if (cbor_bound_take(&r) != ERR_OK)
            return false;
    }
    if ((flags & AUTH_EXTENDED) && cbor_bound_take(&r) != ERR_OK)
        return false;
    return reader_ok(&r) && reader_left(&r) == 0;
}

static enum err take(const fido_cred_t *c, int alg, struct passkey *out)
{
    size_t key = fido_cred_pubkey_len(c), id = fido_cred_id_len(c);
    if (id == 0 || key == 0 || !fido_cred_id_ptr(c) || !fido_cred_pubkey_ptr(c))
        return ERR_MALFORMED;
    if (id > PASSKEY_ID_MAX || key > PASSKEY_KEY_MAX)
        return ERR_LIMIT;
    *out = (struct passkey){.alg = alg, .id_len = (uint16_t)id, .key_len = (uint16_t)key};
    memcpy(out->id, fido_cred_id_ptr(c), id);
    memcpy(out->key, fido_cred_pubkey_ptr(c), key);
    return ERR_OK;
}

/* The library reads a key of the algorithm that it expects only. */
static enum err read_as(int alg, struct passkey *out, struct span auth)
{
    fido_cred_t *c = fido_cred_new();
    if (!c)
        return ERR_NOMEM;
    enum err e = ERR_MALFORMED;
    if (fido_cred_set_type(c, alg) == FIDO_OK &&
        fido_cred_set_authdata_raw(c, auth.ptr, auth.len) == FIDO_OK)
        e = take(c, alg, out);
    fido_cred_free(&c);
    return e;
}

enum err passkey_read(struct passkey *out, struct span auth)
{
    static const int algs[] = {PASSKEY_ES256, PASSKEY_EDDSA, PASSKEY_RS256};
    enum err e = ERR_MALFORMED;
    if (auth.len == 0 || auth.len > PASSKEY_AUTH_MAX)
        return ERR_LIMIT;
    if (!is_bounded(auth, true))
        return ERR_MALFORMED;
    for (size_t i = 0; e == ERR_MALFORMED && i < sizeof algs / sizeof *algs; i++)
        e = read_as(algs[i], out, auth);
    return e;
}

/* The library's own form of the key, *owned* by the caller; NULL when the bytes are no key. */
struct keys {
    es256_pk_t *es256;
    eddsa_pk_t *eddsa;
    rs256_pk_t *rs256;
};

static const void *key_open(struct keys *k, const struct passkey *p)
{
    *k = (struct keys){NULL, NULL, NULL};
    if (p->key_len == 0 || p->key_len > PASSKEY_KEY_MAX)
        return NULL;
    switch (p->alg) {
    case PASSKEY_ES256:
        k->es256 = es256_pk_new();
        return k->es256 && es256_pk_from_ptr(k->es256, p->key, p->key_len) == FIDO_OK ? k->es256
                                                                                      : NULL;
    case PASSKEY_EDDSA:
        k->eddsa = eddsa_pk_new();
        return k->eddsa && eddsa_pk_from_ptr(k->eddsa, p->key, p->key_len) == FIDO_OK ? k->eddsa
                                                                                      : NULL;
    case PASSKEY_RS256:
        k->rs256 = rs256_pk_new();
        return k->rs256 && rs256_pk_from_ptr(k->rs256, p->key, p->key_len) == FIDO_OK ? k->rs256
                                                                                      : NULL;
    default: /* a number out of a store */
        return NULL;
    }
}

static void key_close(struct keys *k)
{
    es256_pk_free(&k->es256);
    eddsa_pk_free(&k->eddsa);
    rs256_pk_free(&k->rs256);
}

static bool fill(fido_assert_t *f, const struct passkey_assertion *a)
{
    return fido_assert_set_clientdata_hash(f, a->client_data_hash, 32) == FIDO_OK &&
           fido_assert_set_rp(f, a->rp_id) == FIDO_OK && fido_assert_set_count(f, 1) == FIDO_OK &&
           fido_assert_set_up(f, FIDO_OPT_TRUE) == FIDO_OK &&
           fido_assert_set_uv(f, FIDO_OPT_TRUE) == FIDO_OK &&
           fido_assert_set_authdata_raw(f, 0, a->auth.ptr, a->auth.len) == FIDO_OK &&
           fido_assert_set_sig(f, 0, a->signature.ptr, a->signature.len) == FIDO_OK;
}

enum err passkey_verify(const struct passkey *key, const struct passkey_assertion *a)
{
    struct keys k;
    if (a->auth.len == 0 || a->auth.len > PASSKEY_AUTH_MAX || a->signature.len == 0 ||
        a->signature.len > PASSKEY_SIG_MAX || !is_bounded(a->auth, false))
        return ERR_AUTH;
    const void *pk = key_open(&k, key);
    fido_assert_t *f = pk ? fido_assert_new() : NULL;
    enum err e = pk ? ERR_AUTH : ERR_MALFORMED;
    if (f && fill(f, a) && fido_assert_verify(f, 0, key->alg, pk) == FIDO_OK)
        e = ERR_OK;
    fido_assert_free(&f);
    key_close(&k);
    return e;
}
