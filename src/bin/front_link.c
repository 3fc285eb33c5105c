/* Channels to media processes, store and supervisor; questions to the store; stray packets.
 * knows: which message comes from where. knows not: what a meeting does with it.
 * owns: the channels' descriptors and their queues, the table of open questions. */
#include <stdlib.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/front.h"
#include "bin/front_account.h"
#include "bin/front_list.h"
#include "bin/front_pass.h"
#include "bin/front_provider.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/logger.h"
#include "proto/stun.h"

static void link_ready(uv_poll_t *h, int status, int events);

/* ---- sending ---- */

static void item_free(struct link_item *i)
{
    if (i->fd >= 0)
        close(i->fd);
    free(i);
}

static void link_interest(struct link *l)
{
    if (l->poll)
        uv_poll_start(l->poll, UV_READABLE | (l->first ? UV_WRITABLE : 0), link_ready);
}

static bool link_queue(struct link *l, const struct ipc_message *m, int pass_fd)
{
    uint32_t size = ipc_size(m->type);
    size_t most = l->party == IPC_NODES ? FRONT_NODES_BYTES : FRONT_LINK_BYTES;
    struct link_item *i =
        l->waiting + size > most ? NULL : malloc(offsetof(struct link_item, message) + size);
    if (!i) {
        l->front->counts.media_lost++;
        return false;
    }
    i->next = NULL;
    i->fd = pass_fd;
    memcpy(&i->message, m, size);
    if (l->first)
        l->last->next = i;
    else
        l->first = i;
    l->last = i;
    l->waiting += size;
    link_interest(l);
    return true;
}

bool link_send(struct link *l, const struct ipc_message *m, int pass_fd)
{
    if (l->fd < 0)
        return false;
    enum err e = l->first ? ERR_AGAIN : channel_send(l->fd, m, pass_fd);
    if (e == ERR_AGAIN)
        return link_queue(l, m, pass_fd);
    if (e == ERR_OK && pass_fd >= 0)
        close(pass_fd);
    return e == ERR_OK;
}

static void link_flush(struct link *l)
{
    while (l->first) {
        struct link_item *i = l->first;
        if (channel_send(l->fd, &i->message, i->fd) == ERR_AGAIN)
            return;
        l->first = i->next;
        l->waiting -= ipc_size(i->message.type);
        item_free(i);
    }
    link_interest(l);
}

/* ---- losing and gaining a process ---- */

static void poll_closed(uv_handle_t *h)
{
    free(h);
}

