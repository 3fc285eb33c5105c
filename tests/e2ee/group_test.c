/* Facts about e2ee/group: epochs that all members share, and what those outside an epoch cannot. */
#include "e2ee/crowd.h"
#include "e2ee/tree_inner.h"

/* ---- messages between people ---- */

static struct span say(struct person *p, const char *text, struct paper *paper)
{
    must(p, group_protect(p->g, span_of(NULL, 0), span_str(text), 64, paper_blank(paper)));
    return paper_span(paper);
}

static void hears(struct person *p, struct span message, const char *text, uint32_t sender)
{
    struct group_result r;
    must(p, group_process(p->g, message, &r));
    assert_int_equal(r.event, GROUP_APPLICATION);
    assert_int_equal(r.sender, sender);
    assert_true(span_equal(r.data, span_str(text)));
}

/* ---- facts ---- */

static void the_creator_is_alone_in_epoch_0(void **state)
{
    (void)state;
    struct crowd *c = crowd_open(1, 1, 64);
    struct group *g = c->person[0].g;
    assert_true(group_active(g) && !group_pending(g));
    assert_int_equal(group_epoch(g), 0);
    assert_int_equal(group_own_leaf(g), 0);
    assert_int_equal(tree_count(group_tree(g)), 1);
    assert_true(span_equal(group_id(g), span_str("a meeting")));
    refused(&c->person[0], group_create(g, span_str("another"), span_of(NULL, 0)), RULE_GROUP);
    crowd_close(c);
}

static void each_seeds_its_key_index_alone(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 1, 12);
    for (uint32_t i = 0; i < c->n; i++) {
        const struct group *g = c->person[i].g;
        assert_true(g->tree_seed != 0);
        for (uint32_t k = 0; k < 3; k++)
            assert_true(c->in[i] ? g->slots[k].tree->seed == g->tree_seed : true);
        for (uint32_t k = 0; k < i; k++)
            assert_true(c->person[k].g->tree_seed != g->tree_seed);
    }
    crowd_close(c);
}

static void a_newcomer_shares_the_epoch_and_both_can_speak(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 2);
    struct paper paper = paper_new();
    hears(&c->person[1], say(&c->person[0], "hello", &paper), "hello", 0);
    hears(&c->person[0], say(&c->person[1], "and you", &paper), "and you", 1);
    agree(&c->person[0], &c->person[1]);
    uint8_t a[32], b[32];
    must(&c->person[0], group_export(c->person[0].g, "x", span_str("y"), a, sizeof a));
    must(&c->person[1], group_export(c->person[1].g, "x", span_str("y"), b, sizeof b));
    assert_memory_equal(a, b, sizeof a);
    free(paper.bytes);
    crowd_close(c);
}

static void a_message_opens_once(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 3);
    struct paper paper = paper_new();
    struct span message = say(&c->person[0], "once", &paper);
    hears(&c->person[1], message, "once", 0);
    refused(&c->person[1], hear(&c->person[1], message), RULE_REPLAYED);
    free(paper.bytes);
    crowd_close(c);
}

static void every_length_is_padded_to_the_same_sizes(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 4);
    struct paper paper = paper_new();
    uint8_t data[200] = {0};
    size_t sizes = 0, last = 0;
    for (size_t len = 0; len <= sizeof data; len++) {
        must(&c->person[0], group_protect(c->person[0].g, span_of(NULL, 0), span_of(data, len), 64,
                                          paper_blank(&paper)));
        sizes += writer_len(&paper.w) != last;
        last = writer_len(&paper.w);
        struct group_result r;
        must(&c->person[1], group_process(c->person[1].g, paper_span(&paper), &r));
        assert_int_equal(r.data.len, len);
    }
    assert_in_range(sizes, 3, 5);
    free(paper.bytes);
    crowd_close(c);
}

static void a_late_joiner_opens_nothing_sent_before(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 1, 5);
    struct paper before = paper_new(), after = paper_new();
    struct span old = say(&c->person[0], "before", &before);
    crowd_add(c, 0, 2, false);
    refused(&c->person[2], hear(&c->person[2], old), RULE_EPOCH);
    hears(&c->person[1], old, "before", 0);
    hears(&c->person[2], say(&c->person[0], "after", &after), "after", 0);
    free(before.bytes);
    free(after.bytes);
    crowd_close(c);
}

