/* Facts about e2ee/framing: what is signed and sealed opens; whatever is cut, changed, repeated or
 * put together wrongly does not. */
#include "e2ee/floor.h"

#include "e2ee/framing.h"

enum { LEAVES = 4, SENDER = 2, ROOM = 4096 };

static struct random chance;
static uint8_t tree_memory[2][64 * 1024] __attribute__((aligned(16)));
static struct epoch_secrets secrets;
static struct framing alice, bob; /* the same epoch, ratchets of their own */
static uint8_t sign_secret[SUITE_SIGN_SECRET], sign_public[SUITE_SIGN_PUBLIC];
static uint8_t message[ROOM], plain[ROOM];

static int start(void **state)
{
    static const uint8_t seed[32] = {1};
    if (floor_start(state) != 0)
        return -1;
    assert_int_equal(schedule_next(suite,
                                   &(struct schedule_inputs){seed, NULL, NULL, span_str("context")},
                                   &secrets),
                     ERR_OK);
    suite_sign_keys(seed, sign_secret, sign_public);
    alice = (struct framing){suite,
                             span_str("context"),
                             &secrets,
                             secret_init(tree_memory[0], suite, LEAVES, secrets.encryption),
                             {0}};
    bob = alice;
    bob.ratchets = secret_init(tree_memory[1], suite, LEAVES, secrets.encryption);
    return 0;
}

static struct span key_of_sender(void)
{
    return span_of(sign_public, sizeof sign_public);
}

/* A Remove proposal, and a Commit with a reference, that proposal and no path. */
static const uint8_t proposal[] = {0, 3, 0, 0, 0, 1};
static const uint8_t commit[] = {
    0x0A,                      /* proposals<V> */
    2,    1, 0xAB,             /* reference<V> */
    1,    0, 3,    0, 0, 0, 1, /* proposal: remove of leaf 1 */
    0,                         /* no path */
};

static struct framed content_of(enum content_type type, enum wire_format wire)
{
    struct framed m = {.group_id = span_str("group"),
                       .epoch = 7,
                       .sender = SENDER_MEMBER,
                       .leaf = SENDER,
                       .authenticated_data = span_str("aad"),
                       .type = type,
                       .wire = wire};
    if (type == CONTENT_APPLICATION)
        m.content = span_str("hello");
    else if (type == CONTENT_PROPOSAL)
        m.content = span_of(proposal, sizeof proposal);
    else
        m.content = span_of(commit, sizeof commit);
    if (type == CONTENT_COMMIT)
        m.confirmation_tag = span_of(secrets.joiner, SUITE_HASH); /* any 32 bytes */
    return m;
}

static struct span write_public(struct framed *m)
{
    static uint8_t signature[SUITE_SIGNATURE];
    struct writer w = writer_of(message, sizeof message);
    assert_int_equal(framed_sign(&alice, m, sign_secret, signature), ERR_OK);
    m->signature = span_of(signature, sizeof signature);
    assert_int_equal(public_write(&alice, m, &w), ERR_OK);
    return writer_span(&w);
}

static struct span write_private(enum content_type type, uint32_t padding)
{
    static uint8_t signature[SUITE_SIGNATURE];
    struct framed m = content_of(type, WIRE_PRIVATE);
    struct random_source random = floor_source(&chance);
    struct writer w = writer_of(message, sizeof message);
    assert_int_equal(framed_sign(&alice, &m, sign_secret, signature), ERR_OK);
    m.signature = span_of(signature, sizeof signature);
    assert_int_equal(private_write(&alice, &m, &(struct private_make){padding, &random}, &w),
                     ERR_OK);
    return writer_span(&w);
}

static enum err read_public(struct span in, struct framed *m)
{
    struct mls_message mls;
    struct span tag;
    TRY(mls_message_parse(in, &mls));
    if (mls.wire != WIRE_PUBLIC)
        return ERR_UNSUPPORTED;
    TRY(public_parse(mls.body, m, &tag));
    return public_verify(&bob, m, tag, key_of_sender());
}

