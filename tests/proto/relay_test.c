/* Facts about proto/relay: what is written is read again, and nothing else is. */
#include "proto/cm.h"

#include "proto/relay.h"

static const uint8_t payload[5] = {1, 2, 3, 4, 5}, dependency[3] = {7, 8, 9};

static struct relay_record packet_record(void)
{
    return (struct relay_record){.type = RELAY_PACKET,
                                 .track = 0x01020304,
                                 .as.packet = {.seq = 0x1122334455,
                                               .ts = 0xa0b0c0d0,
                                               .encoding = 2,
                                               .level = 30,
                                               .orientation = 9,
                                               .place = 3,
                                               .marker = true,
                                               .resumed = true,
                                               .dependency = span_of(dependency, sizeof dependency),
                                               .payload = span_of(payload, sizeof payload)}};
}

static const struct relay_batch batch = {
    .meeting = 77, .epoch = 5, .number = 9, .zones = 0x8000000000000001};

/* One batch of n records. */
static size_t message_write(uint8_t *out, size_t cap, const struct relay_record *r, uint32_t n)
{
    size_t bytes = RELAY_HEAD;
    for (uint32_t i = 0; i < n; i++)
        bytes += relay_size(&r[i]);
    struct writer w = writer_of(out, cap);
    relay_write_batch(&w, &batch, n, (uint32_t)bytes);
    for (uint32_t i = 0; i < n; i++)
        relay_write(&w, &r[i]);
    assert_true(writer_ok(&w));
    assert_int_equal(writer_len(&w), bytes);
    return bytes;
}

static enum relay_fault fault_of(const uint8_t *bytes, size_t len, uint32_t *records)
{
    struct relay_walk w;
    struct relay_record r;
    *records = 0;
    relay_walk_init(&w, span_of(bytes, len));
    while (relay_next(&w, &r))
        (*records)++;
    return w.fault;
}

static void a_packet_comes_back_as_it_was(void **state)
{
    (void)state;
    uint8_t m[256];
    struct relay_record in = packet_record(), out;
    size_t len = message_write(m, sizeof m, &in, 1);
    static const uint8_t head[] = {
        1,    0,    0,    1,                         /* version, zero, one record */
        0,    0,    0,    72,                        /* bytes: 32 + 32 + 3 + 5 */
        0,    0,    0,    77,                        /* meeting */
        0,    0,    0,    5,                         /* epoch */
        0x80, 0,    0,    0,    0,    0,    0,    1, /* zones */
        0,    0,    0,    9,                         /* number of the batch */
        0,    0,    0,    0,                         /* zero */
        1,    2,    5,    3, /* PACKET, encoding, marker and resumed, place */
        1,    2,    3,    4, /* track */
        0,    0,    0,    0x11, 0x22, 0x33, 0x44, 0x55, /* sequence number */
        0xa0, 0xb0, 0xc0, 0xd0,                         /* timestamp */
        0,    8,    30,   3,    9,             /* body, level, descriptor's bytes, orientation */
        0,    0,    0,    0,    0,    0,    0, /* zero */
        7,    8,    9,    1,    2,    3,    4,    5,
    };
    assert_int_equal(len, sizeof head);
    assert_memory_equal(m, head, sizeof head);
    struct relay_walk w;
    relay_walk_init(&w, span_of(m, len));
    assert_true(relay_next(&w, &out));
    assert_memory_equal(&w.batch, &batch, sizeof batch);
    assert_int_equal(out.type, RELAY_PACKET);
    assert_int_equal(out.track, in.track);
    const struct relay_packet *p = &out.as.packet;
    assert_true(p->seq == in.as.packet.seq && p->ts == in.as.packet.ts && p->encoding == 2 &&
                p->level == 30 && p->orientation == 9 && p->place == 3 && p->marker && !p->voice &&
                p->resumed);
    assert_true(span_equal(p->payload, in.as.packet.payload));
    assert_true(span_equal(p->dependency, in.as.packet.dependency));
    assert_false(relay_next(&w, &out));
    assert_int_equal(w.fault, RELAY_OK);
    assert_int_equal(relay_walk_at(&w, span_of(m, len)), len);
}

static void state_and_wishes_come_back_as_they_were(void **state)
{
    (void)state;
    uint8_t m[256];
    struct relay_record in[2] = {
        {.type = RELAY_STATE,
         .track = 5,
         .as.state = {2, {{true, true, 600000, 1ull << 40, 90000, 1234}, {.bps = 7}}}},
        {.type = RELAY_ASK, .track = 6, .as.ask = {5, 4, 3, true}}};
    size_t len = message_write(m, sizeof m, in, 2);
    struct relay_walk w;
    struct relay_record out;
    relay_walk_init(&w, span_of(m, len));
    assert_true(relay_next(&w, &out));
    assert_int_equal(out.type, RELAY_STATE);
    assert_int_equal(out.as.state.encodings, 2);
    const struct relay_encoding *e = out.as.state.encoding;
    assert_true(e[0].active && e[0].clock_known && e[0].bps == 600000 && e[0].ntp == 1ull << 40 &&
                e[0].ts == 90000 && e[0].age_us == 1234);
    assert_true(!e[1].active && !e[1].clock_known && e[1].bps == 7);
    assert_true(relay_next(&w, &out));
    assert_int_equal(out.type, RELAY_ASK);
    assert_true(out.as.ask.wanted == 5 && out.as.ask.keyframes == 4 && out.as.ask.level == 3 &&
                out.as.ask.tell);
    assert_false(relay_next(&w, &out));
    assert_int_equal(w.fault, RELAY_OK);
}

