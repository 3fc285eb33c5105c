/* STUN Binding messages: one pass over the attributes, no copy, no allocation. */
#include "proto/stun.h"

#include "base/bug.h"
#include "base/reader.h"
#include "crypt/crypt.h"

enum {
    COOKIE_LEN = 4,
    ATTRIBUTE_HEAD = 4,
    INTEGRITY_LEN = HMAC_SHA1_LEN,
    FINGERPRINT_LEN = 4,
};

static const uint32_t cookie = 0x2112A442;          /* RFC 8489 section 5 */
static const uint32_t fingerprint_xor = 0x5354554e; /* section 14.7 */

/* IANA's STUN attribute registry. */
enum attribute {
    ATTRIBUTE_USERNAME = 0x0006,
    ATTRIBUTE_INTEGRITY = 0x0008,
    ATTRIBUTE_ERROR_CODE = 0x0009,
    ATTRIBUTE_UNKNOWN = 0x000A,
    ATTRIBUTE_INTEGRITY_SHA256 = 0x001C,
    ATTRIBUTE_XOR_MAPPED = 0x0020,
    ATTRIBUTE_PRIORITY = 0x0024,
    ATTRIBUTE_USE_CANDIDATE = 0x0025,
    ATTRIBUTE_FINGERPRINT = 0x8028,
    ATTRIBUTE_CONTROLLED = 0x8029,
    ATTRIBUTE_CONTROLLING = 0x802A,
};

enum { COMPREHENSION_OPTIONAL = 0x8000 };

/* CRC-32 of ISO 3309 by half bytes: a table of 16 is small enough to stay in the cache. */
static uint32_t crc32(struct span in)
{
    static const uint32_t step[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < in.len; i++) {
        crc ^= in.ptr[i];
        crc = crc >> 4 ^ step[crc & 15];
        crc = crc >> 4 ^ step[crc & 15];
    }
    return ~crc;
}

/*   0                   1
 *   2  3  4 5 6 7 8 9 0 1 2 3 4 5      section 5: two class bits, C1 and C0, inside the
 *  |M11..M7 |C1|M6 M5 M4|C0|M3..M0|    twelve method bits
 */
static uint16_t type_of(enum stun_class kind, uint16_t method)
{
    unsigned k = kind, m = method;
    return (uint16_t)((m & 0xf80) << 2 | (k & 2) << 7 | (m & 0x70) << 1 | (k & 1) << 4 | (m & 0xf));
}

static void read_type(uint16_t type, struct stun_message *m)
{
    m->kind = (enum stun_class)((type >> 7 & 2) | (type >> 4 & 1));
    m->method = (uint16_t)((type >> 2 & 0xf80) | (type >> 1 & 0x70) | (type & 0xf));
}

static enum err read_mapped(struct stun_message *m, struct span value)
{
    struct reader r = reader_of(value);
    reader_skip(&r, 1);
    uint8_t family = reader_u8(&r);
    uint16_t port = reader_u16(&r);
    size_t len = family == 1 ? 4 : family == 2 ? 16 : 0;
    struct span ip = reader_take(&r, len);
    if (!reader_ok(&r) || len == 0 || reader_left(&r) != 0)
        return ERR_MALFORMED;
    m->mapped.family = family == 1 ? 4 : 6;
    m->mapped.port = (uint16_t)(port ^ cookie >> 16);
    /* The mask is the cookie followed by the transaction id: bytes 4..19 of the message. */
    for (size_t i = 0; i < len; i++)
        m->mapped.ip[i] = ip.ptr[i] ^ m->whole.ptr[4 + i];
    m->has_mapped = true;
    return ERR_OK;
}

static enum err read_error_code(struct stun_message *m, struct span value)
{
    if (value.len < 4)
        return ERR_MALFORMED;
    unsigned hundreds = value.ptr[2] & 7, rest = value.ptr[3];
    if (hundreds < 3 || hundreds > 6 || rest > 99)
        return ERR_MALFORMED;
    m->error_code = (uint16_t)(hundreds * 100 + rest);
    return ERR_OK;
}

static enum err read_role(struct stun_message *m, struct span value, bool *which)
{
    struct reader r = reader_of(value);
    m->tiebreaker = reader_u64(&r);
    *which = true;
    return reader_ok(&r) && reader_left(&r) == 0 ? ERR_OK : ERR_MALFORMED;
}

static enum err read_username(struct stun_message *m, struct span value)
{
    /* Two of them would let one check read the first and another the second (attack A04). */
    if (m->username.ptr)
        return ERR_CONFLICT;
    if (value.len == 0 || value.len > STUN_USERNAME_MAX)
        return ERR_MALFORMED;
    m->username = value;
    return ERR_OK;
}

static void note_unknown(struct stun_message *m, uint16_t type)
{
    if (type >= COMPREHENSION_OPTIONAL)
        return;
    if (m->unknown_count < STUN_UNKNOWN_MAX)
        m->unknown[m->unknown_count] = type;
    m->unknown_count++;
}

