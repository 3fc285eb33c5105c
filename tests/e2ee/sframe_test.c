/* Facts about e2ee/sframe. Values are asked by the vectors of RFC 9605 (make vectors). */
#include "e2ee/floor.h"

#include "e2ee/sframe.h"

enum { ROOM = 4096 };
static uint8_t plain[ROOM], sealed[2 * ROOM], opened[ROOM];
static const uint8_t base_key[SFRAME_BASE_KEY] = "base key of a test, 32 bytes....";
static struct random chance;

/* ---- headers ---- */

static void small_numbers_take_one_byte_of_header(void **state)
{
    (void)state;
    uint8_t out[SFRAME_HEADER_MAX];
    assert_int_equal(sframe_header_write(7, 7, out), 1);
    assert_int_equal(out[0], 0x77);
    assert_int_equal(sframe_header_write(8, 0, out), 2);
    assert_int_equal(out[0], 0x80);
    assert_int_equal(sframe_header_write(UINT64_MAX, UINT64_MAX, out), SFRAME_HEADER_MAX);
}

static void every_header_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t kid = random_u64(&chance) >> random_below(&chance, 64);
        uint64_t counter = random_u64(&chance) >> random_below(&chance, 64);
        uint8_t out[SFRAME_HEADER_MAX];
        struct sframe_header h;
        size_t n = sframe_header_write(kid, counter, out);
        assert_int_equal(sframe_header_parse(span_of(out, n), &h), ERR_OK);
        assert_true(h.kid == kid && h.counter == counter && h.length == n);
        while (n-- > 0)
            assert_int_equal(sframe_header_parse(span_of(out, n), &h), ERR_SHORT);
    }
}

static void numbers_in_more_bytes_than_they_need_are_refused(void **state)
{
    (void)state;
    static const uint8_t rows[][4] = {
        {0x80, 0x07},       /* KID 7 would fit the first byte */
        {0x08, 0x00},       /* counter 0 */
        {0x90, 0x00, 0x09}, /* KID 9 in two bytes */
        {0x09, 0x00, 0xFF}, /* counter 255 in two bytes */
    };
    struct sframe_header h = {.length = 0xEE};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(sframe_header_parse(span_of(rows[i], 4), &h), ERR_MALFORMED);
    assert_int_equal(h.length, 0xEE);
}

/* ---- KIDs ---- */

static void a_kid_holds_context_leaf_and_the_low_bits_of_the_epoch(void **state)
{
    (void)state;
    assert_int_equal(sframe_kid(SFRAME_SCREEN_AUDIO, 2047, 63), (3 << 17) | (2047 << 6) | 63);
    assert_int_equal(sframe_kid(SFRAME_CAMERA, 1, 64 + 5), (1 << 17) | (1 << 6) | 5);
    for (uint32_t leaf = 0; leaf < 2048; leaf += 89)
        for (uint32_t context = SFRAME_AUDIO; context <= SFRAME_SCREEN_AUDIO; context++)
            for (uint64_t epoch = 0; epoch < 200; epoch += 17) {
                uint64_t kid = sframe_kid((enum sframe_context)context, leaf, epoch);
                assert_int_equal(sframe_kid_leaf(kid), leaf);
                assert_int_equal(sframe_kid_context(kid), context);
                assert_int_equal(sframe_kid_epoch(kid), epoch % 64);
            }
}

static void each_kid_has_keys_of_its_own(void **state)
{
    (void)state;
    struct sframe_key a, b;
    sframe_derive(span_of(base_key, sizeof base_key), sframe_kid(SFRAME_AUDIO, 1, 0), &a);
    sframe_derive(span_of(base_key, sizeof base_key), sframe_kid(SFRAME_CAMERA, 1, 0), &b);
    assert_memory_not_equal(a.key, b.key, SFRAME_KEY);
    assert_memory_not_equal(a.salt, b.salt, SFRAME_SALT);
}

static void every_counter_gives_another_nonce(void **state)
{
    (void)state;
    uint8_t salt[SFRAME_SALT] = {1, 2, 3}, a[SFRAME_SALT], b[SFRAME_SALT];
    for (unsigned bit = 0; bit < 64; bit++) {
        sframe_nonce(salt, 0, a);
        sframe_nonce(salt, UINT64_C(1) << bit, b);
        assert_memory_equal(a, salt, SFRAME_SALT);
        assert_memory_not_equal(a, b, SFRAME_SALT);
    }
}

/* ---- frames ---- */

static struct sframe_key key;

static struct sframe_seal seal_of(uint64_t counter, const char *clear)
{
    struct sframe_seal s = {&sframe_aead_sodium, &key, sframe_kid(SFRAME_CAMERA, 5, 9), counter,
                            span_str(clear)};
    sframe_derive(span_of(base_key, sizeof base_key), s.kid, &key);
    return s;
}

