/*
 * An error: why something could not be done, as a kind for the caller to branch on and a sentence
 * for people.
 *
 * A function that can fail returns bool and takes `struct err *err` as its last argument. It writes
 * *err only when it returns false. The sentence is in lower case, has no full stop, and names the
 * thing and the value (`cannot parse offset "12x"`). It never contains a secret. A sentence that is
 * too long is cut. Ownership: the memory is the caller's, and nothing has to be freed.
 */
#pragma once

#include <stdbool.h>

#define MUST_USE __attribute__((warn_unused_result))

enum err_kind {
    ERR_NONE,
    ERR_USAGE,       /* the command line: exit 64 */
    ERR_CONFIG,      /* settings, or the version of the schema: exit 78 */
    ERR_UNAVAILABLE, /* a service that may come back: exit 69 */
    ERR_REJECT,      /* input that can never be accepted: exit 65 */
    ERR_BUG,         /* a bug of our own: exit 70 */
};

struct err {
    enum err_kind kind;
    char text[512];
};

/* Sets kind and sentence. Always returns false, so that callers can `return err_set(…)`. */
__attribute__((format(printf, 3, 4))) bool err_set(struct err *err, enum err_kind kind,
                                                   const char *format, ...);

/* Puts "context: " before the sentence. Always returns false. */
__attribute__((format(printf, 2, 3))) bool err_prefix(struct err *err, const char *format, ...);

/* Returns the status from sysexits.h with which the process ends after this error. */
int err_exit_status(const struct err *err);
