/* Receipts of nodes; see receipt.h. */
#include "proto/receipt.h"

#include "base/reader.h"
#include "crypt/crypt.h"

static const char context[] = "conclave receipt 1\n", meeting_context[] = "conclave meeting ";

enum { CONTEXT = sizeof context - 1, MEETING_MAX = 64 };

/* ---- reading ---- */

static bool name_fine(const char *name)
{
    size_t n = 0;
    for (; name[n] != '\0'; n++)
        if (!((name[n] >= 'a' && name[n] <= 'z') || (name[n] >= '0' && name[n] <= '9') ||
              name[n] == '-'))
            return false;
    return n > 0;
}

static bool read_name(struct reader *in, char out[RECEIPT_NAME + 1])
{
    size_t len = reader_u8(in);
    struct span name = reader_take(in, len);
    memset(out, 0, RECEIPT_NAME + 1);
    if (!reader_ok(in) || len > RECEIPT_NAME)
        return false;
    memcpy(out, name.ptr, len);
    return name_fine(out) && strlen(out) == len;
}

static struct receipt_count read_count(struct reader *in)
{
    struct receipt_count c;
    c.packets = reader_u64(in);
    c.bytes = reader_u64(in);
    return c;
}

/* Each packet has a byte at least; sums stay far from the ends of their type. */
static bool count_fine(const struct receipt_count *c)
{
    return c->packets <= c->bytes && c->bytes < UINT64_C(1) << 48;
}

static bool read_hops(struct reader *in, struct receipt_hop *hop, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!read_name(in, hop[i].node))
            return false;
        hop[i].count = read_count(in);
        if (!count_fine(&hop[i].count) || (i > 0 && strcmp(hop[i - 1].node, hop[i].node) >= 0))
            return false;
    }
    return true;
}

static bool names_itself(const struct receipt *r)
{
    for (uint32_t i = 0; i < r->previous; i++)
        if (strcmp(r->from[i].node, r->node) == 0)
            return true;
    for (uint32_t i = 0; i < r->next; i++)
        if (strcmp(r->to[i].node, r->node) == 0)
            return true;
    return false;
}

static bool plausible(const struct receipt *r)
{
    static const uint8_t zeros[RECEIPT_HASH];
    bool first = memcmp(r->before, zeros, sizeof zeros) == 0;
    return r->number > 0 && first == (r->number == 1) && r->from_ms >= 0 && r->from_ms < r->to_ms &&
           r->to_ms <= RECEIPT_MS_MAX && r->to_ms - r->from_ms <= RECEIPT_WINDOW_MS &&
           count_fine(&r->taken) && count_fine(&r->given) && !names_itself(r);
}

enum err receipt_parse(struct receipt *out, struct span bytes)
{
    struct reader in = reader_of(bytes);
    uint8_t version = reader_u8(&in), zero = reader_u8(&in);
    out->next = reader_u8(&in);
    out->previous = reader_u8(&in);
    out->epoch = reader_u32(&in);
    out->number = reader_u32(&in);
    uint8_t *const hashes[] = {out->meeting, out->before, out->build};
    for (int i = 0; i < 3; i++) {
        struct span hash = reader_take(&in, RECEIPT_HASH);
        if (reader_ok(&in))
            memcpy(hashes[i], hash.ptr, RECEIPT_HASH);
    }
    uint64_t from = reader_u64(&in), to = reader_u64(&in);
    out->participants = reader_u32(&in);
    out->taken = read_count(&in);
    out->given = read_count(&in);
    if (!reader_ok(&in))
        return ERR_SHORT;
    if (version != RECEIPT_VERSION)
        return ERR_UNSUPPORTED;
    if (zero != 0 || out->next > RECEIPT_HOPS || out->previous > RECEIPT_HOPS ||
        from > (uint64_t)RECEIPT_MS_MAX || to > (uint64_t)RECEIPT_MS_MAX)
        return ERR_MALFORMED;
    out->from_ms = (int64_t)from;
    out->to_ms = (int64_t)to;
    bool ok = read_name(&in, out->node) && read_name(&in, out->centre) &&
              read_name(&in, out->zone) && read_hops(&in, out->from, out->previous) &&
              read_hops(&in, out->to, out->next);
    reader_skip(&in, SIGN_BYTES);
    if (!reader_ok(&in))
        return ERR_SHORT;
    return ok && reader_left(&in) == 0 && plausible(out) ? ERR_OK : ERR_MALFORMED;
}

