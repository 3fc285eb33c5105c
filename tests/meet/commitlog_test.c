/* Facts about the commit log: what goes in comes out, the oldest goes first, and no page is lost.
 */
#include "base/fact.h"

#include <stdlib.h>

#include "meet/commitlog.h"

enum { PAGES = 300 };

struct world {
    struct page page[PAGES];
    struct pool_slot slot[PAGES];
    struct pool pool;
    struct commitlog log;
};

static uint8_t bytes[LIMIT_GROUP_COMMIT], back[LIMIT_GROUP_COMMIT];

static struct world *begin(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    pool_init(&w->pool, w->page, sizeof w->page[0], w->slot, PAGES);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 13 + i / 4096);
    return w;
}

static void end(struct world *w)
{
    commitlog_clear(&w->log, &w->pool);
    assert_int_equal(w->pool.taken, 0);
    assert_int_equal(w->log.bytes, 0);
    free(w);
}

static bool append(struct world *w, size_t len, uint32_t from)
{
    uint8_t hash[COMMITLOG_HASH];
    memset(hash, (int)from, sizeof hash);
    return commitlog_append(&w->log, &w->pool,
                            &(struct commitlog_new){span_of(bytes, len), hash, from});
}

static void what_goes_in_comes_out(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,    COMMITLOG_PAGE - 1,     COMMITLOG_PAGE,
                                   4097, 3 * COMMITLOG_PAGE + 7, LIMIT_GROUP_COMMIT};
    struct world *w = begin();
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_true(append(w, sizes[i], i + 1));
        const struct commitlog_entry *e = commitlog_back(&w->log, 0);
        assert_int_equal(e->len, sizes[i]);
        assert_int_equal(e->from, i + 1);
        assert_int_equal(e->hash[31], i + 1);
        commitlog_read(&w->pool, e->first, back, e->len);
        assert_memory_equal(back, bytes, e->len);
    }
    assert_int_equal(commitlog_back(&w->log, 5)->len, 1);
    assert_null(commitlog_back(&w->log, 6));
    end(w);
}

static void the_oldest_goes_when_there_are_too_many(void **state)
{
    (void)state;
    struct world *w = begin();
    for (uint32_t i = 1; i <= LIMIT_GROUP_LOG_COMMITS + 10; i++)
        assert_true(append(w, 100, i));
    assert_int_equal(w->log.count, LIMIT_GROUP_LOG_COMMITS);
    assert_int_equal(commitlog_back(&w->log, LIMIT_GROUP_LOG_COMMITS - 1)->from, 11);
    assert_int_equal(w->pool.taken, LIMIT_GROUP_LOG_COMMITS);
    end(w);
}

static void the_oldest_goes_when_there_is_too_much(void **state)
{
    (void)state;
    struct world *w = begin();
    uint32_t fit = LIMIT_GROUP_LOG / LIMIT_GROUP_COMMIT;
    for (uint32_t i = 1; i <= fit + 1; i++)
        assert_true(append(w, LIMIT_GROUP_COMMIT, i));
    assert_int_equal(w->log.count, fit);
    assert_int_equal(commitlog_back(&w->log, fit - 1)->from, 2);
    end(w);
}

static void an_empty_pool_is_an_answer_and_takes_nothing(void **state)
{
    (void)state;
    struct world *w = begin();
    enum { CHAINS = PAGES / (LIMIT_GROUP_COMMIT / COMMITLOG_PAGE) };
    struct handle h[CHAINS];
    for (uint32_t i = 0; i < CHAINS; i++)
        h[i] = commitlog_pages_take(&w->pool, span_of(bytes, LIMIT_GROUP_COMMIT));
    uint32_t taken = w->pool.taken;
    assert_true(PAGES - taken < LIMIT_GROUP_COMMIT / COMMITLOG_PAGE);
    assert_false(append(w, LIMIT_GROUP_COMMIT, 1));
    assert_int_equal(w->pool.taken, taken);
    assert_int_equal(w->log.count, 0);
    commitlog_pages_give(&w->pool, h[0]);
    assert_true(append(w, LIMIT_GROUP_COMMIT, 1));
    for (uint32_t i = 1; i < CHAINS; i++)
        commitlog_pages_give(&w->pool, h[i]);
    end(w);
}

static void the_newest_can_be_taken_back(void **state)
{
    (void)state;
    struct world *w = begin();
    assert_false(commitlog_drop_newest(&w->log, &w->pool));
    assert_true(append(w, 5000, 1) && append(w, 6000, 2));
    assert_true(commitlog_drop_newest(&w->log, &w->pool));
    assert_int_equal(commitlog_back(&w->log, 0)->from, 1);
    assert_int_equal(w->log.bytes, 5000);
    assert_true(append(w, 7000, 3));
    assert_int_equal(commitlog_back(&w->log, 0)->from, 3);
    end(w);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(what_goes_in_comes_out),
        FACT(the_oldest_goes_when_there_are_too_many),
        FACT(the_oldest_goes_when_there_is_too_much),
        FACT(an_empty_pool_is_an_answer_and_takes_nothing),
        FACT(the_newest_can_be_taken_back),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
