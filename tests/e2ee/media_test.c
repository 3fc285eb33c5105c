/* Facts about media frames, between two sessions of a hall. The drop reasons one by one are in
 * tests/attacks/A34.c and A38.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/hall.h"
#include "e2ee/media.h"

enum { ANA, BEN };

static struct hall hall;
static struct media_sender ana;
static struct media_receiver ben;
static uint8_t sealed[4096], opened[4096];
static size_t sealed_len, opened_len;

static int start(void **state)
{
    (void)state;
    hall_open(&hall, &(struct hall_terms){.seed = 6});
    hall_join(&hall, "Ana", true);
    hall_join(&hall, "Ben", false);
    bool secure = hall_until(&hall, 5000, hall_all_secure);
    hall_run(&hall, 40000);
    media_sender_init(&ana, SFRAME_CAMERA);
    media_receiver_init(&ben, SFRAME_CAMERA, hall_status(&hall, ANA).leaf);
    return secure && sframe_aead_available() ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    hall_close(&hall);
    return 0;
}

static enum media_result seal(struct span frame)
{
    struct media_frame f = {&sframe_aead_sodium, MEDIA_VP8, frame, sealed, &sealed_len};
    return media_seal(&ana, hall.person[ANA].e, &f);
}

static enum media_result open_it(void)
{
    struct media_frame f = {&sframe_aead_sodium, MEDIA_VP8, span_of(sealed, sealed_len), opened,
                            &opened_len};
    opened_len = 0;
    return media_open(&ben, hall.person[BEN].e, &f);
}

/* First byte: P bit 0 is a key frame (RFC 6386 section 9.1). */
static const uint8_t key_frame[] = {0x10, 2, 0, 0x9d, 0x01, 0x2a, 0x80, 2, 0xe0, 1, 'k', 'e', 'y'};
static const uint8_t delta_frame[] = {0x11, 2, 0, 'd', 'e', 'l', 't', 'a'};

static void frames_of_vp8_keep_what_decoders_and_forwarders_read(void **state)
{
    (void)state;
    assert_int_equal(seal(span_of(key_frame, sizeof key_frame)), MEDIA_DONE);
    assert_memory_equal(sealed, key_frame, 10);
    assert_int_equal(open_it(), MEDIA_DONE);
    assert_int_equal(opened_len, sizeof key_frame);
    assert_memory_equal(opened, key_frame, sizeof key_frame);
    assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_DONE);
    assert_int_equal(sealed[0], delta_frame[0]);
    assert_memory_not_equal(sealed + 1, delta_frame + 1, 7);
    assert_int_equal(open_it(), MEDIA_DONE);
    assert_memory_equal(opened, delta_frame, sizeof delta_frame);
}

static void the_clear_bytes_are_authenticated(void **state)
{
    (void)state;
    assert_int_equal(seal(span_of(key_frame, sizeof key_frame)), MEDIA_DONE);
    for (int i = 0; i < 10; i++) {
        sealed[i] ^= 0x20;
        assert_int_equal(open_it(), MEDIA_TAG);
        sealed[i] ^= 0x20;
    }
    assert_int_equal(open_it(), MEDIA_DONE);
}

static void overhead_is_at_most_24_bytes(void **state)
{
    (void)state;
    for (int i = 0; i < 70000; i += 997) {
        ana.counter += 996;
        assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_DONE);
        assert_true(sealed_len <= sizeof delta_frame + 24);
    }
}

static void frames_of_the_old_epoch_open_for_two_seconds(void **state)
{
    (void)state;
    static uint8_t kept[4096];
    assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_DONE);
    size_t kept_len = sealed_len;
    memcpy(kept, sealed, sealed_len);
    assert_int_equal(open_it(), MEDIA_DONE);
    struct e2ee_input in = {.type = E2EE_IN_RENAME, .b = span_str("Benno")};
    assert_int_equal(hall_tell(&hall, BEN, &in), ERR_OK);
    hall_run(&hall, 300);
    memcpy(sealed, kept, kept_len);
    sealed_len = kept_len;
    assert_int_equal(open_it(), MEDIA_REPLAY); /* its window went on */
    assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_DONE);
    assert_int_equal(open_it(), MEDIA_DONE);
    assert_int_equal(ana.counter, 1);
    hall_run(&hall, 2500);
    memcpy(sealed, kept, kept_len);
    sealed_len = kept_len;
    assert_int_equal(open_it(), MEDIA_EPOCH);
}

static void a_counter_goes_on_after_sending_had_stopped(void **state)
{
    (void)state;
    assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_DONE);
    struct e2ee_input gone = {.type = E2EE_IN_GONE, .member = hall.person[BEN].member};
    gone.a = span_of(hall.person[BEN].participant, E2EE_PARTICIPANT);
    hall_tell(&hall, ANA, &gone);
    hall.hooks.up = NULL;
    hall.person[ANA].connected = false; /* so that its removal of Ben is not heard */
    hall_run(&hall, 4000);
    assert_int_equal(hall_status(&hall, ANA).phase, E2EE_STOPPED);
    assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_STOPPED);
    hall.person[ANA].connected = true;
    gone.type = E2EE_IN_MEMBER;
    hall_tell(&hall, ANA, &gone);
    assert_int_equal(hall_status(&hall, ANA).phase, E2EE_SECURE);
    assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_DONE);
    assert_int_equal(ana.counter, 2);
}

static void drops_are_counted_by_reason(void **state)
{
    (void)state;
    assert_int_equal(seal(span_of(delta_frame, sizeof delta_frame)), MEDIA_DONE);
    assert_int_equal(open_it(), MEDIA_DONE);
    assert_int_equal(open_it(), MEDIA_REPLAY);
    sealed_len = 3;
    assert_int_equal(open_it(), MEDIA_FORM);
    sealed_len = 0;
    assert_int_equal(open_it(), MEDIA_FORM);
    assert_int_equal(ben.count[MEDIA_DONE], 1);
    assert_int_equal(ben.count[MEDIA_REPLAY], 1);
    assert_int_equal(ben.count[MEDIA_FORM], 2);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(frames_of_vp8_keep_what_decoders_and_forwarders_read),
        FACT(the_clear_bytes_are_authenticated),
        FACT(overhead_is_at_most_24_bytes),
        FACT(frames_of_the_old_epoch_open_for_two_seconds),
        FACT(a_counter_goes_on_after_sending_had_stopped),
        FACT(drops_are_counted_by_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
