/* Session descriptions as far as the bench's peer, Janus, needs them (RFC 8866, 8829). The server
 * speaks no SDP; this is for `conclave-bot load --system janus` alone.
 * knows: the lines that matter to one bundled transport. knows not: Janus's messages.
 * owns: nothing. */
#ifndef BIN_LOAD_JANUS_SDP_H
#define BIN_LOAD_JANUS_SDP_H

#include "bin/load.h"

enum { SDP_SECTIONS = 8, SDP_BYTES_MAX = 8192, SDP_WORD = 64 };

struct sdp_section {
    enum ipc_kind kind;
    uint8_t pt, rtx_pt; /* Opus or VP8; rtx_pt 0: none */
    uint8_t ext[IPC_EXT_COUNT_];
    char mid[IPC_MID_MAX + 1];
    uint32_t ssrc, rtx_ssrc; /* of the side that sends; 0: not said */
};

struct sdp {
    char ufrag[SDP_WORD], pwd[SDP_WORD];
    uint8_t fingerprint[CERT_FINGERPRINT_LEN];
    struct sockaddr_storage address; /* of the first UDP candidate */
    uint32_t count;
    struct sdp_section section[SDP_SECTIONS];
};

/* False when it lacks credentials, fingerprint, candidate or sections. */
bool sdp_parse(struct sdp *out, const char *text);

/* Our side of the same sections, the active DTLS side, an offer that sends or an answer that
 * receives. The length, or 0 when it does not fit. */
struct sdp_ours {
    const struct load_local *local;
    const struct sdp_section *sections;
    uint32_t count;
    bool sends;
};
size_t sdp_write(char out[SDP_BYTES_MAX], const struct sdp_ours *ours);

#endif