static enum err read_private(struct span in, struct framed *m)
{
    struct mls_message mls;
    struct private_head h;
    uint32_t generation;
    TRY(mls_message_parse(in, &mls));
    if (mls.wire != WIRE_PRIVATE)
        return ERR_UNSUPPORTED;
    TRY(private_parse(mls.body, &h));
    TRY(private_open(&bob, &h, plain, m, &generation));
    TRY(framed_verify(&bob, m, key_of_sender()));
    private_used(&bob, m, generation);
    return ERR_OK;
}

static void assert_same_content(const struct framed *got, enum content_type type)
{
    struct framed want = content_of(type, got->wire);
    assert_true(span_equal(got->group_id, want.group_id));
    assert_true(got->epoch == 7 && got->sender == SENDER_MEMBER && got->leaf == SENDER);
    assert_true(span_equal(got->authenticated_data, want.authenticated_data));
    assert_true(got->type == type && span_equal(got->content, want.content));
    assert_true(span_equal(got->confirmation_tag, want.confirmation_tag));
}

static void the_envelope_is_version_1_and_a_known_wire_format(void **state)
{
    (void)state;
    struct mls_message m;
    for (uint8_t version = 0; version < 3; version++)
        for (uint8_t wire = 0; wire < 8; wire++) {
            uint8_t in[] = {0, version, 0, wire, 42};
            bool good = version == 1 && wire >= 1 && wire <= 5;
            assert_int_equal(mls_message_parse(span_of(in, 5), &m),
                             good ? ERR_OK : ERR_UNSUPPORTED);
            assert_true(!good || (m.wire == wire && m.body.len == 1 && m.body.ptr[0] == 42));
            assert_int_equal(mls_message_parse(span_of(in, 3), &m), ERR_MALFORMED);
        }
}

static void a_public_message_opens_as_it_was_written(void **state)
{
    (void)state;
    for (enum content_type t = CONTENT_APPLICATION; t <= CONTENT_COMMIT; t++) {
        struct framed m = content_of(t, WIRE_PUBLIC), got;
        assert_int_equal(read_public(write_public(&m), &got), ERR_OK);
        assert_same_content(&got, t);
        assert_ptr_equal(got.content_raw.ptr, message + 4);
    }
}

static void a_private_message_opens_as_it_was_written_and_once(void **state)
{
    (void)state;
    for (enum content_type t = CONTENT_APPLICATION; t <= CONTENT_COMMIT; t++) {
        struct framed got;
        struct span in = write_private(t, 64);
        assert_int_equal(read_private(in, &got), ERR_OK);
        assert_same_content(&got, t);
        assert_int_equal(read_private(in, &got), ERR_REPLAY);
    }
}

static void every_cut_and_every_byte_more_is_refused(void **state)
{
    (void)state;
    for (enum content_type t = CONTENT_APPLICATION; t <= CONTENT_COMMIT; t++) {
        struct framed m = content_of(t, WIRE_PUBLIC), got;
        struct span public = write_public(&m);
        for (size_t n = 0; n < public.len; n++)
            assert_int_not_equal(read_public(span_of(message, n), &got), ERR_OK);
        assert_int_equal(read_public(span_of(message, public.len + 1), &got), ERR_MALFORMED);
        struct span private = write_private(t, 0);
        for (size_t n = 0; n < private.len; n++)
            assert_int_not_equal(read_private(span_of(message, n), &got), ERR_OK);
        assert_int_equal(read_private(span_of(message, private.len + 1), &got), ERR_MALFORMED);
        assert_int_equal(read_private(private, &got), ERR_OK);
    }
}

