/* Any bytes as a message of the relay. What it gives lies inside, is in range, and written again
 * makes the same bytes. */
#include "base/bug.h"
#include "proto/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_packet(const struct relay_packet *p)
{
    BUG_IF(p->encoding >= LIMIT_TRACK_ENCODINGS || p->level > 127 || p->place > LIMIT_VOICE_SLOTS);
    BUG_IF(p->seq < 0 || p->seq >= RELAY_SEQ_MAX);
    BUG_IF(p->payload.len > LIMIT_RTP_PACKET || p->dependency.len > DEPDESC_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct relay_walk walk;
    struct relay_record r;
    struct span message = span_of(data, size);
    relay_walk_init(&walk, message);
    while (relay_next(&walk, &r)) {
        uint8_t again[RELAY_HEAD + RELAY_BODY_MAX];
        struct writer w = writer_of(again, sizeof again);
        size_t end = relay_walk_at(&walk, message), len = relay_size(&r);
        if (r.type == RELAY_PACKET)
            check_packet(&r.as.packet);
        relay_write(&w, &r);
        BUG_IF(!writer_ok(&w) || writer_len(&w) != len || end > size || len > end);
        /* A type's unused fields may hold anything; a packet uses all. */
        BUG_IF(r.type == RELAY_PACKET && memcmp(again, data + end - len, len) != 0);
    }
    BUG_IF(walk.fault == RELAY_OK && relay_walk_at(&walk, message) != size);
    return 0;
}
