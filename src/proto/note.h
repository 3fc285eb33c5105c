/* Signed notes, as transparency logs write them (C2SP signed-note, version 1.0.0): a text of whole
 * lines, an empty line, and a line for each signature:
 *
 *     "\xe2\x80\x94 " <key name> " " <base64: 4 bytes of the key's id, 64 bytes of Ed25519> "\n"
 *
 * The id is the beginning of SHA-256(name, "\n", 0x01, public key). knows: bytes. knows not: what a
 * text says. owns: nothing. */
#ifndef PROTO_NOTE_H
#define PROTO_NOTE_H

#include "base/span.h"
#include "base/writer.h"
#include "crypt/sign.h"

enum {
    NOTE_BYTES = 256 << 10, /* of a whole note, at most */
    NOTE_NAME = 64,         /* of a key's name, at most; no blank, no '+' */
    NOTE_SIGNATURES = 16,
};

enum note_fault {
    NOTE_FINE,
    NOTE_FORM,     /* no note */
    NOTE_UNSIGNED, /* none of its signatures is of that key */
    NOTE_FORGED,   /* one says that it is, and is not */
    NOTE_FAULT_COUNT_
};

/* Whose signature is asked for. */
struct note_key {
    const char *name;
    uint8_t key[SIGN_PUBLIC];
};

/* FINE: that key signed these bytes; `text` is *borrowed* from the note. Other keys' signatures are
 * only looked at for their form. `text` untouched unless FINE. */
enum note_fault note_check(struct span note, const struct note_key *k, struct span *text);
bool note_name_fine(const char *name);
/* The note of a text with one signature. The writer fails when the text or the name is none, or
 * there is no room. */
void note_write(struct writer *w, struct span text, const char *name,
                const uint8_t seed[SIGN_SEED]);
/* Words that follow "the list ", static. */
const char *note_fault_words(enum note_fault fault);

#endif
