/* Keyed cipher contexts. A packet costs one re-initialisation with its nonce, no allocation.
 * Why not EVP for each packet: OpenSSL 3.0's EVP looks for the length of the nonce and for the tag
 * by name, among all parameters a cipher has; that is a third of a small packet's instructions. So
 * the provider's own functions are called, through the public interface that EVP itself uses
 * (provider-cipher(7), OSSL_PROVIDER_query_operation(3)), and EVP only finds the provider. */
#include "crypt/aead.h"

#include "base/bug.h"
#include "crypt/openssl.h"

/* Errors of the library are kept in a queue a thread; one that nobody reads is dropped here. */
static enum err crypto_failed(void)
{
    ERR_clear_error();
    return ERR_CRYPTO;
}

/* --- the provider's functions ----------------------------------------------------------------- */

struct aead_calls {
    EVP_CIPHER *cipher; /* *owned*, to the end of the process: it keeps the provider */
    void *provider;
    OSSL_FUNC_cipher_newctx_fn *open;
    OSSL_FUNC_cipher_freectx_fn *close;
    OSSL_FUNC_cipher_encrypt_init_fn *start_sealing;
    OSSL_FUNC_cipher_decrypt_init_fn *start_unsealing;
    OSSL_FUNC_cipher_update_fn *update;
    OSSL_FUNC_cipher_final_fn *final;
    OSSL_FUNC_cipher_get_ctx_params_fn *get;
    OSSL_FUNC_cipher_set_ctx_params_fn *set;
};

static struct aead_calls gcm_calls, ctr_calls;
static CRYPTO_ONCE calls_found = CRYPTO_ONCE_STATIC_INIT;

static void take_functions(struct aead_calls *c, const OSSL_DISPATCH *d)
{
    for (; d->function_id != 0; d++) {
        switch (d->function_id) {
        case OSSL_FUNC_CIPHER_NEWCTX:
            c->open = OSSL_FUNC_cipher_newctx(d);
            break;
        case OSSL_FUNC_CIPHER_FREECTX:
            c->close = OSSL_FUNC_cipher_freectx(d);
            break;
        case OSSL_FUNC_CIPHER_ENCRYPT_INIT:
            c->start_sealing = OSSL_FUNC_cipher_encrypt_init(d);
            break;
        case OSSL_FUNC_CIPHER_DECRYPT_INIT:
            c->start_unsealing = OSSL_FUNC_cipher_decrypt_init(d);
            break;
        case OSSL_FUNC_CIPHER_UPDATE:
            c->update = OSSL_FUNC_cipher_update(d);
            break;
        case OSSL_FUNC_CIPHER_FINAL:
            c->final = OSSL_FUNC_cipher_final(d);
            break;
        case OSSL_FUNC_CIPHER_GET_CTX_PARAMS:
            c->get = OSSL_FUNC_cipher_get_ctx_params(d);
            break;
        case OSSL_FUNC_CIPHER_SET_CTX_PARAMS:
            c->set = OSSL_FUNC_cipher_set_ctx_params(d);
            break;
        }
    }
}

/* Among a provider's names for an algorithm: "id-aes128-GCM:AES-128-GCM:2.16...". */
static bool has_name(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; at; at = strchr(at, ':')) {
        at += *at == ':';
        if (strncmp(at, name, len) == 0 && (at[len] == ':' || at[len] == 0))
            return true;
    }
    return false;
}

/* What it does not find stays NULL, and opening fails. */
static void find_calls(struct aead_calls *c, const char *name)
{
    int uncacheable = 0;
    c->cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (!c->cipher)
        return;
    const OSSL_PROVIDER *p = EVP_CIPHER_get0_provider(c->cipher);
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(p, OSSL_OP_CIPHER, &uncacheable);
    c->provider = OSSL_PROVIDER_get0_provider_ctx(p);
    for (const OSSL_ALGORITHM *a = all; a && a->algorithm_names; a++) {
        if (has_name(a->algorithm_names, name)) {
            take_functions(c, a->implementation);
            break;
        }
    }
    if (all)
        OSSL_PROVIDER_unquery_operation(p, OSSL_OP_CIPHER, all);
}

static void find_all(void)
{
    find_calls(&gcm_calls, "AES-128-GCM");
    find_calls(&ctr_calls, "AES-128-CTR");
}

static bool complete(const struct aead_calls *c)
{
    return c->open && c->close && c->start_sealing && c->start_unsealing && c->update && c->final &&
           c->get && c->set;
}

