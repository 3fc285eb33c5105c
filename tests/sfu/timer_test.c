/* Facts about when the core wants to be woken, and that what is due is not late for it. */
#include "sfu/world.h"

enum { TRACK = 2, VOICE = 1, CAM = 0x2222, MIC = 0x1111 };

static struct world w;
static struct client *alice, *bob;

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    struct ipc_message m = track_message(alice, VOICE, IPC_AUDIO);
    m.as.TRACK_OPEN.encoding[0].ssrc = MIC;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    m = track_message(alice, TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.encoding[0].ssrc = CAM;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* Wake-ups that the core asks for within a time. */
static unsigned wakes(duration_us within)
{
    unsigned n = 0;
    instant_us end = w.now + within;
    while (sfu_deadline(w.sfu) <= end) {
        world_advance(&w, sfu_deadline(w.sfu) > w.now ? sfu_deadline(w.sfu) - w.now : 0);
        n++;
    }
    world_advance(&w, end - w.now);
    return n;
}

static void speak(uint16_t seq)
{
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = MIC,
                                .ts = 960u * seq,
                                .seq = seq,
                                .twcc = seq,
                                .pt = OPUS_PT,
                                .payload = span_str("a voice")});
}

static void film(uint16_t seq)
{
    uint8_t buf[16];
    client_shoot(&w, alice,
                 &(struct shot){.ssrc = CAM,
                                .ts = 3000u * seq,
                                .seq = seq,
                                .pt = VP8_PT,
                                .marker = true,
                                .payload = vp8_payload(buf, true, seq, 1)});
}

static void a_quiet_core_is_woken_ten_times_a_second(void **state)
{
    (void)state;
    (void)wakes(US_PER_S);
    assert_in_range(wakes(US_PER_S), 9, 11);
}

static void feedback_leaves_when_it_is_due_whatever_the_phase(void **state)
{
    (void)state;
    (void)wakes(US_PER_S);
    for (uint16_t i = 1; i <= 20; i++) {
        world_advance(&w, 137 * US_PER_MS); /* each time elsewhere between two wake-ups */
        uint32_t before = alice->twcc;
        speak(i);
        world_advance(&w, TWCC_PERIOD_US - US_PER_MS);
        assert_int_equal(alice->twcc, before);
        world_advance(&w, 11 * US_PER_MS);
        assert_int_equal(alice->twcc, before + 1);
    }
}

static void a_loss_is_told_within_two_ticks(void **state)
{
    (void)state;
    (void)wakes(US_PER_S);
    film(1);
    world_advance(&w, 33 * US_PER_MS);
    film(3);
    world_advance(&w, 21 * US_PER_MS);
    assert_int_equal(alice->nacks, 1);
    assert_int_equal(alice->nack_seq, 2);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_quiet_core_is_woken_ten_times_a_second),
        STORY(feedback_leaves_when_it_is_due_whatever_the_phase),
        STORY(a_loss_is_told_within_two_ticks),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
