/* Reads and writes the few lines of SDP that one bundled transport needs. */
#include "bin/load_janus_sdp.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Header extensions that both sides may name (RFC 8285), by their URI. */
static const struct {
    enum ipc_ext ext;
    const char *uri;
} extensions[] = {
    {IPC_EXT_MID, "urn:ietf:params:rtp-hdrext:sdes:mid"},
    {IPC_EXT_AUDIO_LEVEL, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"},
    {IPC_EXT_TWCC, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"},
};

/* ---- reading ---- */

/* The rest of a line that begins so, or NULL. */
static const char *after(const char *line, const char *start)
{
    size_t n = strlen(start);
    return strncmp(line, start, n) == 0 ? line + n : NULL;
}

static void take_candidate(struct sdp *s, const char *words)
{
    char transport[8], ip[INET6_ADDRSTRLEN];
    unsigned port;
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&s->address;
    struct in_addr at;
    if (s->address.ss_family != 0 ||
        sscanf(words, "%*s 1 %7s %*u %45s %u typ host", transport, ip, &port) != 3 ||
        strcasecmp(transport, "udp") != 0 || port > UINT16_MAX || inet_pton(AF_INET, ip, &at) != 1)
        return;
    *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = at};
    v4->sin_port = htons((uint16_t)port);
}

static void take_extension(struct sdp_section *section, const char *words)
{
    unsigned id;
    char uri[128];
    if (sscanf(words, "%u%*[/a-z] %127s", &id, uri) != 2 &&
        sscanf(words, "%u %127s", &id, uri) != 2)
        return;
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (id > 0 && id < 15 && strcmp(uri, extensions[i].uri) == 0)
            section->ext[extensions[i].ext] = (uint8_t)id;
}

static void take_codec(struct sdp_section *section, const char *words)
{
    unsigned pt;
    char name[16];
    const char *want = section->kind == IPC_AUDIO ? "opus" : "VP8";
    if (sscanf(words, "%u %15[^/]", &pt, name) == 2 && pt < 128 && section->pt == 0 &&
        strcasecmp(name, want) == 0)
        section->pt = (uint8_t)pt;
}

static void take_section_line(struct sdp_section *section, const char *line)
{
    const char *words;
    unsigned pt, apt;
    if ((words = after(line, "a=mid:")) != NULL)
        (void)snprintf(section->mid, sizeof section->mid, "%.15s", words);
    else if ((words = after(line, "a=rtpmap:")) != NULL)
        take_codec(section, words);
    else if ((words = after(line, "a=extmap:")) != NULL)
        take_extension(section, words);
    else if (sscanf(line, "a=fmtp:%u apt=%u", &pt, &apt) == 2 && pt < 128 && apt == section->pt)
        section->rtx_pt = (uint8_t)pt;
    else if ((words = after(line, "a=ssrc-group:FID ")) != NULL)
        (void)sscanf(words, "%" SCNu32 " %" SCNu32, &section->ssrc, &section->rtx_ssrc);
    else if ((words = after(line, "a=ssrc:")) != NULL && section->ssrc == 0)
        section->ssrc = (uint32_t)strtoul(words, NULL, 10);
}

static bool take_media(struct sdp *s, const char *words)
{
    if (s->count == SDP_SECTIONS)
        return false;
    bool audio = after(words, "audio ") != NULL;
    if (!audio && !after(words, "video "))
        return false;
    s->section[s->count++] = (struct sdp_section){.kind = audio ? IPC_AUDIO : IPC_VIDEO};
    return true;
}

static bool take_line(struct sdp *s, const char *line)
{
    const char *words;
    if ((words = after(line, "m=")) != NULL)
        return take_media(s, words);
    if ((words = after(line, "a=ice-ufrag:")) != NULL)
        (void)snprintf(s->ufrag, sizeof s->ufrag, "%.63s", words);
    else if ((words = after(line, "a=ice-pwd:")) != NULL)
        (void)snprintf(s->pwd, sizeof s->pwd, "%.63s", words);
    else if ((words = after(line, "a=candidate:")) != NULL)
        take_candidate(s, words);
    else if ((words = after(line, "a=fingerprint:sha-256 ")) != NULL)
        return cert_fingerprint_parse(span_str(words), s->fingerprint) == ERR_OK;
    else if (s->count > 0)
        take_section_line(&s->section[s->count - 1], line);
    return true;
}

bool sdp_parse(struct sdp *out, const char *text)
{
    static const uint8_t none[CERT_FINGERPRINT_LEN];
    char line[512];
    memset(out, 0, sizeof *out);
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\r\n");
        if (n >= sizeof line)
            return false;
        memcpy(line, at, n);
        line[n] = '\0';
        at += n;
        at += strspn(at, "\r\n");
        if (!take_line(out, line))
            return false;
    }
    return out->count > 0 && out->ufrag[0] && out->pwd[0] && out->address.ss_family != 0 &&
           memcmp(none, out->fingerprint, sizeof none) != 0;
}

