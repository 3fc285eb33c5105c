/* A35: the server adds a ghost: a key package without the link's secret, an Add by a member that
 * broke the rules, a silent observer that it does not show. Expected: the roster is the tree;
 * nobody gets in without a profile and the link's secret; a leaf that the meeting does not show
 * stops all sending within a second. */
#include "e2ee/group_inside.h"
#include "hall_honest.h"

static bool everybody_secure_at(uint64_t epoch)
{
    bool all = true;
    for (int i = ANA; i <= CHI; i++) {
        struct e2ee_status s = hall_status(&hall, i);
        all = all && s.phase == E2EE_SECURE && s.count == 3 && s.epoch == epoch;
    }
    return all;
}

/* The server made up a link of its own: it knows the meeting's id, not its secret. */
static void without_the_secret(void)
{
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC], seed[32] = {7};
    struct forged f = {.link = hall.link, .name = "Recorder"};
    suite_sign_keys(seed, secret, public);
    f.device_secret = secret;
    f.device = public;
    memset(f.link.secret, 9, sizeof f.link.secret);
    forged_make(&f);
    NEED(forged_ask(&f, ANA, 60) != ERR_OK, "Ana is asked to let a recorder in");
    CHECK(hall.person[ANA].refused[RULE_JOIN_PROOF] == 1,
          "a key package without a proof of the link is refused");
    hall_run(&hall, 300);
    CHECK(hall_status(&hall, ANA).count == 3, "nobody was added");
    forged_free(&f);
}

/* Ben's program is the attacker's: it commits what its own checks would refuse. */
static void bad_commit(struct forged *f, bool psk, enum mls_rule rule, const char *fact)
{
    static uint8_t commit[65536], welcome[65536];
    struct e2ee *ben = hall.person[BEN].e;
    struct group *g = ben->g;
    struct writer c = writer_of(commit, sizeof commit), w = writer_of(welcome, sizeof welcome);
    struct span package, id = span_str("link");
    uint64_t epoch = hall.epoch;
    uint32_t before[2] = {hall.person[ANA].refused[rule], hall.person[CHI].refused[rule]};
    forged_make(f);
    package = span_of(f->package, f->len);
    struct group_plan plan = {.add = &package, .n_add = 1, .psk = &id, .n_psk = psk ? 1 : 0};
    g->config.hooks.check = NULL;
    NEED(group_commit(g, &plan, &c, &w) == ERR_OK, "the attacker's client makes its commit");
    group_drop(g);
    g->config.hooks.check = session_check;
    for (int i = ANA; i <= CHI; i += 2) {
        struct e2ee_input in = {.type = E2EE_IN_COMMIT, .epoch = epoch};
        in.member = hall.person[BEN].member;
        in.a = span_of(hall.group, hall.group_len);
        in.b = writer_span(&c);
        (void)hall_tell(&hall, i, &in);
    }
    NEED(hall.person[ANA].refused[rule] == before[0] + 1 &&
             hall.person[CHI].refused[rule] == before[1] + 1,
         "a forged Add is refused by all, with the rule that it breaks");
    printf("  ok  %s\n", fact);
    NEED(hall_status(&hall, ANA).epoch == epoch && hall_status(&hall, CHI).epoch == epoch,
         "their state is what it was");
    NEED(hall.person[ANA].invalids > 0 && hall.person[CHI].invalids > 0, "both report it");
    for (int i = ANA; i <= CHI; i++)
        hall_down(&hall, i,
                  &(struct e2ee_input){.type = E2EE_IN_REOPENED,
                                       .epoch = epoch,
                                       .a = span_of(hall.group, hall.group_len)});
    hall_run(&hall, 100);
    NEED(everybody_secure_at(epoch), "and all go on");
    forged_free(f);
}

static void by_a_member(void)
{
    uint8_t secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC], seed[32] = {8};
    suite_sign_keys(seed, secret, public);
    struct forged f = {
        .link = hall.link, .name = "Ghost", .device_secret = secret, .device = public};
    bad_commit(&f, false, RULE_LINK_PSK, "an Add without the link's secret is refused by all");
    f.name = NULL;
    bad_commit(&f, true, RULE_PROFILE_FORM, "an Add of a leaf without a profile is refused by all");
    f.name = "Ghost";
    f.device = hall.person[CHI].device;
    f.device_secret = hall.person[CHI].device_secret;
    bad_commit(&f, true, RULE_DEVICE_TWICE, "an Add of somebody's twin is refused by all");
}

/* ---- the silent observer ---- */

static uint8_t observer[E2EE_PARTICIPANT];
static bool observer_known, hide;

static bool hide_observer(struct hall *h, int to, struct e2ee_input *in)
{
    (void)h;
    return !(hide && observer_known && to <= CHI && in->type == E2EE_IN_MEMBER &&
             in->a.len == E2EE_PARTICIPANT && memcmp(in->a.ptr, observer, sizeof observer) == 0);
}

static bool ana_has_four(struct hall *h)
{
    return hall_status(h, ANA).count == 4;
}

/* The link leaked to the server's friend, who joins as the rules want, but is not shown. */
static void silent_observer(void)
{
    hide = true;
    hall.hooks.down = hide_observer;
    int eve = hall_join(&hall, "Eve", false);
    memcpy(observer, hall.person[eve].participant, sizeof observer);
    observer_known = true;
    NEED(hall_until(&hall, 5000, ana_has_four), "the observer is in the tree");
    uint64_t since = hall.now;
    hall_run(&hall, 1000);
    for (int i = ANA; i <= CHI; i++) {
        struct e2ee_status s = hall_status(&hall, i);
        NEED(s.phase == E2EE_STOPPED && s.why == E2EE_WHY_GHOST, "everybody has stopped sending");
        NEED(hall.person[i].stopped_at - since <= 1000, "within a second");
    }
    CHECK(true, "a leaf that is not shown stops all sending within a second");
    CHECK(hall_say(&hall, ANA, "do you hear me", -1) == ERR_STATE, "notes are not sent");
    struct sframe_key key;
    struct e2ee_status s = hall_status(&hall, ANA);
    CHECK(e2ee_media_key(hall.person[ANA].e, SFRAME_AUDIO, s.leaf, s.epoch, &key) == ERR_STATE,
          "nor is there a key to send media with");
    struct e2ee_person p;
    bool named = false;
    for (uint32_t cursor = 0; e2ee_person_next(hall.person[ANA].e, &cursor, &p);)
        named = named || (span_equal(p.name, span_str("Eve")) && p.member == 0);
    CHECK(named, "the roster names the observer all the same");
    struct e2ee_input remove = {.type = E2EE_IN_REMOVE};
    remove.a = span_of(observer, sizeof observer);
    NEED(hall_tell(&hall, ANA, &remove) == ERR_OK, "Ana removes the observer");
    hall_run(&hall, 1000);
    hall.hooks.down = NULL;
}

int main(void)
{
    honest_start(35);
    without_the_secret();
    by_a_member();
    honest_unhurt();
    silent_observer();
    honest_unhurt();
    hall_close(&hall);
    return 0;
}