static void somebody_removed_opens_nothing_sent_after(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 6);
    struct paper paper = paper_new();
    crowd_remove(c, 1, 2);
    assert_false(group_active(c->person[2].g));
    struct span message = say(&c->person[0], "without you", &paper);
    refused(&c->person[2], hear(&c->person[2], message), RULE_GROUP);
    uint8_t out[32];
    assert_int_equal(group_export(c->person[2].g, "x", span_str(""), out, 32), ERR_STATE);
    hears(&c->person[3], message, "without you", 0);
    free(paper.bytes);
    crowd_close(c);
}

static void somebody_who_missed_their_removal_opens_nothing_sent_after(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 7);
    struct paper paper = paper_new();
    uint32_t leaf = group_own_leaf(c->person[2].g);
    struct group_plan plan = {.remove = &leaf, .n_remove = 1};
    c->in[2] = false; /* the commit does not reach them */
    crowd_commit(c, 0, &plan);
    refused(&c->person[2], hear(&c->person[2], say(&c->person[0], "secret", &paper)), RULE_EPOCH);
    free(paper.bytes);
    crowd_close(c);
}

static void late_messages_open_until_the_epoch_before_is_forgotten(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 1, 8);
    struct paper of_member = paper_new(), of_removed = paper_new(), later = paper_new();
    struct span one = say(&c->person[1], "late", &of_member);
    struct span two = say(&c->person[3], "last words", &of_removed);
    struct span three = say(&c->person[1], "too late", &later);
    uint32_t gone = group_own_leaf(c->person[3].g);
    crowd_remove(c, 0, 3);
    hears(&c->person[2], one, "late", 1);
    hears(&c->person[2], two, "last words", gone);
    refused(&c->person[2], hear(&c->person[2], two), RULE_REPLAYED);
    group_forget_previous(c->person[2].g);
    refused(&c->person[2], hear(&c->person[2], three), RULE_EPOCH);
    hears(&c->person[0], three, "too late", 1); /* did not forget yet */
    free(of_member.bytes);
    free(of_removed.bytes);
    free(later.bytes);
    crowd_close(c);
}

static void late_messages_are_checked_with_the_signers_of_their_epoch(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 2, 9);
    uint8_t key[SUITE_SIGN_PUBLIC];
    uint32_t leaf = group_own_leaf(c->person[3].g);
    struct span add[1] = {person_package(&c->person[4], c->package[4])};
    struct group_plan plan = {.add = add, .n_add = 1, .remove = &leaf, .n_remove = 1};
    crowd_commit(c, 0, &plan); /* the newcomer sits on the leaf of who left */
    struct leaf now;
    assert_true(tree_leaf(group_tree(c->person[1].g), leaf, &now));
    assert_true(span_equal(now.signature_key, span_of(c->person[4].public, 32)));
    assert_true(group_previous_signer(c->person[1].g, leaf, key));
    assert_memory_equal(key, c->person[3].public, sizeof key);
    assert_true(group_previous_signer(c->person[1].g, 2, key));
    assert_memory_equal(key, c->person[2].public, sizeof key);
    crowd_add(c, 0, 5, false); /* a new leaf: nobody was there */
    assert_false(group_previous_signer(c->person[1].g, group_own_leaf(c->person[5].g), key));
    crowd_close(c);
}

static void a_commit_of_ones_own_waits_and_gives_way_to_anothers(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 10);
    struct paper mine = paper_new(), none = paper_new();
    struct person *loser = &c->person[1];
    struct group_plan plan = {.path = true};
    must(loser, group_commit(loser->g, &plan, paper_blank(&mine), paper_blank(&none)));
    assert_true(group_pending(loser->g) && group_is_own_commit(loser->g, paper_span(&mine)));
    assert_int_equal(group_epoch(loser->g), 2);
    crowd_commit(c, 0, &plan);
    assert_false(group_pending(loser->g) || group_is_own_commit(loser->g, paper_span(&mine)));
    agree(&c->person[0], loser);
    refused(loser, hear(loser, paper_span(&mine)), RULE_EPOCH);
    refused(loser, group_merge(loser->g), RULE_GROUP);
    free(mine.bytes);
    free(none.bytes);
    crowd_close(c);
}

