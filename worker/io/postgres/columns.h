/*
 * A batch as the parameters of its statement: one PostgreSQL array in binary form for each column, one after the other.
 *
 * A statement writes its columns in order, with one COLUMN line for each:
 *
 *     COLUMN(columns, text, change, changes, count, appid_str(&change->component));
 *
 * What does not fit is a bug: the caller knows the largest batch. Ownership: the memory is the caller's; nothing to free.
 */
#pragma once

#include "base/str.h"

enum { COLUMNS_MAX = 24 };

/* PostgreSQL's times are microseconds since the first of January 2000; this many seconds of unix time came before. */
enum { EPOCH_2000_S = 946684800, US_PER_S = 1000000 };

/* The types of elements, by the numbers of PostgreSQL's catalogue. */
enum column_type {
    COLUMN_BOOL = 16,
    COLUMN_BYTEA = 17,
    COLUMN_INT8 = 20,
    COLUMN_INT4 = 23,
    COLUMN_TEXT = 25,
    COLUMN_TIMESTAMPTZ = 1184,
};

struct columns {
    char *at; /* borrowed */
    size_t len, max;
    size_t rows;  /* elements of each column */
    size_t count; /* columns so far */
    size_t starts[COLUMNS_MAX];
};

void columns_begin(struct columns *columns, size_t rows);

/* One number instead of an array. */
void columns_scalar(struct columns *columns, int64_t number);

/* The bytes of a column, for libpq. */
static inline struct str columns_value(const struct columns *columns, size_t column)
{
    size_t start = columns->starts[column];
    size_t end = column + 1 < columns->count ? columns->starts[column + 1] : columns->len;
    return (struct str){.at = columns->at + start, .len = end - start};
}

/*
 * A column of `kind`: its type is TYPE_kind, and each element is written by column_kind(). `value` may name `row`, which
 * points to each of the rows in turn.
 */
#define COLUMN(columns, kind, row, rows, count, value)                                             \
    do {                                                                                           \
        column_begin(columns, TYPE_##kind);                                                        \
        for (size_t at_ = 0; at_ < (count); at_++) {                                               \
            const __typeof__(*(rows)) *row = &(rows)[at_];                                         \
            column_##kind(columns, value);                                                         \
        }                                                                                          \
    } while (0)

enum {
    TYPE_text = COLUMN_TEXT,
    TYPE_bytea = COLUMN_BYTEA,
    TYPE_flag = COLUMN_BOOL,
    TYPE_int4 = COLUMN_INT4,
    TYPE_int8 = COLUMN_INT8,
    TYPE_int4_at = COLUMN_INT4,
    TYPE_int8_at = COLUMN_INT8,
    TYPE_time_s = COLUMN_TIMESTAMPTZ,
    TYPE_time_ms = COLUMN_TIMESTAMPTZ,
};

void column_begin(struct columns *columns, unsigned type);

/* One element each. An absent view, a pointer to nothing and the time 0 are null. */
void column_text(struct columns *columns, struct str element);
void column_bytea(struct columns *columns, struct str element);
void column_flag(struct columns *columns, bool element);
void column_int4(struct columns *columns, int32_t element);
void column_int8(struct columns *columns, int64_t element);
void column_int4_at(struct columns *columns, const int32_t *element);
void column_int8_at(struct columns *columns, const int64_t *element);

/* Unix time; what does not fit becomes a time that PostgreSQL refuses. */
void column_time_s(struct columns *columns, int64_t unix_s);
void column_time_ms(struct columns *columns, int64_t unix_ms);

/* A bytea element that the caller writes: exactly `len` bytes. */
char *column_room(struct columns *columns, size_t len);
