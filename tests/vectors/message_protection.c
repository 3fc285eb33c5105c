/* message-protection: their messages open, ours open again, and a changed byte is refused. */
#include "e2ee/framing.h"
#include "vectors/vectors.h"

enum { SENDER = 1, LEAVES = 2, MESSAGE_MAX = 4096 };

struct world {
    const json_t *c;
    struct framing f;
    struct epoch_secrets secrets;
    struct span public;
    uint8_t secret[SUITE_SIGN_SECRET];
};

static void fresh_ratchets(struct world *w)
{
    w->f.ratchets =
        secret_init(vector_memory(secret_bytes(LEAVES)), w->f.suite, LEAVES, w->secrets.encryption);
}

static void world_init(struct world *w, const json_t *c, const struct suite *s)
{
    uint8_t *context = vector_memory(1024), public[SUITE_SIGN_PUBLIC];
    struct writer out = writer_of(context, 1024);
    writer_u16(&out, 1);
    writer_u16(&out, s->id);
    codec_write_vector(&out, vector_hex(c, "group_id"));
    writer_u64(&out, vector_uint(c, "epoch"));
    codec_write_vector(&out, vector_hex(c, "tree_hash"));
    codec_write_vector(&out, vector_hex(c, "confirmed_transcript_hash"));
    codec_write_vector(&out, (struct span){NULL, 0});
    *w = (struct world){.c = c, .f = {.suite = s, .context = writer_span(&out)}};
    w->f.secrets = &w->secrets;
    memcpy(w->secrets.encryption, vector_hex(c, "encryption_secret").ptr, SUITE_HASH);
    memcpy(w->secrets.sender_data, vector_hex(c, "sender_data_secret").ptr, SUITE_HASH);
    memcpy(w->secrets.membership, vector_hex(c, "membership_key").ptr, SUITE_HASH);
    w->public = vector_hex(c, "signature_pub");
    suite_sign_keys(vector_hex(c, "signature_priv").ptr, w->secret, public);
    fresh_ratchets(w);
}

static bool opened_as(struct world *w, const char *key, const struct framed *m)
{
    bool good = vector_same(w->c, key, m->content);
    good &= m->sender == SENDER_MEMBER && m->leaf == SENDER;
    good &= m->epoch == vector_uint(w->c, "epoch");
    return good & vector_same(w->c, "group_id", m->group_id);
}

static bool open_public(struct world *w, const char *key, struct span message)
{
    struct mls_message mls;
    struct framed m;
    struct span tag;
    bool good = vector_ok("message", mls_message_parse(message, &mls)) && mls.wire == WIRE_PUBLIC &&
                vector_ok("public", public_parse(mls.body, &m, &tag)) &&
                vector_ok("verify", public_verify(&w->f, &m, tag, w->public));
    return good && opened_as(w, key, &m);
}

static enum err try_private(struct world *w, struct span message, struct framed *m)
{
    struct mls_message mls;
    struct private_head h;
    uint32_t generation;
    TRY(mls_message_parse(message, &mls));
    if (mls.wire != WIRE_PRIVATE)
        return ERR_UNSUPPORTED;
    TRY(private_parse(mls.body, &h));
    TRY(private_open(&w->f, &h, vector_memory(h.ciphertext.len), m, &generation));
    TRY(framed_verify(&w->f, m, w->public));
    private_used(&w->f, m, generation);
    return ERR_OK;
}

static bool open_private(struct world *w, const char *key, struct span message)
{
    struct framed m;
    if (!vector_ok("private", try_private(w, message, &m)))
        return false;
    bool good = opened_as(w, key, &m);
    if (try_private(w, message, &m) != ERR_REPLAY)
        good = vector_fail("%s was opened twice", key);
    return good;
}

/* Each byte of a message changed by one bit: none opens. */
static bool changed_is_refused(struct world *w, struct span message)
{
    uint8_t *copy = vector_memory(message.len);
    struct framed m;
    for (size_t i = 0; i < message.len; i++) {
        struct mls_message mls;
        struct span tag;
        memcpy(copy, message.ptr, message.len);
        copy[i] ^= 1;
        if (mls_message_parse(span_of(copy, message.len), &mls) != ERR_OK)
            continue;
        bool public = mls.wire == WIRE_PUBLIC && public_parse(mls.body, &m, &tag) == ERR_OK &&
                      public_verify(&w->f, &m, tag, w->public) == ERR_OK;
        if (public || try_private(w, span_of(copy, message.len), &m) == ERR_OK)
            return vector_fail("opened with byte %zu changed", i);
    }
    return true;
}

struct own {
    const char *key;
    enum content_type type;
    enum wire_format wire;
};

static bool protect(struct world *w, const struct own *own, struct span *out)
{
    static const uint8_t tag[SUITE_HASH] = {7};
    struct vector_random state;
    struct random_source random = vector_random_source(&state, 2);
    struct framed m = {.group_id = vector_hex(w->c, "group_id"),
                       .epoch = vector_uint(w->c, "epoch"),
                       .sender = SENDER_MEMBER,
                       .leaf = SENDER,
                       .authenticated_data = span_str("with data"),
                       .type = own->type,
                       .content = vector_hex(w->c, own->key),
                       .wire = own->wire};
    uint8_t *bytes = vector_memory(MESSAGE_MAX), *signature = vector_memory(SUITE_SIGNATURE);
    struct writer to = writer_of(bytes, MESSAGE_MAX);
    bool good = vector_ok("sign", framed_sign(&w->f, &m, w->secret, signature));
    m.signature = span_of(signature, SUITE_SIGNATURE);
    if (own->type == CONTENT_COMMIT)
        m.confirmation_tag = span_of(tag, sizeof tag);
    if (own->wire == WIRE_PUBLIC)
        good &= vector_ok("write", public_write(&w->f, &m, &to));
    else
        good &=
            vector_ok("write", private_write(&w->f, &m, &(struct private_make){64, &random}, &to));
    *out = writer_span(&to);
    return good;
}

static bool own_opens(struct world *w, const struct own *own)
{
    struct span message;
    fresh_ratchets(w);
    bool good = protect(w, own, &message);
    fresh_ratchets(w);
    good &= changed_is_refused(w, message);
    if (own->wire == WIRE_PUBLIC)
        return good && open_public(w, own->key, message);
    return good && open_private(w, own->key, message);
}

bool vectors_message_protection(const json_t *c, const struct suite *s)
{
    static const struct own own[] = {
        {"proposal", CONTENT_PROPOSAL, WIRE_PUBLIC},
        {"proposal", CONTENT_PROPOSAL, WIRE_PRIVATE},
        {"commit", CONTENT_COMMIT, WIRE_PUBLIC},
        {"commit", CONTENT_COMMIT, WIRE_PRIVATE},
        {"application", CONTENT_APPLICATION, WIRE_PRIVATE},
    };
    struct world w;
    world_init(&w, c, s);
    bool good = open_public(&w, "proposal", vector_hex(c, "proposal_pub"));
    good &= open_public(&w, "commit", vector_hex(c, "commit_pub"));
    good &= open_private(&w, "proposal", vector_hex(c, "proposal_priv"));
    good &= open_private(&w, "application", vector_hex(c, "application_priv"));
    fresh_ratchets(&w); /* they protected the commit with a ratchet of its own */
    good &= open_private(&w, "commit", vector_hex(c, "commit_priv"));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        good &= own_opens(&w, &own[i]);
    return good;
}
