/* Datagrams between nodes, sealed and opened; see bridge.h. knows: bytes, keys. */
#include "proto/bridge.h"

#include "crypt/crypt.h"

/* --- keys ------------------------------------------------------------------------------------- */

static void derive(uint8_t *out, size_t len, const uint8_t secret[BRIDGE_SECRET], const char *label)
{
    crypt_hkdf_sha256(out, len, span_of(secret, BRIDGE_SECRET), (struct span){0}, span_str(label));
}

/* The key of a secret; the secret becomes that of the next generation. */
static enum err key_next(struct bridge_key *k, uint8_t secret[BRIDGE_SECRET], bool seals)
{
    uint8_t key[AEAD_KEY_LEN], after[BRIDGE_SECRET];
    derive(key, sizeof key, secret, "conclave bridge 1 key");
    derive(k->salt, sizeof k->salt, secret, "conclave bridge 1 salt");
    derive(after, sizeof after, secret, "conclave bridge 1 next");
    enum err e = seals ? aead_open_sealer(&k->gcm, key) : aead_open_unsealer(&k->gcm, key);
    if (e == ERR_OK)
        memcpy(secret, after, sizeof after);
    crypt_wipe(key, sizeof key);
    crypt_wipe(after, sizeof after);
    return e;
}

static void key_close(struct bridge_key *k)
{
    aead_close(&k->gcm);
    crypt_wipe(k, sizeof *k);
}

static void nonce_of(uint8_t iv[AEAD_IV_LEN], const struct bridge_key *k, uint64_t number)
{
    memcpy(iv, k->salt, AEAD_IV_LEN);
    for (size_t i = 0; i < 8; i++)
        iv[4 + i] ^= (uint8_t)(number >> (8 * (7 - i)));
}

static void out_term(struct bridge_out *o, instant_us now)
{
    o->key_end = o->number + BRIDGE_KEY_DATAGRAMS;
    o->key_until = now + BRIDGE_KEY_US;
}

enum err bridge_open(struct bridge_link *l, const struct bridge_setup *setup, instant_us now)
{
    static const char *const label[2] = {"conclave bridge 1 to the second",
                                         "conclave bridge 1 to the first"};
    *l = (struct bridge_link){.out.link = setup->peer, .in.link = setup->own};
    derive(l->out.secret, BRIDGE_SECRET, setup->secret, label[setup->first ? 0 : 1]);
    derive(l->in.secret, BRIDGE_SECRET, setup->secret, label[setup->first ? 1 : 0]);
    enum err e = key_next(&l->out.key, l->out.secret, true);
    if (e == ERR_OK)
        e = key_next(&l->in.now, l->in.secret, false);
    if (e == ERR_OK)
        e = key_next(&l->in.next, l->in.secret, false);
    if (e != ERR_OK)
        bridge_close(l);
    else
        out_term(&l->out, now);
    return e;
}

void bridge_close(struct bridge_link *l)
{
    key_close(&l->out.key);
    key_close(&l->in.old);
    key_close(&l->in.now);
    key_close(&l->in.next);
    crypt_wipe(l, sizeof *l);
}

/* --- sealing ---------------------------------------------------------------------------------- */

static enum err out_turn(struct bridge_out *o, instant_us now)
{
    if (o->number < o->key_end && now < o->key_until)
        return ERR_OK;
    struct bridge_key fresh = {0};
    enum err e = key_next(&fresh, o->secret, true);
    if (e != ERR_OK)
        return e;
    key_close(&o->key);
    o->key = fresh;
    o->generation++;
    out_term(o, now);
    return ERR_OK;
}

