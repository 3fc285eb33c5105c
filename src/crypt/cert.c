/* Self-signed ECDSA P-256 certificates. */
#include "crypt/cert.h"

#include "base/bug.h"
#include "base/text.h"
#include "crypt/cert_inner.h"
#include "crypt/crypt.h"

enum { DAY_S = 86400, DTLS_DAYS = 30, SERIAL_LEN = 16, NAME_MAX_LEN = 253 };

struct cert_plan {
    const char *common_name;
    int64_t now_unix_s;
    int days;
    GENERAL_NAMES *alt_names; /* NULL: none, and no TLS server extensions; *borrowed* */
};

static bool set_serial(X509 *x)
{
    uint8_t bytes[SERIAL_LEN];
    if (crypt_random(bytes, sizeof(bytes)) != ERR_OK)
        return false;
    bytes[0] &= 0x7f; /* RFC 5280 section 4.1.2.2: positive */
    bytes[0] |= 0x40; /* and of full length */
    BIGNUM *n = BN_bin2bn(bytes, sizeof(bytes), NULL);
    bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
    BN_free(n);
    return ok;
}

static bool set_validity(X509 *x, int64_t now_unix_s, int days)
{
    int64_t from = now_unix_s - DAY_S, to = now_unix_s + (int64_t)days * DAY_S;
    return ASN1_TIME_set(X509_getm_notBefore(x), (time_t)from) &&
           ASN1_TIME_set(X509_getm_notAfter(x), (time_t)to);
}

static bool add_text_extension(X509 *x, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = e && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return ok;
}

static bool add_server_extensions(X509 *x, GENERAL_NAMES *alt_names)
{
    return X509_add1_ext_i2d(x, NID_subject_alt_name, alt_names, 0, X509V3_ADD_DEFAULT) == 1 &&
           add_text_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
           add_text_extension(x, NID_key_usage, "critical,digitalSignature") &&
           add_text_extension(x, NID_ext_key_usage, "serverAuth");
}

static bool fill(X509 *x, EVP_PKEY *key, const struct cert_plan *plan)
{
    X509_NAME *name = X509_get_subject_name(x);
    const unsigned char *cn = (const unsigned char *)plan->common_name;
    if (!X509_set_version(x, X509_VERSION_3) || !set_serial(x) ||
        !set_validity(x, plan->now_unix_s, plan->days))
        return false;
    if (!X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, cn, -1, -1, 0) ||
        !X509_set_issuer_name(x, name) || !X509_set_pubkey(x, key))
        return false;
    if (plan->alt_names && !add_server_extensions(x, plan->alt_names))
        return false;
    return X509_sign(x, key, EVP_sha256()) > 0;
}

static enum err make(struct cert *c, const struct cert_plan *plan)
{
    c->key = EVP_EC_gen("P-256");
    c->x509 = X509_new();
    if (!c->key || !c->x509 || !fill(c->x509, c->key, plan)) {
        ERR_clear_error();
        return ERR_CRYPTO;
    }
    unsigned len = CERT_FINGERPRINT_LEN;
    if (X509_digest(c->x509, EVP_sha256(), c->fingerprint, &len) != 1)
        return ERR_CRYPTO;
    return ERR_OK;
}

static void unmake(struct cert *c)
{
    X509_free(c->x509);
    EVP_PKEY_free(c->key);
    *c = (struct cert){0};
}

