/* Every maximum of the program, in one place, with its relations asserted. */
#ifndef BASE_LIMIT_H
#define BASE_LIMIT_H

#include <assert.h>

enum {
    /* processes and meetings */
    LIMIT_MEDIA_PROCESSES = 64,
    LIMIT_ROOMS = 1024,           /* meetings a media process */
    LIMIT_PEERS = 4096,           /* participants a media process */
    LIMIT_ROOM_PEERS = 1024,      /* participants a meeting */
    LIMIT_TRANSPORTS = 8192,      /* ICE/DTLS associations a media process, two a participant */
    LIMIT_TRACKS = 16384,         /* published tracks a media process */
    LIMIT_SUBSCRIPTIONS = 131072, /* a media process */
    LIMIT_PEER_TRACKS = 8,        /* tracks a participant publishes */
    LIMIT_TRACK_ENCODINGS = 4,    /* simulcast streams a track */
    LIMIT_PEER_SSRCS = 8,         /* primary SSRCs bound to a participant (attack A09) */
    LIMIT_SPATIAL_LAYERS = 4,     /* of one encoding (AV1 has 4, VP9 up to 8: RFC 9628) */
    LIMIT_TEMPORAL_LAYERS = 4,    /* of one encoding */
    LIMIT_PICTURE_SIDE = 8192,    /* pixels that a client may say a picture or a tile has */
    LIMIT_VOICE_SLOTS = 4,        /* streams of one receiver that carry whoever is heard */

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
    LIMIT_SIGNAL_BYTES = 65536, /* one WebSocket message */
    LIMIT_SIGNAL_DEPTH = 8,     /* nesting of one JSON message */
    /* Bytes waiting for one slow client before it is closed: a Welcome of LIMIT_GROUP_UPLOAD in
     * base64 and a replayed commit log of LIMIT_GROUP_LOG do not come at once, but either may meet
     * a full meeting's roster. */
    LIMIT_SIGNAL_QUEUE = 2097152,
    LIMIT_CONNECTIONS = 8192,
    LIMIT_MEETING_ID = 32,   /* characters */
    LIMIT_PARTICIPANT = 16,  /* bytes of a participant id, exactly */
    LIMIT_DESCRIPTOR = 1024, /* bytes of a meeting's descriptor */
    LIMIT_MEETINGS_STORED = 1000000,

    /* the group of a meeting, as the delivery service sees it */
    LIMIT_GROUP_ID = 64,         /* bytes */
    LIMIT_GROUP_PART = 32768,    /* bytes of one piece of an upload */
    LIMIT_GROUP_UPLOAD = 786432, /* bytes of a commit and its Welcome together */
    /* bytes of a commit: a base and so much for each one it names, see delivery.c. The base holds
     * the path of a full meeting's tree at its worst, 43 KB. */
    LIMIT_GROUP_COMMIT_BASE = 65536,
    LIMIT_GROUP_COMMIT_GONE = 64,
    LIMIT_GROUP_COMMIT = 200704,
    LIMIT_GROUP_COMMIT_BURST = 524288, /* bytes of commits that one member sends at once */
    LIMIT_GROUP_COMMIT_RATE = 65536,   /* and then a second */
    LIMIT_GROUP_BATCH = 64,            /* members added, and members removed, by one commit */
    LIMIT_GROUP_MESSAGE = 8192,        /* bytes of one sealed message */
    LIMIT_KEY_PACKAGE = 2048,          /* bytes, as much as the clients' core takes */
    LIMIT_GROUP_LOG = 1048576,         /* bytes of commits kept a meeting */
    LIMIT_GROUP_LOG_COMMITS = 64,      /* commits kept a meeting */
    LIMIT_ROOM_WAITING = 256,          /* participants in a meeting's waiting room */

    /* the protection of a meeting */
    LIMIT_PASSCODE = 64,       /* characters */
    LIMIT_PERSONAL_LINKS = 64, /* a meeting */
    LIMIT_SAFE = 6144,         /* bytes of what protects a meeting, as the store keeps it */
    LIMIT_BANNED = 64,         /* removed participants whom a meeting knows */
    LIMIT_MEETING_BLOCKS = 8,  /* blocks of single participants a meeting */
    LIMIT_BLOCK_WHY = 120,     /* characters of a block's reason */
    LIMIT_EVIDENCE = 6000,     /* bytes of one note attached to a report */
    LIMIT_REPORT_EVIDENCE = 4, /* notes attached to a report */
    LIMIT_REPORT_WORDS = 2000, /* bytes of the reporter's own words */

    /* files that members leave for each other */
    LIMIT_FILE = 8 << 20,        /* bytes of one */
    LIMIT_ROOM_FILES = 64 << 20, /* bytes a meeting */
    LIMIT_PEER_FILES = 24 << 20, /* bytes of one member there */
    LIMIT_FILES = 256 << 20,     /* bytes of all meetings */
};

static_assert(LIMIT_FILE < LIMIT_PEER_FILES && LIMIT_PEER_FILES < LIMIT_ROOM_FILES / 2,
              "nobody fills a meeting alone, nor do two");
static_assert(LIMIT_RTP_PACKET < LIMIT_DATAGRAM, "an RTP packet fits a datagram");
static_assert(LIMIT_ROOM_PEERS <= LIMIT_PEERS, "a meeting fits a media process");
static_assert(LIMIT_TRANSPORTS >= 2 * LIMIT_PEERS, "each participant has two transports");
static_assert(LIMIT_GROUP_PART * 4 / 3 < LIMIT_SIGNAL_BYTES - 1024, "a piece fits its envelope");
static_assert(LIMIT_GROUP_COMMIT <= LIMIT_GROUP_UPLOAD && LIMIT_GROUP_COMMIT <= LIMIT_GROUP_LOG,
              "a commit fits the upload and the log");
static_assert(LIMIT_GROUP_COMMIT ==
                  LIMIT_GROUP_COMMIT_BASE +
                      LIMIT_GROUP_BATCH * (LIMIT_KEY_PACKAGE + LIMIT_GROUP_COMMIT_GONE),
              "a full batch fits a commit");
static_assert(LIMIT_GROUP_COMMIT_BURST * 4 / 3 < LIMIT_SIGNAL_QUEUE / 2,
              "one member's commits fit everybody's queue");
static_assert(LIMIT_GROUP_COMMIT_BURST >= 2 * LIMIT_GROUP_COMMIT, "a full batch twice");
static_assert(LIMIT_GROUP_UPLOAD / 3 * 4 < LIMIT_SIGNAL_QUEUE / 2 + 65536, "a Welcome fits twice");

#endif
