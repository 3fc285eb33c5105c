/* Facts about choices of data centres in the store, over SQLite and over PostgreSQL: every question
 * is answered as the rows in memory answer it, and they go with their owner. */
#include "store/both.h"

#include "account/memory.h"
#include "bin/role_store.h"

static struct {
    struct store *s;
    struct memory *m;
    struct account_reply from_store, from_memory;
} rig;

static void id_of(uint8_t id[ACCOUNT_ID], unsigned n)
{
    memset(id, 0, ACCOUNT_ID);
    id[ACCOUNT_ID - 1] = (uint8_t)n;
}

static enum err ask(const struct account_ask *q)
{
    struct account_reply *a = &rig.from_store, *b = &rig.from_memory;
    memset(a, 0, sizeof *a);
    memset(b, 0, sizeof *b);
    store_account(rig.s, q, a);
    memory_ask(rig.m, q, b);
    assert_int_equal(a->result, b->result);
    if (a->result != ERR_OK || q->type < ASK_PLACES_GET || q->type > ASK_PLACES_ABOVE)
        return a->result;
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        const struct account_places *x = &a->as.places[i], *y = &b->as.places[i];
        assert_memory_equal(x->owner, y->owner, ACCOUNT_ID);
        assert_int_equal(x->of_org, y->of_org);
        assert_int_equal(x->version, y->version);
        assert_int_equal(x->changed_s, y->changed_s);
        assert_string_equal(x->org, y->org);
        assert_string_equal(x->text, y->text);
    }
    return a->result;
}

static enum err places(enum account_ask_type type, unsigned owner, bool of_org, uint32_t version,
                       const char *text)
{
    struct account_ask q = {.type = type, .request = 1};
    id_of(q.as.places.owner, owner);
    q.as.places.of_org = of_org;
    q.as.places.version = version;
    q.as.places.changed_s = 1800000000 + version;
    (void)snprintf(q.as.places.text, sizeof q.as.places.text, "%s", text);
    return ask(&q);
}

/* Accounts 201 and 202; organisations 1 to 17, of each of which 202 is the owner. */
static void open_rig(unsigned orgs)
{
    memset(&rig, 0, sizeof rig);
    rig.s = both_open();
    rig.m = calloc(1, sizeof *rig.m);
    assert_non_null(rig.m);
    for (unsigned n = 201; n <= 202; n++) {
        struct account_ask q = {.type = ASK_ACCOUNT_PUT, .request = 1};
        id_of(q.as.fresh.row.id, n);
        (void)snprintf(q.as.fresh.row.name, sizeof q.as.fresh.row.name, "user%u", n);
        memcpy(q.as.fresh.credential.account, q.as.fresh.row.id, ACCOUNT_ID);
        q.as.fresh.credential.lookup[0] = (uint8_t)n;
        assert_int_equal(ask(&q), ERR_OK);
    }
    for (unsigned n = 1; n <= orgs; n++) {
        struct account_ask q = {.type = ASK_ORG_PUT, .request = 1};
        id_of(q.as.org.org.id, n);
        (void)snprintf(q.as.org.org.name, sizeof q.as.org.org.name, "org%02u", n);
        id_of(q.as.org.owner.org, n);
        id_of(q.as.org.owner.account, 202);
        q.as.org.owner.role = ACCOUNT_OWNER;
        assert_int_equal(ask(&q), ERR_OK);
    }
}

static void close_rig(void)
{
    store_close(rig.s);
    free(rig.m);
}

