#include "proto/frame.h"

#include <string.h>

#include "base/bug.h"
#include "base/reader.h"
#include "base/writer.h"

static bool form_fine(const struct frame *f)
{
    if (f->kind >= FRAME_KIND_COUNT_ || f->last > 1 || f->bytes.len > FRAME_BYTES)
        return false;
    bool session = f->kind == FRAME_OPEN || f->kind == FRAME_TEXT || f->kind == FRAME_CLOSE;
    bool whole = f->kind != FRAME_TEXT && f->kind != FRAME_LIST;
    return session == (f->session != 0) && (f->last || !whole) &&
           (f->kind != FRAME_PING || f->bytes.len == 0) &&
           (f->kind != FRAME_HELLO || f->bytes.len == 1);
}

enum err frame_read(struct frame *out, size_t *used, struct span bytes)
{
    struct reader r = reader_of(bytes);
    uint16_t len = reader_u16(&r);
    out->kind = reader_u8(&r);
    out->last = reader_u8(&r);
    out->session = reader_u32(&r);
    if (bytes.len < FRAME_HEAD)
        return ERR_AGAIN;
    out->bytes = span_of(NULL, len);
    if (!form_fine(out))
        return ERR_MALFORMED;
    if (bytes.len < (size_t)FRAME_HEAD + len)
        return ERR_AGAIN;
    out->bytes = span_of(bytes.ptr + FRAME_HEAD, len);
    *used = (size_t)FRAME_HEAD + len;
    return ERR_OK;
}

size_t frame_write(uint8_t *out, const struct frame *f)
{
    BUG_IF(!form_fine(f));
    struct writer w = writer_of(out, FRAME_MOST);
    writer_u16(&w, (uint16_t)f->bytes.len);
    writer_u8(&w, f->kind);
    writer_u8(&w, f->last);
    writer_u32(&w, f->session);
    writer_bytes(&w, f->bytes);
    return writer_len(&w);
}

bool frame_may(enum frame_kind kind, bool by_dialler)
{
    return kind != FRAME_OPEN || by_dialler;
}

size_t frame_open_write(uint8_t *out, const struct frame_open *o)
{
    BUG_IF(o->tag.len > FRAME_TAG || o->cookie.len > FRAME_COOKIE);
    struct writer w = writer_of(out, FRAME_OPEN_MOST);
    writer_u8(&w, (uint8_t)o->tag.len);
    writer_bytes(&w, o->tag);
    writer_u8(&w, (uint8_t)o->cookie.len);
    writer_bytes(&w, o->cookie);
    return writer_len(&w);
}

static bool take_text(struct reader *r, struct span *out, size_t most)
{
    size_t len = reader_u8(r);
    *out = reader_take(r, len);
    bool fine = len <= most;
    for (size_t i = 0; i < out->len; i++)
        fine = fine && out->ptr[i] > ' ' && out->ptr[i] < 0x7f;
    return fine;
}

enum err frame_open_read(struct frame_open *out, struct span bytes)
{
    struct reader r = reader_of(bytes);
    bool tag = take_text(&r, &out->tag, FRAME_TAG);
    bool cookie = take_text(&r, &out->cookie, FRAME_COOKIE);
    return tag && cookie && reader_ok(&r) && reader_left(&r) == 0 ? ERR_OK : ERR_MALFORMED;
}
