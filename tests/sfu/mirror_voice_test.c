/* Facts about voices in several media processes: chosen once, the same everywhere. */
#include "sfu/mirrors.h"

enum { TALKERS = 5, TALK = 30, QUIET = 126 };

static uint32_t first_of(const struct client *c, uint32_t ssrc)
{
    for (uint32_t i = 0; i < c->got_count; i++) {
        if (c->got[i].ssrc == ssrc)
            return i;
    }
    return c->got_count;
}

static struct client *talker[TALKERS];
static uint32_t core_of[TALKERS];
static uint16_t said[TALKERS];

/* Two publish at the room's home, two in 1, one in 2; bob and carol have three slots each. */
static void open_voices(void)
{
    static const uint32_t cores[TALKERS] = {0, 1, 1, 2, 0};
    for (uint32_t i = 0; i < TALKERS; i++) {
        core_of[i] = cores[i];
        said[i] = (uint16_t)(65500 + 7 * i);
        talker[i] = enter(cores[i], 10 + i);
        struct ipc_message m = track_message(talker[i], 60 + i, IPC_AUDIO);
        m.as.TRACK_OPEN.encoding[0].ssrc = 0xa00 + i;
        publish(cores[i], &m);
    }
    client_voices(&w[0], bob, 200, 3);
    client_voices(&w[1], carol, 210, 3);
    bob->got_count = carol->got_count = 0;
}

static void say(uint32_t i, uint8_t level)
{
    uint8_t payload[8];
    struct world *at = &w[core_of[i]];
    memset(payload, (int)(0x40 + i), sizeof payload);
    client_shoot(
        at, talker[i],
        &(struct shot){.ssrc = 0xa00 + i,
                       .ts = (uint32_t)(i * 77777 + (at->now - 1000 * US_PER_S) * 48 / 1000),
                       .seq = said[i]++,
                       .pt = OPUS_PT,
                       .level = level,
                       .payload = span_of(payload, sizeof payload)});
    pump();
}

static void talk(unsigned loud, duration_us time)
{
    for (instant_us end = w[0].now + time; w[0].now < end; advance(20 * US_PER_MS)) {
        for (uint32_t i = 0; i < TALKERS; i++)
            say(i, loud >> i & 1 ? TALK : QUIET);
    }
}

static uint32_t heard(const struct client *c, uint32_t i, uint32_t from)
{
    uint32_t n = 0;
    for (uint32_t k = from; k < c->got_count; k++)
        n += c->got[k].first[0] == 0x40 + i;
    return n;
}

static void the_same_three_are_heard_in_every_process(void **state)
{
    (void)state;
    open_voices();
    talk(0x0e, 2 * US_PER_S); /* 1, 2 and 3: none of them at home */
    uint32_t at_bob = bob->got_count, at_carol = carol->got_count;
    talk(0x0e, US_PER_S);
    for (uint32_t i = 0; i < TALKERS; i++) {
        assert_int_equal(heard(bob, i, at_bob), i >= 1 && i <= 3 ? 50 : 0);
        assert_int_equal(heard(carol, i, at_carol), i >= 1 && i <= 3 ? 50 : 0);
    }
    for (uint32_t n = 0; n < 3; n++) {
        const struct got *b = &bob->got[first_of(bob, (200 + n) * 10)];
        const struct got *c = &carol->got[first_of(carol, (210 + n) * 10)];
        assert_int_equal(b->first[0], c->first[0]); /* in the same slots */
        assert_unbroken(bob, (200 + n) * 10);
        assert_unbroken(carol, (210 + n) * 10);
    }
}

static void a_slot_changes_hands_without_a_gap_in_a_mirror(void **state)
{
    (void)state;
    open_voices();
    talk(0x0e, 2 * US_PER_S);
    talk(0x16, 4 * US_PER_S); /* the fourth stops, the fifth begins */
    talk(0x0e, 4 * US_PER_S); /* and back: what it said meanwhile is no loss */
    uint32_t from = carol->got_count;
    talk(0x0e, US_PER_S);
    assert_int_equal(heard(carol, 3, from), 50);
    assert_int_equal(heard(carol, 4, from), 0);
    for (uint32_t n = 0; n < 3; n++)
        assert_unbroken(carol, (210 + n) * 10);
}

