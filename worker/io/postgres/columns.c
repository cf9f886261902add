#include "io/postgres/columns.h"

#include <assert.h>
#include <endian.h>

#include "base/time.h"

void columns_begin(struct columns *columns, size_t rows)
{
    columns->len = 0;
    columns->count = 0;
    columns->rows = rows;
}

static void put(struct columns *columns, const void *bytes, size_t len)
{
    assert(len <= columns->max - columns->len);
    if (len)
        memcpy(columns->at + columns->len, bytes, len);
    columns->len += len;
}

static void put_int4(struct columns *columns, int32_t number)
{
    uint32_t bits = htobe32((uint32_t)number);
    put(columns, &bits, sizeof(bits));
}

static void put_int8(struct columns *columns, int64_t number)
{
    uint64_t bits = htobe64((uint64_t)number);
    put(columns, &bits, sizeof(bits));
}

static void put_null(struct columns *columns)
{
    put_int4(columns, -1);
}

static void begin_parameter(struct columns *columns)
{
    assert(columns->count < COLUMNS_MAX);
    columns->starts[columns->count++] = columns->len;
}

void columns_resize(struct columns *columns, size_t rows)
{
    columns->rows = rows;
}

void columns_scalar(struct columns *columns, int64_t number)
{
    begin_parameter(columns);
    put_int8(columns, number);
}

void column_begin(struct columns *columns, unsigned type)
{
    begin_parameter(columns);
    put_int4(columns, 1); /* dimensions */
    put_int4(columns, 1); /* may hold nulls */
    put_int4(columns, (int32_t)type);
    put_int4(columns, (int32_t)columns->rows);
    put_int4(columns, 1); /* the first index */
}

void column_text(struct columns *columns, struct str element)
{
    if (!element.at) {
        put_null(columns);
        return;
    }
    put_int4(columns, (int32_t)element.len);
    put(columns, element.at, element.len);
}

void column_bytea(struct columns *columns, struct str element)
{
    column_text(columns, element);
}

char *column_room(struct columns *columns, size_t len)
{
    put_int4(columns, (int32_t)len);
    assert(len <= columns->max - columns->len);
    columns->len += len;
    return columns->at + columns->len - len;
}

void column_flag(struct columns *columns, bool element)
{
    put_int4(columns, (int32_t)sizeof(element));
    put(columns, &element, sizeof(element));
}

void column_int4(struct columns *columns, int32_t element)
{
    put_int4(columns, (int32_t)sizeof(element));
    put_int4(columns, element);
}

void column_int8(struct columns *columns, int64_t element)
{
    put_int4(columns, (int32_t)sizeof(element));
    put_int8(columns, element);
}

void column_int4_at(struct columns *columns, const int32_t *element)
{
    if (element)
        column_int4(columns, *element);
    else
        put_null(columns);
}

void column_int8_at(struct columns *columns, const int64_t *element)
{
    if (element)
        column_int8(columns, *element);
    else
        put_null(columns);
}

/* Writes a unix time of ours, which has `units_per_s` units to the second. */
static void put_time(struct columns *columns, int64_t time, int64_t units_per_s)
{
    int64_t us;
    if (!time) {
        put_null(columns);
        return;
    }
    if (__builtin_sub_overflow(time, EPOCH_2000_S * units_per_s, &us) ||
        __builtin_mul_overflow(us, US_PER_S / units_per_s, &us))
        us = INT64_MAX - 1; /* INT64_MAX would be infinity */
    column_int8(columns, us);
}

void column_time_s(struct columns *columns, int64_t unix_s)
{
    put_time(columns, unix_s, 1);
}

void column_time_ms(struct columns *columns, int64_t unix_ms)
{
    put_time(columns, unix_ms, MS_PER_S);
}
