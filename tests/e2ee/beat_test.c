/* Facts about beats and private messages, in a hall. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/hall.h"
#include "e2ee/private.h"
#include "e2ee/session.h"

enum { ANA, BEN, CHI };

static struct hall hall;
static uint8_t caught[E2EE_MESSAGE_MAX];
static size_t caught_len;
static uint32_t caught_from;
static uint8_t catch_mark;

static bool catch_message(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    if (in->type == E2EE_IN_MESSAGE && to == BEN && in->b.ptr[0] == catch_mark) {
        memcpy(caught, in->b.ptr, in->b.len);
        caught_len = in->b.len;
        caught_from = in->member;
    }
    return true;
}

static int start(void **state)
{
    (void)state;
    hall_open(&hall, &(struct hall_terms){.seed = 5});
    hall_join(&hall, "Ana", true);
    hall_join(&hall, "Ben", false);
    hall_join(&hall, "Chi", false);
    hall.hooks.down = catch_message;
    catch_mark = BEAT_MARK;
    caught_len = 0;
    bool secure = hall_until(&hall, 5000, hall_all_secure);
    hall_run(&hall, 40000);
    return secure && caught_len > 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    hall_close(&hall);
    return 0;
}

static enum err give(size_t len)
{
    struct e2ee_input in = {.type = E2EE_IN_MESSAGE, .epoch = hall.epoch, .member = caught_from};
    in.a = span_of(hall.group, hall.group_len);
    in.b = span_of(caught, len);
    return hall_tell(&hall, BEN, &in);
}

static void a_beat_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    for (size_t i = 1; i < caught_len; i++) {
        caught[i] ^= 1;
        assert_int_not_equal(give(caught_len), ERR_OK);
        caught[i] ^= 1;
        assert_int_equal(hall_status(&hall, BEN).phase, E2EE_SECURE);
    }
    for (size_t n = 1; n < caught_len; n++)
        assert_int_not_equal(give(n), ERR_OK);
}

static void a_beat_counts_once(void **state)
{
    (void)state;
    uint32_t before = hall.person[BEN].refused[RULE_REPLAYED];
    assert_int_not_equal(give(caught_len), ERR_OK);
    assert_int_equal(hall.person[BEN].refused[RULE_REPLAYED], before + 1);
}

/* Chi signs that it is elsewhere; only its removal ends the alarm. */
static void a_signed_beat_from_elsewhere_stops_sending_until_its_author_is_out(void **state)
{
    (void)state;
    struct e2ee *chi = hall.person[CHI].e;
    struct writer w = writer_of(caught, sizeof caught);
    struct beat b;
    assert_int_equal(beat_write(chi->g, hall.now + 1, &w), ERR_OK);
    assert_int_equal(beat_parse(writer_span(&w), &b), ERR_OK);
    caught[b.transcript.ptr - caught] ^= 1;
    uint8_t signature[SUITE_SIGNATURE];
    assert_int_equal(group_sign(chi->g, "conclave beat", b.signed_part, signature), ERR_OK);
    memcpy(caught + (b.signature.ptr - caught), signature, sizeof signature);
    assert_int_equal(give(writer_len(&w)), ERR_OK);
    assert_int_equal(hall_status(&hall, BEN).why, E2EE_WHY_FORK);
    assert_int_equal(hall_say(&hall, BEN, "no", -1), ERR_STATE);
    hall_run(&hall, 10000);
    assert_int_equal(hall_status(&hall, BEN).why, E2EE_WHY_FORK);
    struct e2ee_input in = {.type = E2EE_IN_REMOVE};
    in.a = span_of(hall.person[CHI].participant, E2EE_PARTICIPANT);
    assert_int_equal(hall_tell(&hall, ANA, &in), ERR_OK);
    hall_run(&hall, 500);
    assert_int_equal(hall_status(&hall, BEN).phase, E2EE_SECURE);
}

static void sign_as_chi(uint64_t epoch_more, struct writer *w)
{
    struct e2ee *chi = hall.person[CHI].e;
    struct beat b;
    uint8_t signature[SUITE_SIGNATURE];
    assert_int_equal(beat_write(chi->g, hall.now + 1, w), ERR_OK);
    assert_int_equal(beat_parse(writer_span(w), &b), ERR_OK);
    caught[b.transcript.ptr - caught] ^= 1;
    caught[1 + 1 + hall.group_len + 7] = (uint8_t)(caught[1 + 1 + hall.group_len + 7] + epoch_more);
    assert_int_equal(group_sign(chi->g, "conclave beat", b.signed_part, signature), ERR_OK);
    memcpy(caught + (b.signature.ptr - caught), signature, sizeof signature);
}

