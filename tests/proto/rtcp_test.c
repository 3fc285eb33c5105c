/* Facts about proto/rtcp: what is read, what is bounded, what is written (attack A12). */
#include "proto/cm.h"

#include "proto/random.h"
#include "proto/rtcp.h"

static const uint8_t compound[] = {
    0x81, 200,  0,    12,   /* SR with one block, 13 words */
    0,    0,    0,    1,    /* sender 1 */
    0,    0,    0,    2,    /* NTP seconds */
    0x80, 0,    0,    0,    /* and a half */
    0,    0,    0,    3,    /* RTP timestamp */
    0,    0,    0,    4,    /* packets */
    0,    0,    0,    5,    /* octets */
    0,    0,    0,    6,    /* block: about SSRC 6 */
    64,   0xff, 0xff, 0xfe, /* a quarter lost; -2 in all */
    0,    1,    0,    7,    /* highest sequence number 7, once round */
    0,    0,    0,    8,    /* jitter */
    0,    0,    0,    9,    /* LSR */
    0,    0,    0,    10,   /* DLSR */
    0x81, 202,  0,    3,    /* SDES, 4 words */
    0,    0,    0,    1,    /* */
    1,    4,    'n',  'a',  /* CNAME "name" */
    'm',  'e',  0,    0,    /* end of items */
    0x81, 205,  0,    3,    /* NACK, 4 words */
    0,    0,    0,    1,    /* */
    0,    0,    0,    6,    /* about SSRC 6 */
    0,    100,  0x80, 1,    /* 100, 101 and 116 */
    0x81, 206,  0,    2,    /* PLI */
    0,    0,    0,    1,    /* */
    0,    0,    0,    6,    /* */
    0x84, 206,  0,    4,    /* FIR with one entry */
    0,    0,    0,    1,    /* */
    0,    0,    0,    0,    /* */
    0,    0,    0,    6,    /* about SSRC 6 */
    5,    0,    0,    0,    /* command number 5 */
    0x8f, 206,  0,    5,    /* REMB */
    0,    0,    0,    1,    /* */
    0,    0,    0,    0,    /* */
    'R',  'E',  'M',  'B',  /* */
    1,    0x0c, 0,    1,    /* one SSRC; 1 * 2^3 bit/s */
    0,    0,    0,    6,    /* */
    0x81, 203,  0,    2,    /* BYE, 3 words */
    0,    0,    0,    1,    /* */
    3,    'b',  'y',  'e',  /* reason */
};

static void a_compound_is_walked(void **state)
{
    (void)state;
    struct rtcp_walk w;
    struct rtcp_item i;
    uint8_t command = 0;
    rtcp_walk_init(&w, span_of(compound, sizeof(compound)));
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_SR);
    assert_int_equal(i.sender_ssrc, 1);
    assert_true(i.sender.ntp == 0x280000000u);
    assert_int_equal(i.sender.packets, 4);
    assert_int_equal(i.sender.octets, 5);
    assert_int_equal(i.reports, 1);
    struct rtcp_report b = rtcp_report_at(&i, 0);
    assert_int_equal(b.ssrc, 6);
    assert_int_equal(b.fraction_lost, 64);
    assert_int_equal(b.lost, -2);
    assert_int_equal(b.highest_seq, 0x10007);
    assert_int_equal(b.dlsr, 10);
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_SDES);
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_NACK);
    assert_int_equal(i.media_ssrc, 6);
    assert_int_equal(i.nacks, 1);
    assert_int_equal(rtcp_nack_at(&i, 0).seq, 100);
    assert_int_equal(rtcp_nack_at(&i, 0).mask, 0x8001);
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_PLI);
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_FIR);
    assert_int_equal(rtcp_fir_at(&i, 0, &command), 6);
    assert_int_equal(command, 5);
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_REMB);
    assert_int_equal(i.remb_bps, 8);
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_BYE);
    assert_false(rtcp_next(&w, &i));
    assert_int_equal(w.result, ERR_OK);
}

