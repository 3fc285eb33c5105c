/* How well one incoming stream arrives, for receiver reports (RFC 3550 sections 6.4.1, A.3, A.8).
 * knows: sequence numbers, timestamps, arrival. knows not: RTCP framing. owns: nothing. */
#ifndef SFU_RECEPTION_H
#define SFU_RECEPTION_H

#include "base/instant.h"
#include "proto/rtcp.h"

struct reception {
    bool started;
    int64_t first, highest; /* unwrapped sequence numbers */
    uint64_t received;
    uint64_t expected_before, received_before; /* at the last report */
    uint32_t transit;                          /* arrival - timestamp, timestamp units */
    uint32_t jitter16;                         /* sixteen times the jitter */
    uint32_t lsr;                              /* of the last sender report, 0: none */
    instant_us lsr_at;
};

void reception_packet(struct reception *r, int64_t seq, uint32_t ts, uint32_t rate, instant_us now);
void reception_sender_report(struct reception *r, uint64_t ntp, instant_us now);
/* Fills a report block about `ssrc` and starts a new interval. */
void reception_report(struct reception *r, uint32_t ssrc, instant_us now, struct rtcp_report *out);

#endif