static enum err open_ctx(void **out, const struct aead_calls *c, const uint8_t key[AEAD_KEY_LEN],
                         bool seals)
{
    *out = NULL;
    if (!CRYPTO_THREAD_run_once(&calls_found, find_all) || !complete(c))
        return crypto_failed();
    void *ctx = c->open(c->provider);
    if (!ctx)
        return ERR_NOMEM;
    int ok = seals ? c->start_sealing(ctx, key, AEAD_KEY_LEN, NULL, 0, NULL)
                   : c->start_unsealing(ctx, key, AEAD_KEY_LEN, NULL, 0, NULL);
    if (ok != 1) {
        c->close(ctx);
        return crypto_failed();
    }
    *out = ctx;
    return ERR_OK;
}

static void close_ctx(void **ctx, const struct aead_calls *c)
{
    if (*ctx)
        c->close(*ctx); /* clears the key schedule */
    *ctx = NULL;
}

/* --- AES-128-GCM ------------------------------------------------------------------------------ */

enum err aead_open_sealer(struct aead *a, const uint8_t key[AEAD_KEY_LEN])
{
    return open_ctx(&a->ctx, &gcm_calls, key, true);
}

enum err aead_open_unsealer(struct aead *a, const uint8_t key[AEAD_KEY_LEN])
{
    return open_ctx(&a->ctx, &gcm_calls, key, false);
}

void aead_close(struct aead *a)
{
    close_ctx(&a->ctx, &gcm_calls);
}

/* Without `out`: authenticates only. */
static bool update(const struct aead *a, uint8_t *out, struct span in)
{
    size_t n = 0;
    return in.len == 0 || gcm_calls.update(a->ctx, out, &n, in.len, in.ptr, in.len) == 1;
}

enum err aead_seal(struct aead *a, const uint8_t iv[AEAD_IV_LEN], const struct aead_text *text,
                   uint8_t *out)
{
    size_t n = 0;
    BUG_IF(text->parts > AEAD_PARTS_MAX);
    if (gcm_calls.start_sealing(a->ctx, NULL, 0, iv, AEAD_IV_LEN, NULL) != 1 ||
        !update(a, NULL, text->aad))
        return crypto_failed();
    for (size_t i = 0; i < text->parts; i++) {
        if (!update(a, out, text->part[i]))
            return crypto_failed();
        out += text->part[i].len;
    }
    OSSL_PARAM tag[] = {
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, out, AEAD_TAG_LEN),
        OSSL_PARAM_END,
    };
    if (gcm_calls.final(a->ctx, out, &n, 0) != 1 || gcm_calls.get(a->ctx, tag) != 1)
        return crypto_failed();
    return ERR_OK;
}

enum err aead_unseal(struct aead *a, const uint8_t iv[AEAD_IV_LEN], struct span aad, uint8_t *buf,
                     size_t len)
{
    if (len < AEAD_TAG_LEN)
        return ERR_SHORT;
    size_t n = 0, body = len - AEAD_TAG_LEN;
    OSSL_PARAM tag[] = {
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, buf + body, AEAD_TAG_LEN),
        OSSL_PARAM_END,
    };
    if (gcm_calls.start_unsealing(a->ctx, NULL, 0, iv, AEAD_IV_LEN, NULL) != 1 ||
        !update(a, NULL, aad) || !update(a, buf, span_of(buf, body)) ||
        gcm_calls.set(a->ctx, tag) != 1)
        return crypto_failed();
    uint8_t rest[AEAD_TAG_LEN]; /* GCM has nothing left to write at its end */
    return gcm_calls.final(a->ctx, rest, &n, sizeof rest) == 1 ? ERR_OK : ERR_AUTH;
}

/* --- AES-128 in counter mode ------------------------------------------------------------------ */

enum err ctr_open(struct ctr *c, const uint8_t key[AEAD_KEY_LEN])
{
    return open_ctx(&c->ctx, &ctr_calls, key, true);
}

void ctr_close(struct ctr *c)
{
    close_ctx(&c->ctx, &ctr_calls);
}

enum err ctr_start(struct ctr *c, const uint8_t iv[CTR_IV_LEN])
{
    return ctr_calls.start_sealing(c->ctx, NULL, 0, iv, CTR_IV_LEN, NULL) == 1 ? ERR_OK
                                                                               : crypto_failed();
}

enum err ctr_next(struct ctr *c, struct span in, uint8_t *out)
{
    size_t n = 0;
    if (in.len == 0)
        return ERR_OK;
    return ctr_calls.update(c->ctx, out, &n, in.len, in.ptr, in.len) == 1 ? ERR_OK
                                                                          : crypto_failed();
}