static void every_changed_bit_is_refused_and_costs_the_true_message_nothing(void **state)
{
    (void)state;
    for (enum content_type t = CONTENT_APPLICATION; t <= CONTENT_COMMIT; t++) {
        struct framed m = content_of(t, WIRE_PUBLIC), got;
        struct span public = write_public(&m);
        for (size_t i = 0; i < 8 * public.len; i++) {
            message[i / 8] ^= (uint8_t)(1 << i % 8);
            assert_int_not_equal(read_public(public, &got), ERR_OK);
            message[i / 8] ^= (uint8_t)(1 << i % 8);
        }
        struct span private = write_private(t, 3);
        for (size_t i = 0; i < 8 * private.len; i++) {
            message[i / 8] ^= (uint8_t)(1 << i % 8);
            assert_int_not_equal(read_private(private, &got), ERR_OK);
            message[i / 8] ^= (uint8_t)(1 << i % 8);
        }
        assert_int_equal(read_private(private, &got), ERR_OK);
    }
}

static void the_tag_binds_members_and_the_signature_everybody(void **state)
{
    (void)state;
    struct framed m = content_of(CONTENT_COMMIT, WIRE_PUBLIC), got;
    struct mls_message mls;
    struct span tag;
    assert_int_equal(mls_message_parse(write_public(&m), &mls), ERR_OK);
    assert_int_equal(public_parse(mls.body, &got, &tag), ERR_OK);
    assert_int_equal(tag.len, SUITE_HASH);
    assert_int_equal(public_verify_tag(&bob, &got, tag), ERR_OK);
    assert_int_equal(public_verify_tag(&bob, &got, floor_empty), ERR_AUTH);
    assert_int_equal(public_verify_tag(&bob, &got, span_of(tag.ptr, 31)), ERR_AUTH);
    /* Whoever is outside has no membership key: a signature alone is not enough. */
    struct epoch_secrets other = secrets;
    struct framing outside = bob;
    other.membership[0] ^= 1;
    outside.secrets = &other;
    assert_int_equal(public_verify_tag(&outside, &got, tag), ERR_AUTH);
    assert_int_equal(framed_verify(&outside, &got, key_of_sender()), ERR_OK);
    /* The context of another epoch or group does not fit. */
    outside = bob;
    outside.context = span_str("contexT");
    assert_int_equal(framed_verify(&outside, &got, key_of_sender()), ERR_AUTH);
}

