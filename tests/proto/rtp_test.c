/* Facts about proto/rtp and proto/rtpext (attack A11). */
#include "proto/cm.h"

#include "base/bug.h"
#include "proto/random.h"
#include "proto/rtp.h"
#include "proto/rtpext.h"

static const uint8_t packet[] = {
    0xb1, 0xe0, 0x12, 0x34, /* version 2, padding, extension, 1 CSRC; marker, type 96; sequence */
    0x00, 0x00, 0x10, 0x00, /* timestamp 4096 */
    0xca, 0xfe, 0xba, 0xbe, /* SSRC */
    0x01, 0x02, 0x03, 0x04, /* CSRC */
    0xbe, 0xde, 0x00, 0x02, /* one-byte extensions, two words */
    0x10, 'a',  0x22, 1,    /* id 1: "a"; id 2, three bytes: 1 .. */
    2,    3,    0x00, 0x00, /* .. 2, 3; padding */
    'x',  'y',  'z',  0,    /* payload of three bytes; padding .. */
    0,    3,                /* .. of three bytes */
};

static void every_field_is_read(void **state)
{
    (void)state;
    struct rtp_packet p;
    assert_int_equal(rtp_parse(&p, span_of(packet, sizeof(packet)), RTP_OPENED), ERR_OK);
    assert_true(p.marker && p.padded);
    assert_int_equal(p.pt, 96);
    assert_int_equal(p.seq, 0x1234);
    assert_int_equal(p.ts, 4096);
    assert_int_equal(p.ssrc, 0xcafebabe);
    assert_int_equal(p.csrc_count, 1);
    assert_int_equal(p.header_len, 28);
    assert_int_equal(p.profile, RTPEXT_ONE_BYTE);
    assert_true(span_equal(p.payload, span_str("xyz")));
    assert_int_equal(p.padding_len, 3);
}

static void a_sealed_packet_keeps_what_looks_like_padding(void **state)
{
    (void)state;
    struct rtp_packet p;
    assert_int_equal(rtp_parse(&p, span_of(packet, sizeof(packet)), RTP_SEALED), ERR_OK);
    assert_int_equal(p.payload.len, 6);
    assert_int_equal(p.padding_len, 0);
}

static void every_cut_of_the_header_is_refused(void **state)
{
    (void)state;
    struct rtp_packet p;
    for (size_t n = 0; n < 28; n++)
        assert_int_equal(rtp_parse(&p, span_of(packet, n), RTP_SEALED), ERR_SHORT);
    assert_int_equal(rtp_parse(&p, span_of(packet, 28), RTP_SEALED), ERR_OK);
    assert_int_equal(rtp_parse(&p, span_of(packet, 28), RTP_OPENED), ERR_MALFORMED);
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    struct rtp_packet p = {.ssrc = 42};
    uint8_t m[sizeof(packet)];
    memcpy(m, packet, sizeof(m));
    m[19] = 0xff; /* extension block past the end */
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_OPENED), ERR_SHORT);
    memcpy(m, packet, sizeof(m));
    m[0] = 0xbf; /* 15 CSRCs past the end */
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_OPENED), ERR_SHORT);
    memcpy(m, packet, sizeof(m));
    m[sizeof(m) - 1] = 0; /* padding of nothing */
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_OPENED), ERR_MALFORMED);
    m[sizeof(m) - 1] = 7; /* one more than there is payload */
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_OPENED), ERR_MALFORMED);
    m[sizeof(m) - 1] = 6; /* padding only: a probe */
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_OPENED), ERR_OK);
    assert_int_equal(p.payload.len, 0);
    p.ssrc = 42;
    m[0] = 0x71; /* version 1 */
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_OPENED), ERR_MALFORMED);
    assert_int_equal(p.ssrc, 42); /* untouched on failure */
}

static void twelve_bytes_are_a_packet(void **state)
{
    (void)state;
    struct rtp_packet p;
    uint8_t m[12] = {0x80};
    assert_int_equal(rtp_parse(&p, span_of(m, 12), RTP_OPENED), ERR_OK);
    assert_int_equal(p.payload.len, 0);
}

