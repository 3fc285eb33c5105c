/* Reports of participants, with what the reporter chose to attach, and the marks that show which of
 * it passed here. A note that its sender bound to a commitment gets a mark over sender, meeting,
 * time and commitment; who reports opens the note, and the server checks it against the mark. It
 * never sees a note that nobody reports. knows: commitments and marks. knows not: chat, who reads a
 * report (it is kept for those). owns: the reports, until newer ones push them out. */
#include <stdlib.h>

#include "base/bug.h"
#include "bin/front.h"
#include "crypt/crypt.h"
#include "io/logger.h"

/* mark = HMAC-SHA256(key, label || meeting, zero-filled || participant || u32 at || commitment) */
void report_frank(const struct front *f, const struct frank *q, uint8_t out[32])
{
    uint8_t text[16 + LIMIT_MEETING_ID + LIMIT_PARTICIPANT + 4 + 32] = "conclave frank";
    struct writer w = writer_of(text + 16, sizeof text - 16);
    uint8_t *id = writer_reserve(&w, LIMIT_MEETING_ID);
    memcpy(id, q->meeting, strnlen(q->meeting, LIMIT_MEETING_ID));
    writer_bytes(&w, span_of(q->participant, LIMIT_PARTICIPANT));
    writer_u32(&w, q->at_s);
    writer_bytes(&w, span_of(q->commitment, 32));
    BUG_IF(!writer_ok(&w));
    crypt_hmac_sha256(out, span_of(f->frank_key, sizeof f->frank_key), span_of(text, sizeof text));
}

static bool is_franked(const struct front *f, const char *meeting, const uint8_t *participant,
                       const struct signal_evidence *e)
{
    uint8_t commitment[32], mark[32];
    crypt_hmac_sha256(commitment, e->key, e->note);
    struct frank q = {meeting, participant, e->at, commitment};
    report_frank(f, &q, mark);
    return crypt_equal(mark, e->frank.ptr, sizeof mark);
}

static size_t report_bytes(const struct signal_report *q)
{
    size_t n = 2 + (q->has_words ? q->words.len : 0);
    for (uint32_t i = 0; i < q->n_evidence; i++)
        n += 2 + q->evidence[i].note.len;
    return n;
}

static void put_piece(struct writer *w, struct span piece)
{
    writer_u16(w, (uint16_t)piece.len);
    writer_bytes(w, piece);
}

/* NULL: no memory, or no randomness. */
static struct report *report_make(const struct front *f, const struct signal_report *q)
{
    size_t len = report_bytes(q);
    struct report *r = calloc(1, sizeof *r + len);
    if (!r || crypt_random(r->id, sizeof r->id) != ERR_OK) {
        free(r);
        return NULL;
    }
    const char *meeting = meet_meeting_of(f->meet, f->sender->number);
    struct writer w = writer_of(r->bytes, len);
    memcpy(r->meeting, meeting, strnlen(meeting, LIMIT_MEETING_ID));
    memcpy(r->by, f->sender->participant, sizeof r->by);
    memcpy(r->about, q->participant.ptr, sizeof r->about);
    r->at_ms = front_unix_ms();
    r->kind = q->about;
    r->len = (uint32_t)len;
    put_piece(&w, q->has_words ? q->words : span_of(NULL, 0));
    for (uint32_t i = 0; i < q->n_evidence; i++) {
        r->franked += is_franked(f, meeting, r->about, &q->evidence[i]);
        put_piece(&w, q->evidence[i].note);
    }
    BUG_IF(!writer_ok(&w));
    return r;
}

static void log_report(const struct front *f, const struct report *r)
{
    struct logline l;
    char by[PII_TAG_TEXT + 1], about[PII_TAG_TEXT + 1];
    struct span key = span_of(f->pii_key, sizeof f->pii_key);
    pii_tag(key, span_of(r->by, sizeof r->by), by);
    pii_tag(key, span_of(r->about, sizeof r->about), about);
    logline_start(&l, "front", "report");
    logline_int(&l, "kind", r->kind);
    logline_int(&l, "franked", r->franked);
    logline_str(&l, "by", by);
    logline_str(&l, "about", about);
    log_line(&l);
}

void report_take(struct front *f, const struct meet_effect *e)
{
    const struct signal_report *q = &f->request->message.as.report;
    struct signal_message m = {.type = SIGNAL_REPORTED, .number = e->number};
    struct report *r = report_make(f, q);
    if (!r) {
        session_refuse(f, e->session, e->number, SIGNAL_reason_busy, NULL);
        return;
    }
    struct report **place = &f->report[f->reports++ % FRONT_REPORTS];
    free(*place);
    *place = r;
    f->counts.reports++;
    log_report(f, r);
    m.as.reported.report = span_of(r->id, sizeof r->id);
    m.as.reported.franked = r->franked;
    front_send(f, e->session, &m);
}
