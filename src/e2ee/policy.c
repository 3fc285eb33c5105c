#include "e2ee/policy.h"

#include "base/mutant.h"
#include "e2ee/codec.h"
#include "e2ee/profile.h"

enum { FLAGS_KNOWN = E2EE_WAITING_ROOM | E2EE_LOCKED, DESCRIPTOR_VERSION = 1 };

static bool admins_valid(struct span admins)
{
    struct reader r = reader_of(admins);
    while (reader_left(&r) > 0)
        if (codec_vector(&r).len != SUITE_SIGN_PUBLIC)
            return false;
    return reader_ok(&r) && admins.len <= POLICY_ADMINS_MAX;
}

static bool flags_valid(uint8_t flags)
{
    return (flags & ~FLAGS_KNOWN) == 0;
}

static bool parse_host(struct span raw, struct policy *p)
{
    struct reader r = reader_of(raw);
    uint8_t version = reader_u8(&r);
    p->host = raw;
    p->seq = reader_u64(&r);
    p->flags = reader_u8(&r);
    p->max_members = reader_u16(&r);
    p->admins = codec_vector(&r);
    p->unsigned_part = span_of(raw.ptr, raw.len - reader_left(&r));
    p->signature = codec_vector(&r);
    return reader_ok(&r) && reader_left(&r) == 0 && version == POLICY_VERSION &&
           flags_valid(p->flags) && p->max_members != 0 && p->max_members <= POLICY_MEMBERS_MAX &&
           p->signature.len == SUITE_SIGNATURE && admins_valid(p->admins);
}

static bool parse_turned(struct span raw, struct policy *p)
{
    struct reader r = reader_of(raw);
    (void)reader_u8(&r);
    struct span host = codec_vector(&r);
    uint64_t turn = reader_u64(&r);
    uint8_t flags = reader_u8(&r);
    p->by.device = codec_vector(&r);
    p->by.group_id = codec_vector(&r);
    p->by.leaf_key = codec_vector(&r);
    p->by.expires_s = reader_u64(&r);
    p->by.device_signature = codec_vector(&r);
    p->turned = span_of(raw.ptr, raw.len - reader_left(&r));
    p->turn_signature = codec_vector(&r);
    if (!reader_ok(&r) || reader_left(&r) != 0 || turn == 0 || !flags_valid(flags) ||
        p->by.device.len != SUITE_SIGN_PUBLIC || p->by.group_id.len > GROUP_ID_MAX ||
        p->by.leaf_key.len != SUITE_SIGN_PUBLIC || p->by.device_signature.len != SUITE_SIGNATURE ||
        p->turn_signature.len != SUITE_SIGNATURE || !parse_host(host, p))
        return false;
    p->turn = turn;
    p->flags = flags;
    return true;
}

enum mls_rule policy_parse(struct span raw, struct policy *out)
{
    struct policy p = {.raw = raw};
    bool turned = raw.len > 0 && raw.ptr[0] == POLICY_TURNED;
    if (raw.len > POLICY_MAX || !(turned ? parse_turned(raw, &p) : parse_host(raw, &p)))
        return RULE_POLICY_FORM;
    *out = p;
    return RULE_NONE;
}

static struct span policy_signed(struct span meeting, struct span unsigned_part, struct writer *w)
{
    codec_write_vector(w, meeting);
    writer_bytes(w, unsigned_part);
    return writer_span(w);
}

static bool host_signed(const struct policy *p, struct span meeting, const uint8_t *host_public)
{
    uint8_t text[POLICY_MAX + 64];
    struct writer w = writer_of(text, sizeof text);
    struct span content = policy_signed(meeting, p->unsigned_part, &w);
    return content.ptr && suite_verify(&suite_chacha, span_of(host_public, SUITE_SIGN_PUBLIC),
                                       "conclave policy", content, p->signature) == ERR_OK;
}

/* The device is in the host's list, the leaf was the device's, and the leaf signed the turn. */
static bool turn_signed(const struct policy *p, struct span meeting)
{
    uint8_t text[POLICY_MAX + 64];
    struct writer w = writer_of(text, sizeof text);
    struct profile_place at = {.group_id = p->by.group_id, .signer = p->by.leaf_key};
    struct profile of = {.expires_s = p->by.expires_s};
    memcpy(of.device, p->by.device.ptr, sizeof of.device);
    struct span content = policy_signed(meeting, p->turned, &w);
    return policy_names(p, p->by.device) &&
           profile_device_signed(&at, &of, p->by.device_signature) && content.ptr &&
           suite_verify(&suite_chacha, p->by.leaf_key, "conclave policy turn", content,
                        p->turn_signature) == ERR_OK;
}

