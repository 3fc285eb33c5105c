/* The store role: answers front's questions from the database, keeps writes while it is away, and
 * forgets what is due.
 * knows: messages, rows, the clocks. knows not: who asks, or why. owns: the database, the writes
 * that wait. Runs until its supervisor channel closes. */
#include <assert.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/logline.h"
#include "bin/role_store.h"
#include "bin/roles.h"
#include "io/channel.h"
#include "io/clock.h"
#include "io/disk.h"
#include "io/logger.h"
#include "io/sandbox.h"
#include "meet/safe.h"
#include "store/queue.h"
#include "store/store.h"

enum {
    WAITED_FOR_MS = 4000, /* front gives a person up after 5 s (FRONT_ASK_US) */
    DRAIN_AT_ONCE = 32,   /* writes between two looks at the channels */
    RETAIN_FIRST_MS = 60 * 1000,
    RETAIN_EVERY_MS = 60 * 60 * 1000,
    SCRUB_EVERY_MS = 24 * 60 * 60 * 1000, /* PostgreSQL rewrites tables for it */
};

struct store_role {
    struct store *store;
    int front;        /* -1 until the supervisor gives it */
    int hooks;        /* the same; nobody waits for that process */
    uint32_t channel; /* which front: requests of a dead one are carried out but not answered */
    bool ended, away, in_doubt; /* in_doubt: whether the first of the queue was written */
    struct write_queue queue;
    int64_t retain_ms, scrub_ms;
    char data[IPC_PATH_MAX + 1];
    bool remote, unscrubbed; /* PostgreSQL; rows went since the last time */
};

struct waiting_write {
    uint32_t channel;
    int64_t asked_ms; /* Unix time: what is written late happened then */
    struct ipc_message m;
};

static void say(const char *event, const char *key, const char *value)
{
    struct logline l;
    logline_start(&l, "store", event);
    logline_str(&l, key, value);
    log_line(&l);
}

static void say_count(const char *event, const char *key, uint64_t n)
{
    struct logline l;
    logline_start(&l, "store", event);
    logline_int(&l, key, (int64_t)n);
    log_line(&l);
}

static int64_t unix_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t now_ms(void)
{
    return clock_now() / US_PER_MS;
}

/* ---- what the store asks of us ---- */

static int64_t shell_now(void *ctx)
{
    (void)ctx;
    return now_ms();
}

static bool shell_wait(void *ctx, int fd, bool write, int64_t ms)
{
    (void)ctx;
    struct pollfd p = {.fd = fd, .events = write ? POLLOUT : POLLIN};
    return poll(&p, 1, (int)ms) == 1;
}

/* ---- requests ---- */

static int64_t ms_of_s(int64_t s)
{
    const int64_t most = INT64_MAX / 1000;
    return (s > most ? most : s < -most ? -most : s) * 1000;
}

/* Meetings of a class are kept for a shorter time (store/retain.def). */
static int64_t profile_of(const struct ipc_meeting *m)
{
    struct safe safe;
    bool education = m->safe_len > 0 &&
                     safe_parse(span_of(m->safe, m->safe_len), &safe) == ERR_OK &&
                     safe.settings.profile == PROFILE_EDUCATION;
    return education ? STORE_PROFILE_EDUCATION : STORE_PROFILE_DEFAULT;
}

/* An id of the store's; none when it is zeros. Its length. */
static uint32_t whose(uint8_t out[STORE_ID], const uint8_t id[IPC_WHOSE])
{
    static const uint8_t nobody[IPC_WHOSE];
    static_assert((int)IPC_WHOSE == (int)STORE_ID, "both are ids of the store");
    memcpy(out, id, IPC_WHOSE);
    return memcmp(id, nobody, IPC_WHOSE) == 0 ? 0 : IPC_WHOSE;
}

static enum err put(struct store *s, const struct ipc_meeting *m)
{
    struct store_meeting row = {.created_ms = m->created_ms,
                                .ended_ms = m->ended_ms,
                                .waiting = m->waiting != 0,
                                .profile = profile_of(m),
                                .descriptor_len = m->descriptor_len,
                                .safe_len = m->safe_len};
    row.organisation_len = whose(row.organisation, m->organisation);
    memcpy(row.safe, m->safe, m->safe_len);
    memcpy(row.descriptor, m->descriptor, m->descriptor_len);
    memcpy(row.id, m->id, sizeof row.id);
    memcpy(row.access_hash, m->access_hash, sizeof row.access_hash);
    memcpy(row.host_hash, m->host_hash, sizeof row.host_hash);
    return store_put_meeting(s, &row);
}

