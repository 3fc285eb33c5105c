/* Dependency descriptor: bits, most significant first.
 *
 *   start 1 | end 1 | template id 6 | frame number 16 |                       always
 *   structure? 1 | active? 1 | dtis? 1 | fdiffs? 1 | chains? 1 |              beyond three bytes
 *   [structure] [active targets] [dtis] [fdiffs] [chains]                     as flagged
 *
 *   structure: id offset 6 | targets - 1 5 | layers of the templates, 2 bits each, 3 ends
 *              | 2 bits a template and target | differences of each template
 *              | chains | sizes? 1 | 16 + 16 a spatial layer
 */
#include "proto/depdesc.h"

#include <string.h>

enum { TEMPORAL_MAX = 8, NEXT_TEMPORAL = 1, NEXT_SPATIAL = 2, NEXT_END = 3 };

/* Sticky: after the end it gives zeros and is not ok. */
struct bits {
    struct span in;
    size_t at; /* bits */
    bool ok;
};

static uint32_t take(struct bits *b, unsigned count)
{
    uint32_t v = 0;
    if (!b->ok || count > b->in.len * 8 - b->at) {
        b->ok = false;
        return 0;
    }
    for (; count > 0; count--, b->at++)
        v = v << 1 | ((uint32_t)b->in.ptr[b->at / 8] >> (7 - b->at % 8) & 1u);
    return v;
}

/* ns(n) of the AV1 specification, section 4.10.7: a number below n in as few bits as it needs. */
static uint32_t take_below(struct bits *b, uint32_t n)
{
    unsigned width = 0;
    for (uint32_t x = n; x > 0; x >>= 1)
        width++;
    uint32_t spare = (1u << width) - n;
    uint32_t v = take(b, width - 1);
    if (v < spare)
        return v;
    return (v << 1) - spare + take(b, 1);
}

static depdesc_indications take_indications(struct bits *b, uint8_t targets)
{
    depdesc_indications all = 0;
    for (unsigned i = 0; i < targets; i++)
        all |= (depdesc_indications)take(b, 2) << (2 * i);
    return all;
}

/* --- the structure ---------------------------------------------------------------------------- */

static enum err take_layers(struct bits *b, struct depdesc_structure *s)
{
    uint8_t spatial = 0, temporal = 0;
    uint32_t next;
    do {
        if (s->templates == DEPDESC_TEMPLATES || spatial >= LIMIT_SPATIAL_LAYERS ||
            temporal >= TEMPORAL_MAX)
            return ERR_LIMIT;
        s->of[s->templates].spatial = spatial;
        s->of[s->templates].temporal = temporal;
        s->templates++;
        next = take(b, 2);
        if (next == NEXT_TEMPORAL) {
            temporal++;
        } else if (next == NEXT_SPATIAL) {
            spatial++;
            temporal = 0;
        }
    } while (next != NEXT_END && b->ok);
    s->spatial_layers = (uint8_t)(spatial + 1);
    return b->ok ? ERR_OK : ERR_SHORT;
}

static void skip_differences(struct bits *b, uint8_t templates)
{
    for (unsigned i = 0; i < templates; i++) {
        while (take(b, 1) == 1)
            (void)take(b, 4);
    }
}

static void skip_chains(struct bits *b, struct depdesc_structure *s)
{
    s->chains = (uint8_t)take_below(b, s->targets + 1u);
    if (s->chains == 0)
        return;
    for (unsigned i = 0; i < s->targets; i++)
        (void)take_below(b, s->chains);
    for (unsigned i = 0; i < s->templates && b->ok; i++) {
        for (unsigned c = 0; c < s->chains; c++)
            (void)take(b, 4);
    }
}

/* Section A.8.3.3: a target needs what is present in it. */
static void measure_targets(struct depdesc_structure *s)
{
    for (unsigned t = 0; t < s->targets; t++) {
        for (unsigned i = 0; i < s->templates; i++) {
            if (depdesc_of(s->of[i].indications, t) == DEPDESC_NOT_PRESENT)
                continue;
            if (s->of[i].spatial > s->target[t].spatial)
                s->target[t].spatial = s->of[i].spatial;
            if (s->of[i].temporal > s->target[t].temporal)
                s->target[t].temporal = s->of[i].temporal;
        }
    }
}

