/* Facts about e2ee/schedule. Its values are asked by the official vectors (make vectors). */
#include "e2ee/floor.h"

#include "e2ee/schedule.h"

static const uint8_t init[SUITE_HASH] = {1}, commit[SUITE_HASH] = {2}, psk[SUITE_HASH] = {3};
static const uint8_t zeros[SUITE_HASH];

static struct epoch_secrets next(const uint8_t *c, const uint8_t *p, const char *context)
{
    struct epoch_secrets s;
    assert_int_equal(
        schedule_next(suite, &(struct schedule_inputs){init, c, p, span_str(context)}, &s), ERR_OK);
    return s;
}

static void every_input_changes_every_secret(void **state)
{
    (void)state;
    struct epoch_secrets a = next(commit, psk, "c");
    const struct epoch_secrets others[] = {next(NULL, psk, "c"), next(commit, NULL, "c"),
                                           next(commit, psk, "d")};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const uint8_t *x = a.welcome, *y = others[i].welcome;
        if (i < 2) /* the PSK and the context of the joiner secret */
            assert_memory_not_equal(x, y, SUITE_HASH);
        for (x = a.epoch, y = others[i].epoch; x < (const uint8_t *)(&a + 1); x += 32, y += 32)
            assert_memory_not_equal(x, y, SUITE_HASH);
    }
    for (const uint8_t *x = a.joiner; x < a.authenticator; x += SUITE_HASH)
        assert_false(floor_holds(x + SUITE_HASH, (size_t)((const uint8_t *)(&a + 1) - x) - 32,
                                 span_of(x, SUITE_HASH)));
}

static void no_path_and_no_psk_are_zeros(void **state)
{
    (void)state;
    struct epoch_secrets a = next(NULL, NULL, "c"), b = next(zeros, zeros, "c");
    assert_memory_equal(&a, &b, sizeof a);
}

static void the_init_secret_may_stand_where_the_next_one_goes(void **state)
{
    (void)state;
    struct epoch_secrets a = next(commit, psk, "c"), b;
    memcpy(b.init, init, SUITE_HASH);
    assert_int_equal(
        schedule_next(suite, &(struct schedule_inputs){b.init, commit, psk, span_str("c")}, &b),
        ERR_OK);
    assert_memory_equal(&a, &b, sizeof a);
}

static void a_newcomer_reaches_the_same_epoch_from_the_joiner_secret(void **state)
{
    (void)state;
    struct epoch_secrets a = next(commit, psk, "c"), b;
    uint8_t welcome[SUITE_HASH];
    assert_int_equal(schedule_join(suite, a.joiner, psk, span_str("c"), &b), ERR_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(schedule_welcome(suite, a.joiner, psk, welcome), ERR_OK);
    assert_memory_equal(welcome, a.welcome, SUITE_HASH);
}

static void whoever_lacks_the_psk_derives_another_epoch(void **state)
{
    (void)state;
    struct epoch_secrets a = next(commit, psk, "c"), b;
    assert_int_equal(schedule_join(suite, a.joiner, NULL, span_str("c"), &b), ERR_OK);
    assert_memory_not_equal(a.welcome, b.welcome, SUITE_HASH);
    assert_memory_not_equal(a.encryption, b.encryption, SUITE_HASH);
}

static void exports_differ_by_label_context_and_length(void **state)
{
    (void)state;
    uint8_t a[64], b[64];
    assert_int_equal(schedule_export(suite, init, (struct suite_label){"l", span_str("c")}, a, 32),
                     ERR_OK);
    assert_int_equal(schedule_export(suite, init, (struct suite_label){"m", span_str("c")}, b, 32),
                     ERR_OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(schedule_export(suite, init, (struct suite_label){"l", span_str("d")}, b, 32),
                     ERR_OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(schedule_export(suite, init, (struct suite_label){"l", span_str("c")}, b, 64),
                     ERR_OK);
    assert_memory_not_equal(a, b, 32);
    static uint8_t much[255 * SUITE_HASH + 1];
    assert_int_equal(
        schedule_export(suite, init, (struct suite_label){"l", span_str("c")}, much, sizeof much),
        ERR_LIMIT);
}

static void psks_count_by_value_id_and_order(void **state)
{
    (void)state;
    struct psk list[] = {{span_str("id1"), span_str("v1")}, {span_str("id2"), span_str("v2")}};
    struct psk turned[] = {list[1], list[0]},
               renamed[] = {{span_str("id3"), span_str("v1")}, list[1]};
    uint8_t a[SUITE_HASH], b[SUITE_HASH];
    assert_int_equal(schedule_psk(suite, list, 2, a), ERR_OK);
    assert_int_equal(schedule_psk(suite, turned, 2, b), ERR_OK);
    assert_memory_not_equal(a, b, SUITE_HASH);
    assert_int_equal(schedule_psk(suite, renamed, 2, b), ERR_OK);
    assert_memory_not_equal(a, b, SUITE_HASH);
    assert_int_equal(schedule_psk(suite, list, 1, b), ERR_OK);
    assert_memory_not_equal(a, b, SUITE_HASH);
    assert_int_equal(schedule_psk(suite, NULL, 0, b), ERR_OK);
    assert_memory_equal(b, zeros, SUITE_HASH);
}

static void a_psk_id_over_the_limit_is_refused_and_leaves_the_output(void **state)
{
    (void)state;
    static uint8_t id[SCHEDULE_PSK_ID_MAX + 1];
    uint8_t out[SUITE_HASH] = {0xEE};
    struct psk p = {span_of(id, SCHEDULE_PSK_ID_MAX), span_str("v")};
    p.id.len++;
    assert_int_equal(schedule_psk(suite, &p, 1, out), ERR_LIMIT);
    assert_int_equal(schedule_psk(suite, &p, 65536, out), ERR_LIMIT);
    assert_int_equal(out[0], 0xEE);
    p.id.len--;
    assert_int_equal(schedule_psk(suite, &p, 1, out), ERR_OK);
}

static void a_new_groups_transcript_starts_from_empty_hashes(void **state)
{
    (void)state;
    uint8_t tag[SUITE_HASH] = {9}, framed[1 + SUITE_HASH] = {SUITE_HASH}, want[SUITE_HASH];
    uint8_t got[SUITE_HASH];
    memcpy(framed + 1, tag, SUITE_HASH);
    suite_hash(suite, span_of(framed, sizeof framed), want);
    transcript_interim(suite, NULL, span_of(tag, SUITE_HASH), got);
    assert_memory_equal(got, want, SUITE_HASH);
    suite_hash(suite, span_str("input"), want);
    transcript_confirmed(suite, floor_empty, span_str("input"), got);
    assert_memory_equal(got, want, SUITE_HASH);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(every_input_changes_every_secret),
        FACT(no_path_and_no_psk_are_zeros),
        FACT(the_init_secret_may_stand_where_the_next_one_goes),
        FACT(a_newcomer_reaches_the_same_epoch_from_the_joiner_secret),
        FACT(whoever_lacks_the_psk_derives_another_epoch),
        FACT(exports_differ_by_label_context_and_length),
        FACT(psks_count_by_value_id_and_order),
        FACT(a_psk_id_over_the_limit_is_refused_and_leaves_the_output),
        FACT(a_new_groups_transcript_starts_from_empty_hashes),
    };
    return cmocka_run_group_tests(facts, floor_start, NULL);
}
