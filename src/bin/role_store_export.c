/* What the store holds about one account, in pieces for that person. knows: the export's text.
 * knows not: who asks, JSON. owns: the text, for the length of a question. */
#include <stdlib.h>
#include <string.h>

#include "bin/role_store.h"
#include "crypt/crypt.h"

enum { EXPORT_BYTES = 1 << 20, EXPORT_FIRST = 4096 };

struct text {
    uint8_t *bytes; /* *owned* */
    size_t len, cap;
};

static enum err text_put(void *ctx, struct span piece)
{
    struct text *t = ctx;
    if (piece.len > EXPORT_BYTES - t->len)
        return ERR_LIMIT;
    while (t->len + piece.len > t->cap) {
        size_t cap = t->cap ? 2 * t->cap : EXPORT_FIRST;
        uint8_t *more = realloc(t->bytes, cap);
        if (!more)
            return ERR_NOMEM;
        t->bytes = more;
        t->cap = cap;
    }
    if (piece.len > 0)
        memcpy(t->bytes + t->len, piece.ptr, piece.len);
    t->len += piece.len;
    return ERR_OK;
}

static void pieces(const struct text *t, uint32_t from, struct account_reply *out)
{
    uint8_t digest[ACCOUNT_HASH];
    crypt_sha256(digest, span_of(t->bytes, t->len));
    do {
        struct account_piece *p = &out->as.piece[out->count++];
        size_t left = t->len - from;
        memset(p, 0, sizeof *p);
        memcpy(p->digest, digest, sizeof p->digest);
        p->total = (uint32_t)t->len;
        p->from = from;
        p->len = (uint16_t)(left < sizeof p->bytes ? left : sizeof p->bytes);
        memcpy(p->bytes, t->bytes + from, p->len);
        from += p->len;
    } while (from < t->len && out->count < ACCOUNT_PIECES);
    out->more = from < t->len;
}

enum err store_export(struct store *s, const struct account_piece *like, struct account_reply *out)
{
    struct text t = {NULL, 0, 0};
    const struct store_sink sink = {&t, text_put};
    enum err e = store_export_person(s, like->account, &sink);
    if (e == ERR_OK && like->from >= t.len)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        pieces(&t, like->from, out);
    crypt_wipe(t.bytes, t.len);
    free(t.bytes);
    return e;
}
