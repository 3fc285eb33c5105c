/* Any bytes as a Welcome for a live KeyPackage, and honest GroupSecrets and GroupInfo overwritten
 * in parts before they are sealed: nobody joins what was changed, and nothing of the newcomer
 * changes. */
#include "e2ee/group_info.h"
#include "e2ee/welcome.h"
#include "party.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct party party;
static uint8_t secrets_base[512], info_base[32768];
static size_t secrets_len, info_len;
static uint8_t joiner[SUITE_HASH];

static void setup(void)
{
    party_open(&party);
    struct guest *from = &party.guest[0];
    struct group_plan plan = {.add = &party.add, .n_add = 1};
    party_commit(&party, from, &plan);
    const struct group_slot *s = from->g->pending;
    struct group_info_make make = {&s->context, s->tree, s->tag, 0, from->secret};
    struct writer w = writer_of(info_base, sizeof info_base);
    BUG_IF(group_info_write(&suite_chacha, &make, &w) != ERR_OK);
    info_len = writer_len(&w);
    memcpy(joiner, s->secrets.joiner, sizeof joiner);
    struct group_secrets secrets = {.joiner = span_of(joiner, sizeof joiner)};
    w = writer_of(secrets_base, sizeof secrets_base);
    group_secrets_write(&secrets, &w);
    secrets_len = writer_len(&w);
    party_keep(&party, &party.guest[3]);
}

/* GroupInfo changed, then signed again by member 0: only what it says is wrong. */
static size_t sign_again(uint8_t *info, size_t len)
{
    uint8_t signature[SUITE_SIGNATURE];
    size_t tbs = len - SUITE_SIGNATURE - 2;
    BUG_IF(suite_sign(&suite_chacha, party.guest[0].secret, "GroupInfoTBS", span_of(info, tbs),
                      signature) != ERR_OK);
    memcpy(info + tbs + 2, signature, sizeof signature);
    return len;
}

static struct span seal(struct span secrets, struct span info)
{
    static uint8_t out[1 << 17], sealed[1 << 16];
    const struct suite *s = &suite_chacha;
    const struct group *to = party.guest[3].g;
    uint8_t welcome_secret[SUITE_HASH], hash[SUITE_HASH], entry[1024];
    struct welcome_key key;
    struct random_source random = {party_fill, &party.guest[0].random};
    BUG_IF(schedule_welcome(s, joiner, NULL, welcome_secret) != ERR_OK);
    BUG_IF(welcome_key_derive(s, welcome_secret, &key) != ERR_OK);
    BUG_IF(s->aead_seal(key.key, key.nonce, span_of(NULL, 0), info, sealed) != ERR_OK);
    struct span body = span_of(sealed, info.len + SUITE_TAG);
    welcome_info_hash(s, body, hash);
    struct welcome_seal with = {span_of(to->package_ref, SUITE_HASH),
                                span_of(to->package.init_public, s->kem_public), hash, &random};
    struct writer e = writer_of(entry, sizeof entry), w = writer_of(out, sizeof out);
    BUG_IF(welcome_seal_entry(s, &with, secrets, &e) != ERR_OK);
    mls_message_head(&w, WIRE_WELCOME);
    writer_u16(&w, s->id);
    codec_write_vector(&w, writer_span(&e));
    codec_write_vector(&w, body);
    BUG_IF(!writer_ok(&w));
    return writer_span(&w);
}

static struct span welcome_of(uint8_t kind, struct span wish)
{
    static uint8_t secrets[512], info[sizeof info_base];
    if (kind == 0)
        return wish;
    memcpy(secrets, secrets_base, secrets_len);
    memcpy(info, info_base, info_len);
    size_t s = secrets_len, i = info_len;
    if (kind & 1)
        s = party_edit(secrets, s, wish);
    else
        i = party_edit(info, i, wish);
    if (kind & 2 && i > SUITE_SIGNATURE + 2)
        i = sign_again(info, i);
    return seal(span_of(secrets, s), span_of(info, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest *to = &party.guest[3];
    if (!party.commit)
        setup();
    if (size == 0 || size > 16384)
        return 0;
    struct span message = welcome_of(data[0], span_of(data + 1, size - 1));
    if (group_join(to->g, message, span_of(NULL, 0), 0) == ERR_OK) {
        BUG_IF(!group_active(to->g) || to->g->has_package);
        party_restore(&party, to);
        return 0;
    }
    BUG_IF(group_rule(to->g) == RULE_NONE);
    party_unchanged(&party, to);
    return 0;
}
