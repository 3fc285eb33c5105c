/* The table of setting.def and how to read it. knows: the table. owns: nothing. */
#include "policy/setting.h"

#include <string.h>

enum { ALL = WHO_ALL, PRESENTERS = WHO_PRESENTERS, HOSTS = WHO_HOSTS, NOBODY = WHO_NOBODY };
enum { OFF, ON };
enum kind { WHO, FLAG };

struct start {
    uint8_t value, least;
};

#define FREE(v)                                                                                    \
    {                                                                                              \
        (v), 0                                                                                     \
    }
#define LOCK(v)                                                                                    \
    {                                                                                              \
        (v), (v)                                                                                   \
    }
#define KEEP(v, at_least)                                                                          \
    {                                                                                              \
        (v), (at_least)                                                                            \
    }

static const struct start table[SETTING_COUNT_][PROFILE_COUNT_] = {
#define SETTING(name, kind, ...) [SETTING_##name] = {__VA_ARGS__},
#include "policy/setting.def"
#undef SETTING
};

static const uint8_t kinds[SETTING_COUNT_] = {
#define SETTING(name, kind, ...) [SETTING_##name] = kind,
#include "policy/setting.def"
#undef SETTING
};

static const char *const names[SETTING_COUNT_] = {
#define SETTING(name, kind, ...) [SETTING_##name] = #name,
#include "policy/setting.def"
#undef SETTING
};

static const char *const profiles[PROFILE_COUNT_] = {"default", "education", "health", "government",
                                                     "webinar"};

static enum profile known(enum profile profile)
{
    return (unsigned)profile < PROFILE_COUNT_ ? profile : PROFILE_GOVERNMENT;
}

void settings_begin(struct settings *s, enum profile profile)
{
    s->profile = (uint8_t)known(profile);
    for (int i = 0; i < SETTING_COUNT_; i++)
        s->value[i] = table[i][s->profile].value;
}

uint8_t setting_least(enum profile profile, enum setting which)
{
    return (unsigned)which < SETTING_COUNT_ ? table[which][known(profile)].least : UINT8_MAX;
}

bool setting_is_fixed(enum profile profile, enum setting which)
{
    return setting_least(profile, which) > 0;
}

static bool value_fits(const struct settings *s, enum setting which, uint8_t value)
{
    uint8_t top = kinds[which] == WHO ? WHO_NOBODY : ON;
    return value <= top && value >= setting_least((enum profile)s->profile, which);
}

struct setting_verdict settings_change(struct settings *s, const struct setting_change *c)
{
    for (int i = 0; i < SETTING_COUNT_; i++)
        if ((c->named >> i & 1) && !value_fits(s, (enum setting)i, c->value[i]))
            return (struct setting_verdict){false, (enum setting)i};
    for (int i = 0; i < SETTING_COUNT_; i++)
        if (c->named >> i & 1)
            s->value[i] = c->value[i];
    return (struct setting_verdict){true, SETTING_COUNT_};
}

void settings_suspend(struct settings *s)
{
    static const enum setting off[] = {SETTING_unmute, SETTING_video,        SETTING_share,
                                       SETTING_chat,   SETTING_private_chat, SETTING_reactions,
                                       SETTING_files,  SETTING_record};
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
        if (s->value[off[i]] < WHO_HOSTS)
            s->value[off[i]] = WHO_HOSTS;
    s->value[SETTING_locked] = ON;
}

bool setting_lets(const struct settings *s, enum setting which, enum permit_role role)
{
    if ((unsigned)which >= SETTING_COUNT_ || kinds[which] != WHO)
        return false;
    switch (s->value[which]) {
    case WHO_ALL:
        return role >= PERMIT_VIEWER && role < PERMIT_ROLE_COUNT_;
    case WHO_PRESENTERS:
        return role >= PERMIT_PRESENTER && role < PERMIT_ROLE_COUNT_;
    case WHO_HOSTS:
        return role >= PERMIT_COHOST && role < PERMIT_ROLE_COUNT_;
    default:
        return false;
    }
}

bool settings_valid(const struct settings *s)
{
    if (s->profile >= PROFILE_COUNT_)
        return false;
    for (int i = 0; i < SETTING_COUNT_; i++)
        if (!value_fits(s, (enum setting)i, s->value[i]))
            return false;
    return true;
}

enum permit_role profile_role(enum profile profile)
{
    return profile == PROFILE_WEBINAR ? PERMIT_VIEWER : PERMIT_PARTICIPANT;
}

const char *setting_name(enum setting which)
{
    return (unsigned)which < SETTING_COUNT_ ? names[which] : "unknown";
}

const char *profile_name(enum profile profile)
{
    return (unsigned)profile < PROFILE_COUNT_ ? profiles[profile] : "unknown";
}

enum profile profile_named(const char *name)
{
    int i = 0;
    while (i < PROFILE_COUNT_ && strcmp(profiles[i], name) != 0)
        i++;
    return (enum profile)i;
}
