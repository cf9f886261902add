/*
 * Says why a record is dead: writes a struct dead, whose sentence goes into a header and a log.
 *
 * Words as in base/err.h. Bytes outside printable ASCII become '?', because what is quoted comes
 * from outside; too long a sentence is cut. Codes and tokens are never quoted.
 */
#pragma once

#include "model/dead.h"

/* Always false, so that `return dead_set(…)` reads as what it is. */
__attribute__((format(printf, 3, 4))) bool dead_set(struct dead *dead, enum dead_reason reason,
                                                    const char *format, ...);

/* The view, cut to what a sentence may quote. */
static inline struct str dead_quote(struct str view)
{
    enum { QUOTE_MAX = 64 };
    return (struct str){.at = view.at, .len = view.len < QUOTE_MAX ? view.len : QUOTE_MAX};
}

/* The word of the contract for a reason. */
struct str dead_reason_word(enum dead_reason reason);
