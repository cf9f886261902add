#include "io/postgres_arrays.h"

#include <assert.h>
#include <endian.h>

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

void arrays_column(struct arrays *arrays, enum arrays_type type)
{
    assert(arrays->count < ARRAYS_MAX);
    arrays->starts[arrays->count++] = arrays->len;
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

void arrays_int4(struct arrays *arrays, int32_t element)
{
    put_int4(arrays, (int32_t)sizeof(element));
    put_int4(arrays, element);
}

void arrays_int8(struct arrays *arrays, int64_t element)
{
    uint64_t bits = htobe64((uint64_t)element);
    put_int4(arrays, (int32_t)sizeof(bits));
    put(arrays, &bits, sizeof(bits));
}

void arrays_timestamp(struct arrays *arrays, int64_t unix_s)
{
    int64_t us;
    if (__builtin_sub_overflow(unix_s, EPOCH_2000_S, &us) ||
        __builtin_mul_overflow(us, (int64_t)US_PER_S, &us))
        us = INT64_MAX - 1; /* one more would be infinity */
    arrays_int8(arrays, us);
}
