/* Facts about proto/bridge: what one node seals the other opens, once, and nothing else opens. */
#include "proto/cm.h"

#include "crypt/crypt.h"
#include "proto/bridge.h"

static const uint8_t secret[BRIDGE_SECRET] = {1, 2, 3};
static struct bridge_link first, second;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(crypt_init(), ERR_OK);
    struct bridge_setup a = {secret, true, 0x11, 0x22}, b = {secret, false, 0x22, 0x11};
    assert_int_equal(bridge_open(&first, &a, 0), ERR_OK);
    assert_int_equal(bridge_open(&second, &b, 0), ERR_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bridge_close(&first);
    bridge_close(&second);
    crypt_fini();
    return 0;
}

static size_t seal(struct bridge_link *l, enum bridge_kind kind, size_t body, instant_us now,
                   uint8_t out[BRIDGE_DATAGRAM_MAX])
{
    static const uint8_t bytes[BRIDGE_BODY_MAX] = {9, 8, 7};
    struct writer w = writer_of(out, BRIDGE_DATAGRAM_MAX);
    struct bridge_text t = {kind, true, 5, span_of(bytes, body)};
    assert_int_equal(bridge_seal(l, &t, now, &w), ERR_OK);
    return writer_len(&w);
}

static enum bridge_fault unseal(struct bridge_link *l, const uint8_t *d, size_t len, instant_us now)
{
    uint8_t copy[BRIDGE_DATAGRAM_MAX + 1];
    struct bridge_text t;
    memcpy(copy, d, len);
    return bridge_unseal(l, copy, len, now, &t);
}

static void both_ways_and_once(void **state)
{
    (void)state;
    uint8_t d[BRIDGE_DATAGRAM_MAX], e[BRIDGE_DATAGRAM_MAX];
    struct bridge_text t;
    size_t n = seal(&first, BRIDGE_WHOLE, 3, 0, d);
    static const uint8_t head[] = {1, 0, 0, 0,    /* version, generation, zero */
                                   0, 0, 0, 0x22, /* the receiver's number for the link */
                                   0, 0, 0, 0,    0, 0, 0, 0}; /* number */
    assert_int_equal(n, BRIDGE_OVERHEAD + 3);
    assert_memory_equal(d, head, sizeof head);
    memcpy(e, d, n);
    assert_int_equal(bridge_unseal(&second, e, n, 0, &t), BRIDGE_OK);
    assert_int_equal(t.kind, BRIDGE_WHOLE);
    assert_int_equal(t.sequence, 5);
    assert_true(t.again);
    assert_int_equal(t.body.len, 3);
    assert_int_equal(t.body.ptr[2], 7);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_REPLAYED);
    assert_int_equal(unseal(&first, d, n, 0), BRIDGE_NO_LINK);
    n = seal(&second, BRIDGE_AT, 0, 0, d);
    assert_int_equal(unseal(&first, d, n, 0), BRIDGE_OK);
    n = seal(&second, BRIDGE_WHOLE, BRIDGE_BODY_MAX, 0, d);
    assert_int_equal(n, BRIDGE_DATAGRAM_MAX);
    assert_int_equal(unseal(&first, d, n, 0), BRIDGE_OK);
}

