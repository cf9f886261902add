#include "io/postgres/parked_row.h"

#include <assert.h>

#include "io/postgres/values.h"

/* The kinds. Each has an SQL type, writes a member and reads it back. Our value for "none" is null
 * in the table. */

enum {
    TYPE_appid = TYPE_text,
    TYPE_count = TYPE_int4,
    TYPE_hash = TYPE_int8,
    TYPE_version = TYPE_int8,
    TYPE_errcode = TYPE_int4,
    TYPE_rid = TYPE_text,
};

static void column_appid(struct columns *columns, struct appid appid)
{
    column_text(columns, value_of_appid(&appid));
}

static void column_count(struct columns *columns, uint32_t count)
{
    column_int4(columns, (int32_t)count);
}

static void column_hash(struct columns *columns, uint64_t hash)
{
    int64_t bits = (int64_t)hash;
    column_int8_at(columns, bits ? &bits : NULL);
}

static_assert((int)SERVES_NONE == (int)INQUIRY_NEVER, "null stands for both");

static void column_version(struct columns *columns, int64_t version)
{
    column_int8_at(columns, version == INQUIRY_NEVER ? NULL : &version);
}

static void column_errcode(struct columns *columns, int32_t errcode)
{
    column_int4_at(columns, errcode ? &errcode : NULL);
}

static void column_rid(struct columns *columns, struct rid rid)
{
    column_text(columns, rid.len ? rid_str(&rid) : (struct str){0});
}

/* The place that a value is read from. */
struct place {
    const PGresult *result;
    int row, column;
};

static bool read_appid(struct appid *appid, struct place at)
{
    struct str name = value_text(at.result, at.row, at.column);
    return !name.at || appid_set(appid, name);
}

static bool read_time_ms(int64_t *time_ms, struct place at)
{
    *time_ms = value_time_ms(at.result, at.row, at.column);
    return true;
}

static bool read_time_s(int64_t *time_s, struct place at)
{
    *time_s = value_time_s(at.result, at.row, at.column);
    return true;
}

static bool read_count(uint32_t *count, struct place at)
{
    *count = (uint32_t)value_int4(at.result, at.row, at.column);
    return true;
}

static bool read_flag(bool *is_true, struct place at)
{
    *is_true = value_bool(at.result, at.row, at.column);
    return true;
}

static bool read_hash(uint64_t *hash, struct place at)
{
    *hash = (uint64_t)value_int8(at.result, at.row, at.column);
    return true;
}

static bool read_version(int64_t *version, struct place at)
{
    bool is_null = PQgetisnull(at.result, at.row, at.column);
    *version = is_null ? INQUIRY_NEVER : value_int8(at.result, at.row, at.column);
    return true;
}

static bool read_errcode(int32_t *errcode, struct place at)
{
    *errcode = value_int4(at.result, at.row, at.column);
    return true;
}

static bool read_rid(struct rid *rid, struct place at)
{
    return rid_set(rid, value_text(at.result, at.row, at.column));
}

void parked_row_write(struct columns *columns, const struct park *parks, size_t count)
{
#define PARKED(number, column, type, kind, member, conflict)                                       \
    COLUMN(columns, kind, park, parks, count, park->parked->member);
#include "io/postgres/parked_columns.def"
#undef PARKED
}

const char *parked_row_read(struct parked *parked, const PGresult *result, int row, int first)
{
    const char *wrong = NULL;
    struct place at = {.result = result, .row = row, .column = first};
#define PARKED(number, name, type, kind, member, conflict)                                         \
    if (!read_##kind(&parked->member, at))                                                         \
        wrong = #name;                                                                             \
    at.column++;
#include "io/postgres/parked_columns.def"
#undef PARKED
    return wrong;
}
