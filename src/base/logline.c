#include "base/logline.h"

static void put(struct logline *l, char c)
{
    if (l->len + 1 < sizeof l->text) {
        l->text[l->len++] = c;
        l->text[l->len] = '\0';
    }
}

static void put_text(struct logline *l, const char *s)
{
    while (*s)
        put(l, *s++);
}

void logline_start(struct logline *l, const char *module, const char *event)
{
    l->len = 0;
    l->text[0] = '\0';
    put_text(l, module);
    put(l, ' ');
    put_text(l, event);
}

static bool plain(const char *s)
{
    if (!*s)
        return false;
    for (; *s; s++)
        if (*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' || *s >= 127)
            return false;
    return true;
}

void logline_str(struct logline *l, const char *key, const char *value)
{
    put(l, ' ');
    put_text(l, key);
    put(l, '=');
    if (plain(value)) {
        put_text(l, value);
        return;
    }
    put(l, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            put(l, '\\');
        put(l, *value < ' ' ? '?' : *value);
    }
    put(l, '"');
}

void logline_int(struct logline *l, const char *key, int64_t value)
{
    char digits[24];
    size_t n = 0;
    uint64_t v = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    put(l, ' ');
    put_text(l, key);
    put(l, '=');
    if (value < 0)
        put(l, '-');
    while (n)
        put(l, digits[--n]);
}
