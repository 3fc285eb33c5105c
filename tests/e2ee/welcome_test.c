/* Facts about e2ee/welcome and group_info: who may join, and what a dishonest inviter cannot do. */
#include "e2ee/group_info.h"
#include "e2ee/insider.h"
#include "e2ee/welcome.h"

static enum err join(struct person *p, struct span welcome)
{
    return group_join(p->g, welcome, span_of(NULL, 0), 0);
}

/* ---- facts about who is invited ---- */

static void only_the_invited_open_a_welcome_and_only_once(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 2, 71);
    struct person *p = &c->person[2], *stranger = &c->person[3];
    refused(stranger, join(stranger, paper_span(&c->welcome)), RULE_WELCOME);
    (void)person_package(stranger, c->package[3]);
    refused(stranger, join(stranger, paper_span(&c->welcome)), RULE_WELCOME);
    crowd_add(c, 0, 2, true);
    refused(p, join(p, paper_span(&c->welcome)), RULE_WELCOME); /* the package is used up */
    crowd_close(c);
}

static void a_newer_package_replaces_the_older(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 1, 72);
    struct person *p = &c->person[2];
    struct span add = person_package(p, c->package[2]);
    struct group_plan plan = {.add = &add, .n_add = 1};
    crowd_commit(c, 0, &plan);
    uint8_t other[CROWD_PACKAGE];
    (void)person_package(p, other);
    refused(p, join(p, paper_span(&c->welcome)), RULE_WELCOME);
    crowd_close(c);
}

static void without_the_link_secret_nobody_joins(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 1, 73);
    struct person *p = &c->person[2];
    struct span add = person_package(p, c->package[2]), link = span_str("link");
    struct group_plan plan = {.add = &add, .n_add = 1, .psk = &link, .n_psk = 1};
    crowd_commit(c, 0, &plan);
    p->knows_link = false;
    refused(p, join(p, paper_span(&c->welcome)), RULE_PSK);
    p->knows_link = true;
    p->link[31] ^= 1;
    refused(p, join(p, paper_span(&c->welcome)), RULE_WELCOME);
    p->link[31] ^= 1;
    must(p, join(p, paper_span(&c->welcome)));
    crowd_close(c);
}

static void a_batch_of_63_joins_by_one_welcome(void **state)
{
    (void)state;
    struct crowd *c = crowd_open(64, 74, 64);
    struct span add[63], link = span_str("link");
    for (uint32_t i = 0; i < 63; i++)
        add[i] = person_package(&c->person[i + 1], c->package[i + 1]);
    struct group_plan plan = {.add = add, .n_add = 63, .psk = &link, .n_psk = 1, .path = true};
    crowd_commit(c, 0, &plan);
    for (uint32_t i = 1; i < 64; i++) {
        must(&c->person[i], join(&c->person[i], paper_span(&c->welcome)));
        agree(&c->person[0], &c->person[i]);
    }
    crowd_close(c);
}

/* With the largest profile on every leaf: E2EE_UPLOAD_MAX is what the server takes. */
static void the_64_last_of_1000_fit_one_upload(void **state)
{
    (void)state;
    enum { PEOPLE = 1000, UPLOAD = 786432, PROFILE = 424 };
    static uint8_t profile[PROFILE], extensions[PROFILE + 16], package[GROUP_BATCH][CROWD_PACKAGE];
    struct writer w = writer_of(extensions, sizeof extensions);
    struct paper commit = paper_new(), welcome = paper_new();
    struct span add[GROUP_BATCH], link = span_str("link");
    struct person first, *p = malloc(sizeof *p * GROUP_BATCH);
    assert_non_null(p);
    extension_write(&w, EXT_PROFILE, span_of(profile, sizeof profile));
    person_open(&first, 92, 1024);
    person_self(&first, writer_span(&w));
    must(&first, group_create(first.g, span_str("a hall"), span_of(NULL, 0)));
    for (uint32_t n = 1, size = (PEOPLE - 1) % GROUP_BATCH; n < PEOPLE;
         n += size, size = GROUP_BATCH) {
        for (uint32_t i = 0; i < size; i++) {
            person_open(&p[i], 1000 + n + i, 1);
            person_self(&p[i], writer_span(&w));
            add[i] = person_package(&p[i], package[i]);
        }
        struct group_plan plan = {
            .add = add, .n_add = size, .psk = &link, .n_psk = 1, .path = true};
        must(&first, group_commit(first.g, &plan, paper_blank(&commit), paper_blank(&welcome)));
        must(&first, group_merge(first.g));
        for (uint32_t i = 0; i < size; i++)
            person_close(&p[i]);
    }
    assert_int_equal(tree_count(group_tree(first.g)), PEOPLE);
    assert_in_range(writer_len(&commit.w) + writer_len(&welcome.w), 600000, UPLOAD);
    person_close(&first);
    free(p);
    free(commit.bytes);
    free(welcome.bytes);
}

