/* Any bytes as an RTCP compound, read to the last report, loss and delta. */
#include "base/bug.h"
#include "proto/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint32_t sink;

static void read_item(const struct rtcp_item *item)
{
    uint8_t command = 0;
    for (uint8_t i = 0; i < item->reports; i++)
        sink += rtcp_report_at(item, i).ssrc;
    for (uint16_t i = 0; i < item->nacks; i++)
        sink += rtcp_nack_at(item, i).mask;
    for (uint8_t i = 0; i < item->firs; i++)
        sink += rtcp_fir_at(item, i, &command);
    if (item->kind != RTCP_TWCC)
        return;
    struct rtcp_twcc_walk walk;
    struct rtcp_twcc_status status;
    uint32_t n = 0;
    rtcp_twcc_walk_init(&walk, &item->twcc);
    while (rtcp_twcc_next(&walk, &status))
        n++;
    BUG_IF(n != item->twcc.count); /* what passed the check is all there */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rtcp_walk walk;
    struct rtcp_item item;
    int n = 0;
    rtcp_walk_init(&walk, span_of(data, size));
    while (rtcp_next(&walk, &item)) {
        read_item(&item);
        n++;
    }
    BUG_IF(n > LIMIT_RTCP_COMPOUND);
    return 0;
}
