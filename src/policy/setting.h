/* What a meeting allows: settings, the profiles that they begin from, and an administrator's locks.
 * Total functions over a table (setting.def). knows: settings, profiles, roles. knows not: members,
 * meetings, messages. owns: nothing. */
#ifndef POLICY_SETTING_H
#define POLICY_SETTING_H

#include <stdint.h>

#include "policy/permit.h"

enum setting {
#define SETTING(name, kind, ...) SETTING_##name,
#include "policy/setting.def"
#undef SETTING
    SETTING_COUNT_
};

enum setting_who { WHO_ALL, WHO_PRESENTERS, WHO_HOSTS, WHO_NOBODY, WHO_COUNT_ };

enum profile {
    PROFILE_DEFAULT,
    PROFILE_EDUCATION,
    PROFILE_HEALTH,
    PROFILE_GOVERNMENT,
    PROFILE_WEBINAR,
    PROFILE_COUNT_
};

/* A value of a WHO is an enum setting_who, of a FLAG 0 or 1. */
struct settings {
    uint8_t profile;
    uint8_t value[SETTING_COUNT_];
};

/* Bit `1u << setting` of `named` for each that is to change. */
struct setting_change {
    uint32_t named;
    uint8_t value[SETTING_COUNT_];
};

struct setting_verdict {
    bool allowed;
    enum setting at; /* the first that may not be so: beyond its values, or looser than its lock */
};

/* A profile outside the range is the strictest one there is: PROFILE_GOVERNMENT. */
void settings_begin(struct settings *s, enum profile profile);
/* All that is named, or nothing. */
struct setting_verdict settings_change(struct settings *s, const struct setting_change *c);
/* Everybody but hosts stops, and nobody new comes; what is stricter already stays so. */
void settings_suspend(struct settings *s);
/* Whether this setting, of kind WHO, lets the role; what the role may at all is permit_check's. */
bool setting_lets(const struct settings *s, enum setting which, enum permit_role role);
static inline bool setting_on(const struct settings *s, enum setting which)
{
    return s->value[which] != 0;
}
/* Whether an administrator keeps hosts from making it looser than it begins. */
bool setting_is_fixed(enum profile profile, enum setting which);
/* The loosest that a host may make it. */
uint8_t setting_least(enum profile profile, enum setting which);
/* Whether each value is one of its setting and none is looser than its lock. */
bool settings_valid(const struct settings *s);
/* What a guest is who comes without the host's proof. */
enum permit_role profile_role(enum profile profile);
const char *setting_name(enum setting which); /* "unknown" outside the range */
const char *profile_name(enum profile profile);
/* PROFILE_COUNT_ when there is none of this name. */
enum profile profile_named(const char *name);

#endif