static enum err get(struct store *s, const char *id, struct ipc_meeting *out)
{
    struct store_meeting row = {.created_ms = 0};
    memcpy(row.id, id, sizeof row.id);
    TRY(store_get_meeting(s, &row));
    out->created_ms = row.created_ms;
    out->ended_ms = row.ended_ms;
    out->waiting = row.waiting != 0;
    out->descriptor_len = (uint16_t)row.descriptor_len;
    memcpy(out->descriptor, row.descriptor, row.descriptor_len);
    out->attempts = (uint32_t)row.attempts;
    out->attempts_since_s = row.attempts_since_ms / 1000;
    out->safe_len = (uint16_t)row.safe_len;
    memcpy(out->safe, row.safe, row.safe_len);
    memcpy(out->access_hash, row.access_hash, sizeof out->access_hash);
    memcpy(out->host_hash, row.host_hash, sizeof out->host_hash);
    return ERR_OK;
}

static enum err protect(struct store *s, const struct ipc_meeting_safe *m)
{
    struct store_protection p = {.meeting = m->id,
                                 .has_safe = m->safe_len > 0,
                                 .has_attempts = m->has_attempts != 0,
                                 .safe = span_of(m->safe, m->safe_len),
                                 .attempts = m->attempts,
                                 .attempts_since_ms = ms_of_s(m->attempts_since_s)};
    return store_protect_meeting(s, &p);
}

static bool is_write(const struct ipc_message *m)
{
    return m->type == IPC_MEETING_PUT || m->type == IPC_MEETING_SAFE ||
           m->type == IPC_MEETING_END || m->type == IPC_USAGE_ADD;
}

/* Until when somebody waits for a write: a person's own is better refused than done unseen. What
 * protects a meeting is in force in front already, so it is written however late. */
static int64_t waited_for_until(const struct ipc_message *m)
{
    return m->type == IPC_MEETING_PUT ? now_ms() + WAITED_FOR_MS : INT64_MAX;
}

/* Carries a request out that was asked at that Unix time; reading is fill_row's. */
static enum err serve(struct store *s, const struct ipc_message *m, int64_t asked_ms)
{
    if (m->type == IPC_MEETING_PUT)
        return put(s, &m->as.MEETING_PUT);
    if (m->type == IPC_MEETING_SAFE)
        return protect(s, &m->as.MEETING_SAFE);
    if (m->type == IPC_MEETING_END)
        return store_end_meeting(s, m->as.MEETING_END.id, asked_ms);
    if (m->type == IPC_USAGE_ADD)
        return store_usage_add(s, &m->as.USAGE_ADD);
    return ERR_OK;
}

/* The row that answers it; a put is answered with its own, a safe with none. */
static enum err fill_row(struct store *s, const struct ipc_message *m, struct ipc_meeting_row *row)
{
    if (m->type == IPC_MEETING_PUT) {
        row->meeting = m->as.MEETING_PUT;
        return ERR_OK;
    }
    if (m->type == IPC_MEETING_SAFE)
        return ERR_OK;
    return get(s, m->as.MEETING_GET.id, &row->meeting);
}

static void send_message(struct store_role *r, const struct ipc_message *reply)
{
    struct pollfd room = {.fd = r->front, .events = POLLOUT};
    enum err e;
    while ((e = channel_send(r->front, reply, -1)) == ERR_AGAIN)
        if (poll(&room, 1, 5000) <= 0)
            break;
    if (e != ERR_OK)
        say("answer_lost", "error", err_name(e));
}

static void send_answer(struct store_role *r, const struct ipc_message *m, enum err e)
{
    struct ipc_message reply;
    if (m->type == IPC_USAGE_ADD) {
        if (e != ERR_OK)
            say("usage_lost", "error", err_name(e));
        return; /* nobody waits */
    }
    memset(&reply, 0, sizeof reply);
    reply.type = IPC_MEETING_ROW;
    struct ipc_meeting_row *row = &reply.as.MEETING_ROW;
    if (m->type == IPC_MEETING_PUT) {
        row->meeting = m->as.MEETING_PUT;
    } else if (m->type == IPC_MEETING_SAFE) {
        row->meeting.request = m->as.MEETING_SAFE.request;
        memcpy(row->meeting.id, m->as.MEETING_SAFE.id, sizeof row->meeting.id);
    } else {
        row->meeting.request = m->as.MEETING_GET.request;
        memcpy(row->meeting.id, m->as.MEETING_GET.id, sizeof row->meeting.id);
    }
    if (e == ERR_OK)
        e = fill_row(r->store, m, row);
    row->result = (uint8_t)e;
    if (e == ERR_IO)
        say("failed", "request", ipc_name(m->type));
    send_message(r, &reply);
}

