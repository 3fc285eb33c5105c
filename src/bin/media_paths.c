/* Reading and writing the sockets of paths; see media_paths.h. owns: their descriptors. */
#include "bin/media_paths.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bin/media.h"

static bool same_host(const struct ipc_addr *a, const struct ipc_addr *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

enum err media_paths_open(struct media_paths *p, struct media *media, uint32_t count)
{
    *p = (struct media_paths){.media = media, .count = count};
    p->place = calloc(count, sizeof *p->place);
    p->carriers = calloc(MEDIA_CARRIERS, sizeof *p->carriers);
    p->batch = malloc(sizeof *p->batch);
    if (!p->place || !p->carriers || !p->batch)
        return ERR_NOMEM;
    udp_batch_init(p->batch);
    for (uint32_t i = 0; i < count; i++)
        p->place[i].watch.fd = -1;
    for (uint32_t i = 0; i < MEDIA_CARRIERS; i++)
        p->free_carrier[p->free_carriers++] = (uint16_t)i;
    return ERR_OK;
}

static void close_place(struct media_paths *p, struct media_path *l)
{
    if (l->watch.fd < 0)
        return;
    loop_remove(&p->media->loop, &l->watch);
    if (l->carrier) {
        tcp_close(l->carrier);
        p->free_carrier[p->free_carriers++] = (uint16_t)(l->carrier - p->carriers);
        l->carrier = NULL;
    } else {
        close(l->watch.fd);
    }
    l->watch.fd = -1;
}

void media_paths_close(struct media_paths *p)
{
    for (uint32_t i = 0; p->place && i < p->count; i++)
        close_place(p, &p->place[i]);
    free(p->place);
    free(p->carriers);
    free(p->batch);
    *p = (struct media_paths){0};
}

/* The core takes a batch in pieces when its round is full. */
static void give_core(struct media *m, struct sfu_datagram *d, uint32_t count)
{
    for (uint32_t done = 0; done < count;) {
        done += sfu_receive(m->sfu, d + done, count - done, m->now);
        media_effects(m);
        if (done < count)
            media_flush(m);
    }
}

/* Reads one socket once: level-triggered readiness brings us back when there is more, so that no
 * peer keeps the others waiting. False when the socket is broken. */
static bool receive(struct media *m, int fd, const struct media_path *l)
{
    struct udp_batch *b = m->paths.batch;
    struct sfu_datagram d[UDP_BATCH];
    enum err e = udp_receive(fd, l ? &l->local : &m->listen, b);
    if (e == ERR_IO)
        return false;
    if (e != ERR_OK)
        return true;
    count_bucket(m->counters, COUNTER_BATCH_1, b->count);
    for (uint32_t i = 0; i < b->count; i++) {
        const struct udp_received *r = &b->item[i];
        /* Between bind and connect a socket takes anyone's datagrams: those have no path. */
        bool own = l && same_host(&r->remote, &l->remote);
        d[i] = (struct sfu_datagram){.path = own ? l->path : HANDLE_NULL,
                                     .remote = r->remote,
                                     .local = r->local,
                                     .bytes = r->bytes,
                                     .len = r->len};
        d[i].local.port = m->listen.port;
    }
    give_core(m, d, b->count);
    return true;
}

void media_shared_ready(void *media, unsigned events)
{
    struct media *m = media;
    (void)events;
    (void)receive(m, m->shared.fd, NULL);
}

static void path_gone(struct media_path *l)
{
    struct media *m = l->media;
    (void)sfu_input(m->sfu, &(struct sfu_event){.type = SFU_PATH_GONE, .as.path_gone = l->path},
                    m->now);
    media_effects(m);
}

static void udp_ready(void *context, unsigned events)
{
    struct media_path *l = context;
    (void)events;
    if (!receive(l->media, l->watch.fd, l))
        path_gone(l);
}

static enum err tcp_drain(struct media_path *l)
{
    struct media *m = l->media;
    struct handle path = l->path;
    for (int i = 0; i < UDP_BATCH; i++) {
        struct span in;
        uint8_t bytes[LIMIT_DATAGRAM];
        TRY(tcp_receive(l->carrier, &in));
        memcpy(bytes, in.ptr, in.len); /* the core opens packets in place */
        struct sfu_datagram d = {.path = path,
                                 .remote = l->remote,
                                 .local = l->local,
                                 .bytes = bytes,
                                 .len = (uint32_t)in.len};
        give_core(m, &d, 1);
        if (l->watch.fd < 0 || !handle_equal(l->path, path)) /* closed by what it sent */
            return ERR_AGAIN;
    }
    return ERR_AGAIN;
}

static void tcp_block(struct media_path *l, bool blocked)
{
    if (l->blocked == blocked)
        return;
    l->blocked = blocked;
    (void)loop_change(&l->media->loop, &l->watch, LOOP_READ | (blocked ? LOOP_WRITE : 0));
}

static void tcp_ready(void *context, unsigned events)
{
    struct media_path *l = context;
    enum err e = ERR_AGAIN;
    if (events & LOOP_WRITE) {
        if (tcp_flush(l->carrier) != ERR_OK)
            e = ERR_CLOSED;
        else
            tcp_block(l, tcp_waiting(l->carrier));
    }
    if (e == ERR_AGAIN && (events & LOOP_READ))
        e = tcp_drain(l);
    if (e != ERR_AGAIN && l->watch.fd >= 0)
        path_gone(l);
}

static enum err open_udp(struct media_path *l)
{
    TRY(udp_connect(&l->local, &l->remote, &l->watch.fd));
    l->watch.ready = udp_ready;
    return ERR_OK;
}

static enum err open_tcp(struct media_paths *p, struct media_path *l, int fd)
{
    if (p->free_carriers == 0) {
        close(fd);
        return ERR_BUSY;
    }
    struct tcp_carrier *c = &p->carriers[p->free_carrier[--p->free_carriers]];
    if (tcp_open(c, fd) != ERR_OK) {
        p->free_carriers++;
        return ERR_IO;
    }
    l->carrier = c;
    l->watch.fd = fd;
    l->watch.ready = tcp_ready;
    return ERR_OK;
}

void media_path_open(struct media_paths *p, const struct sfu_effect *e)
{
    struct handle path = e->as.path_open.path;
    struct media_path *l = &p->place[path.index];
    close_place(p, l);
    *l = (struct media_path){.watch = {.fd = -1, .context = l},
                             .media = p->media,
                             .path = path,
                             .remote = e->as.path_open.remote,
                             .local = e->as.path_open.local};
    bool tcp = e->as.path_open.protocol == ICE_TCP;
    enum err result = tcp ? open_tcp(p, l, e->as.path_open.token) : open_udp(l);
    if (result == ERR_OK && loop_add(&p->media->loop, &l->watch, LOOP_READ) != ERR_OK) {
        close_place(p, l);
        result = ERR_IO;
    }
    if (result != ERR_OK && tcp)
        (void)sfu_input(p->media->sfu,
                        &(struct sfu_event){.type = SFU_PATH_GONE, .as.path_gone = path},
                        p->media->now);
    /* A UDP path without a socket still gets its STUN answers, over the shared one; it is asked for
     * again when consent has ended and the client tries anew. */
}

void media_path_close(struct media_paths *p, struct handle path)
{
    struct media_path *l = &p->place[path.index];
    if (handle_equal(l->path, path))
        close_place(p, l);
}

static size_t send_tcp(struct media_path *l, const struct sfu_run *run)
{
    size_t sent = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        if (tcp_send(l->carrier, run->datagrams[i]) == ERR_OK)
            sent++;
    }
    tcp_block(l, tcp_waiting(l->carrier));
    return sent;
}

