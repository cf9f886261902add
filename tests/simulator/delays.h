/*
 * struct delays: a heap of moments, the soonest first. A delay is embedded in the thing that waits
 * for it, and is borrowed until it is taken out. Times are microseconds of one clock. {0} is an
 * empty heap.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct delay {
    int64_t at_us;
};

struct delays {
    struct delay **heap;
    size_t count;
    size_t room;
};

void delays_done(struct delays *d);
void delays_add(struct delays *d, struct delay *delay);

/* The soonest delay, or NULL. delays_take also removes it. */
struct delay *delays_first(const struct delays *d);
struct delay *delays_take(struct delays *d);
