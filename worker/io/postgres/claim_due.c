#include <assert.h>
#include <stdio.h>

#include "io/postgres/headers.h"
#include "io/postgres/internal.h"
#include "io/postgres/parked_row.h"
#include "io/postgres/values.h"

/*
 * Claims parked records that are due, with a lease: if this process ends, another claims them when
 * the lease is over.
 *
 * Each component that has something due gets an equal share, so a million records of one cannot
 * stand in front of those of another. Components that the caller names are left alone. Within a
 * component the longest due come first. Records that were parked in one batch come in the order of
 * their timestamps and offsets. A record whose component is not known counts as one of the
 * component ''.
 *
 * `component` looks up one component after the other in the index, which costs one look for each.
 * `topic || ''` means the same as `topic`, but is not a part of the key. With `topic`, PostgreSQL
 * 17 on an empty table plans to read all of a topic and to sort it. If the statement is lost, the
 * leases bring back what it may have claimed.
 */
static const char sql[] =
    "WITH RECURSIVE component AS ("
    "    (SELECT coalesce(p.component_appid, '') AS name"
    "       FROM wxtoken.parked AS p"
    "      ORDER BY coalesce(p.component_appid, '')"
    "      LIMIT 1)"
    "    UNION ALL"
    "    SELECT (SELECT coalesce(p.component_appid, '')"
    "              FROM wxtoken.parked AS p"
    "             WHERE coalesce(p.component_appid, '') > c.name"
    "             ORDER BY coalesce(p.component_appid, '')"
    "             LIMIT 1)"
    "      FROM component AS c"
    "     WHERE c.name IS NOT NULL"
    "), waiting AS ("
    "    SELECT c.name"
    "      FROM component AS c"
    "     CROSS JOIN LATERAL ("
    "           SELECT p.due_at"
    "             FROM wxtoken.parked AS p"
    "            WHERE coalesce(p.component_appid, '') = c.name"
    "              AND p.due_at <= now()"
    "              AND (p.topic || '') = ANY ($1::text[])"
    "            ORDER BY p.due_at"
    "            LIMIT 1) AS f"
    "     WHERE NOT c.name = ANY ($2::text[])"
    "     ORDER BY f.due_at"
    "     LIMIT $3::bigint"
    "), due AS ("
    "    SELECT d.topic, d.partition, d.record_offset, d.record_timestamp, d.due_at"
    "      FROM waiting AS w"
    "     CROSS JOIN LATERAL ("
    "           SELECT p.topic, p.partition, p.record_offset, p.record_timestamp, p.due_at"
    "             FROM wxtoken.parked AS p"
    "            WHERE coalesce(p.component_appid, '') = w.name"
    "              AND p.due_at <= now()"
    "              AND (p.topic || '') = ANY ($1::text[])"
    "            ORDER BY p.due_at"
    "            LIMIT (SELECT $3::bigint / greatest(count(*), 1::bigint) FROM waiting)"
    "              FOR UPDATE SKIP LOCKED) AS d"
    "), claimed AS ("
    "    UPDATE wxtoken.parked AS p"
    "       SET due_at = now() + $4::bigint::double precision * interval '1 millisecond',"
    "           revision = p.revision + 1"
    "      FROM due"
    "     WHERE p.topic = ANY (ARRAY[due.topic])"
    "       AND p.partition = due.partition"
    "       AND p.record_offset = due.record_offset"
    "       AND p.record_timestamp = due.record_timestamp"
    "    RETURNING p.*, due.due_at AS was_due_at"
    ")"
    "SELECT t.topic, t.partition, t.record_offset, t.record_timestamp, t.record_key,"
    "       t.record_value, t.record_headers, t.revision, t.parked_at"
#define PARKED(number, column, type, kind, member, conflict) ", t." #column
#include "io/postgres/parked_columns.def"
#undef PARKED
    "  FROM claimed AS t"
    " ORDER BY t.was_due_at, t.record_timestamp, t.record_offset";

