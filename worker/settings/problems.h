/*
 * Sentences about settings that are wrong and settings that are merely odd, collected so that all
 * of them can be reported at once.
 *
 * Ownership: the struct owns the sentences; problems_done() frees them. Limits: PROBLEMS_MAX of
 * each sort; further ones are counted, not kept. No secret goes in: values are masked first.
 */
#pragma once

#include <stddef.h>

enum { PROBLEMS_MAX = 100 };

struct problem_lines {
    char *at[PROBLEMS_MAX]; /* terminated */
    size_t count;
    size_t left_out;
};

struct problems {
    struct problem_lines wrongs;
    struct problem_lines warnings;
};

__attribute__((format(printf, 2, 3))) void problems_wrong(struct problems *problems,
                                                          const char *format, ...);
__attribute__((format(printf, 2, 3))) void problems_warn(struct problems *problems,
                                                         const char *format, ...);

void problems_done(struct problems *problems);