static enum err walk(const uint8_t *bytes, size_t len)
{
    struct rtcp_walk w;
    struct rtcp_item i;
    rtcp_walk_init(&w, span_of(bytes, len));
    while (rtcp_next(&w, &i))
        ;
    return w.result;
}

#define WALK(...) walk((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void every_cut_stops_the_walk_or_ends_a_packet(void **state)
{
    (void)state;
    static const size_t ends[] = {0, 52, 68, 84, 96, 116, 140, 152};
    for (size_t n = 0, e = 0; n <= sizeof(compound); n++) {
        bool whole = n == ends[e];
        assert_int_equal(walk(compound, n), whole ? ERR_OK : ERR_SHORT);
        e += whole;
    }
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    assert_int_equal(WALK(0x81, 203, 0, 2, 0, 0, 0, 1, 200, 'b', 'y', 'e'), ERR_SHORT); /* reason */
    assert_int_equal(WALK(0x82, 203, 0, 1, 0, 0, 0, 1), ERR_SHORT); /* two SSRCs, one there */
    assert_int_equal(WALK(0x80, 203, 0, 0), ERR_OK);                /* BYE of nobody */
    assert_int_equal(WALK(0x80, 201, 0, 0), ERR_SHORT);             /* RR without a sender */
    assert_int_equal(WALK(0x9f, 201, 0, 1, 0, 0, 0, 1), ERR_SHORT); /* 31 blocks, none there */
    assert_int_equal(WALK(0x80, 200, 0, 1, 0, 0, 0, 1), ERR_SHORT); /* SR without its body */
    assert_int_equal(WALK(0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2),
                     ERR_MALFORMED); /* NACK of nothing */
    assert_int_equal(WALK(0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2),
                     ERR_MALFORMED);                                    /* FIR of nobody */
    assert_int_equal(WALK(0x81, 206, 0, 1, 0, 0, 0, 1), ERR_SHORT);     /* PLI without its media */
    assert_int_equal(WALK(0x41, 201, 0, 1, 0, 0, 0, 1), ERR_MALFORMED); /* version 1 */
    assert_int_equal(WALK(0x80, 10, 0, 1, 0, 0, 0, 1), ERR_MALFORMED);  /* not RTCP */
    assert_int_equal(WALK(0xa0, 201, 0, 1, 0, 0, 0, 0), ERR_MALFORMED); /* padding of nothing */
    assert_int_equal(WALK(0xa0, 201, 0, 1, 0, 0, 0, 9), ERR_MALFORMED); /* more than there is */
    assert_int_equal(WALK(0x80, 201, 0xff, 0xff, 0, 0, 0, 1), ERR_SHORT);
}

static void a_compound_is_bounded(void **state)
{
    (void)state;
    uint8_t many[4 * (LIMIT_RTCP_COMPOUND + 1)];
    for (size_t i = 0; i < sizeof(many); i += 4)
        memcpy(many + i, ((uint8_t[]){0x80, 204, 0, 0}), 4);
    assert_int_equal(walk(many, sizeof(many) - 4), ERR_OK);
    assert_int_equal(walk(many, sizeof(many)), ERR_LIMIT);
}

static void a_nack_for_everything_is_cut(void **state)
{
    (void)state;
    uint8_t buf[1400];
    struct writer w = writer_of(buf, sizeof(buf));
    struct rtcp_nack items[300];
    struct rtcp_walk walk_;
    struct rtcp_item i;
    memset(items, 0xff, sizeof(items));
    assert_true(rtcp_write_nack(&w, 1, 2, items, 300));
    rtcp_walk_init(&walk_, writer_span(&w));
    assert_true(rtcp_next(&walk_, &i));
    assert_int_equal(i.nacks, LIMIT_NACK_ITEMS);
}

