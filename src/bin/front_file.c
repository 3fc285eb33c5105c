/* Files of a meeting: ciphertext that members leave for each other, in memory, gone with it.
 * knows: sessions' tokens, sizes, whose file is whose meeting's. knows not: what is in a file, its
 * name or its kind; the key is in the group's messages. owns: the files. */
#include <stdlib.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/front.h"
#include "crypt/crypt.h"
#include "io/clock.h"

enum {
    FILE_OVERHEAD = 256
}; /* bytes that a file counts beside its own, so that many small ones end */

bool files_token(struct session *s)
{
    if (!s->has_file_token)
        s->has_file_token = crypt_random(s->file_token, sizeof s->file_token) == ERR_OK;
    return s->has_file_token;
}

/* Whose file it is, or would be. room 0: nobody's. */
struct place {
    uint32_t room, owner;
    bool may_put;
};

/* The session that this token was given to, in this meeting and not waiting. */
static struct place place_of_token(struct front *f, const struct web_file_ask *q)
{
    static const struct place nowhere = {0, 0, false};
    uint8_t token[32];
    size_t len = 0;
    if (text_unbase64url(token, sizeof token, &len, q->token) != ERR_OK || len != sizeof token)
        return nowhere;
    for (uint32_t i = 0; i <= f->sessions.mask; i++) {
        const struct map_cell *cell = &f->session_cells[i];
        if (!cell->used)
            continue;
        const struct session *s = (const struct session *)(uintptr_t)cell->value;
        if (s->joined && s->has_file_token && crypt_equal(s->file_token, token, sizeof token))
            return span_equal(q->meeting, span_str(meet_meeting_of(f->meet, s->number)))
                       ? (struct place){meet_room_of(f->meet, s->number), s->member,
                                        meet_may_share_files(f->meet, s->number)}
                       : nowhere;
    }
    return nowhere;
}

static unsigned put_status(const struct front *f, struct place at, size_t len)
{
    size_t cost = len + FILE_OVERHEAD, room = cost, own = cost;
    if (at.room == 0 || !at.may_put)
        return 403;
    if (len == 0 || len > LIMIT_FILE)
        return 413;
    for (const struct kept_file *k = f->files_kept.first; k; k = k->next) {
        size_t kept = k->room == at.room ? k->len + FILE_OVERHEAD : 0;
        room += kept;
        own += k->owner == at.owner ? kept : 0;
    }
    if (own > LIMIT_PEER_FILES || room > LIMIT_ROOM_FILES ||
        f->files_kept.bytes + cost > LIMIT_FILES)
        return 507;
    return 0;
}

unsigned files_check(void *front, const struct web_file_ask *q, size_t len)
{
    struct front *f = front;
    return put_status(f, place_of_token(f, q), len);
}

static void refuse(struct front *f, uint64_t call, unsigned status)
{
    const char *json = status == 403   ? "{\"error\":\"forbidden\"}"
                       : status == 404 ? "{\"error\":\"not_found\"}"
                       : status == 413 ? "{\"error\":\"limit\"}"
                       : status == 507 ? "{\"error\":\"full\"}"
                                       : "{\"error\":\"busy\"}";
    web_answer(f->web, call, status, span_str(json));
}

static struct kept_file *keep(struct front *f, struct place at, struct span body)
{
    struct kept_file *k = malloc(sizeof *k + body.len);
    if (!k || crypt_random(k->id, sizeof k->id) != ERR_OK) {
        free(k);
        return NULL;
    }
    k->room = at.room;
    k->owner = at.owner;
    k->since = clock_now();
    k->len = body.len;
    memcpy(k->bytes, body.ptr, body.len);
    k->next = f->files_kept.first;
    f->files_kept.first = k;
    f->files_kept.bytes += k->len + FILE_OVERHEAD;
    return k;
}

void files_put(void *front, uint64_t call, const struct web_file_ask *q, struct span body)
{
    struct front *f = front;
    char json[64] = "{\"file\":\"";
    struct place where = place_of_token(f, q);
    unsigned status = put_status(f, where, body.len); /* anew: time went by since the head came */
    struct kept_file *k = status == 0 ? keep(f, where, body) : NULL;
    if (!k) {
        refuse(f, call, status ? status : 503);
        return;
    }
    size_t at = strlen(json);
    text_base64url(json + at, span_of(k->id, sizeof k->id));
    at += TEXT_BASE64URL_LEN(sizeof k->id);
    memcpy(json + at, "\"}", 3);
    web_answer(f->web, call, 201, span_str(json));
}

void files_get(void *front, uint64_t call, const struct web_file_ask *q)
{
    struct front *f = front;
    uint8_t id[16];
    size_t len = 0;
    uint32_t room = place_of_token(f, q).room;
    bool named =
        text_unbase64url(id, sizeof id, &len, q->file) == ERR_OK && len == sizeof id && room != 0;
    for (const struct kept_file *k = f->files_kept.first; k && named; k = k->next) {
        if (k->room == room && memcmp(k->id, id, sizeof id) == 0) {
            web_answer_bytes(f->web, call, span_of(k->bytes, k->len));
            return;
        }
    }
    refuse(f, call, room == 0 ? 403 : 404);
}

static void drop_one(struct front *f, struct kept_file **at)
{
    struct kept_file *k = *at;
    *at = k->next;
    f->files_kept.bytes -= k->len + FILE_OVERHEAD;
    free(k);
}

void files_drop(struct front *f, uint32_t room)
{
    struct kept_file **at = &f->files_kept.first;
    while (*at) {
        if ((*at)->room == room)
            drop_one(f, at);
        else
            at = &(*at)->next;
    }
}

void files_expire(struct front *f, instant_us now)
{
    struct kept_file **at = &f->files_kept.first;
    while (*at && now - (*at)->since <= FRONT_FILE_S * US_PER_S)
        at = &(*at)->next;
    while (*at) /* what follows is older still */
        drop_one(f, at);
}
