/* Facts about e2ee/group: each rule of RFC 9420 sections 12.1 to 12.4.2 against a member who breaks
 * it, with every signature and membership tag right. Nothing of the state changes. */
#include "e2ee/insider.h"

struct stage {
    struct crowd *c;
    struct person *bad, *good; /* who breaks the rule; who hears it */
    struct paper list, message;
    uint8_t before[SUITE_HASH];
};

static void stage_open(struct stage *s, uint64_t seed)
{
    s->c = crowd_of(4, 2, seed);
    s->bad = &s->c->person[0];
    s->good = &s->c->person[1];
    s->list = paper_new();
    s->message = paper_new();
    fingerprint(s->good, true, s->before);
}

static void stage_close(struct stage *s)
{
    free(s->list.bytes);
    free(s->message.bytes);
    crowd_close(s->c);
}

/* The list committed without a path. */
static void expect(struct stage *s, enum mls_rule rule)
{
    struct span none = {NULL, 0};
    struct span message = insider_commit(s->bad, paper_span(&s->list), none, &s->message);
    refused(s->good, hear(s->good, message), rule);
    unchanged(s->good, true, s->before);
    paper_blank(&s->list);
}

static void put(struct stage *s, enum proposal_type type)
{
    writer_u8(&s->list.w, 1);
    writer_u16(&s->list.w, (uint16_t)type);
}

static void put_remove(struct stage *s, uint32_t leaf)
{
    put(s, PROPOSAL_REMOVE);
    writer_u32(&s->list.w, leaf);
}

static void put_psk(struct stage *s, const char *id, uint8_t nonce)
{
    uint8_t bytes[SUITE_HASH];
    memset(bytes, nonce, sizeof bytes);
    put(s, PROPOSAL_PSK);
    psk_id_write(&s->list.w, span_str(id), bytes);
}

static void put_add(struct stage *s, uint32_t who)
{
    put(s, PROPOSAL_ADD);
    writer_bytes(&s->list.w, person_package(&s->c->person[who], s->c->package[who]));
}

/* ---- framing ---- */

static void strangers_and_forgers_are_refused(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 41);
    uint8_t remove[] = {0, PROPOSAL_REMOVE, 0, 0, 0, 2};
    struct insider_message m = insider_of(s.bad, CONTENT_PROPOSAL, span_of(remove, sizeof remove));
    struct insider_message other = m;
    other.leaf = 2; /* in another's name */
    refused(s.good, hear(s.good, insider_write(s.bad, &other, &s.message)), RULE_SIGNATURE);
    other.leaf = 40;
    refused(s.good, hear(s.good, insider_write(s.bad, &other, &s.message)), RULE_SENDER);
    other = m;
    other.epoch++;
    refused(s.good, hear(s.good, insider_write(s.bad, &other, &s.message)), RULE_EPOCH);
    struct span message = insider_write(s.bad, &m, &s.message);
    s.message.bytes[message.len - 1] ^= 1;
    refused(s.good, hear(s.good, message), RULE_MEMBERSHIP_TAG);
    s.message.bytes[message.len - 1] ^= 1;
    s.message.bytes[5] ^= 1; /* the group id */
    refused(s.good, hear(s.good, message), RULE_GROUP);
    unchanged(s.good, true, s.before);
    stage_close(&s);
}

static void nobody_from_outside_speaks(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 42);
    uint8_t remove[] = {0, PROPOSAL_REMOVE, 0, 0, 0, 2};
    for (int sender = SENDER_EXTERNAL; sender <= SENDER_NEW_COMMIT; sender++) {
        struct insider_message m =
            insider_of(s.bad, CONTENT_PROPOSAL, span_of(remove, sizeof remove));
        m.sender = (enum sender_type)sender;
        refused(s.good, hear(s.good, insider_write(s.bad, &m, &s.message)), RULE_EXTERNAL);
    }
    put(&s, PROPOSAL_EXTERNAL_INIT);
    codec_write_vector(&s.list.w, span_str("kem output"));
    expect(&s, RULE_EXTERNAL);
    unchanged(s.good, true, s.before);
    stage_close(&s);
}