static void batches_of_several_meetings_share_a_message(void **state)
{
    (void)state;
    uint8_t m[512];
    struct relay_record in = packet_record();
    size_t len = message_write(m, sizeof m, &in, 1);
    len += message_write(m + len, sizeof m - len, &in, 1);
    m[len / 2 + 11] = 78; /* the second one's meeting */
    struct relay_walk w;
    struct relay_record out;
    relay_walk_init(&w, span_of(m, len));
    assert_true(relay_next(&w, &out));
    assert_int_equal(w.batch.meeting, 77);
    assert_true(relay_next(&w, &out));
    assert_int_equal(w.batch.meeting, 78);
    assert_false(relay_next(&w, &out));
    assert_int_equal(w.fault, RELAY_OK);
}

/* Every cut is a fault but the empty one, and never reads past the end (valgrind, ASan). */
static void every_cut_is_refused(void **state)
{
    (void)state;
    uint8_t m[256];
    struct relay_record in = packet_record();
    uint32_t n;
    size_t len = message_write(m, sizeof m, &in, 1);
    assert_int_equal(fault_of(m, 0, &n), RELAY_OK);
    for (size_t cut = 1; cut < len; cut++) {
        assert_int_equal(fault_of(m, cut, &n), RELAY_SHORT);
        assert_int_equal(n, 0);
    }
}

static void each_field_out_of_range_has_its_reason(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        enum relay_fault fault;
    } wrong[] = {
        {0, 2, RELAY_NO_VERSION},
        {1, 1, RELAY_RESERVED},
        {3, 0, RELAY_LENGTH},  /* a batch without records, */
        {3, 2, RELAY_LENGTH},  /* with more than it has room for, */
        {7, 71, RELAY_LENGTH}, /* that ends inside its record, */
        {7, 73, RELAY_SHORT},  /* longer than the message */
        {31, 1, RELAY_RESERVED},
        {32, 0, RELAY_NO_TYPE},
        {32, RELAY_TYPE_END_, RELAY_NO_TYPE},
        {33, LIMIT_TRACK_ENCODINGS, RELAY_RANGE},
        {34, 0x80, RELAY_RESERVED},
        {35, LIMIT_VOICE_SLOTS + 1, RELAY_RANGE},
        {40, 0x80, RELAY_RANGE}, /* a negative number */
        {41, 0x01, RELAY_RANGE}, /* and one beyond RELAY_SEQ_MAX */
        {53, 9, RELAY_LENGTH},   /* a body longer than the batch, */
        {53, 7, RELAY_LENGTH},   /* shorter */
        {54, 128, RELAY_RANGE},
        {55, 9, RELAY_LENGTH},
        {57, 1, RELAY_RESERVED},
        {63, 1, RELAY_RESERVED},
        {32, RELAY_STATE, RELAY_LENGTH},
        {32, RELAY_ASK, RELAY_LENGTH},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t m[256];
        struct relay_record in = packet_record();
        uint32_t n;
        size_t len = message_write(m, sizeof m, &in, 1);
        m[wrong[i].at] = wrong[i].value;
        enum relay_fault f = fault_of(m, len, &n);
        if (f != wrong[i].fault)
            fail_msg("byte %zu = %u: %s", wrong[i].at, wrong[i].value, relay_fault_name(f));
    }
}

static void what_stood_before_a_fault_is_whole(void **state)
{
    (void)state;
    uint8_t m[512];
    struct relay_record in[2] = {packet_record(), packet_record()};
    uint32_t n;
    size_t len = message_write(m, sizeof m, in, 2);
    m[32 + 40] = 9; /* the second one's type */
    assert_int_equal(fault_of(m, len, &n), RELAY_NO_TYPE);
    assert_int_equal(n, 1);
}

static void a_payload_too_long_is_refused(void **state)
{
    (void)state;
    static uint8_t long_one[LIMIT_RTP_PACKET + 1], m[4096];
    struct relay_record in = packet_record();
    uint32_t n;
    in.as.packet.payload = span_of(long_one, sizeof long_one);
    size_t len = message_write(m, sizeof m, &in, 1);
    assert_int_equal(fault_of(m, len, &n), RELAY_LENGTH);
    in.as.packet.payload = span_of(long_one, LIMIT_RTP_PACKET);
    len = message_write(m, sizeof m, &in, 1);
    assert_int_equal(fault_of(m, len, &n), RELAY_OK);
}

/* Whatever is flipped, the walk ends, and what it gives is inside the message and its ranges. */
static void no_change_of_bytes_leads_outside(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int round = 0; round < 200000; round++) {
        uint8_t m[512];
        struct relay_record in[2] = {packet_record(), {.type = RELAY_ASK, .track = 1}};
        size_t len = message_write(m, sizeof m, in, 2);
        for (int k = 0; k < 3; k++) {
            uint64_t r = seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            m[(r >> 33) % len] = (uint8_t)(r >> 20);
        }
        struct relay_walk w;
        struct relay_record out;
        relay_walk_init(&w, span_of(m, len));
        while (relay_next(&w, &out)) {
            if (out.type != RELAY_PACKET)
                continue;
            const struct relay_packet *p = &out.as.packet;
            assert_true(p->encoding < LIMIT_TRACK_ENCODINGS && p->level <= 127 && p->seq >= 0);
            assert_true(p->payload.len == 0 || (p->payload.ptr >= m + 2 * RELAY_HEAD &&
                                                p->payload.ptr + p->payload.len <= m + len));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_comes_back_as_it_was),
        cmocka_unit_test(state_and_wishes_come_back_as_they_were),
        cmocka_unit_test(batches_of_several_meetings_share_a_message),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(each_field_out_of_range_has_its_reason),
        cmocka_unit_test(what_stood_before_a_fault_is_whole),
        cmocka_unit_test(a_payload_too_long_is_refused),
        cmocka_unit_test(no_change_of_bytes_leads_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
