/*
 * An arena: a bounded piece of the caller's memory for copies. It only grows, until arena_clear()
 * empties it as a whole.
 *
 * Each job owns several: for its input, its row, its answer and its reported token. A copy that
 * does not fit is refused, never cut. Ownership: the memory is the caller's; a view that was handed
 * out is valid until arena_clear().
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

/* Returns `len` bytes, aligned to 8, or NULL if they do not fit. */
static inline void *arena_alloc(struct arena *arena, size_t len)
{
    size_t start = (arena->len + 7) & ~(size_t)7;
    if (start > arena->max || len > arena->max - start)
        return NULL;
    arena->len = start + len;
    return arena->at + start;
}

/* Replaces *view by a view of a copy in the arena. Returns false if the copy does not fit. An
 * absent view stays absent. */
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
