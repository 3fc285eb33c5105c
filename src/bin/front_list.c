#include "bin/front_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bug.h"
#include "base/text.h"
#include "bin/front_pass.h"
#include "bin/list_read.h"
#include "io/disk.h"
#include "io/logger.h"
#include "proto/note.h"

static const char kept_name[] = "datacentres.note";

struct lists {
    struct list now, next; /* next: while it is judged */
    struct json_read read;
    uint8_t note[NOTE_BYTES], coming[NOTE_BYTES];
    size_t len, come;
    struct web_text *text; /* *shared*: the note once more, for whoever asks over HTTP */
};

const struct list *list_now(const struct front *f)
{
    return f->lists ? &f->lists->now : NULL;
}

struct span list_note(const struct front *f)
{
    return f->lists ? span_of(f->lists->note, f->lists->len) : span_of(NULL, 0);
}

struct web_text *list_text(void *front)
{
    const struct front *f = front;
    return f->lists ? f->lists->text : NULL;
}

/* ---- judging ---- */

static bool keys_equal(const uint8_t a[32], const uint8_t b[32])
{
    return memcmp(a, b, 32) == 0; /* public keys */
}

/* What our own certificate says must stand in the list. */
static bool holds_us(struct json_read *r, const struct list *l, const struct ipc_cell *own)
{
    const struct list_centre *c = list_centre_of(l, own->centre);
    if (!c)
        return json_read_wrong(r, "our own data centre \"%s\" is not in it", own->centre);
    if (strcmp(l->zone[c->zone].id, own->zone) != 0)
        return json_read_wrong(
            r, "our data centre is in zone \"%s\" there, our certificate says \"%s\"",
            l->zone[c->zone].id, own->zone);
    if ((c->realm == LIST_GOVERNMENT) != (own->government != 0))
        return json_read_wrong(r, "our data centre is of the other realm there");
    return true;
}

static bool judge(struct front *f, struct span note)
{
    struct lists *s = f->lists;
    const char *id = NULL;
    s->read.wrong[0] = '\0';
    if (!list_read_note(&s->next, &s->read, note, f->start.cell.list_key))
        return false;
    enum list_fault fault = list_follows(&s->now, &s->next, front_unix_ms() / 1000, &id);
    if (fault != LIST_FINE)
        return json_read_wrong(&s->read, id ? "%s (\"%s\")" : "%s", list_fault_words(fault), id);
    return holds_us(&s->read, &s->next, &f->start.cell);
}

static void log_list(const struct front *f, const char *event, const char *from, const char *why)
{
    struct logline l;
    logline_start(&l, "front", event);
    logline_int(&l, "version", f->lists->now.version);
    logline_str(&l, "from", from);
    if (why)
        logline_str(&l, "why", why);
    log_line(&l);
}

static void take(struct front *f, struct span note, const char *from)
{
    struct lists *s = f->lists;
    s->now = s->next;
    memmove(s->note, note.ptr, note.len);
    s->len = note.len;
    if (s->text)
        web_text_give(s->text);
    s->text = web_text_take(list_note(f));
    log_list(f, "list_taken", from, NULL);
    if (list_withdrawn(f))
        log_list(f, "withdrawn", from, "our own data centre is off the list");
}

/* In pieces to store, which has files. */
void list_keep(struct front *f)
{
    struct ipc_message m;
    struct span note = list_note(f);
    for (size_t done = 0; done < note.len;) {
        struct ipc_list_part *p = &m.as.LIST_KEEP;
        size_t n = note.len - done < sizeof p->bytes ? note.len - done : sizeof p->bytes;
        memset(p, 0, sizeof *p);
        m.type = IPC_LIST_KEEP;
        p->first = done == 0;
        p->len = (uint16_t)n;
        memcpy(p->bytes, note.ptr + done, n);
        done += n;
        p->last = done == note.len;
        if (!link_send(&f->store, &m, -1)) {
            front_log("list_not_kept", "why", "store is away");
            return;
        }
    }
}

const char *list_offer(struct front *f, struct span note, const char *from)
{
    struct lists *s = f->lists;
    if (!s)
        return "this server has no list of data centres";
    if (span_equal(note, list_note(f)))
        return list_fault_words(LIST_SAME);
    if (note.len > sizeof s->note || !judge(f, note)) {
        const char *why = note.len > sizeof s->note ? "it has more than 256 KiB" : s->read.wrong;
        log_list(f, "list_refused", from, why);
        return why;
    }
    take(f, note, from);
    list_keep(f);
    pass_list_changed(f);
    return NULL;
}

/* ---- at the start ---- */

