#include "meeting.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Some day of 2027. */
static const uint64_t clock_ms = 1800000000000;

static void need(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "bench-e2ee: meeting: %s\n", what);
    exit(1);
}

static uint8_t *take(size_t bytes)
{
    uint8_t *p = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    need(p != NULL, "memory");
    return p;
}

static void stream_draw(void *ctx, uint8_t *out, size_t len)
{
    struct stream *s = ctx;
    uint8_t nonce[8];
    memcpy(nonce, &s->block, sizeof nonce);
    crypto_stream_chacha20(out, len, nonce, s->key);
    s->block++;
}

void attendee_keep(struct attendee *a)
{
    memcpy(a->kept, a->memory, a->bytes);
}

void attendee_return(struct attendee *a)
{
    memcpy(a->memory, a->kept, a->bytes);
}

/* ---- one session ---- */

/* What a session asked for, and gets once its effects are drained. */
struct asked {
    bool sign, ok;
    uint32_t number;
    uint8_t signature[SUITE_SIGNATURE];
};

static void keep_bytes(uint8_t *room, size_t max, struct span bytes, size_t *len)
{
    need(bytes.len <= max, "room");
    memcpy(room, bytes.ptr, bytes.len);
    *len = bytes.len;
}

static void carry(struct meeting *m, struct attendee *a, const struct e2ee_effect *e,
                  struct asked *q)
{
    size_t len;
    switch (e->type) {
    case E2EE_OUT_SIGN:
        q->sign = true;
        need(crypto_sign_detached(q->signature, NULL, e->b.ptr, e->b.len, a->device) == 0, "sign");
        break;
    case E2EE_OUT_CREATE:
        keep_bytes(m->group_room, sizeof m->group_room, e->a, &len);
        m->group = span_of(m->group_room, len);
        q->ok = true;
        q->number = e->number;
        break;
    case E2EE_OUT_JOIN:
        keep_bytes(a->package, sizeof a->package, e->b, &a->package_len);
        memcpy(a->proof, e->c.ptr, sizeof a->proof);
        break;
    case E2EE_OUT_COMMIT:
        keep_bytes(m->commit, MESSAGE_MAX, e->b, &m->commit_len);
        keep_bytes(m->welcome, MESSAGE_MAX, e->c, &m->welcome_len);
        break;
    case E2EE_OUT_REFUSED:
        m->refused++;
        break;
    default: /* beats, and what a page would show */
        break;
    }
}

static void tell(struct meeting *m, struct attendee *a, const struct e2ee_input *in)
{
    struct asked q = {0};
    struct e2ee_effect effect;
    (void)e2ee_input(a->e, in, clock_ms); /* a refusal comes as an effect */
    while (e2ee_poll(a->e, &effect))
        carry(m, a, &effect, &q);
    need(m->refused == 0, "an input was refused");
    if (q.sign)
        tell(m, a,
             &(struct e2ee_input){.type = E2EE_IN_DEVICE_SIGNED,
                                  .a = span_of(q.signature, sizeof q.signature)});
    if (q.ok)
        tell(m, a,
             &(struct e2ee_input){
                 .type = E2EE_IN_REPLY, .number = q.number, .reason = E2EE_REPLY_OK});
}

static struct span id_of(struct meeting *m, uint32_t member)
{
    return span_of(m->participant[member], E2EE_PARTICIPANT);
}

static void tell_here(struct meeting *m, struct attendee *a, uint32_t member)
{
    tell(m, a,
         &(struct e2ee_input){.type = E2EE_IN_MEMBER, .member = member, .a = id_of(m, member)});
}

static void attendee_open(struct attendee *a, const struct meeting *m)
{
    a->bytes = e2ee_bytes(m->capacity);
    a->memory = take(a->bytes);
    a->kept = take(a->bytes);
}

static void attendee_close(struct attendee *a)
{
    if (a->e)
        e2ee_close(a->e);
    free(a->memory);
    free(a->kept);
}

/* A new person in the attendee's place, on the way in. */
static void arrive(struct meeting *m, struct attendee *a, uint32_t member)
{
    uint8_t seed[32];
    struct e2ee_config c = {
        .members = m->capacity,
        .random = {stream_draw, &m->stream},
        .link = m->link,
        .name = span_str("Somebody of usual length"),
    };
    if (a->e)
        e2ee_close(a->e);
    stream_draw(&m->stream, seed, sizeof seed);
    suite_sign_keys(seed, a->device, c.device_public);
    c.link.host = member == 1;
    need(e2ee_open(a->memory, &c, &a->e) == ERR_OK, "open");
    a->member = member;
    memcpy(m->participant[member], e2ee_participant(a->e), E2EE_PARTICIPANT);
    tell(m, a,
         &(struct e2ee_input){.type = E2EE_IN_WELCOMED,
                              .member = member,
                              .a = m->descriptor,
                              .b = m->group,
                              .epoch = m->epoch});
    for (uint32_t i = 1; i <= member; i++)
        tell_here(m, a, i);
}