static void link_detach(struct link *l)
{
    while (l->first) {
        struct link_item *next = l->first->next;
        item_free(l->first);
        l->first = next;
    }
    l->waiting = 0;
    if (l->poll) {
        uv_poll_stop(l->poll);
        uv_close((uv_handle_t *)l->poll, poll_closed);
        l->poll = NULL;
    }
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

static void media_input(struct front *f, enum meet_command_type type, uint32_t index)
{
    struct meet_command c = {.type = type};
    c.as.media.index = index;
    front_input(f, &c);
}

static void link_lost(struct link *l)
{
    struct front *f = l->front;
    link_detach(l);
    if (l->party == IPC_MEDIA) {
        front_log("media_lost", "index", (char[]){(char)('0' + l->index % 10), '\0'});
        f->media_up[l->index] = false;
        media_input(f, MEET_MEDIA_DOWN, l->index);
    } else if (l->party == IPC_FETCH) {
        provider_lost(f->desk);
    } else if (l->party == IPC_STORE) {
        front_log("store_lost", "since", "now");
        ask_tick(f, INSTANT_NEVER);
        desk_store_lost(f->desk);
    } else if (l->party == IPC_HOOKS) {
        front_log("hooks_lost", "since", "now");
    } else if (l->party == IPC_NODES) {
        front_log("nodes_lost", "since", "now");
        pass_lost(f);
    } else {
        uv_stop(&f->loop);
    }
}

static struct link *link_of(struct front *f, enum ipc_party party, uint32_t index)
{
    if (party == IPC_MEDIA)
        return index < LIMIT_MEDIA_PROCESSES ? &f->media[index] : NULL;
    if (party == IPC_FETCH)
        return &f->fetch;
    if (party == IPC_HOOKS)
        return &f->hooks;
    if (party == IPC_NODES)
        return &f->nodes;
    return party == IPC_STORE ? &f->store : party == IPC_SUPERVISOR ? &f->supervisor : NULL;
}

void link_attach(struct front *f, enum ipc_party party, uint32_t index, int fd)
{
    struct link *l = link_of(f, party, index);
    uv_poll_t *poll = l ? malloc(sizeof *poll) : NULL;
    if (!poll) {
        close(fd);
        return;
    }
    if (l->fd >= 0)
        link_lost(l);
    l->front = f;
    l->party = party;
    l->index = index;
    l->fd = fd;
    l->poll = poll;
    if (uv_poll_init(&f->loop, poll, fd) != 0) {
        free(poll);
        l->poll = NULL;
        link_detach(l);
        return;
    }
    poll->data = l;
    link_interest(l);
    if (party == IPC_STORE)
        list_keep(f);
    if (party == IPC_MEDIA) {
        struct ipc_message m = {.type = IPC_RESET};
        (void)link_send(l, &m, -1);
    }
}

/* ---- receiving ---- */

static void on_stray(struct front *f, struct ipc_message *m)
{
    uint32_t target = m->as.STRAY.target;
    m->type = IPC_STRAY_BACK;
    f->counts.stray++;
    if (!link_send(&f->media[target], m, -1))
        f->counts.stray_lost++;
}

static void on_levels(struct front *f, uint32_t index, const struct ipc_levels *in)
{
    struct meet_level level[IPC_LEVELS_MAX];
    struct meet_command c = {.type = MEET_MEDIA_LEVELS, .from_media = index};
    for (uint32_t i = 0; i < in->count; i++)
        level[i] = (struct meet_level){in->level[i].track, in->level[i].level};
    c.as.levels.room = in->room;
    c.as.levels.count = in->count;
    c.as.levels.level = level;
    front_input(f, &c);
}

static void on_refused(struct front *f, uint32_t index, const struct ipc_refused *r)
{
    struct meet_command c = {.type = MEET_MEDIA_REFUSED, .from_media = index};
    struct logline l;
    logline_start(&l, "front", "media_refused");
    logline_str(&l, "message", ipc_name(r->type));
    logline_str(&l, "reason", err_name((enum err)r->reason));
    log_line(&l);
    c.as.refused.id = r->id;
    if (r->type == IPC_TRANSPORT_OPEN)
        c.as.refused.thing = MEET_A_TRANSPORT;
    else if (r->type == IPC_TRACK_OPEN)
        c.as.refused.thing = MEET_A_TRACK;
    else if (r->type == IPC_SUBSCRIPTION_OPEN)
        c.as.refused.thing = MEET_A_SUBSCRIPTION;
    else
        return;
    front_input(f, &c);
}

static void on_hello(struct front *f, const struct link *l, const struct ipc_media_hello *h)
{
    memcpy(f->fingerprint[l->index], h->fingerprint, sizeof h->fingerprint);
    f->media_up[l->index] = true;
    f->counts.media_restarts++;
    media_input(f, MEET_MEDIA_UP, l->index);
    front_listen(f, "media_up");
}

static void media_says(struct front *f, struct link *l, struct ipc_message *m)
{
    struct meet_command c = {.type = MEET_TICK, .from_media = l->index};
    f->counts.media_messages++;
    switch (m->type) {
    case IPC_MEDIA_HELLO:
        on_hello(f, l, &m->as.MEDIA_HELLO);
        return;
    case IPC_MEDIA_BUSY:
        c.type = MEET_MEDIA_BUSY;
        c.as.media.busy = m->as.MEDIA_BUSY.percent;
        front_input(f, &c);
        return;
    case IPC_TRANSPORT_STATE:
        c.type = MEET_MEDIA_STATE;
        c.as.state.transport = m->as.TRANSPORT_STATE.transport;
        c.as.state.state = (enum meet_state)m->as.TRANSPORT_STATE.state;
        front_input(f, &c);
        return;
    case IPC_SUBSCRIPTION_LAYER:
        c.type = MEET_MEDIA_LAYER;
        c.as.layer.subscription = m->as.SUBSCRIPTION_LAYER.subscription;
        c.as.layer.layer = m->as.SUBSCRIPTION_LAYER.layer;
        front_input(f, &c);
        return;
    case IPC_VOICE:
        c.type = MEET_MEDIA_VOICE;
        c.as.voice.room = m->as.VOICE.room;
        c.as.voice.track = m->as.VOICE.track;
        c.as.voice.slot = m->as.VOICE.slot;
        front_input(f, &c);
        return;
    case IPC_TRACK_WANTED:
        c.type = MEET_MEDIA_WANTED;
        c.as.wanted.track = m->as.TRACK_WANTED.track;
        c.as.wanted.layers = m->as.TRACK_WANTED.layers;
        front_input(f, &c);
        return;
    case IPC_LEVELS:
        on_levels(f, l->index, &m->as.LEVELS);
        return;
    case IPC_STRAY:
        on_stray(f, m);
        return;
    case IPC_STATS:
        api_stats(f, &m->as.STATS);
        return;
    case IPC_REFUSED:
        on_refused(f, l->index, &m->as.REFUSED);
        return;
    default: /* channel_recv lets nothing else through */
        return;
    }
}

static void store_says(struct front *f, const struct ipc_message *m)
{
    if (m->type == IPC_ACCOUNT_ROW) {
        desk_store_says(f->desk, &m->as.ACCOUNT_ROW);
        return;
    }
    bool usage = m->type == IPC_USAGE_ROWS;
    const struct ipc_meeting_row *row = &m->as.MEETING_ROW;
    uint32_t request = usage ? m->as.USAGE_ROWS.request : row->meeting.request;
    struct ask *a = &f->asks[request % FRONT_ASKS];
    if ((m->type != IPC_MEETING_ROW && !usage) || a->kind == ASK_NONE || a->request != request ||
        usage != (a->kind == ASK_USAGE))
        return;
    struct ask was = *a;
    a->kind = ASK_NONE;
    if (usage)
        usage_rows(f, &was, &m->as.USAGE_ROWS);
    else if (was.kind == ASK_HELLO)
        session_row(f, was.number, row);
    else if (was.kind == ASK_BLOCK)
        rules_block_row(f, &was, row);
    else if (was.kind == ASK_CHANGE)
        change_row(f, &was, row);
    else
        api_row(f, &was, row);
}

static void supervisor_says(struct front *f, const struct ipc_message *m, int fd)
{
    if (m->type == IPC_CHANNEL && fd >= 0)
        link_attach(f, (enum ipc_party)m->as.CHANNEL.party, m->as.CHANNEL.index, fd);
    else if (fd >= 0)
        close(fd);
}

static void link_receive(struct link *l)
{
    struct front *f = l->front;
    for (int i = 0; i < 256 && l->fd >= 0; i++) {
        struct ipc_message m;
        int fd = -1;
        int was = l->fd;
        enum err e = channel_recv(l->fd, &m, &fd, l->party, IPC_FRONT);
        if (e == ERR_AGAIN)
            return;
        if (e == ERR_CLOSED || e == ERR_IO) {
            link_lost(l);
            return;
        }
        if (e != ERR_OK) {
            front_log("bad_ipc", "error", err_name(e));
            continue;
        }
        if (l->party == IPC_SUPERVISOR) {
            supervisor_says(f, &m, fd);
            continue;
        }
        if (fd >= 0)
            close(fd);
        if (l->party == IPC_MEDIA)
            media_says(f, l, &m);
        else if (l->party == IPC_FETCH)
            provider_says(f->desk, &m.as.FETCH_PART);
        else if (l->party == IPC_HOOKS)
            hooks_counts(f, &m.as.HOOK_COUNTS);
        else if (l->party == IPC_NODES)
            pass_says(f, &m);
        else
            store_says(f, &m);
        if (l->fd != was)
            return;
    }
}

static void link_ready(uv_poll_t *h, int status, int events)
{
    struct link *l = h->data;
    if (l->poll != h)
        return;
    if ((events & UV_WRITABLE) && l->first)
        link_flush(l);
    if (l->poll == h && (status < 0 || (events & UV_READABLE)))
        link_receive(l);
}

/* ---- questions to the store ---- */

uint32_t ask_open(struct front *f, enum ask_kind kind, uint64_t number)
{
    for (int tries = 0; tries < FRONT_ASKS; tries++) {
        uint32_t request = ++f->next_request;
        struct ask *a = &f->asks[request % FRONT_ASKS];
        if (request == 0 || a->kind != ASK_NONE)
            continue;
        *a = (struct ask){.kind = kind, .request = request, .number = number, .since = clock_now()};
        return request;
    }
    return 0;
}

bool ask_meeting_get(struct front *f, uint32_t request, const char *id)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_MEETING_GET;
    m.as.MEETING_GET.request = request;
    memcpy(m.as.MEETING_GET.id, id, strnlen(id, LIMIT_MEETING_ID));
    return link_send(&f->store, &m, -1);
}