static enum err read_attribute(struct stun_message *m, uint16_t type, struct span value)
{
    switch (type) {
    case ATTRIBUTE_USERNAME:
        return read_username(m, value);
    case ATTRIBUTE_INTEGRITY:
        m->integrity = value;
        return value.len == INTEGRITY_LEN ? ERR_OK : ERR_MALFORMED;
    case ATTRIBUTE_ERROR_CODE:
        return read_error_code(m, value);
    case ATTRIBUTE_UNKNOWN:
        return ERR_OK;
    case ATTRIBUTE_XOR_MAPPED:
        return read_mapped(m, value);
    case ATTRIBUTE_PRIORITY:
        if (value.len != 4)
            return ERR_MALFORMED;
        m->has_priority = true;
        m->priority = (uint32_t)value.ptr[0] << 24 | (uint32_t)value.ptr[1] << 16 |
                      (uint32_t)value.ptr[2] << 8 | value.ptr[3];
        return ERR_OK;
    case ATTRIBUTE_USE_CANDIDATE:
        m->use_candidate = true;
        return value.len == 0 ? ERR_OK : ERR_MALFORMED;
    case ATTRIBUTE_CONTROLLED:
        return read_role(m, value, &m->controlled);
    case ATTRIBUTE_CONTROLLING:
        return read_role(m, value, &m->controlling);
    default:
        note_unknown(m, type);
        return ERR_OK;
    }
}

/* FINGERPRINT is the last attribute and covers everything before itself. */
static enum err check_fingerprint(struct stun_message *m, struct span value)
{
    size_t before = (size_t)(value.ptr - m->whole.ptr) - ATTRIBUTE_HEAD;
    if (value.len != FINGERPRINT_LEN || before + ATTRIBUTE_HEAD + FINGERPRINT_LEN != m->whole.len)
        return ERR_MALFORMED;
    struct reader r = reader_of(value);
    m->has_fingerprint = true;
    uint32_t want = crc32(span_of(m->whole.ptr, before)) ^ fingerprint_xor;
    return reader_u32(&r) == want ? ERR_OK : ERR_AUTH;
}

static enum err read_attributes(struct stun_message *m, struct reader *r)
{
    for (int n = 0; reader_left(r) > 0; n++) {
        if (n == LIMIT_STUN_ATTRIBUTES)
            return ERR_LIMIT;
        uint16_t type = reader_u16(r);
        uint16_t len = reader_u16(r);
        struct span value = reader_take(r, len);
        reader_skip(r, (4u - len % 4u) % 4u);
        if (!reader_ok(r))
            return ERR_SHORT;
        if (type == ATTRIBUTE_FINGERPRINT)
            TRY(check_fingerprint(m, value));
        else if (!m->integrity.ptr)
            TRY(read_attribute(m, type, value));
    }
    return ERR_OK;
}

enum err stun_parse(struct stun_message *out, struct span datagram)
{
    struct stun_message m = {.whole = datagram};
    struct reader r = reader_of(datagram);
    uint16_t type = reader_u16(&r);
    uint16_t len = reader_u16(&r);
    uint32_t magic = reader_u32(&r);
    struct span id = reader_take(&r, STUN_ID_LEN);
    if (!reader_ok(&r))
        return ERR_SHORT;
    if (type > 0x3fff || magic != cookie || len % 4 != 0 || len != reader_left(&r))
        return ERR_MALFORMED;
    read_type(type, &m);
    memcpy(m.id, id.ptr, STUN_ID_LEN);
    TRY(read_attributes(&m, &r));
    *out = m;
    return ERR_OK;
}

/* The tag covers the message up to the attribute, with a length that ends after it (14.5). */
static void integrity_tag(struct span before, const struct hmac_sha1 *key,
                          uint8_t tag[INTEGRITY_LEN])
{
    size_t len = before.len - STUN_HEADER_LEN + ATTRIBUTE_HEAD + INTEGRITY_LEN;
    uint8_t head[4] = {before.ptr[0], before.ptr[1], (uint8_t)(len >> 8), (uint8_t)len};
    struct span parts[2] = {span_of(head, 4), span_of(before.ptr + 4, before.len - 4)};
    hmac_sha1_tag(key, parts, 2, tag);
}

bool stun_verify(const struct stun_message *m, const struct hmac_sha1 *key)
{
    uint8_t tag[INTEGRITY_LEN];
    if (!m->integrity.ptr)
        return false;
    size_t before = (size_t)(m->integrity.ptr - m->whole.ptr) - ATTRIBUTE_HEAD;
    integrity_tag(span_of(m->whole.ptr, before), key, tag);
    return crypt_equal(tag, m->integrity.ptr, INTEGRITY_LEN);
}

