/* Facts about e2ee/proposal: forms, and the rules of a list by itself. */
#include "base/fact.h"
#include "e2ee/proposal.h"

static struct proposal parse(struct span in, bool *good)
{
    struct reader r = reader_of(in);
    struct proposal p;
    proposal_parse(&r, &p);
    *good = reader_ok(&r) && reader_left(&r) == 0;
    return p;
}

#define BYTES(...) span_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void each_form_is_read_whole(void **state)
{
    (void)state;
    bool good;
    struct proposal p = parse(BYTES(0, 3, 0, 0, 1, 2), &good); /* Remove of leaf 258 */
    assert_true(good && p.type == PROPOSAL_REMOVE && p.removed == 258 && p.raw.len == 6);
    p = parse(BYTES(0, 4, 1, 2, 'i', 'd', 1, 'n'), &good); /* external PSK "id", nonce "n" */
    assert_true(good && p.type == PROPOSAL_PSK && p.body.len == 6);
    p = parse(BYTES(0, 7, 4, 0xF0, 0xC0, 1, 9), &good); /* one extension of type F0C0 */
    assert_true(good && p.type == PROPOSAL_EXTENSIONS && p.body.len == 4);
    p = parse(BYTES(0, 6, 1, 7), &good);
    assert_true(good && p.type == PROPOSAL_EXTERNAL_INIT);
    p = parse(BYTES(0, 5, 1, 'g', 0, 1, 0, 3, 0), &good); /* ReInit: group, version, suite, none */
    assert_true(good && p.type == PROPOSAL_REINIT);
}

static void broken_forms_are_refused(void **state)
{
    (void)state;
    const struct span broken[] = {
        BYTES(0),                               /* no type */
        BYTES(0, 0),                            /* reserved */
        BYTES(0, 8, 0),                         /* beyond section 17.4 */
        BYTES(0x0a, 0x0a, 0),                   /* GREASE has no place here */
        BYTES(0, 1, 0, 1),                      /* Add without a package */
        BYTES(0, 2, 0),                         /* Update without a leaf */
        BYTES(0, 3, 0, 0, 1),                   /* Remove of 3 bytes */
        BYTES(0, 3, 0, 0, 0, 1, 0),             /* and of 5 */
        BYTES(0, 4, 3, 0, 0),                   /* no such PSK type */
        BYTES(0, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0), /* resumption with usage 0, cut short */
        BYTES(0, 4, 1, 0x40, 1, 'x', 0),        /* a length that is not minimal */
        BYTES(0, 5, 0, 0, 1, 0, 3, 3, 0, 1, 9), /* ReInit with a broken extension */
        BYTES(0, 7, 8, 0, 1, 0, 0, 1, 0, 0, 0), /* an extension list cut short */
        BYTES(0, 7, 6, 0, 1, 0, 0, 1, 0),       /* one extension type twice */
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        bool good;
        (void)parse(broken[i], &good);
        if (good)
            fail_msg("form %zu was taken", i);
    }
}

static void psk_ids_come_back_as_written(void **state)
{
    (void)state;
    uint8_t room[128], nonce[SUITE_HASH];
    struct writer w = writer_of(room, sizeof room);
    struct psk_id id;
    memset(nonce, 7, sizeof nonce);
    psk_id_write(&w, span_str("link"), nonce);
    struct reader r = reader_of(writer_span(&w));
    psk_id_parse(&r, &id);
    assert_true(reader_ok(&r) && reader_left(&r) == 0);
    assert_true(id.type == PSK_EXTERNAL && span_equal(id.id, span_str("link")));
    assert_true(span_equal(id.nonce, span_of(nonce, sizeof nonce)));
    assert_true(span_equal(id.raw, writer_span(&w)));
}

/* ---- lists, against an oracle that knows nothing but section 12.2's sentences ---- */

enum { COMMITTER = 1, LEAVES = 4 };

static uint8_t psk_bytes[2][64];

static struct proposal some(uint32_t n)
{
    static const struct span extensions[] = {{NULL, 0}};
    if (n < LEAVES)
        return (struct proposal){.type = PROPOSAL_REMOVE, .removed = n, .sender = COMMITTER};
    n -= LEAVES;
    if (n < LEAVES)
        return (struct proposal){.type = PROPOSAL_UPDATE, .sender = n};
    n -= LEAVES;
    if (n < 2)
        return (struct proposal){.type = PROPOSAL_PSK,
                                 .body = span_of(psk_bytes[n], 1 + 1 + 2 + 1 + 32)};
    n -= 2;
    static const enum proposal_type rest[] = {PROPOSAL_ADD, PROPOSAL_EXTENSIONS, PROPOSAL_REINIT,
                                              PROPOSAL_EXTERNAL_INIT};
    return (struct proposal){.type = rest[n], .body = extensions[0]};
}
enum { KINDS = 2 * LEAVES + 2 + 4 };

static bool allowed(const struct proposal *list, uint32_t n)
{
    unsigned on_leaf[LEAVES] = {0}, extensions = 0, psk[2] = {0};
    for (uint32_t i = 0; i < n; i++) {
        const struct proposal *p = &list[i];
        if (p->type == PROPOSAL_REINIT || p->type == PROPOSAL_EXTERNAL_INIT)
            return false;
        if (p->type == PROPOSAL_REMOVE && (p->removed == COMMITTER || on_leaf[p->removed]++))
            return false;
        if (p->type == PROPOSAL_UPDATE && (p->sender == COMMITTER || on_leaf[p->sender]++))
            return false;
        if (p->type == PROPOSAL_EXTENSIONS && extensions++)
            return false;
        if (p->type == PROPOSAL_PSK && psk[p->body.ptr == psk_bytes[1]]++)
            return false;
    }
    return true;
}

static bool path_wanted(const struct proposal *list, uint32_t n)
{
    uint32_t light = 0;
    for (uint32_t i = 0; i < n; i++)
        light += list[i].type == PROPOSAL_ADD || list[i].type == PROPOSAL_PSK ||
                 list[i].type == PROPOSAL_REINIT;
    return n == 0 || light < n;
}

static void every_list_of_up_to_three_is_judged_as_the_rfc_says(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        uint8_t nonce[SUITE_HASH] = {(uint8_t)i};
        struct writer w = writer_of(psk_bytes[i], sizeof psk_bytes[i]);
        psk_id_write(&w, span_str("id"), nonce);
    }
    for (uint32_t code = 0; code < KINDS * KINDS * KINDS; code++) {
        struct proposal list[3] = {some(code % KINDS), some(code / KINDS % KINDS),
                                   some(code / KINDS / KINDS)};
        for (uint32_t n = 0; n <= 3; n++) {
            bool good = proposal_list_check(list, n, COMMITTER) == RULE_NONE;
            if (good != allowed(list, n))
                fail_msg("list %u of %u", code, n);
            if (good && proposal_list_needs_path(list, n) != path_wanted(list, n))
                fail_msg("path of list %u of %u", code, n);
        }
    }
}

int main(void)
{
    const struct CMUnitTest facts[] = {
        FACT(each_form_is_read_whole),
        FACT(broken_forms_are_refused),
        FACT(psk_ids_come_back_as_written),
        FACT(every_list_of_up_to_three_is_judged_as_the_rfc_says),
    };
    return cmocka_run_group_tests(facts, NULL, NULL);
}