static void application_data_is_never_public(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 43);
    uint8_t remove[] = {0, PROPOSAL_REMOVE, 0, 0, 0, 2}; /* nor taken for a proposal */
    struct insider_message m =
        insider_of(s.bad, CONTENT_APPLICATION, span_of(remove, sizeof remove));
    refused(s.good, hear(s.good, insider_write(s.bad, &m, &s.message)), RULE_FORM);
    unchanged(s.good, true, s.before);
    stage_close(&s);
}

/* Every member can derive every sender's message keys; only the signature tells them apart. */
static void nobody_speaks_in_anothers_name(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 59);
    struct framing f = group_framing(s.bad->g, s.bad->g->now);
    struct private_make make = {0, &s.bad->g->config.random};
    uint8_t signature[SUITE_SIGNATURE];
    struct framed m = {.group_id = group_id(s.bad->g),
                       .epoch = group_epoch(s.bad->g),
                       .sender = SENDER_MEMBER,
                       .leaf = group_own_leaf(s.c->person[2].g),
                       .type = CONTENT_APPLICATION,
                       .content = span_str("said the other"),
                       .wire = WIRE_PRIVATE};
    assert_int_equal(framed_sign(&f, &m, s.bad->secret, signature), ERR_OK);
    m.signature = span_of(signature, sizeof signature);
    assert_int_equal(private_write(&f, &m, &make, paper_blank(&s.message)), ERR_OK);
    fingerprint(s.good, false, s.before); /* ratchets may move: opening draws keys lazily */
    refused(s.good, hear(s.good, paper_span(&s.message)), RULE_SIGNATURE);
    unchanged(s.good, false, s.before);
    struct paper paper = paper_new(); /* and the honest one's key was not used up */
    struct person *honest = &s.c->person[2];
    must(honest,
         group_protect(honest->g, span_of(NULL, 0), span_str("me"), 0, paper_blank(&paper)));
    must(s.good, hear(s.good, paper_span(&paper)));
    free(paper.bytes);
    stage_close(&s);
}

static void oneself_stays_the_same_while_in_a_group(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 60);
    struct person *other = &s.c->person[2];
    struct group_self self = {other->secret, span_of(other->public, sizeof other->public),
                              span_str("another"), span_of(NULL, 0)};
    refused(s.good, group_set_self(s.good->g, &self), RULE_LEAF);
    unchanged(s.good, true, s.before);
    stage_close(&s);
}

static void other_messages_are_not_processed(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 44);
    refused(s.good, hear(s.good, paper_span(&s.c->welcome)), RULE_FORM);
    refused(s.good, hear(s.good, span_str("")), RULE_FORM);
    refused(s.good, hear(s.good, span_of("\0\2\0\1", 4)), RULE_FORM);
    unchanged(s.good, true, s.before);
    stage_close(&s);
}

/* ---- lists ---- */

static void lists_that_contradict_themselves_are_refused(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 45);
    expect(&s, RULE_PATH); /* empty, without a path */
    put_remove(&s, 2);
    expect(&s, RULE_PATH);
    put(&s, PROPOSAL_EXTENSIONS);
    codec_write_vector(&s.list.w, span_str(""));
    expect(&s, RULE_PATH);
    put_psk(&s, "link", 1);
    put_psk(&s, "link", 1);
    expect(&s, RULE_PROPOSAL_LIST);
    put_psk(&s, "link", 1);
    put_psk(&s, "link", 2); /* nonces differ: allowed, so it fails only at its end */
    expect(&s, RULE_CONFIRMATION_TAG);
    put(&s, PROPOSAL_REINIT);
    codec_write_vector(&s.list.w, span_str("next group"));
    writer_u32(&s.list.w, 0x00010003);
    codec_write_vector(&s.list.w, span_str(""));
    expect(&s, RULE_PROPOSAL_LIST);
    writer_u8(&s.list.w, 2);
    codec_write_vector(&s.list.w, span_str("12345678901234567890123456789012"));
    expect(&s, RULE_PROPOSAL_UNKNOWN);
    writer_u8(&s.list.w, 3);
    expect(&s, RULE_FORM);
    stage_close(&s);
}

