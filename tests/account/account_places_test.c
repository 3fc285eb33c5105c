/* Facts about choices of data centres in the account core: who may choose, what an organisation's
 * choice does to its members', what is refused and by which word; and about the stored text. */
#include "account/desk.h"

static struct rig r;
static struct centre_table table;
static uint8_t ada[ACCOUNT_TOKEN], dan[ACCOUNT_TOKEN], eve[ACCOUNT_TOKEN];

enum { FRA, PAR, IAD, SHA, GOV, CENTRES };

static void has_role(const char *name, enum account_role role)
{
    struct account_event e = rig_event(ACCOUNT_ORG_SET, name, NULL);
    e.org = span_str("school");
    e.role = role;
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
}

static void make_table(void)
{
    static const char *const ids[CENTRES] = {"fra", "par", "iad", "sha", "gov"};
    static const uint8_t zones[CENTRES] = {0, 0, 1, 2, 0};
    static const char *const names[] = {"eu", "us", "cn"};
    memset(&table, 0, sizeof table);
    table.world.count = CENTRES;
    table.world.fenced = 1 << 2;
    table.zones = 3;
    for (unsigned i = 0; i < 3; i++)
        memcpy(table.zone[i], names[i], 3);
    for (unsigned i = 0; i < CENTRES; i++) {
        memcpy(table.row[i].id, ids[i], 4);
        table.world.centre[i].zone = zones[i];
    }
    table.world.centre[GOV].realm = FENCE_GOVERNMENT;
}

/* ada owns "school", dan is a member of it; eve is in none. */
static int begin(void **state)
{
    (void)state;
    make_table();
    rig_open(&r, true);
    struct account_config c = {.sign_up = true, .places = &table};
    r.core = account_init(r.core, &c);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "ada", "a long password"), ada);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "dan", "a long password"), dan);
    rig_token(&r, rig_event(ACCOUNT_SIGN_UP, "eve", "a long password"), eve);
    struct account_event e = rig_event(ACCOUNT_ORG_CREATE, "ada", NULL);
    e.org = span_str("school");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    has_role("dan", ACCOUNT_MEMBER);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_close(&r);
    return 0;
}

static enum account_reason look(const uint8_t *token, const char *org)
{
    struct account_event e = rig_with(ACCOUNT_PLACES_LOOK, token);
    e.org = span_str(org);
    return rig_do(&r, e);
}

static enum account_reason choose(const uint8_t *token, const char *org, const char *text,
                                  uint32_t version)
{
    struct account_event e = rig_with(ACCOUNT_PLACES_SET, token);
    e.org = span_str(org);
    e.choice = span_str(text);
    e.version = version;
    return rig_do(&r, e);
}

static void refused(const char *word, const char *key, const char *name)
{
    assert_string_equal(r.got.fault.word, word);
    assert_string_equal(r.got.fault.key, key);
    assert_string_equal(r.got.fault.name, name);
}

/* ---- facts ---- */

static void without_a_choice_all_of_the_realm_are_in(void **state)
{
    (void)state;
    assert_int_equal(look(eve, ""), ACCOUNT_OK);
    assert_int_equal(r.got.places.version, 0);
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING], 1 << FRA | 1 << PAR | 1 << IAD | 1 << SHA);
    assert_int_equal(r.got.reply->count, 0);
}

static void a_choice_is_kept_and_its_version_counts(void **state)
{
    (void)state;
    assert_int_equal(choose(eve, "", "p.out=iad;", 0), ACCOUNT_OK);
    assert_int_equal(r.got.places.version, 1);
    assert_int_equal(look(eve, ""), ACCOUNT_OK);
    assert_string_equal(r.got.places.text, "p.out=iad;");
    assert_int_equal(r.got.bound.may[CHOICE_TRANSIT] >> IAD & 1, 0);
    assert_int_equal(r.got.bound.may[CHOICE_STORAGE] >> IAD & 1, 1);
    assert_int_equal(choose(eve, "", "", 0), ACCOUNT_CHANGED);
    assert_int_equal(choose(eve, "", "", 1), ACCOUNT_OK);
    assert_int_equal(look(dan, ""), ACCOUNT_OK);
    assert_int_equal(r.got.places.version, 0);
}

