/* Fuzz: a run of dependency descriptors against one structure, each led by its length. A failed one
 * leaves the structure alone; a read one stays inside it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/depdesc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(const struct depdesc *d, const struct depdesc_structure *s)
{
    if (s->templates == 0 || s->templates > DEPDESC_TEMPLATES || s->targets == 0 ||
        s->targets > DEPDESC_TARGETS || s->spatial_layers > LIMIT_SPATIAL_LAYERS ||
        d->spatial >= s->spatial_layers)
        abort();
    for (uint8_t i = 0; i < LIMIT_SPATIAL_LAYERS; i++) {
        int target = depdesc_target(s, d->has_active ? d->active : UINT32_MAX, i, 7);
        if (target >= s->targets || (target >= 0 && s->target[target].spatial > i))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct depdesc_structure known, before;
    memset(&known, 0, sizeof known);
    while (len > 0) {
        size_t part = data[0] < len - 1 ? data[0] : len - 1;
        struct depdesc d;
        before = known;
        enum err e = depdesc_parse(&d, &known, span_of(data + 1, part));
        if (e == ERR_OK)
            check(&d, &known);
        else if (memcmp(&before, &known, sizeof known) != 0)
            abort();
        data += part + 1;
        len -= part + 1;
    }
    return 0;
}