static void front_hears_of_voices_from_their_home_alone(void **state)
{
    (void)state;
    open_voices();
    talk(0x0e, 2 * US_PER_S);
    assert_non_null(world_last(&w[0], IPC_VOICE));
    assert_non_null(world_last(&w[0], IPC_LEVELS));
    for (uint32_t i = 1; i < CORES; i++) {
        assert_null(world_last(&w[i], IPC_VOICE));
        assert_null(world_last(&w[i], IPC_LEVELS));
    }
}

static void nobody_hears_himself(void **state)
{
    (void)state;
    open_voices();
    client_voices(&w[1], talker[1], 220, 3);
    talk(0x0e, 2 * US_PER_S);
    assert_int_equal(heard(talker[1], 1, 0), 0);
    assert_true(heard(talker[1], 2, 0) > 50 && heard(talker[1], 3, 0) > 50);
}

static void of_a_process_only_its_loudest_cross(void **state)
{
    (void)state;
    open_voices();
    talk(0x0e, 2 * US_PER_S);
    uint64_t before = world_count(&w[1], COUNTER_RELAY_OUT);
    talk(0, 2 * US_PER_S); /* all are silent, the places stay: two of 1 have one */
    assert_int_equal(world_count(&w[1], COUNTER_RELAY_OUT) - before, 2 * 100);
}

static void a_microphone_that_is_muted_gives_its_place_back(void **state)
{
    (void)state;
    open_voices();
    talk(0x0e, 2 * US_PER_S);
    struct ipc_message m = {.type = IPC_TRACK_SET, .as.TRACK_SET = {63, 1}};
    for (uint32_t i = 0; i < CORES; i++)
        tell(i, &m);
    talk(0x17, 2 * US_PER_S);
    uint32_t from = carol->got_count;
    talk(0x17, US_PER_S);
    assert_int_equal(heard(carol, 3, from), 0);
    assert_true(heard(carol, 0, from) == 50 || heard(carol, 4, from) == 50);
    m.as.TRACK_SET.paused = 0;
    for (uint32_t i = 0; i < CORES; i++)
        tell(i, &m);
    talk(0x08, 4 * US_PER_S);
    from = carol->got_count;
    talk(0x08, US_PER_S);
    assert_int_equal(heard(carol, 3, from), 50);
    for (uint32_t n = 0; n < 3; n++)
        assert_unbroken(carol, (210 + n) * 10);
}

static void who_subscribed_to_one_microphone_hears_it_from_afar(void **state)
{
    (void)state;
    open_voices();
    struct client *dave = enter(2, 5);
    client_subscribe(&w[2], dave, 61, 300, IPC_AUDIO); /* of process 1 */
    client_subscribe(&w[2], dave, 63, 301, IPC_AUDIO); /* of its own */
    talk(0x0a, 2 * US_PER_S);
    uint32_t from = dave->got_count;
    talk(0x0a, US_PER_S);
    assert_int_equal(heard(dave, 1, from), 50);
    assert_int_equal(heard(dave, 3, from), 50);
    talk(0x1d, 4 * US_PER_S); /* the second is not heard for a while: */
    assert_int_equal(heard(dave, 1, dave->got_count - 10), 0);
    talk(0x0a, 4 * US_PER_S); /* what it said meanwhile is no loss */
    from = dave->got_count;
    talk(0x0a, US_PER_S);
    assert_int_equal(heard(dave, 1, from), 50);
    assert_unbroken(dave, 3000);
    assert_unbroken(dave, 3010);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(the_same_three_are_heard_in_every_process),
        STORY(a_slot_changes_hands_without_a_gap_in_a_mirror),
        STORY(front_hears_of_voices_from_their_home_alone),
        STORY(nobody_hears_himself),
        STORY(of_a_process_only_its_loudest_cross),
        STORY(a_microphone_that_is_muted_gives_its_place_back),
        STORY(who_subscribed_to_one_microphone_hears_it_from_afar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
