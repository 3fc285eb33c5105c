/* Any bytes as a client's message; what was taken is written as the message it is, and read again
 * the same. */
#include <string.h>

#include "base/bug.h"
#include "io/json_signal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t first[1 << 18], second[1 << 18];

static struct span written(uint8_t *buf, size_t cap, const struct signal_message *m)
{
    struct writer w = writer_of(buf, cap);
    BUG_IF(signal_write(&w, m) != ERR_OK);
    return writer_span(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct signal_request r, again;
    struct signal_fault fault;
    if (size > LIMIT_SIGNAL_BYTES || !json_signal_parse(&r, span_of(data, size), &fault))
        return 0;
    struct span a = written(first, sizeof first, &r.message);
    BUG_IF(!json_signal_parse(&again, a, &fault));
    BUG_IF(!span_equal(a, written(second, sizeof second, &again.message)));
    if (r.message.type == SIGNAL_PUBLISH)
        (void)signal_publish_fault(&r.message.as.publish);
    return 0;
}
