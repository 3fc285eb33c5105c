/* messages.json: every structure is read by our parsers and written again from the parts they gave;
 * the bytes must be the same. The values inside are random, some of lengths that no suite has. */
#include "e2ee/framing.h"
#include "e2ee/proposal.h"
#include "e2ee/welcome.h"
#include "vectors/vectors.h"

typedef bool rewrite(struct span in, struct writer *w);

/* ---- parts ---- */

static bool write_vectors(struct writer *w, const struct span *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        codec_write_vector(w, list[i]);
    return writer_ok(w);
}

static void rewrite_source(const struct leaf *l, struct writer *w)
{
    writer_u8(w, (uint8_t)l->source);
    if (l->source == LEAF_KEY_PACKAGE) {
        writer_u64(w, l->not_before);
        writer_u64(w, l->not_after);
    }
    if (l->source == LEAF_COMMIT)
        codec_write_vector(w, l->parent_hash);
}

static void rewrite_leaf(const struct leaf *l, struct writer *w)
{
    const struct span keys[] = {l->encryption_key, l->signature_key};
    const struct span lists[] = {l->versions, l->suites, l->extension_types, l->proposal_types,
                                 l->credential_types};
    const struct span end[] = {l->extensions, l->signature};
    write_vectors(w, keys, 2);
    if (l->credential_type == CREDENTIAL_BASIC) {
        writer_u16(w, CREDENTIAL_BASIC);
        codec_write_vector(w, l->identity);
    } else {
        writer_bytes(w, l->credential);
    }
    write_vectors(w, lists, 5);
    rewrite_source(l, w);
    write_vectors(w, end, 2);
}

static void rewrite_package(const struct key_package *p, struct writer *w)
{
    writer_u16(w, p->version);
    writer_u16(w, p->suite);
    codec_write_vector(w, p->init_key);
    rewrite_leaf(&p->leaf, w);
    codec_write_vector(w, p->extensions);
    codec_write_vector(w, p->signature);
}

static void rewrite_psk(const struct psk_id *id, struct writer *w)
{
    writer_u8(w, (uint8_t)id->type);
    if (id->type == PSK_RESUMPTION)
        writer_u8(w, (uint8_t)id->usage);
    codec_write_vector(w, id->id);
    if (id->type == PSK_RESUMPTION)
        writer_u64(w, id->epoch);
    codec_write_vector(w, id->nonce);
}

static bool rewrite_body(const struct proposal *p, struct writer *w)
{
    struct reader r = reader_of(p->body);
    struct key_package package;
    struct leaf leaf;
    struct psk_id psk;
    switch (p->type) {
    case PROPOSAL_ADD:
        key_package_parse(&r, &package);
        rewrite_package(&package, w);
        return reader_ok(&r);
    case PROPOSAL_UPDATE:
        leaf_parse(&r, &leaf);
        rewrite_leaf(&leaf, w);
        return reader_ok(&r);
    case PROPOSAL_PSK:
        psk_id_parse(&r, &psk);
        rewrite_psk(&psk, w);
        return reader_ok(&r);
    case PROPOSAL_REMOVE:
        writer_u32(w, p->removed);
        return true;
    case PROPOSAL_EXTENSIONS:
        codec_write_vector(w, p->body);
        return true;
    case PROPOSAL_REINIT:
    case PROPOSAL_EXTERNAL_INIT:
        writer_bytes(w, p->body);
        return true;
    }
    return false;
}

static bool rewrite_proposal_at(struct reader *r, struct writer *w, bool with_type)
{
    struct proposal p;
    size_t start = writer_len(w);
    proposal_parse(r, &p);
    if (!reader_ok(r))
        return false;
    writer_u16(w, (uint16_t)p.type);
    if (!with_type)
        w->at = w->start + start;
    return rewrite_body(&p, w);
}

/* The files name proposals without their type. */
static bool rewrite_proposal(struct span in, struct writer *w, enum proposal_type type)
{
    uint8_t *whole = vector_memory(in.len + 2);
    whole[1] = (uint8_t)type;
    memcpy(whole + 2, in.ptr, in.len);
    struct reader r = reader_of(span_of(whole, in.len + 2));
    return rewrite_proposal_at(&r, w, false) && reader_left(&r) == 0;
}

static bool rewrite_add(struct span in, struct writer *w)
{
    return rewrite_proposal(in, w, PROPOSAL_ADD);
}

static bool rewrite_update(struct span in, struct writer *w)
{
    return rewrite_proposal(in, w, PROPOSAL_UPDATE);
}

static bool rewrite_remove(struct span in, struct writer *w)
{
    return rewrite_proposal(in, w, PROPOSAL_REMOVE);
}

static bool rewrite_psk_proposal(struct span in, struct writer *w)
{
    return rewrite_proposal(in, w, PROPOSAL_PSK);
}

static bool rewrite_reinit(struct span in, struct writer *w)
{
    return rewrite_proposal(in, w, PROPOSAL_REINIT);
}