/* A lie heard by all, about this epoch or a later one: the host can still remove the liar. */
static void a_liar_heard_by_all_can_be_removed(void **state)
{
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        struct writer w = writer_of(caught, sizeof caught);
        sign_as_chi(more * 100, &w);
        struct e2ee_input in = {.type = E2EE_IN_MESSAGE, .epoch = hall.epoch};
        in.a = span_of(hall.group, hall.group_len);
        in.b = writer_span(&w);
        for (int i = ANA; i <= BEN; i++)
            assert_int_equal(hall_tell(&hall, i, &in), ERR_OK);
        hall_run(&hall, 15000);
        for (int i = ANA; i <= BEN; i++)
            assert_int_equal(hall_status(&hall, i).why, more ? E2EE_WHY_BEHIND : E2EE_WHY_FORK);
        in = (struct e2ee_input){.type = E2EE_IN_REMOVE};
        in.a = span_of(hall.person[CHI].participant, E2EE_PARTICIPANT);
        assert_int_equal(hall_tell(&hall, ANA, &in), ERR_OK);
        hall_run(&hall, 500);
        for (int i = ANA; i <= BEN; i++)
            assert_int_equal(hall_status(&hall, i).phase, E2EE_SECURE);
        end(NULL);
        assert_int_equal(start(NULL), 0);
    }
}

/* The liar's leaf is filled again by the commit that removes it: the alarm ends all the same. */
static bool nobody_is_wanted(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    (void)to;
    return in->type != E2EE_IN_WANTED_JOIN;
}

static void the_alarm_ends_when_somebody_else_has_the_liars_leaf(void **state)
{
    (void)state;
    for (uint64_t more = 0; more < 2; more++) {
        struct writer w = writer_of(caught, sizeof caught);
        sign_as_chi(more * 100, &w);
        assert_int_equal(give(writer_len(&w)), ERR_OK);
        uint32_t leaf = hall_status(&hall, CHI).leaf;
        hall.hooks.down = nobody_is_wanted;
        int dan = hall_join(&hall, "Dan", false);
        hall_run(&hall, 3000);
        assert_int_equal(hall_status(&hall, BEN).phase, E2EE_STOPPED);
        struct person *p = &hall.person[ANA].e->roster.person[leaf];
        p->asked = p->remove = true; /* by the same commit that lets Dan in */
        p->asked_ms = hall.person[ANA].e->mono;
        hall.asked_rank = 0; /* it is Ana who is asked */
        hall.hooks.down = NULL;
        hall_run(&hall, 3000);
        assert_int_equal(hall_status(&hall, dan).leaf, leaf);
        assert_int_equal(hall_status(&hall, BEN).phase, E2EE_SECURE);
        end(NULL);
        assert_int_equal(start(NULL), 0);
    }
}

static void another_host_stands_in_for_a_silent_one(void **state)
{
    (void)state;
    hall_join(&hall, "Dora", true);
    assert_true(hall_until(&hall, 5000, hall_all_secure));
    hall_disconnect(&hall, ANA); /* its seat is kept: nobody is told */
    for (int s = 0; s < 40; s++) {
        hall_run(&hall, 1000);
        assert_int_equal(hall_status(&hall, BEN).phase, E2EE_SECURE);
    }
}

static void a_member_stands_in_for_the_only_host(void **state)
{
    (void)state;
    hall_disconnect(&hall, ANA); /* its seat is kept: nobody is told */
    for (int s = 0; s < 40; s++) {
        hall_run(&hall, 1000);
        assert_int_equal(hall_status(&hall, BEN).phase, E2EE_SECURE);
        assert_int_equal(hall_status(&hall, CHI).phase, E2EE_SECURE);
    }
}

static void when_nobody_beats_it_is_silence(void **state)
{
    (void)state;
    hall_disconnect(&hall, ANA);
    hall_disconnect(&hall, CHI);
    hall_run(&hall, 7000); /* the last beat may be 4 s old */
    assert_int_equal(hall_status(&hall, BEN).phase, E2EE_SECURE);
    hall_run(&hall, 7000);
    assert_int_equal(hall_status(&hall, BEN).why, E2EE_WHY_SILENT);
    hall_reconnect(&hall, ANA);
    hall_run(&hall, 6000);
    assert_int_equal(hall_status(&hall, BEN).phase, E2EE_SECURE);
}

/* ---- private messages ---- */

