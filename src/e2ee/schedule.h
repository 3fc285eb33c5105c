/* The key schedule of an epoch (RFC 9420 section 8), PSKs (8.4) and transcript hashes (8.2).
 * knows: which secret comes from which. knows not: trees, messages. owns: nothing; the caller
 * wipes. */
#ifndef E2EE_SCHEDULE_H
#define E2EE_SCHEDULE_H

#include "e2ee/suite.h"

enum { SCHEDULE_PSK_ID_MAX = 512 };

struct epoch_secrets {
    uint8_t joiner[SUITE_HASH], welcome[SUITE_HASH], epoch[SUITE_HASH];
    uint8_t init[SUITE_HASH]; /* of the next epoch */
    uint8_t sender_data[SUITE_HASH], encryption[SUITE_HASH], exporter[SUITE_HASH];
    uint8_t external[SUITE_HASH], confirmation[SUITE_HASH], membership[SUITE_HASH];
    uint8_t resumption[SUITE_HASH], authenticator[SUITE_HASH];
};

/* `context` is the serialized GroupContext. commit may be NULL (no path: zeros), psk NULL (zeros).
 */
struct schedule_inputs {
    const uint8_t *init, *commit, *psk; /* SUITE_HASH bytes each */
    struct span context;
};
enum err schedule_next(const struct suite *s, const struct schedule_inputs *in,
                       struct epoch_secrets *out);
/* A newcomer starts from the joiner secret of its Welcome. */
enum err schedule_join(const struct suite *s, const uint8_t joiner[SUITE_HASH],
                       const uint8_t psk[SUITE_HASH], struct span context,
                       struct epoch_secrets *out);
/* Only welcome_secret, before the GroupContext is known. */
enum err schedule_welcome(const struct suite *s, const uint8_t joiner[SUITE_HASH],
                          const uint8_t psk[SUITE_HASH], uint8_t out[SUITE_HASH]);
/* Section 8.5 */
enum err schedule_export(const struct suite *s, const uint8_t exporter[SUITE_HASH],
                         struct suite_label label, uint8_t *out, size_t len);

/* One PSK in the order of the proposals: the serialized PreSharedKeyID and the value. */
struct psk {
    struct span id, value; /* id: at most SCHEDULE_PSK_ID_MAX bytes, else ERR_LIMIT */
};
/* ERR_LIMIT: more than 65535. No PSK at all gives zeros. */
enum err schedule_psk(const struct suite *s, const struct psk *list, uint32_t n,
                      uint8_t out[SUITE_HASH]);

/* confirmed = hash(interim_before || content), content = wire_format, FramedContent, signature as
 * ConfirmedTranscriptHashInput; interim = hash(confirmed || confirmation_tag<V>). An empty
 * interim_before and a NULL `confirmed` are the empty hashes that a new group starts from. */
void transcript_confirmed(const struct suite *s, struct span interim_before, struct span input,
                          uint8_t out[SUITE_HASH]);
void transcript_interim(const struct suite *s, const uint8_t confirmed[SUITE_HASH],
                        struct span confirmation_tag, uint8_t out[SUITE_HASH]);

#endif