static void unknown_proposals_are_refused(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 46);
    for (unsigned type = 0; type < 3; type++) {
        static const uint16_t types[] = {0, 8, 0x0a0a};
        writer_u8(&s.list.w, 1);
        writer_u16(&s.list.w, types[type]);
        codec_write_vector(&s.list.w, span_str("?"));
        expect(&s, RULE_FORM);
    }
    stage_close(&s);
}

static void psks_must_be_known_fresh_and_of_our_uses(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 47);
    put_psk(&s, "other", 1);
    expect(&s, RULE_PSK);
    put(&s, PROPOSAL_PSK);
    writer_u8(&s.list.w, PSK_EXTERNAL);
    codec_write_vector(&s.list.w, span_str("link"));
    codec_write_vector(&s.list.w, span_str("short nonce"));
    expect(&s, RULE_PSK);
    for (uint8_t usage = PSK_APPLICATION; usage <= PSK_BRANCH; usage++) {
        put(&s, PROPOSAL_PSK);
        writer_u8(&s.list.w, PSK_RESUMPTION);
        writer_u8(&s.list.w, usage);
        codec_write_vector(&s.list.w, group_id(s.bad->g));
        writer_u64(&s.list.w, group_epoch(s.bad->g) - (usage == PSK_APPLICATION));
        codec_write_vector(&s.list.w, span_str("12345678901234567890123456789012"));
        expect(&s, RULE_PSK); /* an epoch that is over; reinit; branch */
    }
    s.good->knows_link = false;
    put_psk(&s, "link", 1);
    expect(&s, RULE_PSK);
    stage_close(&s);
}

static void who_has_another_link_secret_does_not_follow(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 48);
    struct paper commit = paper_new(), welcome = paper_new();
    struct span link = span_str("link");
    struct group_plan plan = {.psk = &link, .n_psk = 1};
    must(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)));
    s.good->link[0] ^= 1;
    refused(s.good, hear(s.good, paper_span(&commit)), RULE_CONFIRMATION_TAG);
    unchanged(s.good, true, s.before);
    free(commit.bytes);
    free(welcome.bytes);
    stage_close(&s);
}

static void nobody_is_added_twice(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 49);
    put_add(&s, 4);
    put_add(&s, 4); /* two packages of one person */
    expect(&s, RULE_KEY_REUSED);
    put_add(&s, 2); /* in the tree already */
    expect(&s, RULE_KEY_REUSED);
    put_add(&s, 4);
    put_add(&s, 5);
    expect(&s, RULE_CONFIRMATION_TAG); /* good but for its end */
    stage_close(&s);
}

static void broken_key_packages_are_refused(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 50);
    put_add(&s, 4);
    size_t len = writer_len(&s.list.w);
    s.list.bytes[len - 1] ^= 1; /* its signature */
    expect(&s, RULE_KEY_PACKAGE);
    put_add(&s, 4);
    s.list.bytes[6] ^= 2; /* its suite */
    expect(&s, RULE_KEY_PACKAGE);
    stage_close(&s);
}

static void lifetimes_count_when_the_time_is_known(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 51);
    group_set_time(s.good->g, 1001);
    put_add(&s, 4); /* lives until 1000 */
    expect(&s, RULE_KEY_PACKAGE);
    group_set_time(s.good->g, 999);
    put_add(&s, 4);
    expect(&s, RULE_CONFIRMATION_TAG);
    struct paper commit = paper_new(), welcome = paper_new();
    struct span add = person_package(&s.c->person[4], s.c->package[4]);
    struct group_plan plan = {.add = &add, .n_add = 1, .now_s = 1001};
    refused(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)),
            RULE_KEY_PACKAGE);
    free(commit.bytes);
    free(welcome.bytes);
    stage_close(&s);
}

