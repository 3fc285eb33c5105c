/* Signed notes. The first is the published example of the format (Go's sumdb/note package): its
 * key, text and signature are test data from there. */
#include "base/fact.h"

#include "proto/note.h"

static const char example[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xe2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/"
    "SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
static const uint8_t seed[SIGN_SEED] = {7}, other_seed[SIGN_SEED] = {8};
static struct note_key mine = {.name = "conclave-list"};
static uint8_t bytes[NOTE_BYTES + 1000];

static int set_up(void **state)
{
    (void)state;
    sign_public(seed, mine.key);
    return 0;
}

static struct span written(const char *text)
{
    struct writer w = writer_of(bytes, sizeof bytes);
    note_write(&w, span_str(text), mine.name, seed);
    assert_true(writer_ok(&w));
    return writer_span(&w);
}

static void the_published_example_holds(void **state)
{
    (void)state;
    struct note_key k = {.name = "PeterNeumann"};
    /* "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW": type 1, then the key */
    static const uint8_t key[SIGN_PUBLIC] = {0x1a, 0x5c, 0xd9, 0x07, 0x14, 0x3c, 0x38, 0x4c,
                                             0x41, 0xe8, 0x30, 0xc5, 0xbc, 0xe1, 0x2a, 0xa8,
                                             0x81, 0x7e, 0xc5, 0x64, 0x9a, 0xaa, 0xbf, 0x2c,
                                             0x31, 0x38, 0x8b, 0x35, 0xb2, 0xd7, 0x44, 0xd6};
    struct span text;
    memcpy(k.key, key, sizeof key);
    assert_int_equal(note_check(span_str(example), &k, &text), NOTE_FINE);
    assert_int_equal(text.len, strstr(example, "\n\n") + 1 - example);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct span text, note = written("one line\n");
    assert_int_equal(note_check(note, &mine, &text), NOTE_FINE);
    assert_int_equal(text.len, 9);
    note = written("a line\n\nand one behind an empty one\n");
    assert_int_equal(note_check(note, &mine, &text), NOTE_FINE);
    assert_int_equal(text.len, 36);
}

static void every_altered_byte_is_refused(void **state)
{
    (void)state;
    struct span text, note = written("one line\nand another\n");
    for (size_t i = 0; i < note.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            enum note_fault fault = note_check(note, &mine, &text);
            assert_true(fault != NOTE_FINE);
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t len = 0; len < note.len; len++)
        assert_int_not_equal(note_check(span_of(bytes, len), &mine, &text), NOTE_FINE);
}

static void another_key_or_another_name_is_no_signature(void **state)
{
    (void)state;
    struct span text, note = written("one line\n");
    struct note_key k = mine;
    k.name = "conclave-lisa";
    assert_int_equal(note_check(note, &k, &text), NOTE_UNSIGNED);
    k = mine;
    sign_public(other_seed, k.key);
    assert_int_equal(note_check(note, &k, &text), NOTE_UNSIGNED);
}

/* Several sign: a witness beside the owner. A signature that says it is ours and is not ends it. */
static void others_may_sign_too(void **state)
{
    (void)state;
    uint8_t second[1000];
    struct writer w = writer_of(second, sizeof second);
    struct span text, note = written("one line\n");
    note_write(&w, span_str("one line\n"), "witness", other_seed);
    struct span theirs = writer_span(&w);
    memcpy(bytes + note.len, theirs.ptr + 10, theirs.len - 10);
    struct span both = span_of(bytes, note.len + theirs.len - 10);
    assert_int_equal(note_check(both, &mine, &text), NOTE_FINE);
    struct note_key k = {.name = "witness"};
    sign_public(other_seed, k.key);
    assert_int_equal(note_check(both, &k, &text), NOTE_FINE);
    bytes[both.len - 5] ^= 1; /* the witness' */
    assert_int_equal(note_check(both, &mine, &text), NOTE_FINE);
    assert_int_equal(note_check(both, &k, &text), NOTE_FORGED);
}

static void form_is_kept(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "\n",
                                        "text\n",
                                        "text\n\n",
                                        "text\n\nno signature\n",
                                        "\n\n",
                                        "te\txt\n\n\xe2\x80\x94 a b\n",
                                        "text\n\n\xe2\x80\x94 conclave-list AAAA\n",
                                        "text\n\n\xe2\x80\x94 conclave-list \n"};
    struct span text;
    struct writer w = writer_of(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(note_check(span_str(wrong[i]), &mine, &text), NOTE_FORM);
    note_write(&w, span_str("no end of the line"), mine.name, seed);
    assert_false(writer_ok(&w));
    w = writer_of(bytes, sizeof bytes);
    note_write(&w, span_str("text\n"), "two words", seed);
    assert_false(writer_ok(&w));
    struct span note = written("one line\n");
    size_t line = note.len - 10;
    for (int i = 1; i <= NOTE_SIGNATURES; i++) /* one too many */
        memcpy(bytes + note.len + (size_t)(i - 1) * line, bytes + 10, line);
    size_t most = note.len + (NOTE_SIGNATURES - 1) * line;
    assert_int_equal(note_check(span_of(bytes, most), &mine, &text), NOTE_FINE);
    assert_int_equal(note_check(span_of(bytes, most + line), &mine, &text), NOTE_FORM);
}

static void a_note_has_an_end(void **state)
{
    (void)state;
    static char huge[NOTE_BYTES];
    struct span text;
    struct writer w = writer_of(bytes, sizeof bytes);
    memset(huge, 'x', sizeof huge);
    huge[sizeof huge - 1] = '\n';
    note_write(&w, span_of((uint8_t *)huge, sizeof huge), mine.name, seed);
    assert_int_equal(note_check(writer_span(&w), &mine, &text), NOTE_FORM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(the_published_example_holds),
        FACT(what_was_written_is_read),
        FACT(every_altered_byte_is_refused),
        FACT(another_key_or_another_name_is_no_signature),
        FACT(others_may_sign_too),
        FACT(form_is_kept),
        FACT(a_note_has_an_end),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