static bool read_one(struct front *f, const char *path, const char *from)
{
    struct lists *s = f->lists;
    size_t len = 0;
    enum err e = disk_read(path, s->coming, sizeof s->coming, &len);
    if (e == ERR_OK && judge(f, span_of(s->coming, len))) {
        take(f, span_of(s->coming, len), from);
        return true;
    }
    if (e != ERR_OK)
        log_list(f, "list_unread", from, err_words(e));
    else if (strcmp(s->read.wrong, list_fault_words(LIST_SAME)) != 0)
        log_list(f, "list_refused", from, s->read.wrong);
    return false;
}

/* The kept one first: the operator's file may only follow it. */
enum err list_open(struct front *f)
{
    char kept[IPC_PATH_MAX + 32];
    if (!f->start.cell.on)
        return ERR_OK;
    f->lists = calloc(1, sizeof *f->lists);
    if (!f->lists)
        return ERR_NOMEM;
    TRY(disk_join(kept, sizeof kept, f->start.data, kept_name));
    bool any = disk_exists(kept) && read_one(f, kept, "data");
    any = read_one(f, f->start.cell.list, "configuration") || any;
    f->lists->come = 0;
    return any ? ERR_OK : ERR_CONFIG;
}

/* ---- what follows from it ---- */

bool list_withdrawn(const struct front *f)
{
    const struct list_centre *own =
        f->lists ? list_centre_of(&f->lists->now, f->start.cell.centre) : NULL;
    return f->lists && (!own || own->state == LIST_WITHDRAWN);
}

const char *list_judge(const struct front *f, const struct ipc_node_way *w)
{
    const struct list *l = list_now(f);
    const struct list_centre *c = l ? list_centre_of(l, w->centre) : NULL;
    if (!c)
        return "its data centre is not in the list";
    const struct list_zone *z = &l->zone[c->zone];
    if (c->state == LIST_WITHDRAWN)
        return "its data centre is withdrawn";
    if (strcmp(z->id, w->zone) != 0)
        return "its data centre is in another zone of the list";
    if (!keys_equal(z->authority, w->authority))
        return "the list has another authority for its zone";
    return list_withdrawn(f) ? "our own data centre is withdrawn" : NULL;
}

static bool is_fenced(const struct list *l, const char *zone)
{
    const struct list_zone *z = list_zone_of(l, zone);
    return !z || z->fenced;
}

bool list_passes(const struct front *f, const char *zone)
{
    const struct list *l = list_now(f);
    const char *own = f->start.cell.zone;
    return l && (strcmp(zone, own) == 0 || (!is_fenced(l, zone) && !is_fenced(l, own)));
}

/* ---- the operator ---- */

static void answer(struct front *f, uint64_t number, const char *why)
{
    const struct list *l = list_now(f);
    json_t *o =
        json_pack("{s:b, s:I}", "ok", why == NULL, "version", (json_int_t)(l ? l->version : 0));
    if (o && why)
        (void)json_object_set_new(o, "reason", json_string(why));
    api_answer_object(f, number, o);
}

/* Pieces come one after the other; one that begins anew drops what there was. */
static bool take_piece(struct lists *s, json_t *object, json_int_t *of)
{
    size_t len = 0;
    json_t *at = json_object_get(object, "at"), *bytes = json_object_get(object, "bytes");
    *of = json_integer_value(json_object_get(object, "of"));
    if (!json_is_integer(at) || !json_is_string(bytes) || *of <= 0 || *of > NOTE_BYTES)
        return false;
    if (json_integer_value(at) == 0)
        s->come = 0;
    if (json_integer_value(at) != (json_int_t)s->come ||
        text_unbase64url(s->coming + s->come, sizeof s->coming - s->come, &len,
                         span_of(json_string_value(bytes), json_string_length(bytes))) != ERR_OK ||
        len == 0 || (json_int_t)(s->come + len) > *of)
        return false;
    s->come += len;
    return true;
}

void list_control(struct front *f, uint64_t number, json_t *object)
{
    struct lists *s = f->lists;
    json_int_t of = 0;
    if (!s) {
        answer(f, number, "this server has no list of data centres");
        return;
    }
    if (!json_object_get(object, "bytes")) {
        answer(f, number, NULL);
        return;
    }
    if (!take_piece(s, object, &of)) {
        answer(f, number, "bad_message");
        return;
    }
    if ((json_int_t)s->come < of) {
        answer(f, number, NULL);
        return;
    }
    size_t len = s->come;
    s->come = 0;
    answer(f, number, list_offer(f, span_of(s->coming, len), "operator"));
}