enum err cert_open(struct cert **out, int64_t now_unix_s)
{
    *out = NULL;
    struct cert *c = OPENSSL_zalloc(sizeof(*c));
    if (!c)
        return ERR_NOMEM;
    struct cert_plan plan = {"media", now_unix_s, DTLS_DAYS, NULL};
    enum err e = make(c, &plan);
    if (e != ERR_OK) {
        cert_close(c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void cert_close(struct cert *c)
{
    if (!c)
        return;
    unmake(c);
    OPENSSL_free(c);
}

void cert_fingerprint(const struct cert *c, uint8_t out[CERT_FINGERPRINT_LEN])
{
    memcpy(out, c->fingerprint, CERT_FINGERPRINT_LEN);
}

void cert_fingerprint_text(const uint8_t fingerprint[CERT_FINGERPRINT_LEN],
                           char out[CERT_FINGERPRINT_TEXT + 1])
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < CERT_FINGERPRINT_LEN; i++) {
        out[3 * i] = digits[fingerprint[i] >> 4];
        out[3 * i + 1] = digits[fingerprint[i] & 15];
        out[3 * i + 2] = i + 1 < CERT_FINGERPRINT_LEN ? ':' : '\0';
    }
}

enum err cert_fingerprint_parse(struct span text, uint8_t out[CERT_FINGERPRINT_LEN])
{
    uint8_t bytes[CERT_FINGERPRINT_LEN];
    size_t n = 0;
    if (text.len != CERT_FINGERPRINT_TEXT)
        return ERR_MALFORMED;
    for (size_t i = 0; i < CERT_FINGERPRINT_LEN; i++) {
        const uint8_t *pair = text.ptr + 3 * i;
        if (i + 1 < CERT_FINGERPRINT_LEN && pair[2] != ':')
            return ERR_MALFORMED;
        if (text_unhex(&bytes[i], 1, &n, span_of(pair, 2)) != ERR_OK || n != 1)
            return ERR_MALFORMED;
    }
    memcpy(out, bytes, sizeof(bytes));
    return ERR_OK;
}

/* Letters, digits, hyphens and dots; a label neither empty nor over 63; "*." may lead. */
static bool is_dns_name(const char *s)
{
    size_t len = strlen(s), label = 0;
    if (len == 0 || len > NAME_MAX_LEN)
        return false;
    if (s[0] == '*' && s[1] == '.') {
        s += 2;
        len -= 2;
    }
    for (size_t i = 0; i < len; i++) {
        bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z');
        bool digit = s[i] >= '0' && s[i] <= '9';
        if (s[i] == '.' ? label == 0 : !letter && !digit && s[i] != '-')
            return false;
        label = s[i] == '.' ? 0 : label + 1;
        if (label > 63)
            return false;
    }
    return label > 0;
}

static enum err push_name(GENERAL_NAMES *names, int type, ASN1_STRING *value)
{
    GENERAL_NAME *g = GENERAL_NAME_new();
    if (!g) {
        ASN1_STRING_free(value);
        return ERR_NOMEM;
    }
    GENERAL_NAME_set0_value(g, type, value);
    if (sk_GENERAL_NAME_push(names, g) <= 0) {
        GENERAL_NAME_free(g);
        return ERR_NOMEM;
    }
    return ERR_OK;
}

static enum err add_name(GENERAL_NAMES *names, const char *name)
{
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);
    if (ip)
        return push_name(names, GEN_IPADD, ip);
    ERR_clear_error();
    if (!is_dns_name(name))
        return ERR_MALFORMED;
    ASN1_IA5STRING *dns = ASN1_IA5STRING_new();
    if (!dns || !ASN1_STRING_set(dns, name, -1)) {
        ASN1_IA5STRING_free(dns);
        return ERR_NOMEM;
    }
    return push_name(names, GEN_DNS, dns);
}

static enum err add_names(GENERAL_NAMES *names, const struct cert_request *request)
{
    static const char *const local[] = {"localhost", "127.0.0.1", "::1"};
    if (!names)
        return ERR_NOMEM;
    if (request->count > CERT_NAMES_MAX)
        return ERR_LIMIT;
    for (size_t i = 0; i < ARRAY_LEN(local); i++)
        TRY(add_name(names, local[i]));
    for (size_t i = 0; i < request->count; i++)
        TRY(add_name(names, request->names[i]));
    return ERR_OK;
}

static enum err take_pem(BIO *bio, char out[CERT_PEM_MAX])
{
    int n = BIO_read(bio, out, CERT_PEM_MAX - 1);
    if (n <= 0)
        return ERR_CRYPTO;
    out[n] = '\0';
    return BIO_pending(bio) == 0 ? ERR_OK : ERR_LIMIT;
}

static enum err write_pem(const struct cert *c, struct cert_pem *out)
{
    BIO *bio = BIO_new(BIO_s_secmem()); /* the key passes through it: wiped when freed */
    enum err e = ERR_CRYPTO;
    if (!bio)
        return ERR_NOMEM;
    if (PEM_write_bio_X509(bio, c->x509) != 1)
        goto out;
    if ((e = take_pem(bio, out->cert)) != ERR_OK)
        goto out;
    e = ERR_CRYPTO;
    if (PEM_write_bio_PKCS8PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL) != 1)
        goto out;
    e = take_pem(bio, out->key);
out:
    BIO_free(bio);
    return e;
}

enum err cert_write_pem(const struct cert_request *request, struct cert_pem *out)
{
    struct cert c = {0};
    struct cert_plan plan = {"localhost", request->now_unix_s, request->days, NULL};
    crypt_wipe(out, sizeof(*out));
    plan.alt_names = GENERAL_NAMES_new();
    enum err e = add_names(plan.alt_names, request);
    if (e != ERR_OK)
        goto out;
    e = make(&c, &plan);
    if (e != ERR_OK)
        goto out;
    e = write_pem(&c, out);
    memcpy(out->fingerprint, c.fingerprint, sizeof(out->fingerprint));
out:
    GENERAL_NAMES_free(plan.alt_names);
    unmake(&c);
    if (e != ERR_OK)
        crypt_wipe(out, sizeof(*out));
    ERR_clear_error();
    return e;
}
