/* Any bytes as an RTP packet, sealed and opened; what was read is written again and read the same.
 */
#include "base/bug.h"
#include "proto/demux.h"
#include "proto/rtp.h"
#include "proto/rtpext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct rtp_packet *p, const struct rtpext_set *set)
{
    uint8_t buf[RTP_HEADER_MAX + 64];
    struct writer w = writer_of(buf, sizeof(buf));
    struct rtp_header h = {p->marker, p->padded, p->pt, p->seq, p->ts, p->ssrc, set};
    struct rtp_packet back;
    struct rtpext_set again;
    if (!rtp_write_header(&w, &h))
        return;
    BUG_IF(rtp_parse(&back, writer_span(&w), RTP_SEALED) != ERR_OK);
    BUG_IF(back.seq != p->seq || back.ts != p->ts || back.ssrc != p->ssrc || back.pt != p->pt);
    BUG_IF(back.header_len != writer_len(&w));
    BUG_IF(rtpext_parse(&again, &back) != ERR_OK || again.count != set->count);
    for (int i = 0; i < set->count; i++)
        BUG_IF(!span_equal(set->item[i].value, again.item[i].value));
}

static void check(struct span in, enum rtp_form form)
{
    struct rtp_packet p;
    struct rtpext_set set;
    uint8_t level = 0;
    uint16_t seq = 0;
    bool voice = false;
    if (rtp_parse(&p, in, form) != ERR_OK)
        return;
    BUG_IF(p.header_len + p.payload.len + p.padding_len != in.len);
    if (rtpext_parse(&set, &p) != ERR_OK)
        return;
    for (unsigned id = 0; id < 256; id++) {
        struct span value = rtpext_get(&set, (uint8_t)id);
        (void)rtpext_audio_level(value, &level, &voice);
        (void)rtpext_twcc(value, &seq);
    }
    write_again(&p, &set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span in = span_of(data, size);
    (void)demux_classify(in);
    check(in, RTP_SEALED);
    check(in, RTP_OPENED);
    return 0;
}
