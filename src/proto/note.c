/* Signed notes; see note.h. */
#include "proto/note.h"

#include "base/text.h"
#include "crypt/crypt.h"

enum {
    ID_BYTES = 4,
    BLOB = ID_BYTES + SIGN_BYTES,
    BLOB_URL = TEXT_BASE64URL_LEN(BLOB), /* characters without padding, */
    BLOB_TEXT = BLOB_URL + 1,            /* and with it */
    ED25519 = 1,
};

static const char dash[] = "\xe2\x80\x94 ";
enum { DASH = sizeof dash - 1 };

static bool name_span_fine(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || name.ptr[i] == '+' || name.ptr[i] >= 0x7f)
            return false;
    return name.len > 0 && name.len <= NOTE_NAME;
}

bool note_name_fine(const char *name)
{
    return name_span_fine(span_str(name));
}

static void id_of(const char *name, const uint8_t key[SIGN_PUBLIC], uint8_t id[ID_BYTES])
{
    uint8_t bytes[NOTE_NAME + 2 + SIGN_PUBLIC], digest[CRYPT_SHA256_LEN];
    struct writer w = writer_of(bytes, sizeof bytes);
    writer_text(&w, name);
    writer_u8(&w, '\n');
    writer_u8(&w, ED25519);
    writer_bytes(&w, span_of(key, SIGN_PUBLIC));
    crypt_sha256(digest, writer_span(&w));
    memcpy(id, digest, ID_BYTES);
}

/* ---- the text ---- */

/* Whole lines; of control characters only the end of a line. */
static bool text_fine(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] < ' ' && text.ptr[i] != '\n') || text.ptr[i] == 0x7f)
            return false;
    return text.len > 0 && text.ptr[text.len - 1] == '\n';
}

/* Where the last empty line begins; 0: there is none. */
static size_t text_end(struct span note)
{
    for (size_t i = note.len; i >= 2; i--)
        if (note.ptr[i - 1] == '\n' && note.ptr[i - 2] == '\n')
            return i - 1;
    return 0;
}

/* ---- signatures ---- */

struct signature {
    struct span name;
    uint8_t blob[BLOB];
};

/* Standard base64 of exactly BLOB bytes (RFC 4648 section 4). */
static bool blob_read(uint8_t blob[BLOB], struct span text)
{
    uint8_t url[BLOB_URL];
    size_t len;
    if (text.len != BLOB_TEXT || text.ptr[BLOB_URL] != '=')
        return false;
    for (size_t i = 0; i < BLOB_URL; i++) {
        uint8_t c = text.ptr[i];
        if (c == '-' || c == '_')
            return false;
        url[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return text_unbase64url(blob, BLOB, &len, span_of(url, sizeof url)) == ERR_OK && len == BLOB;
}

/* Bytes before the next end of a line, or all. */
static size_t line_length(struct span note, size_t at)
{
    size_t i = at;
    while (i < note.len && note.ptr[i] != '\n')
        i++;
    return i - at;
}

/* One line without its end. */
static bool line_read(struct signature *s, struct span line)
{
    size_t at = DASH;
    if (line.len < DASH || memcmp(line.ptr, dash, DASH) != 0)
        return false;
    while (at < line.len && line.ptr[at] != ' ')
        at++;
    s->name = span_of(line.ptr + DASH, at - DASH);
    return at < line.len && name_span_fine(s->name) &&
           blob_read(s->blob, span_of(line.ptr + at + 1, line.len - at - 1));
}

static bool is_of(const struct signature *s, const struct note_key *k, const uint8_t id[ID_BYTES])
{
    struct span name = span_str(k->name);
    return s->name.len == name.len && memcmp(s->name.ptr, name.ptr, name.len) == 0 &&
           memcmp(s->blob, id, ID_BYTES) == 0;
}

enum note_fault note_check(struct span note, const struct note_key *k, struct span *text)
{
    uint8_t id[ID_BYTES];
    size_t at = note.len <= NOTE_BYTES ? text_end(note) : 0;
    struct span signed_text = span_of(note.ptr, at);
    enum note_fault found = NOTE_UNSIGNED;
    if (at == 0 || !text_fine(signed_text) || ++at == note.len || !note_name_fine(k->name))
        return NOTE_FORM;
    id_of(k->name, k->key, id);
    for (unsigned n = 0; at < note.len; n++) {
        struct signature s;
        size_t len = line_length(note, at);
        if (len == note.len - at || n == NOTE_SIGNATURES ||
            !line_read(&s, span_of(note.ptr + at, len)))
            return NOTE_FORM;
        at += len + 1;
        if (!is_of(&s, k, id))
            continue;
        if (sign_verify(k->key, signed_text, s.blob + ID_BYTES) != ERR_OK)
            return NOTE_FORGED;
        found = NOTE_FINE;
    }
    if (found == NOTE_FINE)
        *text = signed_text;
    return found;
}

void note_write(struct writer *w, struct span text, const char *name, const uint8_t seed[SIGN_SEED])
{
    uint8_t key[SIGN_PUBLIC], blob[BLOB];
    char line[BLOB_TEXT + 1];
    if (!text_fine(text) || !note_name_fine(name)) {
        w->failed = true;
        return;
    }
    sign_public(seed, key);
    id_of(name, key, blob);
    sign_write(seed, text, blob + ID_BYTES);
    text_base64url(line, span_of(blob, sizeof blob));
    for (size_t i = 0; i < BLOB_URL; i++)
        line[i] = line[i] == '-' ? '+' : line[i] == '_' ? '/' : line[i];
    line[BLOB_URL] = '=';
    writer_bytes(w, text);
    writer_text(w, "\n");
    writer_bytes(w, span_of(dash, DASH));
    writer_text(w, name);
    writer_text(w, " ");
    writer_bytes(w, span_of(line, BLOB_TEXT));
    writer_text(w, "\n");
}

const char *note_fault_words(enum note_fault fault)
{
    static const char *const words[] = {
        [NOTE_FINE] = "is signed",
        [NOTE_FORM] = "is no signed note",
        [NOTE_UNSIGNED] = "is not signed by this key",
        [NOTE_FORGED] = "has a signature that is not this key's",
    };
    return fault < NOTE_FAULT_COUNT_ ? words[fault] : "";
}