static size_t send_udp(const struct media_path *l, const struct sfu_run *run)
{
    struct udp_sent sent = udp_send_run(l->watch.fd, run->datagrams, run->count);
    count_add(l->media->counters, COUNTER_SEND_CALLS, sent.calls);
    return sent.datagrams;
}

static size_t send_shared(struct media_paths *p, const struct sfu_run *run)
{
    size_t sent = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        if (udp_send_to(p->media->shared.fd, &run->remote, &run->local, run->datagrams[i]) ==
            ERR_OK)
            sent++;
    }
    return sent;
}

void media_path_send(struct media_paths *p, const struct sfu_run *run)
{
    struct counters *c = p->media->counters;
    struct media_path *l = run->path.generation ? &p->place[run->path.index] : NULL;
    size_t sent;
    if (!l || l->watch.fd < 0 || !handle_equal(l->path, run->path))
        sent = send_shared(p, run);
    else if (l->carrier)
        sent = send_tcp(l, run);
    else
        sent = send_udp(l, run);
    count_bucket(c, COUNTER_SEND_1, run->count);
    count_add(c, COUNTER_DATAGRAMS_OUT, sent);
    c->value[(size_t)COUNTER_DROP_NONE + SFU_DROP_SOCKET] += run->count - sent;
    for (uint32_t i = 0; i < run->count; i++)
        count_add(c, COUNTER_BYTES_OUT, run->datagrams[i].len);
}
