/* Facts about leftovers: a function runs on a stack of its own, which is searched afterwards for
 * every half of every secret that it had in hand. What stands in the caller's memory is not counted
 * here; secret_test.c searches the secret tree's block. */
#include "e2ee/floor.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "e2ee/framing.h"
#include "e2ee/sframe.h"

enum { STACK = 3 << 20, LEAVES = 8, ROOM = 1024 };

/* ---- a function on a stack that can be searched ---- */

static uint8_t *stack;

struct job {
    void (*run)(void);
};

static void *on_thread(void *arg)
{
    ((struct job *)arg)->run();
    return NULL;
}

static void run_once(struct job *job)
{
    pthread_attr_t attr;
    pthread_t thread;
    memset(stack, 0, STACK);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, on_thread, job), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attr);
}

/* Twice, and the second run counts: in the first the dynamic linker may still look functions up,
 * and it saves vector registers to the stack while it does (the product is linked with -z now). */
static void run(void (*function)(void))
{
    struct job job = {function};
    run_once(&job);
    run_once(&job);
}

static void assert_gone(const uint8_t *secret, size_t len)
{
    for (size_t at = 0; at + 16 <= len; at += 16)
        assert_false(floor_holds(stack, STACK, span_of(secret + at, 16)));
}

/* ---- what is in hand ---- */

static struct epoch_secrets before, after;
static uint8_t sign_secret[SUITE_SIGN_SECRET], sign_public[SUITE_SIGN_PUBLIC];
static uint8_t kem_secret[32], kem_public[32], kem_shared[32];
static uint8_t tree_memory[64 * 1024] __attribute__((aligned(16))), block[64 * 1024];
static struct secret_tree *tree;
static struct message_key key;
static uint8_t output[32], sealed[ROOM], opened[ROOM], exported[32], frame[ROOM];
static struct sframe_key sframe;
static struct random chance;

static int start(void **state)
{
    if (floor_start(state) != 0)
        return -1;
    chance = random_start("wipe", 8);
    /* TLS of the thread is on its stack too, the suite's 1 MiB for long signatures among it */
    stack = aligned_alloc(4096, STACK);
    random_fill(&chance, (uint8_t *)&before, sizeof before);
    uint8_t seed[32];
    random_fill(&chance, seed, sizeof seed);
    suite_sign_keys(seed, sign_secret, sign_public);
    random_fill(&chance, seed, sizeof seed);
    return suite->kem_derive(span_of(seed, 32), kem_secret, kem_public) == ERR_OK ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    free(stack);
    return 0;
}

/* Copies a secret to the low end of a large frame, where the thread's end does not come again, and
 * leaves it: what the search must find. */
static void leave_something(void)
{
    volatile uint8_t copy[8192];
    for (size_t i = 0; i < 32; i++)
        copy[i] = before.init[i];
    (void)copy[0];
}

static void the_search_finds_what_is_left(void **state)
{
    (void)state;
    run(leave_something);
    assert_true(floor_holds(stack, STACK, span_of(before.init, 16)));
}

static uint8_t said[200], by_hand[SUITE_SIGNATURE];

static void sign_and_verify(void)
{
    (void)suite_sign(suite, sign_secret, "label", span_of(said, sizeof said), by_hand);
    (void)suite_verify(suite, span_of(sign_public, sizeof sign_public), "label",
                       span_of(said, sizeof said), span_of(by_hand, sizeof by_hand));
}

static void what_is_signed_or_verified_does_not_stay_on_the_stack(void **state)
{
    (void)state;
    random_fill(&chance, said, sizeof said);
    run(sign_and_verify);
    assert_int_equal(suite_verify(suite, span_of(sign_public, sizeof sign_public), "label",
                                  span_of(said, sizeof said), span_of(by_hand, sizeof by_hand)),
                     ERR_OK);
    assert_gone(said, sizeof said);
    assert_gone(sign_secret, 32);
}

static void advance(void)
{
    schedule_next(
        suite,
        &(struct schedule_inputs){before.init, before.epoch, before.external, span_str("context")},
        &after);
    schedule_export(suite, after.exporter, (struct suite_label){"label", span_str("context")},
                    exported, 32);
}

