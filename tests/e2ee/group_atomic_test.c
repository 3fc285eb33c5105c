/* Facts about e2ee/group: what is refused changes nothing. The state is compared byte for byte. */
#include "e2ee/insider.h"

/* A commit with everything in it: Remove, Add, PSK, extensions, a proposal by reference, a path. */
static struct span rich_commit(struct crowd *c, struct paper *commit, struct paper *welcome)
{
    struct person *p = c->person;
    struct paper update = paper_new();
    uint32_t gone = group_own_leaf(p[3].g);
    struct span add = person_package(&p[4], c->package[4]), link = span_str("link");
    struct group_plan plan = {.add = &add,
                              .n_add = 1,
                              .remove = &gone,
                              .n_remove = 1,
                              .psk = &link,
                              .n_psk = 1,
                              .set_extensions = true,
                              .cached = true};
    must(&p[2], group_propose_update(p[2].g, paper_blank(&update)));
    must(&p[0], hear(&p[0], paper_span(&update)));
    must(&p[1], hear(&p[1], paper_span(&update)));
    must(&p[0], group_commit(p[0].g, &plan, paper_blank(commit), paper_blank(welcome)));
    free(update.bytes);
    return paper_span(commit);
}

static void no_flipped_byte_of_a_commit_changes_anything(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 1, 21);
    struct paper commit = paper_new(), welcome = paper_new();
    struct span message = rich_commit(c, &commit, &welcome);
    struct person *p = &c->person[1];
    uint8_t before[SUITE_HASH];
    fingerprint(p, true, before);
    for (size_t i = 0; i < message.len; i++) {
        static const uint8_t flips[] = {0x01, 0x80, 0xff};
        for (size_t k = 0; k < sizeof flips; k++) {
            commit.bytes[i] ^= flips[k];
            assert_int_not_equal(hear(p, message), ERR_OK);
            unchanged(p, true, before);
            commit.bytes[i] ^= flips[k];
        }
    }
    must(p, hear(p, message));
    must(&c->person[0], group_merge(c->person[0].g));
    agree(&c->person[0], p);
    free(commit.bytes);
    free(welcome.bytes);
    crowd_close(c);
}

/* The flips that signature and membership tag would hide are tried by a member who can make both.
 */
static void no_flipped_byte_by_an_insider_changes_anything(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 1, 22);
    struct paper commit = paper_new(), welcome = paper_new(), forged = paper_new();
    struct framed m = framed_of(rich_commit(c, &commit, &welcome));
    struct person *p = &c->person[1];
    uint8_t *content = malloc(m.content.len), before[SUITE_HASH];
    unsigned depth[RULE_COUNT_] = {0};
    assert_non_null(content);
    memcpy(content, m.content.ptr, m.content.len);
    fingerprint(p, true, before);
    for (size_t i = 0; i < m.content.len; i++) {
        content[i] ^= 1;
        struct insider_message in =
            insider_of(&c->person[0], CONTENT_COMMIT, span_of(content, m.content.len));
        in.confirmation_tag = m.confirmation_tag;
        struct mls_message parsed;
        struct span tag, message = insider_write(&c->person[0], &in, &forged);
        struct framed f;
        assert_int_equal(mls_message_parse(message, &parsed), ERR_OK);
        assert_int_not_equal(hear(p, message), ERR_OK);
        if (public_parse(parsed.body, &f, &tag) == ERR_OK)
            depth[group_rule(p->g)]++;
        unchanged(p, true, before);
        content[i] ^= 1;
    }
    /* the flips reach the depth of each check */
    assert_true(depth[RULE_PROPOSAL_UNKNOWN] && depth[RULE_KEY_PACKAGE] && depth[RULE_PATH]);
    assert_true(depth[RULE_CONFIRMATION_TAG] && depth[RULE_PSK] && depth[RULE_PROPOSAL_LIST]);
    assert_false(depth[RULE_SIGNATURE] || depth[RULE_MEMBERSHIP_TAG]);
    free(content);
    free(commit.bytes);
    free(welcome.bytes);
    free(forged.bytes);
    crowd_close(c);
}

