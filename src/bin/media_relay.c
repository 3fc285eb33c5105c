/* Channels between media processes; see media_relay.h. */
#include "bin/media_relay.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/logline.h"
#include "bin/media.h"
#include "io/channel.h"
#include "io/logger.h"

enum { MESSAGES_A_TURN = 4 };

enum err media_relay_open(struct media_relay *r, struct media *m, uint32_t count)
{
    *r = (struct media_relay){.media = m, .count = count};
    r->link = calloc((size_t)count * IPC_LANE_COUNT_, sizeof *r->link);
    r->buffer = malloc(RELAY_MESSAGE_MAX);
    if (!r->link || !r->buffer)
        return ERR_NOMEM;
    for (uint32_t i = 0; i < count * IPC_LANE_COUNT_; i++) {
        r->link[i].watch.fd = -1;
        r->link[i].relay = r;
        r->link[i].process = i / IPC_LANE_COUNT_;
    }
    return ERR_OK;
}

static void link_close(struct relay_link *l)
{
    if (l->watch.fd < 0)
        return;
    loop_remove(&l->relay->media->loop, &l->watch);
    close(l->watch.fd);
    l->watch.fd = -1;
}

void media_relay_close(struct media_relay *r)
{
    for (uint32_t i = 0; r->link && i < r->count * IPC_LANE_COUNT_; i++)
        link_close(&r->link[i]);
    free(r->link);
    free(r->buffer);
    *r = (struct media_relay){0};
}

static void log_fault(uint32_t process, enum relay_fault fault)
{
    struct logline l;
    logline_start(&l, "media", "bad_relay");
    logline_int(&l, "from", process);
    logline_str(&l, "why", relay_fault_name(fault));
    log_line(&l);
}

/* Nothing more from that process, and nothing more to it: what it asked for ends. Only when it is
 * replaced is there a new channel. */
static void process_close(struct media *m, uint32_t process)
{
    for (uint32_t lane = 0; lane < IPC_LANE_COUNT_; lane++)
        link_close(&m->relay.link[process * IPC_LANE_COUNT_ + lane]);
    (void)sfu_input(m->sfu, &(struct sfu_event){.type = SFU_RELAY_NEW, .as.relay.process = process},
                    m->now);
    media_effects(m);
}

/* The core takes a message in pieces when its round is full. A process that breaks the format is
 * not listened to any more: one log line. */
static void take(struct relay_link *l, size_t len)
{
    struct media *m = l->relay->media;
    struct sfu_relay_in in;
    sfu_relay_begin(&in, l->process, span_of(l->relay->buffer, len));
    while (!sfu_relay_take(m->sfu, &in, m->now)) {
        media_effects(m);
        media_flush(m);
    }
    media_effects(m);
    if (in.walk.fault == RELAY_OK)
        return;
    log_fault(l->process, in.walk.fault);
    process_close(m, l->process);
}

static void link_ready(void *context, unsigned events)
{
    struct relay_link *l = context;
    (void)events;
    for (int i = 0; i < MESSAGES_A_TURN && l->watch.fd >= 0; i++) {
        size_t len;
        enum err e = channel_recv_bytes(l->watch.fd, l->relay->buffer, RELAY_MESSAGE_MAX, &len);
        if (e == ERR_AGAIN)
            return;
        if (e == ERR_OK)
            take(l, len);
        else
            process_close(l->relay->media, l->process);
    }
}

void media_relay_attach(struct media_relay *r, const struct ipc_channel *c, int fd)
{
    struct media *m = r->media;
    if (c->index >= r->count || c->index == m->index) {
        close(fd);
        return;
    }
    struct relay_link *l = &r->link[c->index * IPC_LANE_COUNT_ + c->lane];
    link_close(l);
    l->watch = (struct loop_watch){.fd = fd, .ready = link_ready, .context = l};
    if (loop_add(&m->loop, &l->watch, LOOP_READ) != ERR_OK) {
        close(fd);
        l->watch.fd = -1;
        return;
    }
    if (c->lane != IPC_LANE_URGENT)
        return;
    (void)sfu_input(
        m->sfu, &(struct sfu_event){.type = SFU_RELAY_NEW, .as.relay.process = c->index}, m->now);
    media_effects(m);
}

void media_relay_flush(struct media_relay *r)
{
    struct media *m = r->media;
    struct sfu_relay out;
    while (sfu_relay(m->sfu, &out)) {
        const struct relay_link *l = &r->link[out.to * IPC_LANE_COUNT_ + out.lane];
        if (l->watch.fd >= 0 && channel_send_bytes(l->watch.fd, out.bytes) == ERR_OK)
            continue;
        struct sfu_event lost = {.type = SFU_RELAY_LOST, .as.relay = {out.to, out.bytes}};
        (void)sfu_input(m->sfu, &lost, m->now);
    }
}
