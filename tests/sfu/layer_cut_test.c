/* Facts about cutting layers off inside one encoding. */
#include "base/fact.h"

#include "proto/depdesc_sample.h"
#include "sfu/layer_cut.h"

static struct layer_cut c;
static struct layer_described d;

static int set_up(void **state)
{
    (void)state;
    c = layer_cut_none();
    memset(&d, 0, sizeof d);
    return 0;
}

static bool pass(struct layer_tag t, uint8_t spatial, uint8_t temporal)
{
    return layer_cut_pass(&c, &t, (struct layer_goal){spatial, temporal}, NULL);
}

/* One packet a frame. */
static struct layer_tag frame(uint8_t spatial, uint8_t temporal)
{
    return (struct layer_tag){.spatial = spatial, .temporal = temporal, .start = true, .end = true};
}

static struct layer_tag key(void)
{
    struct layer_tag t = frame(0, 0);
    t.key = t.alone = true;
    return t;
}

static void nothing_goes_before_a_key_frame(void **state)
{
    (void)state;
    assert_false(pass(frame(0, 0), 2, 2));
    assert_true(pass(key(), 2, 2));
    assert_true(pass(frame(2, 2), 2, 2));
}

static void layers_above_the_goal_stay_out(void **state)
{
    (void)state;
    assert_true(pass(key(), 1, 1));
    assert_true(pass(frame(1, 1), 1, 1));
    assert_false(pass(frame(2, 0), 1, 1));
    assert_false(pass(frame(0, 2), 1, 1));
}

static void fewer_layers_begin_with_the_next_picture(void **state)
{
    (void)state;
    assert_true(pass(key(), 2, 2));
    assert_true(pass(frame(1, 0), 0, 0)); /* of the picture that has begun */
    assert_true(pass(frame(2, 0), 0, 0));
    assert_true(pass(frame(0, 0), 0, 0));
    assert_false(pass(frame(1, 0), 0, 0));
}

static void more_temporal_layers_wait_for_a_frame_that_allows_them(void **state)
{
    (void)state;
    struct layer_tag sync = frame(0, 2);
    assert_true(pass(key(), 0, 0));
    assert_false(pass(frame(0, 2), 0, 2));
    sync.sync = true;
    assert_true(pass(sync, 0, 2)); /* VP8: it needs the lowest alone */
    assert_true(pass(frame(0, 1), 0, 2));
    c = layer_cut_none();
    struct layer_tag up = frame(0, 0);
    assert_true(pass(key(), 0, 0));
    up.up = true;
    assert_true(pass(up, 0, 2)); /* VP9: what follows it needs nothing older */
    assert_true(pass(frame(0, 2), 0, 2));
}

static void a_spatial_layer_is_joined_where_it_needs_no_earlier_picture(void **state)
{
    (void)state;
    struct layer_tag upper = frame(1, 0), top = frame(2, 0);
    assert_true(pass(key(), 0, 7));
    assert_false(pass(upper, 2, 7));
    top.alone = true;
    assert_false(pass(top, 2, 7)); /* not past one that is missing */
    upper.alone = true;
    assert_true(pass(upper, 2, 7));
    assert_true(pass(top, 2, 7));
    assert_true(pass(frame(2, 0), 2, 7));
}

/* Reads a descriptor as layer_read does. */
static struct layer_tag described(const struct sample_bits *b, size_t len)
{
    struct depdesc out;
    assert_int_equal(depdesc_parse(&out, &d.structure, span_of(b->bytes, len)), ERR_OK);
    if (out.has_active)
        d.active = out.active;
    return (struct layer_tag){.spatial = out.spatial,
                              .temporal = out.temporal,
                              .key = out.structured && out.start,
                              .start = out.start,
                              .end = out.end,
                              .described = true,
                              .indications = out.indications};
}

static bool pass_template(unsigned i, uint8_t spatial, uint8_t temporal)
{
    struct sample_bits b;
    size_t len = i == 9 ? sample_key(&b, 0) : sample_plain(&b, SAMPLE_START | SAMPLE_END, i, 1);
    struct layer_tag t = described(&b, len);
    return layer_cut_pass(&c, &t, (struct layer_goal){spatial, temporal}, &d);
}

enum { KEY = 9, S0T0 = 0, S0T1, S1T0, S1T1 };

static void a_descriptor_cuts_by_decode_targets(void **state)
{
    (void)state;
    assert_true(pass_template(KEY, 0, 0));
    assert_true(pass_template(S0T0, 0, 0));
    assert_false(pass_template(S0T1, 0, 0));
    assert_false(pass_template(S1T0, 0, 0));
    assert_true(pass_template(KEY, 7, 7));
    assert_true(pass_template(S1T1, 7, 7));
    assert_int_equal(c.spatial, 1);
}

static void a_descriptor_says_where_a_target_may_be_joined(void **state)
{
    (void)state;
    assert_true(pass_template(KEY, 0, 0));
    assert_false(pass_template(S1T1, 1, 1)); /* discardable there: no place to start */
    assert_int_equal(c.target, 0);
    assert_true(pass_template(S0T0, 1, 1)); /* SWITCH */
    assert_int_equal(c.target, 3);
    assert_true(pass_template(S1T1, 1, 1));
    assert_true(pass_template(S0T0, 0, 1));
    assert_int_equal(c.target, 1);
    assert_false(pass_template(S1T0, 0, 1));
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(nothing_goes_before_a_key_frame),
        STORY(layers_above_the_goal_stay_out),
        STORY(fewer_layers_begin_with_the_next_picture),
        STORY(more_temporal_layers_wait_for_a_frame_that_allows_them),
        STORY(a_spatial_layer_is_joined_where_it_needs_no_earlier_picture),
        STORY(a_descriptor_cuts_by_decode_targets),
        STORY(a_descriptor_says_where_a_target_may_be_joined),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
