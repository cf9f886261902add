#include <assert.h>
#include <stdio.h>

#include "io/postgres/internal.h"
#include "io/postgres/values.h"

/*
 * Reads the rows of authorizers, the tokens of their components, whether records are parked, and
 * whether other refreshes of the authorizers are.
 *
 * A refresh from Kafka is served by any parked one. Of two that are both parked, the one with the
 * smaller origin serves the other: if each served the other, neither would be done.
 *
 * A row that has the digest comes first; of several such rows, the one of the authorizer asked for.
 * If no row has it, the row is that of the authorizer asked for. `at` counts from 1.
 *
 * OFFSET 0 and the second LIMIT change no row. Without them, the planner may look up the component
 * alone, as half of the primary key, and filter all of its rows: on a table that it takes for
 * small, that is as cheap.
 */
static const char sql[] =
    "SELECT n.at,"
    "       c.component_access_token,"
    "       a.authorizer_appid,"
    "       a.status,"
    "       a.version,"
    "       a.authorizer_access_token,"
    "       a.authorizer_refresh_token,"
    "       a.expires_at,"
    "       a.authorized_at,"
    "       a.func_scopes,"
    "       a.code_digest,"
    "       a.writer,"
    "       a.cause_topic,"
    "       a.cause_partition,"
    "       a.cause_offset,"
    "       a.cause_timestamp,"
    "       a.updated_at,"
    "       a.cause_traceparent,"
    "       a.sent_at,"
    "       a.late_until,"
    "       k.is_parked,"
    "       s.is_served"
    "  FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::integer[],"
    "              $6::bigint[], $7::bigint[], $8::boolean[], $9::boolean[])"
    "       WITH ORDINALITY AS n (component_appid, authorizer_appid, code_digest, topic,"
    "                             partition, record_offset, record_timestamp, asks_parked,"
    "                             asks_served, at)"
    "  LEFT JOIN wxtoken.component AS c"
    "    ON c.component_appid = n.component_appid"
    "  LEFT JOIN LATERAL ("
    "       SELECT y.authorizer_appid"
    "         FROM (SELECT x.component_appid, x.authorizer_appid"
    "                 FROM wxtoken.authorizer AS x"
    "                WHERE x.code_digest = n.code_digest"
    "               OFFSET 0) AS y"
    "        WHERE y.component_appid = n.component_appid"
    "        ORDER BY y.authorizer_appid = n.authorizer_appid DESC"
    "        LIMIT 1) AS d"
    "    ON true"
    "  LEFT JOIN LATERAL ("
    "       SELECT x.*"
    "         FROM wxtoken.authorizer AS x"
    "        WHERE x.component_appid = n.component_appid"
    "          AND x.authorizer_appid = coalesce(d.authorizer_appid, n.authorizer_appid)"
    "        LIMIT 1) AS a"
    "    ON true"
    "  LEFT JOIN LATERAL ("
    "       SELECT true AS is_parked"
    "         FROM wxtoken.parked AS x"
    "        WHERE n.asks_parked"
    "          AND x.topic = n.topic"
    "          AND x.partition = n.partition"
    "          AND x.record_offset = n.record_offset"
    "          AND x.record_timestamp = n.record_timestamp"
    "        LIMIT 1) AS k"
    "    ON true"
    "  LEFT JOIN LATERAL ("
    "       SELECT true AS is_served"
    "         FROM wxtoken.parked AS x"
    "        WHERE n.asks_served"
    "          AND x.component_appid = n.component_appid"
    "          AND x.authorizer_appid = n.authorizer_appid"
    "          AND x.serves_version IS NOT NULL"
    "          AND (x.serves_version < 0 OR x.serves_version >= a.version)"
    "          AND (n.asks_parked OR (x.topic, x.partition, x.record_offset, x.record_timestamp)"
    "                              < (n.topic, n.partition, n.record_offset, n.record_timestamp))"
    "        LIMIT 1) AS s"
    "    ON true";

