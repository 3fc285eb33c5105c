/* Facts about proto/vp8 and proto/demux. */
#include "proto/cm.h"

#include "proto/demux.h"
#include "proto/vp8.h"

static const uint8_t full[] = {
    0x90,       /* X, S, partition 0 */
    0xf0,       /* I, L, T, K */
    0x92, 0x34, /* M, picture id 0x1234 */
    0x56,       /* TL0PICIDX */
    0x65,       /* temporal layer 1, Y, key index 5 */
    0x10,       /* payload: P = 0, a key frame */
};

static void every_field_is_read(void **state)
{
    (void)state;
    struct vp8 v;
    assert_int_equal(vp8_parse(&v, span_of(full, sizeof(full))), ERR_OK);
    assert_int_equal(v.descriptor_len, 6);
    assert_true(v.start && v.keyframe && v.long_picture_id && v.sync);
    assert_false(v.discardable);
    assert_int_equal(v.picture_id, 0x1234);
    assert_int_equal(v.tl0, 0x56);
    assert_int_equal(v.tid, 1);
    assert_int_equal(v.keyidx, 5);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    struct vp8 v = {.tl0 = 42};
    for (size_t n = 0; n < sizeof(full); n++)
        assert_int_equal(vp8_parse(&v, span_of(full, n)), ERR_SHORT);
    assert_int_equal(v.tl0, 42);
}

static void a_key_frame_needs_start_partition_0_and_p_0(void **state)
{
    (void)state;
    struct vp8 v;
    assert_int_equal(vp8_parse(&v, span_of((uint8_t[]){0x10, 0x00}, 2)), ERR_OK);
    assert_true(v.keyframe);
    assert_int_equal(vp8_parse(&v, span_of((uint8_t[]){0x10, 0x01}, 2)), ERR_OK);
    assert_false(v.keyframe);
    assert_int_equal(vp8_parse(&v, span_of((uint8_t[]){0x11, 0x00}, 2)), ERR_OK);
    assert_false(v.keyframe);
    assert_int_equal(vp8_parse(&v, span_of((uint8_t[]){0x00, 0x00}, 2)), ERR_OK);
    assert_false(v.keyframe);
}

static void tl0_without_tid_is_refused(void **state)
{
    (void)state;
    struct vp8 v;
    assert_int_equal(vp8_parse(&v, span_of((uint8_t[]){0x90, 0x40, 1, 0}, 4)), ERR_MALFORMED);
}

/* All flag combinations, both widths: what is written is what was read. */
static void a_written_descriptor_is_read_again(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 256; flags++) {
        struct vp8 v = {.start = flags & 1, .discardable = flags & 2, .partition = 3}, back;
        v.has_picture_id = flags & 4;
        v.long_picture_id = v.has_picture_id && (flags & 8);
        v.picture_id = !v.has_picture_id ? 0 : v.long_picture_id ? 0x7abc : 0x3c;
        v.has_tid = flags & 16;
        v.tid = v.has_tid ? 2 : 0;
        v.sync = v.has_tid && (flags & 32);
        v.has_tl0 = v.has_tid && (flags & 64);
        v.tl0 = v.has_tl0 ? 200 : 0;
        v.has_keyidx = flags & 128;
        v.keyidx = v.has_keyidx ? 17 : 0;
        uint8_t buf[VP8_DESCRIPTOR_MAX + 1] = {0};
        size_t n = vp8_write(&v, buf);
        assert_in_range(n, 1, VP8_DESCRIPTOR_MAX);
        assert_int_equal(vp8_parse(&back, span_of(buf, n + 1)), ERR_OK);
        v.descriptor_len = (uint8_t)n;
        assert_memory_equal(&v, &back, sizeof(v));
    }
}

static void a_rewrite_keeps_widths_and_touches_nothing_else(void **state)
{
    (void)state;
    struct vp8 v;
    uint8_t m[sizeof(full)];
    memcpy(m, full, sizeof(m));
    assert_int_equal(vp8_parse(&v, span_of(m, sizeof(m))), ERR_OK);
    vp8_rewrite(&v, m, 0xffff, 9);
    assert_memory_equal(m, ((uint8_t[]){0x90, 0xf0, 0xff, 0xff, 9, 0x65, 0x10}), sizeof(m));
    uint8_t narrow[] = {0x90, 0x80, 0x01, 0x10};
    assert_int_equal(vp8_parse(&v, span_of(narrow, sizeof(narrow))), ERR_OK);
    vp8_rewrite(&v, narrow, 0xffff, 9);
    assert_memory_equal(narrow, ((uint8_t[]){0x90, 0x80, 0x7f, 0x10}), sizeof(narrow));
    uint8_t bare[] = {0x10, 0x10};
    assert_int_equal(vp8_parse(&v, span_of(bare, sizeof(bare))), ERR_OK);
    vp8_rewrite(&v, bare, 0xffff, 9);
    assert_memory_equal(bare, ((uint8_t[]){0x10, 0x10}), sizeof(bare));
}

/* RFC 7983 section 7, all first bytes; RFC 5761 section 4, all second ones. */
static void the_first_bytes_tell_the_protocol(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            uint8_t d[2] = {(uint8_t)first, (uint8_t)second};
            enum demux want = DEMUX_OTHER;
            if (first <= 3)
                want = DEMUX_STUN;
            else if (first >= 20 && first <= 63)
                want = DEMUX_DTLS;
            else if (first >= 128 && first <= 191)
                want = second >= 192 && second <= 223 ? DEMUX_RTCP : DEMUX_RTP;
            assert_int_equal(demux_classify(span_of(d, 2)), want);
        }
    }
    assert_int_equal(demux_classify(span_of("\x80", 1)), DEMUX_OTHER);
    assert_int_equal(demux_classify(span_of("", 0)), DEMUX_OTHER);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(a_key_frame_needs_start_partition_0_and_p_0),
        cmocka_unit_test(tl0_without_tid_is_refused),
        cmocka_unit_test(a_written_descriptor_is_read_again),
        cmocka_unit_test(a_rewrite_keeps_widths_and_touches_nothing_else),
        cmocka_unit_test(the_first_bytes_tell_the_protocol),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