static void senders_who_are_no_members_have_no_tag_and_the_right_context(void **state)
{
    (void)state;
    static const struct {
        enum sender_type sender;
        bool context; /* part of what is signed */
    } rows[] = {{SENDER_EXTERNAL, false}, {SENDER_NEW_PROPOSAL, false}, {SENDER_NEW_COMMIT, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct framed m = content_of(CONTENT_PROPOSAL, WIRE_PUBLIC), got;
        struct framing other = bob;
        struct mls_message mls;
        struct span tag;
        m.sender = rows[i].sender;
        assert_int_equal(mls_message_parse(write_public(&m), &mls), ERR_OK);
        assert_int_equal(public_parse(mls.body, &got, &tag), ERR_OK);
        assert_int_equal(tag.len, 0);
        assert_int_equal(got.sender, rows[i].sender);
        assert_int_equal(got.leaf, rows[i].sender == SENDER_EXTERNAL ? SENDER : 0);
        assert_int_equal(public_verify(&bob, &got, tag, key_of_sender()), ERR_OK);
        assert_int_equal(public_verify_tag(&bob, &got, span_str("x")), ERR_AUTH);
        other.context = span_str("another");
        assert_int_equal(framed_verify(&other, &got, key_of_sender()),
                         rows[i].context ? ERR_AUTH : ERR_OK);
    }
}

static void a_signature_of_one_wire_format_is_none_of_the_other(void **state)
{
    (void)state;
    uint8_t signature[SUITE_SIGNATURE];
    struct framed m = content_of(CONTENT_PROPOSAL, WIRE_PUBLIC);
    assert_int_equal(framed_sign(&alice, &m, sign_secret, signature), ERR_OK);
    m.signature = span_of(signature, sizeof signature);
    m.wire = WIRE_PRIVATE;
    assert_int_equal(framed_verify(&bob, &m, key_of_sender()), ERR_AUTH);
}

static void every_kind_of_proposal_is_passed_over_and_unknown_ones_are_refused(void **state)
{
    (void)state;
#define LEAF(source) 1, 'e', 1, 's', 0, 1, 1, 'i', 0, 0, 0, 0, 0, source
#define KEY_PACKAGE 0, 1, 0, 3, 1, 'k', LEAF(1), LIFETIME, 0, 1, 'S', 0, 1, 'S'
#define LIFETIME 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9
    static const uint8_t add[] = {0, 1, KEY_PACKAGE}, update[] = {0, 2, LEAF(2), 0, 1, 'S'};
    static const uint8_t of_commit[] = {0, 2, LEAF(3), 1, 'h', 0, 1, 'S'};
    static const uint8_t removal[] = {0, 3, 0, 0, 0, 1}, psk[] = {0, 4, 1, 1, 'p', 1, 'n'};
    static const uint8_t resumption[] = {0, 4, 2, 1, 1, 'g', 0, 0, 0, 0, 0, 0, 0, 1, 1, 'n'};
    static const uint8_t reinit[] = {0, 5, 1, 'g', 0, 1, 0, 3, 0}, external[] = {0, 6, 1, 'o'};
    static const uint8_t context[] = {0, 7, 0}, unknown[] = {0, 8}, zero[] = {0, 0};
    static const uint8_t source[] = {0, 2, LEAF(4), 0, 0}, psk_type[] = {0, 4, 3, 0, 0};
    static const uint8_t x509[] = {0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 2, 0, 0};
    static const uint8_t credential[] = {0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 2, 0, 0};
#define ROW(bytes, good)                                                                           \
    {                                                                                              \
        bytes, sizeof(bytes), good                                                                 \
    }
    static const struct {
        const uint8_t *bytes;
        size_t len;
        bool good;
    } rows[] = {ROW(add, true),     ROW(update, true),    ROW(of_commit, true),
                ROW(removal, true), ROW(psk, true),       ROW(resumption, true),
                ROW(reinit, true),  ROW(external, true),  ROW(context, true),
                ROW(x509, true),    ROW(unknown, false),  ROW(zero, false),
                ROW(source, false), ROW(psk_type, false), ROW(credential, false)};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reader r = reader_of(span_of(rows[i].bytes, rows[i].len));
        proposal_skip(&r);
        assert_int_equal(reader_ok(&r) && reader_left(&r) == 0, rows[i].good);
        for (size_t n = 0; rows[i].good && n < rows[i].len; n++) {
            r = reader_of(span_of(rows[i].bytes, n));
            proposal_skip(&r);
            assert_false(reader_ok(&r));
        }
    }
}

static void a_commit_whose_list_holds_something_else_is_refused(void **state)
{
    (void)state;
    static const uint8_t third[] = {2, 3, 0, 0}, cut[] = {1, 1, 0}, optional[] = {0, 2};
    static const uint8_t with_path[] = {0, 1, LEAF(3), 1, 'h', 0, 1, 'S', 0};
    static const struct {
        const uint8_t *bytes;
        size_t len;
        bool good;
    } rows[] = {ROW(third, false), ROW(cut, false), ROW(optional, false), ROW(with_path, true)};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reader r = reader_of(span_of(rows[i].bytes, rows[i].len));
        commit_skip(&r);
        assert_int_equal(reader_ok(&r) && reader_left(&r) == 0, rows[i].good);
    }
}

static void padding_hides_the_length(void **state)
{
    (void)state;
    struct framed got;
    size_t without = write_private(CONTENT_APPLICATION, 0).len;
    struct span in = write_private(CONTENT_APPLICATION, 100);
    assert_int_equal(in.len, without + 100);
    assert_int_equal(read_private(in, &got), ERR_OK);
    assert_same_content(&got, CONTENT_APPLICATION);
}

