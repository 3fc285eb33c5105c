/* Facts about sfu/feedback: what reading a participant's RTCP may cost. */
#include "sfu/world.h"

enum { TRACK = 3, CAM = 0xca3, ITEMS = 5, ASKED = ITEMS * 17, FIRST = 100 };

static struct world w;
static struct client *alice, *bob, *carol;

static int set_up(void **state)
{
    (void)state;
    world_open(&w);
    alice = client_join(&w, 1);
    bob = client_join(&w, 2);
    carol = client_join(&w, 3);
    struct ipc_message m = track_message(alice, TRACK, IPC_VIDEO);
    m.as.TRACK_OPEN.encoding[0].ssrc = CAM;
    assert_int_equal(world_command(&w, &m), ERR_OK);
    client_subscribe(&w, bob, TRACK, 50, IPC_VIDEO);
    client_subscribe(&w, carol, TRACK, 60, IPC_VIDEO);
    for (uint16_t i = FIRST; i < FIRST + 20; i++) {
        uint8_t buf[16];
        client_shoot(&w, alice,
                     &(struct shot){.ssrc = CAM,
                                    .seq = i,
                                    .ts = 3000u * i,
                                    .pt = VP8_PT,
                                    .marker = true,
                                    .payload = vp8_payload(buf, i == FIRST, i, 7)});
    }
    assert_int_equal(bob->got_count, 20);
    assert_int_equal(carol->got_count, 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* As much as one packet may ask for, of packets that were never sent. */
static void ask_for_all(struct client *c, uint32_t ssrc)
{
    uint8_t bytes[64];
    struct writer out = writer_of(bytes, sizeof bytes);
    struct rtcp_nack item[ITEMS];
    for (uint16_t i = 0; i < ITEMS; i++)
        item[i] = (struct rtcp_nack){(uint16_t)(30000 + 17 * i), 0xffff};
    assert_true(rtcp_write_nack(&out, 7, ssrc, item, ITEMS));
    client_rtcp(&w, c, writer_span(&out));
}

/* A look-up costs 25 us and a compound 250, of a second's worth at once. */
static void a_flood_of_nacks_is_looked_up_for_a_second_and_no_longer(void **state)
{
    (void)state;
    enum { COMPOUNDS = 1000, COST = 250 + 25 * ASKED, PAID = 1000000 / COST };
    for (int i = 0; i < COMPOUNDS; i++)
        ask_for_all(bob, 500);
    uint64_t looked = world_dropped(&w, SFU_DROP_RTX_GONE);
    assert_in_range(looked, PAID * ASKED, (PAID + 1) * ASKED);
    assert_int_equal(world_dropped(&w, SFU_DROP_RTX_RATE) + looked,
                     world_count(&w, COUNTER_NACK_IN));
    world_advance(&w, 100 * US_PER_MS);
    client_nack(&w, bob, 500, bob->got[7].seq, 0);
    assert_int_equal(bob->got_count, 21);
}

static void it_costs_nobody_else_a_repair(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        ask_for_all(bob, 500);
    client_nack(&w, carol, 600, carol->got[7].seq, 0);
    assert_int_equal(carol->got_count, 21);
    assert_int_equal(carol->got[20].osn, carol->got[7].seq);
}

static void compounds_beyond_four_thousand_a_second_are_not_read(void **state)
{
    (void)state;
    uint64_t before = world_count(&w, COUNTER_PLI_IN);
    for (int i = 0; i < 6000; i++)
        client_pli(&w, bob, 500);
    uint64_t read = world_count(&w, COUNTER_PLI_IN) - before;
    assert_in_range(read, 4000, 4001);
    assert_int_equal(world_dropped(&w, SFU_DROP_RTCP_RATE), 6000 - read);
    client_pli(&w, carol, 600);
    assert_int_equal(world_count(&w, COUNTER_PLI_IN) - before, read + 1);
}

/* 25 videos that ask for repairs every 20 ms, for ten seconds. */
static void a_receiver_on_a_bad_way_is_read_whole(void **state)
{
    (void)state;
    for (int tick = 0; tick < 500; tick++) {
        for (int video = 0; video < 25; video++)
            client_nack(&w, bob, 500, 30000, 0xff);
        world_advance(&w, 20 * US_PER_MS);
        client_check(&w, bob);
    }
    assert_int_equal(world_dropped(&w, SFU_DROP_RTCP_RATE), 0);
    assert_int_equal(world_dropped(&w, SFU_DROP_RTX_RATE), 0);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(a_flood_of_nacks_is_looked_up_for_a_second_and_no_longer),
        STORY(it_costs_nobody_else_a_repair),
        STORY(compounds_beyond_four_thousand_a_second_are_not_read),
        STORY(a_receiver_on_a_bad_way_is_read_whole),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
