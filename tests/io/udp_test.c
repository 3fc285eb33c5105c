/* Facts about io/udp and io/loop over loopback, as docs/decisions/0003-connected-udp.md needs them.
 */
#include "base/fact.h"

#include <string.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/loop.h"
#include "io/udp.h"

static struct udp_batch batch;

static struct ipc_addr local_v4(uint8_t last, uint16_t port)
{
    return (struct ipc_addr){4, {127, 0, 0, last}, port};
}

/* A bound socket on a port of its own (SO_REUSEPORT would share one); the address is completed. */
static int bind_free(struct ipc_addr *a)
{
    static uint16_t next = 20000;
    int fd = -1;
    while (next < 30000) {
        a->port = next++;
        if (udp_bind(a, &fd) == ERR_OK)
            return fd;
    }
    fail_msg("no free port");
    return -1;
}

static uint32_t receive(int fd, const struct ipc_addr *bound)
{
    udp_batch_init(&batch);
    for (int i = 0; i < 200; i++) {
        if (udp_receive(fd, bound, &batch) == ERR_OK)
            return batch.count;
        usleep(1000);
    }
    return 0;
}

static bool same(const struct ipc_addr *a, const struct ipc_addr *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, 16) == 0;
}

static void the_address_that_was_used_is_told_and_answers_from_it(void **state)
{
    (void)state;
    struct ipc_addr any = {4, {0}, 0}, me = local_v4(9, 0);
    int server = bind_free(&any), client = bind_free(&me);
    struct ipc_addr to = local_v4(7, any.port);
    assert_int_equal(udp_send_to(client, &to, &me, span_str("hello")), ERR_OK);
    assert_int_equal(receive(server, &any), 1);
    assert_true(same(&batch.item[0].remote, &me));
    to.port = batch.item[0].local.port;
    assert_true(same(&batch.item[0].local, &to)); /* 127.0.0.7, not the wildcard */
    to.port = any.port;
    assert_int_equal(udp_send_to(server, &me, &to, span_str("back")), ERR_OK);
    assert_int_equal(receive(client, &me), 1);
    assert_true(same(&batch.item[0].remote, &to));
    close(server);
    close(client);
}

static void a_dual_stack_socket_tells_ipv4_as_ipv4(void **state)
{
    (void)state;
    struct ipc_addr any = {6, {0}, 0}, me = local_v4(1, 0);
    int server = bind_free(&any), client = bind_free(&me);
    struct ipc_addr to = local_v4(1, any.port);
    assert_int_equal(udp_send_to(client, &to, &me, span_str("hello")), ERR_OK);
    assert_int_equal(receive(server, &any), 1);
    assert_int_equal(batch.item[0].remote.family, 4);
    assert_true(same(&batch.item[0].remote, &me));
    assert_int_equal(batch.item[0].local.family, 4);
    assert_int_equal(udp_send_to(server, &me, &batch.item[0].local, span_str("back")), ERR_OK);
    assert_int_equal(receive(client, &me), 1);
    close(server);
    close(client);
}

static void a_connected_socket_gets_its_own_peer_and_nobody_else(void **state)
{
    (void)state;
    struct ipc_addr any = {4, {0}, 0}, a = local_v4(2, 0), b = local_v4(3, 0);
    int server = bind_free(&any), from_a = bind_free(&a), from_b = bind_free(&b), path = -1;
    struct ipc_addr local = local_v4(1, any.port);
    assert_int_equal(udp_connect(&local, &a, &path), ERR_OK);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(udp_send_to(from_a, &local, &a, span_str("a")), ERR_OK);
        assert_int_equal(udp_send_to(from_b, &local, &b, span_str("b")), ERR_OK);
    }
    uint32_t own = 0, others = 0;
    while (own < 20) {
        uint32_t n = receive(path, &local);
        assert_true(n > 0);
        for (uint32_t i = 0; i < n; i++)
            assert_true(same(&batch.item[i].remote, &a));
        own += n;
    }
    while (others < 20) {
        uint32_t n = receive(server, &any);
        assert_true(n > 0);
        for (uint32_t i = 0; i < n; i++)
            assert_true(same(&batch.item[i].remote, &b));
        others += n;
    }
    close(path);
    close(server);
    close(from_a);
    close(from_b);
}

