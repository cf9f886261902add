#include "map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"

static struct map_entry *place_of(struct map_entry *entries, size_t room, const char *name)
{
    size_t at = (size_t)chance_mix(chance_hash(name)) & (room - 1);
    while (entries[at].name && strcmp(entries[at].name, name) != 0)
        at = (at + 1) & (room - 1);
    return &entries[at];
}

static void grow(struct map *m)
{
    size_t room = m->room ? 2 * m->room : 64;
    struct map_entry *entries = calloc(room, sizeof(*entries));
    if (!entries)
        abort();
    for (size_t i = 0; i < m->room; i++)
        if (m->entries[i].name)
            *place_of(entries, room, m->entries[i].name) = m->entries[i];
    free(m->entries);
    m->entries = entries;
    m->room = room;
}

void map_done(struct map *m)
{
    free(m->entries);
    *m = (struct map){0};
}

void *map_find(const struct map *m, const char *name)
{
    if (m->room == 0)
        return NULL;
    return place_of(m->entries, m->room, name)->thing;
}

void map_add(struct map *m, const char *name, void *thing)
{
    if (2 * m->count >= m->room)
        grow(m);
    struct map_entry *entry = place_of(m->entries, m->room, name);
    assert(!entry->name);
    *entry = (struct map_entry){.name = name, .thing = thing};
    m->count++;
}
