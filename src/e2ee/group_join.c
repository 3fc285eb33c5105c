/* Ways into a group: creating it (RFC 9420 section 11), a KeyPackage (10) and the Welcome for it
 * (12.4.3.1). Both build the epoch in `work`; an older group is left only when the new one stands.
 */
#include "e2ee/group_info.h"
#include "e2ee/group_inside.h"
#include "e2ee/welcome.h"

/* ---- create (section 11) ---- */

static enum err create_leaf(struct group *g)
{
    const struct suite *s = g->config.suite;
    struct group_slot *to = g->work;
    uint8_t ikm[SUITE_HASH], public[SUITE_KEM_PUBLIC_MAX];
    struct writer w = group_scratch(g);
    g->config.random.fill(g->config.random.ctx, ikm, sizeof ikm);
    enum err e = s->kem_derive(span_of(ikm, sizeof ikm), to->keys.leaf_secret, public);
    suite_wipe(ikm, sizeof ikm);
    TRY_RULE(g, e, RULE_LEAF);
    struct leaf_make make = {
        .encryption_key = span_of(public, s->kem_public),
        .signature_key = span_of(g->signature_public, SUITE_SIGN_PUBLIC),
        .signature_secret = g->signature_secret,
        .identity = span_of(g->identity, g->identity_len),
        .source = LEAF_KEY_PACKAGE,
        .not_after = UINT64_MAX,
        .extensions = span_of(g->extensions, g->extensions_len),
    };
    TRY_RULE(g, leaf_write(s, &make, &w), RULE_LEAF);
    TRY_RULE(g, tree_add(to->tree, writer_span(&w), &to->keys.leaf), RULE_LEAF);
    return ERR_OK;
}

/* A random epoch in all but name: the joiner secret is drawn, the rest of the schedule follows. */
static enum err create_secrets(struct group *g)
{
    const struct suite *s = g->config.suite;
    struct group_slot *to = g->work;
    uint8_t joiner[SUITE_HASH];
    g->config.random.fill(g->config.random.ctx, joiner, sizeof joiner);
    enum err e = schedule_join(s, joiner, NULL, context_raw(&to->context), &to->secrets);
    suite_wipe(joiner, sizeof joiner);
    TRY_RULE(g, e, RULE_FORM);
    suite_mac(s, span_of(to->secrets.confirmation, SUITE_HASH), context_confirmed(&to->context),
              to->tag);
    /* interim = hash(confirmed, which is empty, || tag<V>) */
    uint8_t input[SUITE_HASH + 1] = {SUITE_HASH};
    memcpy(input + 1, to->tag, SUITE_HASH);
    suite_hash(s, span_of(input, sizeof input), to->interim);
    return ERR_OK;
}

/* An empty slot to build an epoch in that has no epoch before it. */
static struct group_slot *clear_work(struct group *g)
{
    struct group_slot *to = g->work;
    group_wipe_slot(to);
    group_tree_init(g, to);
    to->context.confirmed_len = 0;
    to->context.epoch = 0;
    to->delta.n_added = to->delta.n_removed = to->delta.n_updated = to->delta.n_psks = 0;
    to->delta.new_extensions = false;
    return to;
}

static enum err create(struct group *g, struct span id, struct span extensions)
{
    struct group_slot *to = clear_work(g);
    memcpy(to->context.id, id.ptr, id.len);
    to->context.id_len = (uint8_t)id.len;
    TRY_RULE(g, context_set_extensions(&to->context, extensions), RULE_EXTENSIONS);
    TRY(create_leaf(g));
    REFUSE_UNLESS(g, context_fits_all(extensions, to->tree), RULE_EXTENSIONS, ERR_UNSUPPORTED);
    TRY_RULE(g, tree_hash(to->tree, to->context.tree_hash), RULE_TREE);
    context_seal(g->config.suite, &to->context);
    return create_secrets(g);
}

enum err group_create(struct group *g, struct span group_id, struct span extensions)
{
    REFUSE_UNLESS(g, g->has_self && !g->active, RULE_GROUP, ERR_STATE);
    REFUSE_UNLESS(g, group_id.len > 0 && group_id.len <= GROUP_ID_MAX, RULE_SPACE, ERR_LIMIT);
    enum err e = create(g, group_id, extensions);
    if (e == ERR_OK)
        group_enter_new(g);
    else
        group_wipe_slot(g->work);
    return e;
}

/* ---- key packages (section 10) ---- */

