#include <stdlib.h>

#include "io/postgres/headers.h"
#include "io/postgres/internal.h"
#include "io/postgres/parked_row.h"
#include "io/postgres/values.h"

/*
 * Copies records into wxtoken.parked, or updates what is known of those that are parked already.
 *
 * The record itself never changes, so only what its job knows is updated. If the statement is lost,
 * it may have been carried out. Repeating it does no harm.
 */
static const char sql[] =
    "INSERT INTO wxtoken.parked AS p"
    "       (topic, partition, record_offset, record_timestamp, record_key, record_value,"
    "        record_headers, component_appid, revision, due_at, reason"
#define PARKED(number, column, type, kind, member, conflict) ", " #column
#include "io/postgres/parked_columns.def"
#undef PARKED
    ") SELECT n.topic, n.partition, n.record_offset, n.record_timestamp, n.record_key,"
    "       n.record_value, n.record_headers, n.component_appid, 1::bigint,"
    "       now() + n.wait_ms::double precision * interval '1 millisecond', n.reason"
#define PARKED(number, column, type, kind, member, conflict) ", n." #column
#include "io/postgres/parked_columns.def"
#undef PARKED
    "  FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bytea[],"
    "              $6::bytea[], $7::bytea[], $8::text[], $9::bigint[], $10::text[]"
#define PARKED(number, column, type, kind, member, conflict) ", $" #number "::" type "[]"
#include "io/postgres/parked_columns.def"
#undef PARKED
    ")      AS n (topic, partition, record_offset, record_timestamp, record_key, record_value,"
    "             record_headers, component_appid, wait_ms, reason"
#define PARKED(number, column, type, kind, member, conflict) ", " #column
#include "io/postgres/parked_columns.def"
#undef PARKED
    ") ON CONFLICT (topic, partition, record_offset, record_timestamp) DO UPDATE"
    "   SET component_appid = coalesce(excluded.component_appid, p.component_appid),"
    "       revision = p.revision + 1,"
    "       due_at = excluded.due_at,"
    "       reason = excluded.reason"
#define PARKED(number, column, type, kind, member, conflict) ", " #column " = " conflict
#include "io/postgres/parked_columns.def"
#undef PARKED
    ;

/* Returns the most bytes that the columns of these rows can take. */
static size_t bytes_max(const struct park *parks, size_t count)
{
    enum { ROW_BYTES = 1024 }; /* names, numbers and a share of the arrays' own bytes */
    size_t bytes = ROW_BYTES * (count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct record *record = parks[i].record;
        bytes += record->key.len + record->value.len + headers_bytes(record);
        bytes += strlen(parks[i].reason);
    }
    return bytes;
}

enum { TYPE_headers = TYPE_bytea };

static void column_headers(struct columns *columns, const struct record *record)
{
    headers_write(column_room(columns, headers_bytes(record)), record);
}

#define PARK(kind, value) COLUMN(c, kind, park, parks, b->len, value)

static const struct columns *params(struct channel *channel)
{
    const struct batch *b = &channel->batch;
    const struct park *parks = b->parks + b->first;
    struct columns *c = &channel->large;
    *c = (struct columns){.max = bytes_max(parks, b->len)};
    c->at = malloc(c->max);
    if (!c->at)
        abort(); /* nothing is lost: a record that is not parked still has its offset */
    columns_begin(c, b->len);
    PARK(text, park->record->origin.topic);
    PARK(int4, park->record->origin.partition);
    PARK(int8, park->record->origin.offset);
    PARK(int8, park->record->origin.timestamp_ms);
    PARK(bytea, park->record->key);
    PARK(bytea, park->record->value);
    PARK(headers, park->record);
    PARK(text, value_of_appid(&park->component));
    PARK(int8, park->wait_ms);
    PARK(text, str_of(park->reason));
    parked_row_write(c, parks, b->len);
    return c;
}

const struct statement *park_statement(void)
{
    static const struct statement statement = {
        .name = "park",
        .sql = sql,
        .params = params,
        .finish = batch_reply_to_all,
        .lost = POSTGRES_UNKNOWN,
    };
    return &statement;
}

static int compare(const void *a, const void *b)
{
    const struct park *x = a, *y = b;
    return batch_compare_origins(&x->record->origin, &y->record->origin);
}

/* Sorts by origin, so that two workers lock rows in the same order. */
void postgres_park(struct postgres *postgres, const struct park *parks, size_t count)
{
    struct channel *channel = &postgres->channel;
    struct batch *b = &channel->batch;
    batch_begin(channel, POSTGRES_PARK, park_statement(), count);
    memcpy(b->parks, parks, count * sizeof(*parks));
    qsort(b->parks, count, sizeof(*b->parks), compare);
    for (size_t i = 0; i < count; i++)
        b->tags[i] = b->parks[i].tag;
    batch_send(channel);
}