static void the_key_schedule_leaves_no_secret_on_the_stack(void **state)
{
    (void)state;
    run(advance);
    assert_gone((const uint8_t *)&before, sizeof before);
    assert_gone((const uint8_t *)&after, sizeof after);
    assert_gone(exported, sizeof exported);
}

static void psks(void)
{
    struct psk list[2] = {{span_str("a"), span_of(before.resumption, 32)},
                          {span_str("b"), span_of(before.external, 32)}};
    schedule_psk(suite, list, 2, exported);
}

static void psks_leave_no_secret_on_the_stack(void **state)
{
    (void)state;
    run(psks);
    assert_gone((const uint8_t *)&before, sizeof before);
    assert_gone(exported, sizeof exported);
}

static void ratchet(void)
{
    tree = secret_init(tree_memory, suite, LEAVES, before.encryption);
    secret_peek(tree, 3, SECRET_APPLICATION, 7, &key);
    secret_used(tree, 3, SECRET_APPLICATION, 7);
    memcpy(block, tree_memory, sizeof block);
    secret_next(tree, 5, SECRET_HANDSHAKE, &key);
}

static void the_secret_tree_leaves_no_secret_on_the_stack(void **state)
{
    (void)state;
    run(ratchet);
    assert_gone(before.encryption, 32);
    assert_gone(key.key, 32);
    /* everything in the block that is no structure: 16 bytes of which none is zero */
    for (size_t at = 0; at + 16 <= secret_bytes(LEAVES); at += 4)
        if (!memchr(block + at, 0, 16))
            assert_false(floor_holds(stack, STACK, span_of(block + at, 16)));
}

static const struct suite_label label = {"label", {(const uint8_t *)"context", 7}};

static void encrypts(void)
{
    struct random same = {5};
    struct random_source random = floor_source(&same);
    suite_encrypt(suite, kem_public, label, span_of(before.joiner, 32),
                  (struct suite_box){&random, output, sealed});
}

static void decrypts(void)
{
    struct suite_kem_key mine = {kem_secret, kem_public};
    suite_decrypt(suite, mine, label,
                  (struct suite_sealed){span_of(output, 32), span_of(sealed, 48)}, opened);
}

static void decaps(void)
{
    suite->kem_decap(kem_secret, kem_public, span_of(output, 32), kem_shared);
}

static void hpke_leaves_no_secret_on_the_stack(void **state)
{
    (void)state;
    struct random same = {5};
    uint8_t ephemeral[32], dh[32];
    random_fill(&same, ephemeral, sizeof ephemeral);
    encrypts();
    decaps();
    decrypts();
    assert_memory_equal(opened, before.joiner, 32);
    assert_int_equal(crypto_scalarmult(dh, ephemeral, kem_public), 0);
    static void (*const jobs[])(void) = {encrypts, decaps, decrypts};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        run(jobs[i]);
        assert_gone(kem_secret, 32);
        assert_gone(kem_shared, 32);
        assert_gone(dh, 32);
        assert_gone(ephemeral, 32);
        assert_gone(before.joiner, 32);
    }
}

static void sign(void)
{
    suite_sign(suite, sign_secret, "label", span_str("content"), sealed);
}

static void a_signature_leaves_no_key_on_the_stack(void **state)
{
    (void)state;
    run(sign);
    assert_gone(sign_secret, 32); /* the seed; the other half is public */
}

static void private_message(void)
{
    tree = secret_init(tree_memory, suite, LEAVES, before.encryption);
    struct framing f = {suite, span_str("context"), &before, tree, {0}};
    struct framed m = {.group_id = span_str("g"),
                       .sender = SENDER_MEMBER,
                       .leaf = 2,
                       .type = CONTENT_APPLICATION,
                       .content = span_str("sixteen bytes of plain text"),
                       .signature = span_of(opened, 64),
                       .wire = WIRE_PRIVATE};
    struct random same = {6};
    struct random_source random = floor_source(&same);
    struct writer w = writer_of(sealed, sizeof sealed);
    struct private_head h;
    uint32_t generation;
    private_write(&f, &m, &(struct private_make){0, &random}, &w);
    tree = secret_init(block, suite, LEAVES, before.encryption);
    f.ratchets = tree;
    if (private_parse(span_of(sealed + 4, writer_len(&w) - 4), &h) == ERR_OK &&
        private_open(&f, &h, opened, &m, &generation) == ERR_OK)
        private_used(&f, &m, generation);
}

