/*
 * A Kafka record as it was taken: one block of memory that holds key, value and headers byte for byte.
 *
 * Made by io/kafka, so that no fetch buffer is pinned, or by io/postgres from a parked row. Lent to the engine with its job
 * and freed with free() by the loop when the job has ended: a dead letter repeats it byte for byte, so it is kept that long.
 */
#pragma once

#include "model/origin.h"

struct record_header {
    struct str name;
    struct str value; /* at == NULL: a null header */
};

struct record {
    struct origin origin; /* the topic's name lives as long as the process */
    size_t topic_at;  /* the topic's place among the input topics, which is its enum input_kind */
    struct str key;   /* at == NULL: no key */
    struct str value; /* at == NULL: a null value, which is not an empty one */
    size_t header_count;
    const struct record_header *headers; /* inside this block */
    char *end;                           /* for record_add_header: where the next bytes go */
};

/*
 * A record with copies of key and value, and room for `headers_max` headers whose names and values have `header_bytes`
 * bytes together. Never NULL: without memory the process ends, and whoever has the record's offset or lease next reads it
 * again.
 */
struct record *record_new(const struct origin *origin, struct str key, struct str value,
                          size_t headers_max, size_t header_bytes);

/* Copies one more header into the room that record_new was asked for. */
void record_add_header(struct record *record, const struct record_header *header);
