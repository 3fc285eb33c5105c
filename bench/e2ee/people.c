#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "people.h"

static void *take(size_t bytes)
{
    void *p = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    if (!p)
        abort();
    return p;
}

void must(const struct person *p, const char *what, enum err e)
{
    if (e == ERR_OK)
        return;
    fprintf(stderr, "bench-e2ee: %s: %s (%s)\n", what, err_words(e),
            p && p->group ? rule_words(group_rule(p->group)) : "no group");
    exit(1);
}

/* ---- randomness and the hooks ---- */

static void stream_fill(void *ctx, uint8_t *out, size_t len)
{
    struct stream *s = ctx;
    uint8_t nonce[8];
    memcpy(nonce, &s->block, sizeof(nonce));
    crypto_stream_chacha20(out, len, nonce, s->key);
    s->block++;
}

static enum err link_psk(void *ctx, struct span psk_id, struct span *value)
{
    static const uint8_t link[SUITE_HASH] = {0x4c};
    (void)ctx;
    if (!span_equal(psk_id, span_str("link")))
        return ERR_NOT_FOUND;
    *value = span_of(link, sizeof(link));
    return ERR_OK;
}

/* ---- people ---- */

/* As long as a sealed profile of our clients: nonce, 192 bytes, tag (src/e2ee/profile.h). */
enum { PROFILE_BYTES = 24 + 192 + 16 };

/* A new identity for the person; any group it was in is left. */
static void person_become(struct person *p, struct crowd *c)
{
    uint8_t seed[32], identity[16], profile[PROFILE_BYTES], room[PROFILE_BYTES + 8];
    struct writer w = writer_of(room, sizeof(room));
    stream_fill(&c->stream, seed, sizeof(seed));
    stream_fill(&c->stream, identity, sizeof(identity));
    stream_fill(&c->stream, profile, sizeof(profile));
    suite_sign_keys(seed, p->secret, p->public);
    extension_write(&w, EXT_PROFILE, span_of(profile, sizeof(profile)));
    struct group_self self = {p->secret, span_of(p->public, sizeof(p->public)),
                              span_of(identity, sizeof(identity)), writer_span(&w)};
    group_close(p->group);
    p->group = group_open(p->memory, &c->config);
    must(p, "set self", group_set_self(p->group, &self));
}

static void person_open(struct person *p, struct crowd *c)
{
    p->bytes = group_bytes(&c->config);
    p->memory = take(p->bytes);
    p->kept = take(p->bytes);
    p->group = group_open(p->memory, &c->config);
    person_become(p, c);
}

static void person_close(struct person *p)
{
    group_close(p->group);
    free(p->memory);
    free(p->kept);
}

void person_keep(struct person *p)
{
    memcpy(p->kept, p->memory, p->bytes);
}

void person_return(struct person *p)
{
    memcpy(p->memory, p->kept, p->bytes);
}

static struct span package_of(struct person *p, uint8_t *room, size_t len)
{
    uint8_t ref[SUITE_HASH];
    struct writer w = writer_of(room, len);
    must(p, "key package", group_key_package(p->group, 1000000, 86400, &w, ref));
    return writer_span(&w);
}

/* ---- growing ---- */

struct letters {
    uint8_t *commit, *welcome;
    struct writer commit_w, welcome_w;
};

static struct letters letters_new(void)
{
    struct letters l = {.commit = take(MESSAGE_MAX), .welcome = take(MESSAGE_MAX)};
    l.commit_w = writer_of(l.commit, MESSAGE_MAX);
    l.welcome_w = writer_of(l.welcome, MESSAGE_MAX);
    return l;
}

static void letters_free(struct letters *l)
{
    free(l->commit);
    free(l->welcome);
}

static const struct span link_id = {(const uint8_t *)"link", 4};

/* `n` newcomers in one commit of the founder; the last is `last`, the others never act. */
static void admit(struct crowd *c, uint32_t n, struct person *last)
{
    static uint8_t room[GROUP_BATCH][2048];
    struct span package[GROUP_BATCH];
    struct letters l = letters_new();
    for (uint32_t i = 0; i < n; i++) {
        person_become(last, c);
        package[i] = package_of(last, room[i], sizeof(room[i]));
    }
    struct group_plan plan = {.add = package, .n_add = n, .psk = &link_id, .n_psk = 1};
    must(&c->founder, "add", group_commit(c->founder.group, &plan, &l.commit_w, &l.welcome_w));
    must(&c->founder, "merge", group_merge(c->founder.group));
    must(last, "join",
         group_join(last->group, writer_span(&l.welcome_w), (struct span){NULL, 0}, 0));
    letters_free(&l);
}

/* The listener commits a path and the founder takes it. */
static void rekey(struct crowd *c)
{
    struct group_plan plan = {.path = true};
    struct group_result result;
    struct letters l = letters_new();
    must(&c->listener, "rekey", group_commit(c->listener.group, &plan, &l.commit_w, &l.welcome_w));
    must(&c->founder, "process",
         group_process(c->founder.group, writer_span(&l.commit_w), &result));
    must(&c->listener, "merge", group_merge(c->listener.group));
    letters_free(&l);
}

static void found(struct crowd *c)
{
    uint8_t policy[120], room[256];
    static const uint8_t required[] = {4, 0xf0, 0xc0, 0xf0, 0xc1, 0, 2, 0, 1};
    struct writer w = writer_of(room, sizeof(room));
    stream_fill(&c->stream, policy, sizeof(policy));
    extension_write(&w, EXT_REQUIRED_CAPABILITIES, span_of(required, sizeof(required)));
    extension_write(&w, EXT_MEETING_POLICY, span_of(policy, sizeof(policy)));
    must(&c->founder, "create",
         group_create(c->founder.group, span_str("0123456789abcdef"), writer_span(&w)));
}

void crowd_open(struct crowd *c, uint32_t size, enum crowd_shape shape, uint64_t seed)
{
    uint32_t capacity = 2;
    while (capacity < size + 1)
        capacity *= 2;
    *c = (struct crowd){.size = size};
    memcpy(c->stream.key, &seed, sizeof(seed));
    c->config = (struct group_config){.suite = &suite_chacha,
                                      .leaves = capacity,
                                      .arena = (size_t)1024 * capacity,
                                      .random = {stream_fill, &c->stream},
                                      .hooks = {.psk = link_psk}};
    person_open(&c->founder, c);
    person_open(&c->listener, c);
    person_open(&c->newcomer, c);
    found(c);
    for (uint32_t have = 1, n; have < size; have += n) {
        uint32_t batch = shape == CROWD_BLANK ? GROUP_BATCH : have == 1 ? 1 : 2;
        n = size - have < batch ? size - have : batch;
        admit(c, n, &c->listener);
        if (shape == CROWD_POPULATED)
            rekey(c);
    }
    c->newcomer_package = package_of(&c->newcomer, c->package, sizeof(c->package));
}

void crowd_close(struct crowd *c)
{
    person_close(&c->founder);
    person_close(&c->listener);
    person_close(&c->newcomer);
}

struct group_plan crowd_add_plan(const struct crowd *c)
{
    return (struct group_plan){
        .add = &c->newcomer_package, .n_add = 1, .psk = &link_id, .n_psk = 1};
}
