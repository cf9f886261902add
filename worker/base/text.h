/*
 * A bounded builder of text in the caller's memory.
 *
 * What does not fit is cut off and remembered in `cut`, so a caller may write a whole message and ask once at the end.
 * Ownership: the memory stays the caller's. The text is not terminated unless text_terminated() is asked for.
 */
#pragma once

#include "base/str.h"

struct text {
    char *at;
    size_t len;
    size_t max;
    bool cut;
};

/* An empty text in an array. */
#define TEXT_IN(array) ((struct text){.at = (array), .max = sizeof(array)})

void text_add(struct text *text, struct str piece);
void text_add_char(struct text *text, char piece);
void text_add_int(struct text *text, int64_t number);

/* As printf; for the edges of the program, not for the engine. */
__attribute__((format(printf, 2, 3))) void text_format(struct text *text, const char *format, ...);

/* The text so far, as a view of the builder's memory. */
static inline struct str text_str(const struct text *text)
{
    return (struct str){.at = text->at, .len = text->len};
}

/* The text so far with a NUL behind it; the last byte gives way where there is no room. Needs max > 0. */
const char *text_terminated(struct text *text);