static void private_messages_are_for_one_and_once(void **state)
{
    (void)state;
    catch_mark = PRIVATE_MARK;
    caught_len = 0;
    assert_int_equal(hall_say(&hall, ANA, "between us", BEN), ERR_OK);
    hall_run(&hall, 100);
    assert_int_equal(hall_heard(&hall, BEN, "between us"), 1);
    assert_int_equal(hall_heard(&hall, CHI, "between us"), 0);
    assert_true(caught_len > 0);
    assert_int_not_equal(give(caught_len), ERR_OK);
    assert_int_equal(hall.person[BEN].refused[RULE_REPLAYED], 1);
    assert_int_equal(hall_heard(&hall, BEN, "between us"), 1);
    struct e2ee_input in = {.type = E2EE_IN_MESSAGE, .epoch = hall.epoch, .member = caught_from};
    in.a = span_of(hall.group, hall.group_len);
    in.b = span_of(caught, caught_len);
    assert_int_not_equal(hall_tell(&hall, CHI, &in), ERR_OK);
    assert_int_equal(hall_heard(&hall, CHI, "between us"), 0);
}

/* On their way while a commit is: somebody's, or the reader's own, which changes the key that the
 * message is sealed to. Sealed to the epoch before, it is opened once more, but not twice. */
static void private_messages_survive_a_commit(void **state)
{
    (void)state;
    for (int k = 0; k < 40; k++) {
        struct e2ee_input in = {.type = E2EE_IN_RENAME, .b = span_str(k % 4 < 2 ? "x" : "y")};
        char text[] = "note aa";
        text[5] = (char)('a' + k / 10);
        text[6] = (char)('a' + k % 10);
        catch_mark = PRIVATE_MARK;
        caught_len = 0;
        assert_int_equal(hall_tell(&hall, k % 2 ? CHI : BEN, &in), ERR_OK);
        hall_run(&hall, (uint64_t)(5 + k % 20));
        assert_int_equal(hall_say(&hall, ANA, text, BEN), ERR_OK);
        hall_run(&hall, 500);
        assert_int_equal(hall_heard(&hall, BEN, text), 1);
        struct e2ee_input again = {.type = E2EE_IN_MESSAGE, .epoch = hall.epoch - 1};
        again.a = span_of(hall.group, hall.group_len);
        again.b = span_of(caught, caught_len);
        assert_int_not_equal(hall_tell(&hall, BEN, &again), ERR_OK);
        hall_run(&hall, FORGET_MS);
        assert_int_not_equal(hall_tell(&hall, BEN, &again), ERR_OK);
        assert_int_equal(hall_heard(&hall, BEN, text), 1);
    }
}

static void a_private_message_with_any_byte_changed_is_refused(void **state)
{
    (void)state;
    catch_mark = PRIVATE_MARK;
    caught_len = 0;
    hall_say(&hall, ANA, "between us", BEN);
    hall_run(&hall, 100);
    assert_true(caught_len > 0);
    uint32_t notes = hall.person[BEN].n_notes;
    for (size_t i = 0; i < caught_len; i++) {
        caught[i] ^= 1;
        assert_int_not_equal(give(caught_len), ERR_OK);
        caught[i] ^= 1;
    }
    assert_int_equal(hall.person[BEN].n_notes, notes);
}

static void private_messages_hide_their_length(void **state)
{
    (void)state;
    catch_mark = PRIVATE_MARK;
    hall_say(&hall, ANA, "x", BEN);
    hall_run(&hall, 100);
    size_t len = caught_len;
    hall_say(&hall, ANA, "a rather longer line of text", BEN);
    hall_run(&hall, 100);
    assert_int_equal(caught_len, len);
}

static void nobody_writes_to_oneself_or_to_strangers(void **state)
{
    (void)state;
    uint8_t nobody[E2EE_PARTICIPANT] = {1};
    struct e2ee_input in = {.type = E2EE_IN_NOTE, .b = span_str("hm")};
    in.a = span_of(nobody, sizeof nobody);
    assert_int_not_equal(hall_tell(&hall, ANA, &in), ERR_OK);
    assert_int_not_equal(hall_say(&hall, ANA, "hm", ANA), ERR_OK);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(a_beat_with_any_byte_changed_is_refused),
        FACT(a_beat_counts_once),
        FACT(a_signed_beat_from_elsewhere_stops_sending_until_its_author_is_out),
        FACT(a_liar_heard_by_all_can_be_removed),
        FACT(the_alarm_ends_when_somebody_else_has_the_liars_leaf),
        FACT(another_host_stands_in_for_a_silent_one),
        FACT(a_member_stands_in_for_the_only_host),
        FACT(when_nobody_beats_it_is_silence),
        FACT(private_messages_are_for_one_and_once),
        FACT(private_messages_survive_a_commit),
        FACT(a_private_message_with_any_byte_changed_is_refused),
        FACT(private_messages_hide_their_length),
        FACT(nobody_writes_to_oneself_or_to_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
