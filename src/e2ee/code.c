#include "e2ee/code.h"

#include "e2ee/codec.h"

enum { GROUP_DIGITS = 5, GROUP_BYTES = 5, HASH_GROUPS = 6 };

/* Five digits from five bytes: 2^40 is so large against 100000 that no number is favoured by more
 * than one part in ten million. Six groups take 30 of a hash's 32 bytes; then the next hash. */
void code_digits(const uint8_t seed[SUITE_HASH], uint32_t groups, char *out)
{
    uint8_t hash[SUITE_HASH];
    for (uint32_t g = 0; g < groups; g++) {
        uint8_t counter = (uint8_t)(g / HASH_GROUPS);
        if (g % HASH_GROUPS == 0)
            suite_hash3(&suite_chacha, span_of(seed, SUITE_HASH), span_of(&counter, 1),
                        (struct span){NULL, 0}, hash);
        uint64_t v = 0;
        for (uint32_t i = 0; i < GROUP_BYTES; i++)
            v = v << 8 | hash[g % HASH_GROUPS * GROUP_BYTES + i];
        v %= 100000;
        for (uint32_t i = GROUP_DIGITS; i-- > 0; v /= 10)
            out[g * GROUP_DIGITS + i] = (char)('0' + v % 10);
    }
    out[groups * GROUP_DIGITS] = 0;
}

static void rounds(uint8_t hash[SUITE_HASH], struct span salt)
{
    for (int i = 0; i < CODE_ROUNDS; i++)
        suite_hash3(&suite_chacha, span_of(hash, SUITE_HASH), salt, (struct span){NULL, 0}, hash);
}

void code_meeting(const struct code_meeting *in, char out[E2EE_CODE_DIGITS + 1])
{
    uint8_t text[4 * SUITE_HASH], hash[SUITE_HASH];
    struct writer w = writer_of(text, sizeof text);
    writer_text(&w, "conclave v1 meeting code");
    suite_hash(&suite_chacha, in->devices, hash);
    writer_bytes(&w, span_of(hash, sizeof hash));
    suite_hash(&suite_chacha, in->descriptor, hash);
    writer_bytes(&w, span_of(hash, sizeof hash));
    suite_hash(&suite_chacha, in->group_id, hash);
    suite_hash3(&suite_chacha, writer_span(&w), span_of(hash, sizeof hash), (struct span){NULL, 0},
                hash);
    rounds(hash, span_str("meeting"));
    code_digits(hash, E2EE_CODE_DIGITS / GROUP_DIGITS, out);
}

void code_pair(const uint8_t a[SUITE_SIGN_PUBLIC], const uint8_t b[SUITE_SIGN_PUBLIC],
               char out[E2EE_PAIR_DIGITS + 1])
{
    uint8_t hash[SUITE_HASH];
    bool swap = memcmp(a, b, SUITE_SIGN_PUBLIC) > 0;
    suite_hash3(&suite_chacha, span_str("conclave v1 pair code"),
                span_of(swap ? b : a, SUITE_SIGN_PUBLIC), span_of(swap ? a : b, SUITE_SIGN_PUBLIC),
                hash);
    rounds(hash, span_str("pair"));
    code_digits(hash, E2EE_PAIR_DIGITS / GROUP_DIGITS, out);
}
