/*
 * Why something could not be done: a kind for the caller to branch on, a sentence for a person.
 *
 * A function that may be unable returns bool and takes `struct err *err` last; it writes *err only when it returns false.
 * Words: lower case, no period, the thing and the value (`cannot parse offset "12x"`). Secrets never go in. Too long a
 * sentence is cut. Ownership: the caller's memory, nothing to free.
 */
#pragma once

#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))

enum err_kind {
    ERR_NONE,
    ERR_USAGE,       /* the command line: exit 64 */
    ERR_CONFIG,      /* settings or schema version: exit 78 */
    ERR_UNAVAILABLE, /* a service that may come back: exit 69 */
    ERR_REJECT,      /* input that never will be right */
    ERR_BUG,         /* ours: exit 70 */
};

struct err {
    enum err_kind kind;
    char text[512];
};

/* Sets kind and sentence; always false, so that `return err_set(…)` reads as what it is. */
__attribute__((format(printf, 3, 4))) bool err_set(struct err *err, enum err_kind kind,
                                                   const char *format, ...);

/* Puts "context: " before the sentence; always false. */
__attribute__((format(printf, 2, 3))) bool err_prefix(struct err *err, const char *format, ...);

/* The sysexits.h status a process ends with for it. */
int err_exit_status(const struct err *err);