static void a_run_arrives_whole_and_in_order_whatever_its_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {1200, 1200, 1200, 700, 700, 1200, 40, 1300, 1, 1300, 1300};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    static uint8_t bytes[COUNT][1400];
    struct span run[COUNT];
    struct ipc_addr any = {4, {0}, 0}, a = local_v4(2, 0);
    int server = bind_free(&any), client = bind_free(&a), path = -1;
    struct ipc_addr local = local_v4(1, any.port);
    assert_int_equal(udp_connect(&local, &a, &path), ERR_OK);
    for (size_t i = 0; i < COUNT; i++) {
        memset(bytes[i], (int)i, sizeof bytes[i]);
        run[i] = span_of(bytes[i], sizes[i]);
    }
    assert_int_equal(udp_send_run(path, run, COUNT).datagrams, COUNT);
    for (uint32_t got = 0; got < COUNT;) {
        uint32_t n = receive(client, &a);
        assert_true(n > 0);
        for (uint32_t i = 0; i < n; i++, got++) {
            assert_int_equal(batch.item[i].len, sizes[got]);
            assert_int_equal(batch.item[i].bytes[0], got);
        }
    }
    close(path);
    close(server);
    close(client);
}

static void an_oversized_datagram_is_thrown_away_and_counted(void **state)
{
    (void)state;
    static uint8_t big[LIMIT_DATAGRAM + 1];
    struct ipc_addr a = local_v4(1, 0), b = local_v4(2, 0);
    int server = bind_free(&a), client = bind_free(&b);
    assert_int_equal(udp_send_to(client, &a, &b, span_of(big, sizeof big)), ERR_OK);
    assert_int_equal(udp_send_to(client, &a, &b, span_of(big, LIMIT_DATAGRAM)), ERR_OK);
    usleep(20000);
    assert_int_equal(receive(server, &a), 1);
    assert_int_equal(batch.truncated, 1);
    assert_int_equal(batch.item[0].len, LIMIT_DATAGRAM);
    close(server);
    close(client);
}

/* --- the loop --------------------------------------------------------------------------------- */

struct pair {
    struct loop loop;
    struct loop_watch a, b;
    int pipe_a[2], pipe_b[2], calls;
};

static void remove_both(void *context, unsigned events)
{
    struct pair *p = context;
    assert_true(events & LOOP_READ);
    p->calls++;
    loop_remove(&p->loop, &p->a);
    loop_remove(&p->loop, &p->b);
}

static void a_watch_removed_by_another_is_not_called(void **state)
{
    (void)state;
    struct pair p = {.calls = 0};
    instant_us now = clock_now();
    assert_int_equal(loop_open(&p.loop), ERR_OK);
    assert_int_equal(pipe(p.pipe_a) | pipe(p.pipe_b), 0);
    p.a = (struct loop_watch){p.pipe_a[0], remove_both, &p};
    p.b = (struct loop_watch){p.pipe_b[0], remove_both, &p};
    assert_int_equal(loop_add(&p.loop, &p.a, LOOP_READ), ERR_OK);
    assert_int_equal(loop_add(&p.loop, &p.b, LOOP_READ), ERR_OK);
    assert_int_equal(write(p.pipe_a[1], "x", 1) + write(p.pipe_b[1], "x", 1), 2);
    assert_int_equal(loop_round(&p.loop, &now, now + US_PER_S), ERR_OK);
    assert_int_equal(p.calls, 1);
    loop_close(&p.loop);
    for (int i = 0; i < 2; i++) {
        close(p.pipe_a[i]);
        close(p.pipe_b[i]);
    }
}

static void a_round_ends_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    struct loop l;
    assert_int_equal(loop_open(&l), ERR_OK);
    instant_us start = clock_now(), now = start;
    assert_int_equal(loop_round(&l, &now, start + 20 * US_PER_MS), ERR_OK);
    assert_true(now - start >= 20 * US_PER_MS);
    assert_int_equal(loop_round(&l, &now, start), ERR_OK); /* past: at once */
    loop_close(&l);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_address_that_was_used_is_told_and_answers_from_it),
        FACT(a_dual_stack_socket_tells_ipv4_as_ipv4),
        FACT(a_connected_socket_gets_its_own_peer_and_nobody_else),
        FACT(a_run_arrives_whole_and_in_order_whatever_its_sizes),
        FACT(an_oversized_datagram_is_thrown_away_and_counted),
        FACT(a_watch_removed_by_another_is_not_called),
        FACT(a_round_ends_at_its_deadline_and_not_before),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
