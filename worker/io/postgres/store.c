#include <assert.h>
#include <stdlib.h>

#include "base/text.h"
#include "io/postgres/internal.h"
#include "io/postgres/values.h"
#include "model/wechat.h"

/*
 * The fenced write: each change is made if the row still has the version that the change is based
 * on.
 *
 * The statement returns the names of the rows that it wrote, because RETURNING of an insert cannot
 * see the rows that the insert was given. A change whose row does not come back is stale. If the
 * statement is lost, it may have been carried out.
 *
 * `= ANY (ARRAY[x])` means the same as `= x`, but offers no order to join by. With an order, the
 * planner may walk the whole index and look each row up in the batch. On a table that it takes for
 * small, that is cheaper; 5,000 rows later it costs thirty times as much. The key's second column
 * has a plain `=`: otherwise the index is not used to look it up.
 */
static const char sql[] =
    "WITH n AS ("
    "    SELECT *"
    "      FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],"
    "                  $7::timestamptz[], $8::timestamptz[], $9::text[], $10::timestamptz[],"
    "                  $11::integer[], $12::text[], $13::text[], $14::integer[], $15::bigint[],"
    "                  $16::bigint[], $17::bigint[], $18::bytea[], $19::text[],"
    "                  $20::timestamptz[], $21::timestamptz[])"
    "           AS n (component_appid, authorizer_appid, version_read, status,"
    "                 authorizer_access_token, authorizer_refresh_token, expires_at,"
    "                 refresh_due_at, func_scopes, authorized_at, last_errcode, last_rid,"
    "                 cause_topic, cause_partition, cause_offset, cause_timestamp, writer,"
    "                 code_digest, cause_traceparent, sent_at, late_until)"
    "), updated AS ("
    "    UPDATE wxtoken.authorizer AS a"
    "       SET status = n.status,"
    "           authorizer_access_token = n.authorizer_access_token,"
    "           authorizer_refresh_token = n.authorizer_refresh_token,"
    "           expires_at = n.expires_at,"
    "           refresh_due_at = n.refresh_due_at,"
    "           func_scopes = n.func_scopes::integer[],"
    "           version = a.version + 1,"
    "           authorized_at = n.authorized_at,"
    "           last_errcode = n.last_errcode,"
    "           last_rid = n.last_rid,"
    "           updated_at = now(),"
    "           cause_topic = n.cause_topic,"
    "           cause_partition = n.cause_partition,"
    "           cause_offset = n.cause_offset,"
    "           cause_timestamp = n.cause_timestamp,"
    "           writer = n.writer,"
    "           code_digest = n.code_digest,"
    "           cause_traceparent = n.cause_traceparent,"
    "           sent_at = n.sent_at,"
    "           late_until = n.late_until"
    "      FROM n"
    "     WHERE a.component_appid = ANY (ARRAY[n.component_appid])"
    "       AND a.authorizer_appid = n.authorizer_appid"
    "       AND a.version = n.version_read"
    "    RETURNING a.component_appid, a.authorizer_appid, a.version, a.updated_at"
    "), inserted AS ("
    "    INSERT INTO wxtoken.authorizer AS a"
    "           (component_appid, authorizer_appid, status, authorizer_access_token,"
    "            authorizer_refresh_token, expires_at, refresh_due_at, func_scopes, version,"
    "            authorized_at, last_errcode, last_rid, cause_topic, cause_partition,"
    "            cause_offset, cause_timestamp, writer, code_digest, cause_traceparent,"
    "            sent_at, late_until)"
    "    SELECT n.component_appid, n.authorizer_appid, n.status, n.authorizer_access_token,"
    "           n.authorizer_refresh_token, n.expires_at, n.refresh_due_at,"
    "           n.func_scopes::integer[], 1::bigint, n.authorized_at, n.last_errcode, n.last_rid,"
    "           n.cause_topic, n.cause_partition, n.cause_offset, n.cause_timestamp,"
    "           n.writer, n.code_digest, n.cause_traceparent, n.sent_at, n.late_until"
    "      FROM n"
    "     WHERE n.version_read = -1"
    "    ON CONFLICT DO NOTHING"
    "    RETURNING a.component_appid, a.authorizer_appid, a.version, a.updated_at"
    ")"
    "SELECT *"
    "  FROM updated"
    " UNION ALL "
    "SELECT *"
    "  FROM inserted";

/* Writes the scopes as text, "{1,2}", because the members of an array of arrays must have the same
 * length. */
static struct str scopes_text(struct text *text, const struct scopes *scopes)
{
    text->len = 0;
    if (!scopes->at)
        return (struct str){0};
    text_add_char(text, '{');
    for (size_t i = 0; i < scopes->count; i++) {
        if (i)
            text_add_char(text, ',');
        text_add_int(text, scopes->at[i]);
    }
    text_add_char(text, '}');
    return text_str(text);
}

#define CHANGE(kind, value) COLUMN(c, kind, change, changes, b->len, value)

