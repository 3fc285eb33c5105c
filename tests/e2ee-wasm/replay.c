/* The native half of tests/e2ee-wasm: reads the lines that core.mjs wrote, does the same calls of
 * wasm.h on the native core and prints a digest of everything that came out, line by line. knows:
 * the lines' form. knows not: what they mean. owns: the block of one session. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "e2ee/wasm.h"

enum { LINE_MAX_BYTES = 4 << 20, DIGEST_SHOWN = 8, NUMBERS = 10 };

static crypto_hash_sha256_state sum;

/* ---- what goes into the digest ---- */

static void number(uint32_t v)
{
    uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    crypto_hash_sha256_update(&sum, b, sizeof(b));
}

static void text(const void *p, uint32_t len)
{
    number(len);
    if (len > 0)
        crypto_hash_sha256_update(&sum, p, len);
}

static void digest_line(void)
{
    crypto_hash_sha256_state copy = sum;
    uint8_t out[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&copy, out);
    for (int i = 0; i < DIGEST_SHOWN; i++)
        printf("%02x", out[i]);
    putchar('\n');
}

/* ---- randomness: splitmix32, as in core.mjs ---- */

static uint32_t state;

static void draw(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    for (size_t i = 0; i < len; i++) {
        state += 0x9e3779b9;
        uint32_t z = state;
        z = (z ^ (z >> 16)) * 0x85ebca6b;
        z = (z ^ (z >> 13)) * 0xc2b2ae35;
        out[i] = (uint8_t)(z ^ (z >> 16));
    }
}

/* ---- what can be looked at ---- */

struct leaf_seen {
    uint32_t leaf;
    uint8_t participant[16];
};

static uint32_t people(uint32_t (*next)(uint32_t), struct leaf_seen *seen, uint32_t room)
{
    static const int slots[] = {0, 1, 6, 7, 8, 9, 10};
    uint32_t n = 0;
    for (uint32_t at = next(0); at != 0; at = next(at)) {
        const uint32_t *r = core_result();
        for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
            number(r[slots[i]]);
        text(core_address(2), 16);
        text(core_address(3), r[4]);
        text(core_address(5), 32);
        if (n == room)
            continue;
        seen[n].leaf = r[0];
        memcpy(seen[n++].participant, core_address(2), 16);
    }
    return n;
}

static uint32_t keyed;

/* Once an epoch: that is when they change. */
static void keys(const struct leaf_seen *seen, uint32_t n, uint32_t epoch)
{
    if (epoch == keyed)
        return;
    keyed = epoch;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t context = 0; context < 2; context++) {
            uint32_t failed = core_media_key(context, seen[i].leaf, epoch);
            number(failed);
            if (failed == 0)
                text(core_address(0), 44);
        }
        memcpy(core_buffer(), seen[i].participant, 16);
        uint32_t failed = core_pair_code();
        number(failed);
        if (failed == 0)
            text(core_address(0), 60);
    }
}

static void look(void)
{
    static struct leaf_seen seen[2048], waiting[2048];
    double deadline = core_deadline();
    number(deadline < 9e15 ? (uint32_t)(uint64_t)deadline : 0);
    core_status();
    uint32_t epoch = core_result()[2];
    for (int i = 0; i < 8; i++)
        number(core_result()[i]);
    text(core_address(8), 30);
    uint32_t n = people(core_person, seen, 2048);
    people(core_waiting, waiting, 2048);
    keys(seen, n, epoch);
}

static void drain(void)
{
    while (core_poll() != 0) {
        const uint32_t *r = core_result();
        for (int i = 0; i < 6; i++)
            number(r[i]);
        for (uint32_t slot = 6; slot <= 10; slot += 2)
            text(core_address(slot), r[slot + 1]);
        text(core_address(12), r[13] * 4);
    }
    look();
    digest_line();
}

/* ---- lines ---- */

static uint32_t unhex(const char *from, uint8_t *out)
{
    uint32_t n = 0;
    for (unsigned byte; sscanf(from, "%2x", &byte) == 1; from += 2)
        out[n++] = (uint8_t)byte;
    return n;
}

static void *block;

static void open_line(char *rest)
{
    char *end;
    uint32_t members = (uint32_t)strtoul(rest, &end, 10);
    uint32_t bytes = core_memory(members);
    core_close();
    free(block);
    block = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    if (!block)
        abort();
    crypto_hash_sha256_init(&sum);
    keyed = UINT32_MAX;
    core_native((struct random_source){draw, NULL}, block, bytes);
    if (core_open(members, unhex(end + 1, core_buffer())) != 0) {
        fprintf(stderr, "replay: the core did not open\n");
        exit(1);
    }
    drain();
}

static void input_line(char *rest)
{
    uint32_t v[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        v[i] = (uint32_t)strtoul(rest, &rest, 10);
    double now = strtod(rest, &rest);
    unhex(rest + 1, core_buffer());
    number(core_input(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], now));
    drain();
}

int main(void)
{
    char *line = malloc(LINE_MAX_BYTES);
    if (!line || sodium_init() < 0)
        return 1;
    while (fgets(line, LINE_MAX_BYTES, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == 'S')
            state = (uint32_t)strtoul(line + 2, NULL, 10);
        else if (line[0] == 'O')
            open_line(line + 2);
        else if (line[0] == 'I')
            input_line(line + 2);
        else
            return 2;
    }
    core_close();
    free(block);
    free(line);
    return 0;
}