/* ---- the host, who is the delivery service's committer ---- */

static void want(struct meeting *m, struct attendee *a)
{
    tell(m, &m->host,
         &(struct e2ee_input){.type = E2EE_IN_WANTED_JOIN,
                              .member = a->member,
                              .a = id_of(m, a->member),
                              .b = span_of(a->package, a->package_len),
                              .c = span_of(a->proof, sizeof a->proof)});
}

static void commit_wanted(struct meeting *m)
{
    m->commit_len = 0;
    tell(m, &m->host,
         &(struct e2ee_input){.type = E2EE_IN_WANTED, .a = m->group, .epoch = m->epoch});
    need(m->commit_len > 0, "no commit");
}

static void deliver_commit(struct meeting *m, struct attendee *to)
{
    tell(m, to,
         &(struct e2ee_input){.type = E2EE_IN_COMMIT,
                              .member = 1,
                              .epoch = m->epoch,
                              .a = m->group,
                              .b = span_of(m->commit, m->commit_len)});
}

static void deliver_welcome(struct meeting *m, struct attendee *to, uint64_t epoch)
{
    struct e2ee_status s;
    tell(m, to,
         &(struct e2ee_input){.type = E2EE_IN_GROUP_WELCOME,
                              .epoch = epoch,
                              .a = m->group,
                              .b = span_of(m->welcome, m->welcome_len)});
    e2ee_status(to->e, &s);
    need(s.phase == E2EE_SECURE && s.epoch == epoch, "not secure");
}

static void admit(struct meeting *m, uint32_t first, uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++) {
        arrive(m, &m->listener, i);
        tell_here(m, &m->host, i);
        want(m, &m->listener);
    }
    commit_wanted(m);
    deliver_commit(m, &m->host);
    m->epoch++;
    if (first + n > m->size)
        deliver_welcome(m, &m->listener, m->epoch);
}

static void describe(struct meeting *m)
{
    static const char id[] = "abcdefghijklmnopqrst";
    struct writer w = writer_of(m->descriptor_room, sizeof m->descriptor_room);
    const struct e2ee_terms terms = {.max_members = MEETING_MAX, .created_s = clock_ms / 1000};
    m->link.meeting = span_str(id);
    stream_draw(&m->stream, m->link.secret, sizeof m->link.secret);
    stream_draw(&m->stream, m->link.host_secret, sizeof m->link.host_secret);
    m->link.host = true;
    e2ee_host_key_hash(&m->link, m->link.host_key_hash);
    need(e2ee_descriptor_make(&m->link, &terms, &w) == ERR_OK, "descriptor");
    m->descriptor = writer_span(&w);
}

void meeting_open(struct meeting *m, uint32_t size, uint64_t seed)
{
    *m = (struct meeting){.size = size, .capacity = 2};
    while (m->capacity < size + 1)
        m->capacity *= 2;
    memcpy(m->stream.key, &seed, sizeof seed);
    m->commit = take(MESSAGE_MAX);
    m->welcome = take(MESSAGE_MAX);
    describe(m);
    attendee_open(&m->host, m);
    attendee_open(&m->listener, m);
    attendee_open(&m->newcomer, m);
    arrive(m, &m->host, 1);
    for (uint32_t have = 1, n; have < size; have += n) {
        n = size - have < E2EE_BATCH ? size - have : E2EE_BATCH;
        admit(m, have + 1, n);
    }
    arrive(m, &m->newcomer, size + 1);
    tell_here(m, &m->host, size + 1);
    tell_here(m, &m->listener, size + 1);
}

void meeting_close(struct meeting *m)
{
    attendee_close(&m->host);
    attendee_close(&m->listener);
    attendee_close(&m->newcomer);
    free(m->commit);
    free(m->welcome);
}

void meeting_add(struct meeting *m)
{
    want(m, &m->newcomer);
    commit_wanted(m);
}

void meeting_process(struct meeting *m)
{
    struct e2ee_status s;
    deliver_commit(m, &m->listener);
    e2ee_status(m->listener.e, &s);
    need(s.epoch == m->epoch + 1 && s.count == m->size + 1, "the commit was not taken");
}

void meeting_join(struct meeting *m)
{
    deliver_welcome(m, &m->newcomer, m->epoch + 1);
}