/* Answers what the store left unanswered for too long (INSTANT_NEVER: all of it) with "busy". */
void ask_tick(struct front *f, instant_us now)
{
    for (size_t i = 0; i < FRONT_ASKS; i++) {
        struct ask *a = &f->asks[i];
        duration_us patience = a->kind == ASK_CHANGE ? FRONT_CHANGE_US : FRONT_ASK_US;
        if (a->kind == ASK_NONE || (now != INSTANT_NEVER && now - a->since < patience))
            continue;
        struct ask was = *a;
        a->kind = ASK_NONE;
        if (was.kind == ASK_HELLO)
            session_row(f, was.number, NULL);
        else if (was.kind == ASK_BLOCK)
            rules_block_row(f, &was, NULL);
        else if (was.kind == ASK_CHANGE)
            change_row(f, &was, NULL);
        else if (was.kind == ASK_USAGE)
            usage_rows(f, &was, NULL);
        else
            api_row(f, &was, NULL);
    }
}

/* ---- media over TCP ---- */

/* The process that a ufrag names; LIMIT_MEDIA_PROCESSES when it names none. */
static uint32_t media_of_ufrag(struct span ufrag)
{
    uint8_t index;
    size_t len;
    if (ufrag.len < 2 || text_unhex(&index, 1, &len, span_of(ufrag.ptr, 2)) != ERR_OK)
        return LIMIT_MEDIA_PROCESSES;
    return index < LIMIT_MEDIA_PROCESSES ? index : LIMIT_MEDIA_PROCESSES;
}

void front_stun(void *front, int fd, struct span datagram)
{
    struct front *f = front;
    struct span ufrag;
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_TCP_SOCKET;
    address_of_socket(fd, &m.as.TCP_SOCKET.local, &m.as.TCP_SOCKET.remote);
    uint32_t index =
        stun_peek_ufrag(datagram, &ufrag) ? media_of_ufrag(ufrag) : LIMIT_MEDIA_PROCESSES;
    if (index == LIMIT_MEDIA_PROCESSES || !link_send(&f->media[index], &m, fd))
        close(fd);
}
