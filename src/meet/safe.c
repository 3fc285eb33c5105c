/* See safe.h. */
#include "meet/safe.h"

#include "base/mutant.h"
#include "base/reader.h"

enum { VERSION = 1 };

enum {
    HEAD = 2 + SETTING_COUNT_ + SAFE_SALT + SAFE_HASH + 1 + SAFE_HASH + 4,
    LINK = 5 + SAFE_HASH + LIMIT_PARTICIPANT,
    BLOCK = 2 + LIMIT_PARTICIPANT + LIMIT_BLOCK_WHY
};
static_assert(HEAD + LIMIT_BANNED * LIMIT_PARTICIPANT + 5 + LIMIT_PERSONAL_LINKS * LINK +
                      (1 + LIMIT_MEETING_BLOCKS) * BLOCK <=
                  SAFE_MAX,
              "the largest record fits");

static const char *const features[SAFE_FEATURE_COUNT_] = {"share", "chat", "record", "host",
                                                          "join"};

const char *safe_feature_name(enum safe_feature feature)
{
    return (unsigned)feature < SAFE_FEATURE_COUNT_ ? features[feature] : "unknown";
}

enum safe_feature safe_feature_named(const char *name)
{
    int i = 0;
    while (i < SAFE_FEATURE_COUNT_ && strcmp(features[i], name) != 0)
        i++;
    return (enum safe_feature)i;
}

void safe_begin(struct safe *s, enum profile profile)
{
    memset(s, 0, sizeof *s);
    settings_begin(&s->settings, profile);
}

/* ---- bytes ---- */

static void write_block(struct writer *w, const struct safe_block *b)
{
    size_t len = strlen(b->why);
    writer_u8(w, b->features);
    writer_bytes(w, span_of(b->participant, sizeof b->participant));
    writer_u8(w, (uint8_t)len);
    writer_bytes(w, span_of(b->why, len));
}

void safe_write(const struct safe *s, struct writer *w)
{
    uint32_t known = s->banned < LIMIT_BANNED ? s->banned : LIMIT_BANNED;
    writer_u8(w, VERSION);
    writer_u8(w, s->settings.profile);
    writer_bytes(w, span_of(s->settings.value, sizeof s->settings.value));
    writer_bytes(w, span_of(s->salt, sizeof s->salt));
    writer_bytes(w, span_of(s->passcode, sizeof s->passcode));
    writer_u8(w, s->rotated);
    writer_bytes(w, span_of(s->access, sizeof s->access));
    writer_u32(w, s->banned);
    writer_bytes(w, span_of(s->ban, known * sizeof s->ban[0]));
    writer_u32(w, s->next_link);
    writer_u8(w, (uint8_t)s->links);
    for (uint32_t i = 0; i < s->links; i++) {
        writer_u32(w, s->link[i].id);
        writer_u8(w, s->link[i].used);
        writer_bytes(w, span_of(s->link[i].hash, SAFE_HASH));
        writer_bytes(w, span_of(s->link[i].participant, LIMIT_PARTICIPANT));
    }
    write_block(w, &s->all);
    for (uint32_t i = 0; i < LIMIT_MEETING_BLOCKS; i++)
        write_block(w, &s->block[i]);
}

static void read_into(struct reader *r, void *out, size_t len)
{
    struct span bytes = reader_take(r, len);
    if (bytes.ptr && len > 0)
        memcpy(out, bytes.ptr, len);
}

static void read_block(struct reader *r, struct safe_block *b)
{
    b->features = reader_u8(r);
    read_into(r, b->participant, sizeof b->participant);
    size_t len = reader_u8(r);
    if (len > LIMIT_BLOCK_WHY || b->features >> SAFE_FEATURE_COUNT_)
        r->failed = true;
    else
        read_into(r, b->why, len);
}

static void read_links(struct reader *r, struct safe *s)
{
    s->next_link = reader_u32(r);
    s->links = reader_u8(r);
    if (s->links > LIMIT_PERSONAL_LINKS) {
        r->failed = true;
        return;
    }
    for (uint32_t i = 0; i < s->links; i++) {
        s->link[i].id = reader_u32(r);
        s->link[i].used = reader_u8(r) != 0;
        read_into(r, s->link[i].hash, SAFE_HASH);
        read_into(r, s->link[i].participant, LIMIT_PARTICIPANT);
    }
}

