/* The suite's functions over a text in pieces, so that labels, long contexts and messages need no
 * joining by the caller. Only for the files of the floor (suite, schedule, framing). owns: nothing.
 */
#ifndef E2EE_SUITE_PIECES_H
#define E2EE_SUITE_PIECES_H

#include "base/writer.h"
#include "e2ee/suite.h"

struct pieces {
    const struct span *at;
    size_t n;
    struct writer room; /* where a long text to be signed is joined; empty: none */
};
#define PIECES(...)                                                                                \
    ((struct pieces){(const struct span[]){__VA_ARGS__},                                           \
                     sizeof((const struct span[]){__VA_ARGS__}) / sizeof(struct span),             \
                     {0}})

void pieces_mac(struct span key, struct pieces in, uint8_t out[SUITE_HASH]);
/* RFC 5869 section 2.3. ERR_LIMIT. */
enum err pieces_expand(const uint8_t prk[SUITE_HASH], struct pieces info, uint8_t *out, size_t len);
/* suite_sign and suite_verify. ERR_LIMIT: longer than SUITE_SIGNED_SHORT and than content.room. The
 * room lies apart from the pieces. */
enum err pieces_sign(const uint8_t secret[SUITE_SIGN_SECRET], const char *label,
                     struct pieces content, uint8_t out[SUITE_SIGNATURE]);
enum err pieces_verify(struct span public, const char *label, struct pieces content,
                       struct span signature);

#endif
