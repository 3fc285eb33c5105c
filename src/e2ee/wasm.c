#include "e2ee/wasm.h"

#include "e2ee/link.h"

enum { BUFFER = 1 << 20, WORDS = 16, LINK_BYTES = LINK_MEETING + 3 * E2EE_SECRET + 1 };

static uint8_t buffer[BUFFER];
static uint32_t words[WORDS];
static const void *addresses[WORDS];
static struct e2ee *session;
static void *block;
static uint32_t block_bytes;

/* Texts that results point to. */
static union {
    char digits[E2EE_PAIR_DIGITS + 1];
    struct sframe_key key;
    uint8_t proofs[2][E2EE_PROOF];
    struct {
        uint8_t hash[E2EE_SECRET], descriptor[E2EE_DESCRIPTOR_MAX];
    } meeting;
    struct e2ee_status status;
} answer;

/* ---- randomness and memory, the two things that differ ---- */

#ifdef __wasm__
__attribute__((import_module("env"), import_name("random_fill"))) void random_fill(uint8_t *out,
                                                                                   uint32_t len);

static void draw(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    random_fill(out, (uint32_t)len);
}

static const struct random_source randomness = {draw, NULL};

enum { PAGE = 65536 };

static bool take_block(uint32_t bytes)
{
    if (block_bytes >= bytes)
        return true;
    uint32_t pages = (bytes + PAGE - 1) / PAGE;
    size_t at = __builtin_wasm_memory_grow(0, pages);
    if (at == (size_t)-1)
        return false;
    block = (void *)(at * PAGE);
    block_bytes = pages * PAGE;
    return true;
}
#else
static struct random_source randomness;

void core_native(struct random_source random, void *memory, uint32_t bytes)
{
    randomness = random;
    block = memory;
    block_bytes = bytes;
}

static bool take_block(uint32_t bytes)
{
    return block_bytes >= bytes;
}
#endif

/* ---- results ---- */

static void put(uint32_t slot, uint32_t v)
{
    words[slot] = v;
}

static void put_address(uint32_t slot, const void *p)
{
    addresses[slot] = p;
#ifdef __wasm__
    words[slot] = (uint32_t)(uintptr_t)p;
#else
    words[slot] = 0;
#endif
}

const uint32_t *core_result(void)
{
    return words;
}

const void *core_address(uint32_t slot)
{
    return slot < WORDS ? addresses[slot] : NULL;
}

uint8_t *core_buffer(void)
{
    return buffer;
}

uint32_t core_buffer_size(void)
{
    return BUFFER;
}

void core_wipe(uint8_t *at, uint32_t len)
{
    suite_wipe(at, len);
}

const char *core_rule_words(uint32_t rule)
{
    return rule_words((enum mls_rule)rule);
}

/* ---- opening ---- */

uint32_t core_memory(uint32_t members)
{
    return (uint32_t)e2ee_bytes(members);
}

/* meeting || secret || host_hash || host || host_secret */
static void read_link(struct reader *r, struct e2ee_link *link)
{
    link->meeting = reader_take(r, LINK_MEETING);
    struct span secret = reader_take(r, E2EE_SECRET), hash = reader_take(r, E2EE_SECRET);
    link->host = reader_u8(r) != 0;
    struct span host_secret = reader_take(r, E2EE_SECRET);
    if (!reader_ok(r))
        return;
    memcpy(link->secret, secret.ptr, E2EE_SECRET);
    memcpy(link->host_key_hash, hash.ptr, E2EE_SECRET);
    memcpy(link->host_secret, host_secret.ptr, E2EE_SECRET);
}

static enum err read_config(uint32_t members, uint32_t n, struct e2ee_config *c)
{
    struct reader r = reader_of(span_of(buffer, n));
    *c = (struct e2ee_config){.members = members, .random = randomness};
    read_link(&r, &c->link);
    c->bot = reader_u8(&r) != 0;
    struct span device = reader_take(&r, sizeof c->device_public);
    c->has_build = reader_u8(&r) != 0;
    struct span build = reader_take(&r, sizeof c->build);
    c->name = reader_take(&r, reader_left(&r));
    if (!reader_ok(&r))
        return ERR_SHORT;
    memcpy(c->device_public, device.ptr, sizeof c->device_public);
    memcpy(c->build, build.ptr, sizeof c->build);
    return ERR_OK;
}

uint32_t core_open(uint32_t members, uint32_t n)
{
    struct e2ee_config c;
    if (n > BUFFER || members < 2 || members > 2048 || (members & (members - 1)) != 0)
        return ERR_MALFORMED;
    core_close();
    enum err e = read_config(members, n, &c);
    if (e == ERR_OK && !take_block((uint32_t)e2ee_bytes(members)))
        e = ERR_NOMEM;
    if (e == ERR_OK)
        e = e2ee_open(block, &c, &session);
    suite_wipe(&c, sizeof c);
    suite_wipe(buffer, n);
    return e;
}

void core_close(void)
{
    if (session)
        e2ee_close(session);
    session = NULL;
    suite_wipe(&answer, sizeof answer);
}

/* ---- facts and effects ---- */

