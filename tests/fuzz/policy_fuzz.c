/* Any bytes as a policy, as a GroupContext's extensions, as a descriptor, a beat and a private
 * message: parsed or refused, and nothing that parses has bytes outside the input. */
#include "base/bug.h"
#include "e2ee/beat.h"
#include "e2ee/policy.h"
#include "e2ee/private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct span s, struct span in)
{
    BUG_IF(s.len > 0 && (s.ptr < in.ptr || s.ptr + s.len > in.ptr + in.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size);
    struct e2ee_link link = {.meeting = span_str("abcdefghijklmnopq234")};
    struct policy p;
    struct descriptor d;
    struct beat b;
    struct private_message m;
    const uint8_t host[SUITE_SIGN_PUBLIC] = {3};
    if (policy_parse(in, &p) == RULE_NONE) {
        within(p.admins, in);
        within(p.unsigned_part, in);
        BUG_IF(policy_verify(&p, link.meeting, host) == RULE_NONE);
        (void)policy_names(&p, span_of(host, sizeof host));
    }
    if (policy_context_parse(in, &p) == RULE_NONE)
        within(p.raw, in);
    BUG_IF(descriptor_check(in, &link, &d) == RULE_NONE);
    if (beat_parse(in, &b) == ERR_OK) {
        within(b.signed_part, in);
        within(b.signature, in);
    }
    if (private_message_parse(in, &m) == ERR_OK) {
        within(m.output, in);
        within(m.sealed, in);
    }
    return 0;
}