/* ---- signatures ---- */

static struct span signed_part(uint8_t out[CONTEXT + RECEIPT_BYTES], struct span body)
{
    memcpy(out, context, CONTEXT);
    memcpy(out + CONTEXT, body.ptr, body.len);
    return span_of(out, CONTEXT + body.len);
}

enum err receipt_verify(struct span bytes, const uint8_t key[SIGN_PUBLIC])
{
    uint8_t message[CONTEXT + RECEIPT_BYTES];
    if (bytes.len < SIGN_BYTES || bytes.len > RECEIPT_BYTES)
        return ERR_AUTH;
    size_t body = bytes.len - SIGN_BYTES;
    return sign_verify(key, signed_part(message, span_of(bytes.ptr, body)), bytes.ptr + body);
}

void receipt_meeting(const char *id, uint8_t out[RECEIPT_HASH])
{
    uint8_t bytes[sizeof meeting_context + MEETING_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_text(&w, meeting_context);
    writer_text(&w, id);
    crypt_sha256(out, writer_span(&w));
}

void receipt_hash(struct span bytes, uint8_t out[RECEIPT_HASH])
{
    crypt_sha256(out, bytes);
}

/* ---- writing ---- */

static void write_name(struct writer *w, const char *name)
{
    struct span s = span_str(name);
    writer_u8(w, (uint8_t)s.len);
    writer_bytes(w, s);
}

static void write_count(struct writer *w, const struct receipt_count *c)
{
    writer_u64(w, c->packets);
    writer_u64(w, c->bytes);
}

static void write_hops(struct writer *w, const struct receipt_hop *hop, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < RECEIPT_HOPS; i++) {
        write_name(w, hop[i].node);
        write_count(w, &hop[i].count);
    }
}

static void write_body(struct writer *w, const struct receipt *r)
{
    writer_u8(w, RECEIPT_VERSION);
    writer_u8(w, 0);
    writer_u8(w, (uint8_t)r->next);
    writer_u8(w, (uint8_t)r->previous);
    writer_u32(w, r->epoch);
    writer_u32(w, r->number);
    writer_bytes(w, span_of(r->meeting, RECEIPT_HASH));
    writer_bytes(w, span_of(r->before, RECEIPT_HASH));
    writer_bytes(w, span_of(r->build, RECEIPT_HASH));
    writer_u64(w, (uint64_t)r->from_ms);
    writer_u64(w, (uint64_t)r->to_ms);
    writer_u32(w, r->participants);
    write_count(w, &r->taken);
    write_count(w, &r->given);
    write_name(w, r->node);
    write_name(w, r->centre);
    write_name(w, r->zone);
    write_hops(w, r->from, r->previous);
    write_hops(w, r->to, r->next);
}

void receipt_write(struct writer *w, const struct receipt *r, const uint8_t seed[SIGN_SEED])
{
    uint8_t bytes[RECEIPT_BYTES], message[CONTEXT + RECEIPT_BYTES];
    struct receipt again;
    struct writer own = writer_of(bytes, sizeof bytes);
    if (r->next <= RECEIPT_HOPS && r->previous <= RECEIPT_HOPS)
        write_body(&own, r);
    struct span body = writer_span(&own);
    uint8_t *signature = writer_reserve(&own, SIGN_BYTES);
    if (signature)
        memset(signature, 0, SIGN_BYTES);
    if (!signature || receipt_parse(&again, writer_span(&own)) != ERR_OK) {
        w->failed = true;
        return;
    }
    sign_write(seed, signed_part(message, body), signature);
    writer_bytes(w, writer_span(&own));
}