static const struct columns *params(struct channel *channel)
{
    const struct batch *b = &channel->batch;
    const struct change *changes = b->changes + b->first;
    struct columns *c = &channel->columns;
    char memory[12 * SCOPES_MAX + 2];
    struct text text = TEXT_IN(memory);
    columns_begin(c, b->len);
    CHANGE(text, appid_str(&change->component));
    CHANGE(text, appid_str(&change->authorizer));
    CHANGE(int8, change->version_read);
    CHANGE(text, status_word(change->status));
    CHANGE(text, change->access_token);
    CHANGE(text, change->refresh_token);
    CHANGE(time_s, change->expires_at_s);
    CHANGE(time_s, change->refresh_due_at_s);
    CHANGE(text, scopes_text(&text, &change->scopes));
    CHANGE(time_s, change->authorized_at_s);
    CHANGE(int4_at, change->last_errcode ? &change->last_errcode : NULL);
    CHANGE(text, change->last_rid);
    CHANGE(text, change->cause.topic);
    CHANGE(int4_at, change->cause.topic.at ? &change->cause.partition : NULL);
    CHANGE(int8_at, change->cause.topic.at ? &change->cause.offset : NULL);
    CHANGE(int8_at, change->cause.topic.at ? &change->cause.timestamp_ms : NULL);
    CHANGE(int8_at, change->writer ? (const int64_t *)&change->writer : NULL);
    CHANGE(bytea, value_of_digest(change->has_digest ? change->code_digest : NULL));
    CHANGE(text, change->traceparent);
    CHANGE(time_s, change->sent_at_s);
    CHANGE(time_s, change->late_until_s);
    return c;
}

/* The columns that come out, in the order of the statement. */
enum column {
    COMPONENT,
    AUTHORIZER,
    VERSION,
    UPDATED_AT,
};

static int compare_name(const struct change *change, struct str component, struct str authorizer)
{
    int order = batch_compare(appid_str(&change->component), component);
    return order ? order : batch_compare(appid_str(&change->authorizer), authorizer);
}

/* Returns the place of the named row in the sorted batch. */
static size_t find_change(const struct batch *b, struct str component, struct str authorizer)
{
    size_t low = b->first, high = b->first + b->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_name(&b->changes[middle], component, authorizer) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < b->first + b->len);
    return low;
}

/* A change whose row does not come back is stale. */
static void finish(struct channel *channel, const PGresult *result)
{
    size_t start = channel->ready;
    batch_reply_to_all(channel, result);
    for (size_t i = start; i < channel->ready; i++)
        channel->replies[i].outcome = POSTGRES_STALE;
    for (int at = 0; at < PQntuples(result); at++) {
        size_t member = find_change(&channel->batch, value_text(result, at, COMPONENT),
                                    value_text(result, at, AUTHORIZER));
        struct postgres_reply *reply = &channel->replies[start + member - channel->batch.first];
        reply->outcome = POSTGRES_DONE;
        reply->version = value_int8(result, at, VERSION);
        reply->updated_at_us = value_time_us(result, at, UPDATED_AT);
    }
}

const struct statement *store_statement(void)
{
    static const struct statement statement = {
        .name = "store",
        .sql = sql,
        .params = params,
        .finish = finish,
        .lost = POSTGRES_UNKNOWN,
    };
    return &statement;
}

static int compare_stores(const void *a, const void *b)
{
    const struct store *x = a, *y = b;
    return compare_name(x->change, appid_str(&y->change->component),
                        appid_str(&y->change->authorizer));
}

static void keep(struct arena *copies, struct str *view, size_t len_max)
{
    assert(view->len <= len_max);
    bool fits = arena_keep(copies, view);
    assert(fits);
}

static void copy_change(struct arena *copies, struct change *change, const struct change *from)
{
    *change = *from;
    keep(copies, &change->access_token, TOKEN_LEN_MAX);
    keep(copies, &change->refresh_token, TOKEN_LEN_MAX);
    keep(copies, &change->last_rid, RID_LEN_MAX);
    keep(copies, &change->cause.topic, TOPIC_LEN_MAX);
    keep(copies, &change->traceparent, TRACEPARENT_LEN);
    struct str scopes = {.at = (const char *)from->scopes.at,
                         .len = from->scopes.count * sizeof(*from->scopes.at)};
    keep(copies, &scopes, SCOPES_MAX * sizeof(*from->scopes.at));
    change->scopes.at = (const int32_t *)(const void *)scopes.at;
}

/* Sorts by name, so that two workers lock rows in the same order. */
void postgres_store(struct postgres *postgres, const struct store *stores, size_t count)
{
    struct channel *channel = &postgres->channel;
    struct batch *b = &channel->batch;
    struct store sorted[POSTGRES_BATCH_MAX];
    batch_begin(channel, POSTGRES_STORE, store_statement(), count);
    memcpy(sorted, stores, count * sizeof(*stores));
    qsort(sorted, count, sizeof(*sorted), compare_stores);
    arena_clear(&channel->copies);
    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || compare_stores(&sorted[i - 1], &sorted[i]) != 0);
        b->tags[i] = sorted[i].tag;
        copy_change(&channel->copies, &b->changes[i], sorted[i].change);
    }
    batch_send(channel);
}