enum err group_key_package(struct group *g, uint64_t now_s, uint64_t lifetime_s, struct writer *w,
                           uint8_t ref[SUITE_HASH])
{
    const struct suite *s = g->config.suite;
    struct key_package_secrets secrets;
    struct key_package package;
    struct writer out = *w;
    REFUSE_UNLESS(g, g->has_self, RULE_GROUP, ERR_STATE);
    struct leaf_make make = {
        .signature_key = span_of(g->signature_public, SUITE_SIGN_PUBLIC),
        .signature_secret = g->signature_secret,
        .identity = span_of(g->identity, g->identity_len),
        .source = LEAF_KEY_PACKAGE,
        .not_before = now_s > GROUP_CLOCK_SKEW_S ? now_s - GROUP_CLOCK_SKEW_S : 0,
        .not_after = now_s > UINT64_MAX - lifetime_s ? UINT64_MAX : now_s + lifetime_s,
        .extensions = span_of(g->extensions, g->extensions_len),
    };
    size_t start = writer_len(&out);
    enum err e = key_package_make(s, &make, &g->config.random, &out, &secrets);
    if (e == ERR_OK && !writer_ok(&out))
        e = ERR_LIMIT;
    TRY_RULE(g, e, RULE_KEY_PACKAGE);
    struct reader r = reader_of(span_of(out.start + start, writer_len(&out) - start));
    key_package_parse(&r, &package);
    e = key_package_ref(s, package.raw, ref);
    if (e == ERR_OK) {
        g->package = secrets;
        g->has_package = true;
        memcpy(g->package_ref, ref, SUITE_HASH);
        suite_hash(s, package.leaf.raw, g->package_leaf);
        *w = out;
    }
    suite_wipe(&secrets, sizeof secrets);
    TRY_RULE(g, e, RULE_KEY_PACKAGE);
    return ERR_OK;
}

/* ---- Welcome (section 12.4.3.1) ---- */

struct joining {
    const struct key_package_secrets *secrets;
    struct span ref, leaf_hash, signature_key;
    struct span ratchet_tree; /* when not inside */
    uint64_t now_s;
    struct group_info info;
    struct writer room; /* scratch behind it */
};

/* GroupSecrets give the joiner secret and the PSKs; those open the GroupInfo. */
static enum err derive_welcome(struct group *g, const struct group_secrets *secrets,
                               uint8_t psk[SUITE_HASH], struct welcome_key *key)
{
    const struct suite *s = g->config.suite;
    struct group_delta *d = &g->work->delta; /* emptied by clear_work */
    struct reader r = reader_of(secrets->psks);
    uint8_t welcome_secret[SUITE_HASH];
    while (reader_left(&r) > 0) {
        struct psk_id id;
        psk_id_parse(&r, &id);
        REFUSE_UNLESS(g, reader_ok(&r), RULE_PSK, ERR_MALFORMED);
        REFUSE_UNLESS(g, d->n_psks < GROUP_PSKS, RULE_SPACE, ERR_LIMIT);
        d->psk[d->n_psks++] = id.raw;
    }
    TRY(group_psk_secret(g, d->psk, d->n_psks, psk));
    enum err e = schedule_welcome(s, secrets->joiner.ptr, psk, welcome_secret);
    if (e == ERR_OK)
        e = welcome_key_derive(s, welcome_secret, key);
    suite_wipe(welcome_secret, sizeof welcome_secret);
    TRY_RULE(g, e, RULE_WELCOME);
    return ERR_OK;
}

/* Decrypts encrypted_group_info into scratch and reads it; the context goes into work. */
static enum err open_info(struct group *g, struct span sealed, const struct welcome_key *key,
                          struct joining *j)
{
    const struct suite *s = g->config.suite;
    REFUSE_UNLESS(g, sealed.len >= SUITE_TAG, RULE_WELCOME, ERR_MALFORMED);
    j->room = group_scratch(g);
    uint8_t *plain = writer_reserve(&j->room, sealed.len - SUITE_TAG);
    REFUSE_UNLESS(g, plain, RULE_SPACE, ERR_LIMIT);
    j->room.start = j->room.at;
    TRY_RULE(g, s->aead_open(key->key, key->nonce, span_of(NULL, 0), sealed, plain), RULE_WELCOME);
    j->info.context = &g->work->context;
    TRY_RULE(g, group_info_parse(s, span_of(plain, sealed.len - SUITE_TAG), &j->info),
             RULE_WELCOME);
    return ERR_OK;
}