static void a_second_commit_of_ones_own_replaces_the_first(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 11);
    struct paper first = paper_new(), second = paper_new(), none = paper_new();
    struct person *p = &c->person[0];
    struct group_plan plan = {.path = true};
    must(p, group_commit(p->g, &plan, paper_blank(&first), paper_blank(&none)));
    must(p, group_commit(p->g, &plan, paper_blank(&second), paper_blank(&none)));
    assert_false(group_is_own_commit(p->g, paper_span(&first)));
    refused(p, hear(p, paper_span(&first)), RULE_SENDER);
    must(&c->person[1], hear(&c->person[1], paper_span(&second)));
    must(p, group_merge(p->g));
    agree(p, &c->person[1]);
    must(p, group_commit(p->g, &plan, paper_blank(&first), paper_blank(&none)));
    group_drop(p->g);
    assert_false(group_pending(p->g));
    free(first.bytes);
    free(second.bytes);
    free(none.bytes);
    crowd_close(c);
}

static void proposals_by_reference_are_committed_by_others(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(5, 1, 12);
    struct paper paper[4];
    for (size_t i = 0; i < 4; i++)
        paper[i] = paper_new();
    struct person *p = c->person;
    must(&p[1], group_propose_update(p[1].g, paper_blank(&paper[0])));
    must(&p[2], group_propose_remove(p[2].g, group_own_leaf(p[4].g), paper_blank(&paper[1])));
    must(&p[3], group_propose_psk(p[3].g, span_str("link"), paper_blank(&paper[2])));
    must(&p[3],
         group_propose_add(p[3].g, person_package(&p[5], c->package[5]), paper_blank(&paper[3])));
    for (uint32_t who = 0; who < 5; who++) {
        for (size_t i = 0; i < 4; i++) /* their own come back to them, too */
            must(&p[who], hear(&p[who], paper_span(&paper[i])));
        assert_int_equal(p[who].g->n_cached, 4);
    }
    struct group_plan plan = {.cached = true};
    crowd_commit(c, 0, &plan);
    must(&p[5], group_join(p[5].g, paper_span(&c->welcome), span_of(NULL, 0), 0));
    assert_false(c->in[4]);
    for (uint32_t who = 1; who < 4; who++) {
        agree(&p[0], &p[who]);
        assert_int_equal(p[who].g->n_cached, 0);
    }
    agree(&p[0], &p[5]);
    for (size_t i = 0; i < 4; i++)
        free(paper[i].bytes);
    crowd_close(c);
}

static void the_committer_leaves_out_what_contradicts(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 13);
    struct paper paper = paper_new();
    struct person *p = c->person;
    uint32_t three = group_own_leaf(p[3].g);
    must(&p[0], group_propose_update(p[0].g, paper_blank(&paper))); /* of the committer */
    for (uint32_t i = 1; i < 4; i++)
        must(&p[i], hear(&p[i], paper_span(&paper)));
    must(&p[3], group_propose_update(p[3].g, paper_blank(&paper))); /* of who is removed */
    for (uint32_t i = 0; i < 3; i++)
        must(&p[i], hear(&p[i], paper_span(&paper)));
    must(&p[1], group_propose_remove(p[1].g, three, paper_blank(&paper)));
    for (uint32_t i = 0; i < 4; i++)
        must(&p[i], hear(&p[i], paper_span(&paper)));
    must(&p[1], group_propose_remove(p[1].g, 0, paper_blank(&paper))); /* the committer */
    for (uint32_t i = 0; i < 4; i++)
        must(&p[i], hear(&p[i], paper_span(&paper)));
    struct group_plan plan = {.cached = true};
    crowd_commit(c, 0, &plan);
    assert_true(c->in[0] && !c->in[3]);
    agree(&p[0], &p[1]);
    agree(&p[0], &p[2]);
    free(paper.bytes);
    crowd_close(c);
}

static void the_hook_sees_who_comes_and_goes(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 1, 14);
    struct person *p = c->person;
    uint32_t gone = group_own_leaf(p[3].g);
    struct span add = person_package(&p[4], c->package[4]), link = span_str("link");
    struct group_plan plan = {
        .add = &add, .n_add = 1, .remove = &gone, .n_remove = 1, .psk = &link, .n_psk = 1};
    crowd_commit(c, 1, &plan);
    const struct group_change *seen = &p[2].seen;
    assert_int_equal(seen->committer, group_own_leaf(p[1].g));
    assert_true(seen->n_added == 1 && p[2].seen_added == gone);
    assert_true(seen->n_removed == 1 && p[2].seen_removed == gone);
    assert_true(seen->n_updated == 1 && p[2].seen_updated == seen->committer);
    assert_int_equal(seen->n_psks, 1);
    assert_false(seen->external || seen->new_extensions);
    crowd_close(c);
}