static bool rewrite_external_init(struct span in, struct writer *w)
{
    return rewrite_proposal(in, w, PROPOSAL_EXTERNAL_INIT);
}

static bool rewrite_extensions(struct span in, struct writer *w)
{
    return rewrite_proposal(in, w, PROPOSAL_EXTENSIONS);
}

/* ---- commits ---- */

static bool rewrite_path(struct reader *r, struct writer *w)
{
    struct leaf leaf;
    leaf_parse(r, &leaf);
    if (!reader_ok(r))
        return false;
    rewrite_leaf(&leaf, w);
    struct reader nodes = codec_inner(r);
    size_t list = codec_begin(w);
    while (reader_left(&nodes) > 0) {
        codec_write_vector(w, codec_vector(&nodes));
        struct reader sealed = codec_inner(&nodes);
        size_t inner = codec_begin(w);
        while (reader_left(&sealed) > 0)
            codec_write_vector(w, codec_vector(&sealed));
        codec_end(w, inner);
        if (!reader_ok(&sealed))
            return false;
    }
    codec_end(w, list);
    return reader_ok(&nodes);
}

static bool rewrite_commit(struct span in, struct writer *w)
{
    struct reader r = reader_of(in), list = codec_inner(&r);
    size_t mark = codec_begin(w);
    while (reader_left(&list) > 0) {
        uint8_t kind = reader_u8(&list);
        writer_u8(w, kind);
        if (kind == 2)
            codec_write_vector(w, codec_vector(&list));
        else if (!rewrite_proposal_at(&list, w, true))
            return false;
    }
    codec_end(w, mark);
    bool has_path = codec_optional(&r);
    writer_u8(w, has_path);
    if (has_path && !rewrite_path(&r, w))
        return false;
    return reader_ok(&r) && reader_ok(&list) && reader_left(&r) == 0;
}

/* ---- messages ---- */

static bool message_of(struct span in, struct writer *w, enum wire_format wire, struct span *body)
{
    struct mls_message m;
    if (!vector_ok("message", mls_message_parse(in, &m)) || m.wire != wire)
        return false;
    mls_message_head(w, m.wire);
    *body = m.body;
    return true;
}

static bool rewrite_content(const struct framed *m, struct writer *w)
{
    switch (m->type) {
    case CONTENT_APPLICATION:
        codec_write_vector(w, m->content);
        return true;
    case CONTENT_PROPOSAL: {
        struct reader r = reader_of(m->content);
        return rewrite_proposal_at(&r, w, true);
    }
    case CONTENT_COMMIT:
        return rewrite_commit(m->content, w);
    }
    return false;
}

static bool rewrite_public(struct span in, struct writer *w)
{
    struct span body, tag;
    struct framed m;
    if (!message_of(in, w, WIRE_PUBLIC, &body) ||
        !vector_ok("public", public_parse(body, &m, &tag)))
        return false;
    codec_write_vector(w, m.group_id);
    writer_u64(w, m.epoch);
    writer_u8(w, (uint8_t)m.sender);
    if (m.sender == SENDER_MEMBER || m.sender == SENDER_EXTERNAL)
        writer_u32(w, m.leaf);
    codec_write_vector(w, m.authenticated_data);
    writer_u8(w, (uint8_t)m.type);
    if (!rewrite_content(&m, w))
        return false;
    codec_write_vector(w, m.signature);
    if (m.type == CONTENT_COMMIT)
        codec_write_vector(w, m.confirmation_tag);
    if (m.sender == SENDER_MEMBER)
        codec_write_vector(w, tag);
    return true;
}

static bool rewrite_private(struct span in, struct writer *w)
{
    struct private_head h;
    struct span body;
    if (!message_of(in, w, WIRE_PRIVATE, &body) || !vector_ok("private", private_parse(body, &h)))
        return false;
    const struct span end[] = {h.authenticated_data, h.sender_data, h.ciphertext};
    codec_write_vector(w, h.group_id);
    writer_u64(w, h.epoch);
    writer_u8(w, (uint8_t)h.type);
    return write_vectors(w, end, 3);
}

static bool rewrite_key_package(struct span in, struct writer *w)
{
    struct key_package p;
    struct span body;
    if (!message_of(in, w, WIRE_KEY_PACKAGE, &body))
        return false;
    struct reader r = reader_of(body);
    key_package_parse(&r, &p);
    if (!reader_ok(&r) || reader_left(&r) > 0)
        return false;
    rewrite_package(&p, w);
    return true;
}

static bool rewrite_welcome(struct span in, struct writer *w)
{
    struct welcome welcome;
    struct welcome_entry found;
    struct span body;
    if (!message_of(in, w, WIRE_WELCOME, &body) ||
        !vector_ok("welcome", welcome_parse(body, &welcome)))
        return false;
    writer_u16(w, welcome.suite);
    size_t mark = codec_begin(w);
    struct reader r = reader_of(welcome.secrets);
    while (reader_left(&r) > 0) {
        struct reader peek = r;
        if (!welcome_find(&welcome, codec_vector(&peek), &found))
            return false;
        const struct span entry[] = {found.ref, found.output, found.sealed};
        write_vectors(w, entry, 3);
        for (int i = 0; i < 3; i++)
            (void)codec_vector(&r);
    }
    codec_end(w, mark);
    codec_write_vector(w, welcome.info);
    return true;
}

