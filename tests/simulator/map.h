/*
 * struct map: finds a thing by its name. Names are borrowed from the things and must not change.
 * Nothing is ever removed. {0} is an empty map; map_done frees the table, not the things.
 */
#pragma once

#include <stddef.h>

struct map_entry {
    const char *name; /* NULL: a free place */
    void *thing;
};

struct map {
    struct map_entry *entries;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

void map_done(struct map *m);

/* Returns the thing with this name, or NULL. */
void *map_find(const struct map *m, const char *name);

/* The name must not be in the map yet. */
void map_add(struct map *m, const char *name, void *thing);