static enum err check_leaves(struct group *g, uint64_t now_s)
{
    const struct tree *t = g->work->tree;
    uint32_t width = tree_leaf_width(t);
    struct span extensions = context_extensions(&g->work->context);
    struct leaf leaf;
    for (uint32_t i = 0; i < width; i++) {
        if (!tree_leaf(t, i, &leaf))
            continue;
        REFUSE_UNLESS(g, leaf.credential_type == CREDENTIAL_BASIC, RULE_LEAF, ERR_UNSUPPORTED);
        REFUSE_UNLESS(g, context_fits(extensions, &leaf), RULE_EXTENSIONS, ERR_UNSUPPORTED);
        bool lives =
            now_s == 0 || leaf.source != LEAF_KEY_PACKAGE || leaf_check_lifetime(&leaf, now_s);
        REFUSE_UNLESS(g, lives, RULE_LEAF, ERR_STATE);
    }
    return ERR_OK;
}

static enum err check_info(struct group *g, const struct joining *j)
{
    struct group_slot *to = g->work;
    struct span tree = j->ratchet_tree;
    uint8_t hash[SUITE_HASH];
    struct leaf signer;
    (void)extension_find(j->info.extensions, EXT_RATCHET_TREE, &tree);
    TRY_RULE(g, tree_read(to->tree, tree), RULE_TREE);
    REFUSE_UNLESS(g, tree_leaf(to->tree, j->info.signer, &signer), RULE_SENDER, ERR_AUTH);
    TRY_RULE(g, group_info_verify(g->config.suite, &j->info, signer.signature_key, j->room),
             RULE_SIGNATURE);
    TRY_RULE(g, tree_hash(to->tree, hash), RULE_TREE);
    bool same = memcmp(hash, to->context.tree_hash, SUITE_HASH) == 0; /* public */
    REFUSE_UNLESS(g, same, RULE_TREE, ERR_AUTH);
    TRY_RULE(g, tree_verify(to->tree, context_id(&to->context)), RULE_TREE);
    return check_leaves(g, j->now_s);
}

static enum err find_own_leaf(struct group *g, const struct joining *j,
                              const struct group_secrets *secrets)
{
    struct group_slot *to = g->work;
    uint32_t own = tree_find_signer(to->tree, j->signature_key);
    uint8_t hash[SUITE_HASH];
    struct leaf leaf;
    REFUSE_UNLESS(g, tree_leaf(to->tree, own, &leaf), RULE_WELCOME, ERR_NOT_FOUND);
    suite_hash(g->config.suite, leaf.raw, hash);
    bool same = span_equal(span_of(hash, sizeof hash), j->leaf_hash);
    REFUSE_UNLESS(g, same, RULE_WELCOME, ERR_AUTH);
    to->keys.leaf = own;
    to->keys.held = 0;
    memcpy(to->keys.leaf_secret, j->secrets->leaf_secret, sizeof to->keys.leaf_secret);
    if (secrets->has_path)
        TRY_RULE(g, treekem_join(to->tree, &to->keys, j->info.signer, secrets->path.ptr),
                 RULE_PATH);
    REFUSE_UNLESS(g, treekem_complete(to->tree, &to->keys), RULE_PATH, ERR_MALFORMED);
    return ERR_OK;
}

static enum err join_schedule(struct group *g, const struct joining *j, const uint8_t *joiner,
                              const uint8_t *psk)
{
    const struct suite *s = g->config.suite;
    struct group_slot *to = g->work;
    TRY_RULE(g, schedule_join(s, joiner, psk, context_raw(&to->context), &to->secrets),
             RULE_WELCOME);
    suite_mac(s, span_of(to->secrets.confirmation, SUITE_HASH), context_confirmed(&to->context),
              to->tag);
    bool same = suite_equal(j->info.confirmation_tag.ptr, to->tag, SUITE_HASH);
    REFUSE_UNLESS(g, same, RULE_CONFIRMATION_TAG, ERR_AUTH);
    REFUSE_UNLESS(g, to->context.confirmed_len == SUITE_HASH, RULE_WELCOME, ERR_MALFORMED);
    transcript_interim(s, to->context.confirmed, span_of(to->tag, SUITE_HASH), to->interim);
    return ERR_OK;
}

static enum err ask_join(struct group *g, const struct joining *j)
{
    const struct group_hooks *h = &g->config.hooks;
    const struct group_slot *to = g->work;
    struct span psk_ids[GROUP_PSKS];
    if (!h->check_join)
        return ERR_OK;
    group_psk_names(g, psk_ids);
    struct group_entry entry = {
        .group_id = context_id(&to->context),
        .extensions = context_extensions(&to->context),
        .tree = to->tree,
        .own_leaf = to->keys.leaf,
        .sender = j->info.signer,
        .n_psks = to->delta.n_psks,
        .psk_ids = psk_ids,
    };
    enum mls_rule rule = h->check_join(h->ctx, &entry);
    REFUSE_UNLESS(g, rule == RULE_NONE, rule, ERR_FORBIDDEN);
    return ERR_OK;
}

