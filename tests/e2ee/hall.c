#include "e2ee/hall_inside.h"

#include "e2ee/policy.h"

#include <sodium.h>
#include <stdlib.h>

static struct span nothing(void)
{
    return (struct span){NULL, 0};
}

uint64_t hall_random(struct hall *h, uint64_t below)
{
    h->seed ^= h->seed << 13;
    h->seed ^= h->seed >> 7;
    h->seed ^= h->seed << 17;
    return (h->seed * 0x2545F4914F6CDD1Dull >> 11) % below;
}

uint8_t hall_byte(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint8_t)(*state >> 32);
}

static void person_fill(void *ctx, uint8_t *out, size_t len)
{
    struct hall_person *p = ctx;
    for (size_t i = 0; i < len; i++)
        out[i] = hall_byte(&p->random);
}

static void fill(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)hall_random(ctx, 256);
}

void hall_note_bytes(struct hall *h, struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        h->hash = (h->hash ^ s.ptr[i]) * 0x100000001B3ull;
}

/* ---- mail ---- */

static bool earlier(const struct hall_mail *a, const struct hall_mail *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap_mail(struct hall *h, size_t a, size_t b)
{
    struct hall_mail t = h->mail[a];
    h->mail[a] = h->mail[b];
    h->mail[b] = t;
}

static void post(struct hall *h, struct hall_mail *m)
{
    if (h->n_mail == h->cap_mail) {
        h->cap_mail = h->cap_mail ? 2 * h->cap_mail : 256;
        h->mail = realloc(h->mail, h->cap_mail * sizeof *h->mail);
        if (!h->mail)
            abort();
    }
    m->order = h->order++;
    h->mail[h->n_mail] = *m;
    for (size_t i = h->n_mail++; i > 0 && earlier(&h->mail[i], &h->mail[(i - 1) / 2]);
         i = (i - 1) / 2)
        swap_mail(h, i, (i - 1) / 2);
}

static struct hall_mail fetch(struct hall *h)
{
    struct hall_mail first = h->mail[0];
    h->mail[0] = h->mail[--h->n_mail];
    for (size_t i = 0, c = 1; c < h->n_mail; i = c, c = 2 * c + 1) {
        if (c + 1 < h->n_mail && earlier(&h->mail[c + 1], &h->mail[c]))
            c++;
        if (!earlier(&h->mail[c], &h->mail[i]))
            break;
        swap_mail(h, i, c);
    }
    return first;
}

static void copy_spans(struct hall_mail *m, struct span *const *spans)
{
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        n += spans[i]->len;
    m->bytes = malloc(n + 1);
    uint8_t *at = m->bytes;
    for (int i = 0; i < 3; i++) {
        if (spans[i]->len)
            memcpy(at, spans[i]->ptr, spans[i]->len);
        spans[i]->ptr = at;
        at += spans[i]->len;
    }
}

static uint64_t arrival(struct hall *h, uint64_t *last)
{
    uint64_t at = h->now + 1 + hall_random(h, 20);
    if (at < *last)
        at = *last;
    *last = at;
    return at;
}

void hall_down(struct hall *h, int to, const struct e2ee_input *in)
{
    struct hall_person *p = &h->person[to];
    if (!p->connected)
        return;
    struct hall_mail m = {.person = to, .in = *in};
    copy_spans(&m, (struct span *[]){&m.in.a, &m.in.b, &m.in.c});
    m.at = arrival(h, &p->down_at);
    post(h, &m);
}

static void up(struct hall *h, int from, const struct e2ee_effect *out)
{
    struct hall_person *p = &h->person[from];
    struct hall_mail m = {.person = from, .up = true, .out = *out};
    if (!p->connected)
        return;
    copy_spans(&m, (struct span *[]){&m.out.a, &m.out.b, &m.out.c});
    for (uint32_t i = 0; i < out->n_joins; i++)
        m.joins[i] = out->joins[i];
    m.at = arrival(h, &p->up_at);
    post(h, &m);
}

/* ---- people ---- */

static void sign(struct hall *h, int i, struct span text)
{
    uint8_t signature[SUITE_SIGNATURE];
    struct hall_person *p = &h->person[i];
    crypto_sign_detached(signature, NULL, text.ptr, text.len, p->device_secret);
    struct hall_mail m = {.person = i, .at = h->now};
    m.in = (struct e2ee_input){.type = E2EE_IN_DEVICE_SIGNED,
                               .a = span_of(signature, sizeof signature)};
    copy_spans(&m, (struct span *[]){&m.in.a, &m.in.b, &m.in.c});
    post(h, &m);
}

static void heard(struct hall *h, struct hall_person *p, const struct e2ee_effect *out)
{
    uint32_t n = p->n_notes++ % HALL_NOTES;
    size_t len = out->b.len < 63 ? out->b.len : 63;
    memcpy(p->note[n].text, out->b.ptr, len);
    p->note[n].text[len] = 0;
    memcpy(p->note[n].from, out->a.ptr, E2EE_PARTICIPANT);
    p->note[n].private = out->flag;
    p->note[n].at = h->now;
}

static void drain(struct hall *h, int i)
{
    struct hall_person *p = &h->person[i];
    struct e2ee_effect out;
    struct e2ee_status s;
    while (e2ee_poll(p->e, &out)) {
        if (h->tape.answered)
            h->tape.answered(h->tape.ctx, i, &out);
        if (out.type == E2EE_OUT_SIGN)
            sign(h, i, out.b);
        else if (out.type == E2EE_OUT_NOTE)
            heard(h, p, &out);
        else if (out.type == E2EE_OUT_REFUSED)
            p->refused[out.rule]++;
        else if (out.type == E2EE_OUT_EPOCH)
            p->epochs++;
        else if (out.type == E2EE_OUT_FORGET)
            p->forgets++;
        else if (out.type < E2EE_OUT_SIGN)
            up(h, i, &out);
        p->invalids += out.type == E2EE_OUT_INVALID;
    }
    e2ee_status(p->e, &s);
    if (s.phase == E2EE_SECURE && p->secure_at == 0)
        p->secure_at = h->now;
    if (s.phase != E2EE_STOPPED)
        p->stopped_at = 0;
    else if (p->stopped_at == 0)
        p->stopped_at = h->now;
    p->deadline = e2ee_deadline(p->e);
}

enum err hall_tell(struct hall *h, int i, const struct e2ee_input *in)
{
    if (h->tape.told)
        h->tape.told(h->tape.ctx, i, in, h->now);
    enum err e = e2ee_input(h->person[i].e, in, h->now);
    drain(h, i);
    if (h->tape.done)
        h->tape.done(h->tape.ctx, i, e);
    return e;
}

enum err hall_say(struct hall *h, int i, const char *text, int to)
{
    struct e2ee_input in = {.type = E2EE_IN_NOTE, .b = span_str(text)};
    in.a = to < 0 ? nothing() : span_of(h->person[to].participant, E2EE_PARTICIPANT);
    return hall_tell(h, i, &in);
}

uint32_t hall_heard(const struct hall *h, int i, const char *text)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < HALL_NOTES && k < h->person[i].n_notes; k++)
        n += strcmp(h->person[i].note[k].text, text) == 0;
    return n;
}

