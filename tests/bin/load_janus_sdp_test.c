/* Facts about the session descriptions of the bench's Janus adapter. The load is no part of the
 * server's library, so its source stands here. */
#include "bin/load_janus_sdp.c"

#include "base/fact.h"

#define PRINT                                                                                      \
    "F4:F6:10:1C:B4:35:0E:22:51:9C:56:F6:5A:56:D3:CD:8A:CA:AA:E9:8D:4F:60:34:56:FE:0B:D3:2E:73:"   \
    "42:9D"
#define END "\r\n"

/* What Janus offers a viewer, without the lines that say nothing to us. */
static const char offer[] =
    "v=0" END "o=- 1 1 IN IP4 10.203.0.1" END "s=VideoRoom 77" END "t=0 0" END
    "a=group:BUNDLE 0 1" END "a=fingerprint:sha-256 " PRINT END "a=ice-lite" END
    "m=audio 9 UDP/TLS/RTP/SAVPF 111" END "c=IN IP4 10.203.0.1" END "a=sendonly" END "a=mid:0" END
    "a=ice-ufrag:ngRe" END "a=ice-pwd:PGjznRcEjAQk6TXV3cMVtU" END "a=setup:actpass" END
    "a=rtpmap:111 opus/48000/2" END "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level" END
    "a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid" END "a=ssrc:113646552 cname:janus" END
    "a=candidate:1 1 udp 2015363327 10.203.0.1 43765 typ host" END "a=end-of-candidates" END
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97" END "a=mid:1" END "a=rtpmap:96 VP8/90000" END
    "a=rtpmap:97 rtx/90000" END "a=fmtp:97 apt=96" END "a=fmtp:99 apt=98" END
    "a=ssrc-group:FID 2275089640 2275089641" END "a=ssrc:2275089640 cname:janus" END
    "a=ssrc:2275089641 cname:janus" END;

static void an_offer_tells_where_and_what(void **state)
{
    (void)state;
    struct sdp s;
    assert_true(sdp_parse(&s, offer));
    assert_string_equal(s.ufrag, "ngRe");
    assert_string_equal(s.pwd, "PGjznRcEjAQk6TXV3cMVtU");
    assert_int_equal(s.fingerprint[0], 0xF4);
    assert_int_equal(s.fingerprint[31], 0x9D);
    const struct sockaddr_in *at = (const struct sockaddr_in *)(const void *)&s.address;
    assert_int_equal(ntohs(at->sin_port), 43765);
    assert_int_equal(ntohl(at->sin_addr.s_addr), 0x0ACB0001);
    assert_int_equal(s.count, 2);
}

static void its_sections_name_codecs_and_sources(void **state)
{
    (void)state;
    struct sdp s;
    assert_true(sdp_parse(&s, offer));
    const struct sdp_section *audio = &s.section[0], *video = &s.section[1];
    assert_int_equal(audio->kind, IPC_AUDIO);
    assert_int_equal(audio->pt, 111);
    assert_int_equal(audio->rtx_pt, 0);
    assert_int_equal(audio->ssrc, 113646552);
    assert_int_equal(audio->ext[IPC_EXT_AUDIO_LEVEL], 1);
    assert_int_equal(audio->ext[IPC_EXT_MID], 4);
    assert_int_equal(video->kind, IPC_VIDEO);
    assert_int_equal(video->pt, 96);
    assert_int_equal(video->rtx_pt, 97);
    assert_int_equal(video->ssrc, 2275089640);
    assert_int_equal(video->rtx_ssrc, 2275089641);
    assert_string_equal(video->mid, "1");
}

/* Each of these lines is needed: without it there is nobody to talk to. */
static void what_lacks_a_needed_line_is_refused(void **state)
{
    (void)state;
    static const char *const needed[] = {
        "a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=candidate:"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        char text[sizeof offer];
        struct sdp s;
        memcpy(text, offer, sizeof text);
        memset(strstr(text, needed[i]), 'x', 3);
        assert_false(sdp_parse(&s, text));
    }
    struct sdp s;
    assert_false(sdp_parse(&s, ""));
    assert_false(sdp_parse(&s, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel" END));
}

static void more_sections_or_longer_lines_than_fit_are_refused(void **state)
{
    (void)state;
    static char text[2 * SDP_BYTES_MAX];
    struct sdp s;
    size_t n = 0;
    for (int i = 0; i <= SDP_SECTIONS; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "m=audio 9 UDP/TLS/RTP/SAVPF 111" END);
    assert_false(sdp_parse(&s, text));
    memset(text, 'a', 600);
    text[600] = '\0';
    assert_false(sdp_parse(&s, text));
}

static void what_we_write_reads_back(void **state)
{
    (void)state;
    static char text[SDP_BYTES_MAX], whole[SDP_BYTES_MAX + 128];
    struct load_local local = {.ufrag = "abcd", .pwd = "0123456789012345678901"};
    struct sdp s;
    struct sdp_section sections[2] = {{.kind = IPC_AUDIO, .pt = 111, .mid = "0", .ssrc = 7},
                                      {.kind = IPC_VIDEO, .pt = 96, .rtx_pt = 97, .mid = "1"}};
    sections[1].ssrc = 8;
    sections[1].rtx_ssrc = 9;
    sections[1].ext[IPC_EXT_TWCC] = 3;
    memset(local.fingerprint, 0xAB, sizeof local.fingerprint);
    struct sdp_ours ours = {&local, sections, 2, true};
    size_t len = sdp_write(text, &ours);
    assert_true(len > 0 && len == strlen(text));
    /* We are the one who is called: our candidate is learned from our checks. */
    (void)snprintf(whole, sizeof whole, "%sa=candidate:1 1 udp 1 10.0.0.1 9 typ host" END, text);
    assert_true(sdp_parse(&s, whole));
    assert_int_equal(s.count, 2);
    assert_memory_equal(&s.section[0], &sections[0], sizeof sections[0]);
    assert_memory_equal(&s.section[1], &sections[1], sizeof sections[1]);
    assert_memory_equal(s.fingerprint, local.fingerprint, sizeof local.fingerprint);
}

static void a_description_that_does_not_fit_is_not_written(void **state)
{
    (void)state;
    static char text[SDP_BYTES_MAX];
    struct load_local local = {.ufrag = "abcd", .pwd = "0123456789012345678901"};
    struct sdp_section sections[40];
    memset(sections, 0, sizeof sections);
    struct sdp_ours ours = {&local, sections, 40, true};
    assert_int_equal(sdp_write(text, &ours), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACT(an_offer_tells_where_and_what),
        FACT(its_sections_name_codecs_and_sources),
        FACT(what_lacks_a_needed_line_is_refused),
        FACT(more_sections_or_longer_lines_than_fit_are_refused),
        FACT(what_we_write_reads_back),
        FACT(a_description_that_does_not_fit_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