static void proposals_of_others_are_checked_before_they_are_kept(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 52);
    uint8_t blank_leaf[] = {0, PROPOSAL_REMOVE, 0, 0, 0, 50};
    uint8_t init[] = {0, PROPOSAL_EXTERNAL_INIT, 1, 0};
    struct insider_message m =
        insider_of(s.bad, CONTENT_PROPOSAL, span_of(blank_leaf, sizeof blank_leaf));
    refused(s.good, hear(s.good, insider_write(s.bad, &m, &s.message)), RULE_PROPOSAL_LIST);
    m.content = span_of(init, sizeof init);
    refused(s.good, hear(s.good, insider_write(s.bad, &m, &s.message)), RULE_EXTERNAL);
    struct writer *w = paper_blank(&s.list);
    writer_u16(w, PROPOSAL_ADD);
    writer_bytes(w, person_package(&s.c->person[4], s.c->package[4]));
    s.list.bytes[writer_len(w) - 1] ^= 1;
    m.content = paper_span(&s.list);
    refused(s.good, hear(s.good, insider_write(s.bad, &m, &s.message)), RULE_KEY_PACKAGE);
    unchanged(s.good, true, s.before);
    stage_close(&s);
}

/* An Update must be one's own and bring a new key; the leaf's signature binds group and place. */
static void write_update(struct stage *s, const struct leaf_make *make)
{
    struct writer *w = paper_blank(&s->list);
    writer_u16(w, PROPOSAL_UPDATE);
    assert_int_equal(leaf_write(&suite_chacha, make, w), ERR_OK);
}

static void updates_are_bound_to_place_and_source(void **state)
{
    (void)state;
    struct stage s;
    struct leaf_make make;
    uint8_t key[SUITE_KEM_PUBLIC_MAX], secret[SUITE_KEM_SECRET_MAX], ikm[32] = {7};
    stage_open(&s, 53);
    assert_int_equal(suite_chacha.kem_derive(span_of(ikm, 32), secret, key), ERR_OK);
    assert_int_equal(group_leaf_make(s.bad->g, &make), ERR_OK);
    make.source = LEAF_UPDATE;
    struct leaf_make other = make; /* a place that is not its own */
    other.encryption_key = span_of(key, sizeof key);
    other.place.leaf_index++;
    write_update(&s, &other);
    struct insider_message m = insider_of(s.bad, CONTENT_PROPOSAL, paper_span(&s.list));
    refused(s.good, hear(s.good, insider_write(s.bad, &m, &s.message)), RULE_LEAF);
    other = make;
    other.encryption_key = span_of(key, sizeof key);
    other.source = LEAF_COMMIT;
    write_update(&s, &other);
    m = insider_of(s.bad, CONTENT_PROPOSAL, paper_span(&s.list));
    refused(s.good, hear(s.good, insider_write(s.bad, &m, &s.message)), RULE_LEAF);
    unchanged(s.good, true, s.before);
    stage_close(&s);
}

static void an_update_with_the_old_key_is_refused_when_committed(void **state)
{
    (void)state;
    struct stage s;
    struct leaf_make make;
    stage_open(&s, 54);
    assert_int_equal(group_leaf_make(s.bad->g, &make), ERR_OK);
    make.source = LEAF_UPDATE; /* the key stays */
    write_update(&s, &make);
    struct insider_message m = insider_of(s.bad, CONTENT_PROPOSAL, paper_span(&s.list));
    struct span message = insider_write(s.bad, &m, &s.message);
    struct person *committer = &s.c->person[2];
    must(committer, hear(committer, message));
    struct paper commit = paper_new(), welcome = paper_new();
    struct group_plan plan = {.cached = true};
    refused(committer,
            group_commit(committer->g, &plan, paper_blank(&commit), paper_blank(&welcome)),
            RULE_KEY_REUSED);
    free(commit.bytes);
    free(welcome.bytes);
    stage_close(&s);
}

/* ---- extensions ---- */

