/* Facts about the rules that every client enforces: a member whose program has no checks commits
 * what it likes; each honest member refuses with the rule's own name and stays where it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "attacks/hall_honest.h"
#include "e2ee/group_inside.h"

static uint8_t commit_bytes[65536], welcome_bytes[65536], package_bytes[4096];
static uint8_t device_secret[SUITE_SIGN_SECRET], device[SUITE_SIGN_PUBLIC];

static void open_with(bool waiting_room)
{
    hall_open(&hall, &(struct hall_terms){.seed = 44, .waiting_room = waiting_room});
    hall_join(&hall, "Ana", true);
    hall_run(&hall, 2000);
    for (int i = BEN; i <= CHI; i++) {
        hall_join(&hall, i == BEN ? "Ben" : "Chi", false);
        hall_run(&hall, 2500);
        struct e2ee_input admit = {.type = E2EE_IN_ADMIT, .flag = true};
        admit.a = span_of(hall.person[i].participant, E2EE_PARTICIPANT);
        if (waiting_room)
            assert_int_equal(hall_tell(&hall, ANA, &admit), ERR_OK);
        assert_true(hall_until(&hall, 5000, hall_all_secure));
    }
    hall_run(&hall, 40000);
    assert_true(hall_all_secure(&hall));
}

static int start(void **state)
{
    (void)state;
    open_with(false);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hall_close(&hall);
    return 0;
}

/* `who` commits the plan without its checks; the others refuse it with the rule. */
static void refused(int who, const struct group_plan *plan, enum mls_rule rule)
{
    struct group *g = hall.person[who].e->g;
    struct writer c = writer_of(commit_bytes, sizeof commit_bytes);
    struct writer w = writer_of(welcome_bytes, sizeof welcome_bytes);
    g->config.hooks.check = NULL;
    assert_int_equal(group_commit(g, plan, &c, &w), ERR_OK);
    group_drop(g);
    g->config.hooks.check = session_check;
    for (int i = ANA; i <= CHI; i++) {
        struct e2ee_input in = {.type = E2EE_IN_COMMIT, .epoch = hall.epoch};
        in.member = hall.person[who].member;
        in.a = span_of(hall.group, hall.group_len);
        in.b = writer_span(&c);
        if (i == who)
            continue;
        struct e2ee_status before = hall_status(&hall, i);
        uint32_t count = hall.person[i].refused[rule];
        assert_int_not_equal(hall_tell(&hall, i, &in), ERR_OK);
        if (hall.person[i].refused[rule] != count + 1)
            fail_msg("not refused by: %s", rule_words(rule));
        assert_int_equal(hall_status(&hall, i).epoch, before.epoch);
        assert_string_equal(hall_status(&hall, i).code, before.code);
    }
}

static struct forged stranger(void)
{
    uint8_t seed[32];
    forged_fill(NULL, seed, sizeof seed);
    suite_sign_keys(seed, device_secret, device);
    struct forged f = {.link = hall.link, .name = "Stranger", .device = device};
    f.device_secret = device_secret;
    return f;
}

static void add_is_refused(int who, const char *psk, enum mls_rule rule)
{
    struct forged f = stranger();
    forged_make(&f);
    struct span package = span_of(f.package, f.len), id = span_str(psk ? psk : "");
    struct group_plan plan = {.add = &package, .n_add = 1, .psk = &id, .n_psk = psk ? 1 : 0};
    refused(who, &plan, rule);
    forged_free(&f);
}

static void an_add_needs_the_link(void **state)
{
    (void)state;
    add_is_refused(BEN, NULL, RULE_LINK_PSK);
    add_is_refused(ANA, NULL, RULE_LINK_PSK);
}

static void a_locked_meeting_refuses_any_committers_add(void **state)
{
    (void)state;
    struct e2ee_input lock = {.type = E2EE_IN_POLICY, .flags = E2EE_LOCKED};
    assert_int_equal(hall_tell(&hall, ANA, &lock), ERR_OK);
    hall_run(&hall, 500);
    add_is_refused(BEN, "link", RULE_LOCKED);
}

static void who_is_no_administrator_admits_nobody_from_the_waiting_room(void **state)
{
    (void)state;
    hall_close(&hall);
    open_with(true);
    add_is_refused(BEN, "link", RULE_WAITING_ROOM);
}

static void who_is_no_administrator_removes_nobody_who_is_here(void **state)
{
    (void)state;
    uint32_t leaf = hall_status(&hall, CHI).leaf;
    struct group_plan plan = {.remove = &leaf, .n_remove = 1, .path = true};
    refused(BEN, &plan, RULE_REMOVE);
    leaf = hall_status(&hall, ANA).leaf;
    refused(BEN, &plan, RULE_REMOVE);
}

