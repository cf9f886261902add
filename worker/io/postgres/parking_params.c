#include "io/postgres/params.h"

#include "base/count.h"
#include "io/postgres/headers.h"

/* What a row takes beside its record and its reason: names, numbers, and the arrays' own share. */
enum { PARK_BYTES_MAX = 1024 };

size_t params_bytes_of_parks(const struct park *parks, size_t count)
{
    size_t bytes = PARK_BYTES_MAX * (count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct record *record = parks[i].record;
        bytes += record->key.len + record->value.len + headers_bytes(record);
        bytes += strlen(parks[i].reason);
    }
    return bytes;
}

static void add_appid(struct arrays *arrays, const struct appid *appid)
{
    arrays_text(arrays, appid_is_known(appid) ? appid_str(appid) : (struct str){0});
}

/* What stands for "none" with us is null in the table, here and below. */
static void add_number(struct arrays *arrays, int64_t number, int64_t none)
{
    if (number == none)
        arrays_null(arrays);
    else
        arrays_int8(arrays, number);
}

static void add_time(struct arrays *arrays, int64_t unix_ms)
{
    if (unix_ms)
        arrays_timestamp_ms(arrays, unix_ms);
    else
        arrays_null(arrays);
}

static void put_topic(struct arrays *arrays, const struct park *park)
{
    arrays_text(arrays, park->record->origin.topic);
}

static void put_partition(struct arrays *arrays, const struct park *park)
{
    arrays_int4(arrays, park->record->origin.partition);
}

static void put_offset(struct arrays *arrays, const struct park *park)
{
    arrays_int8(arrays, park->record->origin.offset);
}

static void put_timestamp(struct arrays *arrays, const struct park *park)
{
    arrays_int8(arrays, park->record->origin.timestamp_ms);
}

static void put_key(struct arrays *arrays, const struct park *park)
{
    arrays_text(arrays, park->record->key);
}

static void put_value(struct arrays *arrays, const struct park *park)
{
    arrays_text(arrays, park->record->value);
}

static void put_headers(struct arrays *arrays, const struct park *park)
{
    headers_write(arrays_room(arrays, headers_bytes(park->record)), park->record);
}

static void put_component(struct arrays *arrays, const struct park *park)
{
    add_appid(arrays, &park->component);
}

static void put_authorizer(struct arrays *arrays, const struct park *park)
{
    add_appid(arrays, &park->parked->authorizer);
}

static void put_wait_ms(struct arrays *arrays, const struct park *park)
{
    arrays_int8(arrays, park->wait_ms);
}

static void put_first_seen(struct arrays *arrays, const struct park *park)
{
    arrays_timestamp_ms(arrays, park->parked->first_seen_ms);
}

static void put_failing_since(struct arrays *arrays, const struct park *park)
{
    add_time(arrays, park->parked->failing_since_ms);
}

static void put_tries(struct arrays *arrays, const struct park *park)
{
    arrays_int4(arrays, (int32_t)park->parked->tries);
}

static void put_reason(struct arrays *arrays, const struct park *park)
{
    arrays_text(arrays, str_of(park->reason));
}

static void put_owes(struct arrays *arrays, const struct park *park)
{
    arrays_bool(arrays, park->parked->owes);
}

static void put_code_has_answered(struct arrays *arrays, const struct park *park)
{
    arrays_bool(arrays, park->parked->code_has_answered);
}

static void put_refused_token(struct arrays *arrays, const struct park *park)
{
    add_number(arrays, (int64_t)park->parked->refused_token, 0);
}

static void put_vain_version(struct arrays *arrays, const struct park *park)
{
    add_number(arrays, park->parked->vain_version, PARKED_NEVER);
}

static void put_vain_at(struct arrays *arrays, const struct park *park)
{
    add_time(arrays, park->parked->vain_at_ms);
}

static void put_search_until(struct arrays *arrays, const struct park *park)
{
    add_time(arrays, park->parked->search_until_ms);
}

static void put_errcode(struct arrays *arrays, const struct park *park)
{
    if (park->parked->errcode)
        arrays_int4(arrays, park->parked->errcode);
    else
        arrays_null(arrays);
}

static void put_rid(struct arrays *arrays, const struct park *park)
{
    struct str rid = {.at = park->parked->rid, .len = park->parked->rid_len};
    arrays_text(arrays, rid.len ? rid : (struct str){0});
}

static const struct {
    enum arrays_type type;
    void (*put)(struct arrays *arrays, const struct park *park);
} columns[] = {
    {ARRAYS_TEXT, put_topic},
    {ARRAYS_INT4, put_partition},
    {ARRAYS_INT8, put_offset},
    {ARRAYS_INT8, put_timestamp},
    {ARRAYS_BYTEA, put_key},
    {ARRAYS_BYTEA, put_value},
    {ARRAYS_BYTEA, put_headers},
    {ARRAYS_TEXT, put_component},
    {ARRAYS_TEXT, put_authorizer},
    {ARRAYS_INT8, put_wait_ms},
    {ARRAYS_TIMESTAMPTZ, put_first_seen},
    {ARRAYS_TIMESTAMPTZ, put_failing_since},
    {ARRAYS_INT4, put_tries},
    {ARRAYS_TEXT, put_reason},
    {ARRAYS_BOOL, put_owes},
    {ARRAYS_BOOL, put_code_has_answered},
    {ARRAYS_INT8, put_refused_token},
    {ARRAYS_INT8, put_vain_version},
    {ARRAYS_TIMESTAMPTZ, put_vain_at},
    {ARRAYS_TIMESTAMPTZ, put_search_until},
    {ARRAYS_INT4, put_errcode},
    {ARRAYS_TEXT, put_rid},
};

void params_of_parks(struct arrays *arrays, const struct park *parks, size_t count)
{
    arrays_begin(arrays, count);
    for (size_t column = 0; column < COUNT_OF(columns); column++) {
        arrays_column(arrays, columns[column].type);
        for (size_t i = 0; i < count; i++)
            columns[column].put(arrays, &parks[i]);
    }
}

void params_of_unparks(struct arrays *arrays, const struct unpark *unparks, size_t count)
{
    arrays_begin(arrays, count);
    arrays_column(arrays, ARRAYS_TEXT);
    for (size_t i = 0; i < count; i++)
        arrays_text(arrays, unparks[i].origin->topic);
    arrays_column(arrays, ARRAYS_INT4);
    for (size_t i = 0; i < count; i++)
        arrays_int4(arrays, unparks[i].origin->partition);
    arrays_column(arrays, ARRAYS_INT8);
    for (size_t i = 0; i < count; i++)
        arrays_int8(arrays, unparks[i].origin->offset);
    arrays_column(arrays, ARRAYS_INT8);
    for (size_t i = 0; i < count; i++)
        arrays_int8(arrays, unparks[i].origin->timestamp_ms);
    arrays_column(arrays, ARRAYS_INT8);
    for (size_t i = 0; i < count; i++)
        arrays_int8(arrays, unparks[i].revision);
}
