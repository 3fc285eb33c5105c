/* welcome.json and the passive-client files: a member that only listens must follow every epoch. */
#include "e2ee/group_info.h"
#include "e2ee/welcome.h"
#include "vectors/vectors.h"

/* ---- the passive client ---- */

enum { LEAVES = 256, ARENA = LEAVES * 1024, PSKS_MAX = 16 };

struct psks {
    size_t n;
    struct psk list[PSKS_MAX];
};

static enum err find_psk(void *ctx, struct span psk_id, struct span *value)
{
    const struct psks *p = ctx;
    for (size_t i = 0; i < p->n; i++) {
        if (span_equal(p->list[i].id, psk_id)) {
            *value = p->list[i].value;
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

static bool read_psks(const json_t *c, struct psks *out)
{
    const json_t *list = json_object_get(c, "external_psks");
    out->n = json_array_size(list);
    if (out->n > PSKS_MAX)
        return vector_fail("more than %d PSKs", PSKS_MAX);
    for (size_t i = 0; i < out->n; i++) {
        out->list[i].id = vector_hex(json_array_get(list, i), "psk_id");
        out->list[i].value = vector_hex(json_array_get(list, i), "psk");
    }
    return true;
}

static struct span message_body(struct span message)
{
    struct mls_message m;
    return mls_message_parse(message, &m) == ERR_OK ? m.body : span_of(NULL, 0);
}

static void copy_key(uint8_t *to, struct span from, size_t room)
{
    memcpy(to, from.ptr, from.len < room ? from.len : room);
}

static bool join(struct group *g, const json_t *c)
{
    uint8_t signature_secret[SUITE_SIGN_SECRET], public[SUITE_SIGN_PUBLIC];
    struct group_vector_keys keys = {.key_package = message_body(vector_hex(c, "key_package")),
                                     .signature_secret = signature_secret};
    struct reader r = reader_of(keys.key_package);
    struct key_package p;
    key_package_parse(&r, &p);
    if (!reader_ok(&r))
        return vector_fail("key package");
    suite_sign_keys(vector_hex(c, "signature_priv").ptr, signature_secret, public);
    copy_key(keys.secrets.init_secret, vector_hex(c, "init_priv"), SUITE_KEM_SECRET_MAX);
    copy_key(keys.secrets.leaf_secret, vector_hex(c, "encryption_priv"), SUITE_KEM_SECRET_MAX);
    copy_key(keys.secrets.init_public, p.init_key, SUITE_KEM_PUBLIC_MAX);
    copy_key(keys.secrets.leaf_public, p.leaf.encryption_key, SUITE_KEM_PUBLIC_MAX);
    enum err e =
        group_join_vector(g, &keys, vector_hex(c, "welcome"), vector_hex(c, "ratchet_tree"));
    if (e != ERR_OK)
        return vector_fail("join: %s, %s", err_name(e), rule_words(group_rule(g)));
    return vector_same(c, "initial_epoch_authenticator",
                       span_of(group_authenticator(g), SUITE_HASH));
}

static bool process(struct group *g, struct span message, enum group_event want)
{
    struct group_result result;
    enum err e = group_process(g, message, &result);
    if (e != ERR_OK)
        return vector_fail("process: %s, %s", err_name(e), rule_words(group_rule(g)));
    return result.event == want ? true : vector_fail("event %d", (int)result.event);
}

static bool follow(struct group *g, const json_t *epoch)
{
    const json_t *proposals = json_object_get(epoch, "proposals");
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(proposals); i++)
        good = process(g, vector_unhex(json_array_get(proposals, i)), GROUP_PROPOSAL_CACHED);
    return good && process(g, vector_hex(epoch, "commit"), GROUP_COMMITTED) &&
           vector_same(epoch, "epoch_authenticator", span_of(group_authenticator(g), SUITE_HASH));
}

bool vectors_passive(const json_t *c, const struct suite *s)
{
    struct vector_random state;
    struct psks psks;
    struct group_config config = {
        .suite = s,
        .leaves = LEAVES,
        .arena = ARENA,
        .random = vector_random_source(&state, 1),
        .hooks = {.ctx = &psks, .psk = find_psk},
        .accept_external = true,
    };
    if (!read_psks(c, &psks))
        return false;
    struct group *g = group_open(vector_memory(group_bytes(&config)), &config);
    bool good = join(g, c);
    const json_t *epochs = json_object_get(c, "epochs");
    for (size_t i = 0; good && i < json_array_size(epochs); i++)
        good = follow(g, json_array_get(epochs, i));
    group_close(g);
    return good;
}

/* ---- welcome.json ---- */

static bool open_secrets(const json_t *c, const struct suite *s, const struct welcome *w,
                         struct group_secrets *out)
{
    struct span kp = message_body(vector_hex(c, "key_package"));
    struct reader r = reader_of(kp);
    struct key_package p;
    struct welcome_entry entry;
    uint8_t ref[SUITE_HASH], *plain;
    size_t len;
    key_package_parse(&r, &p);
    if (!vector_ok("ref", key_package_ref(s, kp, ref)))
        return false;
    if (!welcome_find(w, span_of(ref, sizeof ref), &entry))
        return vector_fail("no entry for the key package");
    struct welcome_open with = {{vector_hex(c, "init_priv").ptr, p.init_key.ptr}, w->info};
    plain = vector_memory(entry.sealed.len);
    return vector_ok("entry", welcome_open_entry(s, &entry, &with, plain, &len)) &&
           vector_ok("secrets", group_secrets_parse(span_of(plain, len), out));
}

static bool check_info(const json_t *c, const struct suite *s, const struct group_secrets *secrets,
                       struct span sealed)
{
    uint8_t welcome_secret[SUITE_HASH], tag[SUITE_HASH], *plain = vector_memory(sealed.len);
    struct epoch_secrets epoch;
    struct welcome_key key;
    struct context *context = vector_memory(sizeof *context);
    struct group_info info = {.context = context};
    bool good =
        vector_ok("welcome", schedule_welcome(s, secrets->joiner.ptr, NULL, welcome_secret)) &&
        vector_ok("key", welcome_key_derive(s, welcome_secret, &key)) &&
        vector_ok("open", s->aead_open(key.key, key.nonce, span_of(NULL, 0), sealed, plain)) &&
        vector_ok("parse", group_info_parse(s, span_of(plain, sealed.len - SUITE_TAG), &info)) &&
        vector_ok("signature", group_info_verify(s, &info, vector_hex(c, "signer_pub"),
                                                 writer_of(vector_memory(info.tbs.len + 64),
                                                           info.tbs.len + 64))) &&
        vector_ok("schedule",
                  schedule_join(s, secrets->joiner.ptr, NULL, context_raw(context), &epoch));
    if (!good)
        return false;
    suite_mac(s, span_of(epoch.confirmation, SUITE_HASH), context_confirmed(context), tag);
    return vector_same_bytes("confirmation tag", info.confirmation_tag, span_of(tag, sizeof tag));
}

bool vectors_welcome(const json_t *c, const struct suite *s)
{
    struct group_secrets secrets;
    struct welcome w;
    return vector_ok("welcome", welcome_parse(message_body(vector_hex(c, "welcome")), &w)) &&
           open_secrets(c, s, &w, &secrets) && check_info(c, s, &secrets, w.info);
}