static bool ana_is_not_told(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    return to != ANA || in->type != E2EE_IN_GONE;
}

/* Chi has left; Ana alone does not know, and refuses the removal. */
static void who_alone_refuses_a_removal_joins_what_the_others_accepted(void **state)
{
    (void)state;
    hall_join(&hall, "Dov", false);
    hall_run(&hall, 45000);
    hall.hooks.down = ana_is_not_told;
    hall_leave(&hall, CHI);
    hall_run(&hall, 4500);
    assert_true(hall.person[ANA].refused[RULE_REMOVE] > 0);
    hall_run(&hall, 15000);
    assert_true(hall_all_secure(&hall));
    assert_int_equal(hall_status(&hall, ANA).count, 3);
}

/* seq: of the policy that Ben commits, signed with the host's key as it could be found in a log. */
static void policy_is_refused(int who, uint64_t seq, bool host_signed, enum mls_rule rule)
{
    uint8_t text[POLICY_MAX], all[POLICY_CONTEXT_MAX], secret[SUITE_SIGN_SECRET], public[32];
    struct writer p = writer_of(text, sizeof text), x = writer_of(all, sizeof all);
    struct policy_terms terms = {.seq = seq, .flags = 0, .max_members = 60};
    link_host_keys(hall.link.meeting, hall.link.host_secret, secret, public);
    if (!host_signed)
        memset(secret, 7, sizeof secret);
    assert_int_equal(policy_write(&terms, hall.link.meeting, secret, &p), ERR_OK);
    policy_context_write(writer_span(&p), &x);
    struct group_plan plan = {.set_extensions = true, .path = true};
    plan.extensions = writer_span(&x);
    refused(who, &plan, rule);
}

static void a_policy_comes_from_an_administrator_signed_and_newer(void **state)
{
    (void)state;
    policy_is_refused(BEN, 9, true, RULE_POLICY_CHANGE);
    policy_is_refused(ANA, 9, false, RULE_POLICY_SIGNATURE);
    policy_is_refused(ANA, 0, true, RULE_POLICY_OLD);
    struct group_plan none = {.set_extensions = true, .path = true};
    refused(ANA, &none, RULE_POLICY_FORM);
}

static void a_leaf_stays_the_person_it_is(void **state)
{
    (void)state;
    struct forged f = stranger();
    struct e2ee *ben = hall.person[BEN].e;
    uint8_t extensions[1024];
    struct writer x = writer_of(extensions, sizeof extensions);
    struct profile_place at =
        session_place(ben, group_id(ben->g), span_of(ben->sign_public, SUITE_SIGN_PUBLIC));
    forged_profile(&f, &at, &x); /* another device certifies Ben's leaf */
    struct group_plan plan = {.set_leaf_extensions = true, .path = true};
    plan.leaf_extensions = writer_span(&x);
    refused(BEN, &plan, RULE_PROFILE_CHANGED);
    plan.leaf_extensions = (struct span){NULL, 0};
    refused(BEN, &plan, RULE_PROFILE_FORM);
}

static void a_full_meeting_takes_nobody(void **state)
{
    (void)state;
    for (int i = ANA; i <= CHI; i++)
        hall.person[i].e->policy.max_members = 3; /* as if the host had said so */
    add_is_refused(BEN, "link", RULE_FULL);
}

static void a_group_made_anew_keeps_the_lock(void **state)
{
    (void)state;
    struct e2ee_input lock = {.type = E2EE_IN_POLICY, .flags = E2EE_LOCKED};
    assert_int_equal(hall_tell(&hall, ANA, &lock), ERR_OK);
    hall_run(&hall, 500);
    hall.group_len = 0; /* the server says that no group runs */
    for (int i = ANA; i <= CHI; i++)
        hall_down(&hall, i, &(struct e2ee_input){.type = E2EE_IN_GROUP_STATE});
    hall_run(&hall, 5000);
    for (int i = ANA; i <= CHI; i++)
        assert_int_equal(hall_status(&hall, i).flags, E2EE_LOCKED);
}

/* ---- leases and sizes of our profile ---- */

