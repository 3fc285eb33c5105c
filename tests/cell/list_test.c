/* Which list of data centres may follow which: issue 6's "bad input". The last good list stays in
 * force whatever comes; here each rule is broken alone. */
#include "base/fact.h"

#include <stdio.h>
#include <string.h>

#include "cell/list.h"

enum { NOW = 1790000000 };

static struct list now, next;

static void centre(struct list *l, const char *id, uint8_t zone, const char *country)
{
    struct list_centre *c = &l->centre[l->centres++];
    (void)snprintf(c->id, sizeof c->id, "%s", id);
    (void)snprintf(c->country, sizeof c->country, "%s", country);
    c->zone = zone;
}

static int set_up(void **state)
{
    (void)state;
    memset(&now, 0, sizeof now);
    now.version = 7;
    now.issued_s = NOW - 100;
    now.zones = 2;
    (void)snprintf(now.zone[0].id, sizeof now.zone[0].id, "%s", "eu");
    (void)snprintf(now.zone[1].id, sizeof now.zone[1].id, "%s", "cn");
    now.zone[1].fenced = true;
    centre(&now, "fra", 0, "DE");
    centre(&now, "sha", 1, "CN");
    centre(&now, "dub", 0, "IE");
    now.centre[2].state = LIST_WITHDRAWN;
    next = now;
    next.version = 8;
    next.issued_s = NOW;
    return 0;
}

static enum list_fault judged(const char *about)
{
    const char *id = "untouched";
    struct list kept = now;
    enum list_fault fault = list_follows(&now, &next, NOW, &id);
    assert_memory_equal(&now, &kept, sizeof now);
    if (!about)
        assert_null(id);
    else
        assert_string_equal(id, about);
    return fault;
}

static void a_newer_one_follows(void **state)
{
    (void)state;
    assert_int_equal(judged(NULL), LIST_FINE);
    next.centre[0].state = LIST_WITHDRAWN;
    next.zone[0].fenced = true;
    next.version = LIST_VERSION_MAX;
    centre(&next, "ams", 0, "NL");
    assert_int_equal(judged(NULL), LIST_FINE);
}

static void the_first_follows_nothing(void **state)
{
    (void)state;
    memset(&now, 0, sizeof now);
    assert_int_equal(judged(NULL), LIST_FINE);
    next.version = 1;
    assert_int_equal(judged(NULL), LIST_FINE);
}

static void an_older_one_does_not(void **state)
{
    (void)state;
    next.version = 6;
    assert_int_equal(judged(NULL), LIST_OLDER);
    next.version = 0;
    assert_int_equal(judged(NULL), LIST_OLDER);
}

static void one_version_is_one_list(void **state)
{
    (void)state;
    next = now;
    assert_int_equal(judged(NULL), LIST_SAME);
    next.centre[0].state = LIST_DOWN;
    assert_int_equal(judged(NULL), LIST_FORK);
}

static void time_goes_forward(void **state)
{
    (void)state;
    next.issued_s = NOW + LIST_SKEW_S;
    assert_int_equal(judged(NULL), LIST_FINE);
    next.issued_s++;
    assert_int_equal(judged(NULL), LIST_FUTURE);
    next.issued_s = now.issued_s - 1;
    assert_int_equal(judged(NULL), LIST_BEFORE);
}

static void zones_stay_and_keep_their_fence(void **state)
{
    (void)state;
    next.zone[1].fenced = false;
    assert_int_equal(judged("cn"), LIST_UNFENCED);
    next.zone[1].fenced = true;
    (void)snprintf(next.zone[1].id, sizeof next.zone[1].id, "%s", "xx");
    assert_int_equal(judged("cn"), LIST_ZONE_GONE);
}

static void a_data_centre_stays_where_it_is(void **state)
{
    (void)state;
    next.centre[1].zone = 0;
    assert_int_equal(judged("sha"), LIST_MOVED);
    next = now, next.version = 8;
    next.centre[0].realm = LIST_GOVERNMENT;
    assert_int_equal(judged("fra"), LIST_MOVED);
    next = now, next.version = 8;
    (void)snprintf(next.centre[0].country, sizeof next.centre[0].country, "%s", "FR");
    assert_int_equal(judged("fra"), LIST_MOVED);
    next = now, next.version = 8;
    (void)snprintf(next.centre[0].id, sizeof next.centre[0].id, "%s", "txl");
    assert_int_equal(judged("fra"), LIST_CENTRE_GONE);
}

/* The order of the zones is not what names them. */
static void zones_may_change_places(void **state)
{
    (void)state;
    struct list_zone first = next.zone[0];
    next.zone[0] = next.zone[1];
    next.zone[1] = first;
    for (uint32_t i = 0; i < next.centres; i++)
        next.centre[i].zone ^= 1;
    assert_int_equal(judged(NULL), LIST_FINE);
}

static void what_was_withdrawn_stays_so(void **state)
{
    (void)state;
    next.centre[2].state = LIST_UP;
    assert_int_equal(judged("dub"), LIST_RETURNED);
    next.centre[2].state = LIST_DOWN;
    assert_int_equal(judged("dub"), LIST_RETURNED);
}

static void every_fault_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < LIST_FAULT_COUNT_; i++)
        assert_true(strlen(list_fault_words((enum list_fault)i)) > 10);
    assert_string_equal(list_fault_words(LIST_FAULT_COUNT_), "");
}

#define FRESH(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_newer_one_follows),
        FRESH(the_first_follows_nothing),
        FRESH(an_older_one_does_not),
        FRESH(one_version_is_one_list),
        FRESH(time_goes_forward),
        FRESH(zones_stay_and_keep_their_fence),
        FRESH(a_data_centre_stays_where_it_is),
        FRESH(zones_may_change_places),
        FRESH(what_was_withdrawn_stays_so),
        FRESH(every_fault_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
