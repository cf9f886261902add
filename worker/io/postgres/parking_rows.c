#include "io/postgres/rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/postgres/headers.h"
#include "io/postgres/values.h"

/* In the order of statements.def. */
enum take_column {
    TAKE_TOPIC,
    TAKE_PARTITION,
    TAKE_OFFSET,
    TAKE_TIMESTAMP,
    TAKE_KEY,
    TAKE_VALUE,
    TAKE_HEADERS,
    TAKE_AUTHORIZER,
    TAKE_REVISION,
    TAKE_PARKED_AT,
    TAKE_FIRST_SEEN,
    TAKE_FAILING_SINCE,
    TAKE_TRIES,
    TAKE_OWES,
    TAKE_CODE_HAS_ANSWERED,
    TAKE_REFUSED_TOKEN,
    TAKE_VAIN_VERSION,
    TAKE_VAIN_AT,
    TAKE_SEARCH_UNTIL,
    TAKE_ERRCODE,
    TAKE_RID,
};

static struct origin origin_of(const PGresult *result, int row)
{
    return (struct origin){
        .topic = value_text(result, row, TAKE_TOPIC),
        .partition = value_int4(result, row, TAKE_PARTITION),
        .offset = value_int8(result, row, TAKE_OFFSET),
        .timestamp_ms = value_int8(result, row, TAKE_TIMESTAMP),
    };
}

/* The view's bytes appended at *end, as a view of them there; an absent one stays absent. */
static struct str keep(char **end, struct str view)
{
    if (!view.at)
        return view;
    memcpy(*end, view.at, view.len);
    struct str kept = {.at = *end, .len = view.len};
    *end += view.len;
    return kept;
}

/* One block: the record, its headers' views, all bytes, and one more so that no view points behind its end. */
static struct record *record_of(const struct origin *origin, struct str key, struct str value,
                                struct str headers, size_t header_count)
{
    size_t bytes = sizeof(struct record) + header_count * sizeof(struct record_header) +
                   origin->topic.len + key.len + value.len + headers.len + 1;
    struct record *record = malloc(bytes);
    if (!record)
        abort(); /* its lease brings it back once the supervisor has started us again */
    struct record_header *kept = (struct record_header *)(record + 1);
    char *end = (char *)(kept + header_count);
    *record = (struct record){.origin = *origin, .header_count = header_count, .headers = kept};
    record->origin.topic = keep(&end, origin->topic);
    record->key = keep(&end, key);
    record->value = keep(&end, value);
    headers_read(kept, keep(&end, headers));
    return record;
}

static bool read_authorizer(struct appid *authorizer, struct str name)
{
    return !name.at || appid_set(authorizer, name);
}

static bool read_rid(struct parked *parked, struct str rid)
{
    if (rid.len > RID_LEN_MAX)
        return false;
    parked->rid_len = (uint8_t)rid.len;
    if (rid.len)
        memcpy(parked->rid, rid.at, rid.len);
    return true;
}

/* The column that holds what we cannot take, or NULL. */
static const char *read_parked(struct parked *parked, const PGresult *result, int row)
{
    if (!read_authorizer(&parked->authorizer, value_text(result, row, TAKE_AUTHORIZER)))
        return "authorizer_appid";
    if (!read_rid(parked, value_text(result, row, TAKE_RID)))
        return "rid";
    bool never = PQgetisnull(result, row, TAKE_VAIN_VERSION);
    parked->revision = value_int8(result, row, TAKE_REVISION);
    parked->parked_at_us = value_time_us(result, row, TAKE_PARKED_AT);
    parked->first_seen_ms = value_time_ms(result, row, TAKE_FIRST_SEEN);
    parked->failing_since_ms = value_time_ms(result, row, TAKE_FAILING_SINCE);
    parked->tries = (uint32_t)value_int4(result, row, TAKE_TRIES);
    parked->owes = value_bool(result, row, TAKE_OWES);
    parked->code_has_answered = value_bool(result, row, TAKE_CODE_HAS_ANSWERED);
    parked->refused_token = (uint64_t)value_int8(result, row, TAKE_REFUSED_TOKEN);
    parked->vain_version = never ? PARKED_NEVER : value_int8(result, row, TAKE_VAIN_VERSION);
    parked->vain_at_ms = value_time_ms(result, row, TAKE_VAIN_AT);
    parked->search_until_ms = value_time_ms(result, row, TAKE_SEARCH_UNTIL);
    parked->errcode = value_int4(result, row, TAKE_ERRCODE);
    return NULL;
}

void rows_taken(struct postgres_reply *reply, const PGresult *result, int row)
{
    struct origin origin = origin_of(result, row);
    struct str headers = value_text(result, row, TAKE_HEADERS);
    size_t header_count = 0;
    const char *wrong = read_parked(&reply->parked, result, row);
    if (origin.topic.len > TOPIC_LEN_MAX)
        wrong = "topic";
    else if (!headers_count(&header_count, headers))
        wrong = "record_headers";

    reply->outcome = wrong ? POSTGRES_BROKEN : POSTGRES_TAKEN;
    if (!wrong)
        reply->record = record_of(&origin, value_text(result, row, TAKE_KEY),
                                  value_text(result, row, TAKE_VALUE), headers, header_count);
    else
        (void)snprintf(reply->detail, sizeof(reply->detail),
                       "cannot take %s of the row parked for %.*s/%d@%lld (%lld)", wrong,
                       STR_ARGS(origin.topic), origin.partition, (long long)origin.offset,
                       (long long)origin.timestamp_ms);
}
