#include "e2ee/proposal.h"

void psk_id_parse(struct reader *r, struct psk_id *out)
{
    const uint8_t *start = r->at;
    uint8_t type = reader_u8(r), usage = 0;
    out->epoch = 0;
    if (type == PSK_RESUMPTION) {
        usage = reader_u8(r);
        out->id = codec_vector(r);
        out->epoch = reader_u64(r);
        if (usage < PSK_APPLICATION || usage > PSK_BRANCH)
            r->failed = true;
    } else {
        out->id = codec_vector(r);
        if (type != PSK_EXTERNAL)
            r->failed = true;
    }
    out->nonce = codec_vector(r);
    out->type = (enum psk_type)type;
    out->usage = (enum psk_usage)usage;
    out->raw = r->failed ? span_of(NULL, 0) : span_of(start, (size_t)(r->at - start));
}

void psk_id_write(struct writer *w, struct span id, const uint8_t nonce[SUITE_HASH])
{
    writer_u8(w, PSK_EXTERNAL);
    codec_write_vector(w, id);
    codec_write_vector(w, span_of(nonce, SUITE_HASH));
}

/* The body of a structure that a parser has just passed. */
static struct span passed(const uint8_t *start, const struct reader *r)
{
    return r->failed ? span_of(NULL, 0) : span_of(start, (size_t)(r->at - start));
}

static void reinit_skip(struct reader *r)
{
    (void)codec_vector(r); /* group_id */
    reader_skip(r, 4);     /* version, suite */
    if (!extensions_valid(codec_vector(r)))
        r->failed = true;
}

static void body_skip(struct reader *r, enum proposal_type type)
{
    struct key_package package;
    struct leaf leaf;
    struct psk_id psk;
    switch (type) {
    case PROPOSAL_ADD:
        key_package_parse(r, &package);
        return;
    case PROPOSAL_UPDATE:
        leaf_parse(r, &leaf);
        return;
    case PROPOSAL_PSK:
        psk_id_parse(r, &psk);
        return;
    case PROPOSAL_REINIT:
        reinit_skip(r);
        return;
    case PROPOSAL_EXTERNAL_INIT:
        (void)codec_vector(r);
        return;
    case PROPOSAL_REMOVE:
    case PROPOSAL_EXTENSIONS:
        break; /* read by proposal_parse itself */
    }
    r->failed = true;
}

void proposal_parse(struct reader *r, struct proposal *out)
{
    const uint8_t *start = r->at;
    uint16_t type = reader_u16(r);
    const uint8_t *body = r->at;
    *out = (struct proposal){.type = (enum proposal_type)type};
    if (type == PROPOSAL_REMOVE) {
        out->removed = reader_u32(r);
    } else if (type == PROPOSAL_EXTENSIONS) {
        out->body = codec_vector(r);
        if (!extensions_valid(out->body))
            r->failed = true;
    } else {
        body_skip(r, out->type);
        out->body = passed(body, r);
    }
    out->raw = passed(start, r);
}

/* A Remove's leaf, or that of an Update; NODE_NONE for others. */
static uint32_t touched(const struct proposal *p)
{
    if (p->type == PROPOSAL_REMOVE)
        return p->removed;
    return p->type == PROPOSAL_UPDATE ? p->sender : NODE_NONE;
}

/* The n is at most GROUP_PROPOSALS, so the square of it costs no more than one signature. */
static bool twice(const struct proposal *list, uint32_t n, uint32_t i)
{
    const struct proposal *p = &list[i];
    for (uint32_t j = i + 1; j < n; j++) {
        const struct proposal *q = &list[j];
        if (touched(p) != NODE_NONE && touched(p) == touched(q))
            return true;
        if (p->type != q->type)
            continue;
        if (p->type == PROPOSAL_EXTENSIONS)
            return true;
        if (p->type == PROPOSAL_PSK && span_equal(p->body, q->body))
            return true;
    }
    return false;
}

static enum mls_rule psk_rule(const struct proposal *p)
{
    struct reader r = reader_of(p->body);
    struct psk_id id;
    psk_id_parse(&r, &id);
    bool good = reader_ok(&r) && id.nonce.len == SUITE_HASH &&
                (id.type == PSK_EXTERNAL || id.usage == PSK_APPLICATION);
    return good ? RULE_NONE : RULE_PSK;
}

enum mls_rule proposal_list_check(const struct proposal *list, uint32_t n, uint32_t committer)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct proposal *p = &list[i];
        if (p->type == PROPOSAL_EXTERNAL_INIT)
            return RULE_EXTERNAL;
        if (p->type == PROPOSAL_REINIT) /* our profile never reinitializes */
            return RULE_PROPOSAL_LIST;
        bool own = touched(p) != NODE_NONE && touched(p) == committer;
        if (own || twice(list, n, i))
            return RULE_PROPOSAL_LIST;
        if (p->type == PROPOSAL_PSK && psk_rule(p) != RULE_NONE)
            return RULE_PSK;
    }
    return RULE_NONE;
}

bool proposal_list_needs_path(const struct proposal *list, uint32_t n)
{
    bool needs = n == 0;
    for (uint32_t i = 0; i < n; i++) {
        enum proposal_type type = list[i].type;
        needs |= type == PROPOSAL_UPDATE || type == PROPOSAL_REMOVE ||
                 type == PROPOSAL_EXTENSIONS || type == PROPOSAL_EXTERNAL_INIT;
    }
    return needs;
}
