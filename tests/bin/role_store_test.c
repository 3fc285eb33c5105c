/* Facts about the store role as a process, in its sandbox: it answers over its channels, keeps
 * writes while PostgreSQL is away, carries them out in their order, and refuses what it cannot
 * keep. */
#include "store/both.h"

#include <signal.h>
#include <sys/wait.h>

#include "bin/roles.h"
#include "io/channel.h"
#include "io/logger.h"
#include "meet/safe.h"
#include "store/queue.h"

static struct {
    pid_t pid;
    int supervisor, front;
    uint32_t requests;
} role;

static void send_to(int fd, const struct ipc_message *m, int pass_fd)
{
    enum err e;
    while ((e = channel_send(fd, m, pass_fd)) == ERR_AGAIN) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        assert_int_equal(poll(&p, 1, 10000), 1);
    }
    assert_int_equal(e, ERR_OK);
}

static void take_from(int fd, struct ipc_message *m, enum ipc_party to)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int got = -1;
    assert_int_equal(poll(&p, 1, 20000), 1);
    assert_int_equal(channel_recv(fd, m, &got, IPC_STORE, to), ERR_OK);
    assert_int_equal(got, -1);
}

static void become_store(int channel)
{
    if (dup2(channel, ROLE_FD_SUPERVISOR) < 0)
        _exit(9);
    for (int fd = ROLE_FD_SUPERVISOR + 1; fd < 64; fd++)
        (void)close(fd);
    logger_init("store");
    _exit(role_store());
}

static void give_front(void)
{
    struct ipc_message m = {.type = IPC_CHANNEL};
    int pair[2];
    assert_int_equal(channel_pair(pair), ERR_OK);
    m.as.CHANNEL.party = IPC_FRONT;
    send_to(role.supervisor, &m, pair[1]);
    close(pair[1]);
    role.front = pair[0];
}

static void start_role(void)
{
    int pair[2];
    struct ipc_message m = {.type = IPC_ROLE_START};
    assert_int_equal(channel_pair(pair), ERR_OK);
    role.pid = fork();
    assert_true(role.pid >= 0);
    if (role.pid == 0)
        become_store(pair[1]);
    close(pair[1]);
    role.supervisor = pair[0];
    m.as.ROLE_START.media_count = 1;
    m.as.ROLE_START.listen = (struct ipc_addr){.family = 4, .port = 1};
    (void)snprintf(m.as.ROLE_START.data, sizeof m.as.ROLE_START.data, "%s", both.folder);
    (void)snprintf(m.as.ROLE_START.database, sizeof m.as.ROLE_START.database, "%s", both.url);
    send_to(role.supervisor, &m, -1);
    give_front();
    take_from(role.supervisor, &m, IPC_SUPERVISOR);
    assert_int_equal(m.type, IPC_ROLE_READY);
}

static void end_role(void)
{
    int status = -1;
    close(role.front);
    close(role.supervisor);
    assert_int_equal(waitpid(role.pid, &status, 0), role.pid);
    assert_int_equal(status, 0);
}

static struct ipc_message put_of(unsigned n)
{
    struct ipc_message m = {.type = IPC_MEETING_PUT};
    m.as.MEETING_PUT.request = ++role.requests;
    m.as.MEETING_PUT.created_ms = 1700000000000 + n;
    (void)snprintf(m.as.MEETING_PUT.id, sizeof m.as.MEETING_PUT.id, "meeting%u", n);
    return m;
}

static struct ipc_message about(enum ipc_type type, unsigned n)
{
    struct ipc_message m = {.type = (uint32_t)type};
    m.as.MEETING_GET.request = ++role.requests;
    (void)snprintf(m.as.MEETING_GET.id, sizeof m.as.MEETING_GET.id, "meeting%u", n);
    return m;
}

static struct ipc_meeting_row next_answer(void)
{
    struct ipc_message m;
    take_from(role.front, &m, IPC_FRONT);
    assert_int_equal(m.type, IPC_MEETING_ROW);
    return m.as.MEETING_ROW;
}

static enum err ask(struct ipc_message m)
{
    send_to(role.front, &m, -1);
    struct ipc_meeting_row row = next_answer();
    assert_int_equal(row.meeting.request, role.requests);
    return (enum err)row.result;
}

static void it_answers_inside_its_sandbox(void **state)
{
    (void)state;
    start_role();
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_NOT_FOUND);
    assert_int_equal(ask(put_of(1)), ERR_OK);
    assert_int_equal(ask(put_of(1)), ERR_CONFLICT);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_OK);
    assert_int_equal(ask(about(IPC_MEETING_END, 1)), ERR_OK);
    assert_int_equal(ask(about(IPC_MEETING_END, 2)), ERR_NOT_FOUND);
    end_role();
}