static void fields_are_set_in_place(void **state)
{
    (void)state;
    struct rtp_packet p;
    uint8_t m[sizeof(packet)];
    memcpy(m, packet, sizeof(m));
    rtp_set_seq(m, 0xabcd);
    rtp_set_ts(m, 0x01020304);
    rtp_set_ssrc(m, 0x05060708);
    rtp_set_pt(m, 111);
    rtp_set_marker(m, false);
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_OPENED), ERR_OK);
    assert_int_equal(p.seq, 0xabcd);
    assert_int_equal(p.ts, 0x01020304);
    assert_int_equal(p.ssrc, 0x05060708);
    assert_int_equal(p.pt, 111);
    assert_false(p.marker);
    rtp_set_marker(m, true);
    assert_int_equal(m[1], 0x80 | 111);
}

static void elements_are_found(void **state)
{
    (void)state;
    struct rtp_packet p;
    struct rtpext_set set;
    assert_int_equal(rtp_parse(&p, span_of(packet, sizeof(packet)), RTP_OPENED), ERR_OK);
    assert_int_equal(rtpext_parse(&set, &p), ERR_OK);
    assert_int_equal(set.count, 2);
    assert_true(span_equal(rtpext_get(&set, 1), span_str("a")));
    assert_int_equal(rtpext_get(&set, 2).len, 3);
    assert_null(rtpext_get(&set, 3).ptr);
    assert_null(rtpext_get(&set, 0).ptr);
}

static enum err parse_block(uint16_t profile, const uint8_t *bytes, size_t len,
                            struct rtpext_set *set)
{
    struct rtp_packet p = {.profile = profile, .ext = span_of(bytes, len)};
    return rtpext_parse(set, &p);
}

#define BLOCK(profile, ...)                                                                        \
    parse_block(profile, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}),   \
                &set)

static void elements_that_lie_are_refused(void **state)
{
    (void)state;
    struct rtpext_set set;
    assert_int_equal(BLOCK(0xbede, 0x13, 1, 2, 3), ERR_MALFORMED); /* four bytes, three there */
    assert_int_equal(set.count, 0);
    assert_int_equal(BLOCK(0xbede, 0, 0, 0, 0x10), ERR_MALFORMED);
    assert_int_equal(BLOCK(0x1000, 1, 3, 0, 0), ERR_MALFORMED);
    assert_int_equal(BLOCK(0x1000, 0, 0, 0, 1), ERR_MALFORMED); /* an id without a length */
    assert_int_equal(BLOCK(0x1000, 1, 255, 0, 0), ERR_MALFORMED);
}

static void id_15_ends_the_one_byte_form(void **state)
{
    (void)state;
    struct rtpext_set set;
    assert_int_equal(BLOCK(0xbede, 0x10, 7, 0xff, 0x20, 9, 0, 0, 0), ERR_OK);
    assert_int_equal(set.count, 1);
    assert_int_equal(BLOCK(0xbede, 0x10, 7, 0x03, 0x20), ERR_OK); /* id 0 with a length as well */
    assert_int_equal(set.count, 1);
}

static void two_byte_elements_may_be_empty_and_use_any_id(void **state)
{
    (void)state;
    struct rtpext_set set;
    assert_int_equal(BLOCK(0x1005, 200, 0, 0, 15, 2, 'h', 'i', 0), ERR_OK);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.item[0].id, 200);
    assert_int_equal(set.item[0].value.len, 0);
    assert_true(span_equal(rtpext_get(&set, 15), span_str("hi")));
}

static void another_profile_has_no_elements(void **state)
{
    (void)state;
    struct rtpext_set set;
    assert_int_equal(BLOCK(0x9999, 0xff, 0xff, 0xff, 0xff), ERR_OK);
    assert_int_equal(set.count, 0);
}

static void elements_are_bounded(void **state)
{
    (void)state;
    struct rtpext_set set;
    uint8_t many[2 * (LIMIT_RTP_EXTENSIONS + 1)];
    for (size_t i = 0; i < sizeof(many); i += 2)
        many[i] = 0x10;
    assert_int_equal(parse_block(0xbede, many, 2 * LIMIT_RTP_EXTENSIONS, &set), ERR_OK);
    assert_int_equal(parse_block(0xbede, many, sizeof(many), &set), ERR_LIMIT);
    assert_int_equal(set.count, 0);
}

