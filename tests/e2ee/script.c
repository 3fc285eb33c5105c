#include "e2ee/script.h"

#include "e2ee/wasm.h"

#include <stdlib.h>

/* ---- the hash ---- */

static void hash_bytes(uint64_t *hash, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ b[i]) * 0x100000001B3ull;
}

static void hash_word(uint64_t *hash, uint32_t v)
{
    uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    hash_bytes(hash, b, sizeof b);
}

static void hash_span(uint64_t *hash, struct span s)
{
    hash_word(hash, (uint32_t)s.len);
    hash_bytes(hash, s.ptr, s.len);
}

/* ---- recording ---- */

static void told(void *ctx, int i, const struct e2ee_input *in, uint64_t now)
{
    struct script *s = ctx;
    if (i != s->person)
        return;
    if (s->n == SCRIPT_STEPS)
        abort();
    struct script_step *step = &s->step[s->n];
    size_t len = in->a.len + in->b.len + in->c.len;
    step->in = *in;
    step->now = now;
    step->bytes = malloc(len + 1);
    uint8_t *at = step->bytes;
    struct span *spans[] = {&step->in.a, &step->in.b, &step->in.c};
    for (int k = 0; k < 3; k++) {
        if (spans[k]->len)
            memcpy(at, spans[k]->ptr, spans[k]->len);
        spans[k]->ptr = at;
        at += spans[k]->len;
    }
}

static void answered(void *ctx, int i, const struct e2ee_effect *out)
{
    struct script *s = ctx;
    if (i != s->person)
        return;
    uint32_t words[] = {out->type, out->member,          out->number,
                        out->rule, (uint32_t)out->epoch, out->flag};
    for (size_t k = 0; k < 6; k++)
        hash_word(&s->hash, words[k]);
    hash_span(&s->hash, out->a);
    hash_span(&s->hash, out->b);
    hash_span(&s->hash, out->c);
    hash_word(&s->hash, out->n_joins);
    for (uint32_t k = 0; k < out->n_joins; k++)
        hash_word(&s->hash, out->joins[k]);
}

static void done(void *ctx, int i, enum err e)
{
    struct script *s = ctx;
    struct e2ee_status now;
    struct sframe_key key;
    if (i != s->person)
        return;
    e2ee_status(s->session, &now);
    uint32_t words[] = {e,         now.phase, now.why,   (uint32_t)now.epoch, now.leaf,
                        now.count, now.flags, now.admin, now.refused};
    for (size_t k = 0; k < 9; k++)
        hash_word(&s->hash, words[k]);
    hash_bytes(&s->hash, now.code, strlen(now.code));
    enum err held = e2ee_media_key(s->session, SFRAME_AUDIO, 0, now.epoch, &key);
    hash_word(&s->hash, held);
    if (held == ERR_OK)
        hash_bytes(&s->hash, &key, SFRAME_KEY + SFRAME_SALT);
    s->step[s->n++].hash = s->hash;
}

/* meeting secret host_hash host host_secret bot device has_build build name */
static void write_config(struct script *s, const struct hall *h, int person)
{
    const struct hall_person *p = &h->person[person];
    struct writer w = writer_of(s->config, sizeof s->config);
    uint8_t zeros[32] = {0};
    writer_bytes(&w, h->link.meeting);
    writer_bytes(&w, span_of(h->link.secret, E2EE_SECRET));
    writer_bytes(&w, span_of(h->link.host_key_hash, E2EE_SECRET));
    writer_u8(&w, p->host);
    writer_bytes(&w, span_of(p->host ? h->link.host_secret : zeros, E2EE_SECRET));
    writer_u8(&w, 0);
    writer_bytes(&w, span_of(p->device, sizeof p->device));
    writer_u8(&w, 0);
    writer_bytes(&w, span_of(zeros, sizeof zeros));
    writer_text(&w, p->name);
    s->config_len = (uint32_t)writer_len(&w);
}

static void someone_joins(struct script *s, struct hall *h, const char *name)
{
    int i = hall_join(h, name, h->n_people == 0);
    if (i != s->person)
        return;
    write_config(s, h, i);
    s->session = h->person[i].e;
    s->random = h->person[i].random_start;
    h->tape = (struct hall_tape){told, answered, done, s};
}