static void a_rejoin_replaces_the_broken_state(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 15);
    struct person *p = c->person;
    struct group_plan rekey = {.path = true};
    c->in[2] = false; /* hears nothing for a while */
    crowd_commit(c, 0, &rekey);
    crowd_commit(c, 1, &rekey);
    uint32_t leaf = group_own_leaf(p[2].g);
    struct span add = person_package(&p[2], c->package[2]), link = span_str("link");
    struct group_plan again = {
        .add = &add, .n_add = 1, .remove = &leaf, .n_remove = 1, .psk = &link, .n_psk = 1};
    crowd_commit(c, 0, &again);
    must(&p[2], group_join(p[2].g, paper_span(&c->welcome), span_of(NULL, 0), 0));
    c->in[2] = true;
    agree(&p[0], &p[2]);
    crowd_commit(c, 2, &rekey);
    agree(&p[0], &p[2]);
    crowd_close(c);
}

static void leaving_forgets_and_a_new_group_can_follow(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 16);
    struct person *p = &c->person[1];
    group_leave(p->g);
    assert_false(group_active(p->g));
    person_self(p, span_of(NULL, 0));
    must(p, group_create(p->g, span_str("the next"), span_of(NULL, 0)));
    assert_int_equal(group_epoch(p->g), 0);
    crowd_close(c);
}

static void ones_own_leaf_takes_new_extensions_and_keeps_them(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 17);
    uint8_t room[64];
    struct writer w = writer_of(room, sizeof room);
    extension_write(&w, EXT_PROFILE, span_str("a new name"));
    struct group_plan plan = {.set_leaf_extensions = true, .leaf_extensions = writer_span(&w)};
    crowd_commit(c, 1, &plan);
    struct group_plan rekey = {.path = true};
    crowd_commit(c, 1, &rekey);
    struct leaf leaf;
    assert_true(tree_leaf(group_tree(c->person[2].g), group_own_leaf(c->person[1].g), &leaf));
    assert_true(span_equal(leaf.extensions, writer_span(&w)));
    crowd_close(c);
}

static void what_is_encrypted_to_a_leaf_opens_there_alone(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 18);
    struct person *p = c->person;
    struct random_source random = {crowd_fill, &p[0].random};
    struct suite_label label = {"private", span_str("context")};
    uint8_t output[SUITE_KEM_OUTPUT_MAX], sealed[7 + SUITE_TAG], out[7];
    struct leaf to;
    assert_true(tree_leaf(group_tree(p[0].g), group_own_leaf(p[1].g), &to));
    must(&p[0], suite_encrypt(&suite_chacha, to.encryption_key.ptr, label, span_str("whisper"),
                              (struct suite_box){&random, output, sealed}));
    struct span o = span_of(output, sizeof output), s = span_of(sealed, sizeof sealed);
    must(&p[1], group_decrypt(p[1].g, label, o, s, out));
    assert_memory_equal(out, "whisper", sizeof out);
    assert_int_equal(group_decrypt(p[2].g, label, o, s, out), ERR_AUTH);
    crowd_close(c);
}

static void the_same_random_stream_writes_the_same_bytes(void **state)
{
    (void)state;
    struct crowd *a = crowd_of(5, 0, 19), *b = crowd_of(5, 0, 19);
    agree(&a->person[0], &b->person[0]);
    assert_true(span_equal(paper_span(&a->commit), paper_span(&b->commit)));
    assert_true(span_equal(paper_span(&a->welcome), paper_span(&b->welcome)));
    crowd_close(a);
    crowd_close(b);
}

/* ---- random lives ---- */

static uint32_t pick(struct crowd *c, struct random *r, bool in)
{
    uint32_t start = random_below(r, c->n);
    for (uint32_t i = 0; i < c->n; i++) {
        uint32_t at = (start + i) % c->n;
        if (c->in[at] == in)
            return at;
    }
    return NODE_NONE;
}

static uint32_t count(const struct crowd *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++)
        n += c->in[i];
    return n;
}

static void propose_something(struct crowd *c, struct random *r, struct paper *paper)
{
    uint32_t who = pick(c, r, true);
    struct person *p = &c->person[who];
    struct writer *w = paper_blank(paper);
    if (random_below(r, 2))
        must(p, group_propose_psk(p->g, span_str("link"), w));
    else
        must(p, group_propose_update(p->g, w));
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->in[i])
            must(&c->person[i], hear(&c->person[i], paper_span(paper)));
    }
}

