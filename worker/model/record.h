/*
 * A Kafka record as it was taken: one block of memory holding key, value and headers byte for byte.
 *
 * Made by io/kafka (a copy, so that no fetch buffer is pinned), lent to the engine with its job, freed with free() by the
 * loop when the job has ended. It is kept that long because a dead letter repeats it byte for byte.
 */
#pragma once

#include "model/origin.h"

struct record_header {
    struct str name;
    struct str value; /* at == NULL: a null header */
};

struct record {
    struct origin
        origin; /* the topic's name is borrowed from the adapter and lives as long as the process */
    struct str key;   /* at == NULL: no key */
    struct str value; /* at == NULL: a null value, which is not an empty one */
    size_t header_count;
    const struct record_header *headers; /* inside this block */
};