static void scenario(struct script *s, struct hall *h)
{
    static const char *const names[] = {"Ana", "Ben", "Chi", "Dan", "Eve", "Flo", "Gus", "Hal"};
    for (int i = 0; i < 8; i++) {
        someone_joins(s, h, names[i]);
        hall_run(h, hall_random(h, 1500));
    }
    hall_run(h, 3000);
    for (int round = 0; round < 6; round++) {
        hall_say(h, 0, "to everybody", -1);
        hall_say(h, 1, "to the host alone", 0);
        hall_say(h, 0, "to the first guest alone", 1);
        hall_tell(h, 1, &(struct e2ee_input){.type = E2EE_IN_RENAME, .b = span_str("Benno")});
        hall_run(h, 5000);
        uint32_t flags = round % 2 ? 0 : E2EE_LOCKED;
        hall_tell(h, 0, &(struct e2ee_input){.type = E2EE_IN_POLICY, .flags = flags});
        hall_run(h, 2000);
    }
    struct e2ee_input remove = {.type = E2EE_IN_REMOVE};
    remove.a = span_of(h->person[4].participant, E2EE_PARTICIPANT);
    hall_tell(h, 0, &remove);
    hall_leave(h, 6);
    hall_run(h, 3000);
    hall_disconnect(h, 1);
    hall_run(h, 2000);
    hall_reconnect(h, 1);
    hall_run(h, 30000);
    hall_tell(h, 1, &(struct e2ee_input){.type = E2EE_IN_LEAVE});
}

void script_record(struct script *s, uint64_t seed, int person)
{
    static struct hall hall;
    memset(s, 0, sizeof *s);
    s->person = person;
    s->hash = 0xCBF29CE484222325ull;
    hall_open(&hall, &(struct hall_terms){.seed = seed});
    s->members = hall.capacity;
    scenario(s, &hall);
    hall_close(&hall);
}

void script_free(struct script *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        free(s->step[i].bytes);
}

/* ---- as text ---- */

static void write_hex(FILE *to, struct span s)
{
    fputc(' ', to);
    if (s.len == 0)
        fputc('-', to);
    for (size_t i = 0; i < s.len; i++)
        fprintf(to, "%02x", s.ptr[i]);
}

void script_write(const struct script *s, FILE *to)
{
    fprintf(to, "R %llu\nO %u", (unsigned long long)s->random, s->members);
    write_hex(to, span_of(s->config, s->config_len));
    fputc('\n', to);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct e2ee_input *in = &s->step[i].in;
        fprintf(to, "I %u %u %u %u %u %u %llu %llu", in->type, in->member, in->number, in->reason,
                in->flags, in->flag, (unsigned long long)in->epoch,
                (unsigned long long)s->step[i].now);
        write_hex(to, in->a);
        write_hex(to, in->b);
        write_hex(to, in->c);
        fprintf(to, "\nE %016llx\n", (unsigned long long)s->step[i].hash);
    }
}

/* ---- replay ---- */

static void replay_fill(void *ctx, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = hall_byte(ctx);
}

static void replay_poll(uint64_t *hash)
{
    const uint32_t *w = core_result();
    while (core_poll()) {
        for (int k = 0; k < 6; k++)
            hash_word(hash, w[k]);
        for (uint32_t k = 6; k < 12; k += 2)
            hash_span(hash, span_of(core_address(k), w[k + 1]));
        hash_word(hash, w[13]);
        const uint32_t *joins = core_address(12);
        for (uint32_t k = 0; k < w[13]; k++)
            hash_word(hash, joins[k]);
    }
}

static void replay_state(uint64_t *hash, uint32_t result)
{
    const uint32_t *w = core_result();
    core_status();
    hash_word(hash, result);
    for (int k = 0; k < 8; k++)
        hash_word(hash, w[k]);
    uint32_t epoch = w[2];
    const char *code = core_address(8);
    hash_bytes(hash, code, strlen(code));
    uint32_t held = core_media_key(SFRAME_AUDIO, 0, epoch);
    hash_word(hash, held);
    if (held == ERR_OK)
        hash_bytes(hash, core_address(0), SFRAME_KEY + SFRAME_SALT);
}

int script_replay(const struct script *s)
{
    uint64_t random = s->random, hash = 0xCBF29CE484222325ull;
    void *memory = malloc(core_memory(s->members));
    int differs = -1;
    core_native((struct random_source){replay_fill, &random}, memory, core_memory(s->members));
    memcpy(core_buffer(), s->config, s->config_len);
    if (core_open(s->members, s->config_len) != ERR_OK)
        differs = 0;
    for (uint32_t i = 0; i < s->n && differs < 0; i++) {
        const struct e2ee_input *in = &s->step[i].in;
        memcpy(core_buffer(), s->step[i].bytes, in->a.len + in->b.len + in->c.len);
        uint32_t result = core_input(
            in->type, in->member, in->number, in->reason, in->flags, in->flag, (uint32_t)in->epoch,
            (uint32_t)in->a.len, (uint32_t)in->b.len, (uint32_t)in->c.len, (double)s->step[i].now);
        replay_poll(&hash);
        replay_state(&hash, result);
        if (hash != s->step[i].hash)
            differs = (int)i;
    }
    core_close();
    free(memory);
    return differs;
}
