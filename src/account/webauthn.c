/* See webauthn.h. Authenticator data:
 *
 *     32  SHA-256 of the relying party's id
 *      1  flags
 *      4  counter of signatures
 *     [16 AAGUID, 2 length, credential id, COSE key]   with flag 0x40
 *     [CBOR map of extensions]                          with flag 0x80
 */
#include "account/webauthn.h"

#include "base/reader.h"
#include "base/text.h"

enum { AAGUID = 16, CBOR_TEXT = 3, CBOR_BYTES = 2, CBOR_MAP = 5, CBOR_KEYS = 3 };

enum err webauthn_auth_read(struct webauthn_auth *out, struct span in)
{
    struct reader r = reader_of(in);
    struct webauthn_auth a = {.rp_hash = reader_take(&r, 32).ptr};
    a.flags = reader_u8(&r);
    a.counter = reader_u32(&r);
    if (a.flags & WEBAUTHN_ATTESTED) {
        reader_skip(&r, AAGUID);
        a.id = reader_take(&r, reader_u16(&r));
        if (reader_ok(&r) && a.id.len == 0)
            return ERR_MALFORMED;
        a.key = reader_take(&r, reader_left(&r)); /* libfido2 reads it to its end */
        if (reader_ok(&r) && a.key.len == 0)
            return ERR_SHORT;
    }
    if (!reader_ok(&r))
        return ERR_SHORT;
    if (reader_left(&r) > 0 && !(a.flags & WEBAUTHN_EXTENDED))
        return ERR_MALFORMED;
    if ((a.flags & WEBAUTHN_BACKED_UP) && !(a.flags & WEBAUTHN_ELIGIBLE))
        return ERR_MALFORMED; /* section 7.1 step 18 */
    *out = a;
    return ERR_OK;
}

/* ---- the attestation object ---- */

/* The head of a CBOR item (RFC 8949 section 3) whose length is definite, and in its shortest form
 * as CTAP2 wants it. */
static size_t head(struct reader *r, unsigned major)
{
    uint8_t first = reader_u8(r);
    size_t n = first & 31;
    if (n == 24) {
        n = reader_u8(r);
        r->failed = r->failed || n < 24;
    } else if (n == 25) {
        n = reader_u16(r);
        r->failed = r->failed || n < 256;
    } else if (n > 25) {
        r->failed = true;
    }
    r->failed = r->failed || first >> 5 != major;
    return r->failed ? 0 : n;
}

static struct span text(struct reader *r)
{
    return reader_take(r, head(r, CBOR_TEXT));
}

struct parts {
    struct span format, auth;
    bool statement;
};

static void part(struct reader *r, struct parts *p)
{
    struct span key = text(r);
    if (span_equal(key, span_str("fmt")) && !p->format.ptr)
        p->format = text(r);
    else if (span_equal(key, span_str("authData")) && !p->auth.ptr)
        p->auth = reader_take(r, head(r, CBOR_BYTES));
    else if (span_equal(key, span_str("attStmt")) && !p->statement)
        p->statement = head(r, CBOR_MAP) == 0; /* "none" has an empty statement, section 8.7 */
    else
        r->failed = true;
}

/* A statement can be skipped only when it is the empty one, so a format must be seen before it: all
 * authenticators write fmt first (CTAP2 orders keys by length). */
enum err webauthn_attestation_read(struct span *auth, struct span in)
{
    struct parts p = {{NULL, 0}, {NULL, 0}, false};
    struct reader r = reader_of(in);
    if (in.len > WEBAUTHN_ATTEST_MAX)
        return ERR_LIMIT;
    if (head(&r, CBOR_MAP) != CBOR_KEYS)
        return ERR_MALFORMED;
    for (int i = 0; i < CBOR_KEYS && reader_ok(&r); i++) {
        part(&r, &p);
        if (reader_ok(&r) && p.format.ptr && !span_equal(p.format, span_str("none")))
            return ERR_UNSUPPORTED;
    }
    if (!reader_ok(&r) || !p.format.ptr || !p.auth.ptr || !p.statement || reader_left(&r) > 0)
        return ERR_MALFORMED;
    *auth = p.auth;
    return ERR_OK;
}

/* ---- checks ---- */

enum err webauthn_client_check(const struct webauthn_client *c,
                               const struct webauthn_expected *expected)
{
    char challenge[TEXT_BASE64URL_LEN(WEBAUTHN_CHALLENGE) + 1];
    text_base64url(challenge, span_of(expected->challenge, WEBAUTHN_CHALLENGE));
    bool ok = span_equal(c->type, span_str(expected->type)) &&
              span_equal(c->challenge, span_str(challenge)) &&
              span_equal(c->origin, span_str(expected->origin)) && !c->cross_origin && !c->has_top;
    return ok ? ERR_OK : ERR_AUTH;
}

enum err webauthn_auth_check(const struct webauthn_auth *a,
                             const struct webauthn_expected *expected)
{
    if (memcmp(a->rp_hash, expected->rp_hash, 32) != 0)
        return ERR_AUTH;
    if (!(a->flags & WEBAUTHN_PRESENT) || !(a->flags & WEBAUTHN_VERIFIED))
        return ERR_FORBIDDEN;
    return ERR_OK;
}

bool webauthn_counter_ok(uint32_t before, uint32_t now)
{
    return (before == 0 && now == 0) || now > before;
}
