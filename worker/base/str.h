/*
 * A view of bytes that somebody else owns. The bytes have no terminator and are never freed through
 * the view.
 *
 * Strings from outside are views, so a NUL in the middle or a missing terminator does no harm. A
 * view with at == NULL is "absent", which is not the same as empty; both have len 0. Limits: none.
 * Errors: none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *at;
    size_t len;
};

/* A view of a string literal. */
#define STR(literal) ((struct str){.at = "" literal, .len = sizeof(literal) - 1})

/* The two arguments of "%.*s" in printf. */
#define STR_ARGS(view) (int)(view).len, (view).at ? (view).at : ""

/* Returns a view of a terminated string. NULL becomes the absent view. */
static inline struct str str_of(const char *text)
{
    return (struct str){.at = text, .len = text ? strlen(text) : 0};
}

static inline bool str_is_empty(struct str view)
{
    return view.len == 0;
}

/* Returns true if both have the same bytes. An absent view equals an empty one. */
static inline bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Returns true if `view` begins with `prefix`. */
static inline bool str_starts_with(struct str view, struct str prefix)
{
    return view.len >= prefix.len &&
           (prefix.len == 0 || memcmp(view.at, prefix.at, prefix.len) == 0);
}

/* Returns the view without its first `len` bytes. The view must have that many. */
static inline struct str str_without(struct str view, size_t len)
{
    return (struct str){.at = view.at + len, .len = view.len - len};
}

/* Reads a decimal number: digits, after an optional minus, and nothing else. Returns false, and
 * leaves *number as it was, if the view is anything else or the number does not fit. */
bool str_to_int64(struct str view, int64_t *number);
