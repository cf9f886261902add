/*
 * A hash table of entries inside other structs, by a key of bytes; no allocation, fixed buckets.
 *
 * Ownership: entries are their owner's, the buckets the caller's memory. Limits: keys of TABLE_KEY_MAX bytes; chains grow
 * where there are more entries than buckets.
 */
#pragma once

#include "base/list.h"
#include "base/str.h"

enum { TABLE_KEY_MAX = 136 }; /* two appids, a kind and a separator */

struct table_entry {
    struct link in_bucket;
    uint8_t key_len;
    char key[TABLE_KEY_MAX];
};

struct table {
    struct list *buckets;
    size_t bucket_count;
};

/* `bucket_count` lists, initialised here. */
void table_init(struct table *table, struct list *buckets, size_t bucket_count);

/* The entry, or NULL. */
struct table_entry *table_find(const struct table *table, struct str key);

/* The key must not be in yet, and fit. */
void table_add(struct table *table, struct table_entry *entry, struct str key);
void table_remove(struct table *table, struct table_entry *entry);
