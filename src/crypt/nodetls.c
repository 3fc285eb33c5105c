/* The library runs the handshake; the peer's chain is judged here alone, by authority_check, in
 * place of the library's own walk through names and purposes. */
#include "crypt/nodetls.h"

#include "base/bug.h"
#include "base/mutant.h"
#include "crypt/crypt.h"
#include "crypt/openssl.h"

enum { CHAIN = 2, CHAIN_BYTES = 4096 };

struct nodetls_ctx {
    SSL_CTX *ssl; /* *owned* */
    uint8_t root[AUTHORITY_KEY];
    bool government; /* our realm */
};

struct nodetls {
    const struct nodetls_ctx *ctx; /* *borrowed* */
    SSL *ssl;                      /* *owned*, with its two BIOs */
    BIO *in, *out;                 /* *borrowed* from ssl */
    enum nodetls_state state;
    enum nodetls_fault fault;
    enum authority_fault certificate;
    int64_t now_s;
    size_t bytes_in; /* before the handshake is done */
    bool seen;       /* peer and zone were judged and are fine */
    struct authority_node peer, zone;
};

/* ---- the peer's certificates ---- */

static size_t der_of(X509 *x, uint8_t out[AUTHORITY_DER])
{
    uint8_t *at = out;
    int len = x ? i2d_X509(x, NULL) : 0;
    return len > 0 && len <= AUTHORITY_DER ? (size_t)i2d_X509(x, &at) : 0;
}

static enum nodetls_fault judge(struct nodetls *t, const STACK_OF(X509) * chain)
{
    uint8_t node[AUTHORITY_DER], zone[AUTHORITY_DER];
    if (sk_X509_num(chain) != CHAIN)
        return NODETLS_FAULT_NONE;
    struct span node_der = span_of(node, der_of(sk_X509_value(chain, 0), node));
    struct span zone_der = span_of(zone, der_of(sk_X509_value(chain, 1), zone));
    t->certificate = authority_check(t->ctx->root, zone_der, node_der, t->now_s, &t->peer);
    bool fine = t->certificate == AUTHORITY_FINE ||
                (DEFENCE(42, false) && authority_read(node_der, &t->peer));
    if (!fine || !authority_read(zone_der, &t->zone))
        return NODETLS_FAULT_CERTIFICATE;
    return t->peer.government == t->ctx->government ? NODETLS_FAULT_FINE : NODETLS_FAULT_REALM;
}

static int on_chain(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct nodetls *t = SSL_get_app_data(ssl);
    enum nodetls_fault fault = judge(t, X509_STORE_CTX_get0_untrusted(store));
    if (t->fault == NODETLS_FAULT_FINE)
        t->fault = fault;
    t->seen = fault == NODETLS_FAULT_FINE;
    X509_STORE_CTX_set_error(store, t->seen ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return t->seen;
}

/* ---- our own ---- */

static bool use_own(SSL_CTX *ssl, const struct nodetls_identity *own)
{
    const uint8_t *node = own->node.ptr, *zone = own->zone.ptr;
    X509 *leaf = d2i_X509(NULL, &node, (long)own->node.len);
    X509 *above = d2i_X509(NULL, &zone, (long)own->zone.len);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, own->seed, SIGN_SEED);
    bool ok = leaf && above && key && SSL_CTX_use_certificate(ssl, leaf) == 1 &&
              SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_add1_chain_cert(ssl, above) == 1;
    X509_free(leaf);
    X509_free(above);
    EVP_PKEY_free(key);
    return ok;
}

static bool configure(SSL_CTX *ssl, const struct nodetls_identity *own)
{
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ssl, on_chain, NULL);
    SSL_CTX_set_max_cert_list(ssl, CHAIN_BYTES);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
           SSL_CTX_set1_groups_list(ssl, "X25519:P-256") == 1 &&
           SSL_CTX_set1_sigalgs_list(ssl, "ed25519") == 1 && use_own(ssl, own);
}

enum err nodetls_ctx_open(struct nodetls_ctx **out, const struct nodetls_identity *own,
                          int64_t now_s, enum authority_fault *fault)
{
    struct authority_node us;
    uint8_t key[AUTHORITY_KEY];
    *out = NULL;
    *fault = authority_check(own->root, own->zone, own->node, now_s, &us);
    sign_public(own->seed, key);
    if (*fault != AUTHORITY_FINE || memcmp(key, us.key, sizeof key) != 0)
        return ERR_AUTH;
    struct nodetls_ctx *ctx = OPENSSL_zalloc(sizeof *ctx);
    if (!ctx)
        return ERR_NOMEM;
    memcpy(ctx->root, own->root, sizeof ctx->root);
    ctx->government = us.government;
    ctx->ssl = SSL_CTX_new(TLS_method());
    bool ok = ctx->ssl && configure(ctx->ssl, own);
    ERR_clear_error();
    if (!ok) {
        nodetls_ctx_close(ctx);
        return ERR_CRYPTO;
    }
    *out = ctx;
    return ERR_OK;
}

void nodetls_ctx_close(struct nodetls_ctx *ctx)
{
    if (!ctx)
        return;
    SSL_CTX_free(ctx->ssl);
    OPENSSL_free(ctx);
}

/* ---- the connection ---- */

static void fail(struct nodetls *t, enum nodetls_fault fault)
{
    if (t->fault == NODETLS_FAULT_FINE)
        t->fault = fault;
    t->state = NODETLS_FAILED;
}

static enum nodetls_fault fault_of(void)
{
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        return NODETLS_FAULT_NONE;
    if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        return NODETLS_FAULT_LIMIT;
    return reason > SSL_AD_REASON_OFFSET ? NODETLS_FAULT_REFUSED : NODETLS_FAULT_FORM;
}

