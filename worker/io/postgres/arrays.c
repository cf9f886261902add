#include "io/postgres/arrays.h"

#include <assert.h>
#include <endian.h>

#include "base/time.h"

void arrays_begin(struct arrays *arrays, size_t elements)
{
    arrays->len = 0;
    arrays->count = 0;
    arrays->elements = elements;
}

static void put(struct arrays *arrays, const void *bytes, size_t len)
{
    assert(len <= arrays->max - arrays->len);
    if (len)
        memcpy(arrays->at + arrays->len, bytes, len);
    arrays->len += len;
}

static void put_int4(struct arrays *arrays, int32_t number)
{
    uint32_t bits = htobe32((uint32_t)number);
    put(arrays, &bits, sizeof(bits));
}

static void put_int8(struct arrays *arrays, int64_t number)
{
    uint64_t bits = htobe64((uint64_t)number);
    put(arrays, &bits, sizeof(bits));
}

static void begin_parameter(struct arrays *arrays)
{
    assert(arrays->count < ARRAYS_MAX);
    arrays->starts[arrays->count++] = arrays->len;
}

void arrays_column(struct arrays *arrays, enum arrays_type type)
{
    begin_parameter(arrays);
    put_int4(arrays, 1); /* dimensions */
    put_int4(arrays, 1); /* may hold nulls */
    put_int4(arrays, (int32_t)type);
    put_int4(arrays, (int32_t)arrays->elements);
    put_int4(arrays, 1); /* the first index */
}

void arrays_null(struct arrays *arrays)
{
    put_int4(arrays, -1);
}

void arrays_text(struct arrays *arrays, struct str element)
{
    if (!element.at) {
        arrays_null(arrays);
        return;
    }
    put_int4(arrays, (int32_t)element.len);
    put(arrays, element.at, element.len);
}

char *arrays_room(struct arrays *arrays, size_t len)
{
    put_int4(arrays, (int32_t)len);
    assert(len <= arrays->max - arrays->len);
    arrays->len += len;
    return arrays->at + arrays->len - len;
}

void arrays_bool(struct arrays *arrays, bool element)
{
    put_int4(arrays, (int32_t)sizeof(element));
    put(arrays, &element, sizeof(element));
}

void arrays_int4(struct arrays *arrays, int32_t element)
{
    put_int4(arrays, (int32_t)sizeof(element));
    put_int4(arrays, element);
}

void arrays_int8(struct arrays *arrays, int64_t element)
{
    put_int4(arrays, (int32_t)sizeof(element));
    put_int8(arrays, element);
}

void arrays_scalar(struct arrays *arrays, int64_t number)
{
    begin_parameter(arrays);
    put_int8(arrays, number);
}

/* A time of ours, so many units to the second. */
static void add_time(struct arrays *arrays, int64_t time, int64_t units_per_s)
{
    int64_t us;
    if (__builtin_sub_overflow(time, EPOCH_2000_S * units_per_s, &us) ||
        __builtin_mul_overflow(us, US_PER_S / units_per_s, &us))
        us = INT64_MAX - 1; /* one more would be infinity */
    arrays_int8(arrays, us);
}

void arrays_timestamp(struct arrays *arrays, int64_t unix_s)
{
    add_time(arrays, unix_s, 1);
}

void arrays_timestamp_ms(struct arrays *arrays, int64_t unix_ms)
{
    add_time(arrays, unix_ms, MS_PER_S);
}
