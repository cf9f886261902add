/*
 * Frees a resource at the end of its scope.
 *
 *     CLEANUP(freep) char *name = strdup(text);
 *     …
 *     return TAKE(name);   the caller frees it
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(destroy) __attribute__((cleanup(destroy)))

/* Hands the value over: the variable becomes NULL, so the end of its scope destroys nothing. */
#define TAKE(variable)                                                                             \
    __extension__({                                                                                \
        __typeof__(variable) taken_ = (variable);                                                  \
        (variable) = NULL;                                                                         \
        taken_;                                                                                    \
    })

/* For CLEANUP: calls free() on the pointer in the variable. */
static inline void freep(void *variable)
{
    free(*(void **)variable);
}

/* For CLEANUP: closes the descriptor. -1 means that there is none. */
static inline void closep(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
