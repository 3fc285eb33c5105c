#include "bin/json_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool json_read_wrong(struct json_read *r, const char *format, ...)
{
    va_list list;
    if (r->wrong[0] != '\0')
        return false;
    va_start(list, format);
    (void)vsnprintf(r->wrong, sizeof r->wrong, format, list);
    va_end(list);
    return false;
}

bool json_read_keys(struct json_read *r, json_t *o, const char *where, const char *const *keys)
{
    const char *name;
    json_t *value;
    if (!json_is_object(o))
        return json_read_wrong(r, "\"%s\" is no object", where);
    json_object_foreach(o, name, value)
    {
        bool known = false;
        for (size_t i = 0; keys[i]; i++)
            known = known || strcmp(keys[i] + (keys[i][0] == '?'), name) == 0;
        if (!known)
            return json_read_wrong(r, "\"%.40s\" is no key of \"%s\"", name, where);
    }
    for (size_t i = 0; keys[i]; i++)
        if (keys[i][0] != '?' && !json_object_get(o, keys[i]))
            return json_read_wrong(r, "\"%s.%s\" is missing", where, keys[i]);
    return true;
}

const char *json_read_text(json_t *v, size_t most)
{
    const char *text = json_string_value(v);
    return text && strlen(text) == json_string_length(v) && text[0] && strlen(text) <= most ? text
                                                                                            : NULL;
}

const char *json_read_name(json_t *v)
{
    const char *text = json_read_text(v, JSON_READ_NAME);
    return text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text) ? text
                                                                                         : NULL;
}

uint16_t json_read_country(json_t *v)
{
    const char *text = json_read_text(v, 2);
    bool ok = text && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
    int number = ok ? (text[0] - 'A' + 1) * 32 + (text[1] - 'A' + 1) : 0;
    return (uint16_t)number;
}

uint8_t json_read_word(json_t *v, const char *const *words, uint8_t count)
{
    const char *text = json_read_text(v, JSON_READ_NAME);
    uint8_t i = 0;
    while (i < count && (!text || strcmp(words[i], text) != 0))
        i++;
    return i;
}