enum mls_rule policy_verify(const struct policy *p, struct span meeting,
                            const uint8_t host_public[SUITE_SIGN_PUBLIC])
{
    bool good = host_signed(p, meeting, host_public) && (p->turn == 0 || turn_signed(p, meeting));
    return good ? RULE_NONE : RULE_POLICY_SIGNATURE;
}

bool policy_newer(const struct policy *p, const struct policy *than)
{
    return p->seq != than->seq ? p->seq > than->seq : p->turn > than->turn;
}

bool policy_names(const struct policy *p, struct span device)
{
    struct reader r = reader_of(p->admins);
    while (reader_left(&r) > 0)
        if (span_equal(codec_vector(&r), device))
            return true;
    return false;
}

enum err policy_write(const struct policy_terms *terms, struct span meeting,
                      const uint8_t *host_secret_key, struct writer *w)
{
    uint8_t plain[POLICY_MAX], text[POLICY_MAX + 64], signature[SUITE_SIGNATURE];
    struct writer body = writer_of(plain, sizeof plain), content = writer_of(text, sizeof text);
    writer_u8(&body, POLICY_VERSION);
    writer_u64(&body, terms->seq);
    writer_u8(&body, terms->flags);
    writer_u16(&body, terms->max_members);
    codec_write_vector(&body, terms->admins);
    struct span to_sign = policy_signed(meeting, writer_span(&body), &content);
    if (!writer_ok(&body) || !to_sign.ptr)
        return ERR_LIMIT;
    TRY(suite_sign(&suite_chacha, host_secret_key, "conclave policy", to_sign, signature));
    writer_bytes(w, writer_span(&body));
    codec_write_vector(w, span_of(signature, sizeof signature));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

enum err policy_turn_write(const struct policy_turn *turn, struct span meeting, struct writer *w)
{
    uint8_t plain[POLICY_MAX], text[POLICY_MAX + 64], signature[SUITE_SIGNATURE];
    struct writer body = writer_of(plain, sizeof plain), content = writer_of(text, sizeof text);
    const struct policy_turner *by = &turn->by;
    writer_u8(&body, POLICY_TURNED);
    codec_write_vector(&body, turn->of->host);
    writer_u64(&body, turn->of->turn + 1);
    writer_u8(&body, turn->flags);
    codec_write_vector(&body, by->device);
    codec_write_vector(&body, by->group_id);
    codec_write_vector(&body, by->leaf_key);
    writer_u64(&body, by->expires_s);
    codec_write_vector(&body, by->device_signature);
    struct span to_sign = policy_signed(meeting, writer_span(&body), &content);
    if (!writer_ok(&body) || !to_sign.ptr || turn->of->turn == UINT64_MAX)
        return ERR_LIMIT;
    TRY(suite_sign(&suite_chacha, turn->leaf_secret_key, "conclave policy turn", to_sign,
                   signature));
    writer_bytes(w, writer_span(&body));
    codec_write_vector(w, span_of(signature, sizeof signature));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

/* ---- in the GroupContext ---- */

/* struct { ExtensionType<V>; ProposalType<V>; CredentialType<V>; } RequiredCapabilities */
void policy_context_write(struct span policy, struct writer *w)
{
    uint8_t text[16];
    struct writer required = writer_of(text, sizeof text);
    size_t mark = codec_begin(&required);
    writer_u16(&required, EXT_MEETING_POLICY);
    writer_u16(&required, EXT_PROFILE);
    codec_end(&required, mark);
    codec_write_vector(&required, (struct span){NULL, 0});
    mark = codec_begin(&required);
    writer_u16(&required, CREDENTIAL_BASIC);
    codec_end(&required, mark);
    extension_write(w, EXT_REQUIRED_CAPABILITIES, writer_span(&required));
    extension_write(w, EXT_MEETING_POLICY, policy);
}

static bool names_both(struct span required)
{
    struct reader r = reader_of(required), types = codec_inner(&r);
    bool policy = false, profile = false;
    while (reader_left(&types) > 0) {
        uint16_t type = reader_u16(&types);
        policy = policy || type == EXT_MEETING_POLICY;
        profile = profile || type == EXT_PROFILE;
    }
    codec_vector(&r);
    codec_vector(&r);
    return reader_ok(&r) && reader_ok(&types) && reader_left(&r) == 0 && policy && profile;
}

enum mls_rule policy_context_parse(struct span extensions, struct policy *out)
{
    struct reader r = reader_of(extensions);
    struct span required = {NULL, 0}, policy = {NULL, 0};
    unsigned n = 0;
    while (reader_left(&r) > 0) {
        uint16_t type = reader_u16(&r);
        struct span data = codec_vector(&r);
        n++;
        if (type == EXT_REQUIRED_CAPABILITIES)
            required = data;
        else if (type == EXT_MEETING_POLICY)
            policy = data;
    }
    if (!reader_ok(&r) || n != 2 || !required.ptr || !policy.ptr || !names_both(required))
        return RULE_POLICY_FORM;
    return policy_parse(policy, out);
}

/* ---- the descriptor ---- */

static bool descriptor_parse(struct span raw, struct descriptor *out, struct span *unsigned_part,
                             struct span *signature)
{
    struct reader r = reader_of(raw);
    uint8_t version = reader_u8(&r);
    out->raw = raw;
    out->meeting = codec_vector(&r);
    out->host_public = codec_vector(&r);
    out->created_s = reader_u64(&r);
    struct span policy = codec_vector(&r);
    *unsigned_part = span_of(raw.ptr, raw.len - reader_left(&r));
    *signature = codec_vector(&r);
    return reader_ok(&r) && reader_left(&r) == 0 && version == DESCRIPTOR_VERSION &&
           raw.len <= E2EE_DESCRIPTOR_MAX && out->host_public.len == SUITE_SIGN_PUBLIC &&
           policy_parse(policy, &out->policy) == RULE_NONE && out->policy.turn == 0;
}

enum mls_rule descriptor_check(struct span raw, const struct e2ee_link *link,
                               struct descriptor *out)
{
    struct descriptor d;
    struct span content, signature;
    uint8_t hash[E2EE_SECRET];
    if (!descriptor_parse(raw, &d, &content, &signature) || !span_equal(d.meeting, link->meeting))
        return RULE_DESCRIPTOR;
    link_key_hash(d.host_public.ptr, hash);
    if (!suite_equal(hash, link->host_key_hash, sizeof hash) ||
        suite_verify(&suite_chacha, d.host_public, "conclave descriptor", content, signature) !=
            ERR_OK ||
        policy_verify(&d.policy, d.meeting, d.host_public.ptr) != RULE_NONE)
        return RULE_DESCRIPTOR;
    *out = d;
    return RULE_NONE;
}

static enum err descriptor_write(const struct e2ee_link *link, const struct e2ee_terms *terms,
                                 const uint8_t *secret_key, struct writer *w)
{
    uint8_t text[E2EE_DESCRIPTOR_MAX], policy[POLICY_MAX], signature[SUITE_SIGNATURE];
    struct writer body = writer_of(text, sizeof text), p = writer_of(policy, sizeof policy);
    uint8_t flags = terms->waiting_room ? E2EE_WAITING_ROOM : 0;
    struct policy_terms first = {.flags = flags, .max_members = terms->max_members};
    TRY(policy_write(&first, link->meeting, secret_key, &p));
    writer_u8(&body, DESCRIPTOR_VERSION);
    codec_write_vector(&body, link->meeting);
    codec_write_vector(&body, span_of(secret_key + 32, SUITE_SIGN_PUBLIC)); /* seed || public */
    writer_u64(&body, terms->created_s);
    codec_write_vector(&body, writer_span(&p));
    TRY(suite_sign(&suite_chacha, secret_key, "conclave descriptor", writer_span(&body),
                   signature));
    writer_bytes(w, writer_span(&body));
    codec_write_vector(w, span_of(signature, sizeof signature));
    return writer_ok(w) ? ERR_OK : ERR_LIMIT;
}

enum err e2ee_descriptor_make(const struct e2ee_link *link, const struct e2ee_terms *terms,
                              struct writer *w)
{
    uint8_t secret_key[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
    if (!link->host || !link_meeting_valid(link->meeting) || terms->max_members == 0 ||
        terms->max_members > POLICY_MEMBERS_MAX)
        return ERR_MALFORMED;
    link_host_keys(link->meeting, link->host_secret, secret_key, public);
    enum err e = descriptor_write(link, terms, secret_key, w);
    suite_wipe(secret_key, sizeof secret_key);
    return e;
}

void e2ee_access_proof(const struct e2ee_link *link, uint8_t out[E2EE_PROOF])
{
    link_access(link, out);
}

void e2ee_host_proof(const struct e2ee_link *link, uint8_t out[E2EE_PROOF])
{
    link_derive(LINK_HOST, link->meeting, link->host_secret, out);
}

void e2ee_host_key_hash(const struct e2ee_link *link, uint8_t out[E2EE_SECRET])
{
    uint8_t secret_key[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
    link_host_keys(link->meeting, link->host_secret, secret_key, public);
    link_key_hash(public, out);
    suite_wipe(secret_key, sizeof secret_key);
}
