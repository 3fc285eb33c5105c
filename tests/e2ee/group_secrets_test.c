/* Facts about e2ee/group: secrets of an epoch that is over are nowhere in the group's memory. */
#include "e2ee/insider.h"

/* Secrets as they stood, each by its name. */
struct captured {
    unsigned n;
    struct {
        const char *name;
        uint8_t bytes[SUITE_HASH];
    } secret[64];
};

static void capture(struct captured *c, const char *name, const uint8_t bytes[SUITE_HASH])
{
    static const uint8_t zeros[SUITE_HASH];
    if (memcmp(bytes, zeros, SUITE_HASH) == 0)
        return;
    assert_true(c->n < sizeof c->secret / sizeof c->secret[0]);
    c->secret[c->n].name = name;
    memcpy(c->secret[c->n++].bytes, bytes, SUITE_HASH);
}

static void capture_epoch(struct captured *c, const struct epoch_secrets *s)
{
    capture(c, "joiner", s->joiner);
    capture(c, "welcome", s->welcome);
    capture(c, "epoch", s->epoch);
    capture(c, "init", s->init);
    capture(c, "sender data", s->sender_data);
    capture(c, "encryption", s->encryption);
    capture(c, "exporter", s->exporter);
    capture(c, "external", s->external);
    capture(c, "confirmation", s->confirmation);
    capture(c, "membership", s->membership);
    capture(c, "resumption", s->resumption);
    capture(c, "authenticator", s->authenticator);
}

static void capture_keys(struct captured *c, const struct treekem *k)
{
    capture(c, "leaf key", k->leaf_secret);
    for (uint32_t i = 0; i < k->held; i++)
        capture(c, "node key", k->node[i].secret);
}

/* The message keys of every sender in the epoch, from its encryption secret, first generation. */
static void capture_ratchets(struct captured *c, const uint8_t encryption[SUITE_HASH],
                             uint32_t leaves)
{
    void *memory = malloc(secret_bytes(leaves));
    struct message_key key;
    assert_non_null(memory);
    struct secret_tree *t = secret_init(memory, &suite_chacha, leaves, encryption);
    for (uint32_t leaf = 0; leaf < leaves; leaf++) {
        assert_int_equal(secret_next(t, leaf, SECRET_APPLICATION, &key), ERR_OK);
        capture(c, "message key", key.key);
    }
    secret_fini(t);
    free(memory);
}

static const char *leftover(const struct person *p, const struct captured *c)
{
    const uint8_t *block = (const uint8_t *)p->g;
    for (unsigned i = 0; i < c->n; i++) {
        const uint8_t *want = c->secret[i].bytes;
        for (size_t at = 0; at + SUITE_HASH <= p->bytes; at++) {
            if (block[at] == want[0] && memcmp(block + at, want, SUITE_HASH) == 0)
                return c->secret[i].name;
        }
    }
    return NULL;
}

static void none_left(const struct person *p, const struct captured *c)
{
    const char *name = leftover(p, c);
    if (name)
        fail_msg("%s is still there", name);
}

static void speak(struct crowd *c, uint32_t who)
{
    struct paper paper = paper_new();
    struct person *p = &c->person[who];
    must(p, group_protect(p->g, span_of(NULL, 0), span_str("words"), 64, paper_blank(&paper)));
    for (uint32_t i = 0; i < c->n; i++) {
        if (c->in[i] && i != who)
            must(&c->person[i], hear(&c->person[i], paper_span(&paper)));
    }
    free(paper.bytes);
}

/* ---- facts ---- */

static void the_scan_finds_what_is_there(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 61);
    struct captured now = {0};
    capture(&now, "authenticator", group_authenticator(c->person[0].g));
    assert_string_equal(leftover(&c->person[0], &now), "authenticator");
    crowd_close(c);
}

static void an_epoch_keeps_only_what_it_needs(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 1, 62);
    struct paper commit = paper_new(), welcome = paper_new();
    struct person *p = &c->person[0], *other = &c->person[1], *newcomer = &c->person[3];
    struct span add = person_package(newcomer, c->package[3]), link = span_str("link");
    struct group_plan plan = {.add = &add, .n_add = 1, .psk = &link, .n_psk = 1, .path = true};
    must(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&welcome)));
    const struct epoch_secrets *s = &p->g->pending->secrets;
    struct captured gone = {0};
    capture(&gone, "joiner", s->joiner);
    capture(&gone, "welcome", s->welcome);
    capture(&gone, "epoch", s->epoch);
    capture(&gone, "external", s->external);
    capture(&gone, "confirmation", s->confirmation);
    capture(&gone, "init key", newcomer->g->package.init_secret);
    assert_int_equal(gone.n, 6);
    must(p, group_merge(p->g));
    must(other, hear(other, paper_span(&commit)));
    must(newcomer, group_join(newcomer->g, paper_span(&welcome), span_of(NULL, 0), 0));
    none_left(p, &gone);
    none_left(other, &gone);
    none_left(newcomer, &gone);
    free(commit.bytes);
    free(welcome.bytes);
    crowd_close(c);
}

