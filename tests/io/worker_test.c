/* Facts about the worker thread: order, the bound of its queue, the loop goes on, its sandbox. */
#include "base/fact.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/worker.h"

enum { JOBS = WORKER_QUEUE + 8 };

struct test_job {
    struct worker_job head;
    unsigned number;
};

static struct test_job jobs[JOBS];
static unsigned done[JOBS], n_done, given;
static uv_sem_t gate, begun;
static bool gated;

static void run(struct worker_job *job)
{
    (void)job;
    if (gated) {
        uv_sem_post(&begun);
        uv_sem_wait(&gate);
    }
}

static void on_done(struct worker_job *job)
{
    done[n_done++] = ((struct test_job *)(void *)job)->number;
}

static struct worker *begin(uv_loop_t *loop)
{
    struct worker *w = NULL;
    n_done = given = 0;
    assert_int_equal(uv_loop_init(loop), 0);
    assert_int_equal(worker_open(&w, loop), ERR_OK);
    return w;
}

static bool give(struct worker *w)
{
    jobs[given] = (struct test_job){.head = {.run = run, .done = on_done}, .number = given};
    bool room = worker_give(w, &jobs[given].head);
    given += room;
    return room;
}

static void jobs_are_done_in_order_and_the_loop_hears_of_each(void **state)
{
    static uv_loop_t loop;
    struct worker *w = begin(&loop);
    (void)state;
    gated = false;
    for (unsigned i = 0; i < WORKER_QUEUE / 2; i++)
        assert_true(give(w));
    while (n_done < given)
        uv_run(&loop, UV_RUN_ONCE);
    for (unsigned i = 0; i < given; i++)
        assert_int_equal(done[i], i);
}

static void who_goes_first_overtakes_all_others_in_order(void **state)
{
    static uv_loop_t loop;
    static const unsigned expected[] = {0, 3, 4, 1, 2}; /* the first was under way already */
    struct worker *w = begin(&loop);
    (void)state;
    gated = true;
    assert_int_equal(uv_sem_init(&gate, 0), 0);
    assert_int_equal(uv_sem_init(&begun, 0), 0);
    for (unsigned i = 0; i < 5; i++) {
        jobs[i] =
            (struct test_job){.head = {.run = run, .done = on_done, .first = i >= 3}, .number = i};
        assert_true(worker_give(w, &jobs[i].head));
        if (i == 0)
            uv_sem_wait(&begun);
    }
    for (unsigned i = 0; i < 5; i++)
        uv_sem_post(&gate);
    while (n_done < 5)
        uv_run(&loop, UV_RUN_ONCE);
    assert_memory_equal(done, expected, sizeof expected);
    gated = false;
}

static void a_full_queue_says_no_and_nothing_is_lost(void **state)
{
    static uv_loop_t loop;
    struct worker *w = begin(&loop);
    (void)state;
    gated = true;
    assert_int_equal(uv_sem_init(&gate, 0) | uv_sem_init(&begun, 0), 0);
    while (give(w))
        assert_in_range(given, 1, WORKER_QUEUE + 1); /* one may be under way */
    assert_in_range(given, WORKER_QUEUE, WORKER_QUEUE + 1);
    assert_int_equal(uv_run(&loop, UV_RUN_NOWAIT), 1); /* the loop does not wait for it */
    assert_int_equal(n_done, 0);
    for (unsigned i = 0; i < given; i++)
        uv_sem_post(&gate);
    while (n_done < given)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(n_done, given);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static void run_socket(struct worker_job *job)
{
    (void)job;
    _exit(socket(AF_INET, SOCK_STREAM, 0) < 0 ? 11 : 10);
}

/* Only where the product's own lists are in force, so not in a build with sanitizers. */
static void the_thread_may_open_no_socket(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static uv_loop_t loop;
        struct worker *w = begin(&loop);
        jobs[0] = (struct test_job){.head = {.run = run_socket, .done = on_done}};
        (void)worker_give(w, &jobs[0].head);
        uv_run(&loop, UV_RUN_DEFAULT);
        _exit(12);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_are_done_in_order_and_the_loop_hears_of_each),
        cmocka_unit_test(who_goes_first_overtakes_all_others_in_order),
        cmocka_unit_test(a_full_queue_says_no_and_nothing_is_lost),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(the_thread_may_open_no_socket),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