static void no_end_of_a_commit_can_be_missing_or_added(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 1, 23);
    struct paper commit = paper_new(), welcome = paper_new();
    struct span message = rich_commit(c, &commit, &welcome);
    struct person *p = &c->person[1];
    uint8_t before[SUITE_HASH];
    fingerprint(p, true, before);
    for (size_t len = 0; len < message.len; len++) {
        uint8_t *exact = malloc(len + 1); /* so that the sanitizer sees a read past the end */
        assert_non_null(exact);
        memcpy(exact, message.ptr, len);
        assert_int_not_equal(hear(p, span_of(exact, len)), ERR_OK);
        unchanged(p, true, before);
        free(exact);
    }
    assert_int_not_equal(hear(p, span_of(message.ptr, message.len + 1)), ERR_OK);
    unchanged(p, true, before);
    free(commit.bytes);
    free(welcome.bytes);
    crowd_close(c);
}

static void no_flipped_byte_of_a_private_message_changes_anything(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 0, 24);
    struct paper paper = paper_new();
    struct person *p = &c->person[1];
    uint8_t before[SUITE_HASH];
    must(&c->person[0], group_protect(c->person[0].g, span_str("aad"), span_str("words"), 64,
                                      paper_blank(&paper)));
    struct span message = paper_span(&paper);
    fingerprint(p, false, before);
    for (size_t i = 0; i < message.len; i++) {
        paper.bytes[i] ^= 1;
        assert_int_not_equal(hear(p, message), ERR_OK);
        unchanged(p, false, before);
        paper.bytes[i] ^= 1;
    }
    must(p, hear(p, message)); /* its key was not used up */
    free(paper.bytes);
    crowd_close(c);
}

static void no_flipped_byte_of_a_proposal_changes_anything(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 1, 25);
    struct paper paper = paper_new();
    struct person *p = &c->person[1];
    uint8_t before[SUITE_HASH];
    must(&c->person[0],
         group_propose_add(c->person[0].g, person_package(&c->person[3], c->package[3]),
                           paper_blank(&paper)));
    fingerprint(p, true, before);
    for (size_t i = 0; i < writer_len(&paper.w); i++) {
        paper.bytes[i] ^= 1;
        assert_int_not_equal(hear(p, paper_span(&paper)), ERR_OK);
        unchanged(p, true, before);
        paper.bytes[i] ^= 1;
    }
    free(paper.bytes);
    crowd_close(c);
}

static void no_flipped_byte_of_a_welcome_is_joined(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 1, 26);
    struct paper commit = paper_new(), welcome = paper_new();
    struct person *p = &c->person[4];
    uint8_t before[SUITE_HASH];
    rich_commit(c, &commit, &welcome);
    struct span message = paper_span(&welcome);
    fingerprint(p, true, before);
    for (size_t i = 0; i < message.len; i++) {
        welcome.bytes[i] ^= 1;
        assert_int_not_equal(group_join(p->g, message, span_of(NULL, 0), 0), ERR_OK);
        unchanged(p, true, before);
        welcome.bytes[i] ^= 1;
        assert_false(group_active(p->g));
    }
    must(p, group_join(p->g, message, span_of(NULL, 0), 0));
    free(commit.bytes);
    free(welcome.bytes);
    crowd_close(c);
}

static void a_refused_message_leaves_ones_own_commit_waiting(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(4, 1, 27);
    struct paper theirs = paper_new(), mine = paper_new(), welcome = paper_new();
    struct span message = rich_commit(c, &theirs, &welcome);
    struct person *p = &c->person[1];
    struct group_plan plan = {.path = true};
    must(p, group_commit(p->g, &plan, paper_blank(&mine), paper_blank(&welcome)));
    uint8_t before[SUITE_HASH];
    fingerprint(p, true, before);
    p->refuses = RULE_TREE;
    refused(p, hear(p, message), RULE_TREE);
    unchanged(p, true, before);
    p->refuses = RULE_NONE;
    must(&c->person[2], hear(&c->person[2], paper_span(&mine)));
    must(p, hear(p, paper_span(&mine)));
    agree(p, &c->person[2]);
    free(theirs.bytes);
    free(mine.bytes);
    free(welcome.bytes);
    crowd_close(c);
}

