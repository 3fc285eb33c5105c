/* The calls beside WebSockets: POST /api/meetings, the control socket of the command line,
 * /metrics. knows: their JSON and text. knows not: how meetings work. owns: nothing. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "account/usage.h"
#include "base/text.h"
#include "bin/front.h"
#include "bin/front_account.h"
#include "bin/front_list.h"
#include "bin/front_pass.h"
#include "cell/meeting_id.h"
#include "crypt/crypt.h"
#include "io/clock.h"
#include "sfu/counter.h"

enum { METRICS_WAIT_MS = 300, METRICS_BYTES = 256 * 1024 };

/* ---- answers ---- */

static void answer_post(struct front *f, uint64_t call, unsigned status, const char *json)
{
    web_answer(f->web, call, status, span_str(json));
}

void api_base_url(const struct front *f, char *out, size_t cap)
{
    static const uint8_t any[16];
    char host[64] = "localhost";
    const struct ipc_addr *a = f->start.public_count > 0 ? &f->start.public_addr[0] : NULL;
    if (!a && memcmp(f->start.listen.ip, any, sizeof any) != 0)
        a = &f->start.listen;
    if (a)
        address_text(a, host);
    bool v6 = a && a->family == 6;
    (void)snprintf(out, cap, "https://%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "",
                   (unsigned)f->start.listen.port);
}

static void answer_line(struct front *f, uint64_t number, json_t *answer)
{
    char *text = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    size_t len = text ? strlen(text) : 0;
    if (text)
        text[len] = '\n'; /* in place of the terminating zero: the line is len + 1 bytes */
    line_answer(f->control, number, span_of(text ? text : "{}\n", text ? len + 1 : 3));
    free(text);
}

void api_answer_object(struct front *f, uint64_t number, json_t *answer)
{
    answer_line(f, number, answer);
}

void api_answer_control(struct front *f, uint64_t number, const char *refusal)
{
    char base[128];
    api_base_url(f, base, sizeof base);
    answer_line(f, number,
                refusal ? json_pack("{s:b, s:s}", "ok", 0, "reason", refusal)
                        : json_pack("{s:b, s:s}", "ok", 1, "base", base));
}

/* ---- creating a meeting ---- */

static bool read_proof(json_t *object, const char *key, uint8_t hash[32])
{
    uint8_t proof[32];
    size_t len = 0;
    json_t *v = json_object_get(object, key);
    if (!json_is_string(v) ||
        text_unbase64url(proof, sizeof proof, &len,
                         span_of(json_string_value(v), json_string_length(v))) != ERR_OK ||
        len != sizeof proof)
        return false;
    crypt_sha256(hash, span_of(proof, sizeof proof));
    crypt_wipe(proof, sizeof proof);
    return true;
}

static bool read_id(json_t *object, char id[LIMIT_MEETING_ID + 1])
{
    const char *v = json_string_value(json_object_get(object, "id"));
    if (!v || !meeting_id_fine(span_str(v)))
        return false;
    memcpy(id, v, strlen(v) + 1);
    return true;
}

/* At least one byte: what is in it is between the clients. */
static bool read_descriptor(json_t *object, struct ipc_meeting *out)
{
    size_t len = 0;
    json_t *v = json_object_get(object, "descriptor");
    if (!json_is_string(v) ||
        text_unbase64url(out->descriptor, sizeof out->descriptor, &len,
                         span_of(json_string_value(v), json_string_length(v))) != ERR_OK ||
        len == 0)
        return false;
    out->descriptor_len = (uint16_t)len;
    return true;
}

/* As in passcode_set: visible ASCII. */
static bool passcode_fits(const char *word, size_t len)
{
    if (len < 4 || len > LIMIT_PASSCODE)
        return false;
    for (size_t i = 0; i < len; i++)
        if (word[i] <= ' ' || word[i] > '~')
            return false;
    return true;
}

/* A profile that locks the waiting room or the passcode needs them from the start: what clients
 * check is signed in the descriptor, and must agree. */
