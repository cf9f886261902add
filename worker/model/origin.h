/*
 * The origin of a record: where it comes from. The timestamp is part of it because topics are
 * recreated while databases are kept.
 *
 * One struct has three uses: the cause that a row remembers, the key of a parked record, and
 * headers of a dead letter.
 */
#pragma once

#include "base/str.h"

enum { TOPIC_LEN_MAX = 249 };

struct origin {
    struct str topic; /* a view; at == NULL: no origin (another program inserted the row) */
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* of the record, unix time; -1: it has none */
};

static inline bool origin_equal(const struct origin *a, const struct origin *b)
{
    return a->topic.at && b->topic.at && a->offset == b->offset && a->partition == b->partition &&
           a->timestamp_ms == b->timestamp_ms && str_equal(a->topic, b->topic);
}
