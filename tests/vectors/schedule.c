/* key-schedule, psk_secret, secret-tree, transcript-hashes. */
#include "e2ee/framing.h"
#include "vectors/vectors.h"

/* ---- key-schedule ---- */

/* struct { version, cipher_suite, group_id<V>, epoch, tree_hash<V>, confirmed_transcript_hash<V>,
 *          extensions<V> } GroupContext, RFC 9420 section 8.1 */
static bool context_of(const json_t *group, const json_t *epoch, uint64_t number, struct span *out)
{
    uint8_t *bytes = vector_memory(1024);
    struct writer w = writer_of(bytes, 1024);
    writer_u16(&w, 1);
    writer_u16(&w, (uint16_t)vector_uint(group, "cipher_suite"));
    codec_write_vector(&w, vector_hex(group, "group_id"));
    writer_u64(&w, number);
    codec_write_vector(&w, vector_hex(epoch, "tree_hash"));
    codec_write_vector(&w, vector_hex(epoch, "confirmed_transcript_hash"));
    codec_write_vector(&w, (struct span){NULL, 0});
    *out = writer_span(&w);
    return vector_same(epoch, "group_context", *out);
}

static bool same_secrets(const json_t *e, const struct epoch_secrets *s)
{
    const struct {
        const char *key;
        const uint8_t *got;
    } rows[] = {
        {"joiner_secret", s->joiner},
        {"welcome_secret", s->welcome},
        {"init_secret", s->init},
        {"sender_data_secret", s->sender_data},
        {"encryption_secret", s->encryption},
        {"exporter_secret", s->exporter},
        {"external_secret", s->external},
        {"confirmation_key", s->confirmation},
        {"membership_key", s->membership},
        {"resumption_psk", s->resumption},
        {"epoch_authenticator", s->authenticator},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        good &= vector_same(e, rows[i].key, span_of(rows[i].got, SUITE_HASH));
    return good;
}

static bool newcomer(const json_t *e, const struct suite *s, struct span context)
{
    struct epoch_secrets joined;
    uint8_t welcome[SUITE_HASH];
    const uint8_t *joiner = vector_hex(e, "joiner_secret").ptr;
    const uint8_t *psk = vector_hex(e, "psk_secret").ptr;
    bool good = vector_ok("join", schedule_join(s, joiner, psk, context, &joined));
    good &= same_secrets(e, &joined);
    good &= vector_ok("welcome", schedule_welcome(s, joiner, psk, welcome));
    return good & vector_same(e, "welcome_secret", span_of(welcome, sizeof welcome));
}

static bool derived(const json_t *e, const struct suite *s, const struct epoch_secrets *secrets)
{
    uint8_t out[256], secret[SUITE_KEM_SECRET_MAX], public[SUITE_KEM_PUBLIC_MAX];
    const json_t *o = json_object_get(e, "exporter");
    size_t len = (size_t)vector_uint(o, "length");
    bool good = vector_ok("export", schedule_export(s, secrets->exporter,
                                                    (struct suite_label){vector_text(o, "label"),
                                                                         vector_hex(o, "context")},
                                                    out, len));
    good &= vector_same(o, "secret", span_of(out, len));
    good &= vector_ok("external",
                      s->kem_derive(span_of(secrets->external, SUITE_HASH), secret, public));
    return good & vector_same(e, "external_pub", span_of(public, s->kem_public));
}

bool vectors_key_schedule(const json_t *c, const struct suite *s)
{
    struct epoch_secrets secrets;
    uint8_t init[SUITE_HASH];
    const json_t *epochs = json_object_get(c, "epochs");
    bool good = json_array_size(epochs) > 0;
    memcpy(init, vector_hex(c, "initial_init_secret").ptr, sizeof init);
    for (size_t i = 0; i < json_array_size(epochs); i++) {
        const json_t *e = json_array_get(epochs, i);
        struct span context;
        good &= context_of(c, e, i, &context);
        good &= vector_ok("next", schedule_next(s,
                                                &(struct schedule_inputs){
                                                    init, vector_hex(e, "commit_secret").ptr,
                                                    vector_hex(e, "psk_secret").ptr, context},
                                                &secrets));
        good &= same_secrets(e, &secrets);
        good &= newcomer(e, s, context);
        good &= derived(e, s, &secrets);
        memcpy(init, secrets.init, sizeof init);
    }
    return good;
}

/* ---- psk_secret ---- */

bool vectors_psk_secret(const json_t *c, const struct suite *s)
{
    const json_t *list = json_object_get(c, "psks");
    size_t n = json_array_size(list);
    struct psk *psks = vector_memory((n + 1) * sizeof *psks);
    uint8_t out[SUITE_HASH];
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        uint8_t *id = vector_memory(512);
        struct writer w = writer_of(id, 512);
        writer_u8(&w, 1); /* external */
        codec_write_vector(&w, vector_hex(o, "psk_id"));
        codec_write_vector(&w, vector_hex(o, "psk_nonce"));
        psks[i] = (struct psk){writer_span(&w), vector_hex(o, "psk")};
    }
    bool good = vector_ok("psk", schedule_psk(s, psks, (uint32_t)n, out));
    return good & vector_same(c, "psk_secret", span_of(out, sizeof out));
}