static bool read_protection(json_t *object, struct ipc_meeting *out, char passcode[])
{
    json_t *profile = json_object_get(object, "profile"),
           *word = json_object_get(object, "passcode");
    struct safe safe;
    const char *name = profile ? json_string_value(profile) : "default";
    size_t len = word && json_is_string(word) ? json_string_length(word) : 0;
    if (!name || profile_named(name) == PROFILE_COUNT_ ||
        (word && !passcode_fits(json_string_value(word), len)))
        return false;
    safe_begin(&safe, profile_named(name));
    safe.settings.value[SETTING_waiting_room] = out->waiting;
    safe.settings.value[SETTING_passcode] = word != NULL;
    if (!settings_valid(&safe.settings))
        return false;
    struct writer w = writer_of(out->safe, sizeof out->safe);
    safe_write(&safe, &w);
    out->safe_len = (uint16_t)writer_len(&w);
    passcode[0] = '\0';
    if (word)
        memcpy(passcode, json_string_value(word), len + 1);
    return true;
}

/* `others`: keys beside those of the meeting. "waiting", "profile", "passcode" may be left out. */
static bool read_meeting(json_t *object, struct ipc_meeting *out, char passcode[], size_t others)
{
    json_t *waiting = json_object_get(object, "waiting");
    size_t keys = 4 + others + (waiting != NULL) + (json_object_get(object, "profile") != NULL) +
                  (json_object_get(object, "passcode") != NULL);
    memset(out, 0, sizeof *out);
    out->waiting = json_is_true(waiting);
    return read_protection(object, out, passcode) && json_is_object(object) &&
           json_object_size(object) == keys && (!waiting || json_is_boolean(waiting)) &&
           read_proof(object, "access", out->access_hash) &&
           read_proof(object, "host", out->host_hash) && read_id(object, out->id) &&
           read_descriptor(object, out);
}

bool api_meeting_read(json_t *object, struct ipc_meeting *out, char passcode[LIMIT_PASSCODE + 1])
{
    return read_meeting(object, out, passcode, 0);
}

/* False: try again later. */
bool api_put_meeting(struct front *f, const struct ipc_meeting *meeting, enum ask_kind kind,
                     uint64_t number)
{
    struct ipc_message m;
    uint32_t request = ask_open(f, kind, number);
    if (request == 0)
        return false;
    struct ask *a = &f->asks[request % FRONT_ASKS];
    memcpy(a->meeting, meeting->id, sizeof a->meeting);
    memset(&m, 0, sizeof m);
    m.type = IPC_MEETING_PUT;
    m.as.MEETING_PUT = *meeting;
    m.as.MEETING_PUT.request = request;
    m.as.MEETING_PUT.created_ms = front_unix_ms();
    if (link_send(&f->store, &m, -1))
        return true;
    a->kind = ASK_NONE;
    return false;
}

/* Strangers may create meetings over HTTP, but not fill the store: FRONT_CREATES at once, then one
 * a second for the whole server. */
static bool create_take(struct front *f)
{
    instant_us now = clock_now();
    f->create_tokens += (now - f->create_at) / US_PER_MS;
    f->create_at = now;
    if (f->create_tokens > FRONT_CREATES * 1000)
        f->create_tokens = FRONT_CREATES * 1000;
    if (f->create_tokens < 1000)
        return false;
    f->create_tokens -= 1000;
    return true;
}

void api_not_put(struct front *f, enum ask_kind kind, uint64_t number)
{
    if (kind == ASK_POST)
        answer_post(f, number, 503, "{\"error\":\"busy\"}");
    else if (kind == ASK_API)
        desk_refuse(f->desk, number, ACCOUNT_BUSY);
    else
        api_answer_control(f, number, "busy");
}

bool api_make_meeting(struct front *f, const struct ipc_meeting *meeting, const char *passcode,
                      enum ask_kind kind, uint64_t number)
{
    return passcode[0] ? passcode_create(f, meeting, passcode, kind, number)
                       : api_put_meeting(f, meeting, kind, number);
}

/* A meeting is made where it will live: its id must begin with our data centre's. */
size_t api_prefix_words(const char *prefix, char out[API_PREFIX])
{
    return (size_t)snprintf(out, API_PREFIX, "{\"error\":\"prefix\",\"prefix\":\"%.11s\"}", prefix);
}

