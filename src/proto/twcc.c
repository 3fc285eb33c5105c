/* Transport-wide feedback, receiver's side. A ring of arrival times by sequence number; each
 * feedback packet takes a run of numbers from `next` and says of each whether and when it came. */
#include "proto/twcc.h"

#include "base/bug.h"
#include "proto/rtcp_inner.h"

enum { DELTA_UNIT_US = 250, REFERENCE_UNIT_US = 64000, VECTOR_SYMBOLS = 7 };

void twcc_init(struct twcc *t, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    memset(t, 0, sizeof(*t));
    t->sender_ssrc = sender_ssrc;
    t->media_ssrc = media_ssrc;
    t->due = INSTANT_NEVER;
    for (int i = 0; i < TWCC_WINDOW; i++)
        t->arrival[i] = INSTANT_NEVER;
}

static instant_us *slot(struct twcc *t, int64_t number)
{
    return &t->arrival[(uint64_t)number % TWCC_WINDOW];
}

static void forget_until(struct twcc *t, int64_t number)
{
    if (number - t->next >= TWCC_WINDOW) {
        for (int i = 0; i < TWCC_WINDOW; i++)
            t->arrival[i] = INSTANT_NEVER;
        t->next = number;
    }
    while (t->next < number)
        *slot(t, t->next++) = INSTANT_NEVER;
}

void twcc_record(struct twcc *t, uint16_t seq, instant_us arrival)
{
    bool first = !t->unwrap.started;
    int64_t number = seq_unwrap(&t->unwrap, seq);
    if (first)
        t->next = t->end = number;
    if (number < t->next)
        return;
    if (number >= t->next + TWCC_WINDOW)
        forget_until(t, number - TWCC_WINDOW + 1);
    if (*slot(t, number) == INSTANT_NEVER)
        *slot(t, number) = arrival;
    if (number >= t->end)
        t->end = number + 1;
    if (t->due == INSTANT_NEVER)
        t->due = arrival + TWCC_PERIOD_US;
}

instant_us twcc_deadline(const struct twcc *t)
{
    if (t->end - t->next >= TWCC_WINDOW / 2)
        return 0; /* at once */
    return t->due;
}

struct feedback {
    int64_t first; /* number */
    int count;     /* statuses */
    int32_t reference;
    uint8_t symbol[TWCC_STATUSES];
    int16_t delta[TWCC_STATUSES]; /* of those received */
};

/* Takes statuses until the packet is full or a delta does not fit 16 bits; the rest comes in
 * another packet with a reference of its own. */
static void gather(struct twcc *t, struct feedback *f)
{
    int64_t clock = 0; /* in delta units, of the last one received */
    bool started = false;
    f->first = t->next;
    f->count = 0;
    f->reference = 0;
    for (int64_t n = t->next; n < t->end && f->count < TWCC_STATUSES; n++) {
        instant_us at = *slot(t, n);
        if (at == INSTANT_NEVER) {
            f->symbol[f->count++] = RTCP_TWCC_LOST;
            continue;
        }
        if (!started) {
            int64_t reference = at / REFERENCE_UNIT_US;
            f->reference = (int32_t)(reference & 0xffffff);
            clock = reference * (REFERENCE_UNIT_US / DELTA_UNIT_US);
            started = true;
        }
        int64_t delta = at / DELTA_UNIT_US - clock;
        if (delta < INT16_MIN || delta > INT16_MAX)
            return;
        clock += delta;
        f->delta[f->count] = (int16_t)delta;
        f->symbol[f->count++] = delta >= 0 && delta <= 255 ? RTCP_TWCC_SMALL : RTCP_TWCC_LARGE;
    }
}

static int run_length(const struct feedback *f, int from)
{
    int n = from;
    while (n < f->count && f->symbol[n] == f->symbol[from])
        n++;
    return n - from;
}

static void put_chunks(struct writer *w, const struct feedback *f)
{
    for (int i = 0; i < f->count;) {
        int run = run_length(f, i);
        if (run >= VECTOR_SYMBOLS || i + run == f->count) {
            writer_u16(w, (uint16_t)(f->symbol[i] << 13 | run));
            i += run;
            continue;
        }
        unsigned chunk = RTCP_TWCC_VECTOR | RTCP_TWCC_TWO_BITS;
        for (int k = 0; k < VECTOR_SYMBOLS && i + k < f->count; k++)
            chunk |= (unsigned)f->symbol[i + k] << (12 - 2 * k);
        writer_u16(w, (uint16_t)chunk);
        i += VECTOR_SYMBOLS;
    }
}

static void put_deltas(struct writer *w, const struct feedback *f)
{
    for (int i = 0; i < f->count; i++) {
        if (f->symbol[i] == RTCP_TWCC_SMALL)
            writer_u8(w, (uint8_t)f->delta[i]);
        else if (f->symbol[i] == RTCP_TWCC_LARGE)
            writer_u16(w, (uint16_t)f->delta[i]);
    }
}

static void put_feedback(struct twcc *t, struct writer *w, const struct feedback *f)
{
    struct writer start = *w;
    writer_u8(w, 2 << 6 | RTCP_FORMAT_TWCC);
    writer_u8(w, RTCP_TYPE_TRANSPORT_FEEDBACK);
    uint8_t *length = writer_reserve(w, 2);
    writer_u32(w, t->sender_ssrc);
    writer_u32(w, t->media_ssrc);
    writer_u16(w, (uint16_t)f->first);
    writer_u16(w, (uint16_t)f->count);
    writer_u24(w, (uint32_t)f->reference);
    writer_u8(w, t->feedback_count);
    put_chunks(w, f);
    put_deltas(w, f);
    size_t zeros = (4 - (size_t)(w->at - start.at) % 4) % 4;
    writer_uint(w, 0, zeros);
    if (!writer_ok(w))
        return;
    size_t words = (size_t)(w->at - start.at) / 4 - 1;
    length[0] = (uint8_t)(words >> 8);
    length[1] = (uint8_t)words;
}

bool twcc_write(struct twcc *t, struct writer *w, instant_us now)
{
    struct feedback f;
    if (t->next == t->end || now < twcc_deadline(t))
        return false;
    gather(t, &f);
    BUG_IF(f.count == 0);
    put_feedback(t, w, &f);
    if (!writer_ok(w))
        return false;
    t->feedback_count++;
    forget_until(t, f.first + f.count);
    if (t->next == t->end)
        t->due = INSTANT_NEVER;
    return true;
}
