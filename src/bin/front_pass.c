#include "bin/front_pass.h"

#include <stdlib.h>

#include "base/bug.h"
#include "bin/front_account.h"
#include "bin/front_list.h"
#include "cell/meeting_id.h"
#include "crypt/crypt.h"
#include "io/clock.h"
#include "io/logger.h"
#include "proto/frame.h"
#include "proto/note.h"

enum {
    WAYS = 128,
    CELLS = 4 * LIMIT_CONNECTIONS,
    TO_US_MOST = LIMIT_CONNECTIONS, /* sessions that others pass to us */
    CLOSE_AWAY = 1013,
    CLOSE_PROTOCOL = 1002,
};

/* Numbers of sessions that came over another node: no WebSocket of ours has this bit. */
#define PASSED (1ULL << 61)

static_assert((int)IPC_NODE_PART_MAX == (int)FRAME_BYTES, "a piece is a frame");
static_assert((int)IPC_CENTRE_MAX == (int)MEETING_ID_CENTRE, "an id holds it");
static_assert((CELLS & (CELLS - 1)) == 0, "a map's cells are a power of two");
static_assert((int)FRAME_TAG >= (int)PII_TAG_TEXT, "a tag fits");

struct pass_way {
    uint32_t number; /* 0: none */
    bool dialled;
    struct ipc_node_way who;
    uint8_t *bytes; /* *owned*: of a message that is not whole yet */
    size_t len;
    uint32_t session; /* whose it is */
};

struct pass {
    struct pass_way way[WAYS];
    struct map sessions; /* way << 32 | session on it -> the session's number here */
    struct map_cell cells[CELLS];
    uint32_t numbers; /* of sessions that we passed on, so far */
    uint64_t locals;  /* of sessions that were passed to us, so far */
    uint32_t to_us, from_us;
    uint64_t passed, taken, refused, ways_lost;
};

bool pass_open(struct front *f)
{
    uint64_t seed;
    if (!f->start.cell.on)
        return true;
    f->pass = calloc(1, sizeof *f->pass);
    if (!f->pass || crypt_random(&seed, sizeof seed) != ERR_OK)
        return false;
    map_init(&f->pass->sessions, f->pass->cells, CELLS, seed);
    return true;
}

/* ---- ways ---- */

static uint64_t key_of(uint32_t way, uint32_t session)
{
    return (uint64_t)way << 32 | session;
}

static struct pass_way *way_find(struct pass *p, uint32_t number)
{
    for (size_t i = 0; i < WAYS; i++)
        if (number != 0 && p->way[i].number == number)
            return &p->way[i];
    return NULL;
}

static struct pass_way *way_to(struct pass *p, struct span centre)
{
    for (size_t i = 0; i < WAYS; i++)
        if (p->way[i].number != 0 && p->way[i].dialled &&
            span_equal(span_str(p->way[i].who.centre), centre))
            return &p->way[i];
    return NULL;
}

static void way_clear(struct pass_way *w)
{
    free(w->bytes);
    memset(w, 0, sizeof *w);
}

/* All that went over it ends: of others' sessions here the members are away, our clients come
 * again. */
static void way_lost(struct front *f, struct pass_way *w)
{
    uint32_t number = w->number;
    f->pass->ways_lost++;
    way_clear(w);
    for (uint32_t i = 0; i <= f->sessions.mask; i++) {
        const struct map_cell *cell = &f->session_cells[i];
        struct session *s = cell->used ? (struct session *)(uintptr_t)cell->value : NULL;
        if (!s || s->way != number)
            continue;
        if (s->number & PASSED)
            s->ended = true; /* session_tick closes it */
        else
            web_hang_up(f->web, s->number, CLOSE_AWAY, "the meeting's node is away");
    }
}

/* The other side broke the rules: nothing that it said is trusted any more. */
static void way_end(struct front *f, struct pass_way *w, const char *why)
{
    struct ipc_message m;
    front_log("way_ended", "why", why);
    memset(&m, 0, sizeof m);
    m.type = IPC_NODE_END;
    m.as.NODE_END.way = w->number;
    (void)link_send(&f->nodes, &m, -1);
    way_lost(f, w);
}

