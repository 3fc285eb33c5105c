/* Any bytes as a stored choice of data centres: they are read, or let nothing in; and together with
 * another choice nothing is let in that either of them leaves out. */
#include "account/places.h"

#include <string.h>

#include "base/bug.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_table(struct centre_table *t)
{
    static const char *const ids[] = {"fra", "par", "iad", "sha"};
    memset(t, 0, sizeof *t);
    t->world.count = 4;
    t->zones = 2;
    memcpy(t->zone[0], "eu", 3);
    memcpy(t->zone[1], "cn", 3);
    t->world.fenced = 2;
    for (unsigned i = 0; i < 4; i++)
        memcpy(t->row[i].id, ids[i], 4);
    t->world.centre[2].realm = FENCE_GOVERNMENT;
    t->world.centre[3].zone = 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct centre_table t;
    struct places_fault fault;
    struct choice known, c, above = {.refused = 1};
    struct choice_result alone, both;
    make_table(&t);
    enum err strict = places_read(&known, span_of(data, size), &t, true, &fault);
    enum err e = places_read(&c, span_of(data, size), &t, false, NULL);
    BUG_IF(strict == ERR_OK && (e != ERR_OK || memcmp(&known, &c, sizeof c) != 0));
    BUG_IF(strict != ERR_OK && !fault.word[0]);
    choice_bind(&t.world, &c, NULL, 0, &alone);
    choice_bind(&t.world, &c, &above, 1, &both);
    for (int use = 0; use < CHOICE_USES_; use++) {
        BUG_IF(e != ERR_OK && alone.may[use] != 0);
        BUG_IF(c.realm == above.realm && (both.may[use] & ~alone.may[use]) != 0);
        BUG_IF((both.may[use] & 3) != 0);
    }
    struct choice_verdict v = choice_judge(&t.world, &c, NULL, 0);
    places_fault_of(&v, &t, &fault);
    BUG_IF(v.fault != CHOICE_FINE && !fault.key[0]);
    return 0;
}
