/*
 * A bounded builder of text in the caller's memory.
 *
 * Text that does not fit is cut off, and `cut` is set. So a caller can write a whole message and
 * check once at the end. Ownership: the memory stays the caller's. The text has no terminator until
 * text_terminated() is called.
 */
#pragma once

#include "base/str.h"

struct text {
    char *at;
    size_t len;
    size_t max;
    bool cut;
};

/* An empty text, with an array as its memory. */
#define TEXT_IN(array) ((struct text){.at = (array), .max = sizeof(array)})

void text_add(struct text *text, struct str piece);
void text_add_char(struct text *text, char piece);
void text_add_int(struct text *text, int64_t number);

/* Works like printf. For the edges of the program, not for the engine. */
__attribute__((format(printf, 2, 3))) void text_format(struct text *text, const char *format, ...);

/* Returns the text so far, as a view of the builder's memory. */
static inline struct str text_str(const struct text *text)
{
    return (struct str){.at = text->at, .len = text->len};
}

/* Returns the text so far with a NUL after it. If there is no room for the NUL, the last byte is
 * cut off. Needs max > 0. */
const char *text_terminated(struct text *text);
