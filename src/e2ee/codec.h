/* TLS presentation language as MLS uses it (RFC 9420 section 2.1): vectors with a variable-size
 * length header, optional values. On top of base's sticky reader and writer.
 * knows: lengths. owns: nothing. */
#ifndef E2EE_CODEC_H
#define E2EE_CODEC_H

#include "base/reader.h"
#include "base/writer.h"

/* opaque<V>: the content, borrowed. A length that is not minimal, uses the prefix 11 or passes the
 * end fails the reader. */
struct span codec_vector(struct reader *r);
/* A reader over the next vector's content; failed when the outer reader is. */
struct reader codec_inner(struct reader *r);
/* 0 absent, 1 present; other values fail the reader and give false. */
bool codec_optional(struct reader *r);

void codec_write_vector(struct writer *w, struct span content);
/* Vectors whose content is written in place: mark = codec_begin(w); ...; codec_end(w, mark). */
size_t codec_begin(struct writer *w);
void codec_end(struct writer *w, size_t mark);
/* Bytes of the header of a vector of `len` bytes. */
size_t codec_header(size_t len);
/* Writes that header; its bytes. `len` < 2^30. */
size_t codec_put_header(uint8_t *at, size_t len);

#endif