/* secret_bytes: the decrypted GroupSecrets, wiped by the caller. */
static enum err join_with(struct group *g, const struct welcome *w, struct span secret_bytes,
                          struct joining *j)
{
    struct group_secrets secrets;
    struct welcome_key key;
    uint8_t psk[SUITE_HASH];
    TRY_RULE(g, group_secrets_parse(secret_bytes, &secrets), RULE_WELCOME);
    enum err e = derive_welcome(g, &secrets, psk, &key);
    if (e == ERR_OK)
        e = open_info(g, w->info, &key, j);
    suite_wipe(&key, sizeof key);
    if (e == ERR_OK)
        e = check_info(g, j);
    if (e == ERR_OK)
        e = find_own_leaf(g, j, &secrets);
    if (e == ERR_OK)
        e = join_schedule(g, j, secrets.joiner.ptr, psk);
    suite_wipe(psk, sizeof psk);
    return e == ERR_OK ? ask_join(g, j) : e;
}

static enum err join(struct group *g, struct span message, struct joining *j)
{
    const struct suite *s = g->config.suite;
    uint8_t plain[GROUP_SECRETS_MAX];
    struct welcome_entry entry;
    struct mls_message m;
    struct welcome w;
    size_t len = 0;
    TRY_RULE(g, mls_message_parse(message, &m), RULE_FORM);
    REFUSE_UNLESS(g, m.wire == WIRE_WELCOME, RULE_FORM, ERR_MALFORMED);
    TRY_RULE(g, welcome_parse(m.body, &w), RULE_FORM);
    REFUSE_UNLESS(g, w.suite == s->id, RULE_SUITE, ERR_UNSUPPORTED);
    REFUSE_UNLESS(g, welcome_find(&w, j->ref, &entry), RULE_WELCOME, ERR_NOT_FOUND);
    REFUSE_UNLESS(g, entry.sealed.len <= sizeof plain, RULE_SPACE, ERR_LIMIT);
    struct welcome_open with = {{j->secrets->init_secret, j->secrets->init_public}, w.info};
    clear_work(g);
    TRY_RULE(g, welcome_open_entry(s, &entry, &with, plain, &len), RULE_WELCOME);
    enum err e = join_with(g, &w, span_of(plain, len), j);
    suite_wipe(plain, sizeof plain);
    return e;
}

enum err group_join(struct group *g, struct span welcome, struct span ratchet_tree, uint64_t now_s)
{
    REFUSE_UNLESS(g, g->has_package, RULE_WELCOME, ERR_STATE);
    struct joining j = {
        .secrets = &g->package,
        .ref = span_of(g->package_ref, SUITE_HASH),
        .leaf_hash = span_of(g->package_leaf, SUITE_HASH),
        .signature_key = span_of(g->signature_public, SUITE_SIGN_PUBLIC),
        .ratchet_tree = ratchet_tree,
        .now_s = now_s,
    };
    enum err e = join(g, welcome, &j);
    if (e != ERR_OK) {
        group_wipe_slot(g->work);
        return e;
    }
    group_enter_new(g);
    suite_wipe(&g->package, sizeof g->package);
    g->has_package = false;
    return ERR_OK;
}

enum err group_join_vector(struct group *g, const struct group_vector_keys *keys,
                           struct span welcome, struct span ratchet_tree)
{
    struct reader r = reader_of(keys->key_package);
    struct key_package p;
    uint8_t ref[SUITE_HASH], hash[SUITE_HASH];
    key_package_parse(&r, &p);
    REFUSE_UNLESS(g, reader_ok(&r) && reader_left(&r) == 0, RULE_KEY_PACKAGE, ERR_MALFORMED);
    struct group_self self = {keys->signature_secret, p.leaf.signature_key, p.leaf.identity,
                              p.leaf.extensions};
    TRY(group_set_self(g, &self));
    TRY_RULE(g, key_package_ref(g->config.suite, p.raw, ref), RULE_KEY_PACKAGE);
    suite_hash(g->config.suite, p.leaf.raw, hash);
    g->package = keys->secrets;
    memcpy(g->package_ref, ref, sizeof ref);
    memcpy(g->package_leaf, hash, sizeof hash);
    g->has_package = true;
    return group_join(g, welcome, ratchet_tree, 0);
}
