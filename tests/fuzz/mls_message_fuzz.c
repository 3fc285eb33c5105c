/* Any bytes as an MLSMessage, and as the inside of a PrivateMessage whose sender is a member: what
 * is read is written again as it stood, and nothing verifies that was not signed. */
#include "base/bug.h"
#include "e2ee/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 16, LEAVES = 4 };

static struct epoch_secrets secrets;
static uint8_t memory[64 * 1024] __attribute__((aligned(16))), out[ROOM], plain[ROOM];
static struct framing f;

static void start(void)
{
    BUG_IF(suite_start() != ERR_OK || secret_bytes(LEAVES) > sizeof memory);
    static const uint8_t init[SUITE_HASH] = {1};
    BUG_IF(schedule_next(&suite_chacha, &(struct schedule_inputs){init, NULL, NULL, span_str("c")},
                         &secrets) != ERR_OK);
    f = (struct framing){&suite_chacha, span_str("c"), &secrets, NULL, {0}};
}

static void as_public(struct span body)
{
    struct framed m;
    struct span tag;
    uint8_t key[SUITE_SIGN_PUBLIC] = {2};
    if (public_parse(body, &m, &tag) != ERR_OK)
        return;
    struct writer w = writer_of(out, sizeof out);
    BUG_IF(framed_transcript_input(&m, &w) != ERR_OK);
    /* wire format, then the content as it stood, then the signature */
    BUG_IF(!span_equal(m.content_raw, span_of(out + 2, m.content_raw.len)));
    BUG_IF(memcmp(out + 2, body.ptr, writer_len(&w) - 2) != 0);
    BUG_IF(m.sender == SENDER_MEMBER && public_verify_tag(&f, &m, tag) == ERR_OK);
    BUG_IF(framed_verify(&f, &m, span_of(key, sizeof key)) == ERR_OK);
    w = writer_of(out, sizeof out);
    if (public_write(&f, &m, &w) == ERR_OK && m.sender != SENDER_MEMBER)
        BUG_IF(!span_equal(span_of(out + 4, writer_len(&w) - 4), body));
}

static void as_private(struct span body)
{
    struct private_head h;
    struct framed m;
    uint32_t generation;
    if (private_parse(body, &h) != ERR_OK)
        return;
    f.ratchets = secret_init(memory, f.suite, LEAVES, secrets.encryption);
    BUG_IF(private_open(&f, &h, plain, &m, &generation) == ERR_OK);
}

/* What a member could send: the input is the plain content, under the true keys. */
static struct span sealed_content(struct span content, enum content_type type)
{
    struct message_key key;
    uint8_t sender[12 + SUITE_TAG] = {0, 0, 0, 1}; /* leaf 1, generation 0, guard 0 */
    struct writer w = writer_of(out, sizeof out);
    codec_write_vector(&w, span_str("g"));
    writer_u64(&w, 1);
    writer_u8(&w, (uint8_t)type);
    struct span sender_aad = writer_span(&w);
    codec_write_vector(&w, span_str(""));
    struct span aad = writer_span(&w);
    enum secret_kind kind = type == CONTENT_APPLICATION ? SECRET_APPLICATION : SECRET_HANDSHAKE;
    const struct suite *s = f.suite;
    BUG_IF(secret_peek(f.ratchets, 1, kind, 0, &key) != ERR_OK);
    BUG_IF(s->aead_seal(key.key, key.nonce, aad, content, plain) != ERR_OK);
    struct span sealed = span_of(plain, content.len + SUITE_TAG);
    struct span sample = span_of(plain, sealed.len < SUITE_HASH ? sealed.len : SUITE_HASH);
    BUG_IF(suite_expand_label(s, secrets.sender_data, (struct suite_label){"key", sample}, key.key,
                              32) != ERR_OK);
    BUG_IF(suite_expand_label(s, secrets.sender_data, (struct suite_label){"nonce", sample},
                              key.nonce, 12) != ERR_OK);
    s->aead_seal(key.key, key.nonce, sender_aad, span_of(sender, 12), sender);
    codec_write_vector(&w, span_of(sender, sizeof sender));
    codec_write_vector(&w, sealed);
    return writer_span(&w);
}

static void as_content(struct span in)
{
    struct private_head h;
    struct framed m;
    uint32_t generation = 9;
    if (in.len < 1 || in.len > ROOM / 2)
        return;
    enum content_type type = (enum content_type)(1 + in.ptr[0] % 3);
    f.ratchets = secret_init(memory, f.suite, LEAVES, secrets.encryption);
    struct span body = sealed_content(span_of(in.ptr + 1, in.len - 1), type);
    BUG_IF(private_parse(body, &h) != ERR_OK);
    static uint8_t opened[ROOM];
    enum err e = private_open(&f, &h, opened, &m, &generation);
    BUG_IF(e != ERR_OK && e != ERR_MALFORMED);
    if (e == ERR_OK) {
        BUG_IF(m.type != type || m.leaf != 1 || generation != 0 || m.content.len > in.len);
        private_used(&f, &m, generation);
        BUG_IF(private_open(&f, &h, opened, &m, &generation) != ERR_REPLAY);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mls_message m;
    if (!f.suite)
        start();
    if (size > ROOM / 2)
        return 0;
    if (mls_message_parse(span_of(data, size), &m) == ERR_OK) {
        if (m.wire == WIRE_PUBLIC)
            as_public(m.body);
        if (m.wire == WIRE_PRIVATE)
            as_private(m.body);
    }
    as_public(span_of(data, size));
    as_content(span_of(data, size));
    return 0;
}
