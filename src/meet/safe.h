/* What protects a meeting and outlives its members: settings, who is kept out, personal links, the
 * operator's blocks, the passcode's digest. Pure changes of one record, and its bytes for the
 * store. knows: the record's form and bounds. knows not: members, sockets, how a digest is made.
 * owns: nothing. */
#ifndef MEET_SAFE_H
#define MEET_SAFE_H

#include "base/limit.h"
#include "base/span.h"
#include "base/writer.h"
#include "policy/setting.h"

enum {
    SAFE_HASH = 32,
    SAFE_SALT = 16,
    SAFE_MAX = LIMIT_SAFE, /* bytes of a written record */
};

/* Bits of what the operator blocked, in the order of signal.def's feature. */
enum safe_feature { SAFE_SHARE, SAFE_CHAT, SAFE_RECORD, SAFE_HOST, SAFE_JOIN, SAFE_FEATURE_COUNT_ };

struct safe_link {
    uint32_t id;
    uint8_t hash[SAFE_HASH]; /* SHA-256 of the token */
    bool used;
    uint8_t participant[LIMIT_PARTICIPANT]; /* who used it first */
};

struct safe_block {
    uint8_t features; /* bits 1 << enum safe_feature; 0: free */
    uint8_t participant[LIMIT_PARTICIPANT];
    char why[LIMIT_BLOCK_WHY + 1];
};

struct safe {
    struct settings settings;
    uint8_t salt[SAFE_SALT], passcode[SAFE_HASH]; /* while SETTING_passcode is on */
    bool rotated;              /* `access` is in force, the meeting's first one only resumes */
    uint8_t access[SAFE_HASH]; /* SHA-256 of the access proof */
    uint32_t banned;           /* removed participants so far; the last LIMIT_BANNED are known */
    uint8_t ban[LIMIT_BANNED][LIMIT_PARTICIPANT];
    uint32_t links, next_link;
    struct safe_link link[LIMIT_PERSONAL_LINKS];
    struct safe_block all; /* of the whole meeting; its participant means nothing */
    struct safe_block block[LIMIT_MEETING_BLOCKS];
};

void safe_begin(struct safe *s, enum profile profile);
/* Writes at most SAFE_MAX bytes. */
void safe_write(const struct safe *s, struct writer *w);
/* ERR_MALFORMED for bytes that safe_write cannot have written; *out untouched. */
enum err safe_parse(struct span bytes, struct safe *out);

void safe_ban(struct safe *s, const uint8_t participant[LIMIT_PARTICIPANT]);
/* Always false while the settings let removed people come back. */
bool safe_is_banned(const struct safe *s, const uint8_t participant[LIMIT_PARTICIPANT]);

/* The id of the new link; 0: too many, or there is one of this hash. */
uint32_t safe_link_add(struct safe *s, const uint8_t hash[SAFE_HASH]);
bool safe_link_drop(struct safe *s, uint32_t id);
struct safe_link *safe_link_find(struct safe *s, const uint8_t hash[SAFE_HASH]);
const struct safe_link *safe_link_at(const struct safe *s, uint32_t id);

/* NULL: the whole meeting. False: too many people are blocked; nothing changed. */
bool safe_block(struct safe *s, const uint8_t *participant, enum safe_feature feature, bool on,
                struct span why);
/* Whether it is blocked for the participant, or for all. */
bool safe_is_blocked(const struct safe *s, const uint8_t participant[LIMIT_PARTICIPANT],
                     enum safe_feature feature);
const char *safe_feature_name(enum safe_feature feature); /* "unknown" outside the range */
/* SAFE_FEATURE_COUNT_ when there is none of this name. */
enum safe_feature safe_feature_named(const char *name);

#endif
