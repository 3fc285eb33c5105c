/* Frames between nodes: what is written is read again, wherever the stream is cut; what no node
 * says is refused before its bytes have come. */
#include "base/fact.h"

#include <string.h>

#include "proto/frame.h"

static uint8_t out[FRAME_MOST];

static size_t write_one(uint8_t kind, uint8_t last, uint32_t session, size_t len)
{
    static uint8_t bytes[FRAME_BYTES];
    memset(bytes, 0x5a, sizeof bytes);
    const struct frame f = {kind, last, session, span_of(bytes, len)};
    return frame_write(out, &f);
}

static void what_is_written_is_read_wherever_it_is_cut(void **state)
{
    (void)state;
    size_t len = write_one(FRAME_TEXT, 0, 7, 300), used = 0;
    struct frame f;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(frame_read(&f, &used, span_of(out, cut)), ERR_AGAIN);
    assert_int_equal(frame_read(&f, &used, span_of(out, len)), ERR_OK);
    assert_int_equal(used, FRAME_HEAD + 300);
    assert_int_equal(f.kind, FRAME_TEXT);
    assert_int_equal(f.last, 0);
    assert_int_equal(f.session, 7);
    assert_int_equal(f.bytes.len, 300);
    assert_int_equal(f.bytes.ptr[299], 0x5a);
}

/* Each kind by its row, written anew from docs/wire/nodes.md. */
static bool is_fine(unsigned kind, unsigned last, unsigned session, unsigned len)
{
    switch (kind) {
    case FRAME_HELLO:
        return last == 1 && session == 0 && len == 1;
    case FRAME_PING:
        return last == 1 && session == 0 && len == 0;
    case FRAME_OPEN:
    case FRAME_CLOSE:
        return last == 1 && session != 0 && len <= 4000;
    case FRAME_TEXT:
        return last <= 1 && session != 0 && len <= 4000;
    case FRAME_LIST:
        return last <= 1 && session == 0 && len <= 4000;
    default:
        return false;
    }
}

static void a_head_is_refused_before_its_bytes_have_come(void **state)
{
    (void)state;
    static const unsigned lens[] = {0, 1, 2, 4000, 4001, 65535};
    for (unsigned kind = 0; kind < 256; kind++)
        for (unsigned last = 0; last < 3; last++)
            for (unsigned session = 0; session < 2; session++)
                for (size_t l = 0; l < sizeof lens / sizeof *lens; l++) {
                    const uint8_t head[FRAME_HEAD] = {(uint8_t)(lens[l] >> 8),
                                                      (uint8_t)lens[l],
                                                      (uint8_t)kind,
                                                      (uint8_t)last,
                                                      0,
                                                      0,
                                                      0,
                                                      (uint8_t)session};
                    struct frame f;
                    size_t used = 0;
                    enum err e = frame_read(&f, &used, span_of(head, sizeof head));
                    bool fine = is_fine(kind, last, session, lens[l]);
                    assert_int_equal(e == ERR_MALFORMED, !fine);
                    assert_true(!fine || e == (lens[l] == 0 ? ERR_OK : ERR_AGAIN));
                }
}

static void only_who_dialled_opens_sessions(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < FRAME_KIND_COUNT_; kind++) {
        assert_true(frame_may((enum frame_kind)kind, true));
        assert_int_equal(frame_may((enum frame_kind)kind, false), kind != FRAME_OPEN);
    }
}

static void what_a_session_came_with_is_bounded_text(void **state)
{
    (void)state;
    uint8_t bytes[FRAME_OPEN_MOST + 1];
    struct frame_open o = {span_str("0123456789ab"), span_str("cookie")}, back;
    size_t len = frame_open_write(bytes, &o);
    assert_int_equal(frame_open_read(&back, span_of(bytes, len)), ERR_OK);
    assert_true(span_equal(back.tag, o.tag) && span_equal(back.cookie, o.cookie));
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(frame_open_read(&back, span_of(bytes, cut)), ERR_MALFORMED);
    bytes[len] = 0;
    assert_int_equal(frame_open_read(&back, span_of(bytes, len + 1)), ERR_MALFORMED);
    bytes[3] = '\n';
    assert_int_equal(frame_open_read(&back, span_of(bytes, len)), ERR_MALFORMED);
    uint8_t wide[2 + FRAME_TAG + 1] = {FRAME_TAG + 1};
    memset(wide + 1, 'a', FRAME_TAG + 1);
    assert_int_equal(frame_open_read(&back, span_of(wide, sizeof wide)), ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_wherever_it_is_cut),
        cmocka_unit_test(a_head_is_refused_before_its_bytes_have_come),
        cmocka_unit_test(only_who_dialled_opens_sessions),
        cmocka_unit_test(what_a_session_came_with_is_bounded_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