static void a_tree_inside_wins_over_one_beside(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 1, 75);
    struct paper tree = paper_new();
    struct person *p = &c->person[3];
    crowd_add(c, 0, 3, true);
    assert_int_equal(tree_write(group_tree(c->person[0].g), paper_blank(&tree)), ERR_OK);
    struct span add = person_package(p, c->package[3]);
    uint32_t leaf = group_own_leaf(p->g);
    struct group_plan plan = {.add = &add, .n_add = 1, .remove = &leaf, .n_remove = 1};
    c->in[3] = false;
    crowd_commit(c, 0, &plan);
    must(p, group_join(p->g, paper_span(&c->welcome), paper_span(&tree), 0));
    agree(p, &c->person[0]);
    free(tree.bytes);
    crowd_close(c);
}

static void lifetimes_of_all_leaves_are_checked_when_the_time_is_known(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 1, 76); /* the second one's leaf lives until 1000 */
    struct person *p = &c->person[2];
    struct span add = person_package(p, c->package[2]);
    struct group_plan plan = {.add = &add, .n_add = 1};
    crowd_commit(c, 0, &plan);
    struct span none = {NULL, 0};
    refused(p, group_join(p->g, paper_span(&c->welcome), none, 1001), RULE_LEAF);
    must(p, group_join(p->g, paper_span(&c->welcome), none, 999));
    crowd_close(c);
}

/* ---- a member who writes Welcomes by hand ---- */

struct forger {
    struct crowd *c;
    struct person *from, *to;
    struct paper commit, welcome;
    struct context context;
    struct group_info_make info;
    uint8_t tag[SUITE_HASH];
    struct span joiner, path, psks;
};

/* A good commit waits at `from`; its parts can be bent before forge(). */
static void forger_commit(struct forger *f, bool path)
{
    struct span add = person_package(f->to, f->c->package[4]);
    struct group_plan plan = {.add = &add, .n_add = 1, .path = path};
    must(f->from,
         group_commit(f->from->g, &plan, paper_blank(&f->commit), paper_blank(&f->welcome)));
    const struct group_slot *s = f->from->g->pending;
    f->context = s->context;
    memcpy(f->tag, s->tag, sizeof f->tag);
    f->info = (struct group_info_make){&f->context, s->tree, f->tag, 0, f->from->secret};
    f->joiner = span_of(s->secrets.joiner, SUITE_HASH);
}

static void forger_open(struct forger *f, uint64_t seed)
{
    f->c = crowd_of(4, 1, seed);
    f->from = &f->c->person[0];
    f->to = &f->c->person[4];
    f->commit = paper_new();
    f->welcome = paper_new();
    f->path = f->psks = span_of(NULL, 0);
    forger_commit(f, false);
}

static void forger_close(struct forger *f)
{
    free(f->commit.bytes);
    free(f->welcome.bytes);
    crowd_close(f->c);
}

