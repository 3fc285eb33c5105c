/* Any bytes as the facts of a plan: they are refused with a sentence, or give a plan in which
 * nothing forbidden was chosen. */
#include <jansson.h>

#include "base/bug.h"
#include "bin/plan_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void chosen(const struct plan_facts *f, const struct route_plan *p, const uint8_t *list,
                   uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t at = list[i];
        BUG_IF(at >= f->route.count || p->law[at] != LAW_FINE);
        BUG_IF((p->allowed >> f->route.centre[at].zone & 1) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plan_facts f;
    struct route_plan p;
    json_t *o = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (!o)
        return 0;
    bool ok = plan_facts_read(&f, o);
    BUG_IF(ok != (f.read.wrong[0] == '\0'));
    if (ok) {
        route_plan(&f.route, &p);
        chosen(&f, &p, p.primary, p.primaries);
        chosen(&f, &p, p.secondary, p.secondaries);
    }
    json_decref(o);
    return 0;
}
