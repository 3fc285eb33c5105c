/* RTCP: walk a compound packet within bounds, and write the packets that a forwarding server sends
 * (RFC 3550 section 6, RFC 4585, RFC 5104, RFC 5506, draft-holmer transport-wide-cc-01).
 * knows: wire formats. knows not: SRTCP, what to do about a report.
 * owns: nothing; spans point into the compound, *borrowed*. */
#ifndef PROTO_RTCP_H
#define PROTO_RTCP_H

#include "base/err.h"
#include "base/limit.h"
#include "base/reader.h"
#include "base/writer.h"

enum {
    RTCP_REPORTS_MAX = 31,
    RTCP_TWCC_STATUS_MAX = 4096, /* statuses taken from one feedback packet (attack A12) */
    RTCP_FIR_MAX = 16,
};

enum rtcp_kind {
    RTCP_SR,
    RTCP_RR,
    RTCP_SDES, /* skipped over, contents not read */
    RTCP_BYE,
    RTCP_NACK,
    RTCP_TWCC,
    RTCP_PLI,
    RTCP_FIR,
    RTCP_REMB,
    RTCP_OTHER, /* well-framed, unknown: ignored */
};

/* Report block (RFC 3550 section 6.4.1). */
struct rtcp_report {
    uint32_t ssrc;
    uint8_t fraction_lost; /* of 256 */
    int32_t lost;          /* 24-bit signed */
    uint32_t highest_seq;  /* extended */
    uint32_t jitter;       /* timestamp units */
    uint32_t lsr, dlsr;    /* 16.16 seconds */
};

struct rtcp_sender {
    uint64_t ntp; /* 32.32 seconds */
    uint32_t rtp_ts, packets, octets;
};

struct rtcp_nack {
    uint16_t seq;  /* lost */
    uint16_t mask; /* bit i: seq + i + 1 is lost as well */
};

struct rtcp_twcc {
    uint16_t base_seq, count; /* count <= RTCP_TWCC_STATUS_MAX */
    int32_t reference;        /* 24-bit signed, units of 64 ms */
    uint8_t feedback_count;
    struct span chunks; /* chunks and deltas, checked: walk with rtcp_twcc_walk */
};

struct rtcp_item {
    enum rtcp_kind kind;
    uint32_t sender_ssrc;      /* of the packet's sender */
    uint32_t media_ssrc;       /* feedback packets: whom it is about, 0 otherwise */
    struct rtcp_sender sender; /* SR */
    uint8_t reports;           /* SR, RR: blocks, read with rtcp_report_at */
    uint16_t nacks;            /* NACK: items, at most LIMIT_NACK_ITEMS are given */
    uint8_t firs;              /* FIR: entries, at most RTCP_FIR_MAX are given */
    uint64_t remb_bps;         /* REMB: saturates at UINT64_MAX */
    struct rtcp_twcc twcc;
    struct span body; /* the variable part that the *_at functions read; BYE: its SSRCs */
};

struct rtcp_walk {
    struct reader in;
    uint16_t count;
    enum err result;
};

/* The compound is opened (no SRTCP trailer). */
void rtcp_walk_init(struct rtcp_walk *w, struct span compound);
/* The next packet. False at the end: then w->result is ERR_OK, or says why the walk stopped:
 * ERR_SHORT, ERR_MALFORMED, ERR_LIMIT (more than LIMIT_RTCP_COMPOUND). Items given before a bad one
 * are sound (attack A12). */
bool rtcp_next(struct rtcp_walk *w, struct rtcp_item *item);

/* i below item->reports / nacks / firs (a bug otherwise). */
struct rtcp_report rtcp_report_at(const struct rtcp_item *item, uint8_t i);
struct rtcp_nack rtcp_nack_at(const struct rtcp_item *item, uint16_t i);
/* The SSRC that a FIR entry asks of, and its command number (RFC 5104 section 4.3.1). */
uint32_t rtcp_fir_at(const struct rtcp_item *item, uint8_t i, uint8_t *command);

struct rtcp_twcc_status {
    uint16_t seq;
    bool received;
    int16_t delta; /* since the one received before it (the first: since reference), 250 us units */
};

struct rtcp_twcc_walk {
    struct reader chunks, deltas;
    uint16_t seq, left;  /* statuses still to come */
    uint16_t chunk, run; /* the current chunk and how many of its statuses are left */
};

void rtcp_twcc_walk_init(struct rtcp_twcc_walk *w, const struct rtcp_twcc *t);
bool rtcp_twcc_next(struct rtcp_twcc_walk *w, struct rtcp_twcc_status *out);

/* Writers: each appends one whole packet; a compound is several in a row. False when it does not
 * fit (the writer is then failed). */
bool rtcp_write_sr(struct writer *w, uint32_t ssrc, const struct rtcp_sender *s,
                   const struct rtcp_report *reports, uint8_t count);
bool rtcp_write_rr(struct writer *w, uint32_t ssrc, const struct rtcp_report *reports,
                   uint8_t count);
/* SDES with one CNAME item of at most 255 bytes. */
bool rtcp_write_sdes(struct writer *w, uint32_t ssrc, struct span cname);
bool rtcp_write_bye(struct writer *w, uint32_t ssrc);
bool rtcp_write_nack(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc,
                     const struct rtcp_nack *items, uint16_t count);
bool rtcp_write_pli(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc);
bool rtcp_write_fir(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command);
/* REMB for one SSRC; only the rig sends it. */
bool rtcp_write_remb(struct writer *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint64_t bps);

/* The middle 32 bits of an NTP time, as LSR carries it. */
static inline uint32_t rtcp_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

/* NTP time from Unix microseconds (which the caller reads from its wall clock). */
static inline uint64_t rtcp_ntp(int64_t unix_us)
{
    uint64_t us = (uint64_t)unix_us;
    uint64_t seconds = us / 1000000u + 2208988800u; /* 1900 to 1970 */
    return seconds << 32 | ((us % 1000000u) << 32) / 1000000u;
}

#endif