static void a_written_header_is_read_again(void **state)
{
    (void)state;
    struct random rnd = random_start("rtp headers", 31);
    for (int round = 0; round < 3000; round++) {
        uint8_t values[LIMIT_RTP_EXTENSIONS][40], buf[1200];
        struct rtpext_set set = {0}, back;
        struct rtp_packet p;
        bool wide = random_below(&rnd, 2);
        uint32_t count = random_below(&rnd, 9);
        for (uint32_t i = 0; i < count; i++) {
            size_t len = wide ? random_below(&rnd, 40) : 1 + random_below(&rnd, 16);
            random_fill(&rnd, values[i], len);
            assert_true(rtpext_put(&set, (uint8_t)(i + 1), span_of(values[i], len)));
        }
        struct rtp_header h = {.pt = 96, .seq = (uint16_t)random_u64(&rnd), .ext = &set};
        h.ts = (uint32_t)random_u64(&rnd);
        h.ssrc = (uint32_t)random_u64(&rnd);
        h.marker = random_below(&rnd, 2);
        struct writer w = writer_of(buf, sizeof(buf));
        assert_true(rtp_write_header(&w, &h));
        assert_int_equal(writer_len(&w) % 4, 0);
        assert_int_equal(rtp_parse(&p, writer_span(&w), RTP_OPENED), ERR_OK);
        assert_int_equal(p.header_len, writer_len(&w));
        assert_true(p.seq == h.seq && p.ts == h.ts && p.ssrc == h.ssrc && p.marker == h.marker);
        assert_int_equal(rtpext_parse(&back, &p), ERR_OK);
        assert_int_equal(back.count, count);
        for (uint32_t i = 0; i < count; i++)
            assert_true(span_equal(back.item[i].value, set.item[i].value));
    }
}

static void a_header_that_does_not_fit_is_said_so(void **state)
{
    (void)state;
    uint8_t buf[15];
    struct rtpext_set set = {0};
    struct rtp_header h = {.ext = &set};
    assert_true(rtpext_put(&set, 1, span_str("mid")));
    struct writer w = writer_of(buf, sizeof(buf));
    assert_false(rtp_write_header(&w, &h));
    assert_false(rtpext_put(&set, 0, span_str("mid")));
}

static void a_value_is_overwritten_in_place_at_its_length_only(void **state)
{
    (void)state;
    uint8_t m[sizeof(packet)];
    struct rtp_packet p;
    struct rtpext_set set;
    memcpy(m, packet, sizeof(m));
    assert_int_equal(rtp_parse(&p, span_of(m, sizeof(m)), RTP_SEALED), ERR_OK);
    assert_int_equal(rtpext_parse(&set, &p), ERR_OK);
    assert_true(rtpext_overwrite(m, &p, rtpext_get(&set, 2), span_str("NEW")));
    assert_memory_equal(m + 23, "NEW", 3);
    assert_false(rtpext_overwrite(m, &p, rtpext_get(&set, 2), span_str("LONG")));
    assert_false(rtpext_overwrite(m, &p, rtpext_get(&set, 9), span_str("")));
}

static void known_values_are_read_and_written(void **state)
{
    (void)state;
    uint8_t level = 0, bytes[3];
    uint16_t seq = 0;
    bool voice = false;
    assert_true(rtpext_audio_level(span_of((uint8_t[]){0x80 | 42}, 1), &level, &voice));
    assert_true(voice && level == 42);
    assert_false(rtpext_audio_level(span_of(bytes, 0), &level, &voice));
    rtpext_write_twcc(bytes, 0xbeef);
    assert_true(rtpext_twcc(span_of(bytes, 2), &seq) && seq == 0xbeef);
    assert_false(rtpext_twcc(span_of(bytes, 3), &seq));
    rtpext_write_abs_send_time(bytes, 1500000); /* 1.5 s in 6.18: 0x060000 */
    assert_memory_equal(bytes, ((uint8_t[]){6, 0, 0}), 3);
    rtpext_write_abs_send_time(bytes, 65500000); /* 65.5 s wraps at 64 */
    assert_memory_equal(bytes, ((uint8_t[]){6, 0, 0}), 3);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(a_sealed_packet_keeps_what_looks_like_padding),
        cmocka_unit_test(every_cut_of_the_header_is_refused),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(twelve_bytes_are_a_packet),
        cmocka_unit_test(fields_are_set_in_place),
        cmocka_unit_test(elements_are_found),
        cmocka_unit_test(elements_that_lie_are_refused),
        cmocka_unit_test(id_15_ends_the_one_byte_form),
        cmocka_unit_test(two_byte_elements_may_be_empty_and_use_any_id),
        cmocka_unit_test(another_profile_has_no_elements),
        cmocka_unit_test(elements_are_bounded),
        cmocka_unit_test(a_written_header_is_read_again),
        cmocka_unit_test(a_header_that_does_not_fit_is_said_so),
        cmocka_unit_test(a_value_is_overwritten_in_place_at_its_length_only),
        cmocka_unit_test(known_values_are_read_and_written),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