/* ---- writing ---- */

struct page {
    char *text;
    size_t len;
    bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = SDP_BYTES_MAX - p->len;
    int n = vsnprintf(p->text + p->len, room, format, args);
    va_end(args);
    p->full = p->full || n < 0 || (size_t)n >= room;
    if (!p->full)
        p->len += (size_t)n;
}

static void put_codec(struct page *p, const struct sdp_section *s)
{
    if (s->kind == IPC_AUDIO) {
        put(p, "a=rtpmap:%u opus/48000/2\r\n", s->pt);
        return;
    }
    put(p, "a=rtpmap:%u VP8/90000\r\na=rtcp-fb:%u nack\r\na=rtcp-fb:%u nack pli\r\n", s->pt, s->pt,
        s->pt);
    if (s->ext[IPC_EXT_TWCC])
        put(p, "a=rtcp-fb:%u transport-cc\r\n", s->pt);
    if (s->rtx_pt)
        put(p, "a=rtpmap:%u rtx/90000\r\na=fmtp:%u apt=%u\r\n", s->rtx_pt, s->rtx_pt, s->pt);
}

static void put_section(struct page *p, const struct sdp_ours *ours, const struct sdp_section *s)
{
    char fingerprint[CERT_FINGERPRINT_TEXT + 1];
    cert_fingerprint_text(ours->local->fingerprint, fingerprint);
    put(p, "m=%s 9 UDP/TLS/RTP/SAVPF %u", s->kind == IPC_AUDIO ? "audio" : "video", s->pt);
    if (s->rtx_pt)
        put(p, " %u", s->rtx_pt);
    put(p, "\r\nc=IN IP4 0.0.0.0\r\na=mid:%s\r\na=%s\r\na=rtcp-mux\r\na=setup:active\r\n", s->mid,
        ours->sends ? "sendonly" : "recvonly");
    put(p, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\n", ours->local->ufrag,
        ours->local->pwd, fingerprint);
    put_codec(p, s);
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (s->ext[extensions[i].ext])
            put(p, "a=extmap:%u %s\r\n", s->ext[extensions[i].ext], extensions[i].uri);
    if (!ours->sends)
        return;
    if (s->rtx_ssrc)
        put(p, "a=ssrc-group:FID %" PRIu32 " %" PRIu32 "\r\n", s->ssrc, s->rtx_ssrc);
    put(p, "a=msid:load %s\r\na=ssrc:%" PRIu32 " cname:load\r\n", s->mid, s->ssrc);
    if (s->rtx_ssrc)
        put(p, "a=ssrc:%" PRIu32 " cname:load\r\n", s->rtx_ssrc);
}

size_t sdp_write(char out[SDP_BYTES_MAX], const struct sdp_ours *ours)
{
    struct page p = {.text = out};
    put(&p, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
    for (uint32_t i = 0; i < ours->count; i++)
        put(&p, " %s", ours->sections[i].mid);
    put(&p, "\r\n");
    for (uint32_t i = 0; i < ours->count; i++)
        put_section(&p, ours, &ours->sections[i]);
    return p.full ? 0 : p.len;
}
