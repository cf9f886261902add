/*
 * A doubly linked list through a link inside each member: no allocation, and removal without a
 * search.
 *
 * A link is on at most one list. A link that is on no list points to itself. Ownership: the list
 * owns nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *next, *prev;
};

struct list {
    struct link head;
    size_t count;
};

/* Returns the struct around a link: CONTAINER(link, struct job, in_state). */
#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline void link_init(struct link *link)
{
    link->next = link->prev = link;
}

static inline bool link_is_on_a_list(const struct link *link)
{
    return link->next != link;
}

static inline void list_init(struct list *list)
{
    link_init(&list->head);
    list->count = 0;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->count == 0;
}

/* Returns the first link, or NULL. */
static inline struct link *list_first(const struct list *list)
{
    return list->count ? list->head.next : NULL;
}

/* Returns the last link, or NULL. */
static inline struct link *list_last(const struct list *list)
{
    return list->count ? list->head.prev : NULL;
}

/* Returns the link after `link`, or NULL at the end. */
static inline struct link *list_next(const struct list *list, const struct link *link)
{
    return link->next == &list->head ? NULL : link->next;
}

/* Puts `link` before `place`. NULL means at the end. */
static inline void list_insert_before(struct list *list, struct link *place, struct link *link)
{
    struct link *next = place ? place : &list->head;
    link->next = next;
    link->prev = next->prev;
    next->prev->next = link;
    next->prev = link;
    list->count++;
}

static inline void list_append(struct list *list, struct link *link)
{
    list_insert_before(list, NULL, link);
}

static inline void list_remove(struct list *list, struct link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
    list->count--;
}

/* For the macros below: returns the struct around a link, or NULL for NULL. */
static inline void *link_container(struct link *link, size_t offset)
{
    return link ? (char *)link - offset : NULL;
}

/* The first struct of a list, the last, and the one after `entry`; NULL if it does not exist. */
#define LIST_FIRST(type, list, member)                                                             \
    ((type *)link_container(list_first(list), offsetof(type, member)))
#define LIST_LAST(type, list, member)                                                              \
    ((type *)link_container(list_last(list), offsetof(type, member)))
#define LIST_NEXT(type, list, entry, member)                                                       \
    ((type *)link_container(list_next(list, &(entry)->member), offsetof(type, member)))

/*
 * Loops over a list: LIST_FOR_EACH(struct job, job, &list, in_state) { … }. The body must not
 * remove `job` from the list. The body of LIST_FOR_EACH_SAFE may remove `job`, but not the one
 * after it.
 */
#define LIST_FOR_EACH(type, entry, list, member)                                                   \
    for (type *entry = LIST_FIRST(type, list, member); entry;                                      \
         entry = LIST_NEXT(type, list, entry, member))
#define LIST_FOR_EACH_SAFE(type, entry, list, member)                                              \
    for (type *entry = LIST_FIRST(type, list, member),                                             \
              *entry##_next = entry ? LIST_NEXT(type, list, entry, member) : NULL;                 \
         entry;                                                                                    \
         entry = entry##_next, entry##_next = entry ? LIST_NEXT(type, list, entry, member) : NULL)