static void hello(struct hall *h, int i, bool resumed)
{
    struct hall_person *p = &h->person[i];
    struct e2ee_input in = {.type = E2EE_IN_WELCOMED,
                            .member = p->member,
                            .flag = resumed,
                            .a = span_of(h->descriptor, h->descriptor_len),
                            .b = hall_group(h),
                            .epoch = h->epoch};
    p->connected = true;
    hall_down(h, i, &in);
    for (int k = 0; k < h->n_people && !p->waiting; k++) {
        struct hall_person *q = &h->person[k];
        if (k == i || !q->used || q->waiting || (!q->connected && !q->away))
            continue;
        hall_show(h, k, i);
        if (!resumed)
            hall_show(h, i, k);
    }
}

static int join(struct hall *h, const char *name, bool host, int device)
{
    int i = h->n_people++;
    struct hall_person *p = &h->person[i];
    uint8_t seed[32];
    if (i >= HALL_PEOPLE)
        abort();
    memset(p, 0, sizeof *p);
    p->used = true;
    p->host = host;
    p->member = (uint32_t)i + 1;
    p->waiting = h->waiting_room && !host;
    for (size_t k = 0; name[k] && k < sizeof p->name - 1; k++)
        p->name[k] = name[k];
    fill(h, seed, sizeof seed);
    p->random = p->random_start = hall_random(h, UINT32_MAX) + 1;
    suite_sign_keys(seed, p->device_secret, p->device);
    if (device >= 0) {
        memcpy(p->device_secret, h->person[device].device_secret, sizeof p->device_secret);
        memcpy(p->device, h->person[device].device, sizeof p->device);
    }
    struct e2ee_config c = {.members = h->capacity,
                            .random = {person_fill, p},
                            .link = h->link,
                            .name = span_str(p->name)};
    c.link.host = host;
    memcpy(c.device_public, p->device, sizeof p->device);
    p->memory = calloc(1, e2ee_bytes(h->capacity));
    if (!p->memory || e2ee_open(p->memory, &c, &p->e) != ERR_OK)
        abort();
    memcpy(p->participant, e2ee_participant(p->e), E2EE_PARTICIPANT);
    p->deadline = UINT64_MAX;
    hello(h, i, false);
    return i;
}

