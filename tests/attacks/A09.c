/* A09: a member of the meeting sends RTP with another member's SSRC, MID, RID or audio level inside
 * its own SRTP session, and 65 000 new SSRCs. Expected: dropped unless the SSRC is bound to the
 * sender; at most 8 SSRCs a participant; memory stays flat. */
#include "rig/honest.h"

static uint8_t evil[80];

/* One packet of mallory's session with these marks. */
static void forge(struct rig_peer *mallory, const struct rig_track *as,
                  const struct rig_encoding *e)
{
    struct rig_packet k;
    struct rig_track track = *as;
    struct rig_encoding enc = *e;
    struct rig_packet_options o = {&mallory->send, &track, &enc, span_of(evil, 80), false};
    rig_packet_write(&k, &o);
    rig_packet_send(&mallory->send, &k, 0);
}

static void steal_names(struct honest *h, struct rig_peer *mallory)
{
    struct rig_track *own = &mallory->track[0];
    for (int i = 0; i < 200; i++) {
        for (int v = 0; v < 2; v++) {
            struct rig_track *t = &h->ana->track[v];
            struct rig_encoding e = t->encoding[v ? 2 : 0];
            e.seq = (uint16_t)(e.seq + 3 + i);
            forge(mallory, t, &e); /* SSRC, MID and RID of Ana */
            struct rig_encoding mine = own->encoding[0];
            mine.ssrc = e.ssrc;
            mine.seq = (uint16_t)i;
            forge(mallory, own, &mine); /* Ana's SSRC under the own MID */
        }
        if (i % 10 == 0)
            rig_run(&h->rig, 5);
    }
    rig_run(&h->rig, 200);
}

/* The own SSRC, but the MID of another own track: the audio would come out as the video. */
static void wrong_mid(struct honest *h, struct rig_peer *mallory)
{
    struct rig_track other = mallory->track[0];
    snprintf(other.mid, sizeof(other.mid), "%s", mallory->track[1].mid);
    for (int i = 0; i < 50; i++) {
        struct rig_encoding e = mallory->track[0].encoding[0];
        e.seq = (uint16_t)(e.seq + 20 + i);
        forge(mallory, &other, &e);
        rig_run(&h->rig, 2);
    }
    rig_run(&h->rig, 100);
}

static void many_ssrcs(struct honest *h, struct rig_peer *mallory)
{
    rig_run(&h->rig, 300);
    long before = rig_memory_kib(&h->rig);
    for (uint32_t i = 0; i < 65000; i++) {
        struct rig_encoding e = mallory->track[0].encoding[0];
        e.ssrc = 0x10000000 + i;
        e.seq = (uint16_t)i;
        if (i % 3 == 0)
            forge(mallory, &mallory->track[1], &e);
        else
            forge(mallory, &mallory->track[0], &e);
        if (i % 60 == 0)
            rig_run(&h->rig, 1);
    }
    rig_run(&h->rig, 300);
    long after = rig_memory_kib(&h->rig);
    printf("      memory before %ld KiB, after 65 000 SSRCs %ld KiB\n", before, after);
    CHECK(after - before < 4096, "memory stays flat under 65 000 new SSRCs");
}

int main(void)
{
    struct honest h;
    memcpy(evil, RIG_EVIL, 8);
    honest_open(&h);
    struct rig_peer *mallory = honest_guest(&h);
    NEED(rig_publish_audio(mallory) && rig_publish_video(mallory, 1), "Mallory publishes");
    RIG_WAIT(&h.rig, 3000, rig_subscribe_all(h.ben) == 0 && rig_sub_of(h.ben, mallory, true));
    CHECK(RIG_WAIT(&h.rig, 3000, rig_sub_of(h.ben, mallory, false)->packets > 20),
          "Mallory's own audio is heard");
    steal_names(&h, mallory);
    CHECK(h.ben->recv.evil == 0, "nothing under Ana's SSRC, MID or RID was forwarded");
    CHECK(rig_sub_of(h.ben, h.ana, false)->wrong == 0, "Ana's audio is Ana's alone");
    CHECK(rig_sub_of(h.ben, h.ana, true)->wrong == 0, "Ana's video is Ana's alone");
    wrong_mid(&h, mallory);
    CHECK(h.ben->recv.evil == 0, "nothing under a MID that is not the SSRC's own was forwarded");
    many_ssrcs(&h, mallory);
    CHECK(h.ben->recv.evil == 0, "none of the new SSRCs was forwarded");
    rig_leave(mallory, false);
    honest_close(&h);
    return 0;
}
