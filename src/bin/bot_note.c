/* Notes: what is said inside the group's keys, as JSON. The server is told a note's kind and a
 * commitment to it, by which it can say later that it has passed the note on
 * (docs/wire/e2ee.md, notes). A note that came as another kind than it is, is dropped.
 * knows: kinds. knows not: keys. owns: nothing. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "bin/bot.h"

enum { BEAT = 0xF2 }; /* first byte of a message that is no note */

static const struct {
    const char *k, *kind;
} kinds[] = {{"chat", "chat"},  {"react", "reaction"}, {"hand", "hand"},  {"file", "file"},
             {"door", "state"}, {"rec", "state"},      {"agree", "state"}};

static const char *kind_of(const json_t *note)
{
    const char *k = json_string_value(json_object_get(note, "k"));
    for (size_t i = 0; k && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].k, k) == 0)
            return kinds[i].kind;
    return NULL;
}

void bot_note_send(struct bot *b, json_t *note, struct span to)
{
    uint8_t key[crypto_auth_hmacsha256_KEYBYTES];
    randombytes_buf(key, sizeof key);
    if (note)
        (void)json_object_set_new(note, "f", bot_base64(span_of(key, sizeof key)));
    char *text = note ? json_dumps(note, JSON_COMPACT) : NULL; /* not UTF-8: no note */
    b->sealing = kind_of(note);
    json_decref(note);
    if (text && b->sealing) {
        (void)crypto_auth_hmacsha256(b->commitment, (const uint8_t *)text, strlen(text), key);
        bot_input(b, &(struct e2ee_input){.type = E2EE_IN_NOTE, .a = to, .b = span_str(text)});
    }
    b->sealing = NULL;
    sodium_memzero(key, sizeof key);
    free(text);
}

void bot_say(struct bot *b, struct span words)
{
    json_t *note =
        json_pack("{s:s, s:s%}", "k", "chat", "text", (const char *)words.ptr, words.len);
    bot_note_send(b, note, (struct span){0});
}

void bot_hand(struct bot *b, bool up)
{
    bot_note_send(b, json_pack("{s:s, s:b}", "k", "hand", "up", up), (struct span){0});
}

void bot_note_mark(const struct bot *b, const struct e2ee_effect *message, json_t *m)
{
    if (!b->sealing || message->b.len == 0 || message->b.ptr[0] == BEAT)
        return;
    (void)json_object_set_new(m, "kind", json_string(b->sealing));
    (void)json_object_set_new(m, "commitment",
                              bot_base64(span_of(b->commitment, sizeof b->commitment)));
}

json_t *bot_note_read(const struct bot *b, struct span bytes)
{
    json_t *note = json_loadb((const char *)bytes.ptr, bytes.len, JSON_REJECT_DUPLICATES, NULL);
    const char *kind = kind_of(note);
    if (kind && strcmp(kind, b->heard_kind) == 0)
        return note;
    json_decref(note);
    return NULL;
}