/* In pieces. False: it cannot go, and the way with it, as a message without its middle is none. */
static bool say(struct front *f, uint32_t way, uint32_t session, enum frame_kind kind,
                struct span bytes)
{
    struct ipc_message m;
    struct pass_way *w = way_find(f->pass, way);
    size_t done = 0;
    if (!w)
        return false;
    m.type = IPC_NODE_SAY;
    do {
        struct ipc_node_part *part = &m.as.NODE_SAY;
        size_t n = bytes.len - done < FRAME_BYTES ? bytes.len - done : FRAME_BYTES;
        memset(part, 0, sizeof *part);
        part->way = way;
        part->session = session;
        part->kind = (uint8_t)kind;
        part->len = (uint16_t)n;
        if (n > 0)
            memcpy(part->bytes, bytes.ptr + done, n);
        done += n;
        part->last = done == bytes.len;
        if (!link_send(&f->nodes, &m, -1)) {
            way_end(f, w, "it takes no more");
            return false;
        }
    } while (done < bytes.len);
    return true;
}

/* Whoever is taken off the list learns that from the list first. */
static void way_judge(struct front *f, struct pass_way *w)
{
    const char *why = list_judge(f, &w->who);
    if (say(f, w->number, 0, FRAME_LIST, list_note(f)) && why)
        way_end(f, w, why);
}

static void way_word(struct front *f, const struct ipc_node_way *t)
{
    struct pass *p = f->pass;
    struct pass_way *w = way_find(p, t->up ? 0 : t->way);
    for (size_t i = 0; t->up && !w && i < WAYS; i++)
        if (p->way[i].number == 0)
            w = &p->way[i];
    if (!w)
        return;
    if (!t->up) {
        way_lost(f, w);
        return;
    }
    w->number = t->way;
    w->dialled = t->dialled;
    w->who = *t;
    way_judge(f, w);
}

void pass_list_changed(struct front *f)
{
    for (size_t i = 0; f->pass && i < WAYS; i++)
        if (f->pass->way[i].number != 0)
            way_judge(f, &f->pass->way[i]);
}

void pass_lost(struct front *f)
{
    for (size_t i = 0; f->pass && i < WAYS; i++)
        if (f->pass->way[i].number != 0)
            way_lost(f, &f->pass->way[i]);
}

/* ---- our clients, elsewhere at home ---- */

bool pass_prefix(const struct front *f, const char *id, const char **prefix)
{
    struct span centre = meeting_id_centre(span_str(id));
    *prefix = f->start.cell.centre;
    return span_equal(centre, span_str(*prefix));
}

static bool is_elsewhere(const struct front *f, struct span centre)
{
    return centre.len > 0 && !span_equal(centre, span_str(f->start.cell.centre));
}

static void refuse(struct front *f, struct session *s, uint32_t number,
                   enum signal_set_reason reason)
{
    f->pass->refused++;
    session_refuse(f, s->number, number, reason, NULL);
    client_hang_up(f, s->number, 1008, "refused");
}

static bool begin(struct front *f, struct session *s, const struct pass_way *w)
{
    struct pass *p = f->pass;
    uint8_t bytes[FRAME_OPEN_MOST];
    const struct frame_open open = {span_str(s->tag), span_str(s->cookie)};
    if (p->numbers == UINT32_MAX)
        return false;
    uint32_t session = p->numbers + 1;
    if (!map_put(&p->sessions, key_of(w->number, session), s->number))
        return false;
    p->numbers = session;
    s->way = w->number;
    s->there = session;
    p->from_us++;
    p->passed++;
    return say(f, s->way, session, FRAME_OPEN, span_of(bytes, frame_open_write(bytes, &open)));
}

bool pass_takes(struct front *f, struct session *s, const struct signal_message *m,
                struct span text)
{
    if (!f->pass || m->type != SIGNAL_HELLO || s->joined || s->hello)
        return false;
    struct span centre = meeting_id_centre(span_str(m->as.hello.meeting));
    if (list_withdrawn(f)) {
        refuse(f, s, m->number, SIGNAL_reason_busy);
        return true;
    }
    if (!is_elsewhere(f, centre))
        return false;
    const struct pass_way *w = way_to(f->pass, centre);
    if (s->number & PASSED) /* we are not its home, and pass on nobody's but our own clients' */
        refuse(f, s, m->number, SIGNAL_reason_not_found);
    else if (list_withdrawn(f) || !w || !list_passes(f, w->who.zone) || !begin(f, s, w) ||
             !say(f, s->way, s->there, FRAME_TEXT, text))
        refuse(f, s, m->number, SIGNAL_reason_busy);
    return true;
}

