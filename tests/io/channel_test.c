/* Facts about io/channel: whole messages, at most one descriptor, nothing leaks. */
#include "base/fact.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/channel.h"

static struct ipc_message room(uint32_t id)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_ROOM_OPEN;
    m.as.ROOM_OPEN.room = id;
    return m;
}

static int open_descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

/* What the channel never does itself: several descriptors, or any bytes, in one packet. */
static void send_raw(int fd, const void *bytes, size_t len, const int *fds, size_t count)
{
    struct iovec iov = {(void *)(uintptr_t)bytes, len};
    union {
        struct cmsghdr h;
        char room[CMSG_SPACE(8 * sizeof(int))];
    } control;
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    memset(&control, 0, sizeof control);
    if (count > 0) {
        msg.msg_control = control.room;
        msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    }
    assert_int_equal(sendmsg(fd, &msg, 0), len);
}

static int pair[2];

static int set_up(void **state)
{
    (void)state;
    return channel_pair(pair) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    close(pair[0]);
    close(pair[1]);
    return 0;
}

static void a_message_arrives_whole_and_in_order(void **state)
{
    (void)state;
    struct ipc_message got;
    int fd = 7;
    assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_AGAIN);
    assert_int_equal(fd, -1);
    for (uint32_t i = 1; i <= 3; i++) {
        struct ipc_message m = room(i);
        assert_int_equal(channel_send(pair[0], &m, -1), ERR_OK);
    }
    for (uint32_t i = 1; i <= 3; i++) {
        assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_OK);
        assert_int_equal(got.as.ROOM_OPEN.room, i);
    }
}

static void a_descriptor_travels_with_its_message_and_closes_on_exec(void **state)
{
    (void)state;
    int pipe_fds[2], fd = -1;
    assert_int_equal(pipe(pipe_fds), 0);
    struct ipc_message m = room(1), got;
    assert_int_equal(channel_send(pair[0], &m, pipe_fds[1]), ERR_OK);
    assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_OK);
    assert_true(fd >= 0 && fd != pipe_fds[1]);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    char c = 0;
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(read(pipe_fds[0], &c, 1), 1);
    assert_int_equal(c, 'x');
    close(fd);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

static void a_second_descriptor_drops_the_message_and_leaks_nothing(void **state)
{
    (void)state;
    int before = open_descriptors(), fd;
    const int many[8] = {0, 1, 2, 0, 1, 2, 0, 1};
    struct ipc_message m = room(1), got;
    for (size_t count = 2; count <= 8; count++) {
        send_raw(pair[0], &m, ipc_size(m.type), many, count);
        assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
        assert_int_equal(fd, -1);
    }
    assert_int_equal(open_descriptors(), before);
}

static void a_bad_message_is_dropped_with_its_descriptor(void **state)
{
    (void)state;
    int before = open_descriptors(), fd;
    const int one[1] = {1};
    struct ipc_message m = room(0), got;
    send_raw(pair[0], &m, ipc_size(m.type), one, 1);
    assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    m = room(1);
    send_raw(pair[0], &m, ipc_size(m.type) - 1, one, 1);
    assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    send_raw(pair[0], &m, 3, one, 1);
    assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    static char long_one[2 * sizeof(struct ipc_message)];
    memcpy(long_one, &m, sizeof m);
    send_raw(pair[0], long_one, sizeof long_one, one, 1);
    assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_MALFORMED);
    send_raw(pair[0], &m, ipc_size(m.type), one, 1);
    assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_STORE, IPC_MEDIA), ERR_FORBIDDEN);
    assert_int_equal(fd, -1);
    assert_int_equal(open_descriptors(), before);
}

static void a_full_channel_says_so_and_recovers(void **state)
{
    (void)state;
    struct ipc_message m = room(1), got;
    int fd, sent = 0;
    enum err e;
    while ((e = channel_send(pair[0], &m, -1)) == ERR_OK)
        sent++;
    assert_int_equal(e, ERR_AGAIN);
    assert_true(sent > 100);
    for (int i = 0; i < sent; i++)
        assert_int_equal(channel_recv(pair[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_OK);
    assert_int_equal(channel_send(pair[0], &m, -1), ERR_OK);
}

static void a_closed_end_is_told_to_both_directions(void **state)
{
    (void)state;
    struct ipc_message m = room(1), got;
    int fd, own[2];
    assert_int_equal(channel_pair(own), ERR_OK);
    assert_int_equal(channel_send(own[0], &m, -1), ERR_OK);
    close(own[0]);
    assert_int_equal(channel_recv(own[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_OK);
    assert_int_equal(channel_recv(own[1], &got, &fd, IPC_FRONT, IPC_MEDIA), ERR_CLOSED);
    assert_int_equal(channel_send(own[1], &m, -1), ERR_CLOSED);
    close(own[1]);
}

#define WITH_PAIR(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void bytes_arrive_whole_until_there_is_no_room(void **state)
{
    (void)state;
    static uint8_t out[40000], in[32768];
    size_t len = 0;
    int before = open_descriptors();
    memset(out, 7, sizeof out);
    assert_int_equal(channel_recv_bytes(pair[1], in, sizeof in, &len), ERR_AGAIN);
    assert_int_equal(channel_send_bytes(pair[0], span_of(out, sizeof in)), ERR_OK);
    assert_int_equal(channel_send_bytes(pair[0], span_of(out, 1)), ERR_OK);
    assert_int_equal(channel_recv_bytes(pair[1], in, sizeof in, &len), ERR_OK);
    assert_int_equal(len, sizeof in);
    assert_memory_equal(in, out, sizeof in);
    assert_int_equal(channel_recv_bytes(pair[1], in, sizeof in, &len), ERR_OK);
    assert_int_equal(len, 1);
    assert_int_equal(channel_send_bytes(pair[0], span_of(out, sizeof out)), ERR_OK);
    assert_int_equal(channel_recv_bytes(pair[1], in, sizeof in, &len), ERR_MALFORMED);
    send_raw(pair[0], out, 5, &pair[0], 1); /* a descriptor has no business there */
    assert_int_equal(channel_recv_bytes(pair[1], in, sizeof in, &len), ERR_MALFORMED);
    assert_int_equal(open_descriptors(), before);
    int sent = 0;
    while (channel_send_bytes(pair[0], span_of(out, sizeof in)) == ERR_OK)
        sent++;
    assert_int_equal(channel_send_bytes(pair[0], span_of(out, sizeof in)), ERR_AGAIN);
    for (; sent > 0; sent--)
        assert_int_equal(channel_recv_bytes(pair[1], in, sizeof in, &len), ERR_OK);
    close(pair[0]);
    pair[0] = -1;
    assert_int_equal(channel_recv_bytes(pair[1], in, sizeof in, &len), ERR_CLOSED);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        WITH_PAIR(a_message_arrives_whole_and_in_order),
        WITH_PAIR(a_descriptor_travels_with_its_message_and_closes_on_exec),
        WITH_PAIR(a_second_descriptor_drops_the_message_and_leaks_nothing),
        WITH_PAIR(a_bad_message_is_dropped_with_its_descriptor),
        WITH_PAIR(a_full_channel_says_so_and_recovers),
        WITH_PAIR(a_closed_end_is_told_to_both_directions),
        WITH_PAIR(bytes_arrive_whole_until_there_is_no_room),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
