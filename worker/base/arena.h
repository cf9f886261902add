/*
 * Bytes to keep copies in: a bounded piece of the caller's memory that only grows until it is emptied whole.
 *
 * Each job owns some: its input, its row, its answer, what it was told. A copy that does not fit is refused, never cut. Ownership: the memory is the
 * caller's; views handed out live until arena_clear().
 */
#pragma once

#include "base/str.h"

struct arena {
    char *at;
    size_t len, max;
};

static inline void arena_clear(struct arena *arena)
{
    arena->len = 0;
}

/* `len` bytes at an alignment of 8, or NULL where they do not fit. */
static inline void *arena_alloc(struct arena *arena, size_t len)
{
    size_t start = (arena->len + 7) & ~(size_t)7;
    if (start > arena->max || len > arena->max - start)
        return NULL;
    arena->len = start + len;
    return arena->at + start;
}

/* Replaces *view by a view of a copy in the arena; false where it does not fit. An absent view stays absent. */
static inline bool arena_keep(struct arena *arena, struct str *view)
{
    if (!view->at)
        return true;
    char *copy = arena_alloc(arena, view->len);
    if (!copy)
        return false;
    memcpy(copy, view->at, view->len);
    view->at = copy;
    return true;
}
