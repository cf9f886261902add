/*
 * Timers in the order of their due times: a binary heap of pointers in the caller's memory.
 *
 * A timer knows its place, so it can be removed without a search. Timers with the same due time
 * leave in the order in which they were added, so a trace is the same every time. Limits: `max`
 * timers, given to heap_init(); adding one more is a bug. Units: milliseconds of any one clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"

struct timer {
    ms_t due;
    uint64_t order; /* written by the heap */
    size_t place;   /* written by the heap; 1-based, 0 = not in the heap */
};

struct heap {
    struct timer **timers; /* borrowed: max pointers */
    size_t count, max;
    uint64_t next_order;
};

void heap_init(struct heap *heap, struct timer **memory, size_t max);
void heap_add(struct heap *heap, struct timer *timer, ms_t due);

/* Removes the timer. Does nothing if the timer is not in the heap. */
void heap_remove(struct heap *heap, struct timer *timer);

/* Returns the timer that is due first, or NULL. */
struct timer *heap_first(const struct heap *heap);

static inline bool timer_is_set(const struct timer *timer)
{
    return timer->place != 0;
}