/* While the database is away it is lost: what waits must not name who came. */
static void members_came(struct store_role *r, const struct ipc_usage_members *m)
{
    enum err e = store_up(r->store) ? store_usage_members(r->store, m) : ERR_AGAIN;
    if (e != ERR_OK)
        say("members_usage_lost", "error", err_name(e));
}

static void usage_asked(struct store_role *r, const struct ipc_usage_get *ask)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_USAGE_ROWS;
    m.as.USAGE_ROWS.request = ask->request;
    enum err e = store_up(r->store) ? store_usage_days(r->store, ask->after_ms, &m.as.USAGE_ROWS)
                                    : ERR_AGAIN;
    m.as.USAGE_ROWS.result = (uint8_t)e;
    send_message(r, &m);
}

/* ---- webhooks ---- */

/* Without room, or without the process, it is lost: a meeting waits for no webhook. */
static void send_hooks(struct store_role *r, const struct ipc_message *m)
{
    if (r->hooks < 0 || channel_send(r->hooks, m, -1) != ERR_OK)
        say("hook_lost", "message", ipc_name(m->type));
}

static void hook_told(struct store_role *r, const struct ipc_hook_tell *tell)
{
    static struct hook_dues dues;
    struct ipc_message m;
    enum err e = store_up(r->store) ? store_hook_dues(r->store, tell, &dues) : ERR_AGAIN;
    if (e != ERR_OK)
        say("hook_lost", "error", err_name(e));
    for (size_t i = 0; e == ERR_OK && i < dues.count; i++) {
        memset(&m, 0, sizeof m);
        m.type = IPC_HOOK_DUE;
        m.as.HOOK_DUE = dues.due[i];
        send_hooks(r, &m);
    }
    memset(&dues, 0, sizeof dues);
}

static void hook_done(struct store_role *r, const struct ipc_hook_done *done)
{
    enum err e = store_up(r->store) ? store_hook_done(r->store, done) : ERR_AGAIN;
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        say("hook_not_counted", "error", err_name(e));
}

/* A webhook that was removed is told nothing more. */
static void hook_gone(struct store_role *r, const struct account_hook *h)
{
    struct ipc_message m;
    memset(&m, 0, sizeof m);
    m.type = IPC_HOOK_GONE;
    memcpy(m.as.HOOK_GONE.hook, h->id, sizeof m.as.HOOK_GONE.hook);
    if (r->hooks >= 0)
        send_hooks(r, &m);
}

/* ---- accounts ---- */

/* Nobody's question about accounts waits for a database that is away: they are told at once. */
static void account_asked(struct store_role *r, const struct ipc_account_ask *m)
{
    static struct account_reply reply;
    struct account_ask ask;
    struct ipc_message row;
    static_assert(sizeof ask <= IPC_ACCOUNT_MAX, "a question fits its message");
    if (account_ask_take(&ask, span_of(m->bytes, m->len)) != ERR_OK) {
        say("bad_message", "error", "a question about accounts");
        return;
    }
    reply = (struct account_reply){.request = ask.request, .result = ERR_AGAIN};
    if (store_up(r->store))
        store_account(r->store, &ask, &reply);
    if (reply.result == ERR_IO)
        say("failed", "request", ipc_name(IPC_ACCOUNT_ASK));
    if (ask.type == ASK_HOOK_DROP && reply.result == ERR_OK)
        hook_gone(r, &ask.as.hook);
    for (uint32_t i = 0; i == 0 || i < reply.count; i++) {
        struct span bytes =
            i < reply.count ? account_reply_row(&reply, ask.type, i) : span_of(NULL, 0);
        memset(&row, 0, sizeof row);
        row.type = IPC_ACCOUNT_ROW;
        row.as.ACCOUNT_ROW.request = reply.request;
        row.as.ACCOUNT_ROW.result = (uint8_t)reply.result;
        row.as.ACCOUNT_ROW.last = i + 1 >= reply.count;
        row.as.ACCOUNT_ROW.more = reply.more;
        row.as.ACCOUNT_ROW.len = (uint16_t)bytes.len;
        if (bytes.len > 0)
            memcpy(row.as.ACCOUNT_ROW.bytes, bytes.ptr, bytes.len);
        send_message(r, &row);
    }
}

