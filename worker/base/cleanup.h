/*
 * Resources that end with their scope.
 *
 *     CLEANUP(freep) char *name = strdup(text);
 *     …
 *     return TAKE(name);   the caller frees
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(destroy) __attribute__((cleanup(destroy)))

/* Hands the value over: the variable forgets it, so its scope destroys nothing. */
#define TAKE(variable)                                                                             \
    __extension__({                                                                                \
        __typeof__(variable) taken_ = (variable);                                                  \
        (variable) = NULL;                                                                         \
        taken_;                                                                                    \
    })

/* For CLEANUP: free() of what the variable points to. */
static inline void freep(void *variable)
{
    free(*(void **)variable);
}

/* For CLEANUP: close() of a descriptor; -1 holds none. */
static inline void closep(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
