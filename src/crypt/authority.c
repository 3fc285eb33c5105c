/* Certificates of zones' authorities and of nodes; see authority.h. A certificate has exactly the
 * extensions below and no others, in any order; DER that is not the one encoding is refused. */
#include "crypt/authority.h"

#include <assert.h>
#include "crypt/crypt.h"
#include "crypt/openssl.h"
#include "crypt/sign.h"

enum { SERIAL_LEN = 16, URI_MAX = 160, PARTS = 4 };

static const char root_name[] = "Conclave root";
static const char zone_uri[] = "conclave:zone/", node_uri[] = "conclave:node/";

const char *authority_fault_words(enum authority_fault fault)
{
    static const char *const words[] = {
#define FAULT(name, words) words,
        AUTHORITY_FAULTS(FAULT)
#undef FAULT
    };
    return fault < AUTHORITY_FAULT_COUNT_ ? words[fault] : "";
}

bool authority_name_fine(const char *name)
{
    size_t n = 0;
    for (; name[n] != '\0'; n++)
        if (n == AUTHORITY_NAME || !((name[n] >= 'a' && name[n] <= 'z') ||
                                     (name[n] >= '0' && name[n] <= '9') || name[n] == '-'))
            return false;
    return n > 0;
}

/* ---- names as a URI ---- */

/* "a/b/c" into its parts; false unless there are exactly so many, each a fine name. */
static bool split(const char *s, size_t len, char part[][AUTHORITY_NAME + 1], unsigned parts)
{
    unsigned at = 0;
    size_t n = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && s[i] != '/') {
            if (n == AUTHORITY_NAME || s[i] == '\0')
                return false;
            part[at][n++] = s[i];
            continue;
        }
        part[at][n] = '\0';
        if (!authority_name_fine(part[at]) || ++at > parts || (at == parts) != (i == len))
            return false;
        n = 0;
    }
    return true;
}

static bool uri_read(const char *uri, size_t len, struct authority_node *out)
{
    char part[PARTS][AUTHORITY_NAME + 1];
    bool node = len > sizeof node_uri && memcmp(uri, node_uri, sizeof node_uri - 1) == 0;
    if (!node && (len < sizeof zone_uri || memcmp(uri, zone_uri, sizeof zone_uri - 1) != 0))
        return false;
    size_t head = (node ? sizeof node_uri : sizeof zone_uri) - 1;
    if (!split(uri + head, len - head, part, node ? PARTS : 1))
        return false;
    memcpy(out->zone, part[0], sizeof out->zone);
    if (!node)
        return true;
    out->government = strcmp(part[3], "government") == 0;
    memcpy(out->centre, part[1], sizeof out->centre);
    memcpy(out->node, part[2], sizeof out->node);
    return out->government || strcmp(part[3], "commercial") == 0;
}

static size_t put(char *out, size_t at, const char *s)
{
    size_t n = strlen(s);
    memcpy(out + at, s, n);
    return at + n;
}

static size_t uri_write(char out[URI_MAX], const struct authority_node *n, bool node)
{
    static_assert(sizeof node_uri + 3 * (AUTHORITY_NAME + 1) + sizeof "government" < URI_MAX, "");
    size_t at = put(out, put(out, 0, node ? node_uri : zone_uri), n->zone);
    if (!node)
        return at;
    at = put(out, put(out, at, "/"), n->centre);
    at = put(out, put(out, at, "/"), n->node);
    return put(out, put(out, at, "/"), n->government ? "government" : "commercial");
}

/* ---- reading ---- */

/* The one extension of this kind, decoded; NULL: there is none, or it is there twice. */
static void *extension(const X509 *x, int nid, bool critical)
{
    int is_critical = -1;
    void *found = X509_get_ext_d2i(x, nid, &is_critical, NULL);
    if (found && is_critical == (critical ? 1 : 0))
        return found;
    if (nid == NID_subject_alt_name)
        GENERAL_NAMES_free(found);
    else if (nid == NID_basic_constraints)
        BASIC_CONSTRAINTS_free(found);
    else
        ASN1_BIT_STRING_free(found);
    return NULL;
}