enum err safe_parse(struct span bytes, struct safe *out)
{
    struct reader r = reader_of(bytes);
    struct safe s;
    memset(&s, 0, sizeof s);
    uint8_t version = reader_u8(&r);
    s.settings.profile = reader_u8(&r);
    read_into(&r, s.settings.value, sizeof s.settings.value);
    read_into(&r, s.salt, sizeof s.salt);
    read_into(&r, s.passcode, sizeof s.passcode);
    s.rotated = reader_u8(&r) != 0;
    read_into(&r, s.access, sizeof s.access);
    s.banned = reader_u32(&r);
    read_into(&r, s.ban, (s.banned < LIMIT_BANNED ? s.banned : LIMIT_BANNED) * sizeof s.ban[0]);
    read_links(&r, &s);
    read_block(&r, &s.all);
    for (uint32_t i = 0; i < LIMIT_MEETING_BLOCKS; i++)
        read_block(&r, &s.block[i]);
    if (!reader_ok(&r) || reader_left(&r) != 0 || version != VERSION ||
        !settings_valid(&s.settings))
        return ERR_MALFORMED;
    *out = s;
    return ERR_OK;
}

/* ---- kept out ---- */

void safe_ban(struct safe *s, const uint8_t participant[LIMIT_PARTICIPANT])
{
    memcpy(s->ban[s->banned % LIMIT_BANNED], participant, LIMIT_PARTICIPANT);
    s->banned++;
    if (s->banned == 2 * LIMIT_BANNED)
        s->banned = LIMIT_BANNED;
}

bool safe_is_banned(const struct safe *s, const uint8_t participant[LIMIT_PARTICIPANT])
{
    uint32_t known = s->banned < LIMIT_BANNED ? s->banned : LIMIT_BANNED;
    for (uint32_t i = 0; setting_on(&s->settings, SETTING_keep_out) && i < known; i++)
        if (memcmp(s->ban[i], participant, LIMIT_PARTICIPANT) == 0)
            return true;
    return false;
}

/* ---- personal links ---- */

struct safe_link *safe_link_find(struct safe *s, const uint8_t hash[SAFE_HASH])
{
    /* Hashes of random tokens: how long the comparison takes tells nothing. */
    for (uint32_t i = 0; i < s->links; i++)
        if (memcmp(s->link[i].hash, hash, SAFE_HASH) == 0)
            return &s->link[i];
    return NULL;
}

const struct safe_link *safe_link_at(const struct safe *s, uint32_t id)
{
    for (uint32_t i = 0; i < s->links; i++)
        if (s->link[i].id == id)
            return &s->link[i];
    return NULL;
}

uint32_t safe_link_add(struct safe *s, const uint8_t hash[SAFE_HASH])
{
    if (s->links == LIMIT_PERSONAL_LINKS || safe_link_find(s, hash))
        return 0;
    struct safe_link *l = &s->link[s->links++];
    *l = (struct safe_link){.id = ++s->next_link};
    memcpy(l->hash, hash, SAFE_HASH);
    return l->id;
}

bool safe_link_drop(struct safe *s, uint32_t id)
{
    for (uint32_t i = 0; i < s->links; i++) {
        if (s->link[i].id != id)
            continue;
        s->link[i] = s->link[--s->links];
        return true;
    }
    return false;
}

/* ---- blocks ---- */

static bool is_of(const struct safe_block *b, const uint8_t participant[LIMIT_PARTICIPANT])
{
    return b->features != 0 && memcmp(b->participant, participant, LIMIT_PARTICIPANT) == 0;
}

/* The participant's, or a free one when it is to be blocked now. */
static struct safe_block *block_of(struct safe *s, const uint8_t *participant, bool on)
{
    struct safe_block *free = NULL;
    if (!participant)
        return &s->all;
    for (uint32_t i = 0; i < LIMIT_MEETING_BLOCKS; i++) {
        if (is_of(&s->block[i], participant))
            return &s->block[i];
        if (s->block[i].features == 0)
            free = &s->block[i];
    }
    if (!free || !on)
        return NULL;
    memcpy(free->participant, participant, LIMIT_PARTICIPANT);
    return free;
}

bool safe_block(struct safe *s, const uint8_t *participant, enum safe_feature feature, bool on,
                struct span why)
{
    struct safe_block *b = block_of(s, participant, on);
    if (!b)
        return !on; /* who is not blocked need not be let go */
    uint8_t bit = (uint8_t)(1u << feature);
    b->features = (uint8_t)(on ? b->features | bit : b->features & ~bit);
    if (b->features == 0) /* the record keeps nothing of who is not blocked */
        memset(b, 0, sizeof *b);
    if (on) {
        size_t len = why.len < LIMIT_BLOCK_WHY ? why.len : LIMIT_BLOCK_WHY;
        memset(b->why, 0, sizeof b->why);
        if (len > 0)
            memcpy(b->why, why.ptr, len);
    }
    return true;
}

bool safe_is_blocked(const struct safe *s, const uint8_t participant[LIMIT_PARTICIPANT],
                     enum safe_feature feature)
{
    if (s->all.features >> feature & 1)
        return true;
    for (uint32_t i = 0; i < LIMIT_MEETING_BLOCKS; i++)
        if (is_of(&s->block[i], participant) && (s->block[i].features >> feature & 1))
            return true;
    return false;
}
