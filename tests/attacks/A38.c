/* A38: a member and the server relabel Ana's frames as Ben's. Expected: the key is the sender
 * leaf's and the KID is bound to it, so a track that is said to be Ben's gives out Ben's frames
 * only; names come from the tree alone. */
#include "hall_honest.h"

static void relabelled_track(void)
{
    struct media_sender ana, ben;
    struct media_receiver track; /* Chi: "this track is Ben's", says the server */
    struct frame f, out;
    media_sender_init(&ana, SFRAME_CAMERA);
    media_sender_init(&ben, SFRAME_CAMERA);
    media_receiver_init(&track, SFRAME_CAMERA, hall_status(&hall, BEN).leaf);
    NEED(frame_seal(&ana, ANA, "Ana's face", &f), "Ana seals");
    enum media_result got = frame_open(&track, CHI, frame_span(&f), &out);
    CHECK(got == MEDIA_LEAF && out.len == 0, "Ana's frame on Ben's track is dropped");

    struct sframe_header h;
    uint8_t header[SFRAME_HEADER_MAX];
    NEED(sframe_header_parse(frame_span(&f), &h) == ERR_OK, "its header is read");
    uint64_t kid =
        sframe_kid(SFRAME_CAMERA, hall_status(&hall, BEN).leaf, hall_status(&hall, BEN).epoch);
    struct frame g;
    size_t n = sframe_header_write(kid, h.counter, header);
    memcpy(g.bytes, header, n);
    memcpy(g.bytes + n, f.bytes + h.length, f.len - h.length);
    g.len = n + f.len - h.length;
    CHECK(frame_open(&track, CHI, frame_span(&g), &out) == MEDIA_TAG && out.len == 0,
          "nor does it open with Ben's KID written over");
    NEED(frame_seal(&ben, BEN, "Ben's face", &f), "Ben seals");
    CHECK(frame_open(&track, CHI, frame_span(&f), &out) == MEDIA_DONE &&
              frame_is(&out, "Ben's face"),
          "Ben's own frame opens there");
}

static void relabelled_source(void)
{
    struct media_sender ana;
    struct media_receiver screen;
    struct frame f, out;
    media_sender_init(&ana, SFRAME_CAMERA);
    media_receiver_init(&screen, SFRAME_SCREEN, hall_status(&hall, ANA).leaf);
    NEED(frame_seal(&ana, ANA, "a camera", &f), "Ana seals");
    CHECK(frame_open(&screen, CHI, frame_span(&f), &out) == MEDIA_CONTEXT && out.len == 0,
          "a camera's frame on a screen's track is dropped");
}

/* The server says that member 1 is now Ben's participant, and Ben's member is nobody's. */
static void relabelled_members(void)
{
    struct e2ee_person p;
    struct e2ee_input in = {.type = E2EE_IN_MEMBER, .member = hall.person[ANA].member};
    in.a = span_of(hall.person[BEN].participant, E2EE_PARTICIPANT);
    NEED(hall_tell(&hall, CHI, &in) == ERR_OK, "the server swaps members");
    bool right = true;
    for (uint32_t cursor = 0; e2ee_person_next(hall.person[CHI].e, &cursor, &p);) {
        int who = p.leaf == hall_status(&hall, ANA).leaf   ? ANA
                  : p.leaf == hall_status(&hall, BEN).leaf ? BEN
                                                           : CHI;
        right = right && span_equal(p.name, span_str(hall.person[who].name)) &&
                memcmp(p.device, hall.person[who].device, SUITE_SIGN_PUBLIC) == 0;
    }
    CHECK(right, "each leaf keeps its name and device, whatever the server says of members");
    in.member = hall.person[BEN].member;
    (void)hall_tell(&hall, CHI, &in);
}

/* Ben signs nothing for Ana: a note of Ben's that the server calls Ana's is shown as Ben's. */
static void relabelled_note(void)
{
    NEED(hall_say(&hall, BEN, "I am Ben", -1) == ERR_OK, "Ben writes");
    hall_run(&hall, 100);
    struct hall_person *chi = &hall.person[CHI];
    uint32_t last = (chi->n_notes - 1) % HALL_NOTES;
    CHECK(strcmp(chi->note[last].text, "I am Ben") == 0 &&
              memcmp(chi->note[last].from, hall.person[BEN].participant, E2EE_PARTICIPANT) == 0,
          "a note's author is the leaf that signed it");
}

int main(void)
{
    honest_start(38);
    relabelled_track();
    relabelled_source();
    relabelled_members();
    relabelled_note();
    honest_unhurt();
    hall_close(&hall);
    return 0;
}
