#include "e2ee/link.h"

static const char *const infos[] = {
    [LINK_ACCESS] = "conclave v1 access ",     [LINK_HOST] = "conclave v1 host ",
    [LINK_HOST_KEY] = "conclave v1 host key ", [LINK_PSK] = "conclave v1 link psk ",
    [LINK_JOIN] = "conclave v1 join ",         [LINK_PROFILE] = "conclave v1 profile ",
};

bool link_meeting_valid(struct span meeting)
{
    if (meeting.len != LINK_MEETING)
        return false;
    for (size_t i = 0; i < meeting.len; i++) {
        uint8_t c = meeting.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')))
            return false;
    }
    return true;
}

static void derive(enum link_use use, struct span meeting, struct span salt, const uint8_t *secret,
                   uint8_t out[LINK_KEY])
{
    uint8_t prk[SUITE_HASH], text[64];
    struct writer info = writer_of(text, sizeof text);
    writer_text(&info, infos[use]);
    writer_bytes(&info, meeting);
    suite_extract(&suite_chacha, salt, span_of(secret, E2EE_SECRET), prk);
    if (!writer_ok(&info) ||
        suite_expand(&suite_chacha, prk, writer_span(&info), out, LINK_KEY) != ERR_OK)
        memset(out, 0, LINK_KEY); /* only for an id that link_meeting_valid refuses */
    suite_wipe(prk, sizeof prk);
}

void link_derive(enum link_use use, struct span meeting, const uint8_t *secret,
                 uint8_t out[LINK_KEY])
{
    derive(use, meeting, (struct span){NULL, 0}, secret, out);
}

void link_access(const struct e2ee_link *link, uint8_t out[LINK_KEY])
{
    struct span salt = span_of(link->renewal, link->renewed ? sizeof link->renewal : 0);
    derive(LINK_ACCESS, link->meeting, salt, link->secret, out);
}

void link_host_keys(struct span meeting, const uint8_t *host_secret,
                    uint8_t secret[SUITE_SIGN_SECRET], uint8_t public[SUITE_SIGN_PUBLIC])
{
    uint8_t seed[LINK_KEY];
    link_derive(LINK_HOST_KEY, meeting, host_secret, seed);
    suite_sign_keys(seed, secret, public);
    suite_wipe(seed, sizeof seed);
}

void link_key_hash(const uint8_t public[SUITE_SIGN_PUBLIC], uint8_t out[E2EE_SECRET])
{
    uint8_t hash[SUITE_HASH];
    suite_hash(&suite_chacha, span_of(public, SUITE_SIGN_PUBLIC), hash);
    memcpy(out, hash, E2EE_SECRET);
}

void link_join_proof(const uint8_t join_key[LINK_KEY], const uint8_t ref[SUITE_HASH],
                     struct span group_id, uint8_t out[E2EE_PROOF])
{
    uint8_t text[SUITE_HASH + GROUP_ID_MAX];
    struct writer w = writer_of(text, sizeof text);
    writer_bytes(&w, span_of(ref, SUITE_HASH));
    writer_bytes(&w, group_id);
    suite_mac(&suite_chacha, span_of(join_key, LINK_KEY), writer_span(&w), out);
}