static struct span forge(struct forger *f)
{
    const struct suite *s = &suite_chacha;
    struct paper info = paper_new(), sealed = paper_new(), entries = paper_new();
    struct group_secrets secrets = {f->joiner, f->path.len > 0, f->path, f->psks};
    struct random_source random = {crowd_fill, &f->from->random};
    uint8_t welcome_secret[SUITE_HASH], info_hash[SUITE_HASH], plain[256];
    struct welcome_key key;
    context_seal(s, &f->context);
    assert_int_equal(group_info_write(s, &f->info, paper_blank(&info)), ERR_OK);
    assert_int_equal(schedule_welcome(s, f->joiner.ptr, NULL, welcome_secret), ERR_OK);
    assert_int_equal(welcome_key_derive(s, welcome_secret, &key), ERR_OK);
    uint8_t *at = writer_reserve(paper_blank(&sealed), writer_len(&info.w) + SUITE_TAG);
    assert_int_equal(s->aead_seal(key.key, key.nonce, span_of(NULL, 0), paper_span(&info), at),
                     ERR_OK);
    struct writer one = writer_of(plain, sizeof plain);
    group_secrets_write(&secrets, &one);
    welcome_info_hash(s, paper_span(&sealed), info_hash);
    struct welcome_seal to = {span_of(f->to->g->package_ref, SUITE_HASH),
                              span_of(f->to->g->package.init_public, s->kem_public), info_hash,
                              &random};
    assert_int_equal(welcome_seal_entry(s, &to, writer_span(&one), paper_blank(&entries)), ERR_OK);
    struct writer *w = paper_blank(&f->welcome);
    mls_message_head(w, WIRE_WELCOME);
    writer_u16(w, s->id);
    codec_write_vector(w, paper_span(&entries));
    codec_write_vector(w, paper_span(&sealed));
    free(info.bytes);
    free(sealed.bytes);
    free(entries.bytes);
    return writer_span(w);
}

static void forged(struct forger *f, enum mls_rule rule)
{
    uint8_t before[SUITE_HASH];
    fingerprint(f->to, true, before);
    refused(f->to, join(f->to, forge(f)), rule);
    unchanged(f->to, true, before);
    assert_false(group_active(f->to->g));
}

static void a_welcome_by_hand_is_as_good(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 81);
    must(f.to, join(f.to, forge(&f)));
    must(f.from, group_merge(f.from->g));
    agree(f.from, f.to);
    forger_close(&f);
}

static void the_signer_must_be_a_member_who_signed(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 82);
    f.info.signer = 1; /* another member's name */
    forged(&f, RULE_SIGNATURE);
    f.info.signer = 9; /* a blank leaf */
    forged(&f, RULE_SENDER);
    f.info.signer = UINT32_MAX;
    forged(&f, RULE_SENDER);
    forger_close(&f);
}

static void tree_and_context_must_belong_together(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 83);
    f.info.tree = group_tree(f.from->g); /* the tree before the newcomer came */
    forged(&f, RULE_TREE);
    f.info.tree = f.from->g->pending->tree;
    f.context.tree_hash[3] ^= 1;
    forged(&f, RULE_TREE);
    f.context.tree_hash[3] ^= 1;
    f.context.epoch++; /* other epochs have other secrets */
    forged(&f, RULE_CONFIRMATION_TAG);
    forger_close(&f);
}

static void a_tree_without_oneself_is_not_joined(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 84);
    struct tree *t = f.from->g->work->tree;
    tree_copy(t, group_tree(f.from->g));
    f.info.tree = t;
    assert_int_equal(tree_hash(t, f.context.tree_hash), ERR_OK);
    forged(&f, RULE_WELCOME);
    forger_close(&f);
}

static void a_leaf_of_an_older_package_is_not_ones_own(void **state)
{
    (void)state;
    struct forger f;
    uint8_t newer[CROWD_PACKAGE];
    forger_open(&f, 91);
    (void)person_package(f.to, newer); /* the tree still has the leaf of the one before */
    forged(&f, RULE_WELCOME);
    forger_close(&f);
}

static void the_confirmation_tag_must_confirm(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 85);
    f.tag[0] ^= 1;
    forged(&f, RULE_CONFIRMATION_TAG);
    f.tag[0] ^= 1;
    f.context.confirmed[0] ^= 1;
    forged(&f, RULE_CONFIRMATION_TAG);
    forger_close(&f);
}

static void a_path_secret_must_fit_the_tree(void **state)
{
    (void)state;
    struct forger f;
    uint8_t wrong[SUITE_HASH] = {5};
    forger_open(&f, 86);
    f.path = span_of(wrong, sizeof wrong);
    forged(&f, RULE_PATH);
    forger_close(&f);
}

static void a_newcomer_gets_every_key_that_its_place_has(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 92);
    forger_commit(&f, true); /* the root has a key now; the Welcome keeps its secret back */
    forged(&f, RULE_PATH);
    forger_close(&f);
}