static void a_commit_that_fits_no_writer_is_not_made(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(3, 1, 28);
    struct paper commit = paper_new(), welcome = paper_new();
    struct person *p = &c->person[0];
    struct span add = person_package(&c->person[3], c->package[3]);
    struct group_plan plan = {.add = &add, .n_add = 1, .path = true};
    uint8_t before[SUITE_HASH];
    must(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&welcome)));
    size_t commit_len = writer_len(&commit.w), welcome_len = writer_len(&welcome.w);
    group_drop(p->g);
    fingerprint(p, true, before);
    for (size_t i = 0; i < commit_len; i += 7) {
        struct writer small = writer_of(commit.bytes, i);
        refused(p, group_commit(p->g, &plan, &small, paper_blank(&welcome)), RULE_SPACE);
        assert_true(writer_ok(&small) && writer_len(&small) == 0);
        unchanged(p, true, before);
    }
    for (size_t i = 0; i < welcome_len; i += 31) {
        struct writer small = writer_of(welcome.bytes, i);
        refused(p, group_commit(p->g, &plan, paper_blank(&commit), &small), RULE_SPACE);
        unchanged(p, true, before);
    }
    free(commit.bytes);
    free(welcome.bytes);
    crowd_close(c);
}

static void a_message_that_fits_no_writer_uses_no_key(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 29);
    struct paper paper = paper_new();
    struct person *p = &c->person[0];
    uint8_t before[SUITE_HASH];
    must(p, group_protect(p->g, span_of(NULL, 0), span_str("x"), 64, paper_blank(&paper)));
    size_t len = writer_len(&paper.w);
    fingerprint(p, true, before);
    for (size_t i = 0; i < len; i++) {
        struct writer small = writer_of(paper.bytes, i);
        refused(p, group_protect(p->g, span_of(NULL, 0), span_str("x"), 64, &small), RULE_SPACE);
        struct writer tiny = writer_of(paper.bytes, i < 90 ? i : 90);
        refused(p, group_propose_remove(p->g, 1, &tiny), RULE_SPACE);
        unchanged(p, true, before);
    }
    free(paper.bytes);
    crowd_close(c);
}

static void a_full_group_takes_nobody(void **state)
{
    (void)state;
    struct crowd *c = crowd_open(5, 30, 4);
    struct paper commit = paper_new(), welcome = paper_new();
    for (uint32_t i = 1; i < 4; i++)
        crowd_add(c, 0, i, true);
    struct person *p = &c->person[0];
    struct span add = person_package(&c->person[4], c->package[4]);
    struct group_plan plan = {.add = &add, .n_add = 1};
    uint8_t before[SUITE_HASH];
    fingerprint(p, true, before);
    refused(p, group_commit(p->g, &plan, paper_blank(&commit), paper_blank(&welcome)), RULE_SPACE);
    unchanged(p, true, before);
    free(commit.bytes);
    free(welcome.bytes);
    crowd_close(c);
}

static void the_cache_of_proposals_is_bounded(void **state)
{
    (void)state;
    struct crowd *c = crowd_of(2, 0, 31);
    struct paper paper = paper_new();
    uint8_t before[SUITE_HASH];
    struct person *from = &c->person[0], *to = &c->person[1];
    for (unsigned i = 0; i < GROUP_CACHE; i++) {
        must(from, group_propose_psk(from->g, span_str("link"), paper_blank(&paper)));
        must(to, hear(to, paper_span(&paper)));
        must(to, hear(to, paper_span(&paper))); /* counts once */
    }
    fingerprint(from, true, before);
    refused(from, group_propose_psk(from->g, span_str("link"), paper_blank(&paper)), RULE_SPACE);
    unchanged(from, true, before);
    assert_int_equal(to->g->n_cached, GROUP_CACHE);
    free(paper.bytes);
    crowd_close(c);
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(no_flipped_byte_of_a_commit_changes_anything),
        FACT(no_flipped_byte_by_an_insider_changes_anything),
        FACT(no_end_of_a_commit_can_be_missing_or_added),
        FACT(no_flipped_byte_of_a_private_message_changes_anything),
        FACT(no_flipped_byte_of_a_proposal_changes_anything),
        FACT(no_flipped_byte_of_a_welcome_is_joined),
        FACT(a_refused_message_leaves_ones_own_commit_waiting),
        FACT(a_commit_that_fits_no_writer_is_not_made),
        FACT(a_message_that_fits_no_writer_uses_no_key),
        FACT(a_full_group_takes_nobody),
        FACT(the_cache_of_proposals_is_bounded),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