/* GroupInfo's own parser asks for a suite's lengths; the form alone is read here. */
static bool rewrite_group_info(struct span in, struct writer *w)
{
    struct span body;
    if (!message_of(in, w, WIRE_GROUP_INFO, &body))
        return false;
    struct reader r = reader_of(body);
    writer_u32(w, reader_u32(&r)); /* version, suite */
    codec_write_vector(w, codec_vector(&r));
    writer_u64(w, reader_u64(&r));
    for (int i = 0; i < 5; i++) /* tree hash, transcript, two extension lists, tag */
        codec_write_vector(w, codec_vector(&r));
    writer_u32(w, reader_u32(&r));
    codec_write_vector(w, codec_vector(&r));
    return reader_ok(&r) && reader_left(&r) == 0;
}

static bool rewrite_group_secrets(struct span in, struct writer *w)
{
    struct reader r = reader_of(in);
    codec_write_vector(w, codec_vector(&r));
    bool path = codec_optional(&r);
    writer_u8(w, path);
    if (path)
        codec_write_vector(w, codec_vector(&r));
    struct reader ids = codec_inner(&r);
    size_t mark = codec_begin(w);
    while (reader_left(&ids) > 0) {
        struct psk_id id;
        psk_id_parse(&ids, &id);
        rewrite_psk(&id, w);
    }
    codec_end(w, mark);
    return reader_ok(&r) && reader_ok(&ids) && reader_left(&r) == 0;
}

static bool rewrite_node(struct reader *r, struct writer *w, bool *ours)
{
    struct leaf leaf;
    uint8_t type = reader_u8(r);
    writer_u8(w, type);
    if (type == 1) {
        leaf_parse(r, &leaf);
        *ours &= leaf.encryption_key.len == suite_chacha.kem_public;
        if (reader_ok(r))
            rewrite_leaf(&leaf, w);
        return reader_ok(r);
    }
    for (int i = 0; i < 3; i++) /* key, parent hash, unmerged leaves */
        codec_write_vector(w, codec_vector(r));
    return reader_ok(r) && type == 2;
}

static bool rewrite_nodes(struct span in, struct writer *w, bool *ours)
{
    struct reader r = reader_of(in), list = codec_inner(&r);
    size_t mark = codec_begin(w);
    while (reader_left(&list) > 0) {
        bool present = codec_optional(&list);
        writer_u8(w, present);
        if (present && !rewrite_node(&list, w, ours))
            return false;
    }
    codec_end(w, mark);
    return reader_ok(&list) && reader_left(&r) == 0;
}

/* Our tree holds keys of X25519 only; the trees of suite 2 among the cases are read node by node
 * alone. */
static bool rewrite_tree(struct span in, struct writer *w)
{
    enum { LEAVES = 256, ARENA = LEAVES * 1024 };
    bool ours = true;
    if (!rewrite_nodes(in, w, &ours))
        return false;
    if (!ours)
        return true;
    uint8_t *memory = vector_memory(tree_bytes(LEAVES, ARENA));
    struct tree *t = tree_init(memory, &suite_chacha, LEAVES, ARENA);
    *w = writer_of(w->start, (size_t)(w->end - w->start));
    return vector_ok("tree", tree_read(t, in)) && vector_ok("tree", tree_write(t, w));
}

static const struct {
    const char *key;
    rewrite *run;
} kinds[] = {
    {"mls_welcome", rewrite_welcome},
    {"mls_group_info", rewrite_group_info},
    {"mls_key_package", rewrite_key_package},
    {"ratchet_tree", rewrite_tree},
    {"group_secrets", rewrite_group_secrets},
    {"add_proposal", rewrite_add},
    {"update_proposal", rewrite_update},
    {"remove_proposal", rewrite_remove},
    {"pre_shared_key_proposal", rewrite_psk_proposal},
    {"re_init_proposal", rewrite_reinit},
    {"external_init_proposal", rewrite_external_init},
    {"group_context_extensions_proposal", rewrite_extensions},
    {"commit", rewrite_commit},
    {"public_message_application", rewrite_public},
    {"public_message_proposal", rewrite_public},
    {"public_message_commit", rewrite_public},
    {"private_message", rewrite_private},
};

bool vectors_messages(const json_t *c, const struct suite *s)
{
    bool good = true;
    (void)s;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct span in = vector_hex(c, kinds[i].key);
        struct writer w = writer_of(vector_memory(in.len + 64), in.len + 64);
        if (in.len == 0 || !kinds[i].run(in, &w))
            good &= vector_fail("%s was not read", kinds[i].key);
        else
            good &= vector_same_bytes(kinds[i].key, in, writer_span(&w));
    }
    return good;
}
