/* Facts about sfu/crossing: over a path that loses, mixes up and repeats datagrams every batch
 * arrives once; and the fence holds with either of its two checks alone. Virtual time. */
#include "proto/cm.h"

#include "base/bug.h"
#include "crypt/crypt.h"
#include "sfu/crossing.h"

enum { HOME = 1, AWAY = 2, CN = 3, MEETING = 77, FLIGHT = 4096, BATCHES = 4000 };
#define ZONE(z) ((uint64_t)1 << (z))
#define OPEN (ZONE(HOME) | ZONE(AWAY))
#define FOREVER (3600 * US_PER_S)

struct flight {
    instant_us at; /* INSTANT_NEVER: free */
    int to;
    size_t len;
    uint8_t bytes[BRIDGE_DATAGRAM_MAX];
};

static struct crossing side[2];
static struct passes grants[2];
static struct counters counters[2];
static struct flight flight[FLIGHT];
static uint32_t seen[BATCHES];
static uint64_t random_state, sent, delivered, lost, alarms, loss_percent;
static bool deaf; /* the path takes no ASK: nothing is repaired */
static struct crossing_alarm alarm;
static instant_us now;

static uint64_t draw(uint64_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

static void zones(uint8_t a, uint8_t b, bool fenced)
{
    static const uint8_t secret[BRIDGE_SECRET] = {4};
    struct bridge_setup keys[2] = {{secret, true, 1, 2}, {secret, false, 2, 1}};
    for (int i = 0; i < 2; i++) {
        struct crossing_config config = {&grants[i], &counters[i], i == 0 ? a : b, i == 0 ? b : a,
                                         i == 0 && fenced};
        crossing_close(&side[i]);
        assert_int_equal(crossing_open(&side[i], &config, &keys[i], now), ERR_OK);
    }
}

static void grant(int who, uint32_t epoch, uint64_t set, instant_us until)
{
    passes_drop(&grants[who], MEETING);
    assert_true(passes_set(&grants[who], &(struct pass){MEETING, epoch, set, until}));
}

static int setup(void **state)
{
    (void)state;
    assert_int_equal(crypt_init(), ERR_OK);
    memset(counters, 0, sizeof counters);
    memset(seen, 0, sizeof seen);
    random_state = 13;
    now = US_PER_S;
    sent = delivered = lost = alarms = loss_percent = 0;
    deaf = false;
    for (int i = 0; i < FLIGHT; i++)
        flight[i].at = INSTANT_NEVER;
    for (int i = 0; i < 2; i++) {
        passes_init(&grants[i], 5);
        grant(i, 1, OPEN, FOREVER);
    }
    zones(HOME, AWAY, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    crossing_close(&side[0]);
    crossing_close(&side[1]);
    crypt_fini();
    return 0;
}

static void path_put(int to, struct span d)
{
    sent++;
    if (draw(100) < loss_percent || (deaf && to == 0))
        return;
    for (int copies = draw(50) == 0 ? 2 : 1; copies > 0; copies--) {
        int i = 0;
        while (i < FLIGHT && flight[i].at != INSTANT_NEVER)
            i++;
        assert_true(i < FLIGHT);
        flight[i].at = now + 20 * US_PER_MS + (instant_us)draw(5000);
        flight[i].to = to;
        flight[i].len = d.len;
        memcpy(flight[i].bytes, d.ptr, d.len);
    }
}

/* Every payload begins with its number and is filled with its low byte. */
static void delivery(struct span message)
{
    struct relay_walk w;
    struct relay_record r;
    relay_walk_init(&w, message);
    while (relay_next(&w, &r)) {
        struct span p = r.as.packet.payload;
        struct reader in = reader_of(p);
        uint32_t n = reader_u32(&in);
        assert_true(n < BATCHES);
        for (size_t i = 4; i < p.len; i++)
            assert_int_equal(p.ptr[i], (uint8_t)n);
        seen[n]++;
        delivered++;
    }
    assert_int_equal(w.fault, RELAY_OK);
}

static void drain(int who)
{
    struct crossing_effect e;
    while (crossing_poll(&side[who], &e, now)) {
        if (e.type == CROSSING_SEND)
            path_put(1 - who, e.bytes);
        else if (e.type == CROSSING_DELIVER)
            delivery(e.bytes);
        else if (e.type == CROSSING_LOST)
            lost += e.count;
        else {
            alarm = e.alarm;
            alarms += e.alarm.batches;
        }
    }
}

static void give(int who, struct crossing_input in)
{
    crossing_input(&side[who], &in, now);
    drain(who);
}

/* Lets time pass until then, step by step from one thing that is due to the next. */
static void pass(instant_us until)
{
    for (;;) {
        instant_us next = instant_min(crossing_deadline(&side[0]), crossing_deadline(&side[1]));
        int first = -1;
        for (int i = 0; i < FLIGHT; i++)
            if (flight[i].at < next) {
                next = flight[i].at;
                first = i;
            }
        if (next > until)
            break;
        now = next > now ? next : now;
        if (first >= 0) {
            struct flight *f = &flight[first];
            f->at = INSTANT_NEVER;
            give(f->to, (struct crossing_input){
                            .type = CROSSING_DATAGRAM, .bytes = f->bytes, .len = f->len});
        } else {
            give(0, (struct crossing_input){.type = CROSSING_TICK});
            give(1, (struct crossing_input){.type = CROSSING_TICK});
        }
    }
    now = until;
}

/* A message of one batch with `records` packets of that many bytes, numbered from `n` on. */
static size_t message_of(uint8_t *out, uint32_t n, uint32_t records, size_t len, uint64_t zones_of)
{
    uint8_t payload[LIMIT_RTP_PACKET];
    struct writer w = writer_of(out, RELAY_MESSAGE_MAX);
    struct relay_batch b = {.meeting = MEETING, .epoch = 1, .zones = zones_of};
    relay_write_batch(&w, &b, records, (uint32_t)(RELAY_HEAD + records * (RELAY_HEAD + len)));
    for (uint32_t i = 0; i < records; i++, n++) {
        memset(payload, (int)(n & 0xff), len);
        struct writer p = writer_of(payload, 4);
        writer_u32(&p, n);
        struct relay_record r = {.type = RELAY_PACKET,
                                 .track = 1,
                                 .as.packet = {.seq = n, .payload = span_of(payload, len)}};
        relay_write(&w, &r);
    }
    assert_true(writer_ok(&w));
    return writer_len(&w);
}

static void send_numbers(uint32_t n, uint32_t records, size_t len, bool relayed)
{
    static uint8_t m[RELAY_MESSAGE_MAX];
    size_t bytes = message_of(m, n, records, len, OPEN);
    give(0, (struct crossing_input){
                .type = CROSSING_MESSAGE, .message = span_of(m, bytes), .relayed = relayed});
}

static uint64_t dropped(int who, enum sfu_drop why)
{
    return counters[who].value[(size_t)COUNTER_DROP_NONE + (size_t)why];
}

/* --- the path --------------------------------------------------------------------------------- */

static void batches_are_cut_and_large_packets_go_in_two(void **state)
{
    (void)state;
    send_numbers(0, 30, 100, false); /* 8 of 132 bytes a datagram */
    assert_int_equal(sent, 4);
    send_numbers(30, 3, LIMIT_RTP_PACKET, false);
    assert_int_equal(sent, 10);
    pass(now + US_PER_S);
    for (uint32_t n = 0; n < 33; n++)
        assert_int_equal(seen[n], 1);
    assert_int_equal(lost, 0);
}

/* 4,000 packets, one each 5 ms, sound's size and now and then one of full size. */
static void talk(void)
{
    for (uint32_t n = 0; n < BATCHES; n++) {
        send_numbers(n, 1, n % 10 == 0 ? LIMIT_RTP_PACKET : 120, false);
        pass(now + 5 * US_PER_MS);
    }
    pass(now + 3 * US_PER_S);
}

static void nothing_is_lost_of_five_percent(void **state)
{
    (void)state;
    loss_percent = 5;
    talk();
    for (uint32_t n = 0; n < BATCHES; n++)
        assert_int_equal(seen[n], 1);
    assert_int_equal(lost, 0);
    assert_true(dropped(1, SFU_DROP_REPLAY) > 0); /* the path repeats datagrams */
    assert_true(side[1].in.round_trip >= 40 * US_PER_MS);
    assert_true(sent < BATCHES * 13 / 10);
}

/* The same without a way back: what the test above counts is there to be counted, and it is told.
 */
static void without_a_way_back_losses_are_told(void **state)
{
    (void)state;
    loss_percent = 5;
    deaf = true;
    talk();
    assert_true(lost > BATCHES / 40);
    assert_true(delivered < BATCHES);
    assert_int_equal(side[1].in.gaps, 0);
    assert_int_equal(crossing_deadline(&side[1]), INSTANT_NEVER);
}

/* The last of a run is missed by what comes after it: AT says where the sequence stands. */
static void the_last_one_is_repaired_too(void **state)
{
    (void)state;
    send_numbers(0, 1, 100, false);
    loss_percent = 100;
    send_numbers(1, 1, 100, false);
    loss_percent = 0;
    pass(now + US_PER_S);
    assert_int_equal(seen[1], 1);
}

static void strangers_get_no_answer(void **state)
{
    (void)state;
    uint8_t d[BRIDGE_DATAGRAM_MAX];
    for (int i = 0; i < 2000; i++) {
        size_t len = 1 + draw(sizeof d);
        for (size_t at = 0; at < len; at++)
            d[at] = (uint8_t)draw(256);
        if (i % 2 == 0) /* a head that is right */
            memcpy(d, (uint8_t[16]){1, 0, 0, 0, 0, 0, 0, 2}, len < 16 ? len : 16);
        give(1, (struct crossing_input){.type = CROSSING_DATAGRAM, .bytes = d, .len = len});
    }
    assert_int_equal(sent, 0);
    assert_int_equal(dropped(1, SFU_DROP_RELAY_AUTH), 2000);
    assert_int_equal(crossing_deadline(&side[1]), INSTANT_NEVER);
}

/* A peer that jumps far ahead costs a bounded note, and is heard again. */
static void a_jump_is_bounded(void **state)
{
    (void)state;
    side[0].out.next = 1000000;
    send_numbers(0, 1, 100, false);
    pass(now + 3 * US_PER_S);
    assert_int_equal(seen[0], 1);
    assert_int_equal(lost, 1000000);
}

/* --- the fence -------------------------------------------------------------------------------- */

/* A sender whose own check is gone: it seals whatever it likes. */
static void send_unchecked(uint64_t zones_of, uint32_t n)
{
    static uint8_t m[RELAY_MESSAGE_MAX];
    size_t bytes = message_of(m, n, 1, 100, zones_of);
    struct bridge_text t = {BRIDGE_WHOLE, false, n, span_of(m, bytes)};
    struct crossing_input in = {.type = CROSSING_DATAGRAM};
    uint8_t d[BRIDGE_DATAGRAM_MAX];
    struct writer w = writer_of(d, sizeof d);
    assert_int_equal(bridge_seal(&side[0].link, &t, now, &w), ERR_OK);
    in.bytes = d;
    in.len = writer_len(&w);
    give(1, in);
}

static void egress_alone_lets_nothing_out(void **state)
{
    (void)state;
    grant(0, 1, ZONE(HOME), FOREVER); /* the other zone is not allowed */
    send_numbers(0, 3, 100, false);
    grant(0, 2, OPEN, FOREVER); /* the batch is of epoch 1 */
    send_numbers(0, 3, 100, false);
    grant(0, 1, OPEN, now); /* run out */
    send_numbers(0, 3, 100, false);
    passes_drop(&grants[0], MEETING);
    send_numbers(0, 3, 100, false);
    grant(0, 1, OPEN, FOREVER);
    zones(HOME, CN, false); /* the batch does not allow it */
    send_numbers(0, 3, 100, false);
    assert_int_equal(sent, 0);
    assert_int_equal(dropped(0, SFU_DROP_RELAY_EGRESS), 5);
    pass(now + 2 * CROSSING_ALARM_US);
    assert_int_equal(alarms, 2); /* the crossing of the four before was closed */
    assert_true(alarm.leaving && alarm.meeting == MEETING && alarm.why == PASSAGE_ZONE);
}

static void ingress_alone_lets_nothing_in(void **state)
{
    (void)state;
    send_unchecked(OPEN, 0);
    assert_int_equal(delivered, 1); /* it would come in */
    send_unchecked(ZONE(HOME), 1);  /* not ours, says the batch */
    send_unchecked(ZONE(AWAY), 2);  /* nor the sender's */
    grant(1, 1, ZONE(HOME), FOREVER);
    send_unchecked(UINT64_MAX, 3); /* not ours, say we */
    grant(1, 1, ZONE(AWAY), FOREVER);
    send_unchecked(UINT64_MAX, 4); /* the sender's is not allowed */
    grant(1, 2, OPEN, FOREVER);
    send_unchecked(OPEN, 5); /* of an epoch that is over */
    grant(1, 1, OPEN, now);
    send_unchecked(OPEN, 6); /* our lease has run out */
    passes_drop(&grants[1], MEETING);
    send_unchecked(OPEN, 7);
    assert_int_equal(delivered, 1);
    assert_int_equal(dropped(1, SFU_DROP_RELAY_INGRESS), 7);
    pass(now + 2 * CROSSING_ALARM_US);
    assert_int_equal(alarms, 7);
    assert_true(!alarm.leaving && alarm.why == PASSAGE_NO_GRANT);
}

/* What was kept before a withdrawal is judged anew when it is asked for. */
static void a_withdrawn_zone_gets_nothing_again(void **state)
{
    (void)state;
    loss_percent = 100;
    send_numbers(0, 1, 100, false);
    loss_percent = 0;
    grant(0, 2, ZONE(HOME), FOREVER);
    pass(now + 3 * US_PER_S);
    assert_int_equal(delivered, 0);
    assert_int_equal(dropped(0, SFU_DROP_RELAY_EGRESS), 1);
    assert_int_equal(lost, 1);
}

static void a_fenced_zone_is_no_transit(void **state)
{
    (void)state;
    zones(HOME, AWAY, true);
    send_numbers(0, 3, 100, true);
    assert_int_equal(sent, 0);
    send_numbers(0, 3, 100, false); /* its own people's packets go */
    assert_int_equal(sent, 1);
    zones(HOME, AWAY, false);
    send_numbers(0, 3, 100, true);
    assert_int_equal(sent, 2);
}

static void a_grant_goes_forward_only(void **state)
{
    (void)state;
    struct pass g = {MEETING, 5, OPEN, 100};
    assert_true(passes_set(&grants[0], &g));
    g.epoch = 4;
    assert_false(passes_set(&grants[0], &g));
    g = (struct pass){MEETING, 5, ZONE(HOME) | ZONE(CN), 90};
    assert_true(passes_set(&grants[0], &g));
    const struct pass *now_is = passes_find(&grants[0], MEETING);
    assert_true(now_is->zones == ZONE(HOME) && now_is->until == 100 && now_is->epoch == 5);
    for (uint32_t m = 1000; m < 1000 + LIMIT_ROOMS - 1; m++)
        assert_true(passes_set(&grants[0], &(struct pass){m, 1, OPEN, 1}));
    assert_false(passes_set(&grants[0], &(struct pass){9, 1, OPEN, 1}));
    passes_drop(&grants[0], MEETING);
    assert_null(passes_find(&grants[0], MEETING));
    for (uint32_t m = 1000; m < 1000 + LIMIT_ROOMS - 1; m++)
        assert_int_equal(passes_find(&grants[0], m)->meeting, m);
    for (int p = 0; p < PASSAGE_COUNT_; p++)
        assert_string_not_equal(passage_name((enum passage)p), "unknown");
}

/* Both checks over every set of four zones, both ends, beside the law in one line. */
static void both_checks_keep_the_law(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 16 * 16 * 16 * 2; i++) {
        uint8_t from = i & 3, to = i >> 2 & 3;
        uint64_t said = i >> 4 & 15, known = i >> 8 & 15;
        bool stale = i >> 12 & 1;
        struct pass g = {MEETING, 5, known, 100};
        struct relay_batch b = {.meeting = MEETING, .epoch = stale ? 4 : 5, .zones = said};
        bool law = !stale && (said & known & ZONE(from)) && (said & known & ZONE(to));
        struct egress_way way = {.own = from, .to = to};
        struct ingress_gate gate = {.here = to, .from = from};
        assert_int_equal(egress_judge(&g, &way, &b, 99) == PASSAGE_OPEN, law);
        assert_int_equal(ingress_judge(&gate, &g, &b, 99) == PASSAGE_OPEN, law);
        assert_int_not_equal(egress_judge(&g, &way, &b, 100), PASSAGE_OPEN);
        assert_int_not_equal(ingress_judge(&gate, &g, &b, 100), PASSAGE_OPEN);
    }
    struct pass all = {MEETING, 0, UINT64_MAX, 100};
    struct relay_batch b = {.meeting = MEETING, .zones = UINT64_MAX};
    for (unsigned z = 64; z < 256; z++) {
        struct egress_way way = {.own = 0, .to = (uint8_t)z};
        struct ingress_gate gate = {.here = (uint8_t)z, .from = 0};
        assert_int_equal(egress_judge(&all, &way, &b, 0), PASSAGE_ZONE);
        assert_int_equal(ingress_judge(&gate, &all, &b, 0), PASSAGE_ZONE);
    }
}

#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(batches_are_cut_and_large_packets_go_in_two),
        FACT(nothing_is_lost_of_five_percent),
        FACT(without_a_way_back_losses_are_told),
        FACT(the_last_one_is_repaired_too),
        FACT(strangers_get_no_answer),
        FACT(a_jump_is_bounded),
        FACT(egress_alone_lets_nothing_out),
        FACT(ingress_alone_lets_nothing_in),
        FACT(a_withdrawn_zone_gets_nothing_again),
        FACT(a_fenced_zone_is_no_transit),
        FACT(a_grant_goes_forward_only),
        FACT(both_checks_keep_the_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