static void after_a_rekey_the_old_epoch_is_wiped(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 63);
    struct person *p = &c->person[0], *other = &c->person[1];
    struct captured mine = {0}, theirs = {0};
    struct group_plan plan = {.path = true};
    crowd_commit(c, 0, &plan);
    capture_epoch(&mine, &p->g->now->secrets);
    capture_epoch(&theirs, &other->g->now->secrets);
    capture_keys(&mine, &p->g->now->keys); /* the committer's are all replaced */
    speak(c, 0);
    speak(c, 1);
    crowd_commit(c, 0, &plan);
    for (uint32_t i = 0; i < 2; i++)
        group_forget_previous(c->person[i].g);
    none_left(p, &mine);
    none_left(other, &theirs);
    crowd_close(c);
}

static void of_the_epoch_before_only_message_secrets_stay_and_only_for_a_while(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 64);
    struct paper commit = paper_new(), none = paper_new();
    struct person *p = &c->person[0];
    struct captured keys = {0}, rest = {0};
    struct group_plan plan = {.path = true};
    must(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&none)));
    uint8_t encryption[SUITE_HASH];
    memcpy(encryption, p->g->pending->secrets.encryption, SUITE_HASH);
    for (uint32_t i = 0; i < 4; i++)
        must(&c->person[i], hear(&c->person[i], paper_span(&commit)));
    capture_ratchets(&keys, encryption, 4);
    const struct epoch_secrets *s = &p->g->now->secrets;
    capture(&rest, "init", s->init);
    capture(&rest, "exporter", s->exporter);
    capture(&rest, "membership", s->membership);
    capture(&rest, "resumption", s->resumption);
    capture(&rest, "encryption", encryption);
    capture(&keys, "sender data", s->sender_data);
    speak(c, 0);
    struct captured root = {0};
    capture(&root, "encryption", encryption);
    none_left(p, &root); /* gone as soon as a key was drawn from it */
    crowd_commit(c, 1, &plan);
    none_left(p, &rest);
    assert_string_equal(leftover(p, &keys), "sender data");
    group_forget_previous(p->g);
    none_left(p, &keys);
    for (size_t i = 0; i < secret_bytes(p->g->config.leaves); i++)
        assert_int_equal(p->g->ratchet_memory[1][i], 0);
    free(commit.bytes);
    free(none.bytes);
    crowd_close(c);
}

static void a_second_epoch_pushes_the_first_out(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 65);
    struct captured old = {0};
    struct person *p = &c->person[1];
    struct group_plan plan = {.path = true};
    capture_epoch(&old, &p->g->now->secrets);
    speak(c, 0);
    crowd_commit(c, 0, &plan);
    crowd_commit(c, 0, &plan); /* nobody called group_forget_previous */
    none_left(p, &old);
    crowd_close(c);
}

static void who_is_removed_keeps_nothing(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 66);
    struct captured old = {0};
    struct person *p = &c->person[2];
    speak(c, 2);
    speak(c, 0);
    capture_epoch(&old, &p->g->now->secrets);
    capture_keys(&old, &p->g->now->keys);
    crowd_remove(c, 0, 2);
    none_left(p, &old);
    crowd_close(c);
}

static unsigned places(const struct person *p, const uint8_t what[16])
{
    const uint8_t *block = (const uint8_t *)p->g;
    unsigned n = 0;
    for (size_t at = 0; at + 16 <= p->bytes; at++)
        n += block[at] == what[0] && memcmp(block + at, what, 16) == 0;
    return n;
}

static void leaving_keeps_nothing(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 67);
    struct paper commit = paper_new(), none = paper_new();
    struct captured old = {0};
    struct person *p = &c->person[2];
    struct group_plan plan = {.path = true};
    (void)person_package(p, c->package[2]);
    capture(&old, "init key", p->g->package.init_secret);
    must(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&none)));
    must(p, group_propose_update(p->g, paper_blank(&commit)));
    capture(&old, "proposed key", p->g->cached[0].leaf_secret);
    capture_epoch(&old, &p->g->now->secrets);
    capture_epoch(&old, &p->g->pending->secrets);
    capture_keys(&old, &p->g->now->keys);
    capture_keys(&old, &p->g->pending->keys);
    group_leave(p->g);
    none_left(p, &old);
    free(commit.bytes);
    free(none.bytes);
    crowd_close(c);
}

/* 16 bytes at a time: what is read is joined for the signature, and what was read stays a view
 * until the next call. */