bool stun_peek_ufrag(struct span datagram, struct span *ufrag)
{
    struct stun_message m;
    if (stun_parse(&m, datagram) != ERR_OK || !stun_is_binding_request(&m) || !m.username.ptr)
        return false;
    for (size_t i = 0; i < m.username.len; i++) {
        if (m.username.ptr[i] == ':') {
            *ufrag = span_of(m.username.ptr, i);
            return i > 0;
        }
    }
    return false;
}

static void set_length(struct writer *w, size_t len)
{
    if (!writer_ok(w))
        return;
    w->start[2] = (uint8_t)(len >> 8);
    w->start[3] = (uint8_t)len;
}

static void start(struct writer *w, enum stun_class kind, const uint8_t id[STUN_ID_LEN])
{
    BUG_IF(w->at != w->start);
    writer_u16(w, type_of(kind, STUN_METHOD_BINDING));
    writer_u16(w, 0);
    writer_u32(w, cookie);
    writer_bytes(w, span_of(id, STUN_ID_LEN));
}

static void put(struct writer *w, enum attribute type, struct span value)
{
    static const uint8_t zeros[3];
    writer_u16(w, (uint16_t)type);
    writer_u16(w, (uint16_t)value.len);
    writer_bytes(w, value);
    writer_bytes(w, span_of(zeros, (4 - value.len % 4) % 4));
}

static bool finish(struct writer *w, const struct hmac_sha1 *key)
{
    if (key && writer_ok(w)) {
        uint8_t tag[INTEGRITY_LEN];
        integrity_tag(writer_span(w), key, tag);
        put(w, ATTRIBUTE_INTEGRITY, span_of(tag, sizeof(tag)));
    }
    set_length(w, writer_len(w) - STUN_HEADER_LEN + ATTRIBUTE_HEAD + FINGERPRINT_LEN);
    uint32_t crc = writer_ok(w) ? crc32(writer_span(w)) ^ fingerprint_xor : 0;
    writer_u16(w, ATTRIBUTE_FINGERPRINT);
    writer_u16(w, FINGERPRINT_LEN);
    writer_u32(w, crc);
    return writer_ok(w);
}

static void put_mapped(struct writer *w, const uint8_t id[STUN_ID_LEN], const struct ipc_addr *a)
{
    uint8_t mask[16] = {0x21, 0x12, 0xA4, 0x42}, value[20] = {0};
    size_t len = a->family == 4 ? 4 : 16;
    memcpy(mask + COOKIE_LEN, id, STUN_ID_LEN);
    value[1] = a->family == 4 ? 1 : 2;
    value[2] = (uint8_t)(a->port >> 8 ^ 0x21);
    value[3] = (uint8_t)(a->port ^ 0x12);
    for (size_t i = 0; i < len; i++)
        value[4 + i] = a->ip[i] ^ mask[i];
    put(w, ATTRIBUTE_XOR_MAPPED, span_of(value, 4 + len));
}

bool stun_write_success(struct writer *w, const uint8_t id[STUN_ID_LEN],
                        const struct ipc_addr *mapped, const struct hmac_sha1 *key)
{
    start(w, STUN_SUCCESS, id);
    put_mapped(w, id, mapped);
    return finish(w, key);
}

bool stun_write_error(struct writer *w, const struct stun_message *m, uint16_t code,
                      const struct hmac_sha1 *key)
{
    uint8_t value[4] = {0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100)};
    uint8_t types[2 * STUN_UNKNOWN_MAX];
    start(w, STUN_ERROR, m->id);
    put(w, ATTRIBUTE_ERROR_CODE, span_of(value, sizeof(value))); /* the phrase may be empty */
    if (code == 420) {
        size_t n = m->unknown_count < STUN_UNKNOWN_MAX ? m->unknown_count : STUN_UNKNOWN_MAX;
        for (size_t i = 0; i < n; i++) {
            types[2 * i] = (uint8_t)(m->unknown[i] >> 8);
            types[2 * i + 1] = (uint8_t)m->unknown[i];
        }
        put(w, ATTRIBUTE_UNKNOWN, span_of(types, 2 * n));
    }
    return finish(w, key);
}

bool stun_write_request(struct writer *w, const struct stun_request *r, const struct hmac_sha1 *key)
{
    uint8_t number[8];
    struct writer n = writer_of(number, sizeof(number));
    start(w, STUN_REQUEST, r->id);
    if (r->username.ptr)
        put(w, ATTRIBUTE_USERNAME, r->username);
    writer_u64(&n, r->tiebreaker);
    put(w, r->controlled ? ATTRIBUTE_CONTROLLED : ATTRIBUTE_CONTROLLING, span_of(number, 8));
    if (r->use_candidate)
        put(w, ATTRIBUTE_USE_CANDIDATE, (struct span){NULL, 0});
    n = writer_of(number, sizeof(number));
    writer_u32(&n, r->priority);
    put(w, ATTRIBUTE_PRIORITY, span_of(number, 4));
    return finish(w, key);
}
