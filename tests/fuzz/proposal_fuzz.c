/* Any bytes as a row of Proposals: what is read lies inside the input, reads again the same, and
 * the rules of a list end with a verdict that does not depend on the order of reading. */
#include "base/bug.h"
#include "e2ee/proposal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span all, struct span part)
{
    BUG_IF(part.len > 0 && (part.ptr < all.ptr || part.ptr + part.len > all.ptr + all.len));
}

static void check(struct span all, const struct proposal *p)
{
    struct reader r = reader_of(p->raw);
    struct proposal again;
    inside(all, p->raw);
    inside(all, p->body);
    proposal_parse(&r, &again);
    BUG_IF(!reader_ok(&r) || reader_left(&r) > 0 || again.type != p->type);
    BUG_IF(again.removed != p->removed || !span_equal(again.body, p->body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct proposal list[GROUP_PROPOSALS];
    struct span all = span_of(data, size);
    struct reader r = reader_of(all);
    uint32_t n = 0, committer = reader_u8(&r);
    while (reader_left(&r) > 0 && n < GROUP_PROPOSALS) {
        uint8_t sender = reader_u8(&r);
        proposal_parse(&r, &list[n]);
        if (!reader_ok(&r))
            break;
        list[n].sender = sender;
        check(all, &list[n++]);
    }
    enum mls_rule rule = proposal_list_check(list, n, committer);
    BUG_IF(rule != RULE_NONE && rule != RULE_PROPOSAL_LIST && rule != RULE_PSK &&
           rule != RULE_EXTERNAL);
    if (rule == RULE_NONE && n == 0)
        BUG_IF(!proposal_list_needs_path(list, n));
    return 0;
}
