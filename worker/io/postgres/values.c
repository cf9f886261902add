#include "io/postgres/values.h"

#include <assert.h>
#include <endian.h>

#include "base/time.h"
#include "io/postgres/columns.h"
#include "model/input.h"

int32_t value_int4_at(const char *at)
{
    uint32_t bits;
    memcpy(&bits, at, sizeof(bits));
    return (int32_t)be32toh(bits);
}

struct str value_text(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return (struct str){0};
    return (struct str){.at = PQgetvalue(result, row, column),
                        .len = (size_t)PQgetlength(result, row, column)};
}

bool value_bool(const PGresult *result, int row, int column)
{
    struct str bytes = value_text(result, row, column);
    assert(!bytes.at || bytes.len == 1);
    return bytes.at && bytes.at[0];
}

int32_t value_int4(const PGresult *result, int row, int column)
{
    struct str bytes = value_text(result, row, column);
    if (!bytes.at)
        return 0;
    assert(bytes.len == sizeof(int32_t));
    return value_int4_at(bytes.at);
}

int64_t value_int8(const PGresult *result, int row, int column)
{
    struct str bytes = value_text(result, row, column);
    if (!bytes.at)
        return 0;
    uint64_t bits;
    assert(bytes.len == sizeof(bits));
    memcpy(&bits, bytes.at, sizeof(bits));
    return (int64_t)be64toh(bits);
}

int64_t value_time_us(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return 0;
    int64_t us;
    if (__builtin_add_overflow(value_int8(result, row, column), (int64_t)EPOCH_2000_S * US_PER_S,
                               &us))
        return INT64_MAX;
    return us;
}

int64_t value_time_ms(const PGresult *result, int row, int column)
{
    return value_time_us(result, row, column) / (US_PER_S / MS_PER_S);
}

int64_t value_time_s(const PGresult *result, int row, int column)
{
    return value_time_us(result, row, column) / US_PER_S;
}

struct str value_of_appid(const struct appid *appid)
{
    return appid_is_known(appid) ? appid_str(appid) : (struct str){0};
}

struct str value_of_digest(const uint8_t *digest)
{
    return (struct str){.at = (const char *)digest, .len = digest ? DIGEST_BYTES : 0};
}
