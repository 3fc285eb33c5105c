/* Intrusive doubly linked list; the node lives inside the element, the list owns nothing. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *prev, *next;
};

static inline void list_init(struct list *l)
{
    l->prev = l->next = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_append(struct list *l, struct list *node)
{
    node->prev = l->prev;
    node->next = l;
    l->prev->next = node;
    l->prev = node;
}

/* Safe on a node that is initialised but in no list. */
static inline void list_remove(struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

#define LIST_ENTRY(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))
#define LIST_EACH(l, it) for (struct list *it = (l)->next; it != (l); it = it->next)
/* The element may be removed inside the loop. */
#define LIST_EACH_SAFE(l, it, nx)                                                                  \
    for (struct list *it = (l)->next, *nx = it->next; it != (l); it = nx, nx = it->next)

#endif