static const struct columns *params(struct channel *channel)
{
    const struct batch *b = &channel->batch;
    const struct load *loads = b->loads.at + b->first;
    struct columns *c = &channel->columns;
    columns_begin(c, b->len);
    COLUMN(c, text, load, loads, b->len, appid_str(&load->component));
    COLUMN(c, text, load, loads, b->len, value_of_appid(&load->authorizer));
    COLUMN(c, bytea, load, loads, b->len, value_of_digest(load->digest));
    COLUMN(c, text, load, loads, b->len, load->origin->topic);
    COLUMN(c, int4, load, loads, b->len, load->origin->partition);
    COLUMN(c, int8, load, loads, b->len, load->origin->offset);
    COLUMN(c, int8, load, loads, b->len, load->origin->timestamp_ms);
    COLUMN(c, flag, load, loads, b->len, load->asks_parked);
    COLUMN(c, flag, load, loads, b->len, load->asks_served);
    return c;
}

/* The columns that come out, in the order of the statement. */
enum column {
    AT,
    COMPONENT_TOKEN,
    AUTHORIZER,
    STATUS,
    VERSION,
    ACCESS_TOKEN,
    REFRESH_TOKEN,
    EXPIRES_AT,
    AUTHORIZED_AT,
    SCOPES,
    CODE_DIGEST,
    WRITER,
    CAUSE_TOPIC,
    CAUSE_PARTITION,
    CAUSE_OFFSET,
    CAUSE_TIMESTAMP,
    UPDATED_AT,
    TRACEPARENT,
    SENT_AT,
    LATE_UNTIL,
    IS_PARKED,
    IS_SERVED,
};

static bool read_status(enum authorizer_status *status, struct str word)
{
    for (int at = STATUS_AUTHORIZED; at <= STATUS_REAUTHORIZATION_REQUIRED; at++) {
        if (str_equal(word, status_word((enum authorizer_status)at))) {
            *status = (enum authorizer_status)at;
            return true;
        }
    }
    return false;
}

/* The binary form is: dimensions, flags, type; length and first index of each dimension; length and
 * bytes of each element. */
static bool read_scopes(struct scopes *scopes, int32_t *memory, struct str array)
{
    enum { HEAD = 12, DIMENSION = 8, ELEMENT = 8 };
    if (!array.at)
        return true;
    assert(array.len >= HEAD);
    *scopes = (struct scopes){.at = memory};
    int32_t dimensions = value_int4_at(array.at);
    if (dimensions == 0)
        return true;
    size_t count = (size_t)value_int4_at(array.at + HEAD);
    /* A null element is shorter, so a wrong length shows it. */
    if (dimensions != 1 || count > SCOPES_MAX || array.len != HEAD + DIMENSION + ELEMENT * count)
        return false;
    for (size_t i = 0; i < count; i++)
        memory[i] = value_int4_at(array.at + HEAD + DIMENSION + ELEMENT * i + 4);
    scopes->count = count;
    return true;
}

static bool read_digest(struct authorizer *row, struct str digest)
{
    if (!digest.at)
        return true;
    if (digest.len != DIGEST_BYTES)
        return false;
    row->has_digest = true;
    memcpy(row->code_digest, digest.at, DIGEST_BYTES);
    return true;
}

static bool read_token(struct str *token, struct str value)
{
    *token = value;
    return value.len <= TOKEN_LEN_MAX;
}

static struct origin cause_of(const PGresult *result, int row)
{
    struct str topic = value_text(result, row, CAUSE_TOPIC);
    if (!topic.at)
        return (struct origin){0};
    return (struct origin){
        .topic = topic,
        .partition = value_int4(result, row, CAUSE_PARTITION),
        .offset = value_int8(result, row, CAUSE_OFFSET),
        .timestamp_ms = value_int8(result, row, CAUSE_TIMESTAMP),
    };
}