static void a_remb_of_too_much_saturates(void **state)
{
    (void)state;
    struct rtcp_walk w;
    struct rtcp_item i;
    uint8_t m[] = {0x8f, 206, 0,   5,   0, 0,    0,    1,    0, 0, 0, 0,
                   'R',  'E', 'M', 'B', 1, 0xff, 0xff, 0xff, 0, 0, 0, 2};
    rtcp_walk_init(&w, span_of(m, sizeof(m)));
    assert_true(rtcp_next(&w, &i));
    assert_true(i.remb_bps == UINT64_MAX);
    m[17] = m[18] = m[19] = 0;
    rtcp_walk_init(&w, span_of(m, sizeof(m)));
    assert_true(rtcp_next(&w, &i));
    assert_true(i.remb_bps == 0);
}

static const uint8_t twcc[] = {
    0x8f, 205,  0,    7,  /* transport feedback, 8 words */
    0,    0,    0,    1,  /* sender */
    0,    0,    0,    2,  /* media */
    0xff, 0xfe, 0,    9,  /* base 65534, nine statuses */
    0xff, 0xff, 0xff, 17, /* reference -1; packet 17 */
    0xd8, 0x80,           /* vector of two bits: small, large, lost, large, lost, lost, lost */
    0x20, 0x02,           /* run of two small ones */
    4,    0xff, 0xff, 0,  /* small 4; large -1; large (high byte) .. */
    1,    8,    9,    0,  /* .. 1; small 8; small 9; padding */
};

static void transport_feedback_is_walked(void **state)
{
    (void)state;
    static const struct rtcp_twcc_status want[] = {
        {65534, true, 4}, {65535, true, -1}, {0, false, 0}, {1, true, 1}, {2, false, 0},
        {3, false, 0},    {4, false, 0},     {5, true, 8},  {6, true, 9},
    };
    struct rtcp_walk w;
    struct rtcp_item i;
    struct rtcp_twcc_walk t;
    struct rtcp_twcc_status got;
    rtcp_walk_init(&w, span_of(twcc, sizeof(twcc)));
    assert_true(rtcp_next(&w, &i));
    assert_int_equal(i.kind, RTCP_TWCC);
    assert_int_equal(i.twcc.reference, -1);
    assert_int_equal(i.twcc.feedback_count, 17);
    rtcp_twcc_walk_init(&t, &i.twcc);
    for (size_t k = 0; k < sizeof(want) / sizeof(want[0]); k++) {
        assert_true(rtcp_twcc_next(&t, &got));
        assert_int_equal(got.seq, want[k].seq);
        assert_int_equal(got.received, want[k].received);
        assert_int_equal(got.delta, want[k].delta);
    }
    assert_false(rtcp_twcc_next(&t, &got));
}

static void transport_feedback_that_lies_is_refused(void **state)
{
    (void)state;
    uint8_t m[sizeof(twcc)];
    memcpy(m, twcc, sizeof(m));
    m[14] = 0xff; /* claims 65,289 statuses */
    assert_int_equal(walk(m, sizeof(m)), ERR_LIMIT);
    memcpy(m, twcc, sizeof(m));
    m[15] = 200; /* chunks end before the statuses do */
    assert_int_not_equal(walk(m, sizeof(m)), ERR_OK);
    memcpy(m, twcc, sizeof(m));
    m[22] = 0x3f; /* a run of 7,938 small ones, with nine statuses: only two count */
    assert_int_equal(walk(m, sizeof(m)), ERR_OK);
    memcpy(m, twcc, sizeof(m));
    m[22] = 0x60; /* the reserved status */
    assert_int_equal(walk(m, sizeof(m)), ERR_MALFORMED);
    memcpy(m, twcc, sizeof(m));
    m[22] = m[23] = 0; /* a run of nothing */
    assert_int_equal(walk(m, sizeof(m)), ERR_MALFORMED);
    memcpy(m, twcc, sizeof(m));
    m[20] = 0xea; /* all large: more deltas than bytes */
    m[21] = 0xaa;
    assert_int_equal(walk(m, sizeof(m)), ERR_SHORT);
}

