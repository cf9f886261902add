/*
 * Copies values into an arena. The caller promises that the arena is large enough, so one that is
 * too small is a bug, not an error.
 */
#pragma once

#include <assert.h>

#include "base/arena.h"
#include "base/text.h"

/* Returns a view of a copy in the arena. An absent view stays absent. */
static inline struct str keep(struct arena *into, struct str view)
{
    bool fits = arena_keep(into, &view);
    assert(fits);
    return view;
}

/* Returns an empty text with room for `max` bytes in the arena. */
static inline struct text keep_text(struct arena *into, size_t max)
{
    char *at = arena_alloc(into, max);
    assert(at);
    return (struct text){.at = at, .max = max};
}

/* Returns a number in decimal, written into the arena. */
static inline struct str keep_int(struct arena *into, int64_t number)
{
    char digits[24];
    struct text text = TEXT_IN(digits);
    text_add_int(&text, number);
    return keep(into, text_str(&text));
}
