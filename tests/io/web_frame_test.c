/* Facts about the watch over WebSocket frames and about the first bytes of a connection. */
#include "base/fact.h"

#include <stdio.h>

#include "base/bug.h"
#include "io/web_frame.h"
#include "io/web_sniff.h"

#define MASK "\1\2\3\4"

struct sample {
    const char *name, *bytes;
    size_t len;
};
#define S(name, bytes)                                                                             \
    {                                                                                              \
        name, bytes, sizeof(bytes) - 1                                                             \
    }

static const struct sample good[] = {
    S("a text", "\x81\x82" MASK "zz"),
    S("an empty text", "\x81\x80" MASK),
    S("a binary, which web.c refuses later", "\x82\x81" MASK "z"),
    S("a text in three fragments", "\x01\x81" MASK "z\x00\x81" MASK "z\x80\x81" MASK "z"),
    S("a ping between fragments", "\x01\x81" MASK "z\x89\x80" MASK "\x80\x80" MASK),
    S("a close", "\x88\x82" MASK "zz"),
    S("a 16-bit length", "\x81\xfe\x00\x03" MASK "zzz\x81\x80" MASK),
    S("a 64-bit length", "\x81\xff\0\0\0\0\0\0\0\x03" MASK "zzz\x81\x80" MASK),
};

static const struct sample bad[] = {
    S("an unmasked text", "\x81\x02"),
    S("RSV1", "\xc1\x80"),
    S("RSV2", "\xa1\x80"),
    S("RSV3", "\x91\x80"),
    S("opcode 3", "\x83\x80"),
    S("opcode 11", "\x8b\x80"),
    S("a fragmented ping", "\x09\x80"),
    S("a ping of 126 bytes", "\x89\xfe"),
    S("a continuation of nothing", "\x80\x80"),
    S("a text inside a text", "\x01\x80" MASK "\x81\x80"),
    S("a length of 2^63", "\x81\xff\x80\0\0\0\0\0\0\0" MASK),
};

/* However the bytes are cut, the judgement is the same. */
static bool judge(const struct sample *s, size_t piece)
{
    struct web_frame f;
    bool ok = true;
    memset(&f, 0, sizeof f);
    for (size_t at = 0; at < s->len; at += piece) {
        size_t n = s->len - at < piece ? s->len - at : piece;
        ok = web_frame_take(&f, span_of(s->bytes + at, n));
    }
    return ok;
}

static void right_frames_pass_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        for (size_t piece = 1; piece <= good[i].len; piece++)
            if (!judge(&good[i], piece))
                fail_msg("%s in pieces of %zu", good[i].name, piece);
}

static void broken_frames_are_seen_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        for (size_t piece = 1; piece <= bad[i].len; piece++)
            if (judge(&bad[i], piece))
                fail_msg("%s in pieces of %zu", bad[i].name, piece);
}

static void once_broken_it_stays_broken(void **state)
{
    struct web_frame f;
    (void)state;
    memset(&f, 0, sizeof f);
    assert_false(web_frame_take(&f, span_of("\x81\x02", 2)));
    assert_false(web_frame_take(&f, span_of(good[0].bytes, good[0].len)));
}

static void a_flood_of_control_frames_is_broken(void **state)
{
    struct web_frame f;
    (void)state;
    memset(&f, 0, sizeof f);
    for (int i = 0; i < 10 * WEB_FRAME_CONTROL_MAX; i++) { /* with data between: no flood */
        assert_true(web_frame_take(&f, span_of("\x89\x80" MASK, 6)));
        assert_true(web_frame_take(&f, span_of(good[0].bytes, good[0].len)));
    }
    for (int i = 0; i < WEB_FRAME_CONTROL_MAX; i++)
        assert_true(web_frame_take(&f, span_of("\x89\x80" MASK, 6)));
    assert_false(web_frame_take(&f, span_of("\x89\x80" MASK, 6)));
}

static void first_bytes_tell_tls_from_stun(void **state)
{
    (void)state;
    static const uint8_t stun[] = {0, 20, 0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1,
                                   2, 3,  4,    5,    6, 7, 8,    9,    10,   11,   12};
    assert_int_equal(sniff_judge(span_of("\x16\x03", 2)), SNIFF_TLS);
    assert_int_equal(sniff_judge(span_of("\x16\x02", 2)), SNIFF_UNKNOWN);
    assert_int_equal(sniff_judge(span_of("GE", 2)), SNIFF_MORE);
    assert_int_equal(sniff_judge(span_of("GET / HTTP", 10)), SNIFF_PLAIN);
    assert_int_equal(sniff_judge(span_of("GOT / HTTP", 10)), SNIFF_UNKNOWN);
    for (size_t n = 0; n < sizeof stun; n++)
        assert_int_equal(sniff_judge(span_of(stun, n)), SNIFF_MORE);
    assert_int_equal(sniff_judge(span_of(stun, sizeof stun)), SNIFF_STUN);
    for (size_t i = 0; i < 10; i++) { /* each of the fixed bytes matters */
        uint8_t other[sizeof stun];
        memcpy(other, stun, sizeof stun);
        other[i] ^= 0x80;
        if (i != 1 && i != 4 && i != 5) /* a longer frame; STUN's own length is media's to check */
            assert_int_equal(sniff_judge(span_of(other, sizeof other)), SNIFF_UNKNOWN);
    }
    assert_int_equal(sniff_judge(span_of("\0\x13", 2)), SNIFF_UNKNOWN);   /* shorter than STUN is */
    assert_int_equal(sniff_judge(span_of("\x02\x80", 2)), SNIFF_UNKNOWN); /* longer than we peek */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(right_frames_pass_however_they_are_cut),
        FACT(broken_frames_are_seen_however_they_are_cut),
        FACT(once_broken_it_stays_broken),
        FACT(a_flood_of_control_frames_is_broken),
        FACT(first_bytes_tell_tls_from_stun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