static void a_private_message_leaves_no_key_on_the_stack(void **state)
{
    (void)state;
    struct message_key want;
    tree = secret_init(tree_memory, suite, LEAVES, before.encryption);
    assert_int_equal(secret_peek(tree, 2, SECRET_APPLICATION, 0, &want), ERR_OK);
    run(private_message);
    assert_memory_equal(opened + 1, "sixteen bytes of plain text", 27);
    assert_gone(want.key, 32);
    assert_gone(before.sender_data, 32);
    assert_gone(before.encryption, 32);
    assert_false(floor_holds(stack, STACK, span_str("sixteen bytes of")));
}

static void media(void)
{
    size_t n = 0;
    struct sframe_seal s = {&sframe_aead_sodium, &sframe, 5, 6, span_str("clear")};
    sframe_derive(span_of(before.exporter, 32), 5, &sframe);
    if (!sframe_aead_available())
        return;
    sframe_seal(&s, span_str("sixteen bytes of plain text"), frame, &n);
    sframe_open(&s, span_of(frame + 5, n - 5), opened, &n);
}

/* ---- anything that depends on the secrets, known to this test or not ---- */

/* 16 bytes of the stack that are other ones under other secrets: all but two differ, none is a
 * small number. Sealing, opening and X25519 are not asked this way: libsodium leaves limbs of
 * Poly1305's one-time key and of field elements behind, which open no other message. */
static bool depends(const uint8_t *a, const uint8_t *b)
{
    int differ = 0;
    for (int i = 0; i < 16; i++)
        differ += a[i] != b[i] && a[i] != 0 && b[i] != 0;
    return differ >= 14;
}

static void assert_independent(void (*function)(void))
{
    static uint8_t *first;
    first = first ? first : malloc(STACK);
    random_fill(&chance, (uint8_t *)&before, sizeof before);
    run(function);
    memcpy(first, stack, STACK);
    random_fill(&chance, (uint8_t *)&before, sizeof before);
    run(function);
    for (size_t at = 0; at + 16 <= STACK; at += 8)
        assert_false(depends(first + at, stack + at));
}

static void exports(void)
{
    schedule_export(suite, before.exporter, (struct suite_label){"label", span_str("context")},
                    exported, 32);
}

static void joins(void)
{
    schedule_join(suite, before.joiner, before.external, span_str("context"), &after);
}

static void welcomes(void)
{
    schedule_welcome(suite, before.joiner, before.external, after.welcome);
}

static void peeks(void)
{
    tree = secret_init(tree_memory, suite, LEAVES, before.encryption);
    secret_peek(tree, 3, SECRET_APPLICATION, 2, &key);
}

static void peeks_at_kept_keys(void)
{
    tree = secret_init(tree_memory, suite, LEAVES, before.encryption);
    secret_used(tree, 3, SECRET_APPLICATION, 2);
    secret_peek(tree, 3, SECRET_APPLICATION, 1, &key);
}

static void derives_media_keys(void)
{
    sframe_derive(span_of(before.exporter, 32), 5, &sframe);
}

static void nothing_that_depends_on_a_secret_is_left_on_the_stack(void **state)
{
    (void)state;
    static void (*const jobs[])(void) = {
        advance,
        exports,
        joins,
        welcomes,
        psks,
        ratchet,
        peeks,
        peeks_at_kept_keys,
        derives_media_keys,
    };
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
        assert_independent(jobs[i]);
}

static void a_frame_leaves_no_key_on_the_stack(void **state)
{
    (void)state;
    run(media);
    assert_gone(before.exporter, 32);
    assert_gone(sframe.key, 32);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_search_finds_what_is_left),
        FACT(what_is_signed_or_verified_does_not_stay_on_the_stack),
        FACT(the_key_schedule_leaves_no_secret_on_the_stack),
        FACT(psks_leave_no_secret_on_the_stack),
        FACT(the_secret_tree_leaves_no_secret_on_the_stack),
        FACT(hpke_leaves_no_secret_on_the_stack),
        FACT(a_signature_leaves_no_key_on_the_stack),
        FACT(a_private_message_leaves_no_key_on_the_stack),
        FACT(nothing_that_depends_on_a_secret_is_left_on_the_stack),
        FACT(a_frame_leaves_no_key_on_the_stack),
    };
    return cmocka_run_group_tests(facts, start, end);
}
