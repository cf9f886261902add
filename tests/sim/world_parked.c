#include <assert.h>

#include "sim/world.h"

struct world_parked *world_find_parked(struct world *world, const struct origin *origin)
{
    for (size_t i = 0; i < world->parked_count; i++) {
        if (origin_equal(&world->parked[i].record->record.origin, origin))
            return &world->parked[i];
    }
    return NULL;
}

/* A debt is never cleared by parking again, and what was known stays known. */
static void merge(struct parked *parked, const struct parked *before)
{
    parked->revision = before->revision + 1;
    parked->parked_at_us = before->parked_at_us;
    parked->owes |= before->owes;
    parked->code_has_answered |= before->code_has_answered;
    if (before->first_seen_ms < parked->first_seen_ms)
        parked->first_seen_ms = before->first_seen_ms;
    if (parked->late_until_s < before->late_until_s)
        parked->late_until_s = before->late_until_s;
    if (!appid_is_known(&parked->authorizer))
        parked->authorizer = before->authorizer;
}

void world_park(struct world *world, struct record *record, const struct parked *parked,
                ms_t wait_ms)
{
    struct parked now = *parked;
    struct world_parked *there = world_find_parked(world, &record->origin);
    now.revision = 1;
    now.parked_at_us = world->now_ms * 1000;
    if (there) {
        merge(&now, &there->parked);
    } else {
        assert(world->parked_count < WORLD_PARKED_MAX);
        there = &world->parked[world->parked_count++];
    }
    *there = (struct world_parked){
        .record = CONTAINER(record, struct world_record, record),
        .parked = now,
        .due_ms = world->now_ms + (wait_ms > 0 ? wait_ms : 0),
    };
}

struct world_parked *world_first_parked(struct world *world)
{
    struct world_parked *first = NULL;
    for (size_t i = 0; i < world->parked_count; i++) {
        if (!first || world->parked[i].due_ms < first->due_ms)
            first = &world->parked[i];
    }
    return first;
}

struct world_parked *world_take_due(struct world *world, ms_t lease_ms)
{
    struct world_parked *first = world_first_parked(world);
    if (!first || first->due_ms > world->now_ms)
        return NULL;
    first->due_ms = world->now_ms + lease_ms;
    first->parked.revision++;
    return first;
}

bool world_unpark(struct world *world, const struct origin *origin, int64_t revision)
{
    struct world_parked *there = world_find_parked(world, origin);
    if (!there || there->parked.revision != revision)
        return false;
    *there = world->parked[--world->parked_count];
    return true;
}
