/* What the way between nodes costs a relayed packet, beside the plain channel's, in one run: the
 * two checks of the fence alone, cut + egress + seal, open + ingress. One thread, one meeting among
 * a thousand grants, batches of eight packets of 100 bytes or single ones of 1,080. */
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bug.h"
#include "crypt/crypt.h"
#include "sfu/crossing.h"

enum { ROUNDS = 60000, MEETING = 500 };

static struct crossing side[2];
static struct passes grants;
static struct counters counters;
static uint8_t message[RELAY_MESSAGE_MAX];
static uint8_t datagram[ROUNDS][BRIDGE_DATAGRAM_MAX];
static size_t datagram_len[ROUNDS];

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void row(const char *what, double from, double packets)
{
    printf("    %-28s %8.1f ns a packet\n", what, (seconds() - from) * 1e9 / packets);
}

static struct span message_of(uint32_t records, size_t len)
{
    static uint8_t payload[LIMIT_RTP_PACKET];
    struct writer w = writer_of(message, sizeof message);
    struct relay_batch b = {.meeting = MEETING, .zones = 6};
    relay_write_batch(&w, &b, records, (uint32_t)(RELAY_HEAD + records * (RELAY_HEAD + len)));
    for (uint32_t i = 0; i < records; i++) {
        struct relay_record r = {.type = RELAY_PACKET,
                                 .as.packet = {.seq = i, .payload = span_of(payload, len)}};
        relay_write(&w, &r);
    }
    return writer_span(&w);
}

static void bench_checks(void)
{
    struct relay_batch b = {.meeting = MEETING, .zones = 6};
    struct egress_way way = {.own = 1, .to = 2};
    struct ingress_gate gate = {.here = 2, .from = 1};
    uint32_t open = 0, calls = 20 * ROUNDS;
    const struct pass *known = passes_find(&grants, MEETING);
    double from = seconds();
    for (uint32_t i = 0; i < calls; i++)
        open += egress_judge(known, &way, &b, i) == PASSAGE_OPEN;
    row("egress", from, calls);
    from = seconds();
    for (uint32_t i = 0; i < calls; i++)
        open += ingress_judge(&gate, known, &b, i) == PASSAGE_OPEN;
    row("ingress", from, calls);
    from = seconds();
    for (uint32_t i = 0; i < calls; i++) {
        b.meeting = i % LIMIT_ROOMS;
        open += egress_judge(passes_find(&grants, b.meeting), &way, &b, i) == PASSAGE_OPEN;
    }
    row("egress, with its look-up", from, calls);
    from = seconds();
    for (uint32_t i = 0; i < calls; i++) {
        b.meeting = i % LIMIT_ROOMS;
        open += ingress_judge(&gate, passes_find(&grants, b.meeting), &b, i) == PASSAGE_OPEN;
    }
    row("ingress, with its look-up", from, calls);
    BUG_IF(open != 4 * calls);
}

static void bench_channel(struct span m, uint32_t records)
{
    static uint8_t in[RELAY_MESSAGE_MAX];
    int pair[2];
    BUG_IF(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) != 0);
    double from = seconds();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        BUG_IF(send(pair[0], m.ptr, m.len, 0) != (ssize_t)m.len);
        BUG_IF(recv(pair[1], in, sizeof in, 0) != (ssize_t)m.len);
    }
    row("channel, send and receive", from, (double)ROUNDS * records);
    close(pair[0]);
    close(pair[1]);
}

static void bench_crossing(struct span m, uint32_t records)
{
    struct crossing_effect e;
    instant_us now = 1;
    uint32_t delivered = 0;
    double from = seconds();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct crossing_input in = {.type = CROSSING_MESSAGE, .message = m};
        crossing_input(&side[0], &in, now);
        while (crossing_poll(&side[0], &e, now)) {
            memcpy(datagram[i], e.bytes.ptr, e.bytes.len);
            datagram_len[i] = e.bytes.len;
        }
    }
    row("cut, egress, keep, seal", from, (double)ROUNDS * records);
    from = seconds();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct crossing_input in = {
            .type = CROSSING_DATAGRAM, .bytes = datagram[i], .len = datagram_len[i]};
        crossing_input(&side[1], &in, now);
        while (crossing_poll(&side[1], &e, now))
            delivered += e.type == CROSSING_DELIVER;
    }
    row("open, ingress", from, (double)ROUNDS * records);
    BUG_IF(delivered != ROUNDS);
}

int main(void)
{
    static const uint8_t secret[BRIDGE_SECRET] = {1};
    BUG_IF(crypt_init() != ERR_OK);
    passes_init(&grants, 99);
    for (uint32_t m = 0; m < LIMIT_ROOMS; m++)
        BUG_IF(!passes_set(&grants, &(struct pass){m, 0, 6, INSTANT_NEVER}));
    for (int i = 0; i < 2; i++) {
        struct crossing_config config = {&grants, &counters, i == 0 ? 1 : 2, i == 0 ? 2 : 1, false};
        struct bridge_setup keys = {secret, i == 0, i == 0 ? 1 : 2, i == 0 ? 2 : 1};
        BUG_IF(crossing_open(&side[i], &config, &keys, 0) != ERR_OK);
    }
    printf("the checks alone\n");
    bench_checks();
    printf("8 packets of 100 bytes a datagram\n");
    bench_channel(message_of(8, 100), 8);
    bench_crossing(message_of(8, 100), 8);
    printf("one packet of 1,080 bytes a datagram\n");
    bench_channel(message_of(1, 1080), 1);
    bench_crossing(message_of(1, 1080), 1);
    return 0;
}
