/* The words of an impairment; see shape_parse in shape.h. owns: nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netimp/shape.h"

enum { WORD_MAX = 96 };
#define RATE_MAX 1e11
#define TIME_MAX (60.0 * (double)US_PER_S)

struct unit {
    const char *name;
    double factor;
};

static const struct unit times[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {NULL, 0}};
static const struct unit rates[] = {
    {"bit", 1}, {"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9}, {NULL, 0}};
static const struct unit shares[] = {{"%", 1e4}, {NULL, 0}};

/* A number with one of the units, at most `max`; `end` gets what follows. */
static bool number(const char *text, const struct unit *units, double max, double *out,
                   const char **end)
{
    char *after;
    errno = 0;
    double value = strtod(text, &after);
    if (after == text || errno != 0 || !(value >= 0))
        return false;
    size_t len = strcspn(after, ":");
    for (const struct unit *u = units; u->name; u++) {
        if (strlen(u->name) == len && strncmp(after, u->name, len) == 0) {
            *out = value * u->factor;
            *end = after + len;
            return *out <= max;
        }
    }
    return value == 0 && len == 0 ? (*out = 0, *end = after, true) : false;
}

static bool one(const char *text, const struct unit *units, double max, double *out)
{
    const char *end;
    return number(text, units, max, out, &end) && *end == '\0';
}

/* P:R[:GOOD:BAD]: chance of turning bad, of turning good again, and the loss in each. */
static bool gilbert(struct shape_rule *r, const char *text)
{
    double value[4] = {0, 0, 0, SHAPE_MILLION};
    size_t n = 0;
    const char *at = text;
    while (n < 4 && number(at, shares, SHAPE_MILLION, &value[n], &at)) {
        n++;
        if (*at != ':')
            break;
        at++;
    }
    if (*at != '\0' || (n != 2 && n != 4))
        return false;
    r->to_bad = (uint32_t)value[0];
    r->to_good = (uint32_t)value[1];
    r->loss_good = (uint32_t)value[2];
    r->loss_bad = (uint32_t)value[3];
    return true;
}

static bool word(struct shape_rule *r, const char *name, const char *value)
{
    double v;
    if (strcmp(name, "delay") == 0 && one(value, times, TIME_MAX, &v))
        return r->delay = (duration_us)v, true;
    if (strcmp(name, "jitter") == 0 && one(value, times, TIME_MAX, &v))
        return r->jitter = (duration_us)v, true;
    if (strcmp(name, "queue") == 0 && one(value, times, TIME_MAX, &v))
        return r->queue = (duration_us)v, true;
    if (strcmp(name, "rate") == 0 && one(value, rates, RATE_MAX, &v))
        return r->rate_bps = (uint64_t)v, true;
    if (strcmp(name, "reorder") == 0 && one(value, shares, SHAPE_MILLION, &v))
        return r->reorder = (uint32_t)v, true;
    if (strcmp(name, "duplicate") == 0 && one(value, shares, SHAPE_MILLION, &v))
        return r->duplicate = (uint32_t)v, true;
    if (strcmp(name, "loss") == 0 && one(value, shares, SHAPE_MILLION, &v))
        return r->loss_good = (uint32_t)v, r->to_bad = r->to_good = r->loss_bad = 0, true;
    return strcmp(name, "gilbert") == 0 && gilbert(r, value);
}

enum err shape_parse(struct shape_rule *rule, const char *text, char why[SHAPE_WHY])
{
    struct shape_rule r = *rule;
    while (*text) {
        char buf[WORD_MAX];
        size_t len = strcspn(text, ",");
        snprintf(buf, sizeof buf, "%.*s", (int)(len < WORD_MAX ? len : WORD_MAX - 1), text);
        char *equals = strchr(buf, '=');
        if (equals)
            *equals = '\0';
        if (!equals && strcmp(buf, "none") == 0) {
            r = (struct shape_rule){0};
        } else if (!equals || len >= WORD_MAX || !word(&r, buf, equals + 1)) {
            snprintf(why, SHAPE_WHY, "'%.*s' is no impairment", (int)(len < 80 ? len : 80), text);
            return ERR_CONFIG;
        }
        text += len + (text[len] == ',');
    }
    *rule = r;
    return ERR_OK;
}