bool pass_is(const struct session *s)
{
    return s->way != 0 && !(s->number & PASSED);
}

void pass_message(struct front *f, struct session *s, struct span text)
{
    (void)say(f, s->way, s->there, FRAME_TEXT, text);
}

void pass_closed(struct front *f, const struct session *s)
{
    if (!f->pass || s->way == 0)
        return;
    bool ours = !(s->number & PASSED);
    if (!map_remove(&f->pass->sessions, key_of(s->way, s->there)))
        return; /* the other side ended it */
    f->pass->from_us -= ours;
    f->pass->to_us -= !ours;
    if (ours)
        (void)say(f, s->way, s->there, FRAME_CLOSE, span_of(NULL, 0));
}

/* ---- others' clients, at home here ---- */

static void opened(struct front *f, struct pass_way *w, const struct ipc_node_part *part)
{
    struct pass *p = f->pass;
    struct frame_open open;
    uint64_t taken, number = PASSED | ++p->locals;
    if (frame_open_read(&open, span_of(part->bytes, part->len)) != ERR_OK ||
        map_get(&p->sessions, key_of(w->number, part->session), &taken)) {
        way_end(f, w, "it opens a session wrongly");
        return;
    }
    const uint8_t full[] = {CLOSE_AWAY >> 8, CLOSE_AWAY & 0xff, 'f', 'u', 'l', 'l'};
    if (p->to_us == TO_US_MOST || !list_passes(f, w->who.zone) ||
        !map_put(&p->sessions, key_of(w->number, part->session), number)) {
        (void)say(f, w->number, part->session, FRAME_CLOSE, span_of(full, sizeof full));
        return;
    }
    p->to_us++;
    p->taken++;
    struct session *s = session_begin(f, number);
    if (!s) {
        p->to_us--;
        (void)map_remove(&p->sessions, key_of(w->number, part->session));
        (void)say(f, w->number, part->session, FRAME_CLOSE, span_of(full, sizeof full));
        return;
    }
    s->way = w->number;
    s->there = part->session;
    address_default(f, &s->local);
    memcpy(s->tag, open.tag.ptr, open.tag.len < PII_TAG_TEXT ? open.tag.len : PII_TAG_TEXT);
    if (open.cookie.len > 0)
        person_cookie(f, number, open.cookie);
}

/* ---- what the other side says ---- */

/* The message that ends with this piece; false: there is more to come, or it is refused. */
static bool whole(struct front *f, struct pass_way *w, const struct ipc_node_part *part,
                  struct span *out)
{
    size_t most = part->kind == FRAME_LIST ? NOTE_BYTES
                  : w->dialled             ? FRONT_OUT
                                           : LIMIT_SIGNAL_BYTES;
    if ((w->len > 0 && w->session != part->session) || w->len + part->len > most) {
        way_end(f, w, "its pieces do not fit");
        return false;
    }
    if (w->len == 0 && part->last) {
        *out = span_of(part->bytes, part->len);
        return true;
    }
    if (!w->bytes)
        w->bytes = malloc(most);
    if (!w->bytes) {
        way_end(f, w, "no memory");
        return false;
    }
    memcpy(w->bytes + w->len, part->bytes, part->len);
    w->len += part->len;
    w->session = part->session;
    *out = span_of(w->bytes, w->len);
    if (part->last)
        w->len = 0;
    return part->last;
}

static void text(struct front *f, struct pass_way *w, const struct ipc_node_part *part)
{
    struct span all;
    uint64_t number;
    bool dialled = w->dialled;
    if (!whole(f, w, part, &all))
        return;
    uint8_t *held = w->bytes; /* the way may end by what it says */
    w->bytes = NULL;
    bool there = map_get(&f->pass->sessions, key_of(part->way, part->session), &number);
    if (there && dialled)
        (void)web_send(f->web, number, all);
    else if (there) /* else it just ended, and this is nobody's */
        session_message(f, number, all);
    free(held);
}

