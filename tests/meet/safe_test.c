/* Facts about the record that protects a meeting: its bytes, its bounds, hostile bytes. */
#include "base/fact.h"

#include <stdlib.h>
#include <string.h>

#include "meet/safe.h"

static void name(uint8_t out[LIMIT_PARTICIPANT], unsigned n)
{
    memset(out, 0, LIMIT_PARTICIPANT);
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
}

/* As large as it can be. */
static void fill(struct safe *s)
{
    uint8_t who[LIMIT_PARTICIPANT], hash[SAFE_HASH];
    char why[LIMIT_BLOCK_WHY + 1];
    memset(why, 'w', sizeof why);
    why[LIMIT_BLOCK_WHY] = '\0';
    safe_begin(s, PROFILE_HEALTH);
    for (unsigned i = 0; i < 3 * LIMIT_BANNED; i++) {
        name(who, i);
        safe_ban(s, who);
    }
    for (unsigned i = 0; i < LIMIT_PERSONAL_LINKS; i++) {
        memset(hash, (int)i, sizeof hash);
        assert_int_equal(safe_link_add(s, hash), i + 1);
        s->link[i].used = i % 2;
    }
    assert_true(safe_block(s, NULL, SAFE_SHARE, true, span_str(why)));
    for (unsigned i = 0; i < LIMIT_MEETING_BLOCKS; i++) {
        name(who, 500 + i);
        assert_true(safe_block(s, who, SAFE_CHAT, true, span_str(why)));
    }
    s->rotated = true;
    memset(s->access, 7, sizeof s->access);
    memset(s->salt, 8, sizeof s->salt);
    memset(s->passcode, 9, sizeof s->passcode);
}

static void the_largest_record_comes_back_from_its_bytes(void **state)
{
    struct safe s, back;
    uint8_t bytes[SAFE_MAX];
    struct writer w = writer_of(bytes, sizeof bytes);
    (void)state;
    fill(&s);
    safe_write(&s, &w);
    assert_true(writer_ok(&w));
    assert_int_equal(safe_parse(writer_span(&w), &back), ERR_OK);
    assert_memory_equal(&s, &back, sizeof s);
}

static void bytes_that_are_cut_longer_or_looser_than_the_lock_are_refused(void **state)
{
    struct safe s, back;
    uint8_t bytes[SAFE_MAX + 1] = {0};
    struct writer w = writer_of(bytes, SAFE_MAX);
    (void)state;
    fill(&s);
    safe_write(&s, &w);
    memset(&back, 0x55, sizeof back);
    struct safe untouched = back;
    for (size_t len = 0; len < writer_len(&w); len++)
        assert_int_equal(safe_parse(span_of(bytes, len), &back), ERR_MALFORMED);
    assert_int_equal(safe_parse(span_of(bytes, writer_len(&w) + 1), &back), ERR_MALFORMED);
    bytes[2 + SETTING_waiting_room] = 0; /* the health profile locks it */
    assert_int_equal(safe_parse(writer_span(&w), &back), ERR_MALFORMED);
    bytes[2 + SETTING_waiting_room] = 1;
    bytes[0] = 2;
    assert_int_equal(safe_parse(writer_span(&w), &back), ERR_MALFORMED);
    assert_memory_equal(&back, &untouched, sizeof back);
}

static void random_bytes_never_make_a_record_that_breaks_its_bounds(void **state)
{
    struct safe s;
    uint8_t bytes[SAFE_MAX];
    uint64_t seed = 7;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct writer w = writer_of(bytes, sizeof bytes);
        fill(&s);
        safe_write(&s, &w);
        for (int i = 0; i < 4; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bytes[(seed >> 33) % writer_len(&w)] = (uint8_t)(seed >> 56);
        }
        if (safe_parse(writer_span(&w), &s) != ERR_OK)
            continue;
        assert_true(settings_valid(&s.settings) && s.links <= LIMIT_PERSONAL_LINKS);
    }
}

