/* A member sends anything to a live group of three: raw bytes, or content of the fuzzer's under a
 * right signature and membership tag, so that it comes to the depth. First byte: what is sent. A
 * refusal changes nothing. */
#include "e2ee/framing.h"
#include "party.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum base { RICH, ADD_PSK, REKEY, PROPOSAL, BASES };

struct content {
    uint8_t bytes[8192], tag[SUITE_HASH];
    size_t len;
};

static struct party party;
static struct content bases[BASES];

static void take_content(struct content *out, struct span message)
{
    struct mls_message m;
    struct framed f;
    struct span tag;
    BUG_IF(mls_message_parse(message, &m) != ERR_OK || public_parse(m.body, &f, &tag) != ERR_OK);
    BUG_IF(f.content.len > sizeof out->bytes);
    memcpy(out->bytes, f.content.ptr, f.content.len);
    out->len = f.content.len;
    if (f.confirmation_tag.len == SUITE_HASH)
        memcpy(out->tag, f.confirmation_tag.ptr, SUITE_HASH);
}

static void plan_base(enum base which, const struct group_plan *plan)
{
    party_commit(&party, &party.guest[0], plan);
    take_content(&bases[which], span_of(party.commit, party.commit_len));
    group_drop(party.guest[0].g);
}

static void setup(void)
{
    struct group_result result;
    struct span link = span_str("link");
    uint32_t gone = 2;
    party_open(&party);
    struct writer w = writer_of(party.commit, PARTY_ROOM);
    BUG_IF(group_propose_update(party.guest[2].g, &w) != ERR_OK);
    for (uint32_t i = 0; i < 2; i++)
        BUG_IF(group_process(party.guest[i].g, writer_span(&w), &result) != ERR_OK);
    take_content(&bases[PROPOSAL], writer_span(&w));
    struct group_plan rich = {.add = &party.add,
                              .n_add = 1,
                              .psk = &link,
                              .n_psk = 1,
                              .cached = true,
                              .set_extensions = true};
    struct group_plan add = {.add = &party.add, .n_add = 1, .psk = &link, .n_psk = 1};
    struct group_plan rekey = {.path = true, .remove = &gone, .n_remove = 1};
    plan_base(RICH, &rich);
    plan_base(ADD_PSK, &add);
    plan_base(REKEY, &rekey);
    party_keep(&party, &party.guest[1]);
}

/* Signs as member 0 (or pretends to be another sender). */
static struct span frame(struct span content, enum content_type type, const struct content *tag)
{
    static uint8_t out[65536];
    const struct group *g = party.guest[0].g;
    struct framing f = group_framing(g, g->now);
    uint8_t signature[SUITE_SIGNATURE];
    struct framed m = {.group_id = group_id(g),
                       .epoch = group_epoch(g),
                       .sender = SENDER_MEMBER,
                       .type = type,
                       .content = content,
                       .wire = WIRE_PUBLIC};
    struct writer w = writer_of(out, sizeof out);
    BUG_IF(framed_sign(&f, &m, party.guest[0].secret, signature) != ERR_OK);
    m.signature = span_of(signature, sizeof signature);
    if (type == CONTENT_COMMIT)
        m.confirmation_tag = span_of(tag->tag, SUITE_HASH);
    BUG_IF(public_write(&f, &m, &w) != ERR_OK);
    return writer_span(&w);
}

static struct span message_of(uint8_t kind, struct span wish)
{
    static uint8_t bytes[16384];
    if (kind == 0)
        return wish;
    enum content_type type = kind & 1 ? CONTENT_COMMIT : CONTENT_PROPOSAL;
    if (kind < 4)
        return frame(wish, type, &bases[RICH]);
    const struct content *base = &bases[kind % BASES];
    memcpy(bytes, base->bytes, base->len);
    size_t len = party_edit(bytes, base->len, wish);
    return frame(span_of(bytes, len), base == &bases[PROPOSAL] ? CONTENT_PROPOSAL : CONTENT_COMMIT,
                 base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest *to = &party.guest[1];
    struct group_result result;
    if (!party.commit)
        setup();
    if (size == 0 || size > 16384)
        return 0;
    struct span message = message_of(data[0], span_of(data + 1, size - 1));
    if (group_process(to->g, message, &result) == ERR_OK) {
        BUG_IF(result.sender > 2);
        party_restore(&party, to);
        return 0;
    }
    BUG_IF(group_rule(to->g) == RULE_NONE);
    party_unchanged(&party, to);
    return 0;
}