/* Returns the name of a column whose value we cannot take, or NULL. */
static const char *read_row(struct authorizer *row, int32_t *scopes, const PGresult *result, int at)
{
    if (!appid_set(&row->authorizer, value_text(result, at, AUTHORIZER)))
        return "authorizer_appid";
    if (!read_status(&row->status, value_text(result, at, STATUS)))
        return "status";
    if (!read_token(&row->access_token, value_text(result, at, ACCESS_TOKEN)))
        return "authorizer_access_token";
    if (!read_token(&row->refresh_token, value_text(result, at, REFRESH_TOKEN)))
        return "authorizer_refresh_token";
    if (!read_scopes(&row->scopes, scopes, value_text(result, at, SCOPES)))
        return "func_scopes";
    if (!read_digest(row, value_text(result, at, CODE_DIGEST)))
        return "code_digest";
    row->cause = cause_of(result, at);
    if (row->cause.topic.len > TOPIC_LEN_MAX)
        return "cause_topic";
    row->traceparent = value_text(result, at, TRACEPARENT);
    if (row->traceparent.len > TRACEPARENT_LEN)
        return "cause_traceparent";
    row->version = value_int8(result, at, VERSION);
    row->expires_at_s = value_time_s(result, at, EXPIRES_AT);
    row->authorized_at_s = value_time_s(result, at, AUTHORIZED_AT);
    row->writer = (uint64_t)value_int8(result, at, WRITER);
    row->updated_at_us = value_time_us(result, at, UPDATED_AT);
    row->sent_at_s = value_time_s(result, at, SENT_AT);
    row->late_until_s = value_time_s(result, at, LATE_UNTIL);
    return NULL;
}

static void read_reply(struct postgres_reply *reply, int32_t *scopes, const PGresult *result,
                       int at)
{
    const char *wrong = NULL;
    reply->row = (struct authorizer){.version = VERSION_ABSENT};
    reply->is_parked = value_bool(result, at, IS_PARKED);
    reply->is_served = value_bool(result, at, IS_SERVED);
    if (!PQgetisnull(result, at, AUTHORIZER))
        wrong = read_row(&reply->row, scopes, result, at);
    if (!read_token(&reply->component_token, value_text(result, at, COMPONENT_TOKEN)))
        wrong = "component_access_token";
    if (!wrong)
        return;
    reply->outcome = POSTGRES_BROKEN;
    (void)snprintf(reply->detail, sizeof(reply->detail), "cannot take the row's %s", wrong);
}

static void finish(struct channel *channel, const PGresult *result)
{
    for (int at = 0; at < PQntuples(result); at++) {
        size_t member = channel->batch.first + (size_t)value_int8(result, at, AT) - 1;
        int32_t *scopes = channel->scopes[channel->ready];
        struct postgres_reply *reply = batch_reply(channel, member);
        read_reply(reply, scopes, result, at);
        if (!authorizer_exists(&reply->row))
            reply->row.authorizer = channel->batch.loads.at[member].authorizer;
    }
}

const struct statement *load_statement(void)
{
    static const struct statement statement = {
        .name = "load",
        .sql = sql,
        .params = params,
        .finish = finish,
        .lost = POSTGRES_UNSENT, /* a load changes nothing */
    };
    return &statement;
}

/* Copies a load and what it borrows. */
static void copy_load(struct batch *b, size_t at, const struct load *from)
{
    b->tags[at] = from->tag;
    b->loads.at[at] = *from;
    if (from->digest) {
        memcpy(b->loads.digests[at], from->digest, DIGEST_BYTES);
        b->loads.at[at].digest = b->loads.digests[at];
    }
    b->loads.origins[at] = from->origin ? *from->origin : (struct origin){0};
    b->loads.at[at].origin = &b->loads.origins[at];
}

void postgres_load(struct postgres *postgres, const struct load *loads, size_t count)
{
    struct channel *channel = &postgres->channel;
    batch_begin(channel, POSTGRES_LOAD, load_statement(), count);
    for (size_t i = 0; i < count; i++)
        copy_load(&channel->batch, i, &loads[i]);
    batch_send(channel);
}