static enum err take_structure(struct bits *b, struct depdesc_structure *s)
{
    memset(s, 0, sizeof *s);
    s->id_offset = (uint8_t)take(b, 6);
    s->targets = (uint8_t)(take(b, 5) + 1);
    TRY(take_layers(b, s));
    for (unsigned i = 0; i < s->templates; i++)
        s->of[i].indications = take_indications(b, s->targets);
    skip_differences(b, s->templates);
    skip_chains(b, s);
    s->sized = take(b, 1);
    for (unsigned i = 0; s->sized && i < s->spatial_layers; i++) {
        s->size[i].width = (uint16_t)take(b, 16);
        s->size[i].height = (uint16_t)take(b, 16);
        /* On the wire they are one less; the largest has no place here. */
        s->size[i].width = (uint16_t)(s->size[i].width + (s->size[i].width < UINT16_MAX));
        s->size[i].height = (uint16_t)(s->size[i].height + (s->size[i].height < UINT16_MAX));
    }
    measure_targets(s);
    return b->ok ? ERR_OK : ERR_SHORT;
}

/* --- one frame -------------------------------------------------------------------------------- */

static void skip_custom_differences(struct bits *b)
{
    for (uint32_t size = take(b, 2); size > 0; size = take(b, 2))
        (void)take(b, 4 * size);
}

/* What the flags name, and the template that the frame refers to. */
struct frame {
    bool active, indications, differences, chains;
    uint8_t template_id;
};

static enum err take_frame(struct bits *b, struct depdesc *d, const struct frame *f,
                           const struct depdesc_structure *s)
{
    if (s->templates == 0)
        return ERR_STATE;
    unsigned i = (f->template_id + 64u - s->id_offset) % 64u;
    if (i >= s->templates)
        return ERR_MALFORMED;
    if (f->active)
        d->active = take(b, s->targets);
    else if (d->structured)
        d->active = (uint32_t)((UINT64_C(1) << s->targets) - 1);
    d->has_active = f->active || d->structured;
    d->spatial = s->of[i].spatial;
    d->temporal = s->of[i].temporal;
    d->indications = f->indications ? take_indications(b, s->targets) : s->of[i].indications;
    if (f->differences)
        skip_custom_differences(b);
    for (unsigned c = 0; f->chains && c < s->chains; c++)
        (void)take(b, 8);
    return b->ok ? ERR_OK : ERR_SHORT;
}

enum err depdesc_parse(struct depdesc *out, struct depdesc_structure *known, struct span value)
{
    struct bits b = {value, 0, true};
    struct depdesc d = {0};
    struct frame f = {0};
    struct depdesc_structure fresh;
    if (value.len > DEPDESC_MAX)
        return ERR_LIMIT;
    d.start = take(&b, 1);
    d.end = take(&b, 1);
    f.template_id = (uint8_t)take(&b, 6);
    d.frame_number = (uint16_t)take(&b, 16);
    if (value.len > DEPDESC_MANDATORY) {
        d.structured = take(&b, 1);
        f.active = take(&b, 1);
        f.indications = take(&b, 1);
        f.differences = take(&b, 1);
        f.chains = take(&b, 1);
    }
    if (!b.ok)
        return ERR_SHORT;
    if (d.structured)
        TRY(take_structure(&b, &fresh));
    TRY(take_frame(&b, &d, &f, d.structured ? &fresh : known));
    if (d.structured)
        *known = fresh;
    *out = d;
    return ERR_OK;
}

int depdesc_target(const struct depdesc_structure *known, uint32_t active, uint8_t spatial,
                   uint8_t temporal)
{
    int best = -1;
    for (int i = 0; i < known->targets; i++) {
        if (!(active >> i & 1) || known->target[i].spatial > spatial ||
            known->target[i].temporal > temporal)
            continue;
        if (best < 0 || known->target[i].spatial > known->target[best].spatial ||
            (known->target[i].spatial == known->target[best].spatial &&
             known->target[i].temporal > known->target[best].temporal))
            best = i;
    }
    return best;
}