int hall_join(struct hall *h, const char *name, bool host)
{
    return join(h, name, host, -1);
}

int hall_join_device(struct hall *h, const char *name, int device)
{
    return join(h, name, false, device);
}

void hall_leave(struct hall *h, int i)
{
    struct hall_person *p = &h->person[i];
    p->wanted_gone = p->in_group;
    p->connected = p->in_group = p->asks = p->away = false;
    p->used = false;
    for (int k = 0; k < h->n_people; k++)
        if (k != i && h->person[k].used)
            hall_down(h, k,
                      &(struct e2ee_input){.type = E2EE_IN_GONE,
                                           .member = p->member,
                                           .a = span_of(p->participant, E2EE_PARTICIPANT)});
    if (p->wanted_gone) {
        h->asked_rank = 0;
        h->ask_at = h->now;
    }
}

void hall_disconnect(struct hall *h, int i)
{
    h->person[i].connected = h->person[i].in_group = false;
    h->person[i].away = true;
    hall_tell(h, i, &(struct e2ee_input){.type = E2EE_IN_DISCONNECTED});
}

void hall_reconnect(struct hall *h, int i)
{
    h->person[i].away = false;
    hello(h, i, true);
}

struct e2ee_status hall_status(const struct hall *h, int i)
{
    struct e2ee_status s;
    e2ee_status(h->person[i].e, &s);
    return s;
}

bool hall_same_epoch(const struct hall *h, int a, int b)
{
    struct sframe_key x, y;
    struct e2ee_status s = hall_status(h, a), t = hall_status(h, b);
    uint32_t other = s.leaf + t.leaf + 1; /* nobody's own leaf */
    return s.epoch == t.epoch && strcmp(s.code, t.code) == 0 &&
           e2ee_media_key(h->person[a].e, SFRAME_AUDIO, other, s.epoch, &x) == ERR_OK &&
           e2ee_media_key(h->person[b].e, SFRAME_AUDIO, other, s.epoch, &y) == ERR_OK &&
           memcmp(&x, &y, sizeof x) == 0;
}

