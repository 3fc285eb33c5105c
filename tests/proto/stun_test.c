/* Facts about proto/stun, on the sample messages of RFC 5769 and on what must be refused (A04). */
#include "proto/cm.h"

#include "base/bug.h"
#include "crypt/crypt.h"
#include "proto/stun.h"

/* RFC 5769 section 2.1: password "VOkJxbRl1RmTxUk/WvJxBt". */
static const uint8_t sample_request[] = {
    0x00, 0x01, 0x00, 0x58,                         /* Binding request, 88 bytes follow */
    0x21, 0x12, 0xa4, 0x42,                         /* cookie */
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, /* transaction id */
    0xfa, 0x87, 0xdf, 0xae,                         /* */
    0x80, 0x22, 0x00, 0x10,                         /* SOFTWARE, 16 bytes */
    0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, /* "STUN tes" */
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, /* "t client" */
    0x00, 0x24, 0x00, 0x04,                         /* PRIORITY */
    0x6e, 0x00, 0x01, 0xff,                         /* */
    0x80, 0x29, 0x00, 0x08,                         /* ICE-CONTROLLED */
    0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, /* tie-breaker */
    0x00, 0x06, 0x00, 0x09,                         /* USERNAME, 9 bytes */
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, /* "evtj:h6v" */
    0x59, 0x20, 0x20, 0x20,                         /* "Y" and padding */
    0x00, 0x08, 0x00, 0x14,                         /* MESSAGE-INTEGRITY */
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, /* */
    0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, /* */
    0xc1, 0xb5, 0x71, 0xa2,                         /* */
    0x80, 0x28, 0x00, 0x04,                         /* FINGERPRINT */
    0xe5, 0x7a, 0x3b, 0xcf,                         /* */
};

/* RFC 5769 section 2.2: the answer, mapped address 192.0.2.1:32853. */
static const uint8_t sample_answer[] = {
    0x01, 0x01, 0x00, 0x3c,                         /* Binding success, 60 bytes follow */
    0x21, 0x12, 0xa4, 0x42,                         /* cookie */
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, /* transaction id */
    0xfa, 0x87, 0xdf, 0xae,                         /* */
    0x80, 0x22, 0x00, 0x0b,                         /* SOFTWARE, 11 bytes */
    0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63, /* "test vec" */
    0x74, 0x6f, 0x72, 0x20,                         /* "tor" and padding */
    0x00, 0x20, 0x00, 0x08,                         /* XOR-MAPPED-ADDRESS */
    0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43, /* */
    0x00, 0x08, 0x00, 0x14,                         /* MESSAGE-INTEGRITY */
    0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, /* */
    0x8c, 0x74, 0x89, 0xf9, 0x2a, 0xf9, 0xba, 0x53, /* */
    0xf0, 0x6b, 0xe7, 0xd7,                         /* */
    0x80, 0x28, 0x00, 0x04,                         /* FINGERPRINT */
    0xc0, 0x7d, 0x4c, 0x96,                         /* */
};

static struct hmac_sha1 keyed(const char *password)
{
    struct hmac_sha1 key;
    hmac_sha1_init(&key, span_str(password));
    return key;
}

static void the_sample_request_is_read_and_verified(void **state)
{
    (void)state;
    struct stun_message m;
    struct span ufrag;
    struct hmac_sha1 key = keyed("VOkJxbRl1RmTxUk/WvJxBt"), wrong = keyed("VOkJxbRl1RmTxUk/WvJxBT");
    struct span in = span_of(sample_request, sizeof(sample_request));
    assert_int_equal(stun_parse(&m, in), ERR_OK);
    assert_true(stun_is_binding_request(&m));
    assert_true(m.has_priority && m.controlled && m.has_fingerprint);
    assert_false(m.controlling || m.use_candidate || m.has_mapped);
    assert_int_equal(m.priority, 0x6e0001ff);
    assert_true(m.tiebreaker == 0x932ff9b151263b36);
    assert_true(span_equal(m.username, span_str("evtj:h6vY")));
    assert_int_equal(m.unknown_count, 0);
    assert_true(stun_verify(&m, &key));
    assert_false(stun_verify(&m, &wrong));
    assert_true(stun_peek_ufrag(in, &ufrag));
    assert_true(span_equal(ufrag, span_str("evtj")));
}

