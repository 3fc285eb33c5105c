/* A12: RTCP whose lengths lie, NACK for everything, PLI and FIR 10 000 a second, transport-wide
 * feedback claiming 65 535 packets, REMB of 0 and 2^63. Expected: at most two key frames a second
 * asked of the publisher; no more retransmitted than was sent; nothing else happens. */
#include "rig/honest.h"

#include "base/writer.h"

static struct rig_peer *mallory;
static struct rig_sub *video; /* of Ana, as Mallory gets it */

static void send_words(const uint32_t *word, size_t count, size_t bytes)
{
    uint8_t buf[1400] = {0};
    struct writer w = writer_of(buf, sizeof(buf));
    for (size_t i = 0; i < count; i++)
        writer_u32(&w, word[i]);
    rig_rtcp_send(&mallory->recv, span_of(buf, bytes ? bytes : 4 * count));
}

static void lies(struct honest *h)
{
    uint32_t s = video->ssrc;
    const uint32_t bye_reason[] = {0x81cb0002, s, 0xff616161};
    const uint32_t bye_count[] = {0x9fcb0001, s};
    const uint32_t long_compound[] = {0x80c90001, 1, 0x80c9ffff, 1};
    const uint32_t report_count[] = {0x9fc90001, 1};
    const uint32_t sdes_open[] = {0x81ca0002, 1, 0x01ff6161};
    const uint32_t twcc_all[] = {0x8fcd0005, 1, s, 0x0000ffff, 0x00000000, 0x3fff3fff};
    const uint32_t twcc_large[] = {0x8fcd0006, 1, s, 0x1000ffff, 1, 0x5fffdfff, 0xffff7fff};
    const uint32_t remb_zero[] = {0x8fce0005, 1, 0, 0x52454d42, 0x01000000, s};
    const uint32_t remb_huge[] = {0x8fce0005, 1, 0, 0x52454d42, 0x01ffffff, s};
    const uint32_t remb_count[] = {0x8fce0004, 1, 0, 0x52454d42, 0xff03ffff};
    const uint32_t fir_short[] = {0x84ce0002, 1, s};
    for (int i = 0; i < 50; i++) {
        send_words(bye_reason, 3, 0);
        send_words(bye_count, 2, 0);
        send_words(long_compound, 4, 0);
        send_words(report_count, 2, 0);
        send_words(sdes_open, 3, 0);
        send_words(twcc_all, 6, 0);
        send_words(twcc_large, 7, 0);
        send_words(remb_zero, 6, 0);
        send_words(remb_huge, 6, 0);
        send_words(remb_count, 5, 0);
        send_words(fir_short, 3, 0);
        send_words(report_count, 2, 9); /* not a multiple of four */
        rig_run(&h->rig, 4);
    }
}

static uint32_t key_frames_asked(const struct rig_peer *p)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < p->track[1].encodings; i++)
        n += p->track[1].encoding[i].plis + p->track[1].encoding[i].firs;
    return n;
}

/* 10 000 in a second, PLI and FIR in turns; what the publisher sees in the meantime. */
static void key_frame_storm(struct honest *h)
{
    uint32_t before = key_frames_asked(h->ana);
    instant_us start = rig_now();
    for (uint32_t i = 0; i < 10000; i++) {
        const uint32_t pli[] = {0x81ce0002, 1, video->ssrc};
        const uint32_t fir[] = {0x84ce0004, 1, 0, video->ssrc, i << 24};
        if (i & 1)
            send_words(fir, 5, 0);
        else
            send_words(pli, 3, 0);
        if (i % 20 == 0)
            rig_pump(&h->rig, -1, 0, start + (instant_us)i * 200);
    }
    rig_run(&h->rig, 200);
    double seconds = (double)(rig_now() - start) / 1e6;
    uint32_t asked = key_frames_asked(h->ana) - before;
    printf("      10 000 requests in %.1f s: %u reached the publisher\n", seconds, asked);
    CHECK(asked >= 1, "a key frame is asked of the publisher");
    CHECK(asked <= 2 * seconds * h->ana->track[1].encodings + 2,
          "at most two a second for each encoding");
}

static void ask_for_everything(struct honest *h, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        uint32_t nack[3 + 60] = {0x81cd0000u | (2 + 60), 1, video->ssrc};
        for (uint32_t k = 0; k < 60; k++)
            nack[3 + k] = ((uint32_t)(uint16_t)(video->seq - 17 * k) << 16) | 0xffff;
        for (int k = 0; k < 5; k++)
            send_words(nack, 63, 0);
        rig_run(&h->rig, 10);
    }
}

/* Asks for every packet again and again: what was saved up goes at once, then no more is sent again
 * than is sent. */
static void nack_storm(struct honest *h)
{
    uint64_t first = video->rtx, all = video->packets;
    ask_for_everything(h, 100);
    uint64_t rtx = video->rtx, sent = video->packets;
    printf("      at once: %llu sent again, of %llu ever sent\n", (unsigned long long)(rtx - first),
           (unsigned long long)all);
    CHECK(rtx > first, "a packet that was lost is sent again");
    CHECK(rtx <= sent, "never more than was ever sent");
    ask_for_everything(h, 200);
    rtx = video->rtx - rtx;
    sent = video->packets - sent;
    printf("      %llu packets sent meanwhile, %llu sent again\n", (unsigned long long)sent,
           (unsigned long long)rtx);
    CHECK(rtx <= sent + sent / 5 + 5, "no more is sent again than is sent");
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    mallory = honest_guest(&h);
    video = rig_sub_of(mallory, h.ana, true);
    NEED(RIG_WAIT(&h.rig, 5000, video->frames > 10), "Mallory sees Ana");
    lies(&h);
    CHECK(rig_alive(&h.rig), "lengths that lie are harmless");
    uint64_t frames = video->frames;
    CHECK(RIG_WAIT(&h.rig, 3000, video->frames > frames + 5), "Mallory still sees Ana");
    key_frame_storm(&h);
    nack_storm(&h);
    rig_leave(mallory, false);
    honest_close(&h);
    return 0;
}