static void an_organisation_binds_its_members_and_nobody_else(void **state)
{
    (void)state;
    assert_int_equal(choose(ada, "school", "p.in=fra,par;zones=us;", 0), ACCOUNT_OK);
    assert_int_equal(look(dan, ""), ACCOUNT_OK);
    assert_int_equal(r.got.reply->count, 1);
    assert_string_equal(r.got.reply->as.places[0].org, "school");
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING], 1 << FRA | 1 << PAR);
    assert_int_equal(r.got.above.may[CHOICE_PROCESSING], 1 << FRA | 1 << PAR);
    assert_int_equal(choose(dan, "", "p.in=iad;", 0), ACCOUNT_REFUSED_CHOICE);
    refused("organisation", "processing.opt_in", "iad");
    assert_int_equal(choose(dan, "", "p.out=fra,par;", 0), ACCOUNT_REFUSED_CHOICE);
    refused("none_left", "processing", "");
    assert_int_equal(choose(dan, "", "p.out=par;", 0), ACCOUNT_OK);
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING], 1 << FRA);
    assert_int_equal(look(eve, ""), ACCOUNT_OK);
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING] >> IAD & 1, 1);
}

/* A choice that was fine before the organisation chose is narrowed all the same. */
static void an_earlier_choice_is_bound_too(void **state)
{
    (void)state;
    assert_int_equal(choose(dan, "", "p.in=iad,fra;", 0), ACCOUNT_OK);
    assert_int_equal(choose(ada, "school", "p.out=iad;", 0), ACCOUNT_OK);
    assert_int_equal(look(dan, ""), ACCOUNT_OK);
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING], 1 << FRA);
}

static void members_look_and_leaders_choose(void **state)
{
    (void)state;
    assert_int_equal(look(dan, "school"), ACCOUNT_OK);
    assert_int_equal(choose(dan, "school", "p.out=iad;", 0), ACCOUNT_FORBIDDEN);
    assert_int_equal(look(eve, "school"), ACCOUNT_NOT_FOUND);
    assert_int_equal(choose(eve, "school", "", 0), ACCOUNT_NOT_FOUND);
    assert_int_equal(look(eve, "no.such"), ACCOUNT_NOT_FOUND);
    assert_int_equal(look(eve, "not a name"), ACCOUNT_BAD);
    assert_int_equal(r.rows->placed, 0);
    has_role("dan", ACCOUNT_ADMIN);
    assert_int_equal(choose(dan, "school", "p.out=iad;", 0), ACCOUNT_OK);
}

static void what_is_not_there_or_contradicts_is_refused_by_its_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word, *key, *name;
    } cases[] = {
        {"p.out=xxx;", "unknown_datacentre", "processing.opt_out", "xxx"},
        {"s.in=fra,fr;", "unknown_datacentre", "storage.opt_in", "fr"},
        {"zones=mars;", "unknown_zone", "refuse_zones", "mars"},
        {"p.in=fra;p.out=fra;", "in_and_out", "processing.opt_in", "fra"},
        {"t.in=fra;t.out=fra;", "in_and_out", "transit.opt_in", "fra"},
        {"s.in=gov;", "other_realm", "storage.opt_in", "gov"},
        {"p.in=iad,fra;zones=us;", "refused_zone", "processing.opt_in", "iad"},
        {"s.in=;", "none_left", "storage", ""},
        {"p.in=sha;", "none_left", "processing", ""},
        {"zones=eu,us;", "none_left", "processing", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(choose(eve, "", cases[i].text, 0), ACCOUNT_REFUSED_CHOICE);
        refused(cases[i].word, cases[i].key, cases[i].name);
    }
    assert_int_equal(r.rows->placed, 0);
}