/* Sealed for real, with the whole frame in `sealed`: clear bytes, header, ciphertext, tag. */
static struct span frame(const struct sframe_seal *s, size_t len)
{
    size_t n = 0;
    assert_int_equal(sframe_seal(s, span_of(plain, len), sealed, &n), ERR_OK);
    return span_of(sealed + s->clear.len, n - s->clear.len);
}

static void a_frame_of_any_length_opens_and_its_overhead_is_at_most_24_bytes(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 15, 16, 17, 100, 1400, ROOM};
    random_fill(&chance, plain, sizeof plain);
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        struct sframe_seal s = seal_of(0xFFFFFF, "clear");
        struct span f = frame(&s, lens[i]);
        size_t n = 0;
        assert_memory_equal(sealed, "clear", 5);
        assert_true(f.len - lens[i] <= 24);
        assert_int_equal(sframe_open(&s, f, opened, &n), ERR_OK);
        assert_int_equal(n, lens[i]);
        assert_memory_equal(opened, plain, n);
    }
}

static void every_changed_bit_of_a_frame_is_refused_and_nothing_is_shown(void **state)
{
    (void)state;
    struct sframe_seal s = seal_of(1000, "clear");
    memset(plain, 'p', 50);
    struct span f = frame(&s, 50);
    uint8_t *at = sealed + 5;
    for (size_t i = 0; i < 8 * f.len; i++) {
        size_t n = 0xEE;
        at[i / 8] ^= (uint8_t)(1 << i % 8);
        memset(opened, 0, sizeof opened);
        assert_int_not_equal(sframe_open(&s, f, opened, &n), ERR_OK);
        assert_int_equal(n, 0xEE);
        assert_false(floor_holds(opened, 64, span_str("pppp")));
        at[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

static void every_cut_of_a_frame_is_refused(void **state)
{
    (void)state;
    struct sframe_seal s = seal_of(1000, "");
    struct span f = frame(&s, 30);
    for (size_t cut = 0; cut < f.len; cut++) {
        size_t n;
        assert_int_not_equal(sframe_open(&s, span_of(f.ptr, cut), opened, &n), ERR_OK);
    }
}

static void a_frame_is_bound_to_its_clear_bytes_kid_and_key(void **state)
{
    (void)state;
    struct sframe_seal s = seal_of(1, "clear"), other = s;
    struct span f = frame(&s, 30);
    size_t n;
    other.clear = span_str("cleaR");
    assert_int_equal(sframe_open(&other, f, opened, &n), ERR_AUTH);
    other.clear = span_str("");
    assert_int_equal(sframe_open(&other, f, opened, &n), ERR_AUTH);
    other = s;
    other.kid = sframe_kid(SFRAME_CAMERA, 6, 9); /* relabelled as somebody else's */
    assert_int_equal(sframe_open(&other, f, opened, &n), ERR_AUTH);
    struct sframe_key wrong;
    sframe_derive(span_of(base_key, sizeof base_key), other.kid, &wrong);
    other = s;
    other.key = &wrong;
    assert_int_equal(sframe_open(&other, f, opened, &n), ERR_AUTH);
    assert_int_equal(sframe_open(&s, f, opened, &n), ERR_OK);
}

static void too_many_clear_bytes_are_refused(void **state)
{
    (void)state;
    struct sframe_seal s = seal_of(1, "");
    size_t n;
    s.clear = span_of(plain, SFRAME_CLEAR_MAX);
    assert_int_equal(sframe_seal(&s, span_of(plain, 1), sealed, &n), ERR_OK);
    struct span f = span_of(sealed + SFRAME_CLEAR_MAX, n - SFRAME_CLEAR_MAX);
    assert_int_equal(sframe_open(&s, f, opened, &n), ERR_OK);
    s.clear.len++;
    assert_int_equal(sframe_seal(&s, span_of(plain, 1), sealed, &n), ERR_LIMIT);
    assert_int_equal(sframe_open(&s, f, opened, &n), ERR_LIMIT);
}

/* ---- the window ---- */

static void a_counter_is_noted_once(void **state)
{
    (void)state;
    struct sframe_window w = {0};
    assert_true(sframe_window_fresh(&w, 0));
    assert_true(sframe_window_note(&w, 0));
    assert_false(sframe_window_fresh(&w, 0) || sframe_window_note(&w, 0));
    assert_true(sframe_window_note(&w, 5));
    assert_true(sframe_window_note(&w, 3));
    assert_false(sframe_window_note(&w, 3));
    assert_true(sframe_window_fresh(&w, 4));
}

static void what_is_1024_behind_is_too_old(void **state)
{
    (void)state;
    struct sframe_window w = {0};
    assert_true(sframe_window_note(&w, 5000));
    assert_true(sframe_window_note(&w, 5000 - SFRAME_WINDOW + 1));
    assert_false(sframe_window_note(&w, 5000 - SFRAME_WINDOW));
    assert_true(sframe_window_note(&w, 5001));
    assert_false(sframe_window_note(&w, 5000 - SFRAME_WINDOW + 1));
}

/* A naive oracle that remembers everything, over jumps, repetitions and late counters near both
 * ends. */
static void the_window_agrees_with_a_memory_of_everything(void **state)
{
    (void)state;
    enum { STEPS = 4000 };
    static const uint64_t starts[] = {0, 1000000, UINT64_MAX - 3 * STEPS};
    static uint64_t seen[STEPS];
    for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
        struct sframe_window w = {0};
        uint64_t top = starts[s];
        size_t n = 0;
        for (int i = 0; i < STEPS; i++) {
            uint64_t spread = random_below(&chance, 50) == 0 ? 3000 : 40, c = top;
            uint64_t off = random_below(&chance, (uint32_t)spread);
            bool back = random_below(&chance, 2) == 0 && off <= top;
            c = back ? top - off : top + off < top ? top : top + off;
            bool want = true;
            for (size_t j = 0; j < n; j++)
                want &= seen[j] != c;
            want &= n == 0 || c > top || top - c < SFRAME_WINDOW;
            assert_int_equal(sframe_window_fresh(&w, c), want);
            assert_int_equal(sframe_window_note(&w, c), want);
            if (want)
                seen[n++] = c;
            if (want && c > top)
                top = c;
        }
    }
}

static void the_last_counter_of_all_is_one_too(void **state)
{
    (void)state;
    struct sframe_window w = {0};
    assert_true(sframe_window_note(&w, UINT64_MAX));
    assert_true(sframe_window_note(&w, UINT64_MAX - 1));
    assert_false(sframe_window_note(&w, UINT64_MAX));
    assert_false(sframe_window_note(&w, 0));
}

/* Who notes before opening lets a forged counter push the window past every honest frame. */
static void a_forged_counter_moves_nothing_when_it_is_noted_after_opening(void **state)
{
    (void)state;
    struct sframe_window w = {0}, careless = {0};
    struct sframe_seal s = seal_of(10, "");
    struct span honest = frame(&s, 30);
    struct sframe_header h;
    size_t n;
    uint8_t forged[64];
    size_t len = sframe_header_write(s.kid, UINT64_C(1) << 40, forged);
    memcpy(forged + len, honest.ptr + 5, 30);
    assert_int_equal(sframe_header_parse(span_of(forged, len + 30), &h), ERR_OK);
    if (sframe_open(&s, span_of(forged, len + 30), opened, &n) == ERR_OK)
        sframe_window_note(&w, h.counter);
    sframe_window_note(&careless, h.counter);
    assert_int_equal(sframe_open(&s, honest, opened, &n), ERR_OK);
    assert_true(sframe_window_note(&w, 10));
    assert_false(sframe_window_note(&careless, 10));
}

static int start(void **state)
{
    chance = random_start("sframe", 9605);
    if (floor_start(state) != 0)
        return -1;
    if (!sframe_aead_available())
        print_message("this processor has no AES instructions: frames are not tested here\n");
    return 0;
}

int main(void)
{
    const struct CMUnitTest always[] = {
        FACT(small_numbers_take_one_byte_of_header),
        FACT(every_header_is_read_as_it_was_written),
        FACT(numbers_in_more_bytes_than_they_need_are_refused),
        FACT(a_kid_holds_context_leaf_and_the_low_bits_of_the_epoch),
        FACT(each_kid_has_keys_of_its_own),
        FACT(every_counter_gives_another_nonce),
        FACT(a_counter_is_noted_once),
        FACT(what_is_1024_behind_is_too_old),
        FACT(the_window_agrees_with_a_memory_of_everything),
        FACT(the_last_counter_of_all_is_one_too),
    };
    const struct CMUnitTest frames[] = {
        FACT(a_frame_of_any_length_opens_and_its_overhead_is_at_most_24_bytes),
        FACT(every_changed_bit_of_a_frame_is_refused_and_nothing_is_shown),
        FACT(every_cut_of_a_frame_is_refused),
        FACT(a_frame_is_bound_to_its_clear_bytes_kid_and_key),
        FACT(too_many_clear_bytes_are_refused),
        FACT(a_forged_counter_moves_nothing_when_it_is_noted_after_opening),
    };
    int failed = cmocka_run_group_tests(always, start, NULL);
    if (sframe_aead_available())
        failed += cmocka_run_group_tests(frames, start, NULL);
    return failed;
}