static void a_writer_that_is_too_small_spends_no_key(void **state)
{
    (void)state;
    struct framed m = content_of(CONTENT_APPLICATION, WIRE_PRIVATE), got;
    struct random_source random = floor_source(&chance);
    uint8_t signature[SUITE_SIGNATURE] = {0};
    m.signature = span_of(signature, sizeof signature);
    size_t len = write_private(CONTENT_APPLICATION, 0).len;
    for (size_t n = 0; n < len; n++) {
        struct writer w = writer_of(message, n);
        assert_int_equal(private_write(&alice, &m, &(struct private_make){0, &random}, &w),
                         ERR_LIMIT);
    }
    assert_int_equal(read_private(write_private(CONTENT_APPLICATION, 0), &got), ERR_OK);
    struct message_key k; /* the lost one was generation 0, the one read 1 */
    assert_int_equal(secret_peek(bob.ratchets, SENDER, SECRET_APPLICATION, 0, &k), ERR_OK);
    assert_int_equal(secret_peek(bob.ratchets, SENDER, SECRET_APPLICATION, 1, &k), ERR_REPLAY);
}

/* ---- messages that only a member could forge: put together by hand with the epoch's own keys ----
 */

struct forgery {
    struct span content; /* PrivateMessageContent */
    uint32_t leaf, generation;
    size_t sender_len;
};

static struct span forge(const struct forgery *f)
{
    struct message_key key;
    uint8_t sender[SUITE_TAG + 12] = {0};
    struct writer s = writer_of(sender, 12), w = writer_of(message, sizeof message);
    mls_message_head(&w, WIRE_PRIVATE);
    codec_write_vector(&w, span_str("group"));
    writer_u64(&w, 7);
    writer_u8(&w, CONTENT_APPLICATION);
    struct span sender_aad = span_of(message + 4, writer_len(&w) - 4);
    codec_write_vector(&w, floor_empty);
    struct span aad = span_of(message + 4, writer_len(&w) - 4);
    assert_int_equal(
        secret_peek(alice.ratchets, f->leaf % LEAVES, SECRET_APPLICATION, f->generation, &key),
        ERR_OK);
    assert_int_equal(suite->aead_seal(key.key, key.nonce, aad, f->content, plain), ERR_OK);
    struct span sample = span_of(plain, SUITE_HASH);
    suite_expand_label(suite, secrets.sender_data, (struct suite_label){"key", sample}, key.key,
                       32);
    suite_expand_label(suite, secrets.sender_data, (struct suite_label){"nonce", sample}, key.nonce,
                       SUITE_NONCE);
    writer_u32(&s, f->leaf);
    writer_u32(&s, f->generation);
    suite->aead_seal(key.key, key.nonce, sender_aad, span_of(sender, f->sender_len), sender);
    codec_write_vector(&w, span_of(sender, f->sender_len + SUITE_TAG));
    codec_write_vector(&w, span_of(plain, f->content.len + SUITE_TAG));
    return writer_span(&w);
}

