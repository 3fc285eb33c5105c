/* Which codecs the server forwards, and how it offers them; see front.h. knows: mediasoup's
 * vocabulary. owns: nothing. */
#include "bin/front.h"

uint8_t front_codec_bit(uint8_t codec)
{
    static_assert((int)SIGNAL_codec_COUNT_ <= (int)MEET_CODECS, "a bit for each");
    bool common = codec == SIGNAL_codec_opus || codec == SIGNAL_codec_vp8;
    return (uint8_t)(common ? 0U : 1U << codec);
}

#define VIDEO_FEEDBACK                                                                             \
    "{\"type\":\"nack\",\"parameter\":\"\"},"                                                      \
    "{\"type\":\"nack\",\"parameter\":\"pli\"},{\"type\":\"ccm\",\"parameter\":\"fir\"},"          \
    "{\"type\":\"transport-cc\",\"parameter\":\"\"}"

const char front_capabilities[] =
    "{\"codecs\":["
    "{\"kind\":\"audio\",\"mimeType\":\"audio/opus\",\"preferredPayloadType\":111,"
    "\"clockRate\":48000,\"channels\":2,\"parameters\":{\"useinbandfec\":1},"
    "\"rtcpFeedback\":[{\"type\":\"nack\",\"parameter\":\"\"},"
    "{\"type\":\"transport-cc\",\"parameter\":\"\"}]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/VP8\",\"preferredPayloadType\":96,"
    "\"clockRate\":90000,\"parameters\":{},"
    "\"rtcpFeedback\":[" VIDEO_FEEDBACK "]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/rtx\",\"preferredPayloadType\":97,"
    "\"clockRate\":90000,\"parameters\":{\"apt\":96},\"rtcpFeedback\":[]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/VP9\",\"preferredPayloadType\":98,"
    "\"clockRate\":90000,\"parameters\":{\"profile-id\":0},"
    "\"rtcpFeedback\":[" VIDEO_FEEDBACK "]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/rtx\",\"preferredPayloadType\":99,"
    "\"clockRate\":90000,\"parameters\":{\"apt\":98},\"rtcpFeedback\":[]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/AV1\",\"preferredPayloadType\":100,"
    "\"clockRate\":90000,\"parameters\":{},"
    "\"rtcpFeedback\":[" VIDEO_FEEDBACK "]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/rtx\",\"preferredPayloadType\":101,"
    "\"clockRate\":90000,\"parameters\":{\"apt\":100},\"rtcpFeedback\":[]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/H264\",\"preferredPayloadType\":102,"
    "\"clockRate\":90000,\"parameters\":{\"packetization-mode\":1,\"profile-level-id\":\"42e01f\","
    "\"level-asymmetry-allowed\":1},"
    "\"rtcpFeedback\":[" VIDEO_FEEDBACK "]},"
    "{\"kind\":\"video\",\"mimeType\":\"video/rtx\",\"preferredPayloadType\":103,"
    "\"clockRate\":90000,\"parameters\":{\"apt\":102},\"rtcpFeedback\":[]}"
    "],\"headerExtensions\":["
    "{\"kind\":\"audio\",\"preferredId\":1,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:mid\"},"
    "{\"kind\":\"audio\",\"preferredId\":4,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\"},"
    "{\"kind\":\"audio\",\"preferredId\":5,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\"},"
    "{\"kind\":\"audio\",\"preferredId\":10,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"urn:ietf:params:rtp-hdrext:ssrc-audio-level\"},"
    "{\"kind\":\"video\",\"preferredId\":1,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:mid\"},"
    "{\"kind\":\"video\",\"preferredId\":2,\"preferredEncrypt\":false,\"direction\":\"recvonly\","
    "\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\"},"
    "{\"kind\":\"video\",\"preferredId\":3,\"preferredEncrypt\":false,\"direction\":\"recvonly\","
    "\"uri\":\"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\"},"
    "{\"kind\":\"video\",\"preferredId\":4,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\"},"
    "{\"kind\":\"video\",\"preferredId\":5,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\"},"
    "{\"kind\":\"video\",\"preferredId\":11,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"urn:3gpp:video-orientation\"},"
    "{\"kind\":\"video\",\"preferredId\":12,\"preferredEncrypt\":false,\"direction\":\"sendrecv\","
    "\"uri\":\"https://aomediacodec.github.io/av1-rtp-spec/"
    "#dependency-descriptor-rtp-header-extension\"}"
    "]}";
