/* Receiver's side of transport-wide congestion control: notes when each transport-wide sequence
 * number arrived and writes the feedback for the publisher
 * (draft-holmer-rmcat-transport-wide-cc-01). knows: sequence numbers, arrival times. knows not:
 * streams, bandwidth, SRTCP. owns: nothing outside its struct. */
#ifndef PROTO_TWCC_H
#define PROTO_TWCC_H

#include "base/instant.h"
#include "base/writer.h"
#include "proto/seq.h"

enum {
    TWCC_WINDOW = 512,   /* sequence numbers remembered until they are reported */
    TWCC_STATUSES = 256, /* reported in one packet: at most 4 + 16 + 2 * 37 + 2 * 256 + 3 bytes */
    TWCC_PACKET_MAX = 620,
};
#define TWCC_PERIOD_US (100 * US_PER_MS)

struct twcc {
    uint32_t sender_ssrc, media_ssrc;
    struct seq_unwrap unwrap;
    int64_t next;                    /* first sequence number that was not yet reported */
    int64_t end;                     /* one past the highest recorded */
    instant_us arrival[TWCC_WINDOW]; /* by number modulo the window; INSTANT_NEVER: not arrived */
    instant_us due;                  /* INSTANT_NEVER: nothing to report */
    uint8_t feedback_count;
};

void twcc_init(struct twcc *t, uint32_t sender_ssrc, uint32_t media_ssrc);
/* A number that was already reported, or is a window behind, is ignored; a jump ahead of more than
 * the window forgets what was not reported. */
void twcc_record(struct twcc *t, uint16_t seq, instant_us arrival);
/* When feedback is due: a period after the first unreported arrival, at once with half a window. */
instant_us twcc_deadline(const struct twcc *t);
/* Appends one feedback packet when one is due at `now`; call until false. The SSRC of the media it
 * names is the caller's choice (any stream of the transport). False also when it does not fit. */
bool twcc_write(struct twcc *t, struct writer *w, instant_us now);

#endif