/* A new package of the stranger, for so long, with so many bytes more in its leaf. */
static struct span package_again(struct forged *f, uint64_t lifetime_s, size_t more)
{
    static const uint8_t filling[2000];
    uint8_t extensions[2048], ref[SUITE_HASH], key[LINK_KEY];
    struct writer x = writer_of(extensions, sizeof extensions);
    struct writer w = writer_of(package_bytes, sizeof package_bytes);
    struct group *g = f->group;
    struct group_self self = {g->signature_secret,
                              span_of(g->signature_public, SUITE_SIGN_PUBLIC),
                              span_of(f->participant, sizeof f->participant),
                              {NULL, 0}};
    struct span profile;
    assert_true(extension_find(span_of(g->extensions, g->extensions_len), EXT_PROFILE, &profile));
    extension_write(&x, EXT_PROFILE, profile);
    if (more > 0)
        extension_write(&x, EXT_MEETING_POLICY, span_of(filling, more));
    self.extensions = writer_span(&x);
    assert_true(writer_ok(&x));
    assert_int_equal(group_set_self(g, &self), ERR_OK);
    assert_int_equal(group_key_package(g, hall.now / 1000, lifetime_s, &w, ref), ERR_OK);
    link_derive(LINK_JOIN, f->link.meeting, f->link.secret, key);
    link_join_proof(key, ref, span_of(hall.group, hall.group_len), f->proof);
    f->len = writer_len(&w) <= sizeof f->package ? writer_len(&w) : 0;
    memcpy(f->package, package_bytes, f->len);
    return writer_span(&w);
}

static void stranger_is_refused(struct span package, enum mls_rule rule)
{
    struct span id = span_str("link");
    struct group_plan plan = {.add = &package, .n_add = 1, .psk = &id, .n_psk = 1};
    refused(BEN, &plan, rule);
}

static void a_lease_longer_than_ours_is_refused_by_committers_and_by_all(void **state)
{
    (void)state;
    struct forged f = stranger();
    forged_make(&f);
    stranger_is_refused(package_again(&f, PACKAGE_LEASE_S + 1, 0), RULE_KEY_PACKAGE);
    assert_int_equal(forged_ask(&f, ANA, 9), ERR_AUTH);
    assert_int_equal(hall.person[ANA].refused[RULE_KEY_PACKAGE], 2);
    (void)package_again(&f, PACKAGE_LEASE_S, 0);
    assert_int_equal(forged_ask(&f, ANA, 9), ERR_OK);
    forged_free(&f);
}

static void a_leaf_larger_than_our_profile_needs_is_refused(void **state)
{
    (void)state;
    struct forged f = stranger();
    struct key_package package;
    forged_make(&f);
    struct span bytes;
    size_t more = 1500;
    do { /* the first that is too large */
        bytes = package_again(&f, 3600, ++more);
        struct reader r = reader_of(bytes);
        key_package_parse(&r, &package);
        assert_true(reader_ok(&r));
        assert_true(more < 1900);
    } while (package.leaf.raw.len <= LEAF_MAX);
    assert_int_equal(package.leaf.raw.len, LEAF_MAX + 1);
    stranger_is_refused(bytes, RULE_LEAF);
    forged_free(&f);
}

/* ---- Welcomes ---- */

static bool nobody_is_wanted(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    (void)to;
    return in->type != E2EE_IN_WANTED_JOIN;
}

/* Ben adds whom he likes, without his checks; the newcomer refuses the Welcome, and stays as it
 * was. */
static void welcome_is_refused(int to, const struct group_plan *plan, enum mls_rule rule)
{
    struct group *g = hall.person[BEN].e->g;
    struct writer c = writer_of(commit_bytes, sizeof commit_bytes);
    struct writer w = writer_of(welcome_bytes, sizeof welcome_bytes);
    g->config.hooks.check = NULL;
    assert_int_equal(group_commit(g, plan, &c, &w), ERR_OK);
    group_drop(g);
    g->config.hooks.check = session_check;
    struct e2ee_input in = {.type = E2EE_IN_GROUP_WELCOME, .epoch = hall.epoch + 1};
    in.a = span_of(hall.group, hall.group_len);
    in.b = writer_span(&w);
    assert_int_not_equal(hall_tell(&hall, to, &in), ERR_OK);
    if (hall.person[to].refused[rule] != 1)
        fail_msg("not refused by: %s", rule_words(rule));
    assert_int_equal(hall_status(&hall, to).phase, E2EE_STARTING);
    assert_int_equal(roster_count(&hall.person[to].e->roster), 0);
}

static void a_welcome_that_breaks_a_rule_leaves_the_package_for_the_right_one(void **state)
{
    (void)state;
    struct forged f = stranger();
    f.name = NULL; /* a leaf without a person */
    forged_make(&f);
    hall.hooks.down = nobody_is_wanted;
    int dov = hall_join(&hall, "Dov", false);
    hall_run(&hall, 500);
    assert_true(hall.person[dov].asks);
    size_t len = hall.person[dov].package_len;
    uint8_t package[4096];
    memcpy(package, hall.person[dov].package, len);
    struct span add[] = {span_of(package, len), span_of(f.package, f.len)}, id = span_str("link");
    struct group_plan plan = {.add = add, .n_add = 1, .path = true};
    welcome_is_refused(dov, &plan, RULE_LINK_PSK);
    plan = (struct group_plan){.add = add, .n_add = 2, .psk = &id, .n_psk = 1};
    welcome_is_refused(dov, &plan, RULE_PROFILE_FORM);
    hall.hooks.down = NULL;
    assert_true(hall_until(&hall, 5000, hall_all_secure));
    assert_memory_equal(hall.person[dov].package, package, len); /* no other was made */
    forged_free(&f);
}

