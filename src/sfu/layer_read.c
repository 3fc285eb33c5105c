/* Tags of packets; see layer_read.h. owns: nothing. */
#include "sfu/layer_read.h"

#include <string.h>

#include "proto/h264.h"
#include "proto/vp9.h"

/* AV1 RTP payload specification section 4.4: N, a new coded video sequence begins here. */
enum { AV1_NEW_SEQUENCE = 0x08 };

static bool read_vp8(struct packet *p, struct span payload)
{
    if (vp8_parse(&p->vp8, payload) != ERR_OK)
        return false;
    p->has_vp8 = true;
    p->tag.key = p->vp8.keyframe;
    p->tag.start = p->vp8.start && p->vp8.partition == 0;
    p->tag.end = p->marker;
    p->tag.temporal = p->vp8.tid;
    p->tag.sync = p->vp8.sync;
    return true;
}

static bool read_vp9(struct packet *p, struct span payload)
{
    struct vp9 v;
    if (vp9_parse(&v, payload) != ERR_OK)
        return false;
    p->tag = (struct layer_tag){.spatial = v.sid,
                                .temporal = v.tid,
                                .key = v.keyframe,
                                .start = v.begin,
                                .end = v.end,
                                .alone = !v.inter,
                                .up = v.switch_up};
    return true;
}

static bool read_dependency(struct packet *p, struct encoding *e, struct span value)
{
    struct depdesc d;
    if (depdesc_parse(&d, &e->described.structure, value) != ERR_OK)
        return false;
    if (d.has_active)
        e->described.active = d.active;
    p->tag = (struct layer_tag){.spatial = d.spatial,
                                .temporal = d.temporal,
                                .key = d.structured && d.start,
                                .start = d.start,
                                .end = d.end,
                                .described = true,
                                .indications = d.indications};
    p->described = (uint8_t)value.len;
    memcpy(p->dependency, value.ptr, value.len);
    return true;
}

/* Parameters and the picture that they are for share a timestamp: the first of them is the start.
 */
static void read_h264(struct packet *p, struct encoding *e, struct span payload)
{
    struct h264 h = h264_look(payload);
    bool begun = e->key_seen && e->key_ts == p->ts;
    p->tag.key = (h.parameters || h.key) && !begun;
    if (p->tag.key) {
        e->key_seen = true;
        e->key_ts = p->ts;
    }
}

bool layer_read(struct packet *p, struct track *k, struct span payload, struct span dependency)
{
    struct encoding *e = &k->encoding[p->encoding];
    p->tag = (struct layer_tag){0};
    p->has_vp8 = false;
    p->described = 0;
    if (p->len == 0)
        return true;
    switch ((enum ipc_codec)k->codec) {
    case IPC_VP8:
        return read_vp8(p, payload);
    case IPC_VP9:
        return read_vp9(p, payload);
    case IPC_AV1:
        if (dependency.ptr)
            return read_dependency(p, e, dependency);
        p->tag.key = payload.ptr[0] & AV1_NEW_SEQUENCE;
        return true;
    case IPC_H264:
        if (dependency.ptr)
            return read_dependency(p, e, dependency);
        read_h264(p, e, payload);
        return true;
    case IPC_OPUS:
    case IPC_CODEC_COUNT_:
        break;
    }
    return false;
}
