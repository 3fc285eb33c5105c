#include "cell/list.h"

#include <stddef.h>
#include <string.h>

const char *list_fault_words(enum list_fault fault)
{
    static const char *const words[] = {
#define FAULT(name, words) words,
        LIST_FAULTS(FAULT)
#undef FAULT
    };
    return fault < LIST_FAULT_COUNT_ ? words[fault] : "";
}

const struct list_zone *list_zone_of(const struct list *l, const char *id)
{
    for (uint32_t i = 0; i < l->zones; i++)
        if (strcmp(l->zone[i].id, id) == 0)
            return &l->zone[i];
    return NULL;
}

const struct list_centre *list_centre_of(const struct list *l, const char *id)
{
    for (uint32_t i = 0; i < l->centres; i++)
        if (strcmp(l->centre[i].id, id) == 0)
            return &l->centre[i];
    return NULL;
}

static enum list_fault zones_follow(const struct list *now, const struct list *next,
                                    const char **id)
{
    for (uint32_t i = 0; i < now->zones; i++) {
        const struct list_zone *was = &now->zone[i], *is = list_zone_of(next, was->id);
        *id = was->id;
        if (!is)
            return LIST_ZONE_GONE;
        if (was->fenced && !is->fenced)
            return LIST_UNFENCED;
    }
    return LIST_FINE;
}

static enum list_fault centres_follow(const struct list *now, const struct list *next,
                                      const char **id)
{
    for (uint32_t i = 0; i < now->centres; i++) {
        const struct list_centre *was = &now->centre[i], *is = list_centre_of(next, was->id);
        *id = was->id;
        if (!is)
            return LIST_CENTRE_GONE;
        if (was->realm != is->realm || strcmp(was->country, is->country) != 0 ||
            strcmp(now->zone[was->zone].id, next->zone[is->zone].id) != 0)
            return LIST_MOVED;
        if (was->state == LIST_WITHDRAWN && is->state != LIST_WITHDRAWN)
            return LIST_RETURNED;
    }
    return LIST_FINE;
}

enum list_fault list_follows(const struct list *now, const struct list *next, int64_t now_s,
                             const char **id)
{
    *id = NULL;
    if (next->version < now->version)
        return LIST_OLDER;
    if (next->version == now->version)
        return memcmp(now, next, sizeof *now) == 0 ? LIST_SAME : LIST_FORK;
    if (next->issued_s > now_s + LIST_SKEW_S)
        return LIST_FUTURE;
    if (next->issued_s < now->issued_s)
        return LIST_BEFORE;
    enum list_fault fault = zones_follow(now, next, id);
    if (fault == LIST_FINE)
        fault = centres_follow(now, next, id);
    if (fault == LIST_FINE)
        *id = NULL;
    return fault;
}