static void ends_wait_for_the_database_and_come_in_order(void **state)
{
    (void)state;
    start_role();
    for (unsigned n = 1; n <= 20; n++)
        assert_int_equal(ask(put_of(n)), ERR_OK);
    postgres_kill(&both.server);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_AGAIN); /* unavailable, at once */
    uint32_t first = role.requests + 1;
    for (unsigned n = 1; n <= 20; n++) {
        struct ipc_message m = about(IPC_MEETING_END, n);
        send_to(role.front, &m, -1);
    }
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)),
                     ERR_AGAIN); /* reading waits for none of them */
    assert_true(postgres_start(&both.server));
    for (unsigned n = 0; n < 20; n++) {
        struct ipc_meeting_row row = next_answer();
        assert_int_equal(row.meeting.request, first + n);
        assert_int_equal(row.result, ERR_OK);
        assert_true(row.meeting.ended_ms > 0);
    }
    assert_string_equal(both_ask("SELECT count(*) FROM meetings WHERE ended_ms > 0"), "20");
    assert_int_equal(ask(put_of(21)), ERR_OK);
    end_role();
}

static void a_class_is_stored_as_one(void **state)
{
    (void)state;
    struct safe safe;
    start_role();
    for (unsigned n = 1; n <= 3; n++) {
        struct ipc_message m = put_of(n);
        struct ipc_meeting *p = &m.as.MEETING_PUT;
        struct writer w = writer_of(p->safe, sizeof p->safe);
        safe_begin(&safe, n == 1 ? PROFILE_EDUCATION : PROFILE_HEALTH);
        safe_write(&safe, &w);
        p->safe_len = (uint16_t)(n < 3 ? writer_len(&w) : 0);
        assert_int_equal(ask(m), ERR_OK);
    }
    assert_string_equal(both_ask("SELECT id FROM meetings WHERE profile = 1"), "meeting1");
    assert_string_equal(both_ask("SELECT count(*) FROM meetings WHERE profile = 0"), "2");
    end_role();
}

static struct ipc_message safe_of(unsigned n, uint32_t attempts, const char *safe)
{
    struct ipc_message m = {.type = IPC_MEETING_SAFE};
    struct ipc_meeting_safe *s = &m.as.MEETING_SAFE;
    s->request = ++role.requests;
    s->has_attempts = attempts > 0;
    s->attempts = attempts;
    s->attempts_since_s = attempts > 0 ? 1700000000 + attempts : 0;
    s->safe_len = (uint16_t)strlen(safe);
    memcpy(s->safe, safe, strlen(safe));
    (void)snprintf(s->id, sizeof s->id, "meeting%u", n);
    return m;
}

static void protected_by(unsigned n, uint32_t attempts, const char *safe)
{
    struct ipc_message m = about(IPC_MEETING_GET, n);
    send_to(role.front, &m, -1);
    struct ipc_meeting_row row = next_answer();
    assert_int_equal(row.result, ERR_OK);
    assert_int_equal(row.meeting.attempts, attempts);
    assert_int_equal(row.meeting.attempts_since_s, 1700000000 + attempts);
    assert_int_equal(row.meeting.safe_len, strlen(safe));
    assert_memory_equal(row.meeting.safe, safe, strlen(safe));
}

static void what_protects_a_meeting_survives_kill_9(void **state)
{
    (void)state;
    start_role();
    assert_int_equal(ask(safe_of(1, 1, "early")), ERR_NOT_FOUND);
    assert_int_equal(ask(put_of(1)), ERR_OK);
    assert_int_equal(ask(safe_of(1, 0, "rules")), ERR_OK);
    assert_int_equal(ask(safe_of(1, 9, "")), ERR_OK);
    assert_int_equal(kill(role.pid, SIGKILL), 0);
    assert_int_equal(waitpid(role.pid, NULL, 0), role.pid);
    close(role.front);
    close(role.supervisor);
    start_role();
    protected_by(1, 9, "rules");
    end_role();
}

/* Nobody is told when it fails, and what it says is in force already: it waits like an end. */
static void what_protects_a_meeting_waits_for_the_database(void **state)
{
    (void)state;
    start_role();
    assert_int_equal(ask(put_of(1)), ERR_OK);
    postgres_kill(&both.server);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_AGAIN);
    uint32_t first = role.requests + 1;
    for (uint32_t n = 1; n <= 10; n++) {
        struct ipc_message m = safe_of(1, n, n % 2 == 0 ? "even" : "odd");
        send_to(role.front, &m, -1);
    }
    assert_int_equal(ask(put_of(2)), ERR_AGAIN); /* refused after 4 s; the others wait on */
    assert_true(postgres_start(&both.server));
    for (uint32_t n = 0; n < 10; n++) {
        struct ipc_meeting_row row = next_answer();
        assert_int_equal(row.meeting.request, first + n);
        assert_int_equal(row.result, ERR_OK);
    }
    protected_by(1, 10, "even");
    end_role();
}

