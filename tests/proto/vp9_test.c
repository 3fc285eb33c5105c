/* Facts about the VP9 payload descriptor. */
#include "base/fact.h"

#include "proto/vp9.h"

static struct vp9 v;

static enum err parse(const uint8_t *bytes, size_t len)
{
    return vp9_parse(&v, span_of(bytes, len));
}

static void a_key_picture_is_its_lowest_layer_s_first_packet(void **state)
{
    (void)state;
    const uint8_t base[] = {
        0xac,       /* I, L, B, E */
        0x92, 0x34, /* M, picture id 0x1234 */
        0x00,       /* TID 0, SID 0 */
        0x07,       /* TL0PICIDX */
        0xff,       /* payload */
    };
    assert_int_equal(parse(base, sizeof base), ERR_OK);
    assert_true(v.keyframe && v.begin && v.end && v.has_layers && !v.flexible && !v.inter);
    assert_int_equal(v.picture_id, 0x1234);
    assert_int_equal(v.tl0, 7);
    assert_int_equal(v.descriptor_len, 5);
    const uint8_t upper[] = {0xac, 0x92, 0x34, 0x03, 0x07, 0xff}; /* SID 1, D */
    assert_int_equal(parse(upper, sizeof upper), ERR_OK);
    assert_false(v.keyframe);
    assert_int_equal(v.sid, 1);
    assert_true(v.inter_layer);
}

static void layers_and_the_switching_point_are_read(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0xe9, 0x05, 0x54, 0x01, 0xff}; /* I P L B Z; TID 2, U, SID 2 */
    assert_int_equal(parse(bytes, sizeof bytes), ERR_OK);
    assert_int_equal(v.tid, 2);
    assert_int_equal(v.sid, 2);
    assert_true(v.switch_up && v.inter && v.discardable && !v.inter_layer);
    assert_int_equal(v.picture_id, 5);
}

static void a_descriptor_without_layers_is_of_the_lowest(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x08, 0xff};
    assert_int_equal(parse(bytes, sizeof bytes), ERR_OK);
    assert_true(v.keyframe);
    assert_int_equal(v.tid + v.sid, 0);
    assert_int_equal(v.descriptor_len, 1);
}

static void flexible_mode_counts_at_most_three_references(void **state)
{
    (void)state;
    const uint8_t three[] = {0xd8, 0x01, 0x03, 0x05, 0x06, 0xff}; /* I P F B; N N - */
    assert_int_equal(parse(three, sizeof three), ERR_OK);
    assert_int_equal(v.descriptor_len, 5);
    const uint8_t four[] = {0xd8, 0x01, 0x03, 0x05, 0x07, 0x02, 0xff};
    assert_int_equal(parse(four, sizeof four), ERR_MALFORMED);
    const uint8_t nameless[] = {0x18, 0xff}; /* F without a picture id */
    assert_int_equal(parse(nameless, sizeof nameless), ERR_MALFORMED);
}

static void a_scalability_structure_tells_sizes(void **state)
{
    (void)state;
    const uint8_t bytes[] = {
        0x0a,                   /* B, V */
        0x38,                   /* N_S 1: two layers; Y, G */
        0x01, 0x40, 0x00, 0xb4, /* 320 x 180 */
        0x02, 0x80, 0x01, 0x68, /* 640 x 360 */
        0x02,                   /* two pictures */
        0x04, 0x01,             /* TID 0, one reference */
        0x48, 0x01, 0x02,       /* TID 2, two references */
        0xff,
    };
    assert_int_equal(parse(bytes, sizeof bytes), ERR_OK);
    assert_int_equal(v.spatial_layers, 2);
    assert_int_equal(v.size[0].width, 320);
    assert_int_equal(v.size[1].height, 360);
    assert_int_equal(v.descriptor_len, sizeof bytes - 1);
    for (size_t len = 0; len < sizeof bytes; len++)
        assert_int_equal(parse(bytes, len), ERR_SHORT);
}

static void a_failed_parse_leaves_the_result_alone(void **state)
{
    (void)state;
    v.picture_id = 77;
    assert_int_equal(parse((const uint8_t *)"", 0), ERR_SHORT);
    assert_int_equal(v.picture_id, 77);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(a_key_picture_is_its_lowest_layer_s_first_packet),
        FACT(layers_and_the_switching_point_are_read),
        FACT(a_descriptor_without_layers_is_of_the_lowest),
        FACT(flexible_mode_counts_at_most_three_references),
        FACT(a_scalability_structure_tells_sizes),
        FACT(a_failed_parse_leaves_the_result_alone),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