static struct span required(struct paper *paper, uint16_t extension)
{
    struct paper data = paper_new();
    codec_write_vector(&data.w,
                       span_of((uint8_t[]){(uint8_t)(extension >> 8), (uint8_t)extension}, 2));
    codec_write_vector(&data.w, span_of(NULL, 0));
    codec_write_vector(&data.w, span_of((uint8_t[]){0, CREDENTIAL_BASIC}, 2));
    extension_write(paper_blank(paper), EXT_REQUIRED_CAPABILITIES, paper_span(&data));
    free(data.bytes);
    return paper_span(paper);
}

static void extensions_must_be_supported_by_everybody(void **state)
{
    (void)state;
    struct stage s;
    struct paper commit = paper_new(), welcome = paper_new(), extensions = paper_new();
    stage_open(&s, 55);
    struct group_plan plan = {.set_extensions = true,
                              .extensions = required(&extensions, EXT_MEETING_POLICY)};
    crowd_commit(s.c, 0, &plan);
    agree(s.bad, s.good);
    assert_true(span_equal(group_extensions(s.good->g), paper_span(&extensions)));
    plan.extensions = required(&extensions, 0xF0FF);
    refused(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)),
            RULE_EXTENSIONS);
    struct writer *w = paper_blank(&extensions);
    extension_write(w, 0xF0FF, span_str("nobody knows this"));
    plan.extensions = writer_span(w);
    refused(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)),
            RULE_EXTENSIONS);
    extension_write(paper_blank(&extensions), EXT_MEETING_POLICY, span_str("a"));
    extension_write(&extensions.w, EXT_MEETING_POLICY, span_str("b")); /* one type twice */
    plan.extensions = paper_span(&extensions);
    refused(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)),
            RULE_PROPOSAL_LIST);
    free(commit.bytes);
    free(welcome.bytes);
    free(extensions.bytes);
    stage_close(&s);
}

/* required_capabilities that name `n` times what everybody can do, in list `which`. */
static struct span long_list(struct paper *paper, uint32_t n, size_t which)
{
    struct paper data = paper_new();
    static const uint16_t known[3] = {EXT_MEETING_POLICY, PROPOSAL_ADD, CREDENTIAL_BASIC};
    for (size_t list = 0; list < 3; list++) {
        size_t mark = codec_begin(&data.w);
        for (uint32_t i = 0; list == which && i < n; i++)
            writer_u16(&data.w, known[list]);
        codec_end(&data.w, mark);
    }
    extension_write(paper_blank(paper), EXT_REQUIRED_CAPABILITIES, paper_span(&data));
    free(data.bytes);
    return paper_span(paper);
}

static void a_long_list_of_requirements_is_refused_before_anybody_is_asked(void **state)
{
    (void)state;
    struct stage s;
    struct paper commit = paper_new(), welcome = paper_new(), extensions = paper_new();
    stage_open(&s, 64);
    for (size_t which = 0; which < 3; which++) {
        struct group_plan plan = {.set_extensions = true};
        static struct context c;
        plan.extensions = long_list(&extensions, LEAF_REQUIRED_MAX, which);
        crowd_commit(s.c, 0, &plan);
        plan.extensions = long_list(&extensions, LEAF_REQUIRED_MAX + 1, which);
        refused(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)),
                RULE_SPACE);
        assert_int_equal(context_set_extensions(&c, plan.extensions), ERR_LIMIT);
    }
    free(commit.bytes);
    free(welcome.bytes);
    free(extensions.bytes);
    stage_close(&s);
}

/* ---- paths ---- */

