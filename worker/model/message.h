/*
 * A Kafka message to be produced. Its views are borrowed, and the producer copies the bytes.
 */
#pragma once

#include "model/record.h"

struct message {
    struct str topic;
    struct str key;   /* at == NULL: none */
    struct str value; /* at == NULL: null */
    size_t header_count;
    const struct record_header *headers;
};
