/* Facts about av/picture: the marker, halving, what the bot's camera shows. */
#include "av/cm.h"

#include "av/picture.h"

struct canvas {
    struct picture p;
    uint8_t *memory;
};

static struct canvas canvas_of(uint16_t width, uint16_t height)
{
    struct canvas c;
    c.memory = malloc(picture_bytes(width, height));
    assert_non_null(c.memory);
    memset(c.memory, 126, picture_bytes(width, height));
    picture_init(&c.p, width, height, c.memory);
    return c;
}

static void a_marker_is_read_back_whatever_it_says(void **state)
{
    struct canvas c = canvas_of(320, 180);
    (void)state;
    for (unsigned frame = 0; frame < 65536; frame += 257)
        for (unsigned stream = 0; stream < 256; stream += 15) {
            struct marker got;
            marker_write(&c.p, (struct marker){(uint16_t)frame, (uint8_t)stream});
            assert_true(marker_read(&c.p, &got));
            assert_int_equal(got.frame, frame);
            assert_int_equal(got.stream, stream);
        }
    free(c.memory);
}

static void a_picture_without_a_marker_has_none(void **state)
{
    struct canvas c = canvas_of(640, 360);
    struct marker m = {7, 7};
    (void)state;
    assert_false(marker_read(&c.p, &m));
    memset(c.memory, 16, picture_bytes(640, 360)); /* all black */
    assert_false(marker_read(&c.p, &m));
    memset(c.memory, 235, picture_bytes(640, 360)); /* all white */
    assert_false(marker_read(&c.p, &m));
    assert_int_equal(m.frame, 7); /* untouched */
    free(c.memory);
}

static void one_block_turned_over_is_noticed(void **state)
{
    struct canvas c = canvas_of(640, 360);
    struct marker m;
    (void)state;
    for (unsigned column = 0; column < 16; column++) {
        marker_write(&c.p, (struct marker){0x1234, 0x56});
        for (unsigned y = 360 * 79 / 100; y < 360 * 83 / 100; y++)
            for (unsigned x = 0; x < 40; x++) {
                uint8_t *at = c.p.plane[0] + y * c.p.stride[0] + column * 40 + x;
                *at = (uint8_t)(251 - *at);
            }
        assert_false(marker_read(&c.p, &m));
    }
    free(c.memory);
}

static void the_camera_shows_its_number_in_every_size(void **state)
{
    struct drawing d;
    struct canvas c = canvas_of(640, 360), half = canvas_of(320, 180), quarter = canvas_of(160, 90);
    (void)state;
    for (unsigned n = 0; n < 9; n++) {
        struct marker m;
        drawing_of(&d, n, 'a', 30);
        picture_draw(&c.p, &d, 70000 + n);
        picture_halve(&c.p, &half.p);
        picture_halve(&half.p, &quarter.p);
        const struct picture *all[] = {&c.p, &half.p, &quarter.p};
        for (size_t i = 0; i < 3; i++) {
            assert_true(marker_read(all[i], &m));
            assert_int_equal(m.frame, (70000 + n) & 0xffff);
            assert_int_equal(m.stream, d.stream);
        }
    }
    free(c.memory);
    free(half.memory);
    free(quarter.memory);
}

/* What tests/e2e/lib/fake.mjs looks at: bars at 70 % of the height, the colour in the upper half.
 */
static void the_browser_tests_can_read_the_bars_and_the_colour(void **state)
{
    struct drawing d;
    struct canvas c = canvas_of(640, 360);
    (void)state;
    drawing_of(&d, 0, 'B', 30);
    picture_draw(&c.p, &d, 12345);
    unsigned code = 0;
    for (unsigned bit = 0; bit < 8; bit++)
        code = code << 1 | (c.p.plane[0][252 * c.p.stride[0] + bit * 80 + 40] > 128);
    assert_int_equal(code, 0xb2);
    size_t at = 80 / 2 * c.p.stride[1] + 320 / 2;
    assert_in_range(c.p.plane[1][at], 85, 105);  /* red: little blue */
    assert_in_range(c.p.plane[2][at], 190, 215); /* and much red */
    free(c.memory);
}

static void two_pictures_in_a_row_differ(void **state)
{
    struct drawing d;
    struct canvas a = canvas_of(640, 360), b = canvas_of(640, 360);
    (void)state;
    drawing_of(&d, 1, 'C', 30);
    picture_draw(&a.p, &d, 1);
    picture_draw(&b.p, &d, 2);
    assert_memory_not_equal(a.memory, b.memory, picture_bytes(640, 360));
    free(a.memory);
    free(b.memory);
}

static void drawing_stays_inside_any_size_allowed(void **state)
{
    static const uint16_t sides[][2] = {{64, 64}, {66, 4096}, {4096, 66}, {1280, 720}, {98, 74}};
    (void)state;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct canvas c = canvas_of(sides[i][0], sides[i][1]);
        struct drawing d;
        drawing_of(&d, 3, 'W', 30);
        picture_draw(&c.p, &d, 4000000000U); /* the sanitizer watches the edges */
        free(c.memory);
    }
    assert_false(picture_size_ok(62, 360));
    assert_false(picture_size_ok(641, 360));
    assert_false(picture_size_ok(640, 5000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marker_is_read_back_whatever_it_says),
        cmocka_unit_test(a_picture_without_a_marker_has_none),
        cmocka_unit_test(one_block_turned_over_is_noticed),
        cmocka_unit_test(the_camera_shows_its_number_in_every_size),
        cmocka_unit_test(the_browser_tests_can_read_the_bars_and_the_colour),
        cmocka_unit_test(two_pictures_in_a_row_differ),
        cmocka_unit_test(drawing_stays_inside_any_size_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
