/*
 * A hash table of entries inside other structs, with bytes as keys: no allocation, and a fixed
 * number of buckets.
 *
 * Ownership: an entry belongs to the struct around it; the buckets are the caller's memory. Limits:
 * a key has at most TABLE_KEY_MAX bytes. Chains grow if there are more entries than buckets.
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

/* Initialises the `bucket_count` lists too. */
void table_init(struct table *table, struct list *buckets, size_t bucket_count);

/* Returns the entry, or NULL. */
struct table_entry *table_find(const struct table *table, struct str key);

/* Adds an entry. The key must not be in the table yet and has at most TABLE_KEY_MAX bytes. */
void table_add(struct table *table, struct table_entry *entry, struct str key);
void table_remove(struct table *table, struct table_entry *entry);
