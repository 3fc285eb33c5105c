/* A37: downgrade: capabilities stripped, a leaf without our extensions, a peer "without
 * encryption", a recorder, a stripped policy or descriptor. Expected: refused, each with its rule;
 * there is no code that sends or shows anything in the clear, so there is nothing to fall back to.
 */
#include "e2ee/group_inside.h"
#include "hall_honest.h"

static uint8_t device_secret[SUITE_SIGN_SECRET], device[SUITE_SIGN_PUBLIC];

static struct forged person(const char *name)
{
    uint8_t seed[32];
    forged_fill(NULL, seed, sizeof seed);
    suite_sign_keys(seed, device_secret, device);
    return (struct forged){
        .link = hall.link, .name = name, .device_secret = device_secret, .device = device};
}

static void rules(struct forged *f, enum mls_rule rule)
{
    uint32_t before = hall.person[ANA].refused[rule];
    (void)forged_ask(f, ANA, 60);
    hall_run(&hall, 500);
    if (hall.person[ANA].refused[rule] != before + 1)
        for (int r = 1; r < RULE_COUNT_; r++)
            if (hall.person[ANA].refused[r])
                printf("      refused: %s\n", rule_words((enum mls_rule)r));
    NEED(hall.person[ANA].refused[rule] == before + 1, "refused with its rule");
    NEED(hall_status(&hall, ANA).count == 3, "nobody was added");
    forged_free(f);
}

/* The types of our extensions stand in the leaf's capabilities, as 0xF0C0 and 0xF0C1. */
static void strip(struct forged *f)
{
    for (size_t i = 0; i + 4 <= f->len; i++)
        if (memcmp(f->package + i, "\xF0\xC0\xF0\xC1", 4) == 0) {
            f->package[i] = 0x0A;
            f->package[i + 2] = 0x0A;
            return;
        }
    NEED(false, "the capabilities are found");
}

static void packages(void)
{
    struct forged f = person("Recorder");
    uint8_t key[LINK_KEY], ref[SUITE_HASH];
    forged_make(&f);
    strip(&f);
    link_derive(LINK_JOIN, f.link.meeting, f.link.secret, key);
    NEED(key_package_ref(&suite_chacha, span_of(f.package, f.len), ref) == ERR_OK, "hashed");
    link_join_proof(key, ref, span_of(hall.group, hall.group_len), f.proof);
    rules(&f, RULE_KEY_PACKAGE);
    CHECK(true, "capabilities stripped on the way: the signature does not hold");
    f = person(NULL);
    forged_make(&f);
    rules(&f, RULE_PROFILE_FORM);
    CHECK(true, "a leaf without a profile (telephone, recorder) is refused");
    f = person("Ana");
    f.device_secret = NULL;
    f.device = hall.person[CHI].device;
    forged_make(&f);
    rules(&f, RULE_PROFILE_DEVICE);
    CHECK(true, "a profile that no device signed is refused");
}

/* The server shows a member that has no leaf: "a peer without encryption". */
static void peer_without(void)
{
    uint8_t nobody[E2EE_PARTICIPANT] = {1};
    struct e2ee_input in = {.type = E2EE_IN_MEMBER, .member = 61};
    in.a = span_of(nobody, sizeof nobody);
    for (int i = ANA; i <= CHI; i++)
        NEED(hall_tell(&hall, i, &in) == ERR_OK, "the server shows such a peer");
    hall_run(&hall, 3000);
    struct e2ee_person p;
    bool there = false;
    for (uint32_t cursor = 0; e2ee_person_next(hall.person[ANA].e, &cursor, &p);)
        there = there || p.member == 61;
    CHECK(!there && hall_status(&hall, ANA).count == 3,
          "a peer without a leaf is not in the roster, and has no key");
    in.type = E2EE_IN_GONE;
    for (int i = ANA; i <= CHI; i++)
        (void)hall_tell(&hall, i, &in);
}

static bool outsider_ready(struct hall *h)
{
    return hall_status(h, h->n_people - 1).phase != E2EE_STARTING;
}

static size_t true_descriptor;

static bool no_descriptor(struct hall *h, int to, struct e2ee_input *in)
{
    if (to == h->n_people - 1 && in->type == E2EE_IN_WELCOMED)
        in->a.len = true_descriptor;
    return true;
}

static void descriptor(void)
{
    uint8_t other[E2EE_DESCRIPTOR_MAX];
    struct e2ee_link link = hall.link;
    struct writer w = writer_of(other, sizeof other);
    struct e2ee_terms open = {false, 60, 1};
    memset(link.host_secret, 3, sizeof link.host_secret);
    NEED(e2ee_descriptor_make(&link, &open, &w) == ERR_OK, "another host makes one");
    hall.hooks.down = no_descriptor;
    true_descriptor = 0;
    int dan = hall_join(&hall, "Dan", false);
    NEED(hall_until(&hall, 2000, outsider_ready), "Dan hears the server");
    CHECK(hall_status(&hall, dan).why == E2EE_WHY_DESCRIPTOR, "no descriptor: refused");
    hall_leave(&hall, dan);
    memcpy(hall.descriptor, other, writer_len(&w));
    true_descriptor = writer_len(&w);
    int eve = hall_join(&hall, "Eve", false);
    NEED(hall_until(&hall, 2000, outsider_ready), "Eve hears the server");
    CHECK(hall_status(&hall, eve).why == E2EE_WHY_DESCRIPTOR, "another host's: refused");
    struct frame f = {.len = 0};
    struct media_sender s;
    media_sender_init(&s, SFRAME_AUDIO);
    CHECK(hall_say(&hall, eve, "in the clear?", -1) == ERR_STATE &&
              !frame_seal(&s, eve, "in the clear?", &f) && f.len == 0,
          "who is not in the group sends nothing, not even in the clear");
    hall.hooks.down = NULL;
    hall_leave(&hall, eve);
}

/* A commit that takes the policy out of the group, by a program without our checks. */
static void stripped_policy(void)
{
    static uint8_t commit[65536];
    struct e2ee *ana = hall.person[ANA].e;
    struct writer c = writer_of(commit, sizeof commit), w = writer_of(NULL, 0);
    struct group_plan plan = {.set_extensions = true, .path = true};
    ana->g->config.hooks.check = NULL;
    NEED(group_commit(ana->g, &plan, &c, &w) == ERR_OK, "a commit without a policy is made");
    group_drop(ana->g);
    ana->g->config.hooks.check = session_check;
    struct e2ee_input in = {.type = E2EE_IN_COMMIT, .epoch = hall.epoch};
    in.member = hall.person[ANA].member;
    in.a = span_of(hall.group, hall.group_len);
    in.b = writer_span(&c);
    CHECK(hall_tell(&hall, BEN, &in) != ERR_OK && hall.person[BEN].refused[RULE_POLICY_FORM] == 1,
          "a commit that strips the policy is refused");
    hall_down(&hall, BEN,
              &(struct e2ee_input){.type = E2EE_IN_REOPENED,
                                   .epoch = hall.epoch,
                                   .a = span_of(hall.group, hall.group_len)});
    hall_run(&hall, 100);
}

int main(void)
{
    honest_start(37);
    packages();
    peer_without();
    stripped_policy();
    honest_unhurt();
    descriptor();
    honest_unhurt();
    hall_close(&hall);
    return 0;
}
