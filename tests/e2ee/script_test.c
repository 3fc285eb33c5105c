/* Facts about the flat functions: a session driven through them gives the same bytes. With
 * E2EE_SCRIPT=FILE the scripts are written there, for the wasm32 build to replay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "e2ee/script.h"
#include "e2ee/wasm.h"

#include <stdlib.h>

static struct script script;

static void a_replay_through_the_flat_functions_gives_the_same_bytes(void **state)
{
    (void)state;
    const char *path = getenv("E2EE_SCRIPT");
    FILE *to = path ? fopen(path, "w") : NULL;
    for (int person = 0; person < 2; person++) {
        script_record(&script, 2026, person);
        assert_true(script.n > 200);
        int differs = script_replay(&script);
        if (differs >= 0)
            fail_msg("person %d differs at step %d (input %d)", person, differs,
                     script.step[differs].in.type);
        if (to)
            script_write(&script, to);
        script.step[100].hash ^= 1; /* the comparison can fail */
        assert_int_equal(script_replay(&script), 100);
        script_free(&script);
    }
    if (to)
        fclose(to);
}

static void a_meeting_made_through_them_is_the_same_meeting(void **state)
{
    (void)state;
    struct e2ee_link link = {.host = true, .secret = {1}, .host_secret = {2}};
    link.meeting = span_str("abcdefghijklmnopq234");
    uint8_t hash[E2EE_SECRET], proof[E2EE_PROOF], descriptor[E2EE_DESCRIPTOR_MAX];
    struct writer d = writer_of(descriptor, sizeof descriptor);
    struct writer w = writer_of(core_buffer(), core_buffer_size());
    writer_bytes(&w, link.meeting);
    writer_bytes(&w, span_of(link.secret, E2EE_SECRET));
    writer_bytes(&w, span_of(link.host_secret, E2EE_SECRET));
    assert_int_equal(core_make_meeting(1, 300, 1800000000.0), ERR_OK);
    e2ee_host_key_hash(&link, hash);
    assert_memory_equal(core_address(0), hash, sizeof hash);
    struct e2ee_terms terms = {true, 300, 1800000000};
    assert_int_equal(e2ee_descriptor_make(&link, &terms, &d), ERR_OK);
    assert_int_equal(core_result()[2], writer_len(&d));
    assert_memory_equal(core_address(1), descriptor, writer_len(&d));
    w = writer_of(core_buffer(), core_buffer_size());
    writer_bytes(&w, link.meeting);
    writer_bytes(&w, span_of(link.secret, E2EE_SECRET));
    writer_bytes(&w, span_of(hash, E2EE_SECRET));
    writer_u8(&w, 1);
    writer_bytes(&w, span_of(link.host_secret, E2EE_SECRET));
    assert_int_equal(core_proofs(), ERR_OK);
    e2ee_access_proof(&link, proof);
    assert_memory_equal(core_address(0), proof, sizeof proof);
    e2ee_host_proof(&link, proof);
    assert_memory_equal(core_address(1), proof, sizeof proof);
}

static void calls_with_numbers_that_lie_are_refused(void **state)
{
    (void)state;
    uint32_t full = core_buffer_size();
    assert_int_equal(core_open(64, full + 1), ERR_MALFORMED);
    assert_int_equal(core_open(63, 200), ERR_MALFORMED);
    assert_int_equal(core_open(1u << 31, 200), ERR_MALFORMED);
    assert_int_equal(core_input(E2EE_IN_TICK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1.0), ERR_STATE);
    assert_int_equal(core_poll(), 0);
    script_record(&script, 1, 0);
    assert_int_equal(script_replay(&script), -1);
    script_free(&script);
    assert_int_equal(core_person(0), 0);
    assert_int_equal(core_media_key(0, 0, 0), ERR_STATE);
    assert_int_equal(core_make_meeting(0, 70000, 1.0), ERR_MALFORMED);
    assert_int_equal(core_make_meeting(0, 10, -1.0), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replay_through_the_flat_functions_gives_the_same_bytes),
        cmocka_unit_test(a_meeting_made_through_them_is_the_same_meeting),
        cmocka_unit_test(calls_with_numbers_that_lie_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