static void refuse_prefix(struct front *f, uint64_t call, const char *prefix)
{
    char json[API_PREFIX];
    (void)api_prefix_words(prefix, json);
    answer_post(f, call, 409, json);
}

void api_post(void *front, uint64_t call, struct span body)
{
    struct front *f = front;
    struct ipc_meeting meeting;
    char passcode[LIMIT_PASSCODE + 1];
    json_t *object = json_loadb((const char *)body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL);
    bool ok = api_meeting_read(object, &meeting, passcode);
    json_decref(object);
    const char *prefix;
    if (!ok)
        answer_post(f, call, 400, "{\"error\":\"bad_message\"}");
    else if (!pass_prefix(f, meeting.id, &prefix))
        refuse_prefix(f, call, prefix);
    else if (list_withdrawn(f))
        api_not_put(f, ASK_POST, call);
    else if (!create_take(f))
        answer_post(f, call, 429, "{\"error\":\"busy\"}");
    else if (!api_make_meeting(f, &meeting, passcode, ASK_POST, call))
        api_not_put(f, ASK_POST, call);
    crypt_wipe(passcode, sizeof passcode);
}

static void row_post(struct front *f, const struct ask *a, enum err e)
{
    char json[64];
    if (e == ERR_OK) {
        (void)snprintf(json, sizeof json, "{\"id\":\"%s\"}", a->meeting);
        answer_post(f, a->number, 201, json);
    } else if (e == ERR_CONFLICT) {
        answer_post(f, a->number, 409, "{\"error\":\"conflict\"}");
    } else {
        answer_post(f, a->number, 503, "{\"error\":\"busy\"}");
    }
}

void api_row(struct front *f, const struct ask *a, const struct ipc_meeting_row *row)
{
    enum err e = row ? (enum err)row->result : ERR_BUSY;
    if (a->kind == ASK_SHOW || a->kind == ASK_FINISH) {
        meetings_row(f, a, row);
        return;
    }
    if (a->kind == ASK_END || a->kind == ASK_SAFE) {
        if (e != ERR_OK)
            front_log(a->kind == ASK_END ? "end_not_stored" : "safe_not_stored", "error",
                      err_name(e));
        return;
    }
    f->counts.meetings_created += e == ERR_OK;
    if (a->kind == ASK_POST)
        row_post(f, a, e);
    else if (a->kind == ASK_API)
        desk_made(f->desk, a, e);
    else
        api_answer_control(f, a->number,
                           e == ERR_OK         ? NULL
                           : e == ERR_CONFLICT ? "conflict"
                                               : "busy");
}

/* ---- control socket ---- */

static void control_status(struct front *f, uint64_t number)
{
    char base[128];
    struct meet_counts c = meet_count(f->meet);
    uint32_t media = 0;
    for (size_t i = 0; i < LIMIT_MEDIA_PROCESSES; i++)
        media += f->media_up[i];
    api_base_url(f, base, sizeof base);
    answer_line(f, number,
                json_pack("{s:b, s:s, s:i, s:i, s:i}", "ok", 1, "base", base, "meetings",
                          (int)c.meetings, "participants", (int)c.members, "media", (int)media));
}

static bool read_block(json_t *object, struct block_wish *w, char id[LIMIT_MEETING_ID + 1])
{
    const char *feature = json_string_value(json_object_get(object, "feature"));
    const char *why = json_string_value(json_object_get(object, "why"));
    json_t *on = json_object_get(object, "on"), *who = json_object_get(object, "participant");
    size_t len = 0;
    memset(w, 0, sizeof *w);
    w->on = json_is_true(on);
    w->one = who != NULL;
    w->feature = feature ? safe_feature_named(feature) : SAFE_FEATURE_COUNT_;
    if (w->feature == SAFE_FEATURE_COUNT_ || !json_is_boolean(on) || !why ||
        strlen(why) > LIMIT_BLOCK_WHY || !read_id(object, id))
        return false;
    for (const char *c = why; *c; c++)
        if (*c < ' ' || *c > '~')
            return false;
    memcpy(w->why, why, strlen(why) + 1);
    return !who ||
           (json_is_string(who) &&
            text_unbase64url(w->participant, sizeof w->participant, &len,
                             span_of(json_string_value(who), json_string_length(who))) == ERR_OK &&
            len == sizeof w->participant);
}