/* ---- writes that wait ---- */

struct merge {
    const struct ipc_usage_add *more;
    bool skip; /* the first may be written already */
};

static bool merge_into(void *ctx, uint8_t *bytes, size_t len)
{
    struct merge *q = ctx;
    struct waiting_write w;
    struct ipc_usage_add *a = &w.m.as.USAGE_ADD;
    const struct ipc_usage_day *more = &q->more->day;
    bool skip = q->skip;
    q->skip = false;
    memset(&w, 0, sizeof w);
    memcpy(&w, bytes, len);
    if (skip || w.m.type != IPC_USAGE_ADD || a->day.day_ms != more->day_ms)
        return false;
    a->day.meetings += more->meetings;
    a->day.participants += more->participants;
    a->day.guests += more->guests;
    a->day.people += more->people;
    a->day.minutes += more->minutes;
    a->day.flags |= more->flags;
    a->first |= q->more->first;
    memcpy(bytes, &w, len);
    return true;
}

/* Figures come every few seconds: a day's wait as one write, or they would take the room of what
 * protects meetings. The order among other writes is of no matter to a sum. */
static bool merge(struct store_role *r, const struct ipc_message *m)
{
    struct merge q = {.more = &m->as.USAGE_ADD, .skip = r->in_doubt};
    return m->type == IPC_USAGE_ADD && queue_visit(&r->queue, merge_into, &q);
}

static void keep(struct store_role *r, const struct ipc_message *m)
{
    if (merge(r, m))
        return;
    struct waiting_write w = {.channel = r->channel, .asked_ms = unix_ms(), .m = *m};
    size_t len = offsetof(struct waiting_write, m) + ipc_size(m->type);
    enum err e = queue_push(&r->queue, span_of(&w, len), waited_for_until(m));
    if (e == ERR_OK)
        return;
    say("refused", "why", "too many writes wait for the database");
    send_answer(r, m, ERR_BUSY);
}

static void handle(struct store_role *r, const struct ipc_message *m)
{
    if (m->type == IPC_ACCOUNT_ASK) {
        account_asked(r, &m->as.ACCOUNT_ASK);
        return;
    }
    if (m->type == IPC_USAGE_GET) {
        usage_asked(r, &m->as.USAGE_GET);
        return;
    }
    if (m->type == IPC_USAGE_MEMBERS) {
        members_came(r, &m->as.USAGE_MEMBERS);
        return;
    }
    if (m->type == IPC_LIST_KEEP) {
        role_store_list(r->data, &m->as.LIST_KEEP);
        return;
    }
    if (m->type == IPC_HOOK_TELL) {
        hook_told(r, &m->as.HOOK_TELL);
        return;
    }
    if (is_write(m) && (r->queue.count > 0 || !store_up(r->store))) {
        keep(r, m);
        return;
    }
    enum err e = serve(r->store, m, unix_ms());
    if (is_write(m) && e == ERR_AGAIN) {
        keep(r, m);
        r->in_doubt = store_doubt(r->store) != STORE_SURE;
        return;
    }
    send_answer(r, m, e);
}

/* False when the database went away again. */
static bool carry_out_first(struct store_role *r)
{
    struct waiting_write w;
    struct span first;
    if (!queue_first(&r->queue, &first))
        return false;
    memset(&w, 0, sizeof w);
    memcpy(&w, first.ptr, first.len < sizeof w ? first.len : sizeof w);
    bool done = r->in_doubt && store_doubt(r->store) == STORE_WRITTEN;
    enum err e = done ? ERR_OK : serve(r->store, &w.m, w.asked_ms);
    r->in_doubt = e == ERR_AGAIN && store_doubt(r->store) != STORE_SURE;
    if (e == ERR_AGAIN)
        return false;
    queue_drop_first(&r->queue);
    if (w.channel == r->channel && r->front >= 0)
        send_answer(r, &w.m, e);
    else if (e != ERR_OK)
        say("late_write_failed", "error", err_name(e));
    if (r->queue.count == 0)
        say("caught_up", "why", "no write waits any more");
    return true;
}

static void carry_out(struct store_role *r)
{
    for (int i = 0; i < DRAIN_AT_ONCE && store_up(r->store) && carry_out_first(r); i++)
        ;
}