static bool uri_of(const X509 *x, struct authority_node *out)
{
    GENERAL_NAMES *names = extension(x, NID_subject_alt_name, true);
    bool ok = names && sk_GENERAL_NAME_num(names) == 1;
    const GENERAL_NAME *name = ok ? sk_GENERAL_NAME_value(names, 0) : NULL;
    ok = name && name->type == GEN_URI &&
         uri_read((const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier),
                  (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier), out);
    GENERAL_NAMES_free(names);
    return ok;
}

/* An authority signs nodes and nothing below them; a node signs no certificate. */
static bool powers_of(const X509 *x, bool node)
{
    BASIC_CONSTRAINTS *basic = extension(x, NID_basic_constraints, true);
    bool ok =
        basic && (basic->ca != 0) == !node &&
        (node ? basic->pathlen == NULL : basic->pathlen && ASN1_INTEGER_get(basic->pathlen) == 0);
    BASIC_CONSTRAINTS_free(basic);
    ASN1_BIT_STRING *use = extension(x, NID_key_usage, true);
    ok = ok && use && use->length == 1 && use->data[0] == (node ? 0x80 : 0x04);
    ASN1_BIT_STRING_free(use);
    return ok && X509_get_ext_count(x) == 3;
}

static bool time_of(const ASN1_TIME *t, int64_t *out)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days, seconds;
    bool ok = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t) == 1;
    ASN1_TIME_free(epoch);
    if (ok)
        *out = (int64_t)days * 86400 + seconds;
    return ok;
}

static bool key_of(const X509 *x, uint8_t key[AUTHORITY_KEY])
{
    const EVP_PKEY *p = X509_get0_pubkey(x);
    size_t n = AUTHORITY_KEY;
    return p && EVP_PKEY_get_id(p) == EVP_PKEY_ED25519 &&
           EVP_PKEY_get_raw_public_key(p, key, &n) == 1 && n == AUTHORITY_KEY;
}

/* The whole of `der` and only as it would be written. */
static X509 *parse(struct span der)
{
    const unsigned char *at = der.ptr;
    if (der.len == 0 || der.len > AUTHORITY_DER)
        return NULL;
    X509 *x = d2i_X509(NULL, &at, (long)der.len);
    unsigned char *again = NULL;
    int n = x ? i2d_X509(x, &again) : 0;
    bool same = n > 0 && (size_t)n == der.len && memcmp(again, der.ptr, der.len) == 0;
    OPENSSL_free(again);
    if (!same || X509_get_version(x) != X509_VERSION_3 ||
        X509_get_signature_nid(x) != NID_ED25519) {
        X509_free(x);
        return NULL;
    }
    return x;
}

static bool read_into(const X509 *x, struct authority_node *out)
{
    *out = (struct authority_node){0};
    return uri_of(x, out) && powers_of(x, out->node[0] != '\0') && key_of(x, out->key) &&
           time_of(X509_get0_notBefore(x), &out->from_s) &&
           time_of(X509_get0_notAfter(x), &out->till_s);
}

bool authority_read(struct span der, struct authority_node *out)
{
    struct authority_node n;
    X509 *x = parse(der);
    bool ok = x && read_into(x, &n);
    X509_free(x);
    ERR_clear_error();
    if (ok)
        *out = n;
    return ok;
}

static bool signed_by(X509 *x, const uint8_t key[AUTHORITY_KEY])
{
    EVP_PKEY *p = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, AUTHORITY_KEY);
    bool ok = p && X509_verify(x, p) == 1;
    EVP_PKEY_free(p);
    return ok;
}