/* ---- removal ---- */

/* A commit of Ana's that removes Chi; its confirmation tag, which Chi cannot check, is of nothing.
 */
static struct span unconfirmed_removal(void)
{
    struct group *g = hall.person[ANA].e->g;
    struct framing framing = group_framing(g, g->now);
    uint32_t leaf = hall_status(&hall, CHI).leaf;
    struct group_plan plan = {.remove = &leaf, .n_remove = 1};
    struct writer c = writer_of(commit_bytes, sizeof commit_bytes);
    struct writer out = writer_of(welcome_bytes, sizeof welcome_bytes);
    static const uint8_t no_tag[SUITE_HASH];
    struct mls_message m;
    struct framed f;
    struct span tag;
    assert_int_equal(group_commit(g, &plan, &c, &out), ERR_OK);
    group_drop(g);
    assert_int_equal(mls_message_parse(writer_span(&c), &m), ERR_OK);
    assert_int_equal(public_parse(m.body, &f, &tag), ERR_OK);
    f.confirmation_tag = span_of(no_tag, sizeof no_tag);
    assert_int_equal(public_write(&framing, &f, &out), ERR_OK);
    return writer_span(&out);
}

static void remove_chi(struct span commit)
{
    struct e2ee_input in = {.type = E2EE_IN_COMMIT, .epoch = hall.epoch};
    in.a = span_of(hall.group, hall.group_len);
    in.b = commit;
    assert_int_equal(hall_tell(&hall, CHI, &in), ERR_OK);
    assert_int_equal(hall_status(&hall, CHI).why, E2EE_WHY_REMOVED);
    assert_int_equal(hall_say(&hall, CHI, "still here", -1), ERR_STATE);
}

static void a_removal_that_the_others_refuse_is_undone(void **state)
{
    (void)state;
    struct e2ee_input in = {.type = E2EE_IN_REOPENED, .epoch = hall.epoch};
    in.a = span_of(hall.group, hall.group_len);
    remove_chi(unconfirmed_removal());
    hall_run(&hall, OUT_MS - 1000);
    in.epoch--; /* an older story */
    assert_int_equal(hall_tell(&hall, CHI, &in), ERR_OK);
    assert_int_equal(hall_status(&hall, CHI).why, E2EE_WHY_REMOVED);
    in.epoch++;
    assert_int_equal(hall_tell(&hall, CHI, &in), ERR_OK);
    assert_true(hall_until(&hall, 5000, hall_all_secure));
}

static void a_removal_that_stands_is_the_end(void **state)
{
    (void)state;
    struct e2ee_input in = {.type = E2EE_IN_REOPENED, .epoch = hall.epoch};
    in.a = span_of(hall.group, hall.group_len);
    remove_chi(unconfirmed_removal());
    hall_run(&hall, OUT_MS);
    assert_int_equal(hall_tell(&hall, CHI, &in), ERR_STATE);
    assert_int_equal(hall_status(&hall, CHI).why, E2EE_WHY_REMOVED);
    static const uint8_t zeros[LINK_KEY];
    assert_memory_equal(hall.person[CHI].e->psk, zeros, sizeof zeros);
}

#define FACT(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(an_add_needs_the_link),
        FACT(a_locked_meeting_refuses_any_committers_add),
        FACT(who_is_no_administrator_admits_nobody_from_the_waiting_room),
        FACT(who_is_no_administrator_removes_nobody_who_is_here),
        FACT(who_alone_refuses_a_removal_joins_what_the_others_accepted),
        FACT(a_policy_comes_from_an_administrator_signed_and_newer),
        FACT(a_leaf_stays_the_person_it_is),
        FACT(a_full_meeting_takes_nobody),
        FACT(a_group_made_anew_keeps_the_lock),
        FACT(a_lease_longer_than_ours_is_refused_by_committers_and_by_all),
        FACT(a_leaf_larger_than_our_profile_needs_is_refused),
        FACT(a_welcome_that_breaks_a_rule_leaves_the_package_for_the_right_one),
        FACT(a_removal_that_the_others_refuse_is_undone),
        FACT(a_removal_that_stands_is_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
