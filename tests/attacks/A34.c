/* A34: the server sends frames in the clear, with a garbage tag, a truncated header, an old
 * counter, again, under another KID. Expected: dropped and counted, never given out; nothing is let
 * through because it "is only silence"; honest frames go on. */
#include "hall_honest.h"

static struct media_sender ana;
static struct media_receiver ben;

static void refused(struct span in, enum media_result why, const char *what)
{
    struct frame out;
    uint64_t before = ben.count[why];
    enum media_result got = frame_open(&ben, BEN, in, &out);
    if (got != why)
        printf("      %s: result %d\n", what, got);
    NEED(got == why && ben.count[why] == before + 1 && out.len == 0,
         "a hostile frame is dropped and counted");
}

static void clear_frames(void)
{
    struct frame f, out;
    struct span silence = span_of("\xF8\xFF\xFE", 3); /* an Opus frame of silence */
    refused(silence, MEDIA_FORM, "three bytes of silence");
    for (int i = 0; i < 5000; i++) {
        f.len = 1 + hall_random(&hall, FRAME_MAX);
        for (size_t k = 0; k < f.len; k++)
            f.bytes[k] = (uint8_t)hall_random(&hall, 256);
        NEED(frame_open(&ben, BEN, frame_span(&f), &out) != MEDIA_DONE && out.len == 0,
             "a frame in the clear is dropped");
    }
    CHECK(true, "5000 frames in the clear, and silence: none is given out");
}

static void spoiled(void)
{
    struct frame f;
    NEED(frame_seal(&ana, ANA, "a frame to spoil", &f), "Ana seals");
    struct sframe_header h;
    NEED(sframe_header_parse(frame_span(&f), &h) == ERR_OK, "its header is read");
    for (size_t n = 0; n < h.length + (size_t)SFRAME_TAG; n++)
        refused(span_of(f.bytes, n), MEDIA_FORM, "truncated");
    for (size_t i = h.length; i < f.len; i++) {
        f.bytes[i] ^= 1;
        refused(frame_span(&f), MEDIA_TAG, "one bit of the sealed part flipped");
        f.bytes[i] ^= 1;
    }
    CHECK(true, "truncated and flipped frames are dropped");
    struct frame out;
    CHECK(frame_open(&ben, BEN, frame_span(&f), &out) == MEDIA_DONE &&
              frame_is(&out, "a frame to spoil"),
          "the same frame, left alone, opens: no attempt used its counter up");
    refused(frame_span(&f), MEDIA_REPLAY, "the same frame again");
}

static void other_kids(void)
{
    struct frame f;
    uint8_t header[SFRAME_HEADER_MAX];
    uint32_t leaf = hall_status(&hall, ANA).leaf;
    uint64_t epoch = hall_status(&hall, ANA).epoch, kid = sframe_kid(SFRAME_AUDIO, leaf, epoch);
    static const struct {
        uint64_t flip;
        enum media_result why;
    } other[] = {{1ull << 40, MEDIA_FORM},
                 {1ull << 17, MEDIA_CONTEXT},
                 {1ull << 6, MEDIA_LEAF},
                 {5, MEDIA_EPOCH}};
    NEED(frame_seal(&ana, ANA, "another KID", &f), "Ana seals");
    struct sframe_header h;
    NEED(sframe_header_parse(frame_span(&f), &h) == ERR_OK && h.kid == kid, "its KID is known");
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct frame g;
        size_t n = sframe_header_write(kid ^ other[i].flip, h.counter, header);
        memcpy(g.bytes, header, n);
        memcpy(g.bytes + n, f.bytes + h.length, f.len - h.length);
        g.len = n + f.len - h.length;
        refused(frame_span(&g), other[i].why, "another KID");
    }
    CHECK(true, "frames under another KID are dropped");
}

static void old_counter(void)
{
    struct frame first, f, out;
    NEED(frame_seal(&ana, ANA, "held back", &first), "Ana seals");
    for (int i = 0; i < SFRAME_WINDOW + 10; i++) {
        NEED(frame_seal(&ana, ANA, "on time", &f), "Ana seals");
        NEED(frame_open(&ben, BEN, frame_span(&f), &out) == MEDIA_DONE, "Ben opens");
    }
    refused(frame_span(&first), MEDIA_REPLAY, "a frame from before the window");
    CHECK(true, "a frame held back for more than 1,024 others is dropped");
}

/* After two seconds of a new epoch the old one's frames open no more; a removed sender's neither.
 */
static void old_epoch(void)
{
    struct frame f, out;
    NEED(frame_seal(&ana, ANA, "of the old epoch", &f), "Ana seals");
    struct e2ee_input rename = {.type = E2EE_IN_RENAME, .b = span_str("Benno")};
    NEED(hall_tell(&hall, BEN, &rename) == ERR_OK, "Ben makes a new epoch");
    hall_run(&hall, 4000);
    refused(frame_span(&f), MEDIA_EPOCH, "of an epoch that is over");
    NEED(frame_seal(&ana, ANA, "of the new epoch", &f) && ana.counter == 1,
         "the new key's counter begins anew");
    CHECK(frame_open(&ben, BEN, frame_span(&f), &out) == MEDIA_DONE, "the new epoch's frames open");
}

static void nothing_in_the_clear_leaves(void)
{
    struct frame f = {.len = 0};
    hall_tell(&hall, CHI, &(struct e2ee_input){.type = E2EE_IN_LEAVE});
    struct media_sender chi;
    media_sender_init(&chi, SFRAME_CAMERA);
    CHECK(!frame_seal(&chi, CHI, "after the end", &f) && f.len == 0,
          "who is not secure sends nothing at all");
}

int main(void)
{
    honest_start(34);
    media_sender_init(&ana, SFRAME_AUDIO);
    media_receiver_init(&ben, SFRAME_AUDIO, hall_status(&hall, ANA).leaf);
    clear_frames();
    spoiled();
    other_kids();
    old_counter();
    old_epoch();
    honest_unhurt();
    nothing_in_the_clear_leaves();
    media_receiver_fini(&ben);
    media_sender_fini(&ana);
    hall_close(&hall);
    return 0;
}
