#include "io/postgres/rows.h"

#include <assert.h>
#include <stdio.h>

#include "io/postgres/values.h"

/* In the order of statements.def. */
enum load_column {
    LOAD_AT,
    LOAD_COMPONENT_TOKEN,
    LOAD_AUTHORIZER,
    LOAD_STATUS,
    LOAD_VERSION,
    LOAD_ACCESS_TOKEN,
    LOAD_REFRESH_TOKEN,
    LOAD_EXPIRES_AT,
    LOAD_AUTHORIZED_AT,
    LOAD_SCOPES,
    LOAD_CODE_DIGEST,
    LOAD_WRITER,
    LOAD_CAUSE_TOPIC,
    LOAD_CAUSE_PARTITION,
    LOAD_CAUSE_OFFSET,
    LOAD_CAUSE_TIMESTAMP,
    LOAD_UPDATED_AT,
    LOAD_TRACEPARENT,
    LOAD_IS_PARKED,
};

enum store_column {
    STORE_COMPONENT,
    STORE_AUTHORIZER,
    STORE_VERSION,
    STORE_UPDATED_AT,
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

/* In binary: dimensions, flags, type; length and first index of each dimension; then length and bytes of each element. */
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
    /* A null element is shorter, so the length gives it away. */
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
    struct str topic = value_text(result, row, LOAD_CAUSE_TOPIC);
    if (!topic.at)
        return (struct origin){0};
    return (struct origin){
        .topic = topic,
        .partition = value_int4(result, row, LOAD_CAUSE_PARTITION),
        .offset = value_int8(result, row, LOAD_CAUSE_OFFSET),
        .timestamp_ms = value_int8(result, row, LOAD_CAUSE_TIMESTAMP),
    };
}

/* The column that holds what we cannot take, or NULL. */
static const char *read_row(struct authorizer *row, int32_t *scopes, const PGresult *result, int at)
{
    if (!appid_set(&row->authorizer, value_text(result, at, LOAD_AUTHORIZER)))
        return "authorizer_appid";
    if (!read_status(&row->status, value_text(result, at, LOAD_STATUS)))
        return "status";
    if (!read_token(&row->access_token, value_text(result, at, LOAD_ACCESS_TOKEN)))
        return "authorizer_access_token";
    if (!read_token(&row->refresh_token, value_text(result, at, LOAD_REFRESH_TOKEN)))
        return "authorizer_refresh_token";
    if (!read_scopes(&row->scopes, scopes, value_text(result, at, LOAD_SCOPES)))
        return "func_scopes";
    if (!read_digest(row, value_text(result, at, LOAD_CODE_DIGEST)))
        return "code_digest";
    row->cause = cause_of(result, at);
    if (row->cause.topic.len > TOPIC_LEN_MAX)
        return "cause_topic";
    row->traceparent = value_text(result, at, LOAD_TRACEPARENT);
    if (row->traceparent.len > TRACEPARENT_LEN)
        return "cause_traceparent";
    row->version = value_int8(result, at, LOAD_VERSION);
    row->expires_at_s = value_time_s(result, at, LOAD_EXPIRES_AT);
    row->authorized_at_s = value_time_s(result, at, LOAD_AUTHORIZED_AT);
    row->writer = (uint64_t)value_int8(result, at, LOAD_WRITER);
    row->updated_at_us = value_time_us(result, at, LOAD_UPDATED_AT);
    return NULL;
}

size_t rows_member(const PGresult *result, int row)
{
    return (size_t)value_int8(result, row, LOAD_AT) - 1;
}

void rows_loaded(struct postgres_reply *reply, int32_t *scopes, const PGresult *result, int row)
{
    reply->row = (struct authorizer){.version = VERSION_ABSENT};
    reply->is_parked = value_bool(result, row, LOAD_IS_PARKED);
    const char *wrong = NULL;
    if (!PQgetisnull(result, row, LOAD_AUTHORIZER))
        wrong = read_row(&reply->row, scopes, result, row);
    if (!read_token(&reply->component_token, value_text(result, row, LOAD_COMPONENT_TOKEN)))
        wrong = "component_access_token";

    reply->outcome = wrong ? POSTGRES_BROKEN : POSTGRES_LOADED;
    if (wrong)
        (void)snprintf(reply->detail, sizeof(reply->detail), "cannot take the row's %s", wrong);
}

void rows_written_name(struct str *component, struct str *authorizer, const PGresult *result,
                       int row)
{
    *component = value_text(result, row, STORE_COMPONENT);
    *authorizer = value_text(result, row, STORE_AUTHORIZER);
}

void rows_written(struct postgres_reply *reply, const PGresult *result, int row)
{
    reply->outcome = POSTGRES_STORED;
    reply->version = value_int8(result, row, STORE_VERSION);
    reply->updated_at_us = value_time_us(result, row, STORE_UPDATED_AT);
}