static void a_choice_is_kept_by_its_version(void **state)
{
    (void)state;
    open_rig(1);
    for (unsigned of_org = 0; of_org < 2; of_org++) {
        unsigned owner = of_org ? 1 : 201;
        assert_int_equal(places(ASK_PLACES_GET, owner, of_org, 7, "x"), ERR_OK);
        assert_int_equal(rig.from_store.as.places[0].version, 0);
        assert_string_equal(rig.from_store.as.places[0].text, "");
        assert_int_equal(places(ASK_PLACES_PUT, owner, of_org, 1, "p.out=a;"), ERR_CONFLICT);
        assert_int_equal(places(ASK_PLACES_PUT, owner, of_org, 0, "p.out=a;"), ERR_OK);
        assert_int_equal(places(ASK_PLACES_PUT, owner, of_org, 0, "p.out=b;"), ERR_CONFLICT);
        assert_int_equal(places(ASK_PLACES_PUT, owner, of_org, 1, "p.out=c;"), ERR_OK);
        assert_int_equal(places(ASK_PLACES_GET, owner, of_org, 0, ""), ERR_OK);
        assert_int_equal(rig.from_store.as.places[0].version, 2);
        assert_string_equal(rig.from_store.as.places[0].text, "p.out=c;");
    }
    assert_int_equal(places(ASK_PLACES_PUT, 203, false, 0, ""), ERR_NOT_FOUND);
    assert_int_equal(places(ASK_PLACES_PUT, 203, true, 0, ""), ERR_NOT_FOUND);
    assert_int_equal(places(ASK_PLACES_PUT, 201, true, 0, ""), ERR_NOT_FOUND);
    close_rig();
}

static void the_longest_text_fits(void **state)
{
    (void)state;
    char text[ACCOUNT_CHOICE + 1];
    memset(text, 'a', ACCOUNT_CHOICE);
    text[ACCOUNT_CHOICE] = '\0';
    open_rig(0);
    assert_int_equal(places(ASK_PLACES_PUT, 201, false, 0, text), ERR_OK);
    assert_int_equal(places(ASK_PLACES_GET, 201, false, 0, ""), ERR_OK);
    assert_string_equal(rig.from_store.as.places[0].text, text);
    close_rig();
}

static void all_organisations_stand_above_their_members(void **state)
{
    (void)state;
    open_rig(ACCOUNT_PAGE);
    assert_int_equal(places(ASK_PLACES_PUT, 3, true, 0, "zones=cn;"), ERR_OK);
    assert_int_equal(places(ASK_PLACES_ABOVE, 202, false, 0, ""), ERR_OK);
    assert_int_equal(rig.from_store.count, ACCOUNT_PAGE);
    assert_string_equal(rig.from_store.as.places[2].org, "org03");
    assert_string_equal(rig.from_store.as.places[2].text, "zones=cn;");
    assert_int_equal(rig.from_store.as.places[3].version, 0);
    assert_int_equal(places(ASK_PLACES_ABOVE, 201, false, 0, ""), ERR_OK);
    assert_int_equal(rig.from_store.count, 0);
    close_rig();
}

static void more_than_a_page_above_are_no_answer(void **state)
{
    (void)state;
    open_rig(ACCOUNT_PAGE + 1);
    assert_int_equal(places(ASK_PLACES_ABOVE, 202, false, 0, ""), ERR_LIMIT);
    close_rig();
}

static void a_choice_goes_with_its_account(void **state)
{
    (void)state;
    struct store_account_choice row = {.version = 0};
    struct account_ask q = {.type = ASK_ACCOUNT_DROP, .request = 1};
    open_rig(0);
    assert_int_equal(places(ASK_PLACES_PUT, 201, false, 0, "p.out=a;"), ERR_OK);
    id_of(q.as.row.id, 201);
    q.as.row.created_s = 1800000001;
    assert_int_equal(ask(&q), ERR_OK);
    id_of(row.account, 201);
    assert_int_equal(store_get_account_choice(rig.s, &row), ERR_NOT_FOUND);
    assert_int_equal(places(ASK_PLACES_PUT, 201, false, 0, ""), ERR_NOT_FOUND);
    close_rig();
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        BOTH_FACT(a_choice_is_kept_by_its_version),
        BOTH_FACT(the_longest_text_fits),
        BOTH_FACT(all_organisations_stand_above_their_members),
        BOTH_FACT(more_than_a_page_above_are_no_answer),
        BOTH_FACT(a_choice_goes_with_its_account),
    };
    return BOTH(facts);
}