static void a_path_of_another_commit_is_refused(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 56);
    struct paper commit = paper_new(), welcome = paper_new();
    struct group_plan plan = {.path = true};
    must(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)));
    struct framed m = framed_of(paper_span(&commit));
    struct span path = span_of(m.content.ptr + 2, m.content.len - 2);
    put_psk(&s, "link", 1); /* the path as it was, another list: only the end fails */
    struct span message = insider_commit(s.bad, paper_span(&s.list), path, &s.message);
    refused(s.good, hear(s.good, message), RULE_CONFIRMATION_TAG);
    put_remove(&s, 3); /* another tree: its ciphertexts are not for it */
    message = insider_commit(s.bad, paper_span(&s.list), path, &s.message);
    refused(s.good, hear(s.good, message), RULE_PATH);
    must(&s.c->person[2], hear(&s.c->person[2], paper_span(&commit)));
    unchanged(s.good, true, s.before);
    message = insider_commit(&s.c->person[2], span_of(NULL, 0), path, &s.message);
    refused(s.good, hear(s.good, message), RULE_EPOCH);
    free(commit.bytes);
    free(welcome.bytes);
    stage_close(&s);
}

static void the_profile_has_the_last_word(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 57);
    struct paper commit = paper_new(), welcome = paper_new();
    struct span add = person_package(&s.c->person[4], s.c->package[4]);
    struct group_plan plan = {.add = &add, .n_add = 1};
    s.bad->refuses = RULE_TREE;
    refused(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)),
            RULE_TREE);
    s.bad->refuses = RULE_NONE;
    must(s.bad, group_commit(s.bad->g, &plan, paper_blank(&commit), paper_blank(&welcome)));
    s.good->refuses = RULE_SPACE;
    refused(s.good, hear(s.good, paper_span(&commit)), RULE_SPACE);
    unchanged(s.good, true, s.before);
    struct person *newcomer = &s.c->person[4];
    newcomer->refuses = RULE_EXTENSIONS;
    refused(newcomer, group_join(newcomer->g, paper_span(&welcome), span_of(NULL, 0), 0),
            RULE_EXTENSIONS);
    assert_false(group_active(newcomer->g));
    newcomer->refuses = RULE_NONE;
    must(newcomer, group_join(newcomer->g, paper_span(&welcome), span_of(NULL, 0), 0));
    free(commit.bytes);
    free(welcome.bytes);
    stage_close(&s);
}

static void ones_own_plans_keep_the_rules(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 58);
    struct paper commit = paper_new(), welcome = paper_new();
    uint32_t self = group_own_leaf(s.bad->g), blank = 33, twice[] = {2, 2};
    struct span add[65];
    struct group_plan plans[] = {
        {.remove = &self, .n_remove = 1},
        {.remove = &blank, .n_remove = 1},
        {.remove = twice, .n_remove = 2},
    };
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
        refused(s.bad,
                group_commit(s.bad->g, &plans[i], paper_blank(&commit), paper_blank(&welcome)),
                RULE_PROPOSAL_LIST);
    struct group_plan many = {.add = add, .n_add = 65};
    refused(s.bad, group_commit(s.bad->g, &many, paper_blank(&commit), paper_blank(&welcome)),
            RULE_SPACE);
    free(commit.bytes);
    free(welcome.bytes);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(strangers_and_forgers_are_refused),
        FACT(nobody_from_outside_speaks),
        FACT(application_data_is_never_public),
        FACT(nobody_speaks_in_anothers_name),
        FACT(oneself_stays_the_same_while_in_a_group),
        FACT(other_messages_are_not_processed),
        FACT(lists_that_contradict_themselves_are_refused),
        FACT(unknown_proposals_are_refused),
        FACT(psks_must_be_known_fresh_and_of_our_uses),
        FACT(who_has_another_link_secret_does_not_follow),
        FACT(nobody_is_added_twice),
        FACT(broken_key_packages_are_refused),
        FACT(lifetimes_count_when_the_time_is_known),
        FACT(proposals_of_others_are_checked_before_they_are_kept),
        FACT(updates_are_bound_to_place_and_source),
        FACT(an_update_with_the_old_key_is_refused_when_committed),
        FACT(extensions_must_be_supported_by_everybody),
        FACT(a_long_list_of_requirements_is_refused_before_anybody_is_asked),
        FACT(a_path_of_another_commit_is_refused),
        FACT(the_profile_has_the_last_word),
        FACT(ones_own_plans_keep_the_rules),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