/* One in doubt may have been written, though its answer says that the database is away: nobody
 * knows of what it made, and retention forgets it. */
static void refuse_late(struct store_role *r)
{
    struct waiting_write w;
    struct span before, after;
    for (;;) {
        bool some = queue_first(&r->queue, &before);
        memset(&w, 0, sizeof w);
        if (!queue_take_late(&r->queue, now_ms(), &w, sizeof w))
            return;
        if (!queue_first(&r->queue, &after) || !some || after.ptr != before.ptr)
            r->in_doubt = false;
        if (w.channel == r->channel && r->front >= 0)
            send_answer(r, &w.m, ERR_AGAIN);
    }
}

/* ---- what is due ---- */

static void retain(struct store_role *r)
{
    uint64_t gone = 0;
    r->retain_ms = now_ms() + RETAIN_EVERY_MS;
    if (!store_up(r->store))
        return;
    enum err e = store_retain(r->store, unix_ms(), &gone);
    r->unscrubbed = r->unscrubbed || gone > 0;
    if (e == ERR_OK && r->unscrubbed && (!r->remote || now_ms() >= r->scrub_ms)) {
        r->scrub_ms = now_ms() + SCRUB_EVERY_MS;
        e = store_scrub(r->store);
        r->unscrubbed = e != ERR_OK;
    }
    if (e != ERR_OK)
        say("retention_failed", "error", err_name(e));
    else if (gone > 0)
        say_count("forgotten", "rows", gone);
}

/* Looks after the connection; says once that it went and once that it is back. */
static int64_t look_after(struct store_role *r, struct pollfd *database)
{
    int64_t next;
    bool write;
    (void)store_tick(r->store, &next, &database->fd, &write);
    database->events = write ? POLLOUT : POLLIN;
    if (store_up(r->store) == r->away) {
        r->away = !r->away;
        if (r->away)
            say("away", "why", store_why(r->store));
        else
            say_count("back", "waiting", r->queue.count);
    }
    if (!r->away)
        carry_out(r);
    refuse_late(r);
    if (now_ms() >= r->retain_ms)
        retain(r);
    int64_t late = queue_next_ms(&r->queue);
    next = late < next ? late : next;
    next = r->retain_ms < next ? r->retain_ms : next;
    return !r->away && r->queue.count > 0 ? 0 : next - now_ms();
}

/* ---- channels ---- */

static void front_speaks(struct store_role *r)
{
    struct ipc_message m;
    int fd;
    enum err e = channel_recv(r->front, &m, &fd, IPC_FRONT, IPC_STORE);
    if (fd >= 0)
        close(fd);
    if (e == ERR_OK) {
        handle(r, &m);
    } else if (e == ERR_CLOSED) {
        close(r->front);
        r->front = -1;
    } else if (e != ERR_AGAIN) {
        say("bad_message", "error", err_name(e));
    }
}

static void hooks_speak(struct store_role *r)
{
    struct ipc_message m;
    int fd;
    enum err e = channel_recv(r->hooks, &m, &fd, IPC_HOOKS, IPC_STORE);
    if (fd >= 0)
        close(fd);
    if (e == ERR_OK) {
        hook_done(r, &m.as.HOOK_DONE);
    } else if (e == ERR_CLOSED) {
        close(r->hooks);
        r->hooks = -1;
    } else if (e != ERR_AGAIN) {
        say("bad_message", "error", err_name(e));
    }
}

static void supervisor_speaks(struct store_role *r)
{
    struct ipc_message m;
    int fd;
    enum err e = channel_recv(ROLE_FD_SUPERVISOR, &m, &fd, IPC_SUPERVISOR, IPC_STORE);
    if (e == ERR_OK && m.type == IPC_CHANNEL && m.as.CHANNEL.party == IPC_FRONT && fd >= 0) {
        if (r->front >= 0)
            close(r->front);
        r->front = fd;
        r->channel++;
        return;
    }
    if (e == ERR_OK && m.type == IPC_CHANNEL && m.as.CHANNEL.party == IPC_HOOKS && fd >= 0) {
        if (r->hooks >= 0)
            close(r->hooks);
        r->hooks = fd;
        return;
    }
    if (fd >= 0)
        close(fd);
    r->ended = e == ERR_CLOSED;
    if (e != ERR_OK && e != ERR_AGAIN && e != ERR_CLOSED)
        say("bad_message", "error", err_name(e));
}