/* What a call of the library left: nothing to worry about, the end, or a failure. */
static void settle(struct nodetls *t, int result)
{
    int e = SSL_get_error(t->ssl, result);
    if (e == SSL_ERROR_ZERO_RETURN)
        t->state = t->state == NODETLS_CONNECTED ? NODETLS_CLOSED : NODETLS_FAILED;
    else if (e != SSL_ERROR_NONE && e != SSL_ERROR_WANT_READ && e != SSL_ERROR_WANT_WRITE)
        fail(t, fault_of());
    ERR_clear_error();
}

static void shake(struct nodetls *t)
{
    ERR_clear_error();
    int result = SSL_do_handshake(t->ssl);
    if (result != 1)
        settle(t, result);
    else if (t->seen)
        t->state = NODETLS_CONNECTED;
    else
        fail(t, NODETLS_FAULT_NONE);
}

struct nodetls *nodetls_open(struct nodetls_ctx *ctx, enum nodetls_role role, int64_t now_s)
{
    struct nodetls *t = OPENSSL_zalloc(sizeof *t);
    if (!t)
        return NULL;
    t->ctx = ctx;
    t->now_s = now_s;
    t->ssl = SSL_new(ctx->ssl);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    if (!t->ssl || !t->in || !t->out) {
        BIO_free(t->in);
        BIO_free(t->out);
        nodetls_close(t);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_bio(t->ssl, t->in, t->out);
    SSL_set_app_data(t->ssl, t);
    if (role == NODETLS_SERVER) {
        SSL_set_accept_state(t->ssl);
    } else {
        SSL_set_connect_state(t->ssl);
        shake(t);
    }
    return t;
}

void nodetls_close(struct nodetls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    OPENSSL_cleanse(t, sizeof *t);
    OPENSSL_free(t);
}

void nodetls_input(struct nodetls *t, struct span bytes)
{
    if (t->state >= NODETLS_CLOSED || bytes.len == 0)
        return;
    if (bytes.len > NODETLS_INPUT) {
        fail(t, NODETLS_FAULT_LIMIT);
        return;
    }
    if (t->state == NODETLS_SHAKING) {
        t->bytes_in += bytes.len;
        if (t->bytes_in > NODETLS_HANDSHAKE) {
            fail(t, NODETLS_FAULT_LIMIT);
            return;
        }
    }
    if (BIO_write(t->in, bytes.ptr, (int)bytes.len) != (int)bytes.len)
        fail(t, NODETLS_FAULT_LIMIT);
    else if (t->state == NODETLS_SHAKING)
        shake(t);
    else
        settle(t, SSL_peek(t->ssl, &(uint8_t){0}, 1)); /* a refusal or a goodbye is seen at once */
}

size_t nodetls_poll(struct nodetls *t, uint8_t *out, size_t cap)
{
    int n = BIO_read(t->out, out, cap > INT32_MAX ? INT32_MAX : (int)cap);
    return n > 0 ? (size_t)n : 0;
}

size_t nodetls_read(struct nodetls *t, uint8_t *out, size_t cap)
{
    size_t len = 0;
    if (t->state != NODETLS_CONNECTED || cap == 0)
        return 0;
    ERR_clear_error();
    int result = SSL_read_ex(t->ssl, out, cap, &len);
    if (result == 1)
        return len;
    settle(t, result);
    return 0;
}

enum err nodetls_write(struct nodetls *t, struct span bytes)
{
    size_t len = 0, at = 0;
    if (t->state != NODETLS_CONNECTED)
        return ERR_STATE;
    if (bytes.len > NODETLS_INPUT)
        return ERR_LIMIT;
    ERR_clear_error();
    for (; at < bytes.len; at += len) {
        if (SSL_write_ex(t->ssl, bytes.ptr + at, bytes.len - at, &len) != 1) {
            settle(t, 0);
            return ERR_NOMEM;
        }
    }
    return ERR_OK;
}

/* ---- what it says ---- */

enum nodetls_state nodetls_state(const struct nodetls *t)
{
    return t->state;
}

enum nodetls_fault nodetls_fault(const struct nodetls *t)
{
    return t->fault;
}

enum authority_fault nodetls_certificate(const struct nodetls *t)
{
    return t->fault == NODETLS_FAULT_CERTIFICATE ? t->certificate : AUTHORITY_FINE;
}

static bool knows_peer(const struct nodetls *t)
{
    return t->seen && (t->state == NODETLS_CONNECTED || t->state == NODETLS_CLOSED);
}

const struct authority_node *nodetls_peer(const struct nodetls *t)
{
    return knows_peer(t) ? &t->peer : NULL;
}

const struct authority_node *nodetls_peer_zone(const struct nodetls *t)
{
    return knows_peer(t) ? &t->zone : NULL;
}

enum err nodetls_export(const struct nodetls *t, const char *label, struct span context,
                        uint8_t *out, size_t len)
{
    crypt_wipe(out, len);
    if (t->state != NODETLS_CONNECTED)
        return ERR_STATE;
    int ok = SSL_export_keying_material(t->ssl, out, len, label, strlen(label), context.ptr,
                                        context.len, 1);
    ERR_clear_error();
    if (ok != 1)
        crypt_wipe(out, len);
    return ok == 1 ? ERR_OK : ERR_CRYPTO;
}

const char *nodetls_fault_words(enum nodetls_fault fault)
{
    static const char *const words[] = {
#define FAULT(name, text) [NODETLS_FAULT_##name] = text,
        NODETLS_FAULTS(FAULT)
#undef FAULT
    };
    BUG_IF(fault >= NODETLS_FAULT_COUNT_);
    return words[fault];
}