static void psks_of_a_welcome_keep_the_rules(void **state)
{
    (void)state;
    struct forger f;
    uint8_t id[64], nonce[SUITE_HASH] = {1};
    struct writer w = writer_of(id, sizeof id);
    forger_open(&f, 87);
    psk_id_write(&w, span_str("unknown"), nonce);
    f.psks = writer_span(&w);
    forged(&f, RULE_PSK);
    w = writer_of(id, sizeof id); /* a branch of some group */
    writer_u8(&w, PSK_RESUMPTION);
    writer_u8(&w, PSK_BRANCH);
    codec_write_vector(&w, span_str("g"));
    writer_u64(&w, 1);
    codec_write_vector(&w, span_of(nonce, sizeof nonce));
    f.psks = writer_span(&w);
    forged(&f, RULE_PSK);
    w = writer_of(id, sizeof id); /* a nonce that is no hash long */
    writer_u8(&w, PSK_EXTERNAL);
    codec_write_vector(&w, span_str("link"));
    codec_write_vector(&w, span_str("short"));
    f.psks = writer_span(&w);
    forged(&f, RULE_PSK);
    f.psks = span_str("?");
    forged(&f, RULE_PSK);
    forger_close(&f);
}

static void extensions_that_a_member_does_not_support_are_refused(void **state)
{
    (void)state;
    struct forger f;
    uint8_t list[32];
    struct writer w = writer_of(list, sizeof list);
    forger_open(&f, 88);
    extension_write(&w, 0xF0FF, span_str("?"));
    assert_int_equal(context_set_extensions(&f.context, writer_span(&w)), ERR_OK);
    forged(&f, RULE_EXTENSIONS);
    forger_close(&f);
}

static void another_suite_is_not_joined(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 89);
    struct span message = forge(&f);
    f.welcome.bytes[5] ^= 2;
    refused(f.to, join(f.to, message), RULE_SUITE);
    f.welcome.bytes[5] ^= 2;
    refused(f.to, join(f.to, paper_span(&f.commit)), RULE_FORM);
    forger_close(&f);
}

static void whoever_adds_must_send_what_was_committed(void **state)
{
    (void)state;
    struct forger f;
    forger_open(&f, 90);
    uint8_t other[SUITE_HASH] = {9}; /* an epoch of the inviter's own, apart from the group */
    struct epoch_secrets secrets;
    f.joiner = span_of(other, sizeof other);
    context_seal(&suite_chacha, &f.context);
    assert_int_equal(schedule_join(&suite_chacha, other, NULL, context_raw(&f.context), &secrets),
                     ERR_OK);
    suite_mac(&suite_chacha, span_of(secrets.confirmation, SUITE_HASH),
              context_confirmed(&f.context), f.tag);
    must(f.to, join(f.to, forge(&f))); /* cannot be told from here: ... */
    must(f.from, group_merge(f.from->g));
    assert_memory_not_equal(group_authenticator(f.to->g), group_authenticator(f.from->g),
                            SUITE_HASH); /* ... beats and codes show it */
    forger_close(&f);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(only_the_invited_open_a_welcome_and_only_once),
        FACT(a_newer_package_replaces_the_older),
        FACT(without_the_link_secret_nobody_joins),
        FACT(a_batch_of_63_joins_by_one_welcome),
        FACT(the_64_last_of_1000_fit_one_upload),
        FACT(a_tree_inside_wins_over_one_beside),
        FACT(lifetimes_of_all_leaves_are_checked_when_the_time_is_known),
        FACT(a_welcome_by_hand_is_as_good),
        FACT(the_signer_must_be_a_member_who_signed),
        FACT(tree_and_context_must_belong_together),
        FACT(a_tree_without_oneself_is_not_joined),
        FACT(a_leaf_of_an_older_package_is_not_ones_own),
        FACT(the_confirmation_tag_must_confirm),
        FACT(a_path_secret_must_fit_the_tree),
        FACT(a_newcomer_gets_every_key_that_its_place_has),
        FACT(psks_of_a_welcome_keep_the_rules),
        FACT(extensions_that_a_member_does_not_support_are_refused),
        FACT(another_suite_is_not_joined),
        FACT(whoever_adds_must_send_what_was_committed),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