/* What is in force there: newer than ours, or nothing to us. */
static void listed(struct front *f, struct pass_way *w, const struct ipc_node_part *part)
{
    struct span note;
    if (!whole(f, w, part, &note))
        return;
    uint8_t *held = w->bytes; /* the way may end by what it says */
    w->bytes = NULL;
    (void)list_offer(f, note, w->who.centre);
    free(held);
}

/* Ours is hung up with the home's words, another's is gone. */
static void closed(struct front *f, const struct pass_way *w, const struct ipc_node_part *part)
{
    char why[64] = "closed";
    uint64_t number, key = key_of(w->number, part->session);
    if (!map_get(&f->pass->sessions, key, &number))
        return;
    if (!w->dialled) {
        session_closed(f, number);
        return;
    }
    (void)map_remove(&f->pass->sessions, key);
    f->pass->from_us--;
    uint16_t code =
        part->len < 2 ? CLOSE_AWAY : (uint16_t)((unsigned)part->bytes[0] << 8 | part->bytes[1]);
    size_t n = part->len < 2 ? 0 : (size_t)part->len - 2;
    if (n > 0 && n < sizeof why) {
        memcpy(why, part->bytes + 2, n);
        why[n] = '\0';
    }
    bool known = code >= 1000 && code < 5000;
    web_hang_up(f->web, number, known ? code : CLOSE_PROTOCOL, why);
}

void pass_says(struct front *f, const struct ipc_message *m)
{
    if (!f->pass)
        return;
    if (m->type == IPC_NODE_WAY) {
        way_word(f, &m->as.NODE_WAY);
        return;
    }
    const struct ipc_node_part *part = &m->as.NODE_SAID;
    struct pass_way *w = way_find(f->pass, part->way);
    if (!w)
        return;
    if (part->kind == FRAME_OPEN)
        opened(f, w, part);
    else if (part->kind == FRAME_TEXT)
        text(f, w, part);
    else if (part->kind == FRAME_CLOSE)
        closed(f, w, part);
    else if (part->kind == FRAME_LIST)
        listed(f, w, part);
}

/* ---- to clients ---- */

void client_send(struct front *f, uint64_t number, struct span bytes)
{
    const struct session *s = number & PASSED ? session_find(f, number) : NULL;
    if (s && !s->ended)
        (void)say(f, s->way, s->there, FRAME_TEXT, bytes);
    else if (!(number & PASSED))
        (void)web_send(f->web, number, bytes);
}

void client_send_text(struct front *f, uint64_t number, struct web_text *t)
{
    if (number & PASSED)
        client_send(f, number, web_text_span(t));
    else
        (void)web_send_text(f->web, number, t);
}

void client_hang_up(struct front *f, uint64_t number, uint16_t code, const char *why)
{
    uint8_t bytes[66] = {(uint8_t)(code >> 8), (uint8_t)code};
    struct session *s = number & PASSED ? session_find(f, number) : NULL;
    if (!(number & PASSED)) {
        web_hang_up(f->web, number, code, why);
        return;
    }
    if (!s || s->ended)
        return;
    size_t len = strnlen(why, 63);
    memcpy(bytes + 2, why, len);
    (void)say(f, s->way, s->there, FRAME_CLOSE, span_of(bytes, 2 + len));
    s->ended = true;
}

const char *pass_metric(const struct front *f, unsigned index, uint64_t *value)
{
    static const char *const names[] = {
        "passed_total", "taken_total", "refused_total", "ways_lost_total",
        "passed",       "taken",       "ways"};
    const struct pass *p = f->pass;
    if (!p || index >= ARRAY_LEN(names))
        return NULL;
    uint64_t ways = 0;
    for (size_t i = 0; i < WAYS; i++)
        ways += p->way[i].number != 0;
    const uint64_t values[] = {p->passed,  p->taken, p->refused, p->ways_lost,
                               p->from_us, p->to_us, ways};
    *value = values[index];
    return names[index];
}