bool hall_all_secure(struct hall *h)
{
    int first = -1, n = 0;
    for (int i = 0; i < h->n_people; i++)
        n += h->person[i].used && h->person[i].connected && !h->person[i].waiting;
    for (int i = 0; i < h->n_people; i++) {
        const struct hall_person *p = &h->person[i];
        if (!p->used || !p->connected || p->waiting)
            continue;
        struct e2ee_status s = hall_status(h, i);
        if (s.phase != E2EE_SECURE || s.count != (uint32_t)n)
            return false;
        if (first >= 0 && !hall_same_epoch(h, first, i))
            return false;
        first = first < 0 ? i : first;
    }
    return true;
}

/* ---- time ---- */

static void deliver(struct hall *h, struct hall_mail *m)
{
    struct hall_person *p = &h->person[m->person];
    bool shell = m->in.type == E2EE_IN_DEVICE_SIGNED;
    if (!p->used || (!shell && !p->connected))
        return;
    if (!shell && h->hooks.down && !h->hooks.down(h, m->person, &m->in))
        return;
    (void)hall_tell(h, m->person, &m->in);
}

static int next_tick(const struct hall *h, uint64_t *at)
{
    int who = -1;
    for (int i = 0; i < h->n_people; i++)
        if (h->person[i].used && h->person[i].deadline < *at) {
            *at = h->person[i].deadline;
            who = i;
        }
    return who;
}

/* One step, not later than `until`; false: nothing is due by then. */
static bool step(struct hall *h, uint64_t until)
{
    uint64_t at = until + 1;
    int who = next_tick(h, &at);
    bool asking = h->ask_at < at, mailing = false;
    if (asking)
        at = h->ask_at;
    if (h->n_mail > 0 && h->mail[0].at <= at && h->mail[0].at <= until) {
        mailing = true;
        at = h->mail[0].at;
    }
    if (at > until)
        return false;
    if (at > h->now)
        h->now = at;
    if (mailing) {
        struct hall_mail m = fetch(h);
        if (m.up)
            hall_serve(h, &m);
        else
            deliver(h, &m);
        free(m.bytes);
    } else if (asking) {
        h->ask_at = UINT64_MAX;
        if (hall_anything_wanted(h) && h->group_len > 0)
            hall_ask(h);
    } else {
        (void)hall_tell(h, who, &(struct e2ee_input){.type = E2EE_IN_TICK});
    }
    return true;
}

void hall_run(struct hall *h, uint64_t ms)
{
    uint64_t until = h->now + ms;
    while (step(h, until)) {
    }
    h->now = until;
}

bool hall_until(struct hall *h, uint64_t ms, bool (*holds)(struct hall *h))
{
    uint64_t until = h->now + ms;
    while (!holds(h))
        if (!step(h, until))
            return false;
    return true;
}

void hall_open(struct hall *h, const struct hall_terms *terms)
{
    static char meeting[] = "abcdefghijklmnopq234";
    memset(h, 0, sizeof *h);
    h->seed = terms->seed * 0x9E3779B97F4A7C15ull + 1;
    h->now = 1800000000000ull;
    h->capacity = terms->capacity ? terms->capacity : 32;
    h->waiting_room = terms->waiting_room;
    h->ask_at = UINT64_MAX;
    h->link.meeting = span_of(meeting, 20);
    h->link.host = true;
    (void)suite_start();
    fill(h, h->link.secret, E2EE_SECRET);
    fill(h, h->link.host_secret, E2EE_SECRET);
    e2ee_host_key_hash(&h->link, h->link.host_key_hash);
    struct writer w = writer_of(h->descriptor, sizeof h->descriptor);
    struct e2ee_terms t = {terms->waiting_room, 60, h->now / 1000};
    if (e2ee_descriptor_make(&h->link, &t, &w) != ERR_OK)
        abort();
    h->descriptor_len = writer_len(&w);
}

void hall_close(struct hall *h)
{
    for (int i = 0; i < h->n_people; i++) {
        if (h->person[i].e)
            e2ee_close(h->person[i].e);
        free(h->person[i].memory);
    }
    for (size_t i = 0; i < h->n_mail; i++)
        free(h->mail[i].bytes);
    for (size_t i = 0; i < HALL_LOG; i++)
        free(h->log[i].commit);
    free(h->mail);
}