enum err bridge_seal(struct bridge_link *l, const struct bridge_text *text, instant_us now,
                     struct writer *out)
{
    struct bridge_out *o = &l->out;
    if (text->body.len > BRIDGE_BODY_MAX)
        return ERR_LIMIT;
    enum err e = out_turn(o, now);
    if (e != ERR_OK)
        return e;
    uint64_t number = o->number++;
    uint8_t inner[BRIDGE_INNER], iv[AEAD_IV_LEN];
    struct writer in = writer_of(inner, sizeof inner);
    writer_u8(&in, (uint8_t)text->kind);
    writer_u8(&in, text->again ? 1 : 0);
    writer_u16(&in, 0);
    writer_u64(&in, text->sequence);
    struct span head = {out->at, BRIDGE_CLEAR};
    writer_u8(out, BRIDGE_VERSION);
    writer_u8(out, (uint8_t)o->generation);
    writer_u16(out, 0);
    writer_u32(out, o->link);
    writer_u64(out, number);
    uint8_t *sealed = writer_reserve(out, BRIDGE_INNER + text->body.len + AEAD_TAG_LEN);
    if (!sealed)
        return ERR_LIMIT;
    nonce_of(iv, &o->key, number);
    struct aead_text sealing = {
        .aad = head, .part = {span_of(inner, sizeof inner), text->body}, .parts = 2};
    return aead_seal(&o->key.gcm, iv, &sealing, sealed);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* The key that a generation's low byte names, or NULL. */
static struct bridge_key *key_of(struct bridge_in *in, uint8_t generation, instant_us now)
{
    if (generation == (uint8_t)in->generation)
        return &in->now;
    if (generation == (uint8_t)(in->generation + 1))
        return &in->next;
    if (generation == (uint8_t)(in->generation - 1) && in->old.gcm.ctx && now < in->old_until)
        return &in->old;
    return NULL;
}

/* The sender has gone on to the next generation, as an authentic datagram shows. Without memory for
 * the one after it, we stay and try again with the next datagram. */
static void in_turn(struct bridge_in *in, instant_us now)
{
    struct bridge_key fresh = {0};
    if (key_next(&fresh, in->secret, false) != ERR_OK)
        return;
    key_close(&in->old);
    in->old = in->now;
    in->now = in->next;
    in->next = fresh;
    in->generation++;
    in->old_until = now + BRIDGE_OLD_US;
}

static enum bridge_fault body_fault(const struct bridge_text *t)
{
    size_t len = t->body.len;
    switch (t->kind) {
    case BRIDGE_WHOLE:
    case BRIDGE_FIRST:
    case BRIDGE_LAST:
        return len > 0 ? BRIDGE_OK : BRIDGE_LENGTH;
    case BRIDGE_AT:
        return len == 0 ? BRIDGE_OK : BRIDGE_LENGTH;
    case BRIDGE_ASK:
        return len > 0 && len % BRIDGE_ASK_EACH == 0 && len / BRIDGE_ASK_EACH <= BRIDGE_ASK_MAX
                   ? BRIDGE_OK
                   : BRIDGE_LENGTH;
    case BRIDGE_KIND_END_:
        break;
    }
    return BRIDGE_KIND;
}

static enum bridge_fault read_text(struct span plain, struct bridge_text *text)
{
    struct reader r = reader_of(plain);
    uint8_t kind = reader_u8(&r);
    uint8_t again = reader_u8(&r);
    uint16_t zero = reader_u16(&r);
    struct bridge_text t = {
        .kind = (enum bridge_kind)kind, .again = again == 1, .sequence = reader_u64(&r)};
    if (kind < BRIDGE_WHOLE || kind >= BRIDGE_KIND_END_ || again > 1 || zero != 0)
        return BRIDGE_KIND;
    t.body = reader_take(&r, reader_left(&r));
    enum bridge_fault fault = body_fault(&t);
    if (fault == BRIDGE_OK)
        *text = t;
    return fault;
}

enum bridge_fault bridge_unseal(struct bridge_link *l, uint8_t *datagram, size_t len,
                                instant_us now, struct bridge_text *text)
{
    struct bridge_in *in = &l->in;
    if (len < BRIDGE_OVERHEAD || len > BRIDGE_DATAGRAM_MAX)
        return BRIDGE_SIZE;
    struct reader r = reader_of(span_of(datagram, BRIDGE_CLEAR));
    if (reader_u8(&r) != BRIDGE_VERSION)
        return BRIDGE_NO_VERSION;
    uint8_t generation = reader_u8(&r);
    if (reader_u16(&r) != 0)
        return BRIDGE_RESERVED;
    if (reader_u32(&r) != in->link)
        return BRIDGE_NO_LINK;
    uint64_t number = reader_u64(&r);
    struct bridge_key *key = key_of(in, generation, now);
    if (!key)
        return BRIDGE_GENERATION;
    if (!replay_fresh(&in->replay, number))
        return BRIDGE_REPLAYED;
    uint8_t iv[AEAD_IV_LEN];
    nonce_of(iv, key, number);
    if (aead_unseal(&key->gcm, iv, span_of(datagram, BRIDGE_CLEAR), datagram + BRIDGE_CLEAR,
                    len - BRIDGE_CLEAR) != ERR_OK)
        return BRIDGE_AUTH;
    replay_accept(&in->replay, number);
    if (key == &in->next)
        in_turn(in, now);
    return read_text(span_of(datagram + BRIDGE_CLEAR, len - BRIDGE_CLEAR - AEAD_TAG_LEN), text);
}

const char *bridge_fault_name(enum bridge_fault f)
{
    static const char *const names[BRIDGE_FAULT_COUNT_] = {
        [BRIDGE_OK] = "ok",
        [BRIDGE_SIZE] = "size",
        [BRIDGE_NO_VERSION] = "version",
        [BRIDGE_RESERVED] = "reserved",
        [BRIDGE_NO_LINK] = "link",
        [BRIDGE_GENERATION] = "generation",
        [BRIDGE_REPLAYED] = "replayed",
        [BRIDGE_AUTH] = "auth",
        [BRIDGE_KIND] = "kind",
        [BRIDGE_LENGTH] = "length",
    };
    return f < BRIDGE_FAULT_COUNT_ ? names[f] : "unknown";
}
