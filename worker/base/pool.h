/*
 * A fixed number of equal slots in the caller's memory: what "bounded" is made of.
 *
 * Slots are handed out last in, first out, so that a quiet worker touches few pages. Ownership: the memory is the caller's.
 * Limits: slot_bytes is at least a pointer. Errors: an empty pool gives NULL.
 */
#pragma once

#include <stddef.h>

struct pool {
    char *memory;
    size_t slot_bytes;
    size_t slots_max;
    size_t slots_made; /* those ever handed out: the memory behind them is untouched */
    size_t count;      /* handed out now */
    void *free_slots;
};

void pool_init(struct pool *pool, void *memory, size_t slot_bytes, size_t slots_max);

/* A slot with whatever was in it, or NULL. */
void *pool_alloc(struct pool *pool);
void pool_free(struct pool *pool, void *slot);

static inline size_t pool_room(const struct pool *pool)
{
    return pool->slots_max - pool->count;
}