/* ---- secret-tree ---- */

static bool sender_data(const json_t *o, const struct suite *s)
{
    uint8_t key[SUITE_AEAD_KEY_MAX], nonce[SUITE_NONCE];
    const uint8_t *secret = vector_hex(o, "sender_data_secret").ptr;
    struct span sample = vector_hex(o, "ciphertext");
    if (sample.len > SUITE_HASH)
        sample.len = SUITE_HASH;
    bool good = vector_ok("key", suite_expand_label(s, secret, (struct suite_label){"key", sample},
                                                    key, s->aead_key));
    good &= vector_ok("nonce", suite_expand_label(s, secret, (struct suite_label){"nonce", sample},
                                                  nonce, sizeof nonce));
    good &= vector_same(o, "key", span_of(key, s->aead_key));
    return good & vector_same(o, "nonce", span_of(nonce, sizeof nonce));
}

struct one_key {
    const json_t *o;
    uint32_t leaf, generation;
    enum secret_kind kind;
};

static bool one_key(struct secret_tree *t, const struct suite *s, const struct one_key *k)
{
    struct message_key got;
    bool app = k->kind == SECRET_APPLICATION;
    if (!vector_ok("peek", secret_peek(t, k->leaf, k->kind, k->generation, &got)))
        return false;
    bool good =
        vector_same(k->o, app ? "application_key" : "handshake_key", span_of(got.key, s->aead_key));
    good &= vector_same(k->o, app ? "application_nonce" : "handshake_nonce",
                        span_of(got.nonce, SUITE_NONCE));
    secret_used(t, k->leaf, k->kind, k->generation);
    if (secret_peek(t, k->leaf, k->kind, k->generation, &got) != ERR_REPLAY)
        good = vector_fail("a key was given twice");
    return good;
}

/* Every second leaf asks for its last generation first, so that the others come from the kept keys.
 */
static bool one_leaf(struct secret_tree *t, const struct suite *s, const json_t *list,
                     uint32_t leaf)
{
    size_t n = json_array_size(list);
    bool good = n > 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, leaf % 2 ? n - 1 - i : i);
        uint32_t generation = (uint32_t)vector_uint(o, "generation");
        good &= one_key(t, s, &(struct one_key){o, leaf, generation, SECRET_HANDSHAKE});
        good &= one_key(t, s, &(struct one_key){o, leaf, generation, SECRET_APPLICATION});
    }
    return good;
}

bool vectors_secret_tree(const json_t *c, const struct suite *s)
{
    const json_t *leaves = json_object_get(c, "leaves");
    uint32_t n = (uint32_t)json_array_size(leaves);
    struct secret_tree *t =
        secret_init(vector_memory(secret_bytes(n)), s, n, vector_hex(c, "encryption_secret").ptr);
    bool good = sender_data(json_object_get(c, "sender_data"), s);
    for (uint32_t leaf = 0; leaf < n; leaf++)
        good &= one_leaf(t, s, json_array_get(leaves, leaf), leaf);
    return good;
}

/* ---- transcript-hashes ---- */

bool vectors_transcript_hashes(const json_t *c, const struct suite *s)
{
    /* An AuthenticatedContent is a PublicMessage's body without the membership tag: add an empty
     * one. */
    struct span content = vector_hex(c, "authenticated_content"), tag;
    uint8_t *body = vector_memory(content.len + 1), *input = vector_memory(content.len);
    uint8_t confirmed[SUITE_HASH], interim[SUITE_HASH], mac[SUITE_HASH];
    struct framed m;
    struct writer w = writer_of(input, content.len);
    memcpy(body, content.ptr, content.len);
    if (!vector_ok("parse", public_parse(span_of(body + 2, content.len - 1), &m, &tag)))
        return false;
    m.wire = (enum wire_format)(body[0] << 8 | body[1]);
    bool good = vector_ok("input", framed_transcript_input(&m, &w));
    transcript_confirmed(s, vector_hex(c, "interim_transcript_hash_before"), writer_span(&w),
                         confirmed);
    good &= vector_same(c, "confirmed_transcript_hash_after", span_of(confirmed, sizeof confirmed));
    suite_mac(s, vector_hex(c, "confirmation_key"), span_of(confirmed, sizeof confirmed), mac);
    good &= vector_same_bytes("confirmation tag", m.confirmation_tag, span_of(mac, sizeof mac));
    transcript_interim(s, confirmed, m.confirmation_tag, interim);
    return good & vector_same(c, "interim_transcript_hash_after", span_of(interim, sizeof interim));
}