/* Several go and several come in one commit. */
static void one_commit(struct crowd *c, struct random *r)
{
    uint32_t who = pick(c, r, true), n_add = random_below(r, 4), n_remove = 0;
    uint32_t newcomer[4], gone[4];
    struct span add[4], link = span_str("link");
    for (uint32_t i = 0; i < n_add; i++) {
        newcomer[i] = pick(c, r, false);
        if (newcomer[i] == NODE_NONE) {
            n_add = i;
            break;
        }
        c->in[newcomer[i]] = true; /* so that nobody is picked twice */
        add[i] = person_package(&c->person[newcomer[i]], c->package[newcomer[i]]);
    }
    for (uint32_t i = 0; i < n_add; i++)
        c->in[newcomer[i]] = false;
    uint32_t wish = count(c) > c->n / 2 ? random_below(r, 4) : random_below(r, 3) / 2;
    for (uint32_t i = 0; i < c->n && n_remove < wish; i++) {
        uint32_t at = (i + who + 1) % c->n;
        if (c->in[at] && at != who && random_below(r, 3) == 0)
            gone[n_remove++] = group_own_leaf(c->person[at].g);
    }
    struct group_plan plan = {.add = add,
                              .n_add = n_add,
                              .remove = gone,
                              .n_remove = n_remove,
                              .psk = &link,
                              .n_psk = n_add > 0,
                              .path = random_below(r, 2) == 0,
                              .cached = true};
    crowd_commit(c, who, &plan);
    for (uint32_t i = 0; i < n_add; i++) {
        struct person *p = &c->person[newcomer[i]];
        must(p, group_join(p->g, paper_span(&c->welcome), span_of(NULL, 0), 0));
        c->in[newcomer[i]] = true;
    }
}

static void all_agree(struct crowd *c, struct random *r, struct paper *paper)
{
    uint32_t who = pick(c, r, true);
    struct span message = say(&c->person[who], "to all", paper);
    for (uint32_t i = 0; i < c->n; i++) {
        struct group_result result;
        if (!c->in[i] || i == who)
            continue;
        agree(&c->person[who], &c->person[i]);
        must(&c->person[i], group_process(c->person[i].g, message, &result));
        assert_true(span_equal(result.data, span_str("to all")));
    }
}

static void live(uint32_t people, uint32_t epochs, struct random *r)
{
    struct crowd *c = crowd_open(people, random_below(r, 1u << 20), 64);
    struct paper paper = paper_new();
    for (uint32_t i = 0; i < epochs; i++) {
        for (uint32_t n = random_below(r, 3); n > 0; n--)
            propose_something(c, r, &paper);
        one_commit(c, r);
        all_agree(c, r, &paper);
    }
    free(paper.bytes);
    crowd_close(c);
}

static void random_lives_of_50_agree_in_every_epoch(void **state)
{
    (void)state;
    struct random r = random_start("group lives", 20261122);
    for (uint32_t i = 0; i < 20; i++)
        live(2 + random_below(&r, 6), 30, &r);
    live(20, 40, &r);
    live(50, 60, &r);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_creator_is_alone_in_epoch_0),
        FACT(each_seeds_its_key_index_alone),
        FACT(a_newcomer_shares_the_epoch_and_both_can_speak),
        FACT(a_message_opens_once),
        FACT(every_length_is_padded_to_the_same_sizes),
        FACT(a_late_joiner_opens_nothing_sent_before),
        FACT(somebody_removed_opens_nothing_sent_after),
        FACT(somebody_who_missed_their_removal_opens_nothing_sent_after),
        FACT(late_messages_open_until_the_epoch_before_is_forgotten),
        FACT(late_messages_are_checked_with_the_signers_of_their_epoch),
        FACT(a_commit_of_ones_own_waits_and_gives_way_to_anothers),
        FACT(a_second_commit_of_ones_own_replaces_the_first),
        FACT(proposals_by_reference_are_committed_by_others),
        FACT(the_committer_leaves_out_what_contradicts),
        FACT(the_hook_sees_who_comes_and_goes),
        FACT(a_rejoin_replaces_the_broken_state),
        FACT(leaving_forgets_and_a_new_group_can_follow),
        FACT(ones_own_leaf_takes_new_extensions_and_keeps_them),
        FACT(what_is_encrypted_to_a_leaf_opens_there_alone),
        FACT(the_same_random_stream_writes_the_same_bytes),
        FACT(random_lives_of_50_agree_in_every_epoch),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
