/*
 * One-dimensional PostgreSQL arrays in binary form, one after the other in the caller's memory, as a statement's parameters.
 *
 * Write the columns in order, and in each as many elements as arrays_begin said. What does not fit is a bug: the caller
 * knows the largest batch. Ownership: the memory is the caller's; nothing to free.
 */
#pragma once

#include "base/str.h"

enum { ARRAYS_MAX = 22 };

/* PostgreSQL's times are microseconds since the first of January 2000; this many seconds of unix time came before. */
enum { EPOCH_2000_S = 946684800, US_PER_S = 1000000 };

/* The element types, by the numbers that PostgreSQL's catalogue gives them. */
enum arrays_type {
    ARRAYS_BOOL = 16,
    ARRAYS_BYTEA = 17,
    ARRAYS_INT8 = 20,
    ARRAYS_INT4 = 23,
    ARRAYS_TEXT = 25,
    ARRAYS_TIMESTAMPTZ = 1184,
};

struct arrays {
    char *at; /* borrowed */
    size_t len, max;
    size_t elements; /* of each array */
    int count;       /* arrays so far */
    size_t starts[ARRAYS_MAX];
};

void arrays_begin(struct arrays *arrays, size_t elements);
void arrays_column(struct arrays *arrays, enum arrays_type type);

/* One element; an absent view is null. Also for bytea. */
void arrays_text(struct arrays *arrays, struct str element);
void arrays_bool(struct arrays *arrays, bool element);
void arrays_int4(struct arrays *arrays, int32_t element);
void arrays_int8(struct arrays *arrays, int64_t element);
void arrays_null(struct arrays *arrays);

/* Unix time; beyond what fits it becomes a time that PostgreSQL refuses. */
void arrays_timestamp(struct arrays *arrays, int64_t unix_s);
void arrays_timestamp_ms(struct arrays *arrays, int64_t unix_ms);

/* One number instead of an array. */
void arrays_scalar(struct arrays *arrays, int64_t number);

/* The bytes of a bytea element that the caller writes: exactly `len` of them. */
char *arrays_room(struct arrays *arrays, size_t len);

/* The array of a column, for libpq. */
static inline struct str arrays_value(const struct arrays *arrays, int column)
{
    size_t start = arrays->starts[column];
    size_t end = column + 1 < arrays->count ? arrays->starts[column + 1] : arrays->len;
    return (struct str){.at = arrays->at + start, .len = end - start};
}
