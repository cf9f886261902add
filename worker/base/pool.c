#include "base/pool.h"

#include <assert.h>
#include <string.h>

void pool_init(struct pool *pool, void *memory, size_t slot_bytes, size_t slots_max)
{
    assert(slot_bytes >= sizeof(void *));
    *pool = (struct pool){.memory = memory, .slot_bytes = slot_bytes, .slots_max = slots_max};
}

void *pool_alloc(struct pool *pool)
{
    if (pool->count == pool->slots_max)
        return NULL;

    pool->count++;
    void *slot = pool->free_slots;
    if (!slot)
        return pool->memory + pool->slot_bytes * pool->slots_made++;
    memcpy(&pool->free_slots, slot, sizeof(void *));
    return slot;
}

void pool_free(struct pool *pool, void *slot)
{
    assert(pool->count > 0);
    memcpy(slot, &pool->free_slots, sizeof(void *));
    pool->free_slots = slot;
    pool->count--;
}