static void nobody_gives_themselves_a_realm(void **state)
{
    (void)state;
    assert_int_equal(choose(ada, "school", "realm=government;", 0), ACCOUNT_FORBIDDEN);
    assert_int_equal(choose(ada, "school", "country=FR;", 0), ACCOUNT_FORBIDDEN);
    assert_int_equal(choose(ada, "school", "", 0), ACCOUNT_OK);
    memcpy(r.rows->places[0].text, "realm=government;", sizeof "realm=government;");
    assert_int_equal(choose(ada, "school", "", 1), ACCOUNT_FORBIDDEN);
    assert_int_equal(look(dan, ""), ACCOUNT_OK);
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING], 1 << GOV);
    assert_int_equal(choose(dan, "", "p.in=fra;", 0), ACCOUNT_REFUSED_CHOICE);
    refused("other_realm", "processing.opt_in", "fra");
}

static void an_id_that_left_the_list_widens_nothing(void **state)
{
    (void)state;
    assert_int_equal(choose(eve, "", "p.in=iad,par;s.out=par;", 0), ACCOUNT_OK);
    memcpy(table.row[IAD].id, "ord", 4);
    struct account_config c = {.sign_up = true, .places = &table};
    r.core = account_init(r.core, &c);
    assert_int_equal(look(eve, ""), ACCOUNT_OK);
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING], 1 << PAR);
    memcpy(table.row[PAR].id, "cdg", 4);
    r.core = account_init(r.core, &c);
    assert_int_equal(look(eve, ""), ACCOUNT_OK);
    assert_int_equal(r.got.bound.may[CHOICE_PROCESSING], 0);
}

static void what_cannot_be_read_lets_nothing_in(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "p",
        "p.in",
        "p.in=fra",
        "p.in=fra,;",
        "p.in=,fra;",
        "p.in=FRA;",
        "x.in=fra;",
        "p.in=fra;p.in=par;",
        "p.out=fra;p.in=par;",
        "zones=eu;p.in=fra;",
        "realm=mine;",
        "country=fr;",
        ";",
        "p.=fra;",
        "in=fra;",
        "p.in=fra;;",
    };
    struct choice c;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(places_read(&c, span_str(texts[i]), &table, false, NULL), ERR_MALFORMED);
        for (int use = 0; use < CHOICE_USES_; use++)
            assert_true(c.use[use].only && c.use[use].in == 0);
        assert_int_equal(choose(eve, "", texts[i], 0) == ACCOUNT_OK, 0);
    }
    assert_int_equal(places_read(&c, span_str("p.in=fra;t.out=;zones=cn;"), &table, true, NULL),
                     ERR_OK);
    assert_true(c.transit_own && c.refused == 4);
}

static void a_deleted_account_leaves_no_choice(void **state)
{
    (void)state;
    assert_int_equal(choose(eve, "", "p.out=iad;", 0), ACCOUNT_OK);
    struct account_event e = rig_with(ACCOUNT_DELETE, eve);
    e.name = span_str("eve");
    assert_int_equal(rig_do(&r, e), ACCOUNT_OK);
    assert_int_equal(r.rows->placed, 0);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest facts[] = {
        EACH(without_a_choice_all_of_the_realm_are_in),
        EACH(a_choice_is_kept_and_its_version_counts),
        EACH(an_organisation_binds_its_members_and_nobody_else),
        EACH(an_earlier_choice_is_bound_too),
        EACH(members_look_and_leaders_choose),
        EACH(what_is_not_there_or_contradicts_is_refused_by_its_key),
        EACH(nobody_gives_themselves_a_realm),
        EACH(an_id_that_left_the_list_widens_nothing),
        EACH(what_cannot_be_read_lets_nothing_in),
        EACH(a_deleted_account_leaves_no_choice),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