/* Every bit counts, and a datagram that was turned back spoils nothing. */
static void any_changed_bit_is_refused(void **state)
{
    (void)state;
    uint8_t d[BRIDGE_DATAGRAM_MAX];
    size_t n = seal(&first, BRIDGE_WHOLE, 20, 0, d);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        d[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_not_equal(unseal(&second, d, n, 0), BRIDGE_OK);
        d[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    for (size_t len = 0; len < n; len++)
        assert_int_not_equal(unseal(&second, d, len, 0), BRIDGE_OK);
    uint8_t longer[BRIDGE_DATAGRAM_MAX + 1] = {BRIDGE_VERSION};
    assert_int_equal(unseal(&second, longer, sizeof longer, 0), BRIDGE_SIZE);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_OK);
}

static void each_direction_has_its_own_key(void **state)
{
    (void)state;
    uint8_t d[BRIDGE_DATAGRAM_MAX];
    size_t n = seal(&first, BRIDGE_WHOLE, 20, 0, d);
    d[7] = 0x11; /* sent back to whom it came from, under the right link */
    assert_int_equal(unseal(&first, d, n, 0), BRIDGE_AUTH);
    assert_memory_not_equal(first.out.secret, first.in.secret, BRIDGE_SECRET);
}

static void keys_change_and_old_ones_end(void **state)
{
    (void)state;
    uint8_t late[BRIDGE_DATAGRAM_MAX], later[BRIDGE_DATAGRAM_MAX], d[BRIDGE_DATAGRAM_MAX];
    uint8_t before[BRIDGE_SECRET];
    memcpy(before, first.out.secret, sizeof before);
    size_t a = seal(&first, BRIDGE_WHOLE, 3, 0, late), b = seal(&first, BRIDGE_WHOLE, 3, 0, later);
    instant_us now = BRIDGE_KEY_US;
    size_t n = seal(&first, BRIDGE_WHOLE, 3, now, d);
    assert_int_equal(d[1], 1);
    assert_memory_not_equal(before, first.out.secret, sizeof before);
    d[n - 1] ^= 1; /* a forged one of the next generation moves nothing */
    assert_int_equal(unseal(&second, d, n, now), BRIDGE_AUTH);
    assert_int_equal(second.in.generation, 0);
    d[n - 1] ^= 1;
    assert_int_equal(unseal(&second, d, n, now), BRIDGE_OK);
    assert_int_equal(second.in.generation, 1);
    assert_int_equal(unseal(&second, late, a, now + BRIDGE_OLD_US - 1), BRIDGE_OK);
    assert_int_equal(unseal(&second, later, b, now + BRIDGE_OLD_US), BRIDGE_GENERATION);
    d[1] = 3;
    assert_int_equal(unseal(&second, d, n, now), BRIDGE_GENERATION);
}

static void a_key_ends_by_number_too(void **state)
{
    (void)state;
    uint8_t d[BRIDGE_DATAGRAM_MAX];
    first.out.number = first.out.key_end;
    size_t n = seal(&first, BRIDGE_WHOLE, 3, 0, d);
    assert_int_equal(d[1], 1);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_OK);
}

static void an_authentic_datagram_is_read_strictly(void **state)
{
    (void)state;
    uint8_t d[BRIDGE_DATAGRAM_MAX];
    size_t n = seal(&first, BRIDGE_KIND_END_, 3, 0, d);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_KIND);
    n = seal(&first, BRIDGE_AT, 1, 0, d);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_LENGTH);
    n = seal(&first, BRIDGE_WHOLE, 0, 0, d);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_LENGTH);
    n = seal(&first, BRIDGE_ASK, BRIDGE_ASK_EACH + 1, 0, d);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_LENGTH);
    n = seal(&first, BRIDGE_ASK, (size_t)BRIDGE_ASK_EACH * (BRIDGE_ASK_MAX + 1), 0, d);
    assert_int_equal(unseal(&second, d, n, 0), BRIDGE_LENGTH);
    struct bridge_text t = {BRIDGE_WHOLE, false, 0, span_of(secret, BRIDGE_BODY_MAX + 1)};
    struct writer w = writer_of(d, sizeof d);
    assert_int_equal(bridge_seal(&first, &t, 0, &w), ERR_LIMIT);
    for (int f = 0; f < BRIDGE_FAULT_COUNT_; f++)
        assert_string_not_equal(bridge_fault_name((enum bridge_fault)f), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_ways_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(any_changed_bit_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(each_direction_has_its_own_key, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_change_and_old_ones_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_ends_by_number_too, setup, teardown),
        cmocka_unit_test_setup_teardown(an_authentic_datagram_is_read_strictly, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