static void what_was_said_is_forgotten_with_the_group(void **state)
{
    (void)state;
    enum { SHORT = 300, LONG = 2 * SUITE_SIGNED_SHORT };
    static const size_t length[] = {SHORT, LONG};
    struct crowd *c = crowd_of(3, 0, 69);
    struct paper message = paper_new();
    static uint8_t said[LONG];
    struct person *p = &c->person[2];
    random_fill(&c->person[0].random, said, sizeof said);
    for (size_t i = 0; i < 2; i++) {
        struct span text = span_of(said, length[i]);
        struct group_result result;
        must(&c->person[0], group_protect(c->person[0].g, (struct span){NULL, 0}, text, 64,
                                          paper_blank(&message)));
        must(p, group_process(p->g, paper_span(&message), &result));
        assert_true(span_equal(result.data, text));
        assert_int_equal(places(p, said + length[i] - 16), 1); /* the view alone */
    }
    group_leave(p->g);
    assert_int_equal(places(p, said), 0);
    assert_int_equal(places(p, said + SHORT - 16), 0);
    assert_int_equal(places(p, said + LONG - 16), 0);
    free(message.bytes);
    crowd_close(c);
}

static void a_dropped_commit_and_a_refused_one_leave_nothing(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 68);
    struct paper commit = paper_new(), none = paper_new();
    struct captured dropped = {0};
    struct person *p = &c->person[0], *other = &c->person[1];
    struct group_plan plan = {.path = true};
    must(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&none)));
    capture_epoch(&dropped, &p->g->pending->secrets);
    capture_keys(&dropped, &p->g->pending->keys);
    struct framed m = framed_of(paper_span(&commit));
    struct insider_message late = insider_of(p, CONTENT_COMMIT, m.content);
    struct paper forged = paper_new(); /* all its secrets are derived before the tag is seen */
    refused(other, hear(other, insider_write(p, &late, &forged)), RULE_CONFIRMATION_TAG);
    group_drop(p->g);
    none_left(p, &dropped);
    struct captured tried = {0};
    capture_epoch(&tried, &other->g->work->secrets);
    assert_int_equal(tried.n, 0);
    free(commit.bytes);
    free(none.bytes);
    free(forged.bytes);
    crowd_close(c);
}

static void a_second_commit_of_ones_own_wipes_the_first(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 70);
    struct paper commit = paper_new(), none = paper_new();
    struct captured first = {0};
    struct person *p = &c->person[0];
    struct group_plan plan = {.path = true};
    must(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&none)));
    capture_epoch(&first, &p->g->pending->secrets);
    capture_keys(&first, &p->g->pending->keys);
    must(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&none)));
    none_left(p, &first);
    free(commit.bytes);
    free(none.bytes);
    crowd_close(c);
}

/* Leaves 2 and 3 share node 5; an Update of leaf 2 blanks it, the commit of leaf 0 does not fill
 * it. */
static void keys_of_nodes_that_became_blank_are_wiped(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 0, 71);
    struct paper paper = paper_new();
    struct captured old = {0};
    struct person *p = &c->person[3];
    struct group_plan rekey = {.path = true}, cached = {.cached = true};
    crowd_commit(c, 2, &rekey);
    for (uint32_t i = 0; i < p->g->now->keys.held; i++) {
        if (p->g->now->keys.node[i].node == 5)
            capture(&old, "key of node 5", p->g->now->keys.node[i].secret);
    }
    assert_int_equal(old.n, 1);
    must(&c->person[2], group_propose_update(c->person[2].g, paper_blank(&paper)));
    for (uint32_t i = 0; i < 4; i++)
        must(&c->person[i], hear(&c->person[i], paper_span(&paper)));
    crowd_commit(c, 0, &cached);
    none_left(p, &old);
    free(paper.bytes);
    crowd_close(c);
}

static void closing_wipes_the_block(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 69);
    const uint8_t *block = (const uint8_t *)c->person[0].g;
    speak(c, 1);
    group_close(c->person[0].g);
    for (size_t i = 0; i < c->person[0].bytes; i++)
        assert_int_equal(block[i], 0);
    struct person *p = &c->person[0];
    free(p->g);
    c->person[0] = c->person[1];
    c->n = 1;
    crowd_close(c);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(the_scan_finds_what_is_there),
        FACT(an_epoch_keeps_only_what_it_needs),
        FACT(after_a_rekey_the_old_epoch_is_wiped),
        FACT(of_the_epoch_before_only_message_secrets_stay_and_only_for_a_while),
        FACT(a_second_epoch_pushes_the_first_out),
        FACT(who_is_removed_keeps_nothing),
        FACT(leaving_keeps_nothing),
        FACT(what_was_said_is_forgotten_with_the_group),
        FACT(a_dropped_commit_and_a_refused_one_leave_nothing),
        FACT(a_second_commit_of_ones_own_wipes_the_first),
        FACT(keys_of_nodes_that_became_blank_are_wiped),
        FACT(closing_wipes_the_block),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