uint32_t core_input(CORE_INPUT_FIELDS)
{
    if (!session)
        return ERR_STATE;
    if (a_len > BUFFER || b_len > BUFFER - a_len || c_len > BUFFER - a_len - b_len ||
        !(now_ms >= 0 && now_ms < 9e15) || type < E2EE_IN_WELCOMED || type > E2EE_IN_TICK)
        return ERR_MALFORMED;
    struct e2ee_input in = {
        .type = (enum e2ee_input_type)type,
        .member = member,
        .number = number,
        .reason = reason,
        .flags = flags,
        .flag = flag != 0,
        .epoch = epoch,
        .a = span_of(buffer, a_len),
        .b = span_of(buffer + a_len, b_len),
        .c = span_of(buffer + a_len + b_len, c_len),
    };
    return e2ee_input(session, &in, (uint64_t)now_ms);
}

uint32_t core_poll(void)
{
    struct e2ee_effect out;
    if (!session || !e2ee_poll(session, &out))
        return 0;
    put(0, out.type);
    put(1, out.member);
    put(2, out.number);
    put(3, out.rule);
    put(4, (uint32_t)out.epoch);
    put(5, out.flag);
    put_address(6, out.a.ptr);
    put(7, (uint32_t)out.a.len);
    put_address(8, out.b.ptr);
    put(9, (uint32_t)out.b.len);
    put_address(10, out.c.ptr);
    put(11, (uint32_t)out.c.len);
    put_address(12, out.joins);
    put(13, out.n_joins);
    put_address(14, out.gone.ptr);
    put(15, (uint32_t)out.gone.len);
    return 1;
}

double core_deadline(void)
{
    uint64_t at = session ? e2ee_deadline(session) : UINT64_MAX;
    return at == UINT64_MAX ? __builtin_inf() : (double)at;
}

/* ---- looking ---- */

void core_status(void)
{
    memset(&answer, 0, sizeof answer);
    if (session)
        e2ee_status(session, &answer.status);
    const struct e2ee_status *s = &answer.status;
    put(0, s->phase);
    put(1, s->why);
    put(2, (uint32_t)s->epoch);
    put(3, s->leaf);
    put(4, s->count);
    put(5, s->flags);
    put(6, s->admin);
    put(7, s->refused);
    put_address(8, s->code);
}

static void put_person(const struct e2ee_person *p)
{
    put(0, p->leaf);
    put(1, p->member);
    put_address(2, p->participant);
    put_address(3, p->name.ptr);
    put(4, (uint32_t)p->name.len);
    put_address(5, p->device);
    put(6, p->me);
    put(7, p->admin);
    put(8, p->bot);
    put(9, p->has_build);
    put(10, p->same_build);
    put(11, p->named);
}

uint32_t core_person(uint32_t cursor)
{
    struct e2ee_person p;
    if (!session || !e2ee_person_next(session, &cursor, &p))
        return 0;
    put_person(&p);
    return cursor;
}

uint32_t core_waiting(uint32_t cursor)
{
    struct e2ee_person p;
    if (!session || !e2ee_waiting_next(session, &cursor, &p))
        return 0;
    put_person(&p);
    return cursor;
}

uint32_t core_pair_code(void)
{
    if (!session)
        return ERR_STATE;
    put_address(0, answer.digits);
    return e2ee_pair_code(session, buffer, answer.digits);
}

uint32_t core_media_key(uint32_t context, uint32_t leaf, uint32_t epoch)
{
    if (!session)
        return ERR_STATE;
    if (context > SFRAME_SCREEN_AUDIO)
        return ERR_MALFORMED;
    put_address(0, &answer.key);
    return e2ee_media_key(session, (enum sframe_context)context, leaf, epoch, &answer.key);
}

const uint8_t *core_participant(void)
{
    return session ? e2ee_participant(session) : NULL;
}

uint32_t core_proofs(void)
{
    struct e2ee_link link = {.host = false};
    struct reader r = reader_of(span_of(buffer, LINK_BYTES));
    read_link(&r, &link);
    enum err e = link_meeting_valid(link.meeting) ? ERR_OK : ERR_MALFORMED;
    if (e == ERR_OK) {
        e2ee_access_proof(&link, answer.proofs[0]);
        e2ee_host_proof(&link, answer.proofs[1]);
        put_address(0, answer.proofs[0]);
        put_address(1, answer.proofs[1]);
    }
    suite_wipe(&link, sizeof link);
    return e;
}

uint32_t core_make_meeting(uint32_t waiting, uint32_t max_members, double created_s)
{
    struct e2ee_link link = {.meeting = span_of(buffer, LINK_MEETING), .host = true};
    struct e2ee_terms terms = {waiting != 0, (uint16_t)max_members, (uint64_t)created_s};
    if (max_members > UINT16_MAX || !(created_s >= 0 && created_s < 9e15))
        return ERR_MALFORMED;
    memcpy(link.secret, buffer + LINK_MEETING, E2EE_SECRET);
    memcpy(link.host_secret, buffer + LINK_MEETING + E2EE_SECRET, E2EE_SECRET);
    struct writer w = writer_of(answer.meeting.descriptor, sizeof answer.meeting.descriptor);
    enum err e = e2ee_descriptor_make(&link, &terms, &w);
    if (e == ERR_OK) {
        e2ee_host_key_hash(&link, answer.meeting.hash);
        put_address(0, answer.meeting.hash);
        put_address(1, answer.meeting.descriptor);
        put(2, (uint32_t)writer_len(&w));
    }
    suite_wipe(&link, sizeof link);
    return e;
}
