/*
 * Copies into an arena whose size the caller has promised: one that is too small is a bug, not an
 * inability.
 */
#pragma once

#include <assert.h>

#include "base/arena.h"
#include "base/text.h"

/* A view of a copy in the arena; an absent view stays absent. */
static inline struct str keep(struct arena *into, struct str view)
{
    bool fits = arena_keep(into, &view);
    assert(fits);
    return view;
}

/* An empty text of `max` bytes in the arena. */
static inline struct text keep_text(struct arena *into, size_t max)
{
    char *at = arena_alloc(into, max);
    assert(at);
    return (struct text){.at = at, .max = max};
}

/* A number in decimal, in the arena. */
static inline struct str keep_int(struct arena *into, int64_t number)
{
    char digits[24];
    struct text text = TEXT_IN(digits);
    text_add_int(&text, number);
    return keep(into, text_str(&text));
}