static void reports_are_written_as_they_are_read(void **state)
{
    (void)state;
    uint8_t buf[600];
    struct writer w = writer_of(buf, sizeof(buf));
    struct rtcp_sender s = {0x0123456789abcdef, 1, 2, 3};
    struct rtcp_report reports[2] = {{7, 8, -9, 10, 11, 12, 13},
                                     {14, 15, 0x7fffffff, 17, 18, 19, 20}};
    struct rtcp_walk walk_;
    struct rtcp_item i;
    assert_true(rtcp_write_sr(&w, 99, &s, reports, 2));
    assert_true(rtcp_write_sdes(&w, 99, span_str("m123")));
    assert_true(rtcp_write_rr(&w, 98, reports, 1));
    assert_true(rtcp_write_pli(&w, 1, 2));
    assert_true(rtcp_write_fir(&w, 1, 2, 3));
    assert_true(rtcp_write_remb(&w, 1, 2, 1234567890));
    assert_true(rtcp_write_bye(&w, 99));
    rtcp_walk_init(&walk_, writer_span(&w));
    assert_true(rtcp_next(&walk_, &i));
    assert_true(i.kind == RTCP_SR && i.sender_ssrc == 99 && i.reports == 2);
    assert_true(i.sender.ntp == s.ntp && i.sender.octets == 3);
    assert_int_equal(rtcp_report_at(&i, 0).lost, -9);
    assert_int_equal(rtcp_report_at(&i, 1).lost, 0x7fffff); /* clamped to its 24 bits */
    assert_int_equal(rtcp_report_at(&i, 1).dlsr, 20);
    const enum rtcp_kind kinds[] = {RTCP_SDES, RTCP_RR, RTCP_PLI, RTCP_FIR, RTCP_REMB, RTCP_BYE};
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        assert_true(rtcp_next(&walk_, &i));
        assert_int_equal(i.kind, kinds[k]);
        if (i.kind == RTCP_REMB)
            assert_in_range(i.remb_bps, 1234560000, 1234567890);
    }
    assert_false(rtcp_next(&walk_, &i));
    assert_int_equal(walk_.result, ERR_OK);
}

static void a_cname_of_any_length_is_framed(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', sizeof(name));
    for (size_t len = 0; len < 256; len++) {
        uint8_t buf[300];
        struct writer w = writer_of(buf, sizeof(buf));
        assert_true(rtcp_write_sdes(&w, 1, span_of(name, len)));
        assert_int_equal(writer_len(&w) % 4, 0);
        assert_int_equal(buf[writer_len(&w) - 1], 0);
        assert_int_equal(walk(buf, writer_len(&w)), ERR_OK);
    }
}

static void random_bytes_never_break_the_walk(void **state)
{
    (void)state;
    struct random rnd = random_start("rtcp walk", 32);
    for (int round = 0; round < 20000; round++) {
        uint8_t m[sizeof(compound)];
        memcpy(m, compound, sizeof(m));
        for (int flips = 0; flips < 3; flips++)
            m[random_below(&rnd, sizeof(m))] = (uint8_t)random_u64(&rnd);
        (void)walk(m, sizeof(m));
    }
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        cmocka_unit_test(a_compound_is_walked),
        cmocka_unit_test(every_cut_stops_the_walk_or_ends_a_packet),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(a_compound_is_bounded),
        cmocka_unit_test(a_nack_for_everything_is_cut),
        cmocka_unit_test(a_remb_of_too_much_saturates),
        cmocka_unit_test(transport_feedback_is_walked),
        cmocka_unit_test(transport_feedback_that_lies_is_refused),
        cmocka_unit_test(reports_are_written_as_they_are_read),
        cmocka_unit_test(a_cname_of_any_length_is_framed),
        cmocka_unit_test(random_bytes_never_break_the_walk),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
