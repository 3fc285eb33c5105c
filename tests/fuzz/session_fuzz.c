/* A live session and a server that says anything: facts are cut from the input. Whatever comes,
 * one's own group stays what it is: nobody is in it who was not added by a valid commit, and no
 * epoch begins but by one's own. */
#include "base/bug.h"
#include "e2ee/session.h"

#include <sodium.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMBERS = 16 };

static struct e2ee *e;
static struct e2ee_link link = {.host = true, .secret = {1}, .host_secret = {2}};
static uint8_t device_secret[SUITE_SIGN_SECRET], descriptor[E2EE_DESCRIPTOR_MAX];
static struct span description;
static uint64_t now, stream;
static void *memory, *snapshot;

static void fill(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        stream = stream * 6364136223846793005ull + 1442695040888963407ull;
        out[i] = (uint8_t)(stream >> 56);
    }
}

static void tell(const struct e2ee_input *in);

static void drain(void)
{
    struct e2ee_effect out;
    uint8_t signature[SUITE_SIGNATURE];
    bool asked = false, create = false;
    uint32_t number = 0;
    while (e2ee_poll(e, &out)) {
        if (out.type == E2EE_OUT_SIGN) {
            asked = true;
            crypto_sign_detached(signature, NULL, out.b.ptr, out.b.len, device_secret);
        }
        create = create || out.type == E2EE_OUT_CREATE;
        number = out.type == E2EE_OUT_CREATE ? out.number : number;
    }
    if (asked)
        tell(&(struct e2ee_input){.type = E2EE_IN_DEVICE_SIGNED,
                                  .a = span_of(signature, sizeof signature)});
    else if (create)
        tell(&(struct e2ee_input){.type = E2EE_IN_REPLY, .number = number});
}

static void tell(const struct e2ee_input *in)
{
    (void)e2ee_input(e, in, now);
    drain();
}

static void start(void)
{
    struct e2ee_config c = {.members = MEMBERS, .random = {fill, NULL}, .name = span_str("Ana")};
    uint8_t seed[32] = {3};
    link.meeting = span_str("abcdefghijklmnopq234");
    (void)suite_start();
    e2ee_host_key_hash(&link, link.host_key_hash);
    suite_sign_keys(seed, device_secret, c.device_public);
    c.link = link;
    struct writer w = writer_of(descriptor, sizeof descriptor);
    BUG_IF(e2ee_descriptor_make(&link, &(struct e2ee_terms){true, 10, 1}, &w) != ERR_OK);
    description = writer_span(&w);
    memory = malloc(e2ee_bytes(MEMBERS));
    snapshot = malloc(e2ee_bytes(MEMBERS));
    BUG_IF(!memory || !snapshot || e2ee_open(memory, &c, &e) != ERR_OK);
    now = 1800000000000ull;
    tell(&(struct e2ee_input){.type = E2EE_IN_WELCOMED, .member = 1, .a = description});
    BUG_IF(!group_active(e->g));
    memcpy(snapshot, memory, e2ee_bytes(MEMBERS));
}

/* type, kind of a, epoch, lengths, then bytes */
static size_t one_fact(const uint8_t *at, size_t left)
{
    struct e2ee_input in = {.type = (enum e2ee_input_type)(at[0] % (E2EE_IN_TICK + 1))};
    uint8_t id[GROUP_ID_MAX];
    size_t n = (size_t)(at[3] << 2), k = at[4] % 64, head = 8;
    if (left < head + n + k)
        return left;
    struct span group = group_id(e->g);
    memcpy(id, group.ptr, group.len);
    in.a = at[1] & 1 ? span_of(id, group.len) : span_of(at + head + n, k);
    in.b = span_of(at + head, n);
    in.c = span_of(at + head, n < 32 ? n : 32);
    in.epoch = group_epoch(e->g) + (at[2] & 3) - 1;
    in.member = at[5];
    in.number = at[6];
    in.reason = at[7] & 3;
    in.flag = at[1] & 2;
    in.flags = at[1] >> 4;
    now += at[1] & 4 ? at[7] * 16u : 0;
    tell(&in);
    return head + n + k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!e)
        start();
    memcpy(memory, snapshot, e2ee_bytes(MEMBERS));
    now = 1800000000000ull;
    while (size >= 8) {
        size_t used = one_fact(data, size);
        data += used;
        size -= used;
        BUG_IF(group_active(e->g) && tree_count(group_tree(e->g)) != 1);
    }
    return 0;
}
