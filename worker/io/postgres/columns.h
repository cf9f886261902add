/*
 * The parameters of a batch's statement: for each column one PostgreSQL array in binary form, one
 * after another in memory.
 *
 * A statement writes its columns in order, with one COLUMN line for each:
 *
 *     COLUMN(columns, text, change, changes, count, appid_str(&change->component));
 *
 * Columns that do not fit are a bug: the caller knows the largest batch. Ownership: the memory is
 * the caller's, and nothing has to be freed.
 */
#pragma once

#include "base/str.h"

enum { COLUMNS_MAX = 32 };

/* PostgreSQL counts microseconds since 1 January 2000, which is this many seconds of unix time. */
enum { EPOCH_2000_S = 946684800, US_PER_S = 1000000 };

struct columns {
    char *at; /* borrowed */
    size_t len, max;
    size_t rows;  /* elements of each column */
    size_t count; /* columns so far */
    size_t starts[COLUMNS_MAX];
};

void columns_begin(struct columns *columns, size_t rows);

/* The columns that follow have this many elements. */
void columns_resize(struct columns *columns, size_t rows);

/* Writes one number instead of an array. */
void columns_scalar(struct columns *columns, int64_t number);

/* Returns the bytes of a column, for libpq. */
static inline struct str columns_value(const struct columns *columns, size_t column)
{
    size_t start = columns->starts[column];
    size_t end = column + 1 < columns->count ? columns->starts[column + 1] : columns->len;
    return (struct str){.at = columns->at + start, .len = end - start};
}

/* Writes a column of `kind`: its type is TYPE_kind, and column_kind() writes each element. `value`
 * may use `row`, which points to each of the rows in turn. */
#define COLUMN(columns, kind, row, rows, count, value)                                             \
    do {                                                                                           \
        column_begin(columns, TYPE_##kind);                                                        \
        for (size_t at_ = 0; at_ < (count); at_++) {                                               \
            const __typeof__(*(rows)) *row = &(rows)[at_];                                         \
            column_##kind(columns, value);                                                         \
        }                                                                                          \
    } while (0)

/* The type of each kind, with its number in PostgreSQL's catalogue. */
enum {
    TYPE_text = 25,
    TYPE_bytea = 17,
    TYPE_flag = 16,
    TYPE_int4 = 23,
    TYPE_int8 = 20,
    TYPE_int4_at = TYPE_int4,
    TYPE_int8_at = TYPE_int8,
    TYPE_time_s = 1184,
    TYPE_time_ms = TYPE_time_s,
};

void column_begin(struct columns *columns, unsigned type);

/* Each function writes one element. An absent view, a NULL pointer and the time 0 become null. */
void column_text(struct columns *columns, struct str element);
void column_bytea(struct columns *columns, struct str element);
void column_flag(struct columns *columns, bool element);
void column_int4(struct columns *columns, int32_t element);
void column_int8(struct columns *columns, int64_t element);
void column_int4_at(struct columns *columns, const int32_t *element);
void column_int8_at(struct columns *columns, const int64_t *element);

/* Unix time. A time that does not fit becomes one that PostgreSQL refuses. */
void column_time_s(struct columns *columns, int64_t unix_s);
void column_time_ms(struct columns *columns, int64_t unix_ms);

/* Returns room for a bytea element of exactly `len` bytes, which the caller writes. */
char *column_room(struct columns *columns, size_t len);
