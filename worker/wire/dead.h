/*
 * Says why a record is dead: fills in a struct dead, whose sentence goes into a header and a log
 * line.
 *
 * The wording follows base/err.h. Bytes outside printable ASCII become '?', because quoted text
 * comes from outside. A sentence that is too long is cut. Codes and tokens are never quoted.
 */
#pragma once

#include "model/dead.h"

/* Always returns false, so that a caller can write `return dead_set(…)`. */
__attribute__((format(printf, 3, 4))) bool dead_set(struct dead *dead, enum dead_reason reason,
                                                    const char *format, ...);

/* Cuts a view to the length that a sentence may quote. */
static inline struct str dead_quote(struct str view)
{
    enum { QUOTE_MAX = 64 };
    return (struct str){.at = view.at, .len = view.len < QUOTE_MAX ? view.len : QUOTE_MAX};
}

/* Returns the word for a reason that proto/README.md defines. */
struct str dead_reason_word(enum dead_reason reason);