static void the_last_removed_are_known_and_may_be_forgiven(void **state)
{
    struct safe s;
    uint8_t who[LIMIT_PARTICIPANT];
    (void)state;
    safe_begin(&s, PROFILE_DEFAULT);
    for (unsigned i = 0; i < 1000; i++) {
        name(who, i);
        assert_false(safe_is_banned(&s, who));
        safe_ban(&s, who);
    }
    for (unsigned i = 0; i < 1000; i++) {
        name(who, i);
        assert_int_equal(safe_is_banned(&s, who), i >= 1000 - LIMIT_BANNED);
    }
    s.settings.value[SETTING_keep_out] = 0;
    assert_false(safe_is_banned(&s, who));
}

static void a_link_has_one_hash_and_numbers_are_never_given_twice(void **state)
{
    struct safe s;
    uint8_t a[SAFE_HASH] = {1}, b[SAFE_HASH] = {2};
    (void)state;
    safe_begin(&s, PROFILE_DEFAULT);
    assert_int_equal(safe_link_add(&s, a), 1);
    assert_int_equal(safe_link_add(&s, a), 0);
    assert_int_equal(safe_link_add(&s, b), 2);
    assert_true(safe_link_drop(&s, 1));
    assert_false(safe_link_drop(&s, 1));
    assert_null(safe_link_find(&s, a));
    assert_int_equal(safe_link_find(&s, b)->id, 2);
    assert_int_equal(safe_link_add(&s, a), 3);
    assert_null(safe_link_at(&s, 1));
    assert_non_null(safe_link_at(&s, 3));
}

static void a_block_is_of_one_or_of_all_and_ends(void **state)
{
    struct safe s;
    uint8_t a[LIMIT_PARTICIPANT] = {1}, b[LIMIT_PARTICIPANT] = {2};
    (void)state;
    safe_begin(&s, PROFILE_DEFAULT);
    assert_true(safe_block(&s, a, SAFE_CHAT, true, span_str("spam")));
    assert_true(safe_is_blocked(&s, a, SAFE_CHAT) && !safe_is_blocked(&s, a, SAFE_SHARE));
    assert_false(safe_is_blocked(&s, b, SAFE_CHAT));
    assert_true(safe_block(&s, NULL, SAFE_SHARE, true, span_str("all")));
    assert_true(safe_is_blocked(&s, b, SAFE_SHARE) && safe_is_blocked(&s, a, SAFE_SHARE));
    assert_true(safe_block(&s, a, SAFE_CHAT, false, span_str("")));
    assert_false(safe_is_blocked(&s, a, SAFE_CHAT));
    static const struct safe_block none;
    assert_true(safe_block(&s, NULL, SAFE_SHARE, false, span_str("")));
    assert_memory_equal(&s.all, &none,
                        sizeof none); /* nor does the record keep who it was and why */
    for (unsigned i = 0; i < LIMIT_MEETING_BLOCKS; i++)
        assert_memory_equal(&s.block[i], &none, sizeof none);
    assert_true(safe_block(&s, b, SAFE_CHAT, false, span_str("")));
    for (unsigned i = 0; i < LIMIT_MEETING_BLOCKS; i++) {
        name(b, 100 + i);
        assert_true(safe_block(&s, b, SAFE_JOIN, true, span_str("")));
    }
    assert_false(safe_block(&s, a, SAFE_CHAT, true, span_str("")));
    assert_false(safe_is_blocked(&s, a, SAFE_CHAT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_record_comes_back_from_its_bytes),
        cmocka_unit_test(bytes_that_are_cut_longer_or_looser_than_the_lock_are_refused),
        cmocka_unit_test(random_bytes_never_make_a_record_that_breaks_its_bounds),
        cmocka_unit_test(the_last_removed_are_known_and_may_be_forgiven),
        cmocka_unit_test(a_link_has_one_hash_and_numbers_are_never_given_twice),
        cmocka_unit_test(a_block_is_of_one_or_of_all_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
