/* Facts about the dependency descriptor. */
#include "base/fact.h"

#include "proto/depdesc.h"
#include "proto/depdesc_sample.h"

static struct depdesc_structure known;
static struct depdesc d;
static struct sample_bits b;

static int set_up(void **state)
{
    (void)state;
    memset(&known, 0, sizeof known);
    return 0;
}

static enum err parse(size_t len)
{
    return depdesc_parse(&d, &known, span_of(b.bytes, len));
}

static void a_key_frame_brings_the_structure(void **state)
{
    (void)state;
    assert_int_equal(parse(sample_key(&b, 500)), ERR_OK);
    assert_true(d.start && !d.end && d.structured && d.has_active);
    assert_int_equal(d.frame_number, 500);
    assert_int_equal(d.active, 0xf);
    assert_int_equal(known.templates, 4);
    assert_int_equal(known.targets, 4);
    assert_int_equal(known.chains, 2);
    assert_int_equal(known.spatial_layers, 2);
    assert_int_equal(known.size[0].width, 320);
    assert_int_equal(known.size[1].height, 360);
    for (unsigned t = 0; t < 4; t++) {
        assert_int_equal(known.target[t].spatial, t / 2);
        assert_int_equal(known.target[t].temporal, t % 2);
        assert_int_equal(depdesc_of(d.indications, t), DEPDESC_SWITCH);
    }
}

static void other_frames_refer_to_its_templates(void **state)
{
    (void)state;
    assert_int_equal(parse(sample_key(&b, 0)), ERR_OK);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(parse(sample_plain(&b, SAMPLE_END, i, 7)), ERR_OK);
        assert_true(!d.start && d.end && !d.structured && !d.has_active);
        assert_int_equal(d.spatial, i / 2);
        assert_int_equal(d.temporal, i % 2);
        for (unsigned t = 0; t < 4; t++)
            assert_int_equal(depdesc_of(d.indications, t), sample_indications[i][t]);
    }
}

static void without_a_structure_nothing_is_read(void **state)
{
    (void)state;
    assert_int_equal(parse(sample_plain(&b, SAMPLE_START, 0, 1)), ERR_STATE);
}

static void a_template_that_is_not_there_is_malformed(void **state)
{
    (void)state;
    assert_int_equal(parse(sample_key(&b, 0)), ERR_OK);
    assert_int_equal(parse(sample_plain(&b, SAMPLE_START, 4, 1)), ERR_MALFORMED);
    assert_int_equal(parse(sample_plain(&b, SAMPLE_START, 63, 1)), ERR_MALFORMED);
}

static void a_frame_may_have_its_own_indications_and_active_targets(void **state)
{
    (void)state;
    assert_int_equal(parse(sample_key(&b, 0)), ERR_OK);
    sample_head(&b, SAMPLE_START, 1, 9);
    sample_put(&b, 0x0f, 5);    /* active, indications, differences, chains */
    sample_put(&b, 0x5, 4);     /* active: targets 0 and 2 */
    sample_put(&b, 0x1b, 8);    /* - D S R */
    sample_put(&b, 1, 2);       /* a difference of four bits, */
    sample_put(&b, 3, 4);       /* and then */
    sample_put(&b, 0, 2);       /* no more */
    sample_put(&b, 0x0102, 16); /* two chains */
    assert_int_equal(parse(sample_len(&b)), ERR_OK);
    assert_true(d.has_active && !d.structured);
    assert_int_equal(d.active, 0x5);
    for (unsigned t = 0; t < 4; t++)
        assert_int_equal(depdesc_of(d.indications, t), t);
}

static void every_shorter_one_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    size_t len = sample_key(&b, 3);
    for (size_t n = 0; n < len; n++) {
        if (n == 3)
            continue; /* the mandatory bytes alone say that there is nothing more */
        assert_int_not_equal(parse(n), ERR_OK);
        assert_int_equal(known.templates, 0);
    }
    assert_int_equal(parse(3), ERR_STATE);
    assert_int_equal(depdesc_parse(&d, &known, span_of(b.bytes, DEPDESC_MAX + 1)), ERR_LIMIT);
}

static void more_layers_than_we_know_are_refused(void **state)
{
    (void)state;
    sample_head(&b, SAMPLE_START, 0, 1);
    sample_put(&b, 0x10, 5);
    sample_put(&b, 0, 6);
    sample_put(&b, 0, 5);
    for (int i = 0; i < LIMIT_SPATIAL_LAYERS; i++)
        sample_put(&b, 2, 2);
    sample_put(&b, 3, 2);
    assert_int_equal(parse(DEPDESC_MAX), ERR_LIMIT);
    sample_head(&b, SAMPLE_START, 0, 1);
    sample_put(&b, 0x10, 5);
    sample_put(&b, 0, 6 + 5 + 2 * DEPDESC_TEMPLATES + 2); /* templates without an end */
    assert_int_equal(parse(DEPDESC_MAX), ERR_LIMIT);
}

static void the_target_that_shows_most_within_bounds_is_taken(void **state)
{
    (void)state;
    assert_int_equal(parse(sample_key(&b, 0)), ERR_OK);
    assert_int_equal(depdesc_target(&known, 0xf, 7, 7), 3);
    assert_int_equal(depdesc_target(&known, 0xf, 1, 0), 2);
    assert_int_equal(depdesc_target(&known, 0xf, 0, 7), 1);
    assert_int_equal(depdesc_target(&known, 0x7, 7, 7), 2);
    assert_int_equal(depdesc_target(&known, 0x8, 0, 7), -1);
    assert_int_equal(depdesc_target(&known, 0, 7, 7), -1);
}

#define STORY(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_key_frame_brings_the_structure),
        STORY(other_frames_refer_to_its_templates),
        STORY(without_a_structure_nothing_is_read),
        STORY(a_template_that_is_not_there_is_malformed),
        STORY(a_frame_may_have_its_own_indications_and_active_targets),
        STORY(every_shorter_one_is_refused_and_changes_nothing),
        STORY(more_layers_than_we_know_are_refused),
        STORY(the_target_that_shows_most_within_bounds_is_taken),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