/* A person who creates a meeting is told before front gives up, and then it is not made. */
static void a_put_that_nobody_waits_for_is_refused_and_not_done(void **state)
{
    (void)state;
    start_role();
    assert_int_equal(ask(put_of(1)), ERR_OK);
    postgres_kill(&both.server);
    int64_t began = both_now(NULL);
    assert_int_equal(ask(put_of(2)), ERR_AGAIN);
    int64_t took = both_now(NULL) - began;
    assert_true(took >= 3900 && took < 5000);
    assert_true(postgres_start(&both.server));
    struct ipc_message m = about(IPC_MEETING_END, 1);
    send_to(role.front, &m, -1);
    assert_int_equal(next_answer().result, ERR_OK);
    assert_string_equal(both_ask("SELECT count(*) FROM meetings"), "1");
    end_role();
}

static void a_full_queue_is_a_typed_refusal(void **state)
{
    (void)state;
    start_role();
    assert_int_equal(ask(put_of(1)), ERR_OK);
    postgres_kill(&both.server);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_AGAIN);
    for (unsigned n = 0; n < QUEUE_WRITES; n++) {
        struct ipc_message m = about(IPC_MEETING_END, 1);
        send_to(role.front, &m, -1);
    }
    assert_int_equal(ask(about(IPC_MEETING_END, 1)), ERR_BUSY);
    assert_int_equal(ask(put_of(2)), ERR_BUSY);
    assert_true(postgres_start(&both.server));
    assert_int_equal(next_answer().result, ERR_OK);
    struct ipc_message later = about(IPC_MEETING_END, 9); /* it is up, but others were before */
    send_to(role.front, &later, -1);
    for (unsigned n = 1; n < QUEUE_WRITES; n++)
        assert_int_equal(next_answer().result, ERR_OK);
    assert_int_equal(next_answer().result, ERR_NOT_FOUND);
    assert_int_equal(ask(put_of(2)), ERR_OK);
    end_role();
}

static void send_figures(unsigned n)
{
    struct ipc_message m = {.type = IPC_USAGE_ADD};
    m.as.USAGE_ADD.day = (struct ipc_usage_day){
        .day_ms = 86400000 * (int64_t)(1 + n % 2), .participants = 1, .people = 2, .minutes = 3};
    m.as.USAGE_ADD.first = n < 2;
    send_to(role.front, &m, -1);
}

static void figures_of_a_long_outage_take_no_room_from_other_writes(void **state)
{
    (void)state;
    start_role();
    assert_int_equal(ask(put_of(1)), ERR_OK);
    send_figures(0);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_OK); /* it is written by now */
    postgres_kill(&both.server);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_AGAIN);
    for (unsigned n = 1; n < 2 * QUEUE_WRITES; n++)
        send_figures(n);
    struct ipc_message end = about(IPC_MEETING_END, 1);
    send_to(role.front, &end, -1);
    assert_true(postgres_start(&both.server));
    struct ipc_meeting_row row = next_answer();
    assert_int_equal(row.meeting.request, end.as.MEETING_END.request);
    assert_int_equal(row.result, ERR_OK);
    assert_string_equal(both_ask("SELECT sum(participants) || '/' || sum(people) || '/' ||"
                                 " sum(minutes) || '/' || count(*) || '/' || sum(flags)"
                                 " FROM server_days"),
                        "8192/16384/24576/2/0");
    end_role();
}

static void writes_of_a_front_that_died_are_done_but_not_answered(void **state)
{
    (void)state;
    start_role();
    assert_int_equal(ask(put_of(1)), ERR_OK);
    postgres_kill(&both.server);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_AGAIN);
    struct ipc_message m = about(IPC_MEETING_END, 1);
    send_to(role.front, &m, -1);
    assert_int_equal(ask(about(IPC_MEETING_GET, 1)), ERR_AGAIN); /* the end was taken in before */
    close(role.front);
    give_front();
    assert_true(postgres_start(&both.server));
    m = about(IPC_MEETING_END, 1);
    send_to(role.front, &m, -1);
    struct ipc_meeting_row row = next_answer();
    assert_int_equal(row.meeting.request, role.requests); /* no answer to the other front's */
    end_role();
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(it_answers_inside_its_sandbox),
        BOTH_FACT(ends_wait_for_the_database_and_come_in_order),
        BOTH_FACT(a_class_is_stored_as_one),
        BOTH_FACT(what_protects_a_meeting_survives_kill_9),
        BOTH_FACT(what_protects_a_meeting_waits_for_the_database),
        BOTH_FACT(a_put_that_nobody_waits_for_is_refused_and_not_done),
        BOTH_FACT(a_full_queue_is_a_typed_refusal),
        BOTH_FACT(figures_of_a_long_outage_take_no_room_from_other_writes),
        BOTH_FACT(writes_of_a_front_that_died_are_done_but_not_answered),
    };
    return cmocka_run_group_tests(facts, both_begin_postgres, both_end_postgres);
}
