/* Records after the handshake, without the library; see dtls_rest.h. */
#include "crypt/dtls_rest.h"

#include "base/mutant.h"
#include "base/reader.h"
#include "base/writer.h"
#include "crypt/crypt.h"

enum {
    SUITE_AES_128_GCM = 0xc02b, /* RFC 5289 section 3.2 */
    RANDOM = 32,
    MASTER = 48,
    RECORD_HEAD = 13,
    EXPLICIT_NONCE = 8,
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_APPLICATION = 23,
    ALERT_BYTES = 2,
    ALERT_FATAL = 2,
    ALERT_CLOSE_NOTIFY = 0,
    SEALED_ALERT = EXPLICIT_NONCE + ALERT_BYTES + AEAD_TAG_LEN,
    VERSION_1_2 = 0xfefd,
};

/* key_block = PRF(master_secret, "key expansion", server_random + client_random): the client's
 * key, the server's, the client's salt, the server's. */
static enum err key_block(const SSL *ssl, uint8_t *out, size_t len)
{
    static char digest[] = "SHA256", label[] = "key expansion";
    uint8_t master[MASTER], client[RANDOM], server[RANDOM];
    enum err e = ERR_CRYPTO;
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    if (ctx && SSL_SESSION_get_master_key(SSL_get0_session(ssl), master, MASTER) == MASTER &&
        SSL_get_client_random(ssl, client, RANDOM) == RANDOM &&
        SSL_get_server_random(ssl, server, RANDOM) == RANDOM) {
        const OSSL_PARAM params[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, MASTER),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, server, RANDOM),
            OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, client, RANDOM),
            OSSL_PARAM_construct_end(),
        };
        e = EVP_KDF_derive(ctx, out, len, params) == 1 ? ERR_OK : ERR_CRYPTO;
    }
    crypt_wipe(master, sizeof master);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    ERR_clear_error();
    return e;
}

void dtls_rest_flight(struct dtls_rest *r, struct span flight)
{
    if (flight.len > sizeof r->flight)
        return;
    r->flight_len = (uint16_t)flight.len;
    memcpy(r->flight, flight.ptr, flight.len);
}

enum err dtls_rest_key(struct dtls_rest *r, const SSL *ssl)
{
    uint8_t block[2 * (AEAD_KEY_LEN + DTLS_REST_SALT)];
    const SSL_CIPHER *suite = SSL_get_current_cipher(ssl);
    if (!suite || SSL_CIPHER_get_protocol_id(suite) != SUITE_AES_128_GCM || r->flight_len == 0)
        return ERR_UNSUPPORTED;
    TRY(key_block(ssl, block, sizeof block));
    memcpy(r->key, block, AEAD_KEY_LEN);
    memcpy(r->salt, block + 2 * AEAD_KEY_LEN, DTLS_REST_SALT);
    crypt_wipe(block, sizeof block);
    return ERR_OK;
}

/*  type 1 | version 2 | epoch 2 | sequence number 6 | length 2 | body
 *  body of an alert: explicit nonce 8 | sealed: level 1, description 1 | tag 16
 *  sealed with it: epoch and sequence number | type | version | plain length */
static bool says_goodbye(const struct dtls_rest *r, const uint8_t *record)
{
    uint8_t iv[AEAD_IV_LEN], aad[RECORD_HEAD], alert[ALERT_BYTES + AEAD_TAG_LEN];
    struct aead in;
    memcpy(iv, r->salt, DTLS_REST_SALT);
    memcpy(iv + DTLS_REST_SALT, record + RECORD_HEAD, EXPLICIT_NONCE);
    struct writer w = writer_of(aad, sizeof aad);
    writer_bytes(&w, span_of(record + 3, 8));
    writer_bytes(&w, span_of(record, 3));
    writer_u16(&w, ALERT_BYTES);
    memcpy(alert, record + RECORD_HEAD + EXPLICIT_NONCE, sizeof alert);
    if (aead_open_unsealer(&in, r->key) != ERR_OK)
        return false;
    bool true_word = aead_unseal(&in, iv, span_of(aad, sizeof aad), alert, sizeof alert) == ERR_OK;
    aead_close(&in);
    return true_word && (alert[0] == ALERT_FATAL || alert[1] == ALERT_CLOSE_NOTIFY);
}

enum dtls_heard dtls_rest_hear(const struct dtls_rest *r, struct span datagram)
{
    struct reader in = reader_of(datagram);
    enum dtls_heard heard = DTLS_HEARD_NOTHING;
    while (reader_left(&in) > RECORD_HEAD) {
        const uint8_t *record = datagram.ptr + (datagram.len - reader_left(&in));
        uint8_t type = reader_u8(&in);
        uint16_t version = reader_u16(&in), epoch = reader_u16(&in);
        reader_skip(&in, 6);
        uint16_t len = reader_u16(&in);
        reader_skip(&in, len);
        if (!reader_ok(&in) || version != VERSION_1_2 || epoch > 1)
            break;
        if (type == TYPE_HANDSHAKE)
            heard = DTLS_HEARD_FLIGHT;
        else if (type == TYPE_APPLICATION && DEFENCE(14, false))
            heard = DTLS_HEARD_FLIGHT; /* a stack for data channels would answer */
        else if (type == TYPE_ALERT && epoch == 1 && len == SEALED_ALERT)
            return says_goodbye(r, record) ? DTLS_HEARD_GOODBYE : heard; /* one try a datagram */
    }
    return heard;
}