static enum authority_fault valid_at(const struct authority_node *n, int64_t now_s)
{
    return now_s < n->from_s   ? AUTHORITY_EARLY
           : now_s > n->till_s ? AUTHORITY_EXPIRED
                               : AUTHORITY_FINE;
}

static enum authority_fault check(const uint8_t root[AUTHORITY_KEY], X509 *zone, X509 *node,
                                  int64_t now_s, struct authority_node *out)
{
    struct authority_node z, n;
    if (!zone || !node || !read_into(zone, &z) || !read_into(node, &n) || z.node[0] != '\0' ||
        n.node[0] == '\0')
        return AUTHORITY_FORM;
    if (!signed_by(zone, root) || !signed_by(node, z.key) ||
        X509_NAME_cmp(X509_get_issuer_name(node), X509_get_subject_name(zone)) != 0)
        return AUTHORITY_SIGNATURE;
    if (strcmp(z.zone, n.zone) != 0)
        return AUTHORITY_ZONE;
    enum authority_fault fault = valid_at(&z, now_s);
    if (fault == AUTHORITY_FINE)
        fault = valid_at(&n, now_s);
    if (fault != AUTHORITY_FINE)
        return fault;
    *out = n;
    out->from_s = n.from_s > z.from_s ? n.from_s : z.from_s;
    out->till_s = n.till_s < z.till_s ? n.till_s : z.till_s;
    return fault;
}

enum authority_fault authority_check(const uint8_t root[AUTHORITY_KEY], struct span zone,
                                     struct span node, int64_t now_s, struct authority_node *out)
{
    X509 *z = parse(zone), *n = parse(node);
    enum authority_fault fault = check(root, z, n, now_s, out);
    X509_free(z);
    X509_free(n);
    ERR_clear_error();
    return fault;
}

/* ---- signing ---- */

static bool set_serial(X509 *x)
{
    uint8_t bytes[SERIAL_LEN];
    if (crypt_random(bytes, sizeof bytes) != ERR_OK)
        return false;
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* RFC 5280 section 4.1.2.2: positive */
    BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)) != NULL;
    BN_free(n);
    return ok;
}

static bool set_name(X509_NAME *name, const char *text)
{
    return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool add_uri(X509 *x, const char *uri, size_t len)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    bool ok = names && name && value && ASN1_STRING_set(value, uri, (int)len) == 1;
    if (ok) {
        GENERAL_NAME_set0_value(name, GEN_URI, value);
        value = NULL;
        ok = sk_GENERAL_NAME_push(names, name) > 0;
    }
    if (ok) {
        name = NULL;
        ok = X509_add1_ext_i2d(x, NID_subject_alt_name, names, 1, X509V3_ADD_DEFAULT) == 1;
    }
    ASN1_IA5STRING_free(value);
    GENERAL_NAME_free(name);
    GENERAL_NAMES_free(names);
    return ok;
}

static bool add_powers(X509 *x, bool node)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    static const int nid[2] = {NID_basic_constraints, NID_key_usage};
    const char *value[2] = {node ? "critical,CA:FALSE" : "critical,CA:TRUE,pathlen:0",
                            node ? "critical,digitalSignature" : "critical,keyCertSign"};
    for (int i = 0; i < 2; i++) {
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid[i], value[i]);
        bool ok = e && X509_add_ext(x, e, -1) == 1;
        X509_EXTENSION_free(e);
        if (!ok)
            return false;
    }
    return true;
}