static void control_block(struct front *f, uint64_t number, json_t *object)
{
    struct block_wish w;
    char id[LIMIT_MEETING_ID + 1];
    if (read_block(object, &w, id))
        rules_block(f, number, &w, id);
    else
        api_answer_control(f, number, "bad_message");
}

static void control_list(struct front *f, uint64_t number, json_t *object)
{
    const char *after = json_string_value(json_object_get(object, "after"));
    if (after)
        meetings_list(f, number, after);
    else
        api_answer_control(f, number, "bad_message");
}

static void control_usage(struct front *f, uint64_t number, json_t *object)
{
    const json_t *after = json_object_get(object, "after_ms");
    if (json_is_integer(after))
        usage_list(f, number, (int64_t)json_integer_value(after));
    else
        api_answer_control(f, number, "bad_message");
}

static void control_meeting(struct front *f, uint64_t number, json_t *object, bool end)
{
    char id[LIMIT_MEETING_ID + 1];
    if (!read_id(object, id))
        api_answer_control(f, number, "bad_message");
    else if (end)
        meetings_end(f, number, id);
    else
        meetings_show(f, number, id);
}

void api_control(void *front, uint64_t number, struct span line)
{
    struct front *f = front;
    struct ipc_meeting meeting;
    const char *prefix;
    char passcode[LIMIT_PASSCODE + 1];
    json_t *object = json_loadb((const char *)line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
    const char *what = json_string_value(json_object_get(object, "do"));
    if (what && strcmp(what, "status") == 0)
        control_status(f, number);
    else if (what && strcmp(what, "block") == 0)
        control_block(f, number, object);
    else if (what && strcmp(what, "meeting_list") == 0)
        control_list(f, number, object);
    else if (what && (strcmp(what, "meeting_show") == 0 || strcmp(what, "meeting_end") == 0))
        control_meeting(f, number, object, strcmp(what, "meeting_end") == 0);
    else if (what && strcmp(what, "list") == 0)
        list_control(f, number, object);
    else if (what && strcmp(what, "usage") == 0)
        control_usage(f, number, object);
    else if (what && desk_control(f->desk, number, what, object))
        ; /* it was about users or organisations */
    else if (!what || strcmp(what, "meeting_create") != 0)
        api_answer_control(f, number, "unsupported");
    else if (!read_meeting(object, &meeting, passcode, 1))
        api_answer_control(f, number, "bad_message");
    else if (!pass_prefix(f, meeting.id, &prefix))
        answer_line(f, number,
                    json_pack("{s:b, s:s, s:s}", "ok", 0, "reason", "prefix", "prefix", prefix));
    else if (list_withdrawn(f))
        api_not_put(f, ASK_CONTROL, number);
    else if (!api_make_meeting(f, &meeting, passcode, ASK_CONTROL, number))
        api_not_put(f, ASK_CONTROL, number);
    crypt_wipe(passcode, sizeof passcode);
    json_decref(object);
}

/* ---- metrics ---- */

struct page {
    char *text;
    size_t len, cap;
};

__attribute__((format(printf, 2, 3))) static void put(struct page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(p->text + p->len, p->cap - p->len, format, args);
    va_end(args);
    if (n > 0 && (size_t)n < p->cap - p->len)
        p->len += (size_t)n;
}

static void put_one(struct page *p, const char *name, const char *type, uint64_t v)
{
    put(p, "# TYPE conclave_%s %s\nconclave_%s %llu\n", name, type, name, (unsigned long long)v);
}

static void put_signalling(struct page *p, const struct front *f)
{
    put(p, "# TYPE conclave_signal_messages_total counter\n");
    for (int i = SIGNAL_NONE_ + 1; i < SIGNAL_TYPE_COUNT_; i++) {
        const struct signal_row *row = signal_row_of((enum signal_type)i);
        put(p, "conclave_signal_messages_total{direction=\"%s\",type=\"%s\"} %llu\n",
            row->direction == SIGNAL_REQUEST ? "in" : "out", row->wire,
            (unsigned long long)f->counts.messages[i]);
    }
    put(p, "# TYPE conclave_signal_refused_total counter\n");
    const struct signal_words *set;
    for (uint32_t i = 0; (set = signal_set_at(i)); i++)
        for (uint32_t w = 0; strcmp(set->name, "reason") == 0 && w < set->count; w++)
            put(p, "conclave_signal_refused_total{reason=\"%s\"} %llu\n", set->words[w],
                (unsigned long long)f->counts.refusals[w]);
}

static void put_front(struct page *p, const struct front *f)
{
    struct meet_counts c = meet_count(f->meet);
    const struct web_counts *w = web_count(f->web);
    const struct sniff_counts *s = sniff_count(f->sniff);
    put_one(p, "meetings", "gauge", c.meetings);
    put_one(p, "participants", "gauge", c.members);
    put_one(p, "participants_away", "gauge", c.away);
    put_one(p, "participants_waiting", "gauge", c.waiting);
    put_one(p, "group_pages", "gauge", c.pages);
    put_one(p, "group_upload_bytes", "gauge", f->upload_bytes);
    put_one(p, "group_commits_total", "counter", f->counts.commits);
    put_one(p, "group_reopened_total", "counter", f->counts.reopened);
    put_one(p, "file_bytes", "gauge", f->files_kept.bytes);
    put_one(p, "tracks", "gauge", c.tracks);
    put_one(p, "subscriptions", "gauge", c.subscriptions);
    put_one(p, "connections", "gauge", w->open);
    put_one(p, "websockets", "gauge", w->sockets);
    put_one(p, "connections_total", "counter", w->accepted);
    put_one(p, "connections_full_total", "counter", w->refused_full + s->full);
    put_one(p, "http_requests_total", "counter", w->http);
    put_one(p, "http_not_found_total", "counter", w->not_found);
    put_one(p, "upgrades_total", "counter", w->upgrades);
    put_one(p, "upgrades_refused_total", "counter", w->upgrades_refused);
    put_one(p, "slow_receivers_total", "counter", w->slow_closed);
    put_one(p, "socket_messages_total", "counter", w->messages);
    put_one(p, "socket_writes_total", "counter", w->writes);
    put_one(p, "messages_too_big_total", "counter", w->too_big);
    put_one(p, "sniffed_tls_total", "counter", s->tls);
    put_one(p, "sniffed_stun_total", "counter", s->stun);
    put_one(p, "sniffed_plain_total", "counter", s->plain);
    put_one(p, "sniffed_unknown_total", "counter", s->unknown);
    put_one(p, "sniffed_late_total", "counter", s->timed_out);
    put_one(p, "messages_broken_total", "counter", f->counts.broken);
    put_one(p, "hello_late_total", "counter", f->counts.hello_late);
    put_one(p, "over_rate_total", "counter", f->counts.over_rate);
    put_one(p, "passcodes_total", "counter", f->counts.passcodes);
    put_one(p, "passcodes_wrong_total", "counter", f->counts.passcodes_wrong);
    put_one(p, "passcodes_spent_total", "counter", f->counts.passcodes_spent);
    put_one(p, "passcodes_full_total", "counter", f->counts.passcodes_full);
    put_one(p, "reports_total", "counter", f->counts.reports);
    put_one(p, "blocks_total", "counter", f->counts.blocks);
    put_one(p, "resumed_total", "counter", f->counts.resumed);
    put_one(p, "meetings_created_total", "counter", f->counts.meetings_created);
    put_one(p, "usage_days_lost_total", "counter", f->usage->lost);
    put_one(p, "usage_entries_lost_total", "counter", usage_members_lost(f));
    const char *name;
    uint64_t value;
    for (unsigned i = 0; (name = desk_metric(f->desk, i, &value)); i++)
        put_one(p, name, "counter", value);
    for (unsigned i = 0; (name = hooks_metric(f, i, &value)); i++)
        put_one(p, name, i == 0 ? "gauge" : "counter", value);
    for (unsigned i = 0; (name = pass_metric(f, i, &value)); i++)
        put_one(p, name, i < PASS_COUNTERS ? "counter" : "gauge", value);
    put_one(p, "stray_total", "counter", f->counts.stray);
    put_one(p, "stray_lost_total", "counter", f->counts.stray_lost);
    put_one(p, "media_messages_total", "counter", f->counts.media_messages);
    put_one(p, "media_messages_lost_total", "counter", f->counts.media_lost);
    put_one(p, "media_starts_total", "counter", f->counts.media_restarts);
}

/* "DATAGRAMS_IN" -> "datagrams_in" */
static void lower(char *out, size_t cap, const char *name)
{
    size_t i = 0;
    for (; name[i] && i + 1 < cap; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    out[i] = '\0';
}

static void put_media(struct page *p, const struct front *f)
{
    for (uint32_t k = 0; k < COUNTER_COUNT_; k++) {
        char name[64];
        bool total = counter_kind(k) == COUNTER_KIND_TOTAL;
        lower(name, sizeof name, counter_name(k));
        put(p, "# HELP conclave_media_%s%s %s\n# TYPE conclave_media_%s%s %s\n", name,
            total ? "_total" : "", counter_words(k), name, total ? "_total" : "",
            total ? "counter" : "gauge");
        for (uint32_t i = 0; i < f->start.media_count; i++)
            if (f->stats[i].fresh && k < f->stats[i].count)
                put(p, "conclave_media_%s%s{process=\"%u\"} %llu\n", name, total ? "_total" : "", i,
                    (unsigned long long)f->stats[i].value[k]);
    }
}

static void metrics_answer(struct front *f)
{
    struct page p = {malloc(METRICS_BYTES), 0, METRICS_BYTES};
    uint64_t asker = f->metrics_asker;
    f->metrics_asker = 0;
    uv_timer_stop(&f->metrics_timer);
    if (!p.text)
        return;
    put(&p, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
            "Connection: close\r\n\r\n");
    put_front(&p, f);
    put_signalling(&p, f);
    put_media(&p, f);
    line_answer(f->metrics, asker, span_of(p.text, p.len));
    free(p.text);
}

static void on_metrics_timer(uv_timer_t *t)
{
    metrics_answer(t->data);
}

static bool all_fresh(const struct front *f)
{
    for (uint32_t i = 0; i < f->start.media_count; i++)
        if (f->media_up[i] && !f->stats[i].fresh)
            return false;
    return true;
}

void api_stats(struct front *f, const struct ipc_stats *s)
{
    if (f->metrics_asker == 0 || s->nonce != f->metrics_nonce)
        return;
    f->stats[s->index].fresh = true;
    f->stats[s->index].count = s->count;
    memcpy(f->stats[s->index].value, s->value, sizeof s->value);
    if (all_fresh(f))
        metrics_answer(f);
}

/* Asks every media process and answers when all have said, or after METRICS_WAIT_MS without them.
 */
void api_metrics(void *front, uint64_t number, struct span head)
{
    struct front *f = front;
    struct ipc_message m;
    static const char other[] = "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n";
    static const char busy[] = "HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n";
    if (head.len < 13 || memcmp(head.ptr, "GET /metrics ", 13) != 0) {
        line_answer(f->metrics, number, span_str(other));
        return;
    }
    if (f->metrics_asker != 0) {
        line_answer(f->metrics, number, span_str(busy));
        return;
    }
    f->metrics_asker = number;
    memset(&m, 0, sizeof m);
    m.type = IPC_STATS_ASK;
    m.as.STATS_ASK.nonce = ++f->metrics_nonce;
    for (uint32_t i = 0; i < f->start.media_count; i++) {
        f->stats[i].fresh = false;
        if (f->media_up[i])
            (void)link_send(&f->media[i], &m, -1);
    }
    if (all_fresh(f)) {
        metrics_answer(f);
        return;
    }
    uv_timer_start(&f->metrics_timer, on_metrics_timer, METRICS_WAIT_MS, 0);
}