static void the_sample_answer_is_read_and_verified(void **state)
{
    (void)state;
    struct stun_message m;
    struct hmac_sha1 key = keyed("VOkJxbRl1RmTxUk/WvJxBt");
    assert_int_equal(stun_parse(&m, span_of(sample_answer, sizeof(sample_answer))), ERR_OK);
    assert_int_equal(m.kind, STUN_SUCCESS);
    assert_true(m.has_mapped);
    assert_int_equal(m.mapped.family, 4);
    assert_int_equal(m.mapped.port, 32853);
    assert_memory_equal(m.mapped.ip, ((uint8_t[]){192, 0, 2, 1}), 4);
    assert_true(stun_verify(&m, &key));
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    struct stun_message m;
    for (size_t n = 0; n < sizeof(sample_request); n++)
        assert_int_not_equal(stun_parse(&m, span_of(sample_request, n)), ERR_OK);
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct hmac_sha1 key = keyed("VOkJxbRl1RmTxUk/WvJxBt");
    for (size_t i = 0; i < sizeof(sample_request) * 8; i++) {
        uint8_t copy[sizeof(sample_request)];
        struct stun_message m;
        memcpy(copy, sample_request, sizeof(copy));
        copy[i / 8] = (uint8_t)(copy[i / 8] ^ 1u << i % 8);
        /* The type of FINGERPRINT itself: then there is none, and the integrity still holds. */
        bool unmarked = i / 8 >= sizeof(copy) - 8 && i / 8 < sizeof(copy) - 6;
        if (stun_parse(&m, span_of(copy, sizeof(copy))) == ERR_OK && !unmarked)
            assert_false(stun_verify(&m, &key));
    }
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    const struct ipc_addr addresses[] = {
        {.family = 4, .ip = {203, 0, 113, 9}, .port = 40000},
        {.family = 6, .ip = {0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, .port = 1},
    };
    struct hmac_sha1 key = keyed("secret of ours, long enough");
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        uint8_t buf[STUN_WRITE_MAX], id[STUN_ID_LEN] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        struct writer w = writer_of(buf, sizeof(buf));
        struct stun_message m;
        assert_true(stun_write_success(&w, id, &addresses[i], &key));
        assert_int_equal(stun_parse(&m, writer_span(&w)), ERR_OK);
        assert_int_equal(m.kind, STUN_SUCCESS);
        assert_true(stun_verify(&m, &key) && m.has_fingerprint && m.has_mapped);
        assert_memory_equal(m.id, id, sizeof(id));
        assert_memory_equal(m.mapped.ip, addresses[i].ip, 16);
        assert_int_equal(m.mapped.port, addresses[i].port);
    }
}

static void a_request_is_written_as_it_was_meant(void **state)
{
    (void)state;
    uint8_t buf[STUN_WRITE_MAX];
    struct writer w = writer_of(buf, sizeof(buf));
    struct hmac_sha1 key = keyed("password");
    struct stun_message m;
    struct stun_request r = {.username = span_str("00ab:cd"), .priority = 77, .tiebreaker = 5};
    r.use_candidate = true;
    assert_true(stun_write_request(&w, &r, &key));
    assert_int_equal(stun_parse(&m, writer_span(&w)), ERR_OK);
    assert_true(m.use_candidate && m.controlling && !m.controlled);
    assert_int_equal(m.priority, 77);
    assert_true(m.tiebreaker == 5);
    assert_true(stun_verify(&m, &key));
    struct writer tiny = writer_of(buf, 60);
    assert_false(stun_write_request(&tiny, &r, &key));
}

static void an_error_names_what_was_unknown(void **state)
{
    (void)state;
    uint8_t buf[STUN_WRITE_MAX];
    struct writer w = writer_of(buf, sizeof(buf));
    struct hmac_sha1 key = keyed("password");
    struct stun_message request = {.unknown_count = 2, .unknown = {0x7001, 0x7002}}, m;
    assert_true(stun_write_error(&w, &request, 420, &key));
    assert_int_equal(stun_parse(&m, writer_span(&w)), ERR_OK);
    assert_int_equal(m.kind, STUN_ERROR);
    assert_int_equal(m.error_code, 420);
    assert_true(stun_verify(&m, &key));
    const uint8_t types[] = {0x00, 0x0a, 0, 4, 0x70, 1, 0x70, 2};
    assert_memory_equal(buf + 28, types, sizeof(types));
}

/* A message of the attributes given, without integrity or fingerprint. */
static enum err parse_attributes(const uint8_t *attributes, size_t len, struct stun_message *m)
{
    static uint8_t buf[1500];
    const uint8_t head[20] = {0, 1, (uint8_t)(len >> 8), (uint8_t)len, 0x21, 0x12, 0xa4, 0x42};
    memcpy(buf, head, sizeof(head));
    memcpy(buf + 20, attributes, len);
    return stun_parse(m, span_of(buf, 20 + len));
}

#define PARSE(...)                                                                                 \
    parse_attributes((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), &m)

