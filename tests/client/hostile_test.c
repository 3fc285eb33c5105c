/* A server that holds the right keys and sends rubbish under them: nothing is read past its end
 * (sanitizers watch), what is given out stays within what was sent, and the client goes on. */
#include "client/line.h"
#include "proto/rtp.h"
#include "proto/rtpext.h"
#include "proto/seal.h"

enum { ROUNDS = 30000, VIDEO_SSRC = 400, AUDIO_SSRC = 410 };

static struct line line;
static struct seal server;
static struct seal_stream streams[4];
static uint64_t state_;

static uint32_t draw(uint32_t below)
{
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state_ >> 33) % below;
}

/* Bytes that look like something: small numbers, descriptors, lengths. */
static void scribble(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(draw(3) == 0 ? draw(256) : draw(2) ? draw(16) << 4 : draw(8));
}

static void give(int at, uint8_t *bytes, size_t len)
{
    struct line_out *o = calloc(1, sizeof *o);
    assert_non_null(o);
    struct client_datagram d = {.bytes = bytes, .len = (uint32_t)len, .at = line.now};
    struct client_packet p;
    const struct client_batch b = {.in = &d, .count = 1, .packets = &p};
    if (client_receive(line.end[at].client, &b, line.now, line_out(o)) == 1) {
        assert_true(p.payload.ptr >= bytes && p.payload.len <= len &&
                    (size_t)(p.payload.ptr - bytes) <= len - p.payload.len);
        assert_in_range(p.stream, 0, 1);
    }
    assert_int_equal(o->out.dropped, 0);
    struct client_frame f;
    while (client_next_frame(line.end[at].client, &f))
        assert_true(f.bytes.len <= 65536);
    free(o);
}

static void send_rtp(int at, uint16_t *seq)
{
    static const uint32_t ssrcs[] = {VIDEO_SSRC, VIDEO_SSRC + 1, AUDIO_SSRC, 77};
    uint32_t which = draw(4);
    uint8_t ext[64], payload[1200], *sealed = malloc(1500);
    assert_non_null(sealed);
    struct rtpext_set set = {.count = 0};
    scribble(ext, sizeof ext);
    for (uint32_t i = draw(5); i > 0; i--)
        (void)rtpext_put(&set, (uint8_t)(1 + draw(14)), span_of(ext, 1 + draw(16)));
    uint8_t header[200];
    struct writer w = writer_of(header, sizeof header);
    seq[which] = (uint16_t)(seq[which] + 1 + (draw(50) == 0 ? draw(3000) : draw(2)));
    struct rtp_header h = {.marker = draw(2),
                           .padded = draw(8) == 0,
                           .pt = (uint8_t)draw(128),
                           .seq = seq[which],
                           .ts = draw(4) ? (uint32_t)(line.now / 33000 * 3000) : draw(1u << 31),
                           .ssrc = ssrcs[which],
                           .ext = &set};
    assert_true(rtp_write_header(&w, &h));
    size_t len = draw(10) == 0 ? draw(4) : draw(sizeof payload);
    scribble(payload, len);
    struct seal_packet packet = {.header = writer_span(&w), .payload = span_of(payload, len)};
    struct seal_out out = {.buf = sealed, .cap = 1500};
    if (seal_rtp(&server, &streams[which], &packet, &out) == ERR_OK) {
        uint8_t *exact = malloc(out.len); /* so that a read past the end is seen */
        assert_non_null(exact);
        memcpy(exact, sealed, out.len);
        give(at, exact, out.len);
        free(exact);
    }
    free(sealed);
}

static void send_rtcp(int at)
{
    static const uint8_t types[] = {200, 201, 202, 203, 205, 205, 206, 206, 192};
    uint8_t clear[600], *sealed = malloc(700);
    size_t words = 2 + draw(120), len = words * 4;
    assert_non_null(sealed);
    scribble(clear, len);
    clear[0] = (uint8_t)(0x80 | draw(32));
    clear[1] = types[draw(sizeof types)];
    clear[2] = 0;
    clear[3] = (uint8_t)(draw(4) ? words - 1 : draw(256));
    clear[4] = clear[5] = clear[6] = 0;
    clear[7] = 99; /* a sender that the core is not */
    struct seal_out out = {.buf = sealed, .cap = 700};
    assert_int_equal(seal_rtcp(&server, span_of(clear, len), &out), ERR_OK);
    uint8_t *exact = malloc(out.len);
    assert_non_null(exact);
    memcpy(exact, sealed, out.len);
    give(at, exact, out.len);
    free(exact);
    free(sealed);
}

static void rubbish_under_the_right_keys_does_no_harm(void **state)
{
    const struct client_config as = {
        .tracks = 1, .history = 64, .streams = 2, .repair = true, .frame_bytes = 65536};
    struct srtp_keys keys;
    uint16_t seq[4] = {1000, 2000, 3000, 4000};
    (void)state;
    state_ = 4711;
    line_open(&line, NULL);
    int at = line_join(&line, 1, &as);
    (void)line_publish(&line, at, 5, IPC_VIDEO, 1);
    assert_int_equal(dtls_keys(line.end[at].server, &keys), ERR_OK);
    assert_int_equal(seal_open(&server, &keys), ERR_OK);
    struct client_stream video = {
        .kind = IPC_VIDEO, .ssrc = VIDEO_SSRC, .rtx_ssrc = VIDEO_SSRC + 1};
    struct client_stream audio = {.kind = IPC_AUDIO, .ssrc = AUDIO_SSRC};
    video.ext[IPC_EXT_TWCC] = LINE_TWCC;
    video.ext[IPC_EXT_ORIENTATION] = LINE_RID;
    audio.ext[IPC_EXT_AUDIO_LEVEL] = LINE_LEVEL;
    assert_int_equal(client_listen(line.end[at].client, &video), 0);
    assert_int_equal(client_listen(line.end[at].client, &audio), 1);
    for (int i = 0; i < ROUNDS; i++) {
        line.now += draw(2000);
        if (draw(3))
            send_rtp(at, seq);
        else
            send_rtcp(at);
    }
    struct client_stats s = client_stats(line.end[at].client);
    assert_true(s.received > ROUNDS / 4);
    assert_true(s.refused > 100 && s.unknown > 100);
    assert_int_equal(line.end[at].failed, 0);
    seal_close(&server);
    line_close(&line);
}

int main(void)
{
    assert(crypt_init() == ERR_OK);
    const struct CMUnitTest tests[] = {
        FACT(rubbish_under_the_right_keys_does_no_harm),
    };
    return cmocka_run_group_tests_name("client/hostile", tests, NULL, NULL);
}