static const struct columns *params(struct channel *channel)
{
    const struct batch *b = &channel->batch;
    const struct str *topics = b->claim.topics;
    const struct appid *left_alone = b->claim.left_alone;
    struct columns *c = &channel->columns;
    columns_begin(c, b->claim.topic_count);
    COLUMN(c, text, topic, topics, b->claim.topic_count, *topic);
    columns_resize(c, b->claim.left_alone_count);
    COLUMN(c, text, component, left_alone, b->claim.left_alone_count, appid_str(component));
    columns_scalar(c, (int64_t)b->claim.count_max);
    columns_scalar(c, b->claim.lease_ms);
    return c;
}

/* The columns that come out, in the order of the statement. */
enum column {
    TOPIC,
    PARTITION,
    OFFSET,
    TIMESTAMP,
    KEY,
    VALUE,
    HEADERS,
    REVISION,
    PARKED_AT,
    FIRST_OF_PARKED,
};

static size_t topic_at(const struct batch *b, struct str topic)
{
    size_t at = 0;
    while (at < b->claim.topic_count && !str_equal(b->claim.topics[at], topic))
        at++;
    assert(at < b->claim.topic_count); /* the statement selects only these topics */
    return at;
}

static struct record *read_record(const struct batch *b, const PGresult *result, int row,
                                  struct str headers, size_t header_count)
{
    size_t at = topic_at(b, value_text(result, row, TOPIC));
    struct origin origin = {
        .topic = b->claim.topics[at],
        .partition = value_int4(result, row, PARTITION),
        .offset = value_int8(result, row, OFFSET),
        .timestamp_ms = value_int8(result, row, TIMESTAMP),
    };
    struct record *record = record_new(&origin, value_text(result, row, KEY),
                                       value_text(result, row, VALUE), header_count, headers.len);
    record->topic_at = at;
    headers_read(record, headers);
    return record;
}

static void break_reply(struct postgres_reply *reply, const PGresult *result, int row,
                        const char *wrong)
{
    struct str topic = value_text(result, row, TOPIC);
    reply->outcome = POSTGRES_BROKEN;
    (void)snprintf(reply->detail, sizeof(reply->detail),
                   "cannot take %s of the row parked for %.*s/%d@%lld (%lld)", wrong,
                   STR_ARGS(topic), value_int4(result, row, PARTITION),
                   (long long)value_int8(result, row, OFFSET),
                   (long long)value_int8(result, row, TIMESTAMP));
}

static void read_reply(struct postgres_reply *reply, const struct batch *b, const PGresult *result,
                       int row)
{
    struct str headers = value_text(result, row, HEADERS);
    size_t header_count = 0;
    const char *wrong = parked_row_read(&reply->parked, result, row, FIRST_OF_PARKED);
    if (!headers_count(&header_count, headers))
        wrong = "record_headers";
    if (wrong) {
        break_reply(reply, result, row, wrong);
        return;
    }
    reply->parked.revision = value_int8(result, row, REVISION);
    reply->parked.parked_at_us = value_time_us(result, row, PARKED_AT);
    reply->record = read_record(b, result, row, headers, header_count);
}

static void finish(struct channel *channel, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++)
        read_reply(batch_reply(channel, 0), &channel->batch, result, row);
}

const struct statement *claim_due_statement(void)
{
    static const struct statement statement = {
        .name = "claim_due",
        .sql = sql,
        .params = params,
        .finish = finish,
        .is_silent = true,
    };
    return &statement;
}

/* A claim is a batch of one member, without a tag. */
void postgres_claim_due(struct postgres *postgres, const struct claim *claim)
{
    struct channel *channel = &postgres->channel;
    assert(claim->count_max <= POSTGRES_BATCH_MAX);
    assert(claim->topic_count <= INPUT_KINDS);
    assert(claim->left_alone_count <= POSTGRES_LEFT_ALONE_MAX);
    batch_begin(channel, POSTGRES_CLAIM_DUE, claim_due_statement(), 1);
    channel->batch.tags[0] = NULL;
    channel->batch.claim = *claim;
    batch_send(channel);
}
