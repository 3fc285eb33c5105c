/* A16: a participant publishes 4 000 audio packets a second, 50 Mb/s of video, and eight simulcast
 * layers. Expected: the layers are refused; of the rest a receiver gets what one participant may
 * publish and a burst, no more; others are unaffected. */
#include "rig/honest.h"

enum { FLOOD_MS = 4000, AUDIO_A_MS = 4, VIDEO_A_MS = 5, VIDEO_BYTES = 1150 };
/* What src/sfu/police.h lets through. */
enum { AUDIO_RATE = 200, AUDIO_BURST_S = 10, VIDEO_BPS = 20000000, VIDEO_BURST_S = 2 };
#define METRIC_POLICED "conclave_media_drop_policed_total"

static void eight_layers(struct rig_peer *p)
{
    json_t *list = json_array();
    for (int i = 0; i < 8; i++) {
        char rid[4];
        snprintf(rid, sizeof(rid), "r%d", i);
        json_array_append_new(list, json_pack("{s:s}", "rid", rid));
    }
    const char *verdict = rig_verdict(
        rig_ask(p, json_pack("{s:s,s:I,s:s,s:s,s:b,s:s,s:i,s:[],s:o}", "t", "publish", "transport",
                             (json_int_t)p->send.id, "kind", "video", "source", "camera", "paused",
                             0, "mid", "7", "pt", RIG_VIDEO_PT, "ext", "encodings", list)));
    printf("      eight layers: %s\n", verdict);
    CHECK(strcmp(verdict, "limit") == 0, "eight layers are refused");
}

static void fire(struct rig_peer *p, struct rig_track *t, size_t bytes)
{
    /* a VP8 descriptor with picture id, TL0PICIDX and temporal layer, then noise */
    static uint8_t noise[VIDEO_BYTES] = {0x90, 0xe0, 0x80, 0x01, 0x01, 0x20, 0x01};
    struct rig_packet k;
    struct rig_encoding *e = &t->encoding[0];
    struct rig_packet_options o = {&p->send, t, e, span_of(noise, bytes), false};
    e->timestamp += t->video ? 90 : 48;
    uint16_t before = e->seq;
    rig_packet_write(&k, &o);
    rig_packet_send(&p->send, &k, e->roc);
    if (e->seq == before)
        e->seq++;
    if (e->seq < before)
        e->roc++;
}

int main(void)
{
    struct honest h;
    honest_open(&h);
    struct rig_peer *liar = rig_join(&h.rig, &h.meeting, false);
    NEED(liar, "a third person joins");
    struct rig_track *audio = rig_publish_audio(liar), *video = rig_publish_video(liar, 1);
    NEED(audio && video, "and publishes");
    RIG_WAIT(&h.rig, 3000, rig_subscribe_all(h.ben) == 0 && rig_sub_of(h.ben, liar, true));
    struct rig_sub *a = rig_sub_of(h.ben, liar, false), *v = rig_sub_of(h.ben, liar, true);
    NEED(a && v, "Ben subscribes to it");
    NEED(RIG_WAIT(&h.rig, 5000, a->packets > 5 && v->frames > 3), "and gets it");
    eight_layers(liar);

    liar->silent = true;
    uint64_t audio_before = a->packets, video_before = v->bytes;
    instant_us start = rig_now();
    for (int ms = 0; ms < FLOOD_MS; ms++) {
        for (int i = 0; i < AUDIO_A_MS; i++)
            fire(liar, audio, 80);
        for (int i = 0; i < VIDEO_A_MS; i++)
            fire(liar, video, VIDEO_BYTES);
        rig_pump(&h.rig, -1, 0, start + (instant_us)ms * US_PER_MS);
    }
    rig_run(&h.rig, 300);
    double seconds = (double)(rig_now() - start) / 1e6;
    double heard = (double)(a->packets - audio_before), seen = (double)(v->bytes - video_before);
    printf("      in %.1f s: %d audio packets sent, %.0f arrived; %.1f MB of video sent, %.1f "
           "arrived; %.0f policed\n",
           seconds, FLOOD_MS * AUDIO_A_MS, heard, (double)FLOOD_MS * VIDEO_A_MS * VIDEO_BYTES / 1e6,
           seen / 1e6, rig_metric(&h.rig, METRIC_POLICED));
    CHECK(heard <= AUDIO_RATE * (seconds + AUDIO_BURST_S) + 10, "audio is held to its rate");
    CHECK(seen <= VIDEO_BPS / 8.0 * (seconds + VIDEO_BURST_S), "video is held to its rate");
    CHECK(rig_metric(&h.rig, METRIC_POLICED) > 0, "what is over is counted");
    rig_leave(liar, false);
    honest_close(&h);
    return 0;
}
