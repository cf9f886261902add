/*
 * A Kafka record as it was taken in: one block of memory that holds key, value and headers byte for
 * byte.
 *
 * io/kafka makes a record as a copy, so that no fetch buffer is pinned; io/postgres makes one from
 * a parked row. A record is lent to the engine with its job. The loop frees it with free() when the
 * job has ended. It is kept that long because a dead letter repeats it byte for byte.
 */
#pragma once

#include "model/origin.h"

struct record_header {
    struct str name;
    struct str value; /* at == NULL: a null header */
};

struct record {
    struct origin origin; /* its topic's name lives as long as the process */
    size_t topic_at;      /* the topic's index among the input topics: its enum input_kind */
    struct str key;       /* at == NULL: no key */
    struct str value;     /* at == NULL: a null value, which is not an empty one */
    size_t header_count;
    const struct record_header *headers; /* inside this block */
    char *end;                           /* where record_add_header() puts the next bytes */
};

/*
 * Returns a record with copies of key and value, and room for `headers_max` headers whose names and
 * values have `header_bytes` bytes together. Never returns NULL: without memory the process ends,
 * and the next owner of the record's offset or lease reads it again.
 */
struct record *record_new(const struct origin *origin, struct str key, struct str value,
                          size_t headers_max, size_t header_bytes);

/* Copies one more header into the room that record_new() made. */
void record_add_header(struct record *record, const struct record_header *header);