static void bad_attributes_are_refused(void **state)
{
    (void)state;
    struct stun_message m;
    assert_int_equal(PARSE(0, 6, 0, 4, 'a', ':', 'b', 'c'), ERR_OK);
    assert_int_equal(PARSE(0, 6, 0, 5, 'a', ':', 'b', 'c'), ERR_SHORT); /* past the end */
    assert_int_equal(PARSE(0, 6, 0xff, 0xff, 'a', ':', 'b', 'c'), ERR_SHORT);
    assert_int_equal(PARSE(0, 6, 0, 0), ERR_MALFORMED); /* empty USERNAME */
    assert_int_equal(PARSE(0, 6, 0, 1, 'a', 0, 0, 0, 0, 6, 0, 1, 'a', 0, 0, 0), ERR_CONFLICT);
    assert_int_equal(PARSE(0, 8, 0, 4, 1, 2, 3, 4), ERR_MALFORMED);       /* short integrity */
    assert_int_equal(PARSE(0, 0x24, 0, 2, 1, 2, 0, 0), ERR_MALFORMED);    /* short PRIORITY */
    assert_int_equal(PARSE(0, 0x25, 0, 4, 1, 2, 3, 4), ERR_MALFORMED);    /* long USE-CANDIDATE */
    assert_int_equal(PARSE(0x80, 0x2a, 0, 4, 1, 2, 3, 4), ERR_MALFORMED); /* short tie-breaker */
    assert_int_equal(PARSE(0x80, 0x28, 0, 4, 1, 2, 3, 4), ERR_AUTH);      /* wrong FINGERPRINT */
    assert_int_equal(PARSE(0x80, 0x28, 0, 4, 1, 2, 3, 4, 0x80, 0x22, 0, 0), ERR_MALFORMED);
    assert_int_equal(PARSE(0, 0x20, 0, 8, 0, 3, 0, 0, 0, 0, 0, 0), ERR_MALFORMED); /* family 3 */
    assert_int_equal(PARSE(0, 0x20, 0, 8, 0, 2, 0, 0, 0, 0, 0, 0), ERR_MALFORMED); /* short IPv6 */
    assert_int_equal(PARSE(0, 9, 0, 4, 0, 0, 7, 0), ERR_MALFORMED); /* error class 7 */
}

static void unknown_attributes_are_counted_by_their_kind(void **state)
{
    (void)state;
    struct stun_message m;
    assert_int_equal(PARSE(0x70, 1, 0, 0, 0xf0, 1, 0, 0, 0x70, 2, 0, 1, 9, 0, 0, 0), ERR_OK);
    assert_int_equal(m.unknown_count, 2); /* the optional one is passed over */
    assert_int_equal(m.unknown[0], 0x7001);
    assert_int_equal(m.unknown[1], 0x7002);
}

static void attributes_are_bounded(void **state)
{
    (void)state;
    static uint8_t many[4 * (LIMIT_STUN_ATTRIBUTES + 1)];
    struct stun_message m;
    for (size_t i = 0; i < sizeof(many); i += 4)
        many[i] = 0x70;
    assert_int_equal(parse_attributes(many, sizeof(many) - 4, &m), ERR_OK);
    assert_int_equal(m.unknown_count, LIMIT_STUN_ATTRIBUTES);
    assert_int_equal(parse_attributes(many, sizeof(many), &m), ERR_LIMIT);
}

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    struct stun_message m;
    uint8_t bad[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    assert_int_equal(stun_parse(&m, span_of(bad, 20)), ERR_OK);
    bad[0] = 0x40; /* the two top bits are 0 */
    assert_int_equal(stun_parse(&m, span_of(bad, 20)), ERR_MALFORMED);
    bad[0] = 0;
    bad[3] = 4; /* four bytes that are not there */
    assert_int_equal(stun_parse(&m, span_of(bad, 20)), ERR_MALFORMED);
    bad[3] = 0;
    bad[4] = 0x22; /* another cookie */
    assert_int_equal(stun_parse(&m, span_of(bad, 20)), ERR_MALFORMED);
}

static void a_ufrag_is_peeked_only_from_a_binding_request(void **state)
{
    (void)state;
    struct span ufrag;
    uint8_t m[28] = {0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42};
    memcpy(m + 20, ((uint8_t[]){0, 6, 0, 4, '0', '1', ':', 'x'}), 8);
    assert_true(stun_peek_ufrag(span_of(m, 28), &ufrag));
    assert_true(span_equal(ufrag, span_str("01")));
    m[26] = '1'; /* no colon */
    assert_false(stun_peek_ufrag(span_of(m, 28), &ufrag));
    m[24] = ':'; /* nothing before it */
    assert_false(stun_peek_ufrag(span_of(m, 28), &ufrag));
    m[24] = '0';
    m[26] = ':';
    m[0] = 1; /* a success response */
    m[1] = 1;
    assert_false(stun_peek_ufrag(span_of(m, 28), &ufrag));
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(the_sample_request_is_read_and_verified),
        cmocka_unit_test(the_sample_answer_is_read_and_verified),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_request_is_written_as_it_was_meant),
        cmocka_unit_test(an_error_names_what_was_unknown),
        cmocka_unit_test(bad_attributes_are_refused),
        cmocka_unit_test(unknown_attributes_are_counted_by_their_kind),
        cmocka_unit_test(attributes_are_bounded),
        cmocka_unit_test(headers_that_lie_are_refused),
        cmocka_unit_test(a_ufrag_is_peeked_only_from_a_binding_request),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
