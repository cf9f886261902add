/*
 * A pool: a fixed number of equal slots in the caller's memory. The bounds of the engine are the
 * sizes of its pools.
 *
 * The slot that was freed last is handed out first, so a quiet worker touches few pages. Ownership:
 * the memory is the caller's. Limits: slot_bytes is at least the size of a pointer. Errors:
 * pool_alloc() returns NULL if every slot is in use.
 */
#pragma once

#include <stddef.h>

struct pool {
    char *memory;
    size_t slot_bytes;
    size_t slots_max;
    size_t slots_made; /* handed out at least once; the memory after them is untouched */
    size_t count;      /* handed out now */
    void *free_slots;
};

void pool_init(struct pool *pool, void *memory, size_t slot_bytes, size_t slots_max);

/* Returns a slot, not cleared, or NULL. */
void *pool_alloc(struct pool *pool);
void pool_free(struct pool *pool, void *slot);

static inline size_t pool_room(const struct pool *pool)
{
    return pool->slots_max - pool->count;
}