static enum err wait_for_start(struct ipc_message *m)
{
    struct pollfd p = {.fd = ROLE_FD_SUPERVISOR, .events = POLLIN};
    int fd = -1;
    if (poll(&p, 1, -1) != 1)
        return ERR_IO;
    TRY(channel_recv(ROLE_FD_SUPERVISOR, m, &fd, IPC_SUPERVISOR, IPC_STORE));
    if (fd >= 0)
        close(fd);
    return m->type == IPC_ROLE_START && fd < 0 ? ERR_OK : ERR_STATE;
}

/* Puts an address behind those that are there already; without room it is left out. */
static void add_address(char *list, const struct addrinfo *a)
{
    char one[64];
    size_t len = strlen(list);
    if (getnameinfo(a->ai_addr, a->ai_addrlen, one, sizeof one, NULL, 0, NI_NUMERICHOST) != 0 ||
        len + 1 + strlen(one) >= STORE_ADDRESSES_TEXT)
        return;
    (void)snprintf(list + len, STORE_ADDRESSES_TEXT - len, "%s%s", len > 0 ? "," : "", one);
}

/* Names are looked up once, here: the sandbox has no resolver. A host may have several addresses,
 * and the database need not listen on the first. */
static void find_host(const char *database, char addresses[STORE_ADDRESSES_TEXT])
{
    char host[256];
    uint16_t port;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    addresses[0] = '\0';
    if (store_database_host(database, host, sizeof host, &port) != ERR_OK || host[0] == '\0' ||
        getaddrinfo(host, NULL, &hints, &found) != 0)
        return;
    int n = 0;
    for (const struct addrinfo *a = found; a && n < STORE_ADDRESSES; a = a->ai_next, n++)
        add_address(addresses, a);
    freeaddrinfo(found);
}

static enum err open_store(struct store_role *r, const struct ipc_role_start *start)
{
    char path[IPC_PATH_MAX + 32], why[STORE_WHY], addresses[STORE_ADDRESSES_TEXT];
    TRY(disk_join(path, sizeof path, start->data, "conclave.db"));
    find_host(start->database, addresses);
    memcpy(r->data, start->data, sizeof r->data);
    r->remote = start->database[0] != '\0';
    if (sandbox_enter(r->remote ? SANDBOX_DATABASE : SANDBOX_STORE, start->data) != ERR_OK) {
        say("no_sandbox", "role", "store");
        return ERR_IO;
    }
    struct store_options options = {.path = path,
                                    .database = start->database,
                                    .host_addresses = addresses,
                                    .shell = {NULL, shell_now, shell_wait},
                                    .may_be_away = start->generation > 0};
    enum err e = store_open(&r->store, &options, why);
    if (e != ERR_OK)
        say("cannot_open", "why", why);
    return e;
}

static enum err begin(struct store_role *r)
{
    struct ipc_message m;
    TRY(wait_for_start(&m));
    enum err e = open_store(r, &m.as.ROLE_START);
    memset(&m, 0, sizeof m); /* a password may have been in it */
    if (e != ERR_OK)
        return e;
    r->retain_ms = now_ms() + RETAIN_FIRST_MS;
    m.type = IPC_ROLE_READY;
    m.as.ROLE_READY.pid = (uint32_t)getpid();
    return channel_send(ROLE_FD_SUPERVISOR, &m, -1);
}

int role_store(void)
{
    struct store_role r = {.front = -1, .hooks = -1};
    enum err e = begin(&r);
    while (e == ERR_OK && !r.ended) {
        struct pollfd fds[] = {{.fd = ROLE_FD_SUPERVISOR, .events = POLLIN},
                               {.fd = r.front, .events = POLLIN},
                               {.fd = -1},
                               {.fd = r.hooks, .events = POLLIN}};
        int64_t ms = look_after(&r, &fds[2]);
        if (poll(fds, 4, ms < 0 ? 0 : ms > 1000000 ? 1000000 : (int)ms) < 0)
            continue;
        int polled_front = r.front, polled_hooks = r.hooks;
        if (fds[0].revents)
            supervisor_speaks(&r);
        if (fds[1].revents && r.front == polled_front)
            front_speaks(&r);
        if (fds[3].revents && r.hooks == polled_hooks)
            hooks_speak(&r);
    }
    if (r.queue.count > 0)
        say_count("writes_lost", "count", r.queue.count);
    queue_fini(&r.queue);
    if (r.store)
        store_close(r.store);
    return e == ERR_OK ? 0 : 1;
}
