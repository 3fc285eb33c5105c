/* Facts about io/tcp over a loopback connection. */
#include "base/fact.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tcp.h"

static struct tcp_carrier carrier;
static int peer;

static int set_up(void **state)
{
    (void)state;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0), small = 4096;
    assert_int_equal(bind(listener, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
    peer = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(connect(peer, (struct sockaddr *)&a, len), 0);
    int fd = accept(listener, NULL, NULL);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    close(listener);
    assert_int_equal(tcp_open(&carrier, fd), ERR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tcp_close(&carrier);
    if (peer >= 0)
        close(peer);
    return 0;
}

/* What was written over loopback may need a moment. */
static enum err receive(struct span *out)
{
    enum err e = ERR_AGAIN;
    for (int i = 0; i < 200 && (e = tcp_receive(&carrier, out)) == ERR_AGAIN; i++)
        usleep(1000);
    return e;
}

static void frames_are_found_however_they_are_cut(void **state)
{
    (void)state;
    static const uint8_t stream[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'x'};
    struct span d;
    for (size_t i = 0; i < sizeof stream; i++) {
        assert_int_equal(write(peer, stream + i, 1), 1);
        if (i == 3)
            assert_int_equal(tcp_receive(&carrier, &d), ERR_AGAIN);
    }
    assert_int_equal(receive(&d), ERR_OK);
    assert_true(span_equal(d, span_str("abc")));
    assert_int_equal(receive(&d), ERR_OK); /* the empty frame between is skipped */
    assert_true(span_equal(d, span_str("x")));
    assert_int_equal(tcp_receive(&carrier, &d), ERR_AGAIN);
}

static void the_longest_frame_fits_and_a_longer_one_is_refused(void **state)
{
    (void)state;
    uint8_t frame[2 + LIMIT_DATAGRAM] = {LIMIT_DATAGRAM >> 8, LIMIT_DATAGRAM & 0xff};
    struct span d;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(write(peer, frame, sizeof frame), sizeof frame);
        assert_int_equal(receive(&d), ERR_OK);
        assert_int_equal(d.len, LIMIT_DATAGRAM);
    }
    static const uint8_t lie[] = {0xff, 0xff, 1};
    assert_int_equal(write(peer, lie, sizeof lie), sizeof lie);
    assert_int_equal(receive(&d), ERR_LIMIT);
}

static void the_end_of_the_stream_is_told(void **state)
{
    (void)state;
    struct span d;
    close(peer);
    peer = -1;
    assert_int_equal(receive(&d), ERR_CLOSED);
}

static void a_peer_that_does_not_read_loses_whole_datagrams_only(void **state)
{
    (void)state;
    uint8_t out[1000];
    uint32_t kept = 0, lost = 0;
    for (uint32_t i = 0; i < 4000; i++) {
        memset(out, (int)(kept & 0xff), sizeof out);
        enum err e = tcp_send(&carrier, span_of(out, sizeof out));
        assert_true(e == ERR_OK || e == ERR_AGAIN);
        kept += e == ERR_OK;
        lost += e == ERR_AGAIN;
    }
    assert_true(lost > 0);
    assert_true(tcp_waiting(&carrier));
    for (uint32_t i = 0; i < kept; i++) {
        uint8_t in[1002];
        size_t have = 0;
        while (have < sizeof in) {
            ssize_t n = recv(peer, in + have, sizeof in - have, MSG_DONTWAIT);
            if (n > 0)
                have += (size_t)n;
            else
                assert_int_equal(tcp_flush(&carrier), ERR_OK);
        }
        assert_int_equal(in[0] << 8 | in[1], 1000);
        assert_int_equal(in[2], i & 0xff);
        assert_int_equal(in[1001], i & 0xff);
    }
    assert_false(tcp_waiting(&carrier));
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest facts[] = {
        STORY(frames_are_found_however_they_are_cut),
        STORY(the_longest_frame_fits_and_a_longer_one_is_refused),
        STORY(the_end_of_the_stream_is_told),
        STORY(a_peer_that_does_not_read_loses_whole_datagrams_only),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
