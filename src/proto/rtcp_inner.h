/* Numbers of RTCP that the walker, the writer and the feedback reader share; src/proto only. */
#ifndef PROTO_RTCP_INNER_H
#define PROTO_RTCP_INNER_H

#include "proto/rtcp.h"

enum rtcp_type {
    RTCP_TYPE_SR = 200,
    RTCP_TYPE_RR = 201,
    RTCP_TYPE_SDES = 202,
    RTCP_TYPE_BYE = 203,
    RTCP_TYPE_TRANSPORT_FEEDBACK = 205, /* RFC 4585 section 6.1 */
    RTCP_TYPE_PAYLOAD_FEEDBACK = 206,
};

enum rtcp_format {
    RTCP_FORMAT_NACK = 1,
    RTCP_FORMAT_TWCC = 15,
    RTCP_FORMAT_PLI = 1,
    RTCP_FORMAT_FIR = 4,
    RTCP_FORMAT_APPLICATION = 15,
};

enum { RTCP_NAME_REMB = 0x52454D42 }; /* "REMB" */

/* Transport-wide feedback: two-bit statuses, and the two chunk forms by their top bits. */
enum rtcp_twcc_symbol { RTCP_TWCC_LOST, RTCP_TWCC_SMALL, RTCP_TWCC_LARGE, RTCP_TWCC_RESERVED };
enum {
    RTCP_TWCC_VECTOR = 0x8000,   /* else a run of one status */
    RTCP_TWCC_TWO_BITS = 0x4000, /* of a vector: 7 two-bit statuses, else 14 one-bit ones */
};

/* Chunks cover the count, deltas are all there, no reserved status. ERR_SHORT, ERR_MALFORMED. */
enum err rtcp_twcc_check(const struct rtcp_twcc *t);

#endif
