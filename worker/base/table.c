#include "base/table.h"

#include <assert.h>

#include "base/hash.h"

static struct list *bucket_of(const struct table *table, struct str key)
{
    return &table->buckets[hash_bytes(key) % table->bucket_count];
}

static struct str key_of(const struct table_entry *entry)
{
    return (struct str){.at = entry->key, .len = entry->key_len};
}

void table_init(struct table *table, struct list *buckets, size_t bucket_count)
{
    *table = (struct table){.buckets = buckets, .bucket_count = bucket_count};
    for (size_t i = 0; i < bucket_count; i++)
        list_init(&buckets[i]);
}

struct table_entry *table_find(const struct table *table, struct str key)
{
    const struct list *bucket = bucket_of(table, key);
    LIST_FOR_EACH(struct table_entry, entry, bucket, in_bucket) {
        if (str_equal(key_of(entry), key))
            return entry;
    }
    return NULL;
}

void table_add(struct table *table, struct table_entry *entry, struct str key)
{
    assert(key.len <= TABLE_KEY_MAX);
    entry->key_len = (uint8_t)key.len;
    memcpy(entry->key, key.at, key.len);
    list_append(bucket_of(table, key), &entry->in_bucket);
}

void table_remove(struct table *table, struct table_entry *entry)
{
    list_remove(bucket_of(table, key_of(entry)), &entry->in_bucket);
}
