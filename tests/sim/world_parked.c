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

static bool is_due_of(const struct world *world, const struct world_parked *parked,
                      const struct world_component *component)
{
    return parked->due_ms <= world->now_ms &&
           appid_equal(&parked->record->input.component, &component->appid);
}

bool world_has_due(const struct world *world, const struct world_component *component)
{
    for (size_t i = 0; i < world->parked_count; i++) {
        if (is_due_of(world, &world->parked[i], component))
            return true;
    }
    return false;
}

static bool is_left_alone(const struct world_component *component, const struct appid *left_alone,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (appid_equal(&component->appid, &left_alone[i]))
            return true;
    }
    return false;
}

static struct world_parked *first_due_of(struct world *world,
                                         const struct world_component *component)
{
    struct world_parked *first = NULL;
    for (size_t i = 0; i < world->parked_count; i++) {
        struct world_parked *parked = &world->parked[i];
        if (is_due_of(world, parked, component) && (!first || parked->due_ms < first->due_ms))
            first = parked;
    }
    return first;
}

struct world_parked *world_claim(struct world *world, ms_t lease_ms, const struct appid *left_alone,
                                 size_t left_alone_count)
{
    struct world_component *next = NULL;
    for (size_t i = 0; i < world->component_count; i++) {
        struct world_component *component = &world->components[i];
        if (!is_left_alone(component, left_alone, left_alone_count) &&
            world_has_due(world, component) && (!next || component->claimed < next->claimed))
            next = component;
    }
    if (!next)
        return NULL;
    struct world_parked *claimed = first_due_of(world, next);
    next->claimed = ++world->claims;
    claimed->due_ms = world->now_ms + lease_ms;
    claimed->parked.revision++;
    return claimed;
}

static int compare_origins(const struct origin *a, const struct origin *b)
{
    size_t len = a->topic.len < b->topic.len ? a->topic.len : b->topic.len;
    int order = memcmp(a->topic.at, b->topic.at, len);
    if (order)
        return order;
    if (a->partition != b->partition)
        return a->partition < b->partition ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

struct world_parked *world_find_serving(struct world *world, const struct world_row *row,
                                        const struct origin *mine)
{
    bool is_parked = world_find_parked(world, mine);
    for (size_t i = 0; i < world->parked_count; i++) {
        struct world_parked *other = &world->parked[i];
        int64_t version = other->parked.serves_version;
        bool serves = version == -1 || (version != SERVES_NONE && version >= row->row.version);
        if (serves && appid_equal(&other->parked.authorizer, &row->row.authorizer) &&
            (!is_parked || compare_origins(&other->record->record.origin, mine) < 0))
            return other;
    }
    return NULL;
}

bool world_unpark(struct world *world, const struct origin *origin, int64_t revision)
{
    struct world_parked *there = world_find_parked(world, origin);
    if (!there || there->parked.revision != revision)
        return false;
    *there = world->parked[--world->parked_count];
    return true;
}