static bool fill(X509 *x, const struct authority_node *n, bool node)
{
    char uri[URI_MAX], issuer[URI_MAX];
    size_t len = uri_write(uri, n, node);
    size_t at = node ? uri_write(issuer, n, false) : put(issuer, 0, root_name);
    issuer[at] = '\0';
    char subject[URI_MAX];
    memcpy(subject, uri, len);
    subject[len] = '\0';
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, n->key, AUTHORITY_KEY);
    /* The whole name stands in the URI: a common name is bound to 64 characters. */
    char *cn = node ? subject + sizeof node_uri - 1 + strlen(n->zone) + 1 : subject;
    if (node)
        cn[strlen(n->centre)] = '\0';
    bool ok = key && X509_set_version(x, X509_VERSION_3) && set_serial(x) &&
              ASN1_TIME_set(X509_getm_notBefore(x), (time_t)n->from_s) &&
              ASN1_TIME_set(X509_getm_notAfter(x), (time_t)n->till_s) &&
              set_name(X509_get_issuer_name(x), issuer) && set_name(X509_get_subject_name(x), cn) &&
              X509_set_pubkey(x, key) == 1 && add_uri(x, uri, len) && add_powers(x, node);
    EVP_PKEY_free(key);
    return ok;
}

static enum err sign(const uint8_t seed[AUTHORITY_SEED], const struct authority_node *n, bool node,
                     struct authority_der *out)
{
    EVP_PKEY *signer = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, AUTHORITY_SEED);
    X509 *x = X509_new();
    unsigned char *at = out->bytes;
    bool ok = signer && x && fill(x, n, node) && X509_sign(x, signer, NULL) > 0;
    int len = ok ? i2d_X509(x, NULL) : 0;
    ok = len > 0 && len <= AUTHORITY_DER && i2d_X509(x, &at) == len;
    out->len = ok ? (size_t)len : 0;
    EVP_PKEY_free(signer);
    X509_free(x);
    ERR_clear_error();
    return ok ? ERR_OK : ERR_CRYPTO;
}

/* RFC 5280 section 4.1.2.5: the years 1950 to 9999; nothing of ours begins before 2000. */
static bool times_fine(const struct authority_node *n)
{
    return n->from_s >= 946684800 && n->from_s < n->till_s && n->till_s < 253402300800;
}

enum err authority_sign_zone(const uint8_t root[AUTHORITY_SEED],
                             const struct authority_node *subject, struct authority_der *out)
{
    if (!authority_name_fine(subject->zone) || !times_fine(subject))
        return ERR_MALFORMED;
    return sign(root, subject, false, out);
}

enum err authority_sign_node(const uint8_t seed[AUTHORITY_SEED], struct span zone,
                             const struct authority_node *subject, struct authority_der *out)
{
    struct authority_node z;
    uint8_t own[AUTHORITY_KEY];
    if (!authority_name_fine(subject->zone) || !authority_name_fine(subject->centre) ||
        !authority_name_fine(subject->node) || !times_fine(subject))
        return ERR_MALFORMED;
    sign_public(seed, own);
    if (!authority_read(zone, &z) || z.node[0] != '\0' || memcmp(z.key, own, sizeof own) != 0 ||
        strcmp(z.zone, subject->zone) != 0)
        return ERR_FORBIDDEN;
    return sign(seed, subject, true, out);
}

/* ---- PEM ---- */

enum err authority_to_pem(const struct authority_der *der, char out[AUTHORITY_PEM])
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n = bio && PEM_write_bio(bio, PEM_STRING_X509, "", der->bytes, (long)der->len) > 0
                ? BIO_read(bio, out, AUTHORITY_PEM - 1)
                : 0;
    BIO_free(bio);
    out[n > 0 ? n : 0] = '\0';
    return n > 0 ? ERR_OK : ERR_CRYPTO;
}

enum err authority_of_pem(struct span pem, struct authority_der *out)
{
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long len = 0;
    BIO *bio = pem.len < AUTHORITY_PEM ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    bool ok = bio && PEM_read_bio(bio, &name, &header, &data, &len) == 1 &&
              strcmp(name, PEM_STRING_X509) == 0 && len > 0 && len <= AUTHORITY_DER;
    if (ok) {
        memcpy(out->bytes, data, (size_t)len);
        out->len = (size_t)len;
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    BIO_free(bio);
    ERR_clear_error();
    return ok ? ERR_OK : ERR_MALFORMED;
}
