/* Every maximum of the program, in one place, with its relations asserted. */
#ifndef BASE_LIMIT_H
#define BASE_LIMIT_H

#include <assert.h>

enum {
    /* processes and meetings */
    LIMIT_MEDIA_PROCESSES = 64,
    LIMIT_ROOMS = 1024,          /* meetings a media process */
    LIMIT_PEERS = 2048,          /* participants a media process */
    LIMIT_ROOM_PEERS = 512,      /* participants a meeting */
    LIMIT_TRANSPORTS = 4096,     /* ICE/DTLS associations a media process, two a participant */
    LIMIT_TRACKS = 8192,         /* published tracks a media process */
    LIMIT_SUBSCRIPTIONS = 65536, /* a media process */
    LIMIT_PEER_TRACKS = 8,       /* tracks a participant publishes */
    LIMIT_TRACK_ENCODINGS = 4,   /* simulcast streams a track */
    LIMIT_PEER_SSRCS = 8,        /* primary SSRCs bound to a participant (attack A09) */

    /* packets */
    LIMIT_DATAGRAM = 1500,     /* bytes of one UDP payload that is read */
    LIMIT_RTP_PACKET = 1472,   /* bytes of one RTP packet that is forwarded */
    LIMIT_RTP_EXTENSIONS = 16, /* header extension elements a packet */
    LIMIT_RTCP_COMPOUND = 32,  /* packets in one RTCP compound */
    LIMIT_NACK_ITEMS = 64,     /* feedback items taken from one NACK */
    LIMIT_ICE_PAIRS = 16,      /* remote addresses a transport remembers */
    LIMIT_STUN_ATTRIBUTES = 32,
    LIMIT_DTLS_HANDSHAKE = 65536, /* bytes taken from a peer before the handshake is done */
    LIMIT_RTX_HISTORY = 512,      /* packets kept for retransmission, per stream */

    /* signalling */
    LIMIT_SIGNAL_BYTES = 65536,   /* one WebSocket message */
    LIMIT_SIGNAL_DEPTH = 8,       /* nesting of one JSON message */
    LIMIT_SIGNAL_QUEUE = 1048576, /* bytes waiting for one slow client before it is closed */
    LIMIT_CONNECTIONS = 4096,
    LIMIT_MEETING_ID = 32,    /* characters */
    LIMIT_NAME_SEALED = 512,  /* bytes of a sealed name */
    LIMIT_CHAT_SEALED = 8192, /* bytes of a sealed chat message */
    LIMIT_MEETINGS_STORED = 1000000,
};

static_assert(LIMIT_RTP_PACKET < LIMIT_DATAGRAM, "an RTP packet fits a datagram");
static_assert(LIMIT_ROOM_PEERS <= LIMIT_PEERS, "a meeting fits a media process");
static_assert(LIMIT_TRANSPORTS >= 2 * LIMIT_PEERS, "each participant has two transports");
static_assert(LIMIT_CHAT_SEALED * 4 / 3 < LIMIT_SIGNAL_BYTES, "a chat message fits its envelope");

#endif