static void forgeries_of_a_member_are_refused_by_form(void **state)
{
    (void)state;
    /* hello, a signature of two bytes, padding */
    static const uint8_t good[32] = {5, 'h', 'e', 'l', 'l', 'o', 2, 'S', 'S'};
    uint8_t padded[32], cut[32] = {5, 'h', 'e', 'l', 'l', 'o', 60};
    struct framed got;
    memcpy(padded, good, sizeof good);
    padded[31] = 1;
    const struct {
        struct forgery f;
        enum err want;
    } rows[] = {
        {{span_of(good, 32), SENDER, 0, 12}, ERR_AUTH}, /* opens; the signature is none */
        {{span_of(padded, 32), SENDER, 0, 12}, ERR_MALFORMED},
        {{span_of(cut, 32), SENDER, 0, 12}, ERR_MALFORMED},
        {{span_of(good, 32), SENDER, 0, 11}, ERR_AUTH}, /* sender data of another length */
        {{span_of(good, 32), LEAVES + SENDER, 0, 12}, ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct span in = forge(&rows[i].f);
        memset(plain, 0, sizeof plain);
        assert_int_equal(read_private(in, &got), rows[i].want);
        if (i > 0)
            assert_false(floor_holds(plain, sizeof plain, span_str("hello")));
    }
    struct span far = forge(&(struct forgery){span_of(good, 32), SENDER, SECRET_AHEAD, 12});
    struct message_key k;
    secret_next(alice.ratchets, SENDER, SECRET_APPLICATION, &k); /* alice alone is one further */
    assert_int_equal(read_private(far, &got), ERR_AUTH); /* inside the bound: only the signature */
    far = forge(&(struct forgery){span_of(good, 32), SENDER, SECRET_AHEAD + 1, 12});
    assert_int_equal(read_private(far, &got), ERR_LIMIT);
    start(NULL);
    assert_int_equal(read_private(write_private(CONTENT_APPLICATION, 0), &got), ERR_OK);
}

static void without_ratchets_nothing_private_is_read_or_written(void **state)
{
    (void)state;
    struct framing none = alice;
    struct framed m = content_of(CONTENT_APPLICATION, WIRE_PRIVATE), got;
    struct random_source random = floor_source(&chance);
    struct private_head h;
    struct span in = write_private(CONTENT_APPLICATION, 0);
    struct writer w = writer_of(plain, sizeof plain);
    uint32_t generation;
    none.ratchets = NULL;
    assert_int_equal(private_parse(span_of(in.ptr + 4, in.len - 4), &h), ERR_OK);
    assert_int_equal(private_open(&none, &h, plain, &got, &generation), ERR_STATE);
    assert_int_equal(private_write(&none, &m, &(struct private_make){0, &random}, &w), ERR_STATE);
}

static void two_messages_never_share_a_ciphertext(void **state)
{
    (void)state;
    uint8_t first[ROOM];
    struct span a = write_private(CONTENT_APPLICATION, 0);
    memcpy(first, a.ptr, a.len);
    struct span b = write_private(CONTENT_APPLICATION, 0);
    assert_int_equal(a.len, b.len);
    assert_memory_not_equal(first + a.len - 64, b.ptr + b.len - 64, 64);
}

static void the_transcript_input_is_wire_format_content_and_signature(void **state)
{
    (void)state;
    struct framed m = content_of(CONTENT_COMMIT, WIRE_PUBLIC);
    struct span in = write_public(&m);
    uint8_t out[ROOM];
    struct writer w = writer_of(out, sizeof out);
    assert_int_equal(framed_transcript_input(&m, &w), ERR_OK);
    assert_memory_equal(out, message + 2, writer_len(&w)); /* as it stands in the message */
    assert_int_equal(in.len - 2 - writer_len(&w), 2 * (1 + SUITE_HASH)); /* but the two tags */
    w = writer_of(out, writer_len(&w) - 1);
    assert_int_equal(framed_transcript_input(&m, &w), ERR_LIMIT);
}

#define FRAMED(fact) cmocka_unit_test_setup(fact, start)

int main(void)
{
    const struct CMUnitTest facts[] = {
        FRAMED(the_envelope_is_version_1_and_a_known_wire_format),
        FRAMED(a_public_message_opens_as_it_was_written),
        FRAMED(a_private_message_opens_as_it_was_written_and_once),
        FRAMED(every_cut_and_every_byte_more_is_refused),
        FRAMED(every_changed_bit_is_refused_and_costs_the_true_message_nothing),
        FRAMED(the_tag_binds_members_and_the_signature_everybody),
        FRAMED(senders_who_are_no_members_have_no_tag_and_the_right_context),
        FRAMED(a_signature_of_one_wire_format_is_none_of_the_other),
        FRAMED(every_kind_of_proposal_is_passed_over_and_unknown_ones_are_refused),
        FRAMED(a_commit_whose_list_holds_something_else_is_refused),
        FRAMED(padding_hides_the_length),
        FRAMED(a_writer_that_is_too_small_spends_no_key),
        FRAMED(forgeries_of_a_member_are_refused_by_form),
        FRAMED(without_ratchets_nothing_private_is_read_or_written),
        FRAMED(two_messages_never_share_a_ciphertext),
        FRAMED(the_transcript_input_is_wire_format_content_and_signature),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
