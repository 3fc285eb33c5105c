/* Sound through the real core over lines that lose datagrams both ways, requests included: what is
 * missing at the ear with and without repairs. Each line takes 20 ms, so a lost piece can be asked
 * for again twice before it is passed over. */
#include "client/line.h"

#include "client/queue.h"
#include "proto/red.h"

enum { PIECE = 960, PIECES = 3000, PIECE_BYTES = 3 };

static struct line line;
static uint32_t loss_seed, loss_below; /* of 65536 */
static uint32_t began;                 /* RTP time of piece 0 as it arrives */

static bool lose_some(struct line *l, const struct line_flying *f)
{
    (void)l;
    (void)f;
    loss_seed = loss_seed * 1664525u + 1013904223u;
    return loss_seed >> 16 < loss_below;
}

struct trial {
    bool asks, redundant;
    unsigned percent; /* that each line loses */
};

static void say(int talks, int track, const struct trial *t)
{
    static struct red_memory memory;
    red_forget(&memory);
    for (uint32_t n = 0; n < PIECES; n++) {
        uint8_t bytes[64], piece[PIECE_BYTES] = {7, (uint8_t)(n >> 8), (uint8_t)n};
        struct writer w = writer_of(bytes, sizeof bytes);
        if (!t->redundant)
            red_forget(&memory);
        red_write(&w, &memory, n * PIECE, span_of(piece, sizeof piece), RED_EARLIER);
        line_send(&line, talks,
                  &(struct client_send){.track = track,
                                        .ts = n * PIECE,
                                        .level = 30,
                                        .voice = true,
                                        .bytes = writer_span(&w)});
        line_advance(&line, 20 * US_PER_MS);
    }
}

/* Each piece that comes out of the queue, in order and once. */
static void hear_out(struct queue *q, instant_us now, bool forced, uint32_t *heard, int *last)
{
    struct queue_piece p;
    while (queue_next(q, now, forced, &p)) {
        int n = p.bytes.ptr[1] << 8 | p.bytes.ptr[2];
        began = *last < 0 ? p.ts - (uint32_t)n * PIECE : began;
        assert_int_equal(p.ts - began, (uint32_t)n * PIECE);
        assert_true(n > *last);
        *last = n;
        ++*heard;
    }
}

static uint32_t hear(const struct line_end *end)
{
    static struct queue q;
    uint32_t heard = 0;
    int last = -1;
    q = (struct queue){.started = false};
    for (uint32_t i = 0; i < end->got_count; i++) {
        const struct client_packet *p = &end->got[i];
        struct red red;
        if (p->duplicate)
            continue;
        assert_true(red_parse(&red, span_of(end->first[i], p->payload.len)));
        for (uint8_t k = 0; k < red.count; k++) {
            struct queue_piece piece = {.seq = (uint16_t)(p->seq - (red.count - 1 - k)),
                                        .ts = p->ts - red.block[k].back,
                                        .at = p->at,
                                        .bytes = red.block[k].bytes};
            if (!queue_put(&q, &piece)) {
                hear_out(&q, p->at, true, &heard, &last);
                (void)queue_put(&q, &piece);
            }
        }
        hear_out(&q, p->at, false, &heard, &last);
    }
    return heard;
}

/* How many of 10,000 pieces are missing in the end. */
static uint32_t missing(const struct trial *t)
{
    struct client_config talker = {.tracks = 1, .history = t->asks ? 256 : 0};
    struct client_config hearer = {.streams = 1, .repair = t->asks};
    line_open(&line, NULL);
    line.delay = 20 * US_PER_MS;
    loss_seed = 1;
    int talks = line_join(&line, 1, &talker), hears = line_join(&line, 2, &hearer);
    int track = line_publish(&line, talks, 5, IPC_AUDIO, 1);
    (void)line_subscribe(&line, hears, 5, 40, IPC_AUDIO);
    loss_below = t->percent * 65536 / 100;
    line.lose = lose_some;
    say(talks, track, t);
    line.lose = NULL;
    line_advance(&line, US_PER_S);
    uint32_t heard = hear(&line.end[hears]);
    line_close(&line);
    uint32_t lost = (PIECES - heard) * 10000 / PIECES;
    print_message("%u %% lost on each line%s%s: %u.%02u %% missing\n", t->percent,
                  t->asks ? ", asked for again" : "", t->redundant ? ", redundant" : "", lost / 100,
                  lost % 100);
    return lost;
}

static void without_repairs_both_lines_losses_are_heard(void **state)
{
    (void)state;
    assert_in_range(missing(&(struct trial){.percent = 10}), 1700, 2100); /* 19 % */
    assert_in_range(missing(&(struct trial){.percent = 30}), 4800, 5400); /* 51 % */
}

static void asking_again_and_redundancy_each_take_most_of_it(void **state)
{
    (void)state;
    assert_in_range(missing(&(struct trial){.percent = 10, .asks = true}), 0, 200);
    assert_in_range(missing(&(struct trial){.percent = 10, .redundant = true}), 0, 150);
}

static void both_leave_hardly_anything_to_be_missed(void **state)
{
    (void)state;
    assert_in_range(missing(&(struct trial){.percent = 10, .asks = true, .redundant = true}), 0, 5);
    assert_in_range(missing(&(struct trial){.percent = 30, .asks = true, .redundant = true}), 0,
                    100);
}

/* One packet on its way down, and each time that it is repeated. */
static bool lose_the_first_and_its_repeats(struct line *l, const struct line_flying *f)
{
    bool rtp = demux_classify(span_of(f->bytes, f->len)) == DEMUX_RTP;
    bool rtx = (f->bytes[1] & 0x7f) == LINE_OPUS_RTX;
    return !f->up && rtp && (rtx || l->lost == 0);
}

static void what_does_not_come_is_asked_for_twice_and_let_go(void **state)
{
    (void)state;
    struct client_config talker = {.tracks = 1}, hearer = {.streams = 1, .repair = true};
    line_open(&line, NULL);
    line.delay = 20 * US_PER_MS;
    int talks = line_join(&line, 1, &talker), hears = line_join(&line, 2, &hearer);
    int track = line_publish(&line, talks, 5, IPC_AUDIO, 1);
    (void)line_subscribe(&line, hears, 5, 40, IPC_AUDIO);
    for (uint32_t n = 0; n < 50; n++) {
        if (n == 10) /* asked for from then on */
            line.lose = lose_the_first_and_its_repeats;
        line_send(&line, talks,
                  &(struct client_send){
                      .track = track, .ts = n * PIECE, .level = 30, .bytes = span_of("sound", 5)});
        line_advance(&line, 20 * US_PER_MS);
    }
    line_advance(&line, US_PER_S);
    assert_int_equal(line.end[hears].got_count, 49);
    assert_int_equal(client_stats(line.end[hears].client).nacks, 2);
    line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(without_repairs_both_lines_losses_are_heard),
        FACT(asking_again_and_redundancy_each_take_most_of_it),
        FACT(both_leave_hardly_anything_to_be_missed),
        FACT(what_does_not_come_is_asked_for_twice_and_let_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
